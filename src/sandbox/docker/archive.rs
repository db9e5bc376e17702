//! Files on their way in and out: archives (ustar with GNU's long names) as `cp -` of the engines reads and writes them.
//! Nothing of what comes out is ever unpacked: it is read where it lies in the archive.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::{Component, Path, PathBuf};

use sha2::{Digest, Sha256};
use tar::{Builder, EntryType, Header};

use crate::sandbox::{Entry, EntryKind};

/// Writes folders and files, with the folders above them.
pub(super) fn write<'f>(
    bare: &[PathBuf],
    files: impl IntoIterator<Item = (&'f Path, &'f [u8], bool)>,
    owner: u32,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut builder = Builder::new(out);
    let mut folders = BTreeSet::new();
    let header = |kind, mode, size| {
        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_size(size);
        header.set_uid(owner.into());
        header.set_gid(owner.into());
        header.set_mtime(0);
        header
    };
    let mut above = |builder: &mut Builder<_>, path: &Path| -> io::Result<()> {
        let all: Vec<_> = path.ancestors().filter(|folder| !folder.as_os_str().is_empty()).collect();
        for folder in all.into_iter().rev() {
            if folders.insert(folder.to_owned()) {
                builder.append_data(&mut header(EntryType::Directory, 0o755, 0), folder, io::empty())?;
            }
        }
        Ok(())
    };
    let inside = |path: &Path| match path.components().all(|part| matches!(part, Component::Normal(_))) {
        true => Ok(()),
        false => Err(io::Error::other(format!("{}: the path leads out of its place", path.display()))),
    };
    if owner != 0 {
        // The place itself too: podman gives it to whom the image's folder belongs to.
        builder.append_data(&mut header(EntryType::Directory, 0o755, 0), ".", io::empty())?;
    }
    for folder in bare {
        inside(folder)?;
        above(&mut builder, folder)?;
    }
    for (path, bytes, executable) in files {
        inside(path)?;
        above(&mut builder, path.parent().unwrap_or(Path::new("")))?;
        let mode = if executable { 0o755 } else { 0o644 };
        builder.append_data(&mut header(EntryType::Regular, mode, bytes.len() as u64), path, bytes)?;
    }
    builder.into_inner()?.flush()
}

/// What lay in a workspace: the archive, and where in it each file is.
#[derive(Debug)]
pub struct Archive {
    file: File,
    entries: Vec<Entry>,
    /// Where the bytes of a file begin in the archive, and how many there are.
    places: BTreeMap<PathBuf, (u64, u64)>,
}

impl Archive {
    /// Lists an archive whose paths begin with one folder, which is the workspace.
    pub(super) fn read(mut file: File) -> io::Result<Self> {
        file.seek(SeekFrom::Start(0))?;
        let mut entries: Vec<Entry> = Vec::new();
        let mut places = BTreeMap::new();
        let mut archive = tar::Archive::new(&file);
        for entry in archive.entries()? {
            let mut entry = entry?;
            let path: PathBuf = entry.path()?.components().skip(1).collect();
            if path.components().any(|part| !matches!(part, Component::Normal(_))) {
                return Err(io::Error::other(format!("{}: the path leads out of the workspace", path.display())));
            }
            if path.as_os_str().is_empty() {
                continue;
            }
            let kind = match entry.header().entry_type() {
                EntryType::Directory => EntryKind::Folder,
                EntryType::Symlink => EntryKind::Link,
                EntryType::Regular | EntryType::Continuous => {
                    let executable = entry.header().mode()? & 0o111 != 0;
                    let bytes = entry.size();
                    places.insert(path.clone(), (entry.raw_file_position(), bytes));
                    EntryKind::File { bytes, sha256: hash(&mut entry)?, executable }
                }
                // A second name of a file that came before.
                EntryType::Link => {
                    let first = entry.link_name()?.map(|name| name.components().skip(1).collect::<PathBuf>());
                    let known = entries.iter().find(|known| first.as_ref() == Some(&known.path));
                    if let Some(place) = known.and_then(|known| places.get(&known.path)).copied() {
                        places.insert(path.clone(), place);
                    }
                    known.map_or(EntryKind::Other, |known| known.kind.clone())
                }
                _ => EntryKind::Other,
            };
            entries.push(Entry { path, kind });
        }
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Self { file, entries, places })
    }

    /// Sorted by path.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// What is in a file; none if there is no such file.
    pub fn bytes(&self, path: &Path) -> io::Result<Option<Vec<u8>>> {
        let Some((at, size)) = self.places.get(path) else { return Ok(None) };
        let mut bytes = vec![0; usize::try_from(*size).map_err(io::Error::other)?];
        self.file.read_exact_at(&mut bytes, *at)?;
        Ok(Some(bytes))
    }
}

fn hash(from: &mut impl Read) -> io::Result<String> {
    let mut hasher = Sha256::new();
    io::copy(from, &mut hasher)?;
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let mut file = tempfile::tempfile().unwrap();
        let long = format!("w/{}/x.py", "d".repeat(120));
        let files = [(Path::new("w/a.py"), &b"pass\n"[..], true), (Path::new(&long), b"", false)];
        write(&[PathBuf::from("w/empty")], files, 7, &mut file).unwrap();
        let archive = Archive::read(file).unwrap();
        let paths: Vec<_> = archive.entries().iter().map(|entry| entry.path.to_string_lossy().into_owned()).collect();
        assert_eq!(
            paths,
            ["a.py".to_owned(), "d".repeat(120), format!("{}/x.py", "d".repeat(120)), "empty".to_owned()]
        );
        assert_eq!(archive.bytes(Path::new("a.py")).unwrap().unwrap(), b"pass\n");
        assert_eq!(archive.bytes(Path::new("b.py")).unwrap(), None);
        assert!(matches!(&archive.entries()[0].kind, EntryKind::File { executable: true, bytes: 5, .. }));
    }

    #[test]
    fn paths_that_lead_out_are_refused() {
        let error = write(&[], [(Path::new("../x"), &b""[..], false)], 0, &mut Vec::new()).unwrap_err();
        assert!(error.to_string().starts_with("../x"), "{error}");
    }
}
