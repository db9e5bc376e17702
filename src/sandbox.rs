//! The sandbox: runs code in a cell, and fails closed. Each backend takes the same job and gives the same outcome.
//!
//! What is known before the code is judged (the [`Ground`]) is apart from what is run in the end (the [`Job`]), so that a
//! backend can set its cell up while the gate still reads.

#[cfg(target_os = "linux")]
pub mod docker;
#[cfg(target_os = "linux")]
mod filter;
#[cfg(target_os = "linux")]
mod hearsay;
#[cfg(target_os = "linux")]
pub mod native;
#[cfg(target_os = "linux")]
mod relay;
#[cfg(target_os = "linux")]
mod syscall;

use std::error::Error;
use std::ffi::OsString;
use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::cell::{Cell, Layer};
use crate::destination::Destination;
use crate::outcome::Outcome;

/// What a cell is made of, whatever runs in it.
#[derive(Debug)]
pub struct Ground {
    pub cell: Cell,
    pub root: Root,
    /// A virtual environment of the host, mounted read-only at its own path.
    pub virtual_environment: Option<PathBuf>,
    pub stdin: Stdin,
    /// Hosts that the code may ask for, where it may.
    pub hosts: Vec<Destination>,
    /// Layers that the user does without.
    pub waived: Vec<Layer>,
    /// This program, which starts itself once more to be the first process of the cell: [`Ground::THIS_PROGRAM`].
    pub program: PathBuf,
}

/// What is to be run. Everything in it was read before: the sandbox opens no file of the workspace.
#[derive(Debug)]
pub struct Job {
    /// The interpreter as it is called inside (`/usr/bin/python3`), and what it is told before the script.
    pub interpreter: Vec<OsString>,
    /// Where the script stands inside, absolute: in `/workspace` among the files below, or alone in `/script`.
    pub script: PathBuf,
    pub script_bytes: Vec<u8>,
    pub arguments: Vec<OsString>,
    /// What lies in `/workspace`.
    pub files: Vec<Laid>,
    /// The folders there, empty ones too.
    pub folders: Vec<PathBuf>,
    /// What lies in `/input`, which cannot be written to.
    pub inputs: Vec<Laid>,
    pub environment: Vec<(OsString, OsString)>,
}

/// A file of the workspace.
#[derive(Debug)]
pub struct Laid {
    /// Below `/workspace` or `/input`, without `..`.
    pub path: PathBuf,
    pub bytes: Vec<u8>,
    pub executable: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stdin {
    Nothing,
    /// What that of this process says, and not the file or terminal itself.
    Inherit,
}

/// Where the programs inside come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Root {
    /// `/usr` of the host, read-only.
    Host,
    /// A tree that holds a whole system.
    Folder(PathBuf),
}

/// Where what the code writes goes to.
pub struct Streams<'a> {
    pub stdout: &'a mut (dyn Write + Send),
    pub stderr: &'a mut (dyn Write + Send),
}

/// A run that took place.
#[derive(Debug)]
pub struct Ended {
    pub outcome: Outcome,
    /// What then lay in a workspace that could be written to, or why that cannot be read.
    pub workspace: Option<io::Result<Tree>>,
    /// What else went wrong after the code had begun.
    pub trouble: Vec<String>,
}

/// A workspace, as its backend keeps it.
#[derive(Debug)]
pub enum Tree {
    #[cfg(target_os = "linux")]
    Native(native::Tree),
    #[cfg(target_os = "linux")]
    Container(docker::Archive),
}

#[cfg(target_os = "linux")]
impl Tree {
    /// All that lies in it, in the order of paths. Fails where its files are of more bytes together.
    pub fn entries(&self, most: u64) -> io::Result<Vec<Entry>> {
        match self {
            Self::Native(tree) => tree.entries(most),
            Self::Container(archive) => {
                let sizes = archive.entries().iter().map(|entry| match entry.kind {
                    EntryKind::File { bytes, .. } => bytes,
                    _ => 0,
                });
                match sizes.fold(0, u64::saturating_add) > most {
                    true => Err(Entry::too_much(most)),
                    false => Ok(archive.entries().to_vec()),
                }
            }
        }
    }

    /// What a file in it holds; nothing where there is no such file.
    pub fn bytes(&self, path: &Path) -> io::Result<Option<Vec<u8>>> {
        match self {
            Self::Native(tree) => match tree.read(path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                read => read.map(Some),
            },
            Self::Container(archive) => archive.bytes(path),
        }
    }
}

/// Why nothing was run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// Layers that the cell requires are not there.
    Layers(Vec<Absent>),
    /// There is no such interpreter inside.
    Program { path: PathBuf, why: String },
    /// A step of the set-up failed.
    Step { step: String, why: String },
}

/// A layer that is not there, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absent {
    pub layer: Layer,
    pub why: String,
}

impl Refused {
    pub(crate) fn step(step: &str, why: &str) -> Self {
        Self::Step { step: step.to_owned(), why: why.to_owned() }
    }

    pub fn why(&self) -> &str {
        match self {
            Self::Layers(absent) => absent.first().map_or("", |absent| &absent.why),
            Self::Program { why, .. } | Self::Step { why, .. } => why,
        }
    }
}

impl Error for Refused {}

impl Refused {
    /// What failed, without a word on what that means for the run.
    pub(crate) fn cause(&self) -> String {
        match self {
            Self::Step { step, why } => format!("{step}: {why}"),
            other => other.why().to_owned(),
        }
    }
}

impl Ground {
    pub const THIS_PROGRAM: &str = "/proc/self/exe";
}

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Layers(absent) => {
                let each: Vec<_> =
                    absent.iter().map(|Absent { layer, why }| format!("no {}: {why}", layer.name())).collect();
                write!(out, "the sandbox has {}", each.join("; "))
            }
            Self::Program { path, why } => write!(out, "{} cannot be started in the sandbox: {why}", path.display()),
            Self::Step { step, why } => write!(out, "the sandbox cannot be set up: {step}: {why}"),
        }
    }
}

/// Something that lies in the workspace in the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Below `/workspace`.
    pub path: PathBuf,
    pub kind: EntryKind,
}

#[cfg(target_os = "linux")]
impl Entry {
    fn too_much(most: u64) -> io::Error {
        io::Error::other(format!(
            "its files come to more than {} MiB, holes in them counted (`workspace-mib`)",
            most >> 20
        ))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryKind {
    Folder,
    File {
        bytes: u64,
        sha256: String,
        executable: bool,
    },
    Link,
    /// A pipe, a socket, a device.
    Other,
}
