//! Pure functions of values: what Python's own functions and methods give for arguments that are known.
//!
//! Nothing here looks at names, scopes or the heap. What is not known, or would raise an error, is `None`.
//! Lists, tuples and sets are sequences, bytes and byte arrays are bytes; the caller keeps apart what can change.

mod base;
mod big;
mod binary;
mod bytes;
mod carrier;
mod codec;
mod compress;
mod convert;
mod field;
mod format;
mod given;
mod higher;
mod iterate;
mod json;
mod layout;
mod markup;
mod number;
mod object;
mod operator;
mod path;
mod pattern;
mod percent;
pub(super) mod pickle;
mod quote;
mod repr;
mod sequence;
mod text;
mod url;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::sync::LazyLock;

use bumpalo::Bump;
use rustc_hash::FxHashMap;

use super::budget::Budget;
use crate::event::Call;
use crate::name::{self, hash_of};
use crate::source::Span;
use crate::value::{HOLE, MAX_ALTERNATIVES, Path, Shape, Taint, Value};
use given::Given;

pub(super) use big::written as big_integer;
pub(super) use carrier::attribute;
pub(super) use format::formatted;
pub(super) use object::called;
pub(super) use operator::binary;
pub(super) use path::environment;

/// What folding needs: where results live, what they may cost, and where in the source they are asked for.
pub(super) struct Tools<'a, 'b> {
    pub(super) arena: &'a Bump,
    pub(super) budget: &'b mut Budget,
    pub(super) span: Span,
}

/// A sequence of more items is not built.
const MAX_ITEMS: usize = 1 << 14;
/// A single text or byte string is not built longer.
const MAX_BYTES: usize = 1 << 20;

type Function = for<'a> fn(&mut Tools<'a, '_>, &Given<'a>) -> Option<Value<'a>>;

/// What is known of a name.
#[derive(Clone, Copy)]
enum Known {
    Function(Function),
    /// One that makes something of arguments nobody knows, too.
    Lenient(Function),
    /// A method of a type, called with the object as its first argument.
    Method(&'static str),
}

type Table = &'static [(&'static str, Function)];

const FUNCTIONS: [Table; 16] = [
    base::FUNCTIONS,
    binary::FUNCTIONS,
    codec::FUNCTIONS,
    compress::FUNCTIONS,
    convert::FUNCTIONS,
    higher::FUNCTIONS,
    iterate::FUNCTIONS,
    json::FUNCTIONS,
    markup::FUNCTIONS,
    number::FUNCTIONS,
    object::FUNCTIONS,
    operator::FUNCTIONS,
    pattern::FUNCTIONS,
    quote::FUNCTIONS,
    sequence::FUNCTIONS,
    url::FUNCTIONS,
];

const LENIENT: [Table; 2] = [path::FUNCTIONS, carrier::FUNCTIONS];

/// The functions by the hash of their name.
static KNOWN: LazyLock<FxHashMap<u64, Known>> = LazyLock::new(|| {
    let functions = FUNCTIONS.iter().copied().flatten().map(|(name, function)| (*name, Known::Function(*function)));
    let lenient = LENIENT.iter().copied().flatten().map(|(name, function)| (*name, Known::Lenient(*function)));
    let mut known: FxHashMap<_, _> = functions.chain(lenient).map(|(name, known)| (hash_of(name), known)).collect();
    for kind in ["builtins.str", "builtins.bytes", "builtins.bytearray"].map(hash_of) {
        for method in text::METHODS.iter().copied() {
            known.entry(name::step(kind, method)).or_insert(Known::Method(method));
        }
    }
    known
});

/// What calling a known function with these arguments gives; `None` where that is not known (or it is not pure).
pub(super) fn function<'a>(tools: &mut Tools<'a, '_>, path: &Path<'a>, call: &Call<'a>) -> Option<Value<'a>> {
    let known = *KNOWN.get(&path.hash)?;
    let given = Given::new(tools.arena, call);
    if !matches!(known, Known::Lenient(_)) && given.splat {
        return None;
    }
    let mut room = MAX_ALTERNATIVES;
    tools.each(given, &mut room, &mut |tools, given| match known {
        Known::Function(function) | Known::Lenient(function) => function(tools, given),
        Known::Method(name) => {
            let (receiver, given) = given.split()?;
            tools.method(receiver, name, &given)
        }
    })
}

