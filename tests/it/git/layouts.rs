//! The forms that a repository can have.

use std::fs;

use super::{BAD, GOOD, Repo, git, places};
use crate::program::Tree;

const NONE: [&str; 0] = [];

#[test]
fn packed_objects_and_references_are_read() {
    let repo = Repo::new(&[("a.py", BAD)]);
    repo.commit("first");
    for round in 0..30 {
        repo.set("a.py", Some(&format!("{}eval(input() + '{round}')\n", "pass\n".repeat(50))));
        repo.commit("next");
    }
    let before = repo.places(&["--history"]);
    assert_eq!(before.len(), 31);
    repo.git(&["gc", "--quiet", "--prune=now"]);
    assert!(!repo.0.path().join(".git/refs/heads/main").exists(), "the references are packed");
    assert_eq!(repo.places(&["--history"]), before);
    repo.git(&["repack", "-adfq", "--no-write-bitmap-index"]);
    repo.git(&["multi-pack-index", "write"]);
    assert_eq!(repo.places(&["--history"]), before);
    repo.set("a.py", Some(BAD));
    repo.git(&["add", "."]);
    assert_eq!(repo.places(&["--staged"]), ["a.py:1"]);
}

#[test]
fn sha256_repositories_are_read() {
    let repo = Repo::with_init(&[("a.py", BAD), ("b.py", GOOD)], &["--object-format=sha256"]);
    assert_eq!(repo.commit("first").len(), 64);
    repo.set("b.py", Some(BAD));
    repo.git(&["add", "."]);
    assert_eq!(repo.places(&["--staged"]), ["b.py:1"]);
    assert_eq!(repo.places(&["--diff", "main"]), ["b.py:1"]);
    repo.git(&["gc", "--quiet"]);
    assert_eq!(repo.places(&["--history"]), ["a.py:1"]);
}

#[test]
fn every_version_of_the_index_is_read() {
    let repo = Repo::new(&[("a.py", GOOD), ("deep/er/b.py", GOOD), ("deep/er/bc.py", GOOD)]);
    repo.commit("first");
    repo.set("deep/er/bc.py", Some(BAD));
    repo.set("later.py", Some(BAD));
    repo.git(&["add", "deep"]);
    repo.git(&["add", "--intent-to-add", "later.py"]);
    for version in ["2", "3", "4"] {
        repo.git(&["update-index", "--index-version", version]);
        assert_eq!(repo.places(&["--staged"]), ["deep/er/bc.py:1"], "{version}");
    }
    repo.git(&["update-index", "--split-index"]);
    let done = repo.0.scan(&["--staged"]);
    assert!(done.code == 2 && done.stderr.contains("--no-split-index"), "{}", done.stderr);
}

#[test]
fn folders_of_a_sparse_index_stand_for_what_is_in_them() {
    let repo = Repo::new(&[("in/a.py", GOOD), ("out/b.py", BAD), ("out/deep/c.py", "eval(input() + 'c')\n")]);
    repo.commit("first");
    repo.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "in"]);
    assert!(!repo.0.path().join("out").exists());
    repo.set("in/a.py", Some(BAD));
    repo.git(&["add", "."]);
    assert_eq!(repo.places(&["--staged"]), ["in/a.py:1"]);
    // Another commit under the same index: the folder that is not there differs as a whole.
    repo.git(&["update-ref", "HEAD", &empty_commit(&repo)]);
    assert_eq!(repo.places(&["--staged"]), ["in/a.py:1", "out/b.py:1", "out/deep/c.py:1"]);
}

fn empty_commit(repo: &Repo) -> String {
    let tree = repo.git(&["hash-object", "-t", "tree", "-w", "/dev/null"]);
    repo.git(&["commit-tree", "-m", "empty", tree.trim()]).trim().to_owned()
}

#[test]
fn linked_work_trees_have_an_index_of_their_own() {
    let repo = Repo::new(&[("a.py", GOOD)]);
    repo.commit("first");
    repo.git(&["worktree", "add", "--quiet", "linked", "-b", "other"]);
    let linked = repo.0.path().join("linked");
    fs::write(linked.join("b.py"), BAD).unwrap();
    git(&linked, &["add", "b.py"]);
    assert_eq!(repo.places(&["--staged"]), NONE);
    assert_eq!(repo.places(&["--staged", "linked"]), ["linked/b.py:1"]);
    git(&linked, &["commit", "--quiet", "-m", "second"]);
    // The branch of another work tree is part of the history of all.
    assert_eq!(repo.places(&["--history"]), ["b.py:1"]);
    assert_eq!(repo.places(&["--history", "linked"]), ["linked/b.py:1"]);
}

