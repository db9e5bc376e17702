//! Containers whose engine fails once the code has begun: that it ran is told, whatever is not known of it.

use std::process::{Command, Stdio};

use serde_json::Value;

use super::Place;
use crate::docker;
use crate::program::Done;

/// The account of a script that writes a word and sleeps, the words of the engine's program, and what it ended with.
fn told(answers: &str, script: &str) -> Option<(Done, Value)> {
    if !docker::engine() {
        return None;
    }
    let place = Place::new(&[("a.py", script)]);
    let arguments = ["--image", docker::IMAGE, "--workspace", "scratch", "--format", "json", "a.py"];
    let done = place.with_engine(answers, &arguments);
    let account: Value = serde_json::from_str(&done.stdout).unwrap_or_else(|error| panic!("{error}: {done:?}"));
    let log = std::fs::read_to_string(place.home.path().join(".local/state/portcullis/audit.jsonl")).unwrap();
    let last: Value = serde_json::from_str(log.lines().last().unwrap()).unwrap();
    assert_eq!((&last["event"], &last["data"]["result"]), (&"outcome".into(), &"ran".into()), "{log}");
    assert_eq!(account["result"], "ran", "{account}");
    Some((done, account))
}

/// Whether all these stand in the message.
fn says(account: &Value, words: &[&str]) {
    let message = account["message"].as_str().unwrap_or_else(|| panic!("{account}"));
    words.iter().for_each(|word| assert!(message.contains(word), "{word}: {message}"));
}

#[test]
fn more_than_a_workspace_may_hold_was_run_all_the_same() {
    let holes = "for name in range(8):\n    with open(f'{name}.bin', 'wb') as file:\n        file.truncate(16 << 20)\n";
    let Some((done, account)) = told("exec docker \"$@\"", holes) else { return };
    assert_eq!((done.code, &account["outcome"]["end"]["value"]), (125, &0.into()), "{account}");
    says(&account, &["nothing is copied out: its files come to more than 64 MiB", "(`workspace-mib`)"]);
}

#[test]
fn containers_that_stay_are_told() {
    let answers = "docker \"$@\"; code=$?; case $1 in rm) echo busy >&2; exit 1;; esac; exit $code";
    let Some((done, account)) = told(answers, "print('ran')\n") else { return };
    assert_eq!((done.code, &account["stdout"]["text"]), (0, &"ran\n".into()), "{account}");
    says(&account, &["its containers could not be removed, which the next run does: docker rm: busy"]);
}

#[test]
fn an_end_that_the_engine_does_not_tell_is_no_end() {
    let answers = "case $1 in inspect) echo gone >&2; exit 1;; esac; exec docker \"$@\"";
    let Some((done, account)) = told(answers, "print('ran')\n") else { return };
    assert_eq!((done.code, &account["outcome"]["end"]["kind"]), (125, &"lost".into()), "{account}");
    says(&account, &["does not say how the script ended: docker inspect: gone", "nothing is copied out"]);
}

#[test]
fn streams_that_are_lost_are_no_good_end() {
    // As a daemon that is started anew leaves them: its program has ended, and the script goes on.
    let answers = "case \"$2 $3\" in '--attach --interactive') ;; '--attach '*) docker \"$@\" & sleep 3; kill -9 $!; exit 0;; \
                   esac; exec docker \"$@\"";
    let Some((done, account)) = told(answers, "import time\nprint('ran', flush=True)\ntime.sleep(15)\n") else {
        return;
    };
    assert_eq!((done.code, &account["outcome"]["end"]["kind"]), (125, &"lost".into()), "{account}");
    assert_eq!(account["stdout"]["text"], "ran\n");
    says(&account, &["the script was ended: its streams were lost while it was `running`"]);
}

#[test]
fn what_nobody_counts_is_told_and_the_clock_stands_in() {
    if !docker::engine() {
        return;
    }
    let place = Place::new(&[("a.py", "while True:\n    pass\n")]);
    // As on a machine whose engine runs elsewhere.
    let hidden = "mount -t tmpfs none /sys/fs/cgroup || exit 77; exec \"$0\" \"$@\"";
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c", hidden, env!("CARGO_BIN_EXE_portcullis")]);
    command.args(["run", "--backend", "docker", "--image", docker::IMAGE, "--budget-ms", "60000", "--format", "json"]);
    command.args(["--timeout", "3", "a.py"]).current_dir(place.tree.path()).env("HOME", place.home.path());
    let output = command.env_remove("XDG_STATE_HOME").stdin(Stdio::null()).output().unwrap();
    if matches!(output.status.code(), Some(1 | 77)) && output.stdout.is_empty() {
        println!("skipped: no file system can be laid over the control groups here");
        return;
    }
    let done = Done::from(output);
    let account: Value = serde_json::from_str(&done.stdout).unwrap_or_else(|error| panic!("{error}: {done:?}"));
    let outcome = &account["outcome"];
    assert_eq!((done.code, &outcome["end"]["value"]), (124, &"wall".into()), "{account}");
    assert_eq!((&outcome["user_ms"], &outcome["peak_memory"]), (&Value::Null, &Value::Null));
    let wall = outcome["wall_ms"].as_u64().unwrap();
    assert!((3000..5500).contains(&wall), "{wall}");
    let layers = outcome["layers"].as_array().unwrap();
    let cpu = layers.iter().find(|state| state["layer"] == "cgroup-cpu").unwrap();
    assert_eq!(cpu["present"], false);
    assert!(cpu["detail"].as_str().unwrap().contains("not to be seen from here"), "{cpu}");
}
