//! Scopes: what names stand for, and how that is undone and joined where control flow parts and meets.

use bumpalo::Bump;
use rustc_hash::{FxHashMap, FxHashSet};

use super::ahead;
use crate::python::tree::Stmt;
use crate::value::{Path, Shape, Value};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Module,
    /// The body of a class, by its index in the evaluator.
    Class(u32),
    Function,
}

#[derive(Debug)]
struct Scope<'a> {
    kind: Kind,
    names: FxHashMap<&'a str, Value<'a>>,
    /// Names declared `global` here.
    globals: Vec<&'a str>,
    /// Modules whose names were all imported here.
    stars: Vec<&'a Path<'a>>,
}

/// A name that a branch bound: scope, name, and the value it had before.
type Change<'a> = (usize, &'a str, Option<Value<'a>>);

/// What a branch left behind: scope, name, and the value it has there.
pub(super) type Outcome<'a> = Vec<(usize, &'a str, Value<'a>)>;

/// The scopes in force, innermost last.
#[derive(Debug, Default)]
pub(super) struct Scopes<'a> {
    stack: Vec<Scope<'a>>,
    /// Emptied maps, kept because a scope is made for every function.
    spare: Vec<FxHashMap<&'a str, Value<'a>>>,
    /// Changes since the outermost branch began.
    changes: Vec<Change<'a>>,
    branches: u32,
    /// Names that functions rebind, and names of containers that functions change.
    rebound: FxHashSet<&'a str>,
    mutated_elsewhere: FxHashSet<&'a str>,
}

/// Where a branch began.
#[derive(Clone, Copy)]
pub(super) struct Mark(usize);

