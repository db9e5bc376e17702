//! The keeper: a container in which nothing of the job runs, and that holds the job's file systems from before the script
//! starts until they are read. It lives as long as its standard input, of which we hold the other end.

use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Stdio};

use super::archive::{self, Archive};
use super::container::owner;
use super::engine::{Container, Engine};
use crate::cell::Cell;
use crate::sandbox::{Ground, Job, Laid, Refused};

/// What runc and crun say of a program that is not there.
const ABSENT: [&str; 2] = ["no such file or directory", "executable file not found"];

#[derive(Debug)]
pub(super) struct Keeper<'e> {
    engine: &'e Engine,
    container: Container<'e>,
    attached: Option<(Child, ChildStdin)>,
}

impl<'e> Keeper<'e> {
    pub(super) fn create(engine: &'e Engine, arguments: &[OsString]) -> Result<Self, Refused> {
        Ok(Self { engine, container: engine.create("create", arguments)?, attached: None })
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
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let mut word = [0; 5];
        let ready = stdout.map(|mut stdout| stdout.read_exact(&mut word));
        match (ready, stdin) {
            (Some(Ok(())), Some(stdin)) if word == *b"ready" => {
                self.attached = Some((child, stdin));
                Ok(())
            }
            (_, stdin) => {
                drop(stdin);
                let mut why = String::new();
                if let Some(stderr) = child.stderr.take() {
                    // What cannot be read leaves the message shorter.
                    let _ = stderr.take(4096).read_to_string(&mut why);
                }
                let _ = child.wait();
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
        if files.len() + folders.len() == 0 {
            return Ok(());
        }
        let to = ["cp", "-", &format!("{}:{place}", self.container.id())];
        self.engine.feed("cp", to, |out| archive::write(folders, files, owner, out)).map(drop)
    }

    /// What lies in the workspace. Nothing runs any more that could change it meanwhile.
    pub(super) fn take(&mut self, cell: &Cell) -> Result<Archive, Refused> {
        // An archive needs a block for each file and its end beside what is in them.
        let limit = cell.limits.workspace() + (cell.limits.workspace_files + 16) * 4096;
        let from = format!("{}:/workspace", self.container.id());
        let file = self.engine.fetch("cp", ["cp", &from, "-"], limit)?;
        // Had it ended, the engine would have shown a file system that is empty.
        let is_there = self.attached.as_mut().is_some_and(|(child, _)| matches!(child.try_wait(), Ok(None)));
        if !is_there {
            return Err(self.engine.refused("cp", "the container that holds the workspace ended too early"));
        }
        Archive::read(file).map_err(|error| self.engine.refused("cp", &error.to_string()))
    }

    pub(super) fn remove(mut self) -> Result<(), Refused> {
        self.container.remove_now()?;
        self.reap();
        Ok(())
    }

    /// The program that is attached ends with the container.
    fn reap(&mut self) {
        if let Some((mut child, stdin)) = self.attached.take() {
            drop(stdin);
            let _ = child.wait();
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
