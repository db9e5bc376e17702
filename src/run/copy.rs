//! Copies changes of a workspace out to the folder that it was a copy of: only what the policy names, nothing that something
//! obeys, and nothing over what was changed there meanwhile.
//!
//! As when it was read, everything is opened from the root's descriptor on and no link is followed. A file is written whole
//! under another name beside its place, and renamed.

#[cfg(test)]
mod tests;

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::sync::Arc;

use rustix::fd::OwnedFd;
use rustix::fs::{
    AtFlags, FileType, Mode, OFlags, RenameFlags, ResolveFlags, Stat, fchmod, fchown, fstat, mkdirat, openat, openat2,
    renameat_with, statat, unlinkat,
};
use rustix::io::Errno;

use super::change::{Difference, Fate};
use super::fit;
use super::place::Places;
use super::script::sha256;
use crate::audit::Changed;
use crate::gate::Gate;
use crate::pattern::Patterns;
use crate::sandbox::EntryKind;

/// Where changes go, and which may.
pub(super) struct CopyOut<'c> {
    pub(super) gate: &'c Arc<Gate>,
    /// As it was opened when the workspace was read.
    pub(super) root: &'c OwnedFd,
    pub(super) allowed: Patterns,
    pub(super) places: Places<'c>,
}

/// How the names of files begin that are not whole yet.
pub(super) const TEMPORARY: &str = ".portcullis-";
/// The bits that are ever copied: never those that give somebody's rights to whoever runs the file.
const PERMISSIONS: u32 = 0o777;
const EXECUTABLE: u32 = 0o111;

impl<'c> CopyOut<'c> {
    /// Fails where the policy names what is no pattern.
    pub(super) fn new(gate: &'c Arc<Gate>, root: &'c OwnedFd) -> Result<Self, String> {
        let patterns = gate.policy().clauses.cell.copy_out.iter().map(String::as_str);
        let allowed = Patterns::new(gate.workspace(), patterns)?;
        Ok(Self { gate, root, allowed, places: Places::new(gate.pack(), gate.workspace()) })
    }

    /// Copies one change out, with the bytes that it came to.
    pub(super) fn copy(&self, change: &Difference, bytes: impl FnOnce() -> Result<Vec<u8>, String>) -> Fate {
        let allowed = self.allowed(change).map_err(Fate::Refused);
        allowed.and_then(|()| self.carry(change, bytes)).err().unwrap_or(Fate::Kept)
    }

    /// Whether the change may be copied out, whatever lies there now.
    fn allowed(&self, change: &Difference) -> Result<(), String> {
        if is_ambiguous(&change.path) {
            return Err(
                "its name holds a backslash or a control character, which others read as more than a name".to_owned()
            );
        }
        if self.places.is_obeyed(&change.path) {
            return Err("something does what is written there without being asked".to_owned());
        }
        if self.places.is_secret(&change.path) {
            return Err("it is a place of secrets".to_owned());
        }
        if !self.allowed.covers(&self.gate.workspace().join(&change.path)) {
            return Err("the policy does not name it (`copy-out`)".to_owned());
        }
        match &change.after {
            None | Some(EntryKind::File { .. }) => Ok(()),
            Some(EntryKind::Link) => Err("it is a link".to_owned()),
            Some(EntryKind::Folder | EntryKind::Other) => Err("it is no file".to_owned()),
        }
    }

    fn carry(&self, change: &Difference, bytes: impl FnOnce() -> Result<Vec<u8>, String>) -> Result<(), Fate> {
        let refused = |why: &str| Err(Fate::Refused(why.to_owned()));
        let Some(name) = change.path.file_name() else { return refused("it has no name") };
        let written = match &change.after {
            Some(EntryKind::File { sha256: wanted, executable, .. }) => {
                let bytes = bytes().map_err(Fate::Refused)?;
                if sha256(&bytes) != *wanted {
                    return refused("it was not read as it was listed");
                }
                let place = self.gate.workspace().join(&change.path);
                fit::written(self.gate, &place, &bytes).map_err(Fate::Refused)?;
                Some((bytes, *executable))
            }
            _ => None,
        };
        let folder = self.folder(change.path.parent().unwrap_or(Path::new("")), change.what)?;
        let now = self.now(&folder, name).map_err(Fate::Refused)?;
        match (&change.before, &now) {
            (None, Some(_)) => return refused("there is such a file, which was not laid into the cell"),
            (Some(before), Some((_, digest))) if before == digest => {}
            (Some(_), _) => return refused("it was changed here meanwhile"),
            (None, None) => {}
        }
        let old = now.map(|(data, _)| data);
        match written {
            Some((bytes, executable)) => replace(&folder, name, &bytes, executable, old.as_ref())
                .map_err(|error| Fate::Failed(format!("it cannot be written: {error}"))),
            None => unlinkat(&folder, name, AtFlags::empty())
                .map_err(|error| Fate::Failed(format!("it cannot be deleted: {error}"))),
        }
    }

