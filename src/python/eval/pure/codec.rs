//! Encodings: text to bytes and back, and the transforms that `codecs` knows by name.

use std::borrow::Cow;

use super::given::Given;
use super::{Table, Tools, base, compress, part, quote, repr, size};
use crate::python::decode::codec::{Codec, named};
use crate::value::{HOLE, Shape, Value};

pub(super) const FUNCTIONS: Table = &[
    ("codecs.decode", |tools, given| {
        let encoding = given.text_or("encoding", 1, "utf-8")?;
        decode(tools, &given.get("obj", 0)?, encoding, given.text_or("errors", 2, "strict")?)
    }),
    ("codecs.encode", |tools, given| {
        let encoding = given.text_or("encoding", 1, "utf-8")?;
        encode(tools, &given.get("obj", 0)?, encoding, given.text_or("errors", 2, "strict")?)
    }),
    ("codecs.utf_8_decode", |tools, given| with_length(tools, given, "utf-8")),
    ("codecs.latin_1_decode", |tools, given| with_length(tools, given, "latin-1")),
    ("codecs.ascii_decode", |tools, given| with_length(tools, given, "ascii")),
    ("codecs.unicode_escape_decode", |tools, given| with_length(tools, given, "unicode-escape")),
    ("codecs.raw_unicode_escape_decode", |tools, given| with_length(tools, given, "raw-unicode-escape")),
    ("codecs.escape_decode", |tools, given| {
        let source = given.ascii("data", 0)?;
        let text = named("unicode-escape").decode(source.to_vec()).ok()?;
        let bytes: Option<Vec<u8>> = text.chars().map(|character| u8::try_from(character).ok()).collect();
        let decoded = tools.bytes(&bytes?)?;
        tools.sequence(&[decoded, size(source.len())?])
    }),
];

/// What the decoders of `codecs` give: the text, and how much was read.
fn with_length<'a>(tools: &mut Tools<'a, '_>, given: &Given<'a>, encoding: &str) -> Option<Value<'a>> {
    let bytes = given.ascii("data", 0)?;
    let text = decoded(tools, bytes, encoding, given.text_or("errors", 1, "strict")?)?;
    tools.sequence(&[text, size(bytes.len())?])
}

/// `codecs.decode`.
pub(super) fn decode<'a>(tools: &mut Tools<'a, '_>, value: &Value<'a>, name: &str, errors: &str) -> Option<Value<'a>> {
    let normal = normal(name);
    match (value.shape, &*normal) {
        (Shape::Str(text), "rot13" | "rot-13") => tools.text(rot13(text)),
        (Shape::Bytes(bytes), "hex" | "hex-codec") => tools.bytes(&base::unhex(bytes)?),
        (Shape::Bytes(bytes), "base64" | "base-64" | "base64-codec") => tools.bytes(&base::base64(bytes, false)?),
        (Shape::Bytes(bytes), "zlib" | "zip" | "zlib-codec") => compress::zlib(tools, bytes),
        (Shape::Bytes(bytes), "bz2" | "bz2-codec") => compress::bzip2(tools, bytes),
        (Shape::Bytes(bytes), "quopri" | "quoted-printable" | "quopri-codec") => tools.bytes(&quote::printable(bytes)),
        (Shape::Bytes(bytes), "uu" | "uu-codec") => tools.bytes(&quote::uu_file(bytes)?),
        (Shape::Bytes(bytes), _) => decoded(tools, bytes, name, errors),
        // The escape codecs take text as well.
        (Shape::Str(text), "unicode-escape" | "raw-unicode-escape") if text.is_ascii() => {
            decoded(tools, text.as_bytes(), name, errors)
        }
        _ => None,
    }
}

/// `codecs.encode`.
pub(super) fn encode<'a>(tools: &mut Tools<'a, '_>, value: &Value<'a>, name: &str, errors: &str) -> Option<Value<'a>> {
    let normal = normal(name);
    match (value.shape, &*normal) {
        (Shape::Str(text), "rot13" | "rot-13") => tools.text(rot13(text)),
        (Shape::Bytes(bytes), "hex" | "hex-codec") => tools.bytes(base::hex(bytes).as_bytes()),
        (Shape::Bytes(bytes), "base64" | "base-64" | "base64-codec") => tools.bytes(&base::lines_of_base64(bytes)),
        (Shape::Str(text), _) => encoded(tools, text, name, errors),
        _ => None,
    }
}

