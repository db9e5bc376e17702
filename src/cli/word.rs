//! The words of enumerations (`high`, `audit`, …) as serde spells them, for arguments and tables.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde::Serialize;
use serde::de::value::{Error, StrDeserializer};
use serde::de::{DeserializeOwned, IntoDeserializer};

pub(super) const SEVERITIES: [&str; 4] = ["low", "medium", "high", "critical"];
pub(super) const CONFIDENCES: [&str; 3] = ["low", "medium", "high"];
pub(super) const SETS: [&str; 2] = ["default", "audit"];
pub(super) const TOOLS: [&str; 6] = ["nosec", "noqa", "gitleaks", "detect-secrets", "trufflehog", "kingfisher"];

/// An argument that takes one of some words, which help and completions list.
pub(super) fn parser<T>(words: &[&'static str]) -> impl TypedValueParser<Value = T>
where
    T: DeserializeOwned + Clone + Send + Sync + 'static,
{
    PossibleValuesParser::new(words).try_map(|word| {
        let deserializer: StrDeserializer<'_, Error> = word.as_str().into_deserializer();
        T::deserialize(deserializer)
    })
}

/// How a value is spelled; empty for what is no word.
pub(super) fn spelled(value: impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}
