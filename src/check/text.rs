//! `[match.string]`: constant strings.

use super::pattern::Pattern;
use crate::rule::StringMatch;
use crate::value::{Shape, Value};

#[derive(Debug)]
pub(super) struct Strings<'p> {
    source: &'p StringMatch,
    matches: Option<Pattern<'p>>,
}

impl<'p> Strings<'p> {
    pub(super) fn new(source: &'p StringMatch) -> Self {
        Self { source, matches: Pattern::new(&source.matches) }
    }

    pub(super) fn matches(&self, text: &str, call: Option<Value<'_>>) -> bool {
        let source = self.source;
        let found = source.is.iter().any(|wanted| wanted == text)
            || source.starts_with.iter().any(|prefix| text.starts_with(prefix.as_str()))
            || self.matches.as_ref().is_some_and(|pattern| pattern.is_match(text));
        found && !call.is_some_and(|call| self.excuses(&call))
    }

    fn excuses(&self, call: &Value<'_>) -> bool {
        let Shape::Path(path) = call.shape else { return false };
        self.source.unless_in_call.iter().any(|name| match name.strip_suffix(".*") {
            Some(module) => path.upwards().skip(1).any(|path| path.is(module)),
            None => path.is(name),
        })
    }
}
