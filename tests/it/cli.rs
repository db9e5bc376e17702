//! The commands, from arguments to exit codes.

use std::io::Read;
use std::process::Stdio;

use crate::program::Tree;

/// A file that is always a finding, whatever rules there are: it is larger than the cap that goes with it.
const LARGE: (&str, &str) = ("large.py", "x = 1\ny = 2\n");
const CAP: [&str; 2] = ["--max-size", "6"];

fn scan(tree: &Tree, arguments: &[&str]) -> crate::program::Done {
    tree.scan(&[&CAP[..], arguments].concat())
}

#[test]
fn exit_codes_of_scan() {
    let clean = Tree::new(&[("a.py", "x = 1\n")]);
    assert_eq!(scan(&clean, &[]).code, 0);
    let tree = Tree::new(&[LARGE]);
    // The rule is of medium severity, and denied by the strict policy alone.
    for (arguments, code) in [
        (&[][..], 1),
        (&["--exit-zero"], 0),
        (&["--fail-on", "medium"], 1),
        (&["--fail-on", "high"], 0),
        (&["--policy", "strict"], 1),
        (&["--policy", "moderate"], 0),
        (&["--min-severity", "high"], 0),
        (&["--ignore", "any/unread"], 0),
        (&["--select", "python/eval"], 1),
        (&["--fail-on", "worst"], 2),
        (&["--policy", "strictest"], 2),
        (&["--policy", "strict", "--fail-on", "high"], 2),
        (&["--select", "python/evil"], 2),
        (&["--no-such-flag"], 2),
        (&["--threads", "0"], 2),
        (&["--output-format", "yaml"], 2),
        (&["--output", "yaml=x"], 2),
        (&["--output", "json="], 2),
    ] {
        let done = scan(&tree, arguments);
        assert_eq!(done.code, code, "{arguments:?}: {}", done.stderr);
    }
    assert_eq!(tree.run(&[]).code, 2);
    assert_eq!(tree.run(&["--version"]).code, 0);
    assert_eq!(tree.run(&["scan", "--help"]).code, 0);
}

#[test]
fn the_format_never_changes_the_exit_code() {
    let tree = Tree::new(&[LARGE]);
    for format in ["text", "concise", "json", "jsonl", "sarif", "github"] {
        let done = tree.run(&["scan", "--max-size", "6", "--output-format", format]);
        assert_eq!(done.code, 1, "{format}");
        assert!(done.stdout.contains("large.py"), "{format}: {}", done.stdout);
    }
}

#[test]
fn selectors_that_stand_for_nothing_are_errors_with_a_suggestion() {
    let tree = Tree::new(&[]);
    for (written, meant) in [("python/evl", "python/eval"), ("pyton", "python"), ("yaml-load", "python/yaml-load")] {
        let done = scan(&tree, &["--select", written]);
        let told = format!("did you mean `{meant}`?");
        assert!(done.code == 2 && done.stderr.contains(&told), "{}", done.stderr);
    }
    let done = scan(&tree, &["--policy", "strct"]);
    assert!(done.stderr.contains("did you mean `strict`?"), "{}", done.stderr);
}

