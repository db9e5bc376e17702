//! GitHub's workflow commands, which the runner turns into annotations.
//!
//! Documentation: "Workflow commands for GitHub Actions". The runner takes the first ten of each level in a step and cuts
//! messages at 4,096 UTF-16 units (actions/runner, `ExecutionContext`), so the worst stand first, and a last notice counts
//! the rest.

use std::io::{self, Write};

use super::order::ranked;
use super::{Report, Style};
use crate::finding::Finding;
use crate::plain::{plain, plain_lines};
use crate::rule::Severity;
use crate::rule::page::paragraph;

const MESSAGE_UNITS: usize = 4096;
/// Levels and how many of each are written; the last notice is for the rest.
const LEVELS: [(&str, usize); 3] = [("error", 10), ("warning", 10), ("notice", 9)];

pub(super) fn write(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut room = LEVELS.map(|(_, most)| most);
    let mut rest = 0usize;
    for (_, finding) in ranked(report.findings) {
        if finding.suppressed.is_some() && !style.show_suppressed {
            continue;
        }
        let level = level(finding.severity);
        if room[level] == 0 {
            rest += 1;
            continue;
        }
        room[level] -= 1;
        annotation(report, finding, LEVELS[level].0, out)?;
    }
    if rest > 0 {
        let shown = LEVELS.iter().map(|(_, most)| most).sum::<usize>() - room.iter().sum::<usize>();
        let noun = if rest == 1 { "finding is" } else { "findings are" };
        writeln!(out, "::notice title=portcullis::{rest} more {noun} not annotated; the worst {shown} are.")?;
    }
    Ok(())
}

fn annotation(report: &Report, finding: &Finding, level: &str, out: &mut dyn Write) -> io::Result<()> {
    let rule = report.pack.rule(finding.rule);
    let (start, end) = (finding.place.start, finding.place.end);
    let title = property(&format!("{} ({})", rule.title, rule.id));
    write!(
        out,
        "::{level} title={title},file={},line={},endLine={}",
        property(&plain(&finding.path)),
        start.line,
        end.line
    )?;
    // Columns are only taken for places on one line.
    if start.line == end.line {
        write!(out, ",col={},endColumn={}", start.column, end.column)?;
    }
    let mut message = finding.detail.as_ref().map(|detail| format!("{}\n", plain(detail))).unwrap_or_default();
    message.push_str(&paragraph(report.pack.page(finding.rule)));
    writeln!(out, "::{}", data(&cut(&plain_lines(&message))))
}

/// The place of a severity's level in [`LEVELS`].
fn level(severity: Severity) -> usize {
    match severity {
        Severity::Critical | Severity::High => 0,
        Severity::Medium => 1,
        Severity::Low => 2,
    }
}

fn cut(message: &str) -> String {
    let mut units = 0;
    message
        .chars()
        .take_while(|character| {
            units += character.len_utf16();
            units <= MESSAGE_UNITS
        })
        .collect()
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
