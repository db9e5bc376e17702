//! The walls of the native cell, each asked for from inside by the code that it is to hold.

use serde_json::{Value, json};

use super::Place;

/// Says what it finds, as JSON.
const SCRIPT: &str = r#"
import ctypes, errno, json, os, socket
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
    ] {
        assert_eq!(found[what], wanted, "{what}: {found}");
    }
    assert_eq!((&found["user"][0], &found["user"][1]), (&json!(1000), &json!(1000)), "{found}");
    assert!(found["reads the first process"].as_str().is_some_and(|error| error.starts_with('E')), "{found}");
    assert!(found["processes"].as_array().unwrap().len() <= 2, "{found}");
}