#[test]
fn submodules_are_repositories_of_their_own() {
    let inner = Repo::new(&[("in.py", BAD)]);
    inner.commit("first");
    let repo = Repo::new(&[("a.py", BAD)]);
    repo.git(&["submodule", "--quiet", "add", inner.0.path().to_str().unwrap(), "sub"]);
    repo.git(&["add", "."]);
    let done = repo.scan(&["--staged"]);
    assert_eq!(places(&done), ["a.py:1"]);
    assert!(done.stderr.contains("1 submodule left out"), "{}", done.stderr);
    fs::write(repo.0.path().join("sub/more.py"), "eval(input() + 'm')\n").unwrap();
    git(&repo.0.path().join("sub"), &["add", "."]);
    assert_eq!(repo.places(&["--staged", "sub"]), ["sub/more.py:1"]);
    assert_eq!(repo.places(&["--history", "sub"]), ["sub/in.py:1"]);
}

#[test]
fn bare_repositories_have_a_history() {
    let repo = Repo::new(&[("src/a.py", BAD)]);
    repo.commit("first");
    let outer = Tree::new(&[]);
    git(outer.path(), &["clone", "--quiet", "--bare", repo.0.path().to_str().unwrap(), "bare.git"]);
    let done = outer.scan(&["--history", "bare.git"]);
    assert_eq!(places(&done), ["src/a.py:1"], "{}", done.stderr);
    assert_eq!(outer.scan(&["--diff", "main", "bare.git"]).code, 2);
}

#[test]
fn shallow_clones_are_read_as_far_as_they_go() {
    let repo = Repo::new(&[("a.py", BAD)]);
    repo.commit("first");
    repo.set("a.py", Some(GOOD));
    repo.commit("second");
    repo.set("b.py", Some(BAD));
    repo.commit("third");
    let outer = Tree::new(&[]);
    let url = format!("file://{}", repo.0.path().display());
    git(outer.path(), &["clone", "--quiet", "--depth=2", &url, "shallow"]);
    let done = outer.scan(&["--history", "shallow"]);
    assert_eq!(places(&done), ["shallow/b.py:1"]);
    assert!(done.code == 1 && done.stderr.contains("shallow"), "{}", done.stderr);
    assert_eq!(places(&outer.scan(&["--diff", "HEAD~1", "shallow"])), ["shallow/b.py:1"]);
    assert_eq!(outer.scan(&["--diff", "HEAD~2", "shallow"]).code, 2);
}

#[test]
fn partial_clones_say_what_was_not_fetched() {
    let repo = Repo::new(&[("a.py", BAD), ("b.py", GOOD)]);
    repo.commit("first");
    repo.set("a.py", None);
    repo.commit("second");
    repo.git(&["config", "uploadpack.allowFilter", "true"]);
    let outer = Tree::new(&[]);
    let url = format!("file://{}", repo.0.path().display());
    git(outer.path(), &["clone", "--quiet", "--filter=blob:none", &url, "partial"]);
    let done = outer.scan(&["--history", "partial"]);
    assert_eq!((done.code, &*done.stdout), (0, ""));
    assert!(done.stderr.contains("1 content of files cannot be scanned"), "{}", done.stderr);
}

#[test]
fn alternates_are_read_only_when_that_is_asked_for() {
    let repo = Repo::new(&[("a.py", BAD)]);
    repo.commit("first");
    let outer = Tree::new(&[]);
    git(outer.path(), &["clone", "--quiet", "--shared", repo.0.path().to_str().unwrap(), "borrower"]);
    let done = outer.scan(&["--history", "borrower"]);
    assert!(done.stderr.contains("alternates"), "{}", done.stderr);
    assert!(places(&done).is_empty() && done.stdout.contains("any/unread"), "{}", done.stdout);
    assert_eq!(places(&outer.scan(&["--history", "--alternates", "borrower"])), ["borrower/a.py:1"]);
}

#[test]
fn what_is_no_repository_or_no_known_one_is_refused() {
    let tree = Tree::new(&[("a.py", BAD)]);
    let done = tree.scan(&["--staged"]);
    assert!(done.code == 2 && done.stderr.contains("no git repository"), "{}", done.stderr);
    for (name, value) in [("objectformat", "md5"), ("refstorage", "reftable"), ("tomorrow", "true")] {
        let repo = Repo::new(&[("a.py", BAD)]);
        let config = repo.0.read(".git/config");
        repo.set(".git/config", Some(&format!("{config}[extensions]\n\t{name} = {value}\n")));
        let done = repo.0.scan(&["--staged"]);
        assert_eq!((done.code, &*done.stdout), (2, ""), "{name}: {}", done.stderr);
    }
}
