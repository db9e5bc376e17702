//! What conda reads: [environment.yml](https://docs.conda.io/projects/conda/en/stable/user-guide/tasks/manage-environments.html),
//! and the lockfile of [conda-lock](https://conda.github.io/conda-lock/). Both may hold packages of PyPI too.

use std::collections::{HashMap, HashSet};

use super::tree::{Node, Tree};
use super::{Entry, Origin, Packages, requirements};
use crate::package::Ecosystem;
use crate::rule::Format;
use crate::source::Span;

/// Whether a text has the list that makes it an environment: at the left, where only keys of the document stand.
pub(super) fn is_environment(text: &str) -> bool {
    text.lines().any(|line| line.trim_start_matches('\u{feff}').starts_with("dependencies:"))
}

pub(super) fn environment(text: &str) -> Packages {
    let mut packages = Packages::default();
    let tree = Tree::read(Format::Yaml, text, &mut packages);
    let Some(top) = tree.top() else { return packages };
    for wish in top.each("dependencies") {
        if let Some(spec) = wish.text() {
            packages.entries.extend(asked_for(spec, wish.span_of(spec)));
        }
        for line in wish.each("pip") {
            of_pip(line, &mut packages);
        }
    }
    packages
}

/// What stands in a list for pip is a line of a requirements file.
fn of_pip(line: Node<'_, '_>, packages: &mut Packages) {
    let Some(content) = line.text().map(str::trim) else { return };
    let span = line.span_of(content);
    match span.range().len() == content.len() {
        true => requirements::line_of_pip(content, span.start as usize, packages),
        // It is spelled in another way, so that no part of it has a place of its own.
        false => packages.entries.extend(requirements::requirement(content, span)),
    }
}

/// [A package as conda asks for it](https://conda.io/projects/conda-build/en/latest/resources/package-spec.html#package-match-specifications):
/// `channel::name>=1`, `name=1.2` (any 1.2), `name==1.2.3`, `name=1.2.3=build`, `name 1.2.*`.
pub(super) fn asked_for(spec: &str, span: Span) -> Option<Entry> {
    let spec = spec.split(" #").next().unwrap_or(spec).trim();
    let spec = spec.rsplit_once("::").map_or(spec, |(_, spec)| spec);
    let end = spec.find(|c: char| !c.is_alphanumeric() && !"-_.".contains(c)).unwrap_or(spec.len());
    let (name, constraint) = spec.split_at(end);
    let constraint = constraint.trim();
    // Addresses, and files of packages, are no names.
    if name.is_empty() || constraint.starts_with([':', '/', '\\']) {
        return None;
    }
    let exact = constraint.strip_prefix("==");
    // With a build, the version before it is the one.
    let built = constraint.strip_prefix('=').filter(|_| exact.is_none()).and_then(|rest| rest.split_once('='));
    let version = exact.or(built.map(|(version, _)| version)).map(str::trim);
    let version = version.filter(|version| !version.is_empty() && !version.contains(['*', ',', '|', ' ']));
    Some(Entry {
        version: version.map(str::to_owned),
        requirement: (!constraint.is_empty()).then(|| constraint.to_owned()),
        is_direct: Some(true),
        ..Entry::new(Ecosystem::Conda, name, span)
    })
}

/// Packages stand there once for every platform, and are told once.
pub(super) fn lock(text: &str) -> Packages {
    let mut packages = Packages::default();
    let tree = Tree::read(Format::Yaml, text, &mut packages);
    let Some(top) = tree.top() else { return packages };
    let mut known = HashSet::new();
    let mut nodes = Vec::new();
    for node in top.each("package") {
        let Some(name) = node.text_of("name") else { continue };
        let manager = node.text_of("manager").unwrap_or("conda");
        let version = node.text_of("version");
        if !known.insert((manager, name, version)) {
            continue;
        }
        let ecosystem = if manager == "pip" { Ecosystem::PyPI } else { Ecosystem::Conda };
        let url = node.text_of("url").filter(|url| ecosystem == Ecosystem::PyPI && url.starts_with("git+"));
        nodes.push((node, ecosystem));
        packages.entries.push(Entry {
            version: version.map(str::to_owned),
            origin: url.map_or(Origin::Registry, requirements::origin),
            is_hashed: Some(node.get("hash").is_some()),
            is_development: node.text_of("category").is_some_and(|category| category != "main"),
            ..Entry::new(ecosystem, name, node.get("name").map_or(node.span(), Node::entry))
        });
    }
    needs(&nodes, &mut packages.entries);
    packages
}

