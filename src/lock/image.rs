//! Images that a [Dockerfile](https://docs.docker.com/reference/dockerfile/#from) builds on or copies from.

use std::collections::{HashMap, HashSet};

use super::tree::{Node, Tree};
use super::{Entry, Packages};
use crate::package::Ecosystem;
use crate::rule::Format;
use crate::source::Span;

/// A variable may stand for others: people write no more.
const DEEPEST: usize = 4;
/// Longer than any name of an image.
const LONGEST: usize = 512;

pub(super) fn dockerfile(text: &str) -> Packages {
    let mut packages = Packages::default();
    let tree = Tree::read(Format::Dockerfile, text, &mut packages);
    let Some(top) = tree.top() else { return packages };
    let arguments = top.get("global").into_iter().flat_map(Node::children).filter(|part| part.name() == "arg");
    let defaults: HashMap<&str, &str> =
        arguments.flat_map(Node::children).filter_map(|argument| Some((argument.name(), argument.text()?))).collect();
    let mut stages: HashSet<String> = HashSet::new();
    for stage in top.children().filter(|stage| stage.name() != "global") {
        let named = |reference: &str, span| {
            let reference = substituted(reference, &defaults)?;
            let is_stage = stages.contains(&reference.to_ascii_lowercase());
            if is_stage { None } else { entry(&reference, span) }
        };
        if let Some(from) = stage.get("from") {
            packages.entries.extend(from.text().and_then(|reference| named(reference, from.span())));
        }
        for copy in stage.children().filter(|part| part.name() == "copy") {
            let Some((option, start)) = copied_from(copy.text().unwrap_or_default()) else { continue };
            let start = copy.span().start as usize + start;
            // A stage may be told by its number too.
            if !option.bytes().all(|byte| byte.is_ascii_digit()) {
                packages.entries.extend(named(option, Span::new(start, start + option.len())));
            }
        }
        stages.extend(own_name(text.get(stage.key_span().range()).unwrap_or_default()));
    }
    packages
}

/// The name that a stage is given: `FROM image AS name`.
fn own_name(instruction: &str) -> Option<String> {
    let mut words = instruction.split_whitespace().skip_while(|word| !word.eq_ignore_ascii_case("as")).skip(1);
    words.next().map(str::to_ascii_lowercase)
}

/// The value of `--from`, and where it begins.
fn copied_from(arguments: &str) -> Option<(&str, usize)> {
    const OPTION: &str = "--from=";
    let start = arguments.find(OPTION)? + OPTION.len();
    let value = arguments[start..].split_whitespace().next()?;
    Some((value, start))
}

/// A reference with defaults in place of variables: `$name`, `${name}`, `${name:-default}`. `None` where one has none.
fn substituted(reference: &str, defaults: &HashMap<&str, &str>) -> Option<String> {
    let mut reference = reference.to_owned();
    for _ in 0..DEEPEST {
        if !reference.contains('$') {
            return Some(reference);
        }
        let mut out = String::new();
        let mut rest = &*reference;
        while let Some((before, after)) = rest.split_once('$') {
            let (variable, after) = match after.strip_prefix('{') {
                Some(braced) => braced.split_once('}')?,
                None => after.split_at(after.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(after.len())),
            };
            let (name, own) = variable.split_once(":-").or_else(|| variable.split_once('-')).unwrap_or((variable, ""));
            let value = defaults.get(name).copied().filter(|value| !value.is_empty()).unwrap_or(own);
            if value.is_empty() || out.len() + value.len() > LONGEST {
                return None;
            }
            out.extend([before, value]);
            rest = after;
        }
        out.push_str(rest);
        reference = out;
    }
    None
}

/// An image by a [reference](https://pkg.go.dev/github.com/distribution/reference): `registry:5000/name:tag@sha256:…`. Nothing
/// is built on `scratch`.
pub(super) fn entry(reference: &str, span: Span) -> Option<Entry> {
    let reference = reference.trim_matches(['"', '\'']);
    let (image, digest) = reference.split_once('@').map_or((reference, None), |(image, digest)| (image, Some(digest)));
    let (name, tag) = match image.rsplit_once(':') {
        // That of a port stands before the path.
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        _ => (image, None),
    };
    if name.is_empty() || name == "scratch" || name.contains('$') {
        return None;
    }
    Some(Entry {
        version: tag.or(digest).filter(|version| !version.is_empty() && !version.contains('$')).map(str::to_owned),
        is_hashed: Some(digest.is_some_and(|digest| digest.contains(':'))),
        is_direct: Some(true),
        ..Entry::new(Ecosystem::Docker, name, span)
    })
}
