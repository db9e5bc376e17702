//! `[match.package]`: what a manifest or lockfile, or an advisory, says of a package.

use serde::{Deserialize, Serialize};

use super::Match;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PackageMatch {
    pub is: News,
}

/// What there is to say of a package, or of the file that names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum News {
    // Advisories say so.
    Vulnerable,
    Malicious,
    Unmaintained,
    Unsound,
    Notice,
    /// An advisory that cannot be judged, since a bound of it is no version.
    Unevaluable,
    /// There are packages, and no advisories to hold them against.
    Unchecked,
    // The file says so.
    /// No version, where others have one.
    Unpinned,
    /// No hash, where others have one.
    Unhashed,
    /// Taken from an address, without a hash.
    FromUrl,
    /// Taken from a repository, without a commit.
    FromBranch,
    /// Another registry beside the usual one.
    ExtraRegistry,
    /// It runs a script when it is installed.
    RunsOnInstall,
    /// Yanked or deprecated.
    Withdrawn,
    // Its name says so.
    /// It may be taken for a popular one.
    LooksLike,
    /// Something else has taken its place.
    Superseded,
    /// None of the popular ones, and no lockfile has it.
    UnknownName,
    // The whole tree says so.
    /// A module that is imported, and no manifest declares what it is part of.
    Undeclared,
    /// Declared, and no code imports it.
    Unused,
}

impl Match {
    /// Whether findings say that packages were held against nothing.
    pub fn tells_no_advisories(&self) -> bool {
        matches!(self, Self::Package(package) if package.is == News::Unchecked)
    }
}

impl News {
    /// Whether only the advisories can tell, which are not part of the program.
    pub fn is_of_advisories(self) -> bool {
        matches!(
            self,
            Self::Vulnerable
                | Self::Malicious
                | Self::Unmaintained
                | Self::Unsound
                | Self::Notice
                | Self::Unevaluable
                | Self::Unchecked
        )
    }

    /// Whether what one file shows may be refuted by another one.
    pub fn is_of_the_tree(self) -> bool {
        matches!(self, Self::UnknownName | Self::Undeclared | Self::Unused)
    }
}
