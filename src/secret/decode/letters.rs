//! Bytes out of base64 and hexadecimal digits, each with the place of the characters that say it.

use crate::secret::proof::alphabet::{nibble, sextet};
use std::ops::Range;

/// Passes over whatever stands between lines, an operator of code too. What follows a `=` begins anew.
pub(super) fn base64(text: &[u8], each: &mut impl FnMut(u8, Range<usize>)) {
    let (mut held, mut count, mut before) = (0u32, 0, 0);
    let mut escaped = false;
    for (at, letter) in text.iter().enumerate() {
        if std::mem::take(&mut escaped) || joins(text, at) {
            continue;
        }
        let Some(bits) = sextet(*letter) else {
            escaped = *letter == b'\\';
            if *letter == b'=' {
                (held, count) = (0, 0);
            }
            continue;
        };
        held = (held << 6 | u32::from(bits)) & 0x3FFF;
        count += 6;
        if count >= 8 {
            count -= 8;
            each((held >> count) as u8, before..at + 1);
        }
        before = at;
    }
}

/// A `+` that stands alone joins two strings.
fn joins(text: &[u8], at: usize) -> bool {
    let alone = |at: Option<usize>| at.and_then(|at| text.get(at)).is_none_or(|byte| sextet(*byte).is_none());
    text[at] == b'+' && alone(at.checked_sub(1)) && alone(Some(at + 1))
}

/// Digits after `0x` or after nothing.
pub(super) fn hex(text: &[u8], each: &mut impl FnMut(u8, Range<usize>)) {
    let start = if matches!(text, [b'0', b'x' | b'X', ..]) { 2 } else { 0 };
    for (at, pair) in text[start..].as_chunks::<2>().0.iter().enumerate() {
        if let (Some(high), Some(low)) = (nibble(pair[0]), nibble(pair[1])) {
            each(high << 4 | low, start + 2 * at..start + 2 * at + 2);
        }
    }
}
