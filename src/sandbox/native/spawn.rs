//! The cell's first process: this program once more, in new namespaces where there are any, with nothing of ours but four descriptors.
#![allow(unsafe_code)]

use std::ffi::{CStr, CString};
use std::fs;
use std::marker::PhantomData;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::fcntl_dupfd_cloexec;
use rustix::process::{Signal, pidfd_send_signal};

use super::call;
use super::channel::Channel;
use super::failure::{Failure, at, last_error};
use super::orphan;
use super::plan::{INSIDE, NOBODY};
use crate::cell::Layer;

/// How the program knows that it is to be a cell: its name, which no user gives it by accident.
pub(super) const NAME: &CStr = c"portcullis-cell";
/// Where the cell finds its channel in the beginning.
pub(super) const CHANNEL: i32 = 3;

/// The cell's first process, as its supervisor knows it. Dropped, it is ended, and all that is in the cell with it.
#[derive(Debug)]
pub(super) struct Process {
    pub(super) pid: i32,
    pub(super) descriptor: OwnedFd,
    pub(super) channel: Channel,
    pub(super) stdout: OwnedFd,
    pub(super) stderr: OwnedFd,
    /// Whether it has a namespace of processes, which ends with it.
    has_namespace: bool,
    /// It dies with the thread that started it (PR_SET_PDEATHSIG), which therefore keeps it.
    stays: PhantomData<*const ()>,
}

/// For a first process that has others to end before itself.
const PATIENCE: Timespec = Timespec { tv_sec: 10, tv_nsec: 0 };

impl Process {
    /// Ends all that is in the cell. What it came to is told afterwards, where something is left to tell it.
    pub(super) fn end(&self) {
        // Without a namespace, only the first process finds the others.
        let signal = if self.has_namespace { Signal::KILL } else { Signal::TERM };
        // It may be gone by itself.
        let _ = pidfd_send_signal(&self.descriptor, signal);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if !self.has_namespace {
            self.channel.hang_up();
            let _ = poll(&mut [PollFd::new(&self.descriptor, PollFlags::IN)], Some(&PATIENCE));
        }
        // It may be gone by itself; in either case nothing of it is left.
        let _ = pidfd_send_signal(&self.descriptor, Signal::KILL);
        let _ = call::reap(self.pid, true);
        if !self.has_namespace {
            orphan::end();
        }
    }
}

/// What clone(2) makes new: the time namespace is entered by the children of whoever makes it, and that of cgroups is
/// made when the cell is in its own.
pub(super) const BY_CLONE: [(Layer, i32); 6] = [
    (Layer::UserNamespace, libc::CLONE_NEWUSER),
    (Layer::MountNamespace, libc::CLONE_NEWNS),
    (Layer::PidNamespace, libc::CLONE_NEWPID),
    (Layer::NetworkNamespace, libc::CLONE_NEWNET),
    (Layer::IpcNamespace, libc::CLONE_NEWIPC),
    (Layer::UtsNamespace, libc::CLONE_NEWUTS),
];

/// Starts it, with nothing to read.
pub(super) fn spawn(program: &Path, namespaces: &[Layer]) -> Result<Process, Failure> {
    let (ours, theirs) = Channel::pair().map_err(at("make a socket"))?;
    let (stdout, stdout_inside) = pipe()?;
    let (stderr, stderr_inside) = pipe()?;
    let nothing = fs::File::open("/dev/null").map_err(at("open /dev/null"))?;
    let program = CString::new(program.as_os_str().as_bytes()).map_err(at("start this program once more"))?;
    // Above all numbers that they are to have, so that none overwrites another.
    let apart = |descriptor: BorrowedFd| fcntl_dupfd_cloexec(descriptor, 16).map_err(at("duplicate a descriptor"));
    let inside =
        [apart(nothing.as_fd())?, apart(stdout_inside.as_fd())?, apart(stderr_inside.as_fd())?, apart(theirs.as_fd())?];
    let flags = BY_CLONE.iter().filter(|(layer, _)| namespaces.contains(layer)).fold(0, |all, (_, flag)| all | flag);
    let flags = libc::c_long::from(flags | libc::CLONE_PIDFD | libc::SIGCHLD);
    let mut pidfd: libc::c_int = -1;
    let nothing_else = std::ptr::null::<libc::c_void>();
    // The older call of the two, since container engines have no clone3 for what they hold.
    // SAFETY: without CLONE_VM this is a fork: the child has memory of its own. Other threads of this process may hold
    // locks in it, so that the child does nothing but system calls (`become_cell` allocates nothing) and ends in exec. The
    // descriptor is written to a local that lives until the call returns.
    let pid =
        unsafe { libc::syscall(libc::SYS_clone, flags, nothing_else, &raw mut pidfd, nothing_else, nothing_else) };
    match pid {
        // SAFETY: this is the child.
        0 => unsafe { become_cell(&program, &inside) },
        1.. => {}
        _ => return Err(at("make namespaces")(last_error())),
    }
    let pid = pid as i32;
    // SAFETY: the kernel has just made this descriptor, and nobody else knows of it.
    let descriptor = unsafe { OwnedFd::from_raw_fd(pidfd) };
    let has_namespace = namespaces.contains(&Layer::PidNamespace);
    let process = Process { pid, descriptor, channel: ours, stdout, stderr, has_namespace, stays: PhantomData };
    if namespaces.contains(&Layer::UserNamespace) {
        map(pid)?;
    }
    Ok(process)
}

