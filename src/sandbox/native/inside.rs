//! The cell from the inside: its first process sets it up, starts the code in it, and outlives it.

use std::ffi::{CString, OsStr};
use std::fs::File;
use std::net::TcpListener;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::Mode;
use rustix::io::Errno;
use rustix::process::{
    DumpableBehavior, Signal, getpid, getppid, set_child_subreaper, set_dumpable_behavior,
    set_parent_process_death_signal,
};

use super::channel::Channel;
use super::failure::{Failure, at};
use super::plan::{Answer, Made, Plan, Start};
use super::root::Standing;
use super::{call, folder, landlock, privilege, root};
use crate::cell::{Layer, Workspace};
use crate::sandbox::filter::{self, Beside};
use crate::sandbox::hearsay;

/// What the machine is called inside.
const HOST_NAME: &[u8] = b"cell";
/// For the supervisor to end the cell at its limit, before the cell does so by itself.
const GRACE: Duration = Duration::from_secs(2);

/// Everything the cell's first process does, told over this channel.
pub(super) fn live(channel: &Channel) -> Result<(), Failure> {
    let (plan, descriptors): (Plan, _) = channel.receive().map_err(at("hear the plan"))?;
    let mut descriptors = descriptors.into_iter().peekable();
    if let Some(stdin) = descriptors.next_if(|_| plan.reads) {
        rustix::stdio::dup2_stdin(stdin).map_err(at("take over standard input"))?;
    }
    let hearsay = descriptors.next_if(|_| plan.tells);
    let folder = descriptors.next_if(|_| plan.folder.is_some());
    // 0 is whoever writes.
    descriptors
        .try_for_each(|group| rustix::io::write(group, b"0").map(drop))
        .map_err(at("join the control groups"))?;
    privilege::become_user(&plan)?;
    // Nobody looks into this process, or into what it was given.
    set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(at("hide the first process"))?;
    rustix::process::setsid().map_err(at("begin a session"))?;
    rustix::process::umask(Mode::from_raw_mode(0o022));
    let mut layers = vec![];
    let version = call::landlock_version().map(|version| format!("version {version} of its interface"));
    layers.push((Layer::Landlock, required(&plan, Layer::Landlock, version)?));
    let standing = match folder {
        Some(folder) => apart_in(folder, &plan)?,
        None => apart(&plan, &mut layers)?,
    };
    if plan.has(Layer::UtsNamespace) {
        rustix::system::sethostname(HOST_NAME).map_err(at("name the host"))?;
    }
    let door = network(&plan)?;
    let beside = Beside {
        memory: plan.has(Layer::CgroupMemory),
        ipc: plan.has(Layer::IpcNamespace),
        namespaces: plan.folder.is_none(),
    };
    let filter = filter::compile(beside).map_err(at("compile the filter of system calls"))?;
    layers.extend([Layer::Privileges, Layer::Seccomp, Layer::Rlimits].map(|layer| (layer, Ok(String::new()))));

    let door: Option<OwnedFd> = door.map(OwnedFd::from);
    let handed_out = [Some(&standing.tmp), door.as_ref(), standing.workspace.as_ref()];
    let handed_out: Vec<_> = handed_out.into_iter().flatten().map(AsFd::as_fd).collect();
    channel.send(&Answer::Ready { layers }, &handed_out).map_err(at("answer"))?;
    drop(door);

    let (start, _): (Start, _) = channel.receive().map_err(at("hear what to run"))?;
    lay(&start, standing.root.as_fd(), channel)?;
    let workspace_too = plan.workspace == Workspace::Read;
    match plan.folder {
        Some(_) => folder::seal(&standing, &start, workspace_too)?,
        None => root::seal(&standing, workspace_too)?,
    }
    let ends = call::signals(&[libc::SIGCHLD, libc::SIGTERM]).map_err(at("watch the code"))?;
    let child = call::fork().map_err(at("start a process"))?;
    if child == 0 {
        let failure = code(&plan, &start, &filter, hearsay.as_ref(), channel);
        // Where this cannot be told, the status tells that something went wrong.
        let _ = channel.send(&failure, &[]);
        call::leave(1);
    }
    drop(hearsay);
    let ended = outlive(child, &plan, &ends, channel);
    // Without a namespace of processes, everybody whom signals reach is the cell (`landlock::keep_signals`).
    call::kill_everybody();
    while call::reap(-1, true).map_err(at("wait for what is left"))?.is_some() {}
    let status = ended?;
    channel.send(&Answer::Ended { status, usage: call::usage_of_children() }, &[]).map_err(at("tell the end"))
}

