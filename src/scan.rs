//! From sources to findings.

use crate::allow::Honoured;
use crate::finding::{Factory, Finding, Hit};
use crate::pack::Pack;
use crate::report::Summary;
use crate::rule::Match;
use crate::select::Selection;
use crate::source::Source;
use crate::walk;

/// How to scan.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    pub selection: &'a Selection,
    /// One per processor where absent.
    pub threads: Option<usize>,
    pub max_size: u64,
    /// Compute GitHub's line hashes, which only SARIF shows.
    pub line_hashes: bool,
    /// Pass over files in which no rule's words stand. Off in tests of that very filter.
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

pub fn scan(sources: &[Source], pack: &Pack, options: &Options<'_>) -> Scanned {
    let mut scanned = Scanned { findings: Vec::new(), summary: Summary::default() };
    for source in sources {
        match walk::read(source, options.max_size) {
            Ok(bytes) => {
                scanned.summary.files += 1;
                scanned.summary.bytes += bytes.len() as u64;
            }
            Err(problem) => {
                let is_it = |matcher: &Match| matches!(matcher, Match::Problem(of) if of.kind == problem.kind);
                let rule = (0u16..).zip(pack.rules()).find(|(_, rule)| is_it(&rule.matcher));
                let Some((rule, data)) = rule.filter(|(index, _)| options.selection.is_on(*index)) else { continue };
                let detail = Some(problem.message);
                let hit = Hit { rule, span: problem.span, detail, trace: Vec::new(), certain: true };
                let finding = Factory::new(source.path.clone(), "", options.line_hashes).finding(data, hit);
                scanned.findings.extend(options.selection.keeps(&finding).then_some(finding));
            }
        }
        if let Some(progress) = options.progress {
            progress(1);
        }
    }
    scanned
}

/// Scans one text with one rule, for `rules check` and the tests of the pages.
pub fn scan_text(_path: &str, _text: &str, _pack: &Pack, _rule: u16) -> Vec<Hit> {
    Vec::new()
}
