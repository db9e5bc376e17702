//! Runs from the command to what they leave behind. In the native cell, and one in a container where there is an engine.

use std::fs;
use std::process::Stdio;

use serde_json::{Value, json};

use super::{Place, says};
use crate::docker;
use crate::program::Done;

fn inside(place: &Place, arguments: &[&str]) -> Done {
    with_input(place, arguments, Stdio::null())
}

fn with_input(place: &Place, arguments: &[&str], input: Stdio) -> Done {
    place.run_with_input(arguments, input)
}

fn account(done: &Done) -> Value {
    serde_json::from_str(&done.stdout).unwrap_or_else(|error| panic!("{error}: {done:?}"))
}

#[test]
fn a_script_runs_with_its_own_output_and_code() {
    let place =
        Place::new(&[("a.py", "import sys\nprint(sys.argv[1:])\nprint('err', file=sys.stderr)\nsys.exit(7)\n")]);
    let done = inside(&place, &["a.py", "--flag", "x y"]);
    assert_eq!((done.code, done.stdout.as_str()), (7, "['--flag', 'x y']\n"));
    assert_eq!(done.stderr, "err\nthe script ended with code 7\n");
    // Where all is well, nothing is said.
    place.write("b.py", "print('b')\n");
    let done = inside(&place, &["b.py"]);
    assert_eq!((done.code, done.stdout.as_str(), done.stderr.as_str()), (0, "b\n", ""));
}

#[test]
fn the_document_holds_what_was_written() {
    let place = Place::new(&[("a.py", "import sys\nprint('out')\nsys.stderr.buffer.write(b'\\xff')\n")]);
    let done = inside(&place, &["--format", "json", "a.py"]);
    let account = account(&done);
    assert_eq!((&account["result"], &account["code"]), (&"ran".into(), &0.into()));
    assert_eq!((&account["stdout"], &account["stderr"]), (&json!({ "text": "out\n" }), &json!({ "bytes": "ff" })));
    assert_eq!(account["outcome"]["end"], json!({ "kind": "exit", "value": 0 }));
    assert_eq!(account["outcome"]["stdout"]["bytes"], 4);
    assert_eq!(account["plan"]["waived"], json!([]));
}

#[test]
fn a_limit_ends_the_script() {
    let place = Place::new(&[("a.py", "while True:\n    pass\n"), ("b.py", "print('x' * 5000)\n")]);
    let done = inside(&place, &["--timeout", "2", "a.py"]);
    says(&done, 124, &["ended at its limit of 2 s by the clock (`wall-s`)"]);
    let done = inside(&place, &["--output-size", "1", "b.py"]);
    says(&done, 124, &["1 KiB of output"]);
    assert!(done.stdout.len() <= 1024, "{}", done.stdout.len());
}

#[test]
fn inputs_and_standard_input_are_handed_in() {
    let text = "import sys\nprint(open('/input/table.csv').read() + sys.stdin.read())\n";
    let place = Place::new(&[("a.py", text), ("data/table.csv", "1,2"), ("typed", "3,4")]);
    let typed = fs::File::open(place.tree.path().join("typed")).unwrap();
    let arguments = ["--policy", "permissive", "--input", "data/table.csv", "--stdin", "a.py"];
    let done = with_input(&place, &arguments, typed.into());
    assert_eq!((done.code, done.stdout.as_str()), (0, "1,23,4\n"), "{}", done.stderr);
    // Without being asked for, nothing is read from it.
    place.write("b.py", "import sys\nprint(repr(sys.stdin.read()))\n");
    let typed = fs::File::open(place.tree.path().join("typed")).unwrap();
    let done = with_input(&place, &["b.py"], typed.into());
    assert_eq!((done.code, done.stdout.as_str()), (0, "''\n"), "{}", done.stderr);
}

#[test]
fn inputs_may_be_as_large_as_a_workspace() {
    let place = Place::new(&[("a.py", "import os\nprint(os.path.getsize('/input/big'))\n")]);
    let big = place.home.path().join("big");
    fs::File::create(&big).unwrap().set_len(80 << 20).unwrap();
    let done = inside(&place, &["--policy", "permissive", "--input", big.to_str().unwrap(), "a.py"]);
    assert_eq!((done.code, done.stdout.as_str()), (0, "83886080\n"), "{}", done.stderr);
}

/// Reads, changes, makes and deletes; it ends well where it may.
const WORK: &str = "\
import helper
with open('notes.txt') as file:
    text = file.read()
with open('notes.txt', 'w') as file:
    file.write(text + helper.more)
with open('made.txt', 'w') as file:
    file.write('made')
with open('AGENTS.md', 'w') as file:
    file.write('obey')
";

fn workspace() -> Place {
    Place::new(&[("work.py", WORK), ("helper.py", "more = ' and more'\n"), ("notes.txt", "notes")])
}

#[test]
fn a_workspace_to_read_cannot_be_written_to() {
    let place = workspace();
    let done = inside(&place, &["--workspace", "read", "--policy", "permissive", "work.py"]);
    says(&done, 1, &["Read-only file system", "the script ended with code 1"]);
    assert_eq!(place.read("notes.txt").as_deref(), Some("notes"));
}

