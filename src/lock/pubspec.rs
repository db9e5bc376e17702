//! [pubspec.lock](https://dart.dev/tools/pub/glossary#lockfile) of Dart and Flutter.

use super::npm::is_commit;
use super::tree::Tree;
use super::{Entry, Origin, Packages};
use crate::package::Ecosystem;
use crate::rule::Format;

pub(super) fn read(text: &str) -> Packages {
    let mut packages = Packages::default();
    let tree = Tree::read(Format::Yaml, text, &mut packages);
    let Some(top) = tree.top() else { return packages };
    for node in top.each("packages") {
        let description = node.get("description");
        let told = |name: &str| description.and_then(|description| description.text_of(name));
        let origin = match node.text_of("source") {
            Some("git") => Origin::Git {
                url: told("url").unwrap_or_default().to_owned(),
                commit: told("resolved-ref").filter(|commit| is_commit(commit)).map(str::to_owned),
            },
            // What comes with Dart or Flutter itself has their version, not its own.
            Some("path" | "sdk") => Origin::Path,
            _ => Origin::Registry,
        };
        let kind = node.text_of("dependency");
        packages.entries.push(Entry {
            version: node.text_of("version").map(str::to_owned),
            is_hashed: (origin == Origin::Registry).then(|| told("sha256").is_some()),
            is_development: kind == Some("direct dev"),
            is_direct: kind.map(|kind| kind.starts_with("direct")),
            origin,
            ..Entry::new(Ecosystem::Pub, told("name").unwrap_or(node.name()), node.key_span())
        });
    }
    packages
}
