//! The root of a workspace: folders that nobody means to lay open to code.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::listing::VERSION_CONTROL;
use super::{Stop, refused, shown};
use crate::walk;

/// Of the system; what lies in them is fine where it is not the system's.
const SYSTEM: [&str; 21] = [
    "/", "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/lib64", "/media", "/mnt", "/opt", "/proc", "/root",
    "/run", "/sbin", "/srv", "/sys", "/usr", "/var", "/var/lib", "/tmp",
];
/// What lies right in it is a user's.
const HOMES: &str = "/home";
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
    if real.iter().any(|part| VERSION_CONTROL.iter().any(|name| part.eq_ignore_ascii_case(name))) {
        return say("the workspace lies in what version control keeps");
    }
    if real.parent() == Some(Path::new(HOMES)) {
        return say("the workspace is somebody's home folder");
    }
    let accounts = walk::read_own(Path::new("/etc/passwd")).unwrap_or_default();
    let homes = homes(std::env::var_os("HOME"), &accounts, rustix::process::geteuid().as_raw());
    if homes.is_empty() {
        return say("nobody can tell whether the workspace is the home folder, since `HOME` is not set");
    }
    if homes.iter().map(std::fs::canonicalize).any(|home| home.is_ok_and(|home| home.starts_with(real))) {
        return say("the workspace is the home folder, or holds it");
    }
    Ok(())
}

/// The home folders of a user: what the environment says, and what the accounts of the system do.
fn homes(said: Option<OsString>, accounts: &str, user: u32) -> Vec<PathBuf> {
    let said = said.map(PathBuf::from).filter(|home| home.is_absolute());
    let listed = accounts.lines().filter_map(|line| {
        let fields: Vec<_> = line.split(':').collect();
        let [_, _, id, _, _, home, ..] = fields.as_slice() else { return None };
        (id.parse() == Ok(user) && !home.is_empty()).then(|| PathBuf::from(home))
    });
    said.into_iter().chain(listed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn home_is_where_the_environment_and_the_accounts_say() {
        let accounts =
            "root:x:0:0:root:/root:/bin/sh\nann:x:1000:1000::/srv/ann:/bin/sh\nbroken:x:1000\nx:x:1000:1::::\n";
        let told = |said: Option<&str>, user| homes(said.map(OsString::from), accounts, user);
        assert_eq!(told(Some("/home/ann"), 1000), [Path::new("/home/ann"), Path::new("/srv/ann")]);
        assert_eq!(told(None, 1000), [Path::new("/srv/ann")]);
        assert_eq!(told(Some(""), 7), Vec::<PathBuf>::new());
    }
}
