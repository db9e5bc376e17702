//! Checks: rules meet events.
//!
//! [`Checks`] is the pack's rules sorted by what they wait for, built once for a scan; [`Checker`] collects the hits of one
//! source. Each kind of match has its file.

mod binding;
mod call;
mod condition;
mod effect;
mod host;
mod import;
mod install;
mod order;
mod package;
mod pattern;
mod place;
mod program;
mod setting;
mod text;
mod used;
mod workspace;

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::declared::Declared;
use crate::effect::{Effect, Occurrence, Unresolved};
use crate::event::Event;
use crate::finding::Hit;
use crate::inventory::Component;
use crate::lock::{self, Entry, command};
use crate::pack::Pack;
use crate::rule::{BindingKind, FormatMatch, Match, StatementKind};
use crate::source::{Problem, ProblemKind, Sign, SignKind, Span};
use crate::value::{HOLE, Path, Shape};
pub use order::sorted;
pub use package::{Facts, Foreign};
use pattern::Pattern;
pub use place::Paths;
pub use workspace::Workspace;

/// The rules that are on, sorted by the events they wait for.
#[derive(Debug, Default)]
pub struct Checks<'p> {
    calls: call::Calls<'p>,
    imports: import::Imports<'p>,
    effects: effect::Effects<'p>,
    strings: Vec<(u16, text::Strings<'p>)>,
    formats: Vec<(u16, Format<'p>)>,
    bindings: binding::Bindings<'p>,
    statements: Vec<(u16, StatementKind)>,
    texts: Vec<(u16, Pattern<'p>)>,
    unresolved: Vec<(u16, &'p [Unresolved])>,
    used: used::Used<'p>,
    problems: Vec<(u16, ProblemKind)>,
    /// Whether imports and what is unresolved are listed, for a manifest.
    lists: bool,
    signs: Vec<(u16, SignKind)>,
    settings: setting::Rules<'p>,
    packages: package::Rules<'p>,
}

#[derive(Debug)]
struct Format<'p> {
    matches: Option<Pattern<'p>>,
    unless: Option<Pattern<'p>>,
}

impl<'p> Checks<'p> {
    /// Sorts the rules of the pack that `is_on` lets through.
    pub fn new(pack: &'p Pack, is_on: impl Fn(u16) -> bool) -> Self {
        let mut checks = Self::default();
        for (index, rule) in (0..).zip(pack.rules()) {
            if !is_on(index) {
                continue;
            }
            match &rule.matcher {
                Match::Call(call) => checks.calls.add(index, call),
                Match::Import(import) => checks.imports.add(index, import),
                Match::Effect(effect) => checks.effects.add(index, effect, &pack.models),
                Match::String(string) => checks.strings.push((index, text::Strings::new(string))),
                Match::Format(FormatMatch { matches, unless }) => {
                    let format = Format { matches: Pattern::new(matches), unless: Pattern::new(unless) };
                    checks.formats.push((index, format));
                }
                Match::Binding(binding) => checks.bindings.add(index, binding),
                Match::Statement(statement) => checks.statements.push((index, statement.is)),
                Match::Text(text) => checks.texts.extend(Pattern::of_places(&text.matches).map(|p| (index, p))),
                Match::Unresolved(unresolved) => checks.unresolved.push((index, &unresolved.kind)),
                Match::Use(used) => checks.used.add(index, used),
                // These need a syntax tree, not events: `query.rs` has them.
                Match::Query(_) => {}
                // These need no tree: `secret.rs` has them.
                Match::Secret(_) | Match::Assigned(_) => {}
                Match::Setting(setting) => checks.settings.add(index, setting, &pack.models),
                Match::Package(package) => {
                    checks.packages.add(index, package.is);
                    checks.effects.follow_programs(&pack.models);
                }
                Match::Problem(problem) => checks.problems.push((index, problem.kind)),
                Match::Sign(sign) => checks.signs.push((index, sign.kind)),
            }
        }
        checks
    }

    /// The same, telling every effect, import and what is unresolved, whether or not a rule cares, and judging paths by the
    /// workspace.
    pub fn telling_all(mut self, workspace: Workspace) -> Self {
        self.lists = true;
        self.effects.telling = true;
        self.effects.workspace = workspace;
        self
    }

    /// Whether some rule looks for what is used without being called: most scans have none, and are not told of it.
    pub fn wants_references(&self) -> bool {
        self.effects.wants_references()
    }

    /// The hits of a failure to read.
    pub fn problem(&self, problem: &Problem) -> impl Iterator<Item = Hit> {
        let rules = self.problems.iter().filter(|(_, kind)| *kind == problem.kind);
        rules.map(|(rule, _)| Hit { detail: Some(problem.message.clone()), ..Hit::at(*rule, problem.span) })
    }

    fn with_problems(&self, (mut hits, problems): (Vec<Hit>, Vec<Problem>)) -> Vec<Hit> {
        hits.extend(problems.iter().flat_map(|problem| self.problem(problem)));
        hits
    }

    /// The hits of rules on settings, in a file whose path says whether it holds any; and of what could not be read of them.
    pub fn settings(&self, path: &str, text: &str) -> Vec<Hit> {
        self.with_problems(self.settings.check(path, text))
    }

    /// The same, knowing of packages what stands elsewhere than in a file that names them.
    pub fn with_facts(mut self, facts: Facts<'p>) -> Self {
        self.packages.facts = facts;
        self
    }

    /// The hits of rules on packages in a list of requirements, whatever its name.
    pub fn listed(&self, path: &str, text: &str) -> Vec<Hit> {
        self.with_problems(self.packages.judged(path, lock::include::list(), text))
    }

    /// The hits of rules on packages, in a file whose path says that it names some; and of what could not be read of them.
    pub fn packages(&self, path: &str, text: &str) -> Vec<Hit> {
        self.with_problems(self.packages.check(path, text))
    }

    /// Whether a rule is on that only the whole tree can confirm.
    pub fn asks_the_tree(&self) -> bool {
        self.packages.asks_the_tree()
    }

    /// What a manifest or lockfile declares.
    pub fn declared(&self, path: &str, text: &str) -> Declared {
        self.packages.declared(path, text)
    }

    /// The hits of modules that nothing in the file declares.
    pub fn undeclared(&self, code: &str, foreign: &Foreign) -> Vec<Hit> {
        self.packages.undeclared(code, foreign)
    }

    /// The packages that a manifest or lockfile names, and what is published about them.
    pub fn components(&self, path: &Arc<str>, text: &str) -> Vec<Component> {
        self.packages.components(path, text)
    }

    /// The hits of rules on packages that code installs when it runs.
    pub fn installed(&self, entries: Vec<Entry>) -> Vec<Hit> {
        self.with_problems(self.packages.installed(entries))
    }

    /// The hits of rules on raw text.
    pub fn text(&self, text: &str) -> Vec<Hit> {
        let mut hits = Vec::new();
        for (rule, pattern) in &self.texts {
            hits.extend(pattern.spans(text).map(|span| Hit::at(*rule, span)));
        }
        hits
    }
}

/// What the checks found in one source.
#[derive(Debug, Default)]
pub struct Found {
    /// In the order of their places and rules, each once.
    pub hits: Vec<Hit>,
    /// The same for effects, where they are to be told.
    pub occurrences: Vec<Occurrence>,
    /// Names of what is imported, where that is listed.
    pub imports: Vec<(Span, String)>,
    pub unresolved: Vec<(Span, Unresolved)>,
    /// Packages that it would install.
    pub installed: Vec<Entry>,
    /// Modules from elsewhere, where that matters.
    pub foreign: Foreign,
    /// Files of requirements that it would install, as it names them.
    pub lists: Vec<String>,
}

/// Collects the hits of one source.
pub struct Checker<'c, 'p> {
    checks: &'c Checks<'p>,
    /// Paths imported so far, by hash: whole names and every name above them.
    imported: FxHashSet<u64>,
    seen: effect::Seen,
    /// Hits of rules that ask for an import wait until the whole source was seen.
    waiting: Vec<(Hit, &'p [String])>,
    hits: Vec<Hit>,
    occurrences: Vec<Occurrence>,
    imports: Vec<(Span, String)>,
    unresolved: Vec<(Span, Unresolved)>,
    installs: Vec<(Span, program::Install)>,
    foreign: Foreign,
    asked: install::Asked,
}

impl<'c, 'p> Checker<'c, 'p> {
    pub fn new(checks: &'c Checks<'p>) -> Self {
        Self {
            checks,
            imported: FxHashSet::default(),
            seen: effect::Seen::default(),
            waiting: Vec::new(),
            hits: Vec::new(),
            occurrences: Vec::new(),
            imports: Vec::new(),
            unresolved: Vec::new(),
            installs: Vec::new(),
            foreign: Foreign::default(),
            asked: install::Asked::default(),
        }
    }

    /// Matches one event.
    pub fn event(&mut self, event: &Event<'_>) {
        let checks = self.checks;
        match event {
            Event::Call(call) => {
                let known = self.hits.len();
                checks.calls.check(call, &mut |hit, imports| match imports {
                    [] => self.hits.push(hit),
                    _ => self.waiting.push((hit, imports)),
                });
                for callee in call.callee.alternatives() {
                    if let Shape::Path(path) = callee.shape {
                        self.uses(path, call.span);
                    }
                }
                checks.effects.call(call, &mut self.notes());
                self.asked.call(call);
                for hit in &mut self.hits[known..] {
                    let calls = call.through.iter().map(|span| (*span, "called here".to_owned()));
                    hit.trace.splice(0..0, calls);
                }
            }
            Event::Import { path, module, first, span } => {
                self.imported.extend(path.upwards().map(|path| path.hash));
                self.asked.import(path);
                checks.imports.check(path, module, *first, *span, &mut self.hits);
                checks.used.check(path, *span, &mut self.hits);
                if checks.lists {
                    self.imports.push((*span, path.to_string()));
                }
                if checks.packages.wants_imports() {
                    self.foreign.note(path, *span);
                }
            }
            Event::String { text, call, span } => {
                let rules = checks.strings.iter().filter(|(_, rule)| rule.matches(text, *call));
                self.hits.extend(rules.map(|(rule, _)| Hit::at(*rule, *span)));
                self.asked.string(text, *span);
            }
            Event::Binding { by, name, value, span } => {
                let rules = checks.bindings.matching(*by, name, value);
                self.hits.extend(rules.map(|rule| Hit::at(rule, *span)));
            }
            Event::Format { text, span } => {
                let shown = text.replace(HOLE, "{}");
                for (rule, format) in &checks.formats {
                    let matches = format.matches.as_ref().is_some_and(|pattern| pattern.is_match(&shown));
                    if matches && !format.unless.as_ref().is_some_and(|pattern| pattern.is_match(&shown)) {
                        self.hits.push(Hit::at(*rule, *span));
                    }
                }
            }
            Event::Statement { kind, span } => {
                let rules = checks.statements.iter().filter(|(_, wanted)| wanted == kind);
                self.hits.extend(rules.map(|(rule, _)| Hit::at(*rule, *span)));
            }
            Event::Reference { path, key, span } => {
                self.uses(path, *span);
                checks.effects.reference(path, *key, *span, &mut self.notes());
            }
            Event::Store { path, key, span, .. } => {
                self.uses(path, *span);
                checks.effects.store(path, *key, *span, &mut self.notes());
            }
            Event::Unresolved { what, span } => {
                let rules = checks.unresolved.iter().filter(|(_, kinds)| kinds.is_empty() || kinds.contains(what));
                self.hits.extend(rules.map(|(rule, _)| Hit {
                    detail: Some(told(*what).to_owned()),
                    certain: false,
                    ..Hit::at(*rule, *span)
                }));
                if checks.lists {
                    self.unresolved.push((*span, *what));
                }
            }
        }
    }

    fn notes(&mut self) -> effect::Notes<'_> {
        let Self { seen, hits, occurrences, installs, .. } = self;
        effect::Notes { seen, hits, occurrences, installs }
    }

    /// Something known by name is called, mentioned or set.
    fn uses(&mut self, path: &Path<'_>, span: Span) {
        self.checks.used.check(path, span, &mut self.hits);
        self.checks.imports.check_inner(path, span, &mut self.hits);
    }

    /// Matches what the text shows by itself.
    pub fn sign(&mut self, sign: &Sign) {
        let rules = self.checks.signs.iter().filter(|(_, wanted)| *wanted == sign.kind);
        self.hits
            .extend(rules.map(|(rule, _)| Hit { detail: Some(sign.message.clone()), ..Hit::at(*rule, sign.span) }));
        if sign.kind == SignKind::ScriptDependency {
            // Whatever runs the script installs it first.
            self.asked.entries.extend(lock::requirement(&sign.message, sign.span));
            self.occurrences.push(Occurrence {
                span: sign.span,
                effect: Effect::InstallPackage,
                by: "script header".to_owned(),
                target: Some(sign.message.clone()),
            });
        }
    }

    pub fn finish(mut self) -> Found {
        for (hit, imports) in self.waiting {
            if imports.iter().any(|name| self.imported.contains(&crate::value::hash_of(name))) {
                self.hits.push(hit);
            }
        }
        self.occurrences.sort();
        self.occurrences.dedup();
        self.imports.sort();
        self.imports.dedup();
        self.unresolved.sort();
        self.unresolved.dedup();
        let Self { occurrences, imports, unresolved, mut installs, foreign, asked, .. } = self;
        // What is walked several times installs once.
        installs.sort();
        installs.dedup();
        let entries = |(span, (program, words)): &(Span, program::Install)| command::packages(program, words, *span);
        let installed = asked.finish().into_iter().chain(installs.iter().flat_map(entries)).collect();
        let lists = installs.iter().flat_map(|(_, (program, words))| command::lists(program, words)).collect();
        Found { hits: sorted(self.hits), occurrences, imports, unresolved, installed, foreign, lists }
    }
}

fn told(what: Unresolved) -> &'static str {
    match what {
        Unresolved::Attribute | Unresolved::Process => "which attribute this is, is not known",
        Unresolved::Import => "which module is imported is not known",
        Unresolved::Code => "which code is run is not known",
        Unresolved::Member => "which attribute of something unknown it is cannot be told",
    }
}

/// Rules by the hash of a name that they wait for.
type ByName<T> = FxHashMap<u64, Vec<T>>;

/// The binding kinds in which a rule may be interested, as bits.
fn bit(kind: BindingKind) -> u8 {
    1 << kind as u8
}
