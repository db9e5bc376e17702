//! Marks with which other tools that look for credentials are told to let one pass. They count wherever on a line they
//! stand, in any text, and for rules of the family `secret` alone.

use std::collections::BTreeMap;

use super::Honoured;
use crate::finding::SuppressedBy;
use crate::source::{LineIndex, Place, Span};

/// Rules whose findings marks are for.
pub(super) const FAMILY: &str = "secret";

/// What a mark is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    /// What begins on its line: the tool goes line by line.
    Beginning,
    /// What begins on the line after it.
    Next,
    /// Whatever has a part on its line.
    Touching,
    /// The same, and what stands right below or above, but for empty lines and those that only open or close a string.
    Around,
}

/// A mark: the word before its colon, what follows that, whose it is, and what for. A hyphen may stand for a space.
///
/// Sources: the read-me files of gitleaks ("gitleaks:allow") and trufflehog ("How do I ignore a secret?"), that of
/// detect-secrets ("Inline allowlisting"), and kingfisher's page on inline ignores.
const MARKS: [(&str, &str, SuppressedBy, Reach); 7] = [
    ("gitleaks", "allow", SuppressedBy::Gitleaks, Reach::Touching),
    ("pragma", "allowlist secret", SuppressedBy::DetectSecrets, Reach::Beginning),
    ("pragma", "whitelist secret", SuppressedBy::DetectSecrets, Reach::Beginning),
    ("pragma", "allowlist nextline secret", SuppressedBy::DetectSecrets, Reach::Next),
    ("trufflehog", "ignore", SuppressedBy::Trufflehog, Reach::Beginning),
    ("kingfisher", "ignore", SuppressedBy::Kingfisher, Reach::Around),
    ("kingfisher", "allow", SuppressedBy::Kingfisher, Reach::Around),
];

#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    pub(super) span: Span,
    pub(super) by: SuppressedBy,
    reach: Reach,
}

/// The marks in a text that are honoured, in order.
pub(super) fn marks(text: &str, honoured: Honoured) -> Vec<Mark> {
    let wanted: Vec<_> = MARKS.into_iter().filter(|(_, _, by, _)| honoured.has(*by)).collect();
    let mut words: Vec<_> = wanted.iter().map(|(word, ..)| *word).collect();
    words.dedup();
    let mut marks = Vec::new();
    for word in words {
        let tails = || wanted.iter().filter(|(own, ..)| *own == word);
        for at in memchr::memmem::find_iter(text.as_bytes(), word) {
            let Some(rest) = text[at + word.len()..].strip_prefix(':') else { continue };
            let rest = rest.strip_prefix(' ').unwrap_or(rest);
            if let Some((_, tail, by, reach)) = tails().find(|(_, tail, ..)| begins(rest, tail)) {
                let end = text.len() - rest.len() + tail.len();
                marks.push(Mark { span: Span::new(at, end), by: *by, reach: *reach });
            }
        }
    }
    marks.sort_by_key(|mark| mark.span);
    marks
}

/// Whether a text begins with some words, and ends or goes on with something that is no part of a word.
fn begins(text: &str, words: &str) -> bool {
    let Some((head, rest)) = text.split_at_checked(words.len()) else { return false };
    let is_same = head.bytes().zip(words.bytes()).all(|(is, wanted)| is == wanted || (is, wanted) == (b'-', b' '));
    is_same && !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_')
}

/// Which part of a finding must stand on a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Any,
    First,
    Last,
}

/// The lines that marks reach.
#[derive(Debug, Default)]
pub(super) struct Reached(BTreeMap<(Part, u32), SuppressedBy>);

impl Reached {
    pub(super) fn by(marks: &[Mark], text: &str, lines: &LineIndex) -> Self {
        let mut reached = Self::default();
        for mark in marks {
            let line = lines.line(mark.span.start);
            let mut add = |part, line| {
                reached.0.entry((part, line)).or_insert(mark.by);
            };
            match mark.reach {
                Reach::Beginning => add(Part::First, line),
                Reach::Next => add(Part::First, line + 1),
                Reach::Touching => add(Part::Any, line),
                Reach::Around => {
                    add(Part::Any, line);
                    let is_passed = |line: u32| is_frame(&text[lines.line_span(text, line).range()]);
                    // A mark is no frame, so that no line is passed for more than the marks above and below it.
                    let below = (line + 1..=lines.lines()).take_while(|at| *at == line + 1 || is_passed(at - 1));
                    below.for_each(|line| add(Part::First, line));
                    let above = (1..line).rev().take_while(|at| *at == line - 1 || is_passed(at + 1));
                    above.for_each(|line| add(Part::Last, line));
                }
            }
        }
        reached
    }

