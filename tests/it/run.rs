//! `run`: what is asked for, what is read, what is judged, what is run and what that leaves.

mod engine;
mod events;
mod full;
mod inside;
mod plan;
mod recorded;
mod stalled;
mod terminal;
mod walls;
mod without;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::Value;

use crate::program::{Done, Tree};

/// Long enough for a debug build on a busy machine.
const PATIENT: [&str; 2] = ["--budget-ms", "60000"];

/// A tree and a folder outside of it, in which policies and the user's own files lie.
struct Place {
    tree: Tree,
    home: tempfile::TempDir,
}

impl Place {
    fn new(files: &[(&str, &str)]) -> Self {
        Self { tree: Tree::new(files), home: tempfile::tempdir().unwrap() }
    }

    /// The path of a policy file outside of the tree.
    fn policy(&self, text: &str) -> String {
        let path = self.home.path().join("policy.toml");
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Without a terminal, in a session of its own.
    fn run(&self, arguments: &[&str]) -> Done {
        self.run_with_input(arguments, std::process::Stdio::null())
    }

    fn run_with_input(&self, arguments: &[&str], input: std::process::Stdio) -> Done {
        let program = self.tree.command(&[]).get_program().to_owned();
        let mut command = std::process::Command::new("setsid");
        command.arg("--wait").arg(program).arg("run").args(PATIENT).args(arguments);
        command.current_dir(self.tree.path()).env("HOME", self.home.path()).env_remove("XDG_CONFIG_HOME");
        command.env_remove("XDG_STATE_HOME").stdin(input);
        Done::from(command.output().unwrap())
    }

    /// With a program of the engine's name whose answers are these words of a shell, in which `docker` is the real one.
    fn with_engine(&self, answers: &str, arguments: &[&str]) -> Done {
        let folder = self.home.path().join("bin");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("docker"), format!("#!/bin/sh\nPATH=${{PATH#*:}}\n{answers}\n")).unwrap();
        fs::set_permissions(folder.join("docker"), fs::Permissions::from_mode(0o755)).unwrap();
        let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
        let mut command = self.tree.command(&["run", "--backend", "docker"]);
        command.args(PATIENT).args(arguments).env("HOME", self.home.path()).env("PATH", path);
        command.env_remove("XDG_CONFIG_HOME").env_remove("XDG_STATE_HOME").stdin(std::process::Stdio::null());
        Done::from(command.output().unwrap())
    }

    fn json(&self, arguments: &[&str]) -> (i32, Value) {
        let done = self.run(&[&["--format", "json"], arguments].concat());
        (done.code, serde_json::from_str(&done.stdout).unwrap_or_else(|error| panic!("{error}: {done:?}")))
    }
}

impl Place {
    fn write(&self, path: &str, text: &str) {
        self.tree.write(path, text);
    }

    fn read(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.tree.path().join(path)).ok()
    }
}

#[track_caller]
fn says(done: &Done, code: i32, words: &[&str]) {
    assert_eq!(done.code, code, "{}{}", done.stdout, done.stderr);
    words.iter().for_each(|word| assert!(done.stderr.contains(word), "{word}\n{}", done.stderr));
}

