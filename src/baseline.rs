//! The baseline: a file with the findings of a tree that are known and do not count for now, so that new ones stand out.
//!
//! An entry names a rule, a path and a fingerprint, and may say why and until when. It holds no line, no time of writing and
//! no value, so that it stays as it is where code moves, and branches merge. An entry that has expired suppresses nothing; it
//! and one that is about nothing any more are reported (`any/stale-baseline`). The day comes from outside.
//!
//! The file may come with the scanned tree, so it has a say in `scan` alone: `gate` and `run` never come here (invariant 10).

mod file;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::complaint::Complaint;
use crate::finding::{Factory, Finding, Hit, SuppressedBy, Suppression};
use crate::pack::Pack;
use crate::select::Selection;
use crate::source::{ProblemKind, Span};
use crate::time::Day;

/// Which finding an entry is about. Paths are those of reports, relative to the folder in which the scan runs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    pub path: String,
    pub rule: String,
    pub fingerprint: String,
}

impl Key {
    pub fn of(finding: &Finding, pack: &Pack) -> Self {
        Self {
            path: finding.path.to_string(),
            rule: pack.rule(finding.rule).id.clone(),
            fingerprint: finding.fingerprint.to_string(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub key: Key,
    pub reason: Option<String>,
    /// The last day on which it suppresses.
    pub expires: Option<Day>,
    /// Where it stands in its file.
    span: Span,
}

/// What entries that are made now say beside their keys.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    pub reason: Option<String>,
    pub expires: Option<Day>,
}

/// A file with entries, sorted by their keys, none twice.
#[derive(Clone, Debug, Default)]
pub struct Baseline {
    path: PathBuf,
    text: String,
    entries: Vec<Entry>,
}

/// What a scan looked at: an entry about anything else may well be in use.
#[derive(Clone, Copy)]
pub struct Scanned<'a> {
    pub pack: &'a Pack,
    pub selection: &'a Selection,
    /// Whether a path is among what was scanned, or would be if there were such a file.
    pub covers: &'a dyn Fn(&str) -> bool,
}

/// How an update changed a baseline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Change {
    pub kept: usize,
    pub added: usize,
    pub dropped: usize,
}

impl Baseline {
    /// Reads a text as the file of a path.
    pub fn parse(path: &Path, text: String) -> Result<Self, Complaint> {
        Ok(Self { entries: file::parse(path, &text)?, path: path.to_owned(), text })
    }

    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Whether any entry ends on some day.
    pub fn expires(&self) -> bool {
        self.entries.iter().any(|entry| entry.expires.is_some())
    }

    /// The whole file.
    pub fn written(&self) -> String {
        file::written(&self.entries)
    }

    fn position(&self, key: &Key) -> Option<usize> {
        self.entries.binary_search_by(|entry| entry.key.cmp(key)).ok()
    }

    /// Marks the findings that entries are about as suppressed, and returns what is to be reported about the entries. What a
    /// comment suppresses stays so.
    pub fn apply(
        &self,
        findings: &mut [Finding],
        scanned: &Scanned<'_>,
        today: Day,
        line_hashes: bool,
    ) -> Vec<Finding> {
        let in_use = self.in_use(findings, scanned.pack);
        for finding in findings.iter_mut().filter(|finding| finding.suppressed.is_none()) {
            let entry = self.position(&Key::of(finding, scanned.pack)).map(|at| &self.entries[at]);
            if let Some(entry) = entry.filter(|entry| !entry.has_expired(today)) {
                let reason = entry.reason.as_deref().map(Into::into);
                finding.suppressed = Some(Suppression { by: SuppressedBy::Baseline, reason });
            }
        }
        self.stale(&in_use, findings, scanned, today, line_hashes)
    }

    /// Whether there is a finding for each of the entries.
    fn in_use(&self, findings: &[Finding], pack: &Pack) -> Vec<bool> {
        let mut in_use = vec![false; self.entries.len()];
        for at in findings.iter().filter_map(|finding| self.position(&Key::of(finding, pack))) {
            in_use[at] = true;
        }
        in_use
    }