impl<'a> Scopes<'a> {
    /// Learns which names of a module may change while other code runs.
    pub(super) fn look_ahead(&mut self, module: &'a [Stmt<'a>]) {
        ahead::rebound(module, false, &mut self.rebound, &mut self.mutated_elsewhere);
    }

    /// Before a loop: what its body binds may have any value in a later round.
    pub(super) fn widen(&mut self, body: &'a [Stmt<'a>], arena: &'a Bump) {
        let mut names = FxHashSet::default();
        ahead::bound(body, &mut names);
        let top = self.stack.len().saturating_sub(1);
        let Some(scope) = self.stack.get(top) else { return };
        let mut widened: Vec<_> = names.into_iter().filter_map(|name| Some((name, *scope.names.get(name)?))).collect();
        widened.sort_by_key(|(name, _)| *name);
        for (name, value) in widened {
            self.put(top, name, value.or(Value::UNKNOWN, arena));
        }
    }

    pub(super) fn push(&mut self, kind: Kind) {
        let names = self.spare.pop().unwrap_or_default();
        self.stack.push(Scope { kind, names, globals: Vec::new(), stars: Vec::new() });
    }

    /// The class whose body is being walked, if it is one.
    pub(super) fn class(&self) -> Option<u32> {
        match self.stack.last()?.kind {
            Kind::Class(class) => Some(class),
            Kind::Module | Kind::Function => None,
        }
    }

    /// Leaves a scope that nothing refers to any more.
    pub(super) fn pop(&mut self) {
        if let Some(mut scope) = self.stack.pop() {
            scope.names.clear();
            self.spare.push(scope.names);
        }
    }

    /// Leaves a scope and keeps its names.
    pub(super) fn pop_names(&mut self) -> FxHashMap<&'a str, Value<'a>> {
        self.stack.pop().map(|scope| scope.names).unwrap_or_default()
    }

    /// What a name stands for, as Python looks it up: a class scope is seen only from inside of itself.
    pub(super) fn get(&self, name: &str) -> Option<Value<'a>> {
        let (innermost, outer) = self.stack.split_last()?;
        let found = innermost.names.get(name).copied();
        found.or_else(|| {
            outer
                .iter()
                .rev()
                .filter(|scope| !matches!(scope.kind, Kind::Class(_)))
                .find_map(|scope| scope.names.get(name).copied())
        })
    }

    pub(super) fn stars(&self) -> impl Iterator<Item = &'a Path<'a>> {
        self.stack.iter().rev().flat_map(|scope| scope.stars.iter().copied())
    }

    pub(super) fn add_star(&mut self, module: &'a Path<'a>) {
        if let Some(scope) = self.stack.last_mut() {
            scope.stars.push(module);
        }
    }

    pub(super) fn declare_global(&mut self, name: &'a str) {
        if let Some(scope) = self.stack.last_mut() {
            scope.globals.push(name);
        }
    }

    /// Binds a name in the innermost scope, or in the module where it is declared global. A function that binds a global may
    /// run at any time or never, so its value joins what the module has.
    pub(super) fn set(&mut self, name: &'a str, value: Value<'a>, arena: &'a Bump) {
        let Some(top) = self.stack.len().checked_sub(1) else { return };
        let is_container = matches!(value.shape, Shape::Sequence(_) | Shape::Dict(_));
        let is_unstable =
            self.rebound.contains(name) || top == 0 && is_container && self.mutated_elsewhere.contains(name);
        let value = if is_unstable { value.or(Value::UNKNOWN, arena) } else { value };
        if self.stack[top].kind == Kind::Function && self.stack[top].globals.contains(&name) {
            let before = self.stack[0].names.get(name).copied();
            self.put(0, name, before.map_or(value, |before| before.or(value, arena)));
        } else {
            self.put(top, name, value);
        }
    }

    /// Forgets a name of the innermost scope.
    pub(super) fn unset(&mut self, name: &'a str) {
        let Some(top) = self.stack.len().checked_sub(1) else { return };
        let before = self.stack[top].names.remove(name);
        self.changes.push((top, name, before));
    }

    fn put(&mut self, scope: usize, name: &'a str, value: Value<'a>) {
        let before = self.stack[scope].names.insert(name, value);
        if self.branches > 0 {
            self.changes.push((scope, name, before));
        }
    }

    pub(super) fn begin_branch(&mut self) -> Mark {
        self.branches += 1;
        Mark(self.changes.len())
    }

    /// Ends a branch: takes back what it bound, and gives it.
    pub(super) fn end_branch(&mut self, mark: Mark) -> Outcome<'a> {
        self.branches -= 1;
        let mut outcome: Outcome<'a> = Vec::new();
        while self.changes.len() > mark.0 {
            let Some((scope, name, before)) = self.changes.pop() else { break };
            let Some(names) = self.stack.get_mut(scope).map(|scope| &mut scope.names) else { continue };
            let now = match before {
                Some(before) => names.insert(name, before),
                None => names.remove(name),
            };
            // The last change comes first and is what the branch left; earlier ones of the same name only restore.
            let known = outcome.iter().any(|(other, known, _)| *other == scope && *known == name);
            if let (Some(now), false) = (now, known) {
                outcome.push((scope, name, now));
            }
        }
        outcome
    }

    /// Joins the outcomes of branches of which one was taken, or none unless `exhaustive`.
    pub(super) fn join(&mut self, outcomes: &[Outcome<'a>], exhaustive: bool, arena: &'a Bump) {
        for (at, outcome) in outcomes.iter().enumerate() {
            for (scope, name, value) in outcome {
                let seen = |outcome: &Outcome<'a>| {
                    outcome.iter().find(|(s, n, _)| s == scope && n == name).map(|(_, _, value)| *value)
                };
                if outcomes[..at].iter().any(|earlier| seen(earlier).is_some()) {
                    continue;
                }
                let before = self.stack.get(*scope).and_then(|scope| scope.names.get(name).copied());
                let later = outcomes[at + 1..].iter().map(seen);
                let mut joined = *value;
                let mut kept = !exhaustive || at > 0;
                for other in later {
                    match other {
                        Some(other) => joined = joined.or(other, arena),
                        None => kept = true,
                    }
                }
                if let (true, Some(before)) = (kept, before) {
                    joined = before.or(joined, arena);
                }
                self.put(*scope, name, joined);
            }
        }
    }
}
