//! The root of a cell without namespaces: a private folder of the host, which is removed with the cell. What a supervisor that
//! was killed left behind, the next one removes.

mod remove;
mod used;

use std::fs::{self, DirBuilder};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::fs::{CWD, FlockOperation, Mode, OFlags, flock, fstat, openat};

use super::failure::{Failure, at};
use super::plan::{NOBODY, Plan, Start};
use super::root::Standing;
use crate::cell::Workspace;
pub(super) use used::Used;

const PREFIX: &str = "portcullis-cell-";
/// What stands in it, under the names that it has inside.
const FOLDERS: [&str; 4] = ["input", "script", "tmp", "workspace"];
const TRIES: u32 = 16;

static COUNT: AtomicU32 = AtomicU32::new(0);

/// A folder as its supervisor knows it. Dropped, it is removed with all that is in it.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    /// Locked as long as this process or the cell's first one is there: by that others know that it is in use.
    descriptor: OwnedFd,
}

impl Folder {
    pub(super) fn make(from_root: bool) -> Result<Self, Failure> {
        let above = above(from_root).map_err(at("find a folder for the cell"))?;
        remove_abandoned(&above);
        let folder = Self::new(&above, from_root).map_err(at(format!("make a folder in {}", above.display())))?;
        for name in FOLDERS {
            let path = folder.path.join(name);
            let made = DirBuilder::new().mode(0o700).create(&path);
            made.and_then(|()| if from_root { chown(&path, Some(NOBODY), Some(NOBODY)) } else { Ok(()) })
                .map_err(at(format!("make {}", path.display())))?;
        }
        Ok(folder)
    }

    /// An empty one. Root's cells become nobody, who must get through and see nothing.
    fn new(above: &Path, from_root: bool) -> io::Result<Self> {
        let mode = if from_root { 0o711 } else { 0o700 };
        for _ in 0..TRIES {
            let count = COUNT.fetch_add(1, Ordering::Relaxed);
            let path = above.join(format!("{PREFIX}{}-{count}", std::process::id()));
            match DirBuilder::new().mode(mode).create(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                made => made?,
            }
            // Somebody may take it for abandoned before it is locked.
            if let Ok(Some(descriptor)) = lock(&path)
                && fs::symlink_metadata(&path).is_ok_and(|named| is_same(&named, &descriptor))
            {
                fs::set_permissions(&path, fs::Permissions::from_mode(mode))?;
                return Ok(Self { path, descriptor });
            }
        }
        Err(io::Error::other("every name is taken"))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What lies in the workspace and in the folder for temporary files.
    pub(super) fn used(&self) -> [Used; 2] {
        ["workspace", "tmp"].map(|name| used::below(self.descriptor.as_fd(), Path::new(name)))
    }
}

impl AsFd for Folder {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed now, the next one tries again.
        let _ = remove::all(&self.path);
    }
}

/// Where such folders are made: where only this user comes, if there is such a place.
fn above(from_root: bool) -> io::Result<PathBuf> {
    let user = rustix::process::geteuid().as_raw();
    let own = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|path| path.is_absolute() && !from_root);
    let own = own.filter(|path| {
        fs::symlink_metadata(path).is_ok_and(|found| found.is_dir() && found.uid() == user && found.mode() & 0o077 == 0)
    });
    let above = fs::canonicalize(own.unwrap_or_else(std::env::temp_dir))?;
    // The code of root's cells is nobody's.
    let is_closed = |folder: &&Path| fs::metadata(folder).is_ok_and(|found| found.mode() & 0o001 == 0);
    match above.ancestors().find(is_closed).filter(|_| from_root) {
        Some(closed) => Err(io::Error::other(format!("{} lets no other user through (`TMPDIR`)", closed.display()))),
        None => Ok(above),
    }
}

/// The folder, if nobody else has it.
fn lock(path: &Path) -> io::Result<Option<OwnedFd>> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let descriptor = openat(CWD, path, flags, Mode::empty())?;
    match flock(&descriptor, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(descriptor)),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn is_same(named: &fs::Metadata, descriptor: &OwnedFd) -> bool {
    fstat(descriptor).is_ok_and(|opened| opened.st_ino == named.ino() && opened.st_dev == named.dev())
}

/// Removes the folders of supervisors that are gone, with their cells.
fn remove_abandoned(above: &Path) {
    let user = rustix::process::geteuid().as_raw();
    for entry in fs::read_dir(above).into_iter().flatten().flatten() {
        let is_ours = || entry.metadata().is_ok_and(|found| found.is_dir() && found.uid() == user);
        let is_named = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
        if is_named
            && is_ours()
            && let Ok(Some(_locked)) = lock(&entry.path())
        {
            let _ = remove::all(&entry.path());
        }
    }
}

/// What the first process of the cell needs of the folder that it was given.
pub(super) fn standing(folder: OwnedFd, plan: &Plan) -> Result<Standing, Failure> {
    let open = |name: &str| {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        openat(&folder, name, flags, Mode::empty()).map_err(at(format!("open the cell's {name}")))
    };
    let tmp = open("tmp")?;
    let workspace = if plan.workspace == Workspace::None { None } else { Some(open("workspace")?) };
    Ok(Standing { root: folder, tmp, workspace })
}

/// Takes the right to write from files that are only to be read. Landlock stands before that.
pub(super) fn seal(standing: &Standing, start: &Start, workspace_too: bool) -> Result<(), Failure> {
    let is_sealed = |path: &Path| workspace_too || !path.starts_with("/workspace");
    for file in start.files.iter().filter(|file| is_sealed(Path::new(&file.path))) {
        let path = Path::new(&file.path);
        let path = path.strip_prefix("/").unwrap_or(path);
        let mode = Mode::from_raw_mode(if file.executable { 0o500 } else { 0o400 });
        rustix::fs::chmodat(&standing.root, path, mode, rustix::fs::AtFlags::empty())
            .map_err(at(format!("make {} read-only", file.path.display())))?;
    }
    Ok(())
}
