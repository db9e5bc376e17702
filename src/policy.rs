//! Policies: which rules deny, which ask, and how a user's own file changes that. Only this module compares levels.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use crate::complaint::{self, Complaint};
use crate::pack::Pack;
use crate::rule::{Level, Rule};
use crate::select;
use crate::source::Span;
use crate::walk;

/// The built-in policies, from the laxest to the strictest.
const BUILTIN: [(&str, &str); 3] = [
    ("permissive", include_str!("../rules/policy/permissive.toml")),
    ("moderate", include_str!("../rules/policy/moderate.toml")),
    ("strict", include_str!("../rules/policy/strict.toml")),
];

/// What a policy says about a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    Allow,
    Ask,
    Deny,
}

/// What a user's file says about one rule.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Override {
    pub verdict: Verdict,
    /// Demanded, so that whoever reads the file or the verdict later knows why.
    pub reason: String,
}

/// A level, and what the user's own file says otherwise about single rules.
#[derive(Clone, Debug)]
pub struct Policy {
    pub about: String,
    level: Level,
    overrides: BTreeMap<u16, Override>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Builtin {
    level: Level,
    about: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct File {
    extends: Level,
    #[serde(default)]
    about: String,
    #[serde(default)]
    rules: BTreeMap<Spanned<String>, Override>,
}

/// Why there is no such policy.
#[derive(Debug)]
pub enum PolicyError {
    /// Neither a built-in name nor a file.
    Unknown(String),
    Unreadable(String),
    Wrong(Complaint),
}

impl fmt::Display for PolicyError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(name) => {
                write!(formatter, "`{name}` is no policy: name one of strict, moderate and permissive, or a file")?;
                let hint = complaint::did_you_mean(name, BUILTIN.map(|(name, _)| name));
                hint.iter().try_for_each(|hint| write!(formatter, "; {hint}"))
            }
            Self::Unreadable(message) => formatter.write_str(message),
            Self::Wrong(complaint) => complaint.fmt(formatter),
        }
    }
}

impl std::error::Error for PolicyError {}

/// Whether a finding of the rule is denied at a level: a rule names the laxest level at which it denies, and every
/// stricter one denies it too.
pub fn denies(level: Level, rule: &Rule) -> bool {
    rule.deny.is_some_and(|laxest| level >= laxest)
}

fn asks(level: Level, rule: &Rule) -> bool {
    rule.ask.is_some_and(|laxest| level >= laxest)
}

impl Policy {
    /// Takes a built-in policy by its name, or reads a user's file, which extends one.
    pub fn load(name: &str, pack: &Pack) -> Result<Self, PolicyError> {
        let path = Path::new(name);
        if let Some((_, text)) = BUILTIN.iter().find(|(builtin, _)| *builtin == name) {
            let Builtin { level, about } = complaint::from_toml(path, text).map_err(PolicyError::Wrong)?;
            return Ok(Self { about, level, overrides: BTreeMap::new() });
        }
        if !path.exists() {
            return Err(PolicyError::Unknown(name.to_owned()));
        }
        let text = walk::read_own(path).map_err(PolicyError::Unreadable)?;
        Self::parse(path, &text, pack).map_err(PolicyError::Wrong)
    }

    fn parse(path: &Path, text: &str, pack: &Pack) -> Result<Self, Complaint> {
        let file: File = complaint::from_toml(path, text)?;
        let overrides = file.rules.into_iter().map(|(id, ruling)| match pack.position(id.get_ref()) {
            Some(index) => Ok((index, ruling)),
            None => {
                let message = format!("there is no rule `{}`", id.get_ref());
                let span = Span::new(id.span().start, id.span().end);
                Err(Complaint::new(path, text, span, message, select::hint(pack, id.get_ref())))
            }
        });
        Ok(Self { about: file.about, level: file.extends, overrides: overrides.collect::<Result<_, _>>()? })
    }

    pub fn verdict(&self, index: u16, rule: &Rule) -> Verdict {
        match self.overrides.get(&index) {
            Some(ruling) => ruling.verdict,
            None if denies(self.level, rule) => Verdict::Deny,
            None if asks(self.level, rule) => Verdict::Ask,
            None => Verdict::Allow,
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_stricter_policy_denies_whatever_a_laxer_one_denies() {
        let pack = Pack::builtin();
        let policies = BUILTIN.map(|(name, _)| Policy::load(name, &pack).unwrap());
        for (index, rule) in (0u16..).zip(pack.rules()) {
            let verdicts = policies.each_ref().map(|policy| policy.verdict(index, rule));
            assert!(verdicts.is_sorted(), "{}: {verdicts:?}", rule.id);
        }
        assert!(policies.iter().all(|policy| !policy.about.is_empty()));
    }
}
