//! The cell's own root: memory, with the host's `/usr` and a few devices in it, and nothing else of the host.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, mkdirat, openat, readlinkat, statat, symlinkat};
use rustix::io::Errno;
use rustix::mount::{MountPropagationFlags, UnmountFlags, mount_change, unmount};

use super::call;
use super::failure::{Failure, at};
use super::mount::{self, NO_DEVICES, NO_EXEC, NO_SUID, READ_ONLY};
use super::plan::{INSIDE, Plan};
use crate::cell::{Layer, Workspace};
use crate::sandbox::Root;

/// Of the root itself: the script, `/etc` and folders. Inputs lie there too, which may be as large as a workspace.
const ROOT_BYTES: u64 = 64 << 20;
const ROOT_FILES: u64 = 16 << 10;

/// Where programs and libraries may be beside `/usr`: links into it on most systems.
const BESIDE_USR: [&str; 6] = ["bin", "sbin", "lib", "lib32", "lib64", "libx32"];
/// Mapped and shared, it is memory that belongs to no process, which only a memory cgroup counts.
const ZERO: &str = "zero";
const DEVICES: [&str; 5] = ["null", ZERO, "full", "random", "urandom"];
/// Shared memory of POSIX goes where `/tmp` is bounded.
const LINKS: [(&str, &str); 5] = [
    ("dev/fd", "/proc/self/fd"),
    ("dev/stdin", "/proc/self/fd/0"),
    ("dev/stdout", "/proc/self/fd/1"),
    ("dev/stderr", "/proc/self/fd/2"),
    ("dev/shm", "/tmp"),
];
/// Of the host's `/etc`: what the dynamic loader and Debian's links need.
const COPIED: &str = "etc/ld.so.cache";
const ALTERNATIVES: &str = "etc/alternatives";

/// Where the cell stands: what is of use after the set-up.
pub(super) struct Standing {
    pub(super) root: OwnedFd,
    pub(super) tmp: OwnedFd,
    pub(super) workspace: Option<OwnedFd>,
}

/// Makes the root, and goes there: the host is out of reach afterwards.
pub(super) fn make(plan: &Plan) -> Result<Standing, Failure> {
    mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)
        .map_err(at("keep mounts to the cell"))?;
    let root = mount::memory(ROOT_BYTES + plan.limits.workspace(), ROOT_FILES, "755")?;
    mount::attach(root.as_fd(), CWD, Path::new("/"))?;
    let at_root = root.as_fd();
    for name in ["usr", "etc", "dev", "proc", "tmp", "script", "input"] {
        folder(at_root, Path::new(name))?;
    }
    system(at_root, &plan.root)?;
    devices(at_root, plan)?;
    let proc = [("subset", "pid"), ("hidepid", "invisible")];
    let proc = mount::new("proc", &proc, READ_ONLY | NO_SUID | NO_DEVICES | NO_EXEC)?;
    mount::attach(proc.as_fd(), at_root, Path::new("proc"))?;
    let tmp = mount::memory(plan.limits.tmp(), plan.limits.tmp_files, "1777")?;
    mount::attach(tmp.as_fd(), at_root, Path::new("tmp"))?;
    let workspace = workspace(at_root, plan)?;
    if let Some(path) = &plan.virtual_environment {
        bind(at_root, path, path.strip_prefix("/").unwrap_or(path))?;
    }
    enter(at_root)?;
    Ok(Standing { root, tmp, workspace })
}

fn workspace(root: BorrowedFd, plan: &Plan) -> Result<Option<OwnedFd>, Failure> {
    if plan.workspace == Workspace::None {
        return Ok(None);
    }
    folder(root, Path::new("workspace"))?;
    let made = mount::memory(plan.limits.workspace(), plan.limits.workspace_files, "755")?;
    mount::attach(made.as_fd(), root, Path::new("workspace"))?;
    Ok(Some(made))
}

/// Programs, libraries and the little that is in `/etc`.
fn system(root: BorrowedFd, from: &Root) -> Result<(), Failure> {
    let base = match from {
        Root::Host => PathBuf::from("/"),
        Root::Folder(base) => base.clone(),
    };
    bind(root, &base.join("usr"), Path::new("usr"))?;
    for name in BESIDE_USR {
        let path = base.join(name);
        match readlinkat(CWD, &path, Vec::new()) {
            Ok(target) => symlinkat(target, root, name).map_err(at(format!("make the link /{name}")))?,
            Err(Errno::NOENT) => {}
            // No link: a folder of its own.
            Err(_) => bind(root, &path, Path::new(name))?,
        }
    }
    if statat(CWD, base.join(ALTERNATIVES), AtFlags::empty()).is_ok() {
        bind(root, &base.join(ALTERNATIVES), Path::new(ALTERNATIVES))?;
    }
    for (path, text) in etc() {
        write(root, Path::new(path), text.as_bytes())?;
    }
    match std::fs::read(base.join(COPIED)) {
        Ok(bytes) => write(root, Path::new(COPIED), &bytes),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(at(format!("read /{COPIED}"))(error)),
    }
}