#[test]
fn what_cannot_be_run_is_told_and_nothing_is_run() {
    let place = Place::new(&[("a.py", "print(1)\n"), ("folder/b.py", "print(1)\n"), ("venv/x", "")]);
    let big = fs::File::create(place.tree.path().join("big.py")).unwrap();
    big.set_len(1 << 30).unwrap();
    fs::write(place.tree.path().join("latin.py"), b"x = '\xff\xfe'\n").unwrap();
    std::os::unix::fs::symlink("folder", place.tree.path().join("link")).unwrap();
    let home = place.home.path().to_str().unwrap();
    for (arguments, code, words) in [
        (&["none.py"][..], 127, &["none.py: there is no such file"][..]),
        (&["a.py/none.py"], 127, &["there is no such file"]),
        (&["folder"], 125, &["folder: this is a folder, not a script"]),
        (&["big.py"], 125, &["big.py: 1073741824 bytes are more than a script may have"]),
        (&["/proc/self/mem"], 125, &["/proc/self/mem: it cannot be read: "]),
        (&["/dev/zero"], 125, &["/dev/zero: it is a device or socket, not a regular file"]),
        (&["latin.py"], 126, &["any/undecoded", "nothing was run"]),
        (&[], 125, &["<SCRIPT>"]),
        (&["--no-such-option", "a.py"], 125, &["--no-such-option"]),
        (&["--policy", "none", "a.py"], 125, &["`none` is no policy"]),
        (&["--policy", "strct", "a.py"], 125, &["did you mean `strict`?"]),
        (&["--workspace", "all", "a.py"], 125, &["none, read, scratch, write"]),
        (&["--workspace-root", "none", "a.py"], 125, &["none: there is no such folder"]),
        (&["--workspace-root", "a.py", "a.py"], 125, &["a.py: there is no such folder"]),
        (
            &["--workspace", "read", "--workspace-root", "/", "a.py"],
            125,
            &["/: the workspace is a folder of the system"],
        ),
        (&["--workspace", "read", "--workspace-root", "/etc", "a.py"], 125, &["a folder of the system"]),
        (&["--workspace", "read", "--workspace-root", "/var/lib", "a.py"], 125, &["a folder of the system"]),
        (&["--workspace", "read", "--workspace-root", "/usr/lib/python3", "a.py"], 125, &["a folder of the system"]),
        (&["--workspace", "read", "--workspace-root", home, "a.py"], 125, &["the workspace is the home folder"]),
        (&["--workspace", "read", "--workspace-root", "link", "a.py"], 125, &["link: the workspace is a link"]),
        (
            &["--workspace", "write", "--policy", "strict", "a.py"],
            125,
            &["grants no workspace `write`: `scratch` is the most"],
        ),
        (&["--timeout", "61", "a.py"], 125, &["`--timeout 61` is more than the policy grants: `wall-s = 60`"]),
        (&["--memory", "0", "a.py"], 125, &["`--memory 0` lets nothing run"]),
        (&["--timeout", "soon", "a.py"], 125, &["--timeout"]),
        (&["--interpreter", "python3.1", "a.py"], 127, &["python3.1: there is no such interpreter"]),
        (&["--interpreter", "/usr/bin/bash", "a.py"], 125, &["only Python is run"]),
        (&["--interpreter", "folder/python3", "a.py"], 125, &["its path from the root on"]),
        (&["--venv", "none", "a.py"], 125, &["none: No such file"]),
        (&["--venv", "venv", "a.py"], 125, &["no virtual environment: it has no pyvenv.cfg"]),
        (&["--rootfs", "a.py", "a.py"], 125, &["a.py: this is no folder"]),
        (&["--rootfs", "/", "a.py"], 125, &["the whole machine"]),
        (&["--input", "none.csv", "a.py"], 125, &["none.csv: there is no such file"]),
        (&["--input", "a.py", "--input", "a.py", "a.py"], 125, &["another input has the same name"]),
        (&["--env", "LD_PRELOAD=x.so", "a.py"], 125, &["`--env LD_PRELOAD` cannot be handed in"]),
        (&["--env", "PORTCULLIS_UNSET", "a.py"], 125, &["there is no such variable"]),
        (&["--env", "=x", "a.py"], 125, &["it is no name"]),
        (&["--allow-weaker", "landlok", "a.py"], 125, &["landlock"]),
        (&["--stdin", "-"], 125, &["standard input is the script"]),
        (&["--backend", "docker", "--events", "a.py"], 125, &["`--events`: a container has no way out"]),
        (&["--interpreter", "python2.7", "--events", "a.py"], 125, &["python2.7: `--events`: it has no audit hooks"]),
        (&["--backend", "chroot", "a.py"], 125, &["native, docker, podman"]),
    ] {
        let done = place.run(arguments);
        says(&done, code, words);
        assert_eq!(done.stdout, "", "{arguments:?}");
    }
    // The same in JSON, which says which of those it is.
    let (code, account) = place.json(&["none.py"]);
    assert_eq!((code, &account["result"], &account["code"]), (127, &"not-found".into(), &127.into()));
    let (code, account) = place.json(&["folder"]);
    assert_eq!((code, &account["result"], &account["outcome"]), (125, &"refused".into(), &Value::Null));
}

#[test]
fn an_unreadable_script_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new(&[("a.py", "print(1)\n")]);
    fs::set_permissions(place.tree.path().join("a.py"), fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(place.tree.path().join("a.py")).is_ok() {
        println!("not tried: this user reads everything");
        return;
    }
    says(&place.run(&["a.py"]), 125, &["a.py: permission denied"]);
}

