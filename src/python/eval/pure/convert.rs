//! Conversions between types: `chr`, `str`, `bytes`, `list`, `dict`, and what tells of a value.

use super::given::{Given, integer};
use super::{Table, Tools, base, codec, format, int, iterate, repr, size, truth};
use crate::value::{Shape, Value};

pub(super) const FUNCTIONS: Table = &[
    ("builtins.chr", |tools, given| {
        let character = char::from_u32(u32::try_from(given.int("", 0)?).ok()?)?;
        tools.text(&*character.encode_utf8(&mut [0; 4]))
    }),
    ("builtins.ord", |_, given| match given.at(0)?.shape {
        Shape::Str(text) => {
            let mut characters = text.chars();
            let code = i64::from(u32::from(characters.next()?));
            characters.next().is_none().then(|| int(code))
        }
        Shape::Bytes([byte]) => Some(int(i64::from(*byte))),
        _ => None,
    }),
    ("builtins.str", |tools, given| match given.get("object", 0) {
        None => tools.text(""),
        Some(value) => match value.shape {
            Shape::Bytes(bytes) if given.count() > 1 => {
                let encoding = given.text_or("encoding", 1, "utf-8")?;
                codec::decoded(tools, bytes, encoding, given.text_or("errors", 2, "strict")?)
            }
            _ => tools.text(repr::shown(&value)?),
        },
    }),
    ("builtins.repr", |tools, given| tools.text(repr::repr(&given.at(0)?)?)),
    ("builtins.ascii", |tools, given| tools.text(repr::ascii(&given.at(0)?)?)),
    ("builtins.format", |tools, given| {
        let formatted = format::formatted(tools, &given.at(0)?, None, given.text_or("", 1, "")?)?;
        tools.text(formatted)
    }),
    ("builtins.bytes", to_bytes),
    ("builtins.bytearray", to_bytes),
    ("builtins.memoryview", to_bytes),
    ("io.BytesIO", to_bytes),
    ("array.array", |tools, given| {
        let (kind, given) = given.split()?;
        match (kind.text()?, given.at(0)?.shape) {
            ("B" | "b", Shape::Bytes(_) | Shape::Sequence(_)) => to_bytes(tools, &given),
            ("u", Shape::Str(_)) => given.at(0),
            _ => None,
        }
    }),
    ("io.StringIO", |_, given| given.at(0).filter(|value| value.text().is_some())),
    ("builtins.bytes.fromhex", from_hex),
    ("builtins.bytearray.fromhex", from_hex),
    ("builtins.str.maketrans", str_table),
    ("builtins.bytes.maketrans", bytes_table),
    ("builtins.bytearray.maketrans", bytes_table),
    ("builtins.bool", |_, given| truth(given.at(0).map_or(Some(false), |value| value.truth())?)),
    ("builtins.len", |tools, given| match given.at(0)?.shape {
        Shape::Str(text) => size(text.chars().count()),
        Shape::Bytes(bytes) => size(bytes.len()),
        Shape::Sequence(items) => size(items.len()),
        Shape::Dict(items) if tools.budget.read_items(items.len(), tools.span) => size(items.len()),
        _ => None,
    }),
    ("builtins.list", to_sequence),
    ("builtins.tuple", to_sequence),
    ("collections.deque", to_sequence),
    ("builtins.set", distinct),
    ("builtins.frozenset", distinct),
    ("builtins.dict", to_dict),
    ("collections.OrderedDict", to_dict),
    ("builtins.dict.fromkeys", |tools, given| {
        let value = given.at(1).unwrap_or(Value::of(Shape::None));
        let keys = tools.items(&given.at(0)?)?;
        let items: Vec<_> = keys.iter().map(|key| (*key, value)).collect();
        tools.dict(&items)
    }),
    ("builtins.isinstance", is_instance),
    ("builtins.callable", |_, given| match given.at(0)?.shape {
        Shape::Function(_) | Shape::Class(_) => truth(true),
        Shape::Str(_) | Shape::Int(_) | Shape::Bytes(_) | Shape::None | Shape::Sequence(_) => truth(false),
        _ => None,
    }),
];

fn to_bytes<'a>(tools: &mut Tools<'a, '_>, given: &Given<'a>) -> Option<Value<'a>> {
    let Some(value) = given.at(0) else { return tools.bytes(&[]) };
    match value.shape {
        Shape::Str(text) if given.count() > 1 => {
            let encoding = given.text("encoding", 1)?;
            codec::encoded(tools, text, encoding, given.text_or("errors", 2, "strict")?)
        }
        Shape::Bytes(bytes) => Some(Value::of(Shape::Bytes(bytes))),
        Shape::Int(length) => {
            let length = usize::try_from(length).ok()?;
            if tools.has_room(length) { tools.bytes(&vec![0; length]) } else { None }
        }
        Shape::Sequence(_) => {
            let items = tools.items(&value)?;
            let bytes: Option<Vec<u8>> = items.iter().map(|item| u8::try_from(integer(item)?).ok()).collect();
            tools.bytes(&bytes?)
        }
        _ => None,
    }
}

fn from_hex<'a>(tools: &mut Tools<'a, '_>, given: &Given<'a>) -> Option<Value<'a>> {
    let text = given.text("", 0)?;
    // Spaces may stand between bytes, not within.
    let mut bytes = Vec::with_capacity(text.len() / 2);
    for part in text.split(|c: char| c.is_ascii_whitespace() || c == '\x0b') {
        bytes.extend(base::unhex(part.as_bytes())?);
    }
    tools.bytes(&bytes)
}

