//! The root of a workspace: folders that nobody means to lay open to code.

use std::path::{Path, PathBuf};

use super::{Stop, refused, shown};

/// Of the system; what lies in them is fine where it is not the system's.
const SYSTEM: [&str; 17] = [
    "/", "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/lib64", "/opt", "/proc", "/run", "/sbin", "/srv", "/sys",
    "/usr", "/var", "/tmp",
];
/// Nothing below them is a workspace either.
const WHOLLY: [&str; 6] = ["/boot", "/dev", "/etc", "/proc", "/sys", "/usr/lib"];

/// Refuses a root that is a link, the machine's or the user's whole home.
pub(super) fn check(named: &Path, real: &Path) -> Result<(), Stop> {
    let say =
        |why: &str| refused(format!("{}: {why}: name the folder of the work (`--workspace-root DIR`)", shown(named)));
    if std::path::absolute(named).is_ok_and(|path| path.symlink_metadata().is_ok_and(|data| data.is_symlink())) {
        return say("the workspace is a link, which may lead elsewhere by the next time");
    }
    if SYSTEM.iter().any(|folder| real == Path::new(folder)) || WHOLLY.iter().any(|folder| real.starts_with(folder)) {
        return say("the workspace is a folder of the system");
    }
    let home = std::env::var_os("HOME").map(PathBuf::from).and_then(|home| std::fs::canonicalize(home).ok());
    if home.is_some_and(|home| home.starts_with(real)) {
        return say("the workspace is the home folder, or holds it");
    }
    Ok(())
}
