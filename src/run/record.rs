//! What the audit log is told of a run.

use std::ffi::OsString;
use std::path::PathBuf;

use super::{Account, Change, Fate, Plan, Stop, Told};
use crate::audit::{Access, Answer, Ended, Entry, Event, Inside, Intent, Judged, Log, RunId, Script, Settings};
use crate::digest::sha256;
use crate::outcome::Outcome;
use crate::policy::Policy;
use crate::sandbox::Laid;
use crate::time::Time;

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
        inside: Inside {
            interpreter: told.interpreter,
            root: told.root,
            virtual_environment: told.virtual_environment,
            image: told.image,
            runtime: told.runtime,
        },
        inputs: plan.job.inputs.iter().map(input).collect(),
        limits: told.limits,
        workspace: told.workspace,
        require: told.require,
        waived: told.waived,
        arguments: plan.job.arguments.len(),
        command: plan.policy.clauses.audit.arguments.then(|| plan.job.arguments.iter().map(text).collect()),
        environment: told.environment,
        stdin: plan.ground.stdin == crate::sandbox::Stdin::Inherit,
        network: told.hosts,
    }
}

fn text(text: &OsString) -> String {
    text.to_string_lossy().into_owned()
}

fn input(input: &Laid) -> Script {
    let path = input.path.to_string_lossy().into_owned();
    Script { path, sha256: sha256(&input.bytes), bytes: input.bytes.len() as u64 }
}

/// What an account comes to; nothing where it tells of neither a run nor a refusal.
pub(super) fn ended(account: &Account, step: &str) -> Ended {
    match &account.outcome {
        Some(outcome) => Ended::Ran {
            outcome: Box::new(Outcome { requests: Vec::new(), ..outcome.clone() }),
            requests: outcome.requests.len(),
            changes: account.changes.len(),
            code: account.code,
        },
        None => Ended::Refused {
            step: step.to_owned(),
            reason: account.message.clone().unwrap_or_default(),
            code: account.code,
        },
    }
}

/// What an account tells of what was reached.
pub(super) fn accesses(account: &Account) -> Vec<Access> {
    let requests = account.outcome.iter().flat_map(|outcome| outcome.requests.iter().cloned().map(Access::Host));
    requests.chain(account.changes.iter().map(change)).collect()
}

fn change(change: &Change) -> Access {
    Access::File {
        path: change.path.clone(),
        what: change.what,
        sha256: change.sha256.clone(),
        bytes: change.bytes,
        kept: change.fate == Fate::Kept,
    }
}
