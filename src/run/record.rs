//! What the audit log is told of a run.

use std::path::PathBuf;

use super::{Account, Change, Fate, Plan, Stop, Told};
use crate::audit::{self, Answer, Ended, Entry, Event, Intent, Judged, Log, RunId, Script, Settings, Time};
use crate::policy::Policy;

/// The log of one run; none where the policy does not demand one and none can be written.
pub(super) struct Recorder {
    log: Option<Log>,
    pub(super) run: RunId,
    demanded: bool,
    /// Why nothing is recorded, where nothing is.
    pub(super) missing: Option<String>,
}

impl Recorder {
    /// Fails where the policy demands what cannot be had.
    pub(super) fn open(policy: &Policy, named: Option<PathBuf>) -> Result<Self, Stop> {
        let demanded = policy.clauses.audit.demanded;
        let run = RunId::new(Time::now()).map_err(|error| Stop::Refused(format!("no random numbers: {error}")))?;
        match Settings::of(&policy.clauses.audit, named).and_then(Log::open) {
            Ok(log) => Ok(Self { log: Some(log), run, demanded, missing: None }),
            Err(why) if demanded => Err(unrecorded(&why)),
            Err(why) => Ok(Self { log: None, run, demanded, missing: Some(format!("nothing is recorded: {why}")) }),
        }
    }

    /// Adds a record. Fails where the policy demands it and it cannot be written.
    pub(super) fn tell(&mut self, event: Event) -> Result<(), Stop> {
        let Some(log) = &self.log else { return Ok(()) };
        match log.append(&Entry { run: self.run, event }) {
            Ok(_) => Ok(()),
            Err(why) if self.demanded => Err(unrecorded(&why)),
            Err(why) => {
                self.missing = Some(format!("not everything is recorded: {why}"));
                Ok(())
            }
        }
    }

    pub(super) fn is_recorded(&self) -> bool {
        self.log.is_some()
    }
}

fn unrecorded(why: &str) -> Stop {
    Stop::Refused(format!("the policy demands a record in the audit log (`demanded = true`), and there is none: {why}"))
}

/// What was judged, by which policy, and what that says. The script is told by what was read of it, whatever of it was judged.
pub(super) fn judged(plan: &Plan) -> Judged {
    let Told { path, sha256, bytes } = plan.script.clone();
    Judged { script: Script { path, sha256, bytes: bytes as u64 }, ..Judged::from(&plan.verdict) }
}

pub(super) fn intent(plan: &Plan, answer: Option<&Answer>) -> Intent {
    let told = plan.told();
    Intent {
        judged: judged(plan),
        answer: answer.cloned(),
        backend: super::word(&plan.backend),
        limits: told.limits,
        workspace: told.workspace,
        require: told.require,
        waived: told.waived,
        arguments: plan.job.arguments.len(),
        command: None,
        environment: told.environment,
        stdin: plan.ground.stdin == crate::sandbox::Stdin::Inherit,
        network: Vec::new(),
    }
}

/// What an account comes to; nothing where it tells of neither a run nor a refusal.
pub(super) fn ended(account: &Account, step: &str) -> Ended {
    match &account.outcome {
        Some(outcome) => Ended::Ran {
            outcome: outcome.clone(),
            changes: account.changes.iter().map(change).collect(),
            code: account.code,
        },
        None => Ended::Refused {
            step: step.to_owned(),
            reason: account.message.clone().unwrap_or_default(),
            layers: Vec::new(),
            code: account.code,
        },
    }
}

fn change(change: &Change) -> audit::Change {
    audit::Change {
        path: change.path.clone(),
        what: change.what,
        sha256: change.sha256.clone(),
        bytes: change.bytes,
        kept: change.fate == Fate::Kept,
    }
}
