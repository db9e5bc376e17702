//! [go.mod](https://go.dev/ref/mod#go-mod-file) and [go.sum](https://go.dev/ref/mod#go-sum-files).
//!
//! The version of Go itself stands for its standard library, which the database of Go calls `stdlib`.

use std::collections::HashMap;

use super::{Entry, Origin, Packages};
use crate::package::Ecosystem;
use crate::source::Span;

/// A module, in one version or in all.
type Module<'t> = (&'t str, Option<&'t str>);

pub(super) fn module(text: &str) -> Packages {
    let mut packages = Packages::default();
    let mut replaced: HashMap<Module<'_>, Module<'_>> = HashMap::new();
    let mut block: Option<&str> = None;
    let (mut language, mut toolchain) = (None, None);
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let at = start;
        start += line.len();
        let (code, comment) = line.split_once("//").map_or((line, ""), |(code, comment)| (code, comment));
        let mut words: Vec<&str> = code.split_whitespace().map(|word| word.trim_matches(['"', '`'])).collect();
        let Some(first) = words.first().copied() else { continue };
        if first == ")" {
            block = None;
            continue;
        }
        if words.last() == Some(&"(") {
            block = Some(first);
            continue;
        }
        let end = at + code.trim_end().len();
        let mut from = at + (line.len() - line.trim_start().len());
        let directive = match block {
            Some(directive) => directive,
            None => {
                let directive = words.remove(0);
                let rest = &line[from - at + directive.len()..];
                from = at + line.len() - rest.trim_start().len();
                directive
            }
        };
        let span = Span::new(from.min(end), end);
        match (directive, &words[..]) {
            ("require", [name, version, ..]) => packages.entries.push(Entry {
                version: Some(plain(version).to_owned()),
                is_direct: Some(comment.trim() != "indirect"),
                ..Entry::new(Ecosystem::Go, *name, span)
            }),
            ("replace", [old, "=>", new @ ..]) => {
                replaced.insert((old, None), (new.first().copied().unwrap_or_default(), new.get(1).copied()));
            }
            ("replace", [old, version, "=>", new @ ..]) => {
                let new = (new.first().copied().unwrap_or_default(), new.get(1).copied());
                replaced.insert((old, Some(plain(version))), new);
            }
            ("go", [version, ..]) => language = Some((*version, span)),
            ("toolchain", [version, ..]) if *version != "default" => toolchain = Some((*version, span)),
            _ => {}
        }
    }
    for entry in &mut packages.entries {
        let own = (entry.name.as_str(), entry.version.as_deref());
        let new = replaced.get(&own).or_else(|| replaced.get(&(own.0, None)));
        match new {
            // Another module, or another version of this one, takes its place.
            Some((name, Some(version))) => {
                (entry.name, entry.version) = ((*name).to_owned(), Some(plain(version).to_owned()));
            }
            Some((_, None)) => entry.origin = Origin::Path,
            None => {}
        }
    }
    let own = toolchain.or(language).map(|(version, span)| Entry {
        version: Some(version.trim_start_matches("go").to_owned()),
        is_direct: Some(true),
        ..Entry::new(Ecosystem::Go, "stdlib", span)
    });
    packages.entries.extend(own);
    packages
}

/// Sums are kept of versions too that were only looked at, so that what stands here need not be part of the program; a module
/// of which only the `go.mod` is kept was not even fetched.
pub(super) fn sums(text: &str) -> Packages {
    let mut packages = Packages::default();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let at = start;
        start += line.len();
        let mut words = line.split_whitespace();
        let (Some(name), Some(version)) = (words.next(), words.next()) else { continue };
        if !version.ends_with("/go.mod") {
            let span = Span::new(at, at + name.len() + 1 + version.len());
            packages.entries.push(Entry {
                version: Some(plain(version).to_owned()),
                is_hashed: Some(true),
                ..Entry::new(Ecosystem::Go, name, span)
            });
        }
    }
    packages
}

fn plain(version: &str) -> &str {
    version.strip_prefix('v').unwrap_or(version)
}
