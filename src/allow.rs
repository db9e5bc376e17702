//! Suppressions: comments by which the authors of the code say that a finding is known and accepted.
//!
//! `# portcullis: ignore[id, id] -- reason` counts for its line and for all lines of the statement it stands in. It takes
//! full rule ids, ours or another tool's; one that is not understood or finds nothing is itself reported
//! (`any/unused-suppression`). Comments of other tools are honoured where the settings say so: `# nosec`, `# nosec B602,
//! B607` for the statement, as bandit reads it; `# noqa`, `# noqa: S602` for its line, as ruff does; and the marks of tools
//! that look for credentials (`mark.rs`).
//!
//! Where escapes are forbidden none of them suppresses anything, and each is reported (`any/forbidden-suppression`).
//!
//! What is suppressed stays in the list with its reason. `gate` and `run` never come here (invariant 10).

mod comment;
mod mark;

use rustc_hash::FxHashMap;

use crate::finding::{Finding, Hit, SuppressedBy, Suppression};
use crate::pack::Pack;
use crate::select::Selection;
use crate::source::{LineIndex, ProblemKind, Span};
use comment::{Directive, Names};
use mark::Reached;

/// Which comments of other tools count beside our own, and whether any comment does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Honoured {
    tools: u16,
    forbidden: bool,
}

impl Honoured {
    pub fn new(tools: impl IntoIterator<Item = SuppressedBy>) -> Self {
        Self { tools: tools.into_iter().fold(0, |tools, tool| tools | 1 << tool as u16), forbidden: false }
    }

    /// Says of all comments that would count that they must not.
    pub fn forbidding(self) -> Self {
        Self { forbidden: true, ..self }
    }

    fn has(self, tool: SuppressedBy) -> bool {
        self.tools & 1 << tool as u16 != 0
    }
}

/// One source and what is known of it.
#[derive(Debug)]
pub struct Scope<'a> {
    pub text: &'a str,
    pub lines: &'a LineIndex,
    /// The comments, where a reader tells them; in other texts they are known by what they begin with.
    pub comments: Option<&'a [Span]>,
    pub pack: &'a Pack,
    pub selection: &'a Selection,
    pub honoured: Honoured,
}

/// What the suppressions that are reported when unused begin with.
pub const MARKER: &str = comment::OWN;

/// Whether the comments of a text may hold suppressions, and are worth collecting.
pub fn may_suppress(text: &str, honoured: Honoured) -> bool {
    honoured.has(SuppressedBy::Nosec)
        || honoured.has(SuppressedBy::Noqa)
        || memchr::memmem::find(text.as_bytes(), comment::OWN.as_bytes()).is_some()
        || honoured.forbidden && !mark::marks(text, honoured).is_empty()
}

/// Marks the findings that comments suppress, and returns what is to be reported about the comments themselves.
/// `statement` gives the innermost statement around an offset.
///
/// To be called with all findings of the source, before [`Selection::keeps`] drops any: a comment is in use also where its
/// finding is too slight to be reported.
pub fn apply(findings: &mut [Finding], scope: &Scope<'_>, statement: impl Fn(u32) -> Option<Span>) -> Vec<Hit> {
    let mut directives = comment::directives(scope);
    if scope.honoured.forbidden {
        return forbidden(&directives, scope);
    }
    accept(findings, &mut directives, scope, statement);
    let_pass(findings, scope);
    let complaints = directives.iter().flat_map(|directive| directive.complaints(scope));
    told(scope, ProblemKind::UnusedSuppression, complaints)
}

