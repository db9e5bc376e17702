//! Path patterns, in the syntax of gitignore, wherever a user names files: `exclude`, `--exclude`, `[per-file]`.

use std::path::Path;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// Patterns that belong to one folder: that of the configuration file, or the working directory for the command line.
#[derive(Clone, Debug)]
pub struct Patterns(Gitignore);

impl Patterns {
    /// Compiles patterns; the error says which one is wrong and why.
    pub fn new<'p>(base: &Path, patterns: impl IntoIterator<Item = &'p str>) -> Result<Self, String> {
        let mut builder = GitignoreBuilder::new(base);
        builder.allow_unclosed_class(false);
        for pattern in patterns {
            builder.add_line(None, pattern).map_err(|error| format!("`{pattern}` is no pattern: {error}"))?;
        }
        builder.build().map(Self).map_err(|error| error.to_string())
    }

    /// Whether a path (relative to the working directory, or absolute) matches by itself.
    pub fn matches(&self, path: &Path, is_folder: bool) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let absolute = std::path::absolute(path);
        self.0.matched(absolute.as_deref().unwrap_or(path), is_folder).is_ignore()
    }

    /// Whether a file, or a folder that it is in, matches.
    pub fn covers(&self, file: &Path) -> bool {
        let folders = file.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty());
        self.matches(file, false) || folders.into_iter().any(|folder| self.matches(folder, true))
    }
}
