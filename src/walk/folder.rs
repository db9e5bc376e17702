//! One folder of a walk: which of its entries are walked, and which are sources.

use std::fs;
use std::path::{Path, PathBuf};

use ignore::{DirEntry, WalkBuilder};

use super::{Options, has_reader, kind, shown};
use crate::source::{Kind, Source};

/// Ignore files of our own, beside `.gitignore` and with its syntax.
const IGNORE_FILE: &str = ".portcullisignore";
/// Where version control keeps its objects: walked only with hidden files shown and ignore files off.
const VERSION_CONTROL: [&str; 4] = [".git", ".hg", ".jj", ".svn"];
/// Where tools keep what they made or fetched: walked only with `hidden`. Other hidden files are often what holds credentials.
const OF_TOOLS: [&str; 18] = [
    ".cache",
    ".direnv",
    ".eggs",
    ".gradle",
    ".hypothesis",
    ".ipynb_checkpoints",
    ".mypy_cache",
    ".next",
    ".nox",
    ".nuxt",
    ".pnpm-store",
    ".pytest_cache",
    ".ruff_cache",
    ".terraform",
    ".tox",
    ".venv",
    ".vs",
    ".yarn",
];

/// A folder as the user named it, and where it really is.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    pub(super) named: PathBuf,
    pub(super) real: PathBuf,
}

impl Folder {
    pub(super) fn walker(&self, options: &Options) -> WalkBuilder {
        let mut builder = WalkBuilder::new(&self.real);
        builder
            .hidden(false)
            .ignore(false)
            .parents(options.ignore_files)
            .git_ignore(options.ignore_files)
            .git_exclude(options.ignore_files)
            // A user's own global ignores would make two machines report differently.
            .git_global(false);
        if options.ignore_files {
            builder.add_custom_ignore_filename(IGNORE_FILE);
        }
        let (folder, options) = (self.clone(), options.clone());
        builder.filter_entry(move |entry| entry.depth() == 0 || folder.admits(entry, &options));
        builder
    }

    fn admits(&self, entry: &DirEntry, options: &Options) -> bool {
        let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
        let is_version_control = is_folder
            && (options.ignore_files || !options.hidden)
            && VERSION_CONTROL.iter().any(|name| entry.file_name() == *name);
        let is_of_tools = is_folder && !options.hidden && OF_TOOLS.iter().any(|name| entry.file_name() == *name);
        !is_version_control
            && !is_of_tools
            && !options.exclude.iter().any(|patterns| patterns.matches(&self.as_named(entry.path()), is_folder))
    }

    /// The path below the folder's name instead of its real place.
    fn as_named(&self, path: &Path) -> PathBuf {
        path.strip_prefix(&self.real).map_or_else(|_| path.to_owned(), |rest| self.named.join(rest))
    }

    /// Tells what an entry of the walk is: a source, or nothing of interest; and what is to be noted about it.
    pub(super) fn look(
        &self,
        entry: Result<DirEntry, ignore::Error>,
        all: &[Self],
        every_kind: bool,
    ) -> (Option<Source>, Option<String>) {
        let source =
            |path: &Path, kind| Source { path: shown(&self.as_named(path)).into(), file: Some(path.to_owned()), kind };
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let path = path_of(&error).unwrap_or(&self.real);
                return (Some(source(path, None)), None);
            }
        };
        let note = entry.error().map(|error| format!("an ignore file was not read whole: {error}"));
        let (path, file_type) = (entry.path(), entry.file_type());
        let named_kind = Kind::of_name(&entry.file_name().to_string_lossy());
        let has_name_of_source = named_kind.is_some_and(has_reader);
        let found = match file_type {
            Some(file_type) if file_type.is_dir() => None,
            Some(file_type) if file_type.is_symlink() => {
                is_worth_telling(path, has_name_of_source, all).then(|| source(path, named_kind))
            }
            Some(file_type) if file_type.is_file() => match kind(path, path) {
                Ok(kind) => (every_kind || has_reader(kind)).then(|| source(path, Some(kind))),
                Err(_) => Some(source(path, None)),
            },
            _ => has_name_of_source.then(|| source(path, named_kind)),
        };
        (found, note)
    }
}

/// Whether a link hides something that is not walked by its own path.
fn is_worth_telling(link: &Path, has_name_of_source: bool, folders: &[Folder]) -> bool {
    match fs::canonicalize(link) {
        Ok(target) if link.starts_with(&target) => true,
        Ok(target) if folders.iter().any(|folder| target.starts_with(&folder.real)) => false,
        Ok(target) => has_name_of_source || target.is_dir(),
        Err(_) => has_name_of_source,
    }
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => path_of(err),
        _ => None,
    }
}
