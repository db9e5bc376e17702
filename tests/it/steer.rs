//! Nothing in a scanned tree reaches the terminal, or the log of a CI job, as anything but text.
#![cfg(unix)]

use crate::program::Tree;

/// What would begin a line, and a command to GitHub's runner, were it printed as it is.
const COMMAND: &str = "::error::gotcha";

/// Scans with every format and checks both streams.
fn assert_plain(tree: &Tree, arguments: &[&str]) {
    for format in ["text", "concise", "json", "jsonl", "sarif", "github"] {
        let done = tree.run(&[&["scan", "--output-format", format], arguments].concat());
        let printed = done.stdout + &done.stderr;
        assert!(printed.contains("gotcha"), "{format}: {printed}");
        assert!(!printed.lines().any(|line| line.trim_start().starts_with(COMMAND)), "{format}: {printed}");
        let steers = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
        assert!(!printed.contains(steers), "{format}: {printed:?}");
    }
}

#[test]
fn names_of_files_and_broken_ignore_files() {
    let folder = format!("a\n{COMMAND}\u{1b}[2J");
    let tree = Tree::new(&[
        (&format!("{folder}/.gitignore"), "[z-a]\n"),
        (&format!("{folder}/a.py"), "eval(x)\n"),
        (&format!("{folder}\r{COMMAND}.py"), "eval('\u{1b}]8;;x' + x)\n"),
    ]);
    assert_plain(&tree, &[]);
    assert!(tree.run(&["scan"]).stderr.starts_with("note: "));
}

#[test]
fn configurations_with_mistakes() {
    for config in [
        "\"a\\n::error::gotcha\" = 1\n",
        "select = [\"gotcha\u{1b}[31m\"]\n",
        "select = [\"a\\n::error::gotcha\"]\n",
        "fail-on = \"a\\r\\n::error::gotcha\"\n",
        "exclude = [\"[z-a]\\n::error::gotcha\"]\n",
    ] {
        assert_plain(&Tree::new(&[("portcullis.toml", config), ("a.py", "")]), &[]);
    }
    let folder = format!("a\n{COMMAND}");
    let tree = Tree::new(&[(&format!("{folder}/portcullis.toml"), "selekt = 1"), (&format!("{folder}/a.py"), "")]);
    assert_plain(&tree, &[&folder]);
}

#[test]
fn pages_with_mistakes() {
    let page = format!("rules/x/a\n{COMMAND}.md");
    let header = "```toml\n\"b\\n::error::gotcha\" = 1\n```\n";
    let pattern = "```toml\nseverity = \"low\"\nconfidence = \"low\"\ncwe = [1]\n[match.string]\n\
                   matches = \"[\\n::error::gotcha\"\n```\n# T\n\nProse.\n";
    let rules = [(page.as_str(), ""), ("rules/x/b.md", header), ("rules/x/c.md", pattern)];
    let tree = Tree::new(&rules);
    tree.write("portcullis.toml", "rules = [\"rules\"]");
    assert_plain(&tree, &[]);
}
