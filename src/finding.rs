//! Findings: a rule, a place, a masked excerpt, a trace and a stable fingerprint.
//!
//! [`Factory`] is the only maker of findings and the only code that cuts excerpts, so that no report can show a secret
//! (invariant 2).

mod about;
mod fingerprint;
mod mask;
mod suppression;
#[cfg(test)]
mod tests;

use std::cell::OnceCell;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::effect::{Effect, Occurrence};
use crate::origin::Drawn;
use crate::rule::{Confidence, Rule, SecretKind, Severity};
use crate::source::{Commit, LineIndex, Place, Span};
pub use about::About;
pub use fingerprint::{Fingerprint, LineHash};
use mask::{Masked, Repeats, Secret};
pub use suppression::{SuppressedBy, Suppression};

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
    /// Where it is not that of the rule.
    pub confidence: Option<Confidence>,
    /// What is known of the credential that stands at the place.
    pub credential: Option<Credential>,
    /// Where it is not that of the rule.
    pub severity: Option<Severity>,
    /// The package that it is about.
    pub about: Option<Arc<About>>,
}

/// A credential as it was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Credential {
    pub is: SecretKind,
    /// Whether it passes the offline check of its structure or checksum, where there is one.
    pub holds: Option<bool>,
    /// The name that it is bound to, where that is how it was found.
    pub name: Option<Span>,
}

/// How many of its first characters tell who issued a token.
const TOKEN_SHOWN: u32 = 4;

impl Credential {
    /// How much of it may be shown, in bytes.
    fn shown(self) -> u32 {
        if self.is == SecretKind::Token { TOKEN_SHOWN } else { 0 }
    }
}

impl Hit {
    /// A hit whose rule says all there is to say.
    pub fn at(rule: u16, span: Span) -> Self {
        Self {
            rule,
            span,
            detail: None,
            trace: Vec::new(),
            certain: true,
            confidence: None,
            credential: None,
            severity: None,
            about: None,
        }
    }
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
    /// Of a credential it is a hash of the value, wherever that stands; of a password never.
    pub fingerprint: Fingerprint,
    pub credential: Option<Credential>,
    /// The package that it is about, where it is about one.
    pub about: Option<Arc<About>>,
    /// Where else the same credential stands.
    pub also: Vec<(Arc<str>, Place)>,
    /// GitHub's `primaryLocationLineHash`, where it was asked for.
    pub line_hash: Option<LineHash>,
    /// Why the finding does not count: the suppression's own words.
    pub suppressed: Option<Suppression>,
    /// The commit in which it appeared first, where a history was scanned.
    pub commit: Option<Arc<Commit>>,
}

/// The lines of a finding, secrets masked: at most [`EXCERPT_LINES`] of them, and at most [`EXCERPT_BYTES`] bytes from a little
/// before the place on where the lines are longer than that.
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

pub const EXCERPT_LINES: u32 = 4;
pub const EXCERPT_BYTES: usize = 640;
/// How much of an effect's target is shown.
const TARGET_CHARACTERS: usize = 200;
/// How much of a long line is shown before the place.
const EXCERPT_BYTES_BEFORE: usize = 60;

/// An effect that a source has, fit to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    pub effect: Effect,
    pub by: Box<str>,
    /// Secrets masked, and cut where it is long.
    pub target: Option<Box<str>>,
    pub place: Place,
}

/// Makes the findings of one source.
pub struct Factory<'s> {
    path: Arc<str>,
    text: &'s str,
    lines: LineIndex,
    drawn: Option<&'s Drawn>,
    known: Known,
    /// Looked for when something is to be shown: most sources show nothing.
    hidden: OnceCell<Hidden>,
    ordinals: FxHashMap<Fingerprint, u32>,
    line_hashes: Option<Vec<LineHash>>,
}

/// The secrets of a source, and where they recur.
struct Hidden {
    secrets: Vec<Secret>,
    repeats: Repeats,
}

/// The secrets of a source that others found.
#[derive(Debug, Default)]
pub struct Known {
    /// Parts of the code whose literals are secrets.
    pub bound: Vec<Span>,
    /// Credentials, in the text.
    pub found: Vec<(Span, Credential)>,
}

impl Known {
    /// The credentials that hits are about.
    pub fn found_by(hits: &[Hit]) -> Self {
        let found = hits.iter().filter_map(|hit| Some((hit.span, hit.credential?)));
        Self { bound: Vec::new(), found: found.collect() }
    }
}

/// A text that stands by itself, its secrets masked.
pub fn masked(text: &str) -> Box<str> {
    let secrets = mask::secrets(text);
    Masked::copy(text, Span::new(0, text.len()), &secrets).text.into()
}

impl<'s> Factory<'s> {
    pub fn new(path: Arc<str>, text: &'s str, line_hashes: bool) -> Self {
        Self::knowing(path, text, None, line_hashes, Known::default())
    }

    /// The same, for a text out of which its code was drawn, unless it is all code, and of which some secrets are known.
    pub fn knowing(path: Arc<str>, text: &'s str, drawn: Option<&'s Drawn>, line_hashes: bool, known: Known) -> Self {
        Self {
            path,
            text,
            lines: LineIndex::new(text),
            drawn,
            known,
            hidden: OnceCell::new(),
            ordinals: FxHashMap::default(),
            line_hashes: line_hashes.then(|| fingerprint::line_hashes(text)),
        }
    }

