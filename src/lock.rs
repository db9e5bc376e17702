//! Packages that a manifest or lockfile names, in one shape whatever its format, each with its place.
//!
//! A format is a file in `lock/` and a row in [`READERS`]. A reader never fails: what it cannot read is a problem with its
//! place, and what it read before stays. Time and memory are linear in the text.

mod action;
mod bun;
mod cargo;
pub mod command;
mod composer;
mod conda;
mod deno;
mod gemfile;
mod golang;
mod gradle;
mod image;
pub mod include;
mod ini;
mod maven;
pub mod metadata;
mod mix;
mod npm;
mod nuget;
mod pipfile;
mod pnpm;
mod property;
mod pubspec;
mod pyproject;
mod python;
mod requirements;
mod ring;
mod setup_cfg;
mod tree;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod trial;
mod wish;
mod yarn;

use crate::digest::Hash;
use crate::file_name;
use crate::package::Ecosystem;
use crate::source::{Problem, Span};

/// What a file says about packages.
#[derive(Debug, Default)]
pub struct Packages {
    pub entries: Vec<Entry>,
    /// Other files of the same kind that this one takes in, as they are written (`-r base.txt`, `-c constraints.txt`).
    pub includes: Vec<Include>,
    /// Registries that it names.
    pub registries: Vec<Registry>,
    pub problems: Vec<Problem>,
}

/// One package as a file names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub ecosystem: Ecosystem,
    /// As it is written; of an alias (`npm:real@1`) the package that is meant.
    pub name: String,
    /// The one version that the file pins, without quotes, operators and Go's `v`.
    pub version: Option<String>,
    /// The constraint as it is written, where there is one.
    pub requirement: Option<String>,
    /// Where it stands: the name, or name and version where they are neighbours on a line.
    pub span: Span,
    pub origin: Origin,
    /// Whether the file gives a hash of what is to be installed; `None` where the format has no place for one.
    pub is_hashed: Option<bool>,
    /// The hash that it gives, where there is one, of one file.
    pub hash: Option<Hash>,
    /// Only for development or tests, where the file says so.
    pub is_development: bool,
    /// Named by the project itself (or, with `false`, only by other packages); `None` where the file does not tell.
    pub is_direct: Option<bool>,
    /// It runs a script of its own when it is installed, where the file says so.
    pub runs_on_install: bool,
    /// What the file says about its standing: yanked, deprecated, and why.
    pub warning: Option<String>,
    /// What is known of how it is built.
    pub build: Option<String>,
    /// Entries of this file that it asks for, by index.
    pub needs: Vec<u32>,
}

/// Where a package is taken from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// The ecosystem's registry, or one that the file names.
    #[default]
    Registry,
    Url(String),
    Git {
        url: String,
        /// A full hash of a commit: what is fetched cannot change.
        commit: Option<String>,
    },
    /// Part of the same tree. Advisories do not speak of it.
    Path,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Include {
    pub path: String,
    pub span: Span,
    /// Only limits versions (`-c`).
    pub is_constraint: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registry {
    pub url: String,
    pub span: Span,
    /// Beside another one, so that a name may come from either.
    pub is_extra: bool,
}

impl Entry {
    /// An entry of which only name and place are known.
    pub fn new(ecosystem: Ecosystem, name: impl Into<String>, span: Span) -> Self {
        Self {
            ecosystem,
            name: name.into(),
            version: None,
            requirement: None,
            span,
            origin: Origin::Registry,
            is_hashed: None,
            hash: None,
            is_development: false,
            is_direct: None,
            runs_on_install: false,
            warning: None,
            build: None,
            needs: Vec::new(),
        }
    }
}

/// How a kind of file is read.
#[derive(Clone, Copy, Debug)]
pub struct Reader {
    pub name: &'static str,
    /// Patterns of file names (`file_name::fits`).
    files: &'static [&'static str],
    /// For names that other files have too: whether the text is of the kind.
    is_it: Option<fn(&str) -> bool>,
    /// Pins what is installed, where a manifest asks for it.
    pub is_lock: bool,
    read: fn(&str) -> Packages,
}

