//! `[match.binding]`: names bound to values.

use super::condition::Test;
use super::pattern::Pattern;
use crate::rule::{BindingKind, BindingMatch};
use crate::value::{Shape, Value};

#[derive(Debug)]
pub(super) struct Binding<'p> {
    by: u8,
    wants_constant: bool,
    name: Option<Pattern<'p>>,
    unless_name: Option<Pattern<'p>>,
    value: Test<'p>,
    unless: Vec<Test<'p>>,
}

impl<'p> Binding<'p> {
    pub(super) fn new(source: &'p BindingMatch) -> Self {
        Self {
            by: source.by.iter().fold(0, |bits, kind| bits | super::bit(*kind)),
            wants_constant: source.value.constant == Some(true),
            name: Pattern::new(&source.name),
            unless_name: Pattern::new(&source.unless_name),
            value: Test::new(&source.value),
            unless: source.unless.iter().map(Test::new).collect(),
        }
    }

    pub(super) fn matches(&self, by: BindingKind, name: &str, value: &Value<'_>) -> bool {
        // The value decides in most cases, and cheaply.
        self.by & super::bit(by) != 0
            && !(self.wants_constant && matches!(value.shape, Shape::Unknown | Shape::Path(_)))
            && !matches!(value.shape, Shape::Unknown)
            && self.value.of_value(value).some
            && self.name.as_ref().is_none_or(|pattern| pattern.is_match(name))
            && !self.unless_name.as_ref().is_some_and(|pattern| pattern.is_match(name))
            && !self.unless.iter().any(|test| test.of_value(value).all)
    }
}
