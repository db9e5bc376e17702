//! Mounts by descriptor: fsopen(2), fsmount(2), open_tree(2), move_mount(2).

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::CWD;
use rustix::io::Errno;
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, MoveMountFlags, OpenTreeFlags, fsconfig_create, fsconfig_set_string,
    fsmount, fsopen, move_mount, open_tree,
};

use super::call;
use super::failure::{Failure, at};

pub(super) const READ_ONLY: u64 = libc::MOUNT_ATTR_RDONLY;
pub(super) const NO_SUID: u64 = libc::MOUNT_ATTR_NOSUID;
pub(super) const NO_DEVICES: u64 = libc::MOUNT_ATTR_NODEV;
pub(super) const NO_EXEC: u64 = libc::MOUNT_ATTR_NOEXEC;

/// A file system of its own, not yet anywhere.
pub(super) fn new(kind: &str, options: &[(&str, &str)], attributes: u64) -> Result<OwnedFd, Failure> {
    let make = || -> Result<OwnedFd, Errno> {
        let context = fsopen(kind, FsOpenFlags::FSOPEN_CLOEXEC)?;
        for (key, value) in options {
            fsconfig_set_string(context.as_fd(), *key, *value)?;
        }
        fsconfig_create(context.as_fd())?;
        let attributes = MountAttrFlags::from_bits_retain(u32::try_from(attributes).map_err(|_| Errno::INVAL)?);
        fsmount(context.as_fd(), FsMountFlags::FSMOUNT_CLOEXEC, attributes)
    };
    make().map_err(at(format!("mount a {kind}")))
}

/// Memory as a file system, with bounds.
pub(super) fn memory(bytes: u64, files: u64, mode: &str) -> Result<OwnedFd, Failure> {
    let (size, files) = (bytes.to_string(), files.to_string());
    new("tmpfs", &[("size", &size), ("nr_inodes", &files), ("mode", mode)], NO_SUID | NO_DEVICES)
}

/// What is there already, once more: with all mounts below it, and read-only at least.
pub(super) fn again(source: &Path, attributes: u64) -> Result<OwnedFd, Failure> {
    let step = format!("mount {}", source.display());
    let flags = OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC | OpenTreeFlags::AT_RECURSIVE;
    let tree = open_tree(CWD, source, flags).map_err(at(step.clone()))?;
    call::set_mount_attributes(tree.as_fd(), READ_ONLY | attributes, true).map_err(at(format!("{step} read-only")))?;
    Ok(tree)
}

/// Attaches a mount at a path below a folder.
pub(super) fn attach(mount: BorrowedFd, folder: BorrowedFd, path: &Path) -> Result<(), Failure> {
    let flags = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH | MoveMountFlags::MOVE_MOUNT_T_EMPTY_PATH;
    move_mount(mount, "", folder, path, flags).map_err(at(format!("attach the mount /{}", path.display())))
}

pub(super) fn change(mount: BorrowedFd, attributes: u64, what: &str) -> Result<(), Failure> {
    call::set_mount_attributes(mount, attributes, false).map_err(at(format!("make {what} read-only")))
}
