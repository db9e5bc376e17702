//! The engine: docker or podman, asked through its own program with a list of arguments, never through a shell.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::patience::{self, Patient};
use crate::sandbox::Refused;

/// How long an engine may be silent when it is asked for something: long, since a machine may be busy.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long one that did not answer may be silent again.
const ONCE_MORE: Duration = Duration::from_secs(5);

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
    patience: Duration,
    /// Whether it was asked in vain: then it is not waited for so long again.
    is_silent: AtomicBool,
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

/// So that it speaks the language in which its words are looked for.
const LOCALE: &str = "LC_ALL";

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

/// Whether the program may know a variable of ours by this name.
pub(super) fn hands_on(name: &str) -> bool {
    name == LOCALE || KNOWN.contains(&name)
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
        Ok(Self { program, path, patience: PATIENCE, is_silent: AtomicBool::new(false) })
    }

    /// The same for something that takes its time.
    pub fn patient(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// How long it may be silent.
    pub(super) fn patience(&self) -> Duration {
        if self.is_silent.load(Ordering::Relaxed) { self.patience.min(ONCE_MORE) } else { self.patience }
    }

    /// An error of what it was to do.
    pub(super) fn failed(&self, step: &str, error: &io::Error) -> Refused {
        if error.kind() == ErrorKind::TimedOut {
            self.is_silent.store(true, Ordering::Relaxed);
        }
        self.refused(step, &error.to_string())
    }

    /// The program with arguments, in a process group of its own, so that what a terminal sends does not reach the container
    /// past us.
    pub fn command<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(&self.path);
        command.env_clear();
        command.envs(KNOWN.iter().filter_map(|name| Some((name, env::var_os(name)?))));
        command.env(LOCALE, "C.UTF-8").current_dir("/").args(arguments).process_group(0);
        command
    }

    /// What the engine answers. `step` is what was to be done, for the message.
    pub fn ask<A: AsRef<OsStr>>(&self, step: &str, arguments: impl IntoIterator<Item = A>) -> Result<String, Refused> {
        self.begin(step, arguments)?.answer()
    }

    /// The same without waiting for the answer: an engine can do several things at once.
    pub(super) fn begin<A: AsRef<OsStr>>(
        &self,
        step: &str,
        arguments: impl IntoIterator<Item = A>,
    ) -> Result<Asked<'_>, Refused> {
        let mut command = self.command(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().map_err(|error| self.failed(step, &error))?;
        Ok(Asked { engine: self, step: step.to_owned(), child: Some(child) })
    }

    /// The same, handing it something to read.
    pub fn feed<A: AsRef<OsStr>>(
        &self,
        step: &str,
        arguments: impl IntoIterator<Item = A>,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<String, Refused> {
        let told = |error: io::Error| self.failed(step, &error);
        let mut command = self.command(arguments);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(told)?;
        let patience = self.patience();
        let written = child.stdin.take().map_or(Ok(()), |end| write(&mut Patient { end, patience }));
        if matches!(&written, Err(error) if error.kind() == ErrorKind::TimedOut) {
            patience::end(&mut child, Duration::ZERO);
            return written.map_err(told).map(|()| String::new());
        }
        let output = patience::output(child, patience).map_err(told)?;
        if !output.status.success() {
            return Err(self.refused(step, &complaint(&output)));
        }
        written.map_err(told)?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// The same, keeping what it prints in a file that has no name; nothing where that is more than `limit` bytes.
    pub fn fetch<A: AsRef<OsStr>>(
        &self,
        step: &str,
        arguments: impl IntoIterator<Item = A>,
        limit: u64,
    ) -> Result<Option<File>, Refused> {
        let told = |error: io::Error| self.failed(step, &error);
        let mut command = self.command(arguments);
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(told)?;
        let copied = copy(&mut child, limit, self.patience());
        if !matches!(copied, Ok(Some(_))) {
            // It has ended already, or is to.
            let _ = child.kill();
        }
        let output = patience::output(child, self.patience()).map_err(told)?;
        let Some(file) = copied.map_err(told)? else { return Ok(None) };
        if !output.status.success() {
            return Err(self.refused(step, &complaint(&output)));
        }
        Ok(Some(file))
    }

    pub fn refused(&self, step: &str, why: &str) -> Refused {
        let known = UNREACHED.iter().find(|(words, _)| why.contains(words));
        match known {
            Some((_, advice)) => Refused::step(self.program.name(), &format!("{advice} ({why})")),
            None => Refused::step(&format!("{} {step}", self.program.name()), why),
        }
    }
}

fn copy(child: &mut Child, limit: u64, patience: Duration) -> io::Result<Option<File>> {
    let told = |error: io::Error| {
        let folder = env::temp_dir();
        match error.kind() {
            ErrorKind::TimedOut => error,
            _ => io::Error::other(format!("{}: {error} (TMPDIR may name another folder)", folder.display())),
        }
    };
    let mut file = tempfile::tempfile().map_err(told)?;
    let Some(end) = child.stdout.take() else { return Ok(Some(file)) };
    let copied = io::copy(&mut Patient { end, patience }.take(limit + 1), &mut file).map_err(told)?;
    Ok((copied <= limit).then_some(file))
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

/// What an engine was asked, and has not answered yet.
#[derive(Debug)]
pub(super) struct Asked<'e> {
    engine: &'e Engine,
    step: String,
    child: Option<Child>,
}

impl Asked<'_> {
    pub(super) fn answer(mut self) -> Result<String, Refused> {
        self.wait()
    }

    fn wait(&mut self) -> Result<String, Refused> {
        let refused = |why: &str| self.engine.refused(&self.step, why);
        let Some(child) = self.child.take() else { return Err(refused("it was answered already")) };
        let output = patience::output(child, self.engine.patience());
        let output = output.map_err(|error| self.engine.failed(&self.step, &error))?;
        if !output.status.success() {
            return Err(refused(&complaint(&output)));
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        if self.child.is_some() {
            // Whoever asked has met an error elsewhere, and tells that.
            let _ = self.wait();
        }
    }
}

/// A container in the making.
#[derive(Debug)]
pub(super) struct Making<'e> {
    asked: Option<Asked<'e>>,
    engine: &'e Engine,
}

