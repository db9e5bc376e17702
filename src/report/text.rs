//! For people: what is wrong and where, the lines in question, and, at the first finding of each rule, why and what to do.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;

use annotate_snippets::renderer::DEFAULT_LINE_NUM_STYLE;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use anstyle::Effects;
use rustc_hash::FxHashSet;

use super::page::wrapped;
use super::tally::Tally;
use super::{Report, Style, uri};
use crate::finding::Finding;
use crate::plain::{plain, plain_lines};
use crate::rule::page::paragraph;
use crate::rule::{Rule, Severity};

pub(super) fn write(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let renderer = if style.color { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.hyperlink(style.hyperlinks.is_some()).term_width(style.width);
    let mut explained = FxHashSet::default();
    for finding in report.shown(style) {
        let rendered = renderer.render(&[group(report, style, finding, explained.insert(finding.rule))]);
        let (headline, body) = rendered.split_once('\n').unwrap_or((&rendered, ""));
        writeln!(out, "{headline}\n{}\n{body}\n", place(style, finding))?;
    }
    writeln!(out, "{}", closing(report, style))
}

/// The line that says where. The renderer would count the columns in the excerpt, which may be cut and masked.
fn place(style: &Style, finding: &Finding) -> String {
    let arrow = if style.color { DEFAULT_LINE_NUM_STYLE } else { anstyle::Style::new() };
    let point = finding.place.start;
    let place = format!("{}:{}:{}", plain(&finding.path), point.line, point.column);
    let place = match &style.hyperlinks {
        Some(folder) => format!("\u{1b}]8;;{}\u{1b}\\{place}\u{1b}]8;;\u{1b}\\", file_url(folder, &finding.path)),
        None => place,
    };
    format!("{:gutter$}{arrow}-->{arrow:#} {place}", "", gutter = gutter(finding))
}

/// How wide the renderer makes the column of line numbers.
fn gutter(finding: &Finding) -> usize {
    let excerpt = &finding.excerpt;
    let breaks = plain_lines(&excerpt.text).matches('\n').count();
    if excerpt.text.is_empty() { 0 } else { (excerpt.line as usize + breaks).to_string().len() }
}

/// For OSC 8 links.
fn file_url(folder: &Path, path: &str) -> String {
    let file = folder.join(path).to_string_lossy().replace('\\', "/");
    let mut url = String::from(if file.starts_with('/') { "file://" } else { "file:///" });
    uri::encode(&file, &mut url);
    url
}

fn group<'a>(report: &'a Report, style: &Style, finding: &'a Finding, first: bool) -> Group<'a> {
    let rule = report.pack.rule(finding.rule);
    let mut title = level(finding.severity).primary_title(plain(&rule.title)).id(rule.id.as_str());
    if let Some(url) = rule.see.first() {
        title = title.id_url(plain(url));
    }
    let mut group = Group::with_title(title);
    if !finding.excerpt.text.is_empty() {
        group = group.element(snippet(finding));
    }
    // Names are padded by the renderer; what is left of the width is for the words.
    let columns = style.width.saturating_sub(16).max(40);
    let note = |name: &'static str, text: &str| Level::NOTE.with_name(name).message(wrapped(&plain(text), columns));
    group = group.elements(finding.detail.iter().map(|detail| note("note", detail)));
    for step in &finding.trace {
        let point = step.place.start;
        group =
            group.element(note("from", &format!("{}:{}:{}: {}", finding.path, point.line, point.column, step.message)));
    }
    if !finding.also.is_empty() {
        group = group.element(note("also", &also(finding)));
    }
    if let Some(suppression) = &finding.suppressed {
        group = group.element(note("suppressed", &suppression.to_string()));
    }
    if first {
        group = group.elements(advice(rule, &paragraph(report.pack.page(finding.rule)), columns));
    }
    group
}

/// The first of the other places, and how many more there are.
fn also(finding: &Finding) -> String {
    const SHOWN: usize = 5;
    let place = |(path, place): &(std::sync::Arc<str>, crate::source::Place)| {
        format!("{path}:{}:{}", place.start.line, place.start.column)
    };
    let shown: Vec<_> = finding.also.iter().take(SHOWN).map(place).collect();
    match finding.also.len() - shown.len() {
        0 => format!("at {}", shown.join(", ")),
        more => format!("at {} and {}", shown.join(", "), counted(more as u64, "other place")),
    }
}

fn advice<'a>(rule: &Rule, why: &str, columns: usize) -> [annotate_snippets::Message<'a>; 2] {
    [
        Level::HELP.with_name("why").message(wrapped(&plain(why), columns)),
        Level::HELP.with_name("more").message(format!("portcullis explain {}", rule.id)),
    ]
}

fn snippet(finding: &Finding) -> Snippet<'_, annotate_snippets::Annotation<'_>> {
    let (text, (start, end)) = (&finding.excerpt.text, finding.excerpt.marked);
    let part = |from: usize, to: usize| plain_lines(text.get(from..to).unwrap_or_default());
    let (start, end) = (start as usize, end as usize);
    let before = part(0, start);
    let marked = part(start, end);
    let mark = AnnotationKind::Primary.span(before.len()..before.len() + marked.len());
    let source = before + &marked + &part(end, text.len());
    Snippet::source(source).line_start(finding.excerpt.line as usize).fold(false).annotation(mark)
}

fn level(severity: Severity) -> Level<'static> {
    let level = match severity {
        Severity::Critical | Severity::High => Level::ERROR,
        Severity::Medium => Level::WARNING,
        Severity::Low => Level::INFO,
    };
    level.with_name(severity.name())
}

/// `12 files scanned, 3 findings (1 critical, 2 high), 1 suppressed, 1 file not analysed in full`
fn closing(report: &Report, style: &Style) -> String {
    let tally = Tally::of(report);
    let bold = if style.color { anstyle::Style::new().effects(Effects::BOLD) } else { anstyle::Style::new() };
    let mut line = format!("{} scanned, {bold}", counted(report.summary.files, "file"));
    match tally.total() {
        0 => line.push_str("no findings"),
        total => {
            let severities = tally.by_severity().into_iter().filter(|(_, count)| *count > 0);
            let severities: Vec<_> =
                severities.map(|(severity, count)| format!("{count} {}", severity.name())).collect();
            let _ = write!(line, "{} ({})", counted(total, "finding"), severities.join(", "));
        }
    }
    let _ = write!(line, "{bold:#}");
    let rest = [
        (tally.suppressed, format!("{} suppressed", tally.suppressed)),
        (tally.not_analysed, format!("{} not analysed in full", counted(tally.not_analysed, "file"))),
        (report.summary.listed_only, format!("{} listed only", counted(report.summary.listed_only, "file"))),
        (
            report.summary.passed_over,
            format!("{} over the size cap passed over", counted(report.summary.passed_over, "file")),
        ),
    ];
    for (_, words) in rest.iter().filter(|(count, _)| *count > 0) {
        let _ = write!(line, ", {words}");
    }
    line
}

fn counted(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
