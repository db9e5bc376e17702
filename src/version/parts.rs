//! Numbers of any length, and how parts of versions are cut.

use std::cmp::Ordering;

/// A number as its digits, without zeros before it: no length overflows.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(super) struct Number(Box<str>);

impl Number {
    /// `None` for what is not all digits.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| Self(text.trim_start_matches('0').into()))
    }

    pub(super) fn is_zero(&self) -> bool {
        self.0.is_empty()
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Cuts a text between digits and others: `rc10` is `rc` and `10`.
pub(super) fn runs(text: &str) -> Vec<&str> {
    let mut runs = Vec::new();
    let mut start = 0;
    let bytes = text.as_bytes();
    for at in 1..bytes.len() {
        if text.is_char_boundary(at) && bytes[at].is_ascii_digit() != bytes[at - 1].is_ascii_digit() {
            runs.push(&text[start..at]);
            start = at;
        }
    }
    if start < text.len() {
        runs.push(&text[start..]);
    }
    runs
}

/// Compares lists of numbers of which the shorter one goes on with zeros.
pub(super) fn compare_padded(one: &[Number], other: &[Number]) -> Ordering {
    let zero = Number::default();
    let at = |list: &[Number], at: usize| list.get(at).cloned().unwrap_or_else(|| zero.clone());
    let length = one.len().max(other.len());
    (0..length)
        .map(|index| at(one, index).cmp(&at(other, index)))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}
