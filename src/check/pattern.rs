//! Regular expressions of rules, compiled when they are first needed.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use regex::bytes::{Regex, RegexBuilder};

use crate::rule::Regexp;
use crate::source::Span;

/// A regular expression of a rule page. Pages are checked when they are read, so that it compiles.
#[derive(Debug)]
pub(super) struct Pattern<'p> {
    source: &'p Regexp,
    unicode: bool,
    /// Bytes that were looked through without it.
    looked: AtomicUsize,
    compiled: OnceLock<Option<Regex>>,
}

/// Whoever looks through more than this compiles: looking for words is slower than the compiled search.
const AMPLE: usize = 64 << 10;

impl<'p> Pattern<'p> {
    pub(super) fn new(source: &'p Option<Regexp>) -> Option<Self> {
        source.as_ref().map(|source| Self {
            source,
            unicode: false,
            looked: AtomicUsize::new(0),
            compiled: OnceLock::new(),
        })
    }

    /// A pattern whose matches are places in a text: they never begin or end inside of a character.
    pub(super) fn of_places(source: &'p Option<Regexp>) -> Option<Self> {
        Self::new(source).map(|pattern| Self { unicode: true, ..pattern })
    }

    /// What searches a text; nothing where that cannot find anything, which most texts do not need it for.
    fn regex(&self, text: &str) -> Option<&Regex> {
        if self.compiled.get().is_none()
            && self.looked.fetch_add(text.len(), Ordering::Relaxed) < AMPLE
            && !self.source.may_be_in(text)
        {
            return None;
        }
        let compile = |unicode| RegexBuilder::new(&self.source.source).unicode(unicode).build().ok();
        // Classes of ASCII compile ten times as fast; a page that needs more says so by what it cannot compile without.
        self.compiled.get_or_init(|| compile(self.unicode).or_else(|| compile(true))).as_ref()
    }

    pub(super) fn is_match(&self, text: &str) -> bool {
        self.regex(text).is_some_and(|regex| regex.is_match(text.as_bytes()))
    }

    pub(super) fn spans<'t>(&'t self, text: &'t str) -> impl Iterator<Item = Span> + 't {
        let found = self.regex(text).map(|regex| regex.find_iter(text.as_bytes()));
        found.into_iter().flatten().map(|found| Span::new(found.start(), found.end()))
    }
}
