//! Assignment: values bound to targets of every form.

use super::Evaluator;
use crate::event::Argument;
use crate::python::tree::{self, Expr, ExprKind};
use crate::rule::BindingKind;
use crate::source::Span;
use crate::value::{How, Shape, Value};

/// A container that code fills one by one is followed up to this many items.
const MAX_GROWN: usize = 64;

impl<'a> Evaluator<'a, '_> {
    pub(super) fn assign(&mut self, assign: &'a tree::Assign<'a>) {
        if let Some(annotation) = &assign.annotation {
            self.expression(annotation);
        }
        let Some(source) = &assign.value else {
            // `name: annotation` alone binds nothing, but says what the name will be.
            if let ([Expr { kind: ExprKind::Name(name), .. }], Some(annotation)) = (assign.targets, &assign.annotation)
            {
                let value = self.annotated(annotation);
                if !matches!(value.shape, Shape::Unknown) {
                    self.scopes.set(name, value, self.arena);
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
        self.assign_to(&assign.target, value, None);
    }

    /// Binds a value to a target. `source` is where the value stands in the text, if it is written there.
    pub(super) fn assign_to(&mut self, target: &'a Expr<'a>, value: Value<'a>, source: Option<Span>) {
        match target.kind {
            ExprKind::Name(name) => {
                self.assigned(name, value, source);
                let value = self.step(value, How::Assigned, target.span);
                self.scopes.set(name, value, self.arena);
            }
            ExprKind::Attribute(attribute) => {
                let object = self.expression(&attribute.value);
                self.assigned(attribute.name, value, source);
                if let Shape::Instance(class) | Shape::Class(class) = object.shape {
                    self.set_attribute(class, attribute.name, value);
                }
            }
            ExprKind::Subscript(subscript) => {
                let container = self.expression(&subscript.value);
                let key = self.expression(&subscript.index);
                if let Shape::Str(name) = key.shape {
                    self.assigned(name, value, source);
                }
                let changed = match container.shape {
                    Shape::Dict(items)
                        if items.len() < MAX_GROWN
                            && key.is_constant()
                            && self.budget.build_items::<(Value, Value)>(items.len() + 1, target.span) =>
                    {
                        let kept = items.iter().copied().filter(|(known, _)| !known.same(&key));
                        let items: Vec<_> = kept.chain([(key, value)]).collect();
                        Value::of(Shape::Dict(self.arena.alloc_slice_copy(&items)))
                    }
                    Shape::Dict(_) | Shape::Sequence(_) => Value::UNKNOWN,
                    _ => return,
                };
                self.rebind(&subscript.value, changed);
            }
            ExprKind::Tuple(targets) | ExprKind::List(targets) => self.unpack(targets, value, source),
            ExprKind::Starred(inner) => self.assign_to(inner, Value::UNKNOWN, source),
            _ => {
                self.expression(target);
            }
        }
    }

    /// Follows a method that changes a container in place.
    pub(super) fn mutate(&mut self, object: &'a Expr<'a>, container: Value<'a>, method: &str, passed: &[Argument<'a>]) {
        let changed = match (container.shape, method, passed) {
            (Shape::Sequence(items), "append", [item])
                if items.len() < MAX_GROWN && self.budget.build_items::<Value>(items.len() + 1, item.span) =>
            {
                self.sequence(&[items, &[item.value]].concat())
            }
            (Shape::Sequence(_) | Shape::Dict(_) | Shape::Either(_), ..) => Value::UNKNOWN,
            _ => return,
        };
        self.rebind(object, changed);
    }

    /// Gives the name or attribute that holds a container its changed value.
    fn rebind(&mut self, object: &'a Expr<'a>, value: Value<'a>) {
        match object.kind {
            ExprKind::Name(name) => self.scopes.set(name, value, self.arena),
            ExprKind::Attribute(attribute) => {
                if let Shape::Instance(class) | Shape::Class(class) = self.dotted(&attribute.value).shape {
                    self.set_attribute(class, attribute.name, value);
                }
            }
            _ => {}
        }
    }

    fn assigned(&mut self, name: &'a str, value: Value<'a>, source: Option<Span>) {
        if let Some(span) = source {
            self.binding(BindingKind::Assignment, name, value, span);
        }
    }

    fn unpack(&mut self, targets: &'a [Expr<'a>], value: Value<'a>, source: Option<Span>) {
        let items = match value.shape {
            Shape::Sequence(items) if items.len() == targets.len() => Some(items),
            _ => None,
        };
        let has_star = targets.iter().any(|target| matches!(target.kind, ExprKind::Starred(_)));
        for (at, target) in targets.iter().enumerate() {
            let item = items.filter(|_| !has_star).and_then(|items| items.get(at).copied());
            self.assign_to(target, item.unwrap_or(Value::UNKNOWN), source);
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
            Shape::Class(class) => Value::of(Shape::Instance(class)),
            _ => Value::UNKNOWN,
        }
    }
}
