//! Baselines: what is known does not count, what is new does, and what is stale is told.

use std::path::Path;

use crate::program::{Done, Tree};

const FILE: &str = "portcullis-baseline.toml";

fn tree() -> Tree {
    let tree = Tree::new(&[("src/a.py", "eval(x)\n"), ("src/b.py", "import pickle\npickle.loads(data)\n")]);
    tree.write("portcullis.toml", &format!("baseline = \"{FILE}\"\n"));
    tree
}

fn baseline(tree: &Tree, arguments: &[&str]) -> Done {
    tree.run(&[&["baseline"], arguments].concat())
}

fn written(tree: &Tree, arguments: &[&str]) {
    let done = baseline(tree, &[&["write"], arguments].concat());
    assert_eq!((done.code, &*done.stderr), (0, ""), "{}", done.stdout);
}

/// A line of the baseline that holds some words.
fn line(tree: &Tree, words: &str) -> String {
    tree.read(FILE).lines().find(|line| line.contains(words)).unwrap_or_else(|| panic!("{words}")).to_owned()
}

#[test]
fn what_is_known_does_not_count_and_what_is_new_does() {
    let tree = tree();
    assert_eq!(tree.scan(&["--isolated"]).code, 1);
    let missing = tree.scan(&[]);
    assert_eq!(missing.code, 2);
    assert!(missing.stderr.contains(&format!("{FILE}: there is no such baseline")), "{}", missing.stderr);

    written(&tree, &["--reason", "before the rules"]);
    let done = tree.scan(&[]);
    assert_eq!((done.code, &*done.stdout, &*done.stderr), (0, "", ""));
    let shown = tree.run(&["scan", "--show-suppressed"]);
    assert_eq!(shown.stdout.matches("= suppressed: before the rules\n").count(), 2, "{}", shown.stdout);

    tree.write("src/a.py", "import os\n\n\neval(x)\neval(new)\n");
    assert_eq!(tree.scan(&[]).stdout.lines().count(), 1);
    assert!(
        tree.scan(&[]).stdout.starts_with("src/a.py:5:1: python/eval "),
        "only the new one, wherever the old one went"
    );
    // A file is known under its own name.
    tree.write("src/c.py", "eval(x)\n");
    assert_eq!(tree.scan(&[]).findings(), [("src/a.py", "python/eval"), ("src/c.py", "python/eval")]);
    let by_name = tree.scan(&["--isolated", "--baseline", FILE]);
    assert_eq!(by_name.findings(), [("src/a.py", "python/eval"), ("src/c.py", "python/eval")]);
}

#[test]
fn reports_say_that_it_came_from_outside_of_the_source() {
    let tree = tree();
    written(&tree, &["--reason", "known"]);
    let sarif: serde_json::Value =
        serde_json::from_str(&tree.run(&["scan", "--output-format", "sarif"]).stdout).unwrap();
    let suppression = sarif.pointer("/runs/0/results/0/suppressions/0").unwrap();
    assert_eq!(*suppression, serde_json::json!({ "kind": "external", "justification": "known" }));
    let json: serde_json::Value = serde_json::from_str(&tree.run(&["scan", "--output-format", "json"]).stdout).unwrap();
    assert_eq!(json["findings"][0]["suppressed"], serde_json::json!({ "by": "baseline", "reason": "known" }));
    assert_eq!(json["summary"]["suppressed"], 2);
}

#[test]
fn writing_replaces_nothing_unasked() {
    let tree = tree();
    written(&tree, &["--reason", "first"]);
    let before = tree.read(FILE);
    let done = baseline(&tree, &["write"]);
    assert_eq!(done.code, 2);
    assert!(done.stderr.contains("`update` keeps its reasons, `write --force` replaces it"), "{}", done.stderr);
    assert_eq!(tree.read(FILE), before);
    written(&tree, &["--force"]);
    assert_eq!(tree.read(FILE), before.replace(", reason = \"first\"", ""));
    let folder = baseline(&tree, &["write", "--baseline", "no/such/folder.toml"]);
    assert_eq!(folder.code, 2);
    assert!(folder.stderr.contains("no/such/folder.toml: the baseline cannot be written"), "{}", folder.stderr);
}

#[test]
fn an_update_keeps_reasons_and_drops_what_is_gone() {
    let tree = tree();
    written(&tree, &["--reason", "old", "--expires", "2999-12-31"]);
    let kept = line(&tree, "src/a.py");
    assert!(kept.ends_with(", reason = \"old\", expires = \"2999-12-31\" },"), "{kept}");
    tree.write("src/a.py", "eval(x)\neval(y)\n");
    tree.write("src/b.py", "pass\n");
    let check = baseline(&tree, &["check"]);
    assert_eq!(check.code, 1);
    assert_eq!(check.findings(), [(FILE, "any/stale-baseline")]);
    assert!(check.stdout.contains("`python/pickle-load` in src/b.py: is no longer found"), "{}", check.stdout);
    assert_eq!(tree.scan(&[]).findings(), [(FILE, "any/stale-baseline"), ("src/a.py", "python/eval")]);
    // Who scans one file knows nothing of the others.
    assert_eq!(tree.scan(&["src/a.py"]).findings(), [("src/a.py", "python/eval")]);

    let done = baseline(&tree, &["update", "--reason", "new"]);
    assert_eq!((done.code, &*done.stdout), (0, &*format!("{FILE}: 1 kept, 1 entered, 1 dropped\n")), "{}", done.stderr);
    assert_eq!(line(&tree, "\"old\""), kept);
    assert!(line(&tree, "\"new\"").contains("src/a.py"));
    assert!(!tree.read(FILE).contains("src/b.py"));
    let after = tree.read(FILE);
    assert_eq!(baseline(&tree, &["update"]).code, 0);
    assert_eq!(tree.read(FILE), after);
    let check = baseline(&tree, &["check"]);
    assert_eq!((check.code, &*check.stdout), (0, &*format!("{FILE}: every entry is in use (of 2)\n")));
}

