//! Archives: the files in them, as further texts of a scan. Nothing is unpacked to the disk.
//!
//! Bytes tell what they are, not names: a jar, a wheel or a document of an office is a zip. A member is handed on as soon as
//! it is there, so that no more than one of each level is in memory. What would take more than the [`Limits`] is not read;
//! that and whatever else is not read is told, member by member where that is possible.

mod tarball;
#[cfg(test)]
mod tests;
mod zip;

use std::cell::Cell;
use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What stands between the name of an archive and that of its member, as in the URLs of Java.
const INSIDE: &str = "!/";

/// How far archives are read.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of one member.
    pub member: u64,
    /// Bytes that may come out of one outermost archive, whatever is in it.
    pub total: u64,
    /// The same as a multiple of its size.
    pub ratio: u64,
    /// Members of one outermost archive, those of archives in it included.
    pub members: u32,
    /// How deep archives may lie in each other: 1 for one that lies in none.
    pub depth: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { member: 4 << 20, total: 256 << 20, ratio: 200, members: 20_000, depth: 2 }
    }
}

/// A file in an archive, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// `outer.zip!/inner/name`; the archive's own where it is about all of it.
    pub path: String,
    pub bytes: Result<Vec<u8>, Unread>,
}

/// Why there are no bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// It is over the limit of one member; this is its beginning.
    Large(Vec<u8>),
    /// One sentence without the path.
    Because(String),
}

impl Member {
    fn unread(path: &str, why: &str) -> Self {
        Self { path: path.to_owned(), bytes: Err(Unread::Because(why.to_owned())) }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Zip,
    Tar,
    Gzip,
    Bzip2,
    /// Known, and not read.
    Other(&'static str),
}

/// A beginning, and where it stands, by which a format is known (file(1), and the formats' own descriptions).
const MAGIC: [(usize, &[u8], Format); 10] = [
    (0, b"PK\x03\x04", Format::Zip),
    (0, b"PK\x05\x06", Format::Zip),
    (257, b"ustar", Format::Tar),
    (0, b"\x1f\x8b\x08", Format::Gzip),
    (0, b"BZh", Format::Bzip2),
    (0, b"\xfd7zXZ\0", Format::Other("xz")),
    (0, b"\x28\xb5\x2f\xfd", Format::Other("zstd")),
    (0, b"7z\xbc\xaf\x27\x1c", Format::Other("7z")),
    (0, b"Rar!\x1a\x07", Format::Other("rar")),
    (0, b"MSCF\0\0\0\0", Format::Other("cab")),
];

/// The first bytes that are enough for [`is_archive`].
pub const HEAD: usize = 512;
/// What is kept of a member over the limit.
const BEGINNING: usize = 8 << 10;
const BLOCK_OF_BZIP2: &[u8] = b"\x31\x41\x59\x26\x53\x59";
/// What may come out of the smallest archive.
const SLACK: u64 = 1 << 20;

fn format(head: &[u8]) -> Option<Format> {
    let holds = |at: usize, magic: &[u8]| head.get(at..).is_some_and(|rest| rest.starts_with(magic));
    let found = MAGIC.iter().find(|(at, magic, _)| holds(*at, magic)).map(|(.., format)| *format);
    // Three letters begin many a text.
    found.filter(|format| *format != Format::Bzip2 || holds(4, BLOCK_OF_BZIP2))
}

/// Whether a file that begins so is an archive, or a compressed file.
pub fn is_archive(head: &[u8]) -> bool {
    format(head).is_some()
}

/// Hands on every file in an archive with a name, and says what was not read of it.
pub fn members(name: &str, bytes: &[u8], limits: &Limits, mut each: impl FnMut(Member)) {
    let by_ratio = (bytes.len() as u64).saturating_mul(limits.ratio).saturating_add(SLACK);
    let visit = Visit {
        limits,
        bytes: Cell::new(limits.total.min(by_ratio)),
        members: Cell::new(limits.members),
        is_over: Cell::new(false),
    };
    visit.archive(name, bytes, 1, &mut each);
}

/// What is left of the limits.
struct Visit<'l> {
    limits: &'l Limits,
    bytes: Cell<u64>,
    members: Cell<u32>,
    is_over: Cell<bool>,
}

impl Visit<'_> {
    fn archive(&self, name: &str, bytes: &[u8], depth: u32, each: &mut dyn FnMut(Member)) {
        if depth > self.limits.depth {
            return each(Member::unread(
                name,
                "archives lie too deep in each other: unpack the outer one, and scan what was in it",
            ));
        }
        match format(bytes) {
            Some(Format::Zip) => zip::members(self, name, bytes, depth, each),
            Some(Format::Tar) => tarball::members(self, name, bytes, depth, each),
            Some(Format::Gzip) => self.stream(name, flate2::read::MultiGzDecoder::new(bytes), depth, each),
            Some(Format::Bzip2) => self.stream(name, Caught(bzip2_rs::DecoderReader::new(bytes)), depth, each),
            Some(Format::Other(what)) => {
                each(Member::unread(name, &format!("{what} is not read: unpack it, and scan what is in it")))
            }
            None => {}
        }
    }

