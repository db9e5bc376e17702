//! Backslash escapes, as Python's string literals and its escape codecs know them.

/// Where an escape stands decides which ones there are.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Literal {
    pub(super) raw: bool,
    pub(super) bytes: bool,
    /// Part of an f-string, where a doubled brace stands for one.
    pub(super) braces: bool,
}

pub(super) enum Part<'t> {
    Verbatim(&'t str),
    /// What an escape stands for; in bytes, only the lowest eight bits count.
    Char(char),
}

/// Hands on the parts of a literal in order. A malformed escape stands for itself, as unknown ones do.
pub(super) fn unescape<'t>(text: &'t str, literal: Literal, mut emit: impl FnMut(Part<'t>)) {
    let mut rest = text;
    while let Some(at) = special(rest, literal) {
        let sign = rest.as_bytes()[at];
        emit(Part::Verbatim(&rest[..at]));
        rest = &rest[at + 1..];
        if sign != b'\\' {
            rest = rest.strip_prefix(char::from(sign)).unwrap_or(rest);
            emit(Part::Char(char::from(sign)));
        } else if literal.raw || literal.braces && (rest.starts_with("{{") || rest.starts_with("}}")) {
            emit(Part::Char('\\'));
        } else {
            let (found, length) = escape(rest, literal.bytes);
            match found {
                Escape::Nothing => {}
                Escape::Char(char) => emit(Part::Char(char)),
                Escape::Unknown => emit(Part::Char('\\')),
            }
            rest = &rest[length..];
        }
    }
    emit(Part::Verbatim(rest));
}

fn special(text: &str, literal: Literal) -> Option<usize> {
    if literal.braces {
        memchr::memchr3(b'\\', b'{', b'}', text.as_bytes())
    } else if literal.raw {
        None
    } else {
        memchr::memchr(b'\\', text.as_bytes())
    }
}

pub(super) enum Escape {
    /// A line continued.
    Nothing,
    Char(char),
    Unknown,
}

/// The escape at the start of a text, which follows its backslash, and its length.
pub(super) fn escape(text: &str, bytes: bool) -> (Escape, usize) {
    let found = |char| (Escape::Char(char), 1);
    match text.as_bytes().first() {
        Some(b'\\') => found('\\'),
        Some(b'\'') => found('\''),
        Some(b'"') => found('"'),
        Some(b'a') => found('\x07'),
        Some(b'b') => found('\x08'),
        Some(b'f') => found('\x0c'),
        Some(b'n') => found('\n'),
        Some(b'r') => found('\r'),
        Some(b't') => found('\t'),
        Some(b'v') => found('\x0b'),
        Some(b'\n') => (Escape::Nothing, 1),
        Some(b'\r') => (Escape::Nothing, if text.starts_with("\r\n") { 2 } else { 1 }),
        Some(b'0'..=b'7') => {
            let digits = text.bytes().take(3).take_while(|byte| matches!(byte, b'0'..=b'7')).count();
            number(text, 0, digits, 8)
        }
        Some(b'x') => number(text, 1, 2, 16),
        Some(b'u') if !bytes => number(text, 1, 4, 16),
        Some(b'U') if !bytes => number(text, 1, 8, 16),
        Some(b'N') if !bytes => name(text),
        _ => (Escape::Unknown, 0),
    }
}

/// Surrogates have no place in our strings: like the strict reader, this reads them as the replacement character.
fn number(text: &str, start: usize, digits: usize, radix: u32) -> (Escape, usize) {
    let end = start + digits;
    let value = text.get(start..end).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_alphanumeric()));
    match value.and_then(|digits| u32::from_str_radix(digits, radix).ok()) {
        Some(0xD800..=0xDFFF) => (Escape::Char(char::REPLACEMENT_CHARACTER), end),
        Some(value) => char::from_u32(value).map_or((Escape::Unknown, 0), |char| (Escape::Char(char), end)),
        None => (Escape::Unknown, 0),
    }
}

fn name(text: &str) -> (Escape, usize) {
    let name = text.strip_prefix("N{").and_then(|rest| rest.split_once('}')).map(|(name, _)| name);
    match name.and_then(|name| Some((unicode_names2::character(name)?, name.len()))) {
        Some((char, length)) => (Escape::Char(char), length + 3),
        None => (Escape::Unknown, 0),
    }
}
