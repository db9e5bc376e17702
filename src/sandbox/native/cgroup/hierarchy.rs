//! Where control groups can be made: below the group of this process, in every hierarchy that is mounted.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cell::Layer;

/// The controller that each layer needs. That of processor time only counts, which version 2 does everywhere.
pub(super) const CONTROLLERS: [(Layer, &str); 3] =
    [(Layer::CgroupMemory, "memory"), (Layer::CgroupProcesses, "pids"), (Layer::CgroupCpu, "cpuacct")];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    One,
    Two,
}

/// A hierarchy, with the group below which others can be made.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Hierarchy {
    pub(super) version: Version,
    pub(super) controllers: Vec<String>,
    pub(super) path: PathBuf,
}

/// The hierarchies of this process.
pub(super) fn find() -> Vec<Hierarchy> {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let mut found = of(&read("/proc/self/cgroup"), &read("/proc/self/mountinfo"));
    for hierarchy in found.iter_mut().filter(|hierarchy| hierarchy.version == Version::Two) {
        hierarchy.controllers = delegated(&hierarchy.path);
    }
    found
}

/// The controllers that groups below this one may have. A group with processes can hand them on only where it is the root:
/// elsewhere whoever delegates has to have done so.
fn delegated(group: &Path) -> Vec<String> {
    let control = group.join("cgroup.subtree_control");
    // Where that is not allowed, what was handed on before is all there is.
    let _ = fs::write(&control, "+memory +pids");
    let names = fs::read_to_string(control).unwrap_or_default();
    let names = names.split_whitespace().map(str::to_owned);
    names.chain(["cpuacct".to_owned()]).collect()
}

/// Reads `/proc/self/cgroup` (cgroups(7)) and `/proc/self/mountinfo` (proc_pid_mountinfo(5)).
fn of(groups: &str, mounts: &str) -> Vec<Hierarchy> {
    let hierarchy = |line: &str| {
        let mut parts = line.splitn(3, ':');
        let (number, controllers, group) = (parts.next()?, parts.next()?, parts.next()?);
        let version = if number == "0" { Version::Two } else { Version::One };
        let controllers: Vec<String> =
            controllers.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect();
        let path = mounts.lines().find_map(|line| mounted(line, version, &controllers, group))?;
        Some(Hierarchy { version, controllers, path })
    };
    groups.lines().filter_map(hierarchy).collect()
}

/// Where a group is found, if this line is about the mount of its hierarchy.
fn mounted(line: &str, version: Version, controllers: &[String], group: &str) -> Option<PathBuf> {
    let (mount, kind) = line.split_once(" - ")?;
    let (mut mount, mut kind) = (mount.split(' ').skip(3), kind.split(' '));
    let (root, point) = (mount.next()?, mount.next()?);
    let (name, options) = (kind.next()?, kind.nth(1)?);
    let is_it = match version {
        Version::Two => name == "cgroup2",
        Version::One => {
            name == "cgroup" && controllers.iter().all(|wanted| options.split(',').any(|option| option == wanted))
        }
    };
    let below = if root == "/" { Some(group) } else { group.strip_prefix(root) };
    below.filter(|_| is_it).map(|below| Path::new(point).join(below.trim_start_matches('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_found_where_they_are_mounted() {
        let mounts = "30 25 0:26 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n\
                      31 30 0:27 / /sys/fs/cgroup/memory rw,nosuid shared:9 - cgroup cgroup rw,memory\n\
                      32 30 0:28 /box /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n\
                      33 30 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw,nsdelegate\n";
        let groups = "5:memory:/a/b\n4:cpu,cpuacct:/box/c\n3:pids:/\n0::/d\n";
        let hierarchy = |version, controllers: &[&str], path: &str| Hierarchy {
            version,
            controllers: controllers.iter().map(|name| (*name).to_owned()).collect(),
            path: PathBuf::from(path),
        };
        let wanted = [
            hierarchy(Version::One, &["memory"], "/sys/fs/cgroup/memory/a/b"),
            hierarchy(Version::One, &["cpu", "cpuacct"], "/sys/fs/cgroup/cpu/c"),
            hierarchy(Version::Two, &[], "/sys/fs/cgroup/unified/d"),
        ];
        assert_eq!(of(groups, mounts), wanted);
    }
}
