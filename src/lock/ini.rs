//! INI as Python's [configparser](https://docs.python.org/3/library/configparser.html) reads it, line by line: values may go
//! on over lines that are indented, which are what lists are written as there.

use super::Packages;
use crate::source::{Problem, ProblemKind, Span};

/// A line of a value, without the blanks and the comment around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line<'t> {
    pub(super) section: &'t str,
    pub(super) key: &'t str,
    pub(super) text: &'t str,
    pub(super) at: usize,
    /// Whether it stands beside its key.
    pub(super) is_first: bool,
}

/// The lines of all values, in order. What belongs nowhere is told among the packages.
pub(super) fn lines<'t>(text: &'t str, packages: &mut Packages) -> Vec<Line<'t>> {
    let mut lines = Vec::new();
    let mut section = "";
    // The last key, and how far it is indented.
    let mut open: Option<(&str, usize)> = None;
    let mut start = 0;
    for whole in text.split_inclusive('\n') {
        let begin = start;
        start += whole.len();
        let bare = whole.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        let at = begin + (bare.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize);
        if bare.is_empty() || bare.starts_with(['#', ';']) {
            continue;
        }
        let indent = at - begin;
        let mut problem = |message: &str| {
            let span = Span::new(at, at + bare.len());
            packages.problems.push(Problem { kind: ProblemKind::Malformed, message: message.to_owned(), span });
        };
        match open {
            Some((key, least)) if indent > least => {
                lines.extend(value(bare, at).map(|(text, at)| Line { section, key, text, at, is_first: false }));
            }
            _ if bare.starts_with('[') => match bare[1..].split_once(']') {
                Some((name, _)) => (section, open) = (name, None),
                None => problem("a section that no `]` ends"),
            },
            _ => match bare.find(['=', ':']) {
                Some(end) => {
                    let key = bare[..end].trim_end();
                    open = Some((key, indent));
                    let rest = &bare[end + 1..];
                    let from = at + bare.len() - rest.trim_start().len();
                    lines.extend(value(rest.trim_start(), from).map(|(text, at)| Line {
                        section,
                        key,
                        text,
                        at,
                        is_first: true,
                    }));
                }
                None => {
                    open = None;
                    problem("neither a section nor a key with a value");
                }
            },
        }
    }
    lines
}

/// A line without the comment that ends it; nothing where that is all.
fn value(line: &str, at: usize) -> Option<(&str, usize)> {
    let comment = line.match_indices('#').map(|(at, _)| at).find(|at| line[..*at].ends_with([' ', '\t']));
    let text = line[..comment.unwrap_or(line.len())].trim_end();
    (!text.is_empty()).then_some((text, at))
}
