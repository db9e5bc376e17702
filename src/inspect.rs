//! One source from bytes to findings: decode, read, evaluate, check, dress, suppress.

mod folded;

use std::sync::Arc;

use bumpalo::Bump;

use crate::allow::{self, Honoured};
use crate::check::{self, Checker, Checks, Facts, Workspace};
use crate::declared::Declared;
use crate::effect::{Occurrence, Unresolved};
use crate::finding::{Act, Factory, Finding, Hit, Known};
use crate::inventory::Component;
use crate::lock::include;
use crate::pack::Pack;
use crate::prefilter::Prefilter;
use crate::python::eval::{self, Care, Knowledge};
use crate::python::{self, decode, place, tree};
use crate::query::Queries;
use crate::reading::{self, Reading};
use crate::rule::Match;
use crate::secret::Secrets;
use crate::select::Selection;
use crate::source::{Kind, Place, Problem, Sign, Span};
use crate::standard;
use folded::Folded;

/// What all sources of a scan are inspected with: the rules that are on, sorted once, and what is done with their findings.
#[derive(Debug)]
pub struct Inspector<'p> {
    pack: &'p Pack,
    checks: Checks<'p>,
    queries: Queries<'p>,
    secrets: Secrets<'p>,
    knowledge: Knowledge<'p>,
    prefilter: Prefilter,
    /// Whether a file that the pre-filter would pass over is inspected all the same.
    every_file: bool,
}

/// How findings are dressed and which of them are kept.
#[derive(Clone, Copy, Debug)]
pub struct Dressing<'a> {
    pub selection: &'a Selection,
    pub honoured: Honoured,
    /// Compute GitHub's line hashes, which only SARIF shows.
    pub line_hashes: bool,
}

/// What a source does, as far as that can be told, fit to be shown.
#[derive(Debug, Default)]
pub struct Examined {
    pub path: Arc<str>,
    /// In the order of their places and rules.
    pub findings: Vec<Finding>,
    pub acts: Vec<Act>,
    /// What it imports, by dotted names.
    pub imports: Vec<(Place, Box<str>)>,
    pub unresolved: Vec<(Place, Unresolved)>,
    /// Files of requirements that it installs, or takes in.
    pub lists: Vec<Box<str>>,
}

/// A larger arena than this is given back after its file: few files need it, and every thread would keep one.
const KEPT: usize = 4 << 20;

impl<'p> Inspector<'p> {
    /// Prepares the rules that `is_on` lets through.
    pub fn new(pack: &'p Pack, is_on: impl Fn(u16) -> bool) -> Self {
        let checks = Checks::new(pack, &is_on);
        Self {
            pack,
            knowledge: Knowledge::new(&pack.models, checks.wants_references()),
            checks,
            queries: Queries::new(pack, &is_on),
            secrets: Secrets::new(pack, &is_on),
            prefilter: Prefilter::default(),
            every_file: true,
        }
    }

    /// Knows of packages what stands elsewhere than in a file that names them.
    pub fn with_facts(self, facts: Facts<'p>) -> Self {
        Self { checks: self.checks.with_facts(facts), ..self }
    }

    /// Tells all that happens, whether or not a rule cares, for [`Self::examine`].
    pub fn telling_all(self, workspace: Workspace) -> Self {
        let knowledge = Knowledge::new(&self.pack.models, true);
        Self { checks: self.checks.telling_all(workspace), knowledge, ..self }
    }

    /// Passes over files in which no rule can find anything.
    pub fn with_prefilter(mut self, is_on: impl Fn(u16) -> bool, every_file: bool) -> Self {
        self.prefilter = Prefilter::new(self.pack, is_on);
        Self { every_file, ..self }
    }

    /// The findings of a source. The arena is emptied first.
    pub fn findings(
        &self,
        path: &Arc<str>,
        kind: Kind,
        bytes: Vec<u8>,
        arena: &mut Bump,
        dressing: &Dressing<'_>,
    ) -> Vec<Finding> {
        match arena.allocated_bytes() > KEPT {
            true => *arena = Bump::new(),
            false => arena.reset(),
        }
        let arena = &*arena;
        if kind == Kind::Other {
            return self.plain(path, bytes, dressing);
        }
        let reading = reading::read(kind, bytes);
        let code = reading.code();
        let is_relevant = self.prefilter.lets_through(code);
        let mut hits = self.raw(code);
        let secrets = self.secrets.search(path, &reading.text);
        let wants_comments = (is_relevant || !secrets.is_empty()) && allow::may_suppress(code, dressing.honoured);
        let mut module = match is_relevant || wants_comments || self.every_file {
            true => python::read(code, arena, wants_comments),
            false => tree::Module::default(),
        };
        let (found, failures) = self.hits(path, code, &module, arena, &reading.signs);
        hits.extend(found);
        if is_relevant {
            // Where no rule could find anything, it does not matter what could not be read.
            hits.extend(failures);
        }
        let bound: Vec<_> = hits.iter().filter(|hit| self.is_about_a_value(hit)).map(|hit| hit.span).collect();
        // From here on everything speaks of the file, not of the code in it.
        in_file(&reading, &mut hits);
        module.comments.iter_mut().for_each(|comment| *comment = reading.place(*comment));
        hits.extend(reading.problems.iter().flat_map(|problem| self.checks.problem(problem)));
        let text = &reading.text;
        add_plain(secrets, &mut hits);
        if hits.is_empty() && !allow::may_suppress(text, dressing.honoured) {
            return Vec::new();
        }

        let known = Known { bound, ..Known::found_by(&hits) };
        let mut factory = Factory::knowing(Arc::clone(path), text, reading.drawn(), dressing.line_hashes, known);
        let mut findings = self.dress(&mut factory, hits);
        let scope = allow::Scope {
            text,
            lines: factory.lines(),
            comments: Some(&module.comments),
            pack: self.pack,
            selection: dressing.selection,
            honoured: dressing.honoured,
        };
        let statement = |offset: u32| {
            place::statement_at(&module, code, reading.in_code(offset)).map(|statement: Span| reading.place(statement))
        };
        let about_comments = allow::apply(&mut findings, &scope, statement);
        findings.extend(self.dress(&mut factory, about_comments));
        findings.retain(|finding| dressing.selection.keeps(finding));
        findings
    }

