//! JSON (RFC 8259), with what configuration files add to it: comments, and commas before a closing bracket.

use std::borrow::Cow;

use super::{DEEPEST, Id, Settings, Value};
use crate::source::Span;

struct Reader<'t> {
    text: &'t str,
    at: usize,
    settings: Settings<'t>,
}

/// What a value is written into.
enum Place<'t> {
    Document,
    Item(Id),
    Named(Id, Cow<'t, str>, Span),
}

pub(super) fn read(text: &str) -> Settings<'_> {
    let mut reader = Reader { text, at: 0, settings: Settings::default() };
    let whole = reader.document();
    if whole.is_none() {
        let here = reader.at.min(text.len());
        let length = text[here..].chars().next().map_or(0, char::len_utf8);
        reader.settings.problem("it is no JSON from here on: the rest was not read", Span::new(here, here + length));
    }
    reader.settings
}

impl<'t> Reader<'t> {
    /// Reads all there is; `None` where something stands that cannot.
    fn document(&mut self) -> Option<()> {
        self.space();
        if self.at == self.text.len() {
            return Some(());
        }
        // The maps and lists that are open: each with whether it is a map.
        let mut open: Vec<(Id, bool)> = Vec::new();
        let mut next = Some(Place::Document);
        loop {
            if let Some(place) = next.take()
                && let Some((id, is_map)) = self.value(place)?
            {
                if open.len() < DEEPEST {
                    open.push((id, is_map));
                } else {
                    self.settings.too_deep(self.settings.get(id).span);
                    self.pass_over()?;
                    self.settings.end(id, self.at);
                }
            }
            self.space();
            let Some(&(id, is_map)) = open.last() else {
                return (self.at == self.text.len()).then_some(());
            };
            let is_first = self.settings.children(id).next().is_none();
            if !is_first && self.peek() == Some(b',') {
                self.at += 1;
                self.space();
            } else if !is_first && !matches!(self.peek(), Some(b'}' | b']')) {
                return None;
            }
            if self.peek() == Some(if is_map { b'}' } else { b']' }) {
                self.at += 1;
                self.settings.end(id, self.at);
                open.pop();
                continue;
            }
            next = Some(if is_map { self.key(id)? } else { Place::Item(id) });
        }
    }

    fn key(&mut self, map: Id) -> Option<Place<'t>> {
        let start = self.at;
        let key = self.string()?;
        let span = Span::new(start, self.at);
        self.space();
        (self.peek()? == b':').then_some(())?;
        self.at += 1;
        self.space();
        Some(Place::Named(map, key, span))
    }

    /// Reads a value, or the opening of a map or list, which is then given back.
    fn value(&mut self, place: Place<'t>) -> Option<Option<(Id, bool)>> {
        let start = self.at;
        let (value, opened) = match self.peek()? {
            b'{' => (Value::Map, Some(true)),
            b'[' => (Value::List, Some(false)),
            b'"' => (Value::Text(self.string()?), None),
            _ => {
                let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-._".contains(byte);
                self.at += self.text.as_bytes()[start..].iter().take_while(|byte| is_plain(byte)).count();
                (self.at > start).then_some(())?;
                (Value::text(&self.text[start..self.at]), None)
            }
        };
        self.at += usize::from(opened.is_some());
        let span = Span::new(start, self.at);
        let id = match place {
            Place::Document => self.settings.document(value, span),
            Place::Item(list) => self.settings.item(list, value, span),
            Place::Named(map, key, key_span) => self.settings.named(map, key, key_span, value, span),
        };
        Some(opened.map(|is_map| (id, is_map)))
    }

    /// Passes over what is left of a map or list that was opened.
    fn pass_over(&mut self) -> Option<()> {
        let mut depth = 1_usize;
        while depth > 0 {
            self.space();
            match self.peek()? {
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                b'"' => {
                    self.string()?;
                    continue;
                }
                _ => {}
            }
            self.at += self.text[self.at..].chars().next()?.len_utf8();
        }
        Some(())
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Passes over white space and comments.
    fn space(&mut self) {
        loop {
            let rest = &self.text[self.at..];
            let length = if rest.starts_with("//") {
                rest.find('\n').unwrap_or(rest.len())
            } else if rest.starts_with("/*") {
                rest.find("*/").map_or(rest.len(), |end| end + 2)
            } else {
                rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r', '\u{feff}']).len()
            };
            if length == 0 {
                return;
            }
            self.at += length;
        }
    }

    /// Reads a string; what its escapes stand for is put in their place.
    fn string(&mut self) -> Option<Cow<'t, str>> {
        (self.peek()? == b'"').then_some(())?;
        let start = self.at + 1;
        let bytes = self.text.as_bytes();
        let mut end = start;
        let mut has_escapes = false;
        loop {
            end += memchr::memchr2(b'"', b'\\', &bytes[end..])?;
            if bytes[end] == b'"' {
                break;
            }
            has_escapes = true;
            end += 2;
            if end > bytes.len() {
                return None;
            }
        }
        self.at = end + 1;
        let inside = &self.text[start..end];
        Some(if has_escapes { Cow::Owned(unescaped(inside)) } else { Cow::Borrowed(inside) })
    }
}

/// A string without its escapes. Half of a pair of surrogates stands for nothing that could be shown.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let mut characters = rest[at + 1..].chars();
        let (char, length) = match characters.next() {
            Some('u') => unit(&rest[at + 2..]).map_or(('u', 1), |unit| match unit {
                0xD800..0xDC00 => pair(unit, &rest[at + 6..]).map_or((char::REPLACEMENT_CHARACTER, 5), |c| (c, 11)),
                _ => (char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER), 5),
            }),
            Some('n') => ('\n', 1),
            Some('t') => ('\t', 1),
            Some('r') => ('\r', 1),
            Some('b') => ('\u{8}', 1),
            Some('f') => ('\u{C}', 1),
            Some(other) => (other, other.len_utf8()),
            None => ('\\', 0),
        };
        out.push(char);
        rest = &rest[at + 1 + length..];
    }
    out.push_str(rest);
    out
}

fn unit(text: &str) -> Option<u32> {
    let digits = text.get(..4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u32::from_str_radix(digits, 16).ok()
}

fn pair(first: u32, rest: &str) -> Option<char> {
    let second = unit(rest.strip_prefix("\\u")?)?.checked_sub(0xDC00).filter(|low| *low < 0x400)?;
    char::from_u32(0x1_0000 + ((first - 0xD800) << 10) + second)
}
