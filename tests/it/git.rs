//! Repositories of git: what is staged, what changed, and what ever was. Git itself makes the repositories here; the program
//! under test never runs it.

mod hostile;
mod layouts;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::program::{Done, Tree};

/// What is found, and something harmless.
pub(crate) const BAD: &str = "eval(input())\n";
pub(crate) const GOOD: &str = "x = 1\n";
const RULE: &str = "python/eval";

/// A repository in a folder of its own.
pub(crate) struct Repo(pub(crate) Tree);

impl Repo {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        Self::with_init(files, &[])
    }

    pub(crate) fn with_init(files: &[(&str, &str)], init: &[&str]) -> Self {
        let repo = Self(Tree::new(files));
        fs::remove_dir(repo.0.path().join(".git")).unwrap();
        repo.git(&[&["init", "--quiet", "--initial-branch=main"], init].concat());
        repo
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        git(self.0.path(), arguments)
    }

    /// Writes a file, or removes it where there is no text.
    pub(crate) fn set(&self, path: &str, text: Option<&str>) {
        match text {
            Some(text) => self.0.write(path, text),
            None => fs::remove_file(self.0.path().join(path)).unwrap(),
        }
    }

    /// Commits all that is there, and tells the id.
    pub(crate) fn commit(&self, message: &str) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "-m", message]);
        self.git(&["rev-parse", "HEAD"]).trim().to_owned()
    }

    pub(crate) fn scan(&self, arguments: &[&str]) -> Done {
        let done = self.0.scan(arguments);
        assert!(done.code < 2, "{arguments:?}: {}", done.stderr);
        done
    }

    /// Places where the rule found something: `PATH:LINE`.
    pub(crate) fn places(&self, arguments: &[&str]) -> Vec<String> {
        places(&self.scan(arguments))
    }
}

pub(crate) fn places(done: &Done) -> Vec<String> {
    let lines = done.stdout.lines().filter(|line| line.contains(&format!(": {RULE} ")));
    lines.map(|line| line.splitn(3, ':').take(2).collect::<Vec<_>>().join(":")).collect()
}

/// Runs git as nobody in particular, whatever the machine's configuration is.
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command
        .args(["-c", "protocol.file.allow=always", "-c", "core.autocrlf=false"])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .envs([("GIT_AUTHOR_NAME", "Ann Other"), ("GIT_AUTHOR_EMAIL", "ann@example.org")])
        .envs([("GIT_COMMITTER_NAME", "Ann Other"), ("GIT_COMMITTER_EMAIL", "ann@example.org")])
        .envs([("GIT_AUTHOR_DATE", "2024-05-06T07:08:09+0200"), ("GIT_COMMITTER_DATE", "2024-05-06T07:08:09+0200")])
        .stdin(Stdio::null());
    let done = command.output().expect("these tests make repositories with git, which must be installed");
    assert!(done.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).into_owned()
}

#[test]
fn before_the_first_commit_everything_staged_counts() {
    let repo = Repo::new(&[("a.py", BAD), ("sub/b.py", BAD), ("untracked.py", BAD), ("notes.txt", BAD)]);
    assert_eq!(repo.places(&["--staged"]), [] as [&str; 0], "there is no index yet");
    repo.git(&["add", "a.py", "sub", "notes.txt"]);
    assert_eq!(repo.places(&["--staged"]), ["a.py:1", "sub/b.py:1"]);
    assert_eq!(repo.places(&["--staged", "sub"]), ["sub/b.py:1"]);
    assert_eq!(repo.places(&["--history"]), [] as [&str; 0]);
}

#[test]
fn what_is_staged_is_scanned_and_not_what_lies_on_the_disk() {
    let repo = Repo::new(&[("a.py", GOOD), ("b.py", GOOD)]);
    repo.commit("first");
    repo.set("a.py", Some(BAD));
    repo.git(&["add", "a.py"]);
    repo.set("a.py", Some(GOOD));
    repo.set("b.py", Some(BAD));
    assert_eq!(repo.places(&["--staged"]), ["a.py:1"]);
    repo.set("a.py", None);
    assert_eq!(repo.places(&["--staged"]), ["a.py:1"]);
}