    /// The findings about entries, in the order of the file.
    fn stale(
        &self,
        in_use: &[bool],
        findings: &[Finding],
        scanned: &Scanned<'_>,
        today: Day,
        line_hashes: bool,
    ) -> Vec<Finding> {
        let rule = scanned.pack.rule_about(ProblemKind::StaleBaseline);
        let Some(rule) = rule.filter(|rule| scanned.selection.is_on(*rule)) else { return Vec::new() };
        let unread = scanned.unread(findings);
        let complaint = |(entry, in_use): (&Entry, &bool)| {
            let Key { path, rule, .. } = &entry.key;
            let what = match entry.expires {
                _ if !in_use && scanned.is_settled(&entry.key, &unread) => "is no longer found".to_owned(),
                Some(day) if day < today && (scanned.covers)(path) => format!("its entry expired on {day}"),
                _ => return None,
            };
            Some((entry.span, format!("`{rule}` in {path}: {what}")))
        };
        let mut complaints: Vec<_> = self.entries.iter().zip(in_use).filter_map(complaint).collect();
        complaints.sort();
        let mut factory = Factory::new(Arc::from(&*self.path.to_string_lossy()), &self.text, line_hashes);
        let made = complaints.into_iter().map(|(span, detail)| {
            let hit = Hit { detail: Some(detail), ..Hit::at(rule, span) };
            factory.finding(scanned.pack.rule(rule), hit)
        });
        made.filter(|finding| scanned.selection.keeps(finding)).collect()
    }

    /// The entries that are still in use, or of which that cannot be told, and new ones for the other findings that count.
    pub fn updated(&self, findings: &[Finding], scanned: &Scanned<'_>, terms: &Terms) -> (Self, Change) {
        let unread = scanned.unread(findings);
        let in_use = self.in_use(findings, scanned.pack);
        let stays = |(entry, in_use): &(&Entry, bool)| *in_use || !scanned.is_settled(&entry.key, &unread);
        let mut entries: Vec<_> =
            self.entries.iter().zip(in_use).filter(stays).map(|(entry, _)| entry.clone()).collect();
        let kept = entries.len();
        let counting = findings.iter().filter(|finding| finding.suppressed.is_none());
        let keys: BTreeSet<_> = counting.map(|finding| Key::of(finding, scanned.pack)).collect();
        let fresh = keys.into_iter().filter(|key| self.position(key).is_none());
        entries.extend(fresh.map(|key| Entry {
            key,
            reason: terms.reason.clone(),
            expires: terms.expires,
            span: Span::default(),
        }));
        let change = Change { kept, added: entries.len() - kept, dropped: self.entries.len() - kept };
        entries.sort_by(|a, b| a.key.cmp(&b.key));
        (Self { path: self.path.clone(), text: String::new(), entries }, change)
    }
}

impl Entry {
    fn has_expired(&self, today: Day) -> bool {
        self.expires.is_some_and(|day| day < today)
    }
}

impl Scanned<'_> {
    /// The files that were not analysed in full: what was found in them before may still be there.
    fn unread<'f>(&self, findings: &'f [Finding]) -> BTreeSet<&'f str> {
        let fails = |finding: &&Finding| self.pack.rule(finding.rule).matcher.tells_failure();
        findings.iter().filter(fails).map(|finding| &*finding.path).collect()
    }

    /// Whether the finding of an entry would have been reported if it were there.
    fn is_settled(&self, key: &Key, unread: &BTreeSet<&str>) -> bool {
        let is_told = match self.pack.position(&key.rule) {
            Some(rule) => self.selection.keeps_all(rule, self.pack, &key.path),
            // There is no such rule any more.
            None => true,
        };
        is_told && (self.covers)(&key.path) && !unread.contains(&*key.path)
    }
}
