//! The script while it runs: its streams, its time, and what it uses up; and how it ended.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::engine::{Container, Engine};
use super::keeper::Keeper;
use super::usage::Usage;
use super::word;
use crate::cell::Limits;
use crate::outcome::{End, LayerState, Limit, Outcome, Stream};
use crate::sandbox::native::next_signal;
use crate::sandbox::relay::Relay;
use crate::sandbox::{Ground, Refused, Stdin, Streams};

/// How often to look.
const STEP: Duration = Duration::from_millis(10);
/// How long an engine may take to start a container, and to end one that was killed.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long to wait before a container is killed once more that was not there yet, or lives on.
const AGAIN: Duration = Duration::from_millis(250);
/// How long the engine may take to notice that it ran out of memory.
const NOTICE: Duration = Duration::from_millis(500);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct State {
    status: String,
    exit_code: i64,
    #[serde(rename = "OOMKilled")]
    oom_killed: bool,
    #[serde(default)]
    error: String,
    #[serde(default)]
    started_at: String,
}

/// What there is to watch.
pub(super) struct Watched<'w> {
    pub engine: &'w Engine,
    pub script: &'w Container<'w>,
    /// Readable when a signal came to us that means the script.
    pub signals: &'w OwnedFd,
    pub ground: &'w Ground,
    /// Whether what the script uses up is to be seen.
    pub is_counted: bool,
}

/// What came of watching.
pub(super) struct Watch {
    pub outcome: Outcome,
    /// Why it is not sure that all of the script has ended.
    pub trouble: Vec<String>,
}

