//! Finds runs of letters that are text in base64 or in hexadecimal digits.

use super::{Encoded, Encoding, LEAST, is_text, letters};
use crate::secret::proof::alphabet::{nibble, sextet};
use std::ops::Range;

/// The letters of base64, of both alphabets.
const LETTER: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = sextet(byte as u8).is_some();
        byte += 1;
    }
    table
};

/// What of a run is looked at to see whether it is text.
const SAMPLE: usize = 32;

pub(super) fn find(text: &[u8], spans: &mut Vec<Encoded>) {
    let mut from = 0;
    while let Some(run) = next(text, from) {
        from = run.end;
        if let Some((start, how)) = encoding(text, &run) {
            let end = if how == Encoding::Hex { run.end } else { wrapped(text, start..run.end) };
            spans.push(Encoded { span: start..end, how });
            from = end;
        }
    }
}

fn is_letter(byte: u8) -> bool {
    LETTER[usize::from(byte)]
}

/// The next run of enough letters from a place on, before which no letter stands. Windows are read from their ends:
/// what stands before the last other byte in one cannot be of a run that is long enough.
fn next(text: &[u8], mut from: usize) -> Option<Range<usize>> {
    while let Some(window) = text.get(from..from + LEAST) {
        match window.iter().rposition(|byte| !is_letter(*byte)) {
            Some(at) => from += at + 1,
            None => {
                let rest = &text[from + LEAST..];
                let more = rest.iter().position(|byte| !is_letter(*byte)).unwrap_or(rest.len());
                return Some(from..from + LEAST + more);
            }
        }
    }
    None
}

/// Where text begins in a run, and how it is encoded, if it is.
fn encoding(text: &[u8], run: &Range<usize>) -> Option<(usize, Encoding)> {
    // No text in ASCII begins with these in base64, and paths do.
    let start = run.start + text[run.clone()].iter().position(u8::is_ascii_alphanumeric)?;
    let letters = &text[start..run.end];
    if letters.len() < LEAST {
        return None;
    }
    let sample = &letters[..letters.len().min(SAMPLE)];
    let mut said = Said::default();
    let digits = letters.strip_prefix(b"0x").unwrap_or(letters);
    if digits.len() >= LEAST && digits.len().is_multiple_of(2) && digits.iter().all(|byte| nibble(*byte).is_some()) {
        letters::hex(sample, &mut |byte, _| said.push(byte));
        return is_text(said.bytes()).then_some((start, Encoding::Hex));
    }
    // A byte of ASCII has no more than seven bits, the first of which begin the first letter: most runs end here.
    if sextet(letters[0])? >= 32 {
        return None;
    }
    letters::base64(sample, &mut |byte, _| said.push(byte));
    if is_text(said.bytes()) {
        return Some((start, Encoding::Base64));
    }
    let (pairs, _) = said.bytes().as_chunks::<2>();
    let mut narrow = Said::default();
    pairs.iter().filter(|pair| pair[1] == 0).for_each(|pair| narrow.push(pair[0]));
    (narrow.length == pairs.len() && is_text(narrow.bytes())).then_some((start, Encoding::Base64Wide))
}

/// What a sample says: fewer bytes than it has letters.
#[derive(Default)]
struct Said {
    bytes: [u8; SAMPLE],
    length: usize,
}

impl Said {
    fn push(&mut self, byte: u8) {
        self.bytes[self.length] = byte;
        self.length += 1;
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// No more than this stands between two lines of one encoded text.
const INDENT: usize = 64;

/// The end of what is encoded, its padding and more lines of the same width included, of which the last may be shorter.
fn wrapped(text: &[u8], first: Range<usize>) -> usize {
    let width = first.len();
    let mut end = padded(text, first.end);
    while width.is_multiple_of(4) && text.get(end - 1) != Some(&b'=') {
        let Some(line) = line_after(text, end) else { break };
        let after = padded(text, line.end);
        let whole = line.len() == width;
        let last = line.len() < width && (after - line.start).is_multiple_of(4) && ends(text, after);
        if !whole && !last {
            break;
        }
        end = after;
        if last {
            break;
        }
    }
    end
}

fn padded(text: &[u8], end: usize) -> usize {
    end + text[end..].iter().take(2).take_while(|byte| **byte == b'=').count()
}

/// Whether a line of letters ends a text here: with a line end, a quote, a backslash or a bracket.
fn ends(text: &[u8], at: usize) -> bool {
    text.get(at).is_none_or(|byte| matches!(byte, b'\n' | b'\r' | b'"' | b'\'' | b'`' | b'\\' | b')' | b']' | b'<'))
}

/// The run of letters in the next line, if nothing but indentation, quotes and what joins strings comes before it.
fn line_after(text: &[u8], end: usize) -> Option<Range<usize>> {
    let mut at = end;
    let mut lines = 0;
    while at < end + INDENT {
        match text.get(at..)? {
            [b'\n', ..] => (at, lines) = (at + 1, lines + 1),
            [b'\\', b'n', ..] => (at, lines) = (at + 2, lines + 1),
            [b'\\', b'r', ..] => at += 2,
            [b' ' | b'\t' | b'\r' | b'"' | b'\'' | b'`' | b',' | b'\\', ..] => at += 1,
            [b'+', next, ..] if !is_letter(*next) && at > end && !is_letter(text[at - 1]) => at += 1,
            [byte, ..] if lines > 0 && is_letter(*byte) => {
                let rest = &text[at..];
                return Some(at..at + rest.iter().position(|byte| !is_letter(*byte)).unwrap_or(rest.len()));
            }
            _ => return None,
        }
    }
    None
}
