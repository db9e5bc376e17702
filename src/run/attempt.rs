//! What code tried and the sandbox refused, beside what the gate had read that it would do.

use schemars::JsonSchema;
use serde::Serialize;

use crate::gate::Manifest;
use crate::outcome::Violation;

/// A refused system call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Attempt {
    pub call: String,
    pub count: u64,
    /// Whether the manifest tells of something that needs this call; null where that cannot be told from the call.
    pub foreseen: Option<bool>,
}

/// Calls that only connections need.
const NETWORK: [&str; 13] = [
    "accept",
    "accept4",
    "bind",
    "connect",
    "getpeername",
    "listen",
    "recvmmsg",
    "recvmsg",
    "sendmmsg",
    "sendmsg",
    "sendto",
    "setsockopt",
    "socket",
];
/// Calls that only other programs need.
const PROCESSES: [&str; 4] = ["execve", "execveat", "fork", "vfork"];

impl Attempt {
    pub(super) fn of(violation: &Violation, manifest: &Manifest) -> Self {
        let Violation { call, count } = violation;
        let is_one_of = |calls: &[&str]| calls.contains(&call.as_str());
        let foreseen = match () {
            () if is_one_of(&NETWORK) => Some(!manifest.hosts.is_empty()),
            () if is_one_of(&PROCESSES) => Some(!manifest.processes.is_empty()),
            () => None,
        };
        Self { call: call.clone(), count: *count, foreseen }
    }
}
