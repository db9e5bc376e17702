//! What is copied out, what is not, and how it lies there then.

#![expect(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::PathBuf;
use std::sync::Arc;

use super::*;

/// A workspace, and a policy outside of it.
struct Work {
    folder: tempfile::TempDir,
    gate: Arc<Gate>,
    root: OwnedFd,
}

impl Work {
    fn new(copy_out: &str, files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let policy = folder.path().join("policy.toml");
        fs::write(&policy, format!("extends = \"moderate\"\n[cell]\ncopy-out = [{copy_out}]\n")).unwrap();
        let root = folder.path().join("ws");
        fs::create_dir(&root).unwrap();
        for (path, text) in files {
            fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
            fs::write(root.join(path), text).unwrap();
        }
        let opened = fs::File::open(&root).unwrap().into();
        let gate = Gate::new(Some(policy.to_str().unwrap()), root, false).unwrap();
        Self { folder, gate: Arc::new(gate), root: opened }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join("ws").join(path)
    }

    fn copy(&self, path: &str, before: Option<&str>, after: Option<(&str, bool)>) -> Fate {
        let change = difference(path, before, after);
        CopyOut::new(&self.gate, &self.root).unwrap().copy(&change, || Ok(after.unwrap().0.as_bytes().to_vec()))
    }

    fn mode(&self, path: &str) -> u32 {
        fs::symlink_metadata(self.path(path)).unwrap().mode() & 0o7777
    }
}

fn difference(path: &str, before: Option<&str>, after: Option<(&str, bool)>) -> Difference {
    let what = match (before, after) {
        (None, _) => Changed::Made,
        (_, None) => Changed::Deleted,
        _ => Changed::Written,
    };
    let after = after.map(|(text, executable)| EntryKind::File {
        bytes: text.len() as u64,
        sha256: sha256(text.as_bytes()),
        executable,
    });
    Difference { path: PathBuf::from(path), what, before: before.map(|text| sha256(text.as_bytes())), after }
}