/// What a method of a value gives.
pub(super) fn method<'a>(
    tools: &mut Tools<'a, '_>,
    receiver: Value<'a>,
    name: &str,
    call: &Call<'a>,
) -> Option<Value<'a>> {
    if matches!(
        receiver.shape,
        Shape::Unknown | Shape::Path(_) | Shape::Function(_) | Shape::Class(_) | Shape::Instance(_) | Shape::Cell(_)
    ) {
        return None;
    }
    let mut given = Given::new(tools.arena, call);
    given.positional.insert(0, receiver);
    let mut room = MAX_ALTERNATIVES;
    tools.each(given, &mut room, &mut |tools, given| {
        let (receiver, given) = given.split()?;
        tools.method(receiver, name, &given)
    })
}

/// The value of a well-known name.
pub(super) fn constant<'a>(arena: &'a Bump, path: &Path<'a>) -> Option<Value<'a>> {
    if let Some(text) = path::constant(path) {
        return Some(Value::of(Shape::Str(text)));
    }
    let parent = path.parent?;
    if parent.parent.is_some() {
        return None;
    }
    let text: &str = match (parent.segment, path.segment) {
        ("string", "ascii_letters") => "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
        ("string", "ascii_lowercase") => "abcdefghijklmnopqrstuvwxyz",
        ("string", "ascii_uppercase") => "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        ("string", "digits") => "0123456789",
        ("string", "hexdigits") => "0123456789abcdefABCDEF",
        ("string", "octdigits") => "01234567",
        ("string", "punctuation") => "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
        ("string", "whitespace") => " \t\n\r\x0b\x0c",
        ("string", "printable") => {
            "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ \t\n\r\x0b\x0c"
        }
        ("re", name) => return pattern::flag(name).map(|flag| Value::of(Shape::Int(flag))),
        ("math", "pi") => return Some(Value::of(Shape::Float(std::f64::consts::PI))),
        ("math", "e") => return Some(Value::of(Shape::Float(std::f64::consts::E))),
        ("sys", "maxsize") => return Some(Value::of(Shape::Int(i64::MAX))),
        ("sys", "maxunicode") => return Some(Value::of(Shape::Int(0x10_FFFF))),
        _ => return None,
    };
    Some(Value::of(Shape::Str(arena.alloc_str(text))))
}

