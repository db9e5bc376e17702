//! A tree that something is compared with: what stood at a path, and what stood anywhere.

use rustc_hash::{FxHashMap, FxHashSet};

use super::store::{Fault, Store};
use super::tree::{Entry, Sort, joined, split};
use crate::source::{Kind, Object};

/// What stood in a folder, by name.
type Folder = FxHashMap<Vec<u8>, (Sort, Object)>;

pub(super) struct Base<'s> {
    store: &'s Store,
    root: Option<Object>,
    /// Folders that were looked into: only those that a path leads to, since a small tree can stand for endless ones.
    folders: FxHashMap<Vec<u8>, Folder>,
    all: Option<All>,
    /// Trees that could not be read: with their folders, everything in them counts as new.
    pub(super) faults: Vec<(Vec<u8>, Object, Fault)>,
}

/// Every file of the tree, each different one once.
#[derive(Default)]
struct All {
    files: FxHashMap<Object, Option<Kind>>,
    /// Where the one file of a name is; `None` where there are several.
    names: FxHashMap<Vec<u8>, Option<(Vec<u8>, Object)>>,
}

impl<'s> Base<'s> {
    /// Without a tree everything is new.
    pub(super) fn new(store: &'s Store, root: Option<Object>) -> Self {
        Self { store, root, folders: FxHashMap::default(), all: None, faults: Vec::new() }
    }

    /// What stood at a path.
    pub(super) fn find(&mut self, path: &[u8]) -> Option<(Sort, Object)> {
        let (folder, name) = split(path);
        if !self.folders.contains_key(folder) {
            self.look_into(folder);
        }
        self.folders.get(folder)?.get(name).copied()
    }

    /// Reads a folder and those above it that were not read yet.
    fn look_into(&mut self, folder: &[u8]) {
        let ends = memchr::memchr_iter(b'/', folder).chain((!folder.is_empty()).then_some(folder.len()));
        let mut tree = self.root;
        for end in std::iter::once(0).chain(ends) {
            let path = &folder[..end];
            if end > 0 {
                let (above, name) = split(path);
                let entry = self.folders.get(above).and_then(|entries| entries.get(name));
                tree = entry.filter(|(sort, _)| *sort == Sort::Folder).map(|(_, object)| *object);
            }
            if !self.folders.contains_key(path) {
                let entries = tree.map(|tree| self.entries(path, tree)).unwrap_or_default();
                let entries = entries.into_iter().map(|entry| (entry.name, (entry.sort, entry.object)));
                self.folders.insert(path.to_vec(), entries.collect());
            }
        }
    }

    fn entries(&mut self, path: &[u8], tree: Object) -> Vec<Entry> {
        self.store.tree(tree).unwrap_or_else(|fault| {
            self.faults.push((path.to_vec(), tree, fault));
            Vec::new()
        })
    }

    /// Whether the same content stood anywhere as a file of the same kind: then it was moved or copied.
    pub(super) fn holds(&mut self, object: Object, kind: Option<Kind>) -> bool {
        self.all().files.get(&object) == Some(&kind)
    }

    /// The only file of a name, and where it was: what a new file of that name may have been before it was moved.
    pub(super) fn only(&mut self, name: &[u8]) -> Option<(Vec<u8>, Object)> {
        self.all().names.get(name).cloned().flatten()
    }

    fn all(&mut self) -> &All {
        let all = self.all.take().unwrap_or_else(|| self.every());
        self.all.insert(all)
    }

    fn every(&mut self) -> All {
        let (mut all, mut seen) = (All::default(), FxHashSet::default());
        let mut trees: Vec<_> = self.root.iter().map(|root| (Vec::new(), *root)).collect();
        while let Some((path, tree)) = trees.pop() {
            // What cannot be read was told where it was looked into, and is no excuse for anything new.
            for entry in self.store.tree(tree).unwrap_or_default() {
                match entry.sort {
                    Sort::Folder if seen.insert(entry.object) => {
                        trees.push((joined(&path, &entry.name), entry.object));
                    }
                    Sort::File => {
                        let kind = Kind::of_name(&String::from_utf8_lossy(&entry.name));
                        let place = (joined(&path, &entry.name), entry.object);
                        all.files.entry(entry.object).or_insert(kind);
                        all.names.entry(entry.name).and_modify(|known| *known = None).or_insert(Some(place));
                    }
                    Sort::Folder | Sort::Link | Sort::Submodule => {}
                }
            }
        }
        all
    }
}
