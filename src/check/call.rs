//! `[match.call]`: calls whose callee resolves to a name, with conditions on the arguments.

use rustc_hash::FxHashMap;

use super::ByName;
use super::condition::Test;
use crate::event::Call;
use crate::finding::Hit;
use crate::rule::{CallMatch, Mark};
use crate::source::Span;
use crate::value::{How, Origin, Path, Shape, Value, hash_of};

/// All call rules, sorted by the names they wait for.
#[derive(Debug, Default)]
pub(super) struct Calls<'p> {
    rules: Vec<CallRule<'p>>,
    /// Indices into `rules`, with the name that is to be verified.
    exact: ByName<(usize, &'p str)>,
    /// `module.*`
    below: ByName<(usize, &'p str)>,
    /// `*.name`
    last: FxHashMap<&'p str, Vec<usize>>,
    /// `*`
    any: Vec<usize>,
}

#[derive(Debug)]
struct CallRule<'p> {
    rule: u16,
    source: &'p CallMatch,
    when: Vec<Test<'p>>,
    any: Vec<Test<'p>>,
    unless: Vec<Test<'p>>,
}

impl<'p> Calls<'p> {
    pub(super) fn add(&mut self, rule: u16, source: &'p CallMatch) {
        let at = self.rules.len();
        let tests = |conditions: &'p [_]| conditions.iter().map(Test::new).collect();
        self.rules.push(CallRule {
            rule,
            source,
            when: tests(&source.when),
            any: tests(&source.any),
            unless: tests(&source.unless),
        });
        for name in &source.name {
            if name == "*" {
                self.any.push(at);
            } else if let Some(last) = name.strip_prefix("*.") {
                self.last.entry(last).or_default().push(at);
            } else if let Some(module) = name.strip_suffix(".*") {
                self.below.entry(hash_of(module)).or_default().push((at, module));
            } else {
                self.exact.entry(hash_of(name)).or_default().push((at, name));
            }
        }
    }

    /// Hands every hit of a call to `found`, with the imports on which it depends.
    pub(super) fn check(&self, call: &Call<'_>, found: &mut dyn FnMut(Hit, &'p [String])) {
        for callee in call.callee.alternatives() {
            let mut hit = |at: usize| {
                let rule = &self.rules[at];
                if let Some(hit) = rule.hit(call, callee) {
                    found(hit, &rule.source.imports);
                }
            };
            self.any.iter().for_each(|at| hit(*at));
            let Shape::Path(path) = callee.shape else { continue };
            for (at, name) in self.exact.get(&path.hash).into_iter().flatten() {
                if path.is(name) {
                    hit(*at);
                }
            }
            self.last.get(path.segment).into_iter().flatten().for_each(|at| hit(*at));
            // Results of calls are no longer the module's own.
            let is_result = path.segment == "()";
            for module in path.upwards().skip(1).take_while(|module| !is_result && module.segment != "()") {
                for (at, name) in self.below.get(&module.hash).into_iter().flatten() {
                    if module.is(name) {
                        hit(*at);
                    }
                }
            }
        }
    }
}

impl CallRule<'_> {
    fn hit(&self, call: &Call<'_>, callee: &Value<'_>) -> Option<Hit> {
        let mut certain = true;
        for test in &self.when {
            let answer = test.of_call(call);
            certain &= answer.all;
            if !answer.some {
                return None;
            }
        }
        if !self.any.is_empty() && !self.any.iter().any(|test| test.of_call(call).some) {
            return None;
        }
        if self.unless.iter().any(|test| test.of_call(call).all) {
            return None;
        }
        let path = match callee.shape {
            Shape::Path(path) => Some(path),
            _ => None,
        };
        if path.is_some_and(|path| self.source.except.iter().any(|name| is_excepted(path, name))) {
            return None;
        }
        Some(Hit {
            detail: path.and_then(|path| detail(path, callee.origin)),
            trace: callee.origin.map(trace).unwrap_or_default(),
            certain,
            ..Hit::at(self.rule, self.mark(call))
        })
    }

    fn mark(&self, call: &Call<'_>) -> Span {
        match self.source.mark {
            Mark::Call => call.span,
            Mark::Callee => call.callee_span,
            Mark::Argument => {
                // The argument that made the rule hold; failing that, one that a condition speaks of.
                let positive = self.when.iter().chain(&self.any);
                let holding = positive.filter(|test| test.of_call(call).some).find_map(|test| test.argument(call));
                let named = || self.unless.iter().find_map(|test| test.argument(call));
                holding.or_else(named).map_or(call.callee_span, |argument| argument.span)
            }
        }
    }
}

fn is_excepted(path: &Path<'_>, name: &str) -> bool {
    match name.strip_suffix(".*") {
        Some(module) => path.upwards().skip(1).any(|path| path.is(module)),
        None => match name.strip_prefix("*.") {
            Some(last) => path.segment == last,
            None => path.is(name),
        },
    }
}

/// Says what a name stands for, where a value was passed on by more than its import.
fn detail(path: &Path<'_>, origin: Option<&Origin<'_>>) -> Option<String> {
    let assigned = origin.is_some_and(|origin| origin.how == How::Assigned);
    assigned.then(|| format!("this is `{path}`"))
}

/// The way of a value, first step first; nothing where it is only an import.
fn trace(origin: &Origin<'_>) -> Vec<(Span, String)> {
    let mut steps: Vec<_> = std::iter::successors(Some(origin), |origin| origin.before)
        .map(|origin| (origin.span, message(origin.how).to_owned()))
        .collect();
    steps.reverse();
    if steps.len() < 2 && origin.how == How::Imported { Vec::new() } else { steps }
}

fn message(how: How) -> &'static str {
    match how {
        How::Imported => "imported here",
        How::Assigned => "given this name here",
    }
}
