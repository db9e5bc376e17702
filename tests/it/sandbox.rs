//! The native sandbox, from outside: what runs in it, what ends it, and what it leaves.

use std::ffi::OsString;
use std::path::PathBuf;

use portcullis::cell::{Cell, Layer, Limits, Workspace};
use portcullis::outcome::{End, Limit};
use portcullis::sandbox::{Ended, EntryKind, Ground, Job, Laid, Refused, Root, Stdin, Streams, Tree, native};

/// A cell that grants what tests need.
fn ground(workspace: Workspace) -> Ground {
    let limits = Limits {
        wall_s: 20,
        cpu_s: 10,
        memory_mib: 128,
        processes: 16,
        open_files: 64,
        file_mib: 8,
        workspace_mib: 16,
        workspace_files: 64,
        tmp_mib: 16,
        tmp_files: 64,
        output_kib: 64,
        upload_mib: 1,
    };
    let require = Layer::ALL
        .into_iter()
        .filter(|layer| !matches!(layer, Layer::CgroupMemory | Layer::CgroupProcesses | Layer::CgroupCpu));
    Ground {
        cell: Cell { limits, workspace, require: require.collect(), ..Cell::least() },
        root: Root::Host,
        virtual_environment: None,
        stdin: Stdin::Nothing,
        hosts: Vec::new(),
        waived: Vec::new(),
        program: PathBuf::from(env!("CARGO_BIN_EXE_portcullis")),
    }
}

fn job(script: &str) -> Job {
    Job {
        interpreter: vec![OsString::from("/usr/bin/python3"), OsString::from("-I")],
        script: PathBuf::from("/script/s.py"),
        script_bytes: script.as_bytes().to_vec(),
        arguments: Vec::new(),
        files: Vec::new(),
        folders: Vec::new(),
        inputs: Vec::new(),
        environment: vec![("PATH".into(), "/usr/bin".into())],
    }
}

/// Runs a job, and gives what it wrote.
fn run(ground: &Ground, job: &Job) -> (Result<Ended, Refused>, String, String) {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let streams = Streams { stdout: &mut stdout, stderr: &mut stderr };
    let ended = native::prepare(ground).and_then(|prepared| prepared.run(job, streams));
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (ended, text(stdout), text(stderr))
}

fn outcome(script: &str) -> (End, String, String) {
    let (ended, stdout, stderr) = run(&ground(Workspace::None), &job(script));
    (ended.unwrap().outcome.end, stdout, stderr)
}

#[test]
fn a_script_runs_and_its_end_is_told() {
    let (end, stdout, stderr) = outcome("import sys\nprint(sys.argv)\nsys.exit(7)\n");
    assert_eq!((end, stdout.as_str(), stderr.as_str()), (End::Exit(7), "['/script/s.py']\n", ""));
}

#[test]
fn limits_end_it() {
    for (script, limit) in [
        ("import os\nwhile True: os.write(1, b'x' * 65536)\n", Limit::Output),
        ("while True: pass\n", Limit::Cpu),
        ("x = []\nwhile True: x.append(b'x' * (1 << 20))\n", Limit::Memory),
    ] {
        let mut ground = ground(Workspace::None);
        ground.cell.limits.cpu_s = 1;
        let (ended, _, stderr) = run(&ground, &job(script));
        let end = ended.unwrap().outcome.end;
        let is_memory_error = limit == Limit::Memory && stderr.contains("MemoryError");
        assert!(end == End::Limit(limit) || is_memory_error, "{script}: {end:?} {stderr}");
    }
}

#[test]
fn what_the_workspace_holds_in_the_end_is_told() {
    let ground = ground(Workspace::Scratch);
    let script = "open('new.txt', 'w').write('n')\nimport os\nos.symlink('/etc/passwd', 'link')\nprint(open('old.txt').read())\n";
    let file = Laid { path: "old.txt".into(), bytes: b"old".to_vec(), executable: false };
    let (ended, stdout, stderr) = run(&ground, &Job { files: vec![file], ..job(script) });
    assert_eq!((stdout.as_str(), stderr.as_str()), ("old\n", ""));
    let Some(Ok(Tree::Native(tree))) = ended.unwrap().workspace else { panic!("no workspace") };
    let entries = tree.entries(1 << 20).unwrap();
    let kinds: Vec<_> = entries.iter().map(|entry| (entry.path.to_str().unwrap(), &entry.kind)).collect();
    assert!(
        matches!(
            kinds[..],
            [
                ("link", EntryKind::Link),
                ("new.txt", EntryKind::File { bytes: 1, .. }),
                ("old.txt", EntryKind::File { bytes: 3, .. })
            ]
        ),
        "{kinds:?}"
    );
    assert_eq!(tree.read("new.txt".as_ref()).unwrap(), b"n");
    assert!(tree.read("link".as_ref()).is_err());
}

#[test]
fn refused_calls_are_told_by_name() {
    let script = "import ctypes\nc = ctypes.CDLL(None)\nprint(c.ptrace(0, 0, 0, 0), c.unshare(0x10000000))\n";
    let (ended, stdout, _) = run(&ground(Workspace::None), &job(script));
    assert_eq!(stdout, "-1 -1\n");
    let calls: Vec<_> = ended.unwrap().outcome.violations.into_iter().map(|violation| violation.call).collect();
    assert_eq!(calls, ["ptrace", "unshare"]);
}

#[test]
fn an_interpreter_that_is_not_there_is_told() {
    let missing = Job { interpreter: vec!["/usr/bin/no-such-python".into()], ..job("") };
    let refused = run(&ground(Workspace::None), &missing).0.unwrap_err();
    assert!(matches!(&refused, Refused::Program { path, .. } if path.ends_with("no-such-python")), "{refused}");
}
