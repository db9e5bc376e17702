//! Scopes: what names stand for, and how that is undone and joined where control flow parts and meets.
//!
//! The work at branches and in deep scopes is counted ([`STEPS`]), since it may grow faster than the text.

use bumpalo::Bump;
use rustc_hash::{FxHashMap, FxHashSet};

use super::ahead;
use super::outcome::{ByName, Outcome};
use crate::python::tree::Stmt;
use crate::value::{MAX_ALTERNATIVES, Path, Shape, Value};

/// Names that may be joined, looked up again or looked ahead for in one module. After that, branches are walked as if all
/// were taken in turn, and only the innermost scope and the module's are looked at.
const STEPS: usize = 2 << 20;
/// A lookup through more scopes than this is counted.
const DEEP: usize = 32;
/// Text that is looked ahead through at the cost of one step.
const BYTES_A_STEP: usize = 16;

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
    globals: FxHashSet<&'a str>,
}

/// A name that a branch bound: scope, name, and the value it had before.
type Change<'a> = (usize, &'a str, Option<Value<'a>>);

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
    /// Modules whose names were all imported, each with the scope where that was done.
    stars: Vec<(usize, &'a Path<'a>)>,
    steps: usize,
    has_too_many_stars: bool,
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
        let length = body.last().zip(body.first()).map_or(0, |(last, first)| last.span.end - first.span.start);
        if !self.step(length as usize / BYTES_A_STEP) {
            return;
        }
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
        self.stack.push(Scope { kind, names, globals: FxHashSet::default() });
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
        self.forget_stars();
    }

    /// Leaves a scope and keeps its names.
    pub(super) fn pop_names(&mut self) -> FxHashMap<&'a str, Value<'a>> {
        let names = self.stack.pop().map(|scope| scope.names).unwrap_or_default();
        self.forget_stars();
        names
    }

    fn forget_stars(&mut self) {
        let depth = self.stack.len();
        while self.stars.pop_if(|(scope, _)| *scope >= depth).is_some() {}
    }

    /// What a name stands for, as Python looks it up: a class scope is seen only from inside of itself.
    pub(super) fn get(&mut self, name: &str) -> Option<Value<'a>> {
        let is_followed = self.stack.len() <= DEEP || self.step(self.stack.len());
        let (innermost, outer) = self.stack.split_last()?;
        let outer = if is_followed { outer } else { outer.get(..1)? };
        let found = innermost.names.get(name).copied();
        found.or_else(|| {
            let mut seen = outer.iter().rev().filter(|scope| !matches!(scope.kind, Kind::Class(_)));
            seen.find_map(|scope| scope.names.get(name).copied())
        })
    }

    /// Modules out of which a name may come that nothing else binds: one more than a value has alternatives is enough.
    pub(super) fn stars(&self) -> impl Iterator<Item = &'a Path<'a>> {
        self.stars.iter().map(|(_, module)| *module)
    }

    pub(super) fn add_star(&mut self, module: &'a Path<'a>) {
        // A package gathers its own modules so, however many: no rule names what comes out of one rather than another.
        let most = if is_relative(module) { 1 } else { MAX_ALTERNATIVES + 1 };
        let like = self.stars.iter().filter(|(_, known)| is_relative(known) == is_relative(module));
        if like.clone().count() < most && like.clone().all(|(_, known)| known.hash != module.hash) {
            self.stars.push((self.stack.len().saturating_sub(1), module));
        }
    }

    /// Notes that a name may come out of more modules than are followed.
    pub(super) fn note_too_many_stars(&mut self) {
        self.has_too_many_stars = true;
    }

    /// Whether some name was looked up, or some branch joined, with less care than it takes.
    pub(super) fn is_incomplete(&self) -> bool {
        self.steps >= STEPS || self.has_too_many_stars
    }

    /// Counts work. Gives whether it is to be done.
    fn step(&mut self, steps: usize) -> bool {
        self.steps = self.steps.saturating_add(steps);
        self.steps < STEPS
    }

    pub(super) fn declare_global(&mut self, name: &'a str) {
        if let Some(scope) = self.stack.last_mut() {
            scope.globals.insert(name);
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
        if self.stack[top].kind == Kind::Function && self.stack[top].globals.contains(name) {
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
        self.note((top, name, before));
    }

    fn put(&mut self, scope: usize, name: &'a str, value: Value<'a>) {
        let before = self.stack[scope].names.insert(name, value);
        self.note((scope, name, before));
    }

    fn note(&mut self, change: Change<'a>) {
        if self.branches > 0 && self.steps < STEPS {
            self.changes.push(change);
        }
    }

    pub(super) fn begin_branch(&mut self) -> Mark {
        self.branches += 1;
        Mark(self.changes.len())
    }

    /// Ends a branch: takes back what it bound, and gives it.
    pub(super) fn end_branch(&mut self, mark: Mark) -> Outcome<'a> {
        self.branches -= 1;
        let mut outcome = Outcome::default();
        if !self.step(self.changes.len().saturating_sub(mark.0)) {
            return outcome;
        }
        while self.changes.len() > mark.0 {
            let Some((scope, name, before)) = self.changes.pop() else { break };
            let Some(names) = self.stack.get_mut(scope).map(|scope| &mut scope.names) else { continue };
            let now = match before {
                Some(before) => names.insert(name, before),
                None => names.remove(name),
            };
            // The last change comes first and is what the branch left; earlier ones of the same name only restore.
            if let Some(now) = now {
                outcome.entry((scope, name), || now);
            }
        }
        outcome
    }

    /// Joins the outcomes of branches of which one was taken, or none unless `exhaustive`.
    pub(super) fn join(&mut self, outcomes: &[Outcome<'a>], exhaustive: bool, arena: &'a Bump) {
        if !self.step(outcomes.iter().map(Outcome::len).sum()) {
            return;
        }
        // For each name the value that it may have, and how many branches bind it.
        let mut joined = ByName::default();
        for (key, value) in outcomes.iter().flat_map(ByName::iter) {
            let (known, bound): &mut (Value<'a>, usize) = joined.entry(*key, || (*value, 0));
            *known = if *bound == 0 { *value } else { known.or(*value, arena) };
            *bound += 1;
        }
        for ((scope, name), (value, bound)) in joined.iter() {
            let before = self.stack.get(*scope).and_then(|scope| scope.names.get(name).copied());
            let is_kept = !exhaustive || *bound < outcomes.len();
            let value = before.filter(|_| is_kept).map_or(*value, |before| before.or(*value, arena));
            self.put(*scope, name, value);
        }
    }
}

/// Whether a module is named by where it stands in its package.
fn is_relative(module: &Path<'_>) -> bool {
    module.upwards().last().is_some_and(|root| root.segment.starts_with('.'))
}
