//! How much lies below a folder: looked up, where no file system of the cell's own bounds it.

use std::os::fd::BorrowedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, ResolveFlags, openat2, statat};
use rustix::io::Errno;

/// Bytes of a block of `st_blocks` (stat(3type)).
const BLOCK: u64 = 512;

/// What was found.
#[derive(Clone, Copy, Debug, Default)]
pub(in super::super) struct Used {
    /// On the disk.
    pub(in super::super) bytes: u64,
    /// And folders.
    pub(in super::super) files: u64,
}

/// Code may change what is counted meanwhile: what is gone counts no more.
pub(super) fn below(root: BorrowedFd, folder: &Path) -> Used {
    let mut used = Used::default();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        match look(root, &folder, &mut used) {
            Ok(folders) => waiting.extend(folders),
            // Deeper than anybody needs: no number of files would be too many otherwise.
            Err(Errno::NAMETOOLONG) => used.files = u64::MAX / 2,
            Err(_) => {}
        }
    }
    used
}

fn look(root: BorrowedFd, folder: &Path, used: &mut Used) -> Result<Vec<PathBuf>, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
    let opened = openat2(root, folder, flags, Mode::empty(), resolve)?;
    let mut folders = Vec::new();
    for entry in Dir::read_from(&opened)?.flatten() {
        let name = entry.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        let Ok(state) = statat(&opened, name, AtFlags::SYMLINK_NOFOLLOW) else { continue };
        used.files = used.files.saturating_add(1);
        used.bytes += state.st_blocks.unsigned_abs() * BLOCK;
        if FileType::from_raw_mode(state.st_mode) == FileType::Directory {
            let name: &std::ffi::OsStr = std::os::unix::ffi::OsStrExt::from_bytes(name.to_bytes());
            folders.push(folder.join(name));
        }
    }
    Ok(folders)
}
