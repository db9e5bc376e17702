//! For tests of readers: what one says, as a table; and texts that are cut or written in another way.

use std::fmt::Write;

use super::{Entry, Origin, Packages};
use crate::package::Ecosystem;
use crate::source::{LineIndex, Span};

/// A line for everything that a file says: where, what, and the text at the very place.
pub(super) fn told(text: &str, packages: &Packages) -> String {
    let lines = LineIndex::new(text);
    let line = |span: Span| lines.line(span.start);
    let mut out = String::new();
    for entry in &packages.entries {
        let place = &text[entry.span.range()];
        let _ = writeln!(out, "{} {} `{place}`", line(entry.span), one(entry));
    }
    for include in &packages.includes {
        let kind = if include.is_constraint { "limits by" } else { "takes in" };
        let _ = writeln!(out, "{} {kind} {}", line(include.span), include.path);
    }
    for registry in &packages.registries {
        let extra = if registry.is_extra { "extra " } else { "" };
        let _ = writeln!(out, "{extra}registry {} {}", line(registry.span), registry.url);
    }
    for problem in &packages.problems {
        let _ = writeln!(out, "problem {} {} `{}`", line(problem.span), problem.message, &text[problem.span.range()]);
    }
    out
}

fn one(entry: &Entry) -> String {
    let ecosystem = if entry.ecosystem == Ecosystem::PyPI { "" } else { "conda:" };
    let version = match (&entry.version, &entry.requirement) {
        (Some(version), _) => format!(" ={version}"),
        (None, Some(requirement)) => format!(" {requirement}"),
        (None, None) => String::new(),
    };
    let origin = match &entry.origin {
        Origin::Registry => String::new(),
        Origin::Url(url) => format!(" url {url}"),
        Origin::Git { url, commit: None } => format!(" git {url}"),
        Origin::Git { url, commit: Some(_) } => format!(" git {url} at a commit"),
        Origin::Path => " path".to_owned(),
    };
    let development = if entry.is_development { " dev" } else { "" };
    let hashed = if entry.is_hashed == Some(true) { " hashed" } else { "" };
    format!("{ecosystem}{}{version}{origin}{development}{hashed}", entry.name)
}

/// Reads a text cut at every tenth of its length and amid every line, with a byte order mark, and with the line ends of
/// Windows, in which it says the same.
pub(super) fn survives(text: &str, read: fn(&str) -> Packages) {
    let cuts = (0..10).map(|tenth| text.len() * tenth / 10).chain((0..text.len()).step_by(7));
    for cut in cuts {
        let cut = &text[..text.floor_char_boundary(cut)];
        told(cut, &read(cut));
    }
    let marked = format!("\u{feff}{text}");
    told(&marked, &read(&marked));
    let windows = text.replace('\n', "\r\n");
    assert_eq!(told(&windows, &read(&windows)), told(text, &read(text)));
}
