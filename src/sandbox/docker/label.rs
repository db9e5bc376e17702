//! Labels: whose a container is, so that what a killed supervisor left behind is found and removed by the next one.

use std::fs;
use std::process;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};

use super::engine::{Asked, Engine, Program};
use crate::sandbox::Refused;

const RUN: &str = "portcullis.run";
const SUPERVISOR: &str = "portcullis.supervisor";
/// Seconds since 1970 after which no supervisor of another place can want it any more. One of our own place is asked for itself: it
/// may be at a slow copy, or suspended.
const DEADLINE: &str = "portcullis.deadline";
/// For what an engine does before and after a script: long, since a machine may be busy.
const GRACE: Duration = Duration::from_secs(600);

/// What stands on both containers of a run.
#[derive(Debug)]
pub(super) struct Label {
    run: String,
    deadline: u64,
}

impl Label {
    pub(super) fn new(run: &str, wall: Duration) -> Self {
        Self { run: run.to_owned(), deadline: now().saturating_add((wall + GRACE).as_secs()) }
    }

    /// By which all that belongs to a run is found.
    pub(super) fn run(&self) -> String {
        format!("{RUN}={}", self.run)
    }

    pub(super) fn pairs(&self) -> [(&'static str, String); 3] {
        [(RUN, self.run.clone()), (SUPERVISOR, Supervisor::own().spelled()), (DEADLINE, self.deadline.to_string())]
    }
}

/// Asks for all containers of ours; [`reap`] reads the answer.
pub(super) fn ask(engine: &Engine) -> Result<Asked<'_>, Refused> {
    let filter = format!("label={RUN}");
    let label = match engine.program {
        Program::Docker => ".Label",
        Program::Podman => "index .Labels",
    };
    let format = format!("{{{{.ID}}}} {{{{{label} \"{SUPERVISOR}\"}}}} {{{{{label} \"{DEADLINE}\"}}}}");
    engine.begin("ps", ["ps", "--all", "--no-trunc", "--filter", &filter, "--format", &format])
}

/// Removes the containers of supervisors that are gone.
pub(super) fn reap(engine: &Engine, asked: Asked<'_>) -> Result<(), Refused> {
    let list = asked.answer()?;
    let dead = abandoned(&list, now(), Supervisor::fate);
    if dead.is_empty() {
        return Ok(());
    }
    let arguments = ["rm", "--force", "--volumes"].into_iter().chain(dead);
    match engine.ask("rm", arguments) {
        // Another supervisor removed it first.
        Err(error) if error.to_string().contains("No such container") || error.to_string().contains("in progress") => {
            Ok(())
        }
        done => done.map(drop),
    }
}

fn abandoned(list: &str, now: u64, fate: impl Fn(&Supervisor) -> Fate) -> Vec<&str> {
    let rows = list.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    let dead = rows.filter_map(|row| match row[..] {
        [id, supervisor, deadline] => {
            let is_dead = match Supervisor::parse(supervisor).map_or(Fate::Elsewhere, |supervisor| fate(&supervisor)) {
                Fate::Lives => false,
                Fate::Gone => true,
                Fate::Elsewhere => deadline.parse::<u64>().is_ok_and(|deadline| deadline < now),
            };
            is_dead.then_some(id)
        }
        _ => None,
    });
    dead.collect()
}

/// What is known of a supervisor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Lives,
    Gone,
    /// Its number means nothing here.
    Elsewhere,
}

/// A process, told from all others: of this start of the machine, of one namespace of numbers, by its number and start.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Supervisor {
    place: String,
    pid: u32,
    start: String,
}

impl Supervisor {
    fn own() -> Self {
        let pid = process::id();
        let start = match begun(pid) {
            Begun::At(start) => start,
            Begun::Gone | Begun::Unknown => String::new(),
        };
        Self { place: place(), pid, start }
    }

    fn spelled(&self) -> String {
        format!("{}:{}:{}", self.place, self.pid, self.start)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.rsplitn(3, ':');
        let (start, pid, place) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Self { place: place.to_owned(), pid: pid.parse().ok()?, start: start.to_owned() })
    }

    /// By its number only where that means the same here.
    fn fate(&self) -> Fate {
        if self.place.is_empty() || self.place != place() {
            return Fate::Elsewhere;
        }
        let is_gone = match begun(self.pid) {
            Begun::At(start) => !self.start.is_empty() && start != self.start,
            Begun::Gone => true,
            Begun::Unknown => !exists(self.pid),
        };
        if is_gone { Fate::Gone } else { Fate::Lives }
    }
}

/// Where process numbers mean the same: the start of the machine, and the namespace.
fn place() -> String {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let namespace = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    let namespace: String = namespace.to_string_lossy().chars().filter(char::is_ascii_digit).collect();
    if boot.is_empty() || namespace.is_empty() { String::new() } else { format!("{}/{namespace}", boot.trim()) }
}

/// When a process began.
#[derive(Debug, PartialEq, Eq)]
enum Begun {
    /// In ticks since the start of the machine (field 22 of proc_pid_stat(5)).
    At(String),
    /// Only its exit code is left of it.
    Gone,
    /// There is none, or it is another user's, and not to be seen (`hidepid` in proc(5)).
    Unknown,
}

fn begun(pid: u32) -> Begun {
    let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else { return Begun::Unknown };
    // The second field is the program's name in parentheses, and may hold any of them.
    let fields: Vec<_> = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().collect();
    match (fields.first(), fields.get(19)) {
        (Some(&("Z" | "X")), _) => Begun::Gone,
        (_, Some(start)) => Begun::At((*start).to_owned()),
        _ => Begun::Unknown,
    }
}

/// Whether there is a process of this number, whosever it is and whether it is shown or not: kill(2).
fn exists(pid: u32) -> bool {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    pid.is_none_or(|pid| test_kill_process(pid) != Err(Errno::SRCH))
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_supervisor_is_gone_when_its_number_is_another_ones() {
        let own = Supervisor::own();
        assert_eq!(Supervisor::parse(&own.spelled()), Some(own.clone()));
        assert_eq!(own.fate(), Fate::Lives);
        assert_eq!(Supervisor { start: "1".to_owned(), ..own.clone() }.fate(), Fate::Gone);
        // More than any system gives out.
        assert_eq!(Supervisor { pid: 1 << 23, ..own.clone() }.fate(), Fate::Gone);
        // Its start was not to be seen when it made the label.
        assert_eq!(Supervisor { start: String::new(), ..own.clone() }.fate(), Fate::Lives);
        assert_eq!(Supervisor { place: "elsewhere".to_owned(), start: "1".to_owned(), ..own }.fate(), Fate::Elsewhere);
    }

    #[test]
    fn a_process_that_is_not_shown_is_there() {
        assert!(exists(process::id()) && exists(1));
        assert!(!exists(1 << 23));
    }

    #[test]
    fn only_what_is_certainly_abandoned_is_removed() {
        let list =
            "a b/1:7:100 50\nb b/1:8:100 500\nc elsewhere 500\nd elsewhere 50\ne  \nf c/1:9:100 50\ng c/1:9:100 500\n";
        let fate = |supervisor: &Supervisor| match supervisor.pid {
            7 => Fate::Lives,
            8 => Fate::Gone,
            _ => Fate::Elsewhere,
        };
        assert_eq!(abandoned(list, 100, fate), ["b", "d", "f"]);
    }
}
