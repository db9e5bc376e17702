//! What the process tells its caller: every exit code of every command, in one place.

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
    /// Of a run: the code's own.
    Child(u8),
    /// Of a run: a signal ended the code.
    Signal(u8),
    /// Of a run: the code was ended at a limit.
    Limit,
    /// Of a run: nothing was run, since what was asked for cannot be, or the cell could not be set up as demanded.
    Refused,
    /// Of a run: the gate is shut, or nobody opened it.
    Stopped,
    /// Of a run: there is no such script or interpreter.
    NotFound,
}

impl Exit {
    /// A gate never ends with 1, which some hosts take for a broken gate, and let the code pass. A run ends as `timeout` and
    /// `env` of the GNU core utilities do, and as shells tell of signals.
    pub fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Findings => 1,
            Self::Failed | Self::Shut => 2,
            Self::Ask => 3,
            Self::Child(code) => code,
            Self::Signal(signal) => 128_u8.saturating_add(signal),
            Self::Limit => 124,
            Self::Refused => 125,
            Self::Stopped => 126,
            Self::NotFound => 127,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
