//! The form of a credential: a regular expression over bytes, taken apart when the page is read.
//!
//! What is found out once is what makes matching cheap: words one of which stands in every match, how long a match can be,
//! and, for most, steps that match without a regular expression being compiled.

use regex_syntax::hir::literal::{ExtractKind, Extractor};
use regex_syntax::hir::{Class, Hir, HirKind};
use serde::{Deserialize, Deserializer, Serialize};

/// A regular expression in ASCII, as pages write it, and what is known of its matches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Form {
    pub source: String,
    /// One of these stands in every match. None where no word tells it.
    pub words: Vec<Word>,
    /// The length of the longest match in bytes.
    pub longest: u32,
    /// How to match without compiling anything, where that gives the same.
    pub steps: Option<Steps>,
    /// The bytes that would make a match longer which ends in a class.
    pub tail: Option<Bytes>,
}

/// A word in lower case, and how many bytes of the match stand before it at most.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Word {
    pub text: String,
    pub before: u32,
}

/// What follows what. The credential stands between two of them, where it is not all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Steps {
    pub steps: Vec<Step>,
    pub value: (u16, u16),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    Literal(String),
    /// One of these, none of which begins as another does.
    Either(Vec<String>),
    Class {
        of: Bytes,
        least: u32,
        most: u32,
    },
}

/// A set of ASCII bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bytes(u64, u64);

impl Bytes {
    const NONE: Self = Self(0, 0);

    pub fn has(self, byte: u8) -> bool {
        match byte {
            0..64 => self.0 >> byte & 1 == 1,
            64..128 => self.1 >> (byte - 64) & 1 == 1,
            _ => false,
        }
    }

    fn with(self, byte: u8) -> Self {
        match byte {
            0..64 => Self(self.0 | 1 << byte, self.1),
            _ => Self(self.0, self.1 | 1 << (byte & 63)),
        }
    }

    fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0 || self.1 & other.1 != 0
    }
}

/// The longest credential that a page may speak of: a key block.
const LONGEST: usize = 1 << 16;
/// A compiled expression may take so much memory, in bytes.
pub const SIZE_LIMIT: usize = 10 << 20;
/// A lead needs so many bytes to be worth following.
pub const SHORTEST_WORD: usize = 3;
/// More of a word tells no more.
const LONGEST_WORD: usize = 10;
/// How far before its word a match may begin.
const FARTHEST_WORD: usize = 512;

/// What the compact table holds.
#[derive(Deserialize)]
struct Known {
    source: String,
    words: Vec<Word>,
    longest: u32,
    steps: Option<Steps>,
    tail: Option<Bytes>,
}

impl<'de> Deserialize<'de> for Form {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return Self::new(String::deserialize(deserializer)?).map_err(serde::de::Error::custom);
        }
        let Known { source, words, longest, steps, tail } = Known::deserialize(deserializer)?;
        Ok(Self { source, words, longest, steps, tail })
    }
}

impl Form {
    /// Takes a regular expression apart, or says why it is none for a credential.
    pub fn new(source: String) -> Result<Self, String> {
        let hir = parse(&source)?;
        let longest = hir.properties().maximum_len().filter(|longest| *longest <= LONGEST);
        let Some(longest) = longest else {
            return Err(format!("`{source}` may match more than {LONGEST} bytes: bound what is repeated"));
        };
        if hir.properties().minimum_len() == Some(0) {
            return Err(format!("`{source}` matches nothing at all"));
        }
        Ok(Self {
            words: words(&hir).unwrap_or_default(),
            longest: u32::try_from(longest).unwrap_or(u32::MAX),
            tail: tail(&hir),
            steps: steps(&hir),
            source,
        })
    }
}

/// Reads a regular expression as one over bytes in ASCII.
fn parse(source: &str) -> Result<Hir, String> {
    let mut parser = regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build();
    parser.parse(source).map_err(|error| format!("the regular expression `{source}` does not compile: {error}"))
}

/// The parts of what follows each other, groups opened.
fn parts(hir: &Hir) -> Vec<&Hir> {
    match hir.kind() {
        HirKind::Concat(parts_of) => parts_of.iter().flat_map(parts).collect(),
        HirKind::Capture(capture) => parts(&capture.sub),
        _ => vec![hir],
    }
}

