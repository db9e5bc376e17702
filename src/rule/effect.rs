//! `[match.effect]`: effects, and the conditions that their targets must meet.

use serde::{Deserialize, Serialize};

use super::Regexp;
use crate::effect::Effect;

/// An effect that the models attach to a call, a reference or a store, with conditions on its target. All must hold.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct EffectMatch {
    pub kind: Vec<Effect>,
    /// The target is a path in one of these places (named in `rules/models/places.toml`).
    #[serde(default)]
    pub place: Vec<String>,
    /// The target is in none of these places.
    #[serde(default)]
    pub except_place: Vec<String>,
    /// The regular expression matches the target.
    pub matches: Option<Regexp>,
    /// The regular expression does not match the target.
    pub unless: Option<Regexp>,
    /// The target is known (or not known) as a constant.
    pub constant: Option<bool>,
    /// Nothing says what the target is: all there is of the kind, such as the whole environment.
    pub missing: Option<bool>,
    /// The target is a path that lies so.
    #[serde(default)]
    pub path: Vec<Reach>,
    /// The target is a host of one of these kinds.
    #[serde(default)]
    pub host: Vec<HostKind>,
    /// The target is a command that is judged so.
    #[serde(default)]
    pub program: Vec<ProgramKind>,
    /// The function is not called here: it is handed on, to be called by others.
    #[serde(default)]
    pub handed_on: bool,
}

/// Where a path lies, as seen from the workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// In it, and known to the last character.
    Inside,
    /// In it as far as is known: `out/{}.csv`.
    InsideComputed,
    Outside,
    /// In a folder for temporary files that everybody shares.
    Temporary,
    /// What `tempfile` made for this program alone.
    OwnTemporary,
    Unknown,
}

/// What is known of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HostKind {
    /// This machine.
    Loopback,
    /// What hands out a cloud machine's credentials.
    Metadata,
    /// No host in particular: who listens so listens on every interface; who connects so reaches this machine.
    Any,
    /// Another one, known by a constant.
    Remote,
    Unknown,
}

/// How a command is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProgramKind {
    /// A constant that only looks.
    Harmless,
    /// A constant of which nothing is known.
    Other,
    /// Not known, or not in full.
    Unknown,
    Harmful,
}
