//! Versions of Maven's artifacts, in the order of its
//! [POM reference](https://maven.apache.org/pom.html#version-order-specification).

use std::cmp::Ordering;

use super::parts::{Number, runs};

#[derive(Clone, Debug)]
pub struct Version(Vec<Token>);

#[derive(Clone, Debug)]
struct Token {
    separator: Separator,
    item: Item,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Separator {
    Dot,
    Hyphen,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Item {
    Number(Number),
    /// One of the known words, by its place in their order, in which a release has its own.
    Known(u8),
    Other(Box<str>),
}

/// The place of a release among the known words.
const RELEASE: u8 = 5;
const KNOWN: &[(&str, u8)] = &[
    ("alpha", 0),
    ("beta", 1),
    ("milestone", 2),
    ("rc", 3),
    ("cr", 3),
    ("snapshot", 4),
    ("", RELEASE),
    ("final", RELEASE),
    ("ga", RELEASE),
    ("release", RELEASE),
    ("sp", 6),
];

pub(super) fn parse(text: &str) -> Option<Version> {
    if text.is_empty() || !text.is_ascii() || text.contains(|c: char| c.is_whitespace() || "${}[](),".contains(c)) {
        return None;
    }
    let text = text.to_ascii_lowercase();
    let mut tokens: Vec<Token> = Vec::new();
    let mut separator = Separator::Dot;
    let mut rest = text.as_str();
    loop {
        let end = rest.find(['.', '-', '_']).unwrap_or(rest.len());
        let all = runs(&rest[..end]);
        let count = all.len();
        if all.is_empty() {
            tokens.push(Token { separator, item: Item::Number(Number::default()) });
        }
        for (number, run) in all.into_iter().enumerate() {
            let separator = if number == 0 { separator } else { Separator::Hyphen };
            tokens.push(Token { separator, item: item(run, number + 1 < count) });
        }
        let Some(found) = rest[end..].chars().next() else { break };
        separator = if found == '.' { Separator::Dot } else { Separator::Hyphen };
        rest = &rest[end + 1..];
    }
    Some(Version(trimmed(tokens)))
}

/// `a1` is alpha where a number follows right after.
fn item(run: &str, is_followed: bool) -> Item {
    if let Some(number) = Number::parse(run) {
        return Item::Number(number);
    }
    let word = match run {
        "a" if is_followed => "alpha",
        "b" if is_followed => "beta",
        "m" if is_followed => "milestone",
        word => word,
    };
    match KNOWN.iter().find(|(known, _)| *known == word) {
        Some((_, rank)) => Item::Known(*rank),
        None => Item::Other(word.into()),
    }
}

/// Zeros and releases at the end of the version, or before a hyphen, count for nothing.
fn trimmed(tokens: Vec<Token>) -> Vec<Token> {
    let is_null = |token: &Token| match &token.item {
        Item::Number(number) => number.is_zero(),
        Item::Known(rank) => *rank == RELEASE,
        Item::Other(_) => false,
    };
    let mut kept: Vec<Token> = Vec::with_capacity(tokens.len());
    for token in tokens {
        if token.separator == Separator::Hyphen {
            while kept.len() > 1 && kept.last().is_some_and(is_null) {
                kept.pop();
            }
        }
        kept.push(token);
    }
    while kept.len() > 1 && kept.last().is_some_and(is_null) {
        kept.pop();
    }
    kept
}

/// `.word` < `-word` < `-number` < `.number`; words by their order, others after the known ones.
fn rank(token: &Token) -> (u8, Option<&Number>, u8, &str) {
    match (&token.item, token.separator) {
        (Item::Number(number), Separator::Dot) => (3, Some(number), 0, ""),
        (Item::Number(number), Separator::Hyphen) => (2, Some(number), 0, ""),
        (Item::Known(word), _) => (1, None, *word, ""),
        (Item::Other(word), _) => (1, None, 7, word),
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let padding = |like: &Token| Token {
            separator: like.separator,
            item: match like.item {
                Item::Number(_) => Item::Number(Number::default()),
                _ => Item::Known(RELEASE),
            },
        };
        for at in 0..self.0.len().max(other.0.len()) {
            let order = match (self.0.get(at), other.0.get(at)) {
                (Some(one), Some(other)) => rank(one).cmp(&rank(other)),
                (Some(one), None) => rank(one).cmp(&rank(&padding(one))),
                (None, Some(other)) => rank(&padding(other)).cmp(&rank(other)),
                (None, None) => Ordering::Equal,
            };
            if order.is_ne() {
                return order;
            }
        }
        Ordering::Equal
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
