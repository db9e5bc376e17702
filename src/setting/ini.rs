//! INI and what is like it: `[section]`, `key = value`, with the lines of `.env` files and Git's `[section "name"]`; and the
//! properties of Java, whose keys are paths.
//!
//! There is no standard for INI: this takes what Python's `configparser`, Git, npm and PHP have in common. Properties are
//! those of `java.util.Properties`.

use rustc_hash::FxHashMap;

use super::{DEEPEST, Id, Settings, Value};
use crate::source::Span;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Ini,
    Properties,
}

struct Reader<'t> {
    text: &'t str,
    dialect: Dialect,
    settings: Settings<'t>,
    root: Id,
    section: Id,
    /// Maps by what they are in and their names.
    maps: FxHashMap<(Id, &'t str), Id>,
    /// The last key, for lines that go on with its value.
    last: Option<Id>,
}

pub(super) fn read(text: &str, dialect: Dialect) -> Settings<'_> {
    let mut settings = Settings::default();
    let root = settings.document(Value::Map, Span::new(0, text.len()));
    let mut reader = Reader { text, dialect, settings, root, section: root, maps: FxHashMap::default(), last: None };
    let mut at = 0;
    while at < text.len() {
        let mut end = line_end(text, at);
        // A line of properties goes on after a backslash.
        while dialect == Dialect::Properties && is_continued(&text[at..end]) && end < text.len() {
            end = line_end(text, end + 1);
        }
        reader.line(at, end);
        at = end + 1;
    }
    reader.settings
}

fn line_end(text: &str, at: usize) -> usize {
    memchr::memchr(b'\n', &text.as_bytes()[at..]).map_or(text.len(), |length| at + length)
}

fn is_continued(line: &str) -> bool {
    let line = line.trim_end_matches('\r');
    (line.len() - line.trim_end_matches('\\').len()) % 2 == 1
}

impl<'t> Reader<'t> {
    fn line(&mut self, start: usize, end: usize) {
        let line = &self.text[start..end];
        let bare = line.trim();
        let is_comment = bare.starts_with(match self.dialect {
            Dialect::Ini => ['#', ';'],
            Dialect::Properties => ['#', '!'],
        });
        if bare.is_empty() || is_comment {
            return;
        }
        let from = start + line.len() - line.trim_start().len();
        if self.dialect == Dialect::Ini {
            if let Some(name) = bare.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
                self.last = None;
                return self.open_section(name, from + 1);
            }
            if line.starts_with([' ', '\t'])
                && let Some(last) = self.last
                && separator(bare).is_none_or(|(at, _)| bare[..at].trim_end().contains(['/', ' ']))
            {
                return self.goes_on(last, from, bare);
            }
        }
        self.entry(from, bare);
    }

    fn open_section(&mut self, name: &'t str, at: usize) {
        // Git's `[http "https://host"]`: a section in a section.
        let (outer, inner) = name.split_once(" \"").map_or((name, None), |(outer, inner)| (outer, Some(inner)));
        self.section = self.map(self.root, outer, at);
        if let Some(inner) = inner {
            self.section = self.map(self.section, inner.trim_end_matches('"'), at + outer.len() + 2);
        }
    }

    fn map(&mut self, parent: Id, name: &'t str, at: usize) -> Id {
        let span = Span::new(at, at + name.len());
        *self.maps.entry((parent, name)).or_insert_with(|| self.settings.named(parent, name, span, Value::Map, span))
    }

    fn entry(&mut self, from: usize, bare: &'t str) {
        let bare = bare.strip_prefix("export ").map_or(bare, str::trim_start);
        let from = from.max((bare.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize));
        let found = match self.dialect {
            Dialect::Ini => separator(bare),
            Dialect::Properties => bare.find(['=', ':', ' ', '\t']).map(|at| {
                let rest = &bare[at..];
                let after = rest.trim_start();
                let after = after.strip_prefix(['=', ':']).unwrap_or(after).trim_start();
                (at, rest.len() - after.len())
            }),
        };
        let (at, length) = found.unwrap_or((bare.len(), 0));
        let key = bare[..at].trim_end();
        let key_span = Span::new(from, from + key.len());
        let value_start = at + length + bare[at + length..].len() - bare[at + length..].trim_start().len();
        let written = match self.dialect {
            Dialect::Ini => without_comment(&bare[value_start..]),
            Dialect::Properties => &bare[value_start..],
        };
        let span = Span::new(from + value_start, from + value_start + written.len());
        let value = value(written, self.dialect);
        let (parent, name) = match self.dialect {
            Dialect::Ini => (self.section, key),
            Dialect::Properties => self.inner(key, from),
        };
        self.last = Some(self.settings.named(parent, name, key_span, value, span));
    }

    /// The map in which the last part of a dotted key stands, and that part.
    fn inner(&mut self, key: &'t str, from: usize) -> (Id, &'t str) {
        let (mut parent, mut at) = (self.root, 0);
        for _ in 1..DEEPEST {
            let Some(length) = key[at..].find('.') else { break };
            parent = self.map(parent, &key[at..at + length], from + at);
            at += length + 1;
        }
        (parent, &key[at..])
    }

    /// A line that goes on with the value of the last key, which is a list of lines then.
    fn goes_on(&mut self, key: Id, from: usize, bare: &'t str) {
        if let Value::Text(first) | Value::Computed(first) = self.settings.get(key).value.clone() {
            let span = self.settings.get(key).span;
            self.settings.set_value(key, Value::List);
            if !first.is_empty() {
                self.settings.item(key, Value::Text(first), span);
            }
        }
        let bare = without_comment(bare);
        self.settings.item(key, value(bare, self.dialect), Span::new(from, from + bare.len()));
        self.settings.end(key, from + bare.len());
    }
}

/// What stands between key and value, and its length: the first `=` or `:`; a colon that nothing blank follows is part of a
/// key that an `=` ends.
fn separator(line: &str) -> Option<(usize, usize)> {
    let equals = line.find('=');
    let colon = line.match_indices(':').map(|(at, _)| at).find(|at| {
        let rest = &line[at + 1..];
        // The scheme of an address is no key.
        !rest.starts_with("//") && (equals.is_none() || rest.starts_with([' ', '\t']))
    });
    equals.into_iter().chain(colon).min().map(|at| (at, 1))
}

/// A value without the comment that follows it.
fn without_comment(value: &str) -> &str {
    if let Some(quote @ ('"' | '\'')) = value.chars().next()
        && let Some(length) = value[1..].find(quote)
    {
        return &value[..length + 2];
    }
    let comment = value.match_indices(['#', ';']).find(|(at, _)| *at == 0 || value[..*at].ends_with([' ', '\t']));
    comment.map_or(value, |(at, _)| value[..at].trim_end())
}

/// A value without its quotes.
fn value(written: &str, dialect: Dialect) -> Value<'_> {
    if dialect == Dialect::Properties && written.contains("\\\n") {
        return Value::text(written.replace("\\\n", ""));
    }
    let quoted = ['"', '\''].iter().find_map(|quote| written.strip_prefix(*quote)?.strip_suffix(*quote));
    let text = quoted.unwrap_or(written);
    let is_computed = !written.starts_with('\'') && (text.contains("${") || text.contains("{{") || text.contains("$("));
    if is_computed { Value::Computed(text.into()) } else { Value::text(text) }
}
