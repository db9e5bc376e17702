//! Making the index: records in the OSV format, out of the archives that OSV publishes, of lines, or of a folder.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use rustc_hash::FxHashMap;

use super::index::{Contents, Index};
use super::osv::Osv;
use super::{Content, Input, Status};
use crate::archive::{self, Limits, Unread};
use crate::digest::sha256;
use crate::package::Ecosystem;
use crate::time::Time;

/// A record is a page of text; what is longer is something else.
const LONGEST_RECORD: u64 = 16 << 20;
/// How many bad records are told one by one.
const TOLD: usize = 10;
/// Archives of OSV have as many members as records, and are packed well.
pub const ARCHIVE: Limits =
    Limits { member: LONGEST_RECORD, total: 16 << 30, ratio: 200, members: 4_000_000, depth: 1 };

/// What an import made, and what it could not read.
#[derive(Debug)]
pub struct Imported {
    pub status: Status,
    /// The first bad records, each with its place and what is wrong.
    pub complaints: Vec<String>,
}

/// Makes an index of files and folders, and puts it in place of an older one in one step. With nothing to read, or a file that
/// cannot be read, nothing is changed.
pub fn import(paths: &[PathBuf], snapshot_at: Option<Time>, into: &Path) -> Result<Imported, String> {
    let mut import = Import::new(Time::now());
    for path in paths {
        import.path(path, snapshot_at, 0)?;
    }
    let (contents, complaints) = import.finish();
    if contents.packages.is_empty() {
        let bad = contents.status.bad;
        return Err(format!(
            "there is no advisory in what was named ({bad} records could not be read): nothing was changed"
        ));
    }
    put(&contents, into).map_err(|error| format!("{}: the index cannot be written: {error}", into.display()))?;
    Ok(Imported { status: contents.status, complaints })
}

/// An index in memory, of records as texts.
pub fn of_records(records: &[&str]) -> Result<Index, String> {
    let mut import = Import::new(Time::of(UNIX_EPOCH));
    records.iter().for_each(|record| import.record(record.as_bytes(), "record", Time::of(UNIX_EPOCH)));
    let (contents, complaints) = import.finish();
    if let Some(complaint) = complaints.first() {
        return Err(complaint.clone());
    }
    let mut bytes = Vec::new();
    contents.write(&mut bytes).map_err(|error| error.to_string())?;
    Index::of_bytes(bytes)
}

fn put(contents: &Contents, into: &Path) -> io::Result<()> {
    let folder = into.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut builder = tempfile::Builder::new();
    // As any new file: what the user's umask leaves of it.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.prefix(".advisories-").tempfile_in(folder)?;
    let mut out = io::BufWriter::new(file.as_file_mut());
    contents.write(&mut out)?;
    out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    file.persist(into).map(drop).map_err(|error| error.error)
}

/// What was read so far.
#[derive(Default)]
struct Import {
    status: Status,
    complaints: Vec<String>,
    /// The same record may come in several files: the one that was modified last counts, and of two of one moment the first.
    records: Vec<Found>,
    places: FxHashMap<Box<str>, usize>,
    count: u64,
}

/// A record, and where it came from.
struct Found {
    osv: Osv,
    /// Which input it stood in, and of when that is: milliseconds since the beginning of 1970.
    input: usize,
    taken: u64,
}

impl Import {
    fn new(now: Time) -> Self {
        Self { status: Status { built_at: now.milliseconds(), ..Status::default() }, ..Self::default() }
    }

