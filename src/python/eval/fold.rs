//! Folding: what operators and element access give where their operands are known.

use super::budget::Draft;
use super::{Evaluator, pure};
use crate::python::tree::{Binary, BinaryOp, Expr, ExprKind};
use crate::source::Span;
use crate::value::{MAX_ALTERNATIVES, Shape, Value};

/// Bytes that are looked at in one step to tell whether a text is ASCII.
const ASCII_AT_ONCE: usize = 16;

impl<'a> Evaluator<'a, '_> {
    pub(super) fn binary(&mut self, binary: &'a Binary<'a>, span: Span) -> Value<'a> {
        let is_chain = matches!(binary.left.kind, ExprKind::Binary(left) if left.op == binary.op);
        if !is_chain {
            let left = self.expression_as_operand(&binary.left);
            let right = self.expression_as_operand(&binary.right);
            return self.binary_values(binary.op, left, right, span);
        }
        // A chain of the same operator leans to the left: walked as a list, it needs neither stack nor copies of copies.
        let mut operands: Vec<&'a Expr<'a>> = vec![&binary.right];
        let mut left = &binary.left;
        while let ExprKind::Binary(inner) = left.kind
            && inner.op == binary.op
        {
            operands.push(&inner.right);
            left = &inner.left;
        }
        let first = self.expression_as_operand(left);
        if binary.op == BinaryOp::Add {
            return self.sum(first, operands, span);
        }
        let mut value = first;
        for operand in operands.into_iter().rev() {
            let right = self.expression_as_operand(operand);
            value = self.binary_values(binary.op, value, right, span);
        }
        value
    }

    /// Evaluates an operand: a nested chain is part of the whole and not told as a string of its own.
    fn expression_as_operand(&mut self, operand: &'a Expr<'a>) -> Value<'a> {
        match operand.kind {
            ExprKind::Binary(binary) => self.binary(binary, operand.span),
            _ => self.expression(operand),
        }
    }

    fn sum(&mut self, first: Value<'a>, operands: Vec<&'a Expr<'a>>, span: Span) -> Value<'a> {
        let mut sum = self.known(first);
        let mut taint = sum.taint;
        let mut text: Option<Draft> = None;
        for operand in operands.into_iter().rev() {
            let right = self.expression_as_operand(operand);
            let right = self.known(right);
            taint = taint.or(right.taint);
            match &mut text {
                Some(text) => text.push_value(&right),
                None if sum.text().is_some() || right.text().is_some() => {
                    let text = text.insert(self.budget.draft());
                    text.push_value(&sum);
                    text.push_value(&right);
                }
                None => sum = self.binary_values(BinaryOp::Add, sum, right, span),
            }
        }
        let value = match text {
            Some(text) => self.drafted(&text, span),
            None => sum,
        };
        Value { taint, ..value }
    }

    pub(super) fn binary_values(&mut self, op: BinaryOp, left: Value<'a>, right: Value<'a>, span: Span) -> Value<'a> {
        let (left, right) = (self.known(left), self.known(right));
        let (left, right) = (self.content(left), self.content(right));
        let taint = left.taint.or(right.taint);
        if let Some(value) = self.operator_hook(op, left, right, span) {
            return value;
        }
        let value = match (op, left.shape, right.shape) {
            (_, Shape::Either(values), _) if values.len() * right.alternatives().len() <= MAX_ALTERNATIVES => {
                let all: Vec<_> = values.iter().map(|left| self.binary_values(op, *left, right, span)).collect();
                all.into_iter().reduce(|all, value| all.or(value, self.arena)).unwrap_or(Value::UNKNOWN)
            }
            (_, _, Shape::Either(values)) if values.len() <= MAX_ALTERNATIVES => {
                let all: Vec<_> = values.iter().map(|right| self.binary_values(op, left, *right, span)).collect();
                all.into_iter().reduce(|all, value| all.or(value, self.arena)).unwrap_or(Value::UNKNOWN)
            }
            _ => match pure::binary(&mut self.tools(span), op, &left, &right) {
                Some(value) => value,
                // Bits that are set on one side are set in the result, whatever the other is.
                None if op == BinaryOp::BitOr && matches!(left.shape, Shape::Int(_)) => {
                    left.or(Value::UNKNOWN, self.arena)
                }
                None if op == BinaryOp::BitOr && matches!(right.shape, Shape::Int(_)) => {
                    right.or(Value::UNKNOWN, self.arena)
                }
                None => {
                    // Texts can always be put together, but not always afforded.
                    if op == BinaryOp::Add && left.text().is_some() && right.text().is_some() {
                        self.budget.exceeded.get_or_insert(span);
                    }
                    Value::UNKNOWN
                }
            },
        };
        Value { taint, ..value }
    }

    /// What `value[index]` gives.
    pub(super) fn item(&mut self, value: Value<'a>, index: Value<'a>, span: Span) -> Value<'a> {
        let index = self.known(index);
        let value = self.content(value);
        match (value.shape, index.shape) {
            (_, Shape::Either(indices)) => {
                let items: Vec<_> = indices.iter().map(|index| self.item(value, *index, span)).collect();
                items.into_iter().reduce(|all, item| all.or(item, self.arena)).unwrap_or(Value::UNKNOWN)
            }
            (Shape::Instance(instance), _) => self
                .call_method(value, "__getitem__", &[index], span)
                .unwrap_or_else(|| self.item_of_instance(instance, value, index, span)),
            (Shape::Class(_), _) => self.class_item(value, index, span),
            (Shape::Sequence(items), Shape::Int(at)) => {
                position(at, items.len()).and_then(|at| items.get(at).copied()).unwrap_or(Value::UNKNOWN)
            }
            (Shape::Str(text), Shape::Int(at)) => {
                let is_ascii = self.budget.read(text.len() / ASCII_AT_ONCE, span) && text.is_ascii();
                let at = if is_ascii { position(at, text.len()) } else { None };
                at.and_then(|at| text.get(at..=at)).map_or(Value::UNKNOWN, |text| Value::of(Shape::Str(text)))
            }
            (Shape::Bytes(bytes), Shape::Int(at)) => {
                let byte = position(at, bytes.len()).and_then(|at| bytes.get(at));
                byte.map_or(Value::UNKNOWN, |byte| Value::of(Shape::Int(i64::from(*byte))))
            }
            (Shape::Dict(_), _) => self.entry(value, index, span).unwrap_or(Value::UNKNOWN),
            // An index that is not known picks one of all.
            (Shape::Sequence(_), _) => self.element(value),
            (Shape::Path(path), _) => self.item_of_path(value, path, index, span),
            (Shape::Either(values), _) => {
                let items: Vec<_> = values.iter().map(|value| self.item(*value, index, span)).collect();
                items.into_iter().reduce(|all, item| all.or(item, self.arena)).unwrap_or(Value::UNKNOWN)
            }
            _ => Value::UNKNOWN,
        }
    }

    /// What iterating over a value gives, one of all its elements.
    pub(super) fn element(&mut self, value: Value<'a>) -> Value<'a> {
        let value = self.content(value);
        match value.shape {
            Shape::Sequence(items) => self.one_of(items).unwrap_or(Value::UNKNOWN),
            Shape::Dict(items) => {
                let keys: Vec<_> = items.iter().map(|(key, _)| *key).collect();
                self.one_of(&keys).unwrap_or(Value::UNKNOWN)
            }
            Shape::Either(values) => {
                let elements: Vec<_> = values.iter().map(|value| self.element(*value)).collect();
                elements.into_iter().reduce(|all, value| all.or(value, self.arena)).unwrap_or(Value::UNKNOWN)
            }
            Shape::Path(path) => Value { taint: value.taint, ..self.then(path, "[]") },
            _ => Value { taint: value.taint, ..Value::UNKNOWN },
        }
    }

    /// What an instance of the module gives for an operator that it defines.
    fn operator_hook(&mut self, op: BinaryOp, left: Value<'a>, right: Value<'a>, span: Span) -> Option<Value<'a>> {
        let ((Shape::Instance(_), _) | (_, Shape::Instance(_))) = (left.shape, right.shape) else { return None };
        let name = HOOKS.iter().find(|(of, _)| *of == op)?.1;
        let reflected = ["__r", name].concat();
        let own = ["__", name].concat();
        self.call_method(left, &own, &[right], span).or_else(|| self.call_method(right, &reflected, &[left], span))
    }

    /// `Class[index]`
    fn class_item(&mut self, class: Value<'a>, index: Value<'a>, span: Span) -> Value<'a> {
        let Shape::Class(of) = class.shape else { return Value::UNKNOWN };
        match self.class_member(of, "__class_getitem__").map(|hook| hook.shape) {
            Some(Shape::Function(hook)) => {
                let index = self.argument(None, index, span);
                self.call_function(hook, Some(class), &[index], false)
            }
            Some(Shape::Path(_) | Shape::Bound(_)) => {
                let hook = self.class_member(of, "__class_getitem__").unwrap_or(Value::UNKNOWN);
                self.invoke(hook, &[index], span)
            }
            _ if self.metaclass_hook(of, "__getitem__").is_some() => {
                let index = self.argument(None, index, span);
                let hook = self.metaclass_hook(of, "__getitem__");
                hook.map_or(class, |hook| self.call_function(hook, Some(class), &[index], false))
            }
            _ => class,
        }
    }

    /// What `value[lower:upper:step]` gives; a bound is `None` where it is left out.
    pub(super) fn slice(&mut self, value: Value<'a>, bounds: [Option<Value<'a>>; 3], span: Span) -> Value<'a> {
        let mut numbers = [None; 3];
        for (number, bound) in numbers.iter_mut().zip(bounds) {
            *number = match bound.map(|bound| self.known(bound).shape) {
                None | Some(Shape::None) => None,
                Some(Shape::Int(value)) => Some(value),
                Some(_) => return Value::UNKNOWN,
            };
        }
        let value = self.content(value);
        match value.shape {
            Shape::Str(text) if self.budget.read(text.len(), span) => {
                let characters: Vec<char> = text.chars().collect();
                let picked: String = indices(characters.len(), numbers).map(|at| characters[at]).collect();
                self.folded(picked, span)
            }
            Shape::Bytes(bytes) if self.budget.build(bytes.len(), span) => {
                let picked = bumpalo::collections::Vec::from_iter_in(
                    indices(bytes.len(), numbers).map(|at| bytes[at]),
                    self.arena,
                );
                Value::of(Shape::Bytes(picked.into_bump_slice()))
            }
            Shape::Sequence(items) if self.budget.build_items::<Value>(items.len(), span) => {
                let picked: Vec<_> = indices(items.len(), numbers).map(|at| items[at]).collect();
                self.sequence(&picked)
            }
            _ => Value::UNKNOWN,
        }
    }
}

