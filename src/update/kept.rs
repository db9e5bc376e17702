//! What was fetched, kept beside the index: the archive of each ecosystem with a note of where it is from, and the beginning
//! of one that was cut off.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::address::Address;
use crate::digest::sha256;
use crate::package::Ecosystem;
use crate::time::Time;

/// What a server says of a file, by which it is known again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Origin {
    pub(super) from: String,
    pub(super) etag: Option<String>,
    pub(super) last_modified: Option<String>,
}

/// What is known of an archive that is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    #[serde(flatten)]
    pub(super) origin: Origin,
    pub length: u64,
    pub sha256: String,
    pub records: u64,
    pub fetched_at: String,
}

/// The beginning of an archive, and what the whole is to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Begun {
    #[serde(flatten)]
    pub(super) origin: Origin,
    pub(super) length: Option<u64>,
}

/// The folder, which is one update's as long as this lives.
pub(super) struct Kept {
    folder: PathBuf,
    _lock: File,
}

impl Kept {
    pub(super) fn open(folder: PathBuf) -> Result<Self, String> {
        let told = |error: io::Error| format!("{}: {error}", folder.display());
        fs::create_dir_all(&folder).map_err(told)?;
        let path = folder.join("lock");
        let lock = File::options().create(true).truncate(false).write(true).open(&path).map_err(told)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { folder, _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(format!("{}: another update is at work: wait for it", path.display())),
            Err(TryLockError::Error(error)) => Err(format!("{}: it cannot be locked: {error}", path.display())),
        }
    }

    fn place(&self, ecosystem: Ecosystem, suffix: &str) -> PathBuf {
        self.folder.join(format!("{}{suffix}", ecosystem.name()))
    }

    pub(super) fn archive(&self, ecosystem: Ecosystem) -> PathBuf {
        self.place(ecosystem, ".zip")
    }

    /// The archive that is here, if it is what was noted.
    pub(super) fn current(&self, ecosystem: Ecosystem) -> Result<Option<(Note, Vec<u8>)>, String> {
        let Some(note) = noted::<Note>(&self.place(ecosystem, ".json")) else { return Ok(None) };
        let path = self.archive(ecosystem);
        match fs::read(&path) {
            Ok(bytes) if sha256(&bytes) == note.sha256 => Ok(Some((note, bytes))),
            Ok(_) => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(told(&path, &error)),
        }
    }

    /// How much of an archive is here from an attempt that was cut off, and of what.
    pub(super) fn begun(&self, ecosystem: Ecosystem, from: &Address) -> Option<(Begun, u64)> {
        let begun: Begun = noted(&self.place(ecosystem, ".part.json"))?;
        let length = fs::metadata(self.place(ecosystem, ".part")).ok()?.len();
        let is_more_to_come = length > 0 && begun.length.is_none_or(|whole| length < whole);
        (is_more_to_come && begun.origin.from == from.as_str()).then_some((begun, length))
    }

    /// The file that takes an archive from this place on.
    pub(super) fn part(&self, ecosystem: Ecosystem, begun: &Begun, at: u64) -> Result<File, String> {
        let path = self.place(ecosystem, ".part");
        note(&self.place(ecosystem, ".part.json"), begun)?;
        let open = || {
            let mut file = File::options().create(true).truncate(false).write(true).open(&path)?;
            file.set_len(at)?;
            file.seek(SeekFrom::Start(at))?;
            Ok(file)
        };
        open().map_err(|error| told(&path, &error))
    }

    /// What has come, whole or not, but no more than so much.
    pub(super) fn read_part(&self, ecosystem: Ecosystem, max: u64) -> Result<Vec<u8>, String> {
        let path = self.place(ecosystem, ".part");
        let mut bytes = Vec::new();
        let read = File::open(&path).and_then(|file| file.take(max).read_to_end(&mut bytes));
        read.map(|_| bytes).map_err(|error| told(&path, &error))
    }

    pub(super) fn drop_part(&self, ecosystem: Ecosystem) {
        // Where it stays, the next attempt writes over it.
        let _ = fs::remove_file(self.place(ecosystem, ".part.json"));
        let _ = fs::remove_file(self.place(ecosystem, ".part"));
    }

    /// Puts what has come in the place of what was here. Should this end in the middle, the note does not fit the archive,
    /// which is fetched again then.
    pub(super) fn put(&self, ecosystem: Ecosystem, content: &Note) -> Result<(), String> {
        let (part, path) = (self.place(ecosystem, ".part"), self.archive(ecosystem));
        fs::rename(&part, &path).map_err(|error| told(&path, &error))?;
        note(&self.place(ecosystem, ".json"), content)?;
        self.drop_part(ecosystem);
        Ok(())
    }

    /// Says of an archive that it is as of now: its time is what the index tells as the day of its data.
    pub(super) fn is_of(&self, ecosystem: Ecosystem, now: Time) -> Result<(), String> {
        let path = self.archive(ecosystem);
        let now = UNIX_EPOCH + Duration::from_millis(now.milliseconds());
        let file = File::options().append(true).open(&path);
        file.and_then(|file| file.set_modified(now)).map_err(|error| told(&path, &error))
    }

    /// Every archive that is here, each checked to be what was noted.
    pub(super) fn archives(&self) -> Result<Vec<PathBuf>, String> {
        let mut paths = Vec::new();
        for ecosystem in Ecosystem::all() {
            let path = self.archive(ecosystem);
            if !path.exists() {
                continue;
            }
            if self.current(ecosystem)?.is_none() {
                let name = ecosystem.name();
                let advice = format!("fetch it too (`--ecosystem '{name}'`), or remove it");
                return Err(format!("{}: this is not what was fetched: {advice}", path.display()));
            }
            paths.push(path);
        }
        Ok(paths)
    }
}

fn told(path: &Path, error: &io::Error) -> String {
    format!("{}: {error}", path.display())
}

/// A note that cannot be read is none: what it is about is fetched again.
fn noted<T: for<'t> Deserialize<'t>>(path: &Path) -> Option<T> {
    let mut text = Vec::new();
    File::open(path).and_then(|file| file.take(1 << 16).read_to_end(&mut text)).ok()?;
    serde_json::from_slice(&text).ok()
}

fn note(path: &Path, content: &impl Serialize) -> Result<(), String> {
    let text = serde_json::to_string_pretty(content).map_err(|error| format!("{}: {error}", path.display()))?;
    let new = path.with_extension("json.new");
    fs::write(&new, text).and_then(|()| fs::rename(&new, path)).map_err(|error| told(path, &error))
}
