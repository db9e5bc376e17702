//! The writer of a log. Every record is one line, added under the lock to a tail that was looked at first.

use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use super::folder::{Folder, shown, told};
use super::line::{Head, Line, MAX_LINE, SCHEMA};
use super::lock::Lock;
use super::record::{Entry, Event, Torn};
use super::seal::Seal;
use super::tail::Tail;
use super::{RunId, author, default_path};
use crate::clause::{Audit, Fsync};
use crate::digest::sha256;
use crate::finding;
use crate::plain::plain;
use crate::time::Time;

/// How a log is kept.
#[derive(Clone, Debug)]
pub struct Settings {
    pub path: PathBuf,
    pub sync: Fsync,
    /// A file that would grow beyond this is put aside, and a new one begun.
    pub max_bytes: u64,
    /// How long a writer waits for others.
    pub wait: Duration,
    /// Recipients of age (`age1…`) who alone may read what records say; with none, who may read the file may.
    pub recipients: Vec<String>,
}

pub const DEFAULT_WAIT: Duration = Duration::from_secs(20);

impl Settings {
    /// What a policy demands, in a file that the command line names, or else the policy, or else in the user's own. A record
    /// that a policy demands in a file of its own is not to be had elsewhere.
    pub fn of(audit: &Audit, named: Option<PathBuf>) -> Result<Self, String> {
        let own = audit.path.as_ref().map(|path| match path.strip_prefix("~/") {
            Some(rest) => std::env::var_os("HOME").map(|home| PathBuf::from(home).join(rest)),
            None => Some(PathBuf::from(path)),
        });
        let is_elsewhere = own.as_ref().is_some_and(|own| own.is_some() && named.is_some() && *own != named);
        if audit.demanded && is_elsewhere {
            return Err("the policy names the file of the log, and no other will do".to_owned());
        }
        let path = named.or_else(|| own.unwrap_or_else(default_path));
        let path = path.ok_or("there is no home folder to hold a log: name a file for it")?;
        Ok(Self::kept(path, audit))
    }

    /// As a policy that says nothing of it has a log kept.
    pub fn at(path: PathBuf) -> Self {
        Self::kept(path, &Audit::default())
    }

    fn kept(path: PathBuf, audit: &Audit) -> Self {
        Self {
            path,
            sync: audit.fsync,
            max_bytes: audit.rotate_mib << 20,
            wait: DEFAULT_WAIT,
            recipients: audit.recipients.clone(),
        }
    }
}

/// A log that can be written to.
#[derive(Debug)]
pub struct Log {
    settings: Settings,
    folder: Folder,
    seal: Seal,
}

impl Log {
    /// Sees that the log can be written to: makes its folder and its file, and mends its end.
    pub fn open(settings: Settings) -> Result<Self, String> {
        let seal = Seal::to(&settings.recipients)?;
        let folder = Folder::of(&settings.path)?;
        folder.prepare()?;
        let log = Self { settings, folder, seal };
        let lock = log.lock()?;
        log.tail()?;
        drop(lock);
        Ok(log)
    }

    /// The same, of a log that there is already.
    pub fn existing(settings: Settings) -> Result<Self, String> {
        let folder = Folder::of(&settings.path)?;
        if folder.files()?.is_empty() {
            return Err(format!("{}: there is no log", shown(folder.live())));
        }
        Self::open(settings)
    }

    /// Adds a record, and gives the new head. Where it cannot be written, no part of it is left, or else the next writer
    /// takes out what is; where it is written and the disk does not confirm it, it stays, and this fails all the same.
    pub fn append(&self, entry: &Entry) -> Result<Head, String> {
        let _lock = self.lock()?;
        let (mut live, tail) = self.tail()?;
        self.write(&mut live, tail, Some(entry.run), &entry.event).map(|tail| tail.head)
    }

    pub(super) fn folder(&self) -> &Folder {
        &self.folder
    }

    pub(super) fn lock(&self) -> Result<Lock, String> {
        Lock::take(&self.folder, self.settings.wait)
    }

    /// The live file and its end, after what is torn was taken out.
    pub(super) fn tail(&self) -> Result<(File, Tail), String> {
        let mut live = self.folder.own(self.folder.live())?;
        let mut tail = Tail::of(&self.folder, &mut live)?;
        if let Some(event) = tail.torn.as_deref().map(|torn| Event::Torn(told_of(torn))) {
            tail = self.write(&mut live, tail, None, &event)?;
        }
        Ok((live, tail))
    }

