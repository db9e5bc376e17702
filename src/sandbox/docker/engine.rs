//! The engine: docker or podman, asked through its own program with a list of arguments, never through a shell.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use crate::sandbox::Refused;

/// Which program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    Docker,
    Podman,
}

/// An engine's program, found once.
#[derive(Debug)]
pub struct Engine {
    pub program: Program,
    path: PathBuf,
}

/// What the program may know of our environment: where its engine is, and its own files. Nothing else is handed on, since what
/// it knows may find its way into a container or a helper that it starts.
const KNOWN: [&str; 13] = [
    "PATH",
    "HOME",
    "DOCKER_HOST",
    "DOCKER_CONTEXT",
    "DOCKER_CONFIG",
    "DOCKER_CERT_PATH",
    "DOCKER_TLS_VERIFY",
    "CONTAINER_HOST",
    "CONTAINER_CONNECTION",
    "CONTAINER_SSHKEY",
    "XDG_RUNTIME_DIR",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
];

/// Beginnings of what engines say when they cannot be reached, and what is to be done then.
const UNREACHED: [(&str, &str); 6] = [
    ("Cannot connect to the Docker daemon", "the daemon does not run: start it (systemctl start docker)"),
    (
        "permission denied while trying to connect",
        "this user may not use the daemon: ask for a member of its group, or use podman",
    ),
    ("failed to connect to the docker API", "the daemon does not run: start it (systemctl start docker)"),
    ("error during connect", "the daemon that DOCKER_HOST or the context names does not answer"),
    ("Cannot connect to Podman", "the podman service does not answer: look at `podman system connection list`"),
    ("unable to resolve docker endpoint", "DOCKER_HOST or the context names no engine"),
];

impl Program {
    pub fn name(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Podman => "podman",
        }
    }
}

impl Engine {
    /// Finds the program on PATH. Folders that are not absolute do not count: they may be those of the code.
    pub fn find(program: Program) -> Result<Self, Refused> {
        let name = program.name();
        let folders = env::var_os("PATH").unwrap_or_default();
        let folders = env::split_paths(&folders).filter(|folder| folder.is_absolute());
        let path = folders.map(|folder| folder.join(name)).find(|path| is_program(path));
        let path = path.ok_or_else(|| {
            Refused::step(name, "there is no such program on PATH: install it, or use another backend")
        })?;
        Ok(Self { program, path })
    }

    /// The program with arguments, in a process group of its own, so that what a terminal sends does not reach the container
    /// past us.
    pub fn command<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(&self.path);
        command.env_clear();
        command.envs(KNOWN.iter().filter_map(|name| Some((name, env::var_os(name)?))));
        command.env("LC_ALL", "C.UTF-8").current_dir("/").args(arguments).process_group(0);
        command
    }

    /// What the engine answers. `step` is what was to be done, for the message.
    pub fn ask<A: AsRef<OsStr>>(&self, step: &str, arguments: impl IntoIterator<Item = A>) -> Result<String, Refused> {
        let output = self.command(arguments).stdin(Stdio::null()).output();
        let output = output.map_err(|error| self.refused(step, &error.to_string()))?;
        if !output.status.success() {
            return Err(self.refused(step, &complaint(&output)));
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// The same, handing it something to read.
    pub fn feed<A: AsRef<OsStr>>(
        &self,
        step: &str,
        arguments: impl IntoIterator<Item = A>,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<String, Refused> {
        let told = |error: io::Error| self.refused(step, &error.to_string());
        let mut command = self.command(arguments);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(told)?;
        let written = child.stdin.take().map_or(Ok(()), |mut stdin| write(&mut stdin));
        let output = child.wait_with_output().map_err(told)?;
        if !output.status.success() {
            return Err(self.refused(step, &complaint(&output)));
        }
        written.map_err(told)?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// The same, keeping what it prints in a file that has no name. More than `limit` bytes are an error.
    pub fn fetch<A: AsRef<OsStr>>(
        &self,
        step: &str,
        arguments: impl IntoIterator<Item = A>,
        limit: u64,
    ) -> Result<File, Refused> {
        let told = |error: io::Error| self.refused(step, &error.to_string());
        let mut command = self.command(arguments);
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(told)?;
        let copied = copy(&mut child, limit);
        if copied.is_err() {
            // It has ended already, or is to.
            let _ = child.kill();
        }
        let output = child.wait_with_output().map_err(told)?;
        let file = copied.map_err(told)?;
        if !output.status.success() {
            return Err(self.refused(step, &complaint(&output)));
        }
        Ok(file)
    }

    pub fn refused(&self, step: &str, why: &str) -> Refused {
        let known = UNREACHED.iter().find(|(words, _)| why.contains(words));
        match known {
            Some((_, advice)) => Refused::step(self.program.name(), &format!("{advice} ({why})")),
            None => Refused::step(&format!("{} {step}", self.program.name()), why),
        }
    }
}

fn copy(child: &mut Child, limit: u64) -> io::Result<File> {
    let mut file = tempfile::tempfile()?;
    let Some(stdout) = child.stdout.take() else { return Ok(file) };
    if io::copy(&mut stdout.take(limit + 1), &mut file)? > limit {
        return Err(io::Error::other(format!("more than {limit} bytes")));
    }
    Ok(file)
}

/// The last words of what a program complained about.
fn complaint(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("Run '"));
    let text = lines.collect::<Vec<_>>().join("; ");
    let text = text.strip_prefix("Error response from daemon: ").unwrap_or(&text);
    if text.is_empty() { format!("it ended with {}", output.status) } else { text.to_owned() }
}

fn is_program(path: &Path) -> bool {
    path.metadata().is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
}

/// A container that is removed when this goes out of scope.
#[derive(Debug)]
pub(super) struct Container<'e> {
    engine: &'e Engine,
    id: String,
    is_there: bool,
}

impl Engine {
    pub(super) fn create(&self, step: &str, arguments: &[OsString]) -> Result<Container<'_>, Refused> {
        let id = self.ask(step, arguments)?;
        if id.len() < 12 || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(self.refused(step, &format!("`{id}` is no container's id")));
        }
        Ok(Container { engine: self, id, is_there: true })
    }
}

impl Container<'_> {
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn remove(mut self) -> Result<(), Refused> {
        self.remove_now()
    }

    /// With all its processes, and the file systems that no other container has.
    pub(super) fn remove_now(&mut self) -> Result<(), Refused> {
        self.is_there = false;
        self.engine.ask("rm", ["rm", "--force", "--volumes", &self.id]).map(drop)
    }
}

impl Drop for Container<'_> {
    fn drop(&mut self) {
        if self.is_there {
            // Something failed already, and that is told. What cannot be removed now is removed by the next start.
            let _ = self.remove_now();
        }
    }
}