/// The channel of a process that was started to be a cell.
pub(super) fn channel() -> Option<Channel> {
    rustix::io::fcntl_getfd(borrowed_channel()).ok()?;
    // SAFETY: it is open, and this process was started with it: nobody else in it knows of it.
    let descriptor = unsafe { OwnedFd::from_raw_fd(CHANNEL) };
    // Elsewhere: in the end the number may be the code's.
    fcntl_dupfd_cloexec(&descriptor, CHANNEL + 1).ok().map(Channel::new)
}

fn borrowed_channel() -> BorrowedFd<'static> {
    // SAFETY: it is only asked whether there is such a descriptor.
    unsafe { BorrowedFd::borrow_raw(CHANNEL) }
}

pub(super) fn pipe() -> Result<(OwnedFd, OwnedFd), Failure> {
    rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).map_err(at("make a pipe"))
}

/// Gives the process its one user and its one group. Root gives it nobody's, others have only their own to give.
fn map(pid: i32) -> Result<(), Failure> {
    let (user, group) = (rustix::process::geteuid(), rustix::process::getegid());
    let write = |file: &str, text: String| {
        fs::write(format!("/proc/{pid}/{file}"), text).map_err(at(format!("write {file} of the user namespace")))
    };
    let (user, group) = if user.is_root() {
        (NOBODY, NOBODY)
    } else {
        // Whoever is not root may map groups only where none can be left: user_namespaces(7).
        write("setgroups", "deny".to_owned())?;
        (user.as_raw(), group.as_raw())
    };
    write("uid_map", format!("{INSIDE} {user} 1"))?;
    write("gid_map", format!("{INSIDE} {group} 1"))
}

/// The child of clone, until it is the program again.
///
/// # Safety
/// Only for the child of clone: it closes all descriptors, and never returns.
unsafe fn become_cell(program: &CStr, inside: &[OwnedFd; 4]) -> ! {
    let arguments = [NAME.as_ptr(), std::ptr::null()];
    let environment = [std::ptr::null()];
    // SAFETY: system calls on locals and on descriptors that this process has copies of.
    let error = unsafe {
        'failed: {
            for (number, descriptor) in inside.iter().enumerate() {
                if libc::dup2(descriptor.as_raw_fd(), number as i32) < 0 {
                    break 'failed *libc::__errno_location();
                }
            }
            if libc::syscall(libc::SYS_close_range, CHANNEL + 1, u32::MAX, 0) < 0 || !keep_capabilities() {
                break 'failed *libc::__errno_location();
            }
            libc::execve(program.as_ptr(), arguments.as_ptr(), environment.as_ptr());
            *libc::__errno_location()
        }
    };
    // SAFETY: nothing is left to be tidied up in a copy of the process.
    unsafe { libc::_exit(error) }
}

/// Keeps what clone gave through exec: capabilities(7), "ambient".
///
/// # Safety
/// Only for the child of clone.
unsafe fn keep_capabilities() -> bool {
    const VERSION_3: u32 = 0x2008_0522;
    let mut header = [VERSION_3, 0];
    // Effective, permitted and inheritable, twice.
    let mut sets = [0u32; 6];
    // SAFETY: the arrays are laid out as capget(2) and capset(2) say.
    unsafe {
        if libc::syscall(libc::SYS_capget, header.as_mut_ptr(), sets.as_mut_ptr()) < 0 {
            return false;
        }
        (sets[2], sets[5]) = (sets[1], sets[4]);
        if libc::syscall(libc::SYS_capset, header.as_mut_ptr(), sets.as_ptr()) < 0 {
            return false;
        }
        for capability in 0..64u32 {
            let half = if capability < 32 { sets[1] } else { sets[4] };
            if half >> (capability % 32) & 1 == 1
                && libc::prctl(libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_RAISE, capability, 0, 0) < 0
            {
                return false;
            }
        }
    }
    true
}
