//! The container backend on a real engine, with an image made by the program itself. Where there is no engine these tests say
//! so and pass; `.ci/run` sets `PORTCULLIS_DOCKER=required`, which makes that a failure.

mod ended;
mod escape;
mod killed;

use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use portcullis::cell::{Cell, Layer, Limits, Workspace};
use portcullis::outcome::{End, Limit};
use portcullis::sandbox::docker::{self, Choice, Program};
use portcullis::sandbox::{Ended, EntryKind, Ground, Job, Laid, Refused, Root, Stdin, Streams};

use crate::program::Tree;

pub(crate) const IMAGE: &str = "portcullis/test:latest";

/// Makes the image once; says whether there is an engine.
pub(crate) fn engine() -> bool {
    static READY: OnceLock<bool> = OnceLock::new();
    *READY.get_or_init(|| {
        let is_there = Command::new("docker").args(["info", "--format", "{{.ServerVersion}}"]).output();
        if !is_there.is_ok_and(|output| output.status.success()) {
            assert!(
                env::var_os("PORTCULLIS_DOCKER").is_none_or(|word| word != "required"),
                "docker is not to be had here"
            );
            println!("skipped: there is no docker engine here that may be used");
            return false;
        }
        let made = Tree::new(&[]).run(&["image", "build", "--tag", IMAGE]);
        assert_eq!((made.code, &*made.stdout), (0, format!("docker knows {IMAGE}\n").as_str()), "{}", made.stderr);
        // Those of earlier runs, which lost their name to this one. An engine refuses to do it twice at a time.
        let _ =
            Command::new("docker").args(["image", "prune", "--force", "--filter", "label=portcullis.image=1"]).output();
        true
    })
}

