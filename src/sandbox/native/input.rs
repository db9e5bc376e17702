//! Standard input on its way to the code: through a pipe, so that no file and no terminal of the caller's is in the code's hands,
//! to be changed, set up or written to.

use std::os::fd::{AsFd, OwnedFd};
use std::thread;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{FileType, OFlags, fcntl_getfl, fcntl_setfl, fstat};
use rustix::io::{Errno, read, write};

use super::failure::{Failure, at};
use super::spawn;

/// What a pipe with any room at all takes at once (pipe(7), PIPE_BUF).
const PIECE: usize = 4096;

/// What is to be handed in. Nothing of it is read before the code runs: until then, others may want it.
#[derive(Debug)]
pub(super) struct Input {
    from: OwnedFd,
    to: OwnedFd,
}

/// A thread that hands it in, as long as this is there. Nobody waits for it: whoever types may never do so.
#[derive(Debug)]
pub(super) struct HandingIn {
    _going_on: OwnedFd,
}

impl Input {
    /// Ours, with what the code is to read from.
    pub(super) fn open() -> Result<(Self, OwnedFd), Failure> {
        let from = std::io::stdin().as_fd().try_clone_to_owned().map_err(at("open standard input"))?;
        let state = fstat(&from).map_err(at("open standard input"))?;
        if FileType::from_raw_mode(state.st_mode) == FileType::Directory {
            return Err(Failure { step: "hand in standard input".to_owned(), why: "it is a folder".to_owned() });
        }
        let (theirs, to) = spawn::pipe()?;
        let never_wait = fcntl_getfl(&to).and_then(|flags| fcntl_setfl(&to, flags | OFlags::NONBLOCK));
        never_wait.map_err(at("make a pipe"))?;
        Ok((Self { from, to }, theirs))
    }

    pub(super) fn hand_in(self) -> Result<HandingIn, Failure> {
        let (end, going_on) = spawn::pipe()?;
        let work = move || {
            // Whoever does not read on has read enough.
            let _ = self.copy(&end);
        };
        thread::Builder::new().name("input".to_owned()).spawn(work).map_err(at("hand in standard input"))?;
        Ok(HandingIn { _going_on: going_on })
    }

    /// Takes no more than fits into the pipe: what the code does not read is left to whoever comes after it.
    fn copy(&self, end: &OwnedFd) -> Result<(), Errno> {
        let mut buffer = [0; PIECE];
        loop {
            self.wait(&self.to, PollFlags::OUT, end)?;
            self.wait(&self.from, PollFlags::IN, end)?;
            let mut left = match read(&self.from, &mut buffer) {
                Ok(0) => return Ok(()),
                Ok(count) => &buffer[..count],
                Err(Errno::INTR | Errno::AGAIN) => continue,
                Err(error) => return Err(error),
            };
            while !left.is_empty() {
                match write(&self.to, left) {
                    Ok(count) => left = &left[count..],
                    Err(Errno::INTR) => {}
                    Err(Errno::AGAIN) => self.wait(&self.to, PollFlags::OUT, end)?,
                    Err(error) => return Err(error),
                }
            }
        }
    }

    /// Waits for one of the two. Fails where nobody reads the pipe any more, or the run has ended.
    fn wait(&self, one: &OwnedFd, wanted: PollFlags, end: &OwnedFd) -> Result<(), Errno> {
        loop {
            let mut watched = [
                PollFd::new(one, wanted),
                PollFd::new(&self.to, PollFlags::empty()),
                PollFd::new(end, PollFlags::empty()),
            ];
            match poll(&mut watched, None) {
                Ok(_) => {}
                Err(Errno::INTR) => continue,
                Err(error) => return Err(error),
            }
            let [is_ready, is_broken, is_over] = watched.map(|one| !one.revents().is_empty());
            if is_broken || is_over {
                return Err(Errno::PIPE);
            }
            if is_ready {
                return Ok(());
            }
        }
    }
}