impl<'a> Tools<'a, '_> {
    /// Applies a function to each combination of the alternatives that its arguments have.
    fn each(
        &mut self,
        mut given: Given<'a>,
        room: &mut usize,
        apply: &mut dyn FnMut(&mut Self, &Given<'a>) -> Option<Value<'a>>,
    ) -> Option<Value<'a>> {
        let several = given.values_mut().enumerate().find_map(|(at, value)| match value.shape {
            Shape::Either(values) => Some((at, values, value.taint)),
            _ => None,
        });
        let Some((at, values, taint)) = several else {
            *room = room.checked_sub(1)?;
            let length: usize = given.values().map(Value::length).sum();
            if !self.budget.read(length, self.span) {
                return None;
            }
            return apply(self, &given);
        };
        let mut all: Option<Value<'a>> = None;
        let mut is_known = false;
        for value in values {
            // The combinations are as many as the product of all alternatives.
            if *room == 0 {
                all = all.map(|all| all.or(Value::UNKNOWN, self.arena));
                break;
            }
            let mut given = given.clone();
            if let Some(slot) = given.values_mut().nth(at) {
                *slot = Value { taint: value.taint.or(taint), ..*value };
            }
            let result = if matches!(value.shape, Shape::Either(_)) { None } else { self.each(given, room, apply) };
            is_known |= result.is_some();
            let result = result.unwrap_or(Value::UNKNOWN);
            all = Some(all.map_or(result, |all| all.or(result, self.arena)));
        }
        all.filter(|_| is_known)
    }

    fn method(&mut self, receiver: Value<'a>, name: &str, given: &Given<'a>) -> Option<Value<'a>> {
        // Paths make something of what is not known.
        if let Shape::Carrier(carrier) = receiver.shape {
            return carrier::method(self, carrier, name, given);
        }
        let is_lenient = matches!(name, "format" | "format_map" | "join");
        if given.splat && !is_lenient {
            return None;
        }
        match receiver.shape {
            Shape::Str(text) | Shape::Partial(text) => text::method(self, text, name, given),
            Shape::Bytes(bytes) => bytes::method(self, bytes, name, given),
            Shape::Int(number) => number::method(self, number, name, given),
            Shape::Bool(truth) => number::method(self, i64::from(truth), name, given),
            Shape::Float(number) => number::float_method(self, number, name),
            Shape::Sequence(items) => sequence::method(self, items, name, given),
            Shape::Dict(items) => sequence::dict_method(self, items, name, given),
            _ => None,
        }
    }

    /// Whether so many bytes can be built. Takes nothing: what is built pays when it gets its place.
    fn has_room(&mut self, bytes: usize) -> bool {
        if bytes > MAX_BYTES {
            self.budget.exceeded.get_or_insert(self.span);
            return false;
        }
        self.budget.affords(bytes, self.span)
    }

    fn text<'t>(&mut self, text: impl Into<Cow<'t, str>>) -> Option<Value<'a>> {
        let text = text.into();
        if !self.has_room(text.len()) || !self.budget.build(text.len(), self.span) {
            return None;
        }
        Some(part(self.arena.alloc_str(&text)))
    }

    fn bytes(&mut self, bytes: &[u8]) -> Option<Value<'a>> {
        if !self.has_room(bytes.len()) || !self.budget.build(bytes.len(), self.span) {
            return None;
        }
        Some(Value::of(Shape::Bytes(self.arena.alloc_slice_copy(bytes))))
    }

    fn sequence(&mut self, items: &[Value<'a>]) -> Option<Value<'a>> {
        if items.len() > MAX_ITEMS || !self.budget.build_items::<Value>(items.len(), self.span) {
            return None;
        }
        let taint = items.iter().fold(Taint::default(), |taint, item| taint.or(item.taint));
        Some(Value { taint, ..Value::of(Shape::Sequence(self.arena.alloc_slice_copy(items))) })
    }

    fn dict(&mut self, items: &[(Value<'a>, Value<'a>)]) -> Option<Value<'a>> {
        if items.len() > MAX_ITEMS || !self.budget.build_items::<(Value, Value)>(items.len(), self.span) {
            return None;
        }
        let taint = items.iter().fold(Taint::default(), |taint, (key, value)| taint.or(key.taint).or(value.taint));
        Some(Value { taint, ..Value::of(Shape::Dict(self.arena.alloc_slice_copy(items))) })
    }

    /// What iterating over a value gives, if every item is known to be there.
    fn items(&mut self, value: &Value<'a>) -> Option<Cow<'a, [Value<'a>]>> {
        let length = match value.shape {
            Shape::Sequence(items) => items.len(),
            Shape::Dict(items) => items.len(),
            Shape::Str(_) | Shape::Bytes(_) => value.length(),
            _ => return None,
        };
        if length > MAX_ITEMS {
            self.budget.exceeded.get_or_insert(self.span);
            return None;
        }
        if !self.budget.read_items(length, self.span) {
            return None;
        }
        match value.shape {
            Shape::Sequence(items) if items.iter().any(|item| matches!(item.shape, Shape::Path(_))) => {
                let known = |item: &Value<'a>| match item.shape {
                    Shape::Path(path) => constant(self.arena, path).unwrap_or(*item),
                    _ => *item,
                };
                Some(Cow::Owned(items.iter().map(known).collect()))
            }
            Shape::Sequence(items) => Some(Cow::Borrowed(items)),
            Shape::Str(text) => Some(Cow::Owned(characters(text).map(|text| Value::of(Shape::Str(text))).collect())),
            Shape::Bytes(bytes) => Some(Cow::Owned(bytes.iter().map(|byte| int(i64::from(*byte))).collect())),
            Shape::Dict(items) => Some(Cow::Owned(items.iter().map(|(key, _)| *key).collect())),
            _ => None,
        }
    }
}

/// The characters of a text, each as a text.
fn characters(text: &str) -> impl Iterator<Item = &str> {
    text.char_indices().map(|(at, character)| &text[at..at + character.len_utf8()])
}

/// A text that lives long enough already.
fn part(text: &str) -> Value<'_> {
    Value::of(if text.contains(HOLE) { Shape::Partial(text) } else { Shape::Str(text) })
}

fn int<'a>(number: i64) -> Value<'a> {
    Value::of(Shape::Int(number))
}

/// A length or position as Python's number.
fn size<'a>(number: usize) -> Option<Value<'a>> {
    i64::try_from(number).ok().map(int)
}

fn truth<'a>(truth: bool) -> Option<Value<'a>> {
    Some(Value::of(Shape::Bool(truth)))
}
