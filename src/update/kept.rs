//! What is kept of an ecosystem: the archive, what is known of it, single records that are newer, and a download that was cut off.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::digest::sha256;
use crate::package::Ecosystem;

/// The files of one ecosystem.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) ecosystem: Ecosystem,
    folder: PathBuf,
}

/// What is known of an archive, or of the part of one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct About {
    pub(super) url: String,
    pub(super) etag: Option<String>,
    pub(super) length: u64,
    /// Up to which moment records are known, as `modified_id.csv` writes it.
    pub(super) modified: String,
}

impl Kept {
    pub(super) fn new(folder: &Path, ecosystem: Ecosystem) -> Self {
        Self { ecosystem, folder: folder.to_owned() }
    }

    fn file(&self, ending: &str) -> PathBuf {
        self.folder.join(format!("{}.{ending}", self.ecosystem.name().replace(' ', "-")))
    }

    /// The archive that the index was made of.
    fn archive(&self) -> PathBuf {
        self.file("zip")
    }

    /// An archive that was fetched, and is not part of an index yet.
    fn fetched(&self) -> PathBuf {
        self.file("new.zip")
    }

    /// What is there of an archive whose download was cut off.
    pub(super) fn part(&self) -> PathBuf {
        self.file("part")
    }

    /// Records that were modified after the archive was made, one a line.
    pub(super) fn changes(&self) -> PathBuf {
        self.file("changes.jsonl")
    }

    /// The archive that an index is to be made of.
    pub(super) fn newest(&self) -> PathBuf {
        Some(self.fetched()).filter(|file| file.exists()).unwrap_or_else(|| self.archive())
    }

    pub(super) fn sha256(&self) -> Result<String, String> {
        let path = self.newest();
        fs::read(&path).map(|bytes| sha256(&bytes)).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// What is known of the archive, if it is there as it was left.
    pub(super) fn about(&self) -> Option<About> {
        known(&self.file("json"), &self.archive())
    }

    /// The same of a part.
    pub(super) fn about_part(&self) -> Option<About> {
        known(&self.file("part.json"), &self.part())
    }

    pub(super) fn note_part(&self, about: &About) -> io::Result<()> {
        write(&self.file("part.json"), &serde_json::to_vec(about)?)
    }

    /// Notes up to which moment records are known.
    pub(super) fn note_modified(&self, about: &About, modified: &str) -> io::Result<()> {
        write(&self.file("json"), &serde_json::to_vec(&About { modified: modified.to_owned(), ..about.clone() })?)
    }

    /// The part is whole.
    pub(super) fn complete(&self, about: &About) -> io::Result<()> {
        File::open(self.part())?.sync_all()?;
        write(&self.file("new.json"), &serde_json::to_vec(about)?)?;
        fs::rename(self.part(), self.fetched())?;
        remove(&self.file("part.json"))
    }

    /// An index was made: what was fetched takes the place of what was there.
    pub(super) fn accept(&self) -> io::Result<()> {
        if self.fetched().exists() {
            // Single records were of the older archive.
            remove(&self.changes())?;
            fs::rename(self.fetched(), self.archive())?;
            fs::rename(self.file("new.json"), self.file("json"))?;
        }
        Ok(())
    }

    /// What was fetched is of no use.
    pub(super) fn reject(&self) {
        for ending in ["new.zip", "new.json", "part", "part.json"] {
            // What cannot be removed is written over next time.
            let _ = remove(&self.file(ending)).is_err();
        }
    }

    /// Adds single records, newest first.
    pub(super) fn add_changes(&self, records: &[String]) -> io::Result<()> {
        let mut text: String = records.iter().map(|record| format!("{record}\n")).collect();
        match fs::read_to_string(self.changes()) {
            Ok(older) => text.push_str(&older),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        write(&self.changes(), text.as_bytes())
    }

    /// Says that the archive was found up to date: an index tells of when its data is by this.
    pub(super) fn touch(&self) -> Result<(), String> {
        let path = self.archive();
        let file = File::options().append(true).open(&path);
        file.and_then(|file| file.set_modified(SystemTime::now()))
            .map_err(|error| format!("{}: {error}", path.display()))
    }
}

/// What a file says of another one, if that is as long as it says.
fn known(about: &Path, file: &Path) -> Option<About> {
    let known: About = serde_json::from_slice(&fs::read(about).ok()?).ok()?;
    let length = fs::metadata(file).ok()?.len();
    let is_part = file.extension().is_some_and(|ending| ending == "part");
    (is_part || known.length == length).then_some(About { length, ..known })
}

/// Writes a small file whole or not at all.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
