//! The workspace as it is read: every file once, no more of them than the cell holds, and no way out of it.
//!
//! Files are opened from the root's descriptor on by `openat2` with `RESOLVE_BENEATH`, so that the kernel itself keeps links,
//! also those made meanwhile, from leading out (openat2(2)).

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Read;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, ResolveFlags, fstat, openat2, readlinkat, statat};
use rustix::io::Errno;

use super::copy::TEMPORARY;
use super::place::Places;
use super::{LeftOut, Stop, refused, shown};
use crate::cell::Limits;
use crate::sandbox::Laid;

/// What was read, each list in the order of its paths, which begin at the root.
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub(super) files: Vec<Laid>,
    pub(super) folders: Vec<PathBuf>,
    pub(super) left_out: Vec<LeftOut>,
    /// The root as it was opened: what stands at its path later may be another folder.
    pub(super) root: Option<OwnedFd>,
}

/// Folders in which version control keeps its own: history, settings with addresses and tokens, hooks.
pub(super) const VERSION_CONTROL: [&str; 5] = [".git", ".hg", ".jj", ".svn", ".bzr"];
/// By what git knows a folder as a repository, whatever it is called.
const REPOSITORY: [&str; 3] = ["HEAD", "objects", "refs"];
/// Compiled code, which Python makes again.
const CACHE: &str = "__pycache__";
/// The file by which Python knows a virtual environment.
const VIRTUAL_ENVIRONMENT: &str = "pyvenv.cfg";
const KEPT: &str = "what version control keeps";
/// What a tmpfs takes for a file at the least.
const PAGE: u64 = 4096;

/// Reads what lies below a root. One file was read before: it is taken as it is.
pub(super) fn read(
    root: &Path,
    limits: &Limits,
    known: Option<(&Path, &[u8])>,
    places: &Places<'_>,
) -> Result<Listing, Stop> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    // Links on the way were followed before it was looked at; there are none by now, or it is another folder.
    let follow = ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    let folder = match openat2(CWD, root, flags, Mode::empty(), follow) {
        Ok(folder) => folder,
        Err(Errno::NOSYS) => return refused("the kernel has no openat2(2), without which no workspace is read"),
        Err(error) => return refused(format!("{}: {error}", shown(root))),
    };
    let mut reading = Reading { root: folder, limits, known, places, bytes: 0, found: Listing::default() };
    let mut waiting = vec![PathBuf::new()];
    while let Some(folder) = waiting.pop() {
        reading.folder(&folder, &mut waiting)?;
    }
    let Listing { mut files, mut folders, left_out, .. } = reading.found;
    files.sort_by(|a, b| a.path.cmp(&b.path));
    folders.sort();
    Ok(Listing { files, folders, left_out, root: Some(reading.root) })
}

struct Reading<'r> {
    root: OwnedFd,
    limits: &'r Limits,
    known: Option<(&'r Path, &'r [u8])>,
    places: &'r Places<'r>,
    /// What the files take up so far.
    bytes: u64,
    found: Listing,
}

