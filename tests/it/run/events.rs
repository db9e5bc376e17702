//! What the interpreter tells of a script, and that being listened to changes nothing for the script.

use std::fs;

use serde_json::{Value, json};

use super::Place;

/// Reasons are told, and stop nothing: these scripts do what the gate is there to stop.
const RECORD: &str = "extends = \"moderate\"\ngate = \"record\"\n";

/// Runs a script, and gives the account.
fn account(place: &Place, arguments: &[&str]) -> Value {
    let policy = place.policy(RECORD);
    place.json(&[&["--policy", &policy], arguments].concat()).1
}

fn told(place: &Place, arguments: &[&str]) -> Value {
    let account = account(place, &[&["--events"], arguments].concat());
    assert_eq!(account["outcome"]["self_reported"]["begun"], true, "{account}");
    account
}

/// Of each claim the kind, the name, the target, and the place.
fn claims(account: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let claims = account["self_reported"].as_array().unwrap().iter();
    let told = claims.map(|one| {
        let [kind, by, target, path] = ["kind", "by", "target", "path"].map(|key| text(&one[key]));
        format!("{kind} {by} {target} {path}:{}", one["line"])
    });
    told.collect()
}

#[track_caller]
fn has(account: &Value, wanted: &[&str]) {
    let claims = claims(account);
    for one in wanted {
        assert!(claims.iter().any(|claim| claim == one), "{one}\n{}", claims.join("\n"));
    }
}

/// What a script can find out about how it was started, but for the command line that the kernel shows.
const LOOKS: &str = r#"
import __main__, os, sys
import traceback
print(__name__, __file__, __spec__, __package__, __doc__, __builtins__, sorted(globals()), __main__.__dict__ is globals())
print(type(__loader__), __loader__.name, __loader__.path, __loader__.get_source("__main__") == open(__file__).read())
print(sys.argv, sys.orig_argv, sys.path, sys.flags, sys.warnoptions, sys._xoptions, sys.executable, sys.prefix)
print(sys.excepthook is sys.__excepthook__, sys.getprofile(), sys.gettrace(), sys.getrecursionlimit(), os.getcwd())
print(sorted(os.environ), os.umask(0), sys.stdin.closed, sys.stdout.encoding, os.get_inheritable(0))
file = open(__file__)
print(file.fileno(), sorted(sys.modules))
import threading
print(threading.current_thread() is threading.main_thread(), threading.active_count())
"#;

/// Turns against whoever listens: shadows what it may use, hands it objects with a will of their own, and interrupts it.
const TURNS: &str = r#"
import builtins, os, posix, signal, sys
type = str = bytes = list = int = tuple = slice = issubclass = len = Exception = BaseException = None
class Text(builtins.str):
    def __getitem__(self, at): print('asked')
    def translate(self, table): print('asked')
    def encode(self, *how): print('asked')
    def __str__(self): print('asked')
class Guise:
    @property
    def __class__(self): print('asked')
    def __fspath__(self): return '/tmp/guise'
for name in (Text('/tmp/text'), Guise(), b'/tmp/bytes', '/tmp/\ud800', '/tmp/' + 'x' * 300):
    try:
        with open(name, 'w') as file: file.write('x')
        os.remove(name)
    except (OSError, UnicodeError) as error:
        print(error)
def refuse(*_): print('asked'); raise ValueError
builtins.issubclass = posix.write = sys._getframe = refuse
try:
    os.system('true')
    eval('1')
finally:
    del sys._getframe
turns = 0
def late(*_): raise TimeoutError('late')
signal.signal(signal.SIGALRM, late)
signal.setitimer(signal.ITIMER_REAL, 0.3)
try:
    while True:
        os.listdir('/tmp')
except TimeoutError as error:
    print(error)
def deep(n):
    os.listdir('/tmp')
    deep(n + 1)
try: deep(0)
except RecursionError: print('deep')
1 / 0
"#;

