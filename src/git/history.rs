//! `--history`: every content of every file, once, with the commit in which it appeared first.
//!
//! Commits are taken oldest first: none before its parents, and of those that could be next the one with the earliest date, which
//! decides between branches. Trees that were seen are not looked into again, so the work is that of what changed, and of one
//! look at each entry beside it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hash::BuildHasher;

use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};

use super::scope::Scope;
use super::store::{Fault, Kind};
use super::tree::{Sort, joined};
use super::{Listed, Repository, counted};
use crate::source::{Content, Kind as SourceKind, Object, Past, Source};

/// A path is no longer than this; git itself goes no further than 4096 bytes.
const MAX_PATH: usize = 1 << 14;
/// A tree of which something is left out is looked into at so many paths: a small one can stand at endless ones.
const MAX_PATHS: u32 = 256;

/// Commits and what each needs before it can be taken.
#[derive(Default)]
struct Graph {
    numbers: FxHashMap<Object, u32>,
    nodes: Vec<Node>,
    /// Parent and child, by number.
    edges: Vec<(u32, u32)>,
}

struct Node {
    commit: Object,
    tree: Object,
    time: i64,
    /// Parents that were not taken yet.
    waits_for: u32,
}

/// Every file that any reference leads to, in the order in which they appeared.
pub(super) fn list(repository: &Repository, scope: &Scope<'_>) -> Listed {
    let mut listed = Listed::default();
    let (mut tips, mut loose) = (Vec::new(), Vec::new());
    for (name, object) in repository.refs.all() {
        match repository.store.peeled(object) {
            Ok((Kind::Commit, commit)) => tips.push(commit),
            Ok((kind, object)) => loose.push((name, kind, object)),
            Err(fault) => listed.fault(name, object, &fault),
        }
    }
    let graph = Graph::new(repository, tips, &mut listed);
    let (mut seen, mut absent) = (Seen::default(), 0);
    let mut walk = |listed: &mut Listed, folder: &[u8], tree, commit| {
        repository.new_files(folder, tree, scope, &mut seen, listed, |listed, path, object| {
            if repository.is_partial && !repository.store.has(object) {
                absent += 1;
                return;
            }
            let (past, kind) = (Past { before: None, commit }, scope.kind(path).flatten());
            listed.sources.push(Source { past, ..Source::new(scope.shown(path), Content::Object(object), kind) });
        });
    };
    for (commit, tree) in graph.in_order() {
        walk(&mut listed, b"", tree, Some(commit));
    }
    for (name, kind, object) in loose {
        match kind {
            Kind::Tree => walk(&mut listed, b"", object, None),
            _ => listed.sources.push(Source::new(name, Content::Object(object), None)),
        }
    }
    if absent > 0 {
        let absent = counted(absent, "content");
        listed
            .notes
            .push(format!("{absent} of files cannot be scanned: the clone is partial, and they were not fetched"));
    }
    if repository.is_shallow {
        listed.notes.push("the repository is shallow: commits before its oldest ones are not there".to_owned());
    }
    listed
}

impl Graph {
    fn new(repository: &Repository, mut open: Vec<Object>, listed: &mut Listed) -> Self {
        let mut graph = Self::default();
        let mut failed = FxHashSet::default();
        let mut parents = Vec::new();
        while let Some(commit) = open.pop() {
            if graph.numbers.contains_key(&commit) || failed.contains(&commit) {
                continue;
            }
            match repository.store.commit(commit) {
                Ok(node) => {
                    let number = u32::try_from(graph.nodes.len()).unwrap_or(u32::MAX);
                    graph.numbers.insert(commit, number);
                    graph.nodes.push(Node { commit, tree: node.tree, time: node.time, waits_for: 0 });
                    parents.extend(node.parents.iter().map(|parent| (*parent, number)));
                    open.extend(node.parents);
                }
                Err(fault) => {
                    failed.insert(commit);
                    if !(repository.is_shallow && matches!(fault, Fault::Missing)) {
                        listed.fault("commit", commit, &fault);
                    }
                }
            }
        }
        for (parent, child) in parents {
            if let Some(parent) = graph.numbers.get(&parent) {
                graph.edges.push((*parent, child));
                graph.nodes[child as usize].waits_for += 1;
            }
        }
        graph.edges.sort_unstable();
        graph.numbers = FxHashMap::default();
        graph
    }

