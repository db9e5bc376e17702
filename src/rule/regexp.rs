//! Regular expressions of pages, with the words that whatever they match begins with: most texts hold none of these, which
//! is told without compiling anything.

use regex_syntax::hir::literal::{ExtractKind, Extractor};
use regex_syntax::hir::{Class, Hir, HirKind};
use serde::{Deserialize, Deserializer, Serialize};

/// A regular expression, as pages write it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Regexp {
    pub source: String,
    /// In lower case; a space stands for any white space. `None` where nothing is known.
    pub beginnings: Option<Vec<String>>,
}

/// What the compact table holds.
#[derive(Deserialize)]
struct Known {
    source: String,
    beginnings: Option<Vec<String>>,
}

impl<'de> Deserialize<'de> for Regexp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return String::deserialize(deserializer).map(Self::new);
        }
        let Known { source, beginnings } = Known::deserialize(deserializer)?;
        Ok(Self { source, beginnings })
    }
}

impl Regexp {
    fn new(source: String) -> Self {
        let beginnings = beginnings(&source);
        Self { source, beginnings }
    }

    /// Whether a text may hold a match: `false` is certain.
    pub fn may_be_in(&self, text: &str) -> bool {
        let Some(words) = &self.beginnings else { return true };
        words.iter().any(|word| {
            // White space may be written in many ways: the word is what stands before it.
            let word = word.split(' ').next().unwrap_or_default();
            holds(text.as_bytes(), word.as_bytes())
        })
    }
}

/// Whether a text holds a word in lower case, in whatever case.
fn holds(text: &[u8], word: &[u8]) -> bool {
    let Some((first, rest)) = word.split_first() else { return true };
    memchr::memchr2_iter(*first, first.to_ascii_uppercase(), text)
        .any(|at| text[at + 1..].get(..rest.len()).is_some_and(|after| after.eq_ignore_ascii_case(rest)))
}

/// Texts with one of which everything begins that a regular expression matches.
fn beginnings(source: &str) -> Option<Vec<String>> {
    let hir = plain(&regex_syntax::parse(source).ok()?)?;
    let mut extractor = Extractor::new();
    extractor.kind(ExtractKind::Prefix).limit_total(1000);
    let found = extractor.extract(&hir);
    let word = |literal: &[u8]| std::str::from_utf8(literal).ok().map(str::to_ascii_lowercase);
    let mut words = found.literals()?.iter().map(|literal| word(literal.as_bytes())).collect::<Option<Vec<_>>>()?;
    words.sort();
    words.dedup();
    Some(words)
}

/// A regular expression for text in ASCII and lower case: classes of one letter in both cases are that letter, classes of
/// white space are a space.
fn plain(hir: &Hir) -> Option<Hir> {
    Some(match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => hir.clone(),
        HirKind::Literal(literal) => Hir::literal(literal.0.to_ascii_lowercase()),
        HirKind::Class(Class::Unicode(class)) => {
            let ascii: Vec<char> = ('\0'..='\x7f')
                .filter(|c| class.ranges().iter().any(|range| (range.start()..=range.end()).contains(c)))
                .collect();
            let same_letter = |c: &char| c.eq_ignore_ascii_case(&ascii[0]);
            match ascii.as_slice() {
                [] => hir.clone(),
                [first, ..] if ascii.iter().all(same_letter) => {
                    Hir::literal([u8::try_from(first.to_ascii_lowercase()).ok()?])
                }
                _ if ascii.iter().all(char::is_ascii_whitespace) || ascii == WHITE_SPACE => Hir::literal(*b" "),
                _ => hir.clone(),
            }
        }
        HirKind::Class(Class::Bytes(_)) => hir.clone(),
        HirKind::Repetition(repetition) => {
            let sub = Box::new(plain(&repetition.sub)?);
            Hir::repetition(regex_syntax::hir::Repetition { sub, ..repetition.clone() })
        }
        HirKind::Capture(capture) => plain(&capture.sub)?,
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(plain).collect::<Option<_>>()?),
        HirKind::Alternation(parts) => Hir::alternation(parts.iter().map(plain).collect::<Option<_>>()?),
    })
}

/// What `\s` matches in ASCII.
const WHITE_SPACE: [char; 6] = ['\t', '\n', '\x0b', '\x0c', '\r', ' '];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_begins_with_its_words() {
        let words = |source: &str| beginnings(source).unwrap_or_default();
        assert_eq!(words("(?i)(pas+wo?r?d|pwd|passphrase)($|_)"), ["pas", "passphrase", "passphrase_", "pwd", "pwd_"]);
        assert_eq!(words(r"(?isx) \b (?: select\s.*?from | delete\s+from )"), ["delete ", "select "]);
        assert_eq!(words(".*password"), [""; 0]);
    }

    #[test]
    fn what_may_be_in_a_text() {
        let regexp = Regexp::new(r"(?i)\b(?:exec|load\s+it)".to_owned());
        for (text, may) in [("an EXEC", true), ("load\tit", true), ("exe", false), ("", false), ("eexec", true)] {
            assert_eq!(regexp.may_be_in(text), may, "{text}");
        }
        assert!(Regexp::new(".x".to_owned()).may_be_in(""));
    }
}
