//! Configuration files: where they are found, what they change, and what is said about mistakes in them.

use crate::program::{Done, Tree};

const LARGE: (&str, &str) = ("src/large.py", "x = 1\ny = 2\n");

fn scan(config: (&str, &str), arguments: &[&str]) -> Done {
    Tree::new(&[LARGE, config]).scan(arguments)
}

#[test]
fn keys_change_the_scan_and_the_command_line_wins() {
    for (keys, arguments, code) in [
        ("max-size = 6", &[][..], 1),
        ("max-size = 6", &["--isolated"], 0),
        ("max-size = \"6B\"", &[], 1),
        ("max-size = 6", &["--max-size", "1K"], 0),
        ("max-size = 6\nfail-on = \"high\"", &[], 0),
        ("max-size = 6\nfail-on = \"high\"", &["--fail-on", "low"], 1),
        ("max-size = 6\nmin-severity = \"high\"", &[], 0),
        ("max-size = 6\nmin-severity = \"high\"", &["--min-severity", "low"], 1),
        ("max-size = 6\nignore = [\"any\"]", &[], 0),
        ("max-size = 6\nexclude = [\"src\"]", &[], 0),
        ("max-size = 6\nexclude = [\"/large.py\"]", &[], 1),
        ("max-size = 6\n[per-file]\n\"src/*\" = { ignore = [\"any/unread\"] }", &[], 0),
        ("max-size = 6\n[per-file]\n\"src/\" = { min-severity = \"high\" }", &[], 0),
        ("max-size = 6\n[per-file]\n\"lib/*\" = { ignore = [\"any/unread\"] }", &[], 1),
        ("set = [\"audit\"]\nhidden = true\nhonour-nosec = true\nhonour-noqa = true\nmin-confidence = \"low\"", &[], 0),
    ] {
        let done = scan(("portcullis.toml", keys), arguments);
        assert_eq!(done.code, code, "{keys} {arguments:?}: {}", done.stderr);
    }
}

#[test]
fn the_nearest_file_counts_alone() {
    let tree = Tree::new(&[
        LARGE,
        ("portcullis.toml", "max-size = 6"),
        ("src/.portcullis.toml", ""),
        ("named.toml", "max-size = 6"),
        ("pyproject.toml", "[project]\nname = \"x\"\n[tool.other]\nkey = 1\n"),
    ]);
    assert_eq!(tree.scan(&["."]).code, 1);
    assert_eq!(tree.scan(&["src"]).code, 0);
    assert_eq!(tree.scan(&["src/large.py"]).code, 0);
    assert_eq!(tree.scan(&["src", "--config", "named.toml"]).code, 1);
    assert_eq!(tree.scan(&["--config", "none.toml"]).code, 2);
    assert_eq!(tree.scan(&["--config", "pyproject.toml"]).code, 2, "it has no table of ours");
    assert_eq!(tree.scan(&["--config", "named.toml", "--isolated"]).code, 2);
}

#[test]
fn pyproject_is_read_where_it_has_our_table() {
    let table = "[tool.black]\nline-length = 88\n[tool.portcullis]\nmax-size = 6\n";
    assert_eq!(scan(("pyproject.toml", table), &[]).code, 1);
    assert_eq!(scan(("pyproject.toml", "[tool.black]\n"), &[]).code, 0);
    assert_eq!(scan(("pyproject.toml", "[tool.portcullis]\nmaxsize = 6\n"), &[]).code, 2);
}

#[test]
fn rules_of_ones_own_are_found_from_the_file() {
    let tree = Tree::new(&[LARGE, ("conf/my.toml", "rules = [\"pages\"]"), ("conf/pages/my/bad.md", "")]);
    let done = tree.scan(&["--config", "conf/my.toml"]);
    assert_eq!(done.code, 2);
    assert!(done.stderr.contains("conf/pages/my/bad.md:1: "), "{}", done.stderr);
}

