//! `policy show` and `policy check`, and where a policy may come from.

use crate::program::{Done, Tree};

fn says(done: &Done, code: i32, words: &[&str]) {
    assert_eq!(done.code, code, "{}{}", done.stdout, done.stderr);
    let all = format!("{}{}", done.stdout, done.stderr);
    words.iter().for_each(|word| assert!(all.contains(word), "{word}\n{all}"));
}

#[test]
fn what_a_policy_does_is_told_in_plain_words() {
    let tree = Tree::new(&[(
        "own.toml",
        "extends = \"strict\"\nunresolved = \"ask\"\nanswer = \"flag\"\ngate = \"record\"\n\
         [functions]\n\"json.loads\" = { verdict = \"ask\", reason = \"we use our own\" }\n\
         [effects]\nread-file = { verdict = \"allow\", reason = \"it reads its input\" }\n",
    )]);
    let strict = tree.run(&["policy", "show", "strict"]);
    says(&strict, 0, &["strict (level strict)", "is denied", "numbers:", "argparse", "deny  python/eval", "exec-code"]);
    says(
        &tree.run(&["policy", "show"]),
        0,
        &["moderate (level moderate)", "is asked about", "Any module may be imported"],
    );
    says(
        &strict,
        0,
        &["128 MiB for all processes", "a copy that is thrown away, 16 MiB in 1024 files", "cgroup-memory"],
    );
    says(&strict, 0, &["Nothing is run that cannot be recorded", "every record is waited for"]);
    let own = ["own.toml (level strict)", "is asked about", "only records", "the command line may answer", "numbers:"];
    let done = tree.run(&["policy", "show", "own.toml"]);
    says(&done, 0, &own);
    says(&done, 0, &["ask   function json.loads: we use our own", "allow effect read-file: it reads its input"]);
}

#[test]
fn a_policy_file_is_checked() {
    let tree = Tree::new(&[
        ("good.toml", "extends = \"moderate\"\n"),
        ("bad.toml", "extends = \"moderate\"\n\n[rules]\n\"python/evl\" = { verdict = \"ask\", reason = \"r\" }\n"),
        ("strict", "extends = \"permissive\"\n"),
    ]);
    says(&tree.run(&["policy", "check", "good.toml"]), 0, &["good.toml: as it should be (level moderate)"]);
    says(&tree.run(&["policy", "check", "strict"]), 0, &["(level permissive)"]);
    says(
        &tree.run(&["policy", "check", "bad.toml"]),
        2,
        &["bad.toml:4:1: there is no rule", "did you mean `python/eval`?"],
    );
    says(&tree.run(&["policy", "check", "none.toml"]), 2, &["there is no such file"]);
    says(&tree.run(&["policy", "show", "strct"]), 2, &["did you mean `strict`?"]);
}

#[test]
fn the_judged_tree_cannot_bring_its_policy() {
    let lax = "extends = \"permissive\"\n[families]\npython = { verdict = \"allow\", reason = \"trust me\" }\n";
    let tree = Tree::new(&[
        ("ws/a.py", "eval(input())\n"),
        ("ws/lax.toml", lax),
        ("ws/portcullis.toml", "ignore = [\"python\"]\n"),
        ("ws/.portcullisignore", "*.py\n"),
        ("outside.toml", lax),
        ("config/portcullis/policy.toml", lax),
        ("ws/config/portcullis/policy.toml", lax),
    ]);
    let gate = |arguments: &[&str], config: Option<&str>| {
        let mut command = tree.command(&[&["gate", "a.py", "--budget-ms", "60000"], arguments].concat());
        command.current_dir(tree.path().join("ws")).env("HOME", tree.path().join("none"));
        match config {
            Some(folder) => command.env("XDG_CONFIG_HOME", tree.path().join(folder)),
            None => command.env_remove("XDG_CONFIG_HOME"),
        };
        Done::from(command.output().unwrap())
    };
    says(&gate(&[], None), 2, &["python/eval"]);
    says(&gate(&["--policy", "../outside.toml"], None), 0, &["allow: a.py"]);
    says(&gate(&[], Some("config")), 0, &["allow: a.py"]);
    // What lies in the workspace is refused, by whichever way it is named.
    let refused = "lies inside the workspace";
    says(&gate(&["--policy", "lax.toml"], None), 2, &[refused, "--trust-project-config"]);
    says(&gate(&["--policy", "../ws/lax.toml"], None), 2, &[refused]);
    says(&gate(&["--policy", "../outside.toml", "--workspace-root", ".."], None), 2, &[refused]);
    says(&gate(&[], Some("ws/config")), 2, &[refused]);
    says(&gate(&["--policy", "lax.toml", "--trust-project-config"], None), 0, &["allow: a.py"]);
    // A policy of the user's that is broken is not passed over.
    tree.write("config/portcullis/policy.toml", "extends = \"lax\"\n");
    says(&gate(&[], Some("config")), 2, &["unknown value `lax`"]);
}

#[cfg(unix)]
#[test]
fn links_into_and_out_of_the_workspace_lead_to_no_policy() {
    let lax = "extends = \"permissive\"\n";
    let tree = Tree::new(&[("ws/a.py", "print(1)\n"), ("ws/lax.toml", lax), ("outside.toml", lax)]);
    let link = |from: &str, to: &str| std::os::unix::fs::symlink(tree.path().join(from), tree.path().join(to)).unwrap();
    link("ws/lax.toml", "in.toml");
    link("outside.toml", "ws/out.toml");
    for policy in ["in.toml", "ws/out.toml"] {
        let done = tree.run(&["gate", "ws/a.py", "--workspace-root", "ws", "--policy", policy]);
        says(&done, 2, &["lies inside the workspace"]);
    }
}

#[test]
fn a_scan_by_a_policy_looks_for_what_the_policy_judges() {
    let tree = Tree::new(&[("a.py", "import requests\nopen('table.csv')\nrequests.get(x, timeout=3)\n")]);
    let rules = |arguments: &[&str]| {
        let done = tree.run(&[&["scan", ".", "--output-format", "concise"], arguments].concat());
        ["any/uses-files", "any/connects"].map(|rule| done.stdout.contains(rule))
    };
    assert_eq!(rules(&[]), [false, false]);
    assert_eq!(rules(&["--set", "audit"]), [false, false]);
    assert_eq!(rules(&["--policy", "moderate"]), [false, true]);
    assert_eq!(rules(&["--policy", "strict"]), [true, true]);
}
