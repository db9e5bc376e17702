//! [bun.lock](https://bun.sh/docs/install/lockfile): JSON with comments and trailing commas; each package is a list that begins
//! with `name@version`.

use std::collections::HashMap;

use super::npm::origin;
use super::tree::Tree;
use super::{Entry, Origin, Packages};
use crate::package::Ecosystem;
use crate::rule::Format;

pub(super) fn read(text: &str) -> Packages {
    let mut packages = Packages::default();
    let tree = Tree::read(Format::Json, text, &mut packages);
    let Some(top) = tree.top() else { return packages };
    let mut places: HashMap<&str, u32> = HashMap::new();
    let mut wants: Vec<(u32, Vec<&str>)> = Vec::new();
    for node in top.each("packages") {
        let mut parts = node.children();
        let Some(resolved) = parts.next().and_then(super::tree::Node::text) else { continue };
        let at = resolved.char_indices().skip(1).find(|(_, character)| *character == '@').map(|(at, _)| at);
        let (name, reference) = at.map_or((resolved, ""), |at| (&resolved[..at], &resolved[at + 1..]));
        let is_version = reference.starts_with(|c: char| c.is_ascii_digit());
        let origin = if is_version { Origin::Registry } else { origin(reference) };
        let number = u32::try_from(packages.entries.len()).unwrap_or(u32::MAX);
        places.insert(node.name(), number);
        let is_hashed = node.children().filter_map(super::tree::Node::text).any(|part| part.starts_with("sha"));
        let kinds = ["dependencies", "optionalDependencies"];
        let info = node.children().find(|part| part.is_map());
        let wanted = info.into_iter().flat_map(|info| kinds.into_iter().flat_map(move |kind| info.each(kind)));
        wants.push((number, wanted.map(super::tree::Node::name).collect()));
        packages.entries.push(Entry {
            version: is_version.then(|| reference.to_owned()),
            origin,
            is_hashed: Some(is_hashed),
            is_direct: Some(false),
            ..Entry::new(Ecosystem::Npm, name, node.key_span())
        });
    }
    for (number, names) in wants {
        packages.entries[number as usize].needs = names.iter().filter_map(|name| places.get(name)).copied().collect();
    }
    let kinds = ["dependencies", "devDependencies", "optionalDependencies"];
    for wish in top.each("workspaces").flat_map(|part| kinds.into_iter().flat_map(move |kind| part.each(kind))) {
        if let Some(number) = places.get(wish.name()) {
            packages.entries[*number as usize].is_direct = Some(true);
        }
    }
    packages
}
