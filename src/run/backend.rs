//! The backends, each behind the same few words: run a job, and say what then lies in the workspace.

use std::io::Write;
use std::path::Path;

use super::{Plan, Stop};
use crate::outcome::Outcome;
use crate::sandbox::{Entry, Refused, Streams, Tree, native};

/// A job that was run.
pub(super) struct Done {
    pub(super) outcome: Outcome,
    /// Where the workspace could be written to.
    pub(super) workspace: Option<After>,
}

/// A workspace after its run.
pub(super) struct After(Tree);

impl After {
    pub(super) fn entries(&self) -> Vec<Entry> {
        self.0.entries().unwrap_or_default()
    }

    pub(super) fn bytes(&self, path: &Path) -> Result<Vec<u8>, String> {
        self.0.bytes(path).map_err(|e| e.to_string())?.ok_or_else(|| "there is no such file".to_owned())
    }
}

/// Runs the job. What is written goes on as it comes.
pub(super) fn run(
    plan: &Plan,
    stdout: &mut (dyn Write + Send),
    stderr: &mut (dyn Write + Send),
) -> Result<Done, Refused> {
    let ended = native::prepare(&plan.ground)?.run(&plan.job, Streams { stdout, stderr })?;
    Ok(Done { outcome: ended.outcome, workspace: ended.workspace.map(After) })
}

/// How a refusal is told.
pub(super) fn stop(refused: &Refused) -> Stop {
    match refused {
        Refused::Program { .. } => Stop::NotFound(refused.to_string()),
        Refused::Layer { .. } | Refused::Step { .. } => Stop::Refused(refused.to_string()),
    }
}
