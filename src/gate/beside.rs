//! What stands beside a script: files of the file system, or those that somebody has read already and will hand to Python.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::source::{Problem, ProblemKind, Source, Span};
use crate::walk;

/// Where modules are looked for.
#[derive(Clone, Debug)]
pub enum Beside {
    Disk,
    /// By absolute paths without `..`: there is nothing else.
    Read(Arc<BTreeMap<PathBuf, Arc<[u8]>>>),
}

impl Beside {
    /// The names in a folder, in order.
    pub(super) fn names(&self, folder: &Path) -> Vec<String> {
        let files = match self {
            Self::Disk => return walk::names(folder),
            Self::Read(files) => files,
        };
        let below = files.range::<Path, _>((Bound::Excluded(folder), Bound::Unbounded));
        let names = below.map_while(|(path, _)| path.strip_prefix(folder).ok()?.iter().next());
        // No module has a name that is no text.
        let mut names: Vec<_> = names.filter_map(|name| name.to_str()).map(str::to_owned).collect();
        names.dedup();
        names
    }

    pub(super) fn is_folder(&self, path: &Path) -> bool {
        match self {
            Self::Disk => path.is_dir(),
            Self::Read(_) => !self.names(path).is_empty(),
        }
    }

    /// Where a file really is, if there is one.
    pub(super) fn find(&self, path: &Path) -> Option<PathBuf> {
        match self {
            Self::Disk => std::fs::canonicalize(path).ok(),
            Self::Read(files) => files.contains_key(path).then(|| path.to_owned()),
        }
    }

    /// The file as a source.
    pub(super) fn source(&self, path: &Path) -> Source {
        match self {
            Self::Disk => walk::named_file(path),
            Self::Read(_) => walk::read_before(path),
        }
    }

    pub(super) fn bytes(&self, source: &Source) -> Result<Vec<u8>, Problem> {
        let files = match self {
            Self::Disk => return walk::read(source, walk::DEFAULT_MAX_SIZE),
            Self::Read(files) => files,
        };
        let gone = || Problem {
            kind: ProblemKind::Unread,
            message: "it was not read before".to_owned(),
            span: Span::default(),
        };
        source.file().and_then(|path| files.get(path)).map(|bytes| bytes.to_vec()).ok_or_else(gone)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_was_read_has_names_folders_and_bytes() {
        let files = ["/w/a.py", "/w/pack/__init__.py", "/w/pack/deep/b.py", "/w/pack.py", "/x/c.py"];
        let files = files.map(|path| (PathBuf::from(path), Arc::from(path.as_bytes())));
        let beside = Beside::Read(Arc::new(BTreeMap::from(files)));
        assert_eq!(beside.names(Path::new("/w")), ["a.py", "pack", "pack.py"]);
        assert_eq!(beside.names(Path::new("/w/pack")), ["__init__.py", "deep"]);
        assert_eq!(beside.names(Path::new("/none")), Vec::<String>::new());
        assert!(beside.is_folder(Path::new("/w/pack/deep")) && !beside.is_folder(Path::new("/w/a.py")));
        assert_eq!(beside.find(Path::new("/w/pack")), None);
        let source = beside.source(Path::new("/x/c.py"));
        assert_eq!(beside.bytes(&source).unwrap(), b"/x/c.py");
        assert!(beside.bytes(&beside.source(Path::new("/x/d.py"))).is_err());
    }

    #[test]
    #[cfg(unix)]
    fn a_name_that_is_no_text_hides_no_other() {
        use std::os::unix::ffi::OsStrExt;
        let odd = PathBuf::from(std::ffi::OsStr::from_bytes(b"/w/a\xff"));
        let files = [odd, PathBuf::from("/w/helper.py"), PathBuf::from("/w/a")].map(|path| (path, Arc::default()));
        assert_eq!(Beside::Read(Arc::new(BTreeMap::from(files))).names(Path::new("/w")), ["a", "helper.py"]);
    }
}
