//! How runs in a container end: by themselves, by a signal, and by one that came to us. The same as in the native cell.

use std::fs;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use super::{IMAGE, containers, engine};
use crate::program::Tree;

/// A script, the policy that lets it run, and the log of its runs.
struct Place {
    tree: Tree,
    aside: tempfile::TempDir,
}

impl Place {
    fn new(script: &str) -> Self {
        let aside = tempfile::tempdir().unwrap();
        fs::write(aside.path().join("policy.toml"), "extends = \"moderate\"\ngate = \"record\"\n").unwrap();
        Self { tree: Tree::new(&[("a.py", script)]), aside }
    }

    fn log(&self) -> PathBuf {
        self.aside.path().join("audit.jsonl")
    }

    /// `run` in the cell of a backend, without a terminal.
    fn command(&self, backend: &str, arguments: &[&str]) -> Command {
        let mut command = self.tree.command(&["run", "--backend", backend, "--budget-ms", "60000"]);
        command.arg("--policy").arg(self.aside.path().join("policy.toml")).arg("--audit-log").arg(self.log());
        if backend == "docker" {
            command.args(["--image", IMAGE]);
            command
                .args(["user-namespace", "time-namespace", "landlock"].map(|layer| format!("--allow-weaker={layer}")));
        }
        command.args(arguments).stdin(Stdio::null());
        command
    }

    fn records(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.log()).unwrap_or_default();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    fn outcome(&self) -> Value {
        self.records().into_iter().find(|record| record["event"] == "outcome").unwrap()
    }
}

#[test]
fn a_code_is_told_from_a_signal_as_in_the_native_cell() {
    if !engine() {
        return;
    }
    let script = "import os, signal, sys\nword, number = sys.argv[1], int(sys.argv[2])\n\
                  if word == 'signal': signal.signal(number, signal.SIG_DFL) if number != 9 else 0; os.kill(os.getpid(), number)\n\
                  sys.exit(number)\n";
    let place = Place::new(script);
    for (word, number) in [
        ("exit", 0),
        ("exit", 127),
        ("exit", 129),
        ("exit", 137),
        ("exit", 152),
        ("exit", 192),
        ("exit", 255),
        ("signal", 2),
        ("signal", 9),
        ("signal", 11),
        ("signal", 13),
        ("signal", 64),
    ] {
        let [native, docker] = ["native", "docker"].map(|backend| {
            let done =
                place.command(backend, &["--format", "json", "a.py", word, &number.to_string()]).output().unwrap();
            let account: Value = serde_json::from_slice(&done.stdout).unwrap();
            (account["outcome"]["end"].clone(), done.status.code())
        });
        let code = if word == "exit" { number } else { 128 + number };
        assert_eq!(docker, (json!({ "kind": word, "value": number }), Some(code)), "{word} {number}");
        assert_eq!(docker, native, "{word} {number}");
    }
}

fn send(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

fn until<T>(mut look: impl FnMut() -> Option<T>) -> T {
    for _ in 0..3000 {
        if let Some(found) = look() {
            return found;
        }
        thread::sleep(Duration::from_millis(10));
    }
    panic!("what was waited for did not come")
}

/// What is the same of all runs that a signal to us ended.
fn ended_by(place: &Place, mut child: Child, signal: u8) {
    let code = child.wait().unwrap().code();
    assert_eq!(code, Some(128 + i32::from(signal)));
    let outcome = place.outcome();
    let end = &outcome["data"]["outcome"]["end"];
    assert_eq!((&outcome["data"]["code"], end), (&json!(128 + signal), &json!({ "kind": "signal", "value": signal })));
    assert_eq!(containers(outcome["run"].as_str().unwrap()), "");
}

#[test]
fn a_signal_to_us_ends_the_script_and_removes_its_containers() {
    if !engine() {
        return;
    }
    for (signal, number) in [(Signal::INT, 2), (Signal::TERM, 15), (Signal::HUP, 1)] {
        let place = Place::new("import time\nprint('begun', flush=True)\ntime.sleep(50)\n");
        let mut child =
            place.command("docker", &["a.py"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut said = [0; 6];
        child.stdout.as_mut().unwrap().read_exact(&mut said).unwrap();
        assert_eq!(said, *b"begun\n");
        send(&child, signal);
        ended_by(&place, child, number);
    }
}

#[test]
fn a_signal_before_the_start_lets_nothing_start() {
    if !engine() {
        return;
    }
    let place = Place::new("print('begun')\n");
    let mut child = place.command("docker", &["a.py"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let run = until(|| place.records().first().and_then(|record| record["run"].as_str().map(str::to_owned)));
    until(|| (!containers(&run).is_empty()).then_some(()));
    send(&child, Signal::TERM);
    let mut said = String::new();
    child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(said, "");
    ended_by(&place, child, 15);
}
