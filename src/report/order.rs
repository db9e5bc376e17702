//! Worst first: the one order in which formats with a limit choose what they keep.

use std::cmp::{Ordering, Reverse};

use crate::finding::Finding;

/// What counts before what is suppressed, then the more severe, then the more certain. Equals keep the order of the report
/// under a stable sort.
pub fn worst_first(one: &Finding, other: &Finding) -> Ordering {
    let key =
        |finding: &Finding| (finding.suppressed.is_some(), Reverse(finding.severity), Reverse(finding.confidence));
    key(one).cmp(&key(other))
}

/// Findings with their places in the report, worst first.
pub(super) fn ranked(findings: &[Finding]) -> Vec<(usize, &Finding)> {
    let mut ranked: Vec<_> = findings.iter().enumerate().collect();
    ranked.sort_by(|(_, one), (_, other)| worst_first(one, other));
    ranked
}
