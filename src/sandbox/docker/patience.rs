//! How long an engine may be silent. The programs of a daemon that hangs wait for it without end, and we do not wait for them.

use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::process::{Child, ExitStatus, Output};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

/// How often to look after a program that has said all.
const STEP: Duration = Duration::from_millis(1);
/// What a pipe takes at once where it takes anything: PIPE_BUF of pipe(7).
const PIECE: usize = 4096;

/// One end of a pipe whose other end may be silent for so long.
pub(super) struct Patient<F> {
    pub end: F,
    pub patience: Duration,
}

impl<F: Read + AsFd> Read for Patient<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        wait(&mut [PollFd::new(&self.end, PollFlags::IN)], self.patience)?;
        self.end.read(buffer)
    }
}

impl<F: Write + AsFd> Write for Patient<F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        wait(&mut [PollFd::new(&self.end, PollFlags::OUT)], self.patience)?;
        self.end.write(bytes.get(..PIECE).unwrap_or(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.end.flush()
    }
}

/// Waits until there is something to be read or written.
fn wait(watched: &mut [PollFd<'_>], patience: Duration) -> io::Result<()> {
    let until = Instant::now() + patience;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let left = Timespec { tv_sec: left.as_secs().cast_signed(), tv_nsec: left.subsec_nanos().into() };
        match poll(watched, Some(&left)) {
            Ok(0) => return Err(too_long(patience)),
            Err(Errno::INTR) => {}
            done => return Ok(done.map(drop)?),
        }
    }
}

/// All that a program says, once it has ended. One that takes too long is ended.
pub(super) fn output(mut child: Child, patience: Duration) -> io::Result<Output> {
    let until = Instant::now() + patience;
    drop(child.stdin.take());
    let mut streams: Vec<_> = child.stdout.take().map(|end| (OwnedFd::from(end), false)).into_iter().collect();
    streams.extend(child.stderr.take().map(|end| (OwnedFd::from(end), true)));
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    while !streams.is_empty() {
        let mut watched: Vec<_> = streams.iter().map(|(end, _)| PollFd::new(end, PollFlags::IN)).collect();
        let waited = wait(&mut watched, until.saturating_duration_since(Instant::now()));
        let is_ready: Vec<_> = watched.iter().map(|end| !end.revents().is_empty()).collect();
        if waited.is_err() {
            end(&mut child, Duration::ZERO);
            return Err(too_long(patience));
        }
        let mut ready = is_ready.into_iter();
        streams.retain(|(end, is_error)| {
            !ready.next().unwrap_or_default() || more(end, if *is_error { &mut stderr } else { &mut stdout })
        });
    }
    match end(&mut child, until.saturating_duration_since(Instant::now())) {
        Some(status) => Ok(Output { status, stdout, stderr }),
        None => Err(too_long(patience)),
    }
}

/// Takes what is there to be read, and says whether there may be more.
fn more(end: &OwnedFd, text: &mut Vec<u8>) -> bool {
    let mut buffer = [0; 16 << 10];
    match rustix::io::read(end, &mut buffer) {
        Ok(0) => false,
        Ok(read) => {
            text.extend_from_slice(&buffer[..read]);
            true
        }
        Err(error) => error == Errno::INTR,
    }
}

/// Waits for a program to end; ends one that does not, and then says nothing of how.
pub(super) fn end(child: &mut Child, patience: Duration) -> Option<ExitStatus> {
    let until = Instant::now() + patience;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < until => thread::sleep(STEP),
            _ => {
                // It may have ended in this moment.
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
        }
    }
}

fn too_long(patience: Duration) -> io::Error {
    let why = format!("no answer within {} s: the daemon seems to hang: start it anew", patience.as_secs_f32());
    io::Error::new(ErrorKind::TimedOut, why)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    fn shell(words: &str) -> Child {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", words]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    #[test]
    fn both_streams_are_read_whichever_is_full_first() {
        let words = "head -c 300000 /dev/zero >&2; echo said; head -c 300000 /dev/zero >&2; exit 3";
        let output = output(shell(words), Duration::from_secs(60)).unwrap();
        assert_eq!((&*output.stdout, output.stderr.len(), output.status.code()), (&b"said\n"[..], 600_000, Some(3)));
    }

    #[test]
    fn whoever_is_silent_is_not_waited_for() {
        let (asked, patience) = (Instant::now(), Duration::from_millis(100));
        for words in ["sleep 60", "exec >&- 2>&-; sleep 60", "while echo; do sleep 0.01; done"] {
            assert_eq!(output(shell(words), patience).unwrap_err().kind(), ErrorKind::TimedOut, "{words}");
        }
        let mut child = shell("exec sleep 60");
        let (stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let written = Patient { end: stdin, patience }.write_all(&vec![0; 1 << 20]);
        assert_eq!(written.unwrap_err().kind(), ErrorKind::TimedOut);
        let read = Patient { end: stdout, patience }.read(&mut [0]);
        assert_eq!(read.unwrap_err().kind(), ErrorKind::TimedOut);
        assert_eq!(end(&mut child, patience), None);
        assert!(asked.elapsed() < Duration::from_secs(30));
    }
}
