//! What is wrong with a file that the user wrote for us (a configuration, a policy): where, and what was probably meant.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use crate::plain::{plain, plain_lines};
use crate::source::{LineIndex, Point, Span};

/// A mistake at a place of a file: the offending line is shown with a caret under it.
#[derive(Clone, Debug)]
pub struct Complaint {
    path: PathBuf,
    start: Point,
    line: String,
    marked: usize,
    message: String,
    hint: Option<String>,
}

impl Complaint {
    pub fn new(path: &Path, text: &str, span: Span, message: String, hint: Option<String>) -> Self {
        let lines = LineIndex::new(text);
        let place = lines.place(text, span);
        let line_span = lines.line_span(text, place.start.line);
        let end = span.end.clamp(span.start, line_span.end.max(span.start));
        let marked = text.get(Span { start: span.start, end }.range()).map_or(1, |text| text.chars().count().max(1));
        let line = text.get(line_span.range()).unwrap_or_default().to_owned();
        Self { path: path.to_owned(), start: place.start, line, marked, message, hint }
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, start: Point { line, column }, .. } = self;
        // The file may be one of the scanned tree.
        let (path, message) = (path.to_string_lossy(), plain(&self.message));
        let gutter = line.to_string().len();
        // Tabs stay tabs, so that the caret stands below what it marks.
        let indent = self.line.chars().take(*column as usize - 1).map(|c| if c == '\t' { '\t' } else { ' ' });
        writeln!(formatter, "{}:{line}:{column}: {message}", plain(&path))?;
        writeln!(formatter, "{:gutter$} |", "")?;
        writeln!(formatter, "{line} | {}", plain_lines(&self.line))?;
        write!(formatter, "{:gutter$} | {}{}", "", indent.collect::<String>(), "^".repeat(self.marked))?;
        self.hint.iter().try_for_each(|hint| write!(formatter, " {}", plain(hint)))
    }
}

impl std::error::Error for Complaint {}

/// Parses TOML into a type that refuses what it does not know.
pub fn from_toml<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T, Complaint> {
    toml::from_str(text).map_err(|error| {
        let span = error.span().map_or_else(Span::default, |span| Span::new(span.start, span.end));
        // serde names what it met first and what it knows after it, each between backticks.
        let mut words = error.message().split('`').skip(1).step_by(2);
        let (met, known) = (words.next().unwrap_or_default(), words.collect::<Vec<_>>());
        let (message, is_unknown) = match error.message() {
            message if message.starts_with("unknown field") => (format!("unknown key `{met}`"), true),
            message if message.starts_with("unknown variant") => (format!("unknown value `{met}`"), true),
            message => (message.trim_end().to_owned(), false),
        };
        let hint = is_unknown.then(|| did_you_mean(met, known.iter().copied()).unwrap_or_else(|| one_of(&known)));
        Complaint::new(path, text, span, message, hint)
    })
}

fn one_of(known: &[&str]) -> String {
    let known: Vec<_> = known.iter().map(|word| format!("`{word}`")).collect();
    format!("known here: {}", known.join(", "))
}

/// “did you mean …?”, where something known is near enough to what was written.
pub fn did_you_mean<'k>(written: &str, known: impl IntoIterator<Item = &'k str>) -> Option<String> {
    const NEAR: f64 = 0.8;
    let near = known.into_iter().map(|word| (strsim::jaro_winkler(written, word), word));
    let best = near.filter(|(score, _)| *score >= NEAR).max_by(|a, b| a.0.total_cmp(&b.0));
    best.map(|(_, word)| format!("did you mean `{word}`?"))
}