    /// Which tool lets pass what stands at a place.
    pub(super) fn at(&self, place: Place) -> Option<SuppressedBy> {
        let (first, last) = (place.start.line, place.end.line.max(place.start.line));
        let wanted = [(Part::Any, first, last), (Part::First, first, first), (Part::Last, last, last)];
        wanted
            .into_iter()
            .find_map(|(part, from, to)| self.0.range((part, from)..=(part, to)).next())
            .map(|(_, by)| *by)
    }
}

/// Whether a line is empty or only opens or closes a string of several lines.
fn is_frame(line: &str) -> bool {
    let line = line.trim();
    let quotes = |quote: char| line.trim_end_matches(quote);
    ['"', '\'', '`'].into_iter().any(|quote| quotes(quote).is_empty() || line.len() - quotes(quote).len() >= 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "SECRET";

    /// Who lets each of the secrets of a text pass.
    fn passed(text: &str) -> Vec<Option<SuppressedBy>> {
        let all = MARKS.map(|(_, _, by, _)| by);
        let lines = LineIndex::new(text);
        let reached = Reached::by(&marks(text, Honoured::new(all)), text, &lines);
        // A secret may go on to an `END` below it.
        let end = |at: usize| text[at..].find("END").map_or(at + SECRET.len(), |end| at + end + 3);
        let places = text.match_indices(SECRET).map(|(at, _)| lines.place(text, Span::new(at, end(at))));
        places.map(|place| reached.at(place)).collect()
    }

    #[test]
    fn a_mark_reaches_what_its_tool_says() {
        use SuppressedBy::{DetectSecrets, Gitleaks, Kingfisher, Trufflehog};
        for (text, expected) in [
            ("a = SECRET # gitleaks:allow\nb = SECRET", &[Some(Gitleaks), None][..]),
            ("a = SECRET\nmore\nEND <!-- gitleaks:allow -->", &[Some(Gitleaks)]),
            ("// gitleaks:allow\na = SECRET", &[None]),
            ("a = SECRET // trufflehog:ignore", &[Some(Trufflehog)]),
            ("a = SECRET\nEND // trufflehog:ignore", &[None]),
            ("a = SECRET  # pragma: allowlist secret", &[Some(DetectSecrets)]),
            ("a = SECRET  ; pragma:allowlist-secret why", &[Some(DetectSecrets)]),
            ("a = SECRET  /* pragma: whitelist secret */", &[Some(DetectSecrets)]),
            ("# pragma: allowlist nextline secret\nSECRET\nSECRET", &[Some(DetectSecrets), None]),
            ("a = SECRET  # pragma: allowlist secrets", &[None]),
            ("a = SECRET  # pragma: no cover", &[None]),
            ("-- kingfisher:ignore\nSECRET\nSECRET", &[Some(Kingfisher), None]),
            ("SECRET\nSECRET\n-- kingfisher: ignore", &[None, Some(Kingfisher)]),
            ("# kingfisher:ignore\n\na = \"\"\"\nSECRET\nEND\nSECRET", &[Some(Kingfisher), None]),
            ("a = \"\"\"\nSECRET\nEND\n\"\"\"\n# kingfisher:ignore\n", &[Some(Kingfisher)]),
            ("SECRET kingfisher:ignored gitleaks:allowed ggitleaks allow", &[None]),
        ] {
            assert_eq!(passed(text), expected, "{text}");
        }
    }

    #[test]
    fn only_what_is_honoured_is_looked_for() {
        let text = "gitleaks:allow trufflehog:ignore pragma: allowlist secret kingfisher:ignore";
        assert!(marks(text, Honoured::default()).is_empty());
        let by =
            |tool| marks(text, Honoured::new([tool])).iter().map(|mark| &text[mark.span.range()]).collect::<Vec<_>>();
        assert_eq!(by(SuppressedBy::DetectSecrets), ["pragma: allowlist secret"]);
        assert_eq!(by(SuppressedBy::Trufflehog), ["trufflehog:ignore"]);
    }
}
