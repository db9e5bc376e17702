//! Places: patterns of paths, as the models write them, and the paths that lie in them.

use crate::value::HOLE;

/// A pattern: `~` is any home folder, `*` stands for part of a name, `**` for any names; a pattern that does not start at a
/// root matches at any depth.
#[derive(Debug)]
pub(super) struct Place<'p> {
    root: Root,
    names: Vec<&'p str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Root {
    Home,
    System,
    Anywhere,
}

/// A path that code names, as far as it is known.
#[derive(Debug)]
pub(super) struct Target<'t> {
    is_absolute: bool,
    names: Vec<&'t str>,
}

impl<'t> Target<'t> {
    pub(super) fn new(path: &'t str) -> Self {
        let is_separator = |c| matches!(c, '/' | '\\');
        // What is longer is no path.
        let names = path.split(is_separator).take_while(|_| path.len() <= LONGEST);
        Self {
            is_absolute: path.starts_with(is_separator),
            names: names.filter(|name| !name.is_empty() && *name != ".").collect(),
        }
    }

    /// What stands below a home folder; a folder that is not known may be one.
    fn below_home(&self) -> Option<&[&'t str]> {
        let is_hole = |name: &str| name.chars().eq([HOLE]);
        match self.names.as_slice() {
            [first, rest @ ..] if first.starts_with('~') || matches!(*first, "$HOME" | "${HOME}") => Some(rest),
            [first, rest @ ..] if is_hole(first) => Some(rest),
            ["home" | "Users", _, rest @ ..] | ["root", rest @ ..] if self.is_absolute => Some(rest),
            _ => None,
        }
    }
}

/// No system opens a longer path: Linux takes 4,096 bytes, Windows 32,767 characters.
const LONGEST: usize = 1 << 16;

impl<'p> Place<'p> {
    pub(super) fn new(pattern: &'p str) -> Self {
        let (root, rest) = match (pattern.strip_prefix("~/"), pattern.strip_prefix('/')) {
            (Some(rest), _) => (Root::Home, rest),
            (_, Some(rest)) => (Root::System, rest),
            _ => (Root::Anywhere, pattern),
        };
        Self { root, names: rest.split('/').filter(|name| !name.is_empty()).collect() }
    }

    /// Whether the path lies in this place.
    pub(super) fn holds(&self, target: &Target<'_>) -> bool {
        match self.root {
            Root::Home => target.below_home().is_some_and(|names| glob(names, &self.names)),
            Root::System => target.is_absolute && glob(&target.names, &self.names),
            Root::Anywhere => (0..target.names.len()).any(|start| glob(&target.names[start..], &self.names)),
        }
    }
}

fn glob(parts: &[&str], pattern: &[&str]) -> bool {
    match pattern {
        [] => parts.is_empty(),
        ["**"] => true,
        ["**", rest @ ..] => (0..=parts.len()).any(|start| glob(&parts[start..], rest)),
        [first, rest @ ..] => {
            parts.split_first().is_some_and(|(part, others)| name_matches(part, first) && glob(others, rest))
        }
    }
}

/// One name against a pattern in which `*` stands for any characters.
fn name_matches(name: &str, pattern: &str) -> bool {
    let Some((prefix, rest)) = pattern.split_once('*') else { return name == pattern };
    let Some(tail) = name.strip_prefix(prefix) else { return false };
    tail.char_indices().map(|(at, _)| at).chain([tail.len()]).any(|at| name_matches(&tail[at..], rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_in(path: &str, pattern: &str) -> bool {
        Place::new(pattern).holds(&Target::new(path))
    }

    #[test]
    fn places_hold_what_their_patterns_say() {
        for (path, pattern) in [
            ("~/.ssh/id_rsa", "~/.ssh/**"),
            ("/home/ann/.ssh/id_rsa", "~/.ssh/**"),
            ("\u{F8FE}/.ssh/keys/a", "~/.ssh/**"),
            ("/root/.netrc", "~/.netrc"),
            ("/proc/\u{F8FE}/environ", "/proc/*/environ"),
            ("project/.env", ".env"),
            ("a/.git/hooks/pre-commit", ".git/hooks/**"),
            ("lib/evil.pth", "*.pth"),
        ] {
            assert!(is_in(path, pattern), "{path} in {pattern}");
        }
        for (path, pattern) in [
            ("~/notes/.ssh", "~/.ssh/**"),
            ("/srv/home/ann/.netrc", "~/.netrc"),
            ("project/.env.example", ".env"),
            ("proc/1/environ", "/proc/*/environ"),
        ] {
            assert!(!is_in(path, pattern), "{path} not in {pattern}");
        }
    }
}
