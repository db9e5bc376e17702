//! Places: patterns of paths, as the models write them, and the paths that lie in them.

mod paths;

use crate::model::PlaceModel;
use crate::value::HOLE;
pub use paths::Paths;

/// A place with its patterns taken apart.
#[derive(Debug)]
pub(super) struct Place<'p> {
    patterns: Vec<Pattern<'p>>,
    except: Vec<Pattern<'p>>,
}

/// `~` is any home folder, `*` stands for part of a name, `**` for any names; a pattern that does not start at a root matches
/// at any depth.
#[derive(Debug)]
struct Pattern<'p> {
    root: Root,
    names: Vec<&'p str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Root {
    Home,
    System,
    Anywhere,
}

/// A path that code names, as far as it is known, with `.` and `..` done away with where that can be.
#[derive(Debug)]
pub(super) struct Target<'t> {
    pub(super) is_absolute: bool,
    pub(super) names: Vec<&'t str>,
}

impl<'t> Target<'t> {
    pub(super) fn new(path: &'t str) -> Self {
        let is_separator = |c| matches!(c, '/' | '\\');
        // SQLite and others take a path as a URL.
        let path = path.strip_prefix("file://").or_else(|| path.strip_prefix("file:")).unwrap_or(path);
        let is_absolute = path.starts_with(is_separator);
        let mut names: Vec<&str> = Vec::new();
        // What is longer is no path.
        for name in path.split(is_separator).take_while(|_| path.len() <= LONGEST) {
            match (name, names.last()) {
                ("" | ".", _) => {}
                ("..", None) if is_absolute => {}
                ("..", Some(last)) if *last != ".." && !last.contains([HOLE, '~', '$', '%']) => {
                    names.pop();
                }
                _ => names.push(name),
            }
        }
        Self { is_absolute, names }
    }

    /// What stands below a home folder; a folder that is not known may be one.
    fn below_home(&self) -> Option<&[&'t str]> {
        match self.names.as_slice() {
            [first, rest @ ..] if is_home(first) => Some(rest),
            [first, rest @ ..] if is_hole(first) => Some(rest),
            ["home" | "Users", _, rest @ ..] | ["root", rest @ ..] if self.is_absolute => Some(rest),
            [drive, "Users", _, rest @ ..] if drive.ends_with(':') => Some(rest),
            _ => None,
        }
    }
}

/// Whether the first name of a path stands for a home folder.
pub(super) fn is_home(name: &str) -> bool {
    name.starts_with('~') || matches!(name, "$HOME" | "${HOME}" | "%USERPROFILE%" | "%APPDATA%" | "%LOCALAPPDATA%")
}

pub(super) fn is_hole(name: &str) -> bool {
    name.chars().eq([HOLE])
}

/// No system opens a longer path: Linux takes 4,096 bytes, Windows 32,767 characters.
const LONGEST: usize = 1 << 16;

impl<'p> Place<'p> {
    pub(super) fn new(model: &'p PlaceModel) -> Self {
        let patterns = |patterns: &'p [String]| patterns.iter().map(|pattern| Pattern::new(pattern)).collect();
        Self { patterns: patterns(&model.path), except: patterns(&model.except) }
    }

    /// Whether the path lies in this place.
    pub(super) fn holds(&self, target: &Target<'_>) -> bool {
        let is_in = |patterns: &[Pattern<'_>]| patterns.iter().any(|pattern| pattern.holds(target));
        is_in(&self.patterns) && !is_in(&self.except)
    }
}

impl<'p> Pattern<'p> {
    fn new(pattern: &'p str) -> Self {
        let (root, rest) = match (pattern.strip_prefix("~/"), pattern.strip_prefix('/')) {
            (Some(rest), _) => (Root::Home, rest),
            (_, Some(rest)) => (Root::System, rest),
            _ => (Root::Anywhere, pattern),
        };
        Self { root, names: rest.split('/').filter(|name| !name.is_empty()).collect() }
    }

