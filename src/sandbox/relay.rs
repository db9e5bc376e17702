//! The code's streams on their way to ours: counted, and cut at the limit.

use std::io::{self, Read, Write};

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
    /// Whether whoever reads from us still does.
    is_read: bool,
    pub(super) has_ended: bool,
}

impl<'a, R: Read> Relay<'a, R> {
    pub(super) fn new(from: R, to: &'a mut dyn Write, limit: u64) -> Self {
        let (stream, hasher) = (Stream::default(), Sha256::new());
        Self { from, to, limit, stream, hasher, is_read: true, has_ended: false }
    }

    /// Hands on what is there: once, or until the end, as the source blocks or not. Gives whether the limit was met.
    pub(super) fn pump(&mut self) -> bool {
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

    /// The rest, which nobody writes to any more.
    pub(super) fn finish(mut self) -> Stream {
        while !self.has_ended && !self.stream.cut {
            let before = self.stream.bytes;
            self.pump();
            if self.stream.bytes == before {
                break;
            }
        }
        self.stream.sha256 = format!("{:x}", self.hasher.finalize());
        self.stream
    }

    fn hand_on(&mut self, bytes: &[u8]) {
        let left = usize::try_from(self.limit - self.stream.bytes).unwrap_or(usize::MAX);
        let kept = &bytes[..bytes.len().min(left)];
        self.stream.cut |= kept.len() < bytes.len();
        self.stream.bytes += kept.len() as u64;
        self.hasher.update(kept);
        // Whoever reads us may have seen enough; the code still runs to its end.
        self.is_read = self.is_read && self.to.write_all(kept).and_then(|()| self.to.flush()).is_ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
