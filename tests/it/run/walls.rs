//! The walls of the native cell, each asked for from inside by the code that it is to hold.

use std::fs::{self, File, Permissions};
use std::io::Seek;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{PATIENT, Place, says};
use crate::program::Done;

/// Says what it finds, as JSON.
const SCRIPT: &str = r#"
import ctypes, errno, json, os, resource, socket
def tried(what):
    try:
        return what()
    except OSError as error:
        return errno.errorcode[error.errno]
status = dict(line.split(":\t") for line in open("/proc/self/status").read().splitlines() if ":\t" in line)
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    result = libc.syscall(number, *arguments)
    return result if result >= 0 else errno.errorcode[ctypes.get_errno()]
print(json.dumps({
    "user": [os.getuid(), os.getgid(), os.getgroups()],
    "host": socket.gethostname(),
    "processes": sorted(name for name in os.listdir("/proc") if name.isdigit()),
    "root": sorted(os.listdir("/")),
    "capabilities": [status["CapEff"], status["CapBnd"], status["CapAmb"]],
    "no new privileges": status["NoNewPrivs"],
    "filter": status["Seccomp"],
    "descriptors": sorted(os.listdir("/proc/self/fd"), key=int)[:3],
    "environment": sorted(os.environ),
    "connects": tried(lambda: socket.create_connection(("192.0.2.1", 80), 2)),
    "vsock": tried(lambda: socket.socket(40, socket.SOCK_STREAM)),
    "netlink": tried(lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)),
    "writes /usr": tried(lambda: open("/usr/x", "w")),
    "writes /": tried(lambda: open("/x", "w")),
    "writes the script": tried(lambda: open(__file__, "a")),
    "reads the first process": tried(lambda: open("/proc/1/environ").read()),
    "unshares": call(272, 0x10000000),
    "traces": call(101, 0, 0, 0, 0),
    "clones a namespace": call(56, 0x10000000 | 17, 0, 0, 0, 0),
    "has clone3": call(435, 0, 0),
    "mounts": call(165, b"none", b"/tmp", b"tmpfs", 0, 0),
    "sets the time": call(227, 0, b"\0" * 16),
    "session": os.getsid(0) != os.getpid(),
    "terminal": tried(lambda: open("/dev/tty")),
    "mask": os.umask(0),
    "speaks ICMP": tried(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)),
    "speaks MPTCP": tried(lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)),
    "speaks UDP": tried(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_UDP).close()),
    "pairs of TIPC": tried(lambda: socket.socketpair(30, socket.SOCK_STREAM)),
    "pairs": tried(lambda: socket.socketpair() and None),
    "news of files": [call(253), call(294, 0)],
    "core": list(resource.getrlimit(resource.RLIMIT_CORE)),
    "lowers core": call(302, 0, 4, bytes(16), None),
    "lowers files": tried(lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))),
    "pins": [tried(lambda: os.sched_setaffinity(of, os.sched_getaffinity(0))) for of in (1, 0)],
    "renices": [tried(lambda: os.setpriority(os.PRIO_PROCESS, of, 5)) for of in (1, 0)],
    "renices all": tried(lambda: os.setpriority(os.PRIO_USER, 0, 5)),
    "gives pages to pipes": call(278, 0, None, 0, 0),
}))
"#;

