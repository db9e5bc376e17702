//! Control groups of the cell: made by the supervisor where it may, in the hierarchies of version 1 or in that of version 2
//! (cgroups(7)), and removed with the cell. What a supervisor that was killed left behind, the next one removes.

mod hierarchy;

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::cell::{Layer, Limits};
use hierarchy::{Hierarchy, Version};

/// A group, and the layers that it makes.
#[derive(Debug)]
struct Group {
    path: PathBuf,
    version: Version,
    layers: Vec<Layer>,
}

/// The groups of one cell: one, or one for each hierarchy.
#[derive(Debug, Default)]
pub(super) struct Groups {
    groups: Vec<Group>,
}

/// How often and how long to try to remove a group whose last process is about to be gone.
const TRIES: u32 = 200;
/// The same of a group that somebody else left: what cannot be removed now, the next one tries again.
const TRIES_OF_OTHERS: u32 = 2;
const PAUSE: Duration = Duration::from_millis(5);
/// The first process of the cell is none of the code's.
const FIRST: u64 = 1;

static COUNT: AtomicU32 = AtomicU32::new(0);

impl Groups {
    /// Makes what can be made; and says of each layer what it is made of, or why it is not there.
    pub(super) fn make(limits: &Limits) -> (Self, Vec<super::plan::Made>) {
        let mut groups = Self::default();
        let mut made = Vec::new();
        let found = hierarchy::find();
        for (layer, controller) in hierarchy::CONTROLLERS {
            let result = match found.iter().find(|found| found.controllers.iter().any(|name| name == controller)) {
                None => Err(format!("no cgroup hierarchy here has the controller {controller}")),
                Some(found) => {
                    groups.add(layer, found, limits).map_err(|error| format!("{}: {error}", found.path.display()))
                }
            };
            made.push((layer, result));
        }
        (groups, made)
    }

    fn add(&mut self, layer: Layer, found: &Hierarchy, limits: &Limits) -> io::Result<String> {
        let at = match self.groups.iter().position(|group| group.path.parent() == Some(&found.path)) {
            Some(at) => at,
            None => {
                reap(&found.path);
                let count = COUNT.fetch_add(1, Ordering::Relaxed);
                let path = found.path.join(name_of_process(std::process::id(), count)?);
                fs::create_dir(&path)?;
                self.groups.push(Group { path, version: found.version, layers: Vec::new() });
                self.groups.len() - 1
            }
        };
        let group = &mut self.groups[at];
        group.limit(layer, limits)?;
        group.layers.push(layer);
        Ok(format!("cgroup version {}", if group.version == Version::One { 1 } else { 2 }))
    }

    /// Files to which a process of one thread writes `0` to be in the groups, with all its children.
    pub(super) fn doors(&self) -> io::Result<Vec<OwnedFd>> {
        let open = |group: &Group| {
            // A thread that moves itself waits for nobody; whole processes are moved under a lock over all of them, which
            // takes as long as all the rest of the set-up (kernel/cgroup/cgroup.c, cgroup_procs_write_start).
            let file = if group.version == Version::One { "tasks" } else { "cgroup.procs" };
            OpenOptions::new().write(true).open(group.path.join(file))
        };
        self.groups.iter().map(|group| open(group).map(OwnedFd::from)).collect()
    }

    /// A number out of a file of the group that makes a layer, by the version's file, and the key in it, if it has any.
    fn number(&self, layer: Layer, file_and_key: impl Fn(Version) -> (&'static str, &'static str)) -> Option<u64> {
        let group = self.groups.iter().find(|group| group.layers.contains(&layer))?;
        let (file, key) = file_and_key(group.version);
        let text = fs::read_to_string(group.path.join(file)).ok()?;
        text.lines().find_map(|line| line.strip_prefix(key)?.trim().parse().ok())
    }

    /// The most memory that all processes together had at a time, in bytes.
    pub(super) fn peak_memory(&self) -> Option<u64> {
        self.number(Layer::CgroupMemory, |version| match version {
            Version::One => ("memory.max_usage_in_bytes", ""),
            Version::Two => ("memory.peak", ""),
        })
    }

    /// How many processes the kernel ended for want of memory.
    pub(super) fn out_of_memory(&self) -> u64 {
        let count = self.number(Layer::CgroupMemory, |version| match version {
            Version::One => ("memory.oom_control", "oom_kill "),
            Version::Two => ("memory.events", "oom_kill "),
        });
        count.unwrap_or_default()
    }

    /// Processor time of all processes together.
    pub(super) fn processor(&self) -> Option<Duration> {
        let group = self.groups.iter().find(|group| group.layers.contains(&Layer::CgroupCpu))?;
        let time = self.number(Layer::CgroupCpu, |version| match version {
            Version::One => ("cpuacct.usage", ""),
            Version::Two => ("cpu.stat", "usage_usec "),
        })?;
        Some(if group.version == Version::One { Duration::from_nanos(time) } else { Duration::from_micros(time) })
    }

