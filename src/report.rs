//! Reports: what a scan found, in the formats that people and tools read. Only here and in `main` is anything printed.

use crate::finding::Finding;
use crate::pack::Pack;

/// Everything a report may speak of. Findings come sorted by path, place and rule.
#[derive(Debug)]
pub struct Report<'a> {
    pub pack: &'a Pack,
    pub findings: &'a [Finding],
    pub summary: Summary,
}

/// What the scan went over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Files that were read, whether or not anything was found.
    pub files: u64,
    pub bytes: u64,
    /// Files listed for a reader that does not exist yet (notebooks).
    pub listed_only: u64,
}
