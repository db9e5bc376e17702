//! Which lines of a text were not in an earlier one.
//!
//! A line is new if the text has it more often than the earlier one had. That takes one pass over each, whatever is in them,
//! and lines that only moved are not new. Of a line that was doubled, both are: nobody can say which was there before.

use rustc_hash::FxHashMap;

/// Numbers (from 1) of the new lines, in order.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Added(Vec<u32>);

impl Added {
    pub(super) fn new(before: &[u8], after: &[u8]) -> Self {
        let mut counts: FxHashMap<&[u8], i64> = FxHashMap::default();
        lines(before).for_each(|line| *counts.entry(line).or_default() -= 1);
        lines(after).for_each(|line| *counts.entry(line).or_default() += 1);
        let added = (1..).zip(lines(after)).filter(|(_, line)| counts.get(line).is_some_and(|count| *count > 0));
        Self(added.map(|(number, _)| number).collect())
    }

    /// Whether one of the lines from the first to the last is new.
    pub fn touches(&self, first: u32, last: u32) -> bool {
        let next = self.0.partition_point(|line| *line < first);
        self.0.get(next).is_some_and(|line| *line <= last)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Lines without their ends, as [`LineIndex`](crate::source::LineIndex) counts them: LF, CRLF and a lone CR end one.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let ends = memchr::memchr2_iter(b'\n', b'\r', text).map(|at| (at, at + 1)).chain([(text.len(), text.len())]);
    let mut start = 0;
    ends.filter_map(move |(end, next)| {
        if text.get(end) == Some(&b'\r') && text.get(next) == Some(&b'\n') {
            // The LF that follows ends the line.
            return None;
        }
        let line = text.get(start..end).unwrap_or_default();
        start = next;
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(before: &str, after: &str) -> Vec<u32> {
        Added::new(before.as_bytes(), after.as_bytes()).0
    }

    #[test]
    fn new_lines_are_told_and_moved_ones_are_not() {
        assert_eq!(added("a\nb\n", "a\nc\nb\n"), [2]);
        assert_eq!(added("a\nb\nc\n", "c\na\nb\n"), Vec::<u32>::new());
        assert_eq!(added("a\n", "a\na\n"), [1, 2]);
        assert_eq!(added("a\nb\n", "a\r\nb\rc"), [3], "ends of lines do not count, and a lone CR is one");
        assert_eq!(added("x", "a\r\r\nb"), [1, 2, 3]);
    }

    #[test]
    fn ranges_of_lines_are_compared() {
        let added = Added(vec![3, 7]);
        let touched = |first, last| added.touches(first, last);
        assert_eq!(
            [touched(1, 2), touched(1, 3), touched(4, 6), touched(7, 9), touched(8, 9)],
            [false, true, false, true, false]
        );
    }
}
