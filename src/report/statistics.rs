//! `--statistics`: how often each rule found something.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{self, Write};

use super::Report;
use crate::plain::plain;

/// Writes a table of count, severity, id and title, the most frequent first. Suppressed findings do not count.
pub fn statistics(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut counts: BTreeMap<u16, usize> = BTreeMap::new();
    for finding in report.findings.iter().filter(|finding| finding.suppressed.is_none()) {
        *counts.entry(finding.rule).or_default() += 1;
    }
    let mut rows: Vec<_> = counts.into_iter().map(|(rule, count)| (count, report.pack.rule(rule))).collect();
    rows.sort_by_key(|(count, rule)| (Reverse(*count), &rule.id));
    let digits = rows.first().map_or(0, |(count, _)| count.to_string().len());
    let longest = rows.iter().map(|(_, rule)| rule.id.len()).max().unwrap_or_default();
    for (count, rule) in rows {
        let severity = rule.severity.name();
        writeln!(out, "{count:>digits$}  {severity:<8}  {:<longest$}  {}", rule.id, plain(&rule.title))?;
    }
    Ok(())
}
