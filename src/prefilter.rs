//! The pre-filter of `scan`: passes over files in which no rule that is on could find anything, before they are parsed.
//!
//! Every rule needs some words in the text: the segments of a name, an argument's name, the beginning of a string. A file
//! goes on as soon as it holds all words of one rule, or anything that could make words out of parts: names computed for
//! `getattr` and the like, escapes in strings, letters that normalise to others, strings that are joined. `gate` and `run`
//! never use it. Known to be lost: a word whose halves are a constant reached by a name and a literal beside it.
//! And credentials that code puts together, where no other rule could find anything in the file.

mod joins;
mod words;

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use regex::Regex;
use rustc_hash::FxHashMap;
use unicode_normalization::UnicodeNormalization;

use crate::allow;
use crate::pack::Pack;
use words::{Need, Stands, Word};

/// Functions by which code reaches names that it does not spell. The list grows with what the evaluator follows; code that
/// runs code (`exec`, `eval`) is what rules of its own look for.
const CARRIERS: [(&str, Stands); 6] = [
    ("getattr", Stands::Computed),
    ("__import__", Stands::Computed),
    ("import_module", Stands::Computed),
    ("builtins", Stands::Alone),
    ("bltns", Stands::Alone),
    ("__builtins__", Stands::Alone),
];

/// What makes strings out of others in which no word need stand whole; of formatting, what puts in a constant.
const BUILDERS: [&str; 17] = [
    "[::",
    "chr(",
    ".replace(",
    "''.join",
    "\"\".join",
    ".join([",
    ".join((",
    ".format('",
    ".format(\"",
    "% '",
    "% \"",
    "% ('",
    "% (\"",
    "%'",
    "%\"",
    "f'{\"",
    "f\"{'",
];

/// Tells which texts are worth parsing.
#[derive(Debug, Default)]
pub struct Prefilter {
    /// `None` where nothing is filtered, or some rule says nothing about its words: then every file goes on.
    words: Option<Words>,
}

#[derive(Debug)]
struct Words {
    automaton: AhoCorasick,
    of_word: Vec<Entry>,
    /// For each need, of how many words it consists.
    sizes: Vec<u8>,
}

/// A word of the automaton.
#[derive(Debug)]
struct Entry {
    text: String,
    stands: Stands,
    /// The needs that the word is part of.
    needs: Vec<u32>,
    name: OnceLock<Option<Regex>>,
}

impl Prefilter {
    /// Collects the words of the rules that are on.
    pub fn new(pack: &Pack, is_on: impl Fn(u16) -> bool) -> Self {
        let mut needs: Vec<Need> =
            CARRIERS.into_iter().map(|(text, stands)| vec![Word { text: text.to_owned(), stands }]).collect();
        needs.extend(BUILDERS.map(|text| vec![Word { text: text.to_owned(), stands: Stands::Anywhere }]));
        needs.push(vec![Word { text: allow::MARKER.to_owned(), stands: Stands::Anywhere }]);
        for (_, rule) in (0..).zip(pack.rules()).filter(|(index, _)| is_on(*index)) {
            match words::needs_of(&rule.matcher, &pack.models) {
                Some(more) => needs.extend(more),
                None => return Self { words: None },
            }
        }
        Self { words: Words::new(needs) }
    }

    /// Whether a rule could find something in the text.
    pub fn lets_through(&self, text: &str) -> bool {
        let Some(words) = &self.words else { return true };
        may_normalise(text) || words.satisfied(text) || has_escapes(text) || words.in_joined_strings(text)
    }
}

impl Words {
    fn new(needs: Vec<Need>) -> Option<Self> {
        let mut ids: FxHashMap<Word, usize> = FxHashMap::default();
        let mut patterns = Vec::new();
        let mut of_word: Vec<Entry> = Vec::new();
        let mut sizes = Vec::new();
        for (number, mut need) in (0..).zip(needs) {
            need.sort();
            need.dedup();
            sizes.push(u8::try_from(need.len()).ok()?);
            for word in need {
                let id = *ids.entry(word).or_insert_with_key(|word| {
                    patterns.push(word.text.clone());
                    let Word { text, stands } = word.clone();
                    of_word.push(Entry { text, stands, needs: Vec::new(), name: OnceLock::new() });
                    patterns.len() - 1
                });
                of_word[id].needs.push(number);
            }
        }
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::DFA))
            .build(&patterns)
            .ok()?;
        Some(Self { automaton, of_word, sizes })
    }

    /// Whether a word that rules look for in strings comes about where the parts of a string meet.
    fn in_joined_strings(&self, text: &str) -> bool {
        let reach = self.automaton.max_pattern_len();
        joins::any(text, reach, |around| {
            let found = self.automaton.find_overlapping_iter(around);
            found.into_iter().any(|found| {
                !matches!(
                    self.of_word[found.pattern().as_usize()].stands,
                    Stands::Alone | Stands::Bare | Stands::Reached | Stands::Computed
                )
            })
        })
    }

    /// Whether all words of some need stand in the text. Stops at the first that does.
    fn satisfied(&self, text: &str) -> bool {
        let mut missing = self.sizes.clone();
        let mut seen = vec![false; self.of_word.len()];
        for found in self.automaton.find_overlapping_iter(text) {
            let word = found.pattern().as_usize();
            let entry = &self.of_word[word];
            if seen[word] || !entry.counts(text, found.start(), found.end()) {
                continue;
            }
            seen[word] = true;
            for need in &entry.needs {
                missing[*need as usize] -= 1;
                if missing[*need as usize] == 0 {
                    return true;
                }
            }
        }
        false
    }
}