impl Watched<'_> {
    /// Starts the script, waits for its end or ends it. Fails only where nothing was run.
    pub(super) fn watch(
        &self,
        keeper: &mut Keeper<'_>,
        layers: Vec<LayerState>,
        streams: Streams,
    ) -> Result<Watch, Refused> {
        let mut usage = Usage::default();
        let seen = match self.signal() {
            // It came while the containers were made: nothing is started.
            Some(end) => Seen { ended: Some(end), ..Seen::default() },
            None => self.run(&mut usage, streams)?,
        };
        let Seen { ended, wall, stdout, stderr, trouble } = seen;
        let mut trouble: Vec<_> = trouble.into_iter().collect();
        let end = match ended {
            // Perhaps it never began.
            Some(End::Lost) => {
                self.state().map_or(Ok(End::Lost), |state| self.has_begun(&state).map(|()| End::Lost))?
            }
            Some(end) => end,
            // The streams end a moment before we look.
            None if stdout.cut || stderr.cut => End::Limit(Limit::Output),
            None => match self.last_state()? {
                Ok(state) => self.end(keeper, state, usage.killed > 0),
                Err(why) => {
                    trouble.push(why);
                    End::Lost
                }
            },
        };
        let milliseconds = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let outcome = Outcome {
            end,
            wall_ms: milliseconds(wall),
            user_ms: usage.user.map(milliseconds),
            system_ms: usage.system.map(milliseconds),
            peak_memory: usage.memory,
            peak_processes: usage.processes,
            stdout,
            stderr,
            violations: Vec::new(),
            requests: Vec::new(),
            self_reported: None,
            layers,
        };
        Ok(Watch { outcome, trouble })
    }

    fn signal(&self) -> Option<End> {
        next_signal(self.signals.as_fd()).map(|signal| End::Signal(u8::try_from(signal).unwrap_or(u8::MAX)))
    }

    fn run(&self, usage: &mut Usage, streams: Streams) -> Result<Seen, Refused> {
        let reads = self.ground.stdin == Stdin::Inherit;
        let mut command = self.engine.command(["start", "--attach"]);
        if reads {
            command.arg("--interactive");
        }
        command.arg(self.script.id()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.stdin(if reads { Stdio::piped() } else { Stdio::null() });
        let mut child = command.spawn().map_err(|error| self.engine.refused("start", &error.to_string()))?;
        if let Some(stdin) = child.stdin.take() {
            hand_on(stdin);
        }
        let (out, err) = (child.stdout.take(), child.stderr.take());
        let over = AtomicBool::new(false);
        let limits = &self.ground.cell.limits;
        thread::scope(|scope| {
            let Streams { stdout, stderr } = streams;
            let stdout = scope.spawn(|| out.map(|from| relay(from, stdout, limits, &over)).unwrap_or_default());
            let stderr = scope.spawn(|| err.map(|from| relay(from, stderr, limits, &over)).unwrap_or_default());
            let seen = self.wait(&mut child, usage, &over);
            let (stdout, stderr) = (stdout.join().unwrap_or_default(), stderr.join().unwrap_or_default());
            Ok(Seen { stdout, stderr, ..seen })
        })
    }

    /// Waits until the program that is attached to the script has ended, or ends the script.
    fn wait(&self, child: &mut Child, usage: &mut Usage, over: &AtomicBool) -> Seen {
        let limits = &self.ground.cell.limits;
        let asked = Instant::now();
        let mut begun = None;
        // The first thing to be seen of it is its control group; the engine is asked where there is none.
        let mut next = if self.is_counted { limits.wall() } else { AGAIN };
        loop {
            match child.try_wait() {
                Ok(None) => {}
                Ok(Some(_)) => return Seen { wall: begun.unwrap_or(asked).elapsed(), ..Seen::default() },
                Err(error) => return self.lost(child, asked, &format!("its streams cannot be waited for: {error}")),
            }
            let looked = Instant::now();
            let is_asked = begun.is_none() && asked.elapsed() > next;
            if usage.look(self.script.id()) || is_asked && self.is_running() {
                begun.get_or_insert(looked);
            }
            if is_asked {
                next = asked.elapsed() + AGAIN;
            }
            let wall = begun.map(|begun: Instant| begun.elapsed()).unwrap_or_default();
            let end = if over.load(Ordering::Relaxed) {
                Some(End::Limit(Limit::Output))
            } else if usage.processor() > limits.cpu() {
                Some(End::Limit(Limit::Cpu))
            } else if wall > limits.wall() {
                Some(End::Limit(Limit::Wall))
            } else {
                self.signal()
            };
            if end.is_some() {
                let trouble = self.end_it(child).err().map(|refused| not_ended(&refused));
                return Seen { ended: end, wall, trouble, ..Seen::default() };
            }
            if begun.is_none() && asked.elapsed() > limits.wall() + PATIENCE {
                let why = format!("nothing is to be seen of it within {} s of its start", PATIENCE.as_secs());
                return self.lost(child, asked, &why);
            }
            thread::sleep(STEP);
        }
    }

    /// Ends what nobody sees any more.
    fn lost(&self, child: &mut Child, asked: Instant, why: &str) -> Seen {
        let trouble = match self.end_it(child) {
            Ok(()) => format!("the script was ended: {why}"),
            Err(refused) => format!("{why}; {}", not_ended(&refused)),
        };
        Seen { ended: Some(End::Lost), wall: asked.elapsed(), trouble: Some(trouble), ..Seen::default() }
    }

    /// Kills all of it, and waits for the attached program to see that. What has not quite started yet is killed once it has.
    fn end_it(&self, child: &mut Child) -> Result<(), Refused> {
        let asked = Instant::now();
        loop {
            let killed = self.engine.ask("kill", ["kill", self.script.id()]);
            let since = Instant::now();
            while since.elapsed() < AGAIN {
                if !matches!(child.try_wait(), Ok(None)) {
                    return match killed {
                        // It ended by itself in the same moment.
                        Err(error) if error.why().contains(NOT_RUNNING) => Ok(()),
                        killed => killed.map(drop),
                    };
                }
                thread::sleep(STEP);
            }
            if asked.elapsed() > PATIENCE {
                // So that its streams end. The container is removed by force in any case.
                let _ = child.kill();
                let _ = child.wait();
                return killed.and(Err(self.engine.refused("kill", "the engine does not end the container")));
            }
        }
    }

    fn is_running(&self) -> bool {
        let asked = self.engine.ask("inspect", ["inspect", "--format", "{{.State.Running}}", self.script.id()]);
        asked.is_ok_and(|answer| answer == "true")
    }

    /// What the engine says once its program has ended, which is attached to the script; or why that tells nothing. An engine that
    /// is started anew drops its programs, and may leave the script running.
    fn last_state(&self) -> Result<Result<State, String>, Refused> {
        let asked = Instant::now();
        loop {
            let why = match self.state() {
                Ok(state) if state.has_ended() => return self.has_begun(&state).map(|()| Ok(state)),
                Ok(state) if asked.elapsed() > NOTICE => {
                    self.has_begun(&state)?;
                    let why = format!("its streams were lost while it was `{}`", state.status);
                    return Ok(Err(match self.engine.ask("kill", ["kill", self.script.id()]) {
                        Ok(_) => format!("the script was ended: {why}"),
                        Err(refused) => format!("{why}; {}", not_ended(&refused)),
                    }));
                }
                Ok(_) => None,
                Err(refused) => Some(refused.cause()),
            };
            if let Some(why) = why.filter(|_| asked.elapsed() > RETURN) {
                return Ok(Err(format!("the engine does not say how the script ended: {why}")));
            }
            thread::sleep(AGAIN);
        }
    }

    /// How it ended by itself, by what the engine says, and its first process where that is not enough.
    fn end(&self, keeper: &mut Keeper<'_>, state: State, was_killed: bool) -> End {
        let by_itself = state.signal().is_some() && keeper.word() == Some(word::BY_ITSELF);
        let asked = Instant::now();
        let mut end = end(&state, was_killed, by_itself);
        // The kernel's notice of memory may come after that of the end.
        while end == End::Signal(SIGKILL) && asked.elapsed() < NOTICE {
            thread::sleep(STEP);
            let Ok(state) = self.state() else { break };
            end = self::end(&state, was_killed, by_itself);
        }
        end
    }

    fn state(&self) -> Result<State, Refused> {
        let text = self.engine.ask("inspect", ["inspect", "--format", "{{json .State}}", self.script.id()])?;
        serde_json::from_str(&text).map_err(|error| self.engine.refused("inspect", &error.to_string()))
    }

    /// Whether any of it was run, by the engine's word.
    fn has_begun(&self, state: &State) -> Result<(), Refused> {
        match state.is_only_made() || state.started_at.starts_with(NEVER) {
            true => Err(self.engine.refused("start", &state.error)),
            false => Ok(()),
        }
    }
}

