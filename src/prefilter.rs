//! The pre-filter of `scan`: passes over files in which no rule that is on could find anything, before they are parsed.
//!
//! Every rule needs some words in the text: the segments of a name, an argument's name, the beginning of a string. A file
//! goes on as soon as it holds all words of one rule, or anything that could make words out of parts: reflection, escapes in
//! strings, characters outside of ASCII (identifiers are normalised), strings that are joined. `gate` and `run` never use it.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use regex_syntax::hir::literal::{ExtractKind, Extractor};
use rustc_hash::FxHashMap;

use crate::allow;
use crate::model::Models;
use crate::pack::Pack;
use crate::rule::{Match, StatementKind};
use crate::value;

/// Words by which code reaches names that it does not spell, or runs code that it builds.
const CARRIERS: [&str; 21] = [
    "getattr",
    "__import__",
    "import_module",
    "importlib",
    "exec",
    "eval",
    "compile",
    "globals",
    "locals",
    "vars",
    "__dict__",
    "__getattribute__",
    "__subclasses__",
    "__builtins__",
    "builtins",
    "attrgetter",
    "methodcaller",
    "codecs",
    "runpy",
    "pkgutil",
    "modules",
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
    /// For each word: whether it must stand alone, and the needs that it is part of.
    of_word: Vec<(bool, Vec<u32>)>,
    /// For each need, of how many words it consists.
    sizes: Vec<u8>,
    /// Whether some rule looks at strings, which may be written in parts.
    any_text: bool,
}

/// What one way of matching needs: all of these. The flag says whether a word must stand alone, as identifiers do.
type Need = Vec<(String, bool)>;

impl Prefilter {
    /// Collects the words of the rules that are on.
    pub fn new(pack: &Pack, is_on: impl Fn(u16) -> bool) -> Self {
        let mut needs: Vec<Need> = CARRIERS.iter().map(|word| vec![((*word).to_owned(), true)]).collect();
        needs.push(vec![(allow::MARKER.to_owned(), false)]);
        for (_, rule) in (0..).zip(pack.rules()).filter(|(index, _)| is_on(*index)) {
            match needs_of(&rule.matcher, &pack.models) {
                Some(more) => needs.extend(more),
                None => return Self { words: None },
            }
        }
        Self { words: Words::new(&needs) }
    }

    /// Whether a rule could find something in the text.
    pub fn lets_through(&self, text: &str) -> bool {
        let Some(words) = &self.words else { return true };
        !text.is_ascii() || words.satisfied(text) || has_escapes(text) || words.any_text && joins_strings(text)
    }
}

impl Words {
    fn new(needs: &[Need]) -> Option<Self> {
        let mut ids: FxHashMap<(String, bool), usize> = FxHashMap::default();
        let mut patterns = Vec::new();
        let mut of_word: Vec<(bool, Vec<u32>)> = Vec::new();
        let mut sizes = Vec::new();
        for (number, need) in (0..).zip(needs) {
            let mut need: Vec<_> = need.iter().map(|(word, alone)| (word.to_ascii_lowercase(), *alone)).collect();
            need.sort();
            need.dedup();
            sizes.push(u8::try_from(need.len()).ok()?);
            for word in need {
                let id = *ids.entry(word.clone()).or_insert_with(|| {
                    patterns.push(word.0);
                    of_word.push((word.1, Vec::new()));
                    patterns.len() - 1
                });
                of_word[id].1.push(number);
            }
        }
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(&patterns)
            .ok()?;
        let any_text = of_word.iter().any(|(alone, _)| !alone);
        Some(Self { automaton, of_word, sizes, any_text })
    }

    /// Whether all words of some need stand in the text. Stops at the first that does.
    fn satisfied(&self, text: &str) -> bool {
        let bytes = text.as_bytes();
        let mut missing = self.sizes.clone();
        let mut seen = vec![false; self.of_word.len()];
        for found in self.automaton.find_overlapping_iter(bytes) {
            let word = found.pattern().as_usize();
            let (alone, needs) = &self.of_word[word];
            if seen[word] || *alone && !stands_alone(bytes, found.start(), found.end()) {
                continue;
            }
            seen[word] = true;
            for need in needs {
                missing[*need as usize] -= 1;
                if missing[*need as usize] == 0 {
                    return true;
                }
            }
        }
        false
    }
}

fn stands_alone(bytes: &[u8], start: usize, end: usize) -> bool {
    let is_word = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    !is_word(start.checked_sub(1).and_then(|at| bytes.get(at))) && !is_word(bytes.get(end))
}

