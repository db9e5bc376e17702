//! Reports: what a scan found, in the formats that people and tools read. Only here and in `main` is anything printed.

use std::io::{self, Write};
use std::path::PathBuf;

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

impl std::ops::AddAssign for Summary {
    fn add_assign(&mut self, other: Self) {
        self.files += other.files;
        self.bytes += other.bytes;
        self.listed_only += other.listed_only;
    }
}

#[derive(Clone, Debug)]
pub struct Style {
    pub color: bool,
    pub hyperlinks: Option<PathBuf>,
    pub width: usize,
    pub show_suppressed: bool,
    pub category: String,
    pub exit_code: Option<u8>,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            color: false,
            hyperlinks: None,
            width: 120,
            show_suppressed: false,
            category: "portcullis".to_owned(),
            exit_code: None,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    #[default]
    Text,
    Concise,
    Json,
    Jsonl,
    Sarif,
    Github,
}

const FORMATS: [(Format, &str); 6] = [
    (Format::Text, "text"),
    (Format::Concise, "concise"),
    (Format::Json, "json"),
    (Format::Jsonl, "jsonl"),
    (Format::Sarif, "sarif"),
    (Format::Github, "github"),
];

impl Format {
    pub fn names() -> impl Iterator<Item = &'static str> {
        FORMATS.iter().map(|(_, name)| *name)
    }

    pub fn from_name(name: &str) -> Option<Self> {
        FORMATS.iter().find(|(_, own)| *own == name).map(|(format, ..)| *format)
    }
}

pub fn write(format: Format, report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    for finding in report.findings.iter().filter(|f| style.show_suppressed || f.suppressed.is_none()) {
        let place = finding.place.start;
        let rule = &report.pack.rule(finding.rule).id;
        let detail = finding.detail.as_deref().unwrap_or_default();
        writeln!(out, "{}:{}:{}: {rule} [] : {detail}", finding.path, place.line, place.column)?;
    }
    if format == Format::Concise {
        return Ok(());
    }
    writeln!(out, "files: {}", report.summary.files)
}

pub fn statistics(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", report.findings.len())
}

pub fn schema() -> String {
    "{}".to_owned()
}
