//! The index: what is staged (gitformat-index(5), versions 2, 3 and 4).
//!
//! Of its extensions only two change what is in it: the list of folders that stand for all that is in them, which are entries
//! like any other, and the split index, which is refused. The cached trees are not believed: who hides a staged change could
//! write them as well.

use std::path::Path;

use super::store::Store;
use super::tree::Sort;
use crate::source::Object;
use crate::walk;

/// An index with some million files.
const MAX_SIZE: u64 = 1 << 30;
/// The times, numbers and sizes of a file on the disk, before its hash.
const STAT: usize = 40;
const EXTENDED: u16 = 0x4000;
/// `git add --intent-to-add`: nothing is staged yet.
const INTENT_TO_ADD: u16 = 0x2000;

#[derive(Debug)]
pub(super) struct Staged {
    pub(super) path: Vec<u8>,
    pub(super) sort: Sort,
    pub(super) object: Object,
}

/// All entries in the order of their paths; a path that is not merged yet has several.
pub(super) fn read(path: &Path, store: &Store) -> Result<Vec<Staged>, String> {
    if path.symlink_metadata().is_err() {
        return Ok(Vec::new());
    }
    let bytes = walk::read_file(path, MAX_SIZE)?;
    parse(&bytes, store).map_err(|what| format!("it is no index that can be read: {what}"))
}

fn parse(bytes: &[u8], store: &Store) -> Result<Vec<Staged>, &'static str> {
    let length = store.hash().len_in_bytes();
    let (bytes, sum) = bytes.split_at_checked(bytes.len().saturating_sub(length)).ok_or(CUT)?;
    let mut hasher = gix_hash::hasher(store.hash());
    hasher.update(bytes);
    // `index.skipHash` writes zeros.
    if sum.iter().any(|byte| *byte != 0) && hasher.try_finalize().is_ok_and(|found| found.as_slice() != sum) {
        return Err("its checksum is wrong");
    }
    let mut rest = Rest(bytes);
    if rest.take(4)? != b"DIRC" {
        return Err("it does not begin as one");
    }
    let version = rest.number()?;
    if !(2..=4).contains(&version) {
        return Err("its version is none of 2, 3 and 4");
    }
    let count = rest.number()?;
    let (mut entries, mut path) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let begin = rest.0.len();
        let mode = u32::from_be_bytes(rest.take(STAT)?[24..28].try_into().unwrap_or_default());
        let object = Object::new(rest.take(length)?).ok_or(CUT)?;
        let flags = rest.short()?;
        let more = if flags & EXTENDED == 0 { 0 } else { rest.short()? };
        if version == 4 {
            let dropped = rest.variable()?;
            path.truncate(
                path.len().checked_sub(dropped).ok_or("a path takes more from the one before it than there is")?,
            );
            path.extend_from_slice(rest.until_nul()?);
        } else {
            path = rest.until_nul()?.to_vec();
            // Entries are filled up with one to eight NULs, of which one is taken.
            let filled = (begin - rest.0.len()).next_multiple_of(8);
            rest.take(filled - (begin - rest.0.len()))?;
        }
        let sort = match mode & 0o170_000 {
            0o100_000 => Sort::File,
            0o120_000 => Sort::Link,
            0o160_000 => Sort::Submodule,
            0o040_000 => Sort::Folder,
            _ => return Err("an entry is neither file, link, folder nor submodule"),
        };
        // Stage 1 is what both sides of a merge come from.
        if more & INTENT_TO_ADD == 0 && (flags >> 12) & 3 != 1 {
            entries.push(Staged { path: path.strip_suffix(b"/").unwrap_or(&path).to_vec(), sort, object });
        }
    }
    while !rest.0.is_empty() {
        let name = rest.take(4)?;
        if name == b"link" {
            return Err("it is split in two (`git update-index --no-split-index` makes it one)");
        }
        let size = rest.number()?;
        rest.take(usize::try_from(size).map_err(|_| CUT)?)?;
    }
    Ok(entries)
}

const CUT: &str = "it is cut short";

/// What is still to be read.
struct Rest<'b>(&'b [u8]);

impl<'b> Rest<'b> {
    fn take(&mut self, count: usize) -> Result<&'b [u8], &'static str> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(CUT)?;
        self.0 = rest;
        Ok(taken)
    }

    fn number(&mut self) -> Result<u32, &'static str> {
        self.take(4)?.try_into().map(u32::from_be_bytes).map_err(|_| CUT)
    }

    fn short(&mut self) -> Result<u16, &'static str> {
        self.take(2)?.try_into().map(u16::from_be_bytes).map_err(|_| CUT)
    }

    fn until_nul(&mut self) -> Result<&'b [u8], &'static str> {
        let end = memchr::memchr(0, self.0).ok_or(CUT)?;
        self.take(end + 1).map(|bytes| &bytes[..end])
    }

    /// A number in the encoding of offsets in packs (gitformat-pack(5)).
    fn variable(&mut self) -> Result<usize, &'static str> {
        let mut number = 0_usize;
        for round in 0.. {
            let byte = self.take(1)?[0];
            number = if round == 0 { 0 } else { number + 1 };
            number = number.checked_mul(128).ok_or("a number is too large")? + usize::from(byte & 127);
            if byte & 128 == 0 {
                break;
            }
        }
        Ok(number)
    }
}
