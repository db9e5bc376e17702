//! Lockfiles of Python's tools that are TOML: [poetry.lock](https://python-poetry.org/docs/basic-usage/),
//! [uv.lock](https://docs.astral.sh/uv/concepts/projects/layout/), [pdm.lock](https://pdm-project.org/latest/usage/lockfile/) and
//! [pylock.toml](https://peps.python.org/pep-0751/). All are lists of packages, and differ in how they say where one is from.

use std::collections::HashMap;

use super::npm::is_commit;
use super::tree::{Node, Tree};
use super::{Entry, Origin, Packages};
use crate::package::Ecosystem;
use crate::rule::Format;

/// Reads any of them.
pub(super) fn lock(text: &str) -> Packages {
    let mut packages = Packages::default();
    let tree = Tree::read(Format::Toml, text, &mut packages);
    let Some(top) = tree.top() else { return packages };
    // pylock.toml has the plural.
    let all: Vec<Node<'_, '_>> =
        top.each("package").chain(top.each("packages")).filter(|node| node.text_of("name").is_some()).collect();
    let mut places: HashMap<String, Vec<u32>> = HashMap::new();
    for (number, node) in (0..).zip(&all) {
        let name = node.text_of("name").unwrap_or_default();
        places.entry(Ecosystem::PyPI.normal(name).into_owned()).or_default().push(number);
        packages.entries.push(Entry {
            version: node.text_of("version").map(str::to_owned),
            origin: origin(*node),
            is_hashed: is_hashed(*node),
            is_development: node.text_of("category") == Some("dev"),
            ..Entry::new(Ecosystem::PyPI, name, node.get("name").map_or(node.span(), Node::entry))
        });
    }
    for (number, node) in all.iter().enumerate() {
        // A table by names (poetry), a list of tables (uv), or of requirements (pdm).
        let wishes = node.each("dependencies").chain(node.each("optional-dependencies").flat_map(Node::children));
        let name = |wish: Node<'_, '_>| -> Option<String> {
            let name = match (wish.text_of("name"), wish.name(), wish.text()) {
                (Some(name), ..) => name,
                (None, "", Some(requirement)) => &requirement[..end_of_name(requirement)],
                (None, name, _) => name,
            };
            (!name.is_empty()).then(|| Ecosystem::PyPI.normal(name).into_owned())
        };
        let needs: Vec<u32> =
            wishes.filter_map(name).flat_map(|name| places.get(&name).cloned().unwrap_or_default()).collect();
        if packages.entries[number].origin == Origin::Path {
            needs.iter().for_each(|need| packages.entries[*need as usize].is_direct = Some(true));
        }
        packages.entries[number].needs = needs;
    }
    // Only a lock that has the project in it tells what the project asks for.
    if packages.entries.iter().any(|entry| entry.is_direct == Some(true)) {
        packages.entries.iter_mut().for_each(|entry| entry.is_direct = entry.is_direct.or(Some(false)));
    }
    packages
}

pub(super) fn end_of_name(requirement: &str) -> usize {
    requirement.find(|c: char| !c.is_ascii_alphanumeric() && !"-_.".contains(c)).unwrap_or(requirement.len())
}

fn origin(node: Node<'_, '_>) -> Origin {
    let source = node.get("source");
    let told = |name: &str| source.and_then(|source| source.text_of(name)).or_else(|| node.text_of(name));
    let is =
        |kinds: &[&str]| source.and_then(|source| source.text_of("type")).is_some_and(|kind| kinds.contains(&kind));
    if ["editable", "virtual", "directory", "path"].iter().any(|name| told(name).is_some())
        || is(&["directory", "file"])
    {
        return Origin::Path;
    }
    if node.get("directory").is_some() {
        return Origin::Path;
    }
    let git = told("git").or_else(|| is(&["git"]).then(|| told("url")).flatten());
    let vcs = node.get("vcs");
    if git.is_some() || vcs.is_some() {
        let url = git.or_else(|| vcs?.text_of("url")).unwrap_or_default();
        let hash = url.rsplit_once('#').map(|(_, hash)| hash);
        let commit = [told("resolved_reference"), told("revision"), vcs.and_then(|vcs| vcs.text_of("commit-id")), hash];
        let commit = commit.into_iter().flatten().find(|commit| is_commit(commit)).map(str::to_owned);
        return Origin::Git { url: url.to_owned(), commit };
    }
    let archive = node.get("archive").and_then(|archive| archive.text_of("url"));
    match told("url").filter(|_| source.is_none_or(|source| source.get("type").is_none() || is(&["url"]))).or(archive) {
        Some(url) => Origin::Url(url.to_owned()),
        None => Origin::Registry,
    }
}

/// Whether any of its files has a hash; `None` where it lists no files (old locks of poetry keep them elsewhere).
fn is_hashed(node: Node<'_, '_>) -> Option<bool> {
    let files = node.each("files").chain(node.each("wheels")).chain(node.get("sdist")).chain(node.get("archive"));
    let hashes: Vec<bool> = files.map(|file| file.get("hash").is_some() || file.get("hashes").is_some()).collect();
    (!hashes.is_empty()).then(|| hashes.contains(&true))
}

/// [Pipfile.lock](https://pipenv.pypa.io/en/latest/pipfile.html), which is JSON.
pub(super) fn pipfile_lock(text: &str) -> Packages {
    let mut packages = Packages::default();
    let tree = Tree::read(Format::Json, text, &mut packages);
    let Some(top) = tree.top() else { return packages };
    for group in top.children().filter(|group| group.name() != "_meta") {
        for node in group.children() {
            let version = node.text_of("version").map(|version| version.trim_start_matches('='));
            let origin = if let Some(url) = node.text_of("git") {
                let commit = node.text_of("ref").filter(|commit| is_commit(commit)).map(str::to_owned);
                Origin::Git { url: url.to_owned(), commit }
            } else if node.get("path").is_some() {
                Origin::Path
            } else {
                node.text_of("file").map_or(Origin::Registry, |url| Origin::Url(url.to_owned()))
            };
            packages.entries.push(Entry {
                version: version.map(str::to_owned),
                origin,
                is_hashed: Some(node.get("hashes").is_some()),
                is_development: group.name() == "develop",
                ..Entry::new(Ecosystem::PyPI, node.name(), node.key_span())
            });
        }
    }
    packages
}
