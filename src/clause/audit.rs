//! `[audit]` of a policy: what is recorded, and how surely.

use serde::{Deserialize, Serialize};

/// What a policy demands of the audit log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {
    /// Whether nothing is run that cannot be recorded.
    pub demanded: bool,
    /// Whether `gate` records its verdicts as well.
    pub gate: bool,
    pub fsync: Fsync,
    /// Where the log lies; nothing for the user's state folder.
    pub path: Option<String>,
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
        }
    }
}