    /// One compressed file, which mostly is an archive of the one kind that does not compress by itself.
    fn stream(&self, name: &str, input: impl Read, depth: u32, each: &mut dyn FnMut(Member)) {
        let mut input = Metered { input, visit: self };
        let mut head = Vec::new();
        let begun = input.by_ref().take(HEAD as u64).read_to_end(&mut head);
        if begun.is_ok() && format(&head) == Some(Format::Tar) {
            return tarball::members(self, name, io::Cursor::new(head).chain(input), depth, each);
        }
        let inner = name.rsplit(['/', '\\']).next().unwrap_or(name);
        let inner = inner.rsplit_once('.').map_or(inner, |(stem, _)| stem);
        self.member(name, inner, begun.map(|_| io::Cursor::new(head).chain(input)), depth, each);
    }

    /// Reads a member and hands it on, or what is in it. Whether to go on.
    fn member(
        &self,
        archive: &str,
        name: &str,
        input: io::Result<impl Read>,
        depth: u32,
        each: &mut dyn FnMut(Member),
    ) -> bool {
        let path = format!("{archive}{INSIDE}{}", name.trim_start_matches("./").trim_start_matches('/'));
        let Some(members) = self.members.get().checked_sub(1) else {
            return self.ends(archive, &format!("it has more than {} members", self.limits.members), each);
        };
        self.members.set(members);
        let cap = self.limits.member;
        let mut bytes = Vec::new();
        let read = input.and_then(|input| input.take(cap.saturating_add(1)).read_to_end(&mut bytes));
        match read {
            _ if self.is_over.get() => {
                return self.ends(archive, "it unpacks to more than an honest archive of its size would", each);
            }
            Err(error) => each(Member::unread(&path, &format!("it cannot be unpacked: {error}"))),
            Ok(_) if bytes.len() as u64 <= cap => match is_archive(&bytes) {
                true => self.archive(&path, &bytes, depth + 1, each),
                false => each(Member { path, bytes: Ok(bytes) }),
            },
            Ok(_) if is_archive(&bytes) => {
                each(Member::unread(&path, "it is an archive too large to be read in another: unpack the outer one"));
            }
            Ok(_) => {
                bytes.truncate(BEGINNING);
                each(Member { path, bytes: Err(Unread::Large(bytes)) });
            }
        }
        !self.is_over.get()
    }

    /// Says, once, that nothing more is read, and why.
    fn ends(&self, archive: &str, why: &str, each: &mut dyn FnMut(Member)) -> bool {
        self.is_over.set(true);
        each(Member::unread(archive, &format!("{why}: what follows in it was not read")));
        false
    }
}

/// Counts what comes out, and ends where that is too much.
struct Metered<'v, 'l, R> {
    input: R,
    visit: &'v Visit<'l>,
}

impl<R: Read> Read for Metered<'_, '_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        match self.visit.bytes.get().checked_sub(count as u64) {
            Some(left) => self.visit.bytes.set(left),
            None => {
                self.visit.is_over.set(true);
                return Err(io::Error::other("it is too large"));
            }
        }
        Ok(count)
    }
}

/// A decoder that asserts much about its input: a failure of it is one of that input only.
struct Caught<R>(R);

impl<R: Read> Read for Caught<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = catch_unwind(AssertUnwindSafe(|| self.0.read(buffer)));
        read.unwrap_or_else(|_| Err(io::Error::other("it is damaged")))
    }
}
