//! Which program runs the script, by its path inside, and what it is told before the script.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::{Backend, Order, Stop, refused, shown};
use crate::cell::Workspace;
use crate::sandbox::Root;

const DEFAULT: &str = "python3";
/// Where programs are looked for, in this order.
const FOLDERS: [&str; 3] = ["/usr/local/bin", "/usr/bin", "/bin"];
/// What of the host stands in a cell that is made of it.
const HOST: &str = "/usr";

pub(super) fn find(order: &Order, is_to_tell: bool, root: &Root, venv: Option<&Path>) -> Result<Vec<OsString>, Stop> {
    let named = order.interpreter.as_deref().unwrap_or(Path::new(DEFAULT));
    if !is_python(named) {
        return refused(format!(
            "{}: the gate reads Python, so that only Python is run: another interpreter would run what nobody judged",
            shown(named)
        ));
    }
    if is_to_tell && !may_tell(named) {
        return refused(format!(
            "{}: `--events`: it has no audit hooks (PEP 578), by which it could tell what the code does: Python has them from \
             3.8 on",
            shown(named)
        ));
    }
    let not_found = || Stop::NotFound(format!("{}: there is no such interpreter in the cell", shown(named)));
    let program = match (order.backend, venv, order.interpreter.as_deref()) {
        // The image knows where it is.
        (Backend::Docker | Backend::Podman, ..) => named.to_owned(),
        (_, Some(venv), None) => Some(venv.join("bin/python")).filter(|path| path.exists()).ok_or_else(not_found)?,
        _ if named.is_absolute() => Some(named.to_owned()).filter(|path| stands(root, path)).ok_or_else(not_found)?,
        _ if named.components().count() > 1 => {
            return refused(format!("{}: name an interpreter, or its path from the root on", shown(named)));
        }
        _ => {
            let paths = FOLDERS.iter().map(|folder| Path::new(folder).join(named));
            paths.into_iter().find(|path| stands(root, path) && is_inside(root, path)).ok_or_else(not_found)?
        }
    };
    if venv.is_none() && order.backend == Backend::Native && !is_inside(root, &program) {
        return refused(format!(
            "{}: of this machine only {HOST} stands in the cell: hand in a virtual environment (`--venv`) or a whole \
             system (`--rootfs`)",
            shown(&program)
        ));
    }
    if let (Some(venv), Root::Host, Backend::Native) = (venv, root, order.backend)
        && let Ok(real) = program.canonicalize()
        && !is_inside(root, &program)
        && !venv.canonicalize().is_ok_and(|venv| real.starts_with(venv))
    {
        return refused(format!(
            "{}: the interpreter of this virtual environment is {}, and of this machine only {HOST} stands in the cell: make \
             the environment with {HOST}/bin/python3, or with `--copies`",
            shown(&program),
            shown(&real)
        ));
    }
    let told: &[&str] = match order.workspace {
        // Nothing but the library and what is installed: no folder, no variable, no module of the user's.
        Workspace::None => &["-I", "-B"],
        _ => &["-s", "-B"],
    };
    Ok(std::iter::once(program.into_os_string()).chain(told.iter().map(OsString::from)).collect())
}

/// Whether a program is one that runs what the gate reads, by its name: `python3`, `python3.12`, `pypy3`.
fn is_python(program: &Path) -> bool {
    let name = program.file_name().and_then(OsStr::to_str).unwrap_or_default();
    let version = name.strip_prefix("python").or_else(|| name.strip_prefix("pypy"));
    version.is_some_and(|version| version.chars().all(|c| c.is_ascii_digit() || c == '.'))
}

/// Whether an interpreter knows audit hooks, as far as its name tells: they came with Python 3.8. One that turns out not to
/// know them runs the script all the same, and tells nothing.
fn may_tell(program: &Path) -> bool {
    let name = program.file_name().and_then(OsStr::to_str).unwrap_or_default();
    let version = name.trim_start_matches(|c: char| !c.is_ascii_digit());
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or_default());
    let (major, minor): (Option<u32>, Option<u32>) = (parts.next(), parts.next());
    let is_old = major.is_some_and(|major| major > 0 && (major, minor.unwrap_or(u32::MAX)) < (3, 8));
    !is_old || version.is_empty()
}

/// Whether there is such a file in the root. A link in a tree of its own may lead to an absolute path, which is another one
/// inside: that there is something is enough to try it.
fn stands(root: &Root, path: &Path) -> bool {
    match root {
        Root::Host => path.is_file(),
        Root::Folder(folder) => below(folder, path).symlink_metadata().is_ok_and(|data| !data.is_dir()),
    }
}

fn is_inside(root: &Root, path: &Path) -> bool {
    match root {
        Root::Host => std::fs::canonicalize(path).is_ok_and(|real| real.starts_with(HOST)),
        Root::Folder(_) => true,
    }
}

fn below(folder: &Path, path: &Path) -> PathBuf {
    folder.join(path.strip_prefix("/").unwrap_or(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_interpreters_cannot_tell_what_code_does() {
        for name in ["python", "python3", "/usr/bin/python3.8", "python3.14", "pypy3", "pypy"] {
            assert!(may_tell(Path::new(name)), "{name}");
        }
        for name in ["python2", "python2.7", "/usr/bin/python3.7", "pypy2"] {
            assert!(!may_tell(Path::new(name)), "{name}");
        }
    }

    #[test]
    fn only_python_runs_what_was_judged_as_python() {
        for name in ["python", "python3", "/usr/bin/python3.12", "pypy3", "/opt/x/bin/pypy"] {
            assert!(is_python(Path::new(name)), "{name}");
        }
        for name in ["bash", "/bin/sh", "python-config", "python3-wrapper", "node", "", "/"] {
            assert!(!is_python(Path::new(name)), "{name}");
        }
    }
}
