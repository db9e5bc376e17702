//! The script while it runs: its streams, its time, and what it uses up; and how it ended.

use std::io::{self, Read, Write};
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::engine::{Container, Engine};
use super::usage::Usage;
use crate::cell::Limits;
use crate::outcome::{End, LayerState, Limit, Outcome, Stream};
use crate::sandbox::relay::Relay;
use crate::sandbox::{Ground, Refused, Stdin, Streams};

/// How often to look.
const STEP: Duration = Duration::from_millis(10);
/// How long an engine may take to start a container, and to end one that was killed.
const PATIENCE: Duration = Duration::from_secs(120);
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
}

/// Starts the script, waits for its end or ends it at a limit.
pub(super) fn watch(
    engine: &Engine,
    script: &Container<'_>,
    ground: &Ground,
    layers: Vec<LayerState>,
    streams: Streams,
) -> Result<Outcome, Refused> {
    let limits = &ground.cell.limits;
    let told = |error: io::Error| engine.refused("start", &error.to_string());
    let mut command = engine.command(["start", "--attach"]);
    if ground.stdin == Stdin::Inherit {
        command.arg("--interactive");
    }
    command.arg(script.id()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.stdin(if ground.stdin == Stdin::Inherit { Stdio::piped() } else { Stdio::null() });
    let mut child = command.spawn().map_err(told)?;
    if let Some(stdin) = child.stdin.take() {
        hand_on(stdin);
    }
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let over = AtomicBool::new(false);
    let mut usage = Usage::default();
    let (ended, wall, stdout, stderr) = thread::scope(|scope| {
        let Streams { stdout, stderr } = streams;
        let stdout = scope.spawn(|| out.map(|from| relay(from, stdout, limits, &over)).unwrap_or_default());
        let stderr = scope.spawn(|| err.map(|from| relay(from, stderr, limits, &over)).unwrap_or_default());
        let (ended, wall) = wait(engine, script, &mut child, limits, &mut usage, &over);
        (ended, wall, stdout.join().unwrap_or_default(), stderr.join().unwrap_or_default())
    });
    let limit = ended?;
    let state = state(engine, script, limit)?;
    let end = match limit {
        Some(limit) => End::Limit(limit),
        // The streams end a moment before we look.
        None if stdout.cut || stderr.cut => End::Limit(Limit::Output),
        None => end(&state, usage.killed > 0),
    };
    let milliseconds = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    Ok(Outcome {
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
        layers,
    })
}

/// Hands on what comes until its end. Beyond the limit it says so in `over`, and throws the rest away.
fn relay(from: impl Read, to: &mut dyn Write, limits: &Limits, over: &AtomicBool) -> Stream {
    let mut relay = Relay::new(from, to, limits.output());
    while !relay.has_ended {
        if relay.pump() {
            over.store(true, Ordering::Relaxed);
        }
    }
    relay.finish()
}

/// Waits until the program that is attached to the script has ended. The limit at which it was ended, and how long it ran.
fn wait(
    engine: &Engine,
    script: &Container<'_>,
    child: &mut Child,
    limits: &Limits,
    usage: &mut Usage,
    over: &AtomicBool,
) -> (Result<Option<Limit>, Refused>, Duration) {
    let asked = Instant::now();
    let mut begun = None;
    loop {
        match child.try_wait() {
            Ok(None) => {}
            Ok(Some(_)) => return (Ok(None), begun.unwrap_or(asked).elapsed()),
            Err(error) => return (Err(engine.refused("start", &error.to_string())), Duration::ZERO),
        }
        if usage.look(script.id()) || asked.elapsed() > limits.wall() && is_running(engine, script) {
            begun.get_or_insert_with(Instant::now);
        }
        let wall = begun.map(|begun: Instant| begun.elapsed()).unwrap_or_default();
        let limit = if over.load(Ordering::Relaxed) {
            Some(Limit::Output)
        } else if usage.processor() > limits.cpu() {
            Some(Limit::Cpu)
        } else if wall > limits.wall() {
            Some(Limit::Wall)
        } else {
            None
        };
        if limit.is_some() {
            return (end_it(engine, script, child).map(|()| limit), wall);
        }
        if begun.is_none() && asked.elapsed() > limits.wall() + PATIENCE {
            let late = engine.refused("start", &format!("the container did not start within {} s", PATIENCE.as_secs()));
            return (end_it(engine, script, child).and(Err(late)), Duration::ZERO);
        }
        thread::sleep(STEP);
    }
}

/// Kills all of it, and waits for the attached program to see that.
fn end_it(engine: &Engine, script: &Container<'_>, child: &mut Child) -> Result<(), Refused> {
    let killed = engine.ask("kill", ["kill", script.id()]);
    let asked = Instant::now();
    while matches!(child.try_wait(), Ok(None)) {
        if asked.elapsed() > PATIENCE {
            // So that its streams end. The container is removed by force in any case.
            let _ = child.kill();
            let _ = child.wait();
            return killed.and(Err(engine.refused("kill", "the engine does not end the container")));
        }
        thread::sleep(STEP);
    }
    match killed {
        // It ended by itself in the same moment.
        Err(error) if error.why().contains("is not running") => Ok(()),
        killed => killed.map(drop),
    }
}

fn is_running(engine: &Engine, script: &Container<'_>) -> bool {
    let asked = engine.ask("inspect", ["inspect", "--format", "{{.State.Running}}", script.id()]);
    asked.is_ok_and(|answer| answer == "true")
}

/// What the engine says of the end.
fn state(engine: &Engine, script: &Container<'_>, limit: Option<Limit>) -> Result<State, Refused> {
    let asked = Instant::now();
    loop {
        let text = engine.ask("inspect", ["inspect", "--format", "{{json .State}}", script.id()])?;
        let state: State =
            serde_json::from_str(&text).map_err(|error| engine.refused("inspect", &error.to_string()))?;
        if state.status == "created" || !state.error.is_empty() {
            return Err(engine.refused("start", &state.error));
        }
        // The kernel's notice of memory may come after that of the end.
        let may_change = limit.is_none() && state.exit_code == KILLED && !state.oom_killed;
        if !may_change || asked.elapsed() > NOTICE {
            return Ok(state);
        }
        thread::sleep(STEP);
    }
}

/// The exit code of what SIGKILL ended.
const KILLED: i64 = 128 + 9;
const SIGXCPU: i64 = 128 + 24;
const SIGXFSZ: i64 = 128 + 25;

/// The init of the container ends with 128 and the signal's number, as shells do: a script that ends with such a code by itself
/// cannot be told from one that a signal ended.
fn end(state: &State, was_killed: bool) -> End {
    match state.exit_code {
        KILLED if state.oom_killed || was_killed => End::Limit(Limit::Memory),
        SIGXCPU => End::Limit(Limit::Cpu),
        SIGXFSZ => End::Limit(Limit::File),
        code @ 129..=192 => End::Signal((code - 128) as u8),
        code => End::Exit(u8::try_from(code).unwrap_or(u8::MAX)),
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
