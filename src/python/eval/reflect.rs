//! Functions of the language that look names up, make callables, or call what they are given: followed here because they
//! need the evaluator itself.

use super::call::Passed;
use super::{Evaluator, ahead, pure};
use crate::effect::Unresolved;
use crate::event::{Call, Event};
use crate::source::Span;
use crate::value::{Bound, Carrier, Path, Shape, Value};

impl<'a> Evaluator<'a, '_> {
    /// What a call of a well-known function gives; `None` where it is none of these.
    pub(super) fn known_call(
        &mut self,
        path: &'a Path<'a>,
        call: &'a Call<'a>,
        passed: Passed<'a>,
    ) -> Option<Value<'a>> {
        let parent = path.parent?;
        let span = call.span;
        let given =
            |at: usize| passed.shared.iter().filter(|a| a.name.is_none()).nth(at).map(|argument| argument.value);
        let first = given(0);
        match (parent.segment, path.segment) {
            ("builtins", "getattr") | ("inspect", "getattr_static") => {
                let found = self.getattr(first?, given(1)?, span);
                Some(given(2).map_or(found, |default| found.or(default, self.arena)))
            }
            ("builtins", "setattr") => self.setattr(first?, given(1)?, given(2)?, span),
            ("object" | "type", "__getattribute__" | "__getattr__") => Some(self.getattr(first?, given(1)?, span)),
            ("object" | "type", "__setattr__") => self.setattr(first?, given(1)?, given(2)?, span),
            (_, "__getattribute__" | "__getattr__") => Some(self.getattr(Value::path(parent), first?, span)),
            (_, "__setattr__") => self.setattr(Value::path(parent), first?, given(1)?, span),
            (_, "get" | "__getitem__" | "pop" | "setdefault")
                if parent.segment == "__dict__"
                    || parent.is("sys.modules")
                    || parent.segment == "()" && is_names(parent) =>
            {
                Some(self.item(Value::path(parent), first?, span))
            }
            ("__dict__", "items" | "values") | ("()", "items" | "values")
                if parent.segment == "__dict__" || is_names(parent) =>
            {
                self.any_of_path(parent.parent.unwrap_or(parent), span);
                None
            }
            // The names of a module are changed: which, is not followed.
            ("__dict__", name) if ahead::MUTATORS.contains(&name) => {
                self.unresolved(Unresolved::Attribute, span);
                None
            }
            ("builtins", "vars") => match first {
                Some(Value { shape: Shape::Path(path), .. }) => Some(self.then(path, "__dict__")),
                Some(value) => Some(self.members(value)),
                None => None,
            },
            ("builtins" | "importlib" | "imp" | "_frozen_importlib", "__import__") => self.import_call(call, false),
            ("importlib" | "_bootstrap", "import_module" | "_gcd_import") => self.import_call(call, true),
            ("importlib" | "imp", "reload") => first,
            (_, "load_module" | "find_module" | "create_module") if matches!(first?.shape, Shape::Str(_)) => {
                self.import_call(call, true)
            }
            ("pkgutil", "resolve_name") | ("pydoc", "locate" | "resolve" | "safeimport") => {
                let Shape::Str(name) = first?.shape else { return Some(self.unresolved(Unresolved::Import, span)) };
                let name = self.arena.alloc_str(&name.replace(':', "."));
                let path = Path::dotted(self.arena, name)?;
                self.emit(Event::Import { path, module: path, first: true, span });
                Some(Value::path(path))
            }
            ("builtins", "super") => match first.filter(|_| given(1).is_none()).or_else(|| self.lookup("self")) {
                Some(Value { shape: Shape::Instance(instance), .. }) => Some(self.parent_of(instance)),
                _ => None,
            },
            ("builtins", "type") => self.type_call(passed, span),
            ("types", "new_class") => self.type_call(passed, span),
            ("types", "MethodType") => Some(self.bound_to(first?, given(1)?)),
            ("types", "SimpleNamespace") => {
                let class = self.new_class(&[]);
                let object = self.instantiate(class, &[], false, span);
                for argument in passed.shared {
                    if let Some(name) = argument.name {
                        self.set_attribute(object, name, argument.value, span);
                    }
                }
                Some(object)
            }
            ("builtins", "property" | "staticmethod" | "classmethod") => {
                let carrier = Carrier { path: path.then(self.arena, "()"), value: first? };
                Some(match first?.shape {
                    Shape::Function(_) => first?,
                    _ => Value::of(Shape::Carrier(self.arena.alloc(carrier))),
                })
            }
            ("functools", "partial" | "partialmethod") => self.partial(passed),
            ("functools", "lru_cache" | "cache" | "wraps")
            | ("contextlib", "contextmanager" | "asynccontextmanager") => {
                first.filter(|value| !matches!(value.shape, Shape::Int(_) | Shape::None))
            }
            ("operator" | "_operator", "attrgetter" | "itemgetter" | "methodcaller") => {
                let arguments = passed.shared.iter().map(|argument| (argument.name, argument.value));
                let arguments = self.arena.alloc_slice_fill_iter(arguments.collect::<Vec<_>>());
                let callee = Value::path(path.then(self.arena, "()"));
                Some(Value::of(Shape::Bound(self.arena.alloc(Bound { callee, arguments }))))
            }
            (_, "()") => self.operator_made(path, passed, span),
            ("operator" | "_operator", "call") => {
                let (callee, rest) = passed.shared.split_first()?;
                Some(self.invoke_with(callee.value, rest, passed.splat, span))
            }
            ("operator" | "_operator", "getitem") => Some(self.item(first?, given(1)?, span)),
            ("operator" | "_operator", "setitem") => {
                self.set_item(first?, given(1)?, given(2)?, span);
                Some(Value::of(Shape::None))
            }
            ("os", "getenv") | ("environ", "get") => {
                let home = pure::environment(self.known(first?).text()?)?;
                Some(Value::of(Shape::Str(home)))
            }
            ("typing", "cast") => given(1),
            // What is in the copy is shared by the two, or not; the copy itself is another container.
            ("copy", "copy") => Some(self.content(first?)),
            ("copy", "deepcopy") => Some(self.snapshot(first?)),
            ("builtins", "bytearray") => self.byte_array(path, call),
            ("builtins", "memoryview") => first,
            ("sys", "intern") | ("builtins", "iter" | "aiter") => first,
            ("builtins", "next" | "anext") => {
                let element = self.content(first?);
                Some(self.element(element))
            }
            ("builtins", "map") | ("itertools", "starmap") => Some(self.mapped(first?, given(1)?, path.segment, span)),
            ("builtins", "filter") | ("itertools", "filterfalse" | "takewhile" | "dropwhile") => {
                let items = given(1)?;
                self.mapped(first?, items, "map", span);
                Some(self.content(items))
            }
            ("functools" | "builtins", "reduce") => Some(self.reduced(first?, given(1)?, given(2), span)),
            (
                "builtins",
                "str" | "repr" | "format" | "bytes" | "len" | "int" | "bool" | "list" | "tuple" | "dict" | "hash",
            ) => self.converted(path.segment, first?, span),
            // Methods of the type itself are given no object.
            ("str" | "bytes" | "dict", "maketrans" | "fromhex" | "fromkeys") => None,
            ("str" | "bytes" | "list" | "dict", name) if parent.parent.is_some_and(|root| root.is("builtins")) => {
                let (receiver, rest) = passed.shared.split_first()?;
                let shown = passed.shown.split_first()?.1;
                let passed = Passed { shared: rest, shown, splat: passed.splat };
                let inner = self.arena.alloc(Call { arguments: shown, ..*call });
                self.fill_template(receiver.value, name, passed, span);
                Some(self.own_method(receiver.value, name, inner, passed))
            }
            (_, "format" | "format_map" | "vformat" | "get_field") if parent.segment != "builtins" => {
                self.formatter(path, passed, span)
            }
            _ => None,
        }
    }

    /// What the hooks of an instance give when Python converts it.
    fn converted(&mut self, to: &str, value: Value<'a>, span: Span) -> Option<Value<'a>> {
        let Shape::Instance(_) = value.shape else { return None };
        let hooks: &[&str] = match to {
            "str" => &["__str__", "__repr__"],
            "repr" => &["__repr__"],
            "format" => &["__format__", "__str__"],
            "bytes" => &["__bytes__"],
            "len" => &["__len__"],
            "int" => &["__int__", "__index__"],
            "bool" => &["__bool__"],
            "hash" => &["__hash__"],
            _ => &["__iter__"],
        };
        hooks.iter().find_map(|hook| self.call_method(value, hook, &[], span))
    }

    /// `getattr` and all that does the same.
    pub(super) fn getattr(&mut self, object: Value<'a>, name: Value<'a>, span: Span) -> Value<'a> {
        let name = self.known(name);
        let mut found: Option<Value<'a>> = None;
        for name in name.alternatives() {
            let value = match name.shape {
                Shape::Str(name) if self.budget.read(name.len(), span) => self.attribute(object, name, span),
                _ => self.any_attribute(object, span),
            };
            found = Some(found.map_or(value, |found| found.or(value, self.arena)));
        }
        found.unwrap_or(Value::UNKNOWN)
    }

    /// Any attribute of something, by a name that is not known.
    fn any_attribute(&mut self, object: Value<'a>, span: Span) -> Value<'a> {
        let mut found: Option<Value<'a>> = None;
        for object in object.alternatives() {
            let value = match object.shape {
                Shape::Path(path) => self.any_of_path(path, span),
                Shape::Instance(_) | Shape::Class(_) => match self.members(*object).shape {
                    Shape::Dict(members) => {
                        let mut bound = Vec::with_capacity(members.len());
                        for (_, member) in members {
                            let is_method =
                                matches!((member.shape, object.shape), (Shape::Function(_), Shape::Instance(_)));
                            bound.push(if is_method { self.bound_to(*member, *object) } else { *member });
                        }
                        self.one_of(&bound).unwrap_or(Value::UNKNOWN)
                    }
                    _ => Value::UNKNOWN,
                },
                _ => {
                    self.emit(Event::Unresolved { what: Unresolved::Member, span });
                    Value::UNKNOWN
                }
            };
            found = Some(found.map_or(value, |found| found.or(value, self.arena)));
        }
        found.unwrap_or(Value::UNKNOWN)
    }

    pub(super) fn setattr(
        &mut self,
        object: Value<'a>,
        name: Value<'a>,
        value: Value<'a>,
        span: Span,
    ) -> Option<Value<'a>> {
        let held = self.held(value);
        match name.shape {
            Shape::Str(name) => self.store_attribute(object, name, held, span),
            _ => match object.shape {
                Shape::Path(path) => {
                    self.any_of_path(path, span);
                }
                _ => self.forget_attributes(object),
            },
        }
        Some(Value::of(Shape::None))
    }

    /// `type(x)`, `type(name, bases, members)`.
    fn type_call(&mut self, passed: Passed<'a>, span: Span) -> Option<Value<'a>> {
        let values: Vec<_> = passed.shared.iter().map(|argument| argument.value).collect();
        match values.as_slice() {
            [object] => match object.shape {
                Shape::Instance(instance) => Some(Value::of(Shape::Class(self.class_of(instance)?))),
                // The class of a module has its methods.
                Shape::Path(_) => Some(self.builtin("type")),
                Shape::Function(_) => Path::dotted(self.arena, "types.FunctionType").map(Value::path),
                Shape::Carrier(carrier) if carrier.path.is("builtins.compile()") => {
                    Path::dotted(self.arena, "types.CodeType").map(Value::path)
                }
                _ => None,
            },
            [_, bases, rest @ ..] => {
                let bases = match self.content(*bases).shape {
                    Shape::Sequence(bases) => bases,
                    _ => &[],
                };
                let class = self.new_class(bases);
                let value = Value::of(Shape::Class(class));
                if let Some(Shape::Dict(members)) = rest.first().map(|members| self.content(*members).shape) {
                    for (name, member) in members {
                        if let Shape::Str(name) = name.shape {
                            self.set_attribute(value, name, *member, span);
                        }
                    }
                }
                Some(value)
            }
            [] => None,
        }
    }

    fn partial(&mut self, passed: Passed<'a>) -> Option<Value<'a>> {
        let (callee, rest) = passed.shared.split_first()?;
        let arguments = rest.iter().map(|argument| (argument.name, argument.value));
        let arguments = self.arena.alloc_slice_fill_iter(arguments.collect::<Vec<_>>());
        Some(Value::of(Shape::Bound(self.arena.alloc(Bound { callee: callee.value, arguments }))))
    }

    /// The call of what `operator.attrgetter` and its like made: its own arguments come first, the object last.
    fn operator_made(&mut self, path: &'a Path<'a>, passed: Passed<'a>, span: Span) -> Option<Value<'a>> {
        let maker = path.parent.filter(|_| path.segment == "()")?;
        if !maker.parent.is_some_and(|module| matches!(module.segment, "operator" | "_operator")) {
            return None;
        }
        match (maker.segment, passed.shared) {
            ("methodcaller", [method, between @ .., object]) => {
                let callee = self.getattr(object.value, method.value, span);
                Some(self.invoke_with(callee, between, passed.splat, span))
            }
            ("attrgetter", [names @ .., object]) => {
                let mut got = Vec::with_capacity(names.len());
                for name in names {
                    let Shape::Str(dotted) = self.known(name.value).shape else {
                        got.push(self.getattr(object.value, name.value, span));
                        continue;
                    };
                    let steps = dotted.split('.').take(MAX_STEPS);
                    got.push(steps.fold(object.value, |value, name| self.attribute(value, name, span)));
                }
                Some(self.one_or_all(&got))
            }
            ("itemgetter", [keys @ .., object]) => {
                let got: Vec<_> = keys.iter().map(|key| self.item(object.value, key.value, span)).collect();
                Some(self.one_or_all(&got))
            }
            _ => None,
        }
    }

    fn one_or_all(&mut self, values: &[Value<'a>]) -> Value<'a> {
        match values {
            [value] => *value,
            _ => self.sequence(values),
        }
    }

    /// What `map` gives: the function is called with each element, or once with any of them where they are many.
    fn mapped(&mut self, function: Value<'a>, items: Value<'a>, how: &str, span: Span) -> Value<'a> {
        let content = self.content(items);
        let each = |evaluator: &mut Self, item: Value<'a>| match (how, evaluator.content(item).shape) {
            ("starmap", Shape::Sequence(items)) => evaluator.invoke(function, items, span),
            ("starmap", _) => evaluator.invoke(function, &[], span),
            _ => evaluator.invoke(function, &[item], span),
        };
        match content.shape {
            Shape::Sequence(items) if items.len() <= self.care.rounds => {
                let results: Vec<_> = items.iter().map(|item| each(self, *item)).collect();
                self.sequence(&results)
            }
            _ => {
                let element = self.element(content);
                let result = each(self, element);
                self.some_of(result)
            }
        }
    }

    fn reduced(&mut self, function: Value<'a>, items: Value<'a>, start: Option<Value<'a>>, span: Span) -> Value<'a> {
        let content = self.content(items);
        match content.shape {
            Shape::Sequence(items) if items.len() <= self.care.rounds => {
                let mut items = items.iter().copied();
                let Some(mut value) = start.or_else(|| items.next()) else { return Value::UNKNOWN };
                for item in items {
                    value = self.invoke(function, &[value, item], span);
                }
                value
            }
            _ => {
                let element = self.element(content);
                self.invoke(function, &[Value::UNKNOWN, element], span);
                Value::UNKNOWN
            }
        }
    }

    /// A sequence of which only is known what its elements may be.
    pub(super) fn some_of(&mut self, element: Value<'a>) -> Value<'a> {
        match element.shape {
            Shape::Unknown => element,
            _ => self.sequence(&[element]).or(Value::UNKNOWN, self.arena),
        }
    }

    /// An import by name: told as one.
    fn import_call(&mut self, call: &'a Call<'a>, whole: bool) -> Option<Value<'a>> {
        let names = *call.argument(Some("name"), Some(0)).or_else(|| call.argument(Some("fullname"), None))?.known();
        let mut found: Option<Value<'a>> = None;
        for name in names.alternatives() {
            let value = match name.shape {
                Shape::Str(name) if self.budget.build_items::<Path>(name.len() / 2, call.span) => {
                    let Some(path) = Path::dotted(self.arena, name) else { continue };
                    self.emit(Event::Import { path, module: path, first: true, span: call.span });
                    // `__import__("a.b")` gives `a`, unless a `fromlist` asks for something inside.
                    let from = call
                        .argument(Some("fromlist"), Some(3))
                        .is_some_and(|from| from.known().truth() != Some(false));
                    Value::path(if whole || from { path } else { path.upwards().last()? })
                }
                _ => self.unresolved(Unresolved::Import, call.span),
            };
            found = Some(found.map_or(value, |found| found.or(value, self.arena)));
        }
        found
    }
}

/// Of a longer way through attributes, only the beginning is gone.
const MAX_STEPS: usize = 32;

fn is_names(path: &Path<'_>) -> bool {
    path.parent.is_some_and(|parent| matches!(parent.segment, "globals" | "locals" | "vars"))
}
