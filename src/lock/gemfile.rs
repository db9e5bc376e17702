//! [Gemfile.lock](https://bundler.io/man/bundle-lock.1.html): sections, sources in them, and gems by their indents.

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