    fn hidden(&self) -> &Hidden {
        self.hidden.get_or_init(|| {
            let code = self.drawn.map_or(self.text, |drawn| &drawn.text);
            let mut in_code = mask::secrets(code);
            in_code.extend(mask::literals(code, &self.known.bound));
            let found =
                self.known.found.iter().map(|(span, credential)| Secret { span: *span, shown: credential.shown() });
            if self.drawn.is_none() {
                in_code.extend(found.clone());
            }
            in_code = mask::merged(in_code);
            let (repeats, named) = match self.drawn {
                None => (Repeats::of(&[(self.text, &in_code)]), in_code),
                Some(drawn) => {
                    let mut named = mask::secrets(self.text);
                    named.extend(found);
                    named.extend(in_code.iter().map(|secret| secret.moved(drawn.origin.span(secret.span))));
                    let named = mask::merged(named);
                    (Repeats::of(&[(self.text, &named), (code, &in_code)]), named)
                }
            };
            Hidden { secrets: repeats.with(self.text, named), repeats }
        })
    }

    pub fn lines(&self) -> &LineIndex {
        &self.lines
    }

    /// Makes the finding of a hit. Hits must come in the order of their places, which orders the fingerprints.
    pub fn finding(&mut self, rule: &Rule, hit: Hit) -> Finding {
        let place = self.lines.place(self.text, hit.span);
        let excerpt = self.excerpt(place);
        let subject = excerpt.text.get(excerpt.marked.0 as usize..excerpt.marked.1 as usize).unwrap_or_default();
        let fingerprint = match (hit.credential, &hit.about) {
            (Some(credential), _) => self.fingerprint_of(rule, credential, hit.span),
            (None, Some(about)) => self.fingerprint(rule, &about.subject()),
            (None, None) => self.fingerprint(rule, subject),
        };
        // Each name by itself: a version is no secret because a package of the file is called `password`.
        let about = hit.about.map(|about| Arc::new(about.masked(masked)));
        let detail = match (hit.detail, &about) {
            (Some(detail), _) => Some(self.masked(&detail)),
            (None, about) => about.as_ref().map(|about| about.to_string().into()),
        };
        let trace = hit
            .trace
            .iter()
            .map(|(span, message)| Step { place: self.lines.place(self.text, *span), message: self.masked(message) });
        Finding {
            rule: hit.rule,
            severity: hit.severity.unwrap_or(rule.severity),
            confidence: hit.confidence.unwrap_or(if hit.certain { rule.confidence } else { rule.confidence.lowered() }),
            path: Arc::clone(&self.path),
            place,
            detail,
            trace: trace.collect(),
            fingerprint,
            credential: hit.credential,
            about,
            also: Vec::new(),
            line_hash: self.line_hashes.as_ref().and_then(|all| all.get(place.start.line as usize - 1)).copied(),
            excerpt,
            suppressed: None,
            commit: None,
        }
    }

    /// The identity of what stands at a place: of several in a file that are alike, each has its number.
    fn fingerprint(&mut self, rule: &Rule, subject: &str) -> Fingerprint {
        let base = fingerprint::fingerprint(&rule.id, &self.path, subject, 0);
        let ordinal = self.ordinals.entry(base).and_modify(|count| *count += 1).or_default();
        match *ordinal {
            0 => base,
            ordinal => fingerprint::fingerprint(&rule.id, &self.path, subject, ordinal),
        }
    }

    /// The identity of a credential. What is long enough not to be guessed is known by a hash of it wherever it stands; the
    /// rest by its name and its file.
    fn fingerprint_of(&mut self, rule: &Rule, credential: Credential, span: Span) -> Fingerprint {
        const TOO_LONG_TO_GUESS: usize = 16;
        let value = self.text.get(span.range()).unwrap_or_default();
        if credential.is != SecretKind::Password && value.len() >= TOO_LONG_TO_GUESS {
            return fingerprint::of_credential(&rule.id, value);
        }
        let name = credential.name.and_then(|name| self.text.get(name.range())).unwrap_or_default();
        self.fingerprint(rule, name)
    }

    /// An effect as reports may tell it.
    pub fn act(&self, occurrence: &Occurrence) -> Act {
        Act {
            effect: occurrence.effect,
            by: self.shown(&occurrence.by),
            target: occurrence.target.as_deref().map(|target| self.shown(target)),
            place: self.lines.place(self.text, occurrence.span),
        }
    }

    /// Cuts the lines of a place and masks every secret in them.
    fn excerpt(&self, place: Place) -> Excerpt {
        let last = place.end.line.min(place.start.line.saturating_add(EXCERPT_LINES - 1));
        let first_line = self.lines.line_span(self.text, place.start.line);
        let last_line = self.lines.line_span(self.text, last);
        let window = self.window(first_line.to(last_line), place.span);
        let copy = Masked::copy(self.text, window, &self.hidden().secrets);
        let marked = copy.place(place.span);
        Excerpt { line: place.start.line, text: copy.text.into(), marked }
    }

    /// Shortens very long lines to a window around the place, cut at character boundaries.
    fn window(&self, lines: Span, place: Span) -> Span {
        if lines.range().len() <= EXCERPT_BYTES {
            return lines;
        }
        let boundary = |mut at: usize| {
            while !self.text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let start = (place.start as usize).saturating_sub(EXCERPT_BYTES_BEFORE).max(lines.start as usize);
        let end = (start + EXCERPT_BYTES).min(lines.end as usize);
        Span::new(boundary(start), boundary(end))
    }

    /// A name or a text out of the source, secrets masked, and cut where it is long.
    pub fn shown(&self, text: &str) -> Box<str> {
        let text = self.masked(text);
        match text.char_indices().nth(TARGET_CHARACTERS) {
            Some((end, _)) => format!("{}…", &text[..end]).into(),
            None => text,
        }
    }

    /// Masks secrets in a message: the text's own wherever they recur, and what the evaluation put together.
    fn masked(&self, message: &str) -> Box<str> {
        let secrets = self.hidden().repeats.in_message(message);
        Masked::copy(message, Span::new(0, message.len()), &secrets).text.into()
    }
}
