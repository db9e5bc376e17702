//! `[match.use]`: any use of a name, or of what is below it.

use super::ByName;
use crate::finding::Hit;
use crate::rule::UseMatch;
use crate::source::Span;
use crate::value::{Path, hash_of};

#[derive(Debug, Default)]
pub(super) struct Used<'p> {
    by_name: ByName<(u16, &'p str)>,
}

impl<'p> Used<'p> {
    pub(super) fn add(&mut self, rule: u16, source: &'p UseMatch) {
        for name in &source.name {
            self.by_name.entry(hash_of(name)).or_default().push((rule, name));
        }
    }

    pub(super) fn check(&self, path: &Path<'_>, span: Span, hits: &mut Vec<Hit>) {
        if self.by_name.is_empty() {
            return;
        }
        for ancestor in path.upwards() {
            let rules = self.by_name.get(&ancestor.hash).into_iter().flatten();
            hits.extend(rules.filter(|(_, name)| ancestor.is(name)).map(|(rule, _)| Hit::at(*rule, span)));
        }
    }
}