    /// Opens a folder below the root, which is made where something new is to lie in it.
    fn folder(&self, path: &Path, what: Changed) -> Result<OwnedFd, Fate> {
        let told = |error: Errno| match error {
            Errno::LOOP | Errno::XDEV => Fate::Refused("its folder is a link here".to_owned()),
            error => Fate::Refused(format!("its folder cannot be opened: {error}")),
        };
        let mut folder = self.open(self.root, Path::new("."), OFlags::DIRECTORY).map_err(told)?;
        for part in path {
            no_repository(&folder).map_err(Fate::Refused)?;
            if what == Changed::Made {
                match mkdirat(&folder, part, Mode::from_raw_mode(PERMISSIONS)) {
                    Ok(()) => owned_as(&folder, &self.open(&folder, Path::new(part), OFlags::DIRECTORY).map_err(told)?),
                    Err(Errno::EXIST) => {}
                    Err(error) => return Err(Fate::Failed(format!("its folder cannot be made: {error}"))),
                }
            }
            folder = self.open(&folder, Path::new(part), OFlags::DIRECTORY).map_err(told)?;
        }
        no_repository(&folder).map_err(Fate::Refused)?;
        Ok(folder)
    }

    fn open(&self, folder: &OwnedFd, path: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
        let flags = flags | OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        let follow = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        openat2(folder, path, flags, Mode::empty(), follow)
    }

    /// What lies at the place now, if anything does.
    fn now(&self, folder: &OwnedFd, name: &OsStr) -> Result<Option<(Stat, String)>, String> {
        let file = match self.open(folder, Path::new(name), OFlags::empty()) {
            Ok(file) => file,
            Err(Errno::NOENT) => return Ok(None),
            Err(Errno::LOOP) => return Err("it is a link here".to_owned()),
            Err(error) => return Err(format!("it cannot be looked at: {error}")),
        };
        let data = fstat(&file).map_err(|error| format!("it cannot be looked at: {error}"))?;
        if FileType::from_raw_mode(data.st_mode) != FileType::RegularFile {
            return Err("it is no file here".to_owned());
        }
        let (mut bytes, most) = (Vec::new(), self.gate.policy().clauses.cell.limits.workspace());
        let read = File::from(file).take(most + 1).read_to_end(&mut bytes);
        read.map_err(|error| format!("it cannot be read: {error}"))?;
        Ok(Some((data, sha256(&bytes))))
    }
}

/// Fails for a folder that is, or could be made, a repository without a name by which one is known: git obeys its settings.
fn no_repository(folder: &OwnedFd) -> Result<(), String> {
    match statat(folder, "HEAD", AtFlags::SYMLINK_NOFOLLOW) {
        Err(Errno::NOENT) => Ok(()),
        _ => Err("its folder, or one above it, holds a `HEAD`, as repositories of git do".to_owned()),
    }
}

/// Whether something else than Linux could see another path in it, or a terminal, a list or a script more than a name.
fn is_ambiguous(path: &Path) -> bool {
    path.to_string_lossy().chars().any(|c| c == '\\' || c.is_control())
}

/// Writes a file beside its place and moves it there: over the old one, or where there is none.
fn replace(
    folder: &OwnedFd,
    name: &OsStr,
    bytes: &[u8],
    executable: bool,
    old: Option<&Stat>,
) -> Result<(), std::io::Error> {
    // Nobody can have made one of that name before, and what a killed process leaves stands in nobody's way.
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(|error| std::io::Error::other(error.to_string()))?;
    let temporary = format!("{TEMPORARY}{:016x}", u64::from_be_bytes(random));
    // The mask of this process says what is left of it.
    let mode = if executable { PERMISSIONS } else { PERMISSIONS & !EXECUTABLE };
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = openat(folder, &temporary, flags, Mode::from_raw_mode(mode))?;
    let written = || {
        if let Some(old) = old {
            let kept = old.st_mode & PERMISSIONS & !EXECUTABLE;
            // Who may read it may execute it.
            let mode = if executable { kept | (kept & 0o444) >> 2 } else { kept };
            fchmod(&file, Mode::from_raw_mode(mode))?;
        }
        owned_as(folder, &file);
        let mut file = File::from(file.try_clone()?);
        file.write_all(bytes)?;
        file.sync_all()?;
        let how = if old.is_some() { RenameFlags::empty() } else { RenameFlags::NOREPLACE };
        Ok(renameat_with(folder, &temporary, folder, name, how)?)
    };
    let done: Result<(), std::io::Error> = written();
    if done.is_err() {
        // Nothing more can be done if even that fails.
        let _ = unlinkat(folder, &temporary, AtFlags::empty());
    }
    done
}

/// What root makes belongs to whom the folder belongs to. Where that cannot be, it is root's, as it would have been.
fn owned_as(folder: &OwnedFd, made: &OwnedFd) {
    if rustix::process::geteuid().is_root()
        && let Ok(data) = fstat(folder)
    {
        let (user, group) = (rustix::process::Uid::from_raw(data.st_uid), rustix::process::Gid::from_raw(data.st_gid));
        let _ = fchown(made, Some(user), Some(group));
    }
}
