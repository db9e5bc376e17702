//! `[audit]` of a policy: what is recorded, and how surely.

use serde::{Deserialize, Serialize};

use crate::cell::Within;

/// What a policy demands of the audit log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {
    /// Whether nothing is run that cannot be recorded.
    pub demanded: bool,
    /// Whether `gate` records its verdicts as well.
    pub gate: bool,
    pub fsync: Fsync,
    /// Where the log lies; nothing for the user's state folder.
    pub path: Option<String>,
    /// A file of the log that would grow beyond this is put aside, and a new one begun.
    pub rotate_mib: u64,
    /// Whether the arguments of what is run are recorded, and not only how many there are.
    pub arguments: bool,
    /// Recipients of age (`age1…`) who alone may read what records say; with none, who may read the file may.
    pub recipients: Vec<String>,
}

/// When a record is waited for until it is on the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fsync {
    #[default]
    Always,
    /// After the record of what a run came to, which is behind that of the intent.
    Outcome,
    Never,
}

/// The keys of `[audit]`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct AuditKeys {
    pub demanded: Option<bool>,
    pub gate: Option<bool>,
    pub fsync: Option<Fsync>,
    pub path: Option<toml::Spanned<String>>,
    pub rotate_mib: Option<Within<1, 65_536>>,
    pub arguments: Option<bool>,
    pub recipients: Option<Vec<toml::Spanned<String>>>,
}

impl Default for Audit {
    fn default() -> Self {
        Self {
            demanded: false,
            gate: false,
            fsync: Fsync::default(),
            path: None,
            rotate_mib: 16,
            arguments: false,
            recipients: Vec::new(),
        }
    }
}

impl Audit {
    /// What a file says, over this.
    #[must_use]
    pub fn with(self, keys: AuditKeys) -> Self {
        Self {
            demanded: keys.demanded.unwrap_or(self.demanded),
            gate: keys.gate.unwrap_or(self.gate),
            fsync: keys.fsync.unwrap_or(self.fsync),
            path: keys.path.map(toml::Spanned::into_inner).or(self.path),
            rotate_mib: keys.rotate_mib.map_or(self.rotate_mib, |Within(number)| number),
            arguments: keys.arguments.unwrap_or(self.arguments),
            recipients: keys
                .recipients
                .map_or(self.recipients, |all| all.into_iter().map(toml::Spanned::into_inner).collect()),
        }
    }
}
