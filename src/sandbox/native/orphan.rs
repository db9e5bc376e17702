//! Processes of cells without namespaces whose first process was ended from outside: they become children of the supervisor.

use std::fs;

use rustix::process::{Pid, Signal, getpid, kill_process, set_child_subreaper};

use super::call;
use super::failure::{Failure, at};
use super::sample;

/// How often to look for more: between two looks, those that are left may start others.
const TRIES: u32 = 1000;

/// From now on, processes whose parents are gone become this process's children (PR_SET_CHILD_SUBREAPER).
pub(super) fn adopt() -> Result<(), Failure> {
    set_child_subreaper(Some(getpid())).map_err(at("become the parent of what the cell leaves"))
}

/// Ends them all.
pub(super) fn end() {
    let Some(ours) = filters("self") else { return };
    let is_orphan = |child: &i32| filters(&child.to_string()).is_some_and(|filters| filters > ours);
    for _ in 0..TRIES {
        let orphans: Vec<_> = sample::children(getpid().as_raw_nonzero().get()).into_iter().filter(is_orphan).collect();
        if orphans.is_empty() {
            break;
        }
        for orphan in orphans {
            // Nobody else takes leave of it, so that the number is still its own.
            let _ = Pid::from_raw(orphan).map(|pid| kill_process(pid, Signal::KILL));
            let _ = call::reap(orphan, true);
        }
    }
}

/// How many filters of system calls a process has: the code has one more than we have, and the first process of a cell has not.
fn filters(process: &str) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    text.lines().find_map(|line| line.strip_prefix("Seccomp_filters:")?.trim().parse().ok())
}
