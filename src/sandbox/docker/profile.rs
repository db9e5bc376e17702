//! The filter of system calls as Docker reads it (moby's profiles/seccomp), from the table that the native sandbox compiles.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::process;

use serde_json::{Value, json};

use crate::sandbox::Refused;

/// A file that has no name anywhere, so that nothing of it is left however we end. Engines' programs, which are our children,
/// reach it by our number.
#[derive(Debug)]
pub(super) struct Nameless {
    _file: File,
    path: OsString,
}

impl Nameless {
    pub(super) fn new(bytes: &[u8]) -> io::Result<Self> {
        let mut file = tempfile::tempfile()?;
        file.write_all(bytes)?;
        let path = format!("/proc/{}/fd/{}", process::id(), file.as_raw_fd()).into();
        Ok(Self { _file: file, path })
    }

    pub(super) fn path(&self) -> &OsStr {
        &self.path
    }
}

pub(super) fn file() -> Result<Nameless, Refused> {
    Nameless::new(profile().to_string().as_bytes())
        .map_err(|error| Refused::step("seccomp profile", &error.to_string()))
}

/// A system call whose arguments decide.
struct Checked {
    call: &'static str,
    argument: u32,
    /// The call is allowed where the argument is one of these.
    values: &'static [u64],
}

/// Calls that nothing needs to be known of: on files, memory, time, own processes and signals, and what runc and the init do
/// between the filter's start and the script's.
const ALLOWED: &str = "\
    access brk chdir chmod chown close close_range copy_file_range creat dup dup2 dup3 faccessat faccessat2 fadvise64 fallocate \
    fchdir fchmod fchmodat fchmodat2 fchown fchownat fcntl fdatasync fgetxattr flistxattr flock fstat fstatfs fsync ftruncate getcwd \
    getdents getdents64 getxattr lchown lgetxattr link linkat listxattr llistxattr lseek lstat mkdir mkdirat mknod mknodat \
    newfstatat open openat openat2 pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv rename \
    renameat renameat2 rmdir sendfile splice stat statfs statx symlink symlinkat sync_file_range tee truncate umask unlink unlinkat \
    utime utimensat utimes vmsplice write writev inotify_init1 inotify_add_watch inotify_rm_watch \
    madvise membarrier memfd_create mincore mlock mlock2 mlockall mmap mprotect mremap msync munlock munlockall munmap \
    alarm clock_getres clock_gettime clock_nanosleep getitimer gettimeofday nanosleep setitimer time timer_create timer_delete \
    timer_getoverrun timer_gettime timer_settime timerfd_create timerfd_gettime timerfd_settime times \
    arch_prctl execve execveat exit exit_group fork futex get_robust_list getcpu getegid geteuid getgid getgroups getpgid getpgrp \
    getpid getppid getpriority getresgid getresuid getrlimit getrusage getsid gettid getuid kill pause pidfd_open \
    pidfd_send_signal prctl prlimit64 restart_syscall rseq rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn \
    rt_sigsuspend rt_sigtimedwait rt_tgsigqueueinfo sched_get_priority_max sched_get_priority_min sched_getaffinity \
    sched_getattr sched_getparam sched_getscheduler sched_setaffinity sched_yield set_robust_list set_tid_address setpgid \
    setpriority setrlimit setsid sigaltstack sysinfo tgkill tkill uname vfork wait4 waitid getrandom capget \
    accept accept4 bind connect getpeername getsockname getsockopt listen recvfrom recvmmsg recvmsg sendmmsg sendmsg sendto \
    setsockopt shutdown socketpair \
    epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2 pipe pipe2 poll ppoll pselect6 \
    select signalfd signalfd4 \
    semctl semget semop semtimedop shmat shmctl shmdt shmget msgctl msgget msgrcv msgsnd";

const CHECKED: [Checked; 3] = [
    // AF_UNIX, AF_INET and AF_INET6: a namespace does not confine all the others, AF_VSOCK among them (vsock(7)).
    Checked { call: "socket", argument: 0, values: &[1, 2, 10] },
    // PER_LINUX, and the question which it is: others switch off the randomisation of addresses (personality(2)).
    Checked { call: "personality", argument: 0, values: &[0, 0xffff_ffff] },
    // Terminals are asked and set up, never fed (TIOCSTI); descriptors are asked what they hold (ioctl_tty(2)).
    Checked {
        call: "ioctl",
        argument: 1,
        values: &[
            0x5401, 0x5402, 0x5403, 0x5404, 0x540e, 0x540f, 0x5410, 0x5413, 0x5414, 0x541b, 0x5421, 0x5422, 0x5450,
            0x5451, 0x5452,
        ],
    },
];

/// The flags of clone(2) that make namespaces, with CLONE_NEWCGROUP and without CLONE_NEWTIME, which only clone3 has.
const NAMESPACES: u64 = 0x7e02_0000;
const ENOSYS: i32 = 38;

fn profile() -> Value {
    let mut rules =
        vec![json!({ "names": ALLOWED.split_whitespace().collect::<Vec<_>>(), "action": "SCMP_ACT_ALLOW" })];
    // Several tests of one argument are alternatives to runc, so that there is one a rule.
    let allow = |call: &str, test: Value| json!({ "names": [call], "action": "SCMP_ACT_ALLOW", "args": [test] });
    for Checked { call, argument, values } in CHECKED {
        let equal = |value: &u64| json!({ "index": argument, "value": value, "op": "SCMP_CMP_EQ" });
        rules.extend(values.iter().map(|value| allow(call, equal(value))));
    }
    let none = json!({ "index": 0, "value": NAMESPACES, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ" });
    rules.push(allow("clone", none));
    // Its flags lie in memory, where no filter sees them: so the C library is to take clone instead.
    rules.push(json!({ "names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": ENOSYS }));
    // Only the architecture that is named is let through; x32 and i386 are killed.
    json!({ "defaultAction": "SCMP_ACT_ERRNO", "architectures": [ARCHITECTURE], "syscalls": rules })
}

#[cfg(target_arch = "x86_64")]
const ARCHITECTURE: &str = "SCMP_ARCH_X86_64";
#[cfg(target_arch = "aarch64")]
const ARCHITECTURE: &str = "SCMP_ARCH_AARCH64";

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_one_test_at_most_and_calls_are_named_once() {
        let profile = profile();
        let mut named = std::collections::BTreeSet::new();
        for rule in profile["syscalls"].as_array().unwrap() {
            let tests = rule["args"].as_array().map_or(0, Vec::len);
            assert!(tests <= 1, "{rule}");
            for name in rule["names"].as_array().unwrap() {
                assert!(named.insert(name.as_str().unwrap().to_owned()) || tests == 1, "{name} is named twice");
            }
        }
        for dangerous in
            ["ptrace", "bpf", "unshare", "setns", "mount", "io_uring_setup", "userfaultfd", "keyctl", "add_key"]
        {
            assert!(!named.contains(dangerous), "{dangerous}");
        }
    }
}
