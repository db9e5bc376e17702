//! An image of a given root.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{Entry, Fault, Image};

/// Everything below a folder. Links stay links; devices, pipes and sockets have no place in an image.
pub fn gather(root: &Path) -> Result<Image, Fault> {
    let mut image = Image::default();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let told = |error| format!("{}: {error}", folder.display());
        for entry in fs::read_dir(&folder).map_err(told)? {
            let from = entry.map_err(told)?.path();
            let path = from.strip_prefix(root).unwrap_or(&from).to_owned();
            let entry = entry_of(&from)?;
            if entry == Entry::Folder {
                folders.push(from);
            }
            image.put(&path, entry);
        }
    }
    if image.entries.is_empty() {
        return Err(format!("{}: the folder is empty", root.display()));
    }
    image.furnish();
    Ok(image)
}

/// What a path of this machine becomes in an image.
pub(super) fn entry_of(from: &Path) -> Result<Entry, Fault> {
    let told = |error| format!("{}: {error}", from.display());
    let about = fs::symlink_metadata(from).map_err(told)?;
    if about.is_symlink() {
        return Ok(Entry::Link(fs::read_link(from).map_err(told)?));
    }
    if about.is_dir() {
        return Ok(Entry::Folder);
    }
    if !about.is_file() {
        return Err(format!("{}: a device, pipe or socket has no place in an image: take it out", from.display()));
    }
    Ok(Entry::File { from: from.to_owned(), executable: about.permissions().mode() & 0o111 != 0 })
}