/// What a rule needs, one for each way in which it can match; `None` where that cannot be told.
fn needs_of(matcher: &Match, models: &Models) -> Option<Vec<Need>> {
    match matcher {
        Match::Call(call) => {
            // A condition on a keyword that must be passed needs the keyword.
            let required = call.when.iter().filter(|condition| condition.at.is_none() && !condition.missing);
            let required = required.filter_map(|condition| condition.arg.as_deref()).filter(|arg| *arg != "*");
            let required: Need = required.map(|arg| (arg.to_owned(), true)).collect();
            call.name.iter().map(|name| name_need(name, &required)).collect()
        }
        Match::Import(import) => import.name.iter().map(|name| name_need(name, &[])).collect(),
        Match::Effect(effect) => {
            let models = models.calls.iter().filter(|model| effect.kind.contains(&model.effect));
            models.flat_map(|model| &model.name).map(|name| name_need(name, &[])).collect()
        }
        Match::String(string) => {
            let mut needs: Vec<Need> =
                string.is.iter().chain(&string.starts_with).map(|text| vec![(text.clone(), false)]).collect();
            needs.extend(pattern_needs(string.matches.as_deref())?);
            needs.iter().all(|need| need.iter().all(|(text, _)| !text.is_empty())).then_some(needs)
        }
        Match::Binding(binding) => match &binding.name {
            Some(name) => pattern_needs(Some(name)),
            None => {
                let words = binding.value.is.iter().map(|literal| match literal {
                    crate::rule::Literal::Text(name) => name_need(name, &[]),
                    _ => None,
                });
                words.collect::<Option<Vec<_>>>().filter(|needs| !needs.is_empty())
            }
        },
        Match::Format(format) => pattern_needs(format.matches.as_deref()),
        Match::Statement(statement) => Some(match statement.is {
            StatementKind::Assert => vec![vec![("assert".to_owned(), true)]],
            StatementKind::ExceptPass => vec![vec![("except".to_owned(), true), ("pass".to_owned(), true)]],
            StatementKind::ExceptContinue => vec![vec![("except".to_owned(), true), ("continue".to_owned(), true)]],
        }),
        // These look at the raw text or at what reading says, whatever this filter decides.
        Match::Text(_) | Match::Query(_) | Match::Problem(_) => Some(Vec::new()),
    }
}

/// The segments of a name, which all stand in a text that resolves to it.
fn name_need(name: &str, required: &[(String, bool)]) -> Option<Need> {
    let is_word =
        |segment: &&str| !matches!(*segment, "()" | "[]" | "?" | "*" | "builtins") && !segment.starts_with('.');
    let mut need: Need = value::segments(name).filter(is_word).map(|segment| (segment.to_owned(), true)).collect();
    need.extend_from_slice(required);
    (!need.is_empty()).then_some(need)
}

/// The beginnings of what a regular expression matches, one need each.
fn pattern_needs(pattern: Option<&str>) -> Option<Vec<Need>> {
    let Some(pattern) = pattern else { return Some(Vec::new()) };
    let hir = regex_syntax::parse(pattern).ok()?;
    let mut beginnings = Extractor::new().kind(ExtractKind::Prefix).extract(&hir);
    beginnings.dedup();
    let mut words: Vec<String> = beginnings
        .literals()?
        .iter()
        .map(|literal| std::str::from_utf8(literal.as_bytes()).ok().map(str::to_ascii_lowercase))
        .collect::<Option<_>>()?;
    words.sort();
    words.dedup();
    words.iter().all(|word| word.len() >= 2).then(|| words.into_iter().map(|word| vec![(word, false)]).collect())
}

/// `\x`, `\u`, `\N` or an octal escape: a string may spell anything.
fn has_escapes(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'\\', bytes)
        .any(|at| matches!(bytes.get(at + 1), Some(b'x' | b'u' | b'U' | b'N' | b'0'..=b'7')))
}

/// Whether a quote is followed by another one with nothing between but white space, `+`, parentheses, line continuations
/// and comments: a string in parts. Errs on the side of saying so.
fn joins_strings(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut skip_to = 0;
    memchr::memchr2_iter(b'"', b'\'', bytes).any(|at| {
        if at < skip_to {
            return false;
        }
        let run = bytes[at..].iter().take_while(|byte| **byte == bytes[at]).count();
        skip_to = at + run;
        let mut next = skip_to;
        loop {
            match bytes.get(next) {
                Some(b' ' | b'\t' | b'\r' | b'\n' | b'\\' | b'+' | b'(' | b')') => next += 1,
                Some(b'#') => next += memchr::memchr(b'\n', &bytes[next..]).unwrap_or(bytes.len() - next),
                _ => break,
            }
        }
        // A closing quote may be followed by a prefix of at most two letters.
        (0..3).map_while(|letters| bytes.get(next + letters)).any(|byte| matches!(byte, b'"' | b'\''))
            && bytes[next..].iter().take(3).take_while(|b| !matches!(b, b'"' | b'\'')).all(u8::is_ascii_alphabetic)
    })
}
