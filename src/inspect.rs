//! One source from bytes to findings: decode, read, evaluate, check, dress.

use bumpalo::Bump;

use crate::check::{self, Checker, Checks};
use crate::finding::Hit;
use crate::pack::Pack;
use crate::python::eval::{self, Constants};
use crate::python::{self};

/// What every source of a scan is inspected with.
#[derive(Debug)]
pub struct Inspector<'p> {
    pack: &'p Pack,
    checks: Checks<'p>,
    constants: Constants,
}

impl<'p> Inspector<'p> {
    /// Prepares the rules that `is_on` lets through.
    pub fn new(pack: &'p Pack, is_on: impl Fn(u16) -> bool) -> Self {
        Self { pack, checks: Checks::new(pack, is_on), constants: Constants::new(&pack.models.constants) }
    }

    /// The hits of a Python text, in order. The arena is emptied first.
    pub fn python(&self, text: &str, arena: &mut Bump) -> Vec<Hit> {
        arena.reset();
        let arena = &*arena;
        let module = python::read(text, arena, false);
        let mut checker = Checker::new(&self.checks);
        let over_budget = eval::evaluate(&module, arena, &self.constants, &mut |event| checker.event(&event));
        let mut hits = checker.finish();
        hits.extend(module.problems.iter().chain(&over_budget).flat_map(|problem| self.checks.problem(problem)));
        hits.extend(self.checks.text(text));
        check::sorted(hits)
    }
}
