//! The file of advisories: how it is laid out, written and read.
//!
//! ```text
//! magic, 8 bytes
//! length of the head, its checksum        4 + 4 bytes
//! head (postcard): what is in it and of when, and where the parts lie, each with its checksum
//! keys: count, then for each key the offsets of its name and of its records, then the names, sorted
//! records: for each key its length, its checksum, and what is recorded (postcard)
//! texts: blocks of long texts (deflate), each with its checksum; which block has which advisory stands in a part of its own
//! ```
//!
//! Numbers are little-endian, of 32 bits; checksums are CRC-32: they tell damage, and are no proof against forgery, for which
//! every offset and length is held against what is there. Keys are read whole, everything else where it is asked for.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Mutex;

use serde::{Deserialize, Serialize};

use super::{Details, Record, Status, matching};
use crate::package::{Advisory, Ecosystem};

/// The last two bytes are the version of the layout.
const MAGIC: &[u8; 8] = b"PORTAD01";
/// No part that is read as a whole is longer.
const LONGEST_PART: u32 = 512 << 20;
/// Texts in a block: more are packed better, fewer read faster.
const TEXTS_IN_A_BLOCK: usize = 96;

#[derive(Default, Serialize, Deserialize)]
struct Head {
    status: Status,
    keys: Part,
    records: Part,
    directory: Block,
    blocks: Vec<Block>,
}

/// A run of bytes, counted from the end of the head.
#[derive(Clone, Copy, Default, Serialize, Deserialize)]
struct Part {
    start: u32,
    length: u32,
    checksum: u32,
}

#[derive(Clone, Copy, Default, Serialize, Deserialize)]
struct Block {
    part: Part,
    /// What comes out of it.
    length: u32,
}

/// Advisories, ready to be asked.
#[derive(Debug)]
pub struct Index {
    source: Mutex<Source>,
    head: Head,
    /// Where parts are counted from.
    base: u64,
    keys: Vec<u8>,
}

#[derive(Debug)]
enum Source {
    File(File),
    Bytes(io::Cursor<Vec<u8>>),
}

impl std::fmt::Debug for Head {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.status.fmt(formatter)
    }
}

impl Index {
    pub fn open(path: &Path) -> Result<Self, String> {
        let told = |why: String| format!("{}: {why}", path.display());
        let file = File::open(path).map_err(|error| told(error.to_string()))?;
        let is_file = file.metadata().is_ok_and(|metadata| metadata.is_file());
        if !is_file {
            return Err(told("it is no file".to_owned()));
        }
        Self::read(Source::File(file)).map_err(told)
    }

    /// The same of bytes in memory.
    pub fn of_bytes(bytes: Vec<u8>) -> Result<Self, String> {
        Self::read(Source::Bytes(io::Cursor::new(bytes)))
    }

    fn read(mut source: Source) -> Result<Self, String> {
        let start = source.bytes(0, 16).map_err(|_| "it is no index of advisories: it is too short".to_owned())?;
        let (magic, numbers) = start.split_at(MAGIC.len());
        if magic[..6] != MAGIC[..6] {
            return Err("it is no index of advisories".to_owned());
        }
        if magic != MAGIC {
            return Err("it was made by another version of portcullis: make it anew with `portcullis db import` or \
                        `portcullis db update`"
                .to_owned());
        }
        let part = Part { start: 0, length: number(numbers, 0)?, checksum: number(numbers, 4)? };
        let head: Head = decoded(&source.part(16, part)?)?;
        let base = 16 + u64::from(part.length);
        let keys = source.part(base, head.keys)?;
        let index = Self { source: Mutex::new(source), head, base, keys };
        if index.count()?.checked_mul(8).is_none_or(|length| length + 4 > index.keys.len()) {
            return Err(damaged());
        }
        Ok(index)
    }

    pub fn status(&self) -> &Status {
        &self.head.status
    }

    /// The advisories that affect a version of a package, or may; those that speak of one thing are one.
    pub fn find(&self, ecosystem: Ecosystem, name: &str, version: &str) -> Result<Vec<Advisory>, String> {
        let Some(at) = self.search(&key(ecosystem, &ecosystem.normal(name)))? else { return Ok(Vec::new()) };
        let records: Vec<Record> = decoded(&self.records(at)?)?;
        Ok(matching::advisories(ecosystem, version, &records))
    }

