//! The native backend: namespaces, an own root, Landlock, a filter of system calls and control groups, without a daemon and
//! without root.
//!
//! ```text
//! supervisor                            cell: this program once more, in new namespaces
//!   prepare ─ groups ─ spawn ─ Plan ──▶   user, root, network, filter
//!                            ◀── Ready ─
//!   run ─────── Start, bytes of files ▶   files laid, root sealed ─ fork ─▶ limits, capabilities, Landlock, filter
//!                            ◀─ Starting ──────────────────────────────────  exec: the code
//!   watch ◀─ streams, refused calls ──
//!         ◀── Ended ─────────────────     all that is left is ended
//! ```
//!
//! The supervisor may have threads, and knows much that the code must not: so the cell begins as a process that was started
//! anew, with an empty environment and one socket. Whatever fails on the way ends it before the code begins.

mod call;
mod cgroup;
mod channel;
mod failure;
mod inside;
mod landlock;
mod mount;
mod plan;
mod privilege;
mod probe;
mod root;
mod sample;
mod spawn;
mod tree;
mod watch;

use std::ffi::OsStr;
use std::net::TcpListener;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use self::cgroup::Groups;
use self::failure::{Failure, at};
use self::plan::{Announced, Answer, Made, Plan, Start};
use self::spawn::Process;
use self::watch::Watched;
use super::{Ended, Ground, Job, Laid, Refused, Stdin, Streams};
use crate::cell::{Layer, Limits, Workspace};
use crate::outcome::{LayerState, Outcome};
pub use tree::Tree;

/// The port of the cell's loopback where the code asks for hosts, if it may.
pub const DOOR: u16 = 3128;

/// What this backend cannot do without, whoever waives it.
const NEEDED: [Layer; 6] =
    [Layer::UserNamespace, Layer::MountNamespace, Layer::PidNamespace, Layer::Root, Layer::Privileges, Layer::Rlimits];

/// Whether this process was started to be a cell, by the name that only [`prepare`] gives it.
pub fn is_cell(name: Option<&OsStr>) -> bool {
    name.is_some_and(|name| name.as_encoded_bytes() == spawn::NAME.to_bytes())
}

/// Lives as the cell's first process. For the very beginning of a program, before there are threads.
pub fn live() -> std::process::ExitCode {
    let Some(channel) = spawn::channel() else { return std::process::ExitCode::FAILURE };
    match inside::live(&channel) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(failure) => {
            // The supervisor may be gone.
            let _ = channel.send(&Answer::Failed(failure), &[]);
            std::process::ExitCode::FAILURE
        }
    }
}

/// A cell in the making. Dropped, it leaves nothing behind.
#[derive(Debug)]
pub struct Begun {
    process: Process,
    groups: Groups,
    made: Vec<Made>,
}

/// A cell that waits for its code. Dropped, it leaves nothing behind.
#[derive(Debug)]
pub struct Prepared<'g> {
    ground: &'g Ground,
    process: Process,
    groups: Groups,
    layers: Vec<LayerState>,
    tmp: OwnedFd,
    door: Option<OwnedFd>,
    workspace: Option<OwnedFd>,
}

/// The first process of a cell, which was told nothing yet.
#[derive(Debug)]
pub struct Started {
    process: Process,
}

/// Starts the first process of a cell, in all namespaces. It takes as long as reading a policy, and can be done before there is
/// one; nothing where it cannot be done, of which [`begin`] tells the reason.
pub fn start() -> Option<Started> {
    spawn::spawn(Path::new(Ground::THIS_PROGRAM), &all_namespaces()).ok().map(|process| Started { process })
}

fn all_namespaces() -> Vec<Layer> {
    spawn::BY_CLONE.iter().map(|(layer, _)| *layer).collect()
}

/// Sets a cell up.
pub fn prepare(ground: &Ground) -> Result<Prepared<'_>, Refused> {
    begin(ground, None)?.ready(ground)
}

