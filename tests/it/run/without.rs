//! The cell without namespaces, in an environment where none can be made: its walls, its limits, and what is left of it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{PATIENT, Place, says};
use crate::program::Done;

/// In a place whose temporary folders are made below its home.
fn place(files: &[(&str, &str)]) -> Place {
    let place = Place::new(files);
    // Nobody, who root's cells become, must get through.
    fs::set_permissions(place.home.path(), Permissions::from_mode(0o711)).unwrap();
    fs::create_dir(place.home.path().join("temporary")).unwrap();
    fs::set_permissions(place.home.path().join("temporary"), Permissions::from_mode(0o711)).unwrap();
    place
}

/// The command where no namespace can be made, in a session of its own.
fn command(place: &Place, arguments: &[&str]) -> Command {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/escape/without_namespaces.py");
    let mut command = Command::new("setsid");
    command.args(["--wait", "python3"]).arg(script).arg(env!("CARGO_BIN_EXE_portcullis")).arg("run").args(PATIENT);
    command.args(arguments).current_dir(place.tree.path()).stdin(Stdio::null()).env("HOME", place.home.path());
    command.env("TMPDIR", place.home.path().join("temporary"));
    for name in ["XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"] {
        command.env_remove(name);
    }
    command
}

fn without(place: &Place, arguments: &[&str]) -> Done {
    let waived = ["--allow-weaker", "namespaces"];
    Done::from(command(place, &[&waived, arguments].concat()).output().unwrap())
}

fn recorded(place: &Place) -> String {
    place.policy("extends = \"moderate\"\ngate = \"record\"\n")
}

fn left(place: &Place) -> Vec<PathBuf> {
    fs::read_dir(place.home.path().join("temporary")).unwrap().map(|entry| entry.unwrap().path()).collect()
}

/// Whether that comes to be soon.
fn soon(what: impl Fn() -> bool) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(20) {
        if what() {
            return true;
        }
        sleep(Duration::from_millis(20));
    }
    false
}

/// Processes whose arguments hold a word.
fn processes(word: &str) -> Vec<i32> {
    let all = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let holds = |process: &i32| {
        fs::read(format!("/proc/{process}/cmdline")).is_ok_and(|line| String::from_utf8_lossy(&line).contains(word))
    };
    all.filter(holds).collect()
}

/// Says what it finds, as JSON.
const SCRIPT: &str = r#"
import ctypes, errno, json, os, socket, sys
def tried(what):
    try:
        what()
        return "done"
    except OSError as error:
        return errno.errorcode[error.errno]
libc = ctypes.CDLL(None, use_errno=True)
outside, test = sys.argv[1], int(sys.argv[2])
folder = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
def pair(kind):
    one, other = socket.socketpair(socket.AF_UNIX, kind)
    one.sendall(b"x")
    assert other.recv(1) == b"x"
print(json.dumps({
    "user": os.getuid(),
    "groups": os.getgroups(),
    "no new privileges": libc.prctl(39, 0, 0, 0, 0),
    "filter": libc.prctl(21, 0, 0, 0, 0),
    "environment": sorted(os.environ),
    "place": [os.getcwd() == folder + "/tmp" == os.environ["HOME"] == os.environ["TMPDIR"],
              os.environ["PORTCULLIS_INPUT"] == folder + "/input"],
    "reads /etc/passwd": tried(lambda: open("/etc/passwd")),
    "reads /proc": tried(lambda: open("/proc/self/status")),
    "lists /sys": tried(lambda: os.listdir("/sys")),
    "lists the folder": tried(lambda: os.listdir(folder)),
    "reads outside": tried(lambda: open(outside + "/policy.toml")),
    "writes outside": tried(lambda: open(outside + "/x", "w")),
    "truncates outside": tried(lambda: os.truncate(outside + "/policy.toml", 0)),
    "changes a mode outside": tried(lambda: os.chmod(outside + "/policy.toml", 0)),
    "watches outside": libc.inotify_init(),
    "writes /tmp": tried(lambda: open("/tmp/portcullis-x", "w")),
    "writes the script": tried(lambda: open(__file__, "a")),
    "writes the input": tried(lambda: open(os.environ["PORTCULLIS_INPUT"] + "/x", "w")),
    "writes its own": tried(lambda: open("x", "w")),
    "signals the first process": tried(lambda: os.kill(os.getppid(), 0)),
    "signals the test": tried(lambda: os.kill(test, 0)),
    "turns the test": tried(lambda: os.sched_setaffinity(test, {0})),
    "connects": tried(lambda: socket.create_connection(("127.0.0.1", 9), 2)),
    "connects by path": tried(lambda: socket.socket(socket.AF_UNIX).connect(outside + "/socket")),
    "pairs": [tried(lambda: pair(socket.SOCK_STREAM)), tried(lambda: pair(socket.SOCK_DGRAM))],
    "shares memory": tried(lambda: os.memfd_create("x")),
    "unshares": libc.unshare(0x10000000),
}))
"#;

