//! What code in a cell writes, handed on as it comes, and never at the price of waiting for long.

use std::io;
use std::os::fd::AsFd;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// A stream of ours. Where there is no room in it for a moment, writing to it says so (`WouldBlock`).
pub(super) struct Handed<D>(pub(super) D);

/// Standard output and standard error.
pub(super) fn streams() -> (Handed<io::Stdout>, Handed<io::Stderr>) {
    (Handed(io::stdout()), Handed(io::stderr()))
}

impl<D: AsFd> io::Write for Handed<D> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        const PATIENCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };
        /// For so many there is room in a pipe that has room (PIPE_BUF: pipe(7)).
        const AT_ONCE: usize = 4096;
        let mut stream = [PollFd::new(&self.0, PollFlags::OUT)];
        if poll(&mut stream, Some(&PATIENCE))? == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        Ok(rustix::io::write(&self.0, &bytes[..bytes.len().min(AT_ONCE)])?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
