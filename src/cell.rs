//! Cells: what a sandbox grants to the code in it. A policy says so in `[cell]`; every backend enforces the same.

mod keys;
pub mod variable;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use keys::{CellKeys, Within};

/// What may be used up, in the units of policy files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
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
    /// What may go out to the hosts that the user allows by name.
    pub upload_mib: u64,
}

/// What the code sees of the workspace, from the least to the most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Workspace {
    /// Nothing but the script.
    #[default]
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

/// What becomes of a file of the workspace that Python could import and that the gate does not allow. What the script is known
/// to import is judged with the script, and stops it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Unfit {
    /// Nothing is run.
    #[default]
    Refuse,
    /// It is left out of the cell.
    Withhold,
}

/// What a policy grants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    pub limits: Limits,
    /// The most that the code may see of it.
    pub workspace: Workspace,
    pub unfit: Unfit,
    /// What may be copied out of a workspace that can be written to, as patterns in the syntax of gitignore.
    pub copy_out: Vec<String>,
    /// Variables of the caller's environment that are handed in where they are set.
    pub environment: Vec<String>,
    /// Whether the user may allow hosts by name, which the code reaches through a proxy.
    pub allow_net: bool,
    /// Whether the interpreter tells what the code does: it says so itself, and the code may put words into its mouth.
    pub events: bool,
    /// Without these nothing is run, unless one is waived by name. The others are used where they are there.
    pub require: Vec<Layer>,
}

impl Cell {
    /// As little as can be granted: where a policy says nothing.
    pub fn least() -> Self {
        let limits = Limits {
            wall_s: 1,
            cpu_s: 1,
            memory_mib: 16,
            processes: 1,
            open_files: 16,
            file_mib: 1,
            workspace_mib: 1,
            workspace_files: 16,
            tmp_mib: 1,
            tmp_files: 16,
            output_kib: 1,
            upload_mib: 1,
        };
        Self {
            limits,
            workspace: Workspace::default(),
            unfit: Unfit::default(),
            copy_out: Vec::new(),
            environment: Vec::new(),
            allow_net: false,
            events: false,
            require: Layer::ALL.to_vec(),
        }
    }
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

    pub fn upload(&self) -> u64 {
        self.upload_mib << 20
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

    /// What holds code apart from the machine by showing it another one. Whoever does without the first of them does without all:
    /// none of the others can be had then.
    pub const NAMESPACES: [Self; 9] = [
        Self::UserNamespace,
        Self::MountNamespace,
        Self::PidNamespace,
        Self::NetworkNamespace,
        Self::IpcNamespace,
        Self::UtsNamespace,
        Self::CgroupNamespace,
        Self::TimeNamespace,
        Self::Root,
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
