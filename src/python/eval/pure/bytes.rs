//! Methods of bytes: those of strings, on strings of the first 256 characters, and a few of their own.

use super::given::Given;
use super::text::{METHODS, Text};
use super::{Tools, codec, convert, size};
use crate::value::{Shape, Value};

/// What a method of bytes gives.
pub(super) fn method<'a>(
    tools: &mut Tools<'a, '_>,
    bytes: &'a [u8],
    name: &str,
    given: &Given<'a>,
) -> Option<Value<'a>> {
    match name {
        "decode" => {
            let encoding = given.text_or("encoding", 0, "utf-8")?;
            return codec::decoded(tools, bytes, encoding, given.text_or("errors", 1, "strict")?);
        }
        "hex" => return convert::hex(tools, bytes, given),
        "tobytes" | "copy" | "__bytes__" | "getvalue" | "toreadonly" => return Some(Value::of(Shape::Bytes(bytes))),
        "tolist" => {
            let items = tools.items(&Value::of(Shape::Bytes(bytes)))?;
            return tools.sequence(&items);
        }
        "__len__" => return size(bytes.len()),
        // Of a file in memory.
        "read" | "read1" | "getbuffer" if given.count() == 0 => return Some(Value::of(Shape::Bytes(bytes))),
        "join" => {
            let parts = tools.items(&given.at(0)?)?;
            let mut joined: Vec<u8> = Vec::new();
            for (at, item) in parts.iter().enumerate() {
                let Shape::Bytes(item) = item.shape else { return None };
                if !tools.has_room(joined.len() + bytes.len() + item.len()) {
                    return None;
                }
                joined.extend_from_slice(if at > 0 { bytes } else { &[] });
                joined.extend_from_slice(item);
            }
            return tools.bytes(&joined);
        }
        "translate" => return translated(tools, bytes, given),
        _ if !METHODS.contains(&name) => return None,
        "format" | "format_map" | "encode" | "casefold" | "isidentifier" | "isnumeric" | "isdecimal" => return None,
        _ => {}
    }
    let mut given = given.clone();
    for value in given.values_mut() {
        *value = as_text(tools, *value, name)?;
    }
    let text = tools.text(codec::latin1(bytes))?;
    let text = text.text()?;
    let value = Text { text, is_bytes: true }.method(tools, name, &given)?;
    as_bytes(tools, value)
}

/// Bytes as text, one character for each.
fn as_text<'a>(tools: &mut Tools<'a, '_>, value: Value<'a>, method: &str) -> Option<Value<'a>> {
    match value.shape {
        Shape::Bytes(bytes) => tools.text(codec::latin1(bytes)),
        Shape::Int(byte) if matches!(method, "find" | "rfind" | "index" | "rindex" | "count") && byte < 0 => None,
        Shape::Sequence(items) => {
            // What holds itself many times over is not followed.
            let is_flat = !items.iter().any(|item| matches!(item.shape, Shape::Sequence(_)));
            let length: usize = items.iter().map(|item| item.length() + 1).sum();
            if !is_flat || !tools.budget.read(length, tools.span) {
                return None;
            }
            let items: Option<Vec<_>> = items.iter().map(|item| as_text(tools, *item, "")).collect();
            tools.sequence(&items?)
        }
        Shape::Str(_) | Shape::Partial(_) => None,
        _ => Some(value),
    }
}

fn as_bytes<'a>(tools: &mut Tools<'a, '_>, value: Value<'a>) -> Option<Value<'a>> {
    match value.shape {
        Shape::Str(text) | Shape::Partial(text) => {
            let bytes: Option<Vec<u8>> = text.chars().map(|character| u8::try_from(character).ok()).collect();
            tools.bytes(&bytes?)
        }
        Shape::Sequence(items) => {
            let items: Option<Vec<_>> = items.iter().map(|item| as_bytes(tools, *item)).collect();
            tools.sequence(&items?)
        }
        _ => Some(value),
    }
}

fn translated<'a>(tools: &mut Tools<'a, '_>, bytes: &[u8], given: &Given<'a>) -> Option<Value<'a>> {
    let table = match given.at(0)?.shape {
        Shape::None => None,
        Shape::Bytes(table) if table.len() == 256 => Some(table),
        _ => return None,
    };
    let delete: &[u8] = if given.get("delete", 1).is_some() { given.bytes("delete", 1)? } else { &[] };
    let mut is_deleted = [false; 256];
    for byte in delete {
        is_deleted[usize::from(*byte)] = true;
    }
    let kept = bytes.iter().filter(|byte| !is_deleted[usize::from(**byte)]);
    let translated: Option<Vec<u8>> =
        kept.map(|byte| table.map_or(Some(*byte), |table| table.get(usize::from(*byte)).copied())).collect();
    tools.bytes(&translated?)
}
