//! Reads the bytes of one source. A file may grow, vanish or turn into a pipe while it is read: nothing here hangs on that,
//! or takes more memory than the cap.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

use crate::plain::plain;
use crate::source::{Content, Problem, ProblemKind, Source, Span};

/// The size cap where the user names none.
pub const DEFAULT_MAX_SIZE: u64 = 4 << 20;

/// Reads a source whole, or says why it cannot be read.
pub fn read(source: &Source, max_size: u64) -> Result<Vec<u8>, Problem> {
    let bytes = match &source.content {
        Content::File(path) => read_file(path, max_size),
        Content::Stdin => bounded(io::stdin().lock(), 0, max_size),
        Content::Object(object) => Err(format!("it is object {object} of a repository that is not at hand")),
        Content::Lost(why) => Err(why.to_string()),
    };
    bytes.map_err(|message| Problem { kind: ProblemKind::Unread, message, span: Span::default() })
}

/// Why a file that no reader takes is passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PassedOver {
    /// It is no text.
    Binary,
    /// It is over the size cap.
    Large,
}

/// Reads a file that no reader takes whole, if it is a text of at most `max_size` bytes: of what is none, only its beginning.
pub fn read_text(
    source: &Source,
    max_size: u64,
    is_binary: fn(&[u8]) -> bool,
) -> Result<Result<Vec<u8>, PassedOver>, Problem> {
    const BEGINNING: u64 = 8 << 10;
    let problem = |message| Problem { kind: ProblemKind::Unread, message, span: Span::default() };
    let Some(path) = source.file() else { return read(source, max_size).map(Ok) };
    let file = open(path).map_err(|error| problem(refusal(path, &error)))?;
    let metadata = file.metadata().map_err(|error| problem(format!("it cannot be read: {error}")))?;
    if !metadata.is_file() {
        return Err(problem(not_regular(metadata.file_type())));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len().min(max_size)).unwrap_or_default() + 1);
    let next = |file: &File, most: u64, bytes: &mut Vec<u8>| {
        file.take(most).read_to_end(bytes).map_err(|error| problem(format!("it cannot be read: {error}")))
    };
    next(&file, BEGINNING.min(max_size), &mut bytes)?;
    if is_binary(&bytes) {
        return Ok(Err(PassedOver::Binary));
    }
    if metadata.len() > max_size {
        return Ok(Err(PassedOver::Large));
    }
    next(&file, (max_size + 1).saturating_sub(bytes.len() as u64), &mut bytes)?;
    Ok(if bytes.len() as u64 > max_size { Err(PassedOver::Large) } else { Ok(bytes) })
}

/// Reads a regular file of at most `max_size` bytes. A link in its place is refused.
pub fn read_file(path: &Path, max_size: u64) -> Result<Vec<u8>, String> {
    let file = open(path).map_err(|error| refusal(path, &error))?;
    // What was opened is asked, not the path: whatever stands there by now.
    let metadata = file.metadata().map_err(|error| format!("it cannot be read: {error}"))?;
    if !metadata.is_file() {
        return Err(not_regular(metadata.file_type()));
    }
    if metadata.len() > max_size {
        return Err(too_large(max_size));
    }
    bounded(file, metadata.len(), max_size)
}

/// Reads a file that was written for us (a configuration, a policy, a list of paths) as text; the error names the path.
pub fn read_own(path: &Path) -> Result<String, String> {
    const MAX_SIZE: u64 = 64 << 20;
    let bytes =
        read_file(path, MAX_SIZE).map_err(|message| format!("{}: {message}", plain(&path.to_string_lossy())))?;
    String::from_utf8(bytes).map_err(|error| {
        let line = 1 + error.as_bytes()[..error.utf8_error().valid_up_to()].iter().filter(|b| **b == b'\n').count();
        format!("{}:{line}: it is no UTF-8 text", plain(&path.to_string_lossy()))
    })
}

/// The names in a folder, in order; none where it cannot be listed. Only so many are looked at.
pub fn names(folder: &Path) -> Vec<String> {
    const MOST: usize = 1 << 16;
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let names = entries.take(MOST).filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

/// The beginning of a regular file, enough for a `#!` line and for what follows it where that names the interpreter.
pub(super) fn first_bytes(path: &Path) -> io::Result<Vec<u8>> {
    const ENOUGH: u64 = 512;
    let file = open(path)?;
    let mut bytes = Vec::new();
    if file.metadata()?.is_file() {
        file.take(ENOUGH).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// The beginning of a source; nothing where it cannot be had: reading it whole will say why.
pub fn head(source: &Source) -> Vec<u8> {
    source.file().and_then(|path| first_bytes(path).ok()).unwrap_or_default()
}

/// Opens without following a link in the last part of the path, and without waiting for the other end of a pipe.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_NOCTTY);
    options.open(path)
}

/// Reads one byte more than the cap at most, so that a file that grows meanwhile is noticed and bounded.
fn bounded(input: impl Read, expected: u64, max_size: u64) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::with_capacity(usize::try_from(expected.min(max_size)).unwrap_or_default());
    input
        .take(max_size.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| format!("it cannot be read: {error}"))?;
    if bytes.len() as u64 > max_size { Err(too_large(max_size)) } else { Ok(bytes) }
}

fn too_large(max_size: u64) -> String {
    format!("it is larger than the size cap of {max_size} bytes: raise the cap (`--max-size`) or exclude the file")
}

/// Why a path could not be opened. The path is looked at again, for a better reason than an error number.
fn refusal(path: &Path, error: &io::Error) -> String {
    match path.symlink_metadata().map(|metadata| metadata.file_type()) {
        Ok(kind) if kind.is_symlink() => "it is a link that is not followed (it leads out of the scanned folders, to \
             nothing, or back to a folder it is in): scan its target by its own path"
            .to_owned(),
        Ok(kind) if !kind.is_file() && !kind.is_dir() => not_regular(kind),
        Ok(_) if error.kind() == io::ErrorKind::PermissionDenied => {
            "permission denied: make it readable, or exclude it".to_owned()
        }
        Err(_) if error.kind() == io::ErrorKind::NotFound => "there is no such file (any more)".to_owned(),
        _ => format!("it cannot be opened: {error}"),
    }
}

fn not_regular(kind: std::fs::FileType) -> String {
    let what = if kind.is_dir() {
        "a folder that could not be listed"
    } else if is_pipe(kind) {
        "a pipe"
    } else {
        "a device or socket"
    };
    format!("it is {what}, not a regular file")
}

#[cfg(unix)]
fn is_pipe(kind: std::fs::FileType) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(&kind)
}

#[cfg(not(unix))]
fn is_pipe(_: std::fs::FileType) -> bool {
    false
}
