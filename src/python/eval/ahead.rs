//! A look ahead at what code will bind, where that matters before it is walked: in the next round of a loop, in a function
//! that runs at another time, in another method. It looks at statements only, not into expressions.

use rustc_hash::FxHashSet;

use crate::python::tree::{Expr, ExprKind, Function, Pattern, Stmt, StmtKind};

/// Methods that change a list, dictionary or set in place.
pub(super) const MUTATORS: [&str; 13] = [
    "add",
    "append",
    "clear",
    "discard",
    "extend",
    "insert",
    "pop",
    "popitem",
    "remove",
    "reverse",
    "setdefault",
    "sort",
    "update",
];

/// Names that a block binds or changes in place, the blocks inside of it included, the bodies of functions not.
pub(super) fn bound<'a>(body: &'a [Stmt<'a>], names: &mut FxHashSet<&'a str>) {
    for statement in body {
        match statement.kind {
            StmtKind::Function(function) => {
                names.insert(function.name);
            }
            StmtKind::Class(class) => {
                names.insert(class.name);
            }
            StmtKind::Import(aliases) => names.extend(aliases.iter().map(|alias| alias.asname.unwrap_or(alias.name))),
            StmtKind::ImportFrom(import) => {
                names.extend(import.names.iter().map(|alias| alias.asname.unwrap_or(alias.name)));
            }
            _ => {
                if let StmtKind::Match(statement) = statement.kind {
                    statement.cases.iter().for_each(|case| captured(&case.pattern, names));
                }
                if let StmtKind::Try(statement) = statement.kind {
                    names.extend(statement.handlers.iter().filter_map(|handler| handler.name));
                }
                targets(statement, &mut |target| names.extend(name_of(target)));
                names.extend(mutated(statement));
            }
        }
        blocks(statement, &mut |body| bound(body, names));
    }
}

/// Names that a pattern binds.
fn captured<'a>(pattern: &Pattern<'a>, names: &mut FxHashSet<&'a str>) {
    match *pattern {
        Pattern::Value(_) => {}
        Pattern::Bind { pattern, name } => {
            names.extend(name);
            pattern.into_iter().for_each(|pattern| captured(pattern, names));
        }
        Pattern::Sequence(patterns) | Pattern::Or(patterns) => patterns.iter().for_each(|p| captured(p, names)),
        Pattern::Mapping { patterns, rest, .. } => {
            names.extend(rest);
            patterns.iter().for_each(|pattern| captured(pattern, names));
        }
        Pattern::Class { patterns, keywords, .. } => {
            patterns.iter().chain(keywords.iter().map(|(_, pattern)| pattern)).for_each(|p| captured(p, names));
        }
    }
}

/// Names that some function declares `global` or `nonlocal`: they may change between any two statements.
/// Names whose containers some function changes in place go to `mutated_elsewhere`.
pub(super) fn rebound<'a>(
    body: &'a [Stmt<'a>],
    in_function: bool,
    rebound_names: &mut FxHashSet<&'a str>,
    mutated_elsewhere: &mut FxHashSet<&'a str>,
) {
    for statement in body {
        match statement.kind {
            StmtKind::Global(names) | StmtKind::Nonlocal(names) => rebound_names.extend(names),
            StmtKind::Function(function) => rebound(function.body, true, rebound_names, mutated_elsewhere),
            StmtKind::Class(class) => rebound(class.body, in_function, rebound_names, mutated_elsewhere),
            _ if in_function => mutated_elsewhere.extend(mutated(statement)),
            _ => {}
        }
        blocks(statement, &mut |body| rebound(body, in_function, rebound_names, mutated_elsewhere));
    }
}

/// Attributes that a method sets on the object it is called on.
pub(super) fn attributes_set<'a>(method: &'a Function<'a>, names: &mut FxHashSet<&'a str>) {
    let Some(first) = method.parameters.first() else { return };
    attributes_in(method.body, first.name, names);
}

fn attributes_in<'a>(body: &'a [Stmt<'a>], object: &str, names: &mut FxHashSet<&'a str>) {
    for statement in body {
        targets(statement, &mut |target| {
            if let ExprKind::Attribute(attribute) = target.kind
                && matches!(attribute.value.kind, ExprKind::Name(name) if name == object)
            {
                names.insert(attribute.name);
            }
        });
        blocks(statement, &mut |body| attributes_in(body, object, names));
    }
}

/// Every target that a statement itself assigns to, tuples taken apart.
fn targets<'a>(statement: &'a Stmt<'a>, found: &mut dyn FnMut(&'a Expr<'a>)) {
    match statement.kind {
        StmtKind::Assign(assign) => assign.targets.iter().for_each(|target| leaves(target, found)),
        StmtKind::AugAssign(assign) => leaves(&assign.target, found),
        StmtKind::For(statement) => leaves(&statement.target, found),
        StmtKind::With(with) => {
            with.items.iter().filter_map(|(_, target)| target.as_ref()).for_each(|t| leaves(t, found))
        }
        StmtKind::Delete(targets) => targets.iter().for_each(|target| leaves(target, found)),
        _ => {}
    }
}

fn leaves<'a>(target: &'a Expr<'a>, found: &mut dyn FnMut(&'a Expr<'a>)) {
    match target.kind {
        ExprKind::Tuple(items) | ExprKind::List(items) => items.iter().for_each(|item| leaves(item, found)),
        ExprKind::Starred(inner) => leaves(inner, found),
        _ => found(target),
    }
}

/// The name that a target binds, or whose container it changes.
fn name_of<'a>(target: &'a Expr<'a>) -> Option<&'a str> {
    match target.kind {
        ExprKind::Name(name) => Some(name),
        ExprKind::Subscript(subscript) => match subscript.value.kind {
            ExprKind::Name(name) => Some(name),
            _ => None,
        },
        _ => None,
    }
}

/// The name of the container that a statement changes in place: `name.append(…)`, `name[…] = …`.
fn mutated<'a>(statement: &'a Stmt<'a>) -> Option<&'a str> {
    match statement.kind {
        StmtKind::Expr(Expr { kind: ExprKind::Call(call), .. }) => match call.callee.kind {
            ExprKind::Attribute(attribute) if MUTATORS.contains(&attribute.name) => match attribute.value.kind {
                ExprKind::Name(name) => Some(name),
                _ => None,
            },
            _ => None,
        },
        _ => {
            let mut changed = None;
            targets(statement, &mut |target| {
                if let ExprKind::Subscript(_) = target.kind {
                    changed = name_of(target);
                }
            });
            changed
        }
    }
}

/// The blocks directly inside of a statement, but for those of functions and classes.
fn blocks<'a>(statement: &'a Stmt<'a>, found: &mut dyn FnMut(&'a [Stmt<'a>])) {
    match statement.kind {
        StmtKind::If(statement) => statement.branches.iter().for_each(|(_, body)| found(body)),
        StmtKind::For(statement) => [statement.body, statement.orelse].into_iter().for_each(found),
        StmtKind::While(statement) => [statement.body, statement.orelse].into_iter().for_each(found),
        StmtKind::With(with) => found(with.body),
        StmtKind::Match(statement) => statement.cases.iter().for_each(|case| found(case.body)),
        StmtKind::Try(statement) => {
            found(statement.body);
            statement.handlers.iter().for_each(|handler| found(handler.body));
            found(statement.orelse);
            found(statement.finalbody);
        }
        _ => {}
    }
}
