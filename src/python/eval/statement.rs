//! Statements, and control flow: branches that may run are all walked, and their outcomes joined.

use super::Evaluator;
use crate::event::Event;
use crate::python::tree::{self, Expr, ExprKind, Handler, ParameterKind, Pattern, Stmt, StmtKind};
use crate::rule::{BindingKind, StatementKind};
use crate::value::{Shape, Value};

use super::scope::Kind;

/// Whether control goes on after a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    GoesOn,
    Leaves,
}

impl<'a> Evaluator<'a, '_> {
    pub(super) fn block(&mut self, statements: &'a [Stmt<'a>]) -> Flow {
        let mut flow = Flow::GoesOn;
        for statement in statements {
            // What follows a `return` is walked all the same: it costs little, and the reader may err.
            if self.statement(statement) == Flow::Leaves {
                flow = Flow::Leaves;
            }
            if self.scopes.is_incomplete() {
                self.budget.exceeded.get_or_insert(statement.span);
            }
        }
        flow
    }

    fn statement(&mut self, statement: &'a Stmt<'a>) -> Flow {
        match statement.kind {
            StmtKind::Expr(expr) => match expr.kind {
                // A docstring, or a string that nothing uses.
                ExprKind::Str(_) | ExprKind::Bytes(_) => {}
                _ => {
                    self.expression(expr);
                }
            },
            StmtKind::Assign(assign) => self.assign(assign),
            StmtKind::AugAssign(assign) => self.augmented(assign, statement.span),
            StmtKind::Import(aliases) => self.import(aliases),
            StmtKind::ImportFrom(import) => self.import_from(import),
            StmtKind::Function(function) => self.function(function),
            StmtKind::Class(class) => self.class(class),
            StmtKind::Return(value) => {
                if let Some(value) = value {
                    self.expression(value);
                }
                return Flow::Leaves;
            }
            // Where a jump lands is not followed: what it leaves behind may be seen after any block around it.
            StmtKind::Raise(values) => self.expressions(values),
            StmtKind::Assert(values) => {
                self.expressions(values);
                self.emit(Event::Statement { kind: StatementKind::Assert, span: statement.span });
            }
            StmtKind::Delete(targets) => {
                for target in targets {
                    match target.kind {
                        ExprKind::Name(name) => self.scopes.unset(name),
                        _ => {
                            self.expression(target);
                        }
                    }
                }
            }
            StmtKind::If(branches) => return self.if_statement(branches),
            StmtKind::For(statement) => self.for_statement(statement),
            StmtKind::While(statement) => self.while_statement(statement),
            StmtKind::With(with) => {
                for (context, target) in with.items {
                    let value = self.expression(context);
                    if let Some(target) = target {
                        self.assign_to(target, value, None);
                    }
                }
                return self.block(with.body);
            }
            StmtKind::Match(statement) => self.match_statement(statement),
            StmtKind::Try(statement) => return self.try_statement(statement),
            StmtKind::Global(names) => names.iter().for_each(|name| self.scopes.declare_global(name)),
            StmtKind::Break | StmtKind::Continue | StmtKind::Nonlocal(_) | StmtKind::Pass | StmtKind::Unparsed => {}
        }
        Flow::GoesOn
    }

    pub(super) fn expressions(&mut self, values: &'a [Expr<'a>]) {
        for value in values {
            self.expression(value);
        }
    }

    fn if_statement(&mut self, statement: &'a tree::If<'a>) -> Flow {
        let mut outcomes = Vec::with_capacity(statement.branches.len());
        let mut exhaustive = false;
        let mut any_goes_on = false;
        for (test, body) in statement.branches {
            let truth = test.as_ref().map_or(Some(true), |test| {
                let value = self.expression(test);
                // Only literal constants decide: what a name holds may still change before the test is made.
                if is_literal(test) { value.truth() } else { None }
            });
            if truth == Some(false) {
                continue;
            }
            let mark = self.scopes.begin_branch();
            let flow = self.block(body);
            let outcome = self.scopes.end_branch(mark);
            if flow == Flow::GoesOn {
                outcomes.push(outcome);
                any_goes_on = true;
            }
            if truth == Some(true) {
                exhaustive = true;
                break;
            }
        }
        self.scopes.join(&outcomes, exhaustive, self.arena);
        if any_goes_on || !exhaustive { Flow::GoesOn } else { Flow::Leaves }
    }

    fn for_statement(&mut self, statement: &'a tree::For<'a>) {
        let items = self.expression(&statement.iter);
        let mark = self.scopes.begin_branch();
        self.scopes.widen(statement.body, self.arena);
        let item = self.element(items);
        self.assign_to(&statement.target, item, None);
        self.block(statement.body);
        let outcome = self.scopes.end_branch(mark);
        self.scopes.join(&[outcome], false, self.arena);
        self.loop_else(statement.orelse);
    }

    /// What follows a loop that was not broken off.
    fn loop_else(&mut self, body: &'a [Stmt<'a>]) {
        let mark = self.scopes.begin_branch();
        self.block(body);
        let outcome = self.scopes.end_branch(mark);
        self.scopes.join(&[outcome], false, self.arena);
    }

    fn while_statement(&mut self, statement: &'a tree::While<'a>) {
        let test = self.expression(&statement.test);
        if !(is_literal(&statement.test) && test.truth() == Some(false)) {
            let mark = self.scopes.begin_branch();
            self.scopes.widen(statement.body, self.arena);
            self.block(statement.body);
            let outcome = self.scopes.end_branch(mark);
            self.scopes.join(&[outcome], false, self.arena);
        }
        self.loop_else(statement.orelse);
    }

    fn match_statement(&mut self, statement: &'a tree::Match<'a>) {
        let subject = self.expression(&statement.subject);
        let mut outcomes = Vec::with_capacity(statement.cases.len());
        for case in statement.cases {
            let mark = self.scopes.begin_branch();
            self.pattern(&case.pattern, subject);
            if let Some(guard) = &case.guard {
                self.expression(guard);
            }
            let flow = self.block(case.body);
            let outcome = self.scopes.end_branch(mark);
            if flow == Flow::GoesOn {
                outcomes.push(outcome);
            }
        }
        self.scopes.join(&outcomes, false, self.arena);
    }

    fn pattern(&mut self, pattern: &Pattern<'a>, subject: Value<'a>) {
        match *pattern {
            Pattern::Value(value) => {
                self.expression(value);
            }
            Pattern::Bind { pattern, name } => {
                if let Some(pattern) = pattern {
                    self.pattern(pattern, subject);
                }
                if let Some(name) = name {
                    self.scopes.set(name, subject, self.arena);
                }
            }
            Pattern::Sequence(patterns) | Pattern::Or(patterns) => {
                for pattern in patterns {
                    self.pattern(pattern, Value::UNKNOWN);
                }
            }
            Pattern::Mapping { keys, patterns, rest } => {
                self.expressions(keys);
                for pattern in patterns {
                    self.pattern(pattern, Value::UNKNOWN);
                }
                if let Some(name) = rest {
                    self.scopes.set(name, Value::UNKNOWN, self.arena);
                }
            }
            Pattern::Class { class, patterns, keywords } => {
                self.expression(class);
                for pattern in patterns.iter().chain(keywords.iter().map(|(_, pattern)| pattern)) {
                    self.pattern(pattern, Value::UNKNOWN);
                }
            }
        }
    }

    fn try_statement(&mut self, statement: &'a tree::Try<'a>) -> Flow {
        let mark = self.scopes.begin_branch();
        let mut body = self.block(statement.body);
        if self.block(statement.orelse) == Flow::Leaves {
            body = Flow::Leaves;
        }
        let done = self.scopes.end_branch(mark);

        let mark = self.scopes.begin_branch();
        // The body may have got to its end or not even to its beginning when a handler starts.
        self.scopes.join(std::slice::from_ref(&done), false, self.arena);
        let mut outcomes = Vec::with_capacity(statement.handlers.len());
        for handler in statement.handlers {
            let mark = self.scopes.begin_branch();
            let flow = self.handler(handler);
            let outcome = self.scopes.end_branch(mark);
            if flow == Flow::GoesOn {
                outcomes.push(outcome);
            }
        }
        self.scopes.join(&outcomes, true, self.arena);
        let handled = self.scopes.end_branch(mark);
        let leaves = body == Flow::Leaves && outcomes.is_empty();
        let joined = match (body, outcomes.is_empty()) {
            (_, true) => vec![done],
            (Flow::Leaves, false) => vec![handled],
            (Flow::GoesOn, false) => vec![done, handled],
        };
        self.scopes.join(&joined, true, self.arena);
        let finally = self.block(statement.finalbody);
        if leaves || finally == Flow::Leaves { Flow::Leaves } else { Flow::GoesOn }
    }

    fn handler(&mut self, handler: &'a Handler<'a>) -> Flow {
        let class = handler.class.as_ref().map(|class| self.expression(class));
        if let Some(name) = handler.name {
            self.scopes.set(name, Value::UNKNOWN, self.arena);
        }
        let kind = match handler.body {
            [Stmt { kind: StmtKind::Pass, .. }] => Some(StatementKind::ExceptPass),
            [Stmt { kind: StmtKind::Continue, .. }] => Some(StatementKind::ExceptContinue),
            _ => None,
        };
        if let Some(kind) = kind
            && class.is_none_or(|class| catches_everything(&class))
        {
            self.emit(Event::Statement { kind, span: handler.span });
        }
        self.block(handler.body)
    }

    fn function(&mut self, function: &'a tree::Function<'a>) {
        let index = Self::index(self.functions.len());
        self.functions.push(function);
        let itself = Value::of(Shape::Function(index));
        for decorator in function.decorators {
            self.decorator(decorator, itself);
        }
        self.signature(function.parameters);
        if let Some(returns) = function.returns {
            self.expression(returns);
        }
        self.scopes.set(function.name, itself, self.arena);
        self.deferred.push((function, self.scopes.class()));
    }

    /// Evaluates what a signature evaluates: annotations and defaults.
    pub(super) fn signature(&mut self, parameters: &'a [tree::Parameter<'a>]) {
        for parameter in parameters {
            if let Some(annotation) = parameter.annotation {
                self.expression(annotation);
            }
            if let Some(default) = parameter.default {
                let value = self.expression(default);
                let by = BindingKind::Default;
                self.binding(by, parameter.name, value, default.span);
            }
        }
    }

    pub(super) fn function_body(&mut self, function: &'a tree::Function<'a>, class: Option<u32>) {
        self.scopes.push(Kind::Function);
        self.bind_parameters(function.parameters);
        if let (Some(class), Some(first)) = (class, function.parameters.first()) {
            let is = |wanted: &str| {
                function.decorators.iter().any(|d| matches!(d.kind, ExprKind::Name(name) if name == wanted))
            };
            if first.kind != ParameterKind::Star && !is("staticmethod") {
                let shape = if is("classmethod") { Shape::Class(class) } else { Shape::Instance(class) };
                self.scopes.set(first.name, Value::of(shape), self.arena);
            }
        }
        let deferred = self.deferred.len();
        self.block(function.body);
        self.run_deferred(deferred);
        self.scopes.pop();
    }

    /// Binds parameters to what a caller may pass: anything, or the default where there is one.
    pub(super) fn bind_parameters(&mut self, parameters: &'a [tree::Parameter<'a>]) {
        for parameter in parameters {
            let passed = match (parameter.kind, parameter.annotation) {
                (ParameterKind::Star | ParameterKind::DoubleStar, _) | (_, None) => Value::UNKNOWN,
                (_, Some(annotation)) => self.annotated(annotation),
            };
            let value = match parameter.default.map(|default| self.literal(default)) {
                Some(default) if !matches!(default.shape, Shape::None | Shape::Unknown) => {
                    passed.or(default, self.arena)
                }
                _ => passed,
            };
            self.scopes.set(parameter.name, value, self.arena);
        }
    }
}

/// Of a longer tuple of exceptions only the beginning is looked at.
const MAX_CLASSES: usize = 64;

/// Whether a test is a constant in the source itself: `if False:`, `while 0:`.
fn is_literal(test: &Expr<'_>) -> bool {
    matches!(test.kind, ExprKind::Bool(_) | ExprKind::Int(_) | ExprKind::None)
}

/// `Exception`, `BaseException`, or a tuple with one of them.
fn catches_everything(class: &Value<'_>) -> bool {
    match class.shape {
        Shape::Path(path) => path.is("builtins.Exception") || path.is("builtins.BaseException"),
        Shape::Either(classes) => classes.iter().any(catches_everything),
        // A tuple inside of a tuple catches nothing.
        Shape::Sequence(classes) => {
            let mut classes = classes.iter().take(MAX_CLASSES).flat_map(Value::alternatives);
            classes.any(|class| matches!(class.shape, Shape::Path(_)) && catches_everything(class))
        }
        _ => false,
    }
}
