//! What the process tells its caller: every exit code of `scan` and the commands beside it, in one place.

use std::process::ExitCode;

/// How a command ended. The output format has no say in it, and a reader that closes the pipe early counts as success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The job was done, and nothing at or above the bar was found.
    Clean,
    /// The job was done, and something at or above the bar was found (or a rule page is not what it claims).
    Findings,
    /// The job could not be done: wrong usage, a broken configuration, a path that does not exist, output that cannot be
    /// written. A file of the scanned tree that cannot be read is a finding, not this.
    Failed,
    /// Of a gate: the code may not run, or that could not be decided.
    Shut,
    /// Of a gate: somebody is to be asked.
    Ask,
}

impl Exit {
    /// A gate never ends with 1, which some hosts take for a broken gate, and let the code pass.
    pub fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Findings => 1,
            Self::Failed | Self::Shut => 2,
            Self::Ask => 3,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
