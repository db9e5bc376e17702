//! The question at a terminal: asked on a terminal of its own, whatever standard input and output are.

use std::fs;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::Place;

/// Runs a command on a terminal, types an answer when it is asked for, and prints how that ended after all that it said.
const DRIVER: &str = r#"
import os, pty, sys
typed, command = sys.argv[1], sys.argv[2:]
child, terminal = pty.fork()
if child == 0:
    null = os.open("/dev/null", os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.execv(command[0], command)
os.write(terminal, b"y\n")
said = b""
while True:
    try:
        part = os.read(terminal, 4096)
    except OSError:
        break
    if not part:
        break
    said += part
    if typed and b"[y/N]" in said:
        os.write(terminal, typed.encode() + b"\n")
        typed = ""
print(said.decode(errors="replace"))
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"#;

const ASK: &str =
    "extends = \"moderate\"\n[rules]\n\"python/assert\" = { verdict = \"ask\", reason = \"we run with -O\" }\n";

/// What was said, and the records of the log.
fn answered(typed: &str) -> (String, Vec<Value>) {
    let place = Place::new(&[("ask.py", "assert 1\n")]);
    let policy = place.policy(ASK);
    let program = env!("CARGO_BIN_EXE_portcullis");
    let mut command = Command::new("python3");
    command.args(["-c", DRIVER, typed, program, "run", "--budget-ms", "60000", "--policy", &policy, "ask.py"]);
    command.current_dir(place.tree.path()).env("HOME", place.home.path()).env_remove("XDG_STATE_HOME");
    let done = command.stdin(Stdio::null()).output().unwrap();
    let log = fs::read_to_string(place.home.path().join(".local/state/portcullis/audit.jsonl")).unwrap();
    let records = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (String::from_utf8(done.stdout).unwrap(), records)
}

#[test]
fn a_person_at_the_terminal_sees_why_and_answers() {
    let (said, records) = answered("y");
    assert!(said.contains("we run with -O") && said.contains("[y/N]"), "{said}");
    assert!(said.trim().ends_with("\n0"), "{said}");
    assert_eq!(records[0]["event"], "intent");
    assert_eq!(records[0]["data"]["answer"], serde_json::json!({ "by": "terminal", "allowed": true }));
    let ended = records.last().unwrap();
    assert_eq!((&ended["event"], &ended["data"]["result"]), (&"outcome".into(), &"ran".into()), "{ended}");
    assert_eq!(ended["data"]["outcome"]["end"], serde_json::json!({ "kind": "exit", "value": 0 }), "{ended}");
}

#[test]
fn whatever_is_no_yes_is_a_no() {
    for typed in ["n", "", "yesterday", "\u{4}"] {
        let typed = if typed.is_empty() { " " } else { typed };
        let (said, records) = answered(typed);
        assert!(said.trim().ends_with("126"), "{typed:?}: {said}");
        assert_eq!(records[0]["event"], "gate", "{typed:?}");
        assert!(records.iter().all(|record| record["event"] != "intent"), "{typed:?}: {records:?}");
        let ended = records.last().unwrap();
        assert_eq!((&ended["event"], &ended["data"]["result"]), (&"outcome".into(), &"refused".into()), "{typed:?}");
    }
}