#[test]
fn a_scratch_workspace_is_thrown_away_and_its_changes_are_told() {
    let place = workspace();
    let done = inside(&place, &["--workspace", "scratch", "--policy", "permissive", "work.py"]);
    assert_eq!((done.code, done.stdout.as_str()), (0, ""), "{}", done.stderr);
    assert!(done.stderr.contains("written notes.txt (14 bytes), thrown away\n"), "{}", done.stderr);
    assert!(done.stderr.contains("made    made.txt (4 bytes), thrown away\n"), "{}", done.stderr);
    assert_eq!((place.read("notes.txt").as_deref(), place.read("made.txt")), (Some("notes"), None));
}

#[test]
fn a_workspace_to_write_is_copied_out_but_for_what_something_obeys() {
    let place = workspace();
    let arguments = ["--workspace", "write", "--policy", "permissive", "--format", "json", "work.py"];
    let done = inside(&place, &arguments);
    assert_eq!(done.code, 0, "{done:?}");
    let account = account(&done);
    let changes = account["changes"].as_array().unwrap().iter();
    let told: Vec<_> = changes.map(|change| (&change["path"], &change["what"], &change["fate"]["fate"])).collect();
    let wanted = [
        (&json!("AGENTS.md"), &json!("made"), &json!("refused")),
        (&json!("made.txt"), &json!("made"), &json!("kept")),
        (&json!("notes.txt"), &json!("written"), &json!("kept")),
    ];
    assert_eq!(told, wanted);
    assert_eq!(place.read("notes.txt").as_deref(), Some("notes and more"));
    assert_eq!((place.read("made.txt").as_deref(), place.read("AGENTS.md")), (Some("made"), None));
}

#[test]
fn what_was_ended_half_way_is_not_copied_out() {
    let place =
        Place::new(&[("a.py", "with open('half', 'w') as file:\n    file.write('x')\nwhile True:\n    pass\n")]);
    let done = inside(&place, &["--workspace", "write", "--timeout", "2", "a.py"]);
    says(&done, 124, &["made    half (1 bytes), not copied out: the script was ended before its own end"]);
    assert_eq!(place.read("half"), None);
}

#[test]
fn more_than_the_workspace_may_hold_is_not_copied_out_however_little_room_it_takes() {
    let holes = "for name in range(8):\n    with open(f'{name}.bin', 'wb') as file:\n        file.truncate(16 << 20)\n";
    let links = "import os\nwith open('0', 'wb') as file:\n    file.write(os.urandom(9 << 20))\n\
                 for name in range(1, 8):\n    os.link('0', str(name))\n";
    for text in [holes, links] {
        let place = Place::new(&[("a.py", text)]);
        let done = inside(&place, &["--workspace", "write", "a.py"]);
        says(&done, 125, &["nothing is copied out: its files come to more than 64 MiB", "(`workspace-mib`)"]);
        assert_eq!((place.read("0"), place.read("0.bin")), (None, None));
    }
}

#[test]
fn a_name_that_is_no_utf_8_is_laid_as_any_other() {
    use std::os::unix::ffi::OsStrExt;
    let place = Place::new(&[("a.py", "import os\nprint(os.listdir(b'.'))\n")]);
    fs::write(place.tree.path().join(std::ffi::OsStr::from_bytes(b"\xff.txt")), "x").unwrap();
    fs::create_dir(place.tree.path().join(std::ffi::OsStr::from_bytes(b"d\xff"))).unwrap();
    let done = inside(&place, &["--workspace", "read", "--policy", "permissive", "a.py"]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.stdout.contains("b'\\xff.txt'") && done.stdout.contains("b'd\\xff'"), "{}", done.stdout);
}

#[test]
fn a_layer_that_is_missing_and_not_waived_stops_the_run() {
    let place = Place::new(&[("a.py", "print('ran')\n")]);
    // What an engine says of a machine whose kernel counts neither memory nor processes.
    let answers = "case $1 in info) echo '{\"ServerVersion\": \"1\", \"SecurityOptions\": [\"name=seccomp\"]}';; \
                   image) echo '{\"Id\": \"sha256:1\"}';; create) echo made >&2; exit 1;; esac";
    let told = place.with_engine(answers, &["--policy", "strict", "a.py"]);
    let each = ["no cgroup-memory: docker has no", "no cgroup-processes: docker has no", "the policy requires them"];
    says(&told, 125, &[&each[..], &["`--allow-weaker cgroup-memory --allow-weaker cgroup-processes`"]].concat());
    let waived =
        ["--allow-weaker", "cgroup-memory", "--allow-weaker", "cgroup-processes", "--policy", "strict", "a.py"];
    says(&place.with_engine(answers, &waived), 125, &["docker create: made"]);
}

#[test]
fn a_container_needs_no_waiver_under_any_policy() {
    if !docker::engine() {
        return;
    }
    let place = Place::new(&[("a.py", "print('ran')\n")]);
    for policy in ["permissive", "moderate", "strict"] {
        let arguments = ["--backend", "docker", "--image", docker::IMAGE, "--policy", policy, "a.py"];
        let (code, account) = place.json(&arguments);
        assert_eq!((code, &account["stdout"]["text"]), (0, &"ran\n".into()), "{policy}: {account}");
        let layers = account["outcome"]["layers"].as_array().unwrap();
        let landlock = layers.iter().find(|state| state["layer"] == "landlock").unwrap();
        assert!(landlock["detail"].as_str().unwrap().starts_with("in its place: "), "{landlock}");
        assert!(layers.iter().all(|state| state["waived"] == false), "{account}");
    }
}
