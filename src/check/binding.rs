//! `[match.binding]`: names bound to values.

use std::sync::OnceLock;

use regex::bytes::{RegexSet, RegexSetBuilder};

use super::condition::Test;
use super::pattern::Pattern;
use crate::rule::{BindingKind, BindingMatch};
use crate::value::{Shape, Value};

/// All rules on bindings.
#[derive(Debug, Default)]
pub(super) struct Bindings<'p> {
    rules: Vec<Binding<'p>>,
    /// The patterns of all names in one automaton: most names match none, which is then told at once.
    names: OnceLock<Option<RegexSet>>,
}

#[derive(Debug)]
struct Binding<'p> {
    rule: u16,
    source: &'p BindingMatch,
    by: u8,
    name: Option<Pattern<'p>>,
    unless_name: Option<Pattern<'p>>,
    value: Test<'p>,
    unless: Vec<Test<'p>>,
}

impl<'p> Bindings<'p> {
    pub(super) fn add(&mut self, rule: u16, source: &'p BindingMatch) {
        self.rules.push(Binding {
            rule,
            source,
            by: source.by.iter().fold(0, |bits, kind| bits | super::bit(*kind)),
            name: Pattern::new(&source.name),
            unless_name: Pattern::new(&source.unless_name),
            value: Test::new(&source.value),
            unless: source.unless.iter().map(Test::new).collect(),
        });
    }

    /// The rules that a binding matches.
    pub(super) fn matching(&self, by: BindingKind, name: &str, value: &Value<'_>) -> impl Iterator<Item = u16> {
        let is_known = !matches!(value.shape, Shape::Unknown);
        let is_constant = !matches!(value.shape, Shape::Unknown | Shape::Path(_));
        // Cheap questions first: the value's shape, whether any rule knows the name, and then the rules one by one.
        let mut is_named = None;
        self.rules
            .iter()
            .filter(move |rule| {
                let fits = rule.by & super::bit(by) != 0
                    && is_known
                    && (is_constant || rule.source.value.constant != Some(true));
                let mut is_named = || *is_named.get_or_insert_with(|| self.is_named(name));
                fits && (rule.name.is_none() || is_named()) && rule.matches(name, value)
            })
            .map(|rule| rule.rule)
    }

    fn is_named(&self, name: &str) -> bool {
        let sources = || self.rules.iter().filter_map(|rule| rule.source.name.as_ref()).map(|name| &name.source);
        let names = self.names.get_or_init(|| RegexSetBuilder::new(sources()).unicode(false).build().ok());
        names.as_ref().is_none_or(|names| names.is_match(name.as_bytes()))
    }
}

impl Binding<'_> {
    fn matches(&self, name: &str, value: &Value<'_>) -> bool {
        self.name.as_ref().is_none_or(|pattern| pattern.is_match(name))
            && !self.unless_name.as_ref().is_some_and(|pattern| pattern.is_match(name))
            && value.alternatives().iter().any(|value| self.accepts(value))
    }

    /// Each alternative speaks for itself: a placeholder on one branch says nothing of the other.
    fn accepts(&self, value: &Value<'_>) -> bool {
        self.value.of_value(value).some && !self.unless.iter().any(|test| test.of_value(value).some)
    }
}