    /// The texts of an advisory by any of its names.
    pub fn details(&self, id: &str) -> Result<Vec<Details>, String> {
        let directory: Vec<(Vec<Box<str>>, u32)> = decoded(&self.block(self.head.directory)?)?;
        let mut found = Vec::new();
        let is_it = |name: &str| name.eq_ignore_ascii_case(id);
        let named = directory.iter().filter(|(names, _)| names.iter().any(|name| is_it(name)));
        for block in named.map(|(_, block)| *block).collect::<BTreeSet<u32>>() {
            let block = self.head.blocks.get(block as usize).ok_or_else(damaged)?;
            let texts: Vec<Details> = decoded(&self.block(*block)?)?;
            found.extend(
                texts.into_iter().filter(|text| is_it(&text.id) || text.aliases.iter().any(|name| is_it(name))),
            );
        }
        Ok(found)
    }

    fn count(&self) -> Result<usize, String> {
        Ok(number(&self.keys, 0)? as usize)
    }

    /// Where the records of a key begin.
    fn search(&self, wanted: &[u8]) -> Result<Option<u32>, String> {
        let (mut low, mut high) = (0, self.count()?);
        while low < high {
            let middle = low.midpoint(high);
            let entry = 4 + middle * 8;
            match self.name(entry)?.cmp(wanted) {
                std::cmp::Ordering::Equal => return number(&self.keys, entry + 4).map(Some),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        Ok(None)
    }

    /// The name of a key: its length in two bytes, then itself.
    fn name(&self, entry: usize) -> Result<&[u8], String> {
        let at = number(&self.keys, entry)? as usize;
        let rest = self.keys.get(at..).ok_or_else(damaged)?;
        let (length, rest) = rest.split_first_chunk::<2>().ok_or_else(damaged)?;
        rest.get(..usize::from(u16::from_le_bytes(*length))).ok_or_else(damaged)
    }

    fn records(&self, at: u32) -> Result<Vec<u8>, String> {
        let within = |length: u32| at.checked_add(length).is_some_and(|end| end <= self.head.records.length);
        if !within(8) {
            return Err(damaged());
        }
        let start = self.base + u64::from(self.head.records.start) + u64::from(at);
        let mut source = self.source.lock().map_err(|_| damaged())?;
        let numbers = source.bytes(start, 8)?;
        let (length, checksum) = (number(&numbers, 0)?, number(&numbers, 4)?);
        if !length.checked_add(8).is_some_and(within) {
            return Err(damaged());
        }
        source.part(start + 8, Part { start: 0, length, checksum })
    }

    fn block(&self, block: Block) -> Result<Vec<u8>, String> {
        let packed = self.source.lock().map_err(|_| damaged())?.part(self.base, block.part)?;
        inflated(&packed, block.length)
    }
}

impl Source {
    fn bytes(&mut self, at: u64, length: u32) -> Result<Vec<u8>, String> {
        // What is said to be there may not be: nothing is made room for before it is read.
        let mut bytes = Vec::new();
        let done = match self {
            Self::File(file) => {
                file.seek(SeekFrom::Start(at)).and_then(|_| file.take(u64::from(length)).read_to_end(&mut bytes))
            }
            Self::Bytes(cursor) => {
                cursor.set_position(at);
                cursor.take(u64::from(length)).read_to_end(&mut bytes)
            }
        };
        match done {
            Ok(read) if read == length as usize => Ok(bytes),
            Ok(_) => Err(damaged()),
            Err(error) => Err(format!("it cannot be read: {error}")),
        }
    }

    fn part(&mut self, base: u64, part: Part) -> Result<Vec<u8>, String> {
        if part.length > LONGEST_PART {
            return Err(damaged());
        }
        let bytes = self.bytes(base + u64::from(part.start), part.length)?;
        if crc32fast::hash(&bytes) == part.checksum { Ok(bytes) } else { Err(damaged()) }
    }
}

fn damaged() -> String {
    "it is damaged: make it anew with `portcullis db import` or `portcullis db update`".to_owned()
}

fn number(bytes: &[u8], at: usize) -> Result<u32, String> {
    let four = bytes.get(at..).and_then(<[u8]>::first_chunk::<4>).ok_or_else(damaged)?;
    Ok(u32::from_le_bytes(*four))
}

fn decoded<'b, T: Deserialize<'b>>(bytes: &'b [u8]) -> Result<T, String> {
    postcard::from_bytes(bytes).map_err(|_| damaged())
}

fn inflated(bytes: &[u8], length: u32) -> Result<Vec<u8>, String> {
    let mut text = Vec::new();
    let read =
        flate2::read::DeflateDecoder::new(bytes).take(u64::from(length.min(LONGEST_PART)) + 1).read_to_end(&mut text);
    match read {
        Ok(read) if read == length as usize => Ok(text),
        _ => Err(damaged()),
    }
}

/// What the keys of an ecosystem begin with sorts them together.
fn key(ecosystem: Ecosystem, normal: &str) -> Vec<u8> {
    let mut key = Vec::with_capacity(ecosystem.name().len() + 1 + normal.len());
    key.extend_from_slice(ecosystem.name().as_bytes());
    key.push(0);
    key.extend_from_slice(normal.as_bytes());
    key
}

/// Everything that goes into an index. Packages come in the order of their keys.
#[derive(Default)]
pub(super) struct Contents {
    pub(super) status: Status,
    pub(super) packages: std::collections::BTreeMap<(Ecosystem, String), Vec<Record>>,
    pub(super) texts: Vec<Details>,
}

impl Contents {
    /// Writes the index. What is too large for it is an error of kind `InvalidInput`.
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut body = Body::default();
        let (keys, records) = self.keys_and_records()?;
        let mut head = Head { status: self.status.clone(), ..Head::default() };
        head.keys = body.add(&keys)?;
        head.records = body.add(&records)?;
        let mut directory: Vec<(Vec<&str>, u32)> = Vec::with_capacity(self.texts.len());
        for (number, texts) in (0..).zip(self.texts.chunks(TEXTS_IN_A_BLOCK)) {
            head.blocks.push(body.add_packed(&encoded(&texts)?)?);
            directory.extend(texts.iter().map(|text| {
                let names = std::iter::once(&text.id).chain(&text.aliases).map(|name| &**name).collect();
                (names, number)
            }));
        }
        head.directory = body.add_packed(&encoded(&directory)?)?;
        let head = encoded(&head)?;
        out.write_all(MAGIC)?;
        out.write_all(&length(head.len())?.to_le_bytes())?;
        out.write_all(&crc32fast::hash(&head).to_le_bytes())?;
        out.write_all(&head)?;
        out.write_all(&body.0)
    }

    fn keys_and_records(&self) -> io::Result<(Vec<u8>, Vec<u8>)> {
        // The order of the file is that of the bytes of keys, not that of our list of ecosystems.
        let mut packages: Vec<_> =
            self.packages.iter().map(|((ecosystem, name), records)| (key(*ecosystem, name), records)).collect();
        packages.sort_by(|one, other| one.0.cmp(&other.0));
        let count = packages.len();
        let (mut table, mut names, mut all) = (length(count)?.to_le_bytes().to_vec(), Vec::new(), Vec::new());
        for (key, records) in packages {
            table.extend(length(4 + count * 8 + names.len())?.to_le_bytes());
            table.extend(length(all.len())?.to_le_bytes());
            names.extend(u16::try_from(key.len()).map_err(|_| too_large())?.to_le_bytes());
            names.extend(key);
            let records = encoded(records)?;
            all.extend(length(records.len())?.to_le_bytes());
            all.extend(crc32fast::hash(&records).to_le_bytes());
            all.extend(records);
        }
        table.extend(names);
        Ok((table, all))
    }
}

/// What follows the head.
#[derive(Default)]
struct Body(Vec<u8>);

impl Body {
    fn add(&mut self, bytes: &[u8]) -> io::Result<Part> {
        let part =
            Part { start: length(self.0.len())?, length: length(bytes.len())?, checksum: crc32fast::hash(bytes) };
        self.0.extend_from_slice(bytes);
        length(self.0.len())?;
        Ok(part)
    }

    fn add_packed(&mut self, bytes: &[u8]) -> io::Result<Block> {
        let mut packer = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        packer.write_all(bytes)?;
        Ok(Block { part: self.add(&packer.finish()?)?, length: length(bytes.len())? })
    }
}

fn encoded<T: Serialize + ?Sized>(value: &T) -> io::Result<Vec<u8>> {
    postcard::to_stdvec(value).map_err(io::Error::other)
}

fn length(length: usize) -> io::Result<u32> {
    u32::try_from(length).map_err(|_| too_large())
}

fn too_large() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "there is more than an index holds")
}