#[test]
fn only_lines_that_were_added_count() {
    let repo = Repo::new(&[("a.py", "eval(input())\nx = 1\n"), ("same.py", BAD)]);
    repo.commit("first");
    repo.set("a.py", Some("import os\neval(input())\ny = 1\nexec(input())\neval(input() + 'b')\n"));
    repo.git(&["add", "."]);
    assert_eq!(repo.places(&["--staged"]), ["a.py:5"]);
    assert_eq!(repo.places(&["--staged", "--whole-files"]), ["a.py:2", "a.py:5"]);
    let summary = repo.0.run(&["scan", "--staged"]).stdout;
    assert!(summary.contains("1 file scanned"), "{summary}");

    // A line counts, too, that something on an old one comes from.
    let repo = Repo::new(&[("a.py", "run = len\nrun(input())\n")]);
    repo.commit("first");
    repo.set("a.py", Some("run = eval\nrun(input())\n"));
    repo.git(&["add", "."]);
    assert_eq!(repo.places(&["--staged"]), ["a.py:2"]);
}

#[test]
fn files_that_moved_are_not_new() {
    let old = format!("{BAD}{}", "pass\n".repeat(20));
    let repo = Repo::new(&[("old.py", &old), ("moved/z.py", &old), ("text.txt", "eval(input() + 'c')\n")]);
    repo.commit("first");
    repo.git(&["mv", "old.py", "new.py"]);
    repo.git(&["mv", "text.txt", "text.py"]);
    fs::create_dir(repo.0.path().join("elsewhere")).unwrap();
    repo.git(&["mv", "moved/z.py", "elsewhere/z.py"]);
    repo.set("elsewhere/z.py", Some(&format!("{old}eval(input() + 'b')\n")));
    repo.git(&["add", "."]);
    assert_eq!(repo.places(&["--staged"]), ["elsewhere/z.py:22", "text.py:1"], "a text that became code is new");
    assert_eq!(repo.places(&["--diff", "HEAD"]), ["elsewhere/z.py:22", "text.py:1"]);
}

#[test]
fn ignore_files_and_patterns_hold_and_what_git_ignores_does_not() {
    let repo = Repo::new(&[
        (".portcullisignore", "/vendored/\n!/vendored/own.py\nskip*.py\n"),
        ("sub/.portcullisignore", "!skip2.py\n"),
        (".gitignore", "kept.py\n"),
        ("vendored/a.py", BAD),
        ("vendored/own.py", BAD),
        ("skip1.py", BAD),
        ("sub/skip2.py", BAD),
        ("kept.py", BAD),
        ("tests/b.py", BAD),
    ]);
    repo.git(&["add", "--force", "."]);
    assert_eq!(repo.places(&["--staged"]), ["kept.py:1", "sub/skip2.py:1", "tests/b.py:1"]);
    assert_eq!(repo.places(&["--staged", "--exclude", "tests"]), ["kept.py:1", "sub/skip2.py:1"]);
    assert_eq!(repo.places(&["--staged", "--no-ignore"]).len(), 6);
}

#[test]
fn a_diff_is_what_was_added_since_the_branches_parted() {
    let repo = Repo::new(&[("a.py", "eval(input())\nx = 1\n"), ("other.py", GOOD)]);
    let first = repo.commit("first");
    repo.git(&["checkout", "--quiet", "-b", "topic"]);
    repo.set("a.py", Some("eval(input())\neval(input() + 'b')\n"));
    repo.commit("second");
    repo.git(&["checkout", "--quiet", "main"]);
    repo.set("other.py", Some(BAD));
    repo.commit("third");
    repo.git(&["checkout", "--quiet", "topic"]);
    repo.set("untracked.py", Some(BAD));
    for name in ["main", "refs/heads/main", "HEAD~1", "topic^", &first, &first[..7], "@^1", "main~0"] {
        assert_eq!(repo.places(&["--diff", name]), ["a.py:2", "untracked.py:1"], "{name}");
        assert_eq!(repo.places(&["--since", name, "a.py"]), ["a.py:2"], "{name}");
    }
    assert_eq!(repo.places(&["--diff", "HEAD"]), ["untracked.py:1"]);
    for wrong in ["nothing", "HEAD~7", "HEAD^3", "main@{1}", "deadbeef", "HEAD^{tree}", "", "~"] {
        let done = repo.0.scan(&["--diff", wrong]);
        assert_eq!((done.code, &*done.stdout), (2, ""), "{wrong}");
    }
}

