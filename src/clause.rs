//! Clauses: what a policy says, as data. The built-in policies are parsed by the build script, a user's file at run time, both
//! into the same types.

mod audit;

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use toml::Spanned;

use crate::cell::{Cell, CellKeys};
use crate::effect::{Capability, Effect};
use crate::rule::Level;
pub use audit::{Audit, AuditKeys, Fsync};

/// What becomes of code, from the laxest to the strictest.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    #[default]
    Allow,
    Ask,
    Deny,
}

impl Decision {
    pub fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Ask => "ask",
            Self::Deny => "deny",
        }
    }
}

/// What a policy says about something in particular.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Override {
    pub verdict: Decision,
    /// Demanded, so that whoever reads the file or the verdict later knows why.
    #[serde(deserialize_with = "said")]
    pub reason: String,
}

/// Modules that may be imported, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Group {
    pub modules: Vec<String>,
    #[serde(deserialize_with = "said")]
    pub reason: String,
}

/// Who may answer where a policy asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// A person at the terminal.
    #[default]
    Tty,
    /// The command line.
    Flag,
}

/// Whether a verdict stops anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    #[default]
    Enforce,
    /// What would stop is told, and stops nothing.
    Record,
}

/// Whether comments in the code may suppress findings of a scan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InlineEscapes {
    #[default]
    Allow,
    Forbid,
}

/// A whole policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clauses {
    pub level: Level,
    pub about: String,
    pub unresolved: Decision,
    pub answer: Answer,
    pub gate: Mode,
    pub inline_escapes: InlineEscapes,
    /// Nothing of portcullis itself may speak to the network.
    pub airgapped: bool,
    /// By the id of a rule.
    pub rules: BTreeMap<String, Override>,
    pub capabilities: BTreeMap<Capability, Override>,
    pub effects: BTreeMap<Effect, Override>,
    pub families: BTreeMap<String, Override>,
    /// By dotted names.
    pub functions: BTreeMap<String, Override>,
    pub modules: BTreeMap<String, Override>,
    /// Where there is any group, whatever is in none may not be imported.
    pub imports: Vec<Group>,
    pub cell: Cell,
    pub audit: Audit,
}

/// Every key of a policy file, with the places that a complaint needs.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Keys {
    /// Of built-in policies alone.
    pub level: Option<Spanned<Level>>,
    /// Of a user's.
    pub extends: Option<Spanned<Level>>,
    #[serde(default)]
    pub about: String,
    pub unresolved: Option<Decision>,
    pub answer: Option<Answer>,
    pub gate: Option<Mode>,
    pub inline_escapes: Option<InlineEscapes>,
    pub airgapped: Option<bool>,
    #[serde(default)]
    pub rules: BTreeMap<Spanned<String>, Override>,
    #[serde(default)]
    pub capabilities: BTreeMap<Capability, Override>,
    #[serde(default)]
    pub effects: BTreeMap<Effect, Override>,
    #[serde(default)]
    pub families: BTreeMap<Spanned<String>, Override>,
    #[serde(default)]
    pub functions: BTreeMap<Spanned<String>, Override>,
    #[serde(default)]
    pub modules: BTreeMap<Spanned<String>, Override>,
    #[serde(default)]
    pub imports: Vec<Group>,
    #[serde(default)]
    pub cell: CellKeys,
    #[serde(default)]
    pub audit: AuditKeys,
}

impl Clauses {
    /// A level that says nothing in particular.
    pub fn at(level: Level) -> Self {
        Self {
            level,
            about: String::new(),
            unresolved: Decision::default(),
            answer: Answer::default(),
            gate: Mode::default(),
            inline_escapes: InlineEscapes::default(),
            airgapped: false,
            rules: BTreeMap::new(),
            capabilities: BTreeMap::new(),
            effects: BTreeMap::new(),
            families: BTreeMap::new(),
            functions: BTreeMap::new(),
            modules: BTreeMap::new(),
            imports: Vec::new(),
            cell: Cell::least(),
            audit: Audit::default(),
        }
    }

    /// Reads a built-in policy.
    pub fn builtin(text: &str) -> Result<Self, String> {
        let keys: Keys = toml::from_str(text).map_err(|problem| problem.to_string())?;
        let level = keys.level.as_ref().ok_or("`level` is missing")?.get_ref();
        Ok(Self::at(*level).with(keys))
    }

    /// What a file says, over these clauses: what it names is replaced, what it lists is added.
    pub fn with(mut self, keys: Keys) -> Self {
        let plain = |(name, ruling): (Spanned<String>, Override)| (name.into_inner(), ruling);
        self.about = keys.about;
        self.unresolved = keys.unresolved.unwrap_or(self.unresolved);
        self.answer = keys.answer.unwrap_or(self.answer);
        self.gate = keys.gate.unwrap_or(self.gate);
        self.inline_escapes = keys.inline_escapes.unwrap_or(self.inline_escapes);
        self.airgapped = keys.airgapped.unwrap_or(self.airgapped);
        self.rules.extend(keys.rules.into_iter().map(plain));
        self.capabilities.extend(keys.capabilities);
        self.effects.extend(keys.effects);
        self.families.extend(keys.families.into_iter().map(plain));
        self.functions.extend(keys.functions.into_iter().map(plain));
        self.modules.extend(keys.modules.into_iter().map(plain));
        self.imports.extend(keys.imports);
        self.cell = self.cell.with(keys.cell);
        self.audit = self.audit.with(keys.audit);
        self
    }
}

/// A reason that says something.
fn said<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let reason = String::deserialize(deserializer)?;
    match reason.trim() {
        "" => Err(serde::de::Error::custom("a reason must say something")),
        _ => Ok(reason),
    }
}
