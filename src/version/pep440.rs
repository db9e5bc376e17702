//! Versions of Python packages ([PEP 440]), in every spelling that it normalises.
//!
//! [PEP 440]: https://peps.python.org/pep-0440/

use std::cmp::Ordering;

use super::parts::{Number, compare_padded};

#[derive(Clone, Debug)]
pub struct Version {
    epoch: Number,
    release: Vec<Number>,
    /// 0 alpha, 1 beta, 2 release candidate.
    pre: Option<(u8, Number)>,
    post: Option<Number>,
    dev: Option<Number>,
    local: Vec<Local>,
}

/// Part of a local version: numbers come after words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Local {
    Word(String),
    Number(Number),
}

/// Spellings of what comes before a release; those that others begin with come after these.
const PRE: &[(&str, u8)] =
    &[("alpha", 0), ("beta", 1), ("preview", 2), ("pre", 2), ("rc", 2), ("a", 0), ("b", 1), ("c", 2)];
const POST: &[&str] = &["post", "rev", "r"];

pub(super) fn parse(text: &str) -> Option<Version> {
    let text = text.to_ascii_lowercase();
    let text = text.strip_prefix('v').unwrap_or(&text);
    let (public, local) = text.split_once('+').map_or((text, None), |(public, local)| (public, Some(local)));
    let (epoch, mut rest) = match public.split_once('!') {
        Some((epoch, rest)) => (Number::parse(epoch)?, rest),
        None => (Number::default(), public),
    };
    let mut release = vec![number(&mut rest)?];
    while let Some(mut after) = rest.strip_prefix('.')
        && let Some(next) = number(&mut after)
    {
        release.push(next);
        rest = after;
    }
    let mut pre = None;
    for (word, rank) in PRE {
        if let Some(after) = named(rest, &[*word]) {
            rest = after;
            pre = Some((*rank, counter(&mut rest)));
            break;
        }
    }
    let mut post = None;
    if let Some(after) = named(rest, POST) {
        rest = after;
        post = Some(counter(&mut rest));
    } else if let Some(mut after) = rest.strip_prefix('-')
        && let Some(number) = number(&mut after)
    {
        rest = after;
        post = Some(number);
    }
    let mut dev = None;
    if let Some(after) = named(rest, &["dev"]) {
        rest = after;
        dev = Some(counter(&mut rest));
    }
    if !rest.is_empty() {
        return None;
    }
    let part = |part: &str| match Number::parse(part) {
        Some(number) => Some(Local::Number(number)),
        None if !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            Some(Local::Word(part.to_owned()))
        }
        None => None,
    };
    let local = match local {
        Some(local) => local.split(['.', '-', '_']).map(part).collect::<Option<_>>()?,
        None => Vec::new(),
    };
    Some(Version { epoch, release, pre, post, dev, local })
}

/// Takes the digits off the front of a text.
fn number(text: &mut &str) -> Option<Number> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number = Number::parse(&text[..end])?;
    *text = &text[end..];
    Some(number)
}

/// What follows one of the words, with or without a separator before it.
fn named<'t>(text: &'t str, words: &[&str]) -> Option<&'t str> {
    let text = text.strip_prefix(['.', '-', '_']).unwrap_or(text);
    words.iter().find_map(|word| text.strip_prefix(word))
}

/// The number after a word, with or without a separator; none counts as 0.
fn counter(text: &mut &str) -> Number {
    let mut after = text.strip_prefix(['.', '-', '_']).unwrap_or(text);
    match number(&mut after) {
        Some(number) => {
            *text = after;
            number
        }
        None => Number::default(),
    }
}

impl Version {
    /// Whether it has a local part, and is the other one but for that.
    pub(super) fn is_build_of(&self, other: &Self) -> bool {
        !self.local.is_empty() && other.local.is_empty() && Self { local: Vec::new(), ..self.clone() } == *other
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        // What has no pre-release comes after those that have one, but for what is only being developed towards it.
        let pre = |version: &Self| match (&version.pre, &version.post, &version.dev) {
            (Some((rank, number)), ..) => (1, *rank, number.clone()),
            (None, None, Some(_)) => (0, 0, Number::default()),
            _ => (2, 0, Number::default()),
        };
        let dev = |version: &Self| (version.dev.is_none(), version.dev.clone());
        (self.epoch.cmp(&other.epoch))
            .then_with(|| compare_padded(&self.release, &other.release))
            .then_with(|| pre(self).cmp(&pre(other)))
            .then_with(|| self.post.cmp(&other.post))
            .then_with(|| dev(self).cmp(&dev(other)))
            .then_with(|| self.local.cmp(&other.local))
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
