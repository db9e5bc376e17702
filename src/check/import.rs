//! `[match.import]`: imports of modules, of what stands below them, and of names inside.

use rustc_hash::FxHashSet;

use super::ByName;
use crate::finding::Hit;
use crate::rule::ImportMatch;
use crate::source::Span;
use crate::standard;
use crate::value::{Path, hash_of};

#[derive(Debug, Default)]
pub(super) struct Imports<'p> {
    by_name: ByName<(u16, &'p str)>,
    /// `*`, with what it passes over.
    others: Vec<(u16, Listed)>,
}

/// Names of modules, by their hashes.
#[derive(Debug)]
struct Listed(FxHashSet<u64>);

impl<'p> Imports<'p> {
    pub(super) fn add(&mut self, rule: u16, source: &'p ImportMatch) {
        for name in &source.name {
            match name.as_str() {
                "*" => self.others.push((rule, Listed(source.except.iter().map(|name| hash_of(name)).collect()))),
                _ => self.by_name.entry(hash_of(name)).or_default().push((rule, name)),
            }
        }
    }

    /// A rule that names the module of a `from` import speaks once, at the first alias; one that names an alias, there.
    pub(super) fn check(&self, path: &Path<'_>, module: &Path<'_>, first: bool, span: Span, hits: &mut Vec<Hit>) {
        for ancestor in path.upwards() {
            let within_module = !std::ptr::eq(ancestor, path);
            if within_module && !first && !std::ptr::eq(path, module) {
                break;
            }
            for (rule, name) in self.by_name.get(&ancestor.hash).into_iter().flatten() {
                if ancestor.is(name) {
                    hits.push(Hit::at(*rule, span));
                }
            }
        }
        for (rule, listed) in &self.others {
            if !listed.holds(path) || listed.gives_back(path) {
                hits.push(Hit { detail: Some(format!("`{path}`")), ..Hit::at(*rule, span) });
            }
        }
    }

    /// A use of a module that a listed one gives back: `argparse._os.remove`.
    pub(super) fn check_inner(&self, path: &Path<'_>, span: Span, hits: &mut Vec<Hit>) {
        for (rule, listed) in &self.others {
            if listed.holds(path) && listed.gives_back(path) {
                hits.push(Hit { detail: Some(format!("`{path}`")), ..Hit::at(*rule, span) });
            }
        }
    }
}

impl Listed {
    /// Whether a path is a listed module or below one.
    fn holds(&self, path: &Path<'_>) -> bool {
        path.upwards().any(|path| self.0.contains(&path.hash))
    }

    /// Whether a path leads through a module of the standard library that is not listed itself.
    fn gives_back(&self, path: &Path<'_>) -> bool {
        let below = path.upwards().take_while(|path| !self.0.contains(&path.hash));
        // What a call gives, or an index, is no module, and nothing below it is.
        below.fold(false, |gives_back, path| match path.segment {
            "()" | "[]" => false,
            segment => {
                let name = segment.trim_start_matches('_');
                gives_back || standard::gives_back(name) && !self.0.contains(&hash_of(name))
            }
        })
    }
}
