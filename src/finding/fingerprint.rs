//! Identities of findings: our own, which survives moved lines, and GitHub's.

use std::fmt;

use sha2::{Digest, Sha256};

/// SHA-256, cut to 128 bits, over `portcullis/1`, the rule's id, the path, the marked text (secrets masked, white space
/// folded) and the ordinal among the file's equal ones. Lines may move and be reindented; the text of the finding may not change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 16]);

impl fmt::Display for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

pub(super) fn fingerprint(rule: &str, path: &str, subject: &str, ordinal: u32) -> Fingerprint {
    let mut hash = Sha256::new();
    for part in ["portcullis/1", rule, path] {
        hash.update(part);
        hash.update([0]);
    }
    for word in subject.split_whitespace() {
        hash.update(word);
        hash.update(b" ");
    }
    hash.update([0]);
    hash.update(ordinal.to_le_bytes());
    let digest = hash.finalize();
    let mut short = [0; 16];
    short.copy_from_slice(&digest[..16]);
    Fingerprint(short)
}

/// The value of GitHub's `partialFingerprints.primaryLocationLineHash`: a rolling hash of what follows the start of a line,
/// and how often it occurred in the file so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineHash {
    pub hash: u64,
    pub occurrence: u32,
}

impl fmt::Display for LineHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:x}:{}", self.hash, self.occurrence)
    }
}

const BLOCK: usize = 100;
const FACTOR: u64 = 37;
const END_OF_FILE: u64 = 65535;

/// The hash of every line: a polynomial in 37 modulo 2^64 over the 100 UTF-16 code units from the start of the line, spaces
/// and tabs left out, CR and CRLF read as LF, with 65535 after the end and zeros from there on
/// (github/codeql-action, `src/fingerprints.ts`).
pub(super) fn line_hashes(text: &str) -> Vec<LineHash> {
    let mut units: Vec<u64> = Vec::with_capacity(text.len() + BLOCK + 1);
    let mut starts = vec![0];
    let mut previous = ' ';
    for character in text.chars() {
        let after_cr = previous == '\r';
        previous = character;
        match character {
            ' ' | '\t' => continue,
            '\n' if after_cr => continue,
            '\n' | '\r' => {
                units.push(u64::from(b'\n'));
                starts.push(units.len());
            }
            _ => units.extend(character.encode_utf16(&mut [0; 2]).iter().map(|unit| u64::from(*unit))),
        }
    }
    units.push(END_OF_FILE);
    units.resize(units.len() + BLOCK, 0);

    let factor_to_block = (0..BLOCK).fold(1u64, |product, _| product.wrapping_mul(FACTOR));
    let mut hash = units[..BLOCK].iter().fold(0u64, |hash, unit| hash.wrapping_mul(FACTOR).wrapping_add(*unit));
    let mut hashes = Vec::with_capacity(starts.len());
    let mut seen = rustc_hash::FxHashMap::default();
    let mut at = 0;
    for start in starts {
        while at < start {
            let entering = units[at + BLOCK];
            let leaving = units[at].wrapping_mul(factor_to_block);
            hash = hash.wrapping_mul(FACTOR).wrapping_add(entering).wrapping_sub(leaving);
            at += 1;
        }
        let occurrence = *seen.entry(hash).and_modify(|count| *count += 1).or_insert(1);
        hashes.push(LineHash { hash, occurrence });
    }
    hashes
}
