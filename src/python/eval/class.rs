//! Classes of the module and their instances: attributes of their own, of their bases, and those that methods set.

use super::Evaluator;
use super::call::Passed;
use super::function::MethodKind;
use super::memory::{self, Place};
use crate::event::Argument;
use crate::python::tree::{self, ExprKind};
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
    pub(super) object: u32,
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
    stands_for: Option<u32>,
}

impl<'a> Evaluator<'a, '_> {
    /// A class with these bases and nothing in it yet.
    pub(super) fn new_class(&mut self, bases: &'a [Value<'a>]) -> u32 {
        let index = memory::index(self.classes.len());
        let object = self.new_object(index, None);
        let any = self.new_object(index, None);
        self.classes.push(Class { bases, object, any, metaclass: None, fields: &[] });
        index
    }

    fn new_object(&mut self, class: u32, stands_for: Option<u32>) -> u32 {
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

    /// A class made by a call: its constructor runs, if it is one of the module.
    pub(super) fn instantiate(&mut self, class: u32, arguments: &[Argument<'a>], splat: bool, span: Span) -> Value<'a> {
        if !self.care.replay() || !self.care.follows(None, arguments) {
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

    /// An attribute of a class of the module or of one of its bases, as it stands there.
    pub(super) fn class_member(&self, class: u32, name: &str) -> Option<Value<'a>> {
        self.member_and_inherited(class, name).0
    }

    /// The same, with the bases from elsewhere that may have it if none of the module has.
    fn member_and_inherited(&self, class: u32, name: &str) -> (Option<Value<'a>>, Vec<Value<'a>>) {
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

    fn inherited(&mut self, bases: Vec<Value<'a>>, name: &'a str, of_instance: bool) -> Value<'a> {
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
    fn bound_member(
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
