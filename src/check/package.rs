//! `[match.package]`: rules meet what manifests, lockfiles and advisories say of packages.

mod way;

use std::cell::OnceCell;
use std::sync::Arc;

use crate::advisory::{Index, Shelf};
use crate::finding::{About, Hit};
use crate::inventory::Component;
use crate::lock::include::Included;
use crate::lock::metadata::Metadata;
use crate::lock::{self, Entry, Origin, Packages, Reader};
use crate::package::{Advisory, Class, Ecosystem, Package};
use crate::rule::News;
use crate::source::{LineIndex, Problem, ProblemKind, Span};
use way::Ways;

/// The rules about packages that are on.
#[derive(Debug, Default)]
pub(super) struct Rules<'p> {
    rules: Vec<(u16, News)>,
    pub(super) shelf: Option<&'p Shelf>,
    pub(super) metadata: Option<&'p Metadata>,
    pub(super) included: Included,
}

impl Rules<'_> {
    fn index(&self) -> Result<Option<&Index>, &str> {
        self.shelf.map_or(Ok(None), Shelf::index)
    }

    pub(super) fn add(&mut self, index: u16, is: News) {
        self.rules.push((index, is));
    }

    fn read(&self, reader: &Reader, text: &str) -> Packages {
        let mut packages = reader.read(text);
        if let Some(metadata) = self.metadata {
            metadata.complete(&mut packages.entries);
        }
        packages
    }

    /// The hits in a text of which the path says whether it names packages, and what of it could not be read.
    pub(super) fn check(&self, path: &str, text: &str) -> (Vec<Hit>, Vec<Problem>) {
        let Some(reader) = self.reader(path, text) else { return Default::default() };
        let (hits, mut problems) = self.judged(reader, text);
        problems.extend_from_slice(self.included.problems(path));
        (hits, problems)
    }

    /// What reads a file: something takes it in, if not its name tells.
    fn reader(&self, path: &str, text: &str) -> Option<&'static Reader> {
        lock::reader(path, text).or_else(|| self.included.reader(path))
    }

    /// The same of a text for which there is a reader.
    pub(super) fn judged(&self, reader: &Reader, text: &str) -> (Vec<Hit>, Vec<Problem>) {
        if self.rules.is_empty() {
            return Default::default();
        }
        let packages = self.read(reader, text);
        let mut told = Told { rules: &self.rules, hits: Vec::new() };
        told.hints(&packages, reader.is_lock);
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
        let problems = self.advised(&packages, &mut told);
        (told.hits, problems)
    }

    /// The packages that a text names, with what is published about them. What cannot be read is told where findings are.
    pub(super) fn components(&self, path: &Arc<str>, text: &str) -> Vec<Component> {
        let Some(reader) = self.reader(path, text) else { return Vec::new() };
        let packages = self.read(reader, text);
        let lines = LineIndex::new(text);
        let index = self.index().ok().flatten();
        let advisories = |entry: &Entry| match (index, &entry.version) {
            (Some(index), Some(version)) if is_advised(entry) => {
                let mut found = index.find(entry.ecosystem, &entry.name, version).unwrap_or_default();
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
            hashes: Vec::new(),
            needs: entry.needs.iter().map(|need| *need as usize).collect(),
            advisories: advisories(entry),
        };
        packages.entries.iter().map(component).collect()
    }

    /// Holds every package against the advisories.
    fn advised(&self, packages: &Packages, told: &mut Told<'_>) -> Vec<Problem> {
        let mut pinned = packages.entries.iter().filter(|entry| is_advised(entry));
        let Some(first) = pinned.next() else { return Vec::new() };
        let unread = |fault: &str, span| {
            let message = format!("the advisories cannot be read: {fault}");
            Problem { kind: ProblemKind::Unread, message, span }
        };
        let index = match self.index() {
            Ok(Some(index)) => index,
            Err(fault) => return vec![unread(fault, first.span)],
            Ok(None) => {
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
        for (number, entry) in packages.entries.iter().enumerate().filter(|(_, entry)| is_advised(entry)) {
            let Some(version) = &entry.version else { continue };
            match index.find(entry.ecosystem, &entry.name, version) {
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

/// Whether advisories can speak of it: it has a version, and comes from elsewhere.
fn is_advised(entry: &Entry) -> bool {
    entry.version.is_some() && entry.origin != Origin::Path
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
        for entry in packages.entries.iter().filter(|entry| is_library(entry)) {
            let name = &entry.name;
            match &entry.origin {
                Origin::Registry => {
                    if pins && entry.version.is_none() {
                        self.tell_of(News::Unpinned, entry, format!("`{name}` has no version, where others have one"));
                    }
                    if hashes && entry.is_hashed == Some(false) {
                        self.tell_of(News::Unhashed, entry, format!("`{name}` has no hash, where others have one"));
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
