//! Attributes and items of what is known by name: modules and what lies below them, also where they are reached by way of
//! Python's own tables (`__dict__`, `sys.modules`, `globals()`).

use super::memory::Place;
use super::scope::MODULE;
use super::{Evaluator, pure};
use crate::effect::Unresolved;
use crate::event::Event;
use crate::source::Span;
use crate::standard;
use crate::value::{Path, Shape, Value};

/// Those that no part of a package is called like.
const SYSTEM: [&str; 10] =
    ["builtins", "ctypes", "importlib", "nt", "os", "posix", "pty", "shutil", "subprocess", "sys"];

/// Modules that start processes.
const STARTERS: [&str; 7] = ["os", "posix", "nt", "subprocess", "pty", "popen2", "_posixsubprocess"];

/// Modules of packages that bear the name of one of these.
const SUBMODULES: [&str; 6] =
    ["asyncio.subprocess", "concurrent.futures.thread", "encodings.codecs", "test.support.os", "numpy.core", "os.path"];

/// Attributes by which the interpreter's own objects are reached: whoever names one looks behind the program.
const INTROSPECTIVE: [&str; 30] = [
    "__base__",
    "__bases__",
    "__builtins__",
    "__closure__",
    "__code__",
    "__globals__",
    "__loader__",
    "__mro__",
    "__reduce__",
    "__reduce_ex__",
    "__self__",
    "__spec__",
    "__subclasses__",
    "ag_code",
    "ag_frame",
    "co_code",
    "co_consts",
    "cr_code",
    "cr_frame",
    "f_back",
    "f_builtins",
    "f_code",
    "f_globals",
    "f_locals",
    "gi_code",
    "gi_frame",
    "mro",
    "tb_frame",
    "tb_next",
    "__getattribute__",
];

/// Whether an attribute of that name is one of them.
pub(super) fn is_introspective(name: &str) -> bool {
    // Every attribute is asked: few have an underscore where these have theirs.
    let may_be = matches!(name.as_bytes(), [b'_', b'_', ..] | [_, b'_', ..] | [_, _, b'_', ..] | b"mro");
    may_be && INTROSPECTIVE.contains(&name)
}

