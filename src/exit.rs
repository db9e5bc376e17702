//! What the process tells its caller: every exit code of `scan` and the commands beside it, in one place.

use std::process::ExitCode;

/// How a command ended. The output format has no say in it, and a reader that closes the pipe early counts as success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The job was done, and nothing at or above the bar was found.
    Clean = 0,
    /// The job was done, and something at or above the bar was found (or a rule page is not what it claims).
    Findings = 1,
    /// The job could not be done: wrong usage, a broken configuration, a path that does not exist, output that cannot be
    /// written. A file of the scanned tree that cannot be read is a finding, not this.
    Failed = 2,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