/// Begins to set a cell up, which goes on by itself.
pub fn begin(ground: &Ground, started: Option<Started>) -> Result<Begun, Refused> {
    let (groups, mut made) = Groups::make(&ground.cell.limits);
    ground.check(&made)?;
    let stdin = match ground.stdin {
        Stdin::Inherit => Some(std::io::stdin().as_fd().try_clone_to_owned().map_err(at("open standard input"))?),
        Stdin::Nothing => None,
    };
    let doors = groups.doors().map_err(at("open the control groups"))?;
    let (process, namespaces) = match started {
        Some(Started { process }) => (process, all_made()),
        None => in_namespaces(ground)?,
    };
    made.extend(namespaces);
    let there = made.iter().filter(|(_, made)| made.is_ok()).map(|(layer, _)| *layer);
    let plan = Plan {
        from_root: rustix::process::geteuid().is_root(),
        reads: stdin.is_some(),
        limits: ground.cell.limits.clone(),
        workspace: ground.cell.workspace,
        root: ground.root.clone(),
        virtual_environment: ground.virtual_environment.clone(),
        asks_for_hosts: !ground.hosts.is_empty(),
        layers: there.collect(),
        optional: Layer::ALL.into_iter().filter(|layer| !ground.needs(*layer)).collect(),
    };
    let descriptors: Vec<_> = stdin.iter().chain(&doors).map(AsFd::as_fd).collect();
    process.channel.send(&plan, &descriptors).map_err(at("tell the cell its plan"))?;
    Ok(Begun { process, groups, made })
}

fn all_made() -> Vec<Made> {
    all_namespaces().into_iter().map(|layer| (layer, Ok(String::new()))).collect()
}

/// The first process in all namespaces, or in those that there are where the others are not needed.
fn in_namespaces(ground: &Ground) -> Result<(Process, Vec<Made>), Refused> {
    let failure = match spawn::spawn(&ground.program, &all_namespaces()) {
        Ok(process) => return Ok((process, all_made())),
        Err(failure) => failure,
    };
    let tried = probe::namespaces();
    if tried.iter().all(|(_, made)| made.is_ok()) {
        return Err(failure.into());
    }
    ground.check(&tried)?;
    let there: Vec<_> = tried.iter().filter(|(_, made)| made.is_ok()).map(|(layer, _)| *layer).collect();
    Ok((spawn::spawn(&ground.program, &there)?, tried))
}

impl Begun {
    /// Waits until the cell is set up.
    pub fn ready(self, ground: &Ground) -> Result<Prepared<'_>, Refused> {
        let Self { process, groups, mut made } = self;
        let (answer, descriptors) = hear(&process)?;
        let Answer::Ready { layers } = answer else { return Err(out_of_turn().into()) };
        let mut descriptors = descriptors.into_iter();
        let tmp = descriptors.next().ok_or_else(out_of_turn)?;
        let door = if ground.hosts.is_empty() { None } else { descriptors.next() };
        made.extend(layers);
        made.sort_by_key(|(layer, _)| *layer);
        let layers = made.into_iter().map(|made| ground.told(made)).collect();
        Ok(Prepared { ground, process, groups, layers, tmp, door, workspace: descriptors.next() })
    }
}

/// What this machine has for cells, and why it has not the rest.
pub fn probe(limits: &Limits) -> Vec<LayerState> {
    let told = |(layer, made): Made| LayerState {
        layer,
        present: made.is_ok(),
        waived: false,
        detail: made.unwrap_or_else(|why| why),
    };
    let mut layers: Vec<_> = probe::layers(limits).into_iter().map(told).collect();
    layers.sort_by_key(|state| state.layer);
    layers
}

impl Ground {
    fn needs(&self, layer: Layer) -> bool {
        NEEDED.contains(&layer) || self.cell.require.contains(&layer) && !self.waived.contains(&layer)
    }

    /// Whether all layers are there that have to be.
    fn check(&self, made: &[Made]) -> Result<(), Refused> {
        let missing = made.iter().find_map(|(layer, made)| made.as_ref().err().map(|why| (*layer, why)));
        match missing.filter(|(layer, _)| self.needs(*layer)) {
            Some((layer, why)) => Err(Refused::Layer { layer, why: why.clone() }),
            None => Ok(()),
        }
    }

    fn told(&self, (layer, made): Made) -> LayerState {
        let waived = made.is_err() && self.waived.contains(&layer);
        LayerState { layer, present: made.is_ok(), waived, detail: made.unwrap_or_else(|why| why) }
    }
}

