//! The sandbox: runs code in a cell, and fails closed. Each backend takes the same job and gives the same outcome.
//!
//! What is known before the code is judged (the [`Ground`]) is apart from what is run in the end (the [`Job`]), so that a
//! backend can set its cell up while the gate still reads.

use std::ffi::OsString;
use std::fmt;
use std::io::Write;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::cell::{Cell, Layer};
use crate::outcome::Outcome;

/// What a cell is made of, whatever runs in it.
#[derive(Debug)]
pub struct Ground {
    pub cell: Cell,
    pub root: Root,
    /// A virtual environment of the host, mounted read-only at its own path.
    pub virtual_environment: Option<PathBuf>,
    pub stdin: Stdin,
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
    /// That of this process.
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
    pub stdout: &'a mut dyn Write,
    pub stderr: &'a mut dyn Write,
}

/// A run that took place.
#[derive(Debug)]
pub struct Ended {
    pub outcome: Outcome,
}

/// Why nothing was run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// A layer that the cell requires is not there.
    Layer { layer: Layer, why: String },
    /// There is no such interpreter inside.
    Program { path: PathBuf, why: String },
    /// A step of the set-up failed.
    Step { step: String, why: String },
}

impl Ground {
    pub const THIS_PROGRAM: &str = "/proc/self/exe";
}

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Layer { layer, why } => write!(out, "the sandbox has no {}: {why}", layer.name()),
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