#[test]
fn the_gate_is_shut_by_a_denial_and_by_a_question_that_nobody_answers() {
    let place = Place::new(&[("bad.py", "eval(input())\n"), ("ask.py", "assert 1\n")]);
    says(&place.run(&["bad.py"]), 126, &["deny: bad.py", "python/eval", "nothing was run: the policy denies it"]);
    says(&place.run(&["--yes", "bad.py"]), 126, &["nothing was run: the policy denies it"]);
    let ask =
        "extends = \"moderate\"\n[rules]\n\"python/assert\" = { verdict = \"ask\", reason = \"we run with -O\" }\n";
    let policy = place.policy(ask);
    says(&place.run(&["--policy", &policy, "ask.py"]), 126, &["we run with -O", "nobody at a terminal to answer"]);
    // The command line may answer only where the policy says so: whoever writes it may be the one that is judged.
    let done = place.run(&["--policy", &policy, "--yes", "ask.py"]);
    says(&done, 126, &["`--yes` does not count", "nobody at a terminal to answer"]);
    let (code, account) = place.json(&["--policy", &policy, "ask.py"]);
    assert_eq!((code, &account["result"]), (126, &"shut".into()));
    assert_eq!(account["answer"], serde_json::json!({ "by": "nobody", "allowed": false }));
}

#[test]
fn a_dry_run_shows_the_verdict_and_the_cell_and_runs_nothing() {
    let place = Place::new(&[("a.py", "open('ran', 'w')\n"), ("bad.py", "eval(input())\n")]);
    let done = place.run(&["--dry-run", "--policy", "permissive", "--timeout", "5", "a.py", "--flag", "x"]);
    assert_eq!((done.code, done.stderr.as_str()), (0, ""));
    for word in [
        "allow: a.py (policy permissive)",
        "This would be run:",
        "python3 -I -B /script/a.py with 2 arguments",
        "5 s by the clock, 60 s of processor",
        "nothing but the script",
        "user-namespace",
    ] {
        assert!(done.stdout.contains(word), "{word}\n{}", done.stdout);
    }
    assert!(!place.tree.path().join("ran").exists());
    let done = place.run(&["--dry-run", "bad.py"]);
    assert_eq!(done.code, 126);
    assert!(done.stdout.contains("This would not be run:"), "{}", done.stdout);
}

#[test]
fn names_of_variables_are_told_and_values_are_not() {
    let place = Place::new(&[("a.py", "print(1)\n")]);
    let arguments = ["--dry-run", "--env", "TOKEN=hunter2hunter2", "--env", "EMPTY=", "a.py", "secret-argument"];
    let (code, account) = place.json(&arguments);
    assert_eq!(code, 0);
    let environment = &account["plan"]["environment"];
    assert_eq!(*environment, serde_json::json!(["EMPTY", "HOME", "LANG", "PATH", "TMPDIR", "TOKEN"]));
    let done = place.run(&arguments);
    let all = format!("{account}{}{}", done.stdout, done.stderr);
    assert!(!all.contains("hunter2") && !all.contains("secret-argument"), "{all}");
}

#[test]
fn a_virtual_environment_of_the_workspace_is_not_trusted() {
    let place = Place::new(&[("a.py", "print(1)\n"), (".venv/pyvenv.cfg", "home = /usr/bin\n")]);
    fs::create_dir(place.tree.path().join(".venv/bin")).unwrap();
    std::os::unix::fs::symlink("/usr/bin/python3", place.tree.path().join(".venv/bin/python")).unwrap();
    says(&place.run(&["--venv", ".venv", "a.py"]), 125, &["lies inside the workspace", "--trust-project-config"]);
    let done = place.run(&["--venv", ".venv", "--trust-project-config", "--dry-run", "a.py"]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.stdout.contains(".venv/bin/python -I -B /script/a.py"), "{}", done.stdout);
}

#[test]
fn a_virtual_environment_of_an_interpreter_that_the_cell_does_not_have_is_refused() {
    let place = Place::new(&[("a.py", "print(1)\n")]);
    let at = |path: &str| place.home.path().join(path);
    fs::create_dir_all(at("venv/bin")).unwrap();
    fs::write(at("venv/pyvenv.cfg"), "home = /opt/python/bin\n").unwrap();
    fs::copy("/usr/bin/python3", at("python3.99")).unwrap();
    std::os::unix::fs::symlink(at("python3.99"), at("venv/bin/python")).unwrap();
    let done = place.run(&["--venv", at("venv").to_str().unwrap(), "a.py"]);
    says(
        &done,
        125,
        &["venv/bin/python: the interpreter of this virtual environment is ", "python3.99, and of this machine"],
    );
}

