//! Repositories that are broken, or made to hurt.

use std::fs;
use std::path::{Path, PathBuf};

use super::{BAD, GOOD, Repo, git, places};
use crate::program::Tree;

/// Overwrites a file, whatever git made of its mode.
fn overwrite(path: &Path, change: impl Fn(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    fs::remove_file(path).unwrap();
    fs::write(path, bytes).unwrap();
}

fn loose(repo: &Repo, name: &str) -> PathBuf {
    repo.0.path().join(format!(".git/objects/{}/{}", &name[..2], &name[2..]))
}

#[test]
fn programs_that_a_configuration_names_are_not_run() {
    let repo = Repo::new(&[("a.py", GOOD), (".gitattributes", "* filter=x diff=x merge=x\n")]);
    let marker = repo.0.path().join("ran");
    let program = format!("touch {}", marker.display());
    repo.commit("first");
    repo.set("a.py", Some(BAD));
    repo.git(&["add", "a.py"]);
    let config = repo.0.read(".git/config");
    repo.set(
        ".git/config",
        Some(&format!(
            "{config}[core]\n\tfsmonitor = {program}\n\thooksPath = hooks\n\tsshCommand = {program}\n\tpager = {program}\n\
             [filter \"x\"]\n\tclean = {program}\n\tsmudge = {program}\n\tprocess = {program}\n\trequired = true\n\
             [diff]\n\texternal = {program}\n[diff \"x\"]\n\tcommand = {program}\n\ttextconv = {program}\n\
             [include]\n\tpath = /dev/stdin\n[alias]\n\tstatus = !{program}\n"
        )),
    );
    assert_eq!(repo.places(&["--staged"]), ["a.py:1"]);
    assert_eq!(repo.places(&["--diff", "HEAD"]), ["a.py:1"]);
    assert_eq!(repo.places(&["--history"]), [] as [&str; 0]);
    assert!(!marker.exists());
}

#[test]
fn a_corrupt_object_costs_itself_and_is_told() {
    let repo = Repo::new(&[("a.py", BAD), ("b.py", "eval(input() + 'b')\n"), ("c.py", GOOD)]);
    repo.commit("first");
    let broken = repo.git(&["rev-parse", "HEAD:b.py"]).trim().to_owned();
    let whole = fs::read(loose(&repo, &broken)).unwrap();
    let other = fs::read(loose(&repo, repo.git(&["rev-parse", "HEAD:c.py"]).trim())).unwrap();
    for (what, bytes) in [
        ("cut", &whole[..whole.len() - 6]),
        ("empty", b""),
        ("noise", b"\x78\x01noise"),
        ("content of another name", &other),
    ] {
        overwrite(&loose(&repo, &broken), |file| *file = bytes.to_vec());
        let done = repo.scan(&["--history", "--select", "python/eval"]);
        assert_eq!(done.findings(), [("a.py", "python/eval"), ("b.py", "any/unread")], "{what}");
        assert!(done.stdout.contains(&broken) && !done.stderr.contains("panicked"), "{what}: {}", done.stdout);
    }
    fs::remove_file(loose(&repo, &broken)).unwrap();
    assert!(repo.scan(&["--history"]).stdout.contains("is not in the repository"));
}

#[test]
fn corrupt_trees_and_commits_are_told_and_the_rest_goes_on() {
    let repo = Repo::new(&[("a.py", BAD), ("sub/b.py", BAD)]);
    repo.commit("first");
    repo.set("later.py", Some("eval(input() + 'l')\n"));
    repo.commit("second");
    let tree = repo.git(&["rev-parse", "HEAD:sub"]).trim().to_owned();
    overwrite(&loose(&repo, &tree), |file| file.truncate(10));
    let done = repo.scan(&["--history", "--select", "python/eval"]);
    let found = done.findings();
    assert!(
        found.contains(&("a.py", "python/eval")) && found.contains(&("later.py", "python/eval")),
        "{}",
        done.stdout
    );
    assert!(found.contains(&("sub", "any/unread")), "{}", done.stdout);

    let commit = repo.git(&["rev-parse", "HEAD~1"]).trim().to_owned();
    overwrite(&loose(&repo, &commit), |file| file.truncate(10));
    let done = repo.scan(&["--history", "--select", "python/eval"]);
    assert!(done.stdout.contains(&commit) && places(&done).contains(&"later.py:1".to_owned()), "{}", done.stdout);
}

#[test]
fn no_byte_of_a_pack_or_an_index_makes_it_panic() {
    let repo = Repo::new(&[("a.py", BAD), ("b.py", GOOD)]);
    repo.commit("first");
    for round in 0..8 {
        repo.set("b.py", Some(&format!("{}y = {round}\n", "pass\n".repeat(30))));
        repo.commit("next");
    }
    repo.git(&["gc", "--quiet", "--prune=now"]);
    let folder = repo.0.path().join(".git/objects/pack");
    let packs: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let files = packs.iter().filter(|path| path.extension().is_some_and(|end| end == "pack" || end == "idx"));
    for file in files.chain([&repo.0.path().join(".git/index")]) {
        let whole = fs::read(file).unwrap();
        let step = (whole.len() / 40).max(1);
        for at in (0..whole.len()).step_by(step) {
            for change in [
                |bytes: &mut Vec<u8>, at: usize| bytes[at] ^= 0xff,
                |bytes: &mut Vec<u8>, at: usize| bytes.truncate(at),
            ] {
                overwrite(file, |bytes| {
                    bytes.clone_from(&whole);
                    change(bytes, at);
                });
                for part in [&["--history"][..], &["--staged"], &["--diff", "HEAD"]] {
                    let done = repo.0.scan(part);
                    assert!(!done.stderr.contains("panicked"), "{} {at}: {}", file.display(), done.stderr);
                }
            }
        }
        overwrite(file, |bytes| bytes.clone_from(&whole));
    }
    assert_eq!(repo.places(&["--history"]), ["a.py:1"]);
}

#[test]
fn nothing_leads_out_of_the_repository_by_itself() {
    let secret = Repo::new(&[("secret.py", BAD)]);
    secret.commit("first");
    let there = secret.0.path().display();

    // A `.git` file that names a repository which knows nothing of it.
    let tree = Tree::new(&[("a.py", GOOD)]);
    fs::remove_dir(tree.path().join(".git")).unwrap();
    tree.write(".git", &format!("gitdir: {there}/.git\n"));
    let done = tree.scan(&["--history"]);
    assert!(done.code == 2 && done.stderr.contains("is not followed"), "{}", done.stderr);

    // A common folder elsewhere, a work tree elsewhere, references elsewhere.
    let repo = Repo::new(&[("a.py", GOOD)]);
    repo.commit("first");
    repo.set(".git/commondir", Some(&format!("{there}/.git\n")));
    assert_eq!(repo.0.scan(&["--history"]).code, 2);
    repo.set(".git/commondir", None);
    repo.git(&["config", "core.worktree", &there.to_string()]);
    let done = repo.scan(&["--diff", "HEAD"]);
    assert!(done.stdout.is_empty() && done.stderr.contains("`core.worktree` is not obeyed"), "{}", done.stderr);
    repo.set(".git/HEAD", Some("ref: ../../../../../../etc/hostname\n"));
    assert_eq!(repo.0.scan(&["--diff", "HEAD"]).code, 2);
}

#[test]
fn replaced_objects_and_grafts_have_no_say() {
    let repo = Repo::new(&[("a.py", BAD)]);
    let first = repo.commit("first");
    let blob = repo.git(&["rev-parse", "HEAD:a.py"]).trim().to_owned();
    repo.set("a.py", Some(GOOD));
    let second = repo.commit("second");
    let harmless = repo.git(&["rev-parse", "HEAD:a.py"]).trim().to_owned();
    repo.git(&["replace", &blob, &harmless]);
    repo.set(".git/info/grafts", Some(&format!("{second}\n")));
    assert_eq!(repo.places(&["--history"]), ["a.py:1"]);
    assert_eq!(repo.places(&["--diff", &first]), [] as [&str; 0]);
}

#[test]
fn names_and_authors_cannot_write_to_a_terminal() {
    let repo = Repo::new(&[("a\u{1b}[31m.py", BAD)]);
    repo.git(&["add", "."]);
    repo.git(&["commit", "--quiet", "-m", "x", "--author", "\u{1b}]0;x\u{7} \u{202e}Eve <e\u{1b}[2Jve@example.org>"]);
    for format in ["text", "concise", "github"] {
        let text = repo.0.run(&["scan", "--history", "--output-format", format]).stdout;
        assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}']) && text.contains("eval"), "{format}: {text:?}");
    }
}

