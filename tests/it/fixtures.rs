//! The projects in `fixtures/`, scanned by the program, each in a copy of its own.

use std::fs;
use std::path::Path;

use crate::program::Tree;

/// A copy of a fixture.
fn copy(name: &str) -> Tree {
    let tree = Tree::new(&[]);
    copy_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name), tree.path());
    tree
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (path, target) = (entry.as_ref().unwrap().path(), to.join(entry.unwrap().file_name()));
        if path.is_dir() { copy_folder(&path, &target) } else { fs::write(target, fs::read(path).unwrap()).unwrap() }
    }
}

/// The concise report of a scan without its colours, and the exit code.
fn report(name: &str, arguments: &[&str]) -> String {
    let done = copy(name).scan(arguments);
    format!("{}{}exit {}", done.stdout, done.stderr, done.code)
}

#[test]
fn a_web_shop() {
    insta::assert_snapshot!(report("flask-app", &[]));
    insta::assert_snapshot!("a_web_shop_with_every_set", report("flask-app", &["--set", "audit"]));
}

/// The comments of the web shop say where its weaknesses are.
#[test]
fn every_weakness_of_the_web_shop_is_found_and_nothing_else() {
    let tree = copy("flask-app");
    let places = |arguments: &[&str]| {
        let stdout = tree.scan(arguments).stdout;
        let lines = stdout.lines().map(|line| line.split(':').take(2).collect::<Vec<_>>().join(":"));
        lines.collect::<std::collections::BTreeSet<_>>()
    };
    let mut expected = std::collections::BTreeSet::new();
    for path in ["shop/__init__.py", "shop/orders.py", "shop/reports.py", "shop/users.py"] {
        let text = tree.read(path);
        let weak = (1..).zip(text.lines()).filter(|(_, line)| line.contains("# weak:"));
        expected.extend(weak.map(|(number, _)| format!("{path}:{number}")));
    }
    assert_eq!(places(&[]), expected);
}

#[test]
fn clean_code_is_silent() {
    assert_eq!(report("clean", &[]), "exit 0");
}

#[test]
fn evasion() {
    insta::assert_snapshot!(report("evasion", &[]));
}

#[test]
fn broken_files_are_named_and_what_can_be_read_of_them_is_checked() {
    insta::assert_snapshot!(report("broken", &[]));
}

#[test]
fn code_is_found_in_notebooks_path_files_and_scripts_without_an_ending() {
    insta::assert_snapshot!(report("containers", &[]));
}

#[test]
fn suppressed_findings() {
    insta::assert_snapshot!(report("suppressed", &[]));
    let all = ["--show-suppressed", "--honour-nosec", "--honour-noqa"];
    insta::assert_snapshot!("suppressed_findings_shown", report("suppressed", &all));
}

#[test]
fn a_configured_project() {
    insta::assert_snapshot!(report("config", &[]));
    insta::assert_snapshot!("a_configured_project_without_its_configuration", report("config", &["--isolated"]));
}

#[test]
fn rules_of_ones_own() {
    let tree = copy("rules");
    let done = tree.run(&["rules", "check", "pages"]);
    assert_eq!((&*done.stdout, &*done.stderr, done.code), ("every page is as it should be (8)\n", "", 0));
    insta::assert_snapshot!(report("rules", &["--rules", "pages", "project"]));
}

#[test]
fn mistakes_in_rule_pages() {
    let done = copy(".").run(&["rules", "check", "bad-rules"]);
    assert_eq!((&*done.stderr, done.code), ("", 1));
    insta::assert_snapshot!(done.stdout);

    let done = copy(".").run(&["rules", "check", "bad-examples"]);
    assert_eq!((&*done.stderr, done.code), ("", 1));
    insta::assert_snapshot!("mistakes_in_examples", done.stdout);
}

#[test]
fn mistakes_in_configurations() {
    let tree = copy(".");
    let mut files: Vec<_> = fs::read_dir(tree.path().join("bad-config")).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    let mut messages = String::new();
    for file in files {
        let name = format!("bad-config/{}", file.file_name().unwrap().to_str().unwrap());
        let done = tree.scan(&["--config", &name, "clean"]);
        assert_eq!((done.code, &*done.stdout), (2, ""), "{name}");
        messages.push_str(&done.stderr.replace(&format!("{}/", tree.path().canonicalize().unwrap().display()), ""));
        messages.push('\n');
    }
    insta::assert_snapshot!(messages);
}
