//! Packages that code asks for by itself: the lists that `setup.py` hands to setuptools, and those that pip is called with.

use rustc_hash::FxHashMap;

use super::program::Install;
use crate::event::{Argument, Call};
use crate::lock::{self, Entry};
use crate::source::Span;
use crate::value::{Path, Shape, Value, hash_of};

/// Functions that take the lists of a manifest.
const SETUPS: &[&str] = &["setuptools.setup", "distutils.core.setup", "setuptools.distutils.core.setup"];

/// Their arguments, and whether what is in them is only for development.
const ARGUMENTS: &[(&str, bool)] =
    &[("install_requires", false), ("setup_requires", false), ("extras_require", false), ("tests_require", true)];

/// Modules that have such functions.
const MODULES: &[&str] = &["setuptools", "distutils"];

/// Functions that are called as a program, or with packages, by the beginnings of their names; and the words before what they
/// are called with.
const INSTALLERS: &[(&str, &str, &[&str])] = &[
    ("pip.", "pip", &[]),
    ("pip._internal.", "pip", &[]),
    ("setuptools.command.easy_install.", "easy_install", &[]),
    ("micropip.", "pip", &["install"]),
    ("piplite.", "pip", &["install"]),
    ("pip_api.", "pip", &["install"]),
];

/// A longer text is no requirement that anybody writes.
const LONGEST: usize = 1000;

/// Lists lie in dictionaries, and alternatives in both.
const MAX_DEPTH: usize = 4;

/// So many values are looked at in a source: one list may hold another many times over.
const MOST: usize = 20_000;

/// What a source asks for.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub(super) entries: Vec<Entry>,
    /// Where texts stand, by their hashes: noted only where something may be asked for.
    places: FxHashMap<u64, Span>,
    is_setup: bool,
    looked_at: usize,
}

impl Asked {
    pub(super) fn import(&mut self, path: &Path<'_>) {
        let is_one = |path: &Path<'_>| path.parent.is_none() && MODULES.contains(&path.segment);
        self.is_setup |= path.upwards().any(is_one);
    }

    pub(super) fn string(&mut self, text: &str, span: Span) {
        if self.is_setup && text.len() <= LONGEST {
            self.places.entry(hash_of(text)).or_insert(span);
        }
    }

    pub(super) fn call(&mut self, call: &Call<'_>) {
        let is_setup =
            |callee: &Value<'_>| matches!(callee.shape, Shape::Path(path) if SETUPS.iter().any(|name| path.is(name)));
        if !call.callee.alternatives().iter().any(is_setup) {
            return;
        }
        for (name, is_development) in ARGUMENTS {
            let before = self.entries.len();
            if let Some(argument) = call.argument(Some(name), None) {
                self.value(argument.known(), argument, 0);
            }
            self.entries[before..].iter_mut().for_each(|entry| entry.is_development = *is_development);
        }
    }

    /// A text with a requirement on each line, or what holds such texts.
    fn value(&mut self, value: &Value<'_>, argument: &Argument<'_>, depth: usize) {
        for one in value.alternatives() {
            self.looked_at += 1;
            if depth > MAX_DEPTH || self.looked_at > MOST {
                return;
            }
            match one.shape {
                Shape::Str(text) => {
                    let span = self.places.get(&hash_of(text)).copied().unwrap_or(argument.span);
                    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
                    self.entries.extend(lines.filter_map(|line| lock::requirement(line, span)));
                }
                Shape::Sequence(items) => items.iter().for_each(|item| self.value(item, argument, depth + 1)),
                Shape::Dict(pairs) => pairs.iter().for_each(|(_, value)| self.value(value, argument, depth + 1)),
                _ => {}
            }
        }
    }

    /// Each once: what is walked several times asks once.
    pub(super) fn finish(mut self) -> Vec<Entry> {
        self.entries.sort_by(|one, other| (one.span, &one.name).cmp(&(other.span, &other.name)));
        self.entries.dedup();
        self.entries
    }
}

/// The program that a call of a function stands for, where that installs something.
pub(super) fn program(path: &Path<'_>, target: Option<Value<'_>>) -> Option<Install> {
    let name = path.to_string();
    let (_, program, before) = INSTALLERS.iter().find(|(beginning, ..)| name.starts_with(beginning))?;
    let mut words: Vec<String> = before.iter().map(|word| (*word).to_owned()).collect();
    let value = target?;
    let given = match value.shape {
        Shape::Sequence(items) => items,
        _ => std::slice::from_ref(&value),
    };
    words.extend(given.iter().filter_map(Value::text).map(str::to_owned));
    Some(((*program).to_owned(), words))
}