#[test]
fn a_tree_that_stands_for_endless_ones_is_read_once() {
    let repo = Repo::new(&[("a.py", BAD)]);
    repo.commit("first");
    let mut tree = repo.git(&["rev-parse", "HEAD^{tree}"]).trim().to_owned();
    for _ in 0..40 {
        let lines: String = (0..10).map(|name| format!("040000 tree {tree}\t{name}\n")).collect();
        repo.set("lines", Some(&lines));
        tree = shell(&repo, "git mktree < lines").trim().to_owned();
    }
    let commit = repo.git(&["commit-tree", "-m", "bomb", &tree]).trim().to_owned();
    repo.git(&["update-ref", "refs/heads/main", &commit]);
    assert_eq!(places(&repo.scan(&["--history"])).len(), 1);
    // Something to leave out in each of them.
    assert_eq!(places(&repo.scan(&["--history", "--exclude", "/0/0/0/0"])).len(), 1);
    assert_eq!(places(&repo.scan(&["--history", "--exclude", "a.py"])).len(), 0);
    repo.set("b.py", Some("eval(input() + 'b')\n"));
    repo.git(&["add", "b.py"]);
    assert_eq!(repo.places(&["--staged"]), ["b.py:1"]);
    assert_eq!(repo.places(&["--diff", "HEAD", "b.py"]), ["b.py:1"]);
}

