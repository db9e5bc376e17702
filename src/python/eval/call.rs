//! Calls: told as events, and what they give where that can be told.

use super::{Evaluator, ahead, pure};
use crate::event::{Argument, Call, Event};
use crate::python::tree::{self, ArgumentKind, Expr, ExprKind};
use crate::rule::BindingKind;
use crate::source::Span;
use crate::value::{Bound, Path, Shape, Value};

/// Calls that only other calls make are followed so deep.
const MAX_NESTED: u32 = 256;

/// The arguments of a call: as functions of the module get them, containers shared, and as rules see them, with what is in
/// the containers at the time.
#[derive(Clone, Copy)]
pub(super) struct Passed<'a> {
    pub(super) shared: &'a [Argument<'a>],
    pub(super) shown: &'a [Argument<'a>],
    pub(super) splat: bool,
}

impl<'a> Evaluator<'a, '_> {
    pub(super) fn call(&mut self, call: &'a tree::Call<'a>, span: Span) -> Value<'a> {
        let ExprKind::Attribute(attribute) = call.callee.kind else {
            let callee = self.base(&call.callee);
            let passed = self.arguments(call.arguments, callee);
            return self.told_call(callee, None, passed, span, call.callee.span);
        };
        if ahead::MUTATORS.contains(&attribute.name)
            && let Some(owner) = self.owner_of_members(&attribute.value)
        {
            let passed = self.arguments(call.arguments, Value::UNKNOWN);
            return self.members_changed(owner, attribute.name, passed, span);
        }
        let receiver = self.base(&attribute.value);
        let receiver = self.known(receiver);
        if self.has_own_methods(&receiver) {
            // A method of a constant or a container is nothing that a rule could name.
            let passed = self.arguments(call.arguments, Value::UNKNOWN);
            let event = self.event(Value::UNKNOWN, Some(receiver), passed, span, call.callee.span);
            self.emit(Event::Call(event));
            if attribute.name.starts_with("format") {
                self.fill_template(receiver, attribute.name, passed, span);
            }
            let value = self.own_method(receiver, attribute.name, event, passed);
            self.change_inside(&attribute.value, receiver, attribute.name, event, passed);
            self.format_event(value, span);
            return value;
        }
        let callee = self.attribute(receiver, attribute.name, call.callee.span);
        let passed = self.arguments(call.arguments, callee);
        self.told_call(callee, Some(receiver), passed, span, call.callee.span)
    }

    /// Tells of a call, and gives what it gives.
    fn told_call(
        &mut self,
        callee: Value<'a>,
        receiver: Option<Value<'a>>,
        passed: Passed<'a>,
        span: Span,
        callee_span: Span,
    ) -> Value<'a> {
        let event = self.event(callee, receiver, passed, span, callee_span);
        self.emit(Event::Call(event));
        // An object whose `__call__` is itself is called for ever.
        if self.nested_calls >= MAX_NESTED {
            return Value::UNKNOWN;
        }
        self.nested_calls += 1;
        let result = self.results_of(event, passed);
        self.nested_calls -= 1;
        result
    }

    fn event(
        &self,
        callee: Value<'a>,
        receiver: Option<Value<'a>>,
        passed: Passed<'a>,
        span: Span,
        callee_span: Span,
    ) -> &'a Call<'a> {
        let Passed { shown: arguments, splat, .. } = passed;
        let receiver = receiver.map(|receiver| self.snapshot(receiver));
        let through = match self.running.as_slice() {
            [] => &[][..],
            running => self.arena.alloc_slice_fill_iter(running.iter().map(|(_, called_at)| *called_at)),
        };
        self.arena.alloc(Call { callee, receiver, arguments, splat, span, callee_span, through })
    }

    /// What a call gives, whichever of its callees is called.
    fn results_of(&mut self, event: &'a Call<'a>, passed: Passed<'a>) -> Value<'a> {
        self.called_at = event.span;
        let (first, others) = event.callee.alternatives().split_first().unwrap_or((&event.callee, &[]));
        let mut result = self.result(*first, event, passed);
        for other in others {
            result = result.or(self.result(*other, event, passed), self.arena);
        }
        result
    }

    /// What calling something gives.
    fn result(&mut self, callee: Value<'a>, call: &'a Call<'a>, passed: Passed<'a>) -> Value<'a> {
        match callee.shape {
            Shape::Path(path) => {
                if let Some(value) = self.well_known_call(path, call, passed) {
                    return value;
                }
                self.any_member_called(path, call.span);
                self.callbacks(path, call, passed);
                if let Some(value) = self.run_code_of(path, call) {
                    return value;
                }
                // What a method of an object gives that stands for a value: of a path, a pattern, a layout.
                let object = call.receiver.filter(|receiver| matches!(receiver.shape, Shape::Carrier(_)));
                let folded =
                    object.and_then(|object| pure::method(&mut self.tools(call.span), object, path.segment, call));
                if let Some(value) = folded.or_else(|| pure::function(&mut self.tools(call.span), path, call)) {
                    let taint =
                        call.arguments.iter().fold(value.taint, |taint, argument| taint.or(argument.value.taint));
                    let value = Value { taint, ..value };
                    // What is written to a file or an array in memory changes it.
                    let is_file = path.parent.is_some_and(|module| matches!(module.segment, "io" | "array"));
                    return if is_file { self.shared(value) } else { value };
                }
                self.given_away(path, passed);
                Value { origin: callee.origin, ..self.then(path, "()") }
            }
            Shape::Function(function) => {
                let value = self.call_function(function, None, passed.shared, passed.splat);
                if let Some(others) = self.function_attribute(callee, REGISTERED) {
                    self.told_call(others, None, passed, call.span, call.callee_span);
                }
                value
            }
            Shape::Class(class) if self.metaclass_hook(class, "__call__").is_some() => {
                let hook = self.metaclass_hook(class, "__call__");
                let value = hook
                    .map_or(Value::UNKNOWN, |hook| self.call_function(hook, Some(callee), passed.shared, passed.splat));
                match value.shape {
                    Shape::Unknown => self.instantiate(class, passed.shared, passed.splat, call.span),
                    _ => value,
                }
            }
            Shape::Class(class) => self.instantiate(class, passed.shared, passed.splat, call.span),
            Shape::Instance(instance) => {
                let hook = self.class_of(instance).and_then(|class| self.class_member(class, "__call__"));
                match hook.map(|hook| hook.shape) {
                    Some(Shape::Function(hook)) => self.call_function(hook, Some(callee), passed.shared, passed.splat),
                    Some(_) => hook
                        .map_or(Value::UNKNOWN, |hook| self.told_call(hook, None, passed, call.span, call.callee_span)),
                    None => Value::UNKNOWN,
                }
            }
            Shape::Bound(bound) => self.bound_call(bound, call, passed),
            Shape::Carrier(carrier) => {
                pure::called(&mut self.tools(call.span), carrier, call).unwrap_or(Value::UNKNOWN)
            }
            _ => Value::UNKNOWN,
        }
    }

    fn well_known_call(&mut self, path: &'a Path<'a>, call: &'a Call<'a>, passed: Passed<'a>) -> Option<Value<'a>> {
        let known = self.known_call(path, call, passed);
        let known = known.or_else(|| self.annotation_call(path, call, passed));
        known.or_else(|| self.held_call(path, call, passed))
    }

    /// The call of something that holds its first arguments.
    fn bound_call(&mut self, bound: &'a Bound<'a>, call: &'a Call<'a>, passed: Passed<'a>) -> Value<'a> {
        if let (Shape::Function(function), [(None, receiver)]) = (bound.callee.shape, bound.arguments) {
            return self.call_function(function, Some(*receiver), passed.shared, passed.splat);
        }
        let held: Vec<_> =
            bound.arguments.iter().map(|(name, value)| self.argument(*name, *value, call.span)).collect();
        let all = |arguments: &[Argument<'a>]| {
            let (named, positional): (Vec<_>, Vec<_>) = held.iter().partition(|argument| argument.name.is_some());
            [positional, arguments.to_vec(), named].concat()
        };
        let shared = self.arena.alloc_slice_copy(&all(passed.shared));
        let shown = self.shown_arguments(shared);
        let passed = Passed { shared, shown, splat: passed.splat };
        self.told_call(bound.callee, None, passed, call.span, call.callee_span)
    }

    /// A call that the source does not spell out: Python or a library calls this with these values.
    pub(super) fn invoke(&mut self, callee: Value<'a>, values: &[Value<'a>], span: Span) -> Value<'a> {
        let arguments: Vec<_> = values.iter().map(|value| self.argument(None, *value, span)).collect();
        self.invoke_with(callee, self.arena.alloc_slice_copy(&arguments), false, span)
    }

    pub(super) fn invoke_with(
        &mut self,
        callee: Value<'a>,
        shared: &'a [Argument<'a>],
        splat: bool,
        span: Span,
    ) -> Value<'a> {
        let shown = self.shown_arguments(shared);
        self.told_call(callee, None, Passed { shared, shown, splat }, span, span)
    }

    /// Calls a method that an instance of the module has.
    pub(super) fn call_method(
        &mut self,
        object: Value<'a>,
        name: &str,
        values: &[Value<'a>],
        span: Span,
    ) -> Option<Value<'a>> {
        let Shape::Instance(instance) = object.shape else { return None };
        let member = self.class_of(instance).and_then(|class| self.class_member(class, name))?;
        match member.shape {
            Shape::Function(function) => {
                let arguments: Vec<_> = values.iter().map(|value| self.argument(None, *value, span)).collect();
                Some(self.call_function(function, Some(object), &arguments, false))
            }
            Shape::Path(_) | Shape::Bound(_) => Some(self.invoke(member, values, span)),
            Shape::Carrier(carrier) if carrier.path.is("builtins.staticmethod()") => {
                Some(self.invoke(carrier.value, values, span))
            }
            _ => None,
        }
    }

    /// A callable with its first argument given.
    pub(super) fn bound_to(&self, callee: Value<'a>, receiver: Value<'a>) -> Value<'a> {
        let arguments = self.arena.alloc_slice_copy(&[(None, receiver)]);
        Value::of(Shape::Bound(self.arena.alloc(Bound { callee, arguments })))
    }

    fn arguments(&mut self, sources: &'a [tree::Argument<'a>], callee: Value<'a>) -> Passed<'a> {
        let mut arguments = bumpalo::collections::Vec::with_capacity_in(sources.len(), self.arena);
        let mut splat = false;
        for source in sources {
            let value = self.expression_in(&source.value, Some(callee));
            let span = source.span;
            let literal = is_literal(&source.value);
            let inside = match source.kind {
                ArgumentKind::Star | ArgumentKind::DoubleStar => self.content(value).shape,
                _ => value.shape,
            };
            match (source.kind, inside) {
                (ArgumentKind::Positional, _) => arguments.push(self.written(None, value, literal, span)),
                (ArgumentKind::Keyword(name), _) => {
                    self.binding(BindingKind::Keyword, name, value, span);
                    arguments.push(self.written(Some(name), value, literal, span));
                }
                (ArgumentKind::Star, Shape::Sequence(items)) if self.can_pass(items.len(), span) => {
                    arguments.extend(items.iter().map(|value| self.written(None, *value, literal, span)));
                }
                (ArgumentKind::DoubleStar, Shape::Dict(items)) if self.can_pass(items.len(), span) => {
                    for (key, value) in items {
                        match key.shape {
                            Shape::Str(name) => arguments.push(self.written(Some(name), *value, literal, span)),
                            _ => splat = true,
                        }
                    }
                }
                (ArgumentKind::Star, _) => {
                    splat = true;
                    let element = self.element(value);
                    let element = if element.is_constant() { Value::UNKNOWN } else { element };
                    arguments.push(self.written(None, element, literal, span));
                }
                (ArgumentKind::DoubleStar, _) => splat = true,
            }
        }
        let shared = arguments.into_bump_slice();
        Passed { shared, shown: self.shown_arguments(shared), splat }
    }

    /// The arguments with what is in containers.
    fn shown_arguments(&mut self, shared: &'a [Argument<'a>]) -> &'a [Argument<'a>] {
        if !shared.iter().any(|argument| self.holds_cells(&argument.value)) {
            return shared;
        }
        let shown = shared.iter().map(|argument| Argument { value: self.snapshot(argument.value), ..*argument });
        self.arena.alloc_slice_fill_iter(shown.collect::<Vec<_>>())
    }

    fn can_pass(&mut self, count: usize, span: Span) -> bool {
        self.budget.build_items::<Argument>(count, span)
    }

    pub(super) fn argument(&mut self, name: Option<&'a str>, value: Value<'a>, span: Span) -> Argument<'a> {
        self.written(name, value, false, span)
    }

    fn written(&mut self, name: Option<&'a str>, value: Value<'a>, literal: bool, span: Span) -> Argument<'a> {
        let value = self.shown(value, span);
        let constant = self.constant(&value).map(|constant| &*self.arena.alloc(constant));
        Argument { name, value, constant, literal, span }
    }

    /// A decorator is called with what it decorates, and its result takes that name, if anything is known of it.
    pub(super) fn decorated(&mut self, decorator: &'a Expr<'a>, decorated: Value<'a>) -> Value<'a> {
        let callee = self.base(decorator);
        let span = decorator.span;
        let given = self.argument(None, decorated, span);
        let shared = self.arena.alloc_slice_copy(&[given]);
        let result = self.told_call(callee, None, Passed { shared, shown: shared, splat: false }, span, span);
        match (callee.shape, result.shape) {
            (Shape::Function(_) | Shape::Class(_) | Shape::Instance(_) | Shape::Bound(_), Shape::Unknown) => decorated,
            (Shape::Function(_) | Shape::Class(_) | Shape::Instance(_) | Shape::Bound(_), _) => result,
            // What other people's decorators give mostly still does what it is given.
            _ => decorated,
        }
    }
}

/// Under this attribute of a function stand those that are called in its place for some arguments.
pub(super) const REGISTERED: &str = "[registered]";

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
