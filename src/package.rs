//! Packages: where they come from, what they are called, and what an advisory says of one.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::rule::Severity;

/// Where packages come from: the names of the OSV schema (`affected[].package.ecosystem`), and three that it has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
pub enum Ecosystem {
    #[serde(rename = "crates.io")]
    CratesIo,
    Go,
    Hex,
    Maven,
    #[serde(rename = "npm")]
    Npm,
    NuGet,
    Packagist,
    Pub,
    PyPI,
    RubyGems,
    #[serde(rename = "conda")]
    Conda,
    #[serde(rename = "docker")]
    Docker,
    #[serde(rename = "GitHub Actions")]
    GitHubActions,
}

/// Each with its name and its type in a package URL (the purl specification's types).
const ALL: &[(Ecosystem, &str, &str)] = &[
    (Ecosystem::CratesIo, "crates.io", "cargo"),
    (Ecosystem::Go, "Go", "golang"),
    (Ecosystem::Hex, "Hex", "hex"),
    (Ecosystem::Maven, "Maven", "maven"),
    (Ecosystem::Npm, "npm", "npm"),
    (Ecosystem::NuGet, "NuGet", "nuget"),
    (Ecosystem::Packagist, "Packagist", "composer"),
    (Ecosystem::Pub, "Pub", "pub"),
    (Ecosystem::PyPI, "PyPI", "pypi"),
    (Ecosystem::RubyGems, "RubyGems", "gem"),
    (Ecosystem::Conda, "conda", "conda"),
    (Ecosystem::Docker, "docker", "docker"),
    (Ecosystem::GitHubActions, "GitHub Actions", "github"),
];

impl Ecosystem {
    pub fn all() -> impl Iterator<Item = Self> {
        ALL.iter().map(|(ecosystem, ..)| *ecosystem)
    }

    pub fn name(self) -> &'static str {
        ALL.iter().find(|(ecosystem, ..)| *ecosystem == self).map_or("", |(_, name, _)| name)
    }

    pub fn purl_type(self) -> &'static str {
        ALL.iter().find(|(ecosystem, ..)| *ecosystem == self).map_or("", |(.., purl)| purl)
    }

    /// By its name in an OSV record, where a suffix (`Maven:…`) names a registry.
    pub fn of_name(name: &str) -> Option<Self> {
        let name = name.split(':').next().unwrap_or(name);
        ALL.iter().find(|(_, known, _)| *known == name).map(|(ecosystem, ..)| *ecosystem)
    }

    /// A package's name in the form in which two spellings of one name are equal: PEP 503 for PyPI; NuGet, Packagist and GitHub
    /// ignore case; the others are taken as they are written.
    pub fn normal(self, name: &str) -> Cow<'_, str> {
        match self {
            Self::PyPI => pep503(name),
            Self::NuGet | Self::Packagist | Self::GitHubActions => {
                match name.bytes().any(|byte| byte.is_ascii_uppercase()) || !name.is_ascii() {
                    true => Cow::Owned(name.to_lowercase()),
                    false => Cow::Borrowed(name),
                }
            }
            _ => Cow::Borrowed(name),
        }
    }
}

/// Runs of `-`, `_` and `.` are one `-`, and case does not matter.
fn pep503(name: &str) -> Cow<'_, str> {
    let is_normal =
        |name: &str| !name.contains("--") && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    if is_normal(name) {
        return Cow::Borrowed(name);
    }
    let mut normal = String::with_capacity(name.len());
    for character in name.chars() {
        match character {
            '-' | '_' | '.' if normal.ends_with('-') => {}
            '-' | '_' | '.' => normal.push('-'),
            _ => normal.extend(character.to_lowercase()),
        }
    }
    Cow::Owned(normal)
}

/// A package as a finding names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, schemars::JsonSchema)]
pub struct Package {
    pub ecosystem: Ecosystem,
    /// As it is written.
    pub name: Box<str>,
    pub version: Option<Box<str>>,
}

impl Package {
    /// The same with what stems from a source put through `mask`.
    pub fn masked_by(&self, mask: impl Fn(&str) -> Box<str>) -> Self {
        Self { ecosystem: self.ecosystem, name: mask(&self.name), version: self.version.as_deref().map(mask) }
    }
}

/// What advisories that speak of one thing say of one package in one version.
#[derive(Clone, Debug, PartialEq)]
pub struct Advisory {
    /// A CVE where there is one.
    pub id: Box<str>,
    /// The other names of the same, sorted.
    pub aliases: Vec<Box<str>>,
    pub class: Class,
    pub summary: Box<str>,
    /// From CVSS or the database; unknown where neither says so.
    pub severity: Option<Severity>,
    /// The lowest version above this one that is not affected, where one is named.
    pub fixed: Option<Box<str>>,
    /// Functions or modules that the advisory names as affected: reachable by these only. Empty where it names none.
    pub symbols: Vec<Box<str>>,
    /// Why part of the advisory could not be judged, where that is so and nothing else of it affects the version.
    pub unevaluable: Option<Box<str>>,
}

impl Advisory {
    /// The names by which all of it is meant. One that speaks of several CVEs is meant by none of them alone.
    pub fn whole_names(&self) -> impl Iterator<Item = &str> {
        let names = || std::iter::once(&*self.id).chain(self.aliases.iter().map(|name| &**name));
        let has_several = names().filter(|name| name.starts_with("CVE-")).count() > 1;
        names().filter(move |name| !has_several || !name.starts_with("CVE-"))
    }
}

/// What kind of news an advisory brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    Vulnerable,
    /// The package was made to do harm (`MAL-…`).
    Malicious,
    Unmaintained,
    Unsound,
    /// Anything else that is worth knowing.
    Notice,
}
