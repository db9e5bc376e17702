//! `base64` and the hexadecimal and base-64 functions of `binascii`.

use super::given::Given;
use super::{Table, Tools, convert};
use crate::value::{Shape, Value};

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const BASE32_HEX: &[u8; 32] = b"0123456789ABCDEFGHIJKLMNOPQRSTUV";
const BASE85: &[u8; 85] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";

pub(super) const FUNCTIONS: Table =
    &[
        ("base64.b64decode", |tools, given| {
            let source = given.ascii("s", 0)?;
            let source = match given.get("altchars", 1).map(|value| value.shape) {
                None | Some(Shape::None) => source.to_vec(),
                Some(_) => match given.ascii("altchars", 1)? {
                    [plus, slash] => swapped(source, [(*plus, b'+'), (*slash, b'/')]),
                    _ => return None,
                },
            };
            tools.bytes(&base64(&source, given.truth_or("validate", 2, false)?)?)
        }),
        ("base64.standard_b64decode", |tools, given| tools.bytes(&base64(given.ascii("s", 0)?, false)?)),
        ("base64.urlsafe_b64decode", |tools, given| {
            let source = swapped(given.ascii("s", 0)?, [(b'-', b'+'), (b'_', b'/')]);
            tools.bytes(&base64(&source, false)?)
        }),
        ("base64.decodebytes", |tools, given| tools.bytes(&base64(given.bytes("s", 0)?, false)?)),
        ("base64.decodestring", |tools, given| tools.bytes(&base64(given.bytes("s", 0)?, false)?)),
        ("binascii.a2b_base64", |tools, given| {
            let is_strict = given.named("strict_mode").map_or(Some(false), |strict| strict.truth())?;
            tools.bytes(&base64(given.ascii("data", 0)?, is_strict)?)
        }),
        ("base64.b64encode", |tools, given| {
            let coded = encoded(given.bytes("s", 0)?, BASE64, 6);
            match given.get("altchars", 1).map(|value| value.shape) {
                None | Some(Shape::None) => tools.bytes(&coded),
                Some(Shape::Bytes([plus, slash])) => tools.bytes(&swapped(&coded, [(b'+', *plus), (b'/', *slash)])),
                Some(_) => None,
            }
        }),
        ("base64.standard_b64encode", |tools, given| tools.bytes(&encoded(given.bytes("s", 0)?, BASE64, 6))),
        ("base64.urlsafe_b64encode", |tools, given| {
            tools.bytes(&swapped(&encoded(given.bytes("s", 0)?, BASE64, 6), [(b'+', b'-'), (b'/', b'_')]))
        }),
        ("base64.encodebytes", |tools, given| tools.bytes(&lines_of_base64(given.bytes("s", 0)?))),
        ("binascii.b2a_base64", |tools, given| {
            let newline = given.named("newline").map_or(Some(true), |newline| newline.truth())?;
            let mut coded = encoded(given.bytes("data", 0)?, BASE64, 6);
            coded.extend(newline.then_some(b'\n'));
            tools.bytes(&coded)
        }),
        ("base64.b32decode", |tools, given| {
            let source = base32(given)?;
            let source = match given.get("map01", 2).map(|value| value.shape) {
                None | Some(Shape::None) => source,
                Some(_) => match given.ascii("map01", 2)? {
                    [one] => swapped(&source, [(b'0', b'O'), (b'1', *one)]),
                    _ => return None,
                },
            };
            tools.bytes(&decoded(&source, BASE32, 5)?)
        }),
        ("base64.b32hexdecode", |tools, given| tools.bytes(&decoded(&base32(given)?, BASE32_HEX, 5)?)),
        ("base64.b32encode", |tools, given| tools.bytes(&encoded(given.bytes("s", 0)?, BASE32, 5))),
        ("base64.b32hexencode", |tools, given| tools.bytes(&encoded(given.bytes("s", 0)?, BASE32_HEX, 5))),
        ("base64.b16decode", |tools, given| {
            let source = given.ascii("s", 0)?;
            let has_lower = source.iter().any(u8::is_ascii_lowercase) && !given.truth_or("casefold", 1, false)?;
            if has_lower { None } else { tools.bytes(&unhex(source)?) }
        }),
        ("base64.b16encode", |tools, given| tools.bytes(hex(given.bytes("s", 0)?).to_ascii_uppercase().as_bytes())),
        ("base64.b85decode", |tools, given| {
            let digits = given.ascii("b", 0)?.iter().map(|byte| memchr::memchr(*byte, BASE85));
            tools.bytes(&base85(digits.collect::<Option<_>>()?)?)
        }),
        ("base64.b85encode", |tools, given| tools.bytes(&to_base85(given.bytes("b", 0)?, false)?)),
        ("base64.a85decode", |tools, given| {
            let source = given.ascii("b", 0)?;
            let is_framed = given.named("adobe").is_some_and(|adobe| adobe.truth() == Some(true));
            let source = match is_framed {
                true => source.strip_suffix(b"~>").map(|source| source.strip_prefix(b"<~").unwrap_or(source))?,
                false => source,
            };
            let mut digits: Vec<usize> = Vec::with_capacity(source.len());
            for byte in source {
                match byte {
                    b'!'..=b'u' => digits.push(usize::from(byte - b'!')),
                    b'z' if digits.len().is_multiple_of(5) => digits.extend([0; 5]),
                    b' ' | b'\t' | b'\n' | b'\r' | b'\x0b' => {}
                    _ => return None,
                }
            }
            tools.bytes(&base85(digits)?)
        }),
        ("base64.a85encode", |tools, given| {
            if given.count() > 1 { None } else { tools.bytes(&to_base85(given.bytes("b", 0)?, true)?) }
        }),
        ("binascii.unhexlify", |tools, given| tools.bytes(&unhex(given.ascii("hexstr", 0)?)?)),
        ("binascii.a2b_hex", |tools, given| tools.bytes(&unhex(given.ascii("hexstr", 0)?)?)),
        ("binascii.hexlify", hexlify),
        ("binascii.b2a_hex", hexlify),
        ("binascii.crc32", |_, given| {
            if given.count() > 1 {
                return None;
            }
            let mut sum = flate2::Crc::new();
            sum.update(given.bytes("data", 0)?);
            Some(super::int(i64::from(sum.sum())))
        }),
    ];

