//! `[match.package]`: rules meet what manifests, lockfiles and advisories say of packages.

mod import;
mod name;
#[cfg(test)]
mod tests;
mod way;

use std::borrow::Cow;
use std::cell::OnceCell;
use std::sync::Arc;

use crate::advisory::{Index, Shelf};
use crate::declared::{self, Declared};
use crate::finding::{About, Hit};
use crate::inventory::Component;
use crate::lock::include::Included;
use crate::lock::metadata::Metadata;
use crate::lock::{self, Entry, Origin, Packages, Reader};
use crate::package::{Advisory, Class, Ecosystem, Package};
use crate::rule::News;
use crate::source::{LineIndex, Problem, ProblemKind, Span};
pub use import::Foreign;
use way::Ways;

/// The rules about packages that are on.
#[derive(Debug, Default)]
pub(super) struct Rules<'p> {
    rules: Vec<(u16, News)>,
    pub(super) facts: Facts<'p>,
}

/// What packages are judged by, beside the rules.
#[derive(Debug, Default)]
pub struct Facts<'p> {
    pub advisories: Option<&'p Shelf>,
    pub metadata: Option<&'p Metadata>,
    pub included: Included,
}

impl Rules<'_> {
    fn index(&self) -> Result<Option<&Index>, &str> {
        self.facts.advisories.map_or(Ok(None), Shelf::index)
    }

    pub(super) fn add(&mut self, index: u16, is: News) {
        self.rules.push((index, is));
    }

    fn read(&self, reader: &Reader, text: &str) -> Packages {
        let mut packages = reader.read(text);
        if let Some(metadata) = self.facts.metadata {
            metadata.complete(&mut packages.entries);
        }
        packages
    }

    /// The hits in a text of which the path says whether it names packages, and what of it could not be read.
    pub(super) fn check(&self, path: &str, text: &str) -> (Vec<Hit>, Vec<Problem>) {
        let Some(reader) = self.reader(path, text) else { return Default::default() };
        let (hits, mut problems) = self.judged(path, reader, text);
        problems.extend_from_slice(self.facts.included.problems(path));
        (hits, problems)
    }

    /// What reads a file: something takes it in, if not its name tells.
    fn reader(&self, path: &str, text: &str) -> Option<&'static Reader> {
        lock::reader(path, text).or_else(|| self.facts.included.reader(path))
    }

    /// The same of a text for which there is a reader.
    pub(super) fn judged(&self, path: &str, reader: &Reader, text: &str) -> (Vec<Hit>, Vec<Problem>) {
        if self.rules.is_empty() {
            return Default::default();
        }
        let packages = self.read(reader, text);
        let mut told = Told { rules: &self.rules, hits: Vec::new() };
        told.hints(&packages, reader.is_lock);
        name::hints(&mut told, path, &packages, reader.is_lock);
        let mut problems = self.advised(&packages, &mut told);
        problems.extend(packages.problems);
        (told.hits, problems)
    }

    /// The same of packages that a command installs.
    pub(super) fn installed(&self, entries: Vec<Entry>) -> (Vec<Hit>, Vec<Problem>) {
        if self.rules.is_empty() || entries.is_empty() {
            return Default::default();
        }
        let packages = Packages { entries, ..Packages::default() };
        let mut told = Told { rules: &self.rules, hits: Vec::new() };
        told.hints(&packages, false);
        // What a command installs need not be imported here.
        name::hints(&mut told, "", &packages, false);
        told.hits.retain(|hit| !told.rules.contains(&(hit.rule, News::Unused)));
        let problems = self.advised(&packages, &mut told);
        (told.hits, problems)
    }

    fn is_on(&self, is: News) -> bool {
        self.rules.iter().any(|(_, wanted)| *wanted == is)
    }

    /// Whether a rule is on that only the whole tree can confirm.
    pub(super) fn asks_the_tree(&self) -> bool {
        self.rules.iter().any(|(_, is)| is.is_of_the_tree())
    }

    /// Whether it matters which modules code imports.
    pub(super) fn wants_imports(&self) -> bool {
        self.is_on(News::Undeclared)
    }

    /// The modules that code imports from elsewhere, as if nothing declared them.
    pub(super) fn undeclared(&self, code: &str, foreign: &Foreign) -> Vec<Hit> {
        let mut told = Told { rules: &self.rules, hits: Vec::new() };
        for (module, span) in foreign.needed(code) {
            let distribution = declared::distribution_of(module);
            let detail = format!("`{module}` is imported, and nothing declares `{distribution}`");
            let entry = Entry::new(Ecosystem::PyPI, distribution, span);
            told.tell_of(News::Undeclared, &entry, detail);
        }
        told.hits
    }

    /// What a text declares, if its path says that it names packages.
    pub(super) fn declared(&self, path: &str, text: &str) -> Declared {
        self.reader(path, text).map(|reader| Declared::of(&reader.read(text), reader.is_lock)).unwrap_or_default()
    }

    /// The packages that a text names, with what is published about them. What cannot be read is told where findings are.
    pub(super) fn components(&self, path: &Arc<str>, text: &str) -> Vec<Component> {
        let Some(reader) = self.reader(path, text) else { return Vec::new() };
        let packages = self.read(reader, text);
        let lines = LineIndex::new(text);
        let index = self.index().ok().flatten();
        let advisories = |entry: &Entry| match (index, judged(entry)) {
            (Some(index), Some(version)) => {
                let mut found = published(index, entry, &version).unwrap_or_default();
                found.retain(|advisory| advisory.unevaluable.is_none());
                found
            }
            _ => Vec::new(),
        };
        let component = |entry: &Entry| Component {
            package: package(entry),
            path: Arc::clone(path),
            line: lines.line(entry.span.start),
            is_direct: entry.is_direct,
            is_development: entry.is_development,
            hashes: entry.hash.clone().into_iter().collect(),
            needs: entry.needs.iter().map(|need| *need as usize).collect(),
            advisories: advisories(entry),
        };
        // An action beside its workflow is no package. Nothing asks for actions by index.
        let is_package = |entry: &&Entry| is_library(entry) || entry.origin != Origin::Path;
        packages.entries.iter().filter(is_package).map(component).collect()
    }

    /// Holds every package against the advisories.
    fn advised(&self, packages: &Packages, told: &mut Told<'_>) -> Vec<Problem> {
        let mut pinned = packages.entries.iter().filter(|entry| judged(entry).is_some()).peekable();
        let Some(first) = pinned.peek().copied() else { return Vec::new() };
        let unread = |fault: &str, span| {
            let message = format!("the advisories cannot be read: {fault}");
            Problem { kind: ProblemKind::Unread, message, span }
        };
        let index = match self.index() {
            Ok(Some(index)) => index,
            Err(fault) => return vec![unread(fault, first.span)],
            Ok(None) => {
                // Most repositories have workflows: these alone are no reason to ask for advisories.
                let Some(first) = pinned.find(|entry| is_library(entry)) else { return Vec::new() };
                let detail =
                    "no advisories are at hand, so that nothing is known of what is pinned here or elsewhere: \
                              `portcullis db update` fetches them, `portcullis db import` reads them from files"
                        .to_owned();
                told.tell(News::Unchecked, first.span, detail);
                return Vec::new();
            }
        };
        let ways = OnceCell::new();
        let way = |number| ways.get_or_init(|| Ways::new(&packages.entries)).to(&packages.entries, number);
        let mut problems = Vec::new();
        for (number, entry) in packages.entries.iter().enumerate() {
            let Some(version) = judged(entry) else { continue };
            match published(index, entry, &version) {
                Ok(found) => found.into_iter().for_each(|advisory| told.advisory(entry, advisory, &|| way(number))),
                Err(fault) => {
                    // It is the index that is broken, not this entry: one such line is enough.
                    problems.push(unread(&fault, entry.span));
                    break;
                }
            }
        }
        problems
    }
}

