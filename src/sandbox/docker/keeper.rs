//! The keeper: a container in which nothing of the job runs, and that holds the job's file systems from before the script
//! starts until they are read. It lives as long as its standard input, of which we hold the other end.

use std::ffi::OsString;
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::archive::{self, Archive};
use super::container::owner;
use super::engine::{Container, Engine, Program};
use super::patience::{self, Patient};
use crate::cell::Cell;
use crate::sandbox::{Entry, Ground, Job, Laid, Refused};

/// How long a word may take on its way through the engine, in seconds.
const PATIENCE: i64 = 10;
/// What runc and crun say of a program that is not there.
const ABSENT: [&str; 2] = ["no such file or directory", "executable file not found"];

#[derive(Debug)]
pub(super) struct Keeper<'e> {
    engine: &'e Engine,
    container: Container<'e>,
    attached: Option<Attached>,
}

/// The engine's program that is attached to the container.
#[derive(Debug)]
struct Attached {
    child: Child,
    stdin: ChildStdin,
    stdout: ChildStdout,
}

impl<'e> Keeper<'e> {
    pub(super) fn create(engine: &'e Engine, arguments: &[OsString]) -> Result<Self, Refused> {
        Ok(Self { engine, container: engine.create(arguments)?.made()?, attached: None })
    }

    pub(super) fn id(&self) -> &str {
        self.container.id()
    }

    /// Starts it, and waits until its file systems are there: what is laid before would be lost.
    pub(super) fn start(&mut self, job: &Job) -> Result<(), Refused> {
        let told = |why: &str| self.engine.refused("start", why);
        let mut command = self.engine.command(["start", "--attach", "--interactive", self.container.id()]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| told(&error.to_string()))?;
        let (stdin, mut stdout) = (child.stdin.take(), child.stdout.take());
        let mut said = [0; 5];
        let patience = self.engine.patience();
        let ready = stdout.as_mut().map(|end| Patient { end, patience }.read_exact(&mut said));
        match (ready, stdin, stdout) {
            (Some(Ok(())), Some(stdin), Some(stdout)) if said == *b"ready" => {
                self.attached = Some(Attached { child, stdin, stdout });
                Ok(())
            }
            (Some(Err(error)), ..) if error.kind() == ErrorKind::TimedOut => {
                patience::end(&mut child, Duration::ZERO);
                Err(self.engine.failed("start", &error))
            }
            (_, stdin, _) => {
                drop(stdin);
                let output = patience::output(child, patience).map_err(|error| self.engine.failed("start", &error))?;
                let why = String::from_utf8_lossy(&output.stderr);
                let why = why.trim().trim_start_matches("Error response from daemon: ");
                Err(match job.interpreter.first() {
                    Some(program) if ABSENT.iter().any(|words| why.contains(words)) => {
                        Refused::Program { path: program.into(), why: "the image has no such program".to_owned() }
                    }
                    _ if why.is_empty() => told("the interpreter of the image did not start"),
                    _ => told(why),
                })
            }
        }
    }

    /// Lays the script, the files of the workspace and those that are handed in.
    pub(super) fn lay(&self, ground: &Ground, job: &Job) -> Result<(), Refused> {
        let owner = owner(ground.cell.workspace);
        self.copy("/workspace", &job.folders, job.files.iter().map(part), owner)?;
        self.copy("/input", &[], job.inputs.iter().map(part), 0)?;
        let alone = job.script.strip_prefix("/script").ok().map(|name| (name, &*job.script_bytes, false));
        self.copy("/script", &[], alone.into_iter(), 0)
    }

    fn copy<'f>(
        &self,
        place: &str,
        folders: &[PathBuf],
        files: impl ExactSizeIterator<Item = (&'f Path, &'f [u8], bool)>,
        owner: u32,
    ) -> Result<(), Refused> {
        let is_owned = owner == 0 || self.engine.program == Program::Docker;
        if files.len() + folders.len() == 0 && is_owned {
            return Ok(());
        }
        let place = format!("{}:{place}", self.container.id());
        // Else podman gives all of it to the user of the keeper.
        let as_it_is = (self.engine.program == Program::Podman).then_some("--archive=false");
        let arguments = ["cp"].into_iter().chain(as_it_is).chain(["-", &place]);
        self.engine.feed("cp", arguments, |out| archive::write(folders, files, owner, out)).map(drop)
    }

    /// The last word of the script's first process, where there is one.
    pub(super) fn word(&mut self) -> Option<u8> {
        let Attached { stdin, stdout, .. } = self.attached.as_mut()?;
        stdin.write_all(b"?").ok()?;
        let mut watched = [PollFd::new(&*stdout, PollFlags::IN)];
        poll(&mut watched, Some(&Timespec { tv_sec: PATIENCE, tv_nsec: 0 })).ok().filter(|ready| *ready > 0)?;
        let mut said = [0];
        stdout.read_exact(&mut said).ok()?;
        Some(said[0])
    }

    /// What lies in the workspace. Nothing runs any more that could change it meanwhile.
    pub(super) fn take(&mut self, cell: &Cell) -> io::Result<Archive> {
        // An archive needs a block for each file and its end beside what is in them.
        let limit = cell.limits.workspace() + (cell.limits.workspace_files + 16) * 4096;
        let from = format!("{}:/workspace", self.container.id());
        let file = match self.engine.fetch("cp", ["cp", &from, "-"], limit) {
            Ok(Some(file)) => file,
            Ok(None) => return Err(Entry::too_much(cell.limits.workspace())),
            Err(refused) => return Err(io::Error::other(refused.cause())),
        };
        // Had it ended, the engine would have shown a file system that is empty.
        let is_there = self.attached.as_mut().is_some_and(|attached| matches!(attached.child.try_wait(), Ok(None)));
        if !is_there {
            return Err(io::Error::other("the container that holds the workspace ended too early"));
        }
        Archive::read(file)
    }

    /// Removes both containers.
    pub(super) fn remove(mut self, mut script: Container<'e>) -> Result<(), Refused> {
        self.engine.remove(&mut [&mut script, &mut self.container])
    }

    /// The program that is attached ends with the container.
    fn reap(&mut self) {
        if let Some(Attached { mut child, stdin, stdout }) = self.attached.take() {
            drop((stdin, stdout));
            patience::end(&mut child, self.engine.patience());
        }
    }
}

fn part(file: &Laid) -> (&Path, &[u8], bool) {
    (&file.path, &file.bytes, file.executable)
}

impl Drop for Keeper<'_> {
    fn drop(&mut self) {
        // Ends by itself with its input, whatever becomes of the removal.
        self.reap();
    }
}
