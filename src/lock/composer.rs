//! [composer.lock](https://getcomposer.org/doc/01-basic-usage.md#commit-your-composer-lock-file-to-version-control) and
//! composer.json.

use std::collections::HashMap;

use super::tree::{Node, Tree};
use super::{Entry, Origin, Packages};
use crate::package::Ecosystem;
use crate::rule::Format;

pub(super) fn read(text: &str) -> Packages {
    let mut packages = Packages::default();
    let tree = Tree::read(Format::Json, text, &mut packages);
    let Some(top) = tree.top() else { return packages };
    let all =
        || ["packages", "packages-dev"].into_iter().flat_map(|group| top.each(group).map(move |node| (group, node)));
    let mut places: HashMap<&str, u32> = HashMap::new();
    for (group, node) in all() {
        let name = node.text_of("name").unwrap_or_default();
        places.insert(name, u32::try_from(packages.entries.len()).unwrap_or(u32::MAX));
        let version = node.text_of("version").unwrap_or_default();
        let version = version.strip_prefix('v').unwrap_or(version);
        let is_path = node.below(&["dist", "type"]).and_then(Node::text) == Some("path");
        packages.entries.push(Entry {
            version: Some(version).filter(|version| !version.is_empty()).map(str::to_owned),
            origin: if is_path { Origin::Path } else { Origin::Registry },
            is_development: group == "packages-dev",
            warning: node.text_of("abandoned").filter(|text| *text != "false").map(|instead| match instead {
                "true" => "abandoned".to_owned(),
                instead => format!("abandoned: use {instead}"),
            }),
            ..Entry::new(Ecosystem::Packagist, name, node.get("name").map_or(node.span(), Node::entry))
        });
    }
    for (number, (_, node)) in all().enumerate() {
        packages.entries[number].needs =
            node.each("require").filter_map(|wish| places.get(wish.name())).copied().collect();
    }
    packages
}

/// A [manifest](https://getcomposer.org/doc/04-schema.md#package-links): what is asked for. PHP itself, its extensions and
/// libraries have no vendor in their names, and are no packages.
pub(super) fn manifest(text: &str) -> Packages {
    let mut packages = Packages::default();
    let tree = Tree::read(Format::Json, text, &mut packages);
    let Some(top) = tree.top() else { return packages };
    for kind in ["require", "require-dev"] {
        packages.entries.extend(top.each(kind).filter(|wish| wish.name().contains('/')).map(|wish| Entry {
            requirement: wish.text().map(str::to_owned),
            is_development: kind == "require-dev",
            is_direct: Some(true),
            ..Entry::new(Ecosystem::Packagist, wish.name(), wish.entry())
        }));
    }
    packages
}
