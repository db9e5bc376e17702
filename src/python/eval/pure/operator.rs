//! Operators on values, and the functions of `operator` that stand for them.

use super::given::{Given, integer};
use super::iterate::{equal, order};
use super::number::integers;
use super::{MAX_ITEMS, Table, Tools, big, carrier, int, number, part, percent, sequence, truth};
use crate::python::tree::BinaryOp;
use crate::value::{HOLE, Shape, Value};

pub(super) const FUNCTIONS: Table = &[
    ("operator.add", |tools, given| two(tools, given, BinaryOp::Add)),
    ("operator.concat", |tools, given| two(tools, given, BinaryOp::Add)),
    ("operator.iadd", |tools, given| two(tools, given, BinaryOp::Add)),
    ("operator.iconcat", |tools, given| two(tools, given, BinaryOp::Add)),
    ("operator.sub", |tools, given| two(tools, given, BinaryOp::Sub)),
    ("operator.mul", |tools, given| two(tools, given, BinaryOp::Mul)),
    ("operator.mod", |tools, given| two(tools, given, BinaryOp::Mod)),
    ("operator.floordiv", |tools, given| two(tools, given, BinaryOp::FloorDiv)),
    ("operator.truediv", |tools, given| two(tools, given, BinaryOp::Div)),
    ("operator.pow", |tools, given| two(tools, given, BinaryOp::Pow)),
    ("operator.xor", |tools, given| two(tools, given, BinaryOp::BitXor)),
    ("operator.and_", |tools, given| two(tools, given, BinaryOp::BitAnd)),
    ("operator.or_", |tools, given| two(tools, given, BinaryOp::BitOr)),
    ("operator.lshift", |tools, given| two(tools, given, BinaryOp::ShiftLeft)),
    ("operator.rshift", |tools, given| two(tools, given, BinaryOp::ShiftRight)),
    ("operator.neg", |_, given| given.int("", 0)?.checked_neg().map(int)),
    ("operator.invert", |_, given| Some(int(!given.int("", 0)?))),
    ("operator.not_", |_, given| truth(!given.at(0)?.truth()?)),
    ("operator.truth", |_, given| truth(given.at(0)?.truth()?)),
    ("operator.index", |_, given| given.int("", 0).map(int)),
    ("operator.getitem", |tools, given| item(tools, &given.at(0)?, &given.at(1)?)),
    ("operator.eq", |_, given| truth(equal(&given.at(0)?, &given.at(1)?)?)),
    ("operator.ne", |_, given| truth(!equal(&given.at(0)?, &given.at(1)?)?)),
    ("operator.lt", |_, given| truth(order(&given.at(0)?, &given.at(1)?, 1)?.is_lt())),
    ("operator.le", |_, given| truth(order(&given.at(0)?, &given.at(1)?, 1)?.is_le())),
    ("operator.gt", |_, given| truth(order(&given.at(0)?, &given.at(1)?, 1)?.is_gt())),
    ("operator.ge", |_, given| truth(order(&given.at(0)?, &given.at(1)?, 1)?.is_ge())),
    ("operator.contains", |tools, given| {
        let (whole, part) = (given.at(0)?, given.at(1)?);
        match (whole.shape, part.shape) {
            (Shape::Str(whole), Shape::Str(part)) => truth(whole.contains(part)),
            (Shape::Sequence(_) | Shape::Dict(_), _) => {
                let items = tools.items(&whole)?;
                let mut found = false;
                for item in items.iter() {
                    found |= equal(item, &part)?;
                }
                truth(found)
            }
            _ => None,
        }
    }),
];

fn two<'a>(tools: &mut Tools<'a, '_>, given: &Given<'a>, op: BinaryOp) -> Option<Value<'a>> {
    binary(tools, op, &given.at(0)?, &given.at(1)?)
}

/// The operator that a special method stands for.
pub(super) fn special(name: &str) -> Option<BinaryOp> {
    Some(match name {
        "__add__" => BinaryOp::Add,
        "__sub__" => BinaryOp::Sub,
        "__mul__" => BinaryOp::Mul,
        "__mod__" => BinaryOp::Mod,
        "__floordiv__" => BinaryOp::FloorDiv,
        "__pow__" => BinaryOp::Pow,
        "__xor__" => BinaryOp::BitXor,
        "__and__" => BinaryOp::BitAnd,
        "__or__" => BinaryOp::BitOr,
        "__lshift__" => BinaryOp::ShiftLeft,
        "__rshift__" => BinaryOp::ShiftRight,
        _ => return None,
    })
}

/// What a special method of a text gives.
pub(super) fn method<'a>(tools: &mut Tools<'a, '_>, text: &'a str, name: &str, given: &Given<'a>) -> Option<Value<'a>> {
    let (own, other) = (part(text), given.at(0)?);
    match name {
        "__getitem__" => item(tools, &own, &other),
        _ => binary(tools, special(name)?, &own, &other),
    }
}