/// A script and its arguments, each of which ends otherwise.
const ENDS: [(&str, &[&str]); 22] = [
    ("exec('\\n\\n\\n1/0')\n", &[]),
    ("import os, sys\nos.dup2(2, 1)\nprint('first')\nsys.exit('then')\n", &[]),
    (TURNS, &[]),
    (LOOKS, &["--flag", "x y", "-c"]),
    ("\"\"\"Documented.\"\"\"\nprint(__doc__)\n", &[]),
    ("def f(n):\n    return 1 / n\n\nf(0)\n", &[]),
    ("try:\n    {}['x']\nexcept KeyError as error:\n    raise ValueError('y') from error\n", &[]),
    ("raise ExceptionGroup('many', [ValueError(1), TypeError(2)])\n", &[]),
    ("x = 1\nif x\n    y\n", &[]),
    ("# coding: latin-1\nprint('\u{e9}')\nassert False, 'no'\n", &[]),
    ("import sys\nsys.exit(7)\n", &[]),
    ("import sys\nsys.exit('in words')\n", &[]),
    ("import os\nos._exit(9)\n", &[]),
    ("raise SystemExit\n", &[]),
    ("import os\nos.kill(os.getpid(), 15)\n", &[]),
    ("import os\nos.kill(os.getpid(), 2)\nwhile True:\n    pass\n", &[]),
    (
        "import sys\nsys.excepthook = lambda kind, error, trace: print(kind, error, trace.tb_lineno, trace.tb_next)\n1 / 0\n",
        &[],
    ),
    ("def f():\n    f()\n\ntry:\n    f()\nexcept RecursionError as error:\n    print(error)\n", &[]),
    (
        "import atexit, threading, time\natexit.register(print, 'at the end')\natexit.register(lambda: print('__file__' in globals()))\ndef late():\n    \
         time.sleep(0.1)\n    print('late')\nthreading.Thread(target=late).start()\n1 / 0\n",
        &[],
    ),
    ("import atexit\natexit.register(lambda: print('__file__' in globals()))\nprint('__file__' in globals())\n", &[]),
    (
        "import multiprocessing, sys\ndef work(n):\n    print(__name__, n, flush=True)\n    sys.exit(n)\nif __name__ == \
         '__main__':\n    for way in ('spawn', 'fork'):\n        one = multiprocessing.get_context(way).Process(target=work, \
         args=(3,))\n        one.start(); one.join(); print(way, one.exitcode)\n",
        &[],
    ),
    (
        "import os, subprocess, sys\nread = 'import os; print(sorted(os.listdir(\"/proc/self/fd\")))'\n\
         print(subprocess.run([sys.executable, '-c', read], capture_output=True, close_fds=False))\nif os.fork() == 0:\n    \
         print('child', flush=True)\n    os._exit(4)\nprint(os.wait()[1])\n",
        &[],
    ),
];

#[test]
fn a_script_that_is_told_of_does_what_it_does_alone() {
    for (script, arguments) in ENDS {
        let place = Place::new(&[("sub/a.py", script)]);
        // How a workspace changes the way in which Python starts is seen by those that look.
        let modes: &[&str] = if script == LOOKS { &["none", "read"] } else { &["none"] };
        for mode in modes {
            let arguments = [&["--workspace", mode, "sub/a.py"], arguments].concat();
            let alone = account(&place, &arguments);
            let told = account(&place, &[&["--events"], &*arguments].concat());
            for key in ["code", "result", "stdout", "stderr", "message"] {
                assert_eq!(alone[key], told[key], "{mode} {key}: {script}\n{told}");
            }
            assert_eq!(alone["outcome"]["end"], told["outcome"]["end"], "{script}");
            assert_eq!((&alone["outcome"]["self_reported"], &alone["self_reported"]), (&Value::Null, &json!([])));
        }
    }
}

/// Does one thing a line.
const DOES: &str = "\
import helper
import ctypes, os, pickle, shutil, socket, sqlite3, subprocess
exec('1 + 1')
open('/tmp/new', 'w').write('x')
open('/tmp/new').read()
os.chmod('/tmp/new', 0o600)
os.rename('/tmp/new', '/tmp/other')
os.remove('/tmp/other')
subprocess.run(['/bin/true', 'an argument'])
os.system('true')
os.environ['NAME'] = 'the value'
ctypes.CDLL(None)
os.kill(0, 0)
sock = socket.socket()
try: sock.connect(('192.0.2.1', 80))
except OSError: pass
sock.bind(('127.0.0.1', 0))
try: socket.getaddrinfo('example.org', 443)
except OSError: pass
for _ in range(3): os.listdir('/tmp')
helper.write()
import importlib; importlib.import_module('colorsys')
print('done')
";
const HELPER: &str = "import pathlib\n\n\ndef write():\n    pathlib.Path('/tmp/helped').write_text('x')\n";

