//! A verdict as the audit log tells of it.

use super::verdict::{Read, Verdict};
use crate::audit::{Judged, Policy, Script};

/// What stands for the rule of a reason that no rule gives.
const UNJUDGED: &str = "unjudged";

impl From<&Verdict> for Judged {
    fn from(verdict: &Verdict) -> Self {
        let Verdict { policy, sources, reasons, decision, .. } = verdict;
        let mut rules: Vec<_> =
            reasons.iter().map(|reason| reason.rule.clone().unwrap_or_else(|| UNJUDGED.to_owned())).collect();
        rules.sort();
        rules.dedup();
        let script =
            |read: &Read| Script { path: read.path.clone(), sha256: read.sha256.clone(), bytes: read.bytes as u64 };
        let mut sources = sources.iter().map(script);
        // What could not even be read has no digest.
        let unread = || Script { path: String::new(), sha256: String::new(), bytes: 0 };
        Self {
            script: sources.next().unwrap_or_else(unread),
            read: sources.collect(),
            policy: Policy { name: policy.name.clone(), sha256: policy.digest.clone() },
            decision: *decision,
            rules,
        }
    }
}
