//! What is read of a workspace, what of it is laid out, and that nothing is read twice.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::Duration;

use portcullis::cell::Workspace;
use portcullis::clause::Decision;
use portcullis::run::{self, Backend, Engine, Order, Plan, Stop, Tighter};
use sha2::{Digest, Sha256};

struct Work(tempfile::TempDir);

impl Work {
    fn new(files: &[(&str, &str)]) -> Self {
        let work = Self(tempfile::tempdir().unwrap());
        for (path, text) in files {
            let path = work.path(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        work
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join("ws").join(path)
    }

    fn policy(&self, text: &str) -> String {
        let path = self.0.path().join("policy.toml");
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn order(&self, script: &str, policy: &str) -> Order {
        Order {
            advisories: None,
            script: self.path(script),
            arguments: Vec::new(),
            policy: Some(policy.to_owned()),
            trust_project: false,
            workspace: Workspace::Scratch,
            workspace_root: self.path("").components().collect(),
            inputs: Vec::new(),
            variables: Vec::new(),
            hosts: Vec::new(),
            stdin: false,
            events: false,
            interpreter: None,
            root: None,
            virtual_environment: None,
            backend: Backend::Native,
            engine: Engine::default(),
            waived: Vec::new(),
            limits: Tighter::default(),
            audit_log: None,
            budget: Duration::from_secs(60),
            ahead: false,
        }
    }

    fn plan(&self, script: &str, policy: &str) -> Plan {
        run::plan(self.order(script, policy)).unwrap()
    }

    fn refused(&self, script: &str, policy: &str) -> String {
        match run::plan(self.order(script, policy)).unwrap_err() {
            Stop::Refused(message) => message,
            Stop::NotFound(message) => panic!("{message}"),
        }
    }
}

fn laid(plan: &Plan) -> Vec<&str> {
    plan.job.files.iter().map(|file| file.path.to_str().unwrap()).collect()
}

fn left_out(plan: &Plan) -> Vec<(&str, &str)> {
    plan.left_out.iter().map(|one| (one.path.as_str(), one.why.as_str())).collect()
}

fn sha256(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

#[test]
fn what_is_run_is_what_was_judged_whatever_lies_on_the_disk_by_then() {
    let work = Work::new(&[("a.py", "import helper\nprint(helper.x)\n"), ("helper.py", "x = 1\n"), ("data.txt", "d")]);
    let plan = work.plan("a.py", "moderate");
    fs::write(work.path("a.py"), "eval(input())\n").unwrap();
    fs::write(work.path("helper.py"), "eval(input())\n").unwrap();
    assert_eq!(plan.job.script_bytes, b"import helper\nprint(helper.x)\n");
    assert_eq!(plan.job.script, Path::new("/workspace/a.py"));
    assert_eq!(plan.script.sha256, sha256(&plan.job.script_bytes));
    let judged: Vec<_> = plan.verdict.sources.iter().map(|read| (read.sha256.as_str(), read.imported)).collect();
    assert_eq!(judged, [(sha256(&plan.job.script_bytes).as_str(), false), (sha256(b"x = 1\n").as_str(), true)]);
    let bytes: Vec<_> =
        plan.job.files.iter().map(|file| (file.path.to_str().unwrap(), file.bytes.as_slice())).collect();
    assert_eq!(bytes, [("a.py", &plan.job.script_bytes[..]), ("data.txt", b"d"), ("helper.py", b"x = 1\n")]);
}

#[test]
fn a_module_beside_the_script_stops_the_script() {
    let work = Work::new(&[("a.py", "import helper\n"), ("helper.py", "eval(input())\n")]);
    let plan = work.plan("a.py", "moderate");
    assert_eq!(plan.verdict.decision, Decision::Deny);
    assert!(plan.verdict.reasons[0].path.as_ref().unwrap().ends_with("helper.py"));
    // Without a workspace there is no such module to be imported.
    let mut order = work.order("a.py", "moderate");
    order.workspace = Workspace::None;
    let plan = run::plan(order).unwrap();
    assert_eq!((plan.verdict.decision, plan.job.script.as_path()), (Decision::Allow, Path::new("/script/a.py")));
    assert_eq!((plan.job.files.len(), plan.verdict.sources.len()), (0, 1));
}

#[test]
fn code_that_is_not_allowed_is_left_out_though_nobody_is_known_to_import_it() {
    let files = [
        ("a.py", "print(1)\n"),
        ("other.py", "eval(input())\n"),
        ("twin.py", "eval(input())\n"),
        ("start.pth", "import os; os.system('id')\n"),
        ("fine.py", "x = 1\n"),
        ("fast.cpython-311-x86_64-linux-gnu.so", "\u{7f}ELF"),
        ("old.pyc", "x"),
        ("modules.zip", "PK"),
        ("notes.md", "eval(input())\n"),
    ];
    let work = Work::new(&files);
    let plan = work.plan("a.py", "moderate");
    assert_eq!(plan.verdict.decision, Decision::Allow);
    assert_eq!(laid(&plan), ["a.py", "fine.py", "notes.md"]);
    let (paths, reasons): (Vec<_>, Vec<_>) = left_out(&plan).into_iter().unzip();
    let native = "fast.cpython-311-x86_64-linux-gnu.so";
    assert_eq!(paths, [native, "modules.zip", "old.pyc", "other.py", "start.pth", "twin.py"]);
    assert!(reasons[0].contains("the policy denies native code"), "{}", reasons[0]);
    assert!(reasons[3].starts_with("deny: ") && reasons[3].ends_with("(line 1)"), "{}", reasons[3]);
    // A policy may rather run nothing, allow native code, or judge without consequences.
    let refuse = work.policy("extends = \"moderate\"\n[cell]\nunfit = \"refuse\"\n");
    let denied = work.plan("a.py", &refuse).verdict;
    assert_eq!(denied.decision, Decision::Deny);
    assert!(denied.reasons[0].message.contains("holds code that the gate does not allow"), "{:?}", denied.reasons[0]);
    let native = "extends = \"moderate\"\n[effects]\nnative-code = { verdict = \"allow\", reason = \"ours\" }\n";
    assert!(laid(&work.plan("a.py", &work.policy(native))).contains(&"old.pyc"));
    let record = work.policy("extends = \"strict\"\ngate = \"record\"\n");
    assert_eq!(laid(&work.plan("a.py", &record)).len(), files.len());
}

#[test]
fn what_leads_out_holds_secrets_or_is_no_file_is_not_laid() {
    let work = Work::new(&[
        ("a.py", "print(1)\n"),
        (".git/config", "[remote]\n"),
        (".env", "KEY=1\n"),
        ("conf/.aws/credentials", "x"),
        (".hidden", "h"),
        (".gitignore", "ignored\n"),
        ("ignored", "i"),
        ("sub/__pycache__/a.pyc", "x"),
        ("env/pyvenv.cfg", "home = /usr\n"),
        ("env/lib/x.py", "x\n"),
        ("sub/real.txt", "r"),
    ]);
    symlink("/etc/passwd", work.path("absolute")).unwrap();
    symlink("../policy.toml", work.path("climbs")).unwrap();
    symlink("sub/real.txt", work.path("inside")).unwrap();
    symlink("sub", work.path("folder")).unwrap();
    symlink("nothing", work.path("broken")).unwrap();
    work.policy("extends = \"strict\"\n");
    fs::create_dir(work.path("empty")).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, work.path("pipe"), rustix::fs::Mode::RUSR).unwrap();
    fs::write(work.path("tool"), "#!/bin/sh\n").unwrap();
    fs::set_permissions(work.path("tool"), fs::Permissions::from_mode(0o755)).unwrap();
    let plan = work.plan("a.py", "moderate");
    assert_eq!(laid(&plan), [".gitignore", ".hidden", "a.py", "ignored", "inside", "sub/real.txt", "tool"]);
    let executable: Vec<_> = plan.job.files.iter().filter(|file| file.executable).collect();
    assert_eq!(executable.len(), 1);
    let folders: Vec<_> = plan.job.folders.iter().map(|path| path.to_str().unwrap()).collect();
    assert_eq!(folders, ["conf", "conf/.aws", "empty", "sub"]);
    assert_eq!(
        left_out(&plan),
        [
            (".env", "a place of secrets: hand it in by itself (`--input`) if the script is to read it"),
            (".git", "what version control keeps"),
            ("absolute", "a link that leads out of the workspace or to an absolute path"),
            ("broken", "a link to nothing, or gone meanwhile"),
            ("climbs", "a link that leads out of the workspace or to an absolute path"),
            (
                "conf/.aws/credentials",
                "a place of secrets: hand it in by itself (`--input`) if the script is to read it"
            ),
            ("env", "a virtual environment: hand it in with `--venv`"),
            ("folder", "a link to a folder"),
            ("pipe", "no file: a pipe, a socket or a device"),
        ]
    );
}

#[test]
fn a_link_lays_nothing_that_is_left_out_in_its_own_place() {
    let work = Work::new(&[
        ("a.py", "print(1)\n"),
        (".env", "KEY=1\n"),
        (".git/config", "[remote]\n"),
        ("conf/.aws/credentials", "x"),
        ("env/pyvenv.cfg", "home = /usr\n"),
        ("env/lib/x.txt", "x\n"),
        ("docs/real.txt", "r"),
    ]);
    for (link, target) in [
        ("secret", "../.env"),
        ("config", "../.git/config"),
        ("cloud", "../conf/.aws/credentials"),
        ("library", "../env/lib/x.txt"),
        ("twice", "secret"),
        ("fine", "real.txt"),
    ] {
        symlink(target, work.path("docs").join(link)).unwrap();
    }
    let plan = work.plan("a.py", "moderate");
    assert_eq!(laid(&plan), ["a.py", "docs/fine", "docs/real.txt"]);
    let reasons: Vec<_> = left_out(&plan).into_iter().filter(|(path, _)| path.starts_with("docs/")).collect();
    let secret = "a place of secrets: hand it in by itself (`--input`) if the script is to read it";
    let wanted = [
        ("docs/cloud", format!("a link to conf/.aws/credentials: {secret}")),
        ("docs/config", "a link to .git/config: what version control keeps".to_owned()),
        ("docs/library", "a link to env/lib/x.txt: of a virtual environment".to_owned()),
        ("docs/secret", format!("a link to .env: {secret}")),
        ("docs/twice", format!("a link to .env: {secret}")),
    ];
    assert_eq!(reasons, wanted.iter().map(|(path, why)| (*path, why.as_str())).collect::<Vec<_>>());
}

#[test]
fn a_workspace_that_the_cell_does_not_hold_is_refused_with_the_limit() {
    let work = Work::new(&[("a.py", "print(1)\n"), ("big", &"x".repeat(3 << 20))]);
    let small = work.policy("extends = \"moderate\"\n[cell]\nworkspace-mib = 2\n");
    let message = work.refused("a.py", &small);
    assert!(message.contains("`workspace-mib = 2`") && message.ends_with("big"), "{message}");
    (0..20).for_each(|number| fs::create_dir(work.path(&format!("d{number}"))).unwrap());
    let few = work.policy("extends = \"moderate\"\n[cell]\nworkspace-files = 16\n");
    assert!(work.refused("a.py", &few).contains("`workspace-files = 16`"));
    // A sparse file is as large as it says.
    fs::File::create(work.path("hole")).unwrap().set_len(1 << 40).unwrap();
    assert!(work.refused("a.py", "moderate").contains("`workspace-mib = 64`"));
}

#[test]
fn arguments_that_no_program_can_be_handed_are_refused() {
    let work = Work::new(&[("a.py", "print(1)\n")]);
    let mut order = work.order("a.py", "moderate");
    order.arguments = vec!["x".into(), "a\0b".into()];
    let Stop::Refused(message) = run::plan(order).unwrap_err() else { panic!("it is refused") };
    assert!(message.starts_with("an argument of the script has a NUL in it"), "{message}");
}

#[test]
fn inputs_are_judged_with_the_script() {
    let work = Work::new(&[("a.py", "print(1)\n"), ("in/more.py", "eval(input())\n"), ("in/table.csv", "1,2\n")]);
    let mut order = work.order("a.py", "moderate");
    order.workspace = Workspace::None;
    order.inputs = vec![work.path("in/table.csv")];
    let plan = run::plan(order).unwrap();
    assert_eq!((plan.verdict.decision, plan.job.inputs[0].path.to_str()), (Decision::Allow, Some("table.csv")));
    let mut order = work.order("a.py", "moderate");
    order.inputs = vec![work.path("in/more.py")];
    assert_eq!(run::plan(order).unwrap().verdict.decision, Decision::Deny);
    // The name of the link counts, and so does that of what it leads to.
    for (name, text, link) in
        [("in/data.txt", "eval(input())\n", "in/link.py"), ("in/b.py", "eval(input())\n", "in/b.txt")]
    {
        fs::write(work.path(name), text).unwrap();
        symlink(work.path(name), work.path(link)).unwrap();
        let mut order = work.order("a.py", "moderate");
        (order.workspace, order.inputs) = (Workspace::None, vec![work.path(link)]);
        assert_eq!(run::plan(order).unwrap().verdict.decision, Decision::Deny, "{link}");
    }
    fs::write(work.path("in/table.1"), "1,2\n").unwrap();
    symlink(work.path("in/table.1"), work.path("in/fast.so.1")).unwrap();
    let mut order = work.order("a.py", "moderate");
    order.inputs = vec![work.path("in/fast.so.1")];
    let denied = run::plan(order).unwrap().verdict;
    assert_eq!(denied.decision, Decision::Deny);
    assert!(denied.reasons[0].message.contains("the policy denies native code"), "{:?}", denied.reasons[0]);
}

#[test]
fn a_root_that_is_itself_a_place_of_secrets_lays_none() {
    let work = Work::new(&[("home/.aws/credentials", "x"), ("home/.aws/a.py", "print(1)\n")]);
    let mut order = work.order("home/.aws/a.py", "moderate");
    order.workspace_root = work.path("home/.aws");
    let plan = run::plan(order).unwrap();
    assert!(!laid(&plan).contains(&"credentials"), "{:?}", laid(&plan));
    let secret = "a place of secrets: hand it in by itself (`--input`) if the script is to read it";
    assert!(left_out(&plan).contains(&("credentials", secret)), "{:?}", left_out(&plan));
}

#[test]
fn what_version_control_keeps_is_no_workspace_and_is_not_laid_from_one() {
    let bare = [("a.py", "print(1)\n"), ("x.git/HEAD", "ref: refs/heads/a\n"), ("x.git/config", "[core]\n")];
    let work = Work::new(&bare);
    fs::create_dir_all(work.path("x.git/objects")).unwrap();
    fs::create_dir_all(work.path("x.git/refs")).unwrap();
    fs::create_dir_all(work.path(".git/hooks")).unwrap();
    fs::write(work.path(".portcullis-0123456789abcdef"), "half").unwrap();
    let plan = work.plan("a.py", "moderate");
    assert_eq!(laid(&plan), ["a.py"]);
    assert_eq!(
        left_out(&plan),
        [
            (".git", "what version control keeps"),
            (".portcullis-0123456789abcdef", "what is left of copying out that was ended on the way: delete it"),
            ("x.git", "what version control keeps"),
        ]
    );
    for root in [".git/hooks", "x.git"] {
        let mut order = work.order("a.py", "moderate");
        order.workspace_root = work.path(root);
        let stop = run::plan(order).unwrap_err();
        assert!(matches!(&stop, Stop::Refused(why) if why.contains("what version control keeps")), "{root}: {stop}");
    }
}
