//! What code does to containers: changes that are followed, and what is forgotten where they are not.

use super::call::Passed;
use super::memory::Place;
use super::{Evaluator, ahead, pure};
use crate::event::Call;
use crate::python::tree::{Expr, ExprKind};
use crate::source::Span;
use crate::standard;
use crate::value::{MAX_ALTERNATIVES, Path, Shape, Value};

/// A container that code fills one by one is followed up to this many items.
const MAX_GROWN: usize = 1024;

/// Functions of the standard library that change what they are given.
pub(super) const CHANGERS: [&str; 24] = [
    "heapify",
    "heappop",
    "heappush",
    "heappushpop",
    "heapreplace",
    "iadd",
    "iand",
    "iconcat",
    "ilshift",
    "imul",
    "insort",
    "insort_left",
    "insort_right",
    "ior",
    "irshift",
    "isub",
    "ixor",
    "delitem",
    "pack_into",
    "readinto",
    "recv_into",
    "setitem",
    "shuffle",
    "readinto1",
];

impl<'a> Evaluator<'a, '_> {
    /// The container after a method that changes it; unknown where that cannot be told.
    pub(super) fn changed(
        &mut self,
        content: Value<'a>,
        name: &str,
        call: &'a Call<'a>,
        passed: Passed<'a>,
    ) -> Value<'a> {
        let given: Vec<_> = passed.shared.iter().map(|argument| argument.value).collect();
        let unknown = self.held_inside(content);
        if passed.splat {
            return unknown;
        }
        match (content.shape, name, given.as_slice()) {
            (Shape::Bytes(bytes), "append", [Value { shape: Shape::Int(byte), .. }]) => match u8::try_from(*byte) {
                Ok(byte) if bytes.len() < MAX_GROWN && self.budget.build(bytes.len() + 1, call.span) => {
                    Value::of(Shape::Bytes(self.arena.alloc_slice_copy(&[bytes, &[byte][..]].concat())))
                }
                _ => unknown,
            },
            (Shape::Sequence(items), "append" | "add", [item]) if items.len() < MAX_GROWN => {
                if !self.budget.build_items::<Value>(items.len() + 1, call.span) {
                    return unknown;
                }
                let item = self.held(*item);
                self.sequence(&[items, &[item]].concat())
            }
            (Shape::Sequence(items), "extend" | "update", [more]) => match self.content(*more).shape {
                Shape::Sequence(more)
                    if items.len() + more.len() <= MAX_GROWN
                        && self.budget.build_items::<Value>(items.len() + more.len(), call.span) =>
                {
                    self.sequence(&[items, more].concat())
                }
                _ => unknown,
            },
            (Shape::Sequence(items), "insert", [at, item]) => match at.shape {
                Shape::Int(at)
                    if items.len() < MAX_GROWN && self.budget.build_items::<Value>(items.len() + 1, call.span) =>
                {
                    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
                    let at = (if at < 0 { at.saturating_add(length) } else { at }).clamp(0, length);
                    let mut items = items.to_vec();
                    items.insert(usize::try_from(at).unwrap_or(0), self.held(*item));
                    self.sequence(&items)
                }
                _ => unknown,
            },
            (Shape::Sequence(items), "pop", []) => self.sequence(items.split_last().map_or(&[], |(_, rest)| rest)),
            (Shape::Sequence(items), "pop", [Value { shape: Shape::Int(0), .. }]) => {
                self.sequence(items.split_first().map_or(&[], |(_, rest)| rest))
            }
            (Shape::Sequence(items), "reverse", []) if self.budget.build_items::<Value>(items.len(), call.span) => {
                let mut items = items.to_vec();
                items.reverse();
                self.sequence(&items)
            }
            (Shape::Sequence(_), "clear", []) => self.sequence(&[]),
            (Shape::Dict(_), "clear", []) => Value::of(Shape::Dict(&[])),
            (Shape::Dict(_), "setdefault", [key, value]) if key.is_constant() => {
                match self.entry(content, *key, call.span) {
                    Some(_) => content,
                    None => self.with_entry(content, *key, *value, call.span),
                }
            }
            (Shape::Dict(_), "update", others) => {
                let mut result = content;
                let named = passed.shared.iter().filter_map(|argument| Some((argument.name?, argument.value)));
                for (name, value) in named.collect::<Vec<_>>() {
                    result = self.with_entry(result, Value::of(Shape::Str(name)), value, call.span);
                }
                let positional = passed.shared.iter().filter(|argument| argument.name.is_none());
                for other in positional.map(|argument| argument.value).take(others.len()).collect::<Vec<_>>() {
                    let Shape::Dict(more) = self.content(other).shape else { return unknown };
                    for (key, value) in more {
                        result = self.with_entry(result, *key, *value, call.span);
                    }
                }
                result
            }
            _ => unknown,
        }
    }

    /// Changes a container to what an operator made of it. Gives whether it is one.
    pub(super) fn change(&mut self, container: Value<'a>, value: Value<'a>) -> bool {
        let Shape::Cell(cell) = container.shape else { return false };
        let changed = match value.shape {
            Shape::Unknown => self.held_inside(self.content(container)),
            _ => value,
        };
        self.memory.set(Place::Cell(cell), changed, self.arena);
        true
    }

    /// Notes that the contents of a container may have changed in a way that is not followed.
    pub(super) fn forget(&mut self, container: Value<'a>) {
        for value in container.alternatives() {
            let Shape::Cell(cell) = value.shape else { continue };
            let content = self.content(*value);
            if let Shape::Sequence(items) = content.shape {
                for item in items.iter().take(MAX_ALTERNATIVES) {
                    if let (Shape::Cell(_), true) = (item.shape, !value.same(item)) {
                        self.forget_one(*item);
                    }
                }
            }
            let changed = self.held_inside(content);
            self.memory.set(Place::Cell(cell), changed, self.arena);
        }
    }

    fn forget_one(&mut self, container: Value<'a>) {
        if let Shape::Cell(cell) = container.shape {
            let changed = self.held_inside(self.content(container));
            self.memory.set(Place::Cell(cell), changed, self.arena);
        }
    }

    /// A function that is not followed may change what it is given, unless it is one of the standard library that does not.
    pub(super) fn given_away(&mut self, callee: &Path<'a>, passed: Passed<'a>) {
        let root = callee.upwards().last().map_or("", |root| root.segment);
        if standard::is_module(root) && !CHANGERS.contains(&callee.segment) {
            return;
        }
        for argument in passed.shared {
            self.forget(argument.value);
        }
    }

    /// `bytearray(…)`: bytes that can change.
    pub(super) fn byte_array(&mut self, path: &'a Path<'a>, call: &'a Call<'a>) -> Option<Value<'a>> {
        let bytes = pure::function(&mut self.tools(call.span), path, call)?;
        Some(self.shared(bytes))
    }

    /// A value in a container of its own, which can change.
    pub(super) fn shared(&mut self, value: Value<'a>) -> Value<'a> {
        Value { taint: value.taint, ..Value::of(Shape::Cell(self.memory.new_cell(value))) }
    }

    /// A container of which only is known what may be in it.
    pub(super) fn held_inside(&mut self, content: Value<'a>) -> Value<'a> {
        content.or(Value::UNKNOWN, self.arena)
    }

    /// A dictionary with one entry more, or another value of one.
    pub(super) fn with_entry(&mut self, dict: Value<'a>, key: Value<'a>, value: Value<'a>, span: Span) -> Value<'a> {
        match dict.shape {
            Shape::Dict(items)
                if items.len() < MAX_GROWN
                    && key.is_constant()
                    && self.budget.build_items::<(Value, Value)>(items.len() + 1, span) =>
            {
                let value = self.held(value);
                let kept = items.iter().copied().filter(|(known, _)| !known.same(&key));
                let items: Vec<_> = kept.chain([(key, value)]).collect();
                Value {
                    taint: dict.taint.or(value.taint),
                    ..Value::of(Shape::Dict(self.arena.alloc_slice_copy(&items)))
                }
            }
            Shape::Dict(items) if items.len() < MAX_ALTERNATIVES => {
                // Under a key that is not known, the value may be any.
                let value = self.held(value);
                let items: Vec<_> = items.iter().copied().chain([(Value::UNKNOWN, value)]).collect();
                Value::of(Shape::Dict(self.arena.alloc_slice_copy(&items)))
            }
            _ => Value::UNKNOWN,
        }
    }

    /// Changes what an expression holds: `x[key] = value`, also where `x` is itself in a container.
    pub(super) fn set_item(&mut self, container: Value<'a>, key: Value<'a>, value: Value<'a>, span: Span) {
        let alternatives: Vec<_> = container.alternatives().to_vec();
        for holder in &alternatives {
            let Shape::Cell(cell) = holder.shape else { continue };
            let content = self.content(*holder);
            let changed = match (content.shape, self.known(key).shape) {
                (Shape::Dict(_), _) => self.with_entry(content, self.known(key), value, span),
                (Shape::Sequence(items), Shape::Int(at)) if self.budget.build_items::<Value>(items.len(), span) => {
                    let mut items = items.to_vec();
                    let value = self.held(value);
                    match super::fold::position(at, items.len()).and_then(|at| items.get_mut(at)) {
                        Some(item) => *item = value,
                        None => continue,
                    }
                    self.sequence(&items)
                }
                (Shape::Bytes(bytes), Shape::Int(at)) if self.budget.build(bytes.len(), span) => {
                    let byte = match self.known(value).shape {
                        Shape::Int(byte) => u8::try_from(byte).ok(),
                        _ => None,
                    };
                    match (super::fold::position(at, bytes.len()).filter(|at| *at < bytes.len()), byte) {
                        (Some(at), Some(byte)) => {
                            let bytes = self.arena.alloc_slice_copy(bytes);
                            bytes[at] = byte;
                            Value::of(Shape::Bytes(bytes))
                        }
                        _ => Value::UNKNOWN,
                    }
                }
                (Shape::Sequence(items), _) if items.len() <= MAX_ALTERNATIVES => {
                    let value = self.held(value);
                    let items: Vec<_> = items.iter().map(|item| item.or(value, self.arena)).collect();
                    self.sequence(&items)
                }
                _ => Value::UNKNOWN,
            };
            let changed = if alternatives.len() == 1 { changed } else { changed.or(content, self.arena) };
            self.memory.set(Place::Cell(cell), changed, self.arena);
        }
    }

    /// Follows a method that changes a container which stands in another one, and no name holds: `d["k"].append(x)`.
    pub(super) fn change_inside(
        &mut self,
        object: &'a Expr<'a>,
        receiver: Value<'a>,
        name: &str,
        call: &'a Call<'a>,
        passed: Passed<'a>,
    ) {
        if let ExprKind::Subscript(subscript) = object.kind
            && matches!(receiver.shape, Shape::Sequence(_) | Shape::Dict(_))
            && ahead::MUTATORS.contains(&name)
        {
            let changed = self.changed(receiver, name, call, passed);
            let container = self.dotted(&subscript.value);
            let key = self.literal(&subscript.index);
            self.set_item(container, key, changed, object.span);
        }
    }
}
