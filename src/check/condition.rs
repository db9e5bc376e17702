//! Conditions on arguments: tests of abstract values, each with two answers.

use std::borrow::Cow;

use super::pattern::Pattern;
use crate::event::{Argument, Call};
use crate::rule::{Condition, Literal};
use crate::value::{HOLE, Shape, Value};

/// A condition with its regular expression at hand.
#[derive(Debug)]
pub(super) struct Test<'p> {
    pub(super) condition: &'p Condition,
    matches: Option<Pattern<'p>>,
}

/// Whether a condition holds: for some alternative of a value, and for all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) some: bool,
    pub(super) all: bool,
}

impl Answer {
    fn sure(holds: bool) -> Self {
        Self { some: holds, all: holds }
    }
}

impl<'p> Test<'p> {
    pub(super) fn new(condition: &'p Condition) -> Self {
        Self { condition, matches: Pattern::new(&condition.matches) }
    }

    /// The argument that the condition speaks of; of all (`*`), the first of which it holds.
    pub(super) fn argument<'c, 'a>(&self, call: &'c Call<'a>) -> Option<&'c Argument<'a>> {
        if self.condition.arg.as_deref() == Some("*") {
            return call.arguments.iter().find(|argument| self.of_argument(argument).some);
        }
        call.argument(self.condition.arg.as_deref(), self.condition.at)
    }

    /// Whether the condition holds of a call.
    pub(super) fn of_call(&self, call: &Call<'_>) -> Answer {
        if self.condition.arg.as_deref() == Some("*") {
            let answers = call.arguments.iter().map(|argument| self.of_argument(argument));
            return answers.fold(Answer::sure(false), |one, other| Answer {
                some: one.some || other.some,
                all: one.all || other.all,
            });
        }
        match self.argument(call) {
            Some(argument) if self.has_tests() => self.of_argument(argument),
            // With no test but `missing`, being passed at all decides.
            Some(_) => Answer::sure(!self.condition.missing),
            // What `**kwargs` holds is not known: the argument may be among it.
            None => Answer { some: self.condition.missing, all: self.condition.missing && !call.splat },
        }
    }

    fn has_tests(&self) -> bool {
        let c = self.condition;
        !c.is.is_empty()
            || !c.starts_with.is_empty()
            || c.matches.is_some()
            || c.bits.is_some()
            || c.below.is_some()
            || c.constant.is_some()
            || c.literal.is_some()
            || c.truthy.is_some()
            || c.sequence.is_some()
    }

    /// Names are compared as they are; everything else is tested on the constants that they stand for.
    fn of_argument(&self, argument: &Argument<'_>) -> Answer {
        if self.condition.literal.is_some_and(|wanted| argument.literal != wanted) {
            return Answer::sure(false);
        }
        let is_about_names = !self.condition.is.is_empty();
        self.of_value(if is_about_names { &argument.value } else { argument.known() })
    }

    /// Whether all tests hold of a value.
    pub(super) fn of_value(&self, value: &Value<'_>) -> Answer {
        if let Some(wanted) = self.condition.sequence
            && matches!(value.shape, Shape::Sequence(_)) != wanted
        {
            return Answer::sure(false);
        }
        let value = match (self.condition.item, value.shape) {
            (Some(at), Shape::Sequence(items)) => match items.get(at) {
                Some(item) => item,
                None => return Answer::sure(false),
            },
            _ => value,
        };
        // Constancy is a property of the whole, not of one alternative.
        if let Some(wanted) = self.condition.constant
            && value.is_constant() != wanted
        {
            return Answer::sure(false);
        }
        let mut answer = Answer { some: false, all: true };
        for alternative in value.alternatives() {
            let holds = self.holds(alternative);
            answer.some |= holds;
            answer.all &= holds;
        }
        answer
    }

    fn holds(&self, value: &Value<'_>) -> bool {
        let c = self.condition;
        let number = match value.shape {
            Shape::Int(number) => Some(number),
            _ => None,
        };
        (c.is.is_empty() || c.is.iter().any(|literal| equals(value, literal)))
            && (c.starts_with.is_empty() || value.text().is_some_and(|text| starts_with(text, &c.starts_with)))
            && self.matches.as_ref().is_none_or(|pattern| shown(value).is_some_and(|text| pattern.is_match(&text)))
            && c.bits.is_none_or(|bits| number.is_some_and(|number| number & bits != 0))
            && c.below.is_none_or(|below| number.is_some_and(|number| number < below))
            && c.truthy.is_none_or(|wanted| value.truth() == Some(wanted))
    }
}

/// The text of a string value as regular expressions see it.
pub(super) fn shown<'a>(value: &Value<'a>) -> Option<Cow<'a, str>> {
    match value.shape {
        Shape::Str(text) => Some(Cow::Borrowed(text)),
        Shape::Partial(text) => Some(Cow::Owned(text.replace(HOLE, "{}"))),
        Shape::Bytes(bytes) => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
        _ => None,
    }
}

fn starts_with(text: &str, prefixes: &[String]) -> bool {
    prefixes.iter().any(|prefix| text.starts_with(prefix.as_str()))
}

fn equals(value: &Value<'_>, literal: &Literal) -> bool {
    match (value.shape, literal) {
        (Shape::Bool(value), Literal::Bool(wanted)) => value == *wanted,
        (Shape::Int(value), Literal::Int(wanted)) => value == *wanted,
        (Shape::None, Literal::Text(wanted)) => wanted == "None",
        (Shape::Str(text), Literal::Text(wanted)) => text == wanted,
        (Shape::Path(path), Literal::Text(wanted)) => match wanted.strip_prefix("*.") {
            Some(last) => path.segment == last,
            None => path.is(wanted),
        },
        _ => false,
    }
}
