//! The writer of a log. Every record is one line, added under the lock to a tail that was looked at first.

use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use super::folder::{Folder, told};
use super::line::{Head, Line, MAX_LINE, SCHEMA, sha256};
use super::lock::Lock;
use super::record::{Entry, Event, Torn};
use super::tail::Tail;
use super::{RunId, Time, author};
use crate::finding;
use crate::plain::plain;

/// How a log is kept.
#[derive(Clone, Debug)]
pub struct Settings {
    pub path: PathBuf,
    pub sync: Sync,
    /// A file that would grow beyond this is put aside, and a new one begun.
    pub max_bytes: u64,
    /// How long a writer waits for others.
    pub wait: Duration,
}

/// When the system is told to write through to the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Sync {
    /// After every record.
    #[default]
    Always,
    /// After what a run came to, and after what became of the log itself.
    Outcome,
    Never,
}

pub const DEFAULT_MAX_BYTES: u64 = 16 << 20;
pub const DEFAULT_WAIT: Duration = Duration::from_secs(20);

impl Settings {
    pub fn at(path: PathBuf) -> Self {
        Self { path, sync: Sync::default(), max_bytes: DEFAULT_MAX_BYTES, wait: DEFAULT_WAIT }
    }
}

/// A log that can be written to.
#[derive(Debug)]
pub struct Log {
    settings: Settings,
    folder: Folder,
}

impl Log {
    /// Sees that the log can be written to: makes its folder and its file, and looks at its end.
    pub fn open(settings: Settings) -> Result<Self, String> {
        let folder = Folder::of(&settings.path)?;
        folder.prepare()?;
        let log = Self { settings, folder };
        let _lock = Lock::take(&log.folder, log.settings.wait)?;
        let mut live = log.folder.own(log.folder.live())?;
        Tail::of(&log.folder, &mut live)?;
        Ok(log)
    }

    /// Adds a record, and gives the new head. Where that fails, no part of the record is left, or else the next writer
    /// takes out what is.
    pub fn append(&self, entry: &Entry) -> Result<Head, String> {
        let _lock = Lock::take(&self.folder, self.settings.wait)?;
        let mut file = self.folder.own(self.folder.live())?;
        let mut tail = Tail::of(&self.folder, &mut file)?;
        if let Some(torn) = tail.torn.take() {
            let event = Event::Torn(told_of(&torn));
            tail = self.write(&mut file, tail, None, &event)?;
        }
        self.write(&mut file, tail, Some(entry.run), &entry.event).map(|tail| tail.head)
    }

    /// Writes one line over what is torn, if anything is, and gives the new end.
    pub(super) fn write(&self, file: &mut File, tail: Tail, run: Option<RunId>, event: &Event) -> Result<Tail, String> {
        let line = line(&tail.head, run, event)?;
        let mut bytes = Vec::with_capacity(line.len() + 2);
        if tail.unended {
            bytes.push(b'\n');
        }
        bytes.extend(&line);
        bytes.push(b'\n');
        let mut offset = tail.offset;
        if offset > 0 && offset + bytes.len() as u64 > self.settings.max_bytes && !tail.unended {
            *file = self.rotate(file)?;
            offset = 0;
        }
        self.put(file, offset, &bytes)?;
        let sync = match self.settings.sync {
            Sync::Always => true,
            Sync::Outcome => !matches!(event, Event::Gate(_) | Event::Intent(_) | Event::Access(_)),
            Sync::Never => false,
        };
        if sync {
            file.sync_all().map_err(|error| told(self.folder.live(), &error))?;
            if offset == 0 {
                self.folder.sync()?;
            }
        }
        let head = Head { seq: tail.head.seq + 1, sha256: sha256(&line) };
        Ok(Tail { head, offset: offset + bytes.len() as u64, torn: None, unended: false })
    }

    fn put(&self, file: &mut File, offset: u64, bytes: &[u8]) -> Result<(), String> {
        let written = file.seek(SeekFrom::Start(offset)).and_then(|_| file.write_all(bytes));
        let end = offset + bytes.len() as u64;
        // What was torn is told in the line that stands over it, and may have been longer.
        let written = written.and_then(|()| if file.metadata()?.len() > end { file.set_len(end) } else { Ok(()) });
        written.map_err(|error| {
            // The half of a line is taken away again; where that fails too, the next writer does it.
            let taken = file.set_len(offset);
            let left =
                if taken.is_err() { "; a part of the record is left, and the next writer takes it out" } else { "" };
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

/// The line that follows from a head.
fn line(head: &Head, run: Option<RunId>, event: &Event) -> Result<Vec<u8>, String> {
    let fault = |error: serde_json::Error| format!("the record cannot be written as JSON: {error}");
    let mut told = serde_json::to_value(event).map_err(fault)?;
    let mut data = told.get_mut("data").map(Value::take).unwrap_or_default();
    if let Value::Object(data) = &mut data {
        data.insert("by".to_owned(), author());
    }
    masked(&mut data);
    let line = Line {
        schema: SCHEMA,
        seq: head.seq + 1,
        prev: head.sha256.clone(),
        time: Time::now().to_string(),
        kind: event.kind(),
        event: told.get("event").and_then(Value::as_str).unwrap_or_default().to_owned(),
        run: run.map(|run| run.to_string()),
        data: Some(data),
        sealed: None,
    };
    line.bytes()
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
