//! Members of a zip archive, by its central directory (PKWARE, APPNOTE.TXT 6.3.10, sections 4.3 to 4.5).

use std::io::{self, Read};

use super::{Member, Metered, Visit};

const END: &[u8] = b"PK\x05\x06";
const END_64: &[u8] = b"PK\x06\x06";
const LOCATOR_64: &[u8] = b"PK\x06\x07";
const ENTRY: &[u8] = b"PK\x01\x02";
const LOCAL: &[u8] = b"PK\x03\x04";
/// The end record and the longest comment after it.
const END_WITHIN: usize = 22 + 0xFFFF;
/// The id of the extra field with sizes and offsets of 64 bits.
const EXTRA_64: u16 = 1;
const ENCRYPTED: u16 = 1;
const NOT_HERE_32: u64 = 0xFFFF_FFFF;

/// Little-endian numbers at places of some bytes.
#[derive(Clone, Copy)]
struct Bytes<'b>(&'b [u8]);

impl<'b> Bytes<'b> {
    fn slice(self, at: u64, length: u64) -> Option<&'b [u8]> {
        let start = usize::try_from(at).ok()?;
        self.0.get(start..start.checked_add(usize::try_from(length).ok()?)?)
    }

    fn number(self, at: u64, length: u64) -> Option<u64> {
        Some(self.slice(at, length)?.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn short(self, at: u64) -> Option<u16> {
        u16::try_from(self.number(at, 2)?).ok()
    }

    fn begins(self, at: u64, magic: &[u8]) -> bool {
        self.slice(at, magic.len() as u64) == Some(magic)
    }
}

/// Where the central directory stands, and how far from where it says: something may stand before the archive.
struct Directory {
    at: u64,
    shift: u64,
}

fn directory(bytes: Bytes<'_>) -> Option<Directory> {
    let first = bytes.0.len().saturating_sub(END_WITHIN);
    let end = first as u64 + memchr::memmem::rfind(&bytes.0[first..], END)? as u64;
    let (mut size, mut offset, mut end_of_directory) = (bytes.number(end + 12, 4)?, bytes.number(end + 16, 4)?, end);
    if let Some(locator) = end.checked_sub(20).filter(|at| bytes.begins(*at, LOCATOR_64)) {
        // The record stands right before its locator, unless it has fields that nobody knows.
        let told = bytes.number(locator + 8, 8)?;
        let at = [Some(told), locator.checked_sub(56)].into_iter().flatten().find(|at| bytes.begins(*at, END_64))?;
        (size, offset, end_of_directory) = (bytes.number(at + 40, 8)?, bytes.number(at + 48, 8)?, at);
    }
    let at = end_of_directory.checked_sub(size)?;
    Some(Directory { at, shift: at.checked_sub(offset)? })
}

/// An entry of the directory.
struct Entry<'b> {
    name: &'b [u8],
    flags: u16,
    method: u16,
    checksum: u64,
    packed: u64,
    local: u64,
    next: u64,
}

fn entry(bytes: Bytes<'_>, at: u64) -> Option<Entry<'_>> {
    let [name, extra, comment] = [28, 30, 32].map(|field| bytes.short(at + field).map(u64::from));
    let (name, extra, comment) = (name?, extra?, comment?);
    let (mut packed, mut local) = (bytes.number(at + 20, 4)?, bytes.number(at + 42, 4)?);
    let unpacked = bytes.number(at + 24, 4)?;
    if [packed, local, unpacked].contains(&NOT_HERE_32) {
        let mut field = extra_64(Bytes(bytes.slice(at + 46 + name, extra)?))?;
        // Only those of the numbers are there that do not fit, in this order.
        for (number, value) in [(unpacked, None), (packed, Some(&mut packed)), (local, Some(&mut local))] {
            if number == NOT_HERE_32 {
                let read = field.number(0, 8)?;
                field = Bytes(&field.0[8..]);
                value.into_iter().for_each(|value| *value = read);
            }
        }
    }
    Some(Entry {
        name: bytes.slice(at + 46, name)?,
        flags: bytes.short(at + 8)?,
        method: bytes.short(at + 10)?,
        checksum: bytes.number(at + 16, 4)?,
        packed,
        local,
        next: at + 46 + name + extra + comment,
    })
}

fn extra_64(extra: Bytes<'_>) -> Option<Bytes<'_>> {
    let mut at = 0;
    loop {
        let length = u64::from(extra.short(at + 2)?);
        if extra.short(at)? == EXTRA_64 {
            return extra.slice(at + 4, length).map(Bytes);
        }
        at += 4 + length;
    }
}

pub(super) fn members(visit: &Visit<'_>, name: &str, bytes: &[u8], depth: u32, each: &mut dyn FnMut(Member)) {
    let bytes = Bytes(bytes);
    let wrong = |each: &mut dyn FnMut(Member), why: &str| {
        each(Member::unread(name, &format!("{why}: what follows in it was not read")));
    };
    let Some(Directory { mut at, shift }) = directory(bytes) else {
        return wrong(each, "it is no whole zip archive (it has no directory)");
    };
    while bytes.begins(at, ENTRY) {
        let Some(entry) = entry(bytes, at) else { return wrong(each, "its directory is damaged") };
        at = entry.next;
        let path = String::from_utf8_lossy(entry.name);
        if path.ends_with('/') && entry.packed == 0 {
            continue;
        }
        let input = contents(bytes, &entry, shift).map(|input| Metered { input, visit });
        if !visit.member(name, &path, input, depth, each) {
            return;
        }
    }
    if !bytes.begins(at, END) && !bytes.begins(at, END_64) {
        wrong(each, "its directory is damaged");
    }
}

/// The contents of an entry, as they come out.
fn contents<'b>(bytes: Bytes<'b>, entry: &Entry<'_>, shift: u64) -> io::Result<Box<dyn Read + 'b>> {
    if entry.flags & ENCRYPTED != 0 {
        return Err(io::Error::other("it is encrypted"));
    }
    let packed = || {
        let local = entry.local.checked_add(shift).filter(|at| bytes.begins(*at, LOCAL))?;
        let names = u64::from(bytes.short(local + 26)?) + u64::from(bytes.short(local + 28)?);
        bytes.slice(local + 30 + names, entry.packed)
    };
    let packed = packed().ok_or_else(|| io::Error::other("its place is outside of the archive"))?;
    let checked = |input| Checked { input, hasher: crc32fast::Hasher::new(), checksum: entry.checksum };
    match entry.method {
        0 => Ok(Box::new(checked(Box::new(packed) as Box<dyn Read>))),
        8 => Ok(Box::new(checked(Box::new(flate2::read::DeflateDecoder::new(packed)) as Box<dyn Read>))),
        other => Err(io::Error::other(format!("its way of packing, number {other}, is not known here"))),
    }
}

/// What comes out of an entry, held against the checksum that the directory gives.
struct Checked<R> {
    input: R,
    hasher: crc32fast::Hasher,
    checksum: u64,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        self.hasher.update(&buffer[..count]);
        if count == 0 && !buffer.is_empty() && u64::from(self.hasher.clone().finalize()) != self.checksum {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it is damaged: its checksum is another one"));
        }
        Ok(count)
    }
}
