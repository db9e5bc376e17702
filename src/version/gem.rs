//! Versions of Ruby's gems, as [`Gem::Version`](https://docs.ruby-lang.org/en/master/Gem/Version.html) describes them: letters
//! make a version come before the release, and zeros at an end do not count.

use std::cmp::Ordering;

use super::parts::{Number, runs};

#[derive(Clone, Debug)]
pub struct Version(Vec<Segment>);

/// Words come before numbers, and so before what is not there, which is 0.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Word(Box<str>),
    Number(Number),
}

pub(super) fn parse(text: &str) -> Option<Version> {
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    // A hyphen says that what follows comes before the release.
    let text = text.replace('-', ".pre.");
    let mut segments = Vec::new();
    for part in text.split('.') {
        if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return None;
        }
        segments.extend(runs(part).into_iter().map(|run| match Number::parse(run) {
            Some(number) => Segment::Number(number),
            None => Segment::Word(run.into()),
        }));
    }
    Some(Version(segments))
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let at = |version: &Self, at: usize| {
            version.0.get(at).cloned().unwrap_or_else(|| Segment::Number(Number::default()))
        };
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
