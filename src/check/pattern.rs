//! Regular expressions of rules, compiled when they are first needed.

use std::sync::OnceLock;

use regex::Regex;

use crate::source::Span;

/// A regular expression of a rule page. Pages are checked when they are read, so that it compiles.
#[derive(Debug)]
pub(super) struct Pattern<'p> {
    source: &'p str,
    compiled: OnceLock<Option<Regex>>,
}

impl<'p> Pattern<'p> {
    pub(super) fn new(source: &'p Option<String>) -> Option<Self> {
        source.as_deref().map(|source| Self { source, compiled: OnceLock::new() })
    }

    fn regex(&self) -> Option<&Regex> {
        self.compiled.get_or_init(|| Regex::new(self.source).ok()).as_ref()
    }

    pub(super) fn is_match(&self, text: &str) -> bool {
        self.regex().is_some_and(|regex| regex.is_match(text))
    }

    pub(super) fn spans<'t>(&'t self, text: &'t str) -> impl Iterator<Item = Span> + 't {
        let found = self.regex().map(|regex| regex.find_iter(text));
        found.into_iter().flatten().map(|found| Span::new(found.start(), found.end()))
    }
}
