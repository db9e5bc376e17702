//! Removes a folder that code wrote into: however deep it nested, and whatever modes it gave.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Folders in folders are moved up before they are removed, so that no path is ever too long. Nothing that is here may change
/// meanwhile.
pub(super) fn all(top: &Path) -> io::Result<()> {
    let mut moved = 0;
    loop {
        let mut is_empty = true;
        for entry in fs::read_dir(top)? {
            let entry = entry?;
            is_empty = false;
            if entry.file_type()?.is_dir() {
                empty(&entry.path(), top, &mut moved)?;
                fs::remove_dir(entry.path())?;
            } else {
                fs::remove_file(entry.path())?;
            }
        }
        if is_empty {
            return fs::remove_dir(top);
        }
    }
}

fn empty(folder: &Path, top: &Path, moved: &mut u64) -> io::Result<()> {
    let ours = || Permissions::from_mode(0o700);
    fs::set_permissions(folder, ours())?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            fs::set_permissions(entry.path(), ours())?;
            fs::rename(entry.path(), free(top, moved))?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// A name that nothing has.
fn free(top: &Path, moved: &mut u64) -> PathBuf {
    loop {
        *moved += 1;
        let path = top.join(format!("moved-{moved}"));
        if path.symlink_metadata().is_err() {
            return path;
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_deeper_than_a_path_can_tell_is_removed() {
        let place = tempfile::tempdir().unwrap();
        let top = place.path().join("top");
        fs::create_dir(&top).unwrap();
        // From the inside out: each folder is put into a new one.
        for depth in 0..3000 {
            let (inner, outer) = (top.join("inner"), top.join("outer"));
            fs::create_dir(&outer).unwrap();
            if depth > 0 {
                fs::rename(&inner, outer.join("a-name-of-some-length")).unwrap();
            }
            fs::rename(&outer, &inner).unwrap();
        }
        fs::set_permissions(top.join("inner"), Permissions::from_mode(0o000)).unwrap();
        std::os::unix::fs::symlink("/", top.join("link")).unwrap();
        all(&top).unwrap();
        assert!(!top.exists() && Path::new("/etc").exists());
    }
}