#[test]
fn the_account_has_the_shape_of_its_schema() {
    let place = Place::new(&[("a.py", "print(1)\n")]);
    let schema: Value = serde_json::from_str(&place.tree.run(&["schema", "run"]).stdout).unwrap();
    let (_, account) = place.json(&["--dry-run", "a.py"]);
    let known: Vec<_> = schema["properties"].as_object().unwrap().keys().collect();
    let told: Vec<_> = account.as_object().unwrap().keys().collect();
    assert_eq!(known, told);
    let plan = &schema["$defs"]["Planned"]["properties"];
    let known: Vec<_> = plan.as_object().unwrap().keys().collect();
    assert_eq!(known, account["plan"].as_object().unwrap().keys().collect::<Vec<_>>());
}

#[test]
fn the_account_is_written_to_a_file_too() {
    let place = Place::new(&[("bad.py", "eval(input())\n")]);
    let path = place.home.path().join("account.json");
    let done = place.run(&["--account", path.to_str().unwrap(), "bad.py"]);
    says(&done, 126, &["deny: bad.py"]);
    let account: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!((&account["result"], &account["plan"]["verdict"]["decision"]), (&"shut".into(), &"deny".into()));
    assert!(Path::new(account["plan"]["script"]["path"].as_str().unwrap()).ends_with("bad.py"));
}

#[test]
fn sarif_tells_why_the_gate_is_shut() {
    let place = Place::new(&[("bad.py", "x = 1\neval(input())\n")]);
    let done = place.run(&["--format", "sarif", "bad.py"]);
    assert_eq!(done.code, 126);
    let log: serde_sarif::sarif::Sarif = serde_json::from_str(&done.stdout).unwrap();
    let run = &log.runs[0];
    let result = &run.results.as_ref().unwrap()[0];
    assert_eq!(result.rule_id.as_deref(), Some("python/eval"));
    let place = result.locations.as_ref().unwrap()[0].physical_location.as_ref().unwrap();
    assert_eq!(place.region.as_ref().unwrap().start_line, Some(2));
    assert_eq!(place.artifact_location.as_ref().unwrap().uri.as_deref(), Some("bad.py"));
    let rules = run.tool.driver.rules.as_ref().unwrap();
    assert!(rules.iter().any(|rule| rule.id == "python/eval" && rule.full_description.is_some()));
    assert_eq!(run.invocations.as_ref().unwrap()[0].exit_code, Some(126));
}

#[test]
fn what_is_not_run_is_recorded_and_how_it_was_asked_for_is_not() {
    let place = Place::new(&[("bad.py", "eval(input())\n")]);
    let done = place.run(&["--env", "TOKEN=hunter2hunter2", "bad.py", "secret-argument"]);
    says(&done, 126, &["nothing was run: the policy denies it"]);
    let log = place.home.path().join(".local/state/portcullis/audit.jsonl");
    let text = fs::read_to_string(&log).unwrap();
    let records: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told: Vec<_> = records.iter().map(|record| &record["event"]).collect();
    assert_eq!(told, ["gate", "outcome"]);
    assert_eq!(
        (&records[0]["data"]["decision"], &records[0]["data"]["rules"][0]),
        (&"deny".into(), &"python/eval".into())
    );
    assert_eq!((&records[1]["data"]["step"], &records[1]["data"]["code"]), (&"gate".into(), &126.into()));
    assert_eq!(records[0]["run"], records[1]["run"]);
    assert!(!text.contains("hunter2") && !text.contains("secret-argument"), "{text}");
    assert_eq!(place.tree.run(&["audit", "verify", "--log", log.to_str().unwrap()]).code, 0);
}

#[test]
fn nothing_is_run_that_cannot_be_recorded_where_that_is_demanded() {
    let place = Place::new(&[("a.py", "print('ran')\n"), ("file", "")]);
    let (code, account) = place.json(&["--audit-log", "file/audit.jsonl", "a.py"]);
    assert_eq!((code, &account["result"], &account["outcome"]), (125, &"refused".into(), &Value::Null));
    let message = account["message"].as_str().unwrap();
    assert!(message.contains("the policy demands a record in the audit log"), "{message}");
}
