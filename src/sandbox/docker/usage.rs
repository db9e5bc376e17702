//! What a container uses up, read from its control group: possible where the engine runs on this machine.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where engines put the control group of a container, below the root of a hierarchy: by cgroupfs and by systemd.
const PLACES: [&str; 5] = [
    "docker/{id}",
    "system.slice/docker-{id}.scope",
    "machine.slice/libpod-{id}.scope",
    "libpod_parent/libpod-{id}",
    "user.slice/docker-{id}.scope",
];

/// The most that was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Usage {
    pub user: Option<Duration>,
    pub system: Option<Duration>,
    pub memory: Option<u64>,
    pub processes: Option<u64>,
    /// Processes that were killed for want of memory.
    pub killed: u64,
}

impl Usage {
    pub(super) fn processor(&self) -> Duration {
        self.user.unwrap_or_default() + self.system.unwrap_or_default()
    }

    /// Looks once more, and says whether there was something to see. Once the container is gone, what was seen stays.
    pub(super) fn look(&mut self, id: &str) -> bool {
        let of = |controller: &str| group(Path::new("/sys/fs/cgroup"), controller, id);
        let Some(group) = of("cpuacct").or_else(|| of("")) else { return false };
        self.time(&group);
        if let Some(group) = of("memory").or_else(|| of("")) {
            let peak = number(&group, "memory.max_usage_in_bytes").or_else(|| number(&group, "memory.peak"));
            self.memory = self.memory.max(peak);
            let killed =
                keyed(&group, "memory.oom_control", "oom_kill").or_else(|| keyed(&group, "memory.events", "oom_kill"));
            self.killed = self.killed.max(killed.unwrap_or(0));
        }
        if let Some(group) = of("pids").or_else(|| of("")) {
            let peak = number(&group, "pids.peak").or_else(|| number(&group, "pids.current"));
            self.processes = self.processes.max(peak);
        }
        true
    }

    fn time(&mut self, group: &Path) {
        let nanoseconds = |name| number(group, name).map(Duration::from_nanos);
        let microseconds = |key| keyed(group, "cpu.stat", key).map(Duration::from_micros);
        self.user = self.user.max(nanoseconds("cpuacct.usage_user").or_else(|| microseconds("user_usec")));
        self.system = self.system.max(nanoseconds("cpuacct.usage_sys").or_else(|| microseconds("system_usec")));
    }
}

/// Whether the control group of a container is to be seen from here: not where its engine runs elsewhere, in a machine of its own,
/// or for one user alone.
pub(super) fn is_seen(id: &str) -> bool {
    Usage::default().look(id)
}

/// The folder of a container in one hierarchy (version 1: one each controller; version 2: one for all).
fn group(root: &Path, controller: &str, id: &str) -> Option<PathBuf> {
    let folders = PLACES.iter().map(|place| root.join(controller).join(place.replace("{id}", id)));
    folders.into_iter().find(|folder| folder.is_dir())
}

fn number(group: &Path, name: &str) -> Option<u64> {
    fs::read_to_string(group.join(name)).ok()?.trim().parse().ok()
}

fn keyed(group: &Path, name: &str, key: &str) -> Option<u64> {
    let text = fs::read_to_string(group.join(name)).ok()?;
    text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' ')?.trim().parse().ok())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_of_control_groups_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("cpuacct/docker/one/cpuacct.usage_user", "2000000\n");
        write("system.slice/docker-two.scope/cpu.stat", "usage_usec 9\nuser_usec 3000\nsystem_usec 1000\n");
        let (first, second) = (group(folder.path(), "cpuacct", "one"), group(folder.path(), "", "two"));
        let mut usage = Usage::default();
        usage.time(&first.unwrap());
        assert_eq!(usage.processor(), Duration::from_millis(2));
        usage.time(&second.unwrap());
        assert_eq!(usage.processor(), Duration::from_millis(4));
        assert_eq!(group(folder.path(), "", "three"), None);
    }
}