/// Ends with the supervisor, in a root of the cell's own.
fn apart(plan: &Plan, layers: &mut Vec<Made>) -> Result<Standing, Failure> {
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(at("die with the supervisor"))?;
    unshare(plan, Layer::CgroupNamespace, libc::CLONE_NEWCGROUP, layers)?;
    unshare(plan, Layer::TimeNamespace, libc::CLONE_NEWTIME, layers)?;
    let standing = root::make(plan)?;
    layers.push((Layer::Root, Ok(String::new())));
    Ok(standing)
}

/// Outlives the supervisor to end the code, whose processes all become children of this one; in a folder of the host.
fn apart_in(folder: OwnedFd, plan: &Plan) -> Result<Standing, Failure> {
    set_child_subreaper(Some(getpid())).map_err(at("become the parent of what the code leaves"))?;
    landlock::keep_signals(getppid())?;
    folder::standing(folder, plan)
}

/// Makes a namespace, if it is not one of those that the cell may do without.
fn unshare(plan: &Plan, layer: Layer, flag: i32, layers: &mut Vec<Made>) -> Result<(), Failure> {
    layers.push((layer, required(plan, layer, call::unshare(flag).map(|()| String::new()))?));
    Ok(())
}

/// What a layer is made of, or why it is not there: a failure where it has to be.
fn required(plan: &Plan, layer: Layer, made: Result<String, Errno>) -> Result<Result<String, String>, Failure> {
    match made {
        Err(error) if !plan.optional.contains(&layer) => Err(at(format!("make the layer {}", layer.name()))(error)),
        made => Ok(made.map_err(|error| error.to_string())),
    }
}

/// Loopback, and nothing else; and a socket that listens there, where the code may ask for hosts.
fn network(plan: &Plan) -> Result<Option<TcpListener>, Failure> {
    if plan.has(Layer::NetworkNamespace) {
        let up = || -> Result<(), Errno> {
            let socket = rustix::net::socket(rustix::net::AddressFamily::INET, rustix::net::SocketType::DGRAM, None)?;
            call::loopback_up(socket.as_fd())
        };
        up().map_err(at("switch loopback on"))?;
    }
    match plan.asks_for_hosts {
        false => Ok(None),
        true => TcpListener::bind(("127.0.0.1", super::DOOR)).map(Some).map_err(at("listen for the code's requests")),
    }
}

/// Writes the files of the job where they are to lie.
fn lay(start: &Start, root: BorrowedFd, channel: &Channel) -> Result<(), Failure> {
    for folder in &start.folders {
        root::folder(root, relative(Path::new(folder)))?;
    }
    for file in &start.files {
        let path = relative(Path::new(&file.path));
        let mut written = root::create(root, path, file.executable)?;
        channel.receive_bytes(file.length, &mut written).map_err(at(format!("lay {}", file.path.display())))?;
    }
    Ok(())
}

fn relative(path: &Path) -> &Path {
    path.strip_prefix("/").unwrap_or(path)
}

/// The process that becomes the code. Gives why it could not.
fn code(
    plan: &Plan,
    start: &Start,
    filter: &[seccompiler::sock_filter],
    hearsay: Option<&OwnedFd>,
    channel: &Channel,
) -> Answer {
    match confined(plan, start, filter, hearsay, channel) {
        Err(failure) => Answer::Failed(failure),
        Ok(failure) => Answer::NotStarted(failure),
    }
}

