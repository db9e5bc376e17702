//! Who reads what a script writes, and does not go on, holds nothing up: limits hold, signals are heard, and it is told.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{PATIENT, Place, says};
use crate::docker;

const FLOOD: &str = "import os, time\nos.write(1, b'x' * 300000)\ntime.sleep(60)\n";

fn started(place: &Place, arguments: &[&str]) -> Child {
    let mut command = Command::new(place.tree.command(&[]).get_program());
    command.arg("run").args(PATIENT).args(arguments).current_dir(place.tree.path()).env("HOME", place.home.path());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn code(child: &mut Child, within: Duration) -> Option<i32> {
    let begun = Instant::now();
    while begun.elapsed() < within {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    None
}

#[test]
fn a_limit_holds_though_nobody_reads() {
    let place = Place::new(&[("a.py", FLOOD)]);
    let mut child = started(&place, &["--timeout", "2", "a.py"]);
    assert_eq!(code(&mut child, Duration::from_secs(30)), Some(124));
    let mut told = String::new();
    child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    assert!(told.contains("not all of the script's standard output could be handed on"), "{told}");
}

#[test]
fn a_limit_of_a_container_holds_though_nobody_reads() {
    if !docker::engine() {
        return;
    }
    let place = Place::new(&[("a.py", FLOOD)]);
    let mut child = started(&place, &["--backend", "docker", "--image", docker::IMAGE, "--timeout", "3", "a.py"]);
    assert_eq!(code(&mut child, Duration::from_secs(60)), Some(124));
}

#[test]
fn a_signal_is_heard_though_nobody_reads() {
    let place = Place::new(&[("a.py", FLOOD)]);
    let mut child = started(&place, &["--audit-log", "log.jsonl", "a.py"]);
    thread::sleep(Duration::from_secs(2));
    let killed = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    assert_eq!(code(&mut child, Duration::from_secs(30)), Some(128 + 15));
    let log = place.read("log.jsonl").unwrap();
    let last: Value = serde_json::from_str(log.lines().last().unwrap()).unwrap();
    assert_eq!((&last["event"], &last["data"]["outcome"]["end"]["value"]), (&"outcome".into(), &15.into()));
}

#[test]
fn output_for_which_there_is_no_room_is_told() {
    let place = Place::new(&[("a.py", "print('x' * 5000)\n")]);
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let mut command = Command::new(place.tree.command(&[]).get_program());
    command.arg("run").args(PATIENT).arg("a.py").current_dir(place.tree.path()).env("HOME", place.home.path());
    let done = crate::program::Done::from(command.stdin(Stdio::null()).stdout(full).output().unwrap());
    says(&done, 0, &["not all of the script's standard output could be handed on"]);
}

/// However many calls that there are not a script makes, it is told of them in one line.
#[test]
fn refused_calls_without_a_name_are_counted_together() {
    let text = "import ctypes\ncall = ctypes.CDLL(None).syscall\nfor number in range(1000, 1300):\n    call(number)\n";
    let place = Place::new(&[("a.py", text)]);
    let policy = place.policy("extends = \"moderate\"\ngate = \"record\"\n");
    let (code, account) = place.json(&["--policy", &policy, "a.py"]);
    let calls = account["outcome"]["violations"].as_array().unwrap();
    let unnamed: Vec<_> = calls.iter().filter(|call| call["count"] == 300).collect();
    assert_eq!((code, unnamed.len(), calls.len()), (0, 1, 1), "{calls:?}");
}

/// A signal that a script sends itself is no limit.
#[test]
fn a_limit_is_told_only_where_it_was_met() {
    let place = Place::new(&[("a.py", "import os, signal\nos.kill(os.getpid(), signal.SIGXCPU)\n")]);
    let policy = place.policy("extends = \"moderate\"\ngate = \"record\"\n");
    says(&place.run(&["--policy", &policy, "a.py"]), 128 + 24, &["signal 24 ended the script"]);
}
