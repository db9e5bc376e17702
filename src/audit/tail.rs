//! The end of a log: what the next record holds on to.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use super::folder::{Folder, shown, told};
use super::line::{Head, Line, MAX_LINE};
use crate::digest::sha256;

/// Where a file ends.
#[derive(Debug)]
pub(super) struct Tail {
    pub head: Head,
    /// Where the next line begins: before what is torn.
    pub offset: u64,
    /// What stands after the last record and is none.
    pub torn: Option<Vec<u8>>,
    /// The last record lacks nothing but the end of its line.
    pub unended: bool,
}

impl Tail {
    /// The end of a log whose live file is open. Where that is empty, the chain goes on from the file before.
    pub(super) fn of(folder: &Folder, live: &mut File) -> Result<Self, String> {
        let length = live.metadata().map_err(|error| told(folder.live(), &error))?.len();
        let own = if length == 0 { None } else { read(folder.live(), live)? };
        let torn_only = match own {
            Some(tail) if tail.head.seq > 0 => return Ok(tail),
            other => other,
        };
        let before = match folder.archives()?.last() {
            None => Head::none(),
            Some(number) => {
                let path = folder.archive(*number);
                let tail = read(&path, &mut folder.read(&path)?)?;
                let tail = tail.filter(|tail| tail.head.seq > 0 && tail.torn.is_none());
                tail.ok_or_else(|| broken(&path, "no record stands at its end"))?.head
            }
        };
        Ok(Self {
            head: before,
            ..torn_only.unwrap_or(Self { head: Head::none(), offset: 0, torn: None, unended: false })
        })
    }
}

/// Reads the last two lines and what is torn. Both must be records, of which the second holds on to the first.
fn read(path: &Path, file: &mut File) -> Result<Option<Tail>, String> {
    let (bytes, start) = last_bytes(file).map_err(|error| told(path, &error))?;
    let ends: Vec<_> = memchr::memrchr_iter(b'\n', &bytes).take(3).collect();
    let whole = ends.first().map_or(0, |end| end + 1);
    let mut tail = Tail { head: Head::none(), offset: start + whole as u64, torn: None, unended: false };
    let mut rest = &bytes[whole..];
    let mut lines: Vec<&[u8]> = Vec::new();
    // From the last line backwards, those whose beginning is known.
    for (at, end) in ends.iter().enumerate().take(2) {
        match ends.get(at + 1) {
            Some(before) => lines.push(&bytes[before + 1..*end]),
            None if start == 0 => lines.push(&bytes[..*end]),
            None => return Err(broken(path, "its last line is longer than any record")),
        }
    }
    let last_is_whole = Line::parse(rest).is_ok();
    if last_is_whole && !rest.is_empty() {
        lines.insert(0, std::mem::take(&mut rest));
        tail.unended = true;
    } else if rest.len() > MAX_LINE {
        return Err(broken(path, "its last line is longer than any record"));
    }
    tail.torn = (!rest.is_empty()).then(|| rest.to_vec());
    let Some(last) = lines.first() else { return Ok(Some(tail)) };
    let line = Line::parse(last).map_err(|why| broken(path, &format!("of its last line: {why}")))?;
    if let Some(before) = lines.get(1) {
        let follows = Line::parse(before).is_ok_and(|before| before.seq.checked_add(1) == Some(line.seq));
        if !follows || sha256(before) != line.prev {
            return Err(broken(path, "its last record does not follow from the one before"));
        }
    }
    if tail.unended {
        tail.offset += last.len() as u64;
    }
    tail.head = Head { seq: line.seq, sha256: sha256(last) };
    Ok(Some(tail))
}

/// So much of the end that three lines end in it, and where that begins.
fn last_bytes(file: &mut File) -> io::Result<(Vec<u8>, u64)> {
    const MOST: u64 = 3 * (MAX_LINE as u64 + 1);
    let length = file.seek(SeekFrom::End(0))?;
    let mut wanted = 16 << 10;
    loop {
        let start = length.saturating_sub(wanted);
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        file.take(length - start).read_to_end(&mut bytes)?;
        if start == 0 || wanted >= MOST || memchr::memrchr_iter(b'\n', &bytes).nth(2).is_some() {
            return Ok((bytes, start));
        }
        wanted = (wanted * 8).min(MOST);
    }
}

fn broken(path: &Path, why: &str) -> String {
    format!(
        "{}: {why}, so nothing is added to it: look at `portcullis audit verify`, then move the log aside",
        shown(path)
    )
}
