//! A package that a table asks for, as poetry and pipenv write it: `name = "^1.0"`, `name = { git = "…" }`, or a list of
//! such, for several platforms.

use super::npm::is_commit;
use super::tree::Node;
use super::{Entry, Origin};
use crate::package::Ecosystem;

/// What an entry of such a table asks for.
pub(super) fn entries(wish: Node<'_, '_>) -> Vec<Entry> {
    if wish.text().is_some() {
        return vec![entry(wish.name(), wish, wish)];
    }
    if wish.is_map() {
        return vec![entry(wish.name(), wish.get("version").unwrap_or(wish), wish)];
    }
    let alternative = |one: Node<'_, '_>| Entry {
        span: one.get("version").map_or(one.entry(), Node::entry),
        ..entry(wish.name(), one.get("version").unwrap_or(one), one)
    };
    wish.children().map(alternative).collect()
}

fn entry(name: &str, constraint: Node<'_, '_>, wish: Node<'_, '_>) -> Entry {
    let constraint = constraint.text().map(str::trim).filter(|text| !text.is_empty());
    Entry {
        version: constraint.and_then(pinned),
        requirement: constraint.map(str::to_owned),
        origin: origin(wish).unwrap_or_default(),
        is_direct: Some(true),
        ..Entry::new(Ecosystem::PyPI, name, wish.entry())
    }
}

/// The one version that a constraint allows.
pub(super) fn pinned(constraint: &str) -> Option<String> {
    let one = |part: &str| {
        let part = part.trim();
        let version = part.strip_prefix("===").or_else(|| part.strip_prefix("=="))?.trim();
        (!version.is_empty() && !version.contains(['*', '|'])).then(|| version.to_owned())
    };
    constraint.split(',').find_map(one)
}

/// Where a table says that a package is taken from: `git`, `url` or `file`, `path`, `workspace`. None: from a registry.
pub(super) fn origin(source: Node<'_, '_>) -> Option<Origin> {
    let address = |names: &[&str]| names.iter().find_map(|name| source.text_of(name));
    if let Some(url) = address(&["git"]) {
        // pipenv says `ref`, poetry and uv `rev`.
        let commit = address(&["rev", "ref"]).filter(|commit| is_commit(commit)).map(str::to_owned);
        return Some(Origin::Git { url: url.to_owned(), commit });
    }
    match address(&["url", "file"]) {
        Some(url) if url.contains("://") && !url.starts_with("file:") => Some(Origin::Url(url.to_owned())),
        Some(_) => Some(Origin::Path),
        None if source.get("path").is_some() || source.is_true("workspace") => Some(Origin::Path),
        None => None,
    }
}
