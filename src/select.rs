//! Which rules are on: from the selectors that users write to a set of rules.
//!
//! A selector is a rule id (`python/yaml-load`), an id with wildcards (`python/ssl-*`), a family (`python`), an id that the
//! rule has in another tool (`S602`), or the beginning of such ids (`S6`, `B`). The more specific selector wins over the
//! less specific one, and at equal rank what is ignored stays off. A family stands for its rules in the sets that are
//! asked for; every other selector also takes rules of the `audit` set.
//!
//! Rules that report failures of reading stay on whatever is selected, unless they are ignored by name or family.

use std::path::Path;

use crate::complaint::did_you_mean;
use crate::finding::Finding;
use crate::pack::Pack;
use crate::pattern::Patterns;
use crate::rule::{Confidence, Rule, Set, Severity};

/// What the user asked for, command line and configuration merged. Selectors are as they were written.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// Replaces the default set where given.
    pub select: Option<Vec<String>>,
    pub extend: Vec<String>,
    pub ignore: Vec<String>,
    /// Sets beside the default one.
    pub sets: Vec<Set>,
    pub min_severity: Option<Severity>,
    pub min_confidence: Option<Confidence>,
}

/// Rules that are off in some files, and the severity below which their findings do not count.
#[derive(Clone, Debug)]
pub struct PerFile {
    pub files: Patterns,
    pub ignore: Vec<String>,
    pub min_severity: Option<Severity>,
}

/// A selector that stands for no rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownSelector {
    pub text: String,
    pub hint: Option<String>,
}

impl std::fmt::Display for UnknownSelector {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "`{}` is no rule, family or id of another tool that a rule names", self.text)?;
        self.hint.iter().try_for_each(|hint| write!(formatter, "; {hint}"))
    }
}

impl std::error::Error for UnknownSelector {}

/// The rules that are on, and which of their findings are kept.
#[derive(Clone, Debug)]
pub struct Selection {
    on: Vec<bool>,
    min_severity: Severity,
    min_confidence: Confidence,
    per_file: Vec<(Patterns, Vec<bool>, Severity)>,
}

impl Selection {
    pub fn new(pack: &Pack, wishes: &Wishes, per_file: &[PerFile]) -> Result<Self, UnknownSelector> {
        let in_sets = |rule: &Rule| rule.set == Set::Default || wishes.sets.contains(&rule.set);
        // Each rule goes with the most specific selector that names it: its rank, and whether it selects.
        let mut state: Vec<(Rank, bool)> = pack
            .rules()
            .iter()
            .map(|rule| (Rank::Unnamed, wishes.select.is_none() && in_sets(rule) || rule.matcher.tells_failure()))
            .collect();
        let wanted = wishes.select.iter().flatten().chain(&wishes.extend).map(|text| (text, true));
        for (text, selects) in wanted.chain(wishes.ignore.iter().map(|text| (text, false))) {
            let (rank, rules) = resolve(pack, text)?;
            for index in rules {
                let rule = pack.rule(index);
                let passes_over = selects && rank == Rank::Family && !in_sets(rule);
                let at = &mut state[usize::from(index)];
                if rank >= at.0 && !passes_over {
                    *at = (rank, selects);
                }
            }
        }
        let per_file = per_file.iter().map(|entry| {
            let mut off = vec![false; state.len()];
            for text in &entry.ignore {
                resolve(pack, text)?.1.into_iter().for_each(|index| off[usize::from(index)] = true);
            }
            Ok((entry.files.clone(), off, entry.min_severity.unwrap_or(Severity::Low)))
        });
        Ok(Self {
            per_file: per_file.collect::<Result<_, _>>()?,
            on: state.into_iter().map(|(_, on)| on).collect(),
            min_severity: wishes.min_severity.unwrap_or(Severity::Low),
            min_confidence: wishes.min_confidence.unwrap_or(Confidence::Low),
        })
    }

    /// Switches rules off that are not to be kept.
    pub fn retain(&mut self, keeps: impl Fn(u16) -> bool) {
        for (index, on) in (0..).zip(&mut self.on) {
            *on &= keeps(index);
        }
    }

    /// Whether a rule of the pack is on.
    pub fn is_on(&self, rule: u16) -> bool {
        self.on.get(usize::from(rule)).copied().unwrap_or_default()
    }

