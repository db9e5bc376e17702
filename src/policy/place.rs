//! Where a policy comes from: never from the tree that it is to judge.

use std::path::{Component, Path, PathBuf};

use super::{BUILTIN, Policy, PolicyError};
use crate::pack::Pack;

/// The name of a user's or a system's policy below the folder of configurations.
const OWN: &str = "portcullis/policy.toml";
const SYSTEM: &str = "/etc/portcullis/policy.toml";
/// Where nobody says anything.
pub const DEFAULT: &str = "moderate";

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
        let is_there = Path::new(&name).symlink_metadata().is_ok();
        return Err(if is_there { PolicyError::Untrusted(name) } else { PolicyError::Unknown(name) });
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
    /// Whether a path lies in the workspace: as it is written, or with the links on its way followed.
    fn holds(&self, path: &Path) -> bool {
        let (Ok(root), Ok(path)) = (std::path::absolute(self.workspace), std::path::absolute(path)) else {
            // What cannot be found out is not trusted.
            return true;
        };
        let (root, path) = (straight(&root), straight(&path));
        let real_root = std::fs::canonicalize(&root).unwrap_or_else(|_| root.clone());
        let real = std::fs::canonicalize(&path).ok();
        let folder = path.parent().and_then(|folder| std::fs::canonicalize(folder).ok());
        path.starts_with(&root) || [real, folder].into_iter().flatten().any(|path| path.starts_with(&real_root))
    }
}

/// A path without `..`, as it reads.
fn straight(path: &Path) -> PathBuf {
    let mut straight = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(straight.pop()),
            _ => straight.push(part),
        }
    }
    straight
}