    fn holds(&self, target: &Target<'_>) -> bool {
        match self.root {
            Root::Home => target.below_home().is_some_and(|names| glob(names, &self.names, is_name_of)),
            Root::System => target.is_absolute && glob(&target.names, &self.names, is_name_of),
            Root::Anywhere => {
                (0..target.names.len()).any(|start| glob(&target.names[start..], &self.names, is_name_of))
            }
        }
    }
}

/// Whether names fit those of a pattern, each as `is_name` says.
fn glob(parts: &[&str], pattern: &[impl AsRef<str>], is_name: fn(&str, &str) -> bool) -> bool {
    match pattern.split_first().map(|(first, rest)| (first.as_ref(), rest)) {
        None => parts.is_empty(),
        Some(("**", [])) => true,
        Some(("**", rest)) => (0..=parts.len()).any(|start| glob(&parts[start..], rest, is_name)),
        Some((first, rest)) => {
            parts.split_first().is_some_and(|(part, others)| is_name(part, first) && glob(others, rest, is_name))
        }
    }
}

/// Whether a name fits a pattern; or, where code leaves it to `glob` to find files, whether it asks for what the pattern says.
fn is_name_of(name: &str, pattern: &str) -> bool {
    let asks = || {
        // A wildcard at the beginning passes over hidden files.
        let is_hidden = pattern.starts_with('.') && name.starts_with(['*', '?']);
        let letters = name.chars().filter(|c| !matches!(c, '*' | '?')).count();
        name.contains(['*', '?'])
            && !is_hidden
            && letters > 1
            && !name.starts_with(['*', '?', HOLE])
            && name_matches(pattern, name)
    };
    name_matches(name, pattern) || asks()
}

/// One name against a pattern in which `*` stands for any characters and `?` for one.
pub(super) fn name_matches(name: &str, pattern: &str) -> bool {
    let Some(at) = pattern.find(['*', '?']) else { return name == pattern };
    let (prefix, rest) = pattern.split_at(at);
    let Some(tail) = name.strip_prefix(prefix) else { return false };
    if let Some(rest) = rest.strip_prefix('?') {
        let mut characters = tail.chars();
        return characters.next().is_some() && name_matches(characters.as_str(), rest);
    }
    let rest = rest.trim_start_matches('*');
    tail.char_indices().map(|(at, _)| at).chain([tail.len()]).any(|at| name_matches(&tail[at..], rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_in(path: &str, pattern: &str) -> bool {
        Pattern::new(pattern).holds(&Target::new(path))
    }

    #[test]
    fn places_hold_what_their_patterns_say() {
        for (path, pattern) in [
            ("~/.ssh/id_rsa", "~/.ssh/**"),
            ("/home/ann/.ssh/id_rsa", "~/.ssh/**"),
            ("\u{F8FE}/.ssh/keys/a", "~/.ssh/**"),
            ("/root/.netrc", "~/.netrc"),
            ("C:\\Users\\ann\\.netrc", "~/.netrc"),
            ("/proc/\u{F8FE}/environ", "/proc/*/environ"),
            ("project/.env", ".env"),
            ("a/.git/hooks/pre-commit", ".git/hooks/**"),
            ("lib/evil.pth", "*.pth"),
            ("/tmp/../etc/./shadow", "/etc/shadow"),
            ("../../.env", ".env"),
            ("file:/etc/shadow", "/etc/shadow"),
            ("~/.s*h/id_*", "~/.ssh/**"),
            ("/etc/sh?dow", "/etc/shadow"),
        ] {
            assert!(is_in(path, pattern), "{path} in {pattern}");
        }
        for (path, pattern) in [
            ("~/notes/.ssh", "~/.ssh/**"),
            ("/srv/home/ann/.netrc", "~/.netrc"),
            ("project/.env.example", ".env"),
            ("proc/1/environ", "/proc/*/environ"),
            ("/etc/shadow/../hosts", "/etc/shadow"),
            ("data/*", ".env"),
            ("*.csv", ".env"),
            ("data/*.txt", ".vault_pass.txt"),
        ] {
            assert!(!is_in(path, pattern), "{path} not in {pattern}");
        }
    }
}