#[track_caller]
fn refused(fate: Fate, why: &str) {
    match fate {
        Fate::Refused(told) => assert!(told.contains(why), "{told}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn files_are_made_written_and_deleted() {
    let work = Work::new("\"*\"", &[("a.txt", "old"), ("gone.txt", "x")]);
    assert_eq!(work.copy("a.txt", Some("old"), Some(("new", false))), Fate::Kept);
    assert_eq!(work.copy("deep/er/b.txt", None, Some(("b", true))), Fate::Kept);
    assert_eq!(work.copy("gone.txt", Some("x"), None), Fate::Kept);
    assert_eq!(fs::read_to_string(work.path("a.txt")).unwrap(), "new");
    assert_eq!(fs::read_to_string(work.path("deep/er/b.txt")).unwrap(), "b");
    assert!(!work.path("gone.txt").exists());
    assert_eq!((work.mode("deep/er/b.txt") & 0o100, work.mode("a.txt") & 0o111), (0o100, 0));
    // No temporary file is left.
    let mut names: Vec<_> = fs::read_dir(work.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["a.txt", "deep"]);
}

#[test]
fn permissions_are_kept_and_never_give_rights_away() {
    let work = Work::new("\"*\"", &[("private", "x"), ("suid", "x")]);
    fs::set_permissions(work.path("private"), fs::Permissions::from_mode(0o600)).unwrap();
    fs::set_permissions(work.path("suid"), fs::Permissions::from_mode(0o6755)).unwrap();
    assert_eq!(work.copy("private", Some("x"), Some(("y", true))), Fate::Kept);
    assert_eq!(work.copy("suid", Some("x"), Some(("y", true))), Fate::Kept);
    assert_eq!((work.mode("private"), work.mode("suid")), (0o700, 0o755));
}

#[test]
fn what_the_policy_does_not_name_stays() {
    let work = Work::new("\"/dist/\", \"*.md\"", &[]);
    assert_eq!(work.copy("dist/app/x.css", None, Some(("x", false))), Fate::Kept);
    assert_eq!(work.copy("docs/a.md", None, Some(("x", false))), Fate::Kept);
    refused(work.copy("src/dist/x.css", None, Some(("x", false))), "the policy does not name it");
    refused(work.copy("a.txt", None, Some(("x", false))), "the policy does not name it");
    assert!(!work.path("a.txt").exists() && !work.path("src").exists());
    refused(Work::new("", &[]).copy("a.txt", None, Some(("x", false))), "the policy does not name it");
}

#[test]
fn what_something_obeys_stays() {
    let work = Work::new("\"*\"", &[]);
    for path in [
        ".git/hooks/pre-commit",
        ".git/config",
        "sub/.git/config",
        ".git",
        ".bashrc",
        "sub/.bashrc",
        ".profile",
        "sitecustomize.py",
        "lib/usercustomize.py",
        "x.pth",
        ".vscode/tasks.json",
        ".vscode/x",
        ".idea/x.xml",
        ".claude/settings.json",
        ".claude/skills/x.md",
        ".cursor/mcp.json",
        ".mcp.json",
        "AGENTS.md",
        "sub/CLAUDE.md",
        ".github/workflows/x.yml",
        ".pre-commit-config.yaml",
        ".envrc",
        ".portcullis/x",
        "portcullis.toml",
        ".portcullisignore",
        ".ssh/authorized_keys",
        ".GIT/hooks/pre-commit",
        ".git\u{200d}/config",
        ".git ./config",
        "GIT~1/hooks/pre-commit",
        "claude.md",
        "x/HEAD",
        ".devcontainer.json",
        "a.code-workspace",
        ".github/instructions/x.md",
        ".github/prompts/x.md",
        ".github/agents/x.md",
        ".github/actions/x/action.yml",
        "sitecustomize/__init__.py",
        "opencode.json",
        "lefthook.yml",
        ".portcullis-0",
    ] {
        refused(work.copy(path, None, Some(("x", false))), "without being asked");
        assert!(!work.path(path).exists(), "{path}");
    }
    refused(work.copy(".env", None, Some(("x", false))), "a place of secrets");
}

#[test]
fn a_folder_that_is_or_could_become_a_repository_takes_nothing() {
    let work = Work::new("\"*\"", &[("bare/HEAD", "ref: refs/heads/a")]);
    for path in ["bare/config", "bare/hooks/post-checkout", "bare/objects/x/y"] {
        refused(work.copy(path, None, Some(("x", false))), "holds a `HEAD`");
    }
    assert_eq!(fs::read_dir(work.path("bare")).unwrap().count(), 1);
}

#[test]
fn a_root_that_something_obeys_takes_nothing() {
    for root in ["/w/.github/workflows", "/home/ann/.config/fish", "/w/.git/hooks"] {
        let work = Work::new("\"*\"", &[]);
        assert!(Places::new(work.gate.pack(), Path::new(root)).is_obeyed(Path::new("a.txt")), "{root}");
        assert!(!Places::new(work.gate.pack(), Path::new("/w/.github")).is_obeyed(Path::new("a.txt")));
    }
}

#[test]
fn another_folder_at_the_same_path_takes_nothing() {
    let work = Work::new("\"*\"", &[]);
    let moved = work.folder.path().join("moved");
    fs::rename(work.path(""), &moved).unwrap();
    fs::create_dir(work.path("")).unwrap();
    assert_eq!(work.copy("a.txt", None, Some(("x", false))), Fate::Kept);
    assert!(moved.join("a.txt").exists() && !work.path("a.txt").exists());
}

#[test]
fn names_that_others_read_as_another_path_stay() {
    let work = Work::new("\"*\"", &[]);
    for path in [".github/workflows/x\\..\\..\\..\\a.yml", "a\\b.txt", "a\nb.txt", "x\u{1b}[2J/a.txt", "\u{85}"] {
        refused(work.copy(path, None, Some(("x", false))), "a backslash or a control character");
    }
    assert_eq!(fs::read_dir(work.path("")).unwrap().count(), 0);
    // Nor does a backslash lead a name out of a place.
    let places = Places::new(work.gate.pack(), Path::new("/ws"));
    assert!(places.is_obeyed(Path::new(".git/hooks/x\\..\\..\\..\\a.yml")));
    assert!(places.is_secret(Path::new(".ssh/x\\..\\..\\a")) && !places.is_secret(Path::new("a\\.env")));
}

#[test]
fn code_that_the_gate_denies_stays() {
    let work = Work::new("\"*\"", &[]);
    refused(work.copy("new/bad.py", None, Some(("eval(input())\n", false))), "deny: ");
    assert!(!work.path("new").exists());
    refused(work.copy("fast.so", None, Some(("x", false))), "the policy denies native code");
    assert_eq!(work.copy("good.py", None, Some(("print(1)\n", false))), Fate::Kept);
}

#[test]
fn what_was_changed_here_meanwhile_is_not_written_over() {
    let work = Work::new("\"*\"", &[("a", "changed"), ("b", "was there")]);
    refused(work.copy("a", Some("laid"), Some(("new", false))), "changed here meanwhile");
    refused(work.copy("a", Some("laid"), None), "changed here meanwhile");
    refused(work.copy("c", Some("laid"), Some(("new", false))), "changed here meanwhile");
    refused(work.copy("b", None, Some(("new", false))), "which was not laid into the cell");
    assert_eq!(fs::read_to_string(work.path("a")).unwrap(), "changed");
    assert_eq!(fs::read_to_string(work.path("b")).unwrap(), "was there");
}

#[test]
fn links_lead_nowhere() {
    let work = Work::new("\"*\"", &[("real", "x")]);
    let outside = work.folder.path().join("outside");
    fs::create_dir(&outside).unwrap();
    symlink("real", work.path("link")).unwrap();
    symlink(&outside, work.path("folder")).unwrap();
    refused(work.copy("link", Some("x"), Some(("y", false))), "it is a link here");
    refused(work.copy("link", None, Some(("y", false))), "it is a link here");
    refused(work.copy("folder/a", None, Some(("y", false))), "its folder is a link here");
    refused(work.copy("folder/sub/a", None, Some(("y", false))), "its folder is a link here");
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
    assert_eq!(fs::read_to_string(work.path("real")).unwrap(), "x");
    let mut link = difference("new", None, None);
    link.after = Some(EntryKind::Link);
    refused(CopyOut::new(&work.gate, &work.root).unwrap().copy(&link, || Ok(Vec::new())), "it is a link");
}

#[test]
fn bytes_that_are_not_those_that_were_listed_are_not_written() {
    let work = Work::new("\"*\"", &[]);
    let change = difference("a", None, Some(("listed", false)));
    let out = CopyOut::new(&work.gate, &work.root).unwrap();
    refused(out.copy(&change, || Ok(b"others".to_vec())), "not read as it was listed");
    assert!(!work.path("a").exists());
}
