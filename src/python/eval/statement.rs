//! Statements, and control flow: branches that may run are all walked, and their outcomes joined.

use super::Evaluator;
use crate::event::Event;
use crate::python::tree::{self, Expr, ExprKind, Handler, Pattern, Stmt, StmtKind};
use crate::rule::StatementKind;
use crate::source::Span;
use crate::value::{Shape, Value};

/// Whether control goes on after a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    GoesOn,
    Leaves,
    /// Only where it is certain that the loop is broken off, or goes on with the next round.
    Breaks,
    Continues,
}

impl<'a> Evaluator<'a, '_> {
    pub(super) fn block(&mut self, statements: &'a [Stmt<'a>]) -> Flow {
        let mut flow = Flow::GoesOn;
        for statement in statements {
            let left = self.statement(statement);
            if left != Flow::GoesOn {
                flow = left;
                // What follows a `return` is walked all the same: it costs little, and the reader may err.
                if self.is_replaying() {
                    break;
                }
            }
            if self.is_incomplete() {
                self.budget.exceeded.get_or_insert(statement.span);
            }
        }
        flow
    }

    fn statement(&mut self, statement: &'a Stmt<'a>) -> Flow {
        let length = match statement.kind {
            StmtKind::Function(_) | StmtKind::Class(_) | StmtKind::For(_) | StmtKind::While(_) | StmtKind::If(_) => 0,
            StmtKind::With(_) | StmtKind::Try(_) | StmtKind::Match(_) => 0,
            _ => statement.span.end - statement.span.start,
        };
        if self.is_replaying() && !self.care.take(length as usize) {
            self.has_jumped = true;
            return Flow::Leaves;
        }
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
                let value = value.map_or(Value::of(Shape::None), |value| self.expression(value));
                self.returned(value);
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
                        ExprKind::Name(name) => self.unbind(name),
                        ExprKind::Subscript(subscript) => {
                            let container = self.base(&subscript.value);
                            self.expression(&subscript.index);
                            self.forget(container);
                        }
                        _ => {
                            self.expression(target);
                        }
                    }
                }
            }
            StmtKind::If(branches) => return self.if_statement(branches),
            StmtKind::For(statement) => return self.for_statement(statement),
            StmtKind::While(statement) => return self.while_statement(statement),
            StmtKind::With(with) => {
                for (context, target) in with.items {
                    let value = self.expression(context);
                    let entered = self.call_method(value, "__enter__", &[], context.span);
                    let entered = entered.or_else(|| self.call_method(value, "__aenter__", &[], context.span));
                    let value = entered.unwrap_or(value);
                    if let Some(target) = target {
                        self.assign_to(target, value, None);
                    }
                }
                return self.block(with.body);
            }
            StmtKind::Match(statement) => return self.match_statement(statement),
            StmtKind::Try(statement) => return self.try_statement(statement),
            StmtKind::Global(names) => names.iter().for_each(|name| self.declare_global(name)),
            StmtKind::Nonlocal(names) => names.iter().for_each(|name| self.declare_nonlocal(name)),
            StmtKind::Break | StmtKind::Continue if self.is_replaying() => {
                if self.undecided > 0 {
                    self.has_jumped = true;
                }
                let is_break = matches!(statement.kind, StmtKind::Break);
                return if is_break { Flow::Breaks } else { Flow::Continues };
            }
            StmtKind::Break | StmtKind::Continue | StmtKind::Pass | StmtKind::Unparsed => {}
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
        let mut is_certain = true;
        for (test, body) in statement.branches {
            let truth = test.as_ref().map_or(Some(true), |test| {
                let value = self.expression(test);
                // When code is walked for all that may happen, only literal constants decide: what a name holds may still
                // change before the test is made.
                if is_literal(test) || self.is_replaying() { value.truth() } else { None }
            });
            match truth {
                Some(false) => continue,
                Some(true) if is_certain => return self.block(body),
                _ => is_certain = false,
            }
            let mark = self.memory.begin_branch();
            let flow = self.undecided(|evaluator| evaluator.block(body));
            let outcome = self.memory.end_branch(mark);
            if flow != Flow::Leaves {
                outcomes.push(outcome);
                any_goes_on = true;
            }
            if truth == Some(true) {
                exhaustive = true;
                break;
            }
        }
        self.memory.join(&outcomes, exhaustive, self.arena);
        if any_goes_on || !exhaustive { Flow::GoesOn } else { Flow::Leaves }
    }

    fn match_statement(&mut self, statement: &'a tree::Match<'a>) -> Flow {
        let subject = self.expression(&statement.subject);
        let subject = self.held(subject);
        let mut outcomes = Vec::with_capacity(statement.cases.len());
        for case in statement.cases {
            let mark = self.memory.begin_branch();
            self.pattern(&case.pattern, subject, statement.subject.span);
            if let Some(guard) = &case.guard {
                self.expression(guard);
            }
            let flow = self.undecided(|evaluator| evaluator.block(case.body));
            let outcome = self.memory.end_branch(mark);
            if flow != Flow::Leaves {
                outcomes.push(outcome);
            }
        }
        self.memory.join(&outcomes, false, self.arena);
        Flow::GoesOn
    }

    fn pattern(&mut self, pattern: &Pattern<'a>, subject: Value<'a>, span: Span) {
        match *pattern {
            Pattern::Value(value) => {
                self.expression(value);
            }
            Pattern::Bind { pattern, name } => {
                if let Some(pattern) = pattern {
                    self.pattern(pattern, subject, span);
                }
                if let Some(name) = name {
                    self.bind(name, subject);
                }
            }
            Pattern::Or(patterns) => patterns.iter().for_each(|pattern| self.pattern(pattern, subject, span)),
            Pattern::Sequence(patterns) => {
                let items = self.iterated(subject, span);
                for (at, pattern) in patterns.iter().enumerate() {
                    let item = match items.shape {
                        Shape::Sequence(items) if items.len() == patterns.len() => items[at],
                        // Behind a star, or of another length: any of them.
                        _ => match self.element(items) {
                            item if item.is_constant() => Value::UNKNOWN,
                            item => item,
                        },
                    };
                    self.pattern(pattern, item, span);
                }
            }
            Pattern::Mapping { keys, patterns, rest } => {
                for (key, pattern) in keys.iter().zip(patterns) {
                    let key = self.expression(key);
                    let item = self.item(subject, key, span);
                    self.pattern(pattern, item, span);
                }
                if let Some(name) = rest {
                    self.bind(name, subject);
                }
            }
            Pattern::Class { class, patterns, keywords } => {
                let class = self.expression(class);
                let fields = match class.shape {
                    Shape::Class(class) => self.match_arguments(class),
                    _ => &[],
                };
                for (at, pattern) in patterns.iter().enumerate() {
                    let item = match fields.get(at) {
                        Some(field) => self.told_attribute(subject, field, span),
                        // `str(name)`: built-in classes give the subject itself.
                        None if patterns.len() == 1 => subject,
                        None => Value::UNKNOWN,
                    };
                    self.pattern(pattern, item, span);
                }
                for (name, pattern) in keywords {
                    let item = self.told_attribute(subject, name, span);
                    self.pattern(pattern, item, span);
                }
            }
        }
    }

    fn try_statement(&mut self, statement: &'a tree::Try<'a>) -> Flow {
        let mark = self.memory.begin_branch();
        let mut body = self.undecided(|evaluator| evaluator.block(statement.body));
        if self.undecided(|evaluator| evaluator.block(statement.orelse)) == Flow::Leaves {
            body = Flow::Leaves;
        }
        let done = self.memory.end_branch(mark);

        let mark = self.memory.begin_branch();
        // The body may have got to its end or not even to its beginning when a handler starts.
        self.memory.join(std::slice::from_ref(&done), false, self.arena);
        let mut outcomes = Vec::with_capacity(statement.handlers.len());
        for handler in statement.handlers {
            let mark = self.memory.begin_branch();
            let flow = self.undecided(|evaluator| evaluator.handler(handler));
            let outcome = self.memory.end_branch(mark);
            if flow != Flow::Leaves {
                outcomes.push(outcome);
            }
        }
        self.memory.join(&outcomes, true, self.arena);
        let handled = self.memory.end_branch(mark);
        let leaves = body == Flow::Leaves && outcomes.is_empty();
        let joined = match (body, outcomes.is_empty()) {
            (_, true) => vec![done],
            (Flow::Leaves, false) => vec![handled],
            (_, false) => vec![done, handled],
        };
        self.memory.join(&joined, true, self.arena);
        let finally = self.block(statement.finalbody);
        if leaves || finally == Flow::Leaves { Flow::Leaves } else { Flow::GoesOn }
    }

    fn handler(&mut self, handler: &'a Handler<'a>) -> Flow {
        let class = handler.class.as_ref().map(|class| self.expression(class));
        if let Some(name) = handler.name {
            let caught = class.map_or(Value::UNKNOWN, |class| self.caught(class));
            self.bind(name, caught);
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
}

/// Of a longer tuple of exceptions only the beginning is looked at.
const MAX_CLASSES: usize = 64;

/// Whether a test is a constant in the source itself: `if False:`, `while 0:`.
pub(super) fn is_literal(test: &Expr<'_>) -> bool {
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
