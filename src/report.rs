//! Reports: what a scan found, in the formats that people and tools read. Only here and in `main` is anything printed.
//!
//! Every format is a function from a [`Report`] to a writer, in a file of its own, and one row of [`FORMATS`].

pub mod cell;
mod concise;
mod cyclonedx;
mod github;
mod json;
mod order;
mod page;
#[cfg(target_os = "linux")]
pub mod run;
mod sarif;
mod statistics;
mod tally;
mod text;
mod uri;
pub mod verdict;

use std::io::{self, Write};
use std::path::PathBuf;

use crate::finding::Finding;
use crate::inventory::Component;
use crate::pack::Pack;
pub use json::schema;
pub use order::worst_first;
pub use page::wrapped;
pub use statistics::statistics;

/// How serde spells a word.
#[cfg(target_os = "linux")]
fn spelled(value: impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

/// Everything a report may speak of. Findings come sorted by path, place and rule.
#[derive(Debug)]
pub struct Report<'a> {
    pub pack: &'a Pack,
    pub findings: &'a [Finding],
    /// The packages that the tree asks for, each place by itself.
    pub components: &'a [Component],
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
    /// Files over the size cap that no reader takes.
    pub passed_over: u64,
}

impl std::ops::AddAssign for Summary {
    fn add_assign(&mut self, other: Self) {
        self.files += other.files;
        self.bytes += other.bytes;
        self.listed_only += other.listed_only;
        self.passed_over += other.passed_over;
    }
}

/// What the caller decides about a report, beyond its format.
#[derive(Clone, Debug)]
pub struct Style {
    /// `text`, `concise`: colours of the terminal.
    pub color: bool,
    /// `text`: links (OSC 8) from places to files, whose paths are relative to this folder, and from rules to what they cite.
    pub hyperlinks: Option<PathBuf>,
    /// `text`: columns of the terminal.
    pub width: usize,
    /// `text`, `concise`, `github`: suppressed findings too. The other formats always hold them, marked as such.
    pub show_suppressed: bool,
    /// `sarif`: the category, by which GitHub keeps the runs of one commit apart.
    pub category: String,
    /// `sarif`: the exit code of the process, where it is settled before the report is written.
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

/// A format of reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    #[default]
    Text,
    Concise,
    Json,
    Jsonl,
    Sarif,
    Github,
    CycloneDx,
}

type Writer = fn(&Report, &Style, &mut dyn Write) -> io::Result<()>;

/// All formats: a further one is a file with such a function, and a row here.
const FORMATS: [(Format, &str, Writer); 7] = [
    (Format::Text, "text", text::write),
    (Format::Concise, "concise", concise::write),
    (Format::Json, "json", json::write),
    (Format::Jsonl, "jsonl", json::write_lines),
    (Format::Sarif, "sarif", sarif::write),
    (Format::Github, "github", github::write),
    (Format::CycloneDx, "cyclonedx", |report, _, out| cyclonedx::write(report.components, out)),
];

impl Format {
    /// The names of all formats, as the command line takes them.
    pub fn names() -> impl Iterator<Item = &'static str> {
        FORMATS.iter().map(|(_, name, _)| *name)
    }

    pub fn from_name(name: &str) -> Option<Self> {
        FORMATS.iter().find(|(_, own, _)| *own == name).map(|(format, ..)| *format)
    }
}

/// Writes a report. The caller takes a broken pipe for success.
pub fn write(format: Format, report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut out = io::BufWriter::with_capacity(1 << 16, out);
    for (_, _, writer) in FORMATS.iter().filter(|(own, ..)| *own == format) {
        writer(report, style, &mut out)?;
    }
    out.flush()
}

impl Report<'_> {
    /// The findings that a format for people shows.
    fn shown(&self, style: &Style) -> impl Iterator<Item = &Finding> {
        let all = style.show_suppressed;
        self.findings.iter().filter(move |finding| all || finding.suppressed.is_none())
    }

    /// The title of a finding's rule, and what is particular to the place.
    fn headline(&self, finding: &Finding) -> String {
        let title = &self.pack.rule(finding.rule).title;
        match &finding.detail {
            Some(detail) => format!("{title}: {detail}"),
            None => title.clone(),
        }
    }
}