fn etc() -> [(&'static str, String); 5] {
    [
        ("etc/passwd", format!("root:x:0:0:root:/:/usr/sbin/nologin\ncell:x:{INSIDE}:{INSIDE}:cell:/tmp:/bin/sh\n")),
        ("etc/group", format!("root:x:0:\ncell:x:{INSIDE}:\n")),
        ("etc/hosts", "127.0.0.1 localhost cell\n::1 localhost cell\n".to_owned()),
        ("etc/hostname", "cell\n".to_owned()),
        ("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n".to_owned()),
    ]
}

/// The devices that the cell has, below `/dev`.
pub(super) fn device_names(plan: &Plan) -> impl Iterator<Item = &'static str> {
    let is_counted = plan.has(Layer::CgroupMemory);
    DEVICES.into_iter().filter(move |name| is_counted || *name != ZERO)
}

fn devices(root: BorrowedFd, plan: &Plan) -> Result<(), Failure> {
    for name in device_names(plan) {
        let path = Path::new("dev").join(name);
        write(root, &path, b"")?;
        let device = mount::again(&Path::new("/").join(&path), NO_SUID | NO_EXEC)?;
        mount::attach(device.as_fd(), root, &path)?;
    }
    for (path, target) in LINKS {
        symlinkat(target, root, path).map_err(at(format!("make the link /{path}")))?;
    }
    Ok(())
}

/// Shows a folder of the host read-only at a path inside.
fn bind(root: BorrowedFd, source: &Path, path: &Path) -> Result<(), Failure> {
    let mut so_far = PathBuf::new();
    for part in path {
        so_far.push(part);
        folder(root, &so_far)?;
    }
    let tree = mount::again(source, NO_SUID | NO_DEVICES)?;
    mount::attach(tree.as_fd(), root, path)
}

/// A folder that is there afterwards.
pub(super) fn folder(root: BorrowedFd, path: &Path) -> Result<(), Failure> {
    match mkdirat(root, path, Mode::from_raw_mode(0o755)) {
        Ok(()) | Err(Errno::EXIST) => Ok(()),
        Err(error) => Err(at(format!("make the folder /{}", path.display()))(error)),
    }
}

fn write(root: BorrowedFd, path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut file = create(root, path, false)?;
    std::io::Write::write_all(&mut file, bytes).map_err(at(format!("write /{}", path.display())))
}

/// A new file.
pub(super) fn create(root: BorrowedFd, path: &Path, executable: bool) -> Result<std::fs::File, Failure> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    let mode = Mode::from_raw_mode(if executable { 0o755 } else { 0o644 });
    let file = openat(root, path, flags, mode).map_err(at(format!("make /{}", path.display())))?;
    Ok(file.into())
}

/// Makes the new root the root, and lets the old one go.
fn enter(root: BorrowedFd) -> Result<(), Failure> {
    let old = openat(CWD, "/", OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
        .map_err(at("open the old root"))?;
    let go = || -> Result<(), Errno> {
        rustix::process::fchdir(root)?;
        call::pivot_root_here()?;
        rustix::process::fchdir(old)?;
        unmount(".", UnmountFlags::DETACH)?;
        rustix::process::chdir("/")
    };
    go().map_err(at("change the root"))
}

/// Closes the root to changes, and the workspace where it is only to be read.
pub(super) fn seal(standing: &Standing, workspace_too: bool) -> Result<(), Failure> {
    mount::change(standing.root.as_fd(), READ_ONLY, "the root")?;
    match &standing.workspace {
        Some(workspace) if workspace_too => mount::change(workspace.as_fd(), READ_ONLY, "the workspace"),
        _ => Ok(()),
    }
}

/// What a cell without a root of its own may see of the host's: the same. Besides, Debian's Pythons are led from `/usr` to what
/// `/etc` has for them; that it is not there is nothing to them, that they may not read it is.
pub(super) fn shown() -> impl Iterator<Item = PathBuf> {
    let etc = std::fs::read_dir("/etc").into_iter().flatten().flatten();
    let of_python = etc.filter(|entry| entry.file_name().as_encoded_bytes().starts_with(b"python3"));
    let shown = ["usr"].into_iter().chain(BESIDE_USR).chain([COPIED, ALTERNATIVES]);
    shown.map(|path| Path::new("/").join(path)).chain(of_python.map(|entry| entry.path()))
}
