//! Expressions: what each gives, as far as it can be told without running it.

use super::attribute;
use super::{Evaluator, pure};
use crate::event::Event;
use crate::python::tree::{self, Expr, ExprKind, Piece, UnaryOp};
use crate::rule::BindingKind;
use crate::source::Span;
use crate::value::{MAX_ALTERNATIVES, Path, Shape, Taint, Value};

/// A longer text that is put together is not told.
const MAX_TOLD: usize = 4096;

impl<'a> Evaluator<'a, '_> {
    pub(super) fn expression(&mut self, expr: &'a Expr<'a>) -> Value<'a> {
        self.expression_in(expr, None)
    }

    /// Evaluates what is called, indexed or asked for an attribute: that is told of as a whole.
    pub(super) fn base(&mut self, expr: &'a Expr<'a>) -> Value<'a> {
        match expr.kind {
            ExprKind::Name(name) => self.name(name),
            ExprKind::Attribute(attribute) => {
                let value = self.base(&attribute.value);
                self.told_attribute(value, attribute.name, expr.span)
            }
            _ => self.expression(expr),
        }
    }

    /// An attribute; those that lead to the interpreter's own objects are told of.
    pub(super) fn told_attribute(&mut self, value: Value<'a>, name: &'a str, span: Span) -> Value<'a> {
        // Of a class or function of the module's own, most of these tell nothing that the module does not know.
        let is_own = match value.shape {
            Shape::Class(_) | Shape::Instance(_) => {
                !matches!(name, "__reduce__" | "__reduce_ex__" | "__getattribute__")
            }
            Shape::Function(_) | Shape::Bound(_) => matches!(name, "__closure__" | "__self__"),
            _ => false,
        };
        if !is_own && attribute::is_introspective(name) {
            let path = self.unknown_root.then(self.arena, name);
            self.emit(Event::Reference { path, key: None, span });
        }
        self.attribute(value, name, span)
    }

    /// Tells of names that some model knows and that are used other than by calling them.
    pub(super) fn referenced(&mut self, value: Value<'a>, key: Option<Value<'a>>, span: Span) {
        for value in value.alternatives() {
            if let Shape::Path(path) = value.shape
                && self.knowledge.tells_references
            {
                self.emit(Event::Reference { path, key, span });
            }
        }
    }

    /// Evaluates an expression that may be a direct argument of a call.
    pub(super) fn expression_in(&mut self, expr: &'a Expr<'a>, call: Option<Value<'a>>) -> Value<'a> {
        let value = self.evaluated(expr, call);
        // A text that is put together is told like one that is written; a scan hears of those that are written.
        if self.care.twice
            && let Shape::Str(text) = value.shape
            && text.len() <= MAX_TOLD
            && matches!(
                expr.kind,
                ExprKind::Binary(_) | ExprKind::Call(_) | ExprKind::Subscript(_) | ExprKind::FString(_)
            )
        {
            self.emit(Event::String { text, call, span: expr.span });
        }
        value
    }

    fn evaluated(&mut self, expr: &'a Expr<'a>, call: Option<Value<'a>>) -> Value<'a> {
        match expr.kind {
            ExprKind::Name(name) => {
                let value = self.name(name);
                self.hand_on(value);
                self.referenced(value, None, expr.span);
                value
            }
            ExprKind::Str(text) => {
                self.emit(Event::String { text, call, span: expr.span });
                Value::of(Shape::Str(text))
            }
            ExprKind::Attribute(attribute) => {
                let value = self.base(&attribute.value);
                let value = self.told_attribute(value, attribute.name, expr.span);
                self.referenced(value, None, expr.span);
                value
            }
            ExprKind::Call(call) => self.call(call, expr.span),
            ExprKind::Binary(binary) => {
                let value = self.binary(binary, expr.span);
                self.format_event(value, expr.span);
                value
            }
            ExprKind::FString(pieces) => {
                let value = self.pieces(pieces, call, expr.span);
                self.format_event(value, expr.span);
                value
            }
            ExprKind::Template(pieces) => {
                self.pieces(pieces, call, expr.span);
                Value::UNKNOWN
            }
            ExprKind::Bytes(bytes) => Value::of(Shape::Bytes(bytes)),
            ExprKind::Int(value) => Value::of(Shape::Int(value)),
            ExprKind::Float(value) => Value::of(Shape::Float(value)),
            ExprKind::Bool(value) => Value::of(Shape::Bool(value)),
            ExprKind::None => Value::of(Shape::None),
            ExprKind::List(items) | ExprKind::Tuple(items) | ExprKind::Set(items) => self.display(items),
            ExprKind::Dict(items) => self.dict(items),
            ExprKind::Subscript(subscript) => self.subscript(subscript, expr.span),
            ExprKind::Slice(slice) => {
                for part in [&slice.lower, &slice.upper, &slice.step].into_iter().flatten() {
                    self.expression(part);
                }
                Value::UNKNOWN
            }
            ExprKind::Logical(is_and, operands) => {
                let Some((first, others)) = operands.split_first() else { return Value::UNKNOWN };
                let mut value = self.expression(first);
                for operand in others {
                    // What decides is given; what is not evaluated gives nothing. All is walked all the same.
                    let truth = value.truth();
                    let other = self.undecided(|evaluator| evaluator.expression(operand));
                    value = match truth {
                        Some(truth) if truth != is_and => value,
                        Some(_) => other,
                        None => value.or(other, self.arena),
                    };
                }
                value
            }
            ExprKind::Unary(op, operand) => {
                let value = self.expression(operand);
                unary(op, self.known(value))
            }
            ExprKind::Compare(compare) => self.compare(compare),
            ExprKind::Conditional(conditional) => {
                let truth = self.expression(&conditional.test).truth().filter(|_| self.is_replaying());
                match truth {
                    Some(true) => self.expression(&conditional.body),
                    Some(false) => self.expression(&conditional.orelse),
                    None => {
                        let body = self.undecided(|evaluator| evaluator.expression(&conditional.body));
                        let orelse = self.undecided(|evaluator| evaluator.expression(&conditional.orelse));
                        body.or(orelse, self.arena)
                    }
                }
            }
            ExprKind::Lambda(lambda) => self.lambda(lambda),
            ExprKind::Comprehension(comprehension) => self.comprehension(comprehension, expr),
            ExprKind::Await(inner) => self.expression(inner),
            ExprKind::Yield(inner) => {
                let value = inner.map_or(Value::of(Shape::None), |inner| self.expression(inner));
                self.yielded(value);
                Value::UNKNOWN
            }
            ExprKind::YieldFrom(inner) => {
                let items = self.expression(inner);
                let items = self.iterated(items, expr.span);
                match items.shape {
                    Shape::Sequence(items) => items.iter().for_each(|item| self.yielded(*item)),
                    _ => {
                        let element = self.element(items);
                        self.yielded(element);
                    }
                }
                Value::UNKNOWN
            }
            ExprKind::Starred(inner) => self.expression(inner),
            ExprKind::Named(named) => {
                let value = self.expression(&named.value);
                let value = self.held(value);
                if let ExprKind::Name(name) = named.target.kind {
                    self.bind_around(name, value);
                }
                value
            }
            ExprKind::BigInt(digits) => pure::big_integer(&mut self.tools(expr.span), digits).unwrap_or(Value::UNKNOWN),
            ExprKind::Complex | ExprKind::Ellipsis | ExprKind::Unparsed => Value::UNKNOWN,
        }
    }

    /// Tells of a string that is put together from parts of which some are not known.
    pub(super) fn format_event(&mut self, value: Value<'a>, span: Span) {
        if let Shape::Partial(text) = value.shape {
            self.emit(Event::Format { text, span });
        }
    }

    pub(super) fn name(&mut self, name: &'a str) -> Value<'a> {
        if let Some(value) = self.lookup(name) {
            return value;
        }
        if name == "__builtins__" {
            return Value::path(self.builtins_root);
        }
        let builtin = super::builtins::is_builtin(name).then(|| {
            let path = self.builtins_root.then(self.arena, name);
            let replaced = self.replaced.iter().rev().find(|(hash, _)| *hash == path.hash);
            replaced.map_or(Value::path(path), |(_, value)| value.or(Value::path(path), self.arena))
        });
        let stars: Vec<_> = self.stars().collect();
        if builtin.is_none() && stars.len() > MAX_ALTERNATIVES {
            self.scopes.has_too_many_stars = true;
        }
        let starred = stars.into_iter().map(|module| Value::path(module.then(self.arena, name)));
        let candidates = builtin.into_iter().chain(starred).reduce(|all, value| all.or(value, self.arena));
        // A name that nothing binds may be a module imported elsewhere: snippets and notebook cells look so.
        candidates.unwrap_or_else(|| Value::path(Path::root(self.arena, name)))
    }

    /// The value of a dotted name without telling of it again.
    pub(super) fn dotted(&mut self, expr: &'a Expr<'a>) -> Value<'a> {
        match expr.kind {
            ExprKind::Name(name) => self.name(name),
            ExprKind::Attribute(attribute) => {
                let value = self.dotted(&attribute.value);
                self.attribute(value, attribute.name, expr.span)
            }
            _ => Value::UNKNOWN,
        }
    }

    /// The value of a constant or name without telling of it again: what a default was when the function was made.
    pub(super) fn literal(&mut self, expr: &'a Expr<'a>) -> Value<'a> {
        match expr.kind {
            ExprKind::Str(text) => Value::of(Shape::Str(text)),
            ExprKind::Bytes(bytes) => Value::of(Shape::Bytes(bytes)),
            ExprKind::Int(value) => Value::of(Shape::Int(value)),
            ExprKind::Bool(value) => Value::of(Shape::Bool(value)),
            ExprKind::None => Value::of(Shape::None),
            _ => self.dotted(expr),
        }
    }

    fn display(&mut self, items: &'a [Expr<'a>]) -> Value<'a> {
        let mut values = bumpalo::collections::Vec::with_capacity_in(items.len(), self.arena);
        let mut is_counted = true;
        for item in items {
            let value = self.expression(item);
            match item.kind {
                ExprKind::Starred(_) => match self.iterated(value, item.span).shape {
                    Shape::Sequence(more) if self.budget.build_items::<Value>(more.len(), item.span) => {
                        values.extend_from_slice_copy(more);
                    }
                    _ => is_counted = false,
                },
                // Where a star has been, nothing is known to stand at its index.
                _ if !is_counted => values.push(Value::UNKNOWN),
                // A container in a container is shared by all who get at it.
                ExprKind::List(_) | ExprKind::Dict(_) | ExprKind::Set(_) | ExprKind::Comprehension(_)
                    if self.care.twice =>
                {
                    values.push(self.held(value));
                }
                _ => values.push(value),
            }
        }
        if !is_counted {
            values.push(Value::UNKNOWN);
        }
        let taint = values.iter().fold(Taint::default(), |taint, item| taint.or(item.taint));
        Value { taint, ..Value::of(Shape::Sequence(values.into_bump_slice())) }
    }

    fn dict(&mut self, items: &'a [(Option<Expr<'a>>, Expr<'a>)]) -> Value<'a> {
        let mut pairs = Vec::with_capacity(items.len());
        for (key, item) in items {
            let name = key.as_ref().map(|key| self.expression(key));
            let value = self.expression(item);
            if let (Some(key), Some(Shape::Str(name))) = (key, name.map(|name| name.shape)) {
                self.binding(BindingKind::Key, name, value, key.span);
            }
            match (name, self.content(value).shape) {
                (Some(name), _) if self.care.twice => pairs.push((self.known(name), self.held(value))),
                (Some(name), _) => pairs.push((self.known(name), value)),
                (None, Shape::Dict(more)) if self.budget.build_items::<(Value, Value)>(more.len(), item.span) => {
                    pairs.extend_from_slice(more);
                }
                (None, _) => pairs.push((Value::UNKNOWN, Value::UNKNOWN)),
            }
        }
        Value::of(Shape::Dict(self.arena.alloc_slice_copy(&pairs)))
    }

    fn subscript(&mut self, subscript: &'a tree::Subscript<'a>, span: Span) -> Value<'a> {
        let value = self.base(&subscript.value);
        let value = self.known(value);
        if let ExprKind::Slice(slice) = subscript.index.kind {
            self.referenced(value, None, span);
            let mut bound = |part: &'a Option<Expr<'a>>| part.as_ref().map(|part| self.expression(part));
            let bounds = [bound(&slice.lower), bound(&slice.upper), bound(&slice.step)];
            return self.slice(value, bounds, subscript.index.span);
        }
        let index = self.expression(&subscript.index);
        let index = self.snapshot(index);
        self.referenced(value, Some(index), span);
        self.item(value, index, subscript.index.span)
    }

    /// What an instance of the module gives for its text.
    fn formatted_by_hook(&mut self, value: Value<'a>, conversion: Option<char>, span: Span) -> Option<Value<'a>> {
        let Shape::Instance(_) = value.shape else { return None };
        let hooks: &[&str] = match conversion {
            None => &["__format__", "__str__", "__repr__"],
            Some('s') => &["__str__", "__repr__"],
            Some(_) => &["__repr__"],
        };
        hooks.iter().find_map(|hook| self.call_method(value, hook, &[], span))
    }

    /// The text of an f-string, with a hole for each part that is not known.
    fn pieces(&mut self, pieces: &'a [Piece<'a>], call: Option<Value<'a>>, span: Span) -> Value<'a> {
        let mut text = self.budget.draft();
        for piece in pieces {
            match piece {
                Piece::Literal { text: literal, span } => {
                    self.emit(Event::String { text: literal, call, span: *span });
                    text.push(literal);
                }
                Piece::Hole(hole) => {
                    let value = self.expression(&hole.value);
                    let spec = match hole.spec {
                        [] => Value::of(Shape::Str("")),
                        spec => self.pieces(spec, None, span),
                    };
                    let value = match self.formatted_by_hook(value, hole.conversion, span) {
                        Some(value) => value,
                        None => self.known(self.content(value)),
                    };
                    text.push(hole.debug.unwrap_or_default());
                    let formatted = match spec.shape {
                        Shape::Str(spec) => pure::formatted(&mut self.tools(span), &value, hole.conversion, spec),
                        _ => None,
                    };
                    match formatted {
                        Some(known) => text.push(&known),
                        None => text.push_hole(),
                    }
                }
            }
        }
        self.drafted(&text, span)
    }
}

fn unary<'a>(op: UnaryOp, value: Value<'a>) -> Value<'a> {
    let shape = match (op, value.shape) {
        (UnaryOp::Not, _) => value.truth().map(|truth| Shape::Bool(!truth)),
        (UnaryOp::Neg, Shape::Int(number)) => number.checked_neg().map(Shape::Int),
        (UnaryOp::Neg, Shape::Float(number)) => Some(Shape::Float(-number)),
        (UnaryOp::Pos, Shape::Int(_) | Shape::Float(_)) => Some(value.shape),
        (UnaryOp::Invert, Shape::Int(number)) => Some(Shape::Int(!number)),
        _ => None,
    };
    shape.map_or(Value::UNKNOWN, Value::of)
}