    /// The findings in a text that no reader takes. What is no text has none.
    fn plain(&self, path: &Arc<str>, bytes: Vec<u8>, dressing: &Dressing<'_>) -> Vec<Finding> {
        let Some(text) = decode::decode_any(bytes) else { return Vec::new() };
        let mut hits = self.secrets.search(path, &text);
        hits.extend(self.checks.text(&text));
        hits.extend(self.checks.settings(path, &text));
        hits.extend(self.checks.packages(path, &text));
        if hits.is_empty() && !allow::may_suppress(&text, dressing.honoured) {
            return Vec::new();
        }
        let known = Known::found_by(&hits);
        let mut factory = Factory::knowing(Arc::clone(path), &text, None, dressing.line_hashes, known);
        let mut findings = self.dress(&mut factory, hits);
        let scope = allow::Scope {
            text: &text,
            lines: factory.lines(),
            comments: None,
            pack: self.pack,
            selection: dressing.selection,
            honoured: dressing.honoured,
        };
        let about_comments = allow::apply(&mut findings, &scope, |_| None);
        findings.extend(self.dress(&mut factory, about_comments));
        findings.retain(|finding| dressing.selection.keeps(finding));
        findings
    }

    /// The packages that a manifest or lockfile names; of another file none.
    pub fn components(&self, path: &Arc<str>, bytes: &[u8]) -> Vec<Component> {
        decode::decode_any(bytes.to_vec()).map(|text| self.checks.components(path, &text)).unwrap_or_default()
    }

    /// Whether a rule is on that only the whole tree can confirm (`declared::settle`).
    pub fn asks_the_tree(&self) -> bool {
        self.checks.asks_the_tree()
    }

    /// What a manifest or lockfile declares; another file nothing.
    pub fn declared(&self, path: &str, bytes: &[u8]) -> Declared {
        decode::decode_any(bytes.to_vec()).map(|text| self.checks.declared(path, &text)).unwrap_or_default()
    }

    /// What stands in a source, with nothing left out: no pre-filter, no selection, no suppression.
    pub fn examine(&self, path: &Arc<str>, kind: Kind, bytes: Vec<u8>) -> Examined {
        let arena = Bump::new();
        let reading = reading::read(kind, bytes);
        let module = python::read(reading.code(), &arena, false);
        let mut checker = Checker::new(&self.checks);
        reading.signs.iter().for_each(|sign| checker.sign(sign));
        let mut folded = Folded::default();
        let over_budget = eval::evaluate(&module, &arena, &self.knowledge, Care::GATE, &mut |event| {
            checker.event(&event);
            folded.note(reading.code(), &event);
        });
        let mut found = checker.finish();
        let mut hits = std::mem::take(&mut found.hits);
        hits.extend(folded.hits(&self.secrets, path));
        hits.extend(self.checks.installed(std::mem::take(&mut found.installed)));
        hits.extend(module.problems.iter().chain(&over_budget).flat_map(|problem| self.checks.problem(problem)));
        hits.extend(self.raw(reading.code()));
        let bound: Vec<_> = hits.iter().filter(|hit| self.is_about_a_value(hit)).map(|hit| hit.span).collect();
        // From here on everything speaks of the file, not of the code in it.
        in_file(&reading, &mut hits);
        hits.extend(reading.problems.iter().flat_map(|problem| self.checks.problem(problem)));

        let text = &reading.text;
        add_plain(self.secrets.search(path, text), &mut hits);
        let known = Known { bound, ..Known::found_by(&hits) };
        let mut factory = Factory::knowing(Arc::clone(path), text, reading.drawn(), false, known);
        let findings = self.dress(&mut factory, hits);
        let place = |span| factory.lines().place(text, reading.place(span));
        let in_file =
            |occurrence: &Occurrence| Occurrence { span: reading.place(occurrence.span), ..occurrence.clone() };
        Examined {
            path: Arc::clone(path),
            findings,
            acts: found.occurrences.iter().map(|occurrence| factory.act(&in_file(occurrence))).collect(),
            unresolved: found.unresolved.iter().map(|(span, what)| (place(*span), *what)).collect(),
            lists: found.lists.into_iter().map(Into::into).collect(),
            imports: found.imports.iter().map(|(span, name)| (place(*span), imported(&factory, name))).collect(),
        }
    }

