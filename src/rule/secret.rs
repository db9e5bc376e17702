//! `[match.secret]` and `[match.assigned]`: what a page says of a credential.

use serde::{Deserialize, Serialize};

use super::{Form, Regexp};

/// A credential that is told by its form, and by what stands around it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SecretMatch {
    pub is: SecretKind,
    pub matches: Form,
    /// One of these words stands in the [`NEAR`] bytes before the match, in any case and with any separators.
    #[serde(default)]
    pub near: Vec<String>,
    /// Only in files whose name or path ends so.
    #[serde(default)]
    pub file: Vec<String>,
    /// What the credential must not match.
    pub unless: Option<Regexp>,
    pub check: Option<Check>,
    /// Another rule, which must find something within [`BESIDE`] lines.
    pub beside: Option<String>,
}

/// How far before a match a word of `near` may begin to count, in bytes.
pub const NEAR: usize = 128;
/// How far away the finding of `beside` may stand, in lines.
pub const BESIDE: u32 = 10;

/// Whatever is assigned to a telling name and looks like a credential of this kind.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct AssignedMatch {
    pub is: SecretKind,
    /// What is more likely none, instead of what is more likely one.
    #[serde(default)]
    pub unsure: bool,
}

/// What a credential is, which decides how much of it may be shown and what its fingerprint is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SecretKind {
    /// Issued by a machine: its first characters say who issued it.
    Token,
    /// Key material.
    Key,
    /// Chosen by people, or no better than that: nothing of it is shown, and no hash of it is kept.
    Password,
}

/// An offline check of structure or checksum. What passes is more certain, what fails less; nothing is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    Crc32Base62,
    Crc32Hex,
    Crc32Tail,
    GitlabRoutable,
    Jwt,
    Pem,
    Openssh,
    Pgp,
    Ppk,
    Jwk,
    Macaroon,
    Nkey,
    Stellar,
    Bech32,
    Base58check,
    Base64Json,
    Basic,
    #[serde(rename = "base64-of-64")]
    Base64Of64,
    #[serde(rename = "base64-of-32")]
    Base64Of32,
    AwsKeyId,
    AzureIdentifiable,
    Discord,
    Sendgrid,
}