/// What an operator gives; a text that is known in part has holes.
pub(in crate::python::eval) fn binary<'a>(
    tools: &mut Tools<'a, '_>,
    op: BinaryOp,
    left: &Value<'a>,
    right: &Value<'a>,
) -> Option<Value<'a>> {
    match (op, left.shape, right.shape) {
        (BinaryOp::Div, Shape::Carrier(_), _) | (BinaryOp::Div, _, Shape::Carrier(_)) => {
            carrier::divided(tools, *left, *right)
        }
        (BinaryOp::Mod, Shape::Str(_) | Shape::Partial(_) | Shape::Bytes(_), _) => percent::percent(tools, left, right),
        (BinaryOp::Add, Shape::Sequence(a), Shape::Sequence(b)) => {
            if a.len() + b.len() > MAX_ITEMS {
                return None;
            }
            tools.sequence(&[a, b].concat())
        }
        (BinaryOp::Add, Shape::Bytes(a), Shape::Bytes(b)) => {
            if tools.has_room(a.len() + b.len()) {
                tools.bytes(&[a, b].concat())
            } else {
                None
            }
        }
        (BinaryOp::Add, _, _) if left.text().is_some() || right.text().is_some() => {
            let hole = HOLE.to_string();
            let (left, right) = (left.text().unwrap_or(&hole), right.text().unwrap_or(&hole));
            if tools.has_room(left.len() + right.len()) { tools.text([left, right].concat()) } else { None }
        }
        (BinaryOp::Mul, Shape::Int(_) | Shape::Bool(_), Shape::Str(_) | Shape::Bytes(_) | Shape::Sequence(_)) => {
            repeated(tools, right, integer(left)?)
        }
        (BinaryOp::Mul, Shape::Str(_) | Shape::Partial(_) | Shape::Bytes(_) | Shape::Sequence(_), _) => {
            repeated(tools, left, integer(right)?)
        }
        (_, Shape::Float(_), _) | (_, _, Shape::Float(_)) => {
            floats(op, number::number(left)?, number::number(right)?).map(number::float)
        }
        (BinaryOp::Div, _, _) => {
            let divisor = integer(right).filter(|divisor| *divisor != 0)?;
            floats(op, number::number(left)?, number::number(&int(divisor))?).map(number::float)
        }
        (BinaryOp::BitOr | BinaryOp::BitXor | BinaryOp::BitAnd, Shape::Bool(a), Shape::Bool(b)) => truth(match op {
            BinaryOp::BitOr => a | b,
            BinaryOp::BitXor => a ^ b,
            _ => a & b,
        }),
        _ => match (integer(left), integer(right)) {
            (Some(a), Some(b)) if let Some(result) = integers(op, a, b) => Some(int(result)),
            _ => big::binary(tools, op, left, right),
        },
    }
}

fn repeated<'a>(tools: &mut Tools<'a, '_>, value: &Value<'a>, times: i64) -> Option<Value<'a>> {
    let times = usize::try_from(times).unwrap_or(0);
    match value.shape {
        Shape::Str(text) | Shape::Partial(text) if tools.has_room(text.len().saturating_mul(times)) => {
            tools.text(text.repeat(times))
        }
        Shape::Bytes(bytes) if tools.has_room(bytes.len().saturating_mul(times)) => tools.bytes(&bytes.repeat(times)),
        Shape::Sequence(items) if items.len().saturating_mul(times) <= MAX_ITEMS => {
            tools.sequence(&items.repeat(times))
        }
        _ => None,
    }
}

fn floats(op: BinaryOp, a: f64, b: f64) -> Option<f64> {
    match op {
        BinaryOp::Add => Some(a + b),
        BinaryOp::Sub => Some(a - b),
        BinaryOp::Mul => Some(a * b),
        BinaryOp::Div if b != 0.0 => Some(a / b),
        BinaryOp::Pow if a > 0.0 => Some(a.powf(b)),
        _ => None,
    }
}

/// What `value[index]` gives.
pub(in crate::python::eval) fn item<'a>(
    tools: &mut Tools<'a, '_>,
    value: &Value<'a>,
    index: &Value<'a>,
) -> Option<Value<'a>> {
    if let Shape::Dict(items) = value.shape {
        return if tools.budget.read_items(items.len(), tools.span) { sequence::find(items, index)? } else { None };
    }
    let at = integer(index)?;
    let place = |length: usize| {
        let length = i64::try_from(length).ok()?;
        usize::try_from(if at < 0 { at.checked_add(length)? } else { at }).ok()
    };
    match value.shape {
        Shape::Sequence(items) => items.get(place(items.len())?).copied(),
        Shape::Bytes(bytes) => bytes.get(place(bytes.len())?).map(|byte| int(i64::from(*byte))),
        Shape::Str(text) => {
            if !tools.budget.read(text.len(), tools.span) {
                return None;
            }
            let count = if text.is_ascii() { text.len() } else { text.chars().count() };
            let character = super::characters(text).nth(place(count)?)?;
            Some(part(character))
        }
        _ => None,
    }
}