fn confined(
    plan: &Plan,
    start: &Start,
    filter: &[seccompiler::sock_filter],
    hearsay: Option<&OwnedFd>,
    channel: &Channel,
) -> Result<Failure, Failure> {
    let text = |text: &OsStr| CString::new(text.as_bytes()).map_err(at("hand over the arguments"));
    let command: Vec<CString> = start.command.iter().map(|argument| text(argument)).collect::<Result<_, _>>()?;
    let variable = |(name, value): &(std::ffi::OsString, std::ffi::OsString)| {
        let mut variable = name.clone();
        variable.push("=");
        variable.push(value);
        text(&variable)
    };
    let environment: Vec<CString> = start.environment.iter().map(variable).collect::<Result<_, _>>()?;
    let program = command.first().cloned().unwrap_or_default();
    let folder = if plan.workspace == Workspace::None { "/tmp" } else { "/workspace" };
    rustix::process::chdir(plan.at(folder)).map_err(at(format!("go to {folder}")))?;
    if plan.folder.is_some() {
        set_parent_process_death_signal(Some(Signal::KILL)).map_err(at("die with the first process"))?;
    }
    // A group of its own, so that signals to it reach the code only.
    rustix::process::setpgid(None, None).map_err(at("begin a process group"))?;
    call::reset_signals();
    call::close_from(3, true).map_err(at("close descriptors"))?;
    if let Some(hearsay) = hearsay {
        call::keep_as(hearsay.as_fd(), hearsay::DESCRIPTOR).map_err(at("keep a descriptor"))?;
    }
    rustix::process::umask(Mode::from_raw_mode(0o077));
    privilege::limit(plan)?;
    privilege::give_up(plan)?;
    if call::landlock_version().is_ok() {
        landlock::confine(plan)?;
    }
    let listener = call::install_filter(filter).map_err(at("install the filter of system calls"))?;
    channel.send(&Answer::Starting, &[listener.as_fd()]).map_err(at("hand over the filter"))?;
    drop(listener);
    let error = call::execute(&program, &command, &environment);
    Ok(at(format!("start {}", program.to_string_lossy()))(error))
}

/// What the first process does while the code runs: its own end is that of the code, too.
fn outlive(child: i32, plan: &Plan, ends: &OwnedFd, channel: &Channel) -> Result<i32, Failure> {
    privilege::give_up(plan)?;
    let nothing = File::options().write(true).open("/dev/null").map_err(at("open /dev/null"))?;
    // Whoever reads what the code writes is to see the end of it.
    rustix::stdio::dup2_stdout(&nothing)
        .and_then(|()| rustix::stdio::dup2_stderr(&nothing))
        .map_err(at("let go of the streams"))?;
    wait(child, plan.limits.wall() + GRACE, ends, channel)
}

/// Takes leave of all that end, until the code does, or has to. The cell ends by itself where the supervisor is gone, or does not
/// end it in time.
fn wait(child: i32, most: Duration, ends: &OwnedFd, channel: &Channel) -> Result<i32, Failure> {
    let begun = Instant::now();
    loop {
        while let Some(ended) = call::reap(-1, false).map_err(at("wait for the code"))? {
            if ended.pid == child {
                return Ok(ended.status);
            }
        }
        let left = most.saturating_sub(begun.elapsed());
        if left.is_zero() {
            return Err(Failure { step: "wait for the code".to_owned(), why: "it was not ended in time".to_owned() });
        }
        let left = Timespec { tv_sec: left.as_secs().cast_signed(), tv_nsec: left.subsec_nanos().into() };
        let mut watched =
            [PollFd::new(ends, PollFlags::IN), PollFd::from_borrowed_fd(channel.as_fd(), PollFlags::empty())];
        match poll(&mut watched, Some(&left)) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(at("watch the code")(error)),
        }
        if watched[1].revents().intersects(PollFlags::HUP | PollFlags::ERR) {
            return Err(Failure { step: "wait for the code".to_owned(), why: "the supervisor is gone".to_owned() });
        }
        while let Some(signal) = call::next_signal(ends.as_fd()) {
            if signal == libc::SIGTERM {
                return Ok(libc::SIGKILL);
            }
        }
    }
}
