//! Classes of the module and their instances: attributes of their own, of their bases, and those that methods set.

use rustc_hash::FxHashSet;

use super::function::MethodKind;
use super::memory::{self, Place};
use super::scope::Kind;
use super::{Evaluator, ahead};
use crate::event::Argument;
use crate::python::tree::{self, ExprKind, StmtKind};
use crate::source::Span;
use crate::value::{Shape, Value};

/// Of more bases, and bases of bases, only the first are looked at.
const MAX_BASES: usize = 64;
/// Of the bases that are not known, so many may have an attribute.
const MAX_INHERITED: usize = 4;

/// A class of the module.
#[derive(Clone, Copy)]
pub(super) struct Class<'a> {
    pub(super) bases: &'a [Value<'a>],
    /// The object that holds its attributes.
    object: u32,
    /// The instance that stands for all of which nothing particular is known; what any instance is set to joins it.
    any: u32,
    /// The class of the module that it is made by.
    pub(super) metaclass: Option<u32>,
    /// The names of its fields where the constructor is made from them.
    pub(super) fields: &'a [&'a str],
}

/// An instance of a class of the module.
#[derive(Clone, Copy)]
pub(super) struct Instance {
    pub(super) class: u32,
    /// What `super()` gives stands for another instance.
    pub(super) stands_for: Option<u32>,
}

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

    /// A class with these bases and nothing in it yet.
    pub(super) fn new_class(&mut self, bases: &'a [Value<'a>]) -> u32 {
        let index = memory::index(self.classes.len());
        let object = self.new_object(index, None);
        let any = self.new_object(index, None);
        self.classes.push(Class { bases, object, any, metaclass: None, fields: &[] });
        index
    }

    pub(super) fn new_object(&mut self, class: u32, stands_for: Option<u32>) -> u32 {
        let object = self.memory.new_object();
        self.instances.push(Instance { class, stands_for });
        object
    }

    pub(super) fn class_of(&self, instance: u32) -> Option<u32> {
        Some(self.instances.get(instance as usize)?.class)
    }

    pub(super) fn bases_of(&self, class: u32) -> &'a [Value<'a>] {
        self.classes.get(class as usize).map_or(&[], |class| class.bases)
    }

    pub(super) fn class_object(&self, class: u32) -> Option<u32> {
        Some(self.classes.get(class as usize)?.object)
    }

    /// The attributes that the positional patterns of a class pattern look at.
    pub(super) fn match_arguments(&self, class: u32) -> &'a [&'a str] {
        if let Some(names) = self.class_member(class, "__match_args__")
            && let Shape::Sequence(names) = self.content(names).shape
        {
            let names = names.iter().filter_map(Value::text).collect::<Vec<_>>();
            return self.arena.alloc_slice_copy(&names);
        }
        self.classes.get(class as usize).map_or(&[], |class| class.fields)
    }

    /// The instance that stands for all of a class.
    pub(super) fn any_instance(&self, class: u32) -> u32 {
        self.classes.get(class as usize).map_or(u32::MAX, |class| class.any)
    }

    /// An attribute of a class of the module or of one of its bases, as it stands there.
    pub(super) fn class_member(&self, class: u32, name: &str) -> Option<Value<'a>> {
        self.member_and_inherited(class, name).0
    }

    /// The same, with the bases from elsewhere that may have it if none of the module has.
    pub(super) fn member_and_inherited(&self, class: u32, name: &str) -> (Option<Value<'a>>, Vec<Value<'a>>) {
        let mut inherited = Vec::new();
        let mut seen = vec![class];
        let mut at = 0;
        while let Some(class) =
            seen.get(at).filter(|_| at < MAX_BASES).and_then(|class| self.classes.get(*class as usize))
        {
            at += 1;
            if let Some(value) = self.memory.fields(class.object).and_then(|fields| fields.get(name)) {
                return (Some(*value), Vec::new());
            }
            for base in class.bases.iter().take(MAX_BASES).flat_map(Value::alternatives) {
                match base.shape {
                    Shape::Class(base) if !seen.contains(&base) => seen.push(base),
                    Shape::Path(path)
                        if inherited.len() < MAX_INHERITED
                            && path.parent.is_some_and(|parent| parent.segment != "builtins") =>
                    {
                        inherited.push(*base);
                    }
                    _ => {}
                }
            }
        }
        (None, inherited)
    }

    /// Looks an attribute up in a class of the module and its bases.
    pub(super) fn class_attribute(&mut self, class: u32, name: &'a str, span: Span) -> Value<'a> {
        match self.member_and_inherited(class, name) {
            (Some(value), _) => {
                let member = self.bound_member(value, None, Value::of(Shape::Class(class)), span);
                self.member_of_enum(class, member)
            }
            (None, inherited) => {
                self.attribute_of_metaclass(class, name, span).unwrap_or_else(|| self.inherited(inherited, name, false))
            }
        }
    }

    pub(super) fn inherited(&mut self, bases: Vec<Value<'a>>, name: &'a str, of_instance: bool) -> Value<'a> {
        let mut found: Option<Value<'a>> = None;
        for base in bases {
            let Shape::Path(path) = base.shape else { continue };
            let object = if of_instance { path.then(self.arena, "()") } else { path };
            let value = self.then(object, name);
            found = Some(found.map_or(value, |found| found.or(value, self.arena)));
        }
        found.unwrap_or(Value::UNKNOWN)
    }

    /// What looking up a member gives: methods get what they are called on, properties and descriptors are called.
    pub(super) fn bound_member(
        &mut self,
        member: Value<'a>,
        instance: Option<Value<'a>>,
        class: Value<'a>,
        span: Span,
    ) -> Value<'a> {
        match member.shape {
            Shape::Function(index) => {
                let Some(function) = self.functions.get(index as usize) else { return member };
                match (function.binding, instance) {
                    (MethodKind::Static, _) | (MethodKind::Plain | MethodKind::Property, None) => member,
                    (MethodKind::Class, _) => self.bound_to(member, class),
                    (MethodKind::Plain, Some(instance)) => self.bound_to(member, instance),
                    (MethodKind::Property, Some(instance)) => self.call_function(index, Some(instance), &[], false),
                }
            }
            Shape::Instance(descriptor) => {
                let getter = self.class_of(descriptor).and_then(|class| self.class_member(class, "__get__"));
                match getter.map(|getter| getter.shape) {
                    Some(Shape::Function(getter)) => {
                        let given = [instance.unwrap_or(Value::of(Shape::None)), class];
                        let given = given.map(|value| self.argument(None, value, span));
                        self.call_function(getter, Some(member), &given, false)
                    }
                    _ => member,
                }
            }
            // `shape = property(get)`
            Shape::Carrier(carrier) if carrier.path.is("builtins.property()") => match instance {
                Some(instance) => self.invoke(carrier.value, &[instance], span),
                None => member,
            },
            // `run = staticmethod(os.system)`
            Shape::Carrier(carrier) if carrier.path.is("builtins.staticmethod()") => carrier.value,
            _ => member,
        }
    }
}

/// Whether a name is that of an exception.
pub(super) fn is_exception(path: &crate::value::Path<'_>) -> bool {
    path.parent.is_some_and(|parent| parent.segment == "builtins")
        && ["Error", "Exception", "ExceptionGroup", "StopIteration"].iter().any(|end| path.segment.ends_with(end))
}
