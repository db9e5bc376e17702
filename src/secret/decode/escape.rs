//! Text in which some or all of the characters are escaped: where it is, and what it says.

use super::{Encoded, Encoding, LEAST};
use crate::secret::proof::alphabet::nibble;
use memchr::{memchr2_iter, memmem};
use std::ops::Range;

/// A text in which this many characters are escaped in the way of URLs is decoded.
const SOME: usize = 2;

pub(super) fn find(text: &[u8], spans: &mut Vec<Encoded>) {
    let mut from = 0;
    for at in memchr2_iter(b'\\', b'%', text) {
        if at < from {
            continue;
        }
        let how = match text[at] {
            b'%' if printable(hex(&text[at + 1..])) => Encoding::Percent,
            b'\\' if printable(number(&text[at + 1..]).map(|(number, _)| number)) => Encoding::Backslash,
            _ => continue,
        };
        let inside = if how == Encoding::Percent { in_url } else { in_string };
        let start = text[from..at].iter().rposition(|byte| !inside(byte)).map_or(from, |before| from + before + 1);
        let end = text[at..].iter().position(|byte| !inside(byte)).map_or(text.len(), |after| at + after);
        from = end;
        let encoded = Encoded { span: start..end, how };
        if end - start >= LEAST && escapes(&text[start..end], how) && is_said(&encoded.decode(text)) {
            spans.push(encoded);
        }
    }
    mails(text, spans);
}

fn escapes(text: &[u8], how: Encoding) -> bool {
    how == Encoding::Backslash || text.iter().filter(|byte| **byte == b'%').count() >= SOME
}

/// Whether bytes are text, of any script, for the most part.
fn is_said(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let other =
        text.chars().filter(|one| *one == char::REPLACEMENT_CHARACTER || one.is_control() && !one.is_whitespace());
    other.count() * 8 <= text.chars().count()
}

/// What URLs and the bodies of forms are made of (RFC 3986, 2).
fn in_url(byte: &u8) -> bool {
    matches!(byte, b'!' | b'#'..=b'&' | b'('..=b';' | b'=' | b'?'..=b'[' | b']' | b'_' | b'a'..=b'z' | b'~')
}

/// A string ends with its quote or its line. One with an escaped quote is two.
fn in_string(byte: &u8) -> bool {
    !matches!(byte, b'"' | b'\'' | b'`' | b'\n' | b'\r')
}

/// Letters of other scripts are escaped in every translation; no credential has any.
fn printable(number: Option<u32>) -> bool {
    number.is_some_and(|number| (0x20..0x7F).contains(&number))
}

fn hex(text: &[u8]) -> Option<u32> {
    digits(text, 2, 16)
}

/// The number in so many digits.
fn digits(text: &[u8], count: usize, base: u32) -> Option<u32> {
    let read = |number, byte: &u8| Some(number * base + nibble(*byte).map(u32::from).filter(|digit| *digit < base)?);
    text.get(..count)?.iter().try_fold(0, read)
}

/// The number that comes after a backslash, and the length of how it is written.
fn number(text: &[u8]) -> Option<(u32, usize)> {
    match text {
        [b'x', rest @ ..] => Some((hex(rest)?, 3)),
        [b'u', b'{', rest @ ..] => {
            let count = rest.iter().take(7).position(|byte| *byte == b'}').filter(|count| *count > 0)?;
            Some((digits(rest, count, 16)?, count + 3))
        }
        [b'u', rest @ ..] => Some((digits(rest, 4, 16)?, 5)),
        [b'0'..=b'3', ..] => Some((digits(text, 3, 8)?, 3)),
        _ => None,
    }
}

/// Bodies of mails that say that they are quoted-printable, up to where the next part of the mail may begin.
fn mails(text: &[u8], spans: &mut Vec<Encoded>) {
    let mut from = 0;
    while let Some(header) = text.get(from..).and_then(|rest| memmem::find(rest, b"uoted-printable")) {
        let (body, found) = after_headers(text, from + header);
        from = body;
        if found {
            from = memmem::find(&text[body..], b"\n--").map_or(text.len(), |at| body + at);
            if from - body >= LEAST {
                spans.push(Encoded { span: body..from, how: Encoding::QuotedPrintable });
            }
        }
    }
}

/// The place behind the headers of a mail, from inside of one of them, and whether an empty line ends them. Headers
/// have a name and a colon, or are indented.
fn after_headers(text: &[u8], mut at: usize) -> (usize, bool) {
    while let Some(end) = memchr::memchr(b'\n', &text[at..]) {
        at += end + 1;
        match &text[at..] {
            [b'\n', ..] => return (at + 1, true),
            [b'\r', b'\n', ..] => return (at + 2, true),
            [b' ' | b'\t', ..] => {}
            rest => {
                let name = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'-').count();
                if rest.get(name) != Some(&b':') || name == 0 {
                    return (at, false);
                }
            }
        }
    }
    (text.len(), false)
}

pub(super) fn percent(text: &[u8], each: &mut impl FnMut(u8, Range<usize>)) {
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let said = if *byte == b'%' { hex(&text[at + 1..]) } else { None };
        let end = at + if said.is_some() { 3 } else { 1 };
        each(said.map_or(*byte, |said| said as u8), at..end);
        at = end;
    }
}

pub(super) fn quoted_printable(text: &[u8], each: &mut impl FnMut(u8, Range<usize>)) {
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let (said, length) = match &text[at..] {
            [b'=', b'\n', ..] => (None, 2),
            [b'=', b'\r', b'\n', ..] => (None, 3),
            [b'=', rest @ ..] => match hex(rest) {
                Some(said) => (Some(said as u8), 3),
                None => (Some(*byte), 1),
            },
            _ => (Some(*byte), 1),
        };
        if let Some(said) = said {
            each(said, at..at + length);
        }
        at += length;
    }
}

/// What is written with a number above 255 is said in UTF-8, half of a pair of UTF-16 as a question mark.
pub(super) fn backslash(text: &[u8], each: &mut impl FnMut(u8, Range<usize>)) {
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        if *byte != b'\\' {
            each(*byte, at..at + 1);
            at += 1;
            continue;
        }
        let rest = &text[at + 1..];
        if let Some((number, length)) = number(rest) {
            let place = at..at + 1 + length;
            if number < 0x80 || rest[0] != b'u' && number < 0x100 {
                each(number as u8, place.clone());
            } else {
                let said = char::from_u32(number).unwrap_or('?');
                said.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| each(byte, place.clone()));
            }
            at = place.end;
        } else {
            let said = match rest.first() {
                Some(b'n') => b'\n',
                Some(b'r') => b'\r',
                Some(b't') => b'\t',
                Some(other) => *other,
                None => b'\\',
            };
            let end = (at + 2).min(text.len());
            each(said, at..end);
            at = end;
        }
    }
}
