//! `--staged`: what the index holds that the last commit does not.

use super::base::Base;
use super::scope::Scope;
use super::tree::{Sort, split};
use super::{Listed, Repository, counted, index};
use crate::source::{Content, Past, Source};

use rustc_hash::FxHashSet;

/// Every staged file that differs, as it is staged.
pub(super) fn list(repository: &Repository, scope: &Scope<'_>) -> Result<Listed, String> {
    let file = repository.place.git.join("index");
    let mut entries = index::read(&file, &repository.store)
        .map_err(|message| format!("{}: {message}", super::place::shown(&file)))?;
    let mut base = Base::new(&repository.store, repository.head_tree()?);
    let mut listed = Listed::default();
    // A folder in a sparse index stands for what the last commit has there, unless it was changed.
    let folders: Vec<_> = entries.extract_if(.., |entry| entry.sort == Sort::Folder).collect();
    for folder in folders.iter().filter(|folder| base.find(&folder.path) != Some((Sort::Folder, folder.object))) {
        repository.files(&folder.path, folder.object, scope, &mut listed, &mut |path, object| {
            entries.push(index::Staged { path: path.to_vec(), sort: Sort::File, object });
        });
    }
    let (mut changed, mut submodules) = (Vec::new(), 0_usize);
    for (at, entry) in entries.iter().enumerate() {
        let was = base.find(&entry.path);
        if was == Some((entry.sort, entry.object)) || !scope.has(&entry.path) {
            continue;
        }
        submodules += usize::from(entry.sort == Sort::Submodule);
        if entry.sort == Sort::File {
            changed.push((at, was.filter(|(sort, _)| *sort == Sort::File).map(|(_, object)| object)));
        }
    }
    let there: FxHashSet<&[u8]> = entries.iter().map(|entry| &*entry.path).collect();
    for (at, before) in changed {
        let index::Staged { path, object, .. } = &entries[at];
        let Some(kind) = scope.kind(path) else { continue };
        if before.is_none() && base.holds(*object, kind) {
            continue;
        }
        let before = before.or_else(|| {
            let (place, object) = base.only(split(path).1)?;
            (!there.contains(&*place)).then_some(object)
        });
        listed.sources.push(Source {
            past: Past { before, commit: None },
            ..Source::new(scope.shown(path), Content::Object(*object), kind)
        });
    }
    if submodules > 0 {
        listed.notes.push(format!("{} left out: each is a repository of its own", counted(submodules, "submodule")));
    }
    repository.tell_faults(&base, scope, &mut listed);
    Ok(listed)
}
