//! Images: a root with an interpreter and what it needs, and nothing beside that. It is made of what is already on this
//! machine, without a registry, and serves a container engine (as an archive) and the native sandbox (as a folder).

mod archive;
mod folder;
mod package;

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

pub use folder::gather;
pub use package::{Python, installed};

/// Why there is no image: one sentence that says what to do.
pub type Fault = String;

/// What lies in a root, by its path from there on. The order is that of the archive.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Image {
    entries: BTreeMap<PathBuf, Entry>,
}

/// All of it belongs to root in the end. Nothing keeps a set-user-id bit.
#[derive(Debug, PartialEq, Eq)]
enum Entry {
    Folder,
    /// A file of this machine.
    File {
        from: PathBuf,
        executable: bool,
    },
    Text(&'static str),
    Link(PathBuf),
}

/// Where on merged systems everything lies that once lay beside `/usr`.
const MERGED: [&str; 4] = ["bin", "lib", "lib64", "sbin"];

/// What an engine mounts over, and files that programs expect to be there.
const FOLDERS: [&str; 6] = ["dev", "proc", "script", "sys", "tmp", "workspace"];
const TEXTS: [(&str, &str); 2] = [
    ("etc/passwd", "root:x:0:0:root:/:/usr/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"),
    ("etc/group", "root:x:0:\nnogroup:x:65534:\n"),
];

impl Image {
    /// Puts something at a path, below folders that are made where they are missing.
    fn put(&mut self, path: &Path, entry: Entry) {
        for folder in path.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty()) {
            self.entries.entry(folder.to_owned()).or_insert(Entry::Folder);
        }
        match entry {
            Entry::Folder => _ = self.entries.entry(path.to_owned()).or_insert(entry),
            _ => _ = self.entries.insert(path.to_owned(), entry),
        }
    }

    /// What every root has.
    fn furnish(&mut self) {
        for folder in FOLDERS {
            self.put(Path::new(folder), Entry::Folder);
        }
        for (path, text) in TEXTS {
            if !self.entries.contains_key(Path::new(path)) {
                self.put(Path::new(path), Entry::Text(text));
            }
        }
        for name in MERGED {
            let path = Path::new(name);
            let target = Path::new("usr").join(name);
            if !self.entries.contains_key(path) && self.entries.contains_key(&target) {
                self.put(path, Entry::Link(target));
            }
        }
    }

    /// Whether there is something at a path.
    pub fn holds(&self, path: &str) -> bool {
        self.entries.contains_key(Path::new(path))
    }
}

/// A path from the root on, as it is on merged systems; none for the root itself and what leads out of it.
fn merged(path: &Path) -> Option<PathBuf> {
    let path = path.strip_prefix("/").unwrap_or(path);
    if !path.components().all(|part| matches!(part, Component::Normal(_))) {
        return None;
    }
    let first = path.components().next()?.as_os_str().to_str().unwrap_or_default();
    Some(if MERGED.contains(&first) { Path::new("usr").join(path) } else { path.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_a_merged_system() {
        let of = |path| merged(Path::new(path)).map(|path| path.to_string_lossy().into_owned());
        assert_eq!(of("/lib/x86_64-linux-gnu/libc.so.6").as_deref(), Some("usr/lib/x86_64-linux-gnu/libc.so.6"));
        assert_eq!(of("/usr/bin/python3").as_deref(), Some("usr/bin/python3"));
        assert_eq!(of("/library/x").as_deref(), Some("library/x"));
        assert_eq!(of("/"), None);
        assert_eq!(of("/usr/../etc"), None);
    }

    #[test]
    fn folders_above_are_made_and_links_of_a_merged_system() {
        let mut image = Image::default();
        image.put(Path::new("usr/lib/a/b"), Entry::Text("x"));
        image.put(Path::new("usr/lib"), Entry::Folder);
        image.furnish();
        assert!(image.holds("usr/lib/a"));
        assert_eq!(image.entries[Path::new("lib")], Entry::Link(PathBuf::from("usr/lib")));
        assert!(!image.holds("bin"));
        assert!(image.holds("etc/passwd") && image.holds("workspace"));
    }
}