fn hexlify<'a>(tools: &mut Tools<'a, '_>, given: &Given<'a>) -> Option<Value<'a>> {
    let (first, others) = given.split()?;
    let Shape::Bytes(bytes) = first.shape else { return None };
    let text = convert::hex(tools, bytes, &others)?;
    Some(Value::of(Shape::Bytes(text.text()?.as_bytes())))
}

fn swapped(source: &[u8], pairs: [(u8, u8); 2]) -> Vec<u8> {
    let swap = |byte: &u8| pairs.iter().find(|(from, _)| from == byte).map_or(*byte, |(_, into)| *into);
    source.iter().map(swap).collect()
}

fn base32(given: &Given<'_>) -> Option<Vec<u8>> {
    let source = given.ascii("s", 0)?;
    let source = if given.truth_or("casefold", 1, false)? { source.to_ascii_uppercase() } else { source.to_vec() };
    source.len().is_multiple_of(8).then_some(source)
}

pub(super) fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

pub(super) fn unhex(digits: &[u8]) -> Option<Vec<u8>> {
    let (pairs, []) = digits.as_chunks::<2>() else { return None };
    let digit = |digit: u8| char::from(digit).to_digit(16);
    pairs.iter().map(|[high, low]| u8::try_from(digit(*high)? << 4 | digit(*low)?).ok()).collect()
}

/// Base 64 as `binascii` reads it: whatever is no digit is passed over, unless that is an error.
pub(super) fn base64(source: &[u8], is_strict: bool) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(source.len() / 4 * 3 + 3);
    let (mut digits, mut pads, mut buffer) = (0_u32, 0, 0_u32);
    for (at, byte) in source.iter().enumerate() {
        if *byte == b'=' {
            if digits >= 2 {
                pads += 1;
                if digits + pads >= 4 {
                    return (!is_strict || at + 1 == source.len()).then_some(bytes);
                }
            } else if is_strict {
                return None;
            }
            continue;
        }
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ if is_strict => return None,
            _ => continue,
        };
        if is_strict && pads > 0 {
            return None;
        }
        pads = 0;
        buffer = buffer << 6 | u32::from(value);
        digits = (digits + 1) % 4;
        let [low, ..] = buffer.to_le_bytes();
        // Each digit but the first of four completes a byte.
        match digits {
            2 => bytes.push((buffer >> 4 & 0xFF) as u8),
            3 => bytes.push((buffer >> 2 & 0xFF) as u8),
            0 => bytes.push(low),
            _ => {}
        }
    }
    (digits == 0).then_some(bytes)
}

