//! [mix.lock](https://hexdocs.pm/mix/Mix.Tasks.Deps.html): a map in Elixir's own notation, from the name of an application to a
//! tuple that says where it is from: `{:hex, :name, "1.0.0", "hash", …, "hash"}`, `{:git, "address", "commit", …}`.

use std::collections::HashMap;

use super::npm::is_commit;
use super::tree::beside;
use super::{Entry, Origin, Packages};
use crate::package::Ecosystem;
use crate::source::{Problem, ProblemKind, Span};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Atom,
    Open,
    Close,
    /// Names, numbers, keys of options.
    Other,
}

/// A word of the notation. What stands between brackets is one level deeper than they.
#[derive(Clone, Copy, Debug)]
struct Token<'t> {
    kind: Kind,
    text: &'t str,
    span: Span,
    depth: usize,
}

/// An entry of the map.
struct Row<'t> {
    key: Token<'t>,
    /// What stands in the tuple, lists by their opening.
    parts: Vec<Token<'t>>,
    /// The applications that it asks for.
    wants: Vec<&'t str>,
}

pub(super) fn read(text: &str) -> Packages {
    let mut packages = Packages::default();
    let mut rows: Vec<Row<'_>> = Vec::new();
    let mut last: Option<Token<'_>> = None;
    for token in tokens(text, &mut packages) {
        match (token.depth, token.kind) {
            (1, Kind::Text) => rows.push(Row { key: token, parts: Vec::new(), wants: Vec::new() }),
            (depth, kind) => {
                let Some(row) = rows.last_mut() else { continue };
                match kind {
                    Kind::Text | Kind::Atom | Kind::Open if depth == 2 => row.parts.push(token),
                    // `{:name, "~> 1.0", …}` in the list of what it asks for.
                    Kind::Atom if depth == 4 && last.is_some_and(|last| last.kind == Kind::Open) => {
                        row.wants.push(token.text);
                    }
                    _ => {}
                }
            }
        }
        last = Some(token);
    }
    let mut places: HashMap<&str, u32> = HashMap::new();
    let mut kept: Vec<&Row<'_>> = Vec::new();
    for row in &rows {
        match entry(text, row) {
            Ok(entry) => {
                places.insert(row.key.text, u32::try_from(packages.entries.len()).unwrap_or(u32::MAX));
                packages.entries.push(entry);
                kept.push(row);
            }
            Err(message) => {
                packages.problems.push(Problem { kind: ProblemKind::Malformed, message, span: row.key.span });
            }
        }
    }
    for (number, row) in kept.into_iter().enumerate() {
        packages.entries[number].needs = row.wants.iter().filter_map(|name| places.get(name)).copied().collect();
    }
    packages
}

fn entry(text: &str, row: &Row<'_>) -> Result<Entry, String> {
    let part = |number: usize| row.parts.get(number).filter(|part| part.kind != Kind::Open);
    let word = |number: usize| part(number).map(|part| part.text);
    let key = row.key;
    match (word(0), word(1), word(2)) {
        (Some("hex"), Some(name), Some(version)) => {
            // The hash of what is in the archive, and later that of the archive too.
            let is_hash = |hash: &str| hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
            let is_hashed = [3, 7].into_iter().any(|number| word(number).is_some_and(is_hash));
            Ok(Entry {
                version: Some(version.to_owned()),
                is_hashed: Some(is_hashed),
                ..Entry::new(Ecosystem::Hex, name, beside(text, key.span, part(2).map(|part| part.span)))
            })
        }
        (Some("git"), Some(url), commit) => Ok(Entry {
            origin: Origin::Git {
                url: url.to_owned(),
                commit: commit.filter(|commit| is_commit(commit)).map(str::to_owned),
            },
            ..Entry::new(Ecosystem::Hex, key.text, key.span)
        }),
        (Some("path"), ..) => Ok(Entry { origin: Origin::Path, ..Entry::new(Ecosystem::Hex, key.text, key.span) }),
        _ => Err(format!("what `{}` is locked to cannot be read: it is no tuple of Hex or Git", key.text)),
    }
}

/// All words. What is no part of the notation is passed over and told once.
fn tokens<'t>(text: &'t str, packages: &mut Packages) -> Vec<Token<'t>> {
    let mut tokens = Vec::new();
    let (mut at, mut depth) = (0, 0_usize);
    let mut problem: Option<(&str, Span)> = None;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let length = match first {
            '"' => string_length(rest),
            ':' if rest[1..].starts_with('"') => 1 + string_length(&rest[1..]),
            ':' => 1 + name_length(&rest[1..]),
            '#' => rest.find('\n').unwrap_or(rest.len()),
            _ => name_length(rest).max(first.len_utf8()),
        };
        let span = Span::new(at, at + length);
        let word = &rest[..length];
        let inside = word.trim_start_matches(':').trim_matches('"');
        let kind = match first {
            '"' => Some(Kind::Text),
            // The end of a key.
            ':' if length == 1 => None,
            ':' => Some(Kind::Atom),
            '{' | '[' => Some(Kind::Open),
            '}' | ']' => Some(Kind::Close),
            '%' | ',' | '#' | '\u{feff}' => None,
            first if first.is_whitespace() => None,
            first if is_of_name(first) => Some(Kind::Other),
            _ => {
                problem.get_or_insert(("this is no part of a mix.lock: it was passed over", span));
                None
            }
        };
        if kind == Some(Kind::Close) {
            depth = depth.saturating_sub(1);
        }
        let is_open_string = first == '"' && (length == 1 || !word.ends_with('"'));
        if is_open_string {
            problem = Some(("it ends within a text: the last entry was not read whole", span));
        } else {
            tokens.extend(kind.map(|kind| Token { kind, text: inside, span, depth }));
        }
        depth += usize::from(kind == Some(Kind::Open));
        at += length;
    }
    if depth > 0 {
        let end = Span::new(text.len(), text.len());
        problem.get_or_insert(("it ends before its map does: the last entry may be missing", end));
    }
    packages.problems.extend(problem.map(|(message, span)| Problem {
        kind: ProblemKind::Malformed,
        message: message.to_owned(),
        span,
    }));
    tokens
}

/// How long the text in quotes is that begins here, or all there is.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            b'"' if !escaped => return at + 1,
            _ => escaped = byte == b'\\' && !escaped,
        }
    }
    text.len()
}

fn name_length(text: &str) -> usize {
    text.find(|c| !is_of_name(c)).unwrap_or(text.len())
}

fn is_of_name(character: char) -> bool {
    character.is_alphanumeric() || "_@!?.-".contains(character)
}
