//! Classes as they are written: their bodies are walked, and what Python calls when a class is made is called.

use rustc_hash::FxHashSet;

use super::memory::Place;
use super::scope::Kind;
use super::{Evaluator, ahead};
use crate::event::Argument;
use crate::python::tree::{self, ExprKind, StmtKind};
use crate::value::{Shape, Value};

/// Of more bases only the hooks of the first are called.
const MAX_BASES: usize = 64;

impl<'a> Evaluator<'a, '_> {
    pub(super) fn class(&mut self, class: &'a tree::Class<'a>) {
        let mut metaclass = None;
        let mut keywords = Vec::new();
        let mut bases = Vec::with_capacity(class.arguments.len());
        for argument in class.arguments {
            let value = self.expression(&argument.value);
            match argument.kind {
                tree::ArgumentKind::Keyword("metaclass") => metaclass = Some(value),
                tree::ArgumentKind::Keyword(name) => keywords.push(self.argument(Some(name), value, argument.span)),
                _ => bases.push(value),
            }
        }
        let bases = self.arena.alloc_slice_copy(&bases);
        let index = self.new_class(bases);
        let back = self.enter(Kind::Class(index), Some(self.scopes.current));
        self.block(class.body);
        let inside = self.scopes.current;
        let is_captured = self.is_captured();
        let names: Vec<_> = match is_captured {
            true => self.memory.names(inside).map(|names| names.iter().map(|(k, v)| (*k, *v)).collect()),
            false => Some(self.memory.take_names(inside).into_iter().collect()),
        }
        .unwrap_or_default();
        self.leave(back);
        let mut set_by_methods = FxHashSet::default();
        let mut fields = Vec::new();
        for statement in class.body {
            match statement.kind {
                // What the constructor sets is known by the time that other methods run.
                StmtKind::Function(method) if method.name != "__init__" => {
                    ahead::attributes_set(method, &mut set_by_methods);
                }
                StmtKind::Assign(tree::Assign { annotation: Some(_), targets: [target], .. }) => {
                    if let ExprKind::Name(name) = target.kind {
                        fields.push(name);
                    }
                }
                _ => {}
            }
        }
        let mut hooks = Vec::new();
        if let Some(made) = self.classes.get_mut(index as usize) {
            made.metaclass = match metaclass.map(|metaclass| metaclass.shape) {
                Some(Shape::Class(metaclass)) => Some(metaclass),
                _ => None,
            };
            made.fields = self.arena.alloc_slice_copy(&fields);
            let object = made.object;
            for (name, value) in names {
                self.memory.put(Place::Field(object, name), value);
                if let Shape::Instance(_) = value.shape {
                    hooks.push((name, value));
                }
            }
            for name in set_by_methods {
                let place = Place::Field(object, name);
                let known = self.memory.get(place).map_or(Value::UNKNOWN, |value| value.or(Value::UNKNOWN, self.arena));
                self.memory.put(place, known);
            }
        }
        let mut value = Value::of(Shape::Class(index));
        self.class_hooks(class, value, bases, metaclass, &hooks, &keywords);
        for decorator in class.decorators.iter().rev() {
            value = self.decorated(decorator, value);
        }
        self.bind(class.name, value);
    }

    /// Calls what Python calls when a class is made: `__set_name__` of what is in it, `__init_subclass__` of its bases, and
    /// its metaclass.
    fn class_hooks(
        &mut self,
        class: &'a tree::Class<'a>,
        value: Value<'a>,
        bases: &[Value<'a>],
        metaclass: Option<Value<'a>>,
        members: &[(&'a str, Value<'a>)],
        keywords: &[Argument<'a>],
    ) {
        let span = class.name_span;
        for (name, member) in members {
            let name = Value::of(Shape::Str(name));
            self.call_method(*member, "__set_name__", &[value, name], span);
        }
        let argument = |value| Argument { name: None, value, constant: None, literal: false, span };
        for base in bases.iter().take(MAX_BASES) {
            if let Shape::Class(base) = base.shape
                && let Some(hook) = self.class_member(base, "__init_subclass__")
                && let Shape::Function(hook) = hook.shape
            {
                self.call_function(hook, Some(value), keywords, false);
            }
        }
        match metaclass.map(|metaclass| metaclass.shape) {
            Some(Shape::Class(metaclass)) => {
                let name = Value::of(Shape::Str(class.name));
                let given = [argument(name), argument(Value::UNKNOWN), argument(Value::UNKNOWN)];
                for hook in ["__new__", "__init__"] {
                    if let Some(Value { shape: Shape::Function(hook), .. }) = self.class_member(metaclass, hook) {
                        self.call_function(hook, Some(value), &given, false);
                    }
                }
            }
            Some(Shape::Unknown) | None => {}
            Some(_) => {
                let given = [Value::of(Shape::Str(class.name)), Value::UNKNOWN, Value::UNKNOWN];
                self.invoke(metaclass.unwrap_or(Value::UNKNOWN), &given, span);
            }
        }
    }
}
