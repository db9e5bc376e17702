//! Objects by their names, out of packs and loose files. Each is checked against its name.
//!
//! Packs are read by gix-pack; loose objects are few lines of zlib (gitformat-loose(5)). Nothing here replaces an object by
//! another one: `refs/replace` and grafts have no say.

use std::io::Read;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use flate2::read::ZlibDecoder;
use gix_hash::ObjectId;
pub(super) use gix_object::Kind;
use gix_pack::cache::DecodeEntry;
use gix_pack::data::decode::entry::ResolvedBase;
use gix_pack::{data, index};
use rustc_hash::FxHashMap;

use super::place::shown;
use crate::source::Object;
use crate::walk;

/// Commits, trees and tags are read up to this size whatever the cap for files is.
pub(super) const MAX_OWN: u64 = 64 << 20;
/// What is kept of unpacked objects for those that are stored as differences from them, by each thread that reads.
const CACHE: usize = 16 << 20;
/// A larger buffer than this is given back.
const KEPT: usize = 8 << 20;
/// So many folders of alternates are looked at.
const MAX_ALTERNATES: usize = 5;

/// Why an object cannot be had.
#[derive(Debug)]
pub(super) enum Fault {
    Missing,
    /// Larger than the cap.
    Large,
    Corrupt(String),
}

pub(super) struct Store {
    hash: gix_hash::Kind,
    /// Folders of objects: the repository's own first.
    folders: Vec<PathBuf>,
    packs: Vec<Pack>,
    /// What readers need, kept for the next one.
    idle: Mutex<Vec<Reader>>,
}

struct Pack {
    index: index::File,
    data: data::File,
}

#[derive(Default)]
struct Reader {
    inflate: gix_zlib::Inflate,
    /// Holds what is unpacked on the way as well.
    buffer: Vec<u8>,
    cache: Cache,
}

/// Objects that others are stored as differences from, by pack and place. Emptied when it is full, which costs no bookkeeping.
#[derive(Default)]
struct Cache {
    bytes: usize,
    objects: FxHashMap<(u32, u64), (Kind, usize, Vec<u8>)>,
}

impl DecodeEntry for Cache {
    fn put(&mut self, pack: u32, offset: u64, data: &[u8], kind: Kind, packed: usize) {
        if data.len() > CACHE / 4 {
            return;
        }
        if self.bytes + data.len() > CACHE {
            *self = Self::default();
        }
        self.bytes += data.len();
        if let Some((_, _, old)) = self.objects.insert((pack, offset), (kind, packed, data.to_vec())) {
            self.bytes -= old.len();
        }
    }

    fn get(&mut self, pack: u32, offset: u64, out: &mut Vec<u8>) -> Option<(Kind, usize)> {
        let (kind, packed, data) = self.objects.get(&(pack, offset))?;
        out.clear();
        out.extend_from_slice(data);
        Some((*kind, *packed))
    }
}

impl Store {
    /// Opens a folder of objects, of which files of so many bytes are to be read. Folders that `info/alternates` names are
    /// read too if they are wanted, or lie below `inside`. What is left out or cannot be read is noted.
    pub(super) fn open(
        folder: PathBuf,
        hash: gix_hash::Kind,
        max_size: u64,
        wants_alternates: bool,
        inside: &Path,
        notes: &mut Vec<String>,
    ) -> Self {
        let mut folders = vec![folder];
        for round in 0..MAX_ALTERNATES {
            let named: Vec<_> = folders.get(round).map(|folder| alternates(folder, notes)).unwrap_or_default();
            for folder in named {
                if !wants_alternates && !folder.starts_with(inside) {
                    let folder = shown(&folder);
                    notes.push(format!("objects in {folder} are not read: the repository names them as alternates (`--alternates` reads them)"));
                } else if !folders.contains(&folder) {
                    folders.push(folder);
                }
            }
        }
        // A difference and the object that it is taken from are unpacked side by side.
        let limit = usize::try_from(max_size.max(MAX_OWN).saturating_mul(4)).ok();
        let mut packs = Vec::new();
        for folder in folders.iter().map(|folder| folder.join("pack")) {
            for name in walk::names(&folder).iter().filter_map(|name| name.strip_suffix(".idx")) {
                match Pack::open(&folder.join(name), u32::try_from(packs.len()).unwrap_or(u32::MAX), hash, limit) {
                    Ok(pack) => packs.push(pack),
                    Err(message) => notes.push(format!("{}: {message}", shown(&folder.join(format!("{name}.pack"))))),
                }
            }
        }
        Self { hash, folders, packs, idle: Mutex::new(Vec::new()) }
    }

