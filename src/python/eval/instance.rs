//! Instances of classes of the module: made, looked into and set.

use super::Evaluator;
use super::call::Passed;
use super::class::Instance;
use super::memory::Place;
use crate::event::Argument;
use crate::python::tree::{self, ExprKind};
use crate::source::Span;
use crate::value::{Shape, Value};

impl<'a> Evaluator<'a, '_> {
    /// A class made by a call: its constructor runs, if it is one of the module.
    pub(super) fn instantiate(&mut self, class: u32, arguments: &[Argument<'a>], splat: bool, span: Span) -> Value<'a> {
        if !self.care.replay() {
            return Value::of(Shape::Instance(self.any_instance(class)));
        }
        let instance = self.new_object(class, None);
        let value = Value::of(Shape::Instance(instance));
        if let Some(Value { shape: Shape::Function(new), .. }) = self.class_member(class, "__new__") {
            self.call_function(new, Some(Value::of(Shape::Class(class))), arguments, splat);
        }
        match self.class_member(class, "__init__").map(|init| init.shape) {
            Some(Shape::Function(init)) => {
                self.call_function(init, Some(value), arguments, splat);
            }
            Some(_) => {
                let given: Vec<_> = arguments.iter().map(|argument| argument.value).collect();
                self.call_method(value, "__init__", &given, span);
            }
            None => {
                self.keep_arguments(class, value, arguments, span);
                let fields = self.classes.get(class as usize).map_or(&[][..], |class| class.fields);
                let mut positional = arguments.iter().filter(|argument| argument.name.is_none());
                for name in fields {
                    let named = arguments.iter().find(|argument| argument.name == Some(name));
                    if let Some(argument) = named.or_else(|| positional.next()) {
                        let passed = self.held(argument.value);
                        self.set_attribute(value, name, passed, span);
                    }
                }
                self.call_method(value, "__post_init__", &[], span);
            }
        }
        value
    }

    /// The object whose attributes an expression is the table of: `x.__dict__`, `vars(x)`.
    pub(super) fn owner_of_members(&mut self, table: &'a tree::Expr<'a>) -> Option<Value<'a>> {
        let owner = match table.kind {
            ExprKind::Attribute(tree::Attribute { value, name: "__dict__", .. }) => value,
            ExprKind::Call(tree::Call { callee, arguments: [argument] })
                if matches!(callee.kind, ExprKind::Name("vars")) =>
            {
                &argument.value
            }
            _ => return None,
        };
        let owner = self.dotted(owner);
        matches!(owner.shape, Shape::Instance(_) | Shape::Class(_)).then_some(owner)
    }

    /// Follows a method that changes the table of an object's attributes.
    pub(super) fn members_changed(&mut self, owner: Value<'a>, how: &str, passed: Passed<'a>, span: Span) -> Value<'a> {
        if how != "update" || passed.splat {
            self.forget_attributes(owner);
            return Value::UNKNOWN;
        }
        for argument in passed.shared {
            match (argument.name, self.content(argument.value).shape) {
                (Some(name), _) => self.set_attribute(owner, name, argument.value, span),
                (None, Shape::Dict(items)) => {
                    for (name, value) in items {
                        self.setattr(owner, *name, *value, span);
                    }
                }
                (None, _) => self.forget_attributes(owner),
            }
        }
        Value::of(Shape::None)
    }

    /// Notes that an object's attributes may have changed in a way that is not followed.
    pub(super) fn forget_attributes(&mut self, owner: Value<'a>) {
        let Shape::Dict(members) = self.members(owner).shape else { return };
        for (name, value) in members {
            if let Shape::Str(name) = name.shape {
                let value = value.or(Value::UNKNOWN, self.arena);
                self.set_attribute(owner, name, value, Span::new(0, 0));
            }
        }
    }

    /// What `super()` gives for an instance: the same, looked at from the bases of the class on.
    pub(super) fn parent_of(&mut self, instance: u32) -> Value<'a> {
        let Some(class) = self.class_of(instance) else { return Value::UNKNOWN };
        let above = self.new_class(self.bases_of(class));
        let object = self.new_object(above, Some(instance));
        Value::of(Shape::Instance(object))
    }

    /// Sets an attribute of an instance or a class of the module.
    pub(super) fn set_attribute(&mut self, object: Value<'a>, name: &'a str, value: Value<'a>, span: Span) {
        match object.shape {
            Shape::Instance(instance) => {
                let Some(Instance { class, stands_for }) = self.instances.get(instance as usize).copied() else {
                    return;
                };
                let instance = stands_for.unwrap_or(instance);
                if !self.is_setting && self.class_member(class, "__setattr__").is_some() {
                    self.is_setting = true;
                    self.call_method(object, "__setattr__", &[Value::of(Shape::Str(name)), value], span);
                    self.is_setting = false;
                }
                if let Some(member) = self.class_member(class, name)
                    && let Shape::Instance(_) = member.shape
                {
                    self.call_method(member, "__set__", &[object, value], span);
                }
                let any = Place::Field(self.any_instance(class), name);
                // Methods run in no known order, so what they set joins.
                let known = self.memory.get(any).map_or(value, |known| known.or(value, self.arena));
                self.memory.put(any, known);
                if any != Place::Field(instance, name) {
                    self.memory.set(Place::Field(instance, name), value, self.arena);
                }
            }
            Shape::Class(class) => {
                let Some(object) = self.class_object(class) else { return };
                let place = Place::Field(object, name);
                let known = self.memory.get(place).filter(|_| !self.is_certain());
                let value = known.map_or(value, |known| known.or(value, self.arena));
                self.memory.put(place, value);
            }
            _ => {}
        }
    }

    /// Looks an attribute up in an instance, its class, and the bases of that.
    pub(super) fn instance_attribute(&mut self, instance: u32, name: &'a str, span: Span) -> Value<'a> {
        let Some(Instance { class, stands_for }) = self.instances.get(instance as usize).copied() else {
            return Value::UNKNOWN;
        };
        let own = stands_for.unwrap_or(instance);
        let itself = Value::of(Shape::Instance(own));
        if let Some(Value { shape: Shape::Function(hook), .. }) = self.class_member(class, "__getattribute__")
            && !self.is_running(hook)
        {
            let name = self.argument(None, Value::of(Shape::Str(name)), span);
            return self.call_function(hook, Some(itself), &[name], false);
        }
        if stands_for.is_none() {
            let any = self.any_instance(class);
            let set = self.memory.get(Place::Field(own, name)).or_else(|| self.memory.get(Place::Field(any, name)));
            if let Some(value) = set {
                let declared = self.class_member(class, name).filter(|_| own == any);
                return declared.map_or(value, |declared| value.or(declared, self.arena));
            }
        }
        let (member, inherited) = self.member_and_inherited(class, name);
        match member {
            // `x = None` in a class only declares what instances will hold.
            Some(value) if matches!(value.shape, Shape::None) => value.or(Value::UNKNOWN, self.arena),
            Some(value) => self.bound_member(value, Some(itself), Value::of(Shape::Class(class)), span),
            None => {
                if let Some(Value { shape: Shape::Function(hook), .. }) = self.class_member(class, "__getattr__") {
                    let name = self.argument(None, Value::of(Shape::Str(name)), span);
                    return self.call_function(hook, Some(itself), &[name], false);
                }
                self.inherited(inherited, name, true)
            }
        }
    }
}
