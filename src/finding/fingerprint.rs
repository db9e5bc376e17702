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

/// SHA-256, cut to 128 bits, over `portcullis/1/credential`, the rule's id and the value: the same wherever that stands, and of
/// no use to who looks for it in tables of hashes made for others.
pub(super) fn of_credential(rule: &str, value: &str) -> Fingerprint {
    let mut hash = Sha256::new();
    for part in ["portcullis/1/credential", rule, value] {
        hash.update(part);
        hash.update([0]);
    }
    cut(hash)
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
    cut(hash)
}

fn cut(hash: Sha256) -> Fingerprint {
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
const END_OF_FILE: u16 = 65535;

/// The hash of every line: a polynomial in 37 modulo 2^64 over the 100 UTF-16 code units from the start of the line, spaces
/// and tabs left out, CR and CRLF read as LF, with 65535 after the end and zeros from there on
/// (github/codeql-action, `src/fingerprints.ts`).
pub(super) fn line_hashes(text: &str) -> Vec<LineHash> {
    let mut units: Vec<u16> = Vec::with_capacity(text.len() + BLOCK + 1);
    let mut starts = vec![0];
    let mut previous = ' ';
    for character in text.chars() {
        let after_cr = previous == '\r';
        previous = character;
        match character {
            ' ' | '\t' => continue,
            '\n' if after_cr => continue,
            '\n' | '\r' => {
                units.push(u16::from(b'\n'));
                starts.push(units.len());
            }
            _ => units.extend_from_slice(character.encode_utf16(&mut [0; 2])),
        }
    }
    units.push(END_OF_FILE);
    units.resize(units.len() + BLOCK, 0);

    let factor_to_block = (0..BLOCK).fold(1u64, |product, _| product.wrapping_mul(FACTOR));
    let mut hash =
        units[..BLOCK].iter().fold(0u64, |hash, unit| hash.wrapping_mul(FACTOR).wrapping_add(u64::from(*unit)));
    let mut hashes = Vec::with_capacity(starts.len());
    let mut seen = rustc_hash::FxHashMap::default();
    let mut at = 0;
    for start in starts {
        while at < start {
            let entering = u64::from(units[at + BLOCK]);
            let leaving = u64::from(units[at]).wrapping_mul(factor_to_block);
            hash = hash.wrapping_mul(FACTOR).wrapping_add(entering).wrapping_sub(leaving);
            at += 1;
        }
        let occurrence = *seen.entry(hash).and_modify(|count| *count += 1).or_insert(1);
        hashes.push(LineHash { hash, occurrence });
    }
    hashes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Says the same in the plainest way: each line anew, unit by unit, by Horner's rule.
    fn plainly(text: &str) -> Vec<String> {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let mut seen = std::collections::HashMap::new();
        let mut start = 0;
        let lines = text.split_inclusive('\n').chain((text.is_empty() || text.ends_with('\n')).then_some(""));
        lines
            .map(|line| {
                let rest: String = text[start..].chars().filter(|c| !" \t".contains(*c)).collect();
                start += line.len();
                let units = rest.encode_utf16().chain([65535]).chain(std::iter::repeat(0)).take(100);
                let hash = units.fold(0u64, |hash, unit| hash.wrapping_mul(37).wrapping_add(u64::from(unit)));
                let count: &mut u32 = seen.entry(hash).or_default();
                *count += 1;
                format!("{hash:x}:{count}")
            })
            .collect()
    }

    #[test]
    fn line_hashes_are_those_of_the_description() {
        let texts = [
            String::new(),
            "x = 1".to_owned(),
            "x = 1\n".to_owned(),
            "\n\n\n".to_owned(),
            " \t \n\t\tx\ty  \n   ".to_owned(),
            "a\r\nb\rc\nd\r\r\ne\n\rf".to_owned(),
            "print('😀 grüße 漢字')\r\n# 👩‍👩‍👧\r\n".to_owned(),
            "same line\n".repeat(300),
            "a\n".repeat(300) + "b",
            format!("{}\n{}\r\n", "long ".repeat(200), "😀".repeat(120)),
            "\u{feff}import os\n".to_owned(),
        ];
        for text in texts {
            let ours: Vec<_> = line_hashes(&text).iter().map(ToString::to_string).collect();
            assert_eq!(ours, plainly(&text), "{text:?}");
        }
    }

    /// Values that codeql-action's own tests expect.
    #[test]
    fn line_hashes_are_those_of_github() {
        let hashes = |text: &str| line_hashes(text).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(hashes(""), ["c129715d7a2bc9a3:1"]);
        let lines = ["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"];
        assert_eq!(hashes(" a\nb\n  \t\tc\n d"), lines);
    }

    #[test]
    fn there_is_a_hash_for_every_line_of_the_index() {
        for text in ["", "a", "a\n", "a\r\n\rb", "\r\r\n\n", "a\r \nb"] {
            let lines = crate::source::LineIndex::new(text).lines();
            assert_eq!(line_hashes(text).len(), lines as usize, "{text:?}");
        }
    }
}