#[test]
fn a_policy_file_changes_single_rules() {
    let tree = Tree::new(&[
        LARGE,
        (
            "lax.toml",
            "extends = \"strict\"\n[rules]\n\"any/unread\" = { verdict = \"allow\", reason = \"big tables\" }\n",
        ),
        (
            "hard.toml",
            "extends = \"permissive\"\n[rules]\n\"any/unread\" = { verdict = \"deny\", reason = \"sure\" }\n",
        ),
        ("typo.toml", "extends = \"strict\"\n[rules]\n\"any/unraed\" = { verdict = \"allow\", reason = \"?\" }\n"),
        ("level.toml", "extends = \"strictest\"\n"),
    ]);
    assert_eq!(scan(&tree, &["--policy", "lax.toml"]).code, 0);
    assert_eq!(scan(&tree, &["--policy", "hard.toml"]).code, 1);
    let done = scan(&tree, &["--policy", "typo.toml"]);
    assert_eq!(done.code, 2);
    insta::assert_snapshot!(done.stderr, @r#"
    error: typo.toml:3:1: there is no rule `any/unraed`
      |
    3 | "any/unraed" = { verdict = "allow", reason = "?" }
      | ^^^^^^^^^^^^ did you mean `any/unread`?
    "#);
    insta::assert_snapshot!(scan(&tree, &["--policy", "level.toml"]).stderr, @r#"
    error: level.toml:1:11: unknown value `strictest`
      |
    1 | extends = "strictest"
      |           ^^^^^^^^^^^ did you mean `strict`?
    "#);
}

#[test]
fn reports_go_to_several_places_at_once() {
    let tree = Tree::new(&[LARGE, ("old.json", "old")]);
    let done = scan(&tree, &["--output", "sarif=out.sarif", "--output", "json=old.json"]);
    assert_eq!(done.code, 1);
    assert_eq!(done.unread(), ["large.py"]);
    assert!(tree.read("out.sarif").contains("large.py"));
    assert!(tree.read("old.json").contains("large.py"));
    let left: Vec<_> = std::fs::read_dir(tree.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 4, "nothing but the reports is left behind: {left:?}");

    let done = scan(&tree, &["--output", "sarif=no/such/folder.sarif"]);
    assert_eq!(done.code, 2);
    assert!(done.stderr.contains("no/such/folder.sarif"), "{}", done.stderr);
}

#[cfg(unix)]
#[test]
fn a_report_is_written_through_links_and_into_devices() {
    let tree = Tree::new(&[LARGE, ("real.json", "old")]);
    std::os::unix::fs::symlink("real.json", tree.path().join("link.json")).unwrap();
    assert_eq!(scan(&tree, &["--output", "json=link.json", "--output", "sarif=/dev/null"]).code, 1);
    assert!(tree.read("real.json").contains("large.py"));
    assert!(tree.path().join("link.json").is_symlink());
    assert!(!std::fs::metadata("/dev/null").unwrap().is_file());
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &std::fs::metadata(tree.path().join("large.py")).unwrap().permissions(),
    );
    let report = std::fs::metadata(tree.path().join("real.json")).unwrap().permissions();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&report), mode, "readable like any other new file");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let files: Vec<_> = (0..4000).map(|number| format!("a_rather_long_name_{number:05}.py")).collect();
    let tree = Tree::new(&files.iter().map(|path| (path.as_str(), LARGE.1)).collect::<Vec<_>>());
    let mut command = tree.command(&["scan", "--output-format", "concise", "--max-size", "6"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = [0; 10];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let done = child.wait_with_output().unwrap();
    assert_eq!(done.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&done.stderr), "");
}

#[test]
fn the_pages_are_shown_and_listed() {
    let tree = Tree::new(&[]);
    let page = tree.run(&["explain", "any/unread"]);
    assert_eq!(page.code, 0);
    assert!(page.stdout.contains("# File that could not be read") && page.stdout.contains("CWE-693"));
    let pages = tree.run(&["explain", "b506"]);
    assert!(pages.stdout.contains("python/yaml-load"), "another tool's id stands for our pages: {}", pages.stdout);
    let unknown = tree.run(&["explain", "any/unraed"]);
    assert_eq!(unknown.code, 2);
    assert_eq!(unknown.stderr, "error: there is no rule `any/unraed`; did you mean `any/unread`?\n");

    let table = tree.run(&["rules", "list"]).stdout;
    assert!(table.lines().any(|line| line.starts_with("any/unread ") && line.ends_with("File that could not be read")));
    let json: serde_json::Value =
        serde_json::from_str(&tree.run(&["rules", "list", "--output-format", "json"]).stdout).unwrap();
    let unread = json.as_array().unwrap().iter().find(|rule| rule["id"] == "any/unread").unwrap();
    assert_eq!(unread["deny"], "strict");
}

