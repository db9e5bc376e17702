//! What this machine has for cells: every layer is tried, and undone.

use rustix::io::Errno;

use super::call;
use super::cgroup::Groups;
use super::plan::Made;
use super::spawn::BY_CLONE;
use crate::cell::{Layer, Limits};
use crate::sandbox::filter::{self, Beside};

/// Tries every layer by itself.
pub(super) fn layers(limits: &Limits) -> Vec<Made> {
    let mut made = namespaces();
    made.push((Layer::CgroupNamespace, tried(libc::CLONE_NEWCGROUP)));
    made.push((Layer::TimeNamespace, tried(libc::CLONE_NEWTIME)));
    let has =
        |made: &[Made], layer| made.iter().find(|(other, _)| *other == layer).is_some_and(|(_, made)| made.is_ok());
    let root = match has(&made, Layer::MountNamespace) {
        true => Ok(String::new()),
        false => Err("it needs a mount namespace".to_owned()),
    };
    made.push((Layer::Root, root));
    made.push((Layer::Privileges, Ok(String::new())));
    let landlock = call::landlock_version().map(|version| format!("version {version} of its interface"));
    made.push((Layer::Landlock, landlock.map_err(|error| error.to_string())));
    let filter =
        filter::compile(Beside { memory: true, ipc: true, namespaces: true }).map_err(|error| error.to_string());
    made.push((Layer::Seccomp, filter.and_then(|program| in_child(|| installed(&program)))));
    made.push((Layer::Rlimits, Ok(String::new())));
    made.extend(Groups::make(limits).1);
    made
}

/// The namespaces that clone(2) makes, each tried with that of users, without which no other can be had.
pub(super) fn namespaces() -> Vec<Made> {
    BY_CLONE.iter().map(|(layer, flag)| (*layer, tried(*flag))).collect()
}

fn tried(flag: i32) -> Result<String, String> {
    in_child(|| call::unshare(libc::CLONE_NEWUSER | flag))
}

fn installed(program: &[seccompiler::sock_filter]) -> Result<(), Errno> {
    rustix::thread::set_no_new_privs(true)?;
    call::install_filter(program).map(drop)
}

/// Does something in a process that ends with it.
fn in_child(work: impl FnOnce() -> Result<(), Errno>) -> Result<String, String> {
    let child = call::fork().map_err(|error| error.to_string())?;
    if child == 0 {
        let code = work().map_or_else(Errno::raw_os_error, |()| 0);
        call::leave(code);
    }
    let waited = call::reap(child, true).map_err(|error| error.to_string())?;
    match waited.map(|waited| waited.status) {
        Some(0) => Ok(String::new()),
        Some(status) if libc::WIFEXITED(status) => Err(Errno::from_raw_os_error(libc::WEXITSTATUS(status)).to_string()),
        _ => Err("the process that tried it was ended".to_owned()),
    }
}
