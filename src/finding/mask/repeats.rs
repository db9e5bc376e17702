//! Secrets that stand a second time, in the same text or in a message about it, where no name gives them away.

use aho_corasick::{AhoCorasick, MatchKind};
use rustc_hash::FxHashSet;

use super::{Secret, is_word, merged, secrets};
use crate::source::Span;

/// Shorter values are too common to be taken for a repetition.
const SHORTEST: usize = 6;
/// Longer ones (keys) are found by their own marks.
const LONGEST: usize = 512;
/// The automaton's memory is bounded by the bytes of the values it looks for; the first ones of a text are taken.
const BYTES: usize = 1 << 16;

/// Finds the values of secrets.
pub(in crate::finding) struct Repeats {
    automaton: Option<AhoCorasick>,
    /// Of each value, how much may be shown.
    shown: Vec<u32>,
}

impl Repeats {
    pub(in crate::finding) fn of(texts: &[(&str, &[Secret])]) -> Self {
        let mut room = BYTES;
        let (mut known, mut values, mut shown) = (FxHashSet::default(), Vec::new(), Vec::new());
        let named = texts.iter().flat_map(|(text, secrets)| secrets.iter().map(move |secret| (*text, secret)));
        for (text, secret) in named {
            let value = text.get(secret.span.range()).unwrap_or_default();
            if (SHORTEST..=LONGEST).contains(&value.len()) && value.len() <= room && known.insert(value) {
                room -= value.len();
                values.push(value);
                shown.push(secret.shown);
            }
        }
        let automaton = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(values);
        Self { automaton: automaton.ok().filter(|automaton| automaton.patterns_len() > 0), shown }
    }

    /// The secrets of a text: its own, and these values where they stand as a word of their own. A value that could be an
    /// ordinary word must also stand between quotes.
    pub(in crate::finding) fn with(&self, text: &str, mut own: Vec<Secret>) -> Vec<Secret> {
        let Some(automaton) = &self.automaton else { return own };
        let bytes = text.as_bytes();
        let around = |at: Option<usize>| at.and_then(|at| bytes.get(at)).copied();
        own.extend(automaton.find_iter(text).filter_map(|found| {
            let neighbours = [around(found.start().checked_sub(1)), around(Some(found.end()))];
            let is_plain = bytes[found.range()].iter().all(|byte| is_word(*byte) && !byte.is_ascii_digit());
            let stands_alone = if is_plain {
                neighbours.iter().all(|byte| byte.is_some_and(|byte| b"\"'`".contains(&byte)))
            } else {
                !neighbours.into_iter().flatten().any(is_word)
            };
            let shown = self.shown.get(found.pattern().as_usize()).copied().unwrap_or_default();
            stands_alone.then(|| Secret { span: Span::new(found.start(), found.end()), shown })
        }));
        merged(own)
    }

    /// The secrets of a message about the text.
    pub(in crate::finding) fn in_message(&self, message: &str) -> Vec<Secret> {
        self.with(message, secrets(message))
    }
}
