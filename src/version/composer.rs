//! Versions of PHP packages, in the order of [`version_compare`](https://www.php.net/manual/en/function.version-compare.php),
//! which Composer uses: parts are cut between digits and letters, and words have ranks.

use std::cmp::Ordering;

use super::parts::{Number, runs};

#[derive(Clone, Debug)]
pub struct Version(Vec<Part>);

/// By rank: other words, `dev`, `alpha`, `beta`, `rc`, what is not there, numbers, `pl`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Word(Rank),
    Nothing,
    Number(Number),
    Patch,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Other,
    Dev,
    Alpha,
    Beta,
    Candidate,
}

const WORDS: &[(&str, Rank)] = &[
    ("dev", Rank::Dev),
    ("alpha", Rank::Alpha),
    ("a", Rank::Alpha),
    ("beta", Rank::Beta),
    ("b", Rank::Beta),
    ("rc", Rank::Candidate),
    ("c", Rank::Candidate),
];

pub(super) fn parse(text: &str) -> Option<Version> {
    let text = text.to_ascii_lowercase();
    let text = text.strip_prefix('v').unwrap_or(&text);
    // A branch is no version: nobody can tell what is in it.
    if !text.starts_with(|c: char| c.is_ascii_digit()) || text.ends_with("-dev") && text.contains('x') {
        return None;
    }
    let text = text.split('+').next().unwrap_or(text);
    let mut parts = Vec::new();
    for part in text.split(['.', '-', '_']).filter(|part| !part.is_empty()) {
        for run in runs(part) {
            parts.push(match (Number::parse(run), run) {
                (Some(number), _) => Part::Number(number),
                (None, "stable") => continue,
                (None, "pl" | "p" | "patch") => Part::Patch,
                (None, word) if word.bytes().all(|byte| byte.is_ascii_lowercase()) => {
                    let rank = WORDS.iter().find(|(known, _)| *known == word).map(|(_, rank)| rank.clone());
                    Part::Word(rank.unwrap_or(Rank::Other))
                }
                (None, _) => return None,
            });
        }
    }
    // 1.0 and 1.0.0.0 are one version: Composer writes four numbers.
    let numbers = parts.iter().take_while(|part| matches!(part, Part::Number(_))).count();
    for at in numbers..4 {
        parts.insert(at, Part::Number(Number::default()));
    }
    Some(Version(parts))
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let at = |version: &Self, at: usize| version.0.get(at).cloned().unwrap_or(Part::Nothing);
        let length = self.0.len().max(other.0.len());
        let mut orders = (0..length).map(|index| at(self, index).cmp(&at(other, index)));
        orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Version {}