fn normal(name: &str) -> String {
    name.trim().to_ascii_lowercase().replace(['_', ' '], "-")
}

pub(super) fn rot13(text: &str) -> String {
    let turned = |byte: u8, first: u8| char::from(first + (byte - first + 13) % 26);
    let turn = |character| match u8::try_from(character) {
        Ok(byte @ b'a'..=b'z') => turned(byte, b'a'),
        Ok(byte @ b'A'..=b'Z') => turned(byte, b'A'),
        _ => character,
    };
    text.chars().map(turn).collect()
}

/// Each byte as the character of that number.
pub(super) fn latin1(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) if text.is_ascii() => Cow::Borrowed(text),
        _ => Cow::Owned(bytes.iter().map(|byte| char::from(*byte)).collect()),
    }
}

/// `bytes.decode(encoding, errors)`.
pub(super) fn decoded<'a>(tools: &mut Tools<'a, '_>, bytes: &'a [u8], name: &str, errors: &str) -> Option<Value<'a>> {
    let codec = match &*normal(name) {
        "utf-8" | "utf8" | "u8" | "utf" => Codec::Utf8,
        "utf-8-sig" | "utf-8sig" => {
            return utf8(tools, bytes.strip_prefix("\u{FEFF}".as_bytes()).unwrap_or(bytes), errors);
        }
        "utf-16" | "utf16" | "u16" => match bytes {
            [0xFF, 0xFE, rest @ ..] => return utf16(tools, rest, u16::from_le_bytes),
            [0xFE, 0xFF, rest @ ..] => return utf16(tools, rest, u16::from_be_bytes),
            _ => return utf16(tools, bytes, u16::from_le_bytes),
        },
        "utf-16-le" | "utf-16le" | "utf16le" | "utf16-le" => return utf16(tools, bytes, u16::from_le_bytes),
        "utf-16-be" | "utf-16be" | "utf16be" | "utf16-be" => return utf16(tools, bytes, u16::from_be_bytes),
        "utf-32" | "utf32" | "u32" => match bytes {
            [0xFF, 0xFE, 0, 0, rest @ ..] => return utf32(tools, rest, u32::from_le_bytes),
            [0, 0, 0xFE, 0xFF, rest @ ..] => return utf32(tools, rest, u32::from_be_bytes),
            _ => return utf32(tools, bytes, u32::from_le_bytes),
        },
        "utf-32-le" | "utf-32le" => return utf32(tools, bytes, u32::from_le_bytes),
        "utf-32-be" | "utf-32be" => return utf32(tools, bytes, u32::from_be_bytes),
        // Only `codecs.decode` knows it.
        "rot13" | "rot-13" => return None,
        _ => named(name),
    };
    match codec {
        Codec::Utf8 => utf8(tools, bytes, errors),
        Codec::Latin1 => tools.text(latin1(bytes)),
        Codec::Ascii if bytes.is_ascii() => utf8(tools, bytes, errors),
        Codec::Ascii => {
            let kept = bytes.iter().filter(|byte| errors != "ignore" || byte.is_ascii());
            let text = kept.map(|byte| if byte.is_ascii() { char::from(*byte) } else { char::REPLACEMENT_CHARACTER });
            matches!(errors, "ignore" | "replace").then(|| text.collect::<String>()).and_then(|text| tools.text(text))
        }
        Codec::Unknown => None,
        _ => {
            let text = codec.decode(bytes.to_vec()).ok()?;
            // What we have no character for.
            let is_whole = !text.contains(char::REPLACEMENT_CHARACTER);
            if is_whole { tools.text(text) } else { None }
        }
    }
}

fn utf8<'a>(tools: &mut Tools<'a, '_>, bytes: &'a [u8], errors: &str) -> Option<Value<'a>> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Some(part(text));
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        match errors {
            _ if chunk.invalid().is_empty() => {}
            "ignore" => {}
            "replace" => text.push(char::REPLACEMENT_CHARACTER),
            "backslashreplace" => {
                chunk.invalid().iter().for_each(|byte| repr::escaped(char::from(*byte), &mut text));
            }
            _ => return None,
        }
    }
    tools.text(text)
}

