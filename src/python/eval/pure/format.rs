//! `str.format`, `format()` and the fields of f-strings (Python library, "Format String Syntax").

use std::borrow::Cow;

use super::field::Field;
use super::given::Given;
use super::{Tools, repr};
use crate::value::{HOLE, Shape, Value};

/// Fields stand inside of the specification of a field, and no deeper.
const MAX_DEPTH: usize = 2;

/// What a field gives for a value, its conversion (`r`, `s` or `a`) and its specification; `None` where that is not known.
pub(in crate::python::eval) fn formatted<'a>(
    tools: &mut Tools<'a, '_>,
    value: &Value<'a>,
    conversion: Option<char>,
    spec: &str,
) -> Option<Cow<'a, str>> {
    if !tools.budget.read(value.length(), tools.span) {
        return None;
    }
    let value = match conversion {
        Some('r') => tools.text(repr::repr(value)?)?,
        Some('a') => tools.text(repr::ascii(value)?)?,
        Some('s') => tools.text(repr::shown(value)?)?,
        _ => *value,
    };
    if spec.is_empty() { repr::shown(&value) } else { Field::read(spec)?.apply(&value) }
}

/// `text.format(...)`: what is not known is a hole.
pub(super) fn format<'a>(tools: &mut Tools<'a, '_>, text: &str, given: &Given<'a>) -> Option<Value<'a>> {
    let mut built = String::new();
    let mut next = 0;
    fields(tools, text, given, &mut next, 0, &mut built)?;
    tools.text(built)
}

fn push(tools: &mut Tools<'_, '_>, built: &mut String, part: &str) -> Option<()> {
    if !tools.has_room(built.len() + part.len()) {
        return None;
    }
    built.push_str(part);
    Some(())
}

/// `None` where the budget ends.
fn fields<'a>(
    tools: &mut Tools<'a, '_>,
    text: &str,
    given: &Given<'a>,
    next: &mut usize,
    depth: usize,
    built: &mut String,
) -> Option<()> {
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        push(tools, built, &rest[..at])?;
        let brace = &rest[at..=at];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(brace) {
            push(tools, built, brace)?;
            rest = after;
            continue;
        }
        let field = if brace == "{" { end_of_field(rest).map(|end| &rest[..end]) } else { None };
        // A brace alone is an error.
        let Some(field) = field else {
            built.push(HOLE);
            return Some(());
        };
        rest = &rest[field.len() + 1..];
        if !tools.budget.read_items(given.count() + 1, tools.span) {
            return None;
        }
        match self::field(tools, field, given, next, depth) {
            Some(text) => push(tools, built, &text)?,
            None => built.push(HOLE),
        }
    }
    push(tools, built, rest)
}

/// Where the brace that closes a field stands: fields in its specification have braces of their own.
fn end_of_field(text: &str) -> Option<usize> {
    let mut open = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => open += 1,
            b'}' if open == 0 => return Some(at),
            b'}' => open -= 1,
            _ => {}
        }
    }
    None
}

fn field<'a>(
    tools: &mut Tools<'a, '_>,
    field: &str,
    given: &Given<'a>,
    next: &mut usize,
    depth: usize,
) -> Option<Cow<'a, str>> {
    // A colon or an exclamation mark may be part of an index.
    let mut inside = false;
    let end = field.find(|c: char| {
        inside = (inside || c == '[') && c != ']';
        !inside && matches!(c, ':' | '!')
    });
    let (target, tail) = field.split_at(end.unwrap_or(field.len()));
    let value = target_value(tools, target, given, next);
    let (conversion, spec) = match tail.strip_prefix('!') {
        Some(tail) => {
            let conversion = tail.chars().next()?;
            (Some(conversion), &tail[conversion.len_utf8()..])
        }
        None => (None, tail),
    };
    let spec = spec.strip_prefix(':').unwrap_or(spec);
    if !spec.contains('{') {
        return formatted(tools, &value?, conversion, spec);
    }
    if depth + 1 >= MAX_DEPTH {
        return None;
    }
    let mut built = String::new();
    fields(tools, spec, given, next, depth + 1, &mut built)?;
    formatted(tools, &value?, conversion, &built)
}

/// The argument that a field names, with what follows: `0`, `name`, `0[key]`.
fn target_value<'a>(tools: &mut Tools<'a, '_>, target: &str, given: &Given<'a>, next: &mut usize) -> Option<Value<'a>> {
    let end = target.find(['.', '[']).unwrap_or(target.len());
    let (name, mut path) = target.split_at(end);
    let mut value = if name.is_empty() {
        *next += 1;
        // Behind a splat, positions are not known.
        given.at(*next - 1).filter(|_| !given.splat || *next <= given.positional.len())
    } else if let Ok(at) = name.parse::<usize>() {
        given.at(at)
    } else {
        given.named(name)
    }?;
    while let Some(after) = path.strip_prefix('[') {
        let (key, rest) = after.split_once(']')?;
        path = rest;
        value = match value.shape {
            Shape::Dict(items) if tools.budget.read_items(items.len(), tools.span) => {
                let is_key = |own: &Value<'_>| match own.shape {
                    Shape::Str(own) => own == key,
                    Shape::Int(own) => key.parse() == Ok(own),
                    _ => false,
                };
                items.iter().rev().find(|(own, _)| is_key(own))?.1
            }
            Shape::Sequence(items) => *items.get(key.parse::<usize>().ok()?)?,
            Shape::Str(text) => {
                let at = key.parse::<usize>().ok()?;
                let character = text.chars().nth(at)?;
                tools.text(character.to_string())?
            }
            _ => return None,
        };
    }
    path.is_empty().then_some(value)
}