/// Words one of which is in every match: those at the place where they are longest.
fn words(hir: &Hir) -> Option<Vec<Word>> {
    let parts = parts(hir);
    let mut before = 0;
    let mut best: Option<(usize, Vec<Word>)> = None;
    for (at, part) in parts.iter().enumerate() {
        let found = match part.kind() {
            // Each alternative has words of its own.
            HirKind::Alternation(alternatives) => {
                let each = alternatives.iter().map(words).collect::<Option<Vec<_>>>();
                each.map(|each| {
                    let moved = |word: Word| Word { before: word.before + before, ..word };
                    each.into_iter().flatten().map(moved).collect::<Vec<_>>()
                })
            }
            _ => None,
        };
        let rest = Hir::concat(parts[at..].iter().map(|part| lowered(part)).collect());
        for words in [found, beginnings(&rest, before)].into_iter().flatten() {
            let least = words.iter().map(|word| word.text.len()).min().unwrap_or_default();
            // Of short words the longer are better; of long ones the fewer, and those nearer to where the match begins.
            let away = words.iter().map(|word| word.before).max().unwrap_or_default() as usize / 16;
            let worth = 64 + least.min(5) * 64 + least - words.len().min(63) - away.min(63);
            if best.as_ref().is_none_or(|(known, _)| worth > *known) {
                best = Some((worth, words));
            }
        }
        before += u32::try_from(part.properties().maximum_len()?).ok()?;
        if before as usize > FARTHEST_WORD {
            break;
        }
    }
    best.map(|(_, mut words)| {
        words.sort();
        words.dedup_by(|next, kept| {
            let same = next.text == kept.text;
            if same {
                kept.before = kept.before.max(next.before);
            }
            same
        });
        words
    })
}

/// Words with one of which every match begins, if all are long enough.
fn beginnings(hir: &Hir, before: u32) -> Option<Vec<Word>> {
    let mut extractor = Extractor::new();
    extractor.kind(ExtractKind::Prefix).limit_class(6).limit_literal_len(LONGEST_WORD).limit_total(48);
    let found = extractor.extract(hir);
    let word = |bytes: &[u8]| {
        let text = std::str::from_utf8(bytes).ok()?.to_ascii_lowercase();
        (text.len() >= SHORTEST_WORD).then_some(Word { text, before })
    };
    let words = found.literals()?.iter().map(|literal| word(literal.as_bytes())).collect::<Option<Vec<_>>>()?;
    (!words.is_empty()).then_some(words)
}

/// The same for text in lower case: a class of one letter in both cases is that letter.
fn lowered(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Literal(literal) => Hir::literal(literal.0.to_ascii_lowercase()),
        HirKind::Class(_) => match class(hir).map(members) {
            Some(bytes) if matches!(*bytes, [a, b] if a.eq_ignore_ascii_case(&b)) => {
                Hir::literal([bytes[0].to_ascii_lowercase()])
            }
            _ => hir.clone(),
        },
        HirKind::Repetition(repetition) => {
            let sub = Box::new(lowered(&repetition.sub));
            Hir::repetition(regex_syntax::hir::Repetition { sub, ..repetition.clone() })
        }
        HirKind::Capture(capture) => lowered(&capture.sub),
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(lowered).collect()),
        HirKind::Alternation(parts) => Hir::alternation(parts.iter().map(lowered).collect()),
        HirKind::Empty | HirKind::Look(_) => hir.clone(),
    }
}

/// The bytes of a class, if all of them are ASCII.
fn class(hir: &Hir) -> Option<Bytes> {
    let ranges: Vec<(u32, u32)> = match hir.kind() {
        HirKind::Class(Class::Bytes(class)) => {
            class.ranges().iter().map(|r| (r.start().into(), r.end().into())).collect()
        }
        HirKind::Class(Class::Unicode(class)) => {
            class.ranges().iter().map(|r| (u32::from(r.start()), u32::from(r.end()))).collect()
        }
        HirKind::Literal(literal) if literal.0.len() == 1 => vec![(literal.0[0].into(), literal.0[0].into())],
        _ => return None,
    };
    let mut bytes = Bytes::NONE;
    for (start, end) in ranges {
        for byte in start..=end {
            bytes = bytes.with(u8::try_from(byte).ok().filter(u8::is_ascii)?);
        }
    }
    Some(bytes)
}

fn members(bytes: Bytes) -> Vec<u8> {
    (0..128).filter(|byte| bytes.has(*byte)).collect()
}

/// The class in which a match ends.
fn tail(hir: &Hir) -> Option<Bytes> {
    match parts(hir).last()?.kind() {
        HirKind::Repetition(repetition) => class(&repetition.sub),
        _ => None,
    }
}

