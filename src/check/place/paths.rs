//! Places, for whoever has the path of a file and no code. Names are compared as the most lenient file system would: what is
//! another name here may be the same one where the file ends up.

use std::borrow::Cow;
use std::path::{Component, Path};

use super::{glob, name_matches};
use crate::pack::Pack;

/// A place of the models.
#[derive(Debug)]
pub struct Paths<'p> {
    patterns: Vec<Pattern<'p>>,
    except: Vec<Pattern<'p>>,
}

#[derive(Debug)]
struct Pattern<'p> {
    from_root: bool,
    names: Vec<Cow<'p, str>>,
}

impl<'p> Paths<'p> {
    /// The place of that name; one that holds nothing where there is none.
    pub fn named(pack: &'p Pack, name: &str) -> Self {
        let place = pack.models.places.iter().find(|place| place.name == name);
        let patterns = |patterns: &'p [String]| patterns.iter().map(|pattern| Pattern::new(pattern)).collect();
        Self {
            patterns: place.map(|place| patterns(&place.path)).unwrap_or_default(),
            except: place.map(|place| patterns(&place.except)).unwrap_or_default(),
        }
    }

    /// Whether a path without `..` lies there, whichever folder on its way is taken for a home folder. Only `/` separates
    /// its names, and nothing in them stands for anything else.
    pub fn hold(&self, path: &Path) -> bool {
        let names = path.components().filter_map(|part| match part {
            Component::Normal(name) => Some(name.to_string_lossy()),
            _ => None,
        });
        let names: Vec<Cow<'_, str>> = names.collect();
        let names: Vec<Cow<'_, str>> = names.iter().map(|name| folded(name)).collect();
        let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
        (0..names.len()).any(|start| {
            let is_root = start == 0 && path.has_root();
            let is_in = |patterns: &[Pattern<'_>]| patterns.iter().any(|one| one.holds(&names[start..], is_root));
            is_in(&self.patterns) && !is_in(&self.except)
        })
    }
}

impl<'p> Pattern<'p> {
    fn new(pattern: &'p str) -> Self {
        let rest = pattern.strip_prefix("~/").unwrap_or(pattern);
        Self {
            from_root: rest.starts_with('/'),
            names: rest.split('/').filter(|name| !name.is_empty()).map(folded).collect(),
        }
    }

    fn holds(&self, names: &[&str], is_root: bool) -> bool {
        (is_root || !self.from_root) && glob(names, &self.names, name_matches)
    }
}

/// A name without what some file system passes over: case (vfat, NTFS, APFS, folders of ext4 that fold it), code points that are
/// not shown (HFS+, and ext4 again), dots and spaces at the end (Windows).
fn folded(name: &str) -> Cow<'_, str> {
    const CUT: [char; 2] = ['.', ' '];
    if name.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) {
        return Cow::Borrowed(name.trim_end_matches(CUT));
    }
    let shown: String = name.chars().filter(|c| !is_ignorable(*c)).collect();
    // Upper case first: some letters are the small ones of others only by way of it.
    Cow::Owned(shown.to_uppercase().to_lowercase().trim_end_matches(CUT).to_owned())
}

/// The property `Default_Ignorable_Code_Point` of Unicode, in ranges.
fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_in(path: &str, pattern: &str) -> bool {
        let paths = Paths { patterns: vec![Pattern::new(pattern)], except: vec![Pattern::new("~/.ssh/*.pub")] };
        paths.hold(Path::new(path))
    }

    #[test]
    fn paths_lie_where_any_file_system_would_have_them() {
        for (path, pattern) in [
            (".ssh/id", "~/.ssh/**"),
            ("/srv/copy/.ssh/id", "~/.ssh/**"),
            (".ssh/x.pub/.ssh/id", "~/.ssh/**"),
            ("/etc/shadow", "/etc/shadow"),
            (".GIT/Hooks/pre-commit", ".git/hooks/**"),
            (".git\u{200c}/hooks/x", ".git/hooks/**"),
            (".git. ./hooks/x", ".git/hooks/**"),
            ("claude.md", "CLAUDE.md"),
            (".ba\u{17f}hrc", ".bashrc"),
            (".\u{212a}de", ".kde"),
        ] {
            assert!(is_in(path, pattern), "{path} in {pattern}");
        }
        for (path, pattern) in [
            (".ssh/id.pub", "~/.ssh/**"),
            ("copy/etc/shadow", "/etc/shadow"),
            ("/copy/etc/shadow", "/etc/shadow"),
            ("x\\.env", ".env"),
            (".e*", ".env"),
            (".git.x/hooks/x", ".git/hooks/**"),
        ] {
            assert!(!is_in(path, pattern), "{path} not in {pattern}");
        }
    }
}
