//! Containers that code can change: lists, dictionaries, sets and byte arrays, shared by all who hold them.

use super::memory::Place;
use super::{Evaluator, ahead, pure};
use crate::event::Call;
use crate::python::tree::{Expr, ExprKind};
use crate::source::Span;
use crate::standard;
use crate::value::{MAX_ALTERNATIVES, Path, Shape, Value};

use super::call::Passed;

/// A container that code fills one by one is followed up to this many items.
const MAX_GROWN: usize = 1024;
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

    /// The container after a method that changes it; unknown where that cannot be told.
    fn changed(&mut self, content: Value<'a>, name: &str, call: &'a Call<'a>, passed: Passed<'a>) -> Value<'a> {
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
    fn held_inside(&mut self, content: Value<'a>) -> Value<'a> {
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

/// Functions of the standard library that change what they are given.
const CHANGERS: [&str; 24] = [
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

/// Of many values in a container, so many that refer to something are looked at.
const MAX_MANY: usize = 64;
