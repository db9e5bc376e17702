//! What names of packages tell, file by file and over a whole tree.

use crate::program::Tree;

/// `path:line rule` of each finding of the family.
fn told(tree: &Tree, arguments: &[&str]) -> Vec<String> {
    let done = tree.scan(arguments);
    assert_eq!(done.stderr, "");
    let line = |line: &str| {
        let mut parts = line.splitn(4, ':');
        let (path, number) = (parts.next().unwrap(), parts.next().unwrap());
        let rule = parts.nth(1).unwrap().trim_start().split(' ').next().unwrap();
        rule.strip_prefix("package/").map(|rule| format!("{path}:{number} {rule}"))
    };
    done.stdout.lines().filter_map(line).collect()
}

const ALL: [&str; 2] =
    ["--select", "package/looks-like,package/superseded,package/unknown-name,package/undeclared,package/unused"];

#[test]
fn names_are_judged_in_manifests_lockfiles_and_commands() {
    let tree = Tree::new(&[
        ("requirements.txt", "requests\nreqeusts\npycrypto\n"),
        (
            "web/package-lock.json",
            r#"{"name": "web", "lockfileVersion": 3, "packages": {
              "": {"dependencies": {"lodash": "1", "1odash": "1"}},
              "node_modules/lodash": {"version": "4.17.21"},
              "node_modules/1odash": {"version": "1.0.0"},
              "node_modules/lodash/node_modules/1odash": {"version": "1.0.1"}}}"#,
        ),
        ("setup.py", "import os\nos.system('pip install reqeusts nose')\n"),
    ]);
    assert_eq!(
        told(&tree, &["--select", "package/looks-like,package/superseded"]),
        [
            "requirements.txt:2 looks-like",
            "requirements.txt:3 superseded",
            "setup.py:2 looks-like",
            "setup.py:2 superseded",
            "web/package-lock.json:4 looks-like",
        ]
    );
}

#[test]
fn a_policy_may_stop_what_imitates_others_and_none_does_by_itself() {
    let tree = Tree::new(&[
        ("setup.py", "import os\nos.system('pip install reqeusts')\n"),
        (
            "policy.toml",
            "extends = \"permissive\"\n[rules]\n\"package/looks-like\" = { verdict = \"deny\", reason = \"no\" }\n",
        ),
    ]);
    let judged = |policy: &str| {
        let done = tree.run(&["gate", "setup.py", "--policy", policy, "--trust-project-config"]);
        assert_eq!(done.stderr, "");
        done.stdout.contains("package/looks-like")
    };
    assert_eq!(["permissive", "moderate", "strict", "policy.toml"].map(judged), [false, false, false, true]);
}

#[test]
fn only_what_the_whole_tree_confirms_is_told_of_it() {
    let tree = Tree::new(&[
        ("requirements.txt", "PyYAML==6.0\nrequests==2.0\ngunicorn\nour-own-rare-thing\nanother-rare-thing\n"),
        ("requirements-dev.txt", "rich\n"),
        ("poetry.lock", "[[package]]\nname = \"our-own-rare-thing\"\nversion = \"1.0\"\n"),
        ("app/__init__.py", ""),
        ("app/main.py", "import os\nimport yaml\nimport numpy as np\nfrom app import near\nfrom . import far\n"),
        (
            "app/near.py",
            "import numpy\nimport our_own_rare_thing\ntry:\n    import ujson\nexcept ImportError:\n    pass\n",
        ),
    ]);
    assert_eq!(
        told(&tree, &ALL),
        [
            "app/main.py:3 undeclared",
            "requirements.txt:2 unused",
            "requirements.txt:5 unknown-name",
            "requirements.txt:5 unused",
        ]
    );
    // All of it is off unless it is asked for.
    assert_eq!(told(&tree, &["--select", "package"]), ["poetry.lock:2 unchecked"]);
}

#[test]
fn a_tree_without_manifests_is_held_to_nothing() {
    let tree = Tree::new(&[("a.py", "import numpy\n")]);
    assert_eq!(told(&tree, &ALL), Vec::<String>::new());
    let tree = Tree::new(&[("requirements.txt", "numpy\n")]);
    assert_eq!(told(&tree, &ALL), Vec::<String>::new());
}
