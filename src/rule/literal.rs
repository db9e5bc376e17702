//! A constant in a rule page: text, a number or a truth value.

use std::fmt;

use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};

/// What an argument may be compared with. Text stands both for the string and for the name spelled so:
/// `"yaml.SafeLoader"` matches a reference to that class, `"md5"` the string; `"None"` matches `None`.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    Bool(bool),
    Int(i64),
    Text(String),
}

/// The same in a shape that formats without type tags (postcard) can hold.
#[derive(Serialize, Deserialize)]
enum Tagged {
    Bool(bool),
    Int(i64),
    Text(String),
}

impl Serialize for Literal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.clone() {
            Self::Bool(value) => Tagged::Bool(value),
            Self::Int(value) => Tagged::Int(value),
            Self::Text(value) => Tagged::Text(value),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Literal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return deserializer.deserialize_any(LiteralVisitor);
        }
        Ok(match Tagged::deserialize(deserializer)? {
            Tagged::Bool(value) => Self::Bool(value),
            Tagged::Int(value) => Self::Int(value),
            Tagged::Text(value) => Self::Text(value),
        })
    }
}

struct LiteralVisitor;

impl Visitor<'_> for LiteralVisitor {
    type Value = Literal;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a string, an integer or a boolean")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Literal, E> {
        Ok(Literal::Bool(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Literal, E> {
        Ok(Literal::Int(value))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Literal, E> {
        Ok(Literal::Text(value.to_owned()))
    }
}
