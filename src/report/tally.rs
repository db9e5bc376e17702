//! The figures at the end of a report.

use schemars::JsonSchema;
use serde::Serialize;

use super::Report;
use crate::rule::Severity;

/// How many findings of each severity count, and what does not count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub(super) struct Tally {
    pub(super) critical: u64,
    pub(super) high: u64,
    pub(super) medium: u64,
    pub(super) low: u64,
    /// Findings that a comment in the source or the baseline suppresses; they are not among the others.
    pub(super) suppressed: u64,
    /// Files that were not read or not read in full.
    pub(super) not_analysed: u64,
}

impl Tally {
    pub(super) fn of(report: &Report) -> Self {
        let mut tally = Self::default();
        let mut last = None;
        for finding in report.findings {
            // Findings are sorted by path, so the problems of one file stand together.
            if report.pack.rule(finding.rule).matcher.tells_failure() && last != Some(&finding.path) {
                last = Some(&finding.path);
                tally.not_analysed += 1;
            }
            let counter = match finding.severity {
                _ if finding.suppressed.is_some() => &mut tally.suppressed,
                Severity::Critical => &mut tally.critical,
                Severity::High => &mut tally.high,
                Severity::Medium => &mut tally.medium,
                Severity::Low => &mut tally.low,
            };
            *counter += 1;
        }
        tally
    }

    /// The findings that count.
    pub(super) fn total(&self) -> u64 {
        self.by_severity().iter().map(|(_, count)| count).sum()
    }

    /// Worst first.
    pub(super) fn by_severity(&self) -> [(Severity, u64); 4] {
        [
            (Severity::Critical, self.critical),
            (Severity::High, self.high),
            (Severity::Medium, self.medium),
            (Severity::Low, self.low),
        ]
    }
}
