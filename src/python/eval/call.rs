//! Calls: told as events, and what they give where that can be told.

use super::{Evaluator, ahead};
use crate::event::{Argument, Call, Event};
use crate::python::tree::{self, ArgumentKind, Expr, ExprKind};
use crate::rule::BindingKind;
use crate::source::Span;
use crate::value::{Path, Shape, Value};

impl<'a> Evaluator<'a, '_> {
    pub(super) fn call(&mut self, call: &'a tree::Call<'a>, span: Span) -> Value<'a> {
        let (receiver, callee) = match call.callee.kind {
            ExprKind::Attribute(attribute) => {
                let receiver = self.expression(&attribute.value);
                (Some((receiver, attribute.name)), self.attribute(receiver, attribute.name))
            }
            _ => (None, self.expression(&call.callee)),
        };
        let (arguments, splat) = self.arguments(call.arguments, callee);
        let event = self.arena.alloc(Call {
            callee,
            receiver: receiver.map(|(value, _)| value),
            arguments,
            splat,
            span,
            callee_span: call.callee.span,
            replayed: false,
        });
        self.emit(Event::Call(event));

        if let Some((receiver, method)) = receiver
            && let Some(value) = self.text_method(self.known(receiver), method, event)
        {
            self.format_event(value, span);
            return value;
        }
        if let (Some((receiver, method)), ExprKind::Attribute(attribute)) = (receiver, call.callee.kind)
            && ahead::MUTATORS.contains(&method)
        {
            self.mutate(&attribute.value, receiver, method, arguments);
        }
        let (first, others) = callee.alternatives().split_first().unwrap_or((&callee, &[]));
        let mut result = self.result(*first, event);
        for other in others {
            result = result.or(self.result(*other, event), self.arena);
        }
        result
    }

    fn arguments(&mut self, sources: &'a [tree::Argument<'a>], callee: Value<'a>) -> (&'a [Argument<'a>], bool) {
        let mut arguments = bumpalo::collections::Vec::with_capacity_in(sources.len(), self.arena);
        let mut splat = false;
        for source in sources {
            let value = self.expression_in(&source.value, Some(callee));
            let span = source.span;
            let literal = is_literal(&source.value);
            match (source.kind, value.shape) {
                (ArgumentKind::Positional, _) => arguments.push(self.argument(None, value, literal, span)),
                (ArgumentKind::Keyword(name), _) => {
                    self.binding(BindingKind::Keyword, name, value, span);
                    arguments.push(self.argument(Some(name), value, literal, span));
                }
                (ArgumentKind::Star, Shape::Sequence(items)) if self.can_pass(items.len(), span) => {
                    arguments.extend(items.iter().map(|value| self.argument(None, *value, literal, span)));
                }
                (ArgumentKind::DoubleStar, Shape::Dict(items)) if self.can_pass(items.len(), span) => {
                    for (key, value) in items {
                        match key.shape {
                            Shape::Str(name) => arguments.push(self.argument(Some(name), *value, literal, span)),
                            _ => splat = true,
                        }
                    }
                }
                (ArgumentKind::Star, _) => {
                    splat = true;
                    arguments.push(self.argument(None, Value::UNKNOWN, literal, span));
                }
                (ArgumentKind::DoubleStar, _) => splat = true,
            }
        }
        (arguments.into_bump_slice(), splat)
    }

    fn can_pass(&mut self, count: usize, span: Span) -> bool {
        self.budget.build_items::<Argument>(count, span)
    }

    fn argument(&mut self, name: Option<&'a str>, value: Value<'a>, literal: bool, span: Span) -> Argument<'a> {
        let value = self.shown(value, span);
        let constant = self.constant(&value).map(|constant| &*self.arena.alloc(constant));
        Argument { name, value, constant, literal, span }
    }

    /// A decorator is called with what it decorates.
    pub(super) fn decorator(&mut self, decorator: &'a Expr<'a>, decorated: Value<'a>) {
        let callee = self.expression(decorator);
        let span = decorator.span;
        let arguments = self.arena.alloc_slice_copy(&[self.argument(None, decorated, false, span)]);
        let call = self.arena.alloc(Call {
            callee,
            receiver: None,
            arguments,
            splat: false,
            span,
            callee_span: span,
            replayed: false,
        });
        self.emit(Event::Call(call));
    }

    /// What calling something gives.
    fn result(&mut self, callee: Value<'a>, call: &'a Call<'a>) -> Value<'a> {
        match callee.shape {
            Shape::Path(path) => match self.known_function(path, call) {
                Some(value) => value,
                None => Value { origin: callee.origin, ..self.then(path, "()") },
            },
            Shape::Class(class) => Value::of(Shape::Instance(class)),
            _ => Value::UNKNOWN,
        }
    }

    /// Functions of the language whose results are known when their arguments are.
    fn known_function(&mut self, path: &'a Path<'a>, call: &'a Call<'a>) -> Option<Value<'a>> {
        let parent = path.parent?;
        let value = |at: usize| call.argument(None, Some(at)).map(|argument| *argument.known());
        let first = value(0);
        match (parent.segment, path.segment) {
            ("builtins", "getattr") => match (first?, value(1)?.shape) {
                (object, Shape::Str(name)) if self.budget.read(name.len(), call.span) => {
                    Some(self.attribute(object, name))
                }
                _ => None,
            },
            ("builtins" | "importlib", "__import__") => self.import_call(call, false),
            ("importlib", "import_module") => self.import_call(call, true),
            ("builtins", "str") => {
                let text = super::text::rendered(&first?)?;
                Some(self.folded(text, call.span))
            }
            ("builtins", "chr") => match first?.shape {
                Shape::Int(code) => {
                    let character = char::from_u32(u32::try_from(code).ok()?)?;
                    Some(self.folded(&*character.encode_utf8(&mut [0; 4]), call.span))
                }
                _ => None,
            },
            ("builtins", "ord") => {
                let mut characters = match first?.shape {
                    Shape::Str(text) => text.chars(),
                    _ => return None,
                };
                let code = i64::from(u32::from(characters.next()?));
                characters.next().is_none().then_some(Value::of(Shape::Int(code)))
            }
            ("builtins", "len") => match first?.shape {
                Shape::Str(text) if self.budget.read(text.len(), call.span) => {
                    Some(i64::try_from(text.chars().count()).ok()?)
                }
                Shape::Sequence(items) => Some(i64::try_from(items.len()).ok()?),
                _ => None,
            }
            .map(|length| Value::of(Shape::Int(length))),
            ("builtins", "list" | "tuple") => first.filter(|value| matches!(value.shape, Shape::Sequence(_))),
            ("path", "expanduser") if path.is("os.path.expanduser") => first.filter(|value| value.text().is_some()),
            ("path", "join") if path.is("os.path.join") && !call.splat => self.join_paths(call),
            _ => None,
        }
    }

    /// `os.path.join`: an absolute part starts anew; a part that is not known is a hole.
    fn join_paths(&mut self, call: &'a Call<'a>) -> Option<Value<'a>> {
        let mut joined = self.budget.draft();
        for argument in call.arguments {
            let part = super::text::rendered_or_hole(argument.known());
            if part.starts_with('/') {
                joined.clear();
            } else if !joined.text().is_empty() && !joined.text().ends_with('/') {
                joined.push("/");
            }
            joined.push(&part);
        }
        Some(self.drafted(&joined, call.span))
    }

    /// An import by name: told as one.
    fn import_call(&mut self, call: &'a Call<'a>, whole: bool) -> Option<Value<'a>> {
        let Shape::Str(name) = call.argument(Some("name"), Some(0))?.known().shape else { return None };
        if !self.budget.build_items::<Path>(name.len() / 2, call.span) {
            return None;
        }
        let path = Path::dotted(self.arena, name)?;
        self.emit(Event::Import { path, module: path, first: true, span: call.span });
        // `__import__("a.b")` gives `a`, unless a `fromlist` asks for something inside.
        let is_inside = whole || call.argument(Some("fromlist"), Some(3)).is_some();
        Some(Value::path(if is_inside { path } else { path.upwards().last()? }))
    }
}

/// A constant, or a display of nothing but constants.
fn is_literal(expr: &Expr<'_>) -> bool {
    match expr.kind {
        ExprKind::Str(_) | ExprKind::Bytes(_) | ExprKind::Int(_) | ExprKind::Bool(_) | ExprKind::None => true,
        ExprKind::List(items) | ExprKind::Tuple(items) | ExprKind::Set(items) => items.iter().all(is_literal),
        ExprKind::Dict(items) => {
            items.iter().all(|(key, value)| key.as_ref().is_some_and(is_literal) && is_literal(value))
        }
        _ => false,
    }
}