pub(super) fn lines_of_base64(bytes: &[u8]) -> Vec<u8> {
    const LINE: usize = 57;
    bytes.chunks(LINE).flat_map(|line| [encoded(line, BASE64, 6), vec![b'\n']].concat()).collect()
}

/// Digits of so many bits, filled up with `=` where a group of bytes is not whole.
fn encoded(bytes: &[u8], alphabet: &[u8], bits: u32) -> Vec<u8> {
    let mut coded = Vec::with_capacity(bytes.len() * 2);
    let (mut buffer, mut held) = (0_u32, 0);
    let push = |coded: &mut Vec<u8>, value: u32| {
        let digit = usize::try_from(value).ok().and_then(|value| alphabet.get(value));
        coded.extend(digit);
    };
    let mask = (1 << bits) - 1;
    for byte in bytes {
        buffer = (buffer << 8 | u32::from(*byte)) & 0xFFFF;
        held += 8;
        while held >= bits {
            held -= bits;
            push(&mut coded, buffer >> held & mask);
        }
    }
    if held > 0 {
        push(&mut coded, buffer << (bits - held) & mask);
    }
    let group = if bits == 6 { 4 } else { 8 };
    while !coded.len().is_multiple_of(group) {
        coded.push(b'=');
    }
    coded
}

fn decoded(source: &[u8], alphabet: &[u8], bits: u32) -> Option<Vec<u8>> {
    let length = source.iter().rposition(|byte| *byte != b'=').map_or(0, |last| last + 1);
    // So many signs of padding, no others, are left by whole bytes.
    if !matches!(source.len() - length, 0 | 1 | 3 | 4 | 6) {
        return None;
    }
    let mut bytes = Vec::with_capacity(length);
    let (mut buffer, mut held) = (0_u32, 0);
    for byte in &source[..length] {
        let value = u32::try_from(memchr::memchr(*byte, alphabet)?).ok()?;
        buffer = (buffer << bits | value) & 0xFFFF;
        held += bits;
        if held >= 8 {
            held -= 8;
            bytes.push((buffer >> held & 0xFF) as u8);
        }
    }
    Some(bytes)
}

/// Four bytes for five digits; the last group may be shorter.
fn base85(mut digits: Vec<usize>) -> Option<Vec<u8>> {
    const LAST: usize = 84;
    let padding = (5 - digits.len() % 5) % 5;
    digits.extend(std::iter::repeat_n(LAST, padding));
    let mut bytes = Vec::with_capacity(digits.len());
    for group in digits.chunks(5) {
        let value = group.iter().try_fold(0_u64, |value, digit| Some(value * 85 + u64::try_from(*digit).ok()?))?;
        bytes.extend(u32::try_from(value).ok()?.to_be_bytes());
    }
    bytes.truncate(bytes.len().saturating_sub(padding));
    Some(bytes)
}

fn to_base85(bytes: &[u8], is_ascii85: bool) -> Option<Vec<u8>> {
    let mut coded = Vec::with_capacity(bytes.len() * 2);
    for group in bytes.chunks(4) {
        let mut whole = [0; 4];
        whole[..group.len()].copy_from_slice(group);
        let value = u32::from_be_bytes(whole);
        if is_ascii85 && value == 0 && group.len() == 4 {
            coded.push(b'z');
            continue;
        }
        for place in (0..5).rev().take(group.len() + 1) {
            let digit = usize::try_from(value / 85_u32.pow(place) % 85).ok()?;
            coded.push(if is_ascii85 { b'!' + u8::try_from(digit).ok()? } else { *BASE85.get(digit)? });
        }
    }
    Some(coded)
}
