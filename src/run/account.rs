//! An account: what became of an order, whichever way it ended. Whoever asked for a run reads this, and a record of it stands in
//! the audit log.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Attempt, Backend, Change, Claim, LeftOut, Plan, Stop, Told};
use crate::audit::Answer;
use crate::cell::{Layer, Limits, Workspace};
use crate::exit::Exit;
use crate::gate::Verdict;
use crate::outcome::{End, Outcome};
use crate::sandbox::Root;

/// What became of an order.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Account {
    pub result: Ended,
    /// What portcullis ends with.
    pub code: u8,
    /// Why nothing was run, or what went wrong afterwards; null where nothing did.
    pub message: Option<String>,
    /// By this the records of the audit log are found; null where nothing was recorded.
    pub run: Option<String>,
    /// Null where the order could not be made into a plan.
    pub plan: Option<Planned>,
    /// Who answered, where the policy asks.
    pub answer: Option<Answer>,
    /// Null where nothing was run.
    pub outcome: Option<Outcome>,
    /// What it tried and was refused.
    pub attempts: Vec<Attempt>,
    /// What its interpreter said that it did, in the order of saying. Nothing holds it to the truth.
    pub self_reported: Vec<Claim>,
    /// What the code made, changed and deleted in the workspace, in the order of paths.
    pub changes: Vec<Change>,
    /// What it wrote, where that was kept for this account.
    pub stdout: Option<Captured>,
    pub stderr: Option<Captured>,
}

/// How an order ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// It was only to be shown what would be run.
    Planned,
    /// The code ran, to its own end or to a limit.
    Ran,
    /// The gate is shut: the policy denies, or asks and nobody allowed it.
    Shut,
    /// It was asked for what cannot be, or may not be, or the cell could not be set up.
    Refused,
    /// There is no such script or interpreter.
    NotFound,
}

/// What was to be run.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Planned {
    pub script: Told,
    pub verdict: Verdict,
    pub backend: Backend,
    pub limits: Limits,
    pub workspace: Workspace,
    /// Whether the interpreter was to tell what the code does.
    pub events: bool,
    /// Layers that had to be there.
    pub require: Vec<Layer>,
    /// Layers that the user did without.
    pub waived: Vec<Layer>,
    /// The interpreter and what it is told before the script.
    pub interpreter: Vec<String>,
    /// A tree of the host that holds a whole system, where it is not run in the host's own.
    pub root: Option<String>,
    pub virtual_environment: Option<String>,
    /// Of containers; null for cells of other kinds.
    pub image: Option<String>,
    pub runtime: Option<String>,
    /// `host:port` that may be reached.
    pub hosts: Vec<String>,
    /// Names of the variables that are handed in.
    pub environment: Vec<String>,
    /// How many files of the workspace are laid out.
    pub files: usize,
    pub left_out: Vec<LeftOut>,
}

/// What was written to a stream, as far as it was handed on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Captured {
    Text(String),
    /// What is no UTF-8, in hexadecimal digits.
    Bytes(String),
}

impl Captured {
    pub fn new(bytes: Vec<u8>) -> Self {
        String::from_utf8(bytes).map_or_else(
            |error| Self::Bytes(error.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect()),
            Self::Text,
        )
    }
}

impl Account {
    fn ended(result: Ended, exit: Exit) -> Self {
        Self {
            result,
            code: exit.code(),
            message: None,
            run: None,
            plan: None,
            answer: None,
            outcome: None,
            attempts: Vec::new(),
            self_reported: Vec::new(),
            changes: Vec::new(),
            stdout: None,
            stderr: None,
        }
    }

    /// There is not even a plan.
    pub fn stopped(stop: Stop) -> Self {
        let (result, exit, message) = match stop {
            Stop::Refused(message) => (Ended::Refused, Exit::Refused, message),
            Stop::NotFound(message) => (Ended::NotFound, Exit::NotFound, message),
        };
        Self { message: Some(message), ..Self::ended(result, exit) }
    }

    /// A plan that is only shown, and would end so as far as that is known.
    pub fn planned(plan: &Plan, exit: Exit) -> Self {
        Self { plan: Some(plan.told()), ..Self::ended(Ended::Planned, exit) }
    }

    /// A plan that is not carried out.
    pub fn shut(plan: &Plan, answer: Option<Answer>, message: String) -> Self {
        Self { plan: Some(plan.told()), answer, message: Some(message), ..Self::ended(Ended::Shut, Exit::Stopped) }
    }

    /// A plan that could not be carried out.
    pub(super) fn failed(plan: &Plan, answer: Option<Answer>, stop: Stop) -> Self {
        Self { plan: Some(plan.told()), answer, ..Self::stopped(stop) }
    }

    /// A plan that was carried out.
    pub(super) fn ran(plan: &Plan, answer: Option<Answer>, outcome: Outcome) -> Self {
        let exit = match outcome.end {
            End::Exit(code) => Exit::Child(code),
            End::Signal(signal) => Exit::Signal(signal),
            End::Limit(_) => Exit::Limit,
            End::Lost => Exit::Refused,
        };
        let attempt = |violation| Attempt::of(violation, &plan.verdict.manifest);
        let attempts = outcome.violations.iter().map(attempt).collect();
        let self_reported =
            outcome.self_reported.as_ref().map(|reported| Claim::all(reported, plan)).unwrap_or_default();
        let (plan, outcome) = (Some(plan.told()), Some(outcome));
        Self { plan, answer, attempts, self_reported, outcome, ..Self::ended(Ended::Ran, exit) }
    }
}

impl Plan {
    pub fn told(&self) -> Planned {
        let text = |text: &std::ffi::OsString| text.to_string_lossy().into_owned();
        Planned {
            script: self.script.clone(),
            verdict: self.verdict.clone(),
            backend: self.backend,
            limits: self.ground.cell.limits.clone(),
            workspace: self.ground.cell.workspace,
            events: self.ground.cell.events,
            require: self.ground.cell.require.clone(),
            waived: self.ground.waived.clone(),
            interpreter: self.job.interpreter.iter().map(text).collect(),
            root: match &self.ground.root {
                Root::Host => None,
                Root::Folder(folder) => Some(folder.to_string_lossy().into_owned()),
            },
            virtual_environment: self
                .ground
                .virtual_environment
                .as_ref()
                .map(|path| path.to_string_lossy().into_owned()),
            image: (self.backend != Backend::Native).then(|| self.engine.image().to_owned()),
            runtime: self.engine.runtime.clone(),
            hosts: self.ground.hosts.iter().map(ToString::to_string).collect(),
            environment: self.job.environment.iter().map(|(name, _)| text(name)).collect(),
            files: self.job.files.len(),
            left_out: self.left_out.clone(),
        }
    }
}
