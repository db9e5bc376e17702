//! Cells: what a sandbox grants to the code in it. A policy says so in `[cell]`; every backend enforces the same.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What may be used up, in the units of policy files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Seconds from the start of the script to its end.
    pub wall_s: u64,
    /// Seconds of processor time, of all processes together.
    pub cpu_s: u64,
    /// Of all processes together, with what they keep in files in memory.
    pub memory_mib: u64,
    /// Processes and threads.
    pub processes: u64,
    /// Of each process.
    pub open_files: u64,
    /// Of each file.
    pub file_mib: u64,
    pub workspace_mib: u64,
    /// Files and folders.
    pub workspace_files: u64,
    pub tmp_mib: u64,
    pub tmp_files: u64,
    /// Of standard output, and of standard error.
    pub output_kib: u64,
}

/// What the code sees of the workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Workspace {
    /// Nothing but the script.
    None,
    /// A copy that cannot be written to.
    Read,
    /// A copy that can be written to, and is thrown away after telling what changed.
    Scratch,
    /// The same, of which the changes that the policy allows are copied out in the end.
    Write,
}

/// What stands between the code and the machine. Each is there or not, and where it is not, that is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    UserNamespace,
    MountNamespace,
    PidNamespace,
    NetworkNamespace,
    IpcNamespace,
    UtsNamespace,
    CgroupNamespace,
    TimeNamespace,
    /// An own root with read-only mounts.
    Root,
    /// No capabilities, no new privileges, an unprivileged user.
    Privileges,
    Landlock,
    Seccomp,
    /// Limits of the kernel on each process.
    Rlimits,
    CgroupMemory,
    CgroupProcesses,
    CgroupCpu,
}

/// What a policy grants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    pub limits: Limits,
    pub workspace: Workspace,
    /// Without these nothing is run, unless one is waived by name. The others are used where they are there.
    pub require: Vec<Layer>,
}

impl Limits {
    pub fn wall(&self) -> Duration {
        Duration::from_secs(self.wall_s)
    }

    pub fn cpu(&self) -> Duration {
        Duration::from_secs(self.cpu_s)
    }

    /// In bytes, as the following.
    pub fn memory(&self) -> u64 {
        self.memory_mib << 20
    }

    pub fn file(&self) -> u64 {
        self.file_mib << 20
    }

    pub fn workspace(&self) -> u64 {
        self.workspace_mib << 20
    }

    pub fn tmp(&self) -> u64 {
        self.tmp_mib << 20
    }

    pub fn output(&self) -> u64 {
        self.output_kib << 10
    }
}

impl Layer {
    pub const ALL: [Self; 16] = [
        Self::UserNamespace,
        Self::MountNamespace,
        Self::PidNamespace,
        Self::NetworkNamespace,
        Self::IpcNamespace,
        Self::UtsNamespace,
        Self::CgroupNamespace,
        Self::TimeNamespace,
        Self::Root,
        Self::Privileges,
        Self::Landlock,
        Self::Seccomp,
        Self::Rlimits,
        Self::CgroupMemory,
        Self::CgroupProcesses,
        Self::CgroupCpu,
    ];

    /// As policies and users write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::UserNamespace => "user-namespace",
            Self::MountNamespace => "mount-namespace",
            Self::PidNamespace => "pid-namespace",
            Self::NetworkNamespace => "network-namespace",
            Self::IpcNamespace => "ipc-namespace",
            Self::UtsNamespace => "uts-namespace",
            Self::CgroupNamespace => "cgroup-namespace",
            Self::TimeNamespace => "time-namespace",
            Self::Root => "root",
            Self::Privileges => "privileges",
            Self::Landlock => "landlock",
            Self::Seccomp => "seccomp",
            Self::Rlimits => "rlimits",
            Self::CgroupMemory => "cgroup-memory",
            Self::CgroupProcesses => "cgroup-processes",
            Self::CgroupCpu => "cgroup-cpu",
        }
    }
}