/// Every kind of file. Of two that fit, the first is taken.
const READERS: &[Reader] = &[
    // Python.
    Reader { name: "poetry.lock", files: &["poetry.lock"], is_it: None, is_lock: true, read: python::lock },
    Reader { name: "uv.lock", files: &["uv.lock"], is_it: None, is_lock: true, read: python::lock },
    Reader { name: "pdm.lock", files: &["pdm.lock"], is_it: None, is_lock: true, read: python::lock },
    Reader {
        name: "pylock.toml",
        files: &["pylock.toml", "pylock.*.toml"],
        is_it: None,
        is_lock: true,
        read: python::lock,
    },
    Reader { name: "Pipfile.lock", files: &["Pipfile.lock"], is_it: None, is_lock: true, read: python::pipfile_lock },
    Reader { name: "pyproject.toml", files: &["pyproject.toml"], is_it: None, is_lock: false, read: pyproject::read },
    Reader { name: "Pipfile", files: &["Pipfile"], is_it: None, is_lock: false, read: pipfile::read },
    Reader { name: "setup.cfg", files: &["setup.cfg"], is_it: None, is_lock: false, read: setup_cfg::setup },
    Reader { name: "tox.ini", files: &["tox.ini"], is_it: None, is_lock: false, read: setup_cfg::tox },
    Reader {
        name: "conda-lock.yml",
        files: &["conda-lock.yml", "*.conda-lock.yml"],
        is_it: None,
        is_lock: true,
        read: conda::lock,
    },
    Reader {
        name: "environment.yml",
        files: &["*environment*.yml", "*environment*.yaml", "*conda*.yml", "*conda*.yaml"],
        is_it: Some(conda::is_environment),
        is_lock: false,
        read: conda::environment,
    },
    Reader {
        name: "requirements",
        files: &[
            "requirements*.txt",
            "*requirements.txt",
            "constraints*.txt",
            "requirements/*.txt",
            "requirements*.in",
            "requirements/*.in",
        ],
        is_it: None,
        is_lock: false,
        read: requirements::read,
    },
    Reader {
        name: "requirements by their content",
        files: &["*.txt"],
        is_it: Some(requirements::is_it),
        is_lock: false,
        read: requirements::read,
    },
    // JavaScript.
    Reader {
        name: "package-lock.json",
        files: &["package-lock.json", "npm-shrinkwrap.json"],
        is_it: None,
        is_lock: true,
        read: npm::lock,
    },
    Reader { name: "package.json", files: &["package.json"], is_it: None, is_lock: false, read: npm::manifest },
    Reader { name: "yarn.lock", files: &["yarn.lock"], is_it: None, is_lock: true, read: yarn::read },
    Reader { name: "pnpm-lock.yaml", files: &["pnpm-lock.yaml"], is_it: None, is_lock: true, read: pnpm::read },
    Reader { name: "bun.lock", files: &["bun.lock"], is_it: None, is_lock: true, read: bun::read },
    Reader { name: "deno.lock", files: &["deno.lock"], is_it: None, is_lock: true, read: deno::read },
    // Of the Java platform.
    Reader { name: "pom.xml", files: &["pom.xml", "*.pom"], is_it: None, is_lock: false, read: maven::pom },
    Reader {
        name: "gradle.lockfile",
        files: &["gradle.lockfile", "buildscript-gradle.lockfile"],
        is_it: None,
        is_lock: true,
        read: gradle::lock,
    },
    // .NET.
    Reader {
        name: "packages.lock.json",
        files: &["packages.lock.json", "packages.*.lock.json"],
        is_it: None,
        is_lock: true,
        read: nuget::lock,
    },
    Reader {
        name: "packages.config",
        files: &["packages.config", "packages.*.config"],
        is_it: None,
        is_lock: true,
        read: nuget::config,
    },
    Reader {
        name: ".NET project",
        files: &["*.csproj", "*.fsproj", "*.vbproj", "Directory.Packages.props", "Directory.Build.props"],
        is_it: None,
        is_lock: false,
        read: nuget::project,
    },
    // What builds are made of.
    Reader {
        name: "Dockerfile",
        files: &["Dockerfile", "Dockerfile.*", "*.Dockerfile", "Containerfile", "Containerfile.*"],
        is_it: None,
        is_lock: false,
        read: image::dockerfile,
    },
    Reader {
        name: "workflow or action",
        files: &[
            ".github/workflows/*.yml",
            ".github/workflows/*.yaml",
            ".gitea/workflows/*.yml",
            ".gitea/workflows/*.yaml",
            "action.yml",
            "action.yaml",
        ],
        is_it: None,
        is_lock: false,
        read: action::read,
    },
    // Others.
    Reader { name: "Cargo.lock", files: &["Cargo.lock"], is_it: None, is_lock: true, read: cargo::lock },
    Reader { name: "Cargo.toml", files: &["Cargo.toml"], is_it: None, is_lock: false, read: cargo::manifest },
    Reader { name: "go.mod", files: &["go.mod"], is_it: None, is_lock: true, read: golang::module },
    Reader { name: "go.sum", files: &["go.sum"], is_it: None, is_lock: true, read: golang::sums },
    Reader {
        name: "Gemfile.lock",
        files: &["Gemfile.lock", "gems.locked"],
        is_it: None,
        is_lock: true,
        read: gemfile::read,
    },
    Reader { name: "composer.lock", files: &["composer.lock"], is_it: None, is_lock: true, read: composer::read },
    Reader { name: "composer.json", files: &["composer.json"], is_it: None, is_lock: false, read: composer::manifest },
    Reader { name: "Gemfile", files: &["Gemfile", "gems.rb"], is_it: None, is_lock: false, read: gemfile::manifest },
    Reader { name: "mix.lock", files: &["mix.lock"], is_it: None, is_lock: true, read: mix::read },
    Reader { name: "pubspec.lock", files: &["pubspec.lock"], is_it: None, is_lock: true, read: pubspec::read },
];

/// The reader for a file of this path and text, if any.
pub fn reader(path: &str, text: &str) -> Option<&'static Reader> {
    let fits = |reader: &&Reader| file_name::fits(path, reader.files) && reader.is_it.is_none_or(|is_it| is_it(text));
    READERS.iter().find(fits)
}

/// One requirement as Python writes it ([PEP 508](https://peps.python.org/pep-0508/)); `None` for what is none.
pub fn requirement(text: &str, span: Span) -> Option<Entry> {
    requirements::requirement(requirements::without_marker(text), span)
}

impl Reader {
    pub fn read(&self, text: &str) -> Packages {
        (self.read)(text)
    }
}