#[test]
#[cfg(target_arch = "x86_64")]
fn every_wall_stands() {
    let place = Place::new(&[("a.py", SCRIPT)]);
    let policy = place.policy("extends = \"moderate\"\ngate = \"record\"\n");
    let done = place.run(&["--policy", &policy, "a.py"]);
    let found: Value = serde_json::from_str(&done.stdout).unwrap_or_else(|error| panic!("{error}: {done:?}"));
    let none = "0000000000000000";
    for (what, wanted) in [
        ("host", json!("cell")),
        ("root", json!(["bin", "dev", "etc", "input", "lib", "lib64", "proc", "sbin", "script", "tmp", "usr"])),
        ("capabilities", json!([none, none, none])),
        ("no new privileges", json!("1")),
        ("filter", json!("2")),
        ("descriptors", json!(["0", "1", "2"])),
        ("environment", json!(["HOME", "LANG", "PATH", "TMPDIR"])),
        ("connects", json!("ENETUNREACH")),
        ("vsock", json!("EPERM")),
        ("netlink", json!("EPERM")),
        ("writes /usr", json!("EROFS")),
        ("writes /", json!("EROFS")),
        ("writes the script", json!("EROFS")),
        ("unshares", json!("EPERM")),
        ("traces", json!("EPERM")),
        ("clones a namespace", json!("EPERM")),
        ("has clone3", json!("ENOSYS")),
        ("mounts", json!("EPERM")),
        ("sets the time", json!("EPERM")),
        ("session", json!(true)),
        ("terminal", json!("ENOENT")),
        ("mask", json!(0o077)),
        ("speaks ICMP", json!("EPERM")),
        ("speaks MPTCP", json!("EPERM")),
        ("speaks UDP", json!(null)),
        ("pairs of TIPC", json!("EPERM")),
        ("pairs", json!(null)),
        ("news of files", json!(["EPERM", "EPERM"])),
        ("core", json!([1, 1])),
        ("lowers core", json!("EPERM")),
        ("lowers files", json!(null)),
        ("pins", json!(["EPERM", null])),
        ("renices", json!(["EPERM", null])),
        ("renices all", json!("EPERM")),
        ("gives pages to pipes", json!("EPERM")),
    ] {
        assert_eq!(found[what], wanted, "{what}: {found}");
    }
    assert_eq!((&found["user"][0], &found["user"][1]), (&json!(1000), &json!(1000)), "{found}");
    assert!(found["reads the first process"].as_str().is_some_and(|error| error.starts_with('E')), "{found}");
    assert!(found["processes"].as_array().unwrap().len() <= 2, "{found}");
}

/// The command, started by another one that is told what to start.
fn by(starter: &[&str], place: &Place, arguments: &[&str]) -> Done {
    let mut command = Command::new("setsid");
    command.arg("--wait").args(starter).arg(env!("CARGO_BIN_EXE_portcullis")).arg("run").args(PATIENT).args(arguments);
    command.current_dir(place.tree.path()).env("HOME", place.home.path()).stdin(Stdio::null());
    command.env_remove("XDG_CONFIG_HOME").env_remove("XDG_STATE_HOME");
    Done::from(command.output().unwrap())
}

fn recorded(place: &Place) -> String {
    place.policy("extends = \"moderate\"\ngate = \"record\"\n")
}

/// Says what it may do with memory that belongs to no process.
const UNCOUNTED: &str = r#"
import ctypes, errno, fcntl, json, mmap, os, socket
def tried(what):
    try:
        what()
        return "done"
    except OSError as error:
        return errno.errorcode[error.errno]
libc = ctypes.CDLL(None, use_errno=True)
def called(result):
    return errno.errorcode[ctypes.get_errno()] if result < 0 else "done"
one, other = socket.socketpair()
reads, writes = os.pipe()
with open("file", "wb") as file:
    file.truncate(4096)
def map_file():
    with open("file", "r+b") as file:
        mmap.mmap(file.fileno(), 4096)
print(json.dumps({
    "shared memory without a name": tried(lambda: mmap.mmap(-1, 4096)),
    "private memory": tried(lambda: mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)),
    "shared memory of a file": tried(map_file),
    "shared zeros": tried(lambda: open("/dev/zero", "r+b", buffering=0)),
    "memory with a descriptor": tried(lambda: os.memfd_create("x")),
    "memory of System V": called(libc.shmget(0, 4096, 0o1600)),
    "semaphores": called(libc.semget(0, 1, 0o1600)),
    "messages": called(libc.msgget(0, 0o1600)),
    "long queues": [tried(lambda: one.setsockopt(socket.SOL_SOCKET, name, 1 << 20))
                    for name in (socket.SO_SNDBUF, socket.SO_RCVBUF, 32, 33)],
    "other options": [tried(lambda: one.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)),
                      tried(lambda: socket.socket().setsockopt(socket.IPPROTO_TCP, 7, 2))],
    "long pipes": tried(lambda: fcntl.fcntl(writes, 1031, 1 << 20)),
    "other questions": tried(lambda: fcntl.fcntl(writes, fcntl.F_GETFL)),
}))
"#;

