//! The code's streams on their way to ours: counted, and cut at the limit.

use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use crate::outcome::Stream;

/// One stream.
pub(super) struct Relay<'a, R> {
    pub(super) from: R,
    to: &'a mut dyn Write,
    /// In bytes.
    limit: u64,
    stream: Stream,
    hasher: Sha256,
    /// What was read and is not handed on yet: nothing more is read before it is.
    waiting: Vec<u8>,
    /// Whether whoever reads from us still does.
    is_read: bool,
    pub(super) has_ended: bool,
}

impl<'a, R: Read> Relay<'a, R> {
    pub(super) fn new(from: R, to: &'a mut dyn Write, limit: u64) -> Self {
        let (stream, hasher) = (Stream::default(), Sha256::new());
        Self { from, to, limit, stream, hasher, waiting: Vec::new(), is_read: true, has_ended: false }
    }

    /// Hands on what is there, once. Gives whether the limit was met.
    pub(super) fn pump(&mut self) -> bool {
        self.push();
        if !self.waiting.is_empty() {
            return self.stream.cut;
        }
        let mut buffer = [0; 64 << 10];
        loop {
            match self.from.read(&mut buffer) {
                Ok(0) => self.has_ended = true,
                Ok(count) => self.hand_on(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => self.has_ended = true,
            }
            return self.stream.cut;
        }
    }

    /// Throws away what nobody takes.
    pub(super) fn give_up(&mut self) {
        self.stream.lost |= !self.waiting.is_empty();
        self.is_read &= self.waiting.is_empty();
        self.waiting.clear();
    }

    /// The rest, which nobody writes to any more. Whoever reads from us and does not is waited for no longer than this.
    pub(super) fn finish(mut self) -> Stream {
        const PATIENCE: Duration = Duration::from_secs(1);
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            let before = (self.stream.bytes, self.waiting.len());
            if self.has_ended || self.stream.cut {
                self.push();
            } else {
                self.pump();
            }
            if self.waiting.is_empty() && (self.stream.bytes, 0) == before {
                break;
            }
        }
        self.give_up();
        self.stream.sha256 = format!("{:x}", self.hasher.finalize());
        self.stream
    }

    fn hand_on(&mut self, bytes: &[u8]) {
        let left = usize::try_from(self.limit - self.stream.bytes).unwrap_or(usize::MAX);
        let kept = &bytes[..bytes.len().min(left)];
        self.stream.cut |= kept.len() < bytes.len();
        self.stream.bytes += kept.len() as u64;
        self.hasher.update(kept);
        if self.is_read {
            self.waiting.extend_from_slice(kept);
            self.push();
        }
    }

    /// Hands on what waits, as far as there is room for it.
    fn push(&mut self) {
        while !self.waiting.is_empty() {
            match self.to.write(&self.waiting) {
                Ok(count @ 1..) => drop(self.waiting.drain(..count)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                failed => {
                    // Whoever reads us may have seen enough; the code still runs to its end.
                    self.stream.lost |= failed.err().map(|error| error.kind()) != Some(io::ErrorKind::BrokenPipe);
                    self.is_read = false;
                    self.waiting.clear();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes a few bytes, and then no more.
    struct Stalled(Vec<u8>);

    impl Write for Stalled {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.0.len() >= 3 {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            self.0.push(bytes[0]);
            Ok(1)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn nobody_waits_long_for_who_does_not_read() {
        let mut to = Stalled(Vec::new());
        let mut relay = Relay::new(&b"abcde"[..], &mut to, 100);
        for _ in 0..3 {
            relay.pump();
        }
        let stream = relay.finish();
        assert_eq!((stream.bytes, stream.cut, stream.lost, to.0.as_slice()), (5, false, true, &b"abc"[..]));
    }

    #[test]
    fn what_is_beyond_the_limit_is_cut() {
        for (limit, kept, cut) in [(0, "", true), (3, "abc", true), (5, "abcde", false), (9, "abcde", false)] {
            let mut to = Vec::new();
            let mut relay = Relay::new(&b"abcde"[..], &mut to, limit);
            while !relay.has_ended && !relay.pump() {}
            let stream = relay.finish();
            assert_eq!((stream.bytes, stream.cut), (kept.len() as u64, cut), "{limit}");
            assert_eq!(stream.sha256, format!("{:x}", Sha256::digest(kept)));
            assert_eq!(to, kept.as_bytes());
        }
    }
}