#[test]
fn what_has_expired_counts_again() {
    let tree = tree();
    written(&tree, &["--expires", "2030-06-30"]);
    assert_eq!(tree.scan(&["--as-of", "2030-06-30"]).code, 0);
    let late = tree.scan(&["--as-of", "2030-07-01"]);
    let rules: Vec<_> = late.findings().into_iter().map(|(_, rule)| rule).collect();
    assert_eq!(rules, ["any/stale-baseline", "any/stale-baseline", "python/eval", "python/pickle-load"]);
    assert!(late.stdout.contains("`python/eval` in src/a.py: its entry expired on 2030-06-30"), "{}", late.stdout);
    assert_eq!(baseline(&tree, &["check", "--as-of", "2030-07-01"]).code, 1);
    let odd = tree.scan(&["--as-of", "1.7.2030"]);
    assert_eq!(odd.code, 2);
    assert!(odd.stderr.contains("write a day as 2027-01-31"), "{}", odd.stderr);
}

#[test]
fn a_mistake_in_the_file_ends_the_scan_and_is_shown() {
    let tree = tree();
    written(&tree, &[]);
    let text = tree.read(FILE);
    tree.write(FILE, &text.replace("findings = [\n", "findings = [\n<<<<<<< HEAD\n"));
    let done = tree.scan(&[]);
    assert_eq!(done.code, 2);
    insta::assert_snapshot!(done.stderr, @r"
    error: portcullis-baseline.toml:4:1: this is what an unfinished merge left
      |
    4 | <<<<<<< HEAD
      | ^^^^^^^^^^^^ keep the entries of both sides, then run `portcullis baseline update`
    ");
    assert_eq!(baseline(&tree, &["update"]).code, 2, "what cannot be read is not written over");
}

#[test]
fn a_configuration_names_no_file_elsewhere() {
    let tree = Tree::new(&[("in/a.py", "eval(x)\n"), ("outside.toml", "a password\n")]);
    let absolute = tree.path().join("outside.toml");
    for path in ["../outside.toml", "x/../../outside.toml", absolute.to_str().unwrap()] {
        tree.write("in/portcullis.toml", &format!("baseline = \"{path}\"\n"));
        let done = tree.scan(&["in"]);
        assert_eq!(done.code, 2, "{path}");
        assert!(done.stderr.contains("lies outside of the folder of this file"), "{}", done.stderr);
        assert!(!done.stderr.contains("password"), "{}", done.stderr);
    }
    #[cfg(unix)]
    {
        tree.write("in/portcullis.toml", "baseline = \"link.toml\"\n");
        std::os::unix::fs::symlink(Path::new("../outside.toml"), tree.path().join("in/link.toml")).unwrap();
        let done = tree.scan(&["in"]);
        assert!(done.code == 2 && !done.stderr.contains("password"), "{}", done.stderr);
    }
}

#[test]
fn the_gate_knows_no_baseline() {
    let tree = Tree::new(&[("a.py", "import shutil\nshutil.rmtree('/')\n")]);
    tree.write("portcullis.toml", &format!("baseline = \"{FILE}\"\nset = [\"audit\"]\n"));
    let gate = || tree.run(&["gate", "a.py", "--policy", "strict", "--budget-ms", "60000"]);
    let before = gate();
    assert_eq!(before.code, 2);
    written(&tree, &["--policy", "strict"]);
    assert_eq!(tree.scan(&["--policy", "strict"]).code, 0, "{}", tree.read(FILE));
    let after = gate();
    assert_eq!((after.code, after.stdout), (2, before.stdout));
}

#[test]
fn a_finding_in_an_archive_is_known_by_its_path_in_it() {
    let tree = Tree::new(&[("empty.txt", "")]);
    let mut builder = tar::Builder::new(Vec::new());
    for (name, text) in [("lib/a.py", &b"eval(x)\n"[..]), ("lib/b.txt", b"eval(x)\n")] {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        builder.append_data(&mut header, name, text).unwrap();
    }
    std::fs::write(tree.path().join("old.tar"), builder.into_inner().unwrap()).unwrap();
    std::fs::write(tree.path().join("odd.7z"), b"7z\xbc\xaf\x27\x1c\0\0").unwrap();
    assert_eq!(tree.scan(&[]).findings(), [], "only where it is asked for");
    let found = tree.scan(&["--archives"]);
    assert_eq!(found.findings(), [("odd.7z", "any/unread"), ("old.tar!/lib/a.py", "python/eval")]);
    assert!(found.stdout.contains("7z is not read: unpack it"), "{}", found.stdout);
    written(&tree, &["--archives"]);
    assert_eq!(tree.scan(&["--archives", "--baseline", FILE]).stdout, "");
    assert_eq!(baseline(&tree, &["check", "--archives"]).code, 0);
}
