//! [pnpm-lock.yaml](https://github.com/pnpm/spec/tree/master/lockfile): keys are `/name/1.0.0` (up to version 5),
//! `/name@1.0.0(peer@1.0.0)` (6) or `name@1.0.0(peer@1.0.0)` (9).

use std::collections::HashMap;

use super::tree::{Node, Tree};
use super::{Entry, Origin, Packages};
use crate::digest::Hash;
use crate::package::Ecosystem;
use crate::rule::Format;

pub(super) fn read(text: &str) -> Packages {
    let mut packages = Packages::default();
    let tree = Tree::read(Format::Yaml, text, &mut packages);
    let Some(top) = tree.top() else { return packages };
    // Version 5 has a slash before the version, and peers behind `_`; later ones have `@`, and peers in parentheses.
    let major = top.text_of("lockfileVersion").and_then(|version| version.split('.').next()?.parse::<u32>().ok());
    let key = if major.is_some_and(|major| major < 6) { by_slash } else { by_at };
    let mut places: HashMap<String, u32> = HashMap::new();
    for (number, node) in (0..).zip(top.each("packages")) {
        let (name, version) = key(node.name());
        let (name, version) =
            (node.text_of("name").unwrap_or(name), node.text_of("version").or(version).map(str::to_owned));
        let resolution = node.get("resolution");
        let origin = origin(node.name(), resolution);
        places.insert(format!("{name}@{}", version.as_deref().unwrap_or_default()), number);
        packages.entries.push(Entry {
            version,
            origin,
            is_hashed: resolution.map(|resolution| resolution.get("integrity").is_some()),
            hash: resolution.and_then(|resolution| Hash::of_integrity(resolution.text_of("integrity")?)),
            is_development: node.is_true("dev"),
            is_direct: Some(false),
            runs_on_install: node.is_true("requiresBuild"),
            warning: node.text_of("deprecated").map(|why| format!("deprecated: {why}")),
            ..Entry::new(Ecosystem::Npm, name, node.key_span())
        });
    }
    let place = |wish: Node<'_, '_>| {
        let chosen = wish.text().or_else(|| wish.text_of("version"))?;
        let version = chosen.split(['(', '_']).next().unwrap_or(chosen);
        let by_key = key(chosen);
        let aliased = || places.get(&format!("{}@{}", by_key.0, by_key.1?));
        places.get(&format!("{}@{version}", wish.name())).or_else(aliased).copied()
    };
    let kinds = ["dependencies", "devDependencies", "optionalDependencies"];
    let importers = top.each("importers").chain([top]);
    for number in
        importers.flat_map(|project| kinds.into_iter().flat_map(move |kind| project.each(kind))).filter_map(place)
    {
        packages.entries[number as usize].is_direct = Some(true);
    }
    // Version 9 keeps what packages need apart, once for each choice of peers.
    for node in top.each("packages").chain(top.each("snapshots")) {
        let (name, version) = key(node.name());
        let Some(number) = places.get(&format!("{name}@{}", version.unwrap_or_default())) else { continue };
        let needs: Vec<u32> = kinds.into_iter().flat_map(|kind| node.each(kind)).filter_map(place).collect();
        packages.entries[*number as usize].needs.extend(needs);
    }
    packages
}

/// Name and version in a key of version 5, without peers.
fn by_slash(key: &str) -> (&str, Option<&str>) {
    let key = key.strip_prefix('/').unwrap_or(key);
    match key.rsplit_once('/') {
        Some((name, version)) => (name, version.split('_').next()),
        None => (key, None),
    }
}

/// The same of later versions.
fn by_at(key: &str) -> (&str, Option<&str>) {
    let key = key.strip_prefix('/').unwrap_or(key);
    let key = key.split('(').next().unwrap_or(key);
    // The first `@` may be that of a scope.
    let at = key.char_indices().skip(1).find(|(_, character)| *character == '@').map(|(at, _)| at);
    at.map_or((key, None), |at| (&key[..at], Some(&key[at + 1..])))
}

fn origin(key: &str, resolution: Option<Node<'_, '_>>) -> Origin {
    let Some(resolution) = resolution else { return Origin::Registry };
    if let Some(commit) = resolution.text_of("commit") {
        let url = resolution.text_of("repo").unwrap_or_default().to_owned();
        return Origin::Git { url, commit: Some(commit.to_owned()) };
    }
    if resolution.get("directory").is_some() || key.starts_with("file:") {
        return Origin::Path;
    }
    match resolution.text_of("tarball") {
        // One from the registry has a hash as well.
        Some(url) if resolution.get("integrity").is_none() => Origin::Url(url.to_owned()),
        _ => Origin::Registry,
    }
}
