//! A verdict: what is decided about code and why, as a pure function of findings and a policy.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::manifest::Manifest;
use crate::clause::{Answer, Decision, Mode};
use crate::effect::{Capability, Effect};
use crate::finding::Finding;
use crate::inspect::Examined;
use crate::pack::Pack;
use crate::policy::{self, Policy};
use crate::rule::{Confidence, Level, Severity, page};

/// What is decided about code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Verdict {
    pub decision: Decision,
    pub policy: Judge,
    /// Everything that was read: what was named, and the modules that it imports.
    pub sources: Vec<Read>,
    /// The weightiest first. Where several rules say the same capability of one line, the strongest speaks.
    pub reasons: Vec<Reason>,
    /// How many more reasons there are.
    pub reasons_left_out: usize,
    pub manifest: Manifest,
}

/// The policy that decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Policy")]
pub struct Judge {
    /// A built-in name or the path of a file.
    pub name: String,
    /// SHA-256 of what it says in effect, and of the rules.
    pub digest: String,
    pub level: Level,
    /// Who may answer where the decision is `ask`.
    pub answer: Answer,
    /// `record`: reasons are told, and stop nothing.
    pub gate: Mode,
}

/// A source that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Source")]
pub struct Read {
    pub path: String,
    pub sha256: String,
    pub bytes: usize,
    /// Whether it was read because another one imports it.
    pub imported: bool,
}

/// What a reason speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReasonKind {
    /// What a rule found in the code.
    Finding,
    /// The time was over before anything was decided.
    Budget,
    /// Something could not be read or judged.
    Failure,
}

/// Why code is stopped. Lines and columns count from 1, columns in Unicode code points.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Reason {
    pub decision: Decision,
    pub kind: ReasonKind,
    /// Id of the rule; null where no rule says so.
    pub rule: Option<String>,
    pub severity: Severity,
    pub confidence: Confidence,
    /// What the code can do, in the words of policies; null where the rule names none.
    pub capability: Option<Capability>,
    /// What the code does there; null where that is not known.
    pub effect: Option<Effect>,
    pub message: String,
    /// Null where the reason is about no file.
    pub path: Option<String>,
    pub line: Option<u32>,
    pub column: Option<u32>,
    /// The lines of the place, secrets masked, long ones cut.
    pub excerpt: Option<String>,
    /// How the danger got there, first step first.
    pub trace: Vec<Step>,
    /// What to do instead; null where nobody knows.
    pub instead: Option<String>,
    /// Why the policy decides so, where it says so of this rule, capability, effect or family in particular.
    pub policy_says: Option<String>,
    /// Other rules that say the same capability of the same line.
    pub also: Vec<Also>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Step {
    pub line: u32,
    pub column: u32,
    pub message: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Also {
    pub rule: String,
    pub decision: Decision,
    pub message: String,
}

/// More reasons are counted, not told.
const MAX_REASONS: usize = 100;

/// A verdict in the making.
pub(super) struct Draft<'p> {
    pack: &'p Pack,
    policy: &'p Policy,
    sources: Vec<Read>,
    reasons: Vec<Reason>,
    manifest: Manifest,
}

impl<'p> Draft<'p> {
    pub(super) fn new(pack: &'p Pack, policy: &'p Policy) -> Self {
        Self { pack, policy, sources: Vec::new(), reasons: Vec::new(), manifest: Manifest::default() }
    }

    pub(super) fn read(&mut self, path: &str, bytes: usize, sha256: String, imported: bool) {
        self.sources.push(Read { path: path.to_owned(), sha256, bytes, imported });
    }

    /// Adds what stands in a source. Its own modules are judged themselves, and need not be listed.
    pub(super) fn add(&mut self, examined: &Examined, is_own: &dyn Fn(&str) -> bool) {
        self.manifest.add(examined);
        for finding in &examined.findings {
            let here = || examined.imports.iter().filter(|(place, _)| place.span == finding.place.span);
            let is_import = self.pack.rule(finding.rule).id == policy::UNLISTED_IMPORT && here().next().is_some();
            if !(is_import && here().all(|(_, name)| is_own(name))) {
                self.finding(finding, examined);
            }
        }
    }

    fn finding(&mut self, finding: &Finding, examined: &Examined) {
        let rule = self.pack.rule(finding.rule);
        let wanted = policy::effects_of(rule);
        let here = examined.acts.iter().filter(|act| act.place.span == finding.place.span).map(|act| act.effect);
        let here: Vec<_> = here.filter(|effect| wanted.is_empty() || wanted.contains(effect)).collect();
        let effects = if here.is_empty() || wanted.is_empty() { wanted } else { &here };
        let ruling = self.policy.ruling(rule, effects);
        if ruling.decision == Decision::Allow {
            return;
        }
        let message = match &finding.detail {
            Some(detail) => format!("{}: {detail}", rule.title),
            None => rule.title.clone(),
        };
        let instead = rule.instead.clone().or_else(|| {
            let paragraph = page::paragraph(self.pack.page(finding.rule));
            (!paragraph.is_empty()).then_some(paragraph)
        });
        let step = |step: &crate::finding::Step| Step {
            line: step.place.start.line,
            column: step.place.start.column,
            message: step.message.to_string(),
        };
        self.reasons.push(Reason {
            decision: ruling.decision,
            kind: ReasonKind::Finding,
            rule: Some(rule.id.clone()),
            severity: finding.severity,
            confidence: finding.confidence,
            capability: rule.capability,
            effect: here.first().or(wanted.first().filter(|_| wanted.len() == 1)).copied(),
            message,
            path: Some(finding.path.to_string()),
            line: Some(finding.place.start.line),
            column: Some(finding.place.start.column),
            excerpt: Some(finding.excerpt.text.to_string()),
            trace: finding.trace.iter().map(step).collect(),
            instead,
            policy_says: ruling.reason.map(str::to_owned),
            also: Vec::new(),
        });
    }

