//! `[match.setting]`: what a file of settings says.

use serde::{Deserialize, Serialize};

use super::{Literal, Regexp};

/// A setting, by the kind of document it stands in, its path and its value.
///
/// Paths are keys and positions in lists, joined by dots: `services.*.privileged`. `*` is any key or position, also within a
/// key (`*_url`); `**` is any number of them; `.` alone is the document. A key that holds a dot stands in single quotes.
/// Letters count in any case. Where two paths begin alike, they speak of the same things as far as they do; of several paths
/// of a condition, those count that begin most like the one that led to the setting.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SettingMatch {
    /// Kinds of documents of `rules/models/documents.toml`, one of which it must be.
    pub of: Vec<String>,
    /// Names of files, where not all of such documents are meant.
    #[serde(default)]
    pub file: Vec<String>,
    pub at: Vec<String>,
    /// Regular expression on the last key.
    #[serde(default)]
    pub key: Option<Regexp>,
    /// Tests on the value; `at` has no meaning here.
    #[serde(default)]
    pub value: SettingCondition,
    /// All must hold somewhere.
    #[serde(default)]
    pub when: Vec<SettingCondition>,
    /// At least one must, if there are any.
    #[serde(default)]
    pub any: Vec<SettingCondition>,
    /// None may hold anywhere.
    #[serde(default)]
    pub unless: Vec<SettingCondition>,
    #[serde(default)]
    pub mark: SettingMark,
    /// Whether the value is a credential, which no report may show.
    #[serde(default)]
    pub secret: bool,
}

/// Holds where a setting at one of the paths passes all tests.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SettingCondition {
    #[serde(default)]
    pub at: Vec<String>,
    #[serde(default)]
    pub key: Option<Regexp>,
    /// One of these, in any case of letters; a truth value however it is spelled (`true`, `yes`, `on`, `1`).
    #[serde(default)]
    pub is: Vec<Literal>,
    #[serde(default)]
    pub matches: Option<Regexp>,
    #[serde(default)]
    pub unless: Option<Regexp>,
    /// A template or a reference, known only when it is used (or, with `false`, none).
    #[serde(default)]
    pub computed: Option<bool>,
}

/// Which part of a setting the finding points at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SettingMark {
    /// Key and value; of a map or list its key, or its first entry where it has none.
    #[default]
    Entry,
    Key,
    Value,
    /// What the regular expression on the value finds, each time it does.
    Match,
}

/// How a document is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    Apache,
    Dockerfile,
    Hcl,
    Ini,
    Json,
    Nginx,
    Properties,
    Toml,
    Words,
    Xml,
    Yaml,
}

impl SettingMatch {
    /// The tests on the value, and those on other settings.
    pub fn conditions(&self) -> impl Iterator<Item = &SettingCondition> {
        std::iter::once(&self.value).chain(self.others())
    }

    fn others(&self) -> impl Iterator<Item = &SettingCondition> {
        self.when.iter().chain(&self.any).chain(&self.unless)
    }

    /// What is wrong with it, if anything is.
    pub fn fault(&self) -> Option<String> {
        if self.of.is_empty() || self.at.is_empty() {
            return Some("`of` and `at` must say in which documents and where".to_owned());
        }
        if self.mark == SettingMark::Match && self.value.matches.is_none() {
            return Some("`mark = \"match\"` marks what `matches` of `value` finds".to_owned());
        }
        if self.secret && self.mark != SettingMark::Value {
            return Some("what is `secret` must be what is marked: `mark = \"value\"`".to_owned());
        }
        let lacks_path = self.others().any(|condition| condition.at.is_empty());
        lacks_path.then(|| "a condition of `when`, `any` or `unless` must say `at` which paths".to_owned())
    }
}