#[test]
fn what_happens_is_told_with_its_place() {
    let place = Place::new(&[("src/a.py", DOES), ("src/helper.py", HELPER)]);
    let account = told(&place, &["--workspace", "read", "src/a.py"]);
    assert_eq!(account["stdout"], json!({ "text": "done\n" }), "{account}");
    has(
        &account,
        &[
            "import import helper src/a.py:1",
            "import import sqlite3 src/a.py:2",
            "code compile 1 + 1 src/a.py:3",
            "code exec <string> src/a.py:3",
            "write open /tmp/new src/a.py:4",
            "read open /tmp/new src/a.py:5",
            "change-mode os.chmod /tmp/new src/a.py:6",
            "write os.rename /tmp/other src/a.py:7",
            "delete os.remove /tmp/other src/a.py:8",
            "spawn subprocess.Popen /bin/true an argument src/a.py:9",
            "spawn os.system true src/a.py:10",
            "environment os.putenv NAME src/a.py:11",
            "native-code ctypes.dlopen - src/a.py:12",
            "signal os.kill 0 0 src/a.py:13",
            "connect socket.connect 192.0.2.1:80 src/a.py:15",
            "listen socket.bind 127.0.0.1:0 src/a.py:17",
            "resolve socket.getaddrinfo example.org src/a.py:18",
            "read os.listdir /tmp src/a.py:20",
            "import exec colorsys src/a.py:22",
            "write open /tmp/helped src/helper.py:5",
        ],
    );
    // What Python's own modules do for themselves is not the script's doing.
    let claims = claims(&account);
    let noise = |claim: &&String| claim.contains(".pyc") || claim.contains("_socket") || claim.contains("namedtuple");
    assert_eq!(claims.iter().find(noise), None);
    let listed = account["self_reported"].as_array().unwrap().iter().find(|one| one["by"] == "os.listdir").unwrap();
    assert_eq!(listed["count"], 3);
    assert!(!account.to_string().contains("the value"), "{account}");
    assert_eq!(account["outcome"]["self_reported"]["lost"], 0);
}

#[test]
fn what_was_foreseen_stands_beside_what_was_not() {
    let script =
        "import os\nopen('/tmp/seen', 'w').close()\nname = ''.join(reversed('metsys'))\nvars(os)[name]('true')\n";
    let place = Place::new(&[("a.py", script)]);
    let account = told(&place, &["a.py"]);
    let foreseen = |line: u32, by: &str| {
        let claims = account["self_reported"].as_array().unwrap();
        claims.iter().find(|one| one["line"] == line && one["by"] == by).map(|one| one["foreseen"].clone())
    };
    assert_eq!(foreseen(2, "open"), Some(json!(true)), "{account}");
    let manifest = &account["plan"]["verdict"]["manifest"];
    let is_told = manifest["processes"].as_array().unwrap().iter().any(|entry| entry["line"] == 4);
    assert_eq!(foreseen(4, "os.system"), Some(json!(is_told)), "{account}");
    // Code that is put into the workspace only while it runs was read by nobody.
    place.write("b.py", "import os\ncode = open('/input/c.txt').read()\nexec(code)\n");
    place.write("c.txt", "import os\nos.mkdir('/tmp/made')\n");
    let account = told(&place, &["--input", "c.txt", "b.py"]);
    let made = account["self_reported"].as_array().unwrap().iter().find(|one| one["by"] == "os.mkdir").unwrap();
    assert_eq!((&made["line"], &made["foreseen"]), (&json!(3), &json!(false)), "{account}");
    let policy = place.policy(RECORD);
    let done = place.run(&["--policy", &policy, "--events", "--input", "c.txt", "b.py"]);
    assert_eq!(done.code, 0);
    for words in [
        "which the script can make lie, tells of:",
        "of these the gate had not read:",
        "b.py:3: write /tmp/made (os.mkdir)",
    ] {
        assert!(done.stderr.contains(words), "{words}\n{}", done.stderr);
    }
}

#[test]
fn only_numbers_are_recorded() {
    let place = Place::new(&[("a.py", "open('/tmp/a-name-of-its-own', 'w')\n")]);
    let account = told(&place, &["a.py"]);
    assert_eq!(account["outcome"]["self_reported"]["counts"]["write"], 1, "{account}");
    let text = fs::read_to_string(place.home.path().join(".local/state/portcullis/audit.jsonl")).unwrap();
    let records: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let reported = &records[1]["data"]["outcome"]["self_reported"];
    assert_eq!(*reported, json!({ "begun": true, "counts": { "write": 1 }, "lost": 0 }), "{text}");
    assert!(!text.contains("a-name-of-its-own"), "{text}");
}

/// Finds the descriptor, and takes it over.
const FINDS: &str = "\
import os
def is_it(number):
    try: return os.readlink(f'/proc/self/fd/{number}').startswith('pipe:') and number > 2
    except OSError: return False
number = next(number for number in range(3, 4096) if is_it(number))
";

