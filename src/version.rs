//! Versions, compared as each ecosystem compares them, and the ranges of advisories.
//!
//! A scheme is a file in `version/` and a row in [`Version::parse`]. What is no version of its ecosystem is none: it is never
//! taken for lower or higher than anything.

mod composer;
mod gem;
mod maven;
mod nuget;
mod parts;
mod pep440;
pub mod range;
mod semantic;

use std::cmp::Ordering;

use crate::package::Ecosystem;

/// A version of some ecosystem. Only those of one ecosystem are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Version {
    Pep440(pep440::Version),
    /// [SemVer 2.0](https://semver.org/spec/v2.0.0.html), and what Go, Hex and Pub make of it.
    Semantic(semantic::Version),
    Gem(gem::Version),
    Composer(composer::Version),
    Maven(maven::Version),
    NuGet(nuget::Version),
}

impl Version {
    /// `None` for what is no version of the ecosystem.
    pub fn parse(ecosystem: Ecosystem, text: &str) -> Option<Self> {
        let text = text.trim();
        match ecosystem {
            Ecosystem::PyPI => pep440::parse(text).map(Self::Pep440),
            Ecosystem::CratesIo | Ecosystem::Npm | Ecosystem::Hex | Ecosystem::GitHubActions => {
                semantic::parse(text).map(Self::Semantic)
            }
            Ecosystem::Go => semantic::parse_go(text).map(Self::Semantic),
            Ecosystem::Pub => semantic::parse_with_build(text).map(Self::Semantic),
            Ecosystem::RubyGems => gem::parse(text).map(Self::Gem),
            Ecosystem::Packagist => composer::parse(text).map(Self::Composer),
            Ecosystem::Maven => maven::parse(text).map(Self::Maven),
            Ecosystem::NuGet => nuget::parse(text).map(Self::NuGet),
            Ecosystem::Conda | Ecosystem::Docker => None,
        }
    }
}

impl Version {
    /// Whether it is another version with a local part ([PEP 440], "local version identifiers"): `1.0+cpu` is one of `1.0`.
    ///
    /// [PEP 440]: https://peps.python.org/pep-0440/#local-version-identifiers
    pub fn is_build_of(&self, other: &Self) -> bool {
        matches!((self, other), (Self::Pep440(one), Self::Pep440(other)) if one.is_build_of(other))
    }
}

impl PartialOrd for Version {
    /// `None` for versions of different schemes.
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Pep440(one), Self::Pep440(other)) => Some(one.cmp(other)),
            (Self::Semantic(one), Self::Semantic(other)) => Some(one.cmp(other)),
            (Self::Gem(one), Self::Gem(other)) => Some(one.cmp(other)),
            (Self::Composer(one), Self::Composer(other)) => Some(one.cmp(other)),
            (Self::Maven(one), Self::Maven(other)) => Some(one.cmp(other)),
            (Self::NuGet(one), Self::NuGet(other)) => Some(one.cmp(other)),
            _ => None,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
