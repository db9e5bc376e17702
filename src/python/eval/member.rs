//! Members that classes and functions of the module do not declare: attributes of functions, members of enumerations, what
//! comes from a metaclass, and what an instance holds by index.

use super::Evaluator;
use super::class;
use super::memory::Place;
use crate::event::Argument;
use crate::source::Span;
use crate::value::{Carrier, Path, Shape, Value};

/// An instance of a class that extends a dictionary holds what is put there under this attribute.
const ITEMS: &str = "[]";
/// Of more bases only the first are looked at.
const MAX_BASES: usize = 64;

impl<'a> Evaluator<'a, '_> {
    /// Gives a function of the module an attribute.
    pub(super) fn set_function_attribute(&mut self, function: u32, name: &'a str, value: Value<'a>, span: Span) {
        let class = match self.attributes.get(&function) {
            Some(class) => *class,
            None => {
                let class = self.new_class(&[]);
                self.attributes.insert(function, class);
                class
            }
        };
        self.set_attribute(Value::of(Shape::Class(class)), name, value, span);
    }

    /// An attribute that a function of the module was given.
    pub(super) fn function_attribute(&self, value: Value<'a>, name: &str) -> Option<Value<'a>> {
        match value.shape {
            Shape::Function(function) => self.class_member(*self.attributes.get(&function)?, name),
            _ => None,
        }
    }

    /// A method that a class has of its metaclass.
    pub(super) fn metaclass_hook(&self, class: u32, name: &str) -> Option<u32> {
        let mut class = self.classes.get(class as usize)?;
        for _ in 0..MAX_BASES {
            if let Some(metaclass) = class.metaclass {
                let Shape::Function(hook) = self.class_member(metaclass, name)?.shape else { return None };
                return Some(hook);
            }
            let base = class.bases.iter().find_map(|base| match base.shape {
                Shape::Class(base) => Some(base),
                _ => None,
            });
            class = self.classes.get(base? as usize)?;
        }
        None
    }

    /// A class made by a call, of which only the names of its fields are known.
    pub(super) fn class_of_fields(&mut self, names: &[&'a str]) -> Value<'a> {
        let class = self.new_class(&[]);
        if let Some(made) = self.classes.get_mut(class as usize) {
            made.fields = self.arena.alloc_slice_copy(names);
        }
        Value::of(Shape::Class(class))
    }

    /// An attribute that a class has of its metaclass.
    pub(super) fn attribute_of_metaclass(&mut self, class: u32, name: &'a str, span: Span) -> Option<Value<'a>> {
        let itself = Value::of(Shape::Class(class));
        if let Some(member) = self.metaclass_hook(class, name) {
            return Some(self.bound_to(Value::of(Shape::Function(member)), itself));
        }
        let hook = self.metaclass_hook(class, "__getattr__")?;
        let name = self.argument(None, Value::of(Shape::Str(name)), span);
        Some(self.call_function(hook, Some(itself), &[name], false))
    }

    /// A member of a class, which is an object of its own if the class is an enumeration.
    pub(super) fn member_of_enum(&self, class: u32, member: Value<'a>) -> Value<'a> {
        let (Shape::Path(_) | Shape::Bound(_)) = member.shape else { return member };
        let is_enum = |base: &Value<'a>| match base.shape {
            Shape::Path(path) => path.parent.is_some_and(|parent| parent.segment == "enum"),
            _ => false,
        };
        match self.bases_of(class).iter().any(is_enum) {
            true => {
                let path = Path::root(self.arena, "enum").then(self.arena, "Enum").then(self.arena, "()");
                Value::of(Shape::Carrier(self.arena.alloc(Carrier { path, value: member })))
            }
            false => member,
        }
    }

    /// What an instance gives for an index, if its class does not say.
    pub(super) fn item_of_instance(
        &mut self,
        instance: u32,
        value: Value<'a>,
        index: Value<'a>,
        span: Span,
    ) -> Value<'a> {
        let class = self.class_of(instance);
        let fields = class.and_then(|class| self.classes.get(class as usize)).map_or(&[][..], |class| class.fields);
        if let (Shape::Int(at), false) = (index.shape, fields.is_empty()) {
            let field = super::fold::position(at, fields.len()).and_then(|at| fields.get(at));
            return field.map_or(Value::UNKNOWN, |field| self.instance_attribute(instance, field, span));
        }
        if let Some(items) = self.items_of_instance(instance) {
            return self.item(items, index, span);
        }
        self.call_method(value, "__missing__", &[index], span).unwrap_or(Value::UNKNOWN)
    }

    fn items_of_instance(&self, instance: u32) -> Option<Value<'a>> {
        let any = self.any_instance(self.class_of(instance)?);
        self.memory.get(Place::Field(instance, ITEMS)).or_else(|| self.memory.get(Place::Field(any, ITEMS)))
    }

    /// Puts something into an instance whose class does not say what that does.
    pub(super) fn set_item_of_instance(&mut self, instance: u32, key: Value<'a>, value: Value<'a>, span: Span) {
        let items = match self.items_of_instance(instance) {
            Some(items) => items,
            None => {
                let items = self.held(Value::of(Shape::Dict(&[])));
                self.set_attribute(Value::of(Shape::Instance(instance)), ITEMS, items, span);
                items
            }
        };
        self.set_item(items, key, value, span);
    }

    /// An exception keeps what it is made with.
    pub(super) fn keep_arguments(&mut self, class: u32, value: Value<'a>, arguments: &[Argument<'a>], span: Span) {
        let is_exception = |base: &Value<'a>| matches!(base.shape, Shape::Path(path) if class::is_exception(path));
        if !arguments.is_empty() && self.bases_of(class).iter().any(is_exception) {
            let given: Vec<_> = arguments.iter().map(|argument| argument.value).collect();
            let given = self.sequence(&given);
            self.set_attribute(value, "args", given, span);
        }
    }
}