/// The methods by which classes define operators, without their underscores.
const HOOKS: [(BinaryOp, &str); 13] = [
    (BinaryOp::Add, "add__"),
    (BinaryOp::Sub, "sub__"),
    (BinaryOp::Mul, "mul__"),
    (BinaryOp::MatMul, "matmul__"),
    (BinaryOp::Div, "truediv__"),
    (BinaryOp::FloorDiv, "floordiv__"),
    (BinaryOp::Mod, "mod__"),
    (BinaryOp::Pow, "pow__"),
    (BinaryOp::ShiftLeft, "lshift__"),
    (BinaryOp::ShiftRight, "rshift__"),
    (BinaryOp::BitAnd, "and__"),
    (BinaryOp::BitOr, "or__"),
    (BinaryOp::BitXor, "xor__"),
];

/// A Python index as a position from the start.
pub(super) fn position(at: i64, length: usize) -> Option<usize> {
    let length = i64::try_from(length).ok()?;
    usize::try_from(if at < 0 { at + length } else { at }).ok()
}

/// The positions that a slice picks (Python reference, §6.3.3).
fn indices(length: usize, [lower, upper, step]: [Option<i64>; 3]) -> impl Iterator<Item = usize> {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let step = step.unwrap_or(1);
    let (low, high) = if step < 0 { (-1, length - 1) } else { (0, length) };
    let clamp = |bound: i64| (if bound < 0 { bound.saturating_add(length) } else { bound }).clamp(low, high);
    let start = lower.map_or(if step < 0 { high } else { low }, clamp);
    let stop = upper.map_or(if step < 0 { low } else { high }, clamp);
    let goes_on = move |at: &i64| (step > 0 && *at < stop) || (step < 0 && *at > stop);
    std::iter::successors(Some(start), move |at| at.checked_add(step))
        .take_while(goes_on)
        .filter_map(|at| usize::try_from(at).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_pick_as_python_does() {
        let pick = |length, bounds| indices(length, bounds).collect::<Vec<_>>();
        assert_eq!(pick(5, [None, None, None]), [0, 1, 2, 3, 4]);
        assert_eq!(pick(5, [None, None, Some(-1)]), [4, 3, 2, 1, 0]);
        assert_eq!(pick(5, [Some(-2), None, None]), [3, 4]);
        assert_eq!(pick(5, [Some(3), Some(0), Some(-2)]), [3, 1]);
        assert_eq!(pick(5, [Some(9), None, Some(-3)]), [4, 1]);
        assert_eq!(pick(5, [None, Some(-9), None]), [0; 0]);
        assert_eq!(pick(5, [None, None, Some(0)]), [0; 0]);
    }
}
