//! System calls that no crate wraps in safe code: all of `unsafe` in the sandbox but the start of processes.
#![allow(unsafe_code)]

use std::ffi::{CStr, CString};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::time::Duration;

use rustix::io::Errno;

use super::failure::last_error;
use super::plan::Usage;

/// A call's result, by its convention: a negative one is an error.
fn checked(result: libc::c_long) -> Result<libc::c_long, Errno> {
    if result < 0 { Err(last_error()) } else { Ok(result) }
}

/// Makes a mount read-only, and more: mount_setattr(2).
pub(super) fn set_mount_attributes(mount: BorrowedFd, attributes: u64, and_below: bool) -> Result<(), Errno> {
    let change = libc::mount_attr { attr_set: attributes, attr_clr: 0, propagation: libc::MS_PRIVATE, userns_fd: 0 };
    let flags = libc::AT_EMPTY_PATH | if and_below { libc::AT_RECURSIVE } else { 0 };
    // SAFETY: the path is a constant that ends with NUL, and the structure lives until the call returns.
    let result = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            mount.as_raw_fd(),
            c"".as_ptr(),
            flags,
            &raw const change,
            size_of::<libc::mount_attr>(),
        )
    };
    checked(result).map(drop)
}

/// pivot_root(2) to the current folder, with the old root above it.
pub(super) fn pivot_root_here() -> Result<(), Errno> {
    // SAFETY: both paths are constants that end with NUL.
    checked(unsafe { libc::syscall(libc::SYS_pivot_root, c".".as_ptr(), c".".as_ptr()) }).map(drop)
}

/// Installs a filter on this thread, and gives the descriptor over which it asks: seccomp(2).
pub(super) fn install_filter(program: &[seccompiler::sock_filter]) -> Result<OwnedFd, Errno> {
    let length = libc::c_ushort::try_from(program.len()).map_err(|_| Errno::TOOBIG)?;
    let described = libc::sock_fprog { len: length, filter: program.as_ptr().cast::<libc::sock_filter>().cast_mut() };
    // SAFETY: the kernel reads as many instructions as the slice has; both crates declare them as the kernel does.
    let descriptor = checked(unsafe {
        libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_SET_MODE_FILTER,
            libc::SECCOMP_FILTER_FLAG_NEW_LISTENER,
            &raw const described,
        )
    })?;
    let descriptor = i32::try_from(descriptor).map_err(|_| Errno::RANGE)?;
    // SAFETY: the kernel has just made this descriptor, and nobody else knows of it.
    Ok(unsafe { OwnedFd::from_raw_fd(descriptor) })
}

/// The next call that a filter refused: SECCOMP_IOCTL_NOTIF_RECV of seccomp_unotify(2).
pub(super) fn next_refused(listener: BorrowedFd) -> Result<libc::seccomp_notif, Errno> {
    // SAFETY: of integers only, and the kernel wants zeros.
    let mut notice: libc::seccomp_notif = unsafe { std::mem::zeroed() };
    // SAFETY: the structure is the one that this request fills, and lives until the call returns.
    let result = unsafe { libc::ioctl(listener.as_raw_fd(), NOTIF_RECV, &raw mut notice) };
    checked(result.into()).map(|_| notice)
}

/// Makes the call that waits fail with this error.
pub(super) fn refuse(listener: BorrowedFd, id: u64, error: Errno) -> Result<(), Errno> {
    let mut answer = libc::seccomp_notif_resp { id, val: 0, error: -error.raw_os_error(), flags: 0 };
    // SAFETY: the structure is the one that this request reads, and lives until the call returns.
    let result = unsafe { libc::ioctl(listener.as_raw_fd(), NOTIF_SEND, &raw mut answer) };
    checked(result.into()).map(drop)
}

/// `_IOWR('!', number, structure)` of the kernel's seccomp.h.
const fn request(number: u64, size: usize) -> libc::Ioctl {
    (3 << 30 | (size as u64) << 16 | 0x21 << 8 | number) as libc::Ioctl
}

const NOTIF_RECV: libc::Ioctl = request(0, size_of::<libc::seccomp_notif>());
const NOTIF_SEND: libc::Ioctl = request(1, size_of::<libc::seccomp_notif_resp>());