impl Reading<'_> {
    fn leave_out(&mut self, path: &Path, why: impl Into<String>) {
        self.found.left_out.push(LeftOut::new(path, why));
    }

    /// Opens a path below the root.
    fn open(&self, path: &Path, flags: OFlags, follow: ResolveFlags) -> Result<OwnedFd, Errno> {
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        let flags = flags | OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        openat2(&self.root, path, flags, Mode::empty(), ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS | follow)
    }

    /// Takes the files of one folder, and notes the folders in it.
    fn folder(&mut self, folder: &Path, waiting: &mut Vec<PathBuf>) -> Result<(), Stop> {
        let listed = self.open(folder, OFlags::DIRECTORY, ResolveFlags::NO_SYMLINKS);
        let (opened, entries) = match listed.and_then(|opened| names(&opened).map(|entries| (opened, entries))) {
            Ok(listed) => listed,
            Err(error) if folder.as_os_str().is_empty() => {
                return refused(format!("the workspace cannot be listed: {error}"));
            }
            Err(error) => {
                self.leave_out(folder, format!("it cannot be listed: {error}"));
                return Ok(());
            }
        };
        let is_root = folder.as_os_str().is_empty();
        if REPOSITORY.iter().all(|name| entries.contains(OsStr::new(name))) {
            if is_root {
                return refused(
                    "the workspace is what version control keeps: name the folder of the work (`--workspace-root DIR`)",
                );
            }
            self.leave_out(folder, KEPT);
            return Ok(());
        }
        if !is_root {
            if entries.contains(OsStr::new(VIRTUAL_ENVIRONMENT)) {
                self.leave_out(folder, "a virtual environment: hand it in with `--venv`");
                return Ok(());
            }
            self.found.folders.push(folder.to_owned());
            self.bounded(folder)?;
        }
        for name in &entries {
            let path = folder.join(name);
            match statat(&opened, name.as_os_str(), AtFlags::SYMLINK_NOFOLLOW)
                .map(|data| FileType::from_raw_mode(data.st_mode))
            {
                Ok(FileType::Directory) if VERSION_CONTROL.iter().any(|other| name.eq_ignore_ascii_case(other)) => {
                    self.leave_out(&path, KEPT);
                }
                Ok(FileType::Directory) if name == CACHE => {}
                Ok(FileType::Directory) => waiting.push(path),
                Ok(FileType::RegularFile) => self.file(path, ResolveFlags::NO_SYMLINKS)?,
                Ok(FileType::Symlink) => self.file(path, ResolveFlags::empty())?,
                Ok(_) => self.leave_out(&path, "no file: a pipe, a socket or a device"),
                Err(error) => self.leave_out(&path, format!("it cannot be looked at: {error}")),
            }
        }
        Ok(())
    }

    /// Reads one file; where a link leads to it, its bytes are laid in the link's place.
    fn file(&mut self, path: PathBuf, follow: ResolveFlags) -> Result<(), Stop> {
        if let Some(why) = self.kept(&path) {
            self.leave_out(&path, why);
            return Ok(());
        }
        let (bytes, executable) = match self.known.filter(|(known, _)| *known == path) {
            Some((_, bytes)) => (bytes.to_vec(), false),
            None => match self.open(&path, OFlags::empty(), follow) {
                Ok(opened) => {
                    let is_link = !follow.contains(ResolveFlags::NO_SYMLINKS);
                    let read = match self.hidden(&opened).filter(|_| is_link) {
                        Some(why) => Err(why),
                        None => self.bytes_of(File::from(opened), &path)?,
                    };
                    match read {
                        Ok(read) => read,
                        Err(why) => {
                            self.leave_out(&path, why);
                            return Ok(());
                        }
                    }
                }
                Err(error) => {
                    self.leave_out(&path, unopened(error));
                    return Ok(());
                }
            },
        };
        self.bytes += (bytes.len() as u64).next_multiple_of(PAGE);
        self.found.files.push(Laid { path: path.clone(), bytes, executable });
        self.bounded(&path)
    }

    /// Why a file is left out that lies at a path, whatever is in it.
    fn kept(&self, path: &Path) -> Option<&'static str> {
        if path.iter().any(|part| VERSION_CONTROL.iter().any(|name| part.eq_ignore_ascii_case(name))) {
            return Some(KEPT);
        }
        if path.file_name().is_some_and(|name| name.as_bytes().starts_with(TEMPORARY.as_bytes())) {
            return Some("what is left of copying out that was ended on the way: delete it");
        }
        let is_secret = self.places.is_secret(path);
        is_secret.then_some("a place of secrets: hand it in by itself (`--input`) if the script is to read it")
    }

    /// Why a file is left out to which a link led: what is asked of it in its own place is asked here as well.
    fn hidden(&self, opened: &OwnedFd) -> Option<String> {
        let real = match self.real(opened) {
            Ok(real) => real,
            Err(error) => return Some(format!("a link of which nobody can tell where it leads: {error}")),
        };
        let in_environment = real
            .ancestors()
            .skip(1)
            .filter(|above| !above.as_os_str().is_empty())
            .any(|above| statat(&self.root, above.join(VIRTUAL_ENVIRONMENT), AtFlags::SYMLINK_NOFOLLOW).is_ok());
        let why = if in_environment { Some("of a virtual environment") } else { self.kept(&real) };
        why.map(|why| format!("a link to {}: {why}", shown(&real)))
    }

    /// Where a file lies, from the root on.
    fn real(&self, opened: &OwnedFd) -> Result<PathBuf, Errno> {
        // What was deleted has the name no more by which it would be left out.
        if fstat(opened)?.st_nlink == 0 {
            return Err(Errno::NOENT);
        }
        let (root, real) = (place_of(&self.root)?, place_of(opened)?);
        real.strip_prefix(root).map(Path::to_owned).map_err(|_| Errno::XDEV)
    }

    /// The bytes of an open file and whether it may be executed, or why they are left out.
    fn bytes_of(&self, file: File, path: &Path) -> Result<Result<(Vec<u8>, bool), String>, Stop> {
        let data = match fstat(&file) {
            Ok(data) => data,
            Err(error) => return Ok(Err(format!("it cannot be read: {error}"))),
        };
        match FileType::from_raw_mode(data.st_mode) {
            FileType::RegularFile => {}
            FileType::Directory => return Ok(Err("a link to a folder".to_owned())),
            _ => return Ok(Err("no file: a pipe, a socket or a device".to_owned())),
        }
        let left = self.limits.workspace().saturating_sub(self.bytes);
        let mut bytes = Vec::with_capacity(usize::try_from(data.st_size).unwrap_or_default().min(1 << 24));
        // A file may grow while it is read.
        match file.take(left + 1).read_to_end(&mut bytes) {
            Err(error) => Ok(Err(format!("it cannot be read: {error}"))),
            Ok(_) if bytes.len() as u64 > left => self.too_large(path),
            Ok(_) => Ok(Ok((bytes, data.st_mode & 0o100 != 0))),
        }
    }

    /// Refuses what the cell does not hold.
    fn bounded(&self, path: &Path) -> Result<(), Stop> {
        let count = (self.found.files.len() + self.found.folders.len()) as u64;
        if self.bytes > self.limits.workspace() {
            return self.too_large(path);
        }
        if count >= self.limits.workspace_files {
            return refused(format!(
                "the workspace has more files and folders than the cell may hold (`workspace-files = {}`): raise it in a \
                 policy of your own, or name a smaller folder (`--workspace-root`); the count was met at {}",
                self.limits.workspace_files,
                shown(path)
            ));
        }
        Ok(())
    }

    fn too_large<T>(&self, path: &Path) -> Result<T, Stop> {
        refused(format!(
            "the workspace is larger than the cell may hold (`workspace-mib = {}`): raise it in a policy of your own, or name \
             a smaller folder (`--workspace-root`); the size was met at {}",
            self.limits.workspace_mib,
            shown(path)
        ))
    }
}

/// The names in an open folder, in order.
fn names(folder: &OwnedFd) -> Result<BTreeSet<OsString>, Errno> {
    let mut names = BTreeSet::new();
    for entry in Dir::read_from(folder)? {
        let entry = entry?;
        let name = OsStr::from_bytes(entry.file_name().to_bytes());
        if name != "." && name != ".." {
            names.insert(name.to_owned());
        }
    }
    Ok(names)
}

/// Where something that is open lies now.
fn place_of(opened: &OwnedFd) -> Result<PathBuf, Errno> {
    let place = readlinkat(CWD, format!("/proc/self/fd/{}", opened.as_raw_fd()), Vec::new())?;
    Ok(PathBuf::from(OsString::from_vec(place.into_bytes())))
}

fn unopened(error: Errno) -> String {
    match error {
        // What `RESOLVE_BENEATH` and `RESOLVE_NO_SYMLINKS` say.
        Errno::XDEV | Errno::LOOP => "a link that leads out of the workspace or to an absolute path".to_owned(),
        Errno::NOENT => "a link to nothing, or gone meanwhile".to_owned(),
        Errno::ACCESS => "permission denied".to_owned(),
        error => format!("it cannot be opened: {error}"),
    }
}
