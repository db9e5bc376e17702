//! Where a log lies: its files, and who may touch them.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use crate::plain::plain;

/// The files of a log: `audit.jsonl`, which grows, `audit-000001.jsonl` and so on, which were it before, and
/// `audit.jsonl.lock`.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    live: PathBuf,
    stem: OsString,
    ending: OsString,
}

/// Below the folder for the state of programs (XDG Base Directory Specification, `XDG_STATE_HOME`).
const OWN: &str = "portcullis/audit.jsonl";

/// Where the log lies if nobody says otherwise; none where there is no home folder.
pub fn default_path() -> Option<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = folder("XDG_STATE_HOME").or_else(|| folder("HOME").map(|home| home.join(".local/state")));
    state.map(|state| state.join(OWN))
}

impl Folder {
    pub(super) fn of(live: &Path) -> Result<Self, String> {
        let live = std::path::absolute(live).map_err(|error| told(live, &error))?;
        let stem = live.file_stem().map(OsStr::to_owned);
        let stem = stem.ok_or_else(|| format!("{}: this names no file", shown(&live)))?;
        let ending = live.extension().map(OsStr::to_owned).unwrap_or_default();
        Ok(Self { live, stem, ending })
    }

    pub(super) fn live(&self) -> &Path {
        &self.live
    }

    fn parent(&self) -> &Path {
        self.live.parent().unwrap_or(Path::new("/"))
    }

    pub(super) fn lock(&self) -> PathBuf {
        self.beside(".lock")
    }

    /// What is left of a file while a part of it is removed.
    pub(super) fn rest(&self) -> PathBuf {
        self.beside(".rest")
    }

    fn beside(&self, ending: &str) -> PathBuf {
        let mut name = self.live.file_name().unwrap_or_default().to_owned();
        name.push(ending);
        self.live.with_file_name(name)
    }

    pub(super) fn archive(&self, number: u64) -> PathBuf {
        let mut name = self.stem.clone();
        name.push(format!("-{number:06}"));
        if !self.ending.is_empty() {
            name.push(".");
            name.push(&self.ending);
        }
        self.live.with_file_name(name)
    }

    /// Numbers of the files that were the log before, the oldest first.
    pub(super) fn archives(&self) -> Result<Vec<u64>, String> {
        let entries = match fs::read_dir(self.parent()) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(told(self.parent(), &error)),
        };
        let mut numbers = Vec::new();
        for entry in entries {
            let name = entry.map_err(|error| told(self.parent(), &error))?.file_name();
            let stem = Path::new(&name).file_stem().and_then(OsStr::to_str);
            let digits = stem.and_then(|stem| stem.strip_prefix(self.stem.to_str()?)?.strip_prefix('-'));
            let number = digits.and_then(|digits| digits.parse().ok());
            numbers.extend(number.filter(|number| self.archive(*number).file_name() == Some(&name)));
        }
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// All files that there are, the oldest first.
    pub(super) fn files(&self) -> Result<Vec<PathBuf>, String> {
        let mut files: Vec<_> = self.archives()?.into_iter().map(|number| self.archive(number)).collect();
        match self.live.symlink_metadata() {
            Ok(_) => files.push(self.live.clone()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(told(&self.live, &error)),
        }
        Ok(files)
    }

    /// Makes the folder, for nobody but the user, or sees that others cannot replace what lies in it.
    pub(super) fn prepare(&self) -> Result<(), String> {
        let parent = self.parent();
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(parent).map_err(|error| told(parent, &error))?;
        let metadata = fs::metadata(parent).map_err(|error| told(parent, &error))?;
        owned(parent, &metadata, true)
    }

    /// Opens a file of the log to read it, whoever it belongs to.
    pub(super) fn read(&self, path: &Path) -> Result<File, String> {
        open(path, OpenOptions::new().read(true)).map(|(file, _)| file)
    }

    /// Opens a file of the log, or makes it for nobody but the user.
    pub(super) fn own(&self, path: &Path) -> Result<File, String> {
        let (file, metadata) = open(path, OpenOptions::new().read(true).write(true).create(true))?;
        owned(path, &metadata, false)?;
        Ok(file)
    }

    /// Writes the names in the folder down.
    pub(super) fn sync(&self) -> Result<(), String> {
        #[cfg(unix)]
        File::open(self.parent()).and_then(|folder| folder.sync_all()).map_err(|error| told(self.parent(), &error))?;
        Ok(())
    }
}

/// Opens a regular file, and no link in its place. What was opened is asked, not the path: whatever stands there by now.
fn open(path: &Path, options: &mut OpenOptions) -> Result<(File, fs::Metadata), String> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_NOCTTY);
    }
    let file = options.open(path).map_err(|error| match path.symlink_metadata() {
        Ok(metadata) if metadata.is_symlink() => format!("{}: a log is no link: name its target", shown(path)),
        _ => told(path, &error),
    })?;
    let metadata = file.metadata().map_err(|error| told(path, &error))?;
    if !metadata.is_file() {
        return Err(format!("{}: it is no regular file", shown(path)));
    }
    Ok((file, metadata))
}

/// Refuses what others may change. In a folder with the sticky bit nobody may replace files of others.
#[cfg(unix)]
fn owned(path: &Path, metadata: &fs::Metadata, is_folder: bool) -> Result<(), String> {
    use std::os::unix::fs::MetadataExt;
    const STICKY: u32 = 0o1000;
    let (owner, user) = (metadata.uid(), rustix::process::geteuid().as_raw());
    if owner != user && !(is_folder && owner == 0) {
        return Err(format!("{}: it belongs to user {owner}, and a log to who writes it ({user})", shown(path)));
    }
    let is_sticky = is_folder && metadata.mode() & STICKY != 0;
    if metadata.mode() & 0o022 != 0 && !is_sticky {
        let mode = if is_folder { "700" } else { "600" };
        return Err(format!("{}: others may write to it, and so forge it: chmod {mode}", shown(path)));
    }
    if !is_folder && metadata.nlink() > 1 {
        return Err(format!("{}: it has a second name (a hard link), by which it could be changed", shown(path)));
    }
    Ok(())
}

#[cfg(not(unix))]
fn owned(_: &Path, _: &fs::Metadata, _: bool) -> Result<(), String> {
    Ok(())
}

/// An error of the system about a path.
pub(super) fn told(path: &Path, error: &io::Error) -> String {
    format!("{}: {error}", shown(path))
}

pub(super) fn shown(path: &Path) -> String {
    plain(&path.to_string_lossy()).into_owned()
}