impl<'e> Making<'e> {
    pub(super) fn made(mut self) -> Result<Container<'e>, Refused> {
        self.wait()
    }

    fn wait(&mut self) -> Result<Container<'e>, Refused> {
        let id = self.asked.take().map_or(Ok(String::new()), Asked::answer)?;
        if id.len() < 12 || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(self.engine.refused("create", &format!("`{id}` is no container's id")));
        }
        Ok(Container { engine: self.engine, id, is_there: true })
    }
}

impl Drop for Making<'_> {
    fn drop(&mut self) {
        if self.asked.is_some() {
            // Made for nothing: it goes out of scope at once.
            drop(self.wait());
        }
    }
}

/// A container that is removed when this goes out of scope.
#[derive(Debug)]
pub(super) struct Container<'e> {
    engine: &'e Engine,
    id: String,
    is_there: bool,
}

impl Engine {
    pub(super) fn create(&self, arguments: &[OsString]) -> Result<Making<'_>, Refused> {
        Ok(Making { asked: Some(self.begin("create", arguments)?), engine: self })
    }

    /// Removes containers with all their processes, and the file systems that no other container has.
    pub(super) fn remove(&self, containers: &mut [&mut Container<'_>]) -> Result<(), Refused> {
        for container in containers.iter_mut() {
            container.is_there = false;
        }
        let all = containers.iter().map(|container| container.id());
        self.ask("rm", ["rm", "--force", "--volumes"].into_iter().chain(all)).map(drop)
    }
}

impl Container<'_> {
    pub(super) fn id(&self) -> &str {
        &self.id
    }
}

impl Drop for Container<'_> {
    fn drop(&mut self) {
        if self.is_there {
            // Something failed already, and that is told. What cannot be removed now is removed by the next start.
            let _ = self.engine.remove(&mut [self]);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn a_daemon_that_hangs_is_told_and_not_waited_for() {
        let (path, is_silent) = (PathBuf::from("/bin/sleep"), AtomicBool::new(false));
        let engine = Engine { program: Program::Docker, path, patience: Duration::from_millis(200), is_silent };
        let asked = Instant::now();
        let told = [
            engine.ask("kill", ["60"]).unwrap_err(),
            engine.feed("cp", ["60"], |out| out.write_all(&vec![0; 1 << 20])).unwrap_err(),
            engine.fetch("cp", ["60"], 1 << 20).unwrap_err(),
            engine.create(&["60".into()]).unwrap().made().unwrap_err(),
        ];
        assert!(asked.elapsed() < Duration::from_secs(30));
        for refused in told {
            assert!(refused.to_string().contains("no answer within 0.2 s: the daemon seems to hang"), "{refused}");
        }
        assert_eq!(engine.patient(Duration::from_secs(60)).patience(), ONCE_MORE);
    }
}
