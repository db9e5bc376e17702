//! Advisories: what is known to be wrong with packages, offline, in one read-only file.
//!
//! [`import`] makes the index of records in the OSV format and puts it in place in one step; [`index`] reads it, and takes
//! nothing in it on trust; [`matching`] holds a version against what is recorded.

pub mod import;
mod index;
mod matching;
mod osv;
mod severity;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::package::{Class, Ecosystem};
use crate::rule::Severity;
use crate::version::range::Bound;
pub use index::Index;

/// What the index holds, and of when.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Milliseconds since the beginning of 1970.
    pub built_at: u64,
    pub ecosystems: Vec<Content>,
    pub inputs: Vec<Input>,
    /// Records of ecosystems that nothing here reads.
    pub of_others: u64,
    pub withdrawn: u64,
    /// Records that could not be read.
    pub bad: u64,
}

/// What the index holds of one ecosystem.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    pub ecosystem: Ecosystem,
    pub records: u64,
    pub packages: u64,
    /// When the data was taken, as far as its files tell: milliseconds since the beginning of 1970.
    pub snapshot_at: u64,
}

/// A file that the index was made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    pub name: String,
    pub sha256: String,
    pub records: u64,
}

/// What one record says of one package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Record {
    id: Box<str>,
    aliases: Vec<Box<str>>,
    class: Class,
    severity: Option<Severity>,
    summary: Box<str>,
    ranges: Vec<Vec<(Bound, Box<str>)>>,
    /// Versions that no range of these holds.
    versions: Vec<Box<str>>,
    symbols: Vec<Box<str>>,
}

/// The long texts of an advisory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    pub id: Box<str>,
    pub aliases: Vec<Box<str>>,
    pub summary: Box<str>,
    pub text: Box<str>,
    pub references: Vec<Box<str>>,
}

/// The advisories that are at hand, opened when somebody first asks.
#[derive(Debug)]
pub struct Shelf {
    opened: OnceLock<Result<Option<Index>, String>>,
    named: Option<PathBuf>,
}

impl Shelf {
    /// A file that is named, which must be there; or that of this user, where there is one.
    pub fn at(named: Option<PathBuf>) -> Self {
        Self { opened: OnceLock::new(), named }
    }

    /// With nothing on it.
    pub fn empty() -> Self {
        Self { opened: OnceLock::from(Ok(None)), named: None }
    }

    #[cfg(test)]
    pub(crate) fn of(index: Index) -> Self {
        Self { opened: OnceLock::from(Ok(Some(index))), named: None }
    }

    /// What is on it, if anything.
    pub fn index(&self) -> Result<Option<&Index>, &str> {
        let open = || match (&self.named, default_place()) {
            (Some(path), _) => Index::open(path).map(Some),
            (None, Some(path)) if path.exists() => Index::open(&path).map(Some),
            (None, _) => Ok(None),
        };
        self.opened.get_or_init(open).as_ref().map(Option::as_ref).map_err(String::as_str)
    }
}

/// Where the index of this user lies, if nobody says otherwise: `portcullis/advisories.db` in the user's folder for data
/// ([XDG Base Directory](https://specifications.freedesktop.org/basedir-spec/latest/)).
pub fn default_place() -> Option<PathBuf> {
    let named = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let data = named("XDG_DATA_HOME")
        .or_else(|| named("LOCALAPPDATA"))
        .or_else(|| named("HOME").map(|home| home.join(".local").join("share")))?;
    Some(data.join("portcullis").join("advisories.db"))
}