#[test]
fn who_lies_changes_the_report_and_nothing_else() {
    let forged = r#"
os.write(number, b'{"kind":"connect","by":"socket.connect","target":"\\u001b[2J ghp_0123456789abcdefghijABCDEFGHIJ456789","file":"/etc/x\\n","line":0}\n')
os.write(number, b'nonsense\n{"kind":"read","by":"x","line":99999999999}\n' + b'x' * 9000 + b'\n')
print('went on')
"#;
    let place = Place::new(&[("a.py", &format!("{FINDS}{forged}"))]);
    let account = told(&place, &["a.py"]);
    assert_eq!(account["stdout"], json!({ "text": "went on\n" }), "{account}");
    has(&account, &["connect socket.connect ␛[2J ghp_**** /etc/x␊:null"]);
    assert_eq!(account["outcome"]["self_reported"]["lost"], 3, "{account}");
    // What is a secret in the script is one in what is told of it.
    place.write("c.py", "import os\npassword = 'Xq7-hunter-Zz9'\nos.system('true -p' + ' ' + password)\n");
    let account = told(&place, &["c.py"]);
    let secret = account["self_reported"].to_string();
    assert!(secret.contains("true -p ") && !secret.contains("hunter"), "{secret}");
    // Closed, it is gone, and the script goes on.
    for close in ["os.close(number)", "os.closerange(3, 4096)", "os.dup2(0, number)"] {
        place.write("b.py", &format!("{FINDS}{close}\nopen('/tmp/x', 'w').write('x')\nprint(open('/tmp/x').read())\n"));
        let account = told(&place, &["b.py"]);
        assert_eq!((&account["stdout"], &account["code"]), (&json!({ "text": "x\n" }), &json!(0)), "{close} {account}");
        assert!(!claims(&account).iter().any(|claim| claim.contains("/tmp/x")), "{account}");
    }
}

#[test]
fn a_flood_of_events_hangs_nothing() {
    let flood = "for turn in range(200000):\n    os.write(number, b'{\"kind\":\"read\",\"by\":\"open\",\"target\":\"%d\"}\\n' % turn)\nprint('done')\n";
    let place = Place::new(&[("a.py", &format!("{FINDS}{flood}"))]);
    let account = told(&place, &["a.py"]);
    assert_eq!(account["stdout"], json!({ "text": "done\n" }), "{account}");
    let (kept, lost) =
        (account["self_reported"].as_array().unwrap().len(), &account["outcome"]["self_reported"]["lost"]);
    assert!(kept <= 2_000 && lost.as_u64().unwrap() >= 198_000, "{kept} {lost}");
}

#[test]
fn sarif_has_what_was_found_and_what_is_told_side_by_side() {
    let place = Place::new(&[("a.py", "import os\nos.system('rm -rf ' + input())\n")]);
    let policy = place.policy(RECORD);
    fs::write(place.home.path().join("typed"), "/tmp/none\n").unwrap();
    let typed = fs::File::open(place.home.path().join("typed")).unwrap();
    let arguments = ["--policy", &policy, "--events", "--stdin", "--format", "sarif", "a.py"];
    let done = place.run_with_input(&arguments, typed.into());
    let log: serde_sarif::sarif::Sarif = serde_json::from_str(&done.stdout).unwrap();
    let results = log.runs[0].results.as_ref().unwrap();
    let at_line_2 = results.iter().filter(|result| {
        let place = result.locations.as_ref().unwrap()[0].physical_location.as_ref().unwrap();
        place.region.as_ref().is_some_and(|region| region.start_line == Some(2))
    });
    let rules: Vec<_> = at_line_2.clone().map(|result| result.rule_id.as_deref().unwrap()).collect();
    assert!(
        rules.contains(&"any/starts-harmful-process") && rules.contains(&"run/self-reported"),
        "{rules:?} {done:?}"
    );
    let told = at_line_2.clone().find(|result| result.rule_id.as_deref() == Some("run/self-reported")).unwrap();
    let told = serde_json::to_value(told).unwrap();
    assert_eq!((&told["level"], &told["properties"]["selfReported"]), (&json!("note"), &json!(true)), "{told}");
    assert_eq!(
        (&told["properties"]["kind"], &told["properties"]["foreseen"]),
        (&json!("spawn"), &json!(true)),
        "{told}"
    );
}

#[test]
fn a_policy_may_ask_for_events() {
    let place = Place::new(&[("a.py", "open('/tmp/x', 'w')\n")]);
    let policy = place.policy(&format!("{RECORD}[cell]\nevents = true\n"));
    let (code, account) = place.json(&["--policy", &policy, "a.py"]);
    assert_eq!((code, &account["plan"]["events"]), (0, &json!(true)));
    has(&account, &["write open /tmp/x a.py:1"]);
    let done = place.run(&["--policy", &policy, "--backend", "podman", "a.py"]);
    super::says(&done, 125, &["`events = true` in the policy: a container has no way out"]);
}
