//! Repositories of git: what is staged, what changed since a commit, and all that ever was.
//!
//! A repository is part of the scanned tree, and not to be believed. Git is never run, since a configuration can name programs:
//! files are read as they are written, objects and packs by gix. Nothing of a configuration is obeyed but what says how
//! objects are named: no filter, no hook, no include, no other work tree, no replaced object. Nothing leads out of the repository
//! but what is mutual (linked work trees, submodules) or asked for (alternates). What cannot be read is a source that is reported.
//!
//! What is read is what was there when it was opened, but for packs, which are mapped: who may write to the repository meanwhile
//! is trusted not to cut them short.

mod added;
mod base;
mod commit;
mod compared;
mod config;
mod history;
mod index;
mod place;
mod refs;
mod revision;
mod scope;
mod staged;
mod store;
mod tree;

use std::path::{Path, PathBuf};

pub use added::Added;
use base::Base;
use place::{Place, shown};
use refs::Refs;
use scope::Scope;
use store::{Fault, Kind, Store};

use crate::source::{Commit, Content, Object, Problem, ProblemKind, Source, Span};
use crate::walk;

/// What of a repository is to be scanned.
#[derive(Clone, Debug)]
pub enum Part {
    /// What the next commit would add.
    Staged,
    /// What every reference leads to.
    History,
    /// The work tree, held against where its last commit and another one parted.
    Since(String),
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Larger files are reported instead of read, in bytes.
    pub max_size: u64,
    /// Read objects from the folders that the repository names as its alternates.
    pub alternates: bool,
    /// Let findings on all lines of a changed file count.
    pub whole_files: bool,
}

/// A repository, open for reading by any number of threads.
pub struct Repository {
    place: Place,
    store: Store,
    refs: Refs,
    is_shallow: bool,
    /// Objects may be missing that a server has.
    is_partial: bool,
    options: Options,
    notes: Vec<String>,
}

/// What a part of a repository consists of.
#[derive(Debug, Default)]
pub struct Listed {
    pub sources: Vec<Source>,
    /// What the user should know and is no finding.
    pub notes: Vec<String>,
}

impl Listed {
    /// What could not be listed becomes a source that cannot be read.
    fn fault(&mut self, path: &str, object: Object, fault: &Fault) {
        let message = revision::told(object, fault);
        self.sources.push(Source::new(path, Content::Lost(message.into()), None));
    }
}

impl Repository {
    /// Opens the innermost repository that holds a path. Fails where there is none, and where it is of a kind that is not
    /// known here.
    pub fn open(path: &Path, options: Options) -> Result<Self, String> {
        let place = Place::find(path)?;
        let hash = match place.config.get("extensions.objectformat").unwrap_or("sha1") {
            "sha1" => gix_hash::Kind::Sha1,
            "sha256" => gix_hash::Kind::Sha256,
            other => return Err(format!("{}: hashes of kind `{other}` are not known here", shown(&place.git))),
        };
        if let Some(storage) = place.config.get("extensions.refstorage").filter(|storage| *storage != "files") {
            let advice = "`git refs migrate --ref-format=files` writes files that are";
            return Err(format!("{}: references kept as `{storage}` cannot be read; {advice}", shown(&place.git)));
        }
        let mut notes = Vec::new();
        if let Some(other) = place.other_work_tree() {
            notes.push(format!("`core.worktree` is not obeyed: it leads to {}", shown(&other)));
        }
        let objects = place.common.join("objects");
        let inside = place.top.as_deref().unwrap_or(&place.common);
        let store = Store::open(objects, hash, options.max_size, options.alternates, inside, &mut notes);
        let refs = Refs::of(&place);
        notes.extend(refs.problems.iter().cloned());
        let is_shallow = place.common.join("shallow").symlink_metadata().is_ok();
        let is_partial = place.config.get("extensions.partialclone").is_some() || store.has_promises();
        Ok(Self { place, store, refs, is_shallow, is_partial, options, notes })
    }

    /// The folder that its paths start from; that of the repository itself where it has no work tree.
    pub fn top(&self) -> &Path {
        self.place.top.as_deref().unwrap_or(&self.place.git)
    }

    /// The sources of a part, of which those below some paths. Sources of a history come in the order in which they appeared,
    /// others in that of their paths.
    pub fn list(&self, part: &Part, paths: &[PathBuf], options: &walk::Options) -> Result<Listed, String> {
        let scope = Scope::new(&self.place, paths, options)?;
        let mut listed = match part {
            Part::Staged => staged::list(self, &scope)?,
            Part::History => history::list(self, &scope),
            Part::Since(name) => compared::list(self, name, paths, options, &scope)?,
        };
        if self.options.whole_files {
            listed.sources.iter_mut().for_each(|source| source.past.before = None);
        }
        listed.notes.extend(self.notes.iter().cloned());
        Ok(listed)
    }

    /// The content of a file.
    pub fn read(&self, object: Object) -> Result<Vec<u8>, Problem> {
        let message = match self.store.read(object, self.options.max_size) {
            Ok((Kind::Blob, bytes)) => return Ok(bytes),
            Ok((kind, _)) => format!("object {object} is a {kind} and no file"),
            Err(fault) => revision::told(object, &fault),
        };
        Err(Problem { kind: ProblemKind::Unread, message, span: Span::default() })
    }

    /// Whether an object cannot be read because it is larger than the cap.
    pub fn is_large(&self, object: Object) -> bool {
        matches!(self.store.read(object, self.options.max_size), Err(Fault::Large))
    }

    /// The lines that a file did not have before. `None` where lines cannot be told or what was before cannot be had: then all
    /// of it counts.
    pub fn added(&self, before: Object, bytes: &[u8]) -> Option<Added> {
        let is_text = |bytes: &[u8]| memchr::memchr(0, bytes).is_none();
        if self.store.name(Kind::Blob, bytes) == Some(before) {
            return Some(Added::default());
        }
        let before = self.read(before).ok()?;
        (is_text(&before) && is_text(bytes)).then(|| Added::new(&before, bytes))
    }

    /// A commit as people are told of it.
    pub fn told(&self, commit: Object) -> Commit {
        self.store.told(commit)
    }

    /// The tree of the last commit; none before the first one.
    fn head_tree(&self) -> Result<Option<Object>, String> {
        let Some(head) = self.refs.find("HEAD") else { return Ok(None) };
        let commit = self.store.commit(head);
        commit.map(|commit| Some(commit.tree)).map_err(|fault| format!("HEAD: {}", revision::told(head, &fault)))
    }

    /// Reports what of a tree could not be compared with.
    fn tell_faults(&self, base: &Base<'_>, scope: &Scope<'_>, listed: &mut Listed) {
        for (path, object, fault) in &base.faults {
            listed.fault(&scope.shown(path), *object, fault);
        }
        listed.sources.sort_by(|a, b| a.path.cmp(&b.path));
    }
}

/// `1 submodule`, `2 submodules`
fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
