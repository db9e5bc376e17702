//! Comparisons, and what they give where both sides are constants.

use std::cmp::Ordering;

use super::Evaluator;
use crate::python::tree::{self, CompareOp, ExprKind};
use crate::rule::BindingKind;
use crate::value::{Shape, Value};

/// Of a longer container nothing is looked for.
const MAX_ITEMS: usize = 4096;

impl<'a> Evaluator<'a, '_> {
    /// What a comparison gives; of a chain, whether all of it holds.
    pub(super) fn compare(&mut self, compare: &'a tree::Compare<'a>) -> Value<'a> {
        let mut left = self.expression(&compare.left);
        let name = match compare.left.kind {
            ExprKind::Name(name) => Some(name),
            ExprKind::Attribute(attribute) => Some(attribute.name),
            ExprKind::Subscript(subscript) => match subscript.index.kind {
                ExprKind::Str(name) => Some(name),
                _ => None,
            },
            _ => None,
        };
        let mut result = Some(true);
        for (op, operand) in compare.rest {
            let right = match op {
                // One name is looked for, not all: `"HOME" in os.environ`.
                CompareOp::In | CompareOp::NotIn => {
                    let container = self.base(operand);
                    let key = self.snapshot(left);
                    self.referenced(container, Some(key), operand.span);
                    container
                }
                _ => self.expression(operand),
            };
            if let Some(name) = name {
                self.binding(BindingKind::Comparison, name, right, operand.span);
            }
            let (a, b) = (self.content(left), self.content(right));
            result = match (result, holds(*op, &a, &b)) {
                (Some(false), _) => Some(false),
                (Some(true), next) => next,
                (None, Some(false)) => Some(false),
                (None, _) => None,
            };
            left = right;
        }
        result.map_or(Value::UNKNOWN, |result| Value::of(Shape::Bool(result)))
    }
}

/// Whether a comparison holds, as far as that is known.
fn holds(op: CompareOp, left: &Value<'_>, right: &Value<'_>) -> Option<bool> {
    match op {
        CompareOp::Eq | CompareOp::Is => equal(left, right),
        CompareOp::NotEq | CompareOp::IsNot => equal(left, right).map(|equal| !equal),
        CompareOp::Lt => Some(order(left, right)? == Ordering::Less),
        CompareOp::LtE => Some(order(left, right)? != Ordering::Greater),
        CompareOp::Gt => Some(order(left, right)? == Ordering::Greater),
        CompareOp::GtE => Some(order(left, right)? != Ordering::Less),
        CompareOp::In => contains(right, left),
        CompareOp::NotIn => contains(right, left).map(|contains| !contains),
    }
}

fn equal(left: &Value<'_>, right: &Value<'_>) -> Option<bool> {
    match (left.shape, right.shape) {
        (Shape::None, Shape::None) => Some(true),
        (Shape::Str(a), Shape::Str(b)) => Some(a == b),
        (Shape::Bytes(a), Shape::Bytes(b)) => Some(a == b),
        (Shape::Function(a), Shape::Function(b)) | (Shape::Class(a), Shape::Class(b)) => Some(a == b),
        _ if left.is_constant() && right.is_constant() => match order(left, right) {
            Some(order) => Some(order == Ordering::Equal),
            // Constants of different kinds: a string is no number.
            None => (kind(left)? != kind(right)?).then_some(false),
        },
        (Shape::None, Shape::Function(_) | Shape::Class(_) | Shape::Instance(_) | Shape::Cell(_)) => Some(false),
        (Shape::Function(_) | Shape::Class(_) | Shape::Instance(_) | Shape::Cell(_), Shape::None) => Some(false),
        _ => None,
    }
}

fn kind(value: &Value<'_>) -> Option<u8> {
    Some(match value.shape {
        Shape::None => 0,
        Shape::Bool(_) | Shape::Int(_) | Shape::Float(_) => 1,
        Shape::Str(_) => 2,
        Shape::Bytes(_) => 3,
        _ => return None,
    })
}

fn order(left: &Value<'_>, right: &Value<'_>) -> Option<Ordering> {
    match (left.shape, right.shape) {
        (Shape::Str(a), Shape::Str(b)) => Some(a.cmp(b)),
        (Shape::Bytes(a), Shape::Bytes(b)) => Some(a.cmp(b)),
        (Shape::Float(_), _) | (_, Shape::Float(_)) => number(left)?.partial_cmp(&number(right)?),
        _ => Some(integer(left)?.cmp(&integer(right)?)),
    }
}

fn integer(value: &Value<'_>) -> Option<i64> {
    match value.shape {
        Shape::Int(number) => Some(number),
        Shape::Bool(truth) => Some(i64::from(truth)),
        _ => None,
    }
}

fn number(value: &Value<'_>) -> Option<f64> {
    match value.shape {
        Shape::Float(number) => Some(number),
        // Beyond 2^53 a float may not tell two integers apart; what hangs on that is not followed.
        _ => i32::try_from(integer(value)?).ok().map(f64::from),
    }
}

fn contains(container: &Value<'_>, item: &Value<'_>) -> Option<bool> {
    match (container.shape, item.shape) {
        (Shape::Str(text), Shape::Str(part)) => Some(text.contains(part)),
        (Shape::Sequence(items), _) if items.len() <= MAX_ITEMS => any_equal(items.iter(), item),
        (Shape::Dict(items), _) if items.len() <= MAX_ITEMS => any_equal(items.iter().map(|(key, _)| key), item),
        _ => None,
    }
}

fn any_equal<'v, 'a: 'v>(items: impl Iterator<Item = &'v Value<'a>>, item: &Value<'_>) -> Option<bool> {
    let mut is_known = true;
    for known in items {
        match equal(known, item) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => is_known = false,
        }
    }
    is_known.then_some(false)
}
