//! The modules that a script imports from beside itself: they run with it, so they are judged with it.
//!
//! Python looks in the script's folder before its own library, so a file there that is named like a standard module counts
//! too, whoever imports that: the library itself may.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use super::beside::Beside;
use crate::inspect::Examined;
use crate::source::Source;
use crate::standard;
use crate::walk;

/// How many modules are read beside what was named, and how many bytes of them.
pub const MAX_IMPORTED: usize = 64;
pub const MAX_IMPORTED_BYTES: usize = 8 << 20;

/// Endings of modules that are no text.
const NATIVE: [&str; 3] = [".so", ".pyd", ".pyc"];

/// Finds modules, each once.
pub(super) struct Closure {
    beside: Beside,
    workspace: PathBuf,
    /// The folders of the scripts, which Python looks in before anything else.
    scripts: Vec<PathBuf>,
    listed: BTreeMap<PathBuf, Vec<String>>,
    known: BTreeSet<PathBuf>,
    /// Imports that lead to modules beside a script, and to nothing else.
    own: BTreeSet<String>,
    /// How much was read.
    modules: usize,
    bytes: usize,
}

/// What an import leads to.
pub(super) enum Found {
    Module(Source),
    /// A list of requirements.
    List(Source),
    /// Something that cannot be read: its path, and why.
    Closed(String, &'static str),
}

impl Closure {
    pub(super) fn new(workspace: &Path, beside: Beside) -> Self {
        Self {
            beside,
            workspace: workspace.to_owned(),
            scripts: Vec::new(),
            listed: BTreeMap::new(),
            known: BTreeSet::new(),
            own: BTreeSet::new(),
            modules: 0,
            bytes: 0,
        }
    }

    /// Takes note of a script, before any import is looked for.
    pub(super) fn add_script(&mut self, source: &Source) {
        // What comes from standard input runs in the workspace, unless it has a name.
        let name = source.file().unwrap_or(Path::new(&*source.path));
        let folder = name.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = match self.beside {
            Beside::Disk => folder.and_then(|folder| std::fs::canonicalize(folder).ok()),
            Beside::Read(_) => folder.filter(|folder| folder.is_absolute()).map(Path::to_owned),
        };
        let folder = folder.unwrap_or_else(|| self.workspace.clone());
        if !self.scripts.contains(&folder) {
            self.scripts.push(folder);
        }
        self.known.extend(source.file().map(Path::to_owned));
    }

    /// Whether so many bytes of one module more may be read.
    pub(super) fn affords(&mut self, bytes: usize) -> bool {
        self.modules += 1;
        self.bytes += bytes;
        self.modules <= MAX_IMPORTED && self.bytes <= MAX_IMPORTED_BYTES
    }

    /// Whether an import leads to a module beside a script. What Python has itself does not: it may be loaded already.
    pub(super) fn is_own(&self, name: &str) -> bool {
        self.own.contains(name)
    }

    /// The modules that a source imports, and that were not found before.
    pub(super) fn imported_by(&mut self, source: &Source, examined: &Examined) -> Vec<Found> {
        let mut found = Vec::new();
        let file = source.file().map_or_else(|| walk::absolute(Path::new(&*source.path)), Path::to_owned);
        for (_, name) in &examined.imports {
            let rest = name.trim_start_matches('.');
            let is_own = match name.len() - rest.len() {
                0 => {
                    let is_standard = rest.split('.').next().is_some_and(standard::is_module);
                    let workspace = self.workspace.clone();
                    let scripts = self.scripts.clone();
                    let beside = scripts.iter().map(|folder| self.look(folder, rest, &mut found));
                    let is_beside = beside.fold(false, |any, one| any | one);
                    self.look(&workspace, rest, &mut found);
                    is_beside && !is_standard
                }
                // One dot is the source's own folder, each further one the folder above.
                dots => match file.ancestors().nth(dots) {
                    Some(folder) => self.look(folder, rest, &mut found),
                    None => false,
                },
            };
            if is_own {
                self.own.insert(name.to_string());
            }
        }
        found
    }