/// The advisories that affect a version of it. Those about actions mostly name the repository, wherever in it an action lies.
fn published(index: &Index, entry: &Entry, version: &str) -> Result<Vec<Advisory>, String> {
    let mut found = index.find(entry.ecosystem, &entry.name, version)?;
    let slashes = entry.name.match_indices('/').map(|(at, _)| at);
    let second = slashes.skip(1).find(|_| entry.ecosystem == Ecosystem::GitHubActions);
    if let Some(at) = second {
        found.extend(index.find(entry.ecosystem, &entry.name[..at], version)?);
    }
    // What is wrong with some releases says nothing of a branch.
    let is_branch = entry.ecosystem == Ecosystem::GitHubActions && release(entry).is_none();
    found.retain(|advisory| !is_branch || advisory.unevaluable.is_none());
    Ok(found)
}

/// The version that is held against advisories; `None` of what these do not speak of: it has no version, or is part of the tree.
fn judged(entry: &Entry) -> Option<Cow<'_, str>> {
    let version = entry.version.as_deref().filter(|_| entry.origin != Origin::Path)?;
    match entry.ecosystem {
        Ecosystem::Docker | Ecosystem::Conda => None,
        Ecosystem::GitHubActions => Some(release(entry).unwrap_or(Cow::Borrowed(version))),
        _ => Some(Cow::Borrowed(version)),
    }
}

/// The release that an action is taken from: its tag, or what is said of its commit; `None` of a branch. A tag of fewer than
/// three numbers is moved to the newest release that begins with them.
fn release(entry: &Entry) -> Option<Cow<'_, str>> {
    let is_commit = matches!(entry.origin, Origin::Git { commit: Some(_), .. });
    let tag = if is_commit { &entry.requirement } else { &entry.version }.as_deref()?;
    let numbers = tag.trim_start_matches('v');
    let core = numbers.split(['-', '+']).next().unwrap_or(numbers);
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !core.split('.').all(is_number) {
        return None;
    }
    match core.split('.').count() {
        1 | 2 if core == numbers && !is_commit => Some(Cow::Owned(format!("{numbers}.{}", u32::MAX))),
        _ => Some(Cow::Borrowed(numbers)),
    }
}