fn choice() -> Choice {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let run = format!("test-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    Choice { program: Program::Docker, image: IMAGE.to_owned(), runtime: None, run }
}

fn cell(workspace: Workspace) -> Cell {
    let limits = Limits {
        wall_s: 60,
        cpu_s: 30,
        memory_mib: 256,
        processes: 64,
        open_files: 256,
        file_mib: 16,
        workspace_mib: 64,
        workspace_files: 4096,
        tmp_mib: 64,
        tmp_files: 4096,
        output_kib: 1024,
        upload_mib: 1,
    };
    Cell {
        limits,
        workspace,
        require: vec![Layer::CgroupMemory, Layer::CgroupProcesses, Layer::Seccomp],
        ..Cell::least()
    }
}

/// A cell and what is run in it.
struct Case {
    ground: Ground,
    job: Job,
}

fn case(workspace: Workspace, script: &str) -> Case {
    let ground = Ground {
        cell: cell(workspace),
        root: Root::Host,
        virtual_environment: None,
        stdin: Stdin::Nothing,
        hosts: Vec::new(),
        waived: Vec::new(),
        program: Ground::THIS_PROGRAM.into(),
    };
    Case { ground, job: job(script) }
}

fn job(script: &str) -> Job {
    let environment = [("PATH", "/usr/bin"), ("HOME", "/tmp"), ("LANG", "C.UTF-8"), ("TMPDIR", "/tmp")];
    Job {
        interpreter: vec!["/usr/bin/python3".into()],
        script: "/script/main.py".into(),
        script_bytes: script.as_bytes().to_owned(),
        arguments: Vec::new(),
        files: Vec::new(),
        folders: Vec::new(),
        inputs: Vec::new(),
        environment: environment.map(|(name, value)| (name.into(), value.into())).to_vec(),
    }
}

/// What became of a job, and what it wrote.
struct Ran {
    ended: Ended,
    stdout: String,
    stderr: String,
}

fn try_run(case: &Case, choice: &Choice) -> Result<Ran, Refused> {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let streams = Streams { stdout: &mut stdout, stderr: &mut stderr };
    let ended = docker::run(&case.ground, &case.job, choice, streams);
    assert_eq!(containers(&choice.run), "", "containers of {} are left", choice.run);
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    ended.map(|ended| Ran { ended, stdout: text(stdout), stderr: text(stderr) })
}

fn run(case: &Case) -> Ran {
    try_run(case, &choice()).unwrap()
}

fn ask(arguments: &[&str]) -> String {
    let output = Command::new("docker").args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn containers(run: &str) -> String {
    ask(&["ps", "--all", "--quiet", "--filter", &format!("label=portcullis.run={run}")])
}

#[test]
fn a_script_has_what_the_job_says_and_nothing_else() {
    if !engine() {
        return;
    }
    let mut case = case(
        Workspace::None,
        "import os, sys\n\
         print(sys.argv[1:], os.getcwd(), sorted(os.environ.items()), os.getuid(), sys.stdin.read() == '')\n\
         print('to err', file=sys.stderr)\n\
         print(os.listdir('/workspace'), os.listdir('/script'), open(__file__).read().count('sys.exit'))\n\
         sys.exit(7)\n",
    );
    case.job.arguments = vec!["a b".into(), "--x=\"$(id)\"".into(), OsString::new()];
    case.job.environment.push(("TOLD".into(), " a=b \"c\" $d ".into()));
    let ran = run(&case);
    let environment = "[('HOME', '/tmp'), ('LANG', 'C.UTF-8'), ('PATH', '/usr/bin'), \
                       ('TMPDIR', '/tmp'), ('TOLD', ' a=b \"c\" $d ')]";
    assert_eq!(
        ran.stdout,
        format!("['a b', '--x=\"$(id)\"', ''] /tmp {environment} 65534 True\n[] ['main.py'] 2\n"),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.stderr, "to err\n");
    let outcome = ran.ended.outcome;
    assert_eq!(outcome.end, End::Exit(7));
    assert_eq!((outcome.stdout.bytes, outcome.stderr.bytes), (ran.stdout.len() as u64, 7));
    assert!(ran.ended.workspace.is_none());
}

#[test]
fn walls_stand() {
    if !engine() {
        return;
    }
    let script = "for line in open('/proc/self/status'):\n\
                  \x20   if line.startswith(('Cap', 'NoNewPrivs', 'Seccomp:', 'Uid', 'Gid', 'Groups')): print(*line.split())\n\
                  import os, resource\n\
                  print([name for name in os.listdir('/sys/class/net')])\n\
                  print(resource.getrlimit(resource.RLIMIT_CORE), resource.getrlimit(resource.RLIMIT_NOFILE))\n\
                  for path in '/x', '/etc/x', '/dev/x', '/dev/shm/x', '/script/x', '/workspace/x', '/var/tmp/x', '/sys/x', '/proc/x':\n\
                  \x20   try: open(path, 'w'); print('written', path)\n\
                  \x20   except OSError: pass\n\
                  print(open('/etc/resolv.conf').read().split(), os.uname().nodename)\n";
    let ran = run(&case(Workspace::Read, script));
    let ids = "65534 65534 65534 65534";
    let wanted = format!(
        "Uid: {ids}\nGid: {ids}\nGroups: 65534\nCapInh: 0000000000000000\nCapPrm: 0000000000000000\n\
         CapEff: 0000000000000000\nCapBnd: 0000000000000000\nCapAmb: 0000000000000000\nNoNewPrivs: 1\nSeccomp: 2\n\
         ['lo']\n(1, 1) (256, 256)\n['nameserver', '192.0.2.1'] cell\n"
    );
    assert_eq!(ran.stdout, wanted, "{}", ran.stderr);
    let layers = ran.ended.outcome.layers;
    let present = |layer| layers.iter().find(|state| state.layer == layer).unwrap().present;
    assert!(present(Layer::Seccomp) && present(Layer::NetworkNamespace) && present(Layer::CgroupMemory));
    let detail = |layer| &*layers.iter().find(|state| state.layer == layer).unwrap().detail;
    for layer in [Layer::Landlock, Layer::TimeNamespace] {
        assert!(present(layer) && detail(layer).starts_with("in its place: "), "{}", detail(layer));
    }
}

fn laid(path: &str, text: &str) -> Laid {
    Laid { path: path.into(), bytes: text.as_bytes().to_owned(), executable: false }
}

#[test]
fn a_workspace_is_read_only_or_comes_back() {
    if !engine() {
        return;
    }
    let script = "import os\n\
                  for path, text in ('a/b.txt', 'changed'), ('new/c.txt', 'new'):\n\
                  \x20   try:\n\
                  \x20       os.makedirs(os.path.dirname(path), exist_ok=True)\n\
                  \x20       open(path, 'w').write(text)\n\
                  \x20   except OSError as error: print(error.errno)\n\
                  try: os.chmod('a/b.txt', 0o777); os.remove('old'); os.symlink('/etc/passwd', 'link')\n\
                  except OSError as error: print(error.errno)\n\
                  try: open('/input/in/x', 'a')\n\
                  except OSError as error: print(error.errno)\n\
                  print(open('main.py').read() == open(__file__).read(), open('/input/in/x').read(), os.listdir('empty'))\n";
    for (workspace, printed) in
        [(Workspace::Read, "30\n30\n30\n13\nTrue in []\n"), (Workspace::Scratch, "13\nTrue in []\n")]
    {
        let mut case = case(workspace, script);
        case.job.script = "/workspace/main.py".into();
        case.job.files = vec![laid("main.py", script), laid("a/b.txt", "as it was"), laid("old", "x")];
        case.job.inputs = vec![laid("in/x", "in")];
        case.job.folders = vec!["empty".into()];
        let ran = run(&case);
        assert_eq!((&*ran.stdout, &*ran.stderr), (printed, ""), "{workspace:?}");
        let Some(Ok(archive)) = ran.ended.workspace else {
            assert_eq!(workspace, Workspace::Read);
            continue;
        };
        let entries = archive.entries(1 << 20).unwrap();
        let paths: Vec<_> = entries.iter().map(|entry| entry.path.to_str().unwrap()).collect();
        assert_eq!(paths, ["a", "a/b.txt", "empty", "link", "main.py", "new", "new/c.txt"]);
        assert_eq!(archive.bytes(Path::new("a/b.txt")).unwrap().unwrap(), b"changed");
        assert_eq!(entries[3].kind, EntryKind::Link);
        assert!(matches!(&entries[6].kind, EntryKind::File { bytes: 3, sha256, .. }
            if sha256 == "11507a0e2f5e69d5dfa40a62a1bd7b6ee57e6bcd85c67c9b8431b36fff21c437"));
    }
}

#[test]
fn every_limit_ends_a_run_and_is_named() {
    if !engine() {
        return;
    }
    type Tighten = fn(&mut Limits);
    let cases: [(&str, Tighten, End); 6] = [
        ("import time; time.sleep(60)", |limits| limits.wall_s = 1, End::Limit(Limit::Wall)),
        ("while True: pass", |limits| limits.cpu_s = 1, End::Limit(Limit::Cpu)),
        // More than one process could use alone.
        (
            "import os\nfor _ in range(3): os.fork()\nwhile True: pass",
            |limits| limits.cpu_s = 2,
            End::Limit(Limit::Cpu),
        ),
        ("x = bytearray(200 << 20)", |limits| limits.memory_mib = 64, End::Limit(Limit::Memory)),
        (
            "import sys\nwhile True: sys.stdout.write('x' * 1000)",
            |limits| limits.output_kib = 8,
            End::Limit(Limit::Output),
        ),
        (
            "import signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_DFL)\nopen('/tmp/x', 'wb').write(bytes(3 << 20))",
            |limits| limits.file_mib = 1,
            End::Limit(Limit::File),
        ),
    ];
    for (script, tighten, end) in cases {
        let mut case = case(Workspace::None, script);
        tighten(&mut case.ground.cell.limits);
        let ran = run(&case);
        assert_eq!(ran.ended.outcome.end, end, "{script}: {}", ran.stderr);
        assert_eq!(ran.ended.outcome.stdout.cut, end == End::Limit(Limit::Output));
        assert!(ran.stdout.len() <= 8192);
    }
}

#[test]
fn a_signal_is_told_from_an_exit() {
    if !engine() {
        return;
    }
    let ran = run(&case(Workspace::None, "import os, signal; os.kill(os.getpid(), signal.SIGABRT)"));
    assert_eq!(ran.ended.outcome.end, End::Signal(6));
}

#[test]
fn the_file_systems_are_bounded() {
    if !engine() {
        return;
    }
    let script = "import errno\n\
                  for folder in '/workspace', '/tmp':\n\
                  \x20   try:\n\
                  \x20       for number in range(10000): open(f'{folder}/{number}', 'w').close()\n\
                  \x20       print('no end')\n\
                  \x20   except OSError as error: print(folder, number, errno.errorcode[error.errno])\n\
                  \x20   try: open(f'{folder}/0', 'wb').write(bytes(5 << 20)); print('no end')\n\
                  \x20   except OSError as error: print(errno.errorcode[error.errno])\n";
    let mut case = case(Workspace::Scratch, script);
    let limits = &mut case.ground.cell.limits;
    (limits.workspace_mib, limits.workspace_files, limits.tmp_mib, limits.tmp_files) = (4, 100, 3, 50);
    let ran = run(&case);
    assert_eq!(ran.stdout, "/workspace 100 ENOSPC\nENOSPC\n/tmp 50 ENOSPC\nENOSPC\n", "{}", ran.stderr);
}

#[test]
fn what_cannot_be_run_is_refused_with_its_reason() {
    if !engine() {
        return;
    }
    let refusal =
        |case: &Case, choice: &Choice| try_run(case, choice).err().map(|refused| refused.to_string()).unwrap();
    let plain = case(Workspace::None, "pass");
    let missing = Choice { image: "no/such:image".to_owned(), ..choice() };
    let message = refusal(&plain, &missing);
    assert!(message.contains("no/such:image is not here"), "{message}");
    assert!(message.contains("docker pull no/such:image") && message.contains("portcullis image build"), "{message}");
    let runtime = Choice { runtime: Some("no-such-runtime".to_owned()), ..choice() };
    assert!(refusal(&plain, &runtime).contains("no-such-runtime"), "{}", refusal(&plain, &runtime));
    let mut strange = case(Workspace::None, "pass");
    strange.job.environment.push(("SECRET".into(), "two\nlines".into()));
    let message = refusal(&strange, &choice());
    assert!(message.contains("SECRET") && !message.contains("lines"), "{message}");
    let mut absent = case(Workspace::None, "pass");
    absent.job.interpreter = vec!["/no/such/python".into()];
    let refused = try_run(&absent, &choice()).err().unwrap();
    assert!(matches!(&refused, Refused::Program { path, .. } if path == Path::new("/no/such/python")), "{refused}");
}

/// The program itself, with another environment.
fn told(environment: &[(&str, &str)]) -> String {
    let tree = Tree::new(&[("root/a", "x")]);
    let mut command = tree.command(&["image", "build", "--root", "root", "--tag", "portcullis/none:1"]);
    let output = command.envs(environment.iter().copied()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn an_engine_that_is_not_there_is_told() {
    let absent = told(&[("PATH", "/no/such/folder:relative")]);
    assert!(absent.contains("docker: there is no such program on PATH"), "{absent}");
    if engine() {
        let silent = told(&[("DOCKER_HOST", "unix:///no/such/socket")]);
        assert!(silent.contains("the daemon does not run"), "{silent}");
    }
}

#[test]
fn a_proxy_of_the_engines_configuration_stays_outside() {
    if !engine() {
        return;
    }
    // The configuration is found by the environment, which is that of the whole process: so in one of its own.
    let tree = Tree::new(&[(
        "config.json",
        r#"{"proxies": {"default": {"httpProxy": "http://u:secret@proxy:1", "noProxy": "n"}}}"#,
    )]);
    let output =
        killed::supervise("import os; print(sorted(os.environ))", &[("DOCKER_CONFIG", tree.path().to_str().unwrap())]);
    assert_eq!(output.trim(), "['HOME', 'LANG', 'PATH', 'TMPDIR']");
}

#[test]
fn every_layer_is_told_with_its_reason() {
    if !engine() {
        return;
    }
    let layers = docker::probe(&docker::Engine::find(Program::Docker).unwrap()).unwrap();
    assert_eq!(layers.iter().map(|state| state.layer).collect::<Vec<_>>(), Layer::ALL);
    assert!(layers.iter().all(|state| !state.detail.is_empty() && !state.waived), "{layers:?}");
}
