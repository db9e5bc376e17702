//! What `str()`, `repr()` and `ascii()` give.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::big;
use crate::value::{HOLE, Shape, Value};

/// `str(value)`, holes included.
pub(super) fn shown<'a>(value: &Value<'a>) -> Option<Cow<'a, str>> {
    match value.shape {
        Shape::Str(text) | Shape::Partial(text) => Some(Cow::Borrowed(text)),
        Shape::Carrier(carrier) => match big::magnitude(value) {
            // The digits of long ones take their time, and nobody prints these.
            Some(bytes) => (bytes.len() <= 1 << 10).then(|| Cow::Owned(big::digits(bytes, 10))),
            None => carrier.value.text().map(Cow::Borrowed),
        },
        Shape::None => Some(Cow::Borrowed("None")),
        Shape::Bool(truth) => Some(Cow::Borrowed(if truth { "True" } else { "False" })),
        Shape::Int(number) => Some(Cow::Owned(number.to_string())),
        Shape::Float(number) => Some(Cow::Owned(float(number))),
        Shape::Bytes(_) => repr(value).map(Cow::Owned),
        _ => None,
    }
}

/// `repr(value)`. Sequences are none: nobody knows their brackets.
pub(super) fn repr(value: &Value<'_>) -> Option<String> {
    match value.shape {
        Shape::Str(text) | Shape::Partial(text) => Some(quoted(text, false)),
        Shape::Bytes(bytes) => Some(byte_string(bytes)),
        Shape::Carrier(_) if big::magnitude(value).is_none() => None,
        _ => shown(value).map(Cow::into_owned),
    }
}

/// `ascii(value)`.
pub(super) fn ascii(value: &Value<'_>) -> Option<String> {
    match value.shape {
        Shape::Str(text) | Shape::Partial(text) => Some(quoted(text, true)),
        _ => repr(value),
    }
}

fn quote(text: &[u8]) -> char {
    if text.contains(&b'\'') && !text.contains(&b'"') { '"' } else { '\'' }
}

fn quoted(text: &str, is_ascii: bool) -> String {
    let quote = quote(text.as_bytes());
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push(quote);
    for character in text.chars() {
        match character {
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            HOLE => quoted.push(HOLE),
            _ if character == quote => quoted.extend(['\\', quote]),
            ' '..='~' => quoted.push(character),
            _ if !is_ascii && is_printable(character) => quoted.push(character),
            _ => escaped(character, &mut quoted),
        }
    }
    quoted.push(quote);
    quoted
}

fn is_printable(character: char) -> bool {
    character.is_alphanumeric() || character.escape_debug().len() == 1 && !character.is_whitespace()
}

/// `\x..`, `\u....` or `\U........`, whichever is the shortest.
pub(super) fn escaped(character: char, text: &mut String) {
    let code = u32::from(character);
    // Writing to a string does not fail.
    let _ = match code {
        0..=0xFF => write!(text, "\\x{code:02x}"),
        0x100..=0xFFFF => write!(text, "\\u{code:04x}"),
        _ => write!(text, "\\U{code:08x}"),
    };
}

fn byte_string(bytes: &[u8]) -> String {
    let quote = quote(bytes);
    let mut text = String::with_capacity(bytes.len() + 3);
    text.extend(['b', quote]);
    for byte in bytes {
        let character = char::from(*byte);
        match byte {
            b'\\' => text.push_str("\\\\"),
            b'\n' => text.push_str("\\n"),
            b'\r' => text.push_str("\\r"),
            b'\t' => text.push_str("\\t"),
            _ if character == quote => text.extend(['\\', quote]),
            b' '..=b'~' => text.push(character),
            _ => escaped(character, &mut text),
        }
    }
    text.push(quote);
    text
}

/// The shortest digits that give the number back, laid out as Python does.
pub(super) fn float(number: f64) -> String {
    const MOST_DIGITS: i32 = 16;
    if number.is_nan() {
        return "nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let scientific = format!("{number:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else { return scientific };
    let Ok(exponent) = exponent.parse::<i32>() else { return scientific };
    if !(-4..MOST_DIGITS).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", exponent.abs());
    }
    let plain = format!("{number}");
    if plain.contains('.') { plain } else { plain + ".0" }
}
