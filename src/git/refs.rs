//! References: names of commits, in files of their own and packed into one (gitrepository-layout(5), git-pack-refs(1)).

use std::fs;
use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;

use super::place::{self, Place, shown};
use crate::source::Object;
use crate::walk;

const MAX_PACKED: u64 = 256 << 20;
/// References to references are followed so far, as git does.
const MAX_LINKS: usize = 5;
/// So many files of references are looked at.
const MAX_FILES: usize = 1 << 20;

/// All references of a repository.
#[derive(Debug, Default)]
pub(super) struct Refs {
    /// Names and what they say: the name of an object, or of another reference.
    named: FxHashMap<String, Target>,
    /// What could not be read, in a sentence each.
    pub(super) problems: Vec<String>,
}

#[derive(Clone, Debug)]
enum Target {
    Object(Object),
    Ref(String),
}

impl Refs {
    pub(super) fn of(place: &Place) -> Self {
        let mut refs = Self::default();
        let packed = place.common.join("packed-refs");
        if packed.symlink_metadata().is_ok() {
            match walk::read_file(&packed, MAX_PACKED) {
                Ok(bytes) => refs.packed(&String::from_utf8_lossy(&bytes)),
                Err(message) => refs.problems.push(format!("{}: {message}", shown(&packed))),
            }
        }
        refs.files(&place.common, "refs");
        if place.git != place.common {
            // What each work tree has for itself.
            refs.files(&place.git, "refs");
            refs.file(&place.common.join("HEAD"), "main-worktree/HEAD".to_owned());
        }
        refs.file(&place.git.join("HEAD"), "HEAD".to_owned());
        let trees = place.common.join("worktrees");
        for name in walk::names(&trees) {
            refs.file(&trees.join(&name).join("HEAD"), format!("worktrees/{name}/HEAD"));
        }
        refs
    }

    /// Lines `HASH NAME`; those that begin with `^` say what the tag before them leads to.
    fn packed(&mut self, text: &str) {
        for line in text.lines().filter(|line| !line.starts_with(['#', '^'])) {
            if let Some((hash, name)) = line.split_once(' ')
                && let Some(object) = object(hash)
            {
                self.named.insert(name.to_owned(), Target::Object(object));
            }
        }
    }

    /// The files below a folder. They win over what is packed.
    fn files(&mut self, root: &Path, name: &str) {
        let mut folders: Vec<(PathBuf, String)> = vec![(root.join(name), name.to_owned())];
        let mut left = MAX_FILES;
        while let Some((folder, name)) = folders.pop() {
            let entries = match fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(error) => {
                    self.problems.push(format!("{}: {error}", shown(&folder)));
                    continue;
                }
            };
            for entry in entries.flatten().take(left) {
                left -= 1;
                // A name that is no text stays one of its own: nobody asks for it by name.
                let name = format!("{name}/{}", walk::shown(Path::new(&entry.file_name())));
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() => folders.push((entry.path(), name)),
                    _ => self.file(&entry.path(), name),
                }
            }
            if left == 0 {
                self.problems.push(format!("{}: more than {MAX_FILES} references are not looked at", shown(&folder)));
            }
        }
    }

    fn file(&mut self, path: &Path, name: String) {
        if path.extension().is_some_and(|end| end == "lock") {
            return;
        }
        let target = place::line(path).map(|line| match line.strip_prefix("ref:") {
            Some(other) => Some(Target::Ref(other.trim().to_owned())),
            None => object(&line).map(Target::Object),
        });
        match target {
            Ok(Some(target)) => drop(self.named.insert(name, target)),
            Ok(None) => self.problems.push(format!("{}: it names no object", shown(path))),
            Err(message) => self.problems.push(message),
        }
    }

    /// The object that a name leads to.
    pub(super) fn find(&self, name: &str) -> Option<Object> {
        let mut name = name;
        for _ in 0..MAX_LINKS {
            match self.named.get(name)? {
                Target::Object(object) => return Some(*object),
                Target::Ref(other) => name = other,
            }
        }
        None
    }

    /// All names with the objects that they lead to, in order.
    pub(super) fn all(&self) -> Vec<(&str, Object)> {
        let mut all: Vec<_> = self.named.keys().filter_map(|name| Some((&**name, self.find(name)?))).collect();
        all.sort_unstable();
        all
    }
}

/// The name of an object in all its digits.
pub(super) fn object(digits: &str) -> Option<Object> {
    let length = digits.len();
    if !matches!(length, 40 | 64) || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let bytes = (0..length).step_by(2).filter_map(|at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok());
    Object::new(&bytes.collect::<Vec<_>>())
}