    /// A source that could not be read or judged is denied, whatever the policy: nobody knows what is in it.
    pub(super) fn failed(&mut self, path: &str, message: &str) {
        self.undecided(ReasonKind::Failure, message);
        if let Some(reason) = self.reasons.last_mut() {
            reason.path = Some(path.to_owned());
        }
    }

    /// Denies for a reason that is no finding.
    pub(super) fn undecided(&mut self, kind: ReasonKind, message: &str) {
        self.reasons.push(Reason::denial(kind, message));
    }

    pub(super) fn finish(self, digest: &str) -> Verdict {
        let Self { policy, sources, reasons, mut manifest, .. } = self;
        let mut reasons = by_weight(merged(reasons));
        let stops = |reason: &&Reason| policy.is_enforced() || reason.kind != ReasonKind::Finding;
        let decision = reasons.iter().filter(stops).map(|reason| reason.decision).max().unwrap_or_default();
        let reasons_left_out = reasons.len().saturating_sub(MAX_REASONS);
        reasons.truncate(MAX_REASONS);
        manifest.sort();
        let clauses = &policy.clauses;
        let judge = Judge {
            name: policy.name.clone(),
            digest: digest.to_owned(),
            level: clauses.level,
            answer: clauses.answer,
            gate: clauses.gate,
        };
        Verdict { decision, policy: judge, sources, reasons, reasons_left_out, manifest }
    }
}

impl Reason {
    /// That of a denial which no rule gives.
    fn denial(kind: ReasonKind, message: &str) -> Self {
        Self {
            decision: Decision::Deny,
            kind,
            rule: None,
            severity: Severity::High,
            confidence: Confidence::High,
            capability: None,
            effect: None,
            message: message.to_owned(),
            path: None,
            line: None,
            column: None,
            excerpt: None,
            trace: Vec::new(),
            instead: None,
            policy_says: None,
            also: Vec::new(),
        }
    }
}

impl Verdict {
    /// The same, denied for something that could not be judged.
    #[must_use]
    pub fn denied(mut self, message: &str) -> Self {
        self.decision = Decision::Deny;
        self.reasons.insert(0, Reason::denial(ReasonKind::Failure, message));
        self
    }
}

/// What a reason weighs, the heaviest first: the decision, how bad and how likely it is, and whether it says what the code
/// does before how it is written. The place decides between equals.
fn weight(reason: &Reason) -> impl Ord + use<> {
    let acts = reason.capability.is_some_and(|capability| capability != Capability::ObfuscatedSource);
    (
        Reverse((reason.decision, reason.kind, reason.severity, reason.confidence, acts)),
        (reason.path.clone(), reason.line, reason.column, reason.rule.clone()),
    )
}

/// One reason for each line and capability: the heaviest, which names the others.
fn merged(mut reasons: Vec<Reason>) -> Vec<Reason> {
    reasons.sort_by_cached_key(weight);
    let mut known: BTreeMap<_, usize> = BTreeMap::new();
    let mut kept: Vec<Reason> = Vec::new();
    for reason in reasons {
        let place = (reason.path.clone(), reason.line, reason.capability, reason.kind);
        match known.get(&place).filter(|_| reason.line.is_some()) {
            None => {
                known.insert(place, kept.len());
                kept.push(reason);
            }
            Some(at) => {
                let Reason { rule, decision, message, .. } = reason;
                let strongest = &mut kept[*at];
                let rule = rule.unwrap_or_default();
                let is_told =
                    strongest.rule.as_ref() == Some(&rule) || strongest.also.iter().any(|also| also.rule == rule);
                if !is_told {
                    strongest.also.push(Also { rule, decision, message });
                }
            }
        }
    }
    kept
}

/// Within one decision, the first reason of every capability comes before the second of any: the first few should name
/// different things.
fn by_weight(reasons: Vec<Reason>) -> Vec<Reason> {
    let mut seen: BTreeMap<_, usize> = BTreeMap::new();
    let mut ranked: Vec<_> = reasons
        .into_iter()
        .enumerate()
        .map(|(at, reason)| {
            let rank = seen.entry((reason.decision, reason.capability)).or_default();
            *rank += 1;
            (Reverse(reason.decision), *rank, at, reason)
        })
        .collect();
    ranked.sort_by_key(|(decision, rank, at, _)| (*decision, *rank, *at));
    ranked.into_iter().map(|(.., reason)| reason).collect()
}