    /// Folders are read down to a depth that no database has; links in them are passed over.
    fn path(&mut self, path: &Path, snapshot_at: Option<Time>, depth: u32) -> Result<(), String> {
        let told = |error: io::Error| format!("{}: {error}", path.display());
        let metadata = fs::metadata(path).map_err(told)?;
        if metadata.is_dir() {
            if depth > 32 {
                return Err(format!("{}: folders lie too deep in each other", path.display()));
            }
            let mut inside: Vec<_> = fs::read_dir(path).map_err(told)?.collect::<Result<_, _>>().map_err(told)?;
            inside.sort_by_key(fs::DirEntry::path);
            for entry in inside {
                let kind = entry.file_type().map_err(told)?;
                let name = entry.path();
                let is_wanted = name.extension().is_some_and(|extension| extension == "json");
                if kind.is_dir() || kind.is_file() && is_wanted {
                    self.path(&name, snapshot_at, depth + 1)?;
                }
            }
            return Ok(());
        }
        let taken = metadata.modified().map(Time::of).unwrap_or(Time::of(UNIX_EPOCH));
        let before = self.count;
        let sha256 = self.file(path, snapshot_at.unwrap_or(taken)).map_err(told)?;
        if depth == 0 {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            self.status.inputs.push(Input { name, sha256, records: self.count - before });
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, taken: Time) -> io::Result<String> {
        let bytes = fs::read(path)?;
        let shown = path.display().to_string();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with(".zip") {
            self.archive(&shown, &bytes, taken)?;
        } else if name.ends_with(".zst") {
            let decoder = ruzstd::decoding::StreamingDecoder::new(&bytes[..]).map_err(io::Error::other)?;
            self.lines(&shown, BufReader::with_capacity(1 << 16, decoder), taken)?;
        } else if name.ends_with(".jsonl") || name.ends_with(".ndjson") {
            self.lines(&shown, &bytes[..], taken)?;
        } else {
            self.record(&bytes, &shown, taken);
        }
        Ok(sha256(&bytes))
    }

    /// Of an archive that is damaged, or too much, nothing is taken: what is missing would not be missed.
    fn archive(&mut self, shown: &str, bytes: &[u8], taken: Time) -> io::Result<()> {
        let mut broken = None;
        let before = self.count;
        archive::members(shown, bytes, &ARCHIVE, |member| match member.bytes {
            Ok(bytes) if member.path.ends_with(".json") => self.record(&bytes, &member.path, taken),
            Ok(_) => {}
            Err(Unread::Large(_)) => self.bad(&member.path, "it is too long for a record"),
            Err(Unread::Because(why)) => {
                let told = if member.path == shown { why } else { format!("{}: {why}", member.path) };
                broken.get_or_insert(told);
            }
        });
        match broken {
            Some(why) => Err(io::Error::other(why)),
            None if self.count == before => Err(io::Error::other("there is no record in this archive")),
            None => Ok(()),
        }
    }

    fn lines(&mut self, shown: &str, mut reader: impl BufRead, taken: Time) -> io::Result<()> {
        let mut line = Vec::new();
        for number in 1_u64.. {
            line.clear();
            if (&mut reader).take(LONGEST_RECORD).read_until(b'\n', &mut line)? == 0 {
                break;
            }
            if !line.trim_ascii().is_empty() {
                self.record(&line, &format!("{shown}:{number}"), taken);
            }
        }
        Ok(())
    }

    fn record(&mut self, bytes: &[u8], place: &str, taken: Time) {
        let osv: Osv = match serde_json::from_slice(bytes) {
            Ok(osv) => osv,
            Err(error) => return self.bad(place, &error.to_string()),
        };
        if let Some(why) = osv.excess() {
            return self.bad(place, why);
        }
        self.count += 1;
        // What lies in a folder is one input, which is listed when it was read.
        let found = Found { input: self.status.inputs.len(), taken: taken.milliseconds(), osv };
        match self.places.entry(found.osv.id().into()) {
            Entry::Vacant(place) => {
                place.insert(self.records.len());
                self.records.push(found);
            }
            Entry::Occupied(place) => {
                let known = &mut self.records[*place.get()];
                if found.osv.modified() > known.osv.modified() {
                    *known = found;
                }
            }
        }
    }

    fn bad(&mut self, place: &str, why: &str) {
        self.status.bad += 1;
        if self.complaints.len() < TOLD {
            self.complaints.push(format!("{place}: {why}"));
        }
    }

    fn finish(mut self) -> (Contents, Vec<String>) {
        let mut contents = Contents::default();
        // How many records each input has of an ecosystem, and of when they are.
        let mut counts: BTreeMap<Ecosystem, BTreeMap<usize, (u64, u64)>> = BTreeMap::new();
        for Found { osv, input, taken } in std::mem::take(&mut self.records) {
            if osv.is_withdrawn() {
                self.status.withdrawn += 1;
                continue;
            }
            let (records, of_others) = osv.records();
            self.status.of_others += u64::from(records.is_empty() && of_others > 0);
            let ecosystems: BTreeSet<Ecosystem> = records.iter().map(|(ecosystem, ..)| *ecosystem).collect();
            for ecosystem in &ecosystems {
                let (count, newest) = counts.entry(*ecosystem).or_default().entry(input).or_default();
                *count += 1;
                *newest = taken.max(*newest);
            }
            for (ecosystem, name, record) in records {
                contents.packages.entry((ecosystem, name)).or_default().push(record);
            }
            let text = osv.details();
            // What malicious packages are said to do is the same few sentences for all of them.
            if !(ecosystems.is_empty() || text.text.is_empty() && text.references.is_empty()) {
                contents.texts.push(text);
            }
        }
        let packages = |wanted| contents.packages.keys().filter(|(ecosystem, _)| *ecosystem == wanted).count() as u64;
        let content = |(ecosystem, inputs): (&Ecosystem, &BTreeMap<usize, (u64, u64)>)| Content {
            ecosystem: *ecosystem,
            records: inputs.values().map(|(count, _)| count).sum(),
            packages: packages(*ecosystem),
            // Of the input that has most of them: a newer one that mentions a few does not make the others newer.
            snapshot_at: inputs.values().max_by_key(|(count, _)| *count).map_or(0, |(_, taken)| *taken),
        };
        self.status.ecosystems = counts.iter().map(content).collect();
        self.status.ecosystems.sort_unstable_by_key(|content| content.ecosystem.name());
        contents.status = self.status;
        (contents, self.complaints)
    }
}

/// Whether a text is a record, as far as its form goes.
pub fn is_record(bytes: &[u8]) -> bool {
    serde_json::from_slice::<Osv>(bytes).is_ok_and(|osv| osv.excess().is_none())
}