impl Prepared<'_> {
    /// The socket on which the code asks for hosts, if it may.
    pub fn door(&mut self) -> Option<TcpListener> {
        self.door.take().map(TcpListener::from)
    }

    /// Lays out the job and runs it to its end.
    pub fn run(mut self, job: &Job, streams: Streams) -> Result<Ended, Refused> {
        let script = Laid { path: job.script.clone(), bytes: Vec::new(), executable: false };
        let below = |folder: &str, files: &[Laid]| -> Vec<Announced> {
            let announced = |file: &Laid| Announced {
                path: Path::new(folder).join(&file.path),
                length: file.bytes.len() as u64,
                executable: file.executable,
            };
            files.iter().map(announced).collect()
        };
        // The script may be one of the files of the workspace.
        let workspace: Vec<&Laid> =
            job.files.iter().filter(|file| Path::new("/workspace").join(&file.path) != job.script).collect();
        let mut files = vec![Announced { path: script.path, length: job.script_bytes.len() as u64, executable: false }];
        files.extend(workspace.iter().flat_map(|file| below("/workspace", std::slice::from_ref(file))));
        files.extend(below("/input", &job.inputs));
        let command = job
            .interpreter
            .iter()
            .chain([&job.script.clone().into_os_string()])
            .chain(&job.arguments)
            .cloned()
            .collect();
        let folders = folders(job);
        let start = Start { command, environment: job.environment.clone(), folders, files };
        let channel = &self.process.channel;
        let contents = [&job.script_bytes].into_iter().chain(workspace.iter().map(|file| &file.bytes));
        let mut contents = contents.chain(job.inputs.iter().map(|file| &file.bytes));
        // A cell that failed hears no more, and says why.
        let _ = channel.send(&start, &[]).and_then(|()| contents.try_for_each(|bytes| channel.send_bytes(bytes)));
        let (answer, mut descriptors) = hear(&self.process)?;
        let Answer::Starting = answer else { return Err(out_of_turn().into()) };
        let watched = Watched {
            process: &self.process,
            listener: descriptors.pop(),
            groups: &self.groups,
            in_memory: [Some(&self.tmp), self.workspace.as_ref()].into_iter().flatten().collect(),
            limits: &self.ground.cell.limits,
        };
        let seen = watched.watch(streams)?;
        let milliseconds = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let outcome = Outcome {
            end: seen.end,
            wall_ms: milliseconds(seen.wall),
            user_ms: seen.usage.map(|usage| milliseconds(usage.user)),
            system_ms: seen.usage.map(|usage| milliseconds(usage.system)),
            peak_memory: seen.peak_memory,
            peak_processes: Some(seen.peak_processes),
            stdout: seen.stdout,
            stderr: seen.stderr,
            violations: seen.violations,
            requests: Vec::new(),
            layers: std::mem::take(&mut self.layers),
        };
        let may_change = matches!(self.ground.cell.workspace, Workspace::Scratch | Workspace::Write);
        let workspace = self.workspace.take().filter(|_| may_change).map(Tree::new);
        Ok(Ended { outcome, workspace: workspace.map(super::Tree::Native) })
    }
}

/// For each step of the set-up. It takes milliseconds; a file system of the host that hangs could make it endless.
const PATIENCE: Timespec = Timespec { tv_sec: 30, tv_nsec: 0 };

/// The next answer of the cell; where it failed, why.
fn hear(process: &Process) -> Result<(Answer, Vec<OwnedFd>), Refused> {
    let mut waiting = [PollFd::from_borrowed_fd(process.channel.as_fd(), PollFlags::IN)];
    if poll(&mut waiting, Some(&PATIENCE)) == Ok(0) {
        let why = format!("it took more than {} s", PATIENCE.tv_sec);
        return Err(Failure { step: "set up the cell".to_owned(), why }.into());
    }
    match process.channel.receive::<Answer>() {
        Ok((Answer::Failed(failure), _)) => Err(failure.into()),
        Ok(heard) => Ok(heard),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            Err(Failure { step: "set up the cell".to_owned(), why: "it ended without a word".to_owned() }.into())
        }
        Err(error) => Err(at("hear the cell")(error).into()),
    }
}

/// The folders of a job, those above others first.
fn folders(job: &Job) -> Vec<std::path::PathBuf> {
    let mut folders: Vec<_> = job.folders.iter().map(|folder| Path::new("/workspace").join(folder)).collect();
    let files = job.files.iter().map(|file| Path::new("/workspace").join(&file.path));
    let files =
        files.chain(job.inputs.iter().map(|file| Path::new("/input").join(&file.path))).chain([job.script.clone()]);
    for file in files {
        let above = file.ancestors().skip(1).filter(|above| above.components().count() > 2).map(Path::to_owned);
        folders.extend(above);
    }
    folders.sort();
    folders.dedup();
    folders
}

fn out_of_turn() -> Failure {
    Failure { step: "hear the cell".to_owned(), why: "it answered out of turn".to_owned() }
}
