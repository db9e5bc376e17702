//! From sources to findings, in parallel. Threads live here only.

use std::panic::{self, AssertUnwindSafe};

use bumpalo::Bump;
use rayon::prelude::*;

use crate::allow::Honoured;
use crate::finding::{Finding, Hit};
use crate::inspect::{Dressing, Inspector};
use crate::pack::Pack;
use crate::python::decode;
use crate::report::Summary;
use crate::rule::Match;
use crate::select::Selection;
use crate::source::{Kind, Problem, ProblemKind, Source, Span};
use crate::{python, walk};

/// How to scan.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    pub selection: &'a Selection,
    /// One per processor where absent.
    pub threads: Option<usize>,
    pub max_size: u64,
    /// Compute GitHub's line hashes, which only SARIF shows.
    pub line_hashes: bool,
    /// Pass over files in which no rule's words stand. Where it is off, their findings are compared; failures of reading are
    /// not told of them either way.
    pub prefilter: bool,
    pub honoured: Honoured,
    /// Called with the number of sources that were done since the last call.
    pub progress: Option<&'a (dyn Fn(u64) + Sync)>,
}

/// What a scan found.
#[derive(Debug)]
pub struct Scanned {
    /// Sorted by path, place and rule.
    pub findings: Vec<Finding>,
    pub summary: Summary,
}

/// The number of sources from which the pre-filter pays.
const PREFILTER_FROM: usize = 1000;

/// Scans sources. Fails only where no thread with a large enough stack can be had.
pub fn scan(sources: &[Source], pack: &Pack, options: &Options<'_>) -> Result<Scanned, String> {
    let Options { selection, honoured, line_hashes, .. } = *options;
    let is_on = |rule| selection.is_on(rule);
    let inspector = Inspector::new(pack, is_on);
    let scan = Scan {
        // Building the filter takes as long as reading some hundred files.
        inspector: match sources.len() {
            0..PREFILTER_FROM => inspector,
            _ => inspector.with_prefilter(is_on, !options.prefilter),
        },
        dressing: Dressing { selection, honoured, line_hashes },
        max_size: options.max_size,
    };
    let one = |arena: &mut Bump, source: &Source| {
        let done = scan.source(source, arena);
        if let Some(progress) = options.progress {
            progress(1);
        }
        done
    };
    let done: Vec<(Vec<Finding>, Summary)> = match sources {
        // A pool costs half a millisecond, which a hook on one file would notice.
        [] | [_] => python::on_large_stack(|| sources.iter().map(|source| one(&mut Bump::new(), source)).collect())
            .map_err(|error| error.to_string()),
        _ => rayon::ThreadPoolBuilder::new()
            .num_threads(options.threads.unwrap_or(0))
            .stack_size(python::STACK)
            .build()
            .map_err(|error| error.to_string())
            .map(|pool| pool.install(|| sources.par_iter().map_init(Bump::new, one).collect())),
    }
    .map_err(|error| format!("no threads to scan with: {error}"))?;

    let total = done.iter().map(|(findings, _)| findings.len()).sum();
    let mut scanned = Scanned { findings: Vec::with_capacity(total), summary: Summary::default() };
    for (findings, summary) in done {
        scanned.findings.extend(findings);
        scanned.summary += summary;
    }
    // In place, which matters where there are a hundred thousand. No two findings are alike in all three.
    scanned.findings.sort_unstable_by(|a, b| (&a.path, a.place, a.rule).cmp(&(&b.path, b.place, b.rule)));
    Ok(scanned)
}

struct Scan<'a> {
    inspector: Inspector<'a>,
    dressing: Dressing<'a>,
    max_size: u64,
}

impl Scan<'_> {
    fn source(&self, source: &Source, arena: &mut Bump) -> (Vec<Finding>, Summary) {
        let kind = source.kind.unwrap_or(Kind::Python);
        let bytes = match kind {
            Kind::Other => walk::read_text(source, self.max_size, decode::is_binary),
            _ => walk::read(source, self.max_size).map(Ok),
        };
        let bytes = match bytes {
            Ok(Ok(bytes)) => bytes,
            Ok(Err(passed_over)) => {
                let large = u64::from(passed_over == walk::PassedOver::Large);
                return (Vec::new(), Summary { passed_over: large, ..Summary::default() });
            }
            Err(problem) => return (self.inspector.unread(&source.path, &problem, &self.dressing), Summary::default()),
        };
        let summary = Summary { files: 1, bytes: bytes.len() as u64, ..Summary::default() };
        // No input should get here; should one, it costs its own file and is told.
        let inspect = || self.inspector.findings(&source.path, kind, bytes, arena, &self.dressing);
        let findings = panic::catch_unwind(AssertUnwindSafe(inspect)).unwrap_or_else(|_| {
            let message = "the analysis of this file failed, which is a fault of portcullis: please report it".into();
            let problem = Problem { kind: ProblemKind::Unread, message, span: Span::default() };
            self.inspector.unread(&source.path, &problem, &self.dressing)
        });
        (findings, summary)
    }
}

/// The hits of one rule in one text with a name, for `rules check` and the tests of the pages.
pub fn scan_text(name: &str, text: &str, pack: &Pack, rule: u16) -> Result<Vec<Hit>, String> {
    let (kind, beside) = match &pack.rule(rule).matcher {
        Match::Secret(secret) => (Kind::Other, secret.beside.as_deref()),
        Match::Assigned(_) | Match::Setting(_) => (Kind::Other, None),
        _ => (Kind::of_example(name), None),
    };
    let inspector = Inspector::new(pack, |other| other == rule || beside == Some(&pack.rule(other).id));
    let of_rule = |hits: Vec<Hit>| hits.into_iter().filter(|hit| hit.rule == rule).collect();
    python::on_large_stack(|| of_rule(inspector.text(name, kind, text)))
        .map_err(|error| format!("no thread to scan with: {error}"))
}
