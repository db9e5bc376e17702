//! `portcullis rules`

use std::io::{self, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde::Serialize;

use super::word::spelled;
use super::{Failure, output, settings};
use crate::effect::Capability;
use crate::exit::Exit;
use crate::pack::{self, Pack};
use crate::query;
use crate::rule::page::{Example, Page};
use crate::rule::{Confidence, Level, Rule, Set, Severity};
use crate::scan;
use crate::source::{LineIndex, Point, Span};

/// List rules, or check pages of your own.
#[derive(Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Print a table of all rules
    List {
        /// A folder of rule pages of your own
        #[arg(long, value_name = "FOLDER")]
        rules: Vec<PathBuf>,
        #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json"])]
        output_format: String,
    },
    /// Check every page of a folder: that it can be read, and that its examples give exactly the marked findings
    Check { folder: PathBuf },
}

pub(super) fn run(arguments: Arguments) -> Result<Exit, Failure> {
    match arguments.command {
        Command::List { rules, output_format } => {
            let pack = settings::pack(rules)?;
            match output_format.as_str() {
                "json" => output::print(|out| list_json(&pack, out))?,
                _ => output::print(|out| list(&pack, out))?,
            }
            Ok(Exit::Clean)
        }
        Command::Check { folder } => check(&folder),
    }
}

fn list(pack: &Pack, out: &mut dyn Write) -> io::Result<()> {
    let width = pack.rules().iter().map(|rule| rule.id.len()).max().unwrap_or_default();
    writeln!(out, "{:width$}  {:8}  {:7}  TITLE", "ID", "SEVERITY", "SET")?;
    for rule in pack.rules() {
        let (severity, set) = (spelled(rule.severity), spelled(rule.set));
        writeln!(out, "{:width$}  {severity:8}  {set:7}  {}", rule.id, rule.title)?;
    }
    Ok(())
}

/// A rule as `rules list --output-format json` shows it.
#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    title: &'a str,
    severity: Severity,
    confidence: Confidence,
    set: Set,
    capability: Option<Capability>,
    deny: Option<Level>,
    ask: Option<Level>,
    cwe: &'a [u32],
    owasp: &'a [String],
    same_as: &'a [String],
    see: &'a [String],
    instead: Option<&'a str>,
}

impl<'a> From<&'a Rule> for Row<'a> {
    fn from(rule: &'a Rule) -> Self {
        let Rule { severity, confidence, set, capability, deny, ask, .. } = *rule;
        let Rule { id, title, cwe, owasp, same_as, see, .. } = rule;
        let instead = rule.instead.as_deref();
        Self { id, title, severity, confidence, set, capability, deny, ask, cwe, owasp, same_as, see, instead }
    }
}

fn list_json(pack: &Pack, out: &mut dyn Write) -> io::Result<()> {
    let rows: Vec<_> = pack.rules().iter().map(Row::from).collect();
    serde_json::to_writer_pretty(&mut *out, &rows)?;
    writeln!(out)
}

/// Every page that cannot be taken is told, and every example that finds something else than it marks.
fn check(folder: &Path) -> Result<Exit, Failure> {
    let files = pack::pages_below(folder)?;
    if files.is_empty() {
        return Err(format!("{}: there is no page in it (FAMILY/NAME.md)", folder.display()).into());
    }
    let mut complaints = Vec::new();
    let mut pages = Vec::new();
    for file in &files {
        match pack::read_page(folder, file) {
            Ok(page) => pages.push((file, page)),
            Err(error) => complaints.push(error.to_string()),
        }
    }
    if complaints.is_empty() {
        // Without the built-in rules: a page of theirs may be checked too, and changed.
        let mut pack = Pack::without_rules();
        complaints.extend(pack.add_folder(folder).err().unwrap_or_default().iter().map(ToString::to_string));
        for (file, page) in &pages {
            complaints.extend(check_page(&pack, file, page)?);
        }
    }
    let faulty = complaints.len();
    output::print(|out| {
        complaints.iter().try_for_each(|complaint| writeln!(out, "{complaint}"))?;
        match faulty {
            0 => writeln!(out, "every page is as it should be ({})", files.len()),
            _ => writeln!(out, "faults: {faulty}, pages: {}", files.len()),
        }
    })?;
    Ok(if faulty == 0 { Exit::Clean } else { Exit::Findings })
}

fn check_page(pack: &Pack, file: &Path, page: &Page) -> Result<Vec<String>, Failure> {
    let Some(rule) = pack.position(&page.rule.id) else { return Ok(Vec::new()) };
    if let Some(fault) = query::fault(&page.rule) {
        return Ok(vec![format!("{}:1: {fault}", file.display())]);
    }
    let mut complaints = Vec::new();
    for example in &page.examples {
        let hits = scan::scan_text(&example.path, &example.text, pack, rule)?;
        let found: Vec<_> = hits.iter().map(|hit| hit.span.range()).collect();
        let missed = example.marked.iter().filter(|range| !found.contains(range));
        let extra = found.iter().filter(|range| !example.marked.contains(range));
        let mut wrong: Vec<_> = missed.map(|range| (range, "is marked and not found")).collect();
        wrong.extend(extra.map(|range| (range, "is found and not marked")));
        wrong.sort_by_key(|(range, _)| (range.start, range.end));
        complaints.extend(wrong.into_iter().map(|(range, what)| complaint(file, example, range, what)));
    }
    Ok(complaints)
}

/// Says what is wrong, at its line of the page.
fn complaint(file: &Path, example: &Example, range: &Range<usize>, what: &str) -> String {
    let place = LineIndex::new(&example.text).place(&example.text, Span::new(range.start, range.end));
    let Point { line, column } = place.start;
    let text = example.text.get(range.clone()).unwrap_or_default();
    format!("{}:{}: `{text}` {what} (column {column})", file.display(), example.line + line as usize)
}
