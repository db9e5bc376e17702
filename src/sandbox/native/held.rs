//! Signals to us that mean the code.

use std::os::fd::{AsFd, OwnedFd};

use super::call;
use super::failure::at;
use super::watch::HANDED_ON;
use crate::sandbox::Refused;

/// They are kept from ending us: from before there are threads to which they could come, until what
/// became of the code is told.
#[derive(Debug)]
pub struct Held(OwnedFd);

impl Held {
    pub fn new() -> Result<Self, Refused> {
        Ok(Self(call::signals(&HANDED_ON).map_err(at("watch for signals"))?))
    }

    /// Whether one came that nobody has heard yet.
    pub fn came(&self) -> bool {
        call::next_signal(self.0.as_fd()).is_some()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        call::unblock(&HANDED_ON);
    }
}
