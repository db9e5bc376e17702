//! Objects of the standard library that hold values and give them out again: queues, context variables, chained maps.

use super::Evaluator;
use super::attribute::is_table;
use super::call::{Passed, REGISTERED};
use super::class;
use super::memory::Place;
use super::pure;
use super::scope::MODULE;
use crate::event::Call;
use crate::source::Span;
use crate::value::{Path, Shape, Value};

/// Classes whose objects give out later what was put in.
const HOLDERS: [&str; 7] =
    ["ContextVar", "JoinableQueue", "LifoQueue", "PriorityQueue", "Queue", "SimpleQueue", "Value"];
/// Of the values that objects of one class hold, those of so many classes are known.
const MAX_KEPT: usize = 64;
/// Of more fields only the first are known.
const MAX_FIELDS: usize = 64;

impl<'a> Evaluator<'a, '_> {
    /// What a call of such a class or of a method of its objects gives; `None` where it is none.
    pub(super) fn held_call(
        &mut self,
        path: &'a Path<'a>,
        call: &'a Call<'a>,
        passed: Passed<'a>,
    ) -> Option<Value<'a>> {
        let parent = path.parent?;
        let first = passed.shared.first().map(|argument| argument.value);
        match (parent.segment, path.segment) {
            ("collections", "OrderedDict" | "UserDict") => {
                let Shape::Path(dict) = self.builtin("dict").shape else { return None };
                match passed.shared {
                    [] if !passed.splat => Some(Value::of(Shape::Dict(&[]))),
                    _ => pure::function(&mut self.tools(call.span), dict, call),
                }
            }
            ("collections", "deque" | "UserList") => match passed.shared {
                [] if !passed.splat => Some(self.sequence(&[])),
                [items, ..] => {
                    let items = self.content(items.value);
                    matches!(items.shape, Shape::Sequence(_)).then_some(items)
                }
                [] => None,
            },
            ("collections", "ChainMap") => {
                let maps: Vec<_> = passed.shared.iter().map(|argument| self.held(argument.value)).collect();
                maps.into_iter().reduce(|all, map| all.or(map, self.arena))
            }
            ("collections", "defaultdict") => self.default_dict(first?, call.span),
            ("contextvars", "ContextVar") => {
                if let Some(default) = call.argument(Some("default"), None) {
                    self.keep(path.then(self.arena, "()").hash, default.value);
                }
                None
            }
            ("()", "put" | "put_nowait" | "set") if is_holder(parent) => {
                self.keep(parent.hash, first?);
                None
            }
            ("()", "get" | "get_nowait") if is_holder(parent) => {
                self.kept.iter().find(|(hash, _)| *hash == parent.hash).map(|(_, value)| *value)
            }
            ("weakref", "proxy") | ("enum", "member") => first,
            ("builtins", "callable") => match first?.shape {
                Shape::Function(_) | Shape::Bound(_) | Shape::Class(_) => Some(Value::of(Shape::Bool(true))),
                _ => None,
            },
            ("builtins", _) if class::is_exception(path) && !passed.shared.is_empty() => {
                let given: Vec<_> = passed.shared.iter().map(|argument| argument.value).collect();
                if self.care.twice || given.iter().any(|value| !value.is_constant()) {
                    let given = self.sequence(&given);
                    self.put_under(path.then(self.arena, "()").then(self.arena, "args").hash, given);
                }
                None
            }
            ("collections", "namedtuple") | ("typing", "NamedTuple") | ("dataclasses", "make_dataclass") => {
                let fields = call.argument(Some("field_names"), Some(1))?;
                let names: Vec<_> = match fields.known().shape {
                    Shape::Str(names) => {
                        names.split([',', ' ']).filter(|name| !name.is_empty()).take(MAX_FIELDS).collect()
                    }
                    Shape::Sequence(fields) => fields
                        .iter()
                        .take(MAX_FIELDS)
                        .filter_map(|field| match field.shape {
                            Shape::Sequence(field) => field.first()?.text(),
                            _ => field.text(),
                        })
                        .collect(),
                    _ => return None,
                };
                Some(self.class_of_fields(&names))
            }
            ("()", "register") => self.registered(parent, passed),
            ("()", "update") if is_table(parent) => {
                for (name, value) in self.named_in(passed) {
                    let value = self.held(value);
                    self.memory.put(Place::Name(MODULE, name), value);
                }
                None
            }
            ("__dict__", "update") => {
                for (name, value) in self.named_in(passed) {
                    self.store_attribute(Value::path(parent.parent?), name, value, call.span);
                }
                None
            }
            (_, "set_defaults") => {
                let parser = parent.upwards().find(|path| {
                    path.segment == "()" && path.parent.is_some_and(|maker| maker.segment.ends_with("ArgumentParser"))
                })?;
                let parsed = parser.then(self.arena, "parse_args").then(self.arena, "()");
                for (name, value) in self.named_in(passed) {
                    self.put_under(parsed.then(self.arena, name).hash, value);
                }
                None
            }
            _ => None,
        }
    }

    /// `f.register(type, implementation)` of a function that chooses by the type of its argument.
    fn registered(&mut self, dispatcher: &'a Path<'a>, passed: Passed<'a>) -> Option<Value<'a>> {
        if !dispatcher.parent?.segment.starts_with("singledispatch") {
            return None;
        }
        let [function, types @ ..] = passed.shared else { return None };
        let Shape::Function(index) = function.value.shape else { return None };
        let implementation = types.last()?.value;
        if !matches!(implementation.shape, Shape::Function(_) | Shape::Bound(_)) && types.len() < 2 {
            // `@f.register(str)` gives the decorator.
            return self.function_attribute(function.value, "register");
        }
        let known = self.function_attribute(function.value, REGISTERED);
        let all = known.map_or(implementation, |known| known.or(implementation, self.arena));
        self.set_function_attribute(index, REGISTERED, all, function.span);
        Some(implementation)
    }

    /// What functions take by name, whether it is written so or in a dictionary.
    fn named_in(&mut self, passed: Passed<'a>) -> Vec<(&'a str, Value<'a>)> {
        let mut named = Vec::new();
        for argument in passed.shared {
            match (argument.name, self.content(argument.value).shape) {
                (Some(name), _) => named.push((name, argument.value)),
                (None, Shape::Dict(items)) => {
                    named.extend(items.iter().filter_map(|(key, value)| match key.shape {
                        Shape::Str(name) => Some((name, *value)),
                        _ => None,
                    }));
                }
                (None, _) => {}
            }
        }
        named
    }

    /// A dictionary that makes what it does not hold; which of it is not known apart.
    fn default_dict(&mut self, factory: Value<'a>, span: Span) -> Option<Value<'a>> {
        let made = match factory.shape {
            Shape::Path(path) if path.is("builtins.list") || path.is("collections.deque") => self.sequence(&[]),
            Shape::Path(path) if path.is("builtins.dict") => Value::of(Shape::Dict(&[])),
            Shape::Function(_) | Shape::Bound(_) => self.invoke(factory, &[], span),
            _ => return None,
        };
        let made = self.held(made);
        Some(Value::of(Shape::Dict(self.arena.alloc_slice_copy(&[(Value::UNKNOWN, made)]))))
    }

    fn keep(&mut self, hash: u64, value: Value<'a>) {
        let value = self.held(value);
        let is_room = self.kept.len() < MAX_KEPT;
        match self.kept.iter_mut().find(|(known, _)| *known == hash) {
            Some((_, kept)) => *kept = kept.or(value, self.arena),
            None if is_room => self.kept.push((hash, value)),
            None => {}
        }
    }

    /// Puts a value under a name of another module, beside what the code put there before.
    pub(super) fn put_under(&mut self, hash: u64, value: Value<'a>) {
        let value = self.held(value);
        match self.replaced.iter_mut().find(|(known, _)| *known == hash) {
            Some((_, known)) => *known = known.or(value, self.arena),
            None => self.replaced.push((hash, value)),
        }
    }

    /// What is called is one of the members of a module, and it is not known which.
    pub(super) fn any_member_called(&mut self, path: &Path<'a>, span: Span) {
        if let ("?", Some(owner)) = (path.segment, path.parent) {
            self.any_of_path(owner, span);
        }
    }

    /// What a handler catches, as far as it matters: what exceptions of this class were made with.
    pub(super) fn caught(&mut self, class: Value<'a>) -> Value<'a> {
        let mut caught = Value::UNKNOWN;
        for class in class.alternatives() {
            let exception = match class.shape {
                Shape::Class(class) => Value::of(Shape::Instance(self.any_instance(class))),
                Shape::Path(path) => {
                    let made = path.then(self.arena, "()");
                    let arguments = made.then(self.arena, "args").hash;
                    match self.replaced.iter().any(|(hash, _)| *hash == arguments) {
                        true => Value::path(made),
                        false => continue,
                    }
                }
                _ => continue,
            };
            caught = caught.or(exception, self.arena);
        }
        caught
    }
}

fn is_holder(made: &Path<'_>) -> bool {
    made.parent.is_some_and(|maker| HOLDERS.contains(&maker.segment))
}
