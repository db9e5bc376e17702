//! Outcomes: what a run in a sandbox came to.

use std::collections::BTreeMap;
use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::cell::Layer;

/// What code did in its cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Outcome {
    pub end: End,
    pub wall_ms: u64,
    /// Processor time of all its processes; null where nothing measured it.
    pub user_ms: Option<u64>,
    pub system_ms: Option<u64>,
    /// Of all processes together where a cgroup measures it, else of the largest one; null where nothing does.
    pub peak_memory: Option<u64>,
    pub peak_processes: Option<u64>,
    pub stdout: Stream,
    pub stderr: Stream,
    /// System calls that were refused, each kind once with how often.
    pub violations: Vec<Violation>,
    /// What the code asked the network for, in the order of asking.
    pub requests: Vec<Request>,
    /// What the interpreter said of itself; null where it was not asked.
    pub self_reported: Option<Reported>,
    pub layers: Vec<LayerState>,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "value")]
pub enum End {
    /// By itself, with this code.
    Exit(u8),
    Signal(u8),
    /// It was ended at this limit.
    Limit(Limit),
    /// Nobody can tell: what ran it lost sight of it, and ended what may have been left.
    Lost,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Limit {
    Wall,
    Cpu,
    Memory,
    Output,
    /// Of one file (SIGXFSZ).
    File,
    /// Of all files in the workspace or in the folder for temporary ones, where no file system of their own bounds them.
    Files,
}

/// What was written to a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Stream {
    pub bytes: u64,
    /// Of what was handed on.
    pub sha256: String,
    /// Whether the limit was met, and the rest thrown away.
    pub cut: bool,
    /// Whether not all of it could be handed on: the disk is full, or whoever reads does not go on.
    pub lost: bool,
}

/// A system call that the filter refused.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Violation {
    /// Its name, or its number where it has none here.
    pub call: String,
    pub count: u64,
}

/// What code in a cell asked the network for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Request {
    pub host: String,
    pub port: u16,
    /// Where the connection went; null where there was none.
    pub address: Option<IpAddr>,
    /// Why it was refused or cut; null where nobody minded.
    pub refusal: Option<String>,
    pub sent_bytes: u64,
    pub received_bytes: u64,
}

/// What an interpreter says that the code did in it. Nothing holds it to the truth: the code may forge it, or silence it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Reported {
    /// Whether it said that it listens: without a word, nothing is known.
    pub begun: bool,
    /// How often each kind of thing is said to have happened, as far as it was kept.
    pub counts: BTreeMap<Happening, u64>,
    /// How much was said that is not kept: too much of it, too long, or not in the words that were agreed on.
    pub lost: u64,
    /// Records of a run hold the numbers alone.
    #[serde(skip)]
    pub events: Vec<Event>,
}

/// Something that is said to have happened, each once with how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub kind: Happening,
    /// The interpreter's own name for it: `socket.connect`.
    pub by: String,
    /// As the code has it, in bounds but otherwise as it came.
    pub target: Option<String>,
    /// The file inside, and the line, of the script or of a module beside it; none where no such one was at work.
    pub place: Option<(String, Option<u32>)>,
    pub count: u64,
}

/// What may be said to have happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Happening {
    /// Of a module that was not loaded yet.
    Import,
    /// A file or a folder.
    Read,
    Write,
    Delete,
    ChangeMode,
    Connect,
    /// The name of a host.
    Resolve,
    Listen,
    /// A process, or a program in the place of this one.
    Spawn,
    /// Code out of a text or a stream.
    Code,
    NativeCode,
    Signal,
    /// A variable that is set or taken away.
    Environment,
}

/// Whether a layer held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LayerState {
    pub layer: Layer,
    pub present: bool,
    /// Whether it is missing with the user's leave.
    pub waived: bool,
    /// Why it is missing, or what it is made of (`Landlock ABI 7`).
    pub detail: String,
}
