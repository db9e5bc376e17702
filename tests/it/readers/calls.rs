//! A walk over the whole tree that collects its calls.

use portcullis::python::tree::{Argument, Expr, ExprKind, Generator, Parameter, Pattern, Piece, Stmt, StmtKind};
use portcullis::source::Span;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Found {
    pub(super) span: Span,
    /// Where the callee starts: parsers differ in where it ends if that is a parenthesis.
    pub(super) callee: u32,
    pub(super) arguments: usize,
}

pub(super) fn of(body: &[Stmt<'_>]) -> Vec<Found> {
    let mut calls = Vec::new();
    statements(body, &mut calls);
    calls.sort();
    calls
}

fn statements(body: &[Stmt<'_>], calls: &mut Vec<Found>) {
    body.iter().for_each(|statement| self::statement(statement, calls));
}

fn statement(statement: &Stmt<'_>, calls: &mut Vec<Found>) {
    match statement.kind {
        StmtKind::Function(node) => {
            expressions(node.decorators, calls);
            expressions(node.type_bounds, calls);
            parameters(node.parameters, calls);
            expressions(node.returns, calls);
            statements(node.body, calls);
        }
        StmtKind::Class(node) => {
            expressions(node.decorators, calls);
            expressions(node.type_bounds, calls);
            arguments(node.arguments, calls);
            statements(node.body, calls);
        }
        StmtKind::Return(value) => expressions(value, calls),
        StmtKind::Delete(values) | StmtKind::Raise(values) | StmtKind::Assert(values) => expressions(values, calls),
        StmtKind::Assign(node) => {
            expressions(node.targets, calls);
            expressions(node.type_bounds, calls);
            expressions(&node.annotation, calls);
            expressions(&node.value, calls);
        }
        StmtKind::AugAssign(node) => expressions([&node.target, &node.value], calls),
        StmtKind::For(node) => {
            expressions([&node.target, &node.iter], calls);
            statements(node.body, calls);
            statements(node.orelse, calls);
        }
        StmtKind::While(node) => {
            expression(&node.test, calls);
            statements(node.body, calls);
            statements(node.orelse, calls);
        }
        StmtKind::If(node) => {
            for (test, body) in node.branches {
                expressions(test, calls);
                statements(body, calls);
            }
        }
        StmtKind::With(node) => {
            for (value, target) in node.items {
                expression(value, calls);
                expressions(target, calls);
            }
            statements(node.body, calls);
        }
        StmtKind::Match(node) => {
            expression(&node.subject, calls);
            for case in node.cases {
                pattern(&case.pattern, calls);
                expressions(&case.guard, calls);
                statements(case.body, calls);
            }
        }
        StmtKind::Try(node) => {
            statements(node.body, calls);
            for handler in node.handlers {
                expressions(&handler.class, calls);
                statements(handler.body, calls);
            }
            statements(node.orelse, calls);
            statements(node.finalbody, calls);
        }
        StmtKind::Expr(value) => expression(value, calls),
        StmtKind::Import(_)
        | StmtKind::ImportFrom(_)
        | StmtKind::Global(_)
        | StmtKind::Nonlocal(_)
        | StmtKind::Pass
        | StmtKind::Break
        | StmtKind::Continue
        | StmtKind::Unparsed => {}
    }
}

fn expressions<'e, 'a: 'e>(values: impl IntoIterator<Item = &'e Expr<'a>>, calls: &mut Vec<Found>) {
    values.into_iter().for_each(|value| expression(value, calls));
}

fn expression(value: &Expr<'_>, calls: &mut Vec<Found>) {
    match value.kind {
        ExprKind::FString(parts) | ExprKind::Template(parts) => pieces(parts, calls),
        ExprKind::Attribute(node) => expression(&node.value, calls),
        ExprKind::Subscript(node) => expressions([&node.value, &node.index], calls),
        ExprKind::Slice(node) => {
            expressions(node.lower.iter().chain(&node.upper).chain(&node.step), calls);
        }
        ExprKind::Call(node) => {
            let arguments = node.arguments.len();
            calls.push(Found { span: value.span, callee: node.callee.span.start, arguments });
            expression(&node.callee, calls);
            self::arguments(node.arguments, calls);
        }
        ExprKind::Binary(node) => expressions([&node.left, &node.right], calls),
        ExprKind::Logical(_, values) | ExprKind::List(values) | ExprKind::Tuple(values) | ExprKind::Set(values) => {
            expressions(values, calls);
        }
        ExprKind::Unary(_, value)
        | ExprKind::Await(value)
        | ExprKind::YieldFrom(value)
        | ExprKind::Starred(value)
        | ExprKind::Yield(Some(value)) => expression(value, calls),
        ExprKind::Compare(node) => {
            expression(&node.left, calls);
            expressions(node.rest.iter().map(|(_, value)| value), calls);
        }
        ExprKind::Conditional(node) => expressions([&node.test, &node.body, &node.orelse], calls),
        ExprKind::Lambda(node) => {
            parameters(node.parameters, calls);
            expression(&node.body, calls);
        }
        ExprKind::Dict(items) => {
            for (key, value) in items {
                expressions(key, calls);
                expression(value, calls);
            }
        }
        ExprKind::Comprehension(node) => {
            expression(&node.element, calls);
            expressions(&node.value, calls);
            for Generator { target, iter, conditions } in node.generators {
                expressions([target, iter], calls);
                expressions(*conditions, calls);
            }
        }
        ExprKind::Named(node) => expressions([&node.target, &node.value], calls),
        ExprKind::Name(_)
        | ExprKind::Str(_)
        | ExprKind::Bytes(_)
        | ExprKind::Int(_)
        | ExprKind::BigInt(_)
        | ExprKind::Float(_)
        | ExprKind::Complex
        | ExprKind::Bool(_)
        | ExprKind::None
        | ExprKind::Ellipsis
        | ExprKind::Yield(None)
        | ExprKind::Unparsed => {}
    }
}

fn pieces(pieces: &[Piece<'_>], calls: &mut Vec<Found>) {
    for piece in pieces {
        if let Piece::Hole(hole) = piece {
            expression(&hole.value, calls);
            self::pieces(hole.spec, calls);
        }
    }
}

fn arguments(arguments: &[Argument<'_>], calls: &mut Vec<Found>) {
    expressions(arguments.iter().map(|argument| &argument.value), calls);
}

fn parameters(parameters: &[Parameter<'_>], calls: &mut Vec<Found>) {
    for parameter in parameters {
        expressions(parameter.annotation, calls);
        expressions(parameter.default, calls);
    }
}

fn pattern(pattern: &Pattern<'_>, calls: &mut Vec<Found>) {
    let patterns = match pattern {
        Pattern::Value(value) => return expression(value, calls),
        Pattern::Bind { pattern, .. } => return pattern.iter().for_each(|pattern| self::pattern(pattern, calls)),
        Pattern::Sequence(patterns) | Pattern::Or(patterns) => patterns,
        Pattern::Mapping { keys, patterns, .. } => {
            expressions(*keys, calls);
            patterns
        }
        Pattern::Class { class, patterns, keywords } => {
            expression(class, calls);
            keywords.iter().for_each(|(_, pattern)| self::pattern(pattern, calls));
            patterns
        }
    };
    patterns.iter().for_each(|pattern| self::pattern(pattern, calls));
}
