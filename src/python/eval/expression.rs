//! Expressions: what each gives, as far as it can be told without running it.

use super::Evaluator;
use super::scope::Kind;
use crate::event::Event;
use crate::python::tree::{self, Expr, ExprKind, Piece, UnaryOp};
use crate::rule::BindingKind;
use crate::source::Span;
use crate::value::{MAX_ALTERNATIVES, Path, Shape, Taint, Value};

impl<'a> Evaluator<'a, '_> {
    pub(super) fn expression(&mut self, expr: &'a Expr<'a>) -> Value<'a> {
        self.expression_in(expr, None)
    }

    /// Evaluates an expression that may be a direct argument of a call.
    pub(super) fn expression_in(&mut self, expr: &'a Expr<'a>, call: Option<Value<'a>>) -> Value<'a> {
        match expr.kind {
            ExprKind::Name(name) => self.name(name),
            ExprKind::Str(text) => {
                self.emit(Event::String { text, call, span: expr.span });
                Value::of(Shape::Str(text))
            }
            ExprKind::Attribute(attribute) => {
                let value = self.expression(&attribute.value);
                self.attribute(value, attribute.name)
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
            ExprKind::Subscript(subscript) => self.subscript(subscript),
            ExprKind::Slice(slice) => {
                for part in [&slice.lower, &slice.upper, &slice.step].into_iter().flatten() {
                    self.expression(part);
                }
                Value::UNKNOWN
            }
            ExprKind::Logical(_, operands) => {
                let Some((first, others)) = operands.split_first() else { return Value::UNKNOWN };
                let mut value = self.expression(first);
                for other in others {
                    let other = self.expression(other);
                    value = value.or(other, self.arena);
                }
                value
            }
            ExprKind::Unary(op, operand) => {
                let value = self.expression(operand);
                unary(op, self.known(value))
            }
            ExprKind::Compare(compare) => self.compare(compare),
            ExprKind::Conditional(conditional) => {
                self.expression(&conditional.test);
                let body = self.expression(&conditional.body);
                let orelse = self.expression(&conditional.orelse);
                body.or(orelse, self.arena)
            }
            ExprKind::Lambda(lambda) => {
                self.signature(lambda.parameters);
                self.scopes.push(Kind::Function);
                self.bind_parameters(lambda.parameters);
                self.expression(&lambda.body);
                self.scopes.pop();
                Value::UNKNOWN
            }
            ExprKind::Comprehension(comprehension) => self.comprehension(comprehension),
            ExprKind::Await(inner) => self.expression(inner),
            ExprKind::Yield(inner) => {
                if let Some(inner) = inner {
                    self.expression(inner);
                }
                Value::UNKNOWN
            }
            ExprKind::YieldFrom(inner) | ExprKind::Starred(inner) => {
                self.expression(inner);
                Value::UNKNOWN
            }
            ExprKind::Named(named) => {
                let value = self.expression(&named.value);
                if let ExprKind::Name(name) = named.target.kind {
                    self.scopes.set(name, value, self.arena);
                }
                value
            }
            ExprKind::BigInt(_) | ExprKind::Complex | ExprKind::Ellipsis | ExprKind::Unparsed => Value::UNKNOWN,
        }
    }

    /// Tells of a string that is put together from parts of which some are not known.
    pub(super) fn format_event(&mut self, value: Value<'a>, span: Span) {
        if let Shape::Partial(text) = value.shape {
            self.emit(Event::Format { text, span });
        }
    }

    pub(super) fn name(&mut self, name: &'a str) -> Value<'a> {
        if let Some(value) = self.scopes.get(name) {
            return value;
        }
        let builtin = super::builtins::is_builtin(name).then(|| Value::path(self.builtins_root.then(self.arena, name)));
        let stars: Vec<_> = self.scopes.stars().collect();
        if builtin.is_none() && stars.len() > MAX_ALTERNATIVES {
            self.scopes.note_too_many_stars();
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
                self.attribute(value, attribute.name)
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

    pub(super) fn attribute(&mut self, value: Value<'a>, name: &'a str) -> Value<'a> {
        match value.shape {
            Shape::Path(path) => Value { origin: value.origin, taint: value.taint, ..self.then(path, name) },
            Shape::Instance(class) => self.class_attribute(class, name, true),
            Shape::Class(class) => self.class_attribute(class, name, false),
            Shape::Either(values) => {
                let found: Vec<_> = values.iter().map(|value| self.attribute(*value, name)).collect();
                found.into_iter().reduce(|all, value| all.or(value, self.arena)).unwrap_or(Value::UNKNOWN)
            }
            // An attribute of a constant or of an own function is nothing that a rule could name.
            Shape::Unknown => Value::path(self.unknown_root.then(self.arena, name)),
            _ => Value::UNKNOWN,
        }
    }

    fn display(&mut self, items: &'a [Expr<'a>]) -> Value<'a> {
        let mut values = bumpalo::collections::Vec::with_capacity_in(items.len(), self.arena);
        let mut after_star = false;
        for item in items {
            let value = self.expression(item);
            // Where a star has been, nothing is known to stand at its index.
            after_star |= matches!(item.kind, ExprKind::Starred(_));
            values.push(if after_star { Value::UNKNOWN } else { value });
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
            pairs.push((name.unwrap_or(Value::UNKNOWN), value));
        }
        Value::of(Shape::Dict(self.arena.alloc_slice_copy(&pairs)))
    }

    fn subscript(&mut self, subscript: &'a tree::Subscript<'a>) -> Value<'a> {
        let value = self.expression(&subscript.value);
        let value = self.known(value);
        if let ExprKind::Slice(slice) = subscript.index.kind {
            let mut bound = |part: &'a Option<Expr<'a>>| part.as_ref().map(|part| self.expression(part));
            let bounds = [bound(&slice.lower), bound(&slice.upper), bound(&slice.step)];
            return self.slice(value, bounds, subscript.index.span);
        }
        let index = self.expression(&subscript.index);
        self.item(value, index, subscript.index.span)
    }

    fn compare(&mut self, compare: &'a tree::Compare<'a>) -> Value<'a> {
        self.expression(&compare.left);
        let name = match compare.left.kind {
            ExprKind::Name(name) => Some(name),
            ExprKind::Attribute(attribute) => Some(attribute.name),
            ExprKind::Subscript(subscript) => match subscript.index.kind {
                ExprKind::Str(name) => Some(name),
                _ => None,
            },
            _ => None,
        };
        for (_, operand) in compare.rest {
            let value = self.expression(operand);
            if let Some(name) = name {
                self.binding(BindingKind::Comparison, name, value, operand.span);
            }
        }
        Value::UNKNOWN
    }

    fn comprehension(&mut self, comprehension: &'a tree::Comprehension<'a>) -> Value<'a> {
        // The first iterable belongs to the scope around.
        let mut outer = comprehension.generators.first().map(|generator| self.expression(&generator.iter));
        self.scopes.push(Kind::Function);
        for generator in comprehension.generators {
            let items = outer.take().unwrap_or_else(|| self.expression(&generator.iter));
            let item = self.element(items);
            self.assign_to(&generator.target, item, None);
            self.expressions(generator.conditions);
        }
        self.expression(&comprehension.element);
        if let Some(value) = &comprehension.value {
            self.expression(value);
        }
        self.scopes.pop();
        Value::UNKNOWN
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
                    self.pieces(hole.spec, None, span);
                    text.push(hole.debug.unwrap_or_default());
                    let is_plain = hole.spec.is_empty() && matches!(hole.conversion, None | Some('s'));
                    match super::text::rendered(&self.known(value)).filter(|_| is_plain) {
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
