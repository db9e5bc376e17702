//! Where reports go: standard output, standard error, and files that appear whole or not at all.

use std::fs::{self, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Writes to standard output, and says whether all of it arrived.
pub(super) fn print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    buffered(io::stdout().lock(), write).map(drop)
}

/// Writes to standard error, beside what somebody else writes there.
pub(super) fn beside(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    buffered(io::stderr().lock(), write).map(drop)
}

/// Writes a file under another name beside it, and moves it into place when it is whole. A device or pipe is written to
/// directly.
pub(super) fn write_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    // A link stays a link: what it points at is replaced.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if fs::metadata(&target).is_ok_and(|metadata| !metadata.is_file()) {
        return buffered(OpenOptions::new().write(true).open(&target)?, write).map(drop);
    }
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    // As any new file: what the user's umask leaves of it.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let file = buffered(builder.prefix(".portcullis-").tempfile_in(folder)?, write)?;
    file.persist(&target).map(drop).map_err(|error| error.error)
}

fn buffered<W: Write>(output: W, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<W> {
    let mut output = BufWriter::with_capacity(1 << 16, output);
    write(&mut output)?;
    output.into_inner().map_err(io::IntoInnerError::into_error)
}

/// Whether standard output shows colours, by `--color`, the environment and the terminal.
pub(super) fn is_coloured() -> bool {
    anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never
}

/// The folder that relative paths are linked below, where the terminal shows links.
pub(super) fn link_base() -> Option<PathBuf> {
    (is_coloured() && supports_hyperlinks::on(supports_hyperlinks::Stream::Stdout))
        .then(|| std::env::current_dir().ok())
        .flatten()
}

/// Columns of the terminal, if standard output is one.
pub(super) fn width() -> Option<usize> {
    terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0))
}
