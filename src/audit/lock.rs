//! One writer at a time, of all processes and threads: an advisory lock (flock(2)) on a file that is never moved.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::folder::{Folder, shown, told};

/// Holds the lock until it is dropped. The kernel lets go of it when the process ends, however that happens.
#[derive(Debug)]
pub(super) struct Lock(#[expect(dead_code, reason = "an open file holds the lock")] File);

impl Lock {
    /// Waits in the order in which writers came, which trying again and again would not, but only so long.
    pub(super) fn take(folder: &Folder, wait: Duration) -> Result<Self, String> {
        let path = folder.lock();
        let file = folder.own(&path)?;
        Self::wait(&path, file, wait)
    }

    /// The same for who only reads: none where there is no writer to wait for, or none whose file may be opened.
    pub(super) fn to_read(folder: &Folder, wait: Duration) -> Result<Option<Self>, String> {
        let path = folder.lock();
        folder.read(&path).ok().map(|file| Self::wait(&path, file, wait)).transpose()
    }

    fn wait(path: &Path, file: File, wait: Duration) -> Result<Self, String> {
        match file.try_lock() {
            Ok(()) => return Ok(Self(file)),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(told(path, &error)),
        }
        let (sender, receiver) = mpsc::channel();
        // Where nobody waits any more, the file is dropped with the channel, and the lock with it.
        let waiter = thread::Builder::new().name("audit-lock".to_owned());
        let waiting = waiter.spawn(move || sender.send(file.lock().map(|()| file)));
        waiting.map_err(|error| format!("{}: no thread to wait for the lock: {error}", shown(path)))?;
        match receiver.recv_timeout(wait) {
            Ok(locked) => locked.map(Self).map_err(|error| told(path, &error)),
            Err(_) => Err(held(path, wait)),
        }
    }
}

fn held(path: &Path, wait: Duration) -> String {
    format!(
        "{}: somebody held the lock for all of {} s: see who (`fuser` tells), and end that",
        shown(path),
        wait.as_secs()
    )
}