fn shell(repo: &Repo, line: &str) -> String {
    let mut command = std::process::Command::new("sh");
    let done = command.args(["-c", line]).current_dir(repo.0.path()).output().unwrap();
    String::from_utf8(done.stdout).unwrap()
}

#[cfg(unix)]
#[test]
fn pipes_and_links_in_a_repository_hang_nothing() {
    let repo = Repo::new(&[("a.py", BAD)]);
    repo.commit("first");
    let root = repo.0.path();
    git(root, &["gc", "--quiet"]);
    for place in [
        ".git/objects/pack/pack-x.idx",
        ".git/objects/pack/pack-x.pack",
        ".git/refs/heads/pipe",
        ".git/packed-refs",
        ".git/objects/info/alternates",
        ".git/config",
        ".git/index",
        ".git/shallow",
    ] {
        let (path, kept) = (root.join(place), root.join("kept"));
        let was_there = path.exists();
        if was_there {
            fs::rename(&path, &kept).unwrap();
        }
        shell(&repo, &format!("mkfifo {place}"));
        for part in [&["--history"][..], &["--staged"], &["--diff", "HEAD"]] {
            let done = repo.0.scan(part);
            assert!(!done.stderr.contains("panicked"), "{place}: {}", done.stderr);
        }
        fs::remove_file(&path).unwrap();
        if was_there {
            fs::rename(&kept, &path).unwrap();
        }
    }
    assert_eq!(repo.places(&["--history"]), ["a.py:1"]);
}

#[test]
fn a_file_over_the_cap_is_told_and_the_others_are_scanned() {
    let large = format!("{BAD}{}", "x = 1\n".repeat(1000));
    let repo = Repo::new(&[("a.py", BAD), ("large.py", &large)]);
    repo.git(&["add", "."]);
    let expected = [("a.py", "python/eval"), ("large.py", "any/unread")];
    let arguments = ["--max-size", "5k", "--select", "python/eval"];
    assert_eq!(repo.scan(&[&["--staged"], &arguments[..]].concat()).findings(), expected);
    repo.commit("first");
    repo.git(&["gc", "--quiet"]);
    assert_eq!(repo.scan(&[&["--history"], &arguments[..]].concat()).findings(), expected);
}
