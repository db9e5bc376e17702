//! What supervisor and cell say to each other.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::failure::Failure;
use crate::cell::{Layer, Limits, Workspace};
use crate::sandbox::{Job, Laid, Root, hearsay};

/// The user and the group that the code has inside.
pub(super) const INSIDE: u32 = 1000;
/// What they are outside where the supervisor is root: nobody.
pub(super) const NOBODY: u32 = 65534;

/// First: how to set up. Descriptors come along: of a pipe where the code is to read standard input, of a pipe where its interpreter
/// is to tell what it does, and of the files by which control groups are joined.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Plan {
    /// Whether the supervisor is root: groups are left and the user is changed.
    pub(super) from_root: bool,
    pub(super) reads: bool,
    /// Whether the interpreter is to tell what the code does.
    pub(super) tells: bool,
    pub(super) limits: Limits,
    pub(super) workspace: Workspace,
    pub(super) root: Root,
    pub(super) virtual_environment: Option<PathBuf>,
    /// Where the cell stands on the host if it has no namespaces, and so no root of its own. Its descriptor comes along after
    /// that of standard input.
    pub(super) folder: Option<PathBuf>,
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
    /// Paths of Linux are any bytes, and serde takes those of a `PathBuf` for text.
    pub(super) folders: Vec<OsString>,
    pub(super) files: Vec<Announced>,
}

/// A file whose bytes follow.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Announced {
    /// From the root of the cell on.
    pub(super) path: OsString,
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

/// Where something of the inside stands for whoever looks from this root: it is the host's where the cell has a folder.
pub(super) fn standing(folder: Option<&Path>, inside: &Path) -> PathBuf {
    match folder {
        Some(folder) => folder.join(inside.strip_prefix("/").unwrap_or(inside)),
        None => inside.to_owned(),
    }
}

impl Plan {
    /// Where something of the inside stands.
    pub(super) fn at(&self, inside: &str) -> PathBuf {
        standing(self.folder.as_deref(), Path::new(inside))
    }

    pub(super) fn has(&self, layer: Layer) -> bool {
        self.layers.contains(&layer)
    }
}

/// Variables that name places of the inside.
const PLACES: [&str; 2] = ["HOME", "TMPDIR"];
/// By these a script finds in a cell without a root what it is told to find in `/workspace` and `/input`.
const TOLD: [(&str, &str); 2] = [("PORTCULLIS_INPUT", INPUT), ("PORTCULLIS_WORKSPACE", WORKSPACE)];
const WORKSPACE: &str = "/workspace";
const INPUT: &str = "/input";

impl Start {
    /// What is to be said of a job to a cell that stands in this folder, if in any.
    pub(super) fn new(job: &Job, folder: Option<&Path>, tells: bool) -> Self {
        let announced = |above: &str, file: &Laid| Announced {
            path: Path::new(above).join(&file.path).into_os_string(),
            length: file.bytes.len() as u64,
            executable: file.executable,
        };
        let script = Announced {
            path: job.script.clone().into_os_string(),
            length: job.script_bytes.len() as u64,
            executable: false,
        };
        let files = std::iter::once(script)
            .chain(beside(job).map(|file| announced(WORKSPACE, file)))
            .chain(job.inputs.iter().map(|file| announced(INPUT, file)))
            .collect();
        let script = standing(folder, &job.script).into_os_string();
        let first = hearsay::first(tells);
        let command = job.interpreter.iter().chain(&first).chain([&script]).chain(&job.arguments).cloned().collect();
        let mut environment = job.environment.clone();
        for (_, value) in environment.iter_mut().filter(|(name, _)| PLACES.iter().any(|place| name == place)) {
            *value = standing(folder, Path::new(value)).into_os_string();
        }
        let told = TOLD.iter().filter(|_| folder.is_some());
        environment
            .extend(told.map(|(name, place)| (name.into(), standing(folder, Path::new(place)).into_os_string())));
        Self { command, environment, folders: folders(job).into_iter().map(Into::into).collect(), files }
    }
}

/// The bytes of the files of a job, in the order in which they are announced.
pub(super) fn contents(job: &Job) -> impl Iterator<Item = &[u8]> {
    let beside = beside(job).chain(&job.inputs).map(|file| file.bytes.as_slice());
    std::iter::once(job.script_bytes.as_slice()).chain(beside)
}

/// The files of the workspace but the script, which may be one of them.
fn beside(job: &Job) -> impl Iterator<Item = &Laid> {
    job.files.iter().filter(|file| Path::new(WORKSPACE).join(&file.path) != job.script)
}

/// The folders of a job, those above others first.
fn folders(job: &Job) -> Vec<PathBuf> {
    let mut folders: Vec<_> = job.folders.iter().map(|folder| Path::new(WORKSPACE).join(folder)).collect();
    let files = job.files.iter().map(|file| Path::new(WORKSPACE).join(&file.path));
    let files =
        files.chain(job.inputs.iter().map(|file| Path::new(INPUT).join(&file.path))).chain([job.script.clone()]);
    for file in files {
        let above = file.ancestors().skip(1).filter(|above| above.components().count() > 2).map(Path::to_owned);
        folders.extend(above);
    }
    folders.sort();
    folders.dedup();
    folders
}