impl Entry {
    /// Whether a word at a place stands as it must.
    fn counts(&self, text: &str, start: usize, end: usize) -> bool {
        let bytes = text.as_bytes();
        let before = start.checked_sub(1).and_then(|at| bytes.get(at));
        let is_name = |byte: Option<&u8>| byte.is_some_and(|byte| is_name_byte(*byte));
        let is_same = &bytes[start..end] == self.text.as_bytes();
        match &self.stands {
            Stands::Alone => is_same && !is_name(before) && !is_name(bytes.get(end)),
            Stands::Computed => {
                is_same && !is_name(before) && !is_name(bytes.get(end)) && !names_literally(&text[end..])
            }
            Stands::Bare => is_same && !is_name(before) && before != Some(&b'.') && !is_name(bytes.get(end)),
            Stands::Reached => {
                let name = text[..start].trim_end_matches('_');
                is_same && !is_name(name.as_bytes().last()) && !is_name(bytes.get(end))
            }
            Stands::Begins => matches!(before, Some(b'"' | b'\'' | b'}')),
            Stands::BeforeSpace => bytes
                .get(end)
                .is_some_and(|b| b.is_ascii_whitespace() || matches!(b, b'\\' | b'{' | b'%' | b'"' | b'\'')),
            Stands::Anywhere => true,
            Stands::InName(pattern) => {
                let name = self.name.get_or_init(|| Regex::new(pattern).ok());
                name.as_ref().is_none_or(|regex| names_around(text, start, end).any(|name| regex.is_match(name)))
            }
        }
    }
}

/// Whether what follows a function takes its name from a plain string, on the same line: `(object, "name"` or `("name"`.
/// Such a name is found as a word of its own.
fn names_literally(after: &str) -> bool {
    let line = after.lines().next().unwrap_or_default();
    let Some(arguments) = line.strip_prefix('(') else { return false };
    let name = arguments.split_once(',').map_or(arguments, |(object, second)| {
        // Only an object that is a plain name leaves no doubt which comma it is.
        let is_plain = object.bytes().all(|byte| is_name_byte(byte) || byte == b'.');
        if is_plain { second } else { arguments }
    });
    let name = name.trim_start();
    let Some(rest) = name.strip_prefix(['"', '\'']) else { return false };
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.').unwrap_or(rest.len());
    let is_closed = rest[end..].starts_with(['"', '\'']);
    is_closed && rest[end + 1..].trim_start().starts_with([')', ','])
}

/// Whether the text has characters outside of ASCII that Python takes for letters of it in identifiers (NFKC).
fn may_normalise(text: &str) -> bool {
    !text.is_ascii()
        && text.chars().filter(|c| !c.is_ascii()).any(|c| std::iter::once(c).nfkc().any(|c| c.is_ascii_alphanumeric()))
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Of a longer name, so much to both sides of a word is looked at.
const LONGEST_NAME: usize = 256;

/// The names that a word may be part of: the identifier around it, and the string around it on its line (a key).
/// A keyword is no name unless it is quoted.
fn names_around(text: &str, start: usize, end: usize) -> impl Iterator<Item = &str> {
    let bytes = text.as_bytes();
    let around = |is_inside: fn(u8) -> bool| {
        let near =
            (text.floor_char_boundary(start.saturating_sub(LONGEST_NAME)), text.ceil_char_boundary(end + LONGEST_NAME));
        let first =
            bytes[near.0..start].iter().rposition(|byte| !is_inside(*byte)).map_or(near.0, |at| near.0 + at + 1);
        let last = bytes[end..near.1].iter().position(|byte| !is_inside(*byte)).map_or(near.1, |at| end + at);
        &text[first..last]
    };
    let identifier = Some(around(is_name_byte)).filter(|name| *name != "pass");
    let string = around(|byte| !matches!(byte, b'"' | b'\'' | b'\n' | b'\r'));
    identifier.into_iter().chain([string])
}

/// `\x`, `\u`, `\N`, an octal escape or a line end in the middle of a word: a string may spell anything.
fn has_escapes(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'\\', bytes).any(|at| match bytes.get(at + 1) {
        Some(b'x' | b'u' | b'U' | b'N' | b'0'..=b'7') => true,
        Some(b'\n' | b'\r') => {
            let next = bytes[at + 1..].iter().find(|byte| !matches!(byte, b'\n' | b'\r'));
            at > 0 && bytes[at - 1] > b' ' && next.is_some_and(|next| *next > b' ')
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_at_characters() {
        for filler in ["漢", "é", "🎉", "x漢"] {
            for count in 60..160 {
                let text = format!("# {} password {}", filler.repeat(count), filler.repeat(count));
                let at = text.find("password").unwrap_or_default();
                assert!(names_around(&text, at, at + 8).any(|name| name.contains("password")));
            }
        }
    }

    #[test]
    fn only_a_plain_name_is_taken_at_its_word() {
        for after in ["(os, 'system')", "(a.b, \"c\", None)", "('os')", "(\"os\", x)"] {
            assert!(names_literally(after), "{after}");
        }
        for after in
            ["(os, name)", "((0, 'b') and os, 'a' + x)", "(os, 'a' + x)", "(\n  os, 'a')", "(os, f'{x}')", "x", ""]
        {
            assert!(!names_literally(after), "{after}");
        }
    }
}
