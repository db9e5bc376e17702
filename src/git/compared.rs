//! `--diff`: files of the work tree, held against where its last commit and another one parted.
//!
//! That is what a request to merge consists of: what was added to the other branch meanwhile is no part of it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::path::PathBuf;

use rustc_hash::{FxHashMap, FxHashSet};

use super::base::Base;
use super::scope::Scope;
use super::store::Kind;
use super::tree::{Sort, split};
use super::{Listed, Repository, revision};
use crate::source::{Object, Source};
use crate::walk::{self, Root};

/// The sources of the work tree, each with what it was before.
pub(super) fn list(
    repository: &Repository,
    name: &str,
    paths: &[PathBuf],
    options: &walk::Options,
    scope: &Scope<'_>,
) -> Result<Listed, String> {
    let Some(top) = &repository.place.top else {
        return Err("the repository has no work tree: `--history` scans what is in it".to_owned());
    };
    let other = revision::commit(name, &repository.refs, &repository.store)?;
    let head = revision::commit("HEAD", &repository.refs, &repository.store)?;
    let parted = merge_base(repository, head, other)?.ok_or_else(|| {
        let advice = if repository.is_shallow { " (the repository is shallow: fetch more of its history)" } else { "" };
        format!("`{name}` and HEAD have no commit in common{advice}")
    })?;
    let tree = repository.store.commit(parted).map_err(|fault| revision::told(parted, &fault))?.tree;
    let mut base = Base::new(&repository.store, Some(tree));
    let roots: Vec<_> = paths.iter().map(|path| Root { path: path.clone(), listed: true }).collect();
    let walked = walk::walk(&roots, options).map_err(|missing| missing.to_string())?;
    let mut listed = Listed { notes: walked.notes, ..Listed::default() };
    for mut source in walked.sources {
        let path =
            source.file().and_then(|file| file.strip_prefix(top).ok()).map(super::scope::slashed).unwrap_or_default();
        let was = base.find(&path).filter(|(sort, _)| *sort == Sort::File).map(|(_, object)| object);
        if was.is_none() && is_moved(repository, &source, &mut base) {
            continue;
        }
        source.past.before = was.or_else(|| {
            let (place, object) = base.only(split(&path).1)?;
            scope.on_disk(&place).symlink_metadata().is_err().then_some(object)
        });
        listed.sources.push(source);
    }
    repository.tell_faults(&base, scope, &mut listed);
    Ok(listed)
}

/// Whether a file has the content that another file of its kind had.
fn is_moved(repository: &Repository, source: &Source, base: &mut Base<'_>) -> bool {
    let bytes = walk::read(source, repository.options.max_size);
    let name = bytes.ok().and_then(|bytes| repository.store.name(Kind::Blob, &bytes));
    name.is_some_and(|name| base.holds(name, source.kind))
}

const OURS: u8 = 1;
const THEIRS: u8 = 2;

/// The latest commit that both lead back to. Of several that do not lead to each other, which a criss-cross of merges leaves, the
/// one with the latest date.
fn merge_base(repository: &Repository, ours: Object, theirs: Object) -> Result<Option<Object>, String> {
    let (mut sides, mut done) = (FxHashMap::<Object, u8>::default(), FxHashSet::default());
    let mut open = BinaryHeap::new();
    for (commit, side) in [(ours, OURS), (theirs, THEIRS)] {
        *sides.entry(commit).or_default() |= side;
        open.push((time(repository, commit)?, Reverse(commit)));
    }
    while let Some((_, Reverse(commit))) = open.pop() {
        let side = sides.get(&commit).copied().unwrap_or_default();
        if side == OURS | THEIRS {
            return Ok(Some(commit));
        }
        if !done.insert((commit, side)) {
            continue;
        }
        let node = repository.store.commit(commit).map_err(|fault| revision::told(commit, &fault))?;
        for parent in node.parents {
            let known = sides.entry(parent).or_default();
            let is_new = *known | side != *known;
            *known |= side;
            match time(repository, parent) {
                Ok(time) if is_new => open.push((time, Reverse(parent))),
                // A shallow repository ends somewhere.
                Err(_) if repository.is_shallow => {}
                Err(message) => return Err(message),
                Ok(_) => {}
            }
        }
    }
    Ok(None)
}

fn time(repository: &Repository, commit: Object) -> Result<i64, String> {
    repository.store.commit(commit).map(|node| node.time).map_err(|fault| revision::told(commit, &fault))
}