    /// The lists of requirements that a source installs or takes in, and that were not found before. pip looks for them where
    /// it runs, and for what a list takes in beside that.
    pub(super) fn listed_by(&mut self, source: &Source, examined: &Examined, is_list: bool) -> Vec<Found> {
        let own = source.file().and_then(Path::parent).map(Path::to_owned);
        let folders: Vec<PathBuf> = match is_list {
            true => own.into_iter().collect(),
            false => std::iter::once(self.workspace.clone()).chain(self.scripts.iter().cloned()).collect(),
        };
        let mut found = Vec::new();
        for list in &examined.lists {
            for folder in &folders {
                let mut modules = Vec::new();
                if self.take(plain(&folder.join(&**list)), &mut modules) {
                    found.extend(modules.into_iter().map(|one| match one {
                        Found::Module(source) => Found::List(source),
                        other => other,
                    }));
                    break;
                }
            }
        }
        found
    }

    /// The files beside the scripts that stand in the way of standard modules.
    pub(super) fn shadows(&mut self) -> Vec<Found> {
        let mut found = Vec::new();
        for folder in self.scripts.clone() {
            let mut names: Vec<_> = self.names(&folder).iter().map(|name| stem(name).to_owned()).collect();
            names.retain(|name| standard::is_module(name));
            names.dedup();
            for name in names {
                self.look(&folder, &name, &mut found);
            }
        }
        found
    }

    /// Looks for every module on the way of a dotted name: importing `a.b` runs `a` first. Gives whether there is a module of
    /// the first name, and not just a folder, which may be another's.
    fn look(&mut self, folder: &Path, name: &str, found: &mut Vec<Found>) -> bool {
        let mut names = name.split('.').filter(|name| !name.is_empty());
        let Some(first) = names.next() else { return self.take(folder.join("__init__.py"), found) };
        let is_module = self.step(folder, first, found);
        let mut folder = folder.join(first);
        for name in names {
            if !self.beside.is_folder(&folder) {
                break;
            }
            self.step(&folder, name, found);
            folder.push(name);
        }
        is_module
    }

    /// Looks for one module in one folder.
    fn step(&mut self, folder: &Path, name: &str, found: &mut Vec<Found>) -> bool {
        let candidates: Vec<_> = self.names(folder).iter().filter(|other| stem(other) == name).cloned().collect();
        let mut is_module = false;
        for other in candidates {
            let path = folder.join(&other);
            if other.len() == name.len() {
                is_module |= self.take(path.join("__init__.py"), found);
            } else if other.strip_prefix(name) == Some(".py") {
                is_module |= self.take(path, found);
            } else if NATIVE.iter().any(|ending| other.ends_with(ending)) {
                self.close(&path, "it is a compiled module, which cannot be read", found);
            }
        }
        is_module
    }

    /// Takes a file, if there is one.
    fn take(&mut self, path: PathBuf, found: &mut Vec<Found>) -> bool {
        let Some(real) = self.beside.find(&path) else { return false };
        if self.known.contains(&real) {
            return true;
        }
        let roots = std::iter::once(&self.workspace).chain(&self.scripts);
        if roots.into_iter().any(|root| real.starts_with(root)) {
            self.known.insert(real);
            found.push(Found::Module(self.beside.source(&path)));
        } else {
            self.close(&path, "it is a link that leads out of the workspace", found);
        }
        true
    }

    fn close(&mut self, path: &Path, why: &'static str, found: &mut Vec<Found>) {
        if self.known.insert(path.to_owned()) {
            found.push(Found::Closed(self.beside.source(path).path.to_string(), why));
        }
    }

    fn names(&mut self, folder: &Path) -> &[String] {
        if !self.listed.contains_key(folder) {
            self.listed.insert(folder.to_owned(), self.beside.names(folder));
        }
        self.listed.get(folder).map_or(&[], Vec::as_slice)
    }
}

/// A path without `.` and `..`, as far as its words tell.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}

/// The name of the module that a file or folder may be.
fn stem(name: &str) -> &str {
    name.split('.').next().unwrap_or_default()
}