    /// How many processes and threads of the code there are.
    pub(super) fn processes(&self) -> Option<u64> {
        let count = self.number(Layer::CgroupProcesses, |_| ("pids.current", ""));
        count.map(|count| count.saturating_sub(FIRST))
    }
}

impl Drop for Groups {
    fn drop(&mut self) {
        self.groups.iter().for_each(|group| remove(&group.path, TRIES));
    }
}

impl Group {
    fn limit(&self, layer: Layer, limits: &Limits) -> io::Result<()> {
        let set = |file: &str, value: u64| fs::write(self.path.join(file), value.to_string());
        match (layer, self.version) {
            (Layer::CgroupMemory, Version::One) => {
                set("memory.limit_in_bytes", limits.memory())?;
                // With what was swapped out; a kernel that does not count that is told to swap nothing.
                set("memory.memsw.limit_in_bytes", limits.memory()).or_else(|_| set("memory.swappiness", 0))
            }
            (Layer::CgroupMemory, Version::Two) => {
                set("memory.max", limits.memory())?;
                set("memory.oom.group", 1)?;
                match set("memory.swap.max", 0) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                    _ => Ok(()),
                }
            }
            (Layer::CgroupProcesses, _) => set("pids.max", limits.processes + FIRST),
            // Processor time is counted without being asked.
            _ => Ok(()),
        }
    }
}

const PREFIX: &str = "portcullis-";

/// A name that tells whose group it is: another process with the same number began at another time, or is of another namespace,
/// where numbers mean other processes.
fn name_of_process(process: u32, count: u32) -> io::Result<String> {
    let began = began(process).ok_or_else(|| io::Error::other("there is no /proc to read"))?;
    Ok(format!("{PREFIX}{}-{process}-{began}-{count}", namespace()?))
}

/// The namespace of processes that this one is in. A new one may get the number of one that is gone, never of one that is there.
fn namespace() -> io::Result<u64> {
    fs::metadata("/proc/self/ns/pid").map(|found| found.ino())
}

/// When a process began, in ticks since the machine did: field 22 of proc_pid_stat(5).
fn began(process: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The second field is a name in brackets, which may hold anything.
    let (_, rest) = text.rsplit_once(") ")?;
    rest.split(' ').nth(22 - 3)?.parse().ok()
}

/// Removes the groups of supervisors that are gone. Of those in another namespace nobody here can tell.
fn reap(folder: &Path) {
    let Ok(namespace) = namespace() else { return };
    let prefix = format!("{PREFIX}{namespace}-");
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries {
        let name = entry.file_name();
        let whose = name.to_str().and_then(|name| name.strip_prefix(&prefix)).and_then(|rest| rest.split_once('-'));
        let Some((process, rest)) = whose else { continue };
        let began_then = rest.split('-').next().and_then(|began| began.parse().ok());
        let is_alive = process.parse().ok().and_then(began).is_some_and(|now| Some(now) == began_then);
        if !is_alive {
            remove(&entry.path(), TRIES_OF_OTHERS);
        }
    }
}

/// Ends what is in a group, and removes it. Another supervisor may be at it as well.
fn remove(group: &Path, tries: u32) {
    for _ in 0..tries {
        match fs::remove_dir(group) {
            Ok(()) => return,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return,
            Err(_) => {}
        }
        let members = File::open(group.join("cgroup.procs")).and_then(io::read_to_string).unwrap_or_default();
        for process in members.lines().filter_map(|line| line.parse().ok()).filter_map(rustix::process::Pid::from_raw) {
            let _ = rustix::process::kill_process(process, rustix::process::Signal::KILL);
        }
        std::thread::sleep(PAUSE);
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn only_groups_of_this_namespace_whose_supervisors_are_gone_are_removed() {
        let place = tempfile::tempdir().unwrap();
        let name = |namespace: u64, process: u32, began: u64| format!("{PREFIX}{namespace}-{process}-{began}-0");
        let (here, own) = (namespace().unwrap(), std::process::id());
        let alive = name_of_process(own, 0).unwrap();
        let elsewhere = name(here + 1, own, 1);
        let gone = [name(here, own, 1), name(here, u32::MAX, 1)];
        for name in gone.iter().chain([&alive, &elsewhere]) {
            fs::create_dir(place.path().join(name)).unwrap();
        }
        reap(place.path());
        let mut left: Vec<_> = fs::read_dir(place.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        let mut wanted = [alive, elsewhere];
        wanted.sort();
        assert_eq!(left, wanted);
    }

    #[test]
    fn a_group_that_cannot_be_removed_holds_nobody_up() {
        let place = tempfile::tempdir().unwrap();
        let stuck = place.path().join(format!("{PREFIX}{}-{}-1-0/below", namespace().unwrap(), u32::MAX));
        fs::create_dir_all(&stuck).unwrap();
        let begun = Instant::now();
        reap(place.path());
        assert!(stuck.exists() && begun.elapsed() < PAUSE * TRIES / 2, "{:?}", begun.elapsed());
    }
}
