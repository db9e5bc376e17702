//! Maven's [pom.xml](https://maven.apache.org/pom.html), as far as the file itself tells: what a parent or an imported list says
//! is not looked up.
//!
//! Where `dependencyManagement` has the version of what `dependencies` names, the package is told once, where its version stands.

use std::collections::HashMap;

use super::property::Properties;
use super::tree::{Node, Tree, beside};
use super::{Entry, Origin, Packages};
use crate::package::Ecosystem;
use crate::rule::Format;

/// A list of packages, below the project or one of its profiles.
struct List {
    path: &'static [&'static str],
    /// It says versions for others, and asks for nothing.
    is_managed: bool,
    /// The group of what names none.
    group: Option<&'static str>,
}

const PLUGINS: Option<&str> = Some("org.apache.maven.plugins");

const LISTS: &[List] = &[
    List { path: &["dependencyManagement", "dependencies"], is_managed: true, group: None },
    List { path: &["build", "pluginManagement", "plugins"], is_managed: true, group: PLUGINS },
    List { path: &["dependencies"], is_managed: false, group: None },
    List { path: &["build", "plugins"], is_managed: false, group: PLUGINS },
    List { path: &["build", "extensions"], is_managed: false, group: None },
    List { path: &["reporting", "plugins"], is_managed: false, group: PLUGINS },
];

pub(super) fn pom(text: &str) -> Packages {
    let mut packages = Packages::default();
    let tree = Tree::read(Format::Xml, text, &mut packages);
    let Some(project) = tree.top().and_then(|top| top.get("project")) else { return packages };
    let pom = Pom { text, project, properties: properties(project) };
    if let Some(parent) = project.get("parent") {
        let is_here = parent.text_of("relativePath").is_some();
        let entry = pom.entry(parent, None);
        let origin = if is_here { Origin::Path } else { Origin::Registry };
        packages.entries.extend(entry.map(|entry| Entry { origin, is_direct: Some(true), ..entry }));
    }
    let mut managed: HashMap<String, usize> = HashMap::new();
    for (list, node) in pom.all() {
        let Some(entry) = pom.entry(node, list.group) else { continue };
        if list.is_managed {
            managed.entry(entry.name.clone()).or_insert(packages.entries.len());
            packages.entries.push(entry);
            continue;
        }
        let has_version = entry.version.is_some() || entry.requirement.is_some();
        let known = managed.get(&entry.name).and_then(|number| packages.entries.get_mut(*number));
        match known.filter(|_| !has_version) {
            Some(known) => {
                let is_first = known.is_direct.is_none();
                known.is_development = entry.is_development && (is_first || known.is_development);
                known.is_direct = Some(true);
            }
            None => packages.entries.push(Entry { is_direct: Some(true), ..entry }),
        }
    }
    packages.entries.sort_by_key(|entry| entry.span);
    packages
}

struct Pom<'s, 't> {
    text: &'t str,
    project: Node<'s, 't>,
    properties: Properties<'s>,
}

impl<'s, 't> Pom<'s, 't> {
    /// Everything that is named, each with the list that it is in: first what only says versions.
    fn all(&self) -> Vec<(&'static List, Node<'s, 't>)> {
        let parts: Vec<Node<'s, 't>> = [self.project].into_iter().chain(self.project.each("profiles")).collect();
        let mut all = Vec::new();
        for list in LISTS {
            for node in parts.iter().filter_map(|part| part.below(list.path)).flat_map(Node::children) {
                all.push((list, node));
                // A plugin has dependencies of its own.
                let own = LISTS.iter().find(|list| list.path == ["dependencies"]);
                all.extend(own.into_iter().flat_map(|own| node.each("dependencies").map(move |node| (own, node))));
            }
        }
        all
    }

    fn entry(&self, node: Node<'s, 't>, default_group: Option<&str>) -> Option<Entry> {
        let resolved = |name: &str| self.properties.resolved(node.text_of(name)?);
        let group = resolved("groupId").or_else(|| default_group.map(str::to_owned))?;
        let artifact = resolved("artifactId")?;
        let written = node.text_of("version");
        let version = written.and_then(|written| self.properties.resolved(written));
        let pinned = version.as_deref().and_then(pinned);
        let scope = node.text_of("scope");
        // What has the version of the project is built with it.
        let is_sibling = matches!(written, Some("${project.version}" | "${pom.version}"))
            && self.properties.resolved("${project.groupId}").as_ref() == Some(&group);
        let is_path = is_sibling || scope == Some("system");
        let requirement = version.as_deref().or(written).filter(|_| pinned.is_none());
        let value = |name: &str| node.get(name).map(Node::span);
        let name = beside(self.text, value("artifactId")?, value("groupId"));
        Some(Entry {
            version: pinned.map(str::to_owned),
            requirement: requirement.map(str::to_owned),
            origin: if is_path { Origin::Path } else { Origin::Registry },
            is_development: scope == Some("test"),
            ..Entry::new(Ecosystem::Maven, format!("{group}:{artifact}"), beside(self.text, name, value("version")))
        })
    }
}

fn properties<'s>(project: Node<'s, '_>) -> Properties<'s> {
    let mut properties = Properties::new("${", '}');
    let own = |name: &str| project.text_of(name);
    let inherited = |name: &str| project.get("parent")?.text_of(name);
    for prefix in ["project.", "pom.", ""] {
        for name in ["groupId", "artifactId", "version"] {
            properties.add(&format!("{prefix}parent.{name}"), inherited(name));
            properties.add(&format!("{prefix}{name}"), own(name).or_else(|| inherited(name)));
        }
    }
    properties.extend(project.each("properties"));
    project.each("profiles").for_each(|profile| properties.extend(profile.each("properties")));
    properties
}

/// The one version that is asked for: `1.0`, `[1.0]`; none of a range, or of what is newest.
fn pinned(version: &str) -> Option<&str> {
    let inside = version.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(version);
    let is_open = inside.contains(['[', '(', ',', ')', ']']) || matches!(inside, "" | "LATEST" | "RELEASE");
    (!is_open).then_some(inside.trim())
}
