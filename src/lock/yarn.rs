//! [yarn.lock](https://yarnpkg.com/): the first version, a format of its own, and the later ones, which are YAML of few forms.
//! Both are blocks: a line of descriptors, then lines of what was chosen.

use std::collections::HashMap;

use super::npm::{is_commit, origin};
use super::{Entry, Origin, Packages};
use crate::package::Ecosystem;
use crate::source::{Problem, ProblemKind, Span};

/// A block as it stands in the file.
struct Block<'t> {
    descriptors: Vec<&'t str>,
    span: Span,
    version: Option<&'t str>,
    resolved: Option<&'t str>,
    resolution: Option<&'t str>,
    is_hashed: bool,
    wants: Vec<(&'t str, &'t str)>,
}

pub(super) fn read(text: &str) -> Packages {
    let mut packages = Packages::default();
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let mut lists_wants = false;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let at = start;
        start += line.len();
        let line = line.trim_end().trim_start_matches('\u{feff}');
        let content = line.trim_start();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let indent = line.len() - content.len();
        if indent == 0 {
            lists_wants = false;
            let Some(head) = line.strip_suffix(':') else {
                let message = "this line is no part of a yarn.lock".to_owned();
                let span = Span::new(at, at + line.len());
                packages.problems.push(Problem { kind: ProblemKind::Malformed, message, span });
                continue;
            };
            blocks.push(Block {
                descriptors: head
                    .split(',')
                    .map(|part| unquoted(part.trim()))
                    .flat_map(|part| part.split(", "))
                    .collect(),
                span: Span::new(at, at + line.len() - 1),
                version: None,
                resolved: None,
                resolution: None,
                is_hashed: false,
                wants: Vec::new(),
            });
            continue;
        }
        let Some(block) = blocks.last_mut() else { continue };
        let (key, value) = pair(content);
        if indent > 2 {
            if lists_wants {
                block.wants.push((key, value));
            }
            continue;
        }
        lists_wants = matches!(key, "dependencies" | "optionalDependencies");
        match key {
            "version" => block.version = Some(value),
            "resolved" => block.resolved = Some(value),
            "resolution" => block.resolution = Some(value),
            "integrity" | "checksum" => block.is_hashed = true,
            _ => {}
        }
    }
    entries(&blocks, &mut packages);
    packages
}

fn entries(blocks: &[Block<'_>], packages: &mut Packages) {
    let mut places: HashMap<&str, u32> = HashMap::new();
    let mut kept: Vec<&Block<'_>> = Vec::new();
    for block in blocks.iter().filter(|block| !block.descriptors.contains(&"__metadata")) {
        let Some(entry) = entry(block) else { continue };
        let number = u32::try_from(packages.entries.len()).unwrap_or(u32::MAX);
        places.extend(block.descriptors.iter().map(|descriptor| (*descriptor, number)));
        packages.entries.push(entry);
        kept.push(block);
    }
    for (number, block) in kept.into_iter().enumerate() {
        // The later form writes the protocol where the descriptor has it.
        let place = |(name, range): &(&str, &str)| {
            let plain = format!("{name}@{range}");
            places.get(&*plain).or_else(|| places.get(&*format!("{name}@npm:{range}"))).copied()
        };
        packages.entries[number].needs = block.wants.iter().filter_map(place).collect();
    }
}

fn entry(block: &Block<'_>) -> Option<Entry> {
    let descriptor = block.descriptors.first()?;
    let (own, range) = named(descriptor);
    // `alias@npm:real@^1`; a later lock says `real@npm:1.2.3` in its resolution.
    let alias =
        range.strip_prefix("npm:").and_then(|range| range.rfind('@').filter(|at| *at > 0).map(|at| &range[..at]));
    let (resolved_name, reference) = block.resolution.map_or(("", ""), named);
    let name = if resolved_name.is_empty() { alias.unwrap_or(own) } else { resolved_name };
    let origin = match (block.resolution, block.resolved) {
        (Some(_), _) if reference.starts_with("npm:") => Origin::Registry,
        (Some(_), _) if reference.starts_with("patch:") => Origin::Registry,
        (Some(_), _) => match reference.rsplit_once("commit=") {
            Some((url, commit)) => Origin::Git {
                url: url.to_owned(),
                commit: Some(commit).filter(|commit| is_commit(commit)).map(str::to_owned),
            },
            None => origin(reference),
        },
        (None, Some(resolved)) if range.contains("://") || range.starts_with("git") || range.contains('/') => {
            match resolved.rsplit_once('#') {
                // What GitHub packs for a commit is named by it.
                Some((url, commit)) if is_commit(commit) && (url.contains(".git") || url.starts_with("git")) => {
                    Origin::Git { url: url.to_owned(), commit: Some(commit.to_owned()) }
                }
                _ if range.starts_with("npm:") => Origin::Registry,
                _ => origin(resolved),
            }
        }
        (None, Some(_)) => Origin::Registry,
        (None, None) => origin(range),
    };
    Some(Entry {
        version: block.version.map(str::to_owned),
        requirement: Some(range.to_owned()),
        origin,
        is_hashed: Some(block.is_hashed),
        ..Entry::new(Ecosystem::Npm, name, block.span)
    })
}

/// `@scope/name@range`
pub(super) fn named(descriptor: &str) -> (&str, &str) {
    match descriptor.char_indices().skip(1).find(|(_, character)| *character == '@') {
        Some((at, _)) => (&descriptor[..at], &descriptor[at + 1..]),
        None => (descriptor, ""),
    }
}

/// `key value`, `key: value`, either in quotes.
fn pair(content: &str) -> (&str, &str) {
    let end = match content.strip_prefix('"') {
        Some(rest) => rest.find('"').map_or(content.len(), |at| at + 2),
        None => content.find([' ', ':']).unwrap_or(content.len()),
    };
    let (key, value) = content.split_at(end);
    (unquoted(key), unquoted(value.trim_start_matches(':').trim()))
}

fn unquoted(text: &str) -> &str {
    text.trim_start_matches('"').trim_end_matches('"')
}
