//! Where a repository is: the folder that holds a path, its git folder, and the folder that it shares with its work trees.
//!
//! A `.git` file may name any folder (gitrepository-layout(5)). One that leads out of the tree is followed only where it is
//! mutual: a linked work tree is named in the repository that it belongs to, and a submodule's repository names its folder.

use std::fs;
use std::path::{Path, PathBuf};

use super::config::Config;
use crate::plain::plain;
use crate::walk;

/// A setting, a link or a reference is not longer than this.
const MAX_LINE: u64 = 64 << 10;
const MAX_CONFIG: u64 = 4 << 20;
/// Extensions that change nothing for who only reads objects, or that are obeyed (git's `repository-version.txt`).
const EXTENSIONS: [&str; 8] = [
    "compatobjectformat",
    "noop",
    "objectformat",
    "partialclone",
    "preciousobjects",
    "refstorage",
    "relativeworktrees",
    "worktreeconfig",
];

#[derive(Debug)]
pub(super) struct Place {
    /// The folder that paths in the repository start from; none for a bare one.
    pub(super) top: Option<PathBuf>,
    /// Where `HEAD` and the index are.
    pub(super) git: PathBuf,
    /// Where objects and references are: the same, but for a linked work tree.
    pub(super) common: PathBuf,
    pub(super) config: Config,
}

impl Place {
    /// The innermost repository that holds a path.
    pub(super) fn find(path: &Path) -> Result<Self, String> {
        let start = fs::canonicalize(path).map_err(|error| format!("{}: {error}", shown(path)))?;
        for folder in start.ancestors() {
            let inner = folder.join(".git");
            let found = match inner.symlink_metadata() {
                Ok(data) if data.is_dir() => Some((inner, Some(folder))),
                Ok(data) if data.is_file() => Some((named(&inner, folder)?, Some(folder))),
                Ok(_) => return Err(format!("{}: neither a folder nor a file: it is not followed", shown(&inner))),
                Err(_) if is_git_folder(folder) => Some((folder.to_owned(), None)),
                Err(_) => None,
            };
            if let Some((git, top)) = found {
                return Self::new(git, top);
            }
        }
        Err(format!("{}: there is no git repository here or above", shown(path)))
    }

    fn new(git: PathBuf, top: Option<&Path>) -> Result<Self, String> {
        let common = common(&git)?;
        if git.join("HEAD").symlink_metadata().is_err() || !common.join("objects").is_dir() {
            return Err(format!("{}: this is no git repository", shown(&git)));
        }
        let mut config = config(&common.join("config"))?;
        if config.is_true("extensions.worktreeconfig") {
            config.extend(self::config(&git.join("config.worktree"))?);
        }
        if let Some(unknown) = config.names("extensions").find(|name| !EXTENSIONS.contains(name)) {
            return Err(format!("{}: its extension `{}` is not known here", shown(&git), plain(unknown)));
        }
        Ok(Self { top: top.map(Path::to_owned), git, common, config })
    }

    /// A folder elsewhere that the configuration takes for the work tree.
    pub(super) fn other_work_tree(&self) -> Option<PathBuf> {
        let named = self.git.join(self.config.get("core.worktree")?);
        (fs::canonicalize(&named).ok().as_deref() != self.top.as_deref()).then_some(named)
    }
}

/// The first line of a small file.
pub(super) fn line(path: &Path) -> Result<String, String> {
    let bytes = walk::read_file(path, MAX_LINE).map_err(|message| format!("{}: {message}", shown(path)))?;
    let text = String::from_utf8(bytes).map_err(|_| format!("{}: it is no UTF-8 text", shown(path)))?;
    Ok(text.lines().next().unwrap_or_default().trim_end().to_owned())
}

pub(super) fn shown(path: &Path) -> String {
    plain(&walk::shown(path)).into_owned()
}

fn config(path: &Path) -> Result<Config, String> {
    if path.symlink_metadata().is_err() {
        return Ok(Config::default());
    }
    let bytes = walk::read_file(path, MAX_CONFIG).map_err(|message| format!("{}: {message}", shown(path)))?;
    Ok(Config::parse(&String::from_utf8_lossy(&bytes)))
}

fn is_git_folder(folder: &Path) -> bool {
    folder.join("HEAD").is_file() && folder.join("objects").is_dir() && folder.join("refs").is_dir()
}

/// The git folder that a `.git` file names.
fn named(file: &Path, folder: &Path) -> Result<PathBuf, String> {
    let text = line(file)?;
    let target = text.strip_prefix("gitdir:").ok_or_else(|| format!("{}: it names no folder", shown(file)))?;
    let target = folder.join(target.trim());
    let git = fs::canonicalize(&target).map_err(|error| format!("{}: {error}", shown(&target)))?;
    let is_back = |named: PathBuf, here: &Path| fs::canonicalize(named).is_ok_and(|named| named == here);
    let is_work_tree = || line(&git.join("gitdir")).is_ok_and(|back| is_back(git.join(back), file));
    let is_submodule = || {
        let config = config(&git.join("config")).unwrap_or_default();
        config.get("core.worktree").is_some_and(|back| is_back(git.join(back), folder))
    };
    if git.starts_with(folder) || is_work_tree() || is_submodule() {
        return Ok(git);
    }
    Err(format!(
        "{}: it leads to {}, which does not name this folder: it is not followed (name that folder itself to scan it)",
        shown(file),
        shown(&git)
    ))
}

/// The folder with the objects: a linked work tree lies in `worktrees` of it.
fn common(git: &Path) -> Result<PathBuf, String> {
    let file = git.join("commondir");
    if file.symlink_metadata().is_err() {
        return Ok(git.to_owned());
    }
    let named = git.join(line(&file)?);
    let common = fs::canonicalize(&named).map_err(|error| format!("{}: {error}", shown(&named)))?;
    match git.parent() == Some(&common.join("worktrees")) {
        true => Ok(common),
        false => Err(format!("{}: it leads to {}, which has no such work tree", shown(&file), shown(&common))),
    }
}
