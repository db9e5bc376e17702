//! [deno.lock](https://docs.deno.com/runtime/fundamentals/modules/#integrity-checking-and-lock-files) in its versions 3 to 5: of
//! npm's packages the keys are `name@1.0.0`, and `name@1.0.0_peer@1.0.0` where peers were chosen.
//!
//! Packages of JSR and modules that are loaded by their addresses stand there too. No advisories are kept of them, and they are
//! left out.

use std::collections::{HashMap, HashSet};

use super::tree::{Node, Tree};
use super::yarn::named;
use super::{Entry, Origin, Packages};
use crate::package::Ecosystem;
use crate::rule::Format;

pub(super) fn read(text: &str) -> Packages {
    let mut packages = Packages::default();
    let tree = Tree::read(Format::Json, text, &mut packages);
    let Some(top) = tree.top() else { return packages };
    // Version 3 keeps them one level deeper.
    let lists = top.get("packages").unwrap_or(top);
    let linked: HashSet<&str> =
        top.get("workspace").into_iter().flat_map(|workspace| workspace.each("links")).map(Node::name).collect();
    let mut places: HashMap<&str, u32> = HashMap::new();
    // Where only one version is there, a wish is a name alone.
    let mut by_name: HashMap<&str, u32> = HashMap::new();
    let all: Vec<Node<'_, '_>> = lists.each("npm").collect();
    for (number, node) in (0..).zip(&all) {
        let (name, version) = resolved(node.name());
        places.insert(node.name(), number);
        by_name.insert(name, number);
        let is_linked = linked.contains(&*format!("npm:{name}@{version}"));
        packages.entries.push(Entry {
            version: Some(version).filter(|version| !version.is_empty()).map(str::to_owned),
            origin: if is_linked { Origin::Path } else { Origin::Registry },
            is_hashed: Some(node.get("integrity").is_some()),
            is_direct: Some(false),
            runs_on_install: node.is_true("scripts"),
            warning: node.is_true("deprecated").then(|| "deprecated".to_owned()),
            ..Entry::new(Ecosystem::Npm, name, node.key_span())
        });
    }
    for (number, node) in all.iter().enumerate() {
        // `name`, `name@1.0.0`, `alias@npm:name@1.0.0`; a map in version 3.
        let place = |wish: Node<'_, '_>| {
            let key = wish.text()?;
            let key = key.split_once("@npm:").map_or(key, |(_, real)| real);
            places.get(key).or_else(|| by_name.get(key)).copied()
        };
        let wishes = ["dependencies", "optionalDependencies"].into_iter().flat_map(|kind| node.each(kind));
        packages.entries[number].needs = wishes.filter_map(place).collect();
    }
    for specifier in lists.each("specifiers") {
        let (Some(wish), Some(chosen)) = (specifier.name().strip_prefix("npm:"), specifier.text()) else { continue };
        let key = match chosen.strip_prefix("npm:") {
            Some(key) => key.to_owned(),
            None => format!("{}@{chosen}", named(wish).0),
        };
        if let Some(number) = places.get(&*key) {
            packages.entries[*number as usize].is_direct = Some(true);
        }
    }
    packages
}

/// Name and version in a key, without peers.
fn resolved(key: &str) -> (&str, &str) {
    let (name, version) = named(key);
    (name, version.split('_').next().unwrap_or(version))
}
