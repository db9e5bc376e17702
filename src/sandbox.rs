//! The sandbox: runs code in a cell, and fails closed. Each backend takes the same job and gives the same outcome.

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

/// Why nothing was run: the step or layer that failed, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub step: String,
    pub why: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.step, self.why)
    }
}

impl Error for Refused {}

pub(crate) fn refused(step: &str, why: &str) -> Refused {
    Refused { step: step.to_owned(), why: why.to_owned() }
}
