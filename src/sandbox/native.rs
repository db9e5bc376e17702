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
//!
//! Where there are no namespaces, and the user does without them, the cell stands in a [`folder`] of the host: then Landlock is
//! what shows the code no more than an own root would, and what keeps its signals to itself.

mod call;
mod cgroup;
mod channel;
mod failure;
mod folder;
mod held;
mod input;
mod inside;
mod landlock;
mod mount;
mod orphan;
mod plan;
mod privilege;
mod probe;
mod root;
mod sample;
mod spawn;
mod tree;
mod watch;

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use self::cgroup::Groups;
use self::failure::{Failure, at};
use self::folder::Folder;
use self::input::Input;
use self::plan::{Answer, Made, Plan, Start};
use self::spawn::Process;
use self::watch::Watched;
use super::{Absent, Ended, Ground, Job, Refused, Root, Stdin, Streams};
use crate::cell::{Layer, Limits, Workspace};
use crate::outcome::{LayerState, Outcome};
pub(super) use call::{next_signal, signals};
pub use held::Held;
pub use tree::Tree;
pub(super) use watch::HANDED_ON;

/// The port of the cell's loopback where the code asks for hosts, if it may.
pub const DOOR: u16 = 3128;

/// What a cell cannot do without, whoever waives it.
const NEEDED: [Layer; 6] =
    [Layer::UserNamespace, Layer::MountNamespace, Layer::PidNamespace, Layer::Root, Layer::Privileges, Layer::Rlimits];
/// The same of one without namespaces.
const NEEDED_INSTEAD: [Layer; 4] = [Layer::Privileges, Layer::Landlock, Layer::Seccomp, Layer::Rlimits];

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
    folder: Option<Folder>,
    groups: Groups,
    made: Vec<Made>,
    input: Option<Input>,
    hearsay: Option<OwnedFd>,
}

/// A cell that waits for its code. Dropped, it leaves nothing behind.
#[derive(Debug)]
pub struct Prepared<'g> {
    ground: &'g Ground,
    process: Process,
    folder: Option<Folder>,
    groups: Groups,
    layers: Vec<LayerState>,
    tmp: OwnedFd,
    door: Option<OwnedFd>,
    workspace: Option<OwnedFd>,
    input: Option<Input>,
    /// Where what the interpreter tells comes out.
    hearsay: Option<OwnedFd>,
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
    let (groups, made) = Groups::make(&ground.cell.limits);
    ground.check(&made).map_err(|refused| ground.explained(refused))?;
    let namespaces = match started {
        Some(Started { process }) => Ok((process, all_made())),
        None => in_namespaces(ground),
    };
    match namespaces {
        Ok((process, namespaces)) => {
            let made = [made, namespaces].concat();
            tell(ground, Begun { process, folder: None, groups, made, input: None, hearsay: None })
        }
        Err(refused) if ground.waives_namespaces() => begin_without(ground, groups, made, &refused),
        Err(refused) => Err(ground.explained(refused)),
    }
}

/// The same without namespaces, since this is what became of them.
fn begin_without(ground: &Ground, groups: Groups, mut made: Vec<Made>, why: &Refused) -> Result<Begun, Refused> {
    without_namespaces(ground)?;
    made.retain(|(layer, _)| !Layer::NAMESPACES.contains(layer));
    let why = why.cause();
    made.extend(Layer::NAMESPACES.map(|layer| (layer, Err(why.clone()))));
    orphan::adopt()?;
    let folder = Folder::make(rustix::process::geteuid().is_root())?;
    let process = spawn::spawn(&ground.program, &[])?;
    tell(ground, Begun { process, folder: Some(folder), groups, made, input: None, hearsay: None })
}

/// Whether what is asked for can be had without namespaces.
fn without_namespaces(ground: &Ground) -> Result<(), Refused> {
    let refused = |what: &str, why: &str| Err(Refused::step(&format!("{what} without namespaces"), why));
    if !ground.hosts.is_empty() {
        return refused("allow hosts", "no network of its own keeps the code to the proxy");
    }
    if ground.root != Root::Host {
        return refused("show another system", "only a root of its own could be made of it");
    }
    landlock::walls().map_err(|why| Refused::Layers(vec![Absent { layer: Layer::Landlock, why }]))
}

