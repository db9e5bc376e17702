//! System calls: what code in a cell may ask of the kernel, each group with its why. Whatever is not listed is refused.
//!
//! One table for all backends: [`super::filter`] compiles it for the kernel, the container backend writes it down for the engine.

/// A system call, by its name and its number here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Syscall {
    constant: &'static str,
    pub(super) number: i64,
}

impl Syscall {
    pub(super) fn name(&self) -> &'static str {
        self.constant.strip_prefix("SYS_").unwrap_or(self.constant)
    }
}

macro_rules! calls {
    ($($constant:ident)*) => { &[$(Syscall { constant: stringify!($constant), number: libc::$constant }),*] };
}

/// Calls of which nothing needs to be known but who makes them.
pub(super) const ALLOWED: [&[Syscall]; 8] = [
    // Files: mounts, Landlock and the modes of the files decide which.
    calls! {
        SYS_chdir SYS_close SYS_close_range SYS_copy_file_range SYS_dup SYS_dup3 SYS_faccessat SYS_faccessat2 SYS_fadvise64
        SYS_fallocate SYS_fchdir SYS_fchmod SYS_fchmodat SYS_fchown SYS_fchownat SYS_fcntl SYS_fdatasync SYS_fgetxattr
        SYS_flistxattr SYS_flock SYS_fstat SYS_fstatfs SYS_fsync SYS_ftruncate SYS_getcwd SYS_getdents64 SYS_getxattr
        SYS_lgetxattr SYS_linkat SYS_listxattr SYS_llistxattr SYS_lseek SYS_mkdirat SYS_newfstatat SYS_openat SYS_openat2
        SYS_pread64 SYS_preadv SYS_preadv2 SYS_pwrite64 SYS_pwritev SYS_pwritev2 SYS_read SYS_readahead SYS_readlinkat
        SYS_readv SYS_renameat2 SYS_sendfile SYS_splice SYS_statfs SYS_statx SYS_symlinkat SYS_sync_file_range SYS_tee
        SYS_truncate SYS_umask SYS_unlinkat SYS_utimensat SYS_write SYS_writev
    },
    // Named pipes, which are made as devices are: whoever has no capabilities can make no devices.
    calls! { SYS_mknodat },
    // Memory: limits of the cell bound how much. What is locked counts against a limit of nothing.
    calls! {
        SYS_brk SYS_madvise SYS_membarrier SYS_mincore SYS_mlock SYS_mlock2 SYS_mlockall SYS_mmap SYS_mprotect SYS_mremap
        SYS_msync SYS_munlock SYS_munlockall SYS_munmap
    },
    // Time is read, and waited for.
    calls! {
        SYS_clock_getres SYS_clock_gettime SYS_clock_nanosleep SYS_getitimer SYS_gettimeofday SYS_nanosleep SYS_setitimer
        SYS_timer_create SYS_timer_delete SYS_timer_getoverrun SYS_timer_gettime SYS_timer_settime SYS_timerfd_create
        SYS_timerfd_gettime SYS_timerfd_settime SYS_times
    },
    // The process itself, its threads and children: it sees no others but the first, whom no signal from here ends.
    calls! {
        SYS_capget SYS_execve SYS_execveat SYS_exit SYS_exit_group SYS_futex SYS_get_robust_list SYS_getcpu SYS_getegid
        SYS_geteuid SYS_getgid SYS_getgroups SYS_getpgid SYS_getpid SYS_getppid SYS_getpriority SYS_getrandom SYS_getresgid
        SYS_getresuid SYS_getrusage SYS_getsid SYS_gettid SYS_getuid SYS_kill SYS_pidfd_open SYS_pidfd_send_signal
        SYS_restart_syscall SYS_rseq SYS_rt_sigaction SYS_rt_sigpending SYS_rt_sigprocmask SYS_rt_sigqueueinfo
        SYS_rt_sigreturn SYS_rt_sigsuspend SYS_rt_sigtimedwait SYS_rt_tgsigqueueinfo SYS_sched_get_priority_max
        SYS_sched_get_priority_min SYS_sched_getaffinity SYS_sched_getattr SYS_sched_getparam SYS_sched_getscheduler
        SYS_sched_yield SYS_set_robust_list SYS_set_tid_address SYS_setpgid SYS_setsid SYS_sigaltstack SYS_sysinfo SYS_tgkill SYS_tkill SYS_uname SYS_wait4 SYS_waitid
    },
    // Sockets of the families below, in a network of the cell's own.
    calls! {
        SYS_accept SYS_accept4 SYS_bind SYS_connect SYS_getpeername SYS_getsockname SYS_getsockopt SYS_listen SYS_recvfrom
        SYS_recvmmsg SYS_recvmsg SYS_sendmmsg SYS_sendmsg SYS_sendto SYS_setsockopt SYS_shutdown
    },
    // Waiting for several things at once, and pipes.
    calls! {
        SYS_epoll_create1 SYS_epoll_ctl SYS_epoll_pwait SYS_epoll_pwait2 SYS_eventfd2 SYS_pipe2 SYS_ppoll SYS_pselect6
        SYS_signalfd4
    },
    OLDER,
];

