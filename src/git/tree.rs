//! Trees: what a folder held, entry by entry.

use gix_object::TreeRefIter;
use gix_object::tree::EntryKind;

use super::store::{Fault, Kind, MAX_OWN, Store};
use crate::source::Object;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    File,
    Folder,
    Link,
    /// A commit of another repository.
    Submodule,
}

/// One entry of a tree.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: Vec<u8>,
    pub(super) sort: Sort,
    pub(super) object: Object,
}

impl Store {
    pub(super) fn tree(&self, object: Object) -> Result<Vec<Entry>, Fault> {
        let bytes = match self.read(object, MAX_OWN)? {
            (Kind::Tree, bytes) => bytes,
            (kind, _) => return Err(Fault::Corrupt(format!("it is a {kind}, where a tree should be"))),
        };
        let entries = TreeRefIter::from_bytes(&bytes, self.hash()).map(|entry| {
            let entry = entry.map_err(|error| Fault::Corrupt(error.to_string()))?;
            let sort = match entry.mode.kind() {
                EntryKind::Blob | EntryKind::BlobExecutable => Sort::File,
                EntryKind::Tree => Sort::Folder,
                EntryKind::Link => Sort::Link,
                EntryKind::Commit => Sort::Submodule,
            };
            let object = Object::new(entry.oid.as_bytes()).ok_or(Fault::Missing)?;
            Ok(Entry { name: entry.filename.to_vec(), sort, object })
        });
        entries.collect()
    }
}

/// A path one step further.
pub(super) fn joined(folder: &[u8], name: &[u8]) -> Vec<u8> {
    match folder.is_empty() {
        true => name.to_vec(),
        false => [folder, name].join(&b'/'),
    }
}

/// The folder and the name of a path.
pub(super) fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match memchr::memrchr(b'/', path) {
        Some(at) => (&path[..at], &path[at + 1..]),
        None => (&[], path),
    }
}
