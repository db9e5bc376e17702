//! Which paths of a repository are asked about: those below the paths that the user named, without what patterns and
//! `.portcullisignore` leave out. What git ignores has no say here: what is in a repository was put there.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use rustc_hash::FxHashMap;

use super::place::{Place, shown};
use crate::source::Kind;
use crate::walk::{self, Options};

pub(super) struct Scope<'o> {
    top: Option<PathBuf>,
    /// Beginnings of paths, of which one must hold; an empty one holds all.
    wanted: Vec<Vec<u8>>,
    options: &'o Options,
    /// The ignore file of each folder that was looked into.
    ignored: RefCell<FxHashMap<PathBuf, Option<Gitignore>>>,
}

impl<'o> Scope<'o> {
    pub(super) fn new(place: &Place, paths: &[PathBuf], options: &'o Options) -> Result<Self, String> {
        let wanted = paths.iter().map(|path| {
            let Some(top) = &place.top else { return Ok(Vec::new()) };
            let real = real(path);
            let inner = real.strip_prefix(top);
            let inner =
                inner.map_err(|_| format!("{}: this is outside of the repository {}", shown(path), shown(top)))?;
            Ok(slashed(inner))
        });
        let wanted = wanted.collect::<Result<_, String>>()?;
        Ok(Self { top: place.top.clone(), wanted, options, ignored: RefCell::default() })
    }

    /// Whether a file is asked about.
    pub(super) fn has(&self, path: &[u8]) -> bool {
        self.is_wanted(path) && {
            let path = self.on_disk(path);
            !self.options.exclude.iter().any(|patterns| patterns.covers(&path)) && !self.is_ignored(&path, false)
        }
    }

    /// Whether a file below a folder may be asked about.
    pub(super) fn leads_to(&self, folder: &[u8]) -> bool {
        (self.is_wanted(folder) || self.wanted.iter().any(|wanted| is_below(wanted, folder))) && {
            let folder = self.on_disk(folder);
            !self.options.exclude.iter().any(|patterns| patterns.matches(&folder, true))
                && !self.is_ignored(&folder, true)
        }
    }

    fn is_wanted(&self, path: &[u8]) -> bool {
        self.wanted.iter().any(|wanted| is_below(path, wanted))
    }

    /// Where a path of the repository is in the work tree.
    pub(super) fn on_disk(&self, path: &[u8]) -> PathBuf {
        let path = path_of(path);
        self.top.as_ref().map_or_else(|| path.clone(), |top| top.join(&path))
    }

    /// As reports show it.
    pub(super) fn shown(&self, path: &[u8]) -> String {
        walk::shown(&self.on_disk(path))
    }

    /// The kind of a file by its name, where any rule reads such files or only its first line can tell.
    pub(super) fn kind(&self, path: &[u8]) -> Option<Option<Kind>> {
        let kind = Kind::of_name(&String::from_utf8_lossy(path));
        (self.options.every_kind || kind.is_none_or(walk::has_reader)).then_some(kind)
    }

    /// What the ignore files between the top and a file say: the nearest that says anything decides, and what is in an ignored
    /// folder is ignored.
    fn is_ignored(&self, path: &Path, is_folder: bool) -> bool {
        let Some(top) = self.top.as_ref().filter(|_| self.options.ignore_files) else { return false };
        let Ok(inner) = path.strip_prefix(top) else { return false };
        let mut ignored = self.ignored.borrow_mut();
        let folders: Vec<_> = inner.ancestors().skip(1).map(|folder| top.join(folder)).collect();
        for folder in &folders {
            if !ignored.contains_key(folder) {
                ignored.insert(folder.clone(), ignore_file(folder));
            }
        }
        let says = |path: &Path, is_folder| {
            let files = path.ancestors().skip(1).take_while(|folder| folder.starts_with(top));
            let says =
                files.filter_map(|folder| ignored.get(folder)?.as_ref()).map(|file| file.matched(path, is_folder));
            let nearest = says.into_iter().find(|says| !matches!(says, Match::None));
            matches!(nearest, Some(Match::Ignore(_)))
        };
        says(path, is_folder) || folders.iter().filter(|folder| *folder != top).any(|folder| says(folder, true))
    }
}

fn ignore_file(folder: &Path) -> Option<Gitignore> {
    const MAX_SIZE: u64 = 4 << 20;
    let file = folder.join(walk::IGNORE_FILE);
    file.symlink_metadata().ok()?;
    let bytes = walk::read_file(&file, MAX_SIZE).ok()?;
    let mut builder = GitignoreBuilder::new(folder);
    for line in String::from_utf8_lossy(&bytes).lines() {
        // A line that is no pattern ignores nothing; a scan of the work tree tells of it.
        let _ = builder.add_line(None, line);
    }
    builder.build().ok()
}

/// A path in the work tree as the repository has it.
pub(super) fn slashed(path: &Path) -> Vec<u8> {
    let bytes = path.as_os_str().as_encoded_bytes();
    if cfg!(windows) { String::from_utf8_lossy(bytes).replace('\\', "/").into_bytes() } else { bytes.to_vec() }
}

fn is_below(path: &[u8], folder: &[u8]) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
}

/// Where a path is, links in its folders followed; it may be gone by now.
fn real(path: &Path) -> PathBuf {
    let absolute = walk::absolute(path);
    let (mut gone, mut there) = (Vec::new(), &*absolute);
    // The last part may be a link, which is in the repository by itself.
    if absolute.symlink_metadata().is_ok_and(|data| data.is_dir()) {
        return std::fs::canonicalize(&absolute).unwrap_or(absolute);
    }
    while let (Some(parent), Some(name)) = (there.parent(), there.file_name()) {
        gone.push(name);
        if let Ok(real) = std::fs::canonicalize(parent) {
            return gone.iter().rev().fold(real, |path, name| path.join(name));
        }
        there = parent;
    }
    absolute
}

#[cfg(unix)]
fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(<std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(bytes))
}

#[cfg(not(unix))]
fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}
