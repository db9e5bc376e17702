//! Logs as they are stored: their lines, one after the other, whatever stands in them.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::folder::{Folder, told};
use super::line::{Line, MAX_LINE};
use super::lock::Lock;

/// Where a line stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub file: Arc<Path>,
    /// Counted from 1.
    pub line: u64,
}

/// A line of a log.
#[derive(Debug)]
pub(super) struct Stored {
    pub place: Place,
    /// Without its end; only the beginning of one that is longer than any record.
    pub bytes: Vec<u8>,
    /// What it says, or a sentence on why it is no record.
    pub line: Result<Line, String>,
    /// The last line of all has no end: a crash or a full disk, if it is no record.
    pub torn: bool,
}

/// Hands on every line of a log, from the oldest file to the live one, while no writer is at work.
pub(super) fn each(
    folder: &Folder,
    wait: Duration,
    mut take: impl FnMut(Stored) -> Result<(), String>,
) -> Result<Vec<PathBuf>, String> {
    let _lock = Lock::to_read(folder, wait)?;
    let files = folder.files()?;
    for path in &files {
        each_of(path, folder.read(path)?, path == folder.live(), &mut take)?;
    }
    Ok(files)
}

pub(super) fn each_of(
    path: &Path,
    file: File,
    live: bool,
    take: &mut dyn FnMut(Stored) -> Result<(), String>,
) -> Result<(), String> {
    let name: Arc<Path> = Arc::from(path);
    let mut input = BufReader::new(file);
    for number in 1.. {
        let mut bytes = Vec::new();
        let most = MAX_LINE as u64 + 2;
        input.by_ref().take(most).read_until(b'\n', &mut bytes).map_err(|error| told(path, &error))?;
        if bytes.is_empty() {
            break;
        }
        let ended = bytes.last() == Some(&b'\n');
        if ended {
            bytes.pop();
        }
        let line = if bytes.len() > MAX_LINE {
            if !ended {
                skip(&mut input).map_err(|error| told(path, &error))?;
            }
            Err("it is longer than any record".to_owned())
        } else {
            Line::parse(&bytes)
        };
        let torn = live && !ended && line.is_err();
        take(Stored { place: Place { file: Arc::clone(&name), line: number }, bytes, line, torn })?;
    }
    Ok(())
}

/// Goes on to the next line.
fn skip(input: &mut impl BufRead) -> std::io::Result<()> {
    loop {
        let buffer = input.fill_buf()?;
        let (used, ended) = match memchr::memchr(b'\n', buffer) {
            Some(at) => (at + 1, true),
            None => (buffer.len(), buffer.is_empty()),
        };
        input.consume(used);
        if ended {
            return Ok(());
        }
    }
}
