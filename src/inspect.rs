//! One source from bytes to findings: decode, read, evaluate, check, dress, suppress.

use std::sync::Arc;

use bumpalo::Bump;

use crate::allow::{self, Honoured};
use crate::check::{self, Checker, Checks};
use crate::finding::{Factory, Finding, Hit};
use crate::pack::Pack;
use crate::python::eval::{self, Constants};
use crate::python::{self, decode, place, tree};
use crate::select::Selection;
use crate::source::Problem;

/// What all sources of a scan are inspected with: the rules that are on, sorted once, and what is done with their findings.
#[derive(Debug)]
pub struct Inspector<'p> {
    pack: &'p Pack,
    checks: Checks<'p>,
    constants: Constants,
}

/// How findings are dressed and which of them are kept.
#[derive(Clone, Copy, Debug)]
pub struct Dressing<'a> {
    pub selection: &'a Selection,
    pub honoured: Honoured,
    /// Compute GitHub's line hashes, which only SARIF shows.
    pub line_hashes: bool,
}

impl<'p> Inspector<'p> {
    /// Prepares the rules that `is_on` lets through.
    pub fn new(pack: &'p Pack, is_on: impl Fn(u16) -> bool) -> Self {
        Self { pack, checks: Checks::new(pack, is_on), constants: Constants::new(&pack.models.constants) }
    }

    /// The findings of a Python source. The arena is emptied first.
    pub fn findings(&self, path: &Arc<str>, bytes: Vec<u8>, arena: &mut Bump, dressing: &Dressing<'_>) -> Vec<Finding> {
        arena.reset();
        let arena = &*arena;
        let decode::Decoded { text, problems } = decode::decode(bytes);
        let module = python::read(&text, arena, allow::may_suppress(&text, dressing.honoured));
        let mut hits = self.hits(&text, &module, arena);
        hits.extend(problems.iter().flat_map(|problem| self.checks.problem(problem)));
        if hits.is_empty() && module.comments.is_empty() {
            return Vec::new();
        }

        let mut factory = Factory::new(Arc::clone(path), &text, dressing.line_hashes);
        let mut findings = self.dress(&mut factory, hits);
        let scope = allow::Scope {
            text: &text,
            lines: factory.lines(),
            comments: &module.comments,
            pack: self.pack,
            selection: dressing.selection,
            honoured: dressing.honoured,
        };
        let about_comments = allow::apply(&mut findings, &scope, |offset| place::statement_at(&module, &text, offset));
        findings.extend(self.dress(&mut factory, about_comments));
        findings.retain(|finding| dressing.selection.keeps(finding));
        findings
    }

    fn dress(&self, factory: &mut Factory<'_>, hits: Vec<Hit>) -> Vec<Finding> {
        check::sorted(hits).into_iter().map(|hit| factory.finding(self.pack.rule(hit.rule), hit)).collect()
    }

    /// The finding of a source that could not be read.
    pub fn unread(&self, path: &Arc<str>, problem: &Problem, dressing: &Dressing<'_>) -> Vec<Finding> {
        let mut factory = Factory::new(Arc::clone(path), "", dressing.line_hashes);
        let findings = self.checks.problem(problem).map(|hit| factory.finding(self.pack.rule(hit.rule), hit));
        findings.filter(|finding| dressing.selection.keeps(finding)).collect()
    }

    /// The hits in a Python text, in order.
    pub fn python(&self, text: &str) -> Vec<Hit> {
        let arena = Bump::new();
        let module = python::read(text, &arena, false);
        check::sorted(self.hits(text, &module, &arena))
    }

    fn hits<'a>(&self, text: &str, module: &tree::Module<'a>, arena: &'a Bump) -> Vec<Hit> {
        let mut checker = Checker::new(&self.checks);
        let over_budget = eval::evaluate(module, arena, &self.constants, &mut |event| checker.event(&event));
        let mut hits = checker.finish();
        hits.extend(module.problems.iter().chain(&over_budget).flat_map(|problem| self.checks.problem(problem)));
        hits.extend(self.checks.text(text));
        hits
    }
}
