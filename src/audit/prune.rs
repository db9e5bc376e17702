//! Retention: old records are removed from the beginning of a log, and the log itself says which.
//!
//! The record of the cut is written first. A crash after that leaves records that the cut is good without; the next cut takes
//! them.

use std::fs;
use std::io::{self, Seek, SeekFrom};
use std::path::Path;

use super::chain::{self, Link};
use super::folder::{Folder, shown, told};
use super::log::Log;
use super::record::{Cut, End, Event};
use super::stored::{Stored, each_of};
use crate::digest::sha256;
use crate::time::Time;

/// What is to be removed, found out before anything is.
#[derive(Default)]
struct Plan {
    links: Vec<Link>,
    cut: Option<Cut>,
    /// The last record of this file that is old enough.
    end: Option<End>,
    /// A record was met that is not, or that tells no time.
    over: bool,
}

impl Log {
    /// Removes the records before a time, up to the first that is not older; none where there is none. A log that does not
    /// verify is left as it is: what is wrong with it would not be seen any more.
    pub fn prune(&self, before: Time) -> Result<Option<Cut>, String> {
        let _lock = self.lock()?;
        let (mut live, tail) = self.tail()?;
        let folder = self.folder();
        let mut plan = Plan::default();
        for path in folder.files()? {
            each_of(&path, folder.read(&path)?, path == folder.live(), &mut |stored| {
                plan.add(stored, before);
                Ok(())
            })?;
            if let Some((cut, end)) = plan.cut.as_mut().zip(plan.end.take()) {
                cut.ends.push(end);
            }
        }
        if !chain::breaks(&plan.links, None).is_empty() {
            let path = shown(folder.live());
            return Err(format!("{path}: it is not as it was written, and not cut: look at `portcullis audit verify`"));
        }
        let Some(cut) = plan.cut else { return Ok(None) };
        self.write(&mut live, tail, None, &Event::Cut(cut.clone()))?;
        live.sync_all().map_err(|error| told(folder.live(), &error))?;
        for path in folder.files()? {
            if !remove(folder, &path, cut.last)? {
                break;
            }
        }
        folder.sync()?;
        Ok(Some(cut))
    }
}

impl Plan {
    fn add(&mut self, stored: Stored, before: Time) {
        let hash = sha256(&stored.bytes);
        let Ok(line) = stored.line else {
            self.links.push(Link { hash, record: None, cut: None });
            return;
        };
        self.over |= Time::parse(&line.time).is_none_or(|time| time >= before);
        if !self.over {
            self.end = Some(End { seq: line.seq, sha256: hash.clone() });
            let first = self.cut.as_ref().map_or(line.seq, |cut| cut.first);
            let ends = self.cut.take().map(|cut| cut.ends).unwrap_or_default();
            self.cut = Some(Cut { first, last: line.seq, time: line.time.clone(), ends });
        }
        let cut = line.about("cut");
        self.links.push(Link { hash, record: Some((line.seq, line.prev)), cut });
    }
}

/// Takes the records up to a number out of a file, which goes where none is left. Says whether the next file is to be looked
/// at too.
fn remove(folder: &Folder, path: &Path, last: u64) -> Result<bool, String> {
    let (mut old_bytes, mut is_over) = (0, false);
    each_of(path, folder.read(path)?, false, &mut |stored| {
        is_over |= stored.line.is_ok_and(|line| line.seq > last);
        if !is_over {
            old_bytes += stored.bytes.len() as u64 + 1;
        }
        Ok(())
    })?;
    if !is_over {
        fs::remove_file(path).map_err(|error| told(path, &error))?;
        return Ok(true);
    }
    if old_bytes > 0 {
        // What a crash left of another time is written over.
        let rest = folder.rest();
        let mut new = folder.own(&rest)?;
        let mut old = folder.read(path)?;
        let copied = new.set_len(0).and_then(|()| old.seek(SeekFrom::Start(old_bytes)));
        let copied = copied.and_then(|_| io::copy(&mut old, &mut new)).and_then(|_| new.sync_all());
        copied.and_then(|()| fs::rename(&rest, path)).map_err(|error| told(&rest, &error))?;
    }
    Ok(false)
}