    pub(super) fn hash(&self) -> gix_hash::Kind {
        self.hash
    }

    /// The name that some bytes have as an object.
    pub(super) fn name(&self, kind: Kind, bytes: &[u8]) -> Option<Object> {
        Object::new(gix_object::compute_hash(self.hash, kind, bytes).ok()?.as_slice())
    }

    /// An object of at most so many bytes, as it is stored under its name.
    pub(super) fn read(&self, object: Object, max_size: u64) -> Result<(Kind, Vec<u8>), Fault> {
        let id = ObjectId::try_from(object.bytes()).map_err(|_| Fault::Missing)?;
        if id.kind() != self.hash {
            return Err(Fault::Missing);
        }
        let (kind, bytes) = match self.packed(&id, max_size) {
            Err(Fault::Missing) => self.loose(object, max_size)?,
            // Another pack or a loose file may have it whole.
            Err(Fault::Corrupt(message)) => self.loose(object, max_size).map_err(|_| Fault::Corrupt(message))?,
            found => found?,
        };
        match self.name(kind, &bytes) == Some(object) {
            true => Ok((kind, bytes)),
            false => Err(Fault::Corrupt("its content does not belong to its name".to_owned())),
        }
    }

    /// Whether there is anything under a name, read or not.
    pub(super) fn has(&self, object: Object) -> bool {
        let name = object.to_string();
        let is_packed = |id: ObjectId| self.packs.iter().any(|pack| pack.index.lookup(id).is_some());
        ObjectId::try_from(object.bytes()).is_ok_and(is_packed) || self.loose_path(&name).is_some()
    }

    /// Whether a pack stands for objects that a server promised to hand out when they are asked for.
    pub(super) fn has_promises(&self) -> bool {
        self.folders.iter().flat_map(|folder| walk::names(&folder.join("pack"))).any(|name| name.ends_with(".promisor"))
    }

    /// The objects whose names begin with some digits, in half bytes; at most two, which tells that it is not the only one.
    pub(super) fn with_prefix(&self, digits: &str) -> Vec<Object> {
        let mut found = Vec::new();
        if let Ok(prefix) = gix_hash::Prefix::from_hex(digits) {
            for pack in &self.packs {
                let mut range = 0..0;
                pack.index.lookup_prefix(prefix, Some(&mut range));
                found.extend(range.take(2).filter_map(|at| Object::new(pack.index.oid_at_index(at).as_bytes())));
            }
        }
        let (folder, rest) = digits.split_at(2.min(digits.len()));
        for objects in &self.folders {
            let names = walk::names(&objects.join(folder));
            let names = names.iter().filter(|name| name.starts_with(rest)).take(2);
            found.extend(names.filter_map(|name| super::refs::object(&format!("{folder}{name}"))));
        }
        found.sort_unstable();
        found.dedup();
        found.truncate(2);
        found
    }

    fn packed(&self, id: &ObjectId, max_size: u64) -> Result<(Kind, Vec<u8>), Fault> {
        let mut last = Fault::Missing;
        for pack in &self.packs {
            let Some(at) = pack.index.lookup(id) else { continue };
            let reader = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut reader = reader.unwrap_or_default();
            // Packs are read with care for what is wrong in them, by others: a fault of theirs costs one object.
            let read = AssertUnwindSafe(|| pack.read(pack.index.pack_offset_at_index(at), &mut reader, max_size));
            let read = panic::catch_unwind(read);
            let read = read.unwrap_or_else(|_| Err(Fault::Corrupt("unpacking it failed".to_owned())));
            if !matches!(read, Err(Fault::Corrupt(_))) {
                self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
                return read;
            }
            last = read.err().unwrap_or(last);
        }
        Err(last)
    }

    fn loose_path(&self, name: &str) -> Option<PathBuf> {
        let (folder, rest) = name.split_at_checked(2)?;
        let mut paths = self.folders.iter().map(|objects| objects.join(folder).join(rest));
        paths.find(|path| path.symlink_metadata().is_ok())
    }