/// What is said about a mistake in the configuration.
fn complaint(text: &str) -> String {
    let done = scan(("portcullis.toml", text), &[]);
    assert_eq!((done.code, &*done.stdout), (2, ""));
    done.stderr
}

#[test]
fn mistakes_are_shown_at_their_place() {
    insta::assert_snapshot!(complaint("hidden = true\nselct = [\"python\"]\n"), @"
    error: portcullis.toml:2:1: unknown key `selct`
      |
    2 | selct = [\"python\"]
      | ^^^^^ did you mean `select`?
    ");
    insta::assert_snapshot!(complaint("ignore = [\n\t\"python/eval\", \"python/yaml-laod\",\n]\n"), @"
    error: portcullis.toml:2:17: `python/yaml-laod` is no rule, family or id of another tool that a rule names
      |
    2 | \t\"python/eval\", \"python/yaml-laod\",
      | \t               ^^^^^^^^^^^^^^^^^^ did you mean `python/yaml-load`?
    ");
    insta::assert_snapshot!(complaint("fail-on = \"hgih\""), @"
    error: portcullis.toml:1:11: unknown value `hgih`
      |
    1 | fail-on = \"hgih\"
      |           ^^^^^^ did you mean `high`?
    ");
    insta::assert_snapshot!(complaint("max-size = \"much\""), @r#"
    error: portcullis.toml:1:12: `much` is no size: write bytes up to 1G, such as 4194304, 512K or 4M
      |
    1 | max-size = "much"
      |            ^^^^^^
    "#);
    insta::assert_snapshot!(complaint("exclude = [\"a\", \"b[\"]"), @r#"
    error: portcullis.toml:1:17: `b[` is no pattern: error parsing glob 'b[': unclosed character class; missing ']'
      |
    1 | exclude = ["a", "b["]
      |                 ^^^^
    "#);
    insta::assert_snapshot!(complaint("[per-file]\n\"*.py\" = { ignroe = [] }"), @r#"
    error: portcullis.toml:2:12: unknown key `ignroe`
      |
    2 | "*.py" = { ignroe = [] }
      |            ^^^^^^ did you mean `ignore`?
    "#);
    insta::assert_snapshot!(complaint("hidden = yes"), @r#"
    error: portcullis.toml:1:10: string values must be quoted, expected literal string
      |
    1 | hidden = yes
      |          ^^^
    "#);
    insta::assert_snapshot!(complaint("hidden = true\nhidden = true"), @r#"
    error: portcullis.toml:2:1: duplicate key
      |
    2 | hidden = true
      | ^^^^^^
    "#);
    insta::assert_snapshot!(complaint("volume = 11"), @r#"
    error: portcullis.toml:1:1: unknown key `volume`
      |
    1 | volume = 11
      | ^^^^^^ known here: `select`, `extend-select`, `ignore`, `set`, `min-severity`, `min-confidence`, `fail-on`, `exclude`, `hidden`, `max-size`, `airgapped`, `rules`, `honour-nosec`, `honour-noqa`, `honour`, `inline-escapes`, `baseline`, `per-file`, `ignore-advisory`
    "#);
}

#[cfg(unix)]
#[test]
fn files_that_are_no_files_are_refused() {
    let tree = Tree::new(&[LARGE]);
    let path = tree.path().join("portcullis.toml");
    std::os::unix::fs::symlink("/etc/passwd", &path).unwrap();
    let done = tree.scan(&[]);
    assert_eq!(done.code, 2);
    assert!(done.stderr.contains("it is a link") && !done.stderr.contains("root:"), "{}", done.stderr);
    std::fs::remove_file(&path).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    let done = tree.scan(&[]);
    assert_eq!(done.code, 2);
    assert!(done.stderr.contains("a pipe"), "{}", done.stderr);
    assert_eq!(tree.scan(&["--isolated"]).code, 0);
}
