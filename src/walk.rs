//! From paths to sources: which files of a tree are read, in an order that never changes.
//!
//! Links are not followed. One that leads to a place inside of the scanned folders is passed over, since its target is
//! walked by its own path; one that leads out of them, or back to a folder that it is in, becomes a source whose reading
//! is refused, and so do unreadable folders and pipes with the name of a source: all are reported, and the others go on.
//! Only this module opens files of the scanned tree.

mod folder;
mod forced;
mod read;

use std::fs;
use std::path::{Component, Path, PathBuf};
use std::sync::mpsc;

use ignore::WalkState;

use crate::pattern::Patterns;
use crate::source::{Content, Kind, Source};
use folder::Folder;
pub use folder::IGNORE_FILE;
pub use read::{DEFAULT_MAX_SIZE, PassedOver, head, names, read, read_file, read_own, read_text};

/// The name of standard input in reports, where the user gives none.
const STDIN: &str = "<stdin>";

/// A path that the user named.
#[derive(Clone, Debug)]
pub struct Root {
    pub path: PathBuf,
    /// From a list (`--files-from`): such a path may be missing, which is then reported like any unread file.
    pub listed: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Walk the folders that tools keep for themselves too.
    pub hidden: bool,
    /// List files that no reader takes too: some rule looks at the text of any file.
    pub every_kind: bool,
    /// Obey `.gitignore` and `.portcullisignore`.
    pub ignore_files: bool,
    /// Let ignore files and patterns also drop files that the user named.
    pub force_exclude: bool,
    pub exclude: Vec<Patterns>,
    /// The name that standard input (`-`) goes by.
    pub stdin_name: Option<String>,
}

/// What a walk found.
#[derive(Debug, Default)]
pub struct Walked {
    /// In the order of their paths, none twice.
    pub sources: Vec<Source>,
    /// What the user should know and is no finding: files that no reader takes, ignore files with errors.
    pub notes: Vec<String>,
}

/// Paths that the user named and that do not exist.
#[derive(Debug)]
pub struct Missing(pub Vec<PathBuf>);

impl std::fmt::Display for Missing {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let paths: Vec<_> = self.0.iter().map(|path| format!("`{}`", shown(path))).collect();
        write!(formatter, "there is no file or folder {}", paths.join(", "))
    }
}

impl std::error::Error for Missing {}

/// Whether there is a reader for the kind. A new reader adds its kind here.
pub fn has_reader(kind: Kind) -> bool {
    matches!(kind, Kind::Python | Kind::Notebook | Kind::IPython | Kind::PathFile)
}

/// Lists the sources below the roots.
pub fn walk(roots: &[Root], options: &Options) -> Result<Walked, Missing> {
    let mut walked = Walked::default();
    let (mut folders, mut files, mut missing) = (Vec::new(), Vec::new(), Vec::new());
    for root in roots {
        if root.path.as_os_str() == "-" {
            files.push(root.path.clone());
            continue;
        }
        match fs::metadata(&root.path) {
            Ok(metadata) if metadata.is_dir() => match fs::canonicalize(&root.path) {
                Ok(real) => folders.push(Folder { named: root.path.clone(), real }),
                Err(_) => files.push(root.path.clone()),
            },
            Err(_) if !root.listed && root.path.symlink_metadata().is_err_and(is_not_found) => {
                missing.push(root.path.clone());
            }
            _ => files.push(root.path.clone()),
        }
    }
    if !missing.is_empty() {
        return Err(Missing(missing));
    }
    if options.force_exclude {
        files = forced::kept(files, options, &mut walked.notes);
    }
    walked.named_files(&files, options);
    walked.folders(&folders, options);
    // Where two roots overlap, a file is listed twice.
    walked.sources.sort_by(|a, b| a.path.cmp(&b.path));
    walked.sources.dedup_by(|a, b| a.path == b.path);
    walked.notes.sort();
    walked.notes.dedup();
    if walked.sources.is_empty() {
        walked.notes.push("no file to scan was found".to_owned());
    }
    Ok(walked)
}

fn is_not_found(error: std::io::Error) -> bool {
    error.kind() == std::io::ErrorKind::NotFound
}

impl Walked {
    /// Files that the user named are taken as they are: a link is read through.
    fn named_files(&mut self, files: &[PathBuf], options: &Options) {
        let mut others = Vec::new();
        for path in files {
            let source = if path.as_os_str() == "-" { stdin(options) } else { named_file(path) };
            match source.kind {
                Some(kind) if !options.every_kind && !has_reader(kind) => others.push(source.path),
                _ => self.sources.push(source),
            }
        }
        if let Some(first) = others.first() {
            self.notes.push(match others.len() {
                1 => format!("`{first}` was left out: no rule reads files of its kind"),
                count => format!("{count} files were left out, `{first}` first: no rule reads files of their kinds"),
            });
        }
    }

    fn folders(&mut self, folders: &[Folder], options: &Options) {
        let (sender, receiver) = mpsc::channel();
        for folder in folders {
            folder.walker(options).build_parallel().run(|| {
                let sender = sender.clone();
                Box::new(move |entry| {
                    // The receiver outlives the walk, so that sending cannot fail.
                    let _ = sender.send(folder.look(entry, folders, options.every_kind));
                    WalkState::Continue
                })
            });
        }
        drop(sender);
        for (source, note) in receiver {
            self.sources.extend(source);
            self.notes.extend(note);
        }
    }
}

fn stdin(options: &Options) -> Source {
    let path = options.stdin_name.as_deref().unwrap_or(STDIN);
    let kind = options.stdin_name.as_deref().map_or(Kind::Python, |name| Kind::of_name(name).unwrap_or(Kind::Python));
    Source::new(path, Content::Stdin, Some(kind))
}

/// A file that is read whatever its kind. A link is read through.
pub fn named_file(path: &Path) -> Source {
    // Where the target cannot be found out, reading the path will say why.
    let file = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let kind = if file.is_file() { kind(path, &file).ok() } else { None };
    Source::new(shown(path), Content::File(file), kind)
}

/// A file that somebody has read already, as a source: nothing is looked up.
pub fn read_before(path: &Path) -> Source {
    Source::new(shown(path), Content::File(path.to_owned()), Kind::of_name(&path.to_string_lossy()))
}

/// The kind of a file by its name or its first line; an error where the first line cannot be had.
fn kind(name: &Path, file: &Path) -> Result<Kind, std::io::Error> {
    match Kind::of_name(&name.to_string_lossy()) {
        Some(kind) => Ok(kind),
        None => read::first_bytes(file).map(|bytes| Kind::of_first_bytes(&name.to_string_lossy(), &bytes)),
    }
}

/// The path from the root of the file system on, links left as they are.
pub fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// A path for people: relative to the working directory where it lies below it, with `/` between the parts, and bytes
/// that are no UTF-8 written `\xNN`, so that no two paths look the same.
pub fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    let below = if path.is_absolute() { path.strip_prefix(&here).unwrap_or(path) } else { path };
    let mut text = String::new();
    for part in below.components().filter(|part| *part != Component::CurDir) {
        if !text.is_empty() && !text.ends_with('/') {
            text.push('/');
        }
        for chunk in part.as_os_str().as_encoded_bytes().utf8_chunks() {
            text.push_str(chunk.valid());
            text.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")));
        }
    }
    if text.is_empty() { ".".to_owned() } else { text }
}