fn utf16<'a>(tools: &mut Tools<'a, '_>, bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<Value<'a>> {
    let (units, []) = bytes.as_chunks::<2>() else { return None };
    let text: Result<String, _> = char::decode_utf16(units.iter().map(|bytes| unit(*bytes))).collect();
    tools.text(text.ok()?)
}

fn utf32<'a>(tools: &mut Tools<'a, '_>, bytes: &[u8], unit: fn([u8; 4]) -> u32) -> Option<Value<'a>> {
    let (units, []) = bytes.as_chunks::<4>() else { return None };
    let text: Option<String> = units.iter().map(|bytes| char::from_u32(unit(*bytes))).collect();
    tools.text(text?)
}

/// `str.encode(encoding, errors)`.
pub(super) fn encoded<'a>(tools: &mut Tools<'a, '_>, text: &'a str, name: &str, errors: &str) -> Option<Value<'a>> {
    if text.contains(HOLE) {
        return None;
    }
    let normal = normal(name);
    let units = |unit: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(unit).collect::<Vec<u8>>();
    let codes = |unit: fn(u32) -> [u8; 4]| text.chars().map(u32::from).flat_map(unit).collect::<Vec<u8>>();
    let bytes = match &*normal {
        "utf-8" | "utf8" | "u8" | "utf" => return Some(Value::of(Shape::Bytes(text.as_bytes()))),
        "utf-8-sig" => ["\u{FEFF}", text].concat().into_bytes(),
        "utf-16" | "utf16" | "u16" => [vec![0xFF, 0xFE], units(u16::to_le_bytes)].concat(),
        "utf-16-le" | "utf-16le" | "utf16le" => units(u16::to_le_bytes),
        "utf-16-be" | "utf-16be" | "utf16be" => units(u16::to_be_bytes),
        "utf-32" | "utf32" | "u32" => [vec![0xFF, 0xFE, 0, 0], codes(u32::to_le_bytes)].concat(),
        "utf-32-le" | "utf-32le" => codes(u32::to_le_bytes),
        "utf-32-be" | "utf-32be" => codes(u32::to_be_bytes),
        "unicode-escape" | "unicodeescape" => escapes(text).into_bytes(),
        "raw-unicode-escape" => {
            let mut bytes = Vec::with_capacity(text.len());
            for character in text.chars() {
                match u8::try_from(character) {
                    Ok(byte) => bytes.push(byte),
                    Err(_) => {
                        let mut escape = String::new();
                        repr::escaped(character, &mut escape);
                        bytes.extend(escape.bytes());
                    }
                }
            }
            bytes
        }
        "rot13" | "rot-13" => return None,
        _ => match named(name) {
            Codec::Ascii => narrow(text, '\x7F', errors)?,
            Codec::Latin1 => narrow(text, '\u{FF}', errors)?,
            Codec::Table(encoding) => {
                let (bytes, used, flawed) = encoding.encode(text);
                if flawed || used != encoding {
                    return None;
                }
                bytes.into_owned()
            }
            _ => return None,
        },
    };
    tools.bytes(&bytes)
}

fn escapes(text: &str) -> String {
    let mut escapes = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' => escapes.push_str("\\\\"),
            '\n' => escapes.push_str("\\n"),
            '\r' => escapes.push_str("\\r"),
            '\t' => escapes.push_str("\\t"),
            ' '..='~' => escapes.push(character),
            _ => repr::escaped(character, &mut escapes),
        }
    }
    escapes
}

/// One byte for each character up to the last.
fn narrow(text: &str, last: char, errors: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    for character in text.chars() {
        match (u8::try_from(character), errors) {
            (Ok(byte), _) if character <= last => bytes.push(byte),
            (_, "ignore") => {}
            (_, "replace") => bytes.push(b'?'),
            (_, "backslashreplace") => {
                let mut escape = String::new();
                repr::escaped(character, &mut escape);
                bytes.extend(escape.bytes());
            }
            (_, "xmlcharrefreplace") => bytes.extend(format!("&#{};", u32::from(character)).bytes()),
            _ => return None,
        }
    }
    Some(bytes)
}
