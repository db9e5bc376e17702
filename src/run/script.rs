//! The script and the files that are handed in with it, each read once.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::{Stop, refused, shown};
use crate::cell::Limits;
pub(super) use crate::digest::sha256;
use crate::gate;
use crate::sandbox::Laid;
use crate::source::Source;
use crate::walk;

/// A script with the bytes that are judged and run.
#[derive(Debug)]
pub struct Script {
    pub source: Source,
    pub bytes: Vec<u8>,
    pub sha256: String,
    /// Of the file that it stands in inside, where it is in no workspace.
    pub name: OsString,
}

impl Script {
    /// The path below a folder, where it lies there.
    pub(super) fn below(&self, folder: &Path) -> Option<PathBuf> {
        self.source.file()?.strip_prefix(folder).ok().map(Path::to_owned)
    }
}

/// Reads the script; `-` is standard input.
pub(super) fn read(path: &Path) -> Result<Script, Stop> {
    let source = gate::source(path, None);
    let name = match source.file() {
        None => OsString::from("stdin.py"),
        Some(file) => {
            look(path, file, walk::DEFAULT_MAX_SIZE, "a script")?;
            path.file_name().map_or_else(|| OsString::from("script.py"), OsString::from)
        }
    };
    let bytes = walk::read(&source, walk::DEFAULT_MAX_SIZE);
    let bytes = bytes.map_err(|problem| Stop::Refused(format!("{}: {}", shown(path), problem.message)))?;
    Ok(Script { sha256: sha256(&bytes), source, bytes, name })
}

/// Says what is wrong with a file in the words of who named it; what can be read is read by others.
fn look(named: &Path, real: &Path, most: u64, what: &str) -> Result<(), Stop> {
    match std::fs::metadata(real) {
        Err(error) if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
            Err(Stop::NotFound(format!("{}: there is no such file", shown(named))))
        }
        Ok(data) if data.is_dir() => refused(format!("{}: this is a folder, not {what}", shown(named))),
        Ok(data) if data.len() > most => {
            refused(format!("{}: {} bytes are more than {what} may have: {most}", shown(named), data.len()))
        }
        // Whatever else is wrong, reading it says so.
        _ => Ok(()),
    }
}

/// A file that is handed in.
#[derive(Debug)]
pub(super) struct Given {
    pub(super) named: PathBuf,
    /// Where it lies, links followed.
    pub(super) real: PathBuf,
    pub(super) laid: Laid,
}

/// Reads the files that are handed in: together as large as a workspace, each with a name of its own.
pub(super) fn inputs(paths: &[PathBuf], limits: &Limits) -> Result<Vec<Given>, Stop> {
    let mut inputs: Vec<Given> = Vec::new();
    let mut left = limits.workspace();
    for path in paths {
        let Some(name) = path.file_name().map(PathBuf::from) else {
            return refused(format!("{}: this names no file", shown(path)));
        };
        if inputs.iter().any(|input| input.laid.path == name) {
            return refused(format!("{}: another input has the same name", shown(path)));
        }
        let source = walk::named_file(path);
        look(path, source.file().unwrap_or(path), left, "the inputs together").map_err(Stop::refused)?;
        let bytes = walk::read(&source, left);
        let bytes = bytes.map_err(|problem| Stop::Refused(format!("{}: {}", shown(path), problem.message)))?;
        left = left.saturating_sub(bytes.len() as u64);
        let real = source.file().unwrap_or(path).to_owned();
        let laid = Laid { path: name, bytes, executable: false };
        inputs.push(Given { named: walk::absolute(path), real, laid });
    }
    Ok(inputs)
}
