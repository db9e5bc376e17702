//! Compressed bytes: `zlib`, `gzip`, `bz2`, `lzma`, up to a size.

use std::io::{self, Read, Write};
use std::panic::catch_unwind;

use super::given::Given;
use super::{MAX_BYTES, Table, Tools};
use crate::value::{Shape, Value};

/// What a decoder may go through for however few bytes, as bytes that could be read in the time.
const BLOCK: usize = 1 << 17;

pub(super) const FUNCTIONS: Table = &[
    ("zlib.decompress", |tools, given| {
        let bytes = given.bytes("data", 0)?;
        match given.int_or("wbits", 1, 15)? {
            0 | 8..=15 => zlib(tools, bytes),
            -15..=-8 => read(tools, flate2::read::DeflateDecoder::new(bytes)),
            16..=31 => gzip(tools, bytes),
            32..=47 if bytes.starts_with(&[0x1F, 0x8B]) => gzip(tools, bytes),
            32..=47 => zlib(tools, bytes),
            _ => None,
        }
    }),
    ("gzip.decompress", |tools, given| gzip(tools, given.bytes("data", 0)?)),
    ("bz2.decompress", |tools, given| bzip2(tools, given.bytes("data", 0)?)),
    ("lzma.decompress", |tools, given| lzma(tools, given)),
    ("zlib.compress", |tools, given| {
        let effort = given.int_or("level", 1, -1)?;
        let effort = u32::try_from(effort).ok().filter(|effort| *effort <= 9).unwrap_or(6);
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::new(effort));
        encoder.write_all(given.bytes("data", 0)?).ok()?;
        tools.bytes(&encoder.finish().ok()?)
    }),
    ("gzip.compress", |tools, given| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(given.bytes("data", 0)?).ok()?;
        tools.bytes(&encoder.finish().ok()?)
    }),
    ("zlib.crc32", |_, given| {
        if given.count() > 1 {
            return None;
        }
        let mut sum = flate2::Crc::new();
        sum.update(given.bytes("data", 0)?);
        Some(super::int(i64::from(sum.sum())))
    }),
];

pub(super) fn zlib<'a>(tools: &mut Tools<'a, '_>, bytes: &[u8]) -> Option<Value<'a>> {
    read(tools, flate2::read::ZlibDecoder::new(bytes))
}

fn gzip<'a>(tools: &mut Tools<'a, '_>, bytes: &[u8]) -> Option<Value<'a>> {
    read(tools, flate2::read::MultiGzDecoder::new(bytes))
}

pub(super) fn bzip2<'a>(tools: &mut Tools<'a, '_>, bytes: &[u8]) -> Option<Value<'a>> {
    if !bytes.starts_with(b"BZh") || !tools.budget.read(BLOCK, tools.span) {
        return None;
    }
    let room = MAX_BYTES as u64 + 1;
    // The decoder asserts much about its input: a failure of it is one of these bytes only.
    let read = catch_unwind(|| {
        let mut output = Vec::new();
        bzip2_rs::DecoderReader::new(bytes).take(room).read_to_end(&mut output).map(|_| output)
    });
    tools.bytes(&read.ok()?.ok()?)
}

fn lzma<'a>(tools: &mut Tools<'a, '_>, given: &Given<'a>) -> Option<Value<'a>> {
    const RAW: i64 = 3;
    let bytes = given.bytes("data", 0)?;
    if given.get("format", 1).is_some_and(|format| matches!(format.shape, Shape::Int(RAW))) {
        return None;
    }
    if !tools.budget.read(BLOCK, tools.span) {
        return None;
    }
    let is_xz = bytes.starts_with(b"\xFD7zXZ\0");
    let output = catch_unwind(|| {
        let mut output = Bounded(Vec::new());
        let options = lzma_rs::decompress::Options { memlimit: Some(MAX_BYTES), ..Default::default() };
        let mut input = io::BufReader::new(bytes);
        let result = match is_xz {
            true if !is_small_xz(bytes) => return None,
            true => lzma_rs::xz_decompress(&mut input, &mut output),
            false => lzma_rs::lzma_decompress_with_options(&mut input, &mut output, &options),
        };
        result.ok().map(|()| output.0)
    });
    tools.bytes(&output.ok()??)
}

/// Whether a file of `xz` has one block, and tells of no more than what may be built: its decoder has no limit of its own.
fn is_small_xz(bytes: &[u8]) -> bool {
    const HEADER: usize = 12;
    let is_small = || {
        let block = bytes.get(HEADER..)?;
        let header = (usize::from(*block.first()?) + 1) * 4;
        let mut rest = block.get(header..)?;
        let mut size = 0;
        loop {
            // A chunk: what it is, its size unpacked, its size packed, and its properties where they change.
            let (skipped, unpacked) = match rest {
                [0, ..] => break,
                [1 | 2, high, low, ..] => {
                    let size = usize::from(u16::from_be_bytes([*high, *low])) + 1;
                    (3 + size, size)
                }
                [control @ 0x80..=0xFF, high, low, packed_high, packed_low, ..] => {
                    let packed = usize::from(u16::from_be_bytes([*packed_high, *packed_low])) + 1;
                    let low = usize::from(u16::from_be_bytes([*high, *low]));
                    let unpacked = (usize::from(control & 0x1F) << 16) + low + 1;
                    (5 + packed + usize::from(*control >= 0xC0), unpacked)
                }
                _ => return None,
            };
            size += unpacked;
            rest = rest.get(skipped..).filter(|_| size <= MAX_BYTES)?;
        }
        // Padding and a check follow, and then the index, which begins with zero.
        let checked: usize = match bytes.get(7)? & 15 {
            0 => 0,
            1..=3 => 4,
            4..=6 => 8,
            7..=9 => 16,
            10..=12 => 32,
            _ => 64,
        };
        let end = (bytes.len() - rest.len() + 1).next_multiple_of(4) + checked;
        (*bytes.get(end)? == 0).then_some(())
    };
    is_small().is_some()
}

/// What refuses to grow beyond the largest byte string.
struct Bounded(Vec<u8>);

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MAX_BYTES {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// All that a decoder gives, if it is not too much and whole.
fn read<'a>(tools: &mut Tools<'a, '_>, decoder: impl Read) -> Option<Value<'a>> {
    let mut output = Vec::new();
    let result = decoder.take(MAX_BYTES as u64 + 1).read_to_end(&mut output);
    // What is too much, or goes wrong late, took its time as well.
    if !tools.budget.read(output.len(), tools.span) {
        return None;
    }
    result.ok()?;
    tools.bytes(&output)
}
