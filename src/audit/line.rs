//! One line of a log: what every record says beside its event, and how each holds on to the one before.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Kind;

/// The version of what lines say. Readers refuse those that they do not know.
pub const SCHEMA: u32 = 1;
/// The longest line that is written or read, its end left out.
pub(super) const MAX_LINE: usize = 1 << 20;

/// A record as it stands in a file. Its hash is that of the bytes of the line, the line feed at the end left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    pub schema: u32,
    /// Counted from 1, without gaps, over all files of a log.
    pub seq: u64,
    /// SHA-256 of the line before; [`NOTHING`] in the first one.
    pub prev: String,
    /// RFC 3339, UTC.
    pub time: String,
    pub kind: Kind,
    pub event: String,
    /// None where it is about the log itself.
    pub run: Option<String>,
    /// What the event is about: readable, or else encrypted to recipients of age.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<String>,
}

/// What the first record holds in place of a hash.
pub(super) const NOTHING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The end of a chain: by it alone can be told whether records are missing after it, or all were written anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    pub seq: u64,
    pub sha256: String,
}

impl Head {
    /// That of an empty log.
    pub fn none() -> Self {
        Self { seq: 0, sha256: NOTHING.to_owned() }
    }

    /// Reads `SEQ:HASH`.
    pub fn parse(text: &str) -> Option<Self> {
        let (seq, sha256) = text.trim().split_once(':')?;
        let is_hash = sha256.len() == NOTHING.len() && sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
        Some(Self { seq: seq.parse().ok().filter(|_| is_hash)?, sha256: sha256.to_ascii_lowercase() })
    }
}

impl std::fmt::Display for Head {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}:{}", self.seq, self.sha256)
    }
}

impl Line {
    /// Reads a line; the error is a sentence without the place.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let line: Self = serde_json::from_slice(bytes).map_err(|error| format!("it is no record: {error}"))?;
        match line.schema {
            SCHEMA => Ok(line),
            schema => Err(format!("it is a record of schema {schema}, which this portcullis does not know")),
        }
    }

    /// What a record about the log itself says.
    pub(super) fn about<T: serde::de::DeserializeOwned>(&self, event: &str) -> Option<T> {
        let data = self.data.as_ref().filter(|_| self.event == event)?;
        T::deserialize(data).ok()
    }

    /// The line as it is written, without its end.
    pub(super) fn bytes(&self) -> Result<Vec<u8>, String> {
        let bytes =
            serde_json::to_vec(self).map_err(|error| format!("the record cannot be written as JSON: {error}"))?;
        if bytes.len() > MAX_LINE {
            return Err(format!("the record has {} bytes, and a line holds {MAX_LINE} at most", bytes.len()));
        }
        Ok(bytes)
    }
}