/// `bytes.hex(separator, group)`.
pub(super) fn hex<'a>(tools: &mut Tools<'a, '_>, bytes: &[u8], given: &Given<'a>) -> Option<Value<'a>> {
    let digits = base::hex(bytes);
    let separator = match given.get("sep", 0) {
        None => return tools.text(digits),
        Some(_) => String::from_utf8_lossy(given.ascii("sep", 0)?),
    };
    let group = given.int_or("bytes_per_sep", 1, 1)?;
    let length = usize::try_from(group.unsigned_abs()).ok()?.saturating_mul(2);
    if length == 0 {
        return tools.text(digits);
    }
    // Counted from the right, unless the number is negative.
    let first = if group < 0 { 0 } else { digits.len() % length };
    let (head, tail) = digits.split_at(first);
    let tail = tail.as_bytes().chunks(length).map(String::from_utf8_lossy);
    let parts: Vec<_> = (!head.is_empty()).then_some(head.into()).into_iter().chain(tail).collect();
    tools.text(parts.join(&separator))
}

fn code<'a>(character: char) -> Value<'a> {
    int(i64::from(u32::from(character)))
}

fn str_table<'a>(tools: &mut Tools<'a, '_>, given: &Given<'a>) -> Option<Value<'a>> {
    if let Shape::Dict(items) = given.at(0)?.shape {
        if !tools.budget.read_items(items.len(), tools.span) {
            return None;
        }
        let key = |key: &Value<'a>| match key.shape {
            Shape::Str(text) => text.chars().next().map(code),
            _ => integer(key).map(int),
        };
        let items: Option<Vec<_>> = items.iter().map(|(own, value)| Some((key(own)?, *value))).collect();
        return tools.dict(&items?);
    }
    let (from, into) = (given.text("", 0)?, given.text("", 1)?);
    if from.chars().count() != into.chars().count() {
        return None;
    }
    let pairs = from.chars().map(code).zip(into.chars().map(code));
    let deleted = given.text_or("", 2, "")?.chars().map(|character| (code(character), Value::of(Shape::None)));
    let items: Vec<_> = pairs.chain(deleted).collect();
    tools.dict(&items)
}

fn bytes_table<'a>(tools: &mut Tools<'a, '_>, given: &Given<'a>) -> Option<Value<'a>> {
    let (from, into) = (given.bytes("", 0)?, given.bytes("", 1)?);
    if from.len() != into.len() {
        return None;
    }
    let mut table: Vec<u8> = (0..=u8::MAX).collect();
    for (from, into) in from.iter().zip(into) {
        table[usize::from(*from)] = *into;
    }
    tools.bytes(&table)
}

fn to_sequence<'a>(tools: &mut Tools<'a, '_>, given: &Given<'a>) -> Option<Value<'a>> {
    match given.at(0) {
        None => tools.sequence(&[]),
        Some(value) if matches!(value.shape, Shape::Sequence(_)) => Some(value),
        Some(value) => {
            let items = tools.items(&value)?;
            tools.sequence(&items)
        }
    }
}

fn distinct<'a>(tools: &mut Tools<'a, '_>, given: &Given<'a>) -> Option<Value<'a>> {
    // Each is compared with all before.
    const MOST: usize = 128;
    let Some(value) = given.at(0) else { return tools.sequence(&[]) };
    let items = tools.items(&value)?;
    if items.len() > MOST {
        return tools.sequence(&items);
    }
    if !iterate::can_compare(tools, items.len() * items.len()) {
        return None;
    }
    let mut distinct: Vec<Value<'a>> = Vec::new();
    for item in items.iter() {
        if !distinct.iter().any(|other| iterate::equal(other, item) == Some(true)) {
            distinct.push(*item);
        }
    }
    tools.sequence(&distinct)
}

fn to_dict<'a>(tools: &mut Tools<'a, '_>, given: &Given<'a>) -> Option<Value<'a>> {
    let mut items: Vec<(Value<'a>, Value<'a>)> = match given.at(0).map(|value| (value, value.shape)) {
        None => Vec::new(),
        Some((_, Shape::Dict(items))) if tools.budget.read_items(items.len(), tools.span) => items.to_vec(),
        Some((value, Shape::Sequence(_))) => {
            let mut items = Vec::new();
            for pair in tools.items(&value)?.iter() {
                let pair = tools.items(pair)?;
                let [key, value] = &*pair else { return None };
                items.push((*key, *value));
            }
            items
        }
        Some(_) => return None,
    };
    items.extend(given.named.iter().map(|(name, value)| (Value::of(Shape::Str(name)), *value)));
    tools.dict(&items)
}

/// The string keys of a dictionary as names of arguments.
pub(super) fn as_names<'a>(items: &[(Value<'a>, Value<'a>)]) -> Given<'a> {
    let name = |(key, value): &(Value<'a>, Value<'a>)| match key.shape {
        Shape::Str(name) => Some((name, *value)),
        _ => None,
    };
    Given { named: items.iter().rev().filter_map(name).collect(), ..Given::of(&[]) }
}

fn is_instance<'a>(_: &mut Tools<'a, '_>, given: &Given<'a>) -> Option<Value<'a>> {
    let class = given.at(1)?;
    let own: &[&str] = match given.at(0)?.shape {
        Shape::Str(_) | Shape::Partial(_) => &["str"],
        Shape::Bool(_) => &["bool", "int"],
        Shape::Int(_) => &["int"],
        Shape::Float(_) => &["float"],
        Shape::Dict(_) => &["dict"],
        _ => return None,
    };
    let classes = match class.shape {
        Shape::Sequence(items) => items,
        _ => std::slice::from_ref(&class),
    };
    let mut holds = false;
    for class in classes {
        let Shape::Path(path) = class.shape else { return None };
        let parent = path.parent?;
        if parent.segment != "builtins" {
            return None;
        }
        holds |= own.contains(&path.segment) || path.segment == "object";
    }
    truth(holds)
}