/// The expression as steps, where taking as much as each can take is what the expression means.
fn steps(hir: &Hir) -> Option<Steps> {
    let mut all = Vec::new();
    let mut value = None;
    add_steps(hir, &mut all, &mut value)?;
    for pair in all.windows(2) {
        // What may take fewer must not be able to take what comes next.
        if let Step::Class { of, least, most } = &pair[0]
            && least < most
            && first_bytes(&pair[1])?.meets(*of)
        {
            return None;
        }
    }
    let value = value.unwrap_or((0, all.len()));
    Some(Steps { steps: all, value: (u16::try_from(value.0).ok()?, u16::try_from(value.1).ok()?) })
}

fn add_steps(hir: &Hir, all: &mut Vec<Step>, value: &mut Option<(usize, usize)>) -> Option<()> {
    match hir.kind() {
        HirKind::Literal(_) => all.push(Step::Literal(literal(hir)?)),
        HirKind::Class(_) => all.push(Step::Class { of: class(hir)?, least: 1, most: 1 }),
        HirKind::Repetition(repetition) if repetition.greedy => {
            let most = repetition.max?;
            all.push(Step::Class { of: class(&repetition.sub)?, least: repetition.min, most });
        }
        HirKind::Capture(capture) => {
            let start = all.len();
            add_steps(&capture.sub, all, value)?;
            if capture.name.as_deref() == Some("value") {
                *value = Some((start, all.len()));
            }
        }
        HirKind::Concat(parts) => parts.iter().try_for_each(|part| add_steps(part, all, value))?,
        HirKind::Alternation(parts) => {
            let literals = parts.iter().map(literal).collect::<Option<Vec<_>>>()?;
            let clashes = |one: &String| literals.iter().filter(|other| other.starts_with(one.as_str())).count() > 1;
            if literals.iter().any(clashes) {
                return None;
            }
            all.push(Step::Either(literals));
        }
        HirKind::Empty | HirKind::Look(_) | HirKind::Repetition(_) => return None,
    }
    Some(())
}

/// What an expression spells, if it spells something.
fn literal(hir: &Hir) -> Option<String> {
    match hir.kind() {
        HirKind::Literal(literal) => std::str::from_utf8(&literal.0).ok().map(str::to_owned),
        _ => None,
    }
}

/// The bytes with which a step may begin. `None` where it may be nothing at all.
fn first_bytes(step: &Step) -> Option<Bytes> {
    let one = |text: &String| text.bytes().next().filter(u8::is_ascii);
    match step {
        Step::Literal(literal) => Some(Bytes::NONE.with(one(literal)?)),
        Step::Either(all) => all.iter().try_fold(Bytes::NONE, |set, literal| Some(set.with(one(literal)?))),
        Step::Class { least: 0, .. } => None,
        Step::Class { of, .. } => Some(*of),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn words_of(source: &str) -> Vec<(String, u32)> {
        let form = Form::new(source.to_owned()).unwrap();
        form.words.into_iter().map(|word| (word.text, word.before)).collect()
    }

    #[test]
    fn every_match_holds_one_of_the_words() {
        let word = |text: &str, before| (text.to_owned(), before);
        assert_eq!(words_of("ghp_[0-9A-Za-z]{36}"), [word("ghp_", 0)]);
        assert_eq!(words_of("(?:AKIA|ASIA)[A-Z2-7]{16}"), [word("akia", 0), word("asia", 0)]);
        assert_eq!(words_of("[0-9a-z]{14}\\.atlasv1\\.[0-9a-z]{60,70}"), [word(".atlasv1.", 14)]);
        assert_eq!(words_of("(?i)x-api-key: [0-9a-f]{32}"), [word("x-api-key:", 0)]);
        assert_eq!(words_of("[0-9a-f]{32}"), []);
        assert_eq!(words_of("[a-z]{3}_one_[0-9]{5}|two_[0-9]{5}"), [word("_one_", 3), word("two_", 0)]);
    }

    #[test]
    fn simple_forms_need_no_compiling() {
        for source in ["ghp_[0-9A-Za-z]{36}", "key=(?<value>[0-9a-f]{8,64});", "[sr]k_(?:live|test)_[0-9A-Za-z]{24,99}"]
        {
            assert!(Form::new(source.to_owned()).unwrap().steps.is_some(), "{source}");
        }
        for source in ["a{1,3}ab", "(?:ab|abc)[0-9]{3}", "[a-z]{2,8}?-[0-9]{3}", "(?:a[0-9]|b){3}xyz"] {
            assert!(Form::new(source.to_owned()).unwrap().steps.is_none(), "{source}");
        }
    }

    #[test]
    fn what_has_no_end_is_refused() {
        for source in ["ghp_[a-z]+", "(", "[a-z]{0,9}", "x.{70000}"] {
            assert!(Form::new(source.to_owned()).is_err(), "{source}");
        }
    }
}
