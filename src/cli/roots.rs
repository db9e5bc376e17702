//! What is to be scanned: the paths of the command line and those of `--files-from`.

use std::ffi::OsString;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::Failure;
use crate::walk::{self, Root};

/// The paths that the user named; the working directory where there are none.
pub(super) fn roots(paths: &[PathBuf], list: Option<&Path>, null: bool) -> Result<Vec<Root>, Failure> {
    let is_stdin = |path: &Path| path.as_os_str() == "-";
    let mut roots: Vec<_> = paths.iter().map(|path| Root { path: path.clone(), listed: false }).collect();
    let Some(list) = list else {
        if roots.is_empty() {
            roots.push(Root { path: PathBuf::from("."), listed: false });
        }
        return Ok(roots);
    };
    let bytes = if is_stdin(list) {
        if paths.iter().any(|path| is_stdin(path)) {
            return Err("standard input cannot hold both a source (`-`) and a list (`--files-from -`)".into());
        }
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes)?;
        bytes
    } else {
        std::fs::read(list).map_err(|error| format!("{}: the list cannot be read: {error}", list.display()))?
    };
    let separator = if null { 0 } else { b'\n' };
    for path in bytes.split(|byte| *byte == separator) {
        let path = if null { path } else { path.strip_suffix(b"\r").unwrap_or(path) };
        if !path.is_empty() {
            roots.push(Root { path: path_of(path)?, listed: true });
        }
    }
    Ok(roots)
}

#[cfg(unix)]
fn path_of(bytes: &[u8]) -> Result<PathBuf, Failure> {
    Ok(OsString::from(<std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(bytes)).into())
}

#[cfg(not(unix))]
fn path_of(bytes: &[u8]) -> Result<PathBuf, Failure> {
    Ok(OsString::from(std::str::from_utf8(bytes)?).into())
}

/// The folder from which a configuration is looked for: the innermost that holds all roots.
pub(super) fn common_folder(roots: &[Root], stdin_name: Option<&str>) -> PathBuf {
    let folders = roots.iter().map(|root| {
        let path = match stdin_name.filter(|_| root.path.as_os_str() == "-") {
            Some(name) => Path::new(name),
            None => &root.path,
        };
        let path = walk::absolute(path);
        if path.is_dir() { path } else { path.parent().map(Path::to_owned).unwrap_or_default() }
    });
    let common = folders.reduce(|common, folder| {
        let shared = common.components().zip(folder.components()).take_while(|(a, b)| a == b);
        shared.map(|(part, _)| part).collect()
    });
    common.unwrap_or_else(|| walk::absolute(Path::new(".")))
}
