//! Outcomes: what a run in a sandbox came to.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::Serialize;

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
}

/// What was written to a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Stream {
    pub bytes: u64,
    /// Of what was handed on.
    pub sha256: String,
    /// Whether the limit was met, and the rest thrown away.
    pub cut: bool,
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
