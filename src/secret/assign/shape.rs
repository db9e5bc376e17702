//! What a value looks like: counts of its characters, and how far it is from ordinary words.

use super::{bigram, words};

#[derive(Clone, Debug, Default)]
pub(super) struct Shape {
    pub(super) length: usize,
    pub(super) lower: usize,
    pub(super) upper: usize,
    pub(super) digits: usize,
    /// Neither letters nor digits nor blanks.
    pub(super) special: usize,
    /// `_`, `-`, `.` and `:` among them.
    pub(super) joints: usize,
    pub(super) slashes: usize,
    pub(super) blanks: usize,
    pub(super) distinct: usize,
    /// Entropy of the characters, in bits for each.
    pub(super) entropy: f32,
    /// As [`bigram::surprise`] has it.
    pub(super) surprise: f32,
    /// Neighbours of different kinds, such as a digit after a letter, or a capital after a small letter.
    pub(super) changes: usize,
    /// Neighbours of which the second follows the first in the alphabet, or repeats it.
    pub(super) rows: usize,
    pub(super) longest_letters: usize,
    /// Bytes that belong to ordinary words.
    pub(super) worded: usize,
    /// Letters in groups of three at most between signs, such as `of` in `name_of_it`.
    pub(super) particles: usize,
    pub(super) begins_upper: bool,
    pub(super) is_common: bool,
    pub(super) is_hex: bool,
    pub(super) is_base64: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Lower,
    Upper,
    Digit,
    Other,
}

fn kind(byte: u8) -> Kind {
    match byte {
        b'a'..=b'z' => Kind::Lower,
        b'A'..=b'Z' => Kind::Upper,
        b'0'..=b'9' => Kind::Digit,
        _ => Kind::Other,
    }
}

impl Shape {
    pub(super) fn of(value: &[u8]) -> Self {
        let count = |matches: fn(&u8) -> bool| value.iter().filter(|byte| matches(byte)).count();
        let mut counts = [0_u16; 256];
        value.iter().for_each(|byte| counts[usize::from(*byte)] = counts[usize::from(*byte)].saturating_add(1));
        let lower = String::from_utf8_lossy(value).to_ascii_lowercase();
        Self {
            length: value.len(),
            lower: count(u8::is_ascii_lowercase),
            upper: count(u8::is_ascii_uppercase),
            digits: count(u8::is_ascii_digit),
            special: count(|byte| !byte.is_ascii_alphanumeric() && !byte.is_ascii_whitespace()),
            joints: count(|byte| matches!(byte, b'_' | b'-' | b'.' | b':')),
            slashes: count(|byte| matches!(byte, b'/' | b'\\')),
            blanks: count(u8::is_ascii_whitespace),
            distinct: counts.iter().filter(|count| **count > 0).count(),
            entropy: entropy(&counts, value.len()),
            surprise: bigram::surprise(value).unwrap_or_default(),
            changes: value.windows(2).filter(|pair| kind(pair[0]) != kind(pair[1]) && !is_capital(pair)).count(),
            rows: value.windows(2).filter(|pair| pair[1] == pair[0] || pair[1] == pair[0].wrapping_add(1)).count(),
            longest_letters: value.split(|byte| !byte.is_ascii_alphabetic()).map(<[u8]>::len).max().unwrap_or_default(),
            worded: words::covered(&lower),
            particles: value
                .split(|byte| !byte.is_ascii_alphabetic())
                .map(<[u8]>::len)
                .filter(|length| *length <= 3)
                .sum(),
            begins_upper: value.first().is_some_and(u8::is_ascii_uppercase),
            is_common: words::is_common(&lower),
            is_hex: value.iter().all(u8::is_ascii_hexdigit),
            is_base64: value
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'_' | b'-')),
        }
    }

    pub(super) fn letters(&self) -> usize {
        self.lower + self.upper
    }

    /// How many of small letters, capitals, digits and signs there are.
    pub(super) fn classes(&self) -> u8 {
        [self.lower, self.upper, self.digits, self.special].iter().map(|count| u8::from(*count > 0)).sum()
    }

    /// Whether it is made of words, as names in programs are: `some_name`, `someName2`, `some-name.of-it`.
    pub(super) fn is_identifier(&self) -> bool {
        let particles = if self.worded > 0 { self.particles } else { 0 };
        let is_worded = (self.worded + particles) * 10 >= self.letters() * 6 || self.surprise < 4.6;
        self.special == self.joints
            && self.blanks == 0
            && self.digits * 5 <= self.length
            && self.letters() > 0
            && is_worded
            && self.changes.saturating_sub(2 * self.joints) * 3 <= self.length
    }

    /// `SOME_CONSTANT_2`.
    pub(super) fn is_constant(&self) -> bool {
        self.lower == 0
            && self.joints >= 2
            && self.special == self.joints
            && self.digits * 3 <= self.length
            && self.blanks == 0
    }

    /// One word of letters in one case, or with a capital.
    pub(super) fn is_word(&self) -> bool {
        self.letters() == self.length && (self.lower == 0 || self.upper == 0 || self.upper == 1 && self.begins_upper)
    }
}

/// A capital that begins a word.
fn is_capital(pair: &[u8]) -> bool {
    pair[0].is_ascii_uppercase() && pair[1].is_ascii_lowercase()
}

fn entropy(counts: &[u16; 256], length: usize) -> f32 {
    let total = f32::from(u16::try_from(length).unwrap_or(u16::MAX)).max(1.0);
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f32::from(*count) / total)
        .map(|share| -share * share.log2())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::Shape;

    #[test]
    fn names_of_programs_are_told_from_noise() {
        for name in
            ["some_name", "accessTokenProvider", "user-service.request-token", "PASSWORD", "Bearer", "refresh_token2"]
        {
            assert!(Shape::of(name.as_bytes()).is_identifier(), "{name}");
        }
        for noise in ["q8Zr2LxW9vTb4Km7", "jq_x8w-zk2v", "Zq!w93x"] {
            assert!(!Shape::of(noise.as_bytes()).is_identifier(), "{noise}");
        }
    }

    #[test]
    fn entropy_is_in_bits() {
        assert!((Shape::of(b"abcdabcd").entropy - 2.0).abs() < 0.001);
        assert!(Shape::of(b"").entropy.abs() < 0.001);
    }
}
