//! A supervisor that is killed leaves nothing once the next one started. The supervisor is this very binary, told by its
//! environment which job to run.

use std::env;
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use portcullis::cell::Workspace;

use super::{ask, case, choice, containers, engine, run};

const SCRIPT: &str = "PORTCULLIS_TEST_SCRIPT";
const RUN: &str = "PORTCULLIS_TEST_RUN";

/// Does nothing by itself; in a process that was started for it, runs a script.
#[test]
fn a_supervisor() {
    let Ok(script) = env::var(SCRIPT) else { return };
    let mut choice = choice();
    if let Ok(run) = env::var(RUN) {
        choice.run = run;
    }
    let case = case(Workspace::Scratch, &script);
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let ended = portcullis::sandbox::docker::run(
        &case.ground,
        &case.job,
        &choice,
        portcullis::sandbox::Streams { stdout: &mut stdout, stderr: &mut stderr },
    );
    println!("<<{}>>{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    ended.unwrap();
}

fn start(script: &str, environment: &[(&str, &str)]) -> Child {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["docker::killed::a_supervisor", "--exact", "--nocapture", "--test-threads", "1"]);
    command.env(SCRIPT, script).envs(environment.iter().copied());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// What a script writes in a process of its own.
pub(super) fn supervise(script: &str, environment: &[(&str, &str)]) -> String {
    let mut text = String::new();
    let mut child = start(script, environment);
    child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    assert!(child.wait().unwrap().success(), "{text}");
    text.split_once("<<").unwrap().1.split_once(">>").unwrap().0.to_owned()
}

#[test]
fn a_killed_supervisor_leaves_nothing_after_the_next_start() {
    if !engine() {
        return;
    }
    let run_id = format!("killed-{}", std::process::id());
    // A fixed sequence over the time that a run takes, so that every step of it is met.
    for number in 0..12u64 {
        let mut child = start("import time; time.sleep(1)", &[(RUN, &run_id)]);
        thread::sleep(Duration::from_millis(number * 137 % 1500));
        child.kill().unwrap();
        child.wait().unwrap();
        // The engine may still be at what it was asked for last.
        thread::sleep(Duration::from_millis(300));
        assert_eq!(run(&case(Workspace::None, "print('next')")).stdout, "next\n");
        assert_eq!(containers(&run_id), "", "after {} ms", number * 137 % 1500);
    }
    assert_eq!(volumes(&run_id), "");
    // They would have been found.
    let mut child = start("import time; time.sleep(60)", &[(RUN, &run_id)]);
    let asked = Instant::now();
    while volumes(&run_id).is_empty() && asked.elapsed() < Duration::from_secs(30) {
        thread::sleep(Duration::from_millis(50));
    }
    let were_there = !volumes(&run_id).is_empty();
    child.kill().unwrap();
    child.wait().unwrap();
    thread::sleep(Duration::from_millis(300));
    assert_eq!(run(&case(Workspace::None, "print('next')")).stdout, "next\n");
    assert_eq!((were_there, &*volumes(&run_id)), (true, ""));
}

fn volumes(run: &str) -> String {
    ask(&["volume", "ls", "--quiet", "--filter", &format!("label=portcullis.run={run}")])
}