    fn loose(&self, object: Object, max_size: u64) -> Result<(Kind, Vec<u8>), Fault> {
        let path = self.loose_path(&object.to_string()).ok_or(Fault::Missing)?;
        // What cannot be made smaller grows a little.
        let most = max_size.saturating_add(max_size / 512).saturating_add(1 << 10);
        if path.metadata().is_ok_and(|data| data.len() > most) {
            return Err(Fault::Large);
        }
        let packed = walk::read_file(&path, most).map_err(Fault::Corrupt)?;
        unpacked(&packed, max_size)
    }
}

impl Pack {
    /// Both files of a pack, by their path without its end. Only regular files are opened: a pipe would be waited for.
    fn open(path: &Path, id: u32, hash: gix_hash::Kind, limit: Option<usize>) -> Result<Self, String> {
        let [index, data] = ["idx", "pack"].map(|end| path.with_extension(end));
        for file in [&index, &data] {
            if !file.symlink_metadata().is_ok_and(|data| data.is_file()) {
                return Err("it is not there whole, as regular files".to_owned());
            }
        }
        let open = || {
            let index = index::File::at(&index, hash).map_err(|error| error.to_string())?;
            let mut data = data::File::at(&data, hash).map_err(|error| error.to_string())?;
            // By which what is kept of one pack is told from that of others.
            data.id = id;
            Ok(Self { index, data: data.with_alloc_limit_bytes(limit) })
        };
        panic::catch_unwind(AssertUnwindSafe(open)).unwrap_or_else(|_| Err("reading its index failed".to_owned()))
    }

    fn read(&self, offset: u64, reader: &mut Reader, max_size: u64) -> Result<(Kind, Vec<u8>), Fault> {
        let entry = self.data.entry(offset).map_err(corrupt)?;
        if !entry.header.is_delta() && entry.decompressed_size > max_size {
            return Err(Fault::Large);
        }
        let resolve = |base: &gix_hash::oid, _: &mut Vec<u8>| match self.index.lookup(base) {
            Some(at) => {
                self.data.entry(self.index.pack_offset_at_index(at)).map(|entry| Some(ResolvedBase::InPack(entry)))
            }
            None => Ok(None),
        };
        let Reader { inflate, buffer, cache } = reader;
        let done = self.data.decode_entry(entry, buffer, inflate, &resolve, cache).map_err(corrupt)?;
        let bytes = buffer.clone();
        if buffer.capacity() > KEPT {
            *buffer = Vec::new();
        }
        match bytes.len() as u64 > max_size {
            true => Err(Fault::Large),
            false => Ok((done.kind, bytes)),
        }
    }
}

fn corrupt(error: impl std::fmt::Display) -> Fault {
    Fault::Corrupt(error.to_string())
}

/// A loose object: `KIND SIZE`, NUL and the content, all of it packed.
fn unpacked(packed: &[u8], max_size: u64) -> Result<(Kind, Vec<u8>), Fault> {
    /// The longest word, the longest number and what stands between.
    const HEADER: u64 = 32;
    let mut bytes = Vec::new();
    let most = max_size.saturating_add(HEADER);
    ZlibDecoder::new(packed).take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(corrupt)?;
    let no_header = || Fault::Corrupt("it has no header".to_owned());
    let end =
        memchr::memchr(0, bytes.get(..bytes.len().min(HEADER as usize)).unwrap_or_default()).ok_or_else(no_header)?;
    let header = std::str::from_utf8(&bytes[..end]).ok().and_then(|header| header.split_once(' '));
    let (kind, size) = header.ok_or_else(no_header)?;
    let kind = Kind::from_bytes(kind.as_bytes()).map_err(corrupt)?;
    let size: u64 = size.parse().map_err(corrupt)?;
    if size > max_size {
        return Err(Fault::Large);
    }
    bytes.drain(..=end);
    match bytes.len() as u64 == size {
        true => Ok((kind, bytes)),
        false => Err(Fault::Corrupt("it is not as long as it says".to_owned())),
    }
}

/// The folders of objects that a folder of objects borrows from (gitrepository-layout(5), `objects/info/alternates`).
fn alternates(folder: &Path, notes: &mut Vec<String>) -> Vec<PathBuf> {
    const MAX_SIZE: u64 = 1 << 20;
    let file = folder.join("info").join("alternates");
    if file.symlink_metadata().is_err() {
        return Vec::new();
    }
    let text = match walk::read_file(&file, MAX_SIZE) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(message) => {
            notes.push(format!("{}: {message}", shown(&file)));
            return Vec::new();
        }
    };
    let named = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    named.filter_map(|named| std::fs::canonicalize(folder.join(named)).ok()).collect()
}