#[test]
fn every_wall_stands() {
    let place = place(&[("a.py", SCRIPT)]);
    let policy = recorded(&place);
    fs::set_permissions(&policy, Permissions::from_mode(0o666)).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(place.home.path().join("socket")).unwrap();
    let (outside, test) = (place.home.path().to_str().unwrap(), std::process::id().to_string());
    let done = without(&place, &["--policy", &policy, "a.py", outside, &test]);
    let found: Value = serde_json::from_str(&done.stdout).unwrap_or_else(|error| panic!("{error}: {done:?}"));
    for (what, wanted) in [
        ("no new privileges", json!(1)),
        ("filter", json!(2)),
        ("environment", json!(["HOME", "LANG", "PATH", "PORTCULLIS_INPUT", "PORTCULLIS_WORKSPACE", "TMPDIR"])),
        ("place", json!([true, true])),
        ("reads /etc/passwd", json!("EACCES")),
        ("reads /proc", json!("EACCES")),
        ("lists /sys", json!("EACCES")),
        ("lists the folder", json!("EACCES")),
        ("reads outside", json!("EACCES")),
        ("writes outside", json!("EACCES")),
        ("truncates outside", json!("EACCES")),
        ("changes a mode outside", json!("EPERM")),
        ("watches outside", json!(-1)),
        ("writes /tmp", json!("EACCES")),
        ("writes the script", json!("EACCES")),
        ("writes the input", json!("EACCES")),
        ("writes its own", json!("done")),
        ("signals the first process", json!("EPERM")),
        ("signals the test", json!("EPERM")),
        ("turns the test", json!("EPERM")),
        ("connects", json!("EPERM")),
        ("connects by path", json!("EPERM")),
        ("pairs", json!(["done", "EPERM"])),
        ("shares memory", json!("EPERM")),
        ("unshares", json!(-1)),
    ] {
        assert_eq!(found[what], wanted, "{what}: {found}");
    }
    assert_ne!(found["user"], json!(0));
    if found["user"] == json!(65534) {
        assert_eq!(found["groups"], json!([]));
    }
    assert_eq!(left(&place), Vec::<PathBuf>::new());
}