/// Which of them ask for which: by name, in the same ecosystem first.
fn needs(nodes: &[(Node<'_, '_>, Ecosystem)], entries: &mut [Entry]) {
    let mut numbers: HashMap<(Ecosystem, String), u32> = HashMap::new();
    for (number, entry) in (0..).zip(entries.iter()) {
        numbers.entry((entry.ecosystem, Ecosystem::PyPI.normal(&entry.name).into_owned())).or_insert(number);
    }
    for ((node, ecosystem), entry) in nodes.iter().zip(entries) {
        let number = |wish: Node<'_, '_>| {
            let name = Ecosystem::PyPI.normal(wish.name()).into_owned();
            let other = if *ecosystem == Ecosystem::PyPI { Ecosystem::Conda } else { Ecosystem::PyPI };
            numbers.get(&(*ecosystem, name.clone())).or_else(|| numbers.get(&(other, name))).copied()
        };
        entry.needs = node.each("dependencies").filter_map(number).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::super::trial::{survives, told};
    use super::*;

    const ENVIRONMENT: &str = "name: own\nchannels:\n  - conda-forge\ndependencies:\n  - python=3.11\n  - alpha==1.2.3\n  - conda-forge::beta>=2 # a comment\n  - \"gamma=1.0=py_0\"\n  - delta\n  - https://example.com/x-1-0.conda\n  - pip:\n      - epsilon==4.0\n      - zeta[x]>=1; python_version < \"3.9\"\n      - 'eta @ git+https://example.com/eta.git'\n      - -r more.list\n      - --extra-index-url https://example.com/simple\n      - .\n      - what is this\n";

    #[test]
    fn environments_hold_packages_of_conda_and_of_pip() {
        assert!(is_environment(ENVIRONMENT));
        assert!(!is_environment("jobs:\n  dependencies:\n    - a\n"));
        assert_eq!(
            told(ENVIRONMENT, &environment(ENVIRONMENT)),
            "5 conda:python =3.11 `python=3.11`
6 conda:alpha =1.2.3 `alpha==1.2.3`
7 conda:beta >=2 `conda-forge::beta>=2`
8 conda:gamma =1.0 `gamma=1.0=py_0`
9 conda:delta `delta`
12 epsilon =4.0 `epsilon==4.0`
13 zeta >=1 `zeta[x]>=1; python_version < \"3.9\"`
14 eta git https://example.com/eta.git `eta @ git+https://example.com/eta.git`
15 takes in more.list
extra registry 16 https://example.com/simple
problem 18 this is no requirement that pip takes `what is this`
"
        );
        survives(ENVIRONMENT, environment);
    }

    const LOCK: &str = "version: 1\nmetadata:\n  platforms: [linux-64, osx-64]\npackage:\n- name: alpha\n  version: 1.2.3\n  manager: conda\n  platform: linux-64\n  dependencies:\n    beta: '>=1'\n  url: https://example.com/linux-64/alpha-1.2.3-0.conda\n  hash:\n    sha256: ab\n  category: main\n- name: alpha\n  version: 1.2.3\n  manager: conda\n  platform: osx-64\n- name: beta\n  version: '4.0'\n  manager: pip\n  platform: linux-64\n  url: https://example.com/beta-4.0.whl\n  category: dev\n";

    #[test]
    fn a_lock_tells_each_package_once() {
        let packages = lock(LOCK);
        assert_eq!(told(LOCK, &packages), "5 conda:alpha =1.2.3 hashed `name: alpha`\n19 beta =4.0 dev `name: beta`\n");
        assert_eq!(packages.entries[0].needs, [1]);
        survives(LOCK, lock);
    }
}
