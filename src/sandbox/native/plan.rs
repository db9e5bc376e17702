//! What supervisor and cell say to each other.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::failure::Failure;
use crate::cell::{Layer, Limits, Workspace};
use crate::sandbox::Root;

/// The user and the group that the code has inside.
pub(super) const INSIDE: u32 = 1000;
/// What they are outside where the supervisor is root: nobody.
pub(super) const NOBODY: u32 = 65534;

/// First: how to set up. Descriptors come along: of standard input where the code is to read it, and of the files by which
/// control groups are joined.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Plan {
    /// Whether the supervisor is root: groups are left and the user is changed.
    pub(super) from_root: bool,
    pub(super) reads: bool,
    pub(super) limits: Limits,
    pub(super) workspace: Workspace,
    pub(super) root: Root,
    pub(super) virtual_environment: Option<PathBuf>,
    /// Whether the code may ask for hosts: then a socket listens for it, and is handed out with the answer.
    pub(super) asks_for_hosts: bool,
    /// What the supervisor made or left to the cell: all others are not there.
    pub(super) layers: Vec<Layer>,
    /// What the cell may do without.
    pub(super) optional: Vec<Layer>,
}

/// Second, when the code was judged: what to run. The bytes of the files follow, in their order.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Start {
    pub(super) command: Vec<OsString>,
    pub(super) environment: Vec<(OsString, OsString)>,
    pub(super) folders: Vec<PathBuf>,
    pub(super) files: Vec<Announced>,
}

/// A file whose bytes follow.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Announced {
    /// From the root of the cell on.
    pub(super) path: PathBuf,
    pub(super) length: u64,
    pub(super) executable: bool,
}

/// What the cell answers.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Answer {
    /// To the plan, with what each of its own layers is made of, or why it is not there. Descriptors come along: of `/tmp`,
    /// of the socket for hosts where the plan asks for one, and of the workspace where there is one.
    Ready { layers: Vec<Made> },
    /// To the start: next comes the code. The descriptor for its refused calls comes along where there is a filter.
    Starting,
    /// In place of any other.
    Failed(Failure),
    /// After `Starting`: the interpreter could not be started.
    NotStarted(Failure),
    /// The code ended, with this status of `wait`, and nothing of it is left.
    Ended { status: i32, usage: Usage },
}

/// What all processes of the code used.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Usage {
    pub(super) user: Duration,
    pub(super) system: Duration,
    /// Of the one that had the most, in bytes.
    pub(super) memory: u64,
}

/// A layer that was made, and what it is made of; or why it was not.
pub(super) type Made = (Layer, Result<String, String>);

impl Plan {
    pub(super) fn has(&self, layer: Layer) -> bool {
        self.layers.contains(&layer)
    }
}
