//! The arguments that a pure function is given.

use bumpalo::Bump;

use crate::event::Call;
use crate::value::{Shape, Value};

/// Arguments, with names that stand for constants replaced by these.
#[derive(Clone, Debug)]
pub(super) struct Given<'a> {
    pub(super) positional: Vec<Value<'a>>,
    pub(super) named: Vec<(&'a str, Value<'a>)>,
    /// Whether there are further ones that nobody knows.
    pub(super) splat: bool,
}

impl<'a> Given<'a> {
    pub(super) fn new(arena: &'a Bump, call: &Call<'a>) -> Self {
        let mut given = Self { positional: Vec::new(), named: Vec::new(), splat: call.splat };
        for argument in call.arguments {
            let value = match argument.known().shape {
                Shape::Path(path) => super::constant(arena, path).unwrap_or(argument.value),
                _ => *argument.known(),
            };
            match argument.name {
                Some(name) => given.named.push((name, value)),
                None => given.positional.push(value),
            }
        }
        given
    }

    pub(super) fn of(positional: &[Value<'a>]) -> Self {
        Self { positional: positional.to_vec(), named: Vec::new(), splat: false }
    }

    /// The first argument, and the others.
    pub(super) fn split(&self) -> Option<(Value<'a>, Self)> {
        let (first, others) = self.positional.split_first()?;
        let others = Self { positional: others.to_vec(), named: self.named.clone(), splat: self.splat };
        Some((*first, others))
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &Value<'a>> {
        self.positional.iter().chain(self.named.iter().map(|(_, value)| value))
    }

    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut Value<'a>> {
        self.positional.iter_mut().chain(self.named.iter_mut().map(|(_, value)| value))
    }

    pub(super) fn count(&self) -> usize {
        self.positional.len() + self.named.len()
    }

    pub(super) fn at(&self, at: usize) -> Option<Value<'a>> {
        self.positional.get(at).copied()
    }

    pub(super) fn named(&self, name: &str) -> Option<Value<'a>> {
        self.named.iter().find(|(own, _)| *own == name).map(|(_, value)| *value)
    }

    pub(super) fn get(&self, name: &str, at: usize) -> Option<Value<'a>> {
        self.named(name).or_else(|| self.at(at))
    }

    /// A string that is known whole.
    pub(super) fn text(&self, name: &str, at: usize) -> Option<&'a str> {
        match self.get(name, at)?.shape {
            Shape::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The same, with what holds where it is not passed.
    pub(super) fn text_or(&self, name: &str, at: usize, default: &'a str) -> Option<&'a str> {
        if self.get(name, at).is_none() { Some(default) } else { self.text(name, at) }
    }

    pub(super) fn int(&self, name: &str, at: usize) -> Option<i64> {
        integer(&self.get(name, at)?)
    }

    pub(super) fn int_or(&self, name: &str, at: usize, default: i64) -> Option<i64> {
        self.get(name, at).map_or(Some(default), |value| integer(&value))
    }

    /// A number that may also be `None`.
    pub(super) fn bound(&self, name: &str, at: usize) -> Option<Option<i64>> {
        match self.get(name, at) {
            None => Some(None),
            Some(value) if matches!(value.shape, Shape::None) => Some(None),
            Some(value) => integer(&value).map(Some),
        }
    }

    pub(super) fn truth_or(&self, name: &str, at: usize, default: bool) -> Option<bool> {
        self.get(name, at).map_or(Some(default), |value| value.truth())
    }

    pub(super) fn bytes(&self, name: &str, at: usize) -> Option<&'a [u8]> {
        match self.get(name, at)?.shape {
            Shape::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// Bytes, or the ASCII text that many functions take in their place.
    pub(super) fn ascii(&self, name: &str, at: usize) -> Option<&'a [u8]> {
        match self.get(name, at)?.shape {
            Shape::Bytes(bytes) => Some(bytes),
            Shape::Str(text) if text.is_ascii() => Some(text.as_bytes()),
            _ => None,
        }
    }
}

/// The number that a value counts as.
pub(super) fn integer(value: &Value<'_>) -> Option<i64> {
    match value.shape {
        Shape::Int(number) => Some(number),
        Shape::Bool(truth) => Some(i64::from(truth)),
        _ => None,
    }
}
