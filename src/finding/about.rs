//! What a finding is about where that is a package: which one, what an advisory says of it, and how it comes into the project.

use std::cmp::Ordering;
use std::fmt;

use crate::package::{Advisory, Class, Package};

/// A package that a finding is about.
#[derive(Clone, Debug, PartialEq)]
pub struct About {
    pub package: Package,
    pub advisory: Option<Advisory>,
    /// Names from the dependency that the project itself asks for down to this package; empty where the file does not tell.
    pub through: Vec<Box<str>>,
    /// What is known of how it is built: one sentence.
    pub build: Option<Box<str>>,
    /// The first line that imports it, `path:line`.
    pub imported_at: Option<Box<str>>,
}

impl About {
    /// A package of which no advisory speaks.
    pub fn package(package: Package) -> Self {
        Self { package, advisory: None, through: Vec::new(), build: None, imported_at: None }
    }

    fn advisory_id(&self) -> Option<&str> {
        self.advisory.as_ref().map(|advisory| &*advisory.id)
    }

    /// Orders by package and advisory: what is equal here is about the same.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        self.package.cmp(&other.package).then_with(|| self.advisory_id().cmp(&other.advisory_id()))
    }

    /// What stays the same when the package is updated to another version of which the advisory speaks too.
    pub(super) fn subject(&self) -> String {
        let Package { ecosystem, name, .. } = &self.package;
        format!("{} {} {}", ecosystem.name(), ecosystem.normal(name), self.advisory_id().unwrap_or_default())
    }

    /// The same with everything that stems from the source put through `mask`.
    pub(super) fn masked(&self, mask: impl Fn(&str) -> Box<str>) -> Self {
        Self {
            package: self.package.masked_by(&mask),
            advisory: self.advisory.clone(),
            through: self.through.iter().map(|name| mask(name)).collect(),
            build: self.build.as_deref().map(&mask),
            imported_at: self.imported_at.clone(),
        }
    }
}

impl fmt::Display for About {
    /// `frobnitz 1.0.1 (PyPI): CVE-2026-1: It breaks. Fixed in 1.0.2. Needed through web > frobnitz. Imported at app.py:3.`
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Package { ecosystem, name, version } = &self.package;
        write!(formatter, "{name}")?;
        if let Some(version) = version {
            write!(formatter, " {version}")?;
        }
        write!(formatter, " ({})", ecosystem.name())?;
        if let Some(advisory) = &self.advisory {
            write!(formatter, ": {}", advisory.id)?;
            let summary = advisory.summary.trim().trim_end_matches('.');
            if !summary.is_empty() {
                write!(formatter, ": {summary}")?;
            }
            match &advisory.fixed {
                Some(fixed) => write!(formatter, ". Fixed in {fixed}")?,
                None if matches!(advisory.class, Class::Vulnerable | Class::Unsound)
                    && advisory.unevaluable.is_none() =>
                {
                    write!(formatter, ". No fixed version is known")?;
                }
                None => {}
            }
            if let Some(why) = &advisory.unevaluable {
                write!(formatter, ". It could not be judged whether it affects this version: {why}")?;
            }
        }
        if self.through.len() > 1 {
            write!(formatter, ". Needed through {}", self.through.join(" > "))?;
        }
        if let Some(build) = &self.build {
            write!(formatter, ". {build}")?;
        }
        if let Some(place) = &self.imported_at {
            write!(formatter, ". Imported at {place}")?;
        }
        Ok(())
    }
}
