//! What lies in the workspace of a cell that has ended: read through a descriptor that keeps its file system alive, and never
//! through a link.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, ResolveFlags, openat2, statat};
use sha2::{Digest, Sha256};

use super::folder::Folder;
use crate::sandbox::{Entry, EntryKind};

/// A workspace.
#[derive(Debug)]
pub struct Tree {
    root: OwnedFd,
    /// It lies in this, where it has no file system of its own.
    _folder: Option<Folder>,
}

impl Tree {
    pub(super) fn new(root: OwnedFd, folder: Option<Folder>) -> Self {
        Self { root, _folder: folder }
    }

    /// All that lies in it, in the order of paths. Fails where its files are of more bytes together: holes and further names
    /// of a file count, of which the file system has any number.
    pub fn entries(&self, most: u64) -> io::Result<Vec<Entry>> {
        let mut found = BTreeMap::new();
        let mut left = most;
        let mut folders = vec![PathBuf::new()];
        while let Some(folder) = folders.pop() {
            let opened = self.open(&folder, OFlags::DIRECTORY)?;
            for entry in Dir::read_from(&opened)? {
                let entry = entry?;
                let name = OsStr::from_bytes(entry.file_name().to_bytes());
                if matches!(name.as_bytes(), b"." | b"..") {
                    continue;
                }
                let path = folder.join(name);
                let state = statat(&opened, name, AtFlags::SYMLINK_NOFOLLOW)?;
                let kind = match FileType::from_raw_mode(state.st_mode) {
                    FileType::Directory => {
                        folders.push(path.clone());
                        EntryKind::Folder
                    }
                    FileType::RegularFile => {
                        let size = state.st_size.cast_unsigned();
                        left = left.checked_sub(size).ok_or_else(|| Entry::too_much(most))?;
                        let (bytes, sha256) = digest(self.open(&path, OFlags::empty())?)?;
                        EntryKind::File { bytes, sha256, executable: state.st_mode & 0o100 != 0 }
                    }
                    FileType::Symlink => EntryKind::Link,
                    _ => EntryKind::Other,
                };
                found.insert(path, kind);
            }
        }
        Ok(found.into_iter().map(|(path, kind)| Entry { path, kind }).collect())
    }

    /// The bytes of a file.
    pub fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.open(path, OFlags::empty())?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn open(&self, path: &Path, flags: OFlags) -> io::Result<File> {
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        // A pipe would make us wait for whoever writes to it.
        let flags = flags | OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOFOLLOW;
        Ok(openat2(self.root.as_fd(), path, flags, Mode::empty(), resolve)?.into())
    }
}

fn digest(mut file: File) -> io::Result<(u64, String)> {
    let mut hasher = Sha256::new();
    let bytes = io::copy(&mut file, &mut hasher)?;
    Ok((bytes, format!("{:x}", hasher.finalize())))
}
