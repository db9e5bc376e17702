//! npm: [package.json](https://docs.npmjs.com/cli/v11/configuring-npm/package-json) and
//! [package-lock.json](https://docs.npmjs.com/cli/v11/configuring-npm/package-lock-json) in its three versions.

use std::collections::HashMap;

use super::tree::{Node, Tree};
use super::{Entry, Origin, Packages};
use crate::digest::Hash;
use crate::package::Ecosystem;
use crate::rule::Format;

/// More than npm nests by far.
const DEEPEST: usize = 64;

pub(super) fn lock(text: &str) -> Packages {
    let mut packages = Packages::default();
    let tree = Tree::read(Format::Json, text, &mut packages);
    let Some(top) = tree.top() else { return packages };
    match top.get("packages") {
        Some(all) => by_path(all, &mut packages),
        None => nested(top, 0, &mut packages),
    }
    packages
}

/// Versions 2 and 3: one entry for each folder that is installed.
fn by_path(all: Node<'_, '_>, packages: &mut Packages) {
    let mut places: HashMap<&str, u32> = HashMap::new();
    let mut asked: Vec<(u32, &str, Node<'_, '_>)> = Vec::new();
    let mut direct: Vec<&str> = Vec::new();
    for folder in all.children() {
        let path = folder.name();
        let Some(at) = path.rfind("node_modules/") else {
            // The project itself, or a part of it.
            direct.extend(wanted(folder).map(|(_, name)| name));
            continue;
        };
        if folder.is_true("link") {
            continue;
        }
        let name = folder.text_of("name").unwrap_or(&path[at + "node_modules/".len()..]);
        let number = u32::try_from(packages.entries.len()).unwrap_or(u32::MAX);
        places.insert(path, number);
        asked.push((number, path, folder));
        packages.entries.push(Entry {
            runs_on_install: folder.is_true("hasInstallScript"),
            warning: folder.text_of("deprecated").map(|why| format!("deprecated: {why}")),
            ..entry(folder, name)
        });
    }
    for (number, path, folder) in asked {
        let entry = &mut packages.entries[number as usize];
        let is_top = path.matches("node_modules/").count() == 1;
        entry.is_direct = Some(is_top && direct.contains(&&path["node_modules/".len().min(path.len())..]));
        entry.needs = wanted(folder).filter_map(|(_, name)| nearest(&places, path, name)).collect();
    }
}

/// What a package asks for, by the kind of its wish.
fn wanted<'s>(folder: Node<'s, '_>) -> impl Iterator<Item = (&'static str, &'s str)> {
    let kinds = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];
    kinds.into_iter().flat_map(move |kind| folder.each(kind).map(move |wish| (kind, wish.name())))
}

/// Node looks for a package beside, and then in every folder above.
fn nearest(places: &HashMap<&str, u32>, path: &str, name: &str) -> Option<u32> {
    let mut folder = path;
    loop {
        let inside = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        if let Some(number) = places.get(&*format!("{inside}node_modules/{name}")) {
            return Some(*number);
        }
        if folder.is_empty() {
            return None;
        }
        folder = folder.rfind("node_modules/").map_or("", |at| folder[..at].trim_end_matches('/'));
    }
}

/// Version 1: packages lie in what they were installed for.
fn nested(node: Node<'_, '_>, depth: usize, packages: &mut Packages) {
    if depth > DEEPEST {
        return;
    }
    for child in node.each("dependencies") {
        packages.entries.push(entry(child, child.name()));
        nested(child, depth + 1, packages);
    }
}

fn entry(node: Node<'_, '_>, name: &str) -> Entry {
    let version = node.text_of("version").unwrap_or_default();
    let resolved = node.text_of("resolved");
    // Version 1 puts addresses and aliases where versions stand.
    let (name, version, origin) = match version.strip_prefix("npm:").and_then(|alias| alias.rsplit_once('@')) {
        Some((real, version)) => (real, Some(version), Origin::Registry),
        None => match origin(resolved.filter(|_| !is_address(version)).unwrap_or(version)) {
            Origin::Registry | Origin::Url(_) if !is_address(version) => (name, Some(version), Origin::Registry),
            origin => (name, Some(version).filter(|version| !is_address(version)), origin),
        },
    };
    Entry {
        version: version.filter(|version| !version.is_empty()).map(str::to_owned),
        origin,
        is_hashed: Some(node.get("integrity").is_some()),
        hash: node.text_of("integrity").and_then(Hash::of_integrity),
        is_development: node.is_true("dev"),
        ..Entry::new(Ecosystem::Npm, name, node.key_span())
    }
}

fn is_address(version: &str) -> bool {
    version.contains(':') || version.contains('/')
}

/// Where a package comes from, by the address that npm and yarn write for it.
pub(super) fn origin(address: &str) -> Origin {
    let (url, fragment) = address.split_once('#').map_or((address, None), |(url, rest)| (url, Some(rest)));
    let is_git = url.starts_with("git") || url.ends_with(".git");
    if is_git {
        let commit = fragment.map(|rest| rest.trim_start_matches("commit=")).filter(|hash| is_commit(hash));
        return Origin::Git { url: url.to_owned(), commit: commit.map(str::to_owned) };
    }
    if ["file:", "link:", "workspace:", "portal:", "./", "../", "/"].iter().any(|start| url.starts_with(start)) {
        return Origin::Path;
    }
    match url.starts_with("http:") || url.starts_with("https:") {
        true => Origin::Url(url.to_owned()),
        false => Origin::Registry,
    }
}

pub(super) fn is_commit(hash: &str) -> bool {
    matches!(hash.len(), 40 | 64) && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A manifest: what is asked for.
pub(super) fn manifest(text: &str) -> Packages {
    let mut packages = Packages::default();
    let tree = Tree::read(Format::Json, text, &mut packages);
    let Some(top) = tree.top() else { return packages };
    for kind in ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"] {
        for wish in top.each(kind) {
            let requirement = wish.text().unwrap_or_default();
            let alias = requirement.strip_prefix("npm:").and_then(|alias| alias.rsplit_once('@'));
            let (name, requirement) = alias.filter(|(name, _)| !name.is_empty()).unwrap_or((wish.name(), requirement));
            let is_short =
                requirement.contains('/') && !requirement.contains(':') && !requirement.starts_with(['.', '/']);
            let origin = match is_short {
                // `owner/repository`: what GitHub has.
                true => origin(&format!("git+https://github.com/{requirement}")),
                false => origin(requirement),
            };
            packages.entries.push(Entry {
                requirement: Some(requirement.to_owned()),
                origin,
                is_development: kind == "devDependencies",
                is_direct: Some(true),
                ..Entry::new(Ecosystem::Npm, name, wish.entry())
            });
        }
    }
    packages
}