impl<'a> Evaluator<'a, '_> {
    pub(super) fn attribute(&mut self, value: Value<'a>, name: &'a str, span: Span) -> Value<'a> {
        match value.shape {
            Shape::Path(path) => Value { origin: value.origin, taint: value.taint, ..self.below(path, name, span) },
            Shape::Instance(instance) => match name {
                "__class__" => self.class_of(instance).map_or(Value::UNKNOWN, |class| Value::of(Shape::Class(class))),
                "__dict__" => self.members(value),
                _ => self.instance_attribute(instance, name, span),
            },
            Shape::Class(class) => match name {
                "__dict__" => self.members(value),
                "__mro__" | "__bases__" | "__base__" => self.ancestors(class, name),
                "__subclasses__" | "mro" => Value::UNKNOWN,
                _ => self.class_attribute(class, name, span),
            },
            Shape::Either(values) => {
                let found: Vec<_> = values.iter().map(|value| self.attribute(*value, name, span)).collect();
                found.into_iter().reduce(|all, value| all.or(value, self.arena)).unwrap_or(Value::UNKNOWN)
            }
            Shape::Function(_) | Shape::Bound(_) => match name {
                "__call__" | "__func__" | "__wrapped__" => value,
                "__globals__" => self.builtin("globals()"),
                "__builtins__" => Value::path(self.builtins_root),
                _ => self.function_attribute(value, name).unwrap_or_else(|| self.of_bound(value, name)),
            },
            Shape::Carrier(carrier) if matches!(name, "value" | "_value_") && carrier.path.is("enum.Enum()") => {
                carrier.value
            }
            Shape::Carrier(carrier) => {
                let found = pure::attribute(&mut self.tools(span), carrier, name);
                found.unwrap_or_else(|| self.then(carrier.path, name))
            }
            // A method of a constant, looked up to be called later.
            Shape::Str(_)
            | Shape::Partial(_)
            | Shape::Bytes(_)
            | Shape::Sequence(_)
            | Shape::Dict(_)
            | Shape::Cell(_) => {
                let kind = match self.content(value).shape {
                    Shape::Bytes(_) => "bytes",
                    Shape::Sequence(_) => "list",
                    Shape::Dict(_) => "dict",
                    _ => "str",
                };
                let method = self.builtins_root.then(self.arena, kind).then(self.arena, name);
                self.bound_to(Value::path(method), value)
            }
            // An attribute of a constant or of an own function is nothing that a rule could name.
            Shape::Unknown => Value::path(self.unknown_root.then(self.arena, name)),
            _ => Value::UNKNOWN,
        }
    }

    /// The bases of a class of the module.
    fn ancestors(&mut self, class: u32, name: &str) -> Value<'a> {
        let object = self.builtin("object");
        let bases = self.bases_of(class);
        match (name, bases.first()) {
            ("__base__", first) => first.copied().unwrap_or(object),
            ("__bases__", None) => self.sequence(&[object]),
            ("__bases__", Some(_)) => self.sequence(bases),
            _ => {
                let all = [&[Value::of(Shape::Class(class))], bases, &[object]].concat();
                self.sequence(&all)
            }
        }
    }

    /// `partial.func` and the like.
    fn of_bound(&mut self, value: Value<'a>, name: &str) -> Value<'a> {
        match (value.shape, name) {
            (Shape::Bound(bound), "func") => bound.callee,
            (Shape::Bound(bound), "__self__") => bound.arguments.first().map_or(Value::UNKNOWN, |(_, value)| *value),
            _ => Value::UNKNOWN,
        }
    }

    /// A name of `builtins`, or a table that only a call of one gives.
    pub(super) fn builtin(&self, name: &'a str) -> Value<'a> {
        let path = Path::dotted(self.arena, name).unwrap_or(self.unknown_root);
        let below = path.upwards().collect::<Vec<_>>().into_iter().rev();
        Value::path(below.fold(self.builtins_root, |path, part| path.then(self.arena, part.segment)))
    }

    /// What a name below a path is.
    fn below(&mut self, path: &'a Path<'a>, name: &'a str, span: Span) -> Value<'a> {
        match name {
            "__call__" | "__func__" | "__wrapped__" => return Value::path(path),
            "f_globals" | "f_locals" => return self.builtin("globals()"),
            "f_builtins" | "__builtins__" => return Value::path(self.builtins_root),
            // The tables of a function are those of the module that it stands in.
            "__globals__" => {
                let module = path.parent.unwrap_or(path);
                return Value::path(module.then(self.arena, "__dict__"));
            }
            "__self__" if path.parent.is_some_and(|parent| parent.is("builtins")) => {
                return Value::path(self.builtins_root);
            }
            _ => {}
        }
        let below = path.then(self.arena, name);
        if let Some((_, value)) = self.replaced.iter().rev().find(|(hash, _)| *hash == below.hash) {
            // What the code put there joins what was there: it may not have run yet.
            return value.or(Value::path(below), self.arena);
        }
        if path.segment == "__dict__" || is_table(path) {
            return self.then(path, name);
        }
        if let Some(module) = self.module_in(path, name) {
            self.emit(Event::Import { path: module, module, first: true, span });
            return Value::path(module);
        }
        // What a module gives under a name that is not known may be a module as well.
        if path.segment == "?" && path.parent.is_some() {
            self.unresolved(Unresolved::Attribute, span);
        }
        self.then(path, name)
    }

    /// The module that another one has imported, and gives to whoever asks for it: `shutil.os` is `os`.
    pub(super) fn module_in(&mut self, path: &'a Path<'a>, name: &str) -> Option<&'a Path<'a>> {
        let module = standard::reached_through_others(name.trim_start_matches('_'))?;
        let root = path.upwards().last()?;
        // Modules of other people have parts of such names, too: `discord.signal`, `app.code`.
        let is_given = match standard::is_module(root.segment) {
            true => true,
            false => !root.segment.starts_with('.') && SYSTEM.contains(&module),
        };
        // `socket.socket` is no module in a module.
        let is_own = path.segment == module || SUBMODULES.iter().any(|own| path.then(self.arena, name).is(own));
        (is_given && is_in_a_module(path) && !is_own).then(|| Path::root(self.arena, module))
    }

    /// What `value[index]` gives, where the value is known by name.
    pub(super) fn item_of_path(
        &mut self,
        value: Value<'a>,
        path: &'a Path<'a>,
        index: Value<'a>,
        span: Span,
    ) -> Value<'a> {
        let keeps = |found: Value<'a>| Value { taint: value.taint, origin: value.origin, ..found };
        let name = match index.shape {
            Shape::Str(name) if name.len() <= MAX_NAME => Some(name),
            _ => None,
        };
        let is_members = path.segment == "__dict__" || path.is("builtins");
        if let (Some(name), true) = (name, is_members) {
            let owner = if path.segment == "__dict__" { path.parent.unwrap_or(path) } else { path };
            return keeps(self.below(owner, name, span));
        }
        if path.is("sys.modules") {
            return keeps(match name.and_then(|name| Path::dotted(self.arena, name)) {
                Some(module) => {
                    self.emit(Event::Import { path: module, module, first: true, span });
                    Value::path(module)
                }
                None => self.unresolved(Unresolved::Import, span),
            });
        }
        if is_table(path) {
            return keeps(match name {
                Some("__builtins__") => Value::path(self.builtins_root),
                Some(name) => match self.memory.get(Place::Name(MODULE, name)) {
                    Some(value) => value,
                    None => self.name(name),
                },
                None => self.any_global(span),
            });
        }
        if is_members {
            let owner = if path.is("builtins") { path } else { path.parent.unwrap_or(path) };
            return keeps(self.any_of_path(owner, span));
        }
        if let (Some(name), true) = (name, path.is("os.environ"))
            && let Some(home) = pure::environment(name)
        {
            return keeps(Value::of(Shape::Str(home)));
        }
        keeps(self.then(path, "[]"))
    }

    /// Something below a path, under a name that is not known.
    pub(super) fn any_of_path(&mut self, path: &'a Path<'a>, span: Span) -> Value<'a> {
        let root = path.upwards().last().map_or("", |root| root.segment);
        self.unresolved(
            match () {
                () if !is_in_a_module(path) => Unresolved::Member,
                () if STARTERS.contains(&root) => Unresolved::Process,
                () if standard::reached_through_others(root).is_some() => Unresolved::Attribute,
                // Of a module that can do no harm, only what is below that tells more.
                () => Unresolved::Member,
            },
            span,
        );
        self.then(path, "?")
    }

    /// Any of the names of the module, by a name that is not known.
    fn any_global(&mut self, span: Span) -> Value<'a> {
        let mut held: Vec<_> = self.memory.names(MODULE).into_iter().flatten().map(|(k, v)| (*k, *v)).collect();
        held.sort_by_key(|(name, _)| *name);
        self.unresolved(Unresolved::Attribute, span);
        let values: Vec<_> = held.into_iter().map(|(_, value)| value).collect();
        self.one_of(&values).unwrap_or(Value::UNKNOWN).or(Value::UNKNOWN, self.arena)
    }

    /// What the table of names belongs to: `os` for `os.__dict__`.
    pub(super) fn owner_of_table(&self, path: &'a Path<'a>) -> Value<'a> {
        match path.segment {
            "__dict__" => Value::path(path.parent.unwrap_or(path)),
            _ if path.is("builtins") => Value::path(path),
            _ => Value::UNKNOWN,
        }
    }

    /// Tells that something is not known which decides what the code does.
    pub(super) fn unresolved(&mut self, what: Unresolved, span: Span) -> Value<'a> {
        self.emit(Event::Unresolved { what, span });
        Value::path(self.unknown_root)
    }

    /// The attributes of an instance or class of the module, as a dictionary.
    pub(super) fn members(&mut self, value: Value<'a>) -> Value<'a> {
        let class = match value.shape {
            Shape::Instance(instance) => self.class_of(instance),
            Shape::Class(class) => Some(class),
            _ => None,
        };
        let Some(object) = class.and_then(|class| self.class_object(class)) else { return Value::UNKNOWN };
        let mut objects = vec![object];
        if let Shape::Instance(instance) = value.shape {
            objects.push(instance);
        }
        let mut held: Vec<_> = objects
            .into_iter()
            .filter_map(|object| self.memory.fields(object))
            .flat_map(|fields| fields.iter().map(|(name, value)| (*name, *value)))
            .collect();
        held.sort_by_key(|(name, _)| *name);
        let pairs: Vec<_> = held.into_iter().map(|(name, value)| (Value::of(Shape::Str(name)), value)).collect();
        Value::of(Shape::Dict(self.arena.alloc_slice_copy(&pairs)))
    }
}

/// A longer text is the name of nothing.
const MAX_NAME: usize = 1024;

/// Whether a path is the table of the names in force.
pub(super) fn is_table(path: &Path<'_>) -> bool {
    path.segment == "()"
        && path.parent.is_some_and(|parent| {
            matches!(parent.segment, "globals" | "locals" | "vars")
                && parent.parent.is_some_and(|root| root.is("builtins"))
        })
}

/// Whether a path names a module or something that stands in one, and not what a call or an index gave.
fn is_in_a_module(path: &Path<'_>) -> bool {
    path.upwards().all(|path| !matches!(path.segment, "()" | "[]" | "?"))
}
