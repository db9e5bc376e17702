//! `[match.import]`: imports of modules, of what stands below them, and of names inside.

use super::ByName;
use crate::finding::Hit;
use crate::rule::ImportMatch;
use crate::source::Span;
use crate::value::{Path, hash_of};

#[derive(Debug, Default)]
pub(super) struct Imports<'p> {
    by_name: ByName<(u16, &'p str)>,
}

impl<'p> Imports<'p> {
    pub(super) fn add(&mut self, rule: u16, source: &'p ImportMatch) {
        for name in &source.name {
            self.by_name.entry(hash_of(name)).or_default().push((rule, name));
        }
    }

    /// A rule that names the module of a `from` import speaks once, at the first alias; one that names an alias, there.
    pub(super) fn check(&self, path: &Path<'_>, module: &Path<'_>, first: bool, span: Span, hits: &mut Vec<Hit>) {
        for ancestor in path.upwards() {
            let within_module = !std::ptr::eq(ancestor, path);
            if within_module && !first && !std::ptr::eq(path, module) {
                break;
            }
            for (rule, name) in self.by_name.get(&ancestor.hash).into_iter().flatten() {
                if ancestor.is(name) {
                    hits.push(Hit::at(*rule, span));
                }
            }
        }
    }
}