    /// Commits and their trees, oldest first.
    fn in_order(mut self) -> Vec<(Object, Object)> {
        let mut ready: BinaryHeap<_> =
            (0..).zip(&self.nodes).filter(|(_, node)| node.waits_for == 0).map(key).collect();
        let mut order = Vec::with_capacity(self.nodes.len());
        while let Some(Reverse((_, _, number))) = ready.pop() {
            let node = &self.nodes[number as usize];
            order.push((node.commit, node.tree));
            let first = self.edges.partition_point(|(parent, _)| *parent < number);
            for (_, child) in self.edges[first..].iter().take_while(|(parent, _)| *parent == number) {
                let node = &mut self.nodes[*child as usize];
                node.waits_for -= 1;
                if node.waits_for == 0 {
                    ready.push(key((*child, node)));
                }
            }
        }
        order
    }
}

fn key((number, node): (u32, &Node)) -> Reverse<(i64, Object, u32)> {
    Reverse((node.time, node.commit, number))
}

/// What was looked at already.
#[derive(Default)]
pub(super) struct Seen {
    /// Files, by the kind that their name tells.
    files: FxHashSet<(Object, Option<SourceKind>)>,
    /// Trees of which nothing was left out, so that they are done with wherever they stand.
    whole: FxHashSet<Object>,
    /// Others, by their paths, on which it depends what is left out.
    parts: FxHashSet<(Object, u64)>,
    paths: FxHashMap<Object, u32>,
}

impl Seen {
    /// Whether a tree is to be looked into at a path. Fails once for a tree that stands at too many.
    fn is_new(&mut self, tree: Object, path: u64) -> Result<bool, Fault> {
        let paths = self.paths.get(&tree).copied().unwrap_or_default();
        if self.whole.contains(&tree) || paths > MAX_PATHS || !self.parts.insert((tree, path)) {
            return Ok(false);
        }
        self.paths.insert(tree, paths + 1);
        match paths < MAX_PATHS {
            true => Ok(true),
            false => Err(Fault::Corrupt("it stands at too many paths, of which some are left out".to_owned())),
        }
    }

    /// Takes note that nothing of a tree was left out.
    fn done_with(&mut self, tree: Object, path: u64) {
        self.whole.insert(tree);
        self.parts.remove(&(tree, path));
        self.paths.remove(&tree);
    }
}

enum Step {
    Into(Vec<u8>, Object),
    /// All of a tree was looked at; so much had been left out before it.
    Out(Object, u64, usize),
}

impl Repository {
    /// Tells of every file below a tree that was not seen before.
    fn new_files(
        &self,
        folder: &[u8],
        tree: Object,
        scope: &Scope<'_>,
        seen: &mut Seen,
        listed: &mut Listed,
        mut tell: impl FnMut(&mut Listed, &[u8], Object),
    ) {
        let (mut steps, mut left_out) = (vec![Step::Into(folder.to_vec(), tree)], 0);
        while let Some(step) = steps.pop() {
            let (folder, tree) = match step {
                Step::Into(folder, tree) => (folder, tree),
                Step::Out(tree, path, before) => {
                    if before == left_out {
                        seen.done_with(tree, path);
                    }
                    continue;
                }
            };
            let path = FxBuildHasher.hash_one(&folder);
            let entries = match seen.is_new(tree, path) {
                Ok(false) => continue,
                Ok(true) => self.store.tree(tree),
                Err(fault) => Err(fault),
            };
            let entries = match entries {
                Ok(entries) => entries,
                Err(fault) => {
                    listed.fault(&scope.shown(&folder), tree, &fault);
                    continue;
                }
            };
            steps.push(Step::Out(tree, path, left_out));
            for entry in entries.into_iter().rev() {
                if entry.sort == Sort::Folder && seen.whole.contains(&entry.object) {
                    continue;
                }
                let path = joined(&folder, &entry.name);
                match entry.sort {
                    Sort::Folder if path.len() > MAX_PATH => {
                        listed.fault(&scope.shown(&folder), tree, &Fault::Corrupt("its path has no end".to_owned()));
                    }
                    Sort::Folder if scope.leads_to(&path) => steps.push(Step::Into(path, entry.object)),
                    Sort::File => {
                        // The same content is another file where its name says so.
                        let Some(kind) = scope.kind(&path) else { continue };
                        if seen.files.contains(&(entry.object, kind)) {
                            continue;
                        }
                        if scope.has(&path) {
                            seen.files.insert((entry.object, kind));
                            tell(listed, &path, entry.object);
                        } else {
                            left_out += 1;
                        }
                    }
                    Sort::Folder => left_out += 1,
                    Sort::Link | Sort::Submodule => {}
                }
            }
        }
    }

    /// Tells of every file below a folder.
    pub(super) fn files(
        &self,
        folder: &[u8],
        tree: Object,
        scope: &Scope<'_>,
        listed: &mut Listed,
        tell: &mut dyn FnMut(&[u8], Object),
    ) {
        self.new_files(folder, tree, scope, &mut Seen::default(), listed, |_, path, object| tell(path, object));
    }
}