#[test]
fn memory_that_no_group_counts_is_refused() {
    let place = Place::new(&[("a.py", UNCOUNTED)]);
    let policy = recorded(&place);
    let arguments = ["--allow-weaker", "cgroup-memory", "--policy", &policy, "--format", "json", "a.py"];
    let ungrouped = ["unshare", "--mount", "sh", "-c", "umount -l -a -t cgroup,cgroup2; exec \"$0\" \"$@\""];
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    let done = by(if is_root { &ungrouped } else { &[] }, &place, &arguments);
    let account: Value = serde_json::from_str(&done.stdout).unwrap_or_else(|error| panic!("{error}: {done:?}"));
    let layers = account["outcome"]["layers"].as_array().unwrap_or_else(|| panic!("{done:?}"));
    if layers.iter().any(|layer| layer["layer"] == "cgroup-memory" && layer["present"] == true) {
        println!("not tried: there is a memory group");
        return;
    }
    let found: Value = serde_json::from_str(account["stdout"]["text"].as_str().unwrap()).unwrap();
    let refused = json!("EPERM");
    let wanted = json!({
        "shared memory without a name": refused,
        "private memory": "done",
        "shared memory of a file": "done",
        "shared zeros": "ENOENT",
        "memory with a descriptor": refused,
        "memory of System V": refused,
        "semaphores": refused,
        "messages": refused,
        "long queues": [refused, refused, refused, refused],
        "other options": ["done", "done"],
        "long pipes": refused,
        "other questions": "done",
    });
    assert_eq!(found, wanted);
    let violations = account["outcome"]["violations"].as_array().unwrap();
    assert!(violations.iter().any(|violation| violation["call"] == "mmap"), "{violations:?}");
}

#[test]
fn a_cell_keeps_to_closer_limits_of_whoever_starts_it() {
    let script = "import resource\nprint(resource.getrlimit(resource.RLIMIT_NOFILE))\n";
    let place = Place::new(&[("a.py", script)]);
    let policy = recorded(&place);
    let closer = ["sh", "-c", "ulimit -n 200; exec \"$0\" \"$@\""];
    let done = by(&closer, &place, &["--policy", &policy, "a.py"]);
    assert_eq!((done.code, done.stdout.as_str()), (0, "(200, 200)\n"), "{done:?}");
}

#[test]
fn standard_input_is_what_it_says_and_not_the_file_itself() {
    let script = "import os, stat\n\
                  print(os.read(0, 1), stat.S_ISFIFO(os.fstat(0).st_mode), os.isatty(0))\n\
                  for change in (lambda: os.fchmod(0, 0o777), lambda: os.write(0, b'x')):\n\
                  \x20   try:\n        change()\n\
                  \x20   except OSError as error:\n        print(error.strerror)\n";
    let place = Place::new(&[("a.py", script)]);
    let policy = recorded(&place);
    let path = place.home.path().join("input");
    fs::write(&path, vec![b'a'; 1 << 20]).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    let mut file = File::options().read(true).write(true).open(&path).unwrap();
    let input = Stdio::from(file.try_clone().unwrap());
    let done = place.run_with_input(&["--stdin", "--policy", &policy, "a.py"], input);
    assert!(done.stdout.starts_with("b'a' True False\n") && done.stdout.ends_with("Bad file descriptor\n"), "{done:?}");
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    // What fits into the pipe was read in vain, and no more.
    assert!(file.stream_position().unwrap() <= (64 << 10) + 4096);
}

#[test]
fn nobody_waits_for_standard_input_that_is_not_read() {
    let place = Place::new(&[("a.py", "print('done')\n"), ("folder/b.py", "")]);
    let policy = recorded(&place);
    // Of this pipe, the other end stays open.
    let (reads, _writes) = std::io::pipe().unwrap();
    let begun = Instant::now();
    let done = place.run_with_input(&["--stdin", "--policy", &policy, "a.py"], reads.into());
    assert_eq!((done.code, done.stdout.as_str()), (0, "done\n"), "{done:?}");
    assert!(begun.elapsed() < Duration::from_secs(30));
    let folder = File::open(place.tree.path().join("folder")).unwrap();
    let done = place.run_with_input(&["--stdin", "--policy", &policy, "a.py"], folder.into());
    says(&done, 125, &["hand in standard input: it is a folder"]);
}
