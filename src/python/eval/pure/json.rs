//! Values written as text: `json` and `ast.literal_eval`.

use std::fmt;

use bumpalo::Bump;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::given::Given;
use super::{Table, Tools, part, repr};
use crate::python::strict;
use crate::python::tree::{Expr, ExprKind, StmtKind, UnaryOp};
use crate::value::{HOLE, Shape, Value};

/// What a text costs in the arena, for each byte of it: a list of numbers of one digit.
const COST: usize = 24;
/// Values are not followed deeper.
const MAX_DEPTH: usize = 16;

pub(super) const FUNCTIONS: Table = &[
    ("json.loads", |tools, given| {
        let text = match given.get("s", 0)?.shape {
            Shape::Str(text) => text,
            Shape::Bytes(bytes) => std::str::from_utf8(bytes).ok()?,
            _ => return None,
        };
        if given.count() > 1 || !tools.budget.build(text.len().saturating_mul(COST), tools.span) {
            return None;
        }
        let mut reader = serde_json::Deserializer::from_str(text);
        let value = Json(tools.arena).deserialize(&mut reader).ok()?;
        reader.end().ok().map(|()| value)
    }),
    ("json.dumps", |tools, given| {
        if given.count() > 1 {
            return None;
        }
        let mut text = String::new();
        written(tools, &given.at(0)?, MAX_DEPTH, &mut text)?;
        tools.text(text)
    }),
    ("ast.literal_eval", literal),
];

/// Builds values in the arena while the text is read.
#[derive(Clone, Copy)]
struct Json<'a>(&'a Bump);

impl<'a, 'de> DeserializeSeed<'de> for Json<'a> {
    type Value = Value<'a>;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value<'a>, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'a, 'de> Visitor<'de> for Json<'a> {
    type Value = Value<'a>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<Value<'a>, E> {
        Ok(Value::of(Shape::Bool(truth)))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Value<'a>, E> {
        Ok(super::int(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value<'a>, E> {
        Ok(i64::try_from(number).map_or(Value::UNKNOWN, super::int))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Value<'a>, E> {
        Ok(Value::of(Shape::Float(number)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value<'a>, E> {
        Ok(part(self.0.alloc_str(text)))
    }

    fn visit_unit<E: Error>(self) -> Result<Value<'a>, E> {
        Ok(Value::of(Shape::None))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value<'a>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            list.push(item);
        }
        Ok(Value::of(Shape::Sequence(self.0.alloc_slice_copy(&list))))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut items: A) -> Result<Value<'a>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_entry_seed(self, self)? {
            list.push(item);
        }
        Ok(Value::of(Shape::Dict(self.0.alloc_slice_copy(&list))))
    }
}

/// Writes JSON as Python does by default, with holes. `None` where it grows too large or too deep.
fn written<'a>(tools: &mut Tools<'a, '_>, value: &Value<'a>, depth: usize, text: &mut String) -> Option<()> {
    if !tools.has_room(text.len()) || !tools.budget.read(value.length() + 1, tools.span) {
        return None;
    }
    let inside = |depth: usize| depth.checked_sub(1);
    match value.shape {
        Shape::Str(own) | Shape::Partial(own) => quoted(own, text),
        Shape::None => text.push_str("null"),
        Shape::Bool(truth) => text.push_str(if truth { "true" } else { "false" }),
        Shape::Int(number) => text.push_str(&number.to_string()),
        Shape::Float(number) if number.is_finite() => text.push_str(&repr::float(number)),
        Shape::Sequence(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                text.push_str(if at > 0 { ", " } else { "" });
                written(tools, item, inside(depth)?, text)?;
            }
            text.push(']');
        }
        Shape::Dict(items) => {
            text.push('{');
            for (at, (key, item)) in items.iter().enumerate() {
                text.push_str(if at > 0 { ", " } else { "" });
                let mut own = String::new();
                written(tools, key, 0, &mut own)?;
                let is_text = key.text().is_some();
                text.push_str(&if is_text { own } else { format!("\"{own}\"") });
                text.push_str(": ");
                written(tools, item, inside(depth)?, text)?;
            }
            text.push('}');
        }
        _ => text.push(HOLE),
    }
    Some(())
}

fn quoted(own: &str, text: &mut String) {
    text.push('"');
    for character in own.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\x08' => text.push_str("\\b"),
            '\x0c' => text.push_str("\\f"),
            ' '..='\x7f' | HOLE => text.push(character),
            _ => {
                let mut units = [0; 2];
                for unit in character.encode_utf16(&mut units) {
                    text.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    text.push('"');
}

fn literal<'a>(tools: &mut Tools<'a, '_>, given: &Given<'a>) -> Option<Value<'a>> {
    let text = given.text("node_or_string", 0)?.trim_start_matches([' ', '\t']);
    if !tools.budget.build(text.len().saturating_mul(COST), tools.span) {
        return None;
    }
    let module = strict::read(text, tools.arena, false).ok()?;
    let [statement] = module.body else { return None };
    let StmtKind::Expr(expression) = statement.kind else { return None };
    display(tools, expression)
}

fn display<'a>(tools: &mut Tools<'a, '_>, expression: &Expr<'a>) -> Option<Value<'a>> {
    Some(Value::of(match expression.kind {
        ExprKind::Str(text) => return Some(part(text)),
        ExprKind::Bytes(bytes) => Shape::Bytes(bytes),
        ExprKind::Int(number) => Shape::Int(number),
        ExprKind::Float(number) => Shape::Float(number),
        ExprKind::Bool(truth) => Shape::Bool(truth),
        ExprKind::None => Shape::None,
        ExprKind::Unary(UnaryOp::Neg, operand) => match operand.kind {
            ExprKind::Int(number) => Shape::Int(number.checked_neg()?),
            ExprKind::Float(number) => Shape::Float(-number),
            _ => return None,
        },
        ExprKind::List(items) | ExprKind::Tuple(items) | ExprKind::Set(items) => {
            let items: Option<Vec<_>> = items.iter().map(|item| display(tools, item)).collect();
            return tools.sequence(&items?);
        }
        ExprKind::Dict(items) => {
            let item = |(key, value): &(Option<Expr<'a>>, Expr<'a>)| {
                Some((display(tools, key.as_ref()?)?, display(tools, value)?))
            };
            let items: Option<Vec<_>> = items.iter().map(item).collect();
            return tools.dict(&items?);
        }
        _ => return None,
    }))
}