/// Tells the first process what it is to set up.
fn tell(ground: &Ground, begun: Begun) -> Result<Begun, Refused> {
    let Begun { process, folder, groups, made, .. } = &begun;
    let (input, stdin) = match ground.stdin {
        Stdin::Inherit => Input::open().map(|(ours, theirs)| (Some(ours), Some(theirs)))?,
        Stdin::Nothing => (None, None),
    };
    let doors = groups.doors().map_err(at("open the control groups"))?;
    let (heard, told) = match ground.cell.events {
        true => spawn::pipe().map(|(ours, theirs)| (Some(ours), Some(theirs)))?,
        false => (None, None),
    };
    let there = made.iter().filter(|(_, made)| made.is_ok()).map(|(layer, _)| *layer);
    let floor = if folder.is_some() { &NEEDED_INSTEAD[..] } else { &NEEDED };
    let plan = Plan {
        from_root: rustix::process::geteuid().is_root(),
        reads: stdin.is_some(),
        tells: told.is_some(),
        limits: ground.cell.limits.clone(),
        workspace: ground.cell.workspace,
        root: ground.root.clone(),
        virtual_environment: ground.virtual_environment.clone(),
        folder: folder.as_ref().map(|folder| folder.path().to_owned()),
        asks_for_hosts: !ground.hosts.is_empty(),
        layers: there.collect(),
        optional: Layer::ALL.into_iter().filter(|layer| !ground.needs(*layer, floor)).collect(),
    };
    let folder = folder.as_ref().map(AsFd::as_fd);
    let handed_in = stdin.iter().chain(&told).map(AsFd::as_fd).chain(folder);
    let descriptors: Vec<_> = handed_in.chain(doors.iter().map(AsFd::as_fd)).collect();
    process.channel.send(&plan, &descriptors).map_err(at("tell the cell its plan"))?;
    Ok(Begun { input, hearsay: heard, ..begun })
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
        let Self { process, folder, groups, mut made, input, hearsay } = self;
        let (answer, descriptors) = match hear(&process) {
            // Namespaces can be had here that hold no cell: engines for containers and some distributions see to that.
            Err(why) if folder.is_none() && ground.waives_namespaces() => {
                drop(process);
                return begin_without(ground, groups, made, &why)?.ready(ground);
            }
            heard => heard.map_err(|refused| ground.explained(refused))?,
        };
        let Answer::Ready { layers } = answer else { return Err(out_of_turn().into()) };
        let mut descriptors = descriptors.into_iter();
        let tmp = descriptors.next().ok_or_else(out_of_turn)?;
        let door = if ground.hosts.is_empty() { None } else { descriptors.next() };
        made.extend(layers);
        made.sort_by_key(|(layer, _)| *layer);
        let layers = made.into_iter().map(|made| ground.told(made)).collect();
        let workspace = descriptors.next();
        Ok(Prepared { ground, process, folder, groups, layers, tmp, door, workspace, input, hearsay })
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

/// Whether a cell can be had here without namespaces, or why not.
pub fn probe_without_namespaces() -> Result<(), String> {
    landlock::walls()?;
    Folder::make(rustix::process::geteuid().is_root())
        .map(drop)
        .map_err(|Failure { step, why }| format!("{step}: {why}"))
}

/// Whether a layer is one of those that a cell with namespaces cannot do without: then all of them are to be waived.
pub fn stands_on(layer: Layer) -> bool {
    NEEDED.contains(&layer) && Layer::NAMESPACES.contains(&layer)
}

impl Ground {
    /// Whether the cell may stand in a folder of the host, where namespaces cannot be had.
    fn waives_namespaces(&self) -> bool {
        Layer::NAMESPACES.iter().all(|layer| self.waived.contains(layer))
    }

    fn needs(&self, layer: Layer, floor: &[Layer]) -> bool {
        floor.contains(&layer) || self.cell.require.contains(&layer) && !self.waived.contains(&layer)
    }

    /// Whether all layers are there that have to be.
    fn check(&self, made: &[Made]) -> Result<(), Refused> {
        let missing = made.iter().filter(|(layer, _)| self.needs(*layer, &NEEDED));
        let absent = missing
            .filter_map(|(layer, made)| made.as_ref().err().map(|why| Absent { layer: *layer, why: why.clone() }));
        let absent: Vec<_> = absent.collect();
        if absent.is_empty() { Ok(()) } else { Err(Refused::Layers(absent)) }
    }

    /// What failed was one layer: all that are missing beside it are told at once, so that nobody learns of them one by one.
    fn explained(&self, refused: Refused) -> Refused {
        match self.waives_namespaces() {
            true => refused,
            false => self.check(&probe::layers(&self.cell.limits)).err().unwrap_or(refused),
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
        let start = Start::new(job, self.folder.as_ref().map(Folder::path), self.hearsay.is_some());
        let channel = &self.process.channel;
        let mut contents = plan::contents(job);
        match channel.send(&start, &[]).and_then(|()| contents.try_for_each(|bytes| channel.send_bytes(bytes))) {
            // A cell that failed hears no more, and says why.
            Err(error) if !matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset) => {
                return Err(at("tell the cell what to run")(error).into());
            }
            _ => {}
        }
        let (answer, mut descriptors) = hear(&self.process)?;
        let Answer::Starting = answer else { return Err(out_of_turn().into()) };
        let _handing_in = self.input.take().map(Input::hand_in).transpose()?;
        let watched = Watched {
            process: &self.process,
            listener: descriptors.pop(),
            groups: &self.groups,
            hearsay: self.hearsay.as_ref(),
            // Those of a folder of the host are not the cell's own.
            in_memory: match self.folder {
                None => [Some(&self.tmp), self.workspace.as_ref()].into_iter().flatten().collect(),
                Some(_) => Vec::new(),
            },
            folder: self.folder.as_ref(),
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
            self_reported: seen.hearsay,
            layers: std::mem::take(&mut self.layers),
        };
        let may_change = matches!(self.ground.cell.workspace, Workspace::Scratch | Workspace::Write);
        drop(self.process);
        let folder = self.folder;
        let workspace = self.workspace.take().filter(|_| may_change).map(|root| Tree::new(root, folder));
        Ok(Ended { outcome, workspace: workspace.map(|tree| Ok(super::Tree::Native(tree))), trouble: Vec::new() })
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
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
            Err(Failure { step: "set up the cell".to_owned(), why: "it ended without a word".to_owned() }.into())
        }
        Err(error) => Err(at("hear the cell")(error).into()),
    }
}

fn out_of_turn() -> Failure {
    Failure { step: "hear the cell".to_owned(), why: "it answered out of turn".to_owned() }
}