/// A descriptor that is readable when one of these signals came: signalfd(2). They are blocked from now on.
pub(in crate::sandbox) fn signals(wanted: &[i32]) -> Result<OwnedFd, Errno> {
    // SAFETY: an empty set is of zeros, and is filled through its own functions.
    let mut set: libc::sigset_t = unsafe { std::mem::zeroed() };
    // SAFETY: the set is a local, and lives through these calls.
    let descriptor = unsafe {
        libc::sigemptyset(&raw mut set);
        for signal in wanted {
            libc::sigaddset(&raw mut set, *signal);
        }
        libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut());
        libc::signalfd(-1, &raw const set, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK)
    };
    checked(descriptor.into())?;
    // SAFETY: the kernel has just made this descriptor, and nobody else knows of it.
    Ok(unsafe { OwnedFd::from_raw_fd(descriptor) })
}

/// Lets these signals come to this thread again.
pub(super) fn unblock(wanted: &[i32]) {
    // SAFETY: an empty set is of zeros, and is filled through its own functions; it is a local, and lives through these calls.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        for signal in wanted {
            libc::sigaddset(&raw mut set, *signal);
        }
        libc::pthread_sigmask(libc::SIG_UNBLOCK, &raw const set, std::ptr::null_mut());
    }
}

/// Leaves no capability that exec could give: PR_CAPBSET_DROP, up to the last one that the kernel knows.
pub(super) fn empty_bounding_set() -> Result<(), Errno> {
    for capability in 0..64 {
        // SAFETY: of integers only.
        match checked(unsafe { libc::prctl(libc::PR_CAPBSET_DROP, capability, 0, 0, 0) }.into()) {
            Ok(_) => {}
            Err(Errno::INVAL) => break,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Makes namespaces that clone(2) cannot make: unshare(2). Only for a process of one thread.
pub(super) fn unshare(flags: i32) -> Result<(), Errno> {
    // SAFETY: of these namespaces, none changes what other threads or open descriptors mean.
    checked(unsafe { libc::unshare(flags) }.into()).map(drop)
}

/// Which version of Landlock the kernel has: landlock_create_ruleset(2).
pub(super) fn landlock_version() -> Result<i64, Errno> {
    const VERSION: u32 = 1;
    let nothing = std::ptr::null::<libc::c_void>();
    // SAFETY: with this flag, the kernel reads nothing.
    checked(unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, nothing, 0_usize, VERSION) })
}

/// Becomes another program: execve(2). Comes back only where that fails.
pub(super) fn execute(program: &CStr, arguments: &[CString], environment: &[CString]) -> Errno {
    let pointers = |texts: &[CString]| -> Vec<*const libc::c_char> {
        texts.iter().map(|text| text.as_ptr()).chain([std::ptr::null()]).collect()
    };
    let (arguments, environment) = (pointers(arguments), pointers(environment));
    // SAFETY: both lists end with NULL, and point at texts that end with NUL and outlive the call.
    unsafe { libc::execve(program.as_ptr(), arguments.as_ptr(), environment.as_ptr()) };
    last_error()
}

/// Switches the loopback interface of this network on: netdevice(7).
pub(super) fn loopback_up(socket: BorrowedFd) -> Result<(), Errno> {
    // SAFETY: of integers only.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(b"lo") {
        *to = from.cast_signed();
    }
    request.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_RUNNING) as libc::c_short;
    // SAFETY: the structure is the one that this request reads, and lives until the call returns.
    checked(unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS as libc::Ioctl, &raw const request) }.into())
        .map(drop)
}

/// The number of a signal that came.
pub(in crate::sandbox) fn next_signal(signals: BorrowedFd) -> Option<i32> {
    let mut told = [0_u8; size_of::<libc::signalfd_siginfo>()];
    rustix::io::read(signals, &mut told).ok().filter(|count| *count == told.len())?;
    // The number comes first: signalfd(2).
    told.first_chunk().map(|number| i32::from_ne_bytes(*number))
}

