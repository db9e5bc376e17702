//! One line a finding: `PATH:LINE:COLUMN: ID [SEVERITY] TITLE: DETAIL`, as compilers print and editors read it.

use std::io::{self, Write};

use anstyle::{AnsiColor, Effects};

use super::{Report, Style};
use crate::plain::plain;

pub(super) fn write(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let (bold, red) = match style.color {
        true => (anstyle::Style::new().effects(Effects::BOLD), AnsiColor::BrightRed.on_default()),
        false => Default::default(),
    };
    for finding in report.shown(style) {
        let rule = report.pack.rule(finding.rule);
        let point = finding.place.start;
        let commit = finding.commit.as_ref().map(|commit| format!(" (first seen in {})", commit.short()));
        let suppressed = if finding.suppressed.is_some() { " (suppressed)" } else { "" };
        writeln!(
            out,
            "{bold}{}{bold:#}:{}:{}: {red}{}{red:#} [{}] {}{}{suppressed}",
            plain(&finding.path),
            point.line,
            point.column,
            rule.id,
            finding.severity.name(),
            plain(&report.headline(finding)),
            commit.unwrap_or_default(),
        )?;
    }
    Ok(())
}