#[test]
fn history_tells_what_was_removed_later_and_where_it_appeared() {
    let repo = Repo::new(&[("a.py", GOOD)]);
    repo.commit("first");
    repo.set("a.py", Some(BAD));
    let second = repo.commit("second");
    repo.set("a.py", Some(&format!("import os\n{BAD}")));
    repo.commit("third");
    repo.set("a.py", None);
    repo.commit("fourth");
    // A branch that is nowhere checked out, and a tag of what no branch has any more.
    repo.git(&["checkout", "--quiet", "-b", "side"]);
    repo.set("side.py", Some("eval(input() + 's')\n"));
    repo.commit("side");
    repo.git(&["tag", "-a", "-m", "kept", "kept"]);
    repo.git(&["checkout", "--quiet", "main"]);
    repo.git(&["branch", "-D", "side"]);
    assert_eq!(repo.places(&[]), [] as [&str; 0]);
    assert_eq!(repo.places(&["--history"]), ["a.py:1", "side.py:1"], "the third commit has nothing new");

    let json = repo.0.run(&["scan", "--history", "--output-format", "json"]).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let found =
        &json["findings"].as_array().unwrap().iter().find(|finding| finding["path"] == "a.py").unwrap()["commit"];
    assert_eq!(found["id"], second.as_str());
    assert_eq!(found["author"], "Ann Other <ann@example.org>");
    assert_eq!(found["date"], "2024-05-06T07:08:09+02:00");
    let text = repo.0.run(&["scan", "--history"]).stdout;
    let told = format!("first seen: in {} by Ann Other <ann@example.org> on 2024-05-06T07:08:09+02:00", &second[..8]);
    assert!(text.contains(&told), "{text}");
    let sarif = repo.0.run(&["scan", "--history", "--output-format", "sarif"]).stdout;
    assert!(sarif.contains(&format!("\"commit\":\"{second}\"")), "{sarif}");
}

#[test]
fn a_content_is_scanned_once_for_each_kind_of_name() {
    let repo = Repo::new(&[("a.txt", BAD), ("tool", BAD)]);
    repo.commit("first");
    repo.git(&["mv", "a.txt", "a.py"]);
    repo.commit("second");
    repo.set("copy/a.py", Some(BAD));
    repo.commit("third");
    let done = repo.scan(&["--history"]);
    assert_eq!(places(&done), ["a.py:1"]);
    let text = repo.0.run(&["scan", "--history"]).stdout;
    assert!(text.contains("3 files scanned"), "{text}");
}

#[test]
fn paths_narrow_a_history_down() {
    let repo = Repo::new(&[("src/a.py", BAD), ("other/b.py", BAD), ("src/deep/c.py", GOOD)]);
    repo.commit("first");
    // The same content, first seen where nobody asks.
    repo.set("src/deep/b.py", Some("eval(input() + 'x')\n"));
    repo.set("a.py", Some("eval(input() + 'x')\n"));
    repo.commit("second");
    repo.git(&["rm", "--quiet", "-r", "src"]);
    repo.commit("third");
    assert_eq!(repo.places(&["--history", "src"]), ["src/a.py:1", "src/deep/b.py:1"]);
    assert_eq!(repo.places(&["--history", "src/deep/b.py"]), ["src/deep/b.py:1"]);
    let outside = repo.0.scan(&["--history", "/"]);
    assert_eq!(outside.code, 2, "{}", outside.stdout);
}

#[test]
fn flags_that_do_not_go_together_are_refused() {
    let repo = Repo::new(&[("a.py", BAD)]);
    for wrong in [
        &["--staged", "--history"][..],
        &["--staged", "--diff", "HEAD"],
        &["--history", "--whole-files"],
        &["--whole-files"],
        &["--alternates"],
        &["--staged", "-"],
    ] {
        let done = repo.0.run_with_input(&[&["scan"], wrong].concat(), BAD.as_bytes());
        assert_eq!((done.code, &*done.stdout), (2, ""), "{wrong:?}");
    }
}