/// What newer calls do as well, and programs for this machine still use.
#[cfg(target_arch = "x86_64")]
const OLDER: &[Syscall] = calls! {
    SYS_access SYS_alarm SYS_arch_prctl SYS_chmod SYS_chown SYS_creat SYS_dup2 SYS_epoll_create SYS_epoll_wait SYS_eventfd
    SYS_fork SYS_getdents SYS_getpgrp SYS_getrlimit SYS_lchown SYS_link SYS_lstat SYS_mkdir SYS_mknod SYS_open
    SYS_pause SYS_pipe SYS_poll SYS_readlink SYS_rename SYS_renameat SYS_rmdir SYS_select SYS_signalfd SYS_stat SYS_symlink SYS_time
    SYS_unlink SYS_utime SYS_utimes SYS_vfork
};
#[cfg(not(target_arch = "x86_64"))]
const OLDER: &[Syscall] = calls! { SYS_renameat };

/// Memory that belongs to no process, which only a memory cgroup counts, and that of System V in a namespace of the cell's own:
/// refused where either is missing.
pub(super) const SHARED_MEMORY: &[Syscall] = calls! {
    SYS_memfd_create SYS_msgctl SYS_msgget SYS_msgrcv SYS_msgsnd SYS_semctl SYS_semget SYS_semop SYS_semtimedop SYS_shmat
    SYS_shmctl SYS_shmdt SYS_shmget
};

/// What is refused where no namespace stands between the code and the machine, and Landlock lets it pass: the addresses of
/// other programs' sockets, the modes and times of files, the turns of processes (landlock(7), "BUGS").
pub(super) const WITH_NAMESPACES: &[Syscall] = calls! {
    SYS_accept SYS_accept4 SYS_bind SYS_connect SYS_fchmod SYS_fchmodat SYS_fchown SYS_fchownat SYS_listen
    SYS_setpriority SYS_socket SYS_socketpair SYS_utimensat
};
#[cfg(target_arch = "x86_64")]
pub(super) const WITH_NAMESPACES_OLDER: &[Syscall] = calls! {
    SYS_chmod SYS_chown SYS_lchown SYS_utime SYS_utimes
};
#[cfg(not(target_arch = "x86_64"))]
pub(super) const WITH_NAMESPACES_OLDER: &[Syscall] = &[];

/// What of these remains: two ends of one connection, which leads nowhere else.
pub(super) const WITHOUT_NAMESPACES: [Checked; 1] = [
    // SOCK_STREAM and SOCK_SEQPACKET, with SOCK_NONBLOCK and SOCK_CLOEXEC: others send to any address.
    checked(
        calls! { SYS_socketpair },
        &[&[check(0, ONLY_UNIX), check(1, Test::OneOf(&[1, 5, 0x801, 0x805, 0x8_0001, 0x8_0005, 0x8_0801, 0x8_0805]))]],
    ),
];

/// What is refused of otherwise allowed calls where no memory cgroup counts memory that belongs to no process.
pub(super) const UNCOUNTED: [Checked; 3] = [
    // Not both MAP_SHARED and MAP_ANONYMOUS: what was given back (MADV_DONTNEED) is still there, and in no process.
    checked(calls! { SYS_mmap }, &[&[check(3, Test::Without(0x01))], &[check(3, Test::Without(0x20))]]),
    // F_SETPIPE_SZ.
    checked(calls! { SYS_fcntl }, &[&[check(1, Test::NoneOf(&[1031]))]]),
    // SO_SNDBUF and SO_RCVBUF of SOL_SOCKET, and the same by force.
    checked(calls! { SYS_setsockopt }, &[&[check(1, Test::NoneOf(&[1]))], &[check(2, Test::NoneOf(&[7, 8, 32, 33]))]]),
];

/// A call that is allowed where all tests of one of these ways hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Checked {
    pub(super) call: Syscall,
    ways: &'static [&'static [Check]],
}

/// A test of one argument, which has 32 bits.
#[derive(Clone, Copy, Debug)]
struct Check {
    argument: u8,
    test: Test,
}

