//! The sandbox: runs code in a cell, and fails closed. Each backend takes the same job and gives the same outcome.

#[cfg(target_os = "linux")]
pub mod docker;

use std::error::Error;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use crate::cell::{Cell, Layer};

/// What is to be run. Everything in it was read before: the sandbox opens no file of the workspace.
#[derive(Debug)]
pub struct Job {
    pub cell: Cell,
    /// The interpreter as it is called inside (`/usr/bin/python3`), and what it is told before the script.
    pub interpreter: Vec<OsString>,
    /// Where the script stands inside, absolute: in `/workspace` among the files below, or alone in `/script`.
    pub script: PathBuf,
    pub script_bytes: Vec<u8>,
    pub arguments: Vec<OsString>,
    /// What lies in `/workspace`.
    pub files: Vec<Laid>,
    pub environment: Vec<(OsString, OsString)>,
    pub stdin: Stdin,
    pub root: Root,
    /// A virtual environment of the host, mounted read-only at its own path.
    pub virtual_environment: Option<PathBuf>,
    /// Layers that the user does without.
    pub waived: Vec<Layer>,
}

/// A file of the workspace.
#[derive(Debug)]
pub struct Laid {
    /// Below `/workspace`, without `..`.
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
#[derive(Debug)]
pub enum Root {
    /// `/usr` of the host, read-only.
    Host,
    /// A tree that holds a whole system.
    Folder(PathBuf),
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

impl Refused {
    pub(crate) fn step(step: &str, why: &str) -> Self {
        Self::Step { step: step.to_owned(), why: why.to_owned() }
    }

    pub fn why(&self) -> &str {
        match self {
            Self::Layer { why, .. } | Self::Program { why, .. } | Self::Step { why, .. } => why,
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Layer { layer, why } => write!(out, "the sandbox has no {}: {why}", layer.name()),
            Self::Program { path, why } => write!(out, "{} cannot be started in the sandbox: {why}", path.display()),
            Self::Step { step, why } => write!(out, "the sandbox cannot be set up: {step}: {why}"),
        }
    }
}

impl Error for Refused {}
