//! Findings: a rule, a place, a masked excerpt, a trace and a stable fingerprint.
//!
//! [`Factory`] is the only maker of findings and the only code that cuts excerpts, so that no report can show a secret
//! (invariant 2).

mod fingerprint;
mod mask;

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::rule::{Confidence, Rule, Severity};
use crate::source::{LineIndex, Place, Span};
pub use fingerprint::{Fingerprint, LineHash};

/// What a check saw, before it is dressed for people: a rule of the pack and a place in the text.
#[derive(Clone, Debug)]
pub struct Hit {
    /// Index of the rule in the pack.
    pub rule: u16,
    pub span: Span,
    /// What is particular to this place, where the rule's title does not say all.
    pub detail: Option<String>,
    /// How the danger got there, first step first.
    pub trace: Vec<(Span, String)>,
    /// False where the match rests on what could not be evaluated: the confidence is one step lower.
    pub certain: bool,
}

/// One thing that a rule found.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Index of the rule in the pack.
    pub rule: u16,
    pub severity: Severity,
    pub confidence: Confidence,
    pub path: Arc<str>,
    pub place: Place,
    pub detail: Option<Box<str>>,
    pub excerpt: Excerpt,
    pub trace: Box<[Step]>,
    pub fingerprint: Fingerprint,
    /// GitHub's `primaryLocationLineHash`, where it was asked for.
    pub line_hash: Option<LineHash>,
    /// Why the finding does not count: the suppression's own words.
    pub suppressed: Option<Suppression>,
}

/// The lines of a finding, secrets masked: at most [`EXCERPT_LINES`] lines of at most [`EXCERPT_COLUMNS`] characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// Number of the first line (from 1).
    pub line: u32,
    pub text: Box<str>,
    /// Byte range in `text` that the finding is about.
    pub marked: (u32, u32),
}

/// One step of a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub place: Place,
    pub message: Box<str>,
}

/// How a finding was suppressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    pub by: SuppressedBy,
    pub reason: Option<Box<str>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuppressedBy {
    /// `# portcullis: ignore[...]`
    Comment,
    /// `# nosec`
    Nosec,
    /// `# noqa`
    Noqa,
}

pub const EXCERPT_LINES: u32 = 4;
pub const EXCERPT_COLUMNS: usize = 240;

/// Makes the findings of one source.
pub struct Factory<'s> {
    path: Arc<str>,
    text: &'s str,
    lines: LineIndex,
    secrets: Vec<mask::Secret>,
    ordinals: FxHashMap<Fingerprint, u32>,
    line_hashes: Option<Vec<LineHash>>,
}

impl<'s> Factory<'s> {
    pub fn new(path: Arc<str>, text: &'s str, line_hashes: bool) -> Self {
        Self {
            path,
            text,
            lines: LineIndex::new(text),
            secrets: mask::secrets(text),
            ordinals: FxHashMap::default(),
            line_hashes: line_hashes.then(|| fingerprint::line_hashes(text)),
        }
    }

    pub fn lines(&self) -> &LineIndex {
        &self.lines
    }

    /// Makes the finding of a hit. Hits must come in the order of their places, which orders the fingerprints.
    pub fn finding(&mut self, rule: &Rule, hit: Hit) -> Finding {
        let place = self.lines.place(self.text, hit.span);
        let excerpt = self.excerpt(place);
        let subject = excerpt.text.get(excerpt.marked.0 as usize..excerpt.marked.1 as usize).unwrap_or_default();
        let base = fingerprint::fingerprint(&rule.id, &self.path, subject, 0);
        let ordinal = self.ordinals.entry(base).and_modify(|count| *count += 1).or_default();
        let fingerprint = match *ordinal {
            0 => base,
            ordinal => fingerprint::fingerprint(&rule.id, &self.path, subject, ordinal),
        };
        let trace = hit.trace.iter().map(|(span, message)| Step {
            place: self.lines.place(self.text, *span),
            message: self.masked(message).into(),
        });
        Finding {
            rule: hit.rule,
            severity: rule.severity,
            confidence: if hit.certain { rule.confidence } else { Confidence::Low },
            path: Arc::clone(&self.path),
            place,
            detail: hit.detail.map(|detail| self.masked(&detail).into()),
            trace: trace.collect(),
            fingerprint,
            line_hash: self.line_hashes.as_ref().and_then(|all| all.get(place.start.line as usize - 1)).copied(),
            excerpt,
            suppressed: None,
        }
    }

    /// Cuts the lines of a place and masks every secret in them.
    fn excerpt(&self, place: Place) -> Excerpt {
        let last = place.end.line.min(place.start.line + EXCERPT_LINES - 1);
        let first_line = self.lines.line_span(self.text, place.start.line);
        let last_line = self.lines.line_span(self.text, last);
        let window = self.window(first_line.to(last_line), place.span);
        let mark =
            Span { start: place.span.start.max(window.start), end: place.span.end.clamp(window.start, window.end) };

        let mut text = String::with_capacity(window.range().len());
        let mut marked = (0, 0);
        let mut at = window.start;
        let cuts =
            self.secrets.iter().filter(|secret| secret.span.start < window.end && secret.span.end > window.start);
        // Each piece of plain text is copied, each secret replaced; the mark moves along.
        let copy = |text: &mut String, marked: &mut (u32, u32), from: u32, to: u32, replacement: Option<&str>| {
            let start = text.len();
            match replacement {
                Some(mask) => text.push_str(mask),
                None => text.push_str(self.text.get(from as usize..to as usize).unwrap_or_default()),
            }
            let place_of = |offset: u32| match replacement {
                Some(_) if offset == from => start,
                Some(_) => text.len(),
                None => start + (offset - from) as usize,
            };
            if (from..to).contains(&mark.start) {
                marked.0 = u32::try_from(place_of(mark.start)).unwrap_or(u32::MAX);
            }
            if from < mark.end && mark.end <= to {
                marked.1 = u32::try_from(place_of(mark.end)).unwrap_or(u32::MAX);
            }
        };
        for secret in cuts {
            if secret.span.start > at {
                copy(&mut text, &mut marked, at, secret.span.start, None);
            }
            let start = secret.span.start.max(at);
            let end = secret.span.end.min(window.end);
            if end > start {
                copy(&mut text, &mut marked, start, end, Some(&secret.mask));
                at = end;
            }
        }
        if at < window.end {
            copy(&mut text, &mut marked, at, window.end, None);
        }
        marked.0 = marked.0.min(u32::try_from(text.len()).unwrap_or(u32::MAX));
        marked.1 = marked.1.max(marked.0);
        Excerpt { line: place.start.line, text: text.into(), marked }
    }

    /// Shortens very long lines to a window around the place, cut at character boundaries.
    fn window(&self, lines: Span, place: Span) -> Span {
        let limit = EXCERPT_COLUMNS * EXCERPT_LINES as usize;
        if lines.range().len() <= limit {
            return lines;
        }
        let boundary = |mut at: usize| {
            while !self.text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let start = (place.start as usize).saturating_sub(EXCERPT_COLUMNS / 4).max(lines.start as usize);
        let end = (start + limit).min(lines.end as usize);
        Span::new(boundary(start), boundary(end))
    }

    /// Masks the file's secrets wherever they recur in a message.
    fn masked(&self, message: &str) -> String {
        let mut masked = message.to_owned();
        for secret in &self.secrets {
            let value = &self.text[secret.span.range()];
            if masked.contains(value) {
                masked = masked.replace(value, &secret.mask);
            }
        }
        masked
    }
}
