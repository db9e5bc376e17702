//! The workspace: where a script may write, and how a path lies to it.

use super::place::{Target, is_hole, is_home};
use crate::rule::Reach;
use crate::value::HOLE;

/// The folder in which a script works, as far as it is known. Relative paths are taken to start there.
#[derive(Clone, Debug, Default)]
pub struct Workspace {
    root: Option<String>,
}

impl Workspace {
    /// The workspace at an absolute path.
    pub fn at(root: impl Into<String>) -> Self {
        Self { root: Some(root.into()) }
    }

    /// How a path lies to the workspace.
    pub(super) fn reach(&self, text: &str, target: &Target<'_>) -> Reach {
        let names = target.names.as_slice();
        if target.is_absolute {
            return self.of_absolute(text, names);
        }
        match names {
            [first, ..] if is_home(first) || is_drive(first) => Reach::Outside,
            [first, rest @ ..] if first.starts_with(HOLE) => {
                // Out of a folder that is not known, and into one of the system.
                let climbs = rest.iter().take_while(|name| **name == "..").count();
                let enters = rest.get(climbs).is_some_and(|name| SYSTEM.contains(name));
                let leaves = climbs > 0 && enters || climbs > DEPTH;
                if is_hole(first) && leaves { Reach::Outside } else { Reach::Unknown }
            }
            ["$TMPDIR" | "%TEMP%" | "%TMP%", ..] => Reach::Temporary,
            ["..", ..] => Reach::Outside,
            _ if text.contains(HOLE) => Reach::InsideComputed,
            _ => Reach::Inside,
        }
    }

    fn of_absolute(&self, text: &str, names: &[&str]) -> Reach {
        if let Some(root) = &self.root {
            let root = Target::new(root);
            if root.is_absolute && names.starts_with(&root.names) && !names.contains(&"..") {
                return if text.contains(HOLE) { Reach::InsideComputed } else { Reach::Inside };
            }
        }
        match names {
            // What is written there is gone, or shown.
            ["dev", "null" | "zero" | "full" | "stdin" | "stdout" | "stderr" | "urandom" | "random"] => Reach::Inside,
            ["dev", "fd", _] => Reach::Inside,
            _ if names.contains(&"..") => Reach::Outside,
            // As `tempfile` names what it makes.
            ["tmp", name, ..] if name.strip_prefix("tmp").is_some_and(is_hole) => Reach::OwnTemporary,
            ["tmp", ..] | ["private" | "var", "tmp", ..] | ["dev", "shm", ..] => Reach::Temporary,
            _ => Reach::Outside,
        }
    }
}

/// So many folders above one that is not known may still be in the workspace.
const DEPTH: usize = 2;

/// Folders at the root of a system.
const SYSTEM: [&str; 16] = [
    "bin", "boot", "dev", "etc", "home", "lib", "opt", "proc", "root", "run", "sbin", "srv", "sys", "tmp", "usr", "var",
];

fn is_drive(name: &str) -> bool {
    matches!(name.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_inside_outside_or_in_between() {
        let workspace = Workspace::at("/srv/project");
        for (path, expected) in [
            ("out.csv", Reach::Inside),
            ("a/../b", Reach::Inside),
            ("/srv/project/a", Reach::Inside),
            ("/dev/null", Reach::Inside),
            (":memory:", Reach::Inside),
            ("out/\u{F8FE}.csv", Reach::InsideComputed),
            ("/srv/project/\u{F8FE}", Reach::InsideComputed),
            ("/srv/projects", Reach::Outside),
            ("/srv/project/../other", Reach::Outside),
            ("a/../../b", Reach::Outside),
            ("../b", Reach::Outside),
            ("~/b", Reach::Outside),
            ("$HOME/b", Reach::Outside),
            ("C:\\b", Reach::Outside),
            ("/\u{F8FE}", Reach::Outside),
            ("\u{F8FE}/../../etc/passwd", Reach::Outside),
            ("/tmp/../etc/passwd", Reach::Outside),
            ("/tmp/x", Reach::Temporary),
            ("/tmp/tmp\u{F8FE}/x", Reach::OwnTemporary),
            ("/tmp/\u{F8FE}/x", Reach::Temporary),
            ("/tmp/x\u{F8FE}", Reach::Temporary),
            ("/var/tmp/x", Reach::Temporary),
            ("\u{F8FE}", Reach::Unknown),
            ("\u{F8FE}/../data", Reach::Unknown),
            ("\u{F8FE}/../../data", Reach::Unknown),
            ("\u{F8FE}/../../../data", Reach::Outside),
            ("\u{F8FE}.csv", Reach::Unknown),
        ] {
            assert_eq!(workspace.reach(path, &Target::new(path)), expected, "{path}");
        }
        assert_eq!(Workspace::default().reach("/srv/a", &Target::new("/srv/a")), Reach::Outside);
    }
}
