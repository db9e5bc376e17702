//! Reachability: whether the code that was scanned imports a package that an advisory speaks of.
//!
//! Imports are read line by line, so that they are known of files too that nothing else wants parsed. The line that is told is
//! what a reader looks up; that a module is imported does not say that what is vulnerable in it is used.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::finding::Finding;
use crate::package::Ecosystem;
use crate::registry;

/// Top-level modules that Python code imports, each with the first place in the order of paths.
pub type Imports = BTreeMap<Box<str>, (Arc<str>, u32)>;

/// The imports in the text of one file of Python code.
pub fn imports(path: &Arc<str>, text: &[u8]) -> Imports {
    let mut found = Imports::new();
    let mut line = (1, 0);
    for at in memchr::memmem::find_iter(text, b"import") {
        let start = memchr::memrchr(b'\n', &text[..at]).map_or(0, |end| end + 1);
        let end = memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |length| at + length);
        let Ok(statement) = std::str::from_utf8(&text[start..end]) else { continue };
        line = (
            line.0 + memchr::memchr_iter(b'\n', text.get(line.1..start).unwrap_or_default()).count(),
            start.max(line.1),
        );
        let number = u32::try_from(line.0).unwrap_or(u32::MAX);
        for module in modules(statement) {
            found.entry(module.into()).or_insert_with(|| (Arc::clone(path), number));
        }
    }
    found
}

/// The top-level modules that a line imports, if it is an import.
fn modules(line: &str) -> Vec<&str> {
    let line = line.trim_start();
    let named = match (line.strip_prefix("import "), line.strip_prefix("from ")) {
        (Some(names), _) => names.split(';').next().unwrap_or(names),
        (_, Some(rest)) => rest.split_once(" import").map_or("", |(module, _)| module),
        (None, None) => "",
    };
    let top = |name: &'_ str| -> Option<usize> {
        let end = name.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(name.len());
        (end > 0).then_some(end)
    };
    named.split(',').map(str::trim).filter_map(|name| Some(&name[..top(name)?])).collect()
}

/// Takes the imports of another file in: the first place stays.
pub fn merge(all: &mut Imports, other: Imports) {
    for (module, place) in other {
        let known = all.entry(module).or_insert_with(|| place.clone());
        if place < *known {
            *known = place;
        }
    }
}

/// Marks the findings about Python packages that the code imports, with the line that does.
pub fn mark(findings: &mut [Finding], imports: &Imports) {
    let mut places: BTreeMap<String, &(Arc<str>, u32)> = BTreeMap::new();
    for (module, place) in imports {
        let own = Ecosystem::PyPI.normal(module).into_owned();
        for distribution in registry::distributions_of(module).map(str::to_owned).chain([own]) {
            let known = places.entry(distribution).or_insert(place);
            *known = (*known).min(place);
        }
    }
    for finding in findings {
        let Some(about) = &mut finding.about else { continue };
        if about.package.ecosystem != Ecosystem::PyPI || about.advisory.is_none() {
            continue;
        }
        if let Some((path, line)) = places.get(&*Ecosystem::PyPI.normal(&about.package.name)) {
            let place = format!("{path}:{line}");
            Arc::make_mut(about).imported_at = Some(place.into());
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn imports_are_told_with_their_lines() {
        let text = b"import os, yaml as y\n\ndef f():\n    from PIL.Image import open\n    important = 1\n# import no\nfrom . import x\nimport a.b; import c\n";
        let found = imports(&Arc::from("a.py"), text);
        let told: Vec<_> = found.iter().map(|(module, (_, line))| format!("{module}:{line}")).collect();
        assert_eq!(told, ["PIL:4", "a:8", "os:1", "yaml:1"]);
    }

    #[test]
    fn of_two_places_the_first_is_told() {
        let mut all = imports(&Arc::from("b.py"), b"import yaml\n");
        merge(&mut all, imports(&Arc::from("a.py"), b"\nimport yaml\n"));
        assert_eq!(all["yaml"], (Arc::from("a.py"), 2));
    }
}