#[test]
fn pages_of_ones_own_are_checked() {
    let tree = Tree::new(&[("rules/my/bad.md", "no header\n"), ("empty/readme.md", "")]);
    let done = tree.run(&["rules", "check", "rules"]);
    assert_eq!(done.code, 1);
    assert!(done.stdout.starts_with("rules/my/bad.md:1: the page must begin with"), "{}", done.stdout);
    let page = |example: &str| {
        let header = "severity = \"low\"\nconfidence = \"low\"\ncwe = [95]\n[match.call]\nname = [\"builtins.eval\"]";
        format!("```toml\n{header}\n```\n\n# Evaluation\n\nProse.\n\n```python a.py\n{example}\n```\n")
    };
    tree.write("wrong/my/eval.md", &page("x = 1\n«eval(x)»\neval(y)\n«print(x)»"));
    tree.write("right/my/eval.md", &page("x = 1\n«eval(x)»"));
    let done = tree.run(&["rules", "check", "wrong"]);
    assert_eq!(done.code, 1);
    insta::assert_snapshot!(done.stdout, @"
    wrong/my/eval.md:16: `eval(y)` is found and not marked (column 1)
    wrong/my/eval.md:17: `print(x)` is marked and not found (column 1)
    faults: 2, pages: 1
    ");
    let done = tree.run(&["rules", "check", "right"]);
    assert_eq!((done.code, &*done.stdout), (0, "every page is as it should be (1)\n"));
    assert_eq!(tree.run(&["rules", "check", "empty"]).code, 2);
    assert_eq!(tree.run(&["rules", "check", "nowhere"]).code, 2);
    let done = tree.scan(&["--rules", "rules"]);
    assert_eq!(done.code, 2);
    assert!(done.stderr.starts_with("error: rules/my/bad.md:1: "), "{}", done.stderr);
}

#[test]
fn helpers_of_the_shell() {
    let tree = Tree::new(&[]);
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(tree.run(&["completions", shell]).stdout.contains("output-format"), "{shell}");
    }
    assert!(tree.run(&["man"]).stdout.contains(".SH SYNOPSIS"));
    assert!(tree.run(&["man", "scan"]).stdout.contains("files\\-from"));
    assert_eq!(tree.run(&["man", "scam"]).code, 2);
    serde_json::from_str::<serde_json::Value>(&tree.run(&["schema"]).stdout).unwrap();
}

#[test]
fn only_timings_tell_the_time() {
    let tree = Tree::new(&[LARGE]);
    assert_eq!(scan(&tree, &[]).stderr, "");
    assert!(scan(&tree, &["--timings"]).stderr.starts_with("timings: "));
}

#[test]
fn what_the_code_suppresses_does_not_count_and_is_shown_on_request() {
    let tree = Tree::new(&[(
        "a.py",
        "import pickle\npickle.load(open('a'))  # portcullis: ignore[python/pickle-load] -- ours\n",
    )]);
    let done = tree.scan(&[]);
    assert_eq!((done.code, done.findings()), (0, vec![]), "{}", done.stdout);
    let done = tree.scan(&["--show-suppressed"]);
    assert_eq!((done.code, done.findings()), (0, vec![("a.py", "python/pickle-load")]));
    tree.write("a.py", "x = 1  # portcullis: ignore[python/pickle-load]\n");
    let done = tree.scan(&[]);
    assert_eq!((done.code, done.findings()), (1, vec![("a.py", "any/unused-suppression")]), "{}", done.stdout);
    assert!(done.stdout.contains("`python/pickle-load` finds nothing here"), "{}", done.stdout);
    let code = "import pickle\npickle.load(open('a'))  # nosec B301\n";
    tree.write("a.py", code);
    assert_eq!(tree.scan(&[]).code, 1);
    assert_eq!(tree.scan(&["--honour-nosec"]).code, 0);
    tree.write("portcullis.toml", "honour-nosec = true");
    assert_eq!(tree.scan(&[]).code, 0);
}