    /// A list of requirements that code installs, with nothing left out. None for what is no text.
    pub fn examine_list(&self, path: &Arc<str>, bytes: Vec<u8>) -> Option<Examined> {
        let text = decode::decode_any(bytes)?;
        let mut hits = self.secrets.search(path, &text);
        hits.extend(self.checks.listed(path, &text));
        let mut factory = Factory::knowing(Arc::clone(path), &text, None, false, Known::found_by(&hits));
        let findings = self.dress(&mut factory, hits);
        let includes = include::list().read(&text).includes;
        let lists = includes.into_iter().map(|include| include.path.into()).collect();
        Some(Examined { path: Arc::clone(path), findings, lists, ..Examined::default() })
    }

    /// Whether a finding says that something could not be read.
    pub fn tells_failure(&self, finding: &Finding) -> bool {
        self.pack.rule(finding.rule).matcher.tells_failure()
    }

    /// Whether a hit is about what a telling name is bound to, a password mostly: no report shows that.
    fn is_about_a_value(&self, hit: &Hit) -> bool {
        matches!(&self.pack.rule(hit.rule).matcher, Match::Binding(binding) if binding.name.is_some())
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
        self.text("<text>", Kind::Python, text)
    }

    /// The hits in the text of a source, in order.
    pub fn text(&self, path: &str, kind: Kind, text: &str) -> Vec<Hit> {
        if kind == Kind::Other {
            let mut hits = self.secrets.search(path, text);
            hits.extend(self.checks.text(text));
            hits.extend(self.checks.settings(path, text));
            hits.extend(self.checks.packages(path, text));
            return check::sorted(hits);
        }
        let arena = Bump::new();
        let reading = reading::read_text(kind, text.to_owned());
        let module = python::read(reading.code(), &arena, false);
        let (mut hits, failures) = self.hits(path, reading.code(), &module, &arena, &reading.signs);
        hits.extend(failures);
        hits.extend(self.raw(reading.code()));
        in_file(&reading, &mut hits);
        hits.extend(reading.problems.iter().flat_map(|problem| self.checks.problem(problem)));
        add_plain(self.secrets.search(path, &reading.text), &mut hits);
        check::sorted(hits)
    }

    /// What the rules find that need no evaluation.
    fn raw(&self, text: &str) -> Vec<Hit> {
        let mut hits = self.checks.text(text);
        match self.queries.search(text) {
            Ok(found) => hits.extend(found),
            Err(problem) => hits.extend(self.checks.problem(&problem)),
        }
        hits
    }

    /// What the rules find in a module, and what could not be read or evaluated of it.
    fn hits<'a>(
        &self,
        path: &str,
        code: &str,
        module: &tree::Module<'a>,
        arena: &'a Bump,
        signs: &[Sign],
    ) -> (Vec<Hit>, Vec<Hit>) {
        let mut checker = Checker::new(&self.checks);
        signs.iter().for_each(|sign| checker.sign(sign));
        let mut folded = Folded::default();
        let looks_for_secrets = !self.secrets.is_empty();
        let over_budget = eval::evaluate(module, arena, &self.knowledge, Care::SCAN, &mut |event| {
            checker.event(&event);
            if looks_for_secrets {
                folded.note(code, &event);
            }
        });
        let failures = module.problems.iter().chain(&over_budget).flat_map(|problem| self.checks.problem(problem));
        let found = checker.finish();
        let mut hits = found.hits;
        hits.extend(folded.hits(&self.secrets, path));
        hits.extend(self.checks.installed(found.installed));
        hits.extend(self.checks.undeclared(code, &found.foreign));
        (hits, failures.collect())
    }
}

/// The name of what is imported, as it may be shown. That of a module which comes with Python is no secret, and most are.
fn imported(factory: &Factory<'_>, name: &str) -> Box<str> {
    match standard::is_module(name) {
        true => name.into(),
        false => factory.shown(name),
    }
}

/// Adds the credentials that stand in the text as they are: of those that code puts together, the others stay.
fn add_plain(plain: Vec<Hit>, hits: &mut Vec<Hit>) {
    let mut places: Vec<_> = plain.iter().map(|hit| hit.span).collect();
    places.sort_unstable();
    // No two of them overlap.
    let is_plain = |span: Span| {
        let before = places.partition_point(|place| place.start < span.end);
        before > 0 && places[before - 1].end > span.start
    };
    hits.retain(|hit| hit.credential.is_none() || !is_plain(hit.span));
    hits.extend(plain);
}

/// Moves hits from the code of a source to the places in its file.
fn in_file(reading: &Reading, hits: &mut [Hit]) {
    for hit in hits {
        hit.span = reading.place(hit.span);
        hit.trace.iter_mut().for_each(|(span, _)| *span = reading.place(*span));
    }
}