#[derive(Clone, Copy, Debug)]
enum Test {
    OneOf(&'static [u32]),
    NoneOf(&'static [u32]),
    /// All of these bits are zero.
    Without(u32),
    /// A pointer to nothing: of all 64 bits.
    Null,
}

/// What a filter can ask of an argument.
#[derive(Clone, Copy, Debug)]
pub(super) enum Comparison {
    Equal(u32),
    Unequal(u32),
    Without(u32),
    Null,
}

impl Checked {
    /// The ways in which it is allowed: comparisons that hold together, each of the argument with this number.
    pub(super) fn ways(&self) -> Vec<Vec<(u8, Comparison)>> {
        self.ways.iter().flat_map(|together| together.iter().fold(vec![Vec::new()], Check::narrow)).collect()
    }
}

impl Check {
    fn narrow(ways: Vec<Vec<(u8, Comparison)>>, check: &Self) -> Vec<Vec<(u8, Comparison)>> {
        let alternatives: Vec<Vec<Comparison>> = match check.test {
            Test::OneOf(values) => values.iter().map(|value| vec![Comparison::Equal(*value)]).collect(),
            Test::NoneOf(values) => vec![values.iter().map(|value| Comparison::Unequal(*value)).collect()],
            Test::Without(bits) => vec![vec![Comparison::Without(bits)]],
            Test::Null => vec![vec![Comparison::Null]],
        };
        let one = |way: &Vec<_>, alternative: &Vec<Comparison>| {
            way.iter().copied().chain(alternative.iter().map(|comparison| (check.argument, *comparison))).collect()
        };
        ways.iter().flat_map(|way| alternatives.iter().map(move |alternative| one(way, alternative))).collect()
    }
}

const fn checked(call: &[Syscall], ways: &'static [&'static [Check]]) -> Checked {
    Checked { call: call[0], ways }
}

const fn check(argument: u8, test: Test) -> Check {
    Check { argument, test }
}

/// The flags of clone(2) that make namespaces. CLONE_NEWTIME is one of clone3 only.
const NAMESPACES: u32 = 0x7E02_0000;
/// AF_UNIX.
const ONLY_UNIX: Test = Test::OneOf(&[1]);
/// The process or the thread that asks.
const ITSELF: Test = Test::OneOf(&[0]);
const RLIMIT_CORE: u32 = 4;

pub(super) const CHECKED: [Checked; 9] = [
    // Threads and processes, and no namespace: in one, a process would have all capabilities.
    checked(calls! { SYS_clone }, &[&[check(0, Test::Without(NAMESPACES))]]),
    // AF_UNIX, AF_INET and AF_INET6: a namespace does not confine all the others, AF_VSOCK among them (vsock(7)). Of their
    // protocols only TCP and UDP: each of the others is a part of the kernel that few have tried.
    checked(calls! { SYS_socket }, &[&[check(0, Test::OneOf(&[1, 2, 10])), check(2, Test::OneOf(&[0, 6, 17]))]]),
    checked(calls! { SYS_socketpair }, &[&[check(0, ONLY_UNIX)]]),
    // Its own turns, and not those of the cell's first process, which may have to end the code.
    checked(calls! { SYS_sched_setaffinity }, &[&[check(0, ITSELF)]]),
    // PRIO_PROCESS.
    checked(calls! { SYS_setpriority }, &[&[check(0, Test::OneOf(&[0])), check(1, ITSELF)]]),
    // PER_LINUX, and the question which it is: others switch off the randomisation of addresses (personality(2)).
    #[expect(clippy::unreadable_literal, reason = "as the manual writes it")]
    checked(calls! { SYS_personality }, &[&[check(0, Test::OneOf(&[0, 0xffffffff]))]]),
    // A process asks for its own limits and lowers them, but for that of core dumps, of which less is more
    // (`native::privilege`); those of the cell's first process are not its own.
    checked(
        calls! { SYS_prlimit64 },
        &[&[check(0, ITSELF), check(1, Test::NoneOf(&[RLIMIT_CORE]))], &[check(0, ITSELF), check(2, Test::Null)]],
    ),
    // Terminals are asked and set up, never fed (TIOCSTI); descriptors are asked what they hold (ioctl_tty(2)).
    checked(
        calls! { SYS_ioctl },
        &[&[check(
            1,
            Test::OneOf(&[
                0x5401, 0x5402, 0x5403, 0x5404, 0x540E, 0x540F, 0x5410, 0x5413, 0x5414, 0x541B, 0x5421, 0x5422, 0x5450,
                0x5451, 0x5452,
            ]),
        )]],
    ),
    // Names of threads and memory, the signal at a parent's death, and questions (prctl(2)).
    checked(
        calls! { SYS_prctl },
        &[&[check(0, Test::OneOf(&[1, 2, 3, 4, 15, 16, 21, 23, 27, 29, 30, 36, 37, 38, 39, 40, 41, 42, 0x5356_4D41]))]],
    ),
];

/// Calls with flags in memory, where no filter sees them: they are not there, so that the C library takes others instead.
pub(super) const ABSENT: &[Syscall] = calls! { SYS_clone3 };

/// What is refused, as far as it has a name here: so that it can be told what was tried.
pub(super) const REFUSED: &[Syscall] = calls! {
    SYS_acct SYS_add_key SYS_adjtimex SYS_bpf SYS_capset SYS_chroot SYS_clock_adjtime SYS_clock_settime SYS_delete_module
    SYS_fanotify_init SYS_fanotify_mark SYS_finit_module SYS_fsconfig SYS_fsmount SYS_fsopen SYS_fspick SYS_fsetxattr
    SYS_fremovexattr SYS_get_mempolicy SYS_init_module SYS_inotify_add_watch SYS_inotify_init1 SYS_inotify_rm_watch
    SYS_io_setup SYS_io_submit SYS_io_uring_enter SYS_io_uring_register SYS_io_uring_setup SYS_ioprio_set SYS_kcmp
    SYS_kexec_file_load SYS_kexec_load SYS_keyctl SYS_landlock_create_ruleset SYS_landlock_restrict_self
    SYS_lookup_dcookie SYS_lremovexattr SYS_lsetxattr SYS_mbind SYS_memfd_secret SYS_migrate_pages SYS_mount
    SYS_mount_setattr SYS_move_mount SYS_move_pages SYS_mq_open SYS_name_to_handle_at SYS_nfsservctl
    SYS_open_by_handle_at SYS_open_tree SYS_perf_event_open SYS_pidfd_getfd SYS_pivot_root SYS_pkey_alloc
    SYS_process_madvise SYS_process_vm_readv SYS_process_vm_writev SYS_ptrace SYS_quotactl SYS_reboot
    SYS_remap_file_pages SYS_removexattr SYS_request_key SYS_sched_setattr SYS_sched_setparam SYS_sched_setscheduler
    SYS_seccomp SYS_set_mempolicy SYS_setdomainname SYS_setfsgid SYS_setfsuid SYS_setgid SYS_setgroups SYS_sethostname
    SYS_setns SYS_setregid SYS_setresgid SYS_setresuid SYS_setreuid SYS_settimeofday SYS_setuid SYS_setxattr SYS_swapoff
    SYS_swapon SYS_sync SYS_syncfs SYS_syslog SYS_umount2 SYS_unshare SYS_userfaultfd SYS_vhangup SYS_vmsplice
};

#[cfg(target_arch = "x86_64")]
pub(super) const REFUSED_OLDER: &[Syscall] = calls! {
    SYS__sysctl SYS_futimesat SYS_inotify_init SYS_ioperm SYS_iopl SYS_modify_ldt SYS_setrlimit SYS_sysfs SYS_uselib SYS_ustat
};
#[cfg(not(target_arch = "x86_64"))]
pub(super) const REFUSED_OLDER: &[Syscall] = &[];

/// The name of a call that was refused; those that are allowed elsewhere, or otherwise, are among them. All that have none here go
/// by one: the code in a cell chooses how many there are.
pub(super) fn name(number: i64) -> &'static str {
    let listed = ALLOWED.into_iter().chain([SHARED_MEMORY, REFUSED, REFUSED_OLDER]).flatten().copied();
    let known = listed.chain(CHECKED.map(|checked| checked.call)).find(|call| call.number == number);
    known.map_or("a system call without a name here", |call| call.name())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_call_is_listed_twice() {
        let checked = CHECKED.iter().map(|checked| checked.call);
        let all: Vec<_> = ALLOWED.concat().into_iter().chain(checked).chain(SHARED_MEMORY.to_vec()).collect();
        let mut seen = BTreeSet::new();
        let twice: Vec<_> = all.iter().filter(|call| !seen.insert(call.number)).map(Syscall::name).collect();
        assert_eq!(twice, [""; 0]);
        let allowed: Vec<_> = ALLOWED.concat();
        let refused = REFUSED.iter().chain(REFUSED_OLDER).filter(|call| allowed.contains(call)).map(Syscall::name);
        assert_eq!(refused.collect::<Vec<_>>(), [""; 0]);
    }

    #[test]
    fn names_are_those_of_the_manual() {
        assert_eq!(name(libc::SYS_mount), "mount");
        assert_eq!(name(libc::SYS_mmap), "mmap");
        assert_eq!(name(libc::SYS_socketpair), "socketpair");
        assert_eq!(name(9999), name(9998));
    }
}
