//! Reachability: whether the code that was scanned imports a package that an advisory speaks of.
//!
//! Imports are read line by line, so that they are known of files too that nothing else wants parsed, and of languages that nothing
//! else here reads. The line that is told is what a reader looks up; that a module is imported does not say that what is
//! vulnerable in it is used. Where an advisory names the packages of a Go module that are affected, one of these must be imported.

mod language;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::finding::{About, Finding};
use crate::package::Ecosystem;
use crate::registry;

/// A path and a line of it.
type Place = (Arc<str>, u32);

/// What code imports, as its language names it, each with the first place in the order of paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imports(BTreeMap<(Ecosystem, Box<str>), Place>);

/// The imports in the text of one file of code.
pub fn imports(path: &Arc<str>, is_python: bool, text: &[u8]) -> Imports {
    let mut found = Imports::default();
    if let Some(language) = language::of(path, is_python) {
        language::imports(language, text, &mut |name, line| {
            found.0.entry((language.ecosystem, name.into())).or_insert_with(|| (Arc::clone(path), line));
        });
    }
    found
}

impl Imports {
    /// Takes the imports of another file in: the first place stays.
    pub fn append(&mut self, other: Self) {
        for (name, place) in other.0 {
            let known = self.0.entry(name).or_insert_with(|| place.clone());
            if place < *known {
                *known = place;
            }
        }
    }

    /// The top-level modules that Python code imports.
    pub fn modules(&self) -> impl Iterator<Item = &str> {
        self.0.keys().filter(|(ecosystem, _)| *ecosystem == Ecosystem::PyPI).map(|(_, name)| &**name)
    }

    /// The first of some names that is imported.
    fn place<'n>(&self, ecosystem: Ecosystem, names: impl Iterator<Item = &'n str>) -> Option<&Place> {
        names.filter_map(|name| self.0.get(&(ecosystem, name.into()))).min()
    }

    /// Where a Go package below a module is imported that an advisory names, or any where it names none.
    fn place_in_module(&self, module: &str, symbols: &[Box<str>]) -> Option<&Place> {
        let first = (Ecosystem::Go, module.into());
        let below = self
            .0
            .range(first..)
            .take_while(|((ecosystem, name), _)| *ecosystem == Ecosystem::Go && name.starts_with(module));
        // A symbol is `path.name`.
        let is_affected = |name: &str| {
            let is_in = |symbol: &str| symbol.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
            symbols.is_empty() || symbols.iter().any(|symbol| is_in(symbol))
        };
        let is_in_module = |name: &str| name.len() == module.len() || name[module.len()..].starts_with('/');
        below.filter(|((_, name), _)| is_in_module(name) && is_affected(name)).map(|(_, place)| place).min()
    }
}

/// Marks the findings about packages that the code imports, with the line that does.
pub fn mark(findings: &mut [Finding], imports: &Imports) {
    let mut distributions: BTreeMap<String, &Place> = BTreeMap::new();
    for ((_, module), place) in imports.0.iter().filter(|((ecosystem, _), _)| *ecosystem == Ecosystem::PyPI) {
        let own = Ecosystem::PyPI.normal(module).into_owned();
        for distribution in registry::distributions_of(module).map(str::to_owned).chain([own]) {
            let known = distributions.entry(distribution).or_insert(place);
            *known = (*known).min(place);
        }
    }
    let place = |about: &About| {
        let (ecosystem, name) = (about.package.ecosystem, &*about.package.name);
        let advisory = about.advisory.as_ref()?;
        match ecosystem {
            Ecosystem::PyPI => distributions.get(&*ecosystem.normal(name)).copied(),
            Ecosystem::Go => imports.place_in_module(name, &advisory.symbols),
            Ecosystem::CratesIo => imports.place(ecosystem, [&*name.replace('-', "_")].into_iter()),
            // `active-record` is required as it is called, or as `active/record`, or as `active_record`.
            Ecosystem::RubyGems => {
                imports.place(ecosystem, [name, &name.replace('-', "/"), &name.replace('-', "_")].into_iter())
            }
            _ => imports.place(ecosystem, [name].into_iter()),
        }
    };
    for about in findings.iter_mut().filter_map(|finding| finding.about.as_mut()) {
        if let Some((path, line)) = place(about) {
            Arc::make_mut(about).imported_at = Some(format!("{path}:{line}").into());
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn told(path: &str, text: &str) -> Vec<String> {
        let found = imports(&Arc::from(path), path.ends_with(".py"), text.as_bytes());
        found.0.iter().map(|((_, name), (_, line))| format!("{name}:{line}")).collect()
    }

    #[test]
    fn imports_are_told_with_their_lines() {
        let python = "import os, yaml as y\n\ndef f():\n    from PIL.Image import open\n    important = 1\n# import no\nfrom . import x\nimport a.b; import c\n";
        assert_eq!(told("a.py", python), ["PIL:4", "a:8", "os:1", "yaml:1"]);
        let script = "import x, { y } from 'alpha';\nimport '@scope/beta/deep';\nconst z = require(\"gamma/lib\")\nawait import('delta');\nexport * from './own';\nimport fs from 'node:fs'\n} from \"epsilon\";\n";
        assert_eq!(told("web/a.tsx", script), ["@scope/beta:2", "alpha:1", "delta:4", "epsilon:7", "gamma:3"]);
        let go = "package x\n\nimport \"fmt\"\nimport (\n\t\"example.com/alpha/sub\"\n\tb \"example.com/beta\" // why\n)\n\nvar s = \"example.com/gamma\"\n";
        assert_eq!(told("a.go", go), ["example.com/alpha/sub:5", "example.com/beta:6", "fmt:3"]);
        let rust = "use alpha::{b, c};\npub use crate::own;\nextern crate beta;\nfn f() {\n    let x = gamma::g(std::mem::take(y));\n}\n// use no::such;\n";
        assert_eq!(told("src/a.rs", rust), ["alpha:1", "beta:3", "gamma:5", "std:5"]);
        let ruby = "require 'alpha'\nrequire \"beta/deep\"\nrequire_relative 'own'\n";
        assert_eq!(told("a.rb", ruby), ["alpha:1", "beta:2", "beta/deep:2"]);
        assert_eq!(told("a.txt", "import alpha\n"), [""; 0]);
    }

    #[test]
    fn of_two_places_the_first_is_told() {
        let mut all = imports(&Arc::from("b.py"), true, b"import yaml\n");
        all.append(imports(&Arc::from("a.py"), true, b"\nimport yaml\n"));
        assert_eq!(all.place(Ecosystem::PyPI, ["yaml"].into_iter()), Some(&(Arc::from("a.py"), 2)));
    }

    #[test]
    fn of_a_go_module_what_is_affected_must_be_imported() {
        let text = b"import (\n\t\"example.com/m/safe\"\n\t\"example.com/m/ssh\"\n\t\"example.com/module\"\n)\n";
        let imports = imports(&Arc::from("a.go"), false, text);
        let line = |symbols: &[&str]| {
            let symbols: Vec<Box<str>> = symbols.iter().map(|symbol| (*symbol).into()).collect();
            imports.place_in_module("example.com/m", &symbols).map(|(_, line)| *line)
        };
        assert_eq!(line(&[]), Some(2));
        assert_eq!(line(&["example.com/m/ssh.Dial"]), Some(3));
        assert_eq!(line(&["example.com/m/other.Dial", "example.com/m/sshd.X"]), None);
    }
}
