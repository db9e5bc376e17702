//! How findings are suppressed. They stay in the list, and say why they do not count.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How a finding was suppressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    pub by: SuppressedBy,
    pub reason: Option<Box<str>>,
}

/// What suppresses findings. What other tools read, users may ask to honour; the rest is ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SuppressedBy {
    /// `# portcullis: ignore[...]`
    #[serde(skip_deserializing)]
    Comment,
    /// `# nosec`
    Nosec,
    /// `# noqa`
    Noqa,
    /// `gitleaks:allow`
    Gitleaks,
    /// `pragma: allowlist secret`
    DetectSecrets,
    /// `trufflehog:ignore`
    Trufflehog,
    /// `kingfisher:ignore`
    Kingfisher,
    /// An entry of the baseline.
    #[serde(skip_deserializing)]
    Baseline,
    /// An `[[ignore-advisory]]` of the configuration.
    #[serde(skip_deserializing)]
    IgnoredAdvisory,
    /// A statement of a VEX document.
    #[serde(skip_deserializing)]
    Vex,
}

impl SuppressedBy {
    /// Whether it stands in the source itself.
    pub fn is_in_source(self) -> bool {
        !matches!(self, Self::Baseline | Self::IgnoredAdvisory | Self::Vex)
    }
}

impl fmt::Display for Suppression {
    /// The reason, or else how.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match (&self.reason, self.by) {
            (Some(reason), _) => reason,
            (None, SuppressedBy::Comment) => "by `# portcullis: ignore`",
            (None, SuppressedBy::Nosec) => "by `# nosec`",
            (None, SuppressedBy::Noqa) => "by `# noqa`",
            (None, SuppressedBy::Gitleaks) => "by `gitleaks:allow`",
            (None, SuppressedBy::DetectSecrets) => "by `pragma: allowlist secret`",
            (None, SuppressedBy::Trufflehog) => "by `trufflehog:ignore`",
            (None, SuppressedBy::Kingfisher) => "by `kingfisher:ignore`",
            (None, SuppressedBy::Baseline) => "by the baseline",
            (None, SuppressedBy::IgnoredAdvisory) => "by the configuration",
            (None, SuppressedBy::Vex) => "by a VEX document",
        })
    }
}
