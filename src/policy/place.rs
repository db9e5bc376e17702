//! Where a policy comes from: never from the tree that it is to judge.

use std::path::{Path, PathBuf};

use super::{BUILTIN, Policy, PolicyError};
use crate::pack::Pack;

/// The name of a user's or a system's policy below the folder of configurations.
const OWN: &str = "portcullis/policy.toml";
const SYSTEM: &str = "/etc/portcullis/policy.toml";
/// Where nobody says anything.
const DEFAULT: &str = "moderate";

/// Which tree is judged, and whether it may bring its policy along.
#[derive(Clone, Copy, Debug)]
pub struct Trust<'a> {
    pub workspace: &'a Path,
    pub project: bool,
}

/// The policy that was named; or else the user's, the system's or the default one.
pub fn find(named: Option<&str>, trust: Trust<'_>, pack: &Pack) -> Result<Policy, PolicyError> {
    let name = match named {
        Some(name) => name.to_owned(),
        None => configured().map_or_else(|| DEFAULT.to_owned(), |path| path.to_string_lossy().into_owned()),
    };
    if !BUILTIN.contains(&name.as_str()) && !trust.project && trust.holds(Path::new(&name)) {
        return Err(PolicyError::Untrusted(name));
    }
    Policy::load(&name, pack)
}

/// The first policy file that there is. One that cannot be looked at counts: it is not passed over in silence.
fn configured() -> Option<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let own = folder("XDG_CONFIG_HOME").or_else(|| folder("HOME").map(|home| home.join(".config")));
    let files = own.map(|folder| folder.join(OWN)).into_iter().chain([PathBuf::from(SYSTEM)]);
    let is_there = |path: &PathBuf| match path.symlink_metadata() {
        Ok(_) => true,
        Err(error) => !matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory),
    };
    files.into_iter().find(is_there)
}

impl Trust<'_> {
    /// Whether a path lies in the workspace, by its name or by what that leads to.
    fn holds(&self, path: &Path) -> bool {
        let real = |path: &Path| std::fs::canonicalize(path).or_else(|_| std::path::absolute(path));
        let plain = |path: &Path| std::path::absolute(path);
        let is_below = |path: std::io::Result<PathBuf>, root: std::io::Result<PathBuf>| match (path, root) {
            (Ok(path), Ok(root)) => path.starts_with(root),
            // What cannot be found out is not trusted.
            _ => true,
        };
        is_below(real(path), real(self.workspace)) || is_below(plain(path), plain(self.workspace))
    }
}