    /// Whether a finding of a rule that is on is reported: it is grave and certain enough, also for its file.
    pub fn keeps(&self, finding: &Finding) -> bool {
        finding.confidence >= self.min_confidence && self.keeps_in(finding.rule, finding.severity, &finding.path)
    }

    /// Whether every finding of a rule in a file is reported, whatever it is.
    pub fn keeps_all(&self, rule: u16, pack: &Pack, path: &str) -> bool {
        self.is_on(rule)
            && self.min_confidence == Confidence::Low
            && self.keeps_in(rule, pack.rule(rule).severity, path)
    }

    fn keeps_in(&self, rule: u16, severity: Severity, path: &str) -> bool {
        let path = Path::new(path);
        severity >= self.min_severity
            && !self.per_file.iter().any(|(files, off, min_severity)| {
                (off[usize::from(rule)] || severity < *min_severity) && files.covers(path)
            })
    }
}

/// How specific a selector is; parts of ids by their length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Unnamed,
    Family,
    Part(usize),
    Id,
}

type Test<'t> = &'t dyn Fn(&Rule) -> bool;

/// The rules that a selector stands for, by the first reading of it that fits any.
fn resolve(pack: &Pack, text: &str) -> Result<(Rank, Vec<u16>), UnknownSelector> {
    let pattern = wildcards(text);
    let is_foreign = text.starts_with(|first: char| first.is_ascii_uppercase());
    let readings: [(Rank, Test<'_>); 4] = [
        (Rank::Family, &|rule| rule.family() == text),
        (Rank::Id, &|rule| rule.id == text || rule.same_as.iter().any(|id| id == text)),
        (Rank::Part(text.len()), &|rule| pattern.as_ref().is_some_and(|pattern| pattern.is_match(&rule.id))),
        (Rank::Part(text.len()), &|rule| is_foreign && rule.same_as.iter().any(|id| begins(id, text))),
    ];
    let rules_by = |names: Test<'_>| -> Vec<u16> {
        (0u16..).zip(pack.rules()).filter(|(_, rule)| names(rule)).map(|(index, _)| index).collect()
    };
    let found = readings.into_iter().map(|(rank, names)| (rank, rules_by(names))).find(|(_, rules)| !rules.is_empty());
    found.ok_or_else(|| UnknownSelector { text: text.to_owned(), hint: hint(pack, text) })
}

/// `python/ssl-*` as a regular expression; `None` where there is no wildcard.
fn wildcards(text: &str) -> Option<regex::Regex> {
    let pattern = format!("^{}$", regex::escape(text).replace("\\*", ".*").replace("\\?", "."));
    text.contains(['*', '?']).then(|| regex::Regex::new(&pattern).ok()).flatten()
}

/// Whether an id begins with a part of an id: letters alone must be all of its letters (`S` is not `SC1000`).
fn begins(id: &str, part: &str) -> bool {
    let rest = id.strip_prefix(part);
    rest.is_some_and(|rest| {
        part.ends_with(|last: char| last.is_ascii_digit()) || !rest.starts_with(char::is_alphabetic)
    })
}

/// What a selector that stands for no rule may have been meant to be.
pub fn hint(pack: &Pack, text: &str) -> Option<String> {
    let rules = || pack.rules().iter();
    // Without its family, a name is compared with names alone.
    let by_name = rules().find(|rule| rule.id.split_once('/').is_some_and(|(_, name)| name == text));
    by_name.map(|rule| format!("did you mean `{}`?", rule.id)).or_else(|| {
        let foreign = rules().flat_map(|rule| rule.same_as.iter().map(String::as_str));
        did_you_mean(text, rules().flat_map(|rule| [rule.id.as_str(), rule.family()]).chain(foreign))
    })
}

/// The rules that go by an id, their own or another tool's.
pub fn rules_of(pack: &Pack, id: &str) -> Vec<u16> {
    let goes_by = |rule: &Rule| rule.id == id || rule.same_as.iter().any(|other| other.eq_ignore_ascii_case(id));
    (0u16..).zip(pack.rules()).filter(|(_, rule)| goes_by(rule)).map(|(index, _)| index).collect()
}
