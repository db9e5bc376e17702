//! Labels: whose a container is, so that what a killed supervisor left behind is found and removed by the next one.

use std::fs;
use std::process;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::engine::Engine;
use crate::sandbox::Refused;

const RUN: &str = "portcullis.run";
const SUPERVISOR: &str = "portcullis.supervisor";
/// Seconds since 1970 after which no supervisor can want it any more.
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

    pub(super) fn pairs(&self) -> [(&'static str, String); 3] {
        [(RUN, self.run.clone()), (SUPERVISOR, Supervisor::own().spelled()), (DEADLINE, self.deadline.to_string())]
    }
}

/// Removes the containers of supervisors that are gone.
pub(super) fn reap(engine: &Engine) -> Result<(), Refused> {
    let filter = format!("label={RUN}");
    let format = format!("{{{{.ID}}}} {{{{.Label \"{SUPERVISOR}\"}}}} {{{{.Label \"{DEADLINE}\"}}}}");
    let list = engine.ask("ps", ["ps", "--all", "--no-trunc", "--filter", &filter, "--format", &format])?;
    let dead = abandoned(&list, now(), Supervisor::is_gone);
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

fn abandoned(list: &str, now: u64, is_gone: impl Fn(&Supervisor) -> bool) -> Vec<&str> {
    let rows = list.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    let dead = rows.filter_map(|row| match row[..] {
        [id, supervisor, deadline] => {
            let is_over = deadline.parse::<u64>().is_ok_and(|deadline| deadline < now);
            let is_dead = Supervisor::parse(supervisor).is_some_and(|supervisor| is_gone(&supervisor));
            (is_over || is_dead).then_some(id)
        }
        _ => None,
    });
    dead.collect()
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
        Self { place: place(), pid, start: start(pid).unwrap_or_default() }
    }

    fn spelled(&self) -> String {
        format!("{}:{}:{}", self.place, self.pid, self.start)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.rsplitn(3, ':');
        let (start, pid, place) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Self { place: place.to_owned(), pid: pid.parse().ok()?, start: start.to_owned() })
    }

    /// Only where its number means the same here; elsewhere only the deadline tells.
    fn is_gone(&self) -> bool {
        !self.place.is_empty() && self.place == place() && start(self.pid).as_ref() != Some(&self.start)
    }
}

/// Where process numbers mean the same: the start of the machine, and the namespace.
fn place() -> String {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let namespace = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    let namespace: String = namespace.to_string_lossy().chars().filter(char::is_ascii_digit).collect();
    if boot.is_empty() || namespace.is_empty() { String::new() } else { format!("{}/{namespace}", boot.trim()) }
}

/// When a process began, in ticks since the start of the machine (field 22 of proc_pid_stat(5)); none if there is none, or if
/// only its exit code is left of it.
fn start(pid: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field is the program's name in parentheses, and may hold any of them.
    let fields: Vec<_> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let is_dead = matches!(fields.first(), Some(&("Z" | "X")));
    (!is_dead).then(|| fields.get(19).map(|start| (*start).to_owned())).flatten()
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
        assert!(!own.is_gone());
        assert!(Supervisor { start: "1".to_owned(), ..own.clone() }.is_gone());
        assert!(!Supervisor { place: "elsewhere".to_owned(), start: "1".to_owned(), ..own }.is_gone());
    }

    #[test]
    fn only_what_is_certainly_abandoned_is_removed() {
        let list = "a b/1:7:100 50\nb b/1:8:100 500\nc elsewhere 500\nd elsewhere 50\ne  \n";
        let gone = |supervisor: &Supervisor| supervisor.pid == 8;
        assert_eq!(abandoned(list, 100, gone), ["a", "b", "d"]);
    }
}
