//! The real program in a folder of its own.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// A folder that looks like the root of a repository, so that nothing above it is consulted.
pub(crate) struct Tree(tempfile::TempDir);

impl Tree {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let tree = Self(tempfile::tempdir().unwrap());
        fs::create_dir(tree.path().join(".git")).unwrap();
        files.iter().for_each(|(path, text)| tree.write(path, text));
        tree
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).unwrap()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
        command.args(arguments).current_dir(self.path()).env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
        // Advisories that the user of this machine keeps are none of a test's.
        command.env_remove("PORTCULLIS_DB").env("XDG_DATA_HOME", self.path().join("no-such-data"));
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Done {
        self.run_with_input(arguments, b"")
    }

    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &[u8]) -> Done {
        let mut command = self.command(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // A program that reads no input may be gone by now.
        let _ = child.stdin.take().unwrap().write_all(input);
        Done::from(child.wait_with_output().unwrap())
    }

    /// Scans with the given arguments and prints one line a finding.
    pub(crate) fn scan(&self, arguments: &[&str]) -> Done {
        self.run(&[&["scan", "--output-format", "concise"], arguments].concat())
    }
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Done {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Done {
    /// Path and rule of each finding that a concise report lists.
    pub(crate) fn findings(&self) -> Vec<(&str, &str)> {
        let lines = self.stdout.lines().map(|line| {
            let (place, rest) = line.split_once(": ").unwrap();
            (place.split(':').next().unwrap(), rest.split(' ').next().unwrap())
        });
        lines.collect()
    }

    /// Paths of the files that could not be read.
    pub(crate) fn unread(&self) -> Vec<&str> {
        self.findings().into_iter().filter(|(_, rule)| *rule == "any/unread").map(|(path, _)| path).collect()
    }
}
