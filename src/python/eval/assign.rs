//! Assignment: values bound to targets of every form.

use super::memory::Place;
use super::scope::MODULE;
use super::{Evaluator, attribute};
use crate::event::Event;
use crate::python::tree::{self, Expr, ExprKind};
use crate::rule::BindingKind;
use crate::source::Span;
use crate::value::{How, Shape, Value};

impl<'a> Evaluator<'a, '_> {
    pub(super) fn assign(&mut self, assign: &'a tree::Assign<'a>) {
        if let Some(annotation) = &assign.annotation {
            self.annotation(annotation);
        }
        let Some(source) = &assign.value else {
            // `name: annotation` alone binds nothing, but says what the name will be.
            if let ([Expr { kind: ExprKind::Name(name), .. }], Some(annotation)) = (assign.targets, &assign.annotation)
            {
                let value = self.annotated(annotation);
                if !matches!(value.shape, Shape::Unknown) {
                    self.bind(name, value);
                }
            }
            return;
        };
        let value = self.expression(source);
        // One finding for `a = b = "…"`, by the first target whose name a rule knows: the checks see them in order.
        for target in assign.targets {
            self.assign_to(target, value, Some(source.span));
        }
    }

    pub(super) fn augmented(&mut self, assign: &'a tree::AugAssign<'a>, span: Span) {
        let before = self.expression(&assign.target);
        let added = self.expression(&assign.value);
        let value = self.binary_values(assign.op, before, added, span);
        self.format_event(value, span);
        // A container is changed where it is, for all who hold it.
        if self.change(before, value) {
            return;
        }
        self.assign_to(&assign.target, value, None);
    }

    /// Binds a value to a target. `source` is where the value stands in the text, if it is written there.
    pub(super) fn assign_to(&mut self, target: &'a Expr<'a>, value: Value<'a>, source: Option<Span>) {
        match target.kind {
            ExprKind::Name(name) => {
                self.assigned(name, value, source);
                let value = self.held(value);
                let value = self.step(value, How::Assigned, target.span);
                self.bind(name, value);
            }
            ExprKind::Attribute(attribute) => {
                let object = self.base(&attribute.value);
                self.assigned(attribute.name, value, source);
                let value = self.held(value);
                self.store_attribute(object, attribute.name, value, target.span);
            }
            ExprKind::Subscript(subscript) => {
                let container = match self.owner_of_members(&subscript.value) {
                    Some(owner) => {
                        let key = self.expression(&subscript.index);
                        self.setattr(owner, key, value, target.span);
                        return;
                    }
                    None => self.base(&subscript.value),
                };
                let key = self.expression(&subscript.index);
                if let Shape::Str(name) = key.shape {
                    self.assigned(name, value, source);
                }
                self.store_item(container, key, value, target.span);
                if let Shape::Sequence(_) | Shape::Dict(_) = container.shape {
                    self.store_inside(&subscript.value, container, key, value, target.span);
                }
            }
            ExprKind::Tuple(targets) | ExprKind::List(targets) => self.unpack(targets, value, source),
            ExprKind::Starred(inner) => self.assign_to(inner, Value::UNKNOWN, source),
            _ => {
                self.expression(target);
            }
        }
    }

    /// Sets an attribute of whatever the object may be.
    pub(super) fn store_attribute(&mut self, object: Value<'a>, name: &'a str, value: Value<'a>, span: Span) {
        for object in object.alternatives() {
            match object.shape {
                Shape::Path(path) => {
                    let path = path.then(self.arena, name);
                    let value = self.snapshot(value);
                    self.emit(Event::Store { path, key: None, value, span });
                    // What code puts there is what it gets from there.
                    self.replaced.push((path.hash, value));
                }
                Shape::Function(function) => {
                    self.set_function_attribute(function, name, value, span);
                    if attribute::is_introspective(name) {
                        let path = self.unknown_root.then(self.arena, name);
                        let value = self.snapshot(value);
                        self.emit(Event::Store { path, key: None, value, span });
                    }
                }
                _ => self.set_attribute(*object, name, value, span),
            }
        }
    }

    /// Sets an item of whatever the container may be.
    fn store_item(&mut self, container: Value<'a>, key: Value<'a>, value: Value<'a>, span: Span) {
        for holder in container.alternatives() {
            let Shape::Path(path) = holder.shape else { continue };
            if let (Value { shape: Shape::Path(owner), .. }, Shape::Str(name)) = (self.owner_of_table(path), key.shape)
            {
                self.store_attribute(Value::path(owner), name, value, span);
                continue;
            }
            if let (true, Shape::Str(name)) = (attribute::is_table(path), key.shape) {
                let held = self.held(value);
                self.memory.put(Place::Name(MODULE, name), held);
                continue;
            }
            let value = self.snapshot(value);
            self.emit(Event::Store { path, key: Some(key), value, span });
        }
        if let Shape::Instance(instance) = container.shape
            && self.call_method(container, "__setitem__", &[key, value], span).is_none()
        {
            self.set_item_of_instance(instance, key, value, span);
        }
        self.set_item(container, key, value, span);
    }

    /// `d["a"]["b"] = value`, where no name holds the inner container.
    fn store_inside(&mut self, object: &'a Expr<'a>, inner: Value<'a>, key: Value<'a>, value: Value<'a>, span: Span) {
        if let ExprKind::Subscript(outer) = object.kind {
            let changed = match inner.shape {
                Shape::Dict(_) => self.with_entry(inner, key, value, span),
                _ => Value::UNKNOWN,
            };
            let container = self.dotted(&outer.value);
            let outer_key = self.literal(&outer.index);
            self.set_item(container, outer_key, changed, span);
            self.forget(container);
        }
    }

    fn assigned(&mut self, name: &'a str, value: Value<'a>, source: Option<Span>) {
        if let Some(span) = source {
            self.binding(BindingKind::Assignment, name, value, span);
        }
    }

    fn unpack(&mut self, targets: &'a [Expr<'a>], value: Value<'a>, source: Option<Span>) {
        let span = targets.first().map_or(Span::new(0, 0), |target| target.span);
        let value = self.iterated(value, span);
        let items = match value.shape {
            Shape::Sequence(items) => Some(items),
            _ => None,
        };
        let star = targets.iter().position(|target| matches!(target.kind, ExprKind::Starred(_)));
        let after = star.map_or(0, |star| targets.len() - star - 1);
        for (at, target) in targets.iter().enumerate() {
            let item = match (items, star) {
                (Some(items), None) if items.len() == targets.len() => items.get(at).copied(),
                (Some(items), Some(star)) if items.len() + 1 >= targets.len() => match at {
                    _ if at < star => items.get(at).copied(),
                    _ if at == star => Some(self.sequence(&items[star..items.len() - after])),
                    _ => items.get(items.len() + at - targets.len()).copied(),
                },
                _ => None,
            };
            let item = item.unwrap_or_else(|| match self.element(value) {
                element if element.is_constant() => Value::UNKNOWN,
                element => element,
            });
            let target = match target.kind {
                ExprKind::Starred(inner) => inner,
                _ => target,
            };
            self.assign_to(target, item, source);
        }
    }

    /// What a name annotated so holds: an instance of a class known by its path.
    pub(super) fn annotated(&mut self, annotation: &'a Expr<'a>) -> Value<'a> {
        let value = match annotation.kind {
            ExprKind::Name(name) => self.name(name),
            ExprKind::Attribute(_) => self.dotted(annotation),
            // `X | None` is, where it matters, an X.
            ExprKind::Binary(binary) if matches!(binary.right.kind, ExprKind::None) => {
                return self.annotated(&binary.left);
            }
            _ => return Value::UNKNOWN,
        };
        match value.shape {
            Shape::Path(path) if path.upwards().all(|path| path.segment != "?" && path.segment != "builtins") => {
                self.then(path, "()")
            }
            Shape::Class(class) => Value::of(Shape::Instance(self.any_instance(class))),
            _ => Value::UNKNOWN,
        }
    }
}