fn not_ended(refused: &Refused) -> String {
    format!("what is left of the script could not be ended: {}", refused.cause())
}

/// What was seen of a script.
#[derive(Default)]
struct Seen {
    /// Why it was ended, if it was.
    ended: Option<End>,
    wall: Duration,
    stdout: Stream,
    stderr: Stream,
    /// Why it is not sure that all of it has ended.
    trouble: Option<String>,
}

/// Hands on what comes until its end. Beyond the limit it says so in `over`, and throws the rest away.
fn relay(from: impl Read, to: &mut dyn Write, limits: &Limits, over: &AtomicBool) -> Stream {
    let mut relay = Relay::new(from, to, limits.output());
    let begun = Instant::now();
    while !relay.has_ended {
        // The program that is attached ends only when all that it has was taken from it, whoever reads from us.
        if begun.elapsed() > limits.wall() {
            relay.give_up();
        }
        if relay.pump() {
            over.store(true, Ordering::Relaxed);
        }
    }
    relay.finish()
}

/// How long an engine that is being started anew may be silent.
const RETURN: Duration = Duration::from_secs(10);
/// Beginning of the time at which engines say that a container began which never did.
const NEVER: &str = "0001-";

/// What engines say of a container that cannot be killed.
const NOT_RUNNING: &str = "is not running";

const SIGKILL: u8 = 9;
const SIGXCPU: u8 = 24;
const SIGXFSZ: u8 = 25;

impl State {
    /// Nothing of it runs, or nothing of it ever did.
    fn has_ended(&self) -> bool {
        matches!(self.status.as_str(), "exited" | "stopped") || self.is_only_made()
    }

    fn is_only_made(&self) -> bool {
        matches!(self.status.as_str(), "created" | "configured" | "initialized")
    }

    /// The signal that would have led to this number: the first process ends with 128 and that, as shells do.
    fn signal(&self) -> Option<u8> {
        u8::try_from(self.exit_code).ok()?.checked_sub(128).filter(|signal| (1..=64).contains(signal))
    }
}

fn end(state: &State, was_killed: bool, by_itself: bool) -> End {
    match state.signal().filter(|_| !by_itself) {
        Some(SIGKILL) if state.oom_killed || was_killed => End::Limit(Limit::Memory),
        Some(SIGXCPU) => End::Limit(Limit::Cpu),
        Some(SIGXFSZ) => End::Limit(Limit::File),
        Some(signal) => End::Signal(signal),
        None => End::Exit(u8::try_from(state.exit_code).unwrap_or(u8::MAX)),
    }
}

/// Hands on our standard input, on a thread that ends with it: the engine's program is in a group of its own, and may not read
/// from a terminal itself.
fn hand_on(mut to: impl Write + Send + 'static) {
    thread::spawn(move || {
        // The script need not read all of it.
        let _ = io::copy(&mut io::stdin().lock(), &mut to);
    });
}
