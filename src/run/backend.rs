//! The backends, each behind the same few words: run a job, and say what then lies in the workspace.

use std::io::Write;
use std::path::Path;

use super::{Plan, Stop};
use crate::outcome::Outcome;
use crate::sandbox::{Entry, Refused};

/// A job that was run.
pub(super) struct Done {
    pub(super) outcome: Outcome,
    /// Where the workspace could be written to.
    pub(super) workspace: Option<After>,
}

/// A workspace after its run.
pub(super) struct After;

impl After {
    pub(super) fn entries(&self) -> Vec<Entry> {
        Vec::new()
    }

    pub(super) fn bytes(&self, _path: &Path) -> Result<Vec<u8>, String> {
        Err("there is no such file".to_owned())
    }
}

/// Runs the job. What is written goes on as it comes.
pub(super) fn run(
    plan: &Plan,
    _stdout: &mut (dyn Write + Send),
    _stderr: &mut (dyn Write + Send),
) -> Result<Done, Refused> {
    let why = format!("`{}` is not part of this build", super::word(&plan.backend));
    Err(Refused::Step { step: "backend".to_owned(), why })
}

/// How a refusal is told.
pub(super) fn stop(refused: &Refused) -> Stop {
    match refused {
        Refused::Program { .. } => Stop::NotFound(refused.to_string()),
        Refused::Layer { .. } | Refused::Step { .. } => Stop::Refused(refused.to_string()),
    }
}
