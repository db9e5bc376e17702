//! Containers that code can change: lists, dictionaries, sets and byte arrays, shared by all who hold them.

use super::change::CHANGERS;
use super::memory::Place;
use super::{Evaluator, ahead, pure};
use crate::event::Call;
use crate::source::Span;
use crate::value::{MAX_ALTERNATIVES, Shape, Value};

use super::call::Passed;

/// Containers inside of containers are shown to rules so deep.
const MAX_SHOWN: u32 = 3;

impl<'a> Evaluator<'a, '_> {
    /// The value as a name or a container holds it: a container that may be changed later is shared from here on.
    pub(super) fn held(&mut self, value: Value<'a>) -> Value<'a> {
        match value.shape {
            Shape::Sequence(_) | Shape::Dict(_) => {
                let cell = self.memory.new_cell(value);
                Value { taint: value.taint, origin: value.origin, ..Value::of(Shape::Cell(cell)) }
            }
            _ => value,
        }
    }

    /// What is in a container; any other value as it is.
    pub(super) fn content(&self, value: Value<'a>) -> Value<'a> {
        match value.shape {
            Shape::Cell(cell) => self.memory.get(Place::Cell(cell)).unwrap_or(Value::UNKNOWN),
            _ => value,
        }
    }

    /// Whether rules would have to look into the evaluator's memory to see all of the value.
    pub(super) fn holds_cells(&self, value: &Value<'a>) -> bool {
        match value.shape {
            Shape::Cell(_) => true,
            Shape::Sequence(items) => !value.constant && items.iter().any(|item| matches!(item.shape, Shape::Cell(_))),
            Shape::Dict(items) => !value.constant && items.iter().any(|(_, item)| matches!(item.shape, Shape::Cell(_))),
            Shape::Either(items) => items.iter().any(|item| matches!(item.shape, Shape::Cell(_))),
            _ => false,
        }
    }

    /// The value with what is in its containers now.
    pub(super) fn snapshot(&self, value: Value<'a>) -> Value<'a> {
        self.snapshot_to(value, MAX_SHOWN)
    }

    fn snapshot_to(&self, value: Value<'a>, depth: u32) -> Value<'a> {
        if !self.holds_cells(&value) {
            return value;
        }
        let Some(depth) = depth.checked_sub(1) else { return Value::UNKNOWN };
        let content = self.content(value);
        let shape = match content.shape {
            _ if !self.holds_cells(&content) => return content,
            Shape::Sequence(items) | Shape::Either(items) => {
                let items = items.iter().map(|item| self.snapshot_to(*item, depth));
                let items = self.arena.alloc_slice_fill_iter(items.collect::<Vec<_>>());
                if matches!(content.shape, Shape::Either(_)) { Shape::Either(items) } else { Shape::Sequence(items) }
            }
            Shape::Dict(items) => {
                let items = items.iter().map(|(key, item)| (*key, self.snapshot_to(*item, depth)));
                Shape::Dict(self.arena.alloc_slice_fill_iter(items.collect::<Vec<_>>()))
            }
            _ => return content,
        };
        Value { taint: content.taint, origin: content.origin, ..Value::of(shape) }
    }

    /// Whether methods of the value are those of a constant or a container.
    pub(super) fn has_own_methods(&self, value: &Value<'a>) -> bool {
        match value.shape {
            Shape::Str(_) | Shape::Partial(_) | Shape::Bytes(_) | Shape::Sequence(_) | Shape::Dict(_) => true,
            Shape::Int(_) | Shape::Float(_) | Shape::Bool(_) | Shape::Cell(_) => true,
            Shape::Either(values) => values.iter().all(|value| self.has_own_methods(value)),
            _ => false,
        }
    }

    /// What a method of a constant or a container gives, and what it does to the container.
    pub(super) fn own_method(
        &mut self,
        receiver: Value<'a>,
        name: &str,
        call: &'a Call<'a>,
        passed: Passed<'a>,
    ) -> Value<'a> {
        let mut result: Option<Value<'a>> = None;
        let alternatives: Vec<_> = receiver.alternatives().to_vec();
        let is_one = alternatives.len() == 1;
        for receiver in alternatives {
            let content = self.content(receiver);
            if let Shape::Cell(cell) = receiver.shape
                && !READERS.contains(&name)
                && !matches!(content.shape, Shape::Str(_))
            {
                let changed = match ahead::MUTATORS.contains(&name) {
                    true => self.changed(content, name, call, passed),
                    // What else there is may change it: `rotate`, `move_to_end`, `__iadd__`.
                    false => self.held_inside(content),
                };
                let changed = if is_one { changed } else { changed.or(content, self.arena) };
                self.memory.set(Place::Cell(cell), changed, self.arena);
            }
            // What `setdefault` gives is in the dictionary from then on.
            let content = if name == "setdefault" { self.content(receiver) } else { content };
            let value = self.method_result(content, name, call, passed);
            result = Some(result.map_or(value, |result| result.or(value, self.arena)));
        }
        if CHANGERS.contains(&name) {
            passed.shared.iter().for_each(|argument| self.forget(argument.value));
        }
        result.unwrap_or(Value::UNKNOWN)
    }

    fn method_result(&mut self, content: Value<'a>, name: &str, call: &'a Call<'a>, passed: Passed<'a>) -> Value<'a> {
        let first = passed.shared.first().map(|argument| argument.value);
        let second = passed.shared.get(1).map(|argument| argument.value);
        match (content.shape, name) {
            (Shape::Sequence(_), "pop") => {
                let at = first.unwrap_or(Value::of(Shape::Int(-1)));
                self.item(content, at, call.span)
            }
            (Shape::Dict(_), "get" | "pop" | "setdefault" | "__getitem__") => {
                let Some(key) = first else { return Value::UNKNOWN };
                let found = self.entry(content, key, call.span);
                match (found, second) {
                    (Some(found), _) => found,
                    (None, Some(default)) if key.is_constant() => default,
                    (None, _) if name == "get" && key.is_constant() => Value::of(Shape::None),
                    (None, _) => Value::UNKNOWN,
                }
            }
            (Shape::Sequence(_) | Shape::Str(_) | Shape::Bytes(_), "__getitem__") => {
                first.map_or(Value::UNKNOWN, |at| self.item(content, at, call.span))
            }
            (Shape::Dict(items), "items") => {
                let pairs: Vec<_> = items.iter().map(|(key, value)| self.sequence(&[*key, *value])).collect();
                self.sequence(&pairs)
            }
            (Shape::Dict(items), "values") => {
                let values: Vec<_> = items.iter().map(|(_, value)| *value).collect();
                self.sequence(&values)
            }
            (Shape::Dict(items), "keys") => {
                let keys: Vec<_> = items.iter().map(|(key, _)| *key).collect();
                self.sequence(&keys)
            }
            (Shape::Sequence(_) | Shape::Dict(_), "copy") => content,
            _ => {
                let content = self.known(content);
                pure::method(&mut self.tools(call.span), content, name, call).unwrap_or(Value::UNKNOWN)
            }
        }
    }

    /// What a dictionary holds under a key.
    pub(super) fn entry(&mut self, dict: Value<'a>, key: Value<'a>, span: Span) -> Option<Value<'a>> {
        let Shape::Dict(items) = dict.shape else { return None };
        let key = self.known(key);
        if !self.budget.read_items(items.len(), span) {
            return None;
        }
        if key.is_constant() {
            let found = items.iter().rev().find(|(known, _)| known.same(&key)).map(|(_, value)| *value);
            if found.is_some() {
                return found;
            }
        }
        // What stands under a key that is not known may be meant, and a key that is not known may mean any.
        let any = items.iter().filter(|(known, _)| !key.is_constant() || !known.is_constant());
        let values: Vec<_> = any.map(|(_, value)| *value).collect();
        self.one_of(&values)
    }

    /// One of many values: those that refer to something, and unknown for constants where there are many.
    pub(super) fn one_of(&mut self, values: &[Value<'a>]) -> Option<Value<'a>> {
        if values.len() <= MAX_ALTERNATIVES {
            return values.iter().copied().reduce(|all, value| all.or(value, self.arena));
        }
        let references = values.iter().copied().filter(|value| !value.is_constant());
        let one = references.take(MAX_MANY).reduce(|all, value| all.or(value, self.arena));
        Some(one.map_or(Value::UNKNOWN, |one| one.or(Value::UNKNOWN, self.arena)))
    }
}

/// Methods of containers that only look.
const READERS: [&str; 30] = [
    "__contains__",
    "__eq__",
    "__getitem__",
    "__iter__",
    "__len__",
    "copy",
    "count",
    "decode",
    "difference",
    "endswith",
    "find",
    "get",
    "hex",
    "index",
    "intersection",
    "isdisjoint",
    "issubset",
    "issuperset",
    "items",
    "join",
    "keys",
    "replace",
    "split",
    "startswith",
    "strip",
    "symmetric_difference",
    "translate",
    "union",
    "values",
    "most_common",
];

/// Of many values in a container, so many that refer to something are looked at.
const MAX_MANY: usize = 64;
