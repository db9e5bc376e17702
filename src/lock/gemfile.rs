//! [Gemfile.lock](https://bundler.io/man/bundle-lock.1.html): sections, sources in them, and gems by their indents; and Gemfile.

use std::collections::HashMap;

use super::npm::is_commit;
use super::{Entry, Origin, Packages};
use crate::package::Ecosystem;
use crate::source::Span;

pub(super) fn read(text: &str) -> Packages {
    let mut packages = Packages::default();
    let mut places: HashMap<&str, u32> = HashMap::new();
    let mut wants: Vec<(u32, &str)> = Vec::new();
    let mut direct: Vec<&str> = Vec::new();
    let mut section = "";
    let (mut remote, mut revision) = ("", None);
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let at = start;
        start += line.len();
        let content = line.trim();
        let indent = line.len() - line.trim_start().len();
        match (indent, section) {
            _ if content.is_empty() => {}
            (0, _) => (section, remote, revision) = (content, "", None),
            (2, "GEM" | "GIT" | "PATH" | "PLUGIN SOURCE") => match content.split_once(": ") {
                Some(("remote", url)) => remote = url,
                Some(("revision", hash)) => revision = Some(hash),
                _ => {}
            },
            (4, "GEM" | "GIT" | "PATH" | "PLUGIN SOURCE") => {
                let Some((name, version)) = content.split_once(" (") else { continue };
                let version = version.trim_end_matches(')');
                // `1.15.0-x86_64-linux` is the build of 1.15.0 for a platform.
                let version = match version.split_once('-') {
                    Some((number, platform)) if platform.contains(|c: char| c.is_ascii_alphabetic()) => number,
                    _ => version,
                };
                let origin = match section {
                    "GIT" => Origin::Git {
                        url: remote.to_owned(),
                        commit: revision.filter(|hash| is_commit(hash)).map(str::to_owned),
                    },
                    "PATH" => Origin::Path,
                    _ => Origin::Registry,
                };
                let number = u32::try_from(packages.entries.len()).unwrap_or(u32::MAX);
                places.insert(name, number);
                packages.entries.push(Entry {
                    version: Some(version.to_owned()),
                    origin,
                    is_direct: Some(false),
                    ..Entry::new(Ecosystem::RubyGems, name, Span::new(at + indent, at + indent + content.len()))
                });
            }
            (6, "GEM" | "GIT" | "PATH") => {
                let name = content.split(' ').next().unwrap_or(content);
                let last = packages.entries.len().checked_sub(1).and_then(|last| u32::try_from(last).ok());
                wants.extend(last.map(|last| (last, name)));
            }
            (2, "DEPENDENCIES") => direct.push(content.split([' ', '!']).next().unwrap_or(content)),
            _ => {}
        }
    }
    for (number, name) in wants {
        packages.entries[number as usize].needs.extend(places.get(name));
    }
    for number in direct.iter().filter_map(|name| places.get(name)) {
        packages.entries[*number as usize].is_direct = Some(true);
    }
    packages
}

/// A [Gemfile](https://bundler.io/man/gemfile.5.html), as far as it is plain lines: it is a program, and what it computes is not
/// known. Groups are followed by their indent, as everybody writes them.
pub(super) fn manifest(text: &str) -> Packages {
    let mut packages = Packages::default();
    // The indent of the block that is only for development or tests.
    let mut block: Option<usize> = None;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim_start_matches('\u{feff}').trim_start();
        let at = start + line.len() - content.len();
        let indent = at - start;
        start += line.len();
        let content = content.trim_end();
        if content.split([' ', ';']).next() == Some("end") && block.is_some_and(|block| indent <= block) {
            block = None;
        }
        let (word, rest) = content.split_at(content.find([' ', '(']).unwrap_or(content.len()));
        match word {
            "group" if content.ends_with(" do") && is_for_development(rest) => block = Some(indent),
            "gem" => packages.entries.extend(gem(content, at, block.is_some())),
            _ => {}
        }
    }
    packages
}

/// `gem "name", "~> 1.0", ">= 1.0.1", git: "…"`
fn gem(content: &str, at: usize, is_development: bool) -> Option<Entry> {
    let texts = quoted(content);
    let (_, name, name_end) = *texts.first()?;
    let (mut requirements, mut end) = (Vec::new(), name_end);
    let (mut url, mut commit, mut origin) = (None, None, Origin::Registry);
    let mut before = name_end;
    for (from, text, to) in &texts[1..] {
        // What stands before a text says what it is; nothing but a comma before a version.
        match content[before..*from].trim_matches([',', ' ', '\t', '[', ']']) {
            "" => {
                requirements.push(*text);
                end = *to;
            }
            "git:" | ":git =>" => url = Some((*text).to_owned()),
            "github:" | ":github =>" => url = Some(format!("https://github.com/{text}")),
            "path:" | ":path =>" => origin = Origin::Path,
            "ref:" | ":ref =>" => commit = Some(*text).filter(|commit| is_commit(commit)).map(str::to_owned),
            _ => {}
        }
        before = *to;
    }
    let group = content[name_end..].split_once("group").map(|(_, groups)| groups);
    if let Some(url) = url {
        origin = Origin::Git { url, commit };
    }
    Some(Entry {
        requirement: (!requirements.is_empty()).then(|| requirements.join(", ")),
        origin,
        is_development: is_development || group.is_some_and(is_for_development),
        is_direct: Some(true),
        ..Entry::new(Ecosystem::RubyGems, name, Span::new(at, at + end))
    })
}

/// Whether groups, as they are named (`:test, :development`), are all for development or tests.
fn is_for_development(groups: &str) -> bool {
    let end = |part: &str| part.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(part.len());
    // What stands right behind a colon is a symbol; an option has a space there.
    let mut names = groups.split(':').skip(1).map(|part| &part[..end(part)]).filter(|name| !name.is_empty()).peekable();
    names.peek().is_some() && names.all(|name| matches!(name, "development" | "test"))
}

/// The texts in quotes before a comment, with where their quotes begin and end.
fn quoted(content: &str) -> Vec<(usize, &str, usize)> {
    let mut texts = Vec::new();
    let mut at = 0;
    while let Some(start) = content[at..].find(['"', '\'', '#']).map(|start| at + start) {
        let quote = content[start..].chars().next().unwrap_or('#');
        let end = content[start + 1..].find(quote).filter(|_| quote != '#').map(|end| start + 1 + end);
        let Some(end) = end else { break };
        texts.push((start, &content[start + 1..end], end + 1));
        at = end + 1;
    }
    texts
}
