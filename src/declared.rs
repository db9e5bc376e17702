//! What a tree declares and imports as a whole, and which findings about single files only the whole can confirm.
//!
//! A file can show that it imports a module or asks for a package; that nothing else of the tree declares or imports the same,
//! it cannot. Such findings are made file by file, with their places, and those that the whole refutes are dropped.

use std::collections::BTreeSet;

use rustc_hash::FxHashSet;

use crate::finding::Finding;
use crate::lock::{Origin, Packages};
use crate::pack::Pack;
use crate::package::Ecosystem;
use crate::reach::Imports;
use crate::registry;
use crate::rule::{Match, News};
use crate::source::{Kind, Source};

/// The packages that the manifests and lockfiles of a tree name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// All of them, as their registries compare names.
    names: BTreeSet<(Ecosystem, Box<str>)>,
    /// Those that need no more proof: what lockfiles have resolved, and parts of the tree itself.
    proven: BTreeSet<(Ecosystem, Box<str>)>,
}

impl Declared {
    pub fn of(packages: &Packages, is_lock: bool) -> Self {
        let mut declared = Self::default();
        for entry in &packages.entries {
            let name: Box<str> = entry.ecosystem.normal(&entry.name).into();
            if is_lock || entry.origin == Origin::Path {
                declared.proven.insert((entry.ecosystem, name.clone()));
            }
            declared.names.insert((entry.ecosystem, name));
        }
        declared
    }

    /// Takes what another file declares in.
    pub fn append(&mut self, mut other: Self) {
        self.names.append(&mut other.names);
        self.proven.append(&mut other.proven);
    }

    fn has_python(&self) -> bool {
        self.names.iter().any(|(ecosystem, _)| *ecosystem == Ecosystem::PyPI)
    }

    fn has(&self, distribution: &str) -> bool {
        self.names.contains(&(Ecosystem::PyPI, Ecosystem::PyPI.normal(distribution).into()))
    }

    /// Whether something is declared that may have the module: its distribution, or one of a family (`google-cloud-storage`).
    fn gives(&self, module: &str) -> bool {
        let own = Ecosystem::PyPI.normal(module).into_owned();
        let family = format!("{own}-");
        registry::distributions_of(module).any(|name| self.has(name))
            || self.has(&own)
            || self
                .names
                .range((Ecosystem::PyPI, family.as_str().into())..)
                .take(1)
                .any(|(ecosystem, name)| *ecosystem == Ecosystem::PyPI && name.starts_with(&family))
    }
}

/// The distribution by which a module that nobody declares is told: the one that most mean, or one of its own name.
pub fn distribution_of(module: &str) -> String {
    let own = Ecosystem::PyPI.normal(module).into_owned();
    registry::distributions_of(module).next().map_or(own, str::to_owned)
}

/// Drops the findings that the whole tree refutes. They are in the order of their places.
pub fn settle(findings: &mut Vec<Finding>, pack: &Pack, declared: &Declared, imports: &Imports, sources: &[Source]) {
    let news = |finding: &Finding| match &pack.rule(finding.rule).matcher {
        Match::Package(package) if package.is.is_of_the_tree() => Some(package.is),
        _ => None,
    };
    if !findings.iter().any(|finding| news(finding).is_some()) {
        return;
    }
    // Where only what changed is scanned, the tree is not known.
    let is_whole = sources.iter().all(|source| source.past.before.is_none() && source.past.commit.is_none());
    let own = own_modules(sources);
    let has_code = sources.iter().any(|source| source.kind == Some(Kind::Python));
    let missing: FxHashSet<String> = imports
        .modules()
        .filter(|module| !own.contains(module) && !declared.gives(module))
        .map(distribution_of)
        .collect();
    let used = used(imports);
    let mut told = FxHashSet::default();
    findings.retain(|finding| {
        let (Some(is), Some(about)) = (news(finding), &finding.about) else { return true };
        let package = &about.package;
        let name = package.ecosystem.normal(&package.name).into_owned();
        is_whole
            && match is {
                News::Undeclared => declared.has_python() && missing.contains(&name) && told.insert(name),
                News::Unused => has_code && !used.is_used(&name),
                _ => !declared.proven.contains(&(package.ecosystem, name.into())),
            }
    });
}

/// The modules that the tree itself has: the names of its files and folders of Python.
fn own_modules(sources: &[Source]) -> FxHashSet<&str> {
    let python = sources.iter().filter(|source| source.kind != Some(Kind::Other));
    let parts = python.flat_map(|source| source.path.split(['/', '\\', '!']));
    parts.map(|part| part.split('.').next().unwrap_or(part)).collect()
}

/// What code imports, by the names of distributions.
struct Used {
    distributions: FxHashSet<String>,
    modules: Vec<String>,
}

fn used(imports: &Imports) -> Used {
    let of_module = |module: &str| -> Vec<String> {
        let other = registry::distributions_of(module).map(str::to_owned);
        other.chain([Ecosystem::PyPI.normal(module).into_owned()]).collect()
    };
    Used {
        distributions: imports.modules().flat_map(of_module).collect(),
        modules: imports.modules().map(|module| Ecosystem::PyPI.normal(module).into_owned()).collect(),
    }
}

impl Used {
    /// Whether a distribution is imported, as far as names tell: `google-cloud-storage` as `google`, `python-foo` as `foo`.
    fn is_used(&self, distribution: &str) -> bool {
        let bare = distribution.trim_start_matches("python-").trim_end_matches("-python");
        self.distributions.contains(distribution)
            || self.modules.iter().any(|module| {
                let rest = bare.strip_prefix(&**module);
                rest.is_some_and(|rest| {
                    rest.is_empty() || rest.starts_with('-') || rest.bytes().all(|b| b.is_ascii_digit())
                }) || bare.strip_prefix("py") == Some(module)
                    || module.strip_prefix("py") == Some(bare)
                    || bare.strip_suffix("-py") == Some(module)
            })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::lock::Entry;
    use crate::source::Span;

    fn declared(names: &[&str]) -> Declared {
        let entry = |name: &&str| Entry::new(Ecosystem::PyPI, *name, Span::default());
        Declared::of(&Packages { entries: names.iter().map(entry).collect(), ..Packages::default() }, false)
    }

    #[test]
    fn a_module_is_given_by_its_distribution_whatever_that_is_called() {
        let declared = declared(&["PyYAML", "opencv-python-headless", "google-cloud-storage", "my.own_thing"]);
        for (module, expected) in [
            ("yaml", true),
            ("cv2", true),
            ("google", true),
            ("my_own_thing", true),
            ("requests", false),
            ("goog", false),
        ] {
            assert_eq!(declared.gives(module), expected, "{module}");
        }
        assert_eq!(distribution_of("yaml"), "pyyaml");
        assert_eq!(distribution_of("my_own"), "my-own");
    }

    #[test]
    fn a_distribution_is_used_by_any_module_of_it() {
        let text = b"import yaml, google, nmap, psycopg2\n";
        let imports = crate::reach::imports(&Arc::from("a.py"), true, text);
        let used = used(&imports);
        for (name, expected) in [
            ("pyyaml", true),
            ("google-cloud-storage", true),
            ("python-nmap", true),
            ("psycopg2-binary", true),
            ("requests", false),
            ("googly", false),
        ] {
            assert_eq!(used.is_used(name), expected, "{name}");
        }
    }
}
