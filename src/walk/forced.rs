//! `--force-exclude`: what patterns and ignore files say about files that the user named.

use std::fs;
use std::path::{Path, PathBuf};

use rustc_hash::FxHashSet;

use super::{Folder, Options};

/// Of the files that the user named, those that neither patterns nor ignore files drop.
pub(super) fn kept(mut files: Vec<PathBuf>, options: &Options, notes: &mut Vec<String>) -> Vec<PathBuf> {
    let is_stdin = |path: &Path| path.as_os_str() == "-";
    files.retain(|path| {
        let name = options.stdin_name.as_deref().filter(|_| is_stdin(path)).map_or(path.as_path(), Path::new);
        !options.exclude.iter().any(|patterns| patterns.covers(name))
    });
    if !options.ignore_files {
        return files;
    }
    // The ignore rules of a file are those of every folder above it, so the tree is walked, but only towards the files.
    let real_path = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let wanted: Vec<_> = files.iter().filter(|path| !is_stdin(path)).map(|path| real_path(path)).collect();
    let ways: FxHashSet<PathBuf> = wanted.iter().flat_map(|path| path.ancestors()).map(Path::to_owned).collect();
    let here = real_path(Path::new("."));
    let mut tops: FxHashSet<PathBuf> = wanted
        .iter()
        .filter(|path| !path.starts_with(&here))
        .filter_map(|path| path.parent())
        .map(Path::to_owned)
        .collect();
    tops.insert(here);
    let mut walked = FxHashSet::default();
    for top in tops {
        let folder = Folder { named: top.clone(), real: top };
        let mut walker = folder.walker(&Options { hidden: true, exclude: Vec::new(), ..options.clone() });
        let ways = ways.clone();
        walker.filter_entry(move |entry| ways.contains(entry.path()));
        for entry in walker.build().flatten() {
            notes.extend(entry.error().map(|error| format!("an ignore file was not read whole: {error}")));
            walked.insert(entry.into_path());
        }
    }
    // What is not there any more cannot be found by walking: it goes on, and is reported.
    files.retain(|path| is_stdin(path) || !path.exists() || walked.contains(&real_path(path)));
    files
}