/// Puts every signal back to what it does by default, and blocks none. The runtime ignores SIGPIPE.
pub(super) fn reset_signals() {
    // SAFETY: only this thread is there, and no handler of ours is lost: there is none.
    unsafe {
        for signal in 1..=64 {
            libc::signal(signal, libc::SIG_DFL);
        }
        let mut none: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut none);
        libc::sigprocmask(libc::SIG_SETMASK, &raw const none, std::ptr::null_mut());
    }
}

/// Ends every process that this one may send a signal to: in its namespace or its Landlock domain, all others. No process that is
/// being started meanwhile is passed over (kill(2), fork(2)).
pub(super) fn kill_everybody() {
    // SAFETY: of integers only. Nobody may be left, which is no failure.
    unsafe { libc::kill(-1, libc::SIGKILL) };
}

/// Two processes from here on: the child gets 0. It is the duty of whoever calls this that the child of a process that may have
/// other threads makes system calls only, allocates nothing, and leaves by [`leave`]: others may hold locks in its memory.
pub(super) fn fork() -> Result<i32, Errno> {
    // SAFETY: whoever calls this keeps to that; in a process of one thread, the child may do whatever this process may.
    let result = unsafe { libc::fork() };
    checked(result.into()).map(|_| result)
}

/// Ends this process at once.
pub(super) fn leave(code: i32) -> ! {
    // SAFETY: nothing is left to be tidied up in a process that shares nothing.
    unsafe { libc::_exit(code) }
}

/// Closes every descriptor from this one on, or marks them to be closed by `exec`. It is the duty of whoever has them closed at
/// once that nothing of this process owns one of them any more.
pub(super) fn close_from(first: u32, on_exec: bool) -> Result<(), Errno> {
    let flags = if on_exec { libc::CLOSE_RANGE_CLOEXEC } else { 0 };
    // SAFETY: whoever calls this owns none of the descriptors any more, or only marks them.
    checked(unsafe { libc::syscall(libc::SYS_close_range, first, u32::MAX, flags) }).map(drop)
}

/// Hands a descriptor to the program that this process becomes, under this number, which nobody needs any more.
pub(super) fn keep_as(descriptor: BorrowedFd, number: i32) -> Result<(), Errno> {
    // SAFETY: of integers only. Whoever calls this is about to become another program, and uses nothing that had the number.
    checked(unsafe { libc::dup2(descriptor.as_raw_fd(), number) }.into())?;
    // Where it has the number already, it is still marked to be closed.
    // SAFETY: of integers only.
    checked(unsafe { libc::fcntl(number, libc::F_SETFD, 0) }.into()).map(drop)
}

/// What wait4(2) tells of a child.
pub(super) struct Waited {
    pub(super) pid: i32,
    pub(super) status: i32,
}

/// What all children used of which leave was taken, and theirs: getrusage(2).
pub(super) fn usage_of_children() -> Usage {
    // SAFETY: of integers only.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: the structure is a local that lives until the call returns.
    unsafe { libc::getrusage(libc::RUSAGE_CHILDREN, &raw mut usage) };
    let time = |time: libc::timeval| {
        Duration::from_secs(time.tv_sec.unsigned_abs()) + Duration::from_micros(time.tv_usec.unsigned_abs())
    };
    Usage { user: time(usage.ru_utime), system: time(usage.ru_stime), memory: usage.ru_maxrss.unsigned_abs() << 10 }
}

/// Takes leave of a child that has ended: of any where `pid` is -1. `None` where none has ended, or none is there.
pub(super) fn reap(pid: i32, wait: bool) -> Result<Option<Waited>, Errno> {
    let mut status = 0;
    let options = if wait { 0 } else { libc::WNOHANG };
    loop {
        // SAFETY: the status is a local that lives until the call returns.
        let result = unsafe { libc::waitpid(pid, &raw mut status, options | libc::__WALL) };
        match checked(result.into()) {
            Err(Errno::INTR) => {}
            Err(Errno::CHILD) => return Ok(None),
            Err(error) => return Err(error),
            Ok(0) => return Ok(None),
            Ok(_) => return Ok(Some(Waited { pid: result, status })),
        }
    }
}
