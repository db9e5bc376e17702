//! An image as an archive (ustar with GNU's long names) that is the same bytes each time: in order, without times and owners.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use tar::{Builder, EntryType, Header};

use super::{Entry, Image};

impl Image {
    /// Writes the archive. What cannot be read is told with its path.
    pub fn write(&self, out: impl Write) -> io::Result<()> {
        let mut builder = Builder::new(out);
        for (path, entry) in &self.entries {
            match entry {
                Entry::Folder => {
                    // Some engines give what they mount there the mode that it has in the image.
                    let mode = if path == Path::new("tmp") { 0o1777 } else { 0o755 };
                    builder.append_data(&mut header(EntryType::Directory, mode, 0), path, io::empty())?;
                }
                Entry::Link(target) => {
                    builder.append_link(&mut header(EntryType::Symlink, 0o777, 0), path, target)?;
                }
                Entry::Text(text) => {
                    let mut header = header(EntryType::Regular, 0o644, text.len() as u64);
                    builder.append_data(&mut header, path, text.as_bytes())?;
                }
                Entry::File { from, executable } => {
                    let told = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", from.display()));
                    let file = File::open(from).map_err(told)?;
                    let size = file.metadata().map_err(told)?.len();
                    let mode = if *executable { 0o755 } else { 0o644 };
                    // One that grows meanwhile would break the archive, one that shrinks is an error.
                    let mut exact = Exact { file: file.take(size), left: size };
                    builder.append_data(&mut header(EntryType::Regular, mode, size), path, &mut exact)?;
                }
            }
        }
        builder.into_inner()?.flush()
    }

    /// Lays the image into a folder that is not there yet, or is empty.
    pub fn lay(&self, folder: &Path) -> io::Result<()> {
        let told = |path: &Path, error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
        match fs::create_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                if fs::read_dir(folder).map_err(|error| told(folder, error))?.next().is_some() {
                    return Err(io::Error::other(format!("{}: it is not empty", folder.display())));
                }
            }
            done => done.map_err(|error| told(folder, error))?,
        }
        for (path, entry) in &self.entries {
            let path = folder.join(path);
            let laid = match entry {
                Entry::Folder => fs::create_dir(&path),
                Entry::Link(target) => symlink(target, &path),
                Entry::Text(text) => fs::write(&path, text),
                Entry::File { from, executable } => copy(from, &path, *executable),
            };
            laid.map_err(|error| told(&path, error))?;
        }
        Ok(())
    }
}

fn header(kind: EntryType, mode: u32, size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(size);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header
}

/// A reader that must give as much as was promised.
struct Exact {
    file: io::Take<File>,
    left: u64,
}

impl Read for Exact {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.left -= read as u64;
        if read == 0 && self.left > 0 && !buffer.is_empty() {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "a file became shorter while it was read"));
        }
        Ok(read)
    }
}

fn copy(from: &Path, to: &Path, executable: bool) -> io::Result<()> {
    io::copy(&mut File::open(from)?, &mut File::create_new(to)?)?;
    fs::set_permissions(to, fs::Permissions::from_mode(if executable { 0o755 } else { 0o644 }))
}
