//! [Semantic versions](https://semver.org/spec/v2.0.0.html), with what tools accept beside them: a leading `v`, parts that are
//! missing, and Go's own (`go1.22rc1`, `+incompatible`).

use std::cmp::Ordering;

use super::parts::{Number, compare_padded, runs};

#[derive(Clone, Debug)]
pub struct Version {
    core: Vec<Number>,
    /// Empty for a release, which comes after all that come before it.
    before: Vec<Part>,
    /// Where builds are compared too.
    build: Vec<Part>,
}

/// Part of what follows `-`: numbers come before words (section 11.4.3).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Number(Number),
    Word(Box<str>),
}

pub(super) fn parse(text: &str) -> Option<Version> {
    let text = text.strip_prefix(['v', 'V', '=']).unwrap_or(text);
    let (text, _) = split(text, '+');
    let (core, before) = split(text, '-');
    let core: Vec<Number> = core.split('.').map(Number::parse).collect::<Option<_>>()?;
    // Four parts are none of any specification, and are compared all the same by those who publish them.
    let before = before.map_or(Some(Vec::new()), parts)?;
    Some(Version { core, before, build: Vec::new() })
}

/// [Pub](https://pub.dev/documentation/pub_semver/latest/) compares builds too: one comes after none.
pub(super) fn parse_with_build(text: &str) -> Option<Version> {
    let build = split(text, '+').1.map_or(Some(Vec::new()), parts)?;
    Some(Version { build, ..parse(text)? })
}

/// Versions of modules, and of Go itself, whose candidates have no separator (`1.22rc1`).
pub(super) fn parse_go(text: &str) -> Option<Version> {
    let text = text.strip_prefix("go").unwrap_or(text);
    if let Some(version) = parse(text) {
        return Some(version);
    }
    let at = ["rc", "beta", "alpha"].iter().find_map(|word| text.find(word))?;
    let (core, before) = text.split_at(at);
    let core: Vec<Number> = core.split('.').map(Number::parse).collect::<Option<_>>()?;
    let before = runs(before).into_iter().map(part).collect::<Option<_>>()?;
    Some(Version { core, before, build: Vec::new() })
}

fn split(text: &str, at: char) -> (&str, Option<&str>) {
    text.split_once(at).map_or((text, None), |(text, rest)| (text, Some(rest)))
}

fn parts(text: &str) -> Option<Vec<Part>> {
    text.split('.').map(part).collect()
}

fn part(text: &str) -> Option<Part> {
    let is_word = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let word = || is_word.then(|| Part::Word(text.into()));
    Number::parse(text).map(Part::Number).or_else(word)
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        compare_padded(&self.core, &other.core)
            .then_with(|| self.before.is_empty().cmp(&other.before.is_empty()))
            .then_with(|| self.before.cmp(&other.before))
            .then_with(|| self.build.cmp(&other.build))
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