    /// Writes one line over what is torn, if anything is, and gives the new end.
    pub(super) fn write(&self, file: &mut File, tail: Tail, run: Option<RunId>, event: &Event) -> Result<Tail, String> {
        let line = self.line(&tail.head, run, event)?;
        let mut bytes = Vec::with_capacity(line.len() + 2);
        if tail.unended {
            bytes.push(b'\n');
        }
        bytes.extend(&line);
        bytes.push(b'\n');
        let mut offset = tail.offset;
        let is_full = offset > 0 && offset + bytes.len() as u64 > self.settings.max_bytes;
        // What is unfinished is finished where it stands.
        if is_full && !tail.unended && tail.torn.is_none() {
            *file = self.rotate(file)?;
            offset = 0;
        }
        self.put(file, offset, &bytes, tail.torn.as_deref().unwrap_or_default())?;
        let sync = match self.settings.sync {
            Fsync::Always => true,
            // After what a run came to, and after what became of the log itself.
            Fsync::Outcome => !matches!(event, Event::Gate(_) | Event::Intent(_) | Event::Access(_)),
            Fsync::Never => false,
        };
        if sync {
            let through = file.sync_all().map_err(|error| told(self.folder.live(), &error));
            let through = through.and_then(|()| if offset == 0 { self.folder.sync() } else { Ok(()) });
            through.map_err(|why| format!("{why}; the record is written, and may not be on the disk"))?;
        }
        let head = Head { seq: tail.head.seq + 1, sha256: sha256(&line) };
        Ok(Tail { head, offset: offset + bytes.len() as u64, torn: None, unended: false })
    }

    /// The line that follows from a head.
    fn line(&self, head: &Head, run: Option<RunId>, event: &Event) -> Result<Vec<u8>, String> {
        let fault = |error: serde_json::Error| format!("the record cannot be written as JSON: {error}");
        let mut told = serde_json::to_value(event).map_err(fault)?;
        let mut data = told.get_mut("data").map(Value::take).unwrap_or_default();
        if let Value::Object(data) = &mut data {
            data.insert("by".to_owned(), author());
        }
        masked(&mut data);
        let (data, sealed) = match event {
            // What became of the log itself is needed to verify it.
            Event::Torn(_) | Event::Cut(_) => (Some(data), None),
            _ => self.seal.content(data)?,
        };
        let line = Line {
            schema: SCHEMA,
            seq: head.seq + 1,
            prev: head.sha256.clone(),
            time: Time::now().to_string(),
            kind: event.kind(),
            event: told.get("event").and_then(Value::as_str).unwrap_or_default().to_owned(),
            run: run.map(|run| run.to_string()),
            data,
            sealed,
        };
        line.bytes()
    }

    /// Writes a line over what was torn, which is put back if that fails: the half of a line is nobody's.
    fn put(&self, file: &mut File, offset: u64, bytes: &[u8], torn: &[u8]) -> Result<(), String> {
        let end = offset + bytes.len() as u64;
        let mut written = file.seek(SeekFrom::Start(offset)).and_then(|_| file.write_all(bytes));
        // What was torn is told in the line that stands over it, and may have been longer.
        if written.is_ok() && bytes.len() < torn.len() {
            written = file.set_len(end);
        }
        written.map_err(|error| {
            let back = file.set_len(offset).and_then(|()| file.seek(SeekFrom::Start(offset)));
            let back = back.and_then(|_| file.write_all(torn));
            let left =
                if back.is_err() { "; a part of the record is left, and the next writer takes it out" } else { "" };
            format!("{}{left}", told(self.folder.live(), &error))
        })
    }

    /// Puts the live file aside and begins a new one. Whoever comes after a crash in between finds no live file, and goes
    /// on from the newest of the others.
    fn rotate(&self, file: &File) -> Result<File, String> {
        file.sync_all().map_err(|error| told(self.folder.live(), &error))?;
        let number = self.folder.archives()?.last().map_or(1, |number| number + 1);
        let aside = self.folder.archive(number);
        fs::rename(self.folder.live(), &aside).map_err(|error| told(&aside, &error))?;
        self.folder.sync()?;
        self.folder.own(self.folder.live())
    }
}

/// Masks secrets in all texts of a record, and shows control characters.
fn masked(value: &mut Value) {
    match value {
        Value::String(text) => *text = plain(&finding::masked(text)).into_owned(),
        Value::Array(values) => values.iter_mut().for_each(masked),
        Value::Object(fields) => fields.values_mut().for_each(masked),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// What is told of an unfinished line.
fn told_of(torn: &[u8]) -> Torn {
    // JSON writes a character as six at most.
    let part = &torn[..torn.len().min(MAX_LINE / 8)];
    Torn { bytes: torn.len() as u64, sha256: sha256(torn), text: String::from_utf8_lossy(part).into_owned() }
}
