//! NuGet: [packages.lock.json](https://learn.microsoft.com/en-us/nuget/consume-packages/package-references-in-project-files#locking-dependencies),
//! [packages.config](https://learn.microsoft.com/en-us/nuget/reference/packages-config), and what projects and their
//! [central lists](https://learn.microsoft.com/en-us/nuget/consume-packages/central-package-management) refer to.

use std::collections::HashMap;

use super::property::Properties;
use super::tree::{Node, Tree, beside};
use super::{Entry, Origin, Packages};
use crate::package::Ecosystem;
use crate::rule::Format;

/// Every framework has a list of its own, mostly of the same: a package in one version is told once.
pub(super) fn lock(text: &str) -> Packages {
    let mut packages = Packages::default();
    let tree = Tree::read(Format::Json, text, &mut packages);
    let Some(top) = tree.top() else { return packages };
    let mut known: HashMap<(String, Option<&str>), u32> = HashMap::new();
    for framework in top.each("dependencies") {
        let mut places: HashMap<String, u32> = HashMap::new();
        let mut numbers: Vec<(u32, Node<'_, '_>)> = Vec::new();
        for node in framework.children() {
            let name = Ecosystem::NuGet.normal(node.name()).into_owned();
            let next = u32::try_from(packages.entries.len()).unwrap_or(u32::MAX);
            let number = *known.entry((name.clone(), node.text_of("resolved"))).or_insert(next);
            if number == next {
                packages.entries.push(locked(node));
            }
            if node.text_of("type") == Some("Direct") {
                packages.entries[number as usize].is_direct = Some(true);
            }
            places.insert(name, number);
            numbers.push((number, node));
        }
        for (number, node) in numbers {
            let names = node.each("dependencies").map(|wish| Ecosystem::NuGet.normal(wish.name()));
            packages.entries[number as usize].needs.extend(names.filter_map(|name| places.get(&*name)));
        }
    }
    for entry in &mut packages.entries {
        entry.needs.sort_unstable();
        entry.needs.dedup();
    }
    packages
}

fn locked(node: Node<'_, '_>) -> Entry {
    let is_project = node.text_of("type") == Some("Project");
    Entry {
        version: node.text_of("resolved").map(str::to_owned),
        requirement: node.text_of("requested").map(str::to_owned),
        origin: if is_project { Origin::Path } else { Origin::Registry },
        is_hashed: (!is_project).then(|| node.get("contentHash").is_some()),
        is_direct: Some(false),
        ..Entry::new(Ecosystem::NuGet, node.name(), node.key_span())
    }
}

/// What a project of the older kind has installed.
pub(super) fn config(text: &str) -> Packages {
    let mut packages = Packages::default();
    let tree = Tree::read(Format::Xml, text, &mut packages);
    let Some(top) = tree.top() else { return packages };
    for node in top.each("packages") {
        let Some(id) = node.get("id") else { continue };
        let version = node.get("version");
        packages.entries.push(Entry {
            version: version.and_then(Node::text).map(str::to_owned),
            requirement: node.text_of("allowedVersions").map(str::to_owned),
            is_development: node.is_true("developmentDependency"),
            ..Entry::new(
                Ecosystem::NuGet,
                id.text().unwrap_or_default(),
                beside(text, id.entry(), version.map(Node::entry)),
            )
        });
    }
    packages
}

/// What names a package in a project or a central list.
const REFERENCES: &[&str] = &["PackageReference", "PackageVersion", "GlobalPackageReference", "PackageDownload"];

/// A project, or the file that keeps versions for several.
pub(super) fn project(text: &str) -> Packages {
    let mut packages = Packages::default();
    let tree = Tree::read(Format::Xml, text, &mut packages);
    let Some(project) = tree.top().and_then(|top| top.get("Project")) else { return packages };
    let mut properties = Properties::new("$(", ')');
    project
        .children()
        .filter(|part| part.name() == "PropertyGroup")
        .for_each(|group| properties.extend(group.children()));
    let choices = project.children().filter(|part| part.name() == "Choose").flat_map(Node::children);
    for group in [project].into_iter().chain(choices).flat_map(Node::children) {
        let is_group = group.name() == "ItemGroup";
        for node in group.children().filter(|node| is_group && REFERENCES.contains(&node.name())) {
            packages.entries.extend(referred(text, node, &properties));
        }
    }
    packages
}

fn referred(text: &str, node: Node<'_, '_>, properties: &Properties<'_>) -> Option<Entry> {
    let name = node.get("Include").or_else(|| node.get("Update"))?;
    let version = node.get("VersionOverride").or_else(|| node.get("Version"));
    let written = version.and_then(Node::text);
    let resolved = written.and_then(|written| properties.resolved(written));
    let pinned = resolved.as_deref().and_then(pinned);
    let requirement = resolved.as_deref().or(written).filter(|_| pinned.is_none());
    let is_private = node.text_of("PrivateAssets").is_some_and(|assets| assets.eq_ignore_ascii_case("all"));
    Some(Entry {
        version: pinned.map(str::to_owned),
        requirement: requirement.map(str::to_owned),
        is_development: is_private,
        is_direct: Some(true),
        ..Entry::new(
            Ecosystem::NuGet,
            properties.resolved(name.text()?)?,
            beside(text, name.entry(), version.map(Node::entry)),
        )
    })
}

/// The version that is taken: NuGet takes the lowest that is allowed, which of `1.0` is that.
fn pinned(version: &str) -> Option<&str> {
    let inside = version.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(version).trim();
    let is_version =
        inside.starts_with(|c: char| c.is_ascii_digit()) && !inside.contains(['*', ',', '(', ')', '[', ']']);
    is_version.then_some(inside)
}
