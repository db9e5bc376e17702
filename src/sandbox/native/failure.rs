//! Steps of the set-up that failed, in the words in which they are told.

use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use crate::sandbox::Refused;

/// A step, and the kernel's answer to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Failure {
    pub(super) step: String,
    pub(super) why: String,
}

/// Names the step that an error comes from.
pub(super) fn at<E: std::fmt::Display>(step: impl Into<String>) -> impl FnOnce(E) -> Failure {
    let step = step.into();
    move |error| Failure { step, why: error.to_string() }
}

/// The error that the C library left.
pub(super) fn last_error() -> Errno {
    Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::IO)
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self::Step { step: failure.step, why: failure.why }
    }
}

impl Failure {
    /// What a failure to start the interpreter means.
    pub(super) fn into_program(self) -> Refused {
        let path = self.step.strip_prefix("start ").unwrap_or(&self.step).into();
        Refused::Program { path, why: self.why }
    }
}
