//! [Cargo.lock](https://doc.rust-lang.org/cargo/guide/cargo-toml-vs-cargo-lock.html) and
//! [Cargo.toml](https://doc.rust-lang.org/cargo/reference/manifest.html).

use std::collections::HashMap;

use super::npm::is_commit;
use super::tree::{Node, Tree};
use super::{Entry, Origin, Packages};
use crate::digest::Hash;
use crate::package::Ecosystem;
use crate::rule::Format;

pub(super) fn lock(text: &str) -> Packages {
    let mut packages = Packages::default();
    let tree = Tree::read(Format::Toml, text, &mut packages);
    let Some(top) = tree.top() else { return packages };
    let mut places: HashMap<&str, Vec<(&str, u32)>> = HashMap::new();
    let all: Vec<Node<'_, '_>> = top.each("package").collect();
    for node in &all {
        let (Some(name), version) = (node.text_of("name"), node.text_of("version")) else { continue };
        let source = node.text_of("source");
        let number = u32::try_from(packages.entries.len()).unwrap_or(u32::MAX);
        places.entry(name).or_default().push((version.unwrap_or_default(), number));
        let span = node.get("name").map_or(node.span(), Node::entry);
        packages.entries.push(Entry {
            version: version.map(str::to_owned),
            origin: origin(source),
            // Only what comes from a registry has one.
            is_hashed: source.filter(|source| !source.starts_with("git")).map(|_| node.get("checksum").is_some()),
            hash: node.text_of("checksum").and_then(|digest| Hash::new("sha256", digest)),
            is_direct: Some(false),
            ..Entry::new(Ecosystem::CratesIo, name, span)
        });
    }
    let named: Vec<_> = all.iter().filter(|node| node.text_of("name").is_some()).collect();
    for (number, node) in named.into_iter().enumerate() {
        // `name`, or `name version` where there are several.
        let place = |wish: Node<'_, '_>| {
            let mut words = wish.text()?.split(' ');
            let known = places.get(words.next()?)?;
            let version = words.next();
            known.iter().find(|(own, _)| version.is_none_or(|version| version == *own)).map(|(_, number)| *number)
        };
        let needs: Vec<u32> = node.each("dependencies").filter_map(place).collect();
        if packages.entries[number].origin == Origin::Path {
            needs.iter().for_each(|need| packages.entries[*need as usize].is_direct = Some(true));
        }
        packages.entries[number].needs = needs;
    }
    packages
}

fn origin(source: Option<&str>) -> Origin {
    match source {
        None => Origin::Path,
        Some(source) => match source.strip_prefix("git+") {
            Some(url) => {
                let (url, commit) = url.split_once('#').map_or((url, None), |(url, commit)| (url, Some(commit)));
                let commit = commit.filter(|commit| is_commit(commit)).map(str::to_owned);
                Origin::Git { url: url.to_owned(), commit }
            }
            None => Origin::Registry,
        },
    }
}

/// A manifest: what is asked for.
pub(super) fn manifest(text: &str) -> Packages {
    let mut packages = Packages::default();
    let tree = Tree::read(Format::Toml, text, &mut packages);
    let Some(top) = tree.top() else { return packages };
    let targets = top.each("target");
    for part in [top].into_iter().chain(top.get("workspace")).chain(targets) {
        for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
            packages.entries.extend(part.each(kind).map(|wish| wanted(wish, kind == "dev-dependencies")));
        }
    }
    packages
}

fn wanted(wish: Node<'_, '_>, is_development: bool) -> Entry {
    let name = wish.text_of("package").unwrap_or(wish.name());
    let origin = if let Some(url) = wish.text_of("git") {
        let commit = wish.text_of("rev").filter(|commit| is_commit(commit)).map(str::to_owned);
        Origin::Git { url: url.to_owned(), commit }
    } else if wish.get("path").is_some() || wish.is_true("workspace") {
        Origin::Path
    } else {
        Origin::Registry
    };
    Entry {
        requirement: wish.text().or_else(|| wish.text_of("version")).map(str::to_owned),
        origin,
        is_development,
        is_direct: Some(true),
        ..Entry::new(Ecosystem::CratesIo, name, wish.key_span())
    }
}