#[test]
fn it_is_had_only_where_it_is_named_and_what_it_lacks_is_told() {
    let place = place(&[("a.py", "print('ran')\n")]);
    let refused = Done::from(command(&place, &["a.py"]).output().unwrap());
    let all = ["the sandbox has no user-namespace", "; no mount-namespace: ", "; no time-namespace: "];
    says(&refused, 125, &[&all[..], &["`--allow-weaker namespaces`"]].concat());
    // One by one, they cannot be done without.
    let refused = Done::from(command(&place, &["--allow-weaker", "user-namespace", "a.py"]).output().unwrap());
    says(&refused, 125, &["the sandbox has no user-namespace"]);
    let done = without(&place, &["--format", "json", "a.py"]);
    let account: Value = serde_json::from_str(&done.stdout).unwrap_or_else(|error| panic!("{error}: {done:?}"));
    let layers = account["outcome"]["layers"].as_array().unwrap();
    let missing: Vec<_> = layers.iter().filter(|layer| layer["waived"] == json!(true)).collect();
    let names: Vec<_> = missing.iter().map(|layer| layer["layer"].as_str().unwrap()).collect();
    let wanted = [
        "user-namespace",
        "mount-namespace",
        "pid-namespace",
        "network-namespace",
        "ipc-namespace",
        "uts-namespace",
        "cgroup-namespace",
        "time-namespace",
        "root",
    ];
    assert_eq!((names, &account["plan"]["waived"]), (wanted.to_vec(), &json!(wanted)));
    assert!(missing.iter().all(|layer| !layer["detail"].as_str().unwrap().is_empty()), "{missing:?}");
    let log = fs::read_to_string(place.home.path().join(".local/state/portcullis/audit.jsonl")).unwrap();
    assert!(log.lines().any(|line| line.contains(r#""waived":["user-namespace","mount-namespace""#)), "{log}");
    // And it can be asked for beforehand.
    let probe = Done::from(command(&place, &["--probe"]).output().unwrap());
    assert!(probe.code == 125 && probe.stdout.contains("Without namespaces a cell can be had too"), "{probe:?}");
    assert_eq!(Done::from(command(&place, &["--probe", "--allow-weaker", "namespaces"]).output().unwrap()).code, 0);
}

#[test]
fn where_namespaces_can_be_had_they_are_used() {
    let place = place(&[("a.py", "import os\nprint(os.getcwd())\n")]);
    let done = place.run(&["--allow-weaker", "namespaces", "--policy", &recorded(&place), "a.py"]);
    assert_eq!((done.code, done.stdout.as_str()), (0, "/tmp\n"), "{done:?}");
}

#[test]
fn what_needs_a_namespace_is_refused() {
    let place = place(&[("a.py", "print('ran')\n"), ("system/usr/bin/python3", "")]);
    let done = without(&place, &["--allow-net", "pypi.org", "a.py"]);
    says(&done, 125, &["allow hosts without namespaces", "no network of its own keeps the code to the proxy"]);
    let done = without(&place, &["--rootfs", "system", "a.py"]);
    says(&done, 125, &["show another system without namespaces"]);
}

#[test]
fn a_workspace_is_what_was_asked_for() {
    let script = "print(open('notes').read())\nopen('made', 'w').write('m')\nopen('notes', 'w').write('more')\n";
    let place = place(&[("a.py", script), ("notes", "notes")]);
    let policy = recorded(&place);
    let done = without(&place, &["--policy", &policy, "--workspace", "read", "a.py"]);
    says(&done, 1, &["Permission denied", "the script ended with code 1"]);
    assert_eq!(done.stdout, "notes\n");
    let done = without(&place, &["--policy", &policy, "--workspace", "scratch", "a.py"]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.stderr.contains("made    made (1 bytes), thrown away"), "{done:?}");
    assert_eq!((place.read("notes").as_deref(), place.read("made")), (Some("notes"), None));
    let done = without(&place, &["--policy", &policy, "--workspace", "write", "a.py"]);
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!((place.read("notes").as_deref(), place.read("made").as_deref()), (Some("more"), Some("m")));
    assert_eq!(left(&place), Vec::<PathBuf>::new());
}

#[test]
fn limits_end_it() {
    let place = place(&[
        ("endless.py", "while True:\n    pass\n"),
        (
            "bytes.py",
            "import time\nfor number in range(9):\n    open(f'x{number}', 'wb').write(bytes(10 << 20))\ntime.sleep(20)\n",
        ),
        ("files.py", "import time\nfor number in range(5000):\n    open(f'x{number}', 'wb').close()\ntime.sleep(20)\n"),
        ("deep.py", "import os\nwhile True:\n    os.mkdir('a' * 200)\n    os.chdir('a' * 200)\n"),
        (
            "memory.py",
            "import os, time\nfor _ in range(8):\n    if not os.fork():\n        x = b'x' * (60 << 20)\n        time.sleep(3)\n        os._exit(0)\n\
             print(sum(os.WIFSIGNALED(os.wait()[1]) for _ in range(8)))\n",
        ),
        (
            "many.py",
            "import os, time\ncount = 0\ntry:\n    while True:\n        if not os.fork():\n            time.sleep(20)\n            os._exit(0)\n        count += 1\nexcept BlockingIOError:\n    print(count)\n",
        ),
    ]);
    let policy = recorded(&place);
    let files = "4096 files in the workspace, 64 MiB and 4096 files in the folder for temporary ones";
    for (script, words) in
        [("endless.py", "2 s by the clock"), ("bytes.py", files), ("files.py", files), ("deep.py", files)]
    {
        let timeout = if script == "endless.py" { "2" } else { "15" };
        says(&without(&place, &["--policy", &policy, "--timeout", timeout, script]), 124, &[words]);
    }
    // A control group ends one after the other, the watcher all.
    let done = without(&place, &["--policy", &policy, "memory.py"]);
    let ended = done.stdout.trim().parse::<u64>().unwrap_or_default();
    assert!(ended > 0 || done.code == 124 && done.stderr.contains("256 MiB of memory"), "{done:?}");
    let done = without(&place, &["--policy", &policy, "--processes", "20", "many.py"]);
    let count: u64 = done.stdout.trim().parse().unwrap_or_else(|error| panic!("{error}: {done:?}"));
    assert!(done.code == 0 && (10..40).contains(&count), "{done:?}");
    assert_eq!(left(&place), Vec::<PathBuf>::new());
}

/// Starts others that leave it by all means, and begins to tell.
const LEAVES: &str = "\
import os, sys, time
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.closerange(0, 3)
            time.sleep(60)
        os._exit(0)
open('started', 'w').close()
time.sleep(float(sys.argv[1]))
";

#[test]
fn nothing_survives_it() {
    let place = place(&[
        ("leaves-by-itself.py", LEAVES),
        ("bomb.py", "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass\n"),
    ]);
    let policy = recorded(&place);
    let done = without(&place, &["--policy", &policy, "leaves-by-itself.py", "0.2"]);
    assert_eq!((done.code, processes("leaves-by-itself.py")), (0, vec![]), "{done:?}");
    let done = without(&place, &["--policy", &policy, "--timeout", "2", "bomb.py"]);
    assert_eq!((done.code, processes("script/bomb.py")), (124, vec![]), "{done:?}");
}

/// A run that has started, and the first process of its cell.
fn started(place: &Place, script: &str) -> (Child, i32) {
    let arguments = ["--allow-weaker", "namespaces", "--policy", &recorded(place), script, "60"];
    let mut command = command(place, &arguments);
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    assert!(soon(|| left(place).first().is_some_and(|folder| folder.join("tmp/started").exists())));
    let code = processes(&format!("script/{script}"));
    let parent = |process: &i32| -> Option<i32> {
        let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        text.rsplit_once(") ")?.1.split(' ').nth(1)?.parse().ok()
    };
    let first = code.iter().filter_map(parent).find(|process| {
        fs::read_to_string(format!("/proc/{process}/cmdline")).is_ok_and(|line| line.starts_with("portcullis-cell"))
    });
    (child, first.unwrap())
}

fn kill(process: i32) {
    rustix::process::kill_process(rustix::process::Pid::from_raw(process).unwrap(), rustix::process::Signal::KILL)
        .unwrap();
}

#[test]
fn a_supervisor_that_is_killed_leaves_what_the_next_one_removes() {
    let place = place(&[("leaves-first.py", LEAVES), ("b.py", "print('b')\n")]);
    let (mut child, _) = started(&place, "leaves-first.py");
    let supervisors = processes("--allow-weaker\0namespaces\0--policy");
    let supervisors = supervisors.into_iter().filter(|process| {
        fs::read_link(format!("/proc/{process}/exe")).is_ok_and(|path| path.ends_with("portcullis"))
            && fs::read_link(format!("/proc/{process}/cwd"))
                .is_ok_and(|path| path == fs::canonicalize(place.tree.path()).unwrap())
    });
    supervisors.for_each(kill);
    child.wait().unwrap();
    assert!(soon(|| processes("script/leaves-first.py").is_empty()), "{:?}", processes("script/leaves-first.py"));
    assert_eq!(left(&place).len(), 1);
    assert!(soon(|| without(&place, &["b.py"]).code == 0 && left(&place).is_empty()), "{:?}", left(&place));
}

#[test]
fn a_first_process_that_is_killed_takes_the_code_with_it() {
    let place = place(&[("leaves-cell.py", LEAVES)]);
    let (mut child, first) = started(&place, "leaves-cell.py");
    kill(first);
    assert_eq!(child.wait().unwrap().code(), Some(128 + 9));
    assert_eq!((processes("script/leaves-cell.py"), left(&place)), (vec![], vec![]));
}
