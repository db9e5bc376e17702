//! [pyproject.toml](https://packaging.python.org/en/latest/specifications/pyproject-toml/): what a project asks for, in the
//! tables of the standards ([PEP 621](https://peps.python.org/pep-0621/), [PEP 735](https://peps.python.org/pep-0735/)) and in
//! those of poetry, pdm, uv, hatch and flit.

mod group;

use std::collections::HashMap;

use super::tree::{Node, Tree};
use super::{Entry, Include, Origin, Packages, Registry, requirements, wish};
use crate::package::Ecosystem;
use crate::rule::Format;

/// Lists of requirements, and whether they are only for development.
const LISTS: &[(&[&str], bool)] = &[
    (&["build-system", "requires"], false),
    (&["project", "dependencies"], false),
    (&["project", "optional-dependencies", "*"], false),
    (&["dependency-groups", "*"], true),
    (&["tool", "pdm", "dev-dependencies", "*"], true),
    (&["tool", "uv", "dev-dependencies"], true),
    (&["tool", "uv", "constraint-dependencies"], false),
    (&["tool", "uv", "override-dependencies"], false),
    (&["tool", "uv", "build-constraint-dependencies"], false),
    (&["tool", "hatch", "envs", "*", "dependencies"], true),
    (&["tool", "hatch", "envs", "*", "extra-dependencies"], true),
    (&["tool", "hatch", "build", "dependencies"], false),
    (&["tool", "hatch", "build", "hooks", "*", "dependencies"], false),
    (&["tool", "flit", "metadata", "requires"], false),
    (&["tool", "flit", "metadata", "requires-extra", "*"], false),
];

/// Tables of poetry, by the names of packages.
const TABLES: &[(&[&str], bool)] = &[
    (&["tool", "poetry", "dependencies"], false),
    (&["tool", "poetry", "dev-dependencies"], true),
    (&["tool", "poetry", "group", "*", "dependencies"], true),
];

/// Files of requirements that setuptools takes in.
const FILES: &[&[&str]] = &[
    &["tool", "setuptools", "dynamic", "dependencies", "file"],
    &["tool", "setuptools", "dynamic", "optional-dependencies", "*", "file"],
];

pub(super) fn read(text: &str) -> Packages {
    let mut packages = Packages::default();
    let tree = Tree::read(Format::Toml, text, &mut packages);
    let Some(top) = tree.top() else { return packages };
    for (place, is_development) in LISTS {
        for one in top.all_below(place).into_iter().flat_map(Node::children) {
            if let Some(entry) = listed(one, &mut packages) {
                packages.entries.push(Entry { is_development: *is_development, ..entry });
            }
        }
    }
    for (place, is_development) in TABLES {
        let wishes = top.all_below(place).into_iter().flat_map(Node::children);
        // `python` is what it runs on.
        for entry in wishes.filter(|wish| wish.name() != "python").flat_map(wish::entries) {
            packages.entries.push(Entry { is_development: *is_development, ..entry });
        }
    }
    for place in FILES {
        let named = top.all_below(place).into_iter();
        for file in named.flat_map(|file| file.children().chain(Some(file)).collect::<Vec<_>>()) {
            let Some(path) = file.text() else { continue };
            packages.includes.push(Include { path: path.to_owned(), span: file.span_of(path), is_constraint: false });
        }
    }
    group::check(top, &mut packages);
    registries(top, &mut packages);
    places(top, &mut packages);
    packages
}

/// A requirement in a list; `None` for what is told to be none, and for a table, which names a group.
fn listed(one: Node<'_, '_>, packages: &mut Packages) -> Option<Entry> {
    match one.text() {
        // pdm writes `-e file:///${PROJECT_ROOT}/folder#egg=name`.
        Some(text) if text.starts_with("-e ") => None,
        _ => requirements::of_node(one, packages),
    }
}

/// Says of what is asked for by name where uv's table, or the project itself, says that it is from.
fn places(top: Node<'_, '_>, packages: &mut Packages) {
    let mut origins: HashMap<String, Origin> = HashMap::new();
    let normal = |name: &str| Ecosystem::PyPI.normal(name).into_owned();
    for source in top.all_below(&["tool", "uv", "sources", "*"]) {
        // Several are for several platforms.
        let found = wish::origin(source).or_else(|| source.children().find_map(wish::origin));
        origins.extend(found.map(|origin| (normal(source.name()), origin)));
    }
    // `name[extra]` among the extras of a project is the project.
    let own = top.below(&["project", "name"]).and_then(Node::text);
    origins.extend(own.map(|name| (normal(name), Origin::Path)));
    for entry in packages.entries.iter_mut().filter(|entry| entry.origin == Origin::Registry) {
        if let Some(origin) = origins.get(&*Ecosystem::PyPI.normal(&entry.name)) {
            entry.origin = origin.clone();
        }
    }
}

fn registries(top: Node<'_, '_>, packages: &mut Packages) {
    let mut add = |url: Option<Node<'_, '_>>, is_extra: bool| {
        let Some((node, text)) = url.and_then(|node| Some((node, node.text()?))) else { return };
        packages.registries.push(Registry { url: text.to_owned(), span: node.span_of(text), is_extra });
    };
    for index in top.all_below(&["tool", "uv", "index", "*"]) {
        // An explicit one is asked only for what names it.
        add(index.get("url"), !index.is_true("default") && !index.is_true("explicit"));
    }
    for index in top.all_below(&["tool", "poetry", "source", "*"]) {
        let priority = index.text_of("priority");
        add(index.get("url"), matches!(priority, Some("supplemental" | "secondary")) || index.is_true("secondary"));
    }
    for index in top.all_below(&["tool", "pdm", "source", "*"]) {
        // This name takes the place of the usual one.
        add(index.get("url"), index.text_of("name") != Some("pypi"));
    }
    add(top.below(&["tool", "uv", "index-url"]), false);
    for option in ["extra-index-url", "find-links"] {
        top.all_below(&["tool", "uv", option, "*"]).into_iter().for_each(|url| add(Some(url), true));
    }
}

#[cfg(test)]
mod tests;