/// Images and actions have rules of their own, about the settings that name them.
fn is_library(entry: &Entry) -> bool {
    !matches!(entry.ecosystem, Ecosystem::Docker | Ecosystem::GitHubActions)
}

/// What is told of one file.
struct Told<'r> {
    rules: &'r [(u16, News)],
    hits: Vec<Hit>,
}

impl Told<'_> {
    fn rule(&self, is: News) -> Option<u16> {
        self.rules.iter().find(|(_, wanted)| *wanted == is).map(|(rule, _)| *rule)
    }

    fn tell(&mut self, is: News, span: Span, detail: String) {
        let hit = |rule| Hit { detail: Some(detail), ..Hit::at(rule, span) };
        self.hits.extend(self.rule(is).map(hit));
    }

    /// The same, of a package.
    fn tell_of(&mut self, is: News, entry: &Entry, detail: String) {
        let about = Some(Arc::new(about(entry)));
        let hit = |rule| Hit { detail: Some(detail), about, ..Hit::at(rule, entry.span) };
        self.hits.extend(self.rule(is).map(hit));
    }

    fn advisory(&mut self, entry: &Entry, advisory: Advisory, way: &dyn Fn() -> Vec<Box<str>>) {
        let is = match (advisory.class, &advisory.unevaluable) {
            (_, Some(_)) => News::Unevaluable,
            (Class::Vulnerable, _) => News::Vulnerable,
            (Class::Malicious, _) => News::Malicious,
            (Class::Unmaintained, _) => News::Unmaintained,
            (Class::Unsound, _) => News::Unsound,
            (Class::Notice, _) => News::Notice,
        };
        let Some(rule) = self.rule(is) else { return };
        let severity = advisory.severity.filter(|_| is == News::Vulnerable);
        let about = About { advisory: Some(advisory), through: way(), ..about(entry) };
        self.hits.push(Hit { severity, about: Some(Arc::new(about)), ..Hit::at(rule, entry.span) });
    }

    /// What the file and the names in it show by themselves.
    fn hints(&mut self, packages: &Packages, is_lock: bool) {
        for registry in packages.registries.iter().filter(|registry| registry.is_extra) {
            let detail = format!("`{}` beside the usual registry: a name may come from either", registry.url);
            self.tell(News::ExtraRegistry, registry.span, detail);
        }

        let hashes = packages.entries.iter().any(|entry| entry.is_hashed == Some(true));
        // A manifest asks for ranges; where hashes are given, pip wants versions of everything too.
        let pins = is_lock || hashes;
        let mut unhashed = packages.entries.iter().filter(|entry| {
            hashes && is_library(entry) && entry.origin == Origin::Registry && entry.is_hashed == Some(false)
        });
        // Where one is missing, hundreds often are, and mending one mends all.
        if let Some(first) = unhashed.next() {
            let more = match unhashed.count() {
                0 => String::new(),
                more => format!("; nor have {more} more in this file"),
            };
            let detail = format!("`{}` has no hash, where others have one{more}", first.name);
            self.tell_of(News::Unhashed, first, detail);
        }
        for entry in packages.entries.iter().filter(|entry| is_library(entry)) {
            let name = &entry.name;
            match &entry.origin {
                Origin::Registry => {
                    if pins && entry.version.is_none() {
                        self.tell_of(News::Unpinned, entry, format!("`{name}` has no version, where others have one"));
                    }
                }
                Origin::Url(_) if entry.is_hashed != Some(true) => {
                    self.tell_of(News::FromUrl, entry, format!("`{name}` is whatever its address gives"));
                }
                Origin::Git { commit: None, .. } => {
                    self.tell_of(News::FromBranch, entry, format!("`{name}` is whatever its repository holds"));
                }
                Origin::Url(_) | Origin::Git { .. } | Origin::Path => {}
            }
            if entry.runs_on_install {
                self.tell_of(News::RunsOnInstall, entry, format!("`{name}` runs a script when it is installed"));
            }
            if let Some(warning) = &entry.warning {
                self.tell_of(News::Withdrawn, entry, format!("`{name}`: {warning}"));
            }
        }
    }
}

fn about(entry: &Entry) -> About {
    About { build: entry.build.as_deref().map(Into::into), ..About::package(package(entry)) }
}

fn package(entry: &Entry) -> Package {
    Package {
        ecosystem: entry.ecosystem,
        name: entry.name.as_str().into(),
        version: entry.version.as_deref().map(Into::into),
    }
}