/// Applies the comments that name rules, or are for all of them.
fn accept(
    findings: &mut [Finding],
    directives: &mut [Directive],
    scope: &Scope<'_>,
    statement: impl Fn(u32) -> Option<Span>,
) {
    if directives.is_empty() {
        return;
    }
    let mut known = FxHashMap::default();
    for finding in findings.iter_mut() {
        let own = (finding.place.start.line, finding.place.end.line);
        let whole = statement(finding.place.span.start).map_or(own, |span| {
            let place = scope.lines.place(scope.text, span);
            (place.start.line.min(own.0), place.end.line.max(own.1))
        });
        let mut accepting = |(first, last): (u32, u32), is_noqa: bool| {
            let from = directives.partition_point(|directive| directive.line < first);
            let to = directives.partition_point(|directive| directive.line <= last);
            // All findings of one statement ask for the same.
            *known.entry((from, to, finding.rule, is_noqa)).or_insert_with(|| {
                let mut last = None;
                // Each is asked, so that all that suppress something are known to.
                for (at, directive) in (from..to).zip(&mut directives[from..to]) {
                    if (directive.by == SuppressedBy::Noqa) == is_noqa && directive.accepts(finding.rule, scope.pack) {
                        last = Some(at);
                    }
                }
                last
            })
        };
        if let Some(at) = accepting(own, true).max(accepting(whole, false)) {
            let Directive { by, reason, .. } = &directives[at];
            finding.suppressed = Some(Suppression { by: *by, reason: reason.as_deref().map(Into::into) });
        }
    }
}

/// Applies the marks of tools that look for credentials.
fn let_pass(findings: &mut [Finding], scope: &Scope<'_>) {
    let is_meant =
        |finding: &Finding| finding.suppressed.is_none() && scope.pack.rule(finding.rule).family() == mark::FAMILY;
    if !findings.iter().any(is_meant) {
        return;
    }
    let reached = Reached::by(&mark::marks(scope.text, scope.honoured), scope.text, scope.lines);
    for finding in findings.iter_mut().filter(|finding| is_meant(finding)) {
        finding.suppressed = reached.at(finding.place).map(|by| Suppression { by, reason: None });
    }
}

/// Each comment that would count.
fn forbidden(directives: &[Directive], scope: &Scope<'_>) -> Vec<Hit> {
    let message = "escapes are forbidden here, and it suppresses nothing".to_owned();
    let comments = directives.iter().map(|directive| directive.span);
    let marks = mark::marks(scope.text, scope.honoured).into_iter().map(|mark| mark.span);
    let all = comments.chain(marks).map(|span| (span, message.clone()));
    told(scope, ProblemKind::ForbiddenSuppression, all)
}

/// What is said of comments, where the rule that says it is on.
fn told(scope: &Scope<'_>, kind: ProblemKind, complaints: impl Iterator<Item = (Span, String)>) -> Vec<Hit> {
    let Some(rule) = scope.pack.rule_about(kind).filter(|rule| scope.selection.is_on(*rule)) else { return Vec::new() };
    complaints.map(|(span, message)| Hit { detail: Some(message), ..Hit::at(rule, span) }).collect()
}

impl Directive {
    /// Whether the comment suppresses findings of a rule; a name that does is marked as used.
    fn accepts(&mut self, rule: u16, pack: &Pack) -> bool {
        match &mut self.names {
            // A comment for another tool knows nothing of code that could not be read.
            Names::All => !pack.rule(rule).matcher.tells_failure(),
            Names::These(names) => {
                let mut accepts = false;
                for name in names.iter_mut().filter(|name| name.rules.contains(&rule)) {
                    name.used = true;
                    accepts = true;
                }
                accepts
            }
            Names::Unclear(_) => false,
        }
    }

    /// What is wrong with the comment, where it is ours.
    fn complaints(&self, scope: &Scope<'_>) -> Vec<(Span, String)> {
        if self.by != SuppressedBy::Comment {
            return Vec::new();
        }
        let line = scope.lines.line_span(scope.text, self.line);
        let is_alone = scope.text[line.start as usize..self.span.start as usize].trim().is_empty();
        let advice = if is_alone { "; it belongs on a line of the statement it is about" } else { "" };
        match &self.names {
            Names::All => Vec::new(),
            Names::Unclear(message) => vec![(self.span, message.clone())],
            Names::These(names) => names
                .iter()
                .filter_map(|name| match &name.unknown {
                    Some(message) => Some((name.span, message.clone())),
                    None if name.used || !name.rules.iter().any(|rule| scope.selection.is_on(*rule)) => None,
                    None => {
                        let id = &scope.text[name.span.range()];
                        Some((name.span, format!("`{id}` finds nothing here{advice}")))
                    }
                })
                .collect(),
        }
    }
}
