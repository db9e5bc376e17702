//! Packages from end to end: a tree, a file of advisories made for the test, and the program.

mod python;

use serde_json::Value;

use crate::program::{Done, Tree};

const RECORDS: &[&str] = &[
    r#"{"id":"GHSA-1111","aliases":["CVE-2030-1"],"summary":"Alpha runs what it reads","details":"It reads too much.","severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],"affected":[{"package":{"ecosystem":"PyPI","name":"alpha"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"1.5"}]}]}]}"#,
    r#"{"id":"PYSEC-1","aliases":["CVE-2030-1"],"affected":[{"package":{"ecosystem":"PyPI","name":"alpha"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"1.5"}]}]}]}"#,
    r#"{"id":"MAL-7","summary":"It steals","affected":[{"package":{"ecosystem":"PyPI","name":"evil"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"}]}]},{"package":{"ecosystem":"npm","name":"evil-js"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"}]}]}]}"#,
    r#"{"id":"RUSTSEC-3","summary":"Nobody mends it","affected":[{"package":{"ecosystem":"crates.io","name":"gone"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0.0.0-0"}]}],"database_specific":{"informational":"unmaintained"}}]}"#,
    r#"{"id":"ODD-9","affected":[{"package":{"ecosystem":"PyPI","name":"odd"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"none of these"}]}]}]}"#,
];

const LOCK: &str = r#"{
  "packages": {
    "": {"dependencies": {"beta": "1"}},
    "node_modules/beta": {"version": "1.0.0", "integrity": "sha512-00", "dependencies": {"evil-js": "*"}},
    "node_modules/evil-js": {"version": "3.1.0", "integrity": "sha512-00"}
  }
}
"#;

/// A tree with the advisories in `adv.db`.
fn tree(files: &[(&str, &str)]) -> Tree {
    let tree = Tree::new(files);
    tree.write("osv/records.jsonl", &RECORDS.join("\n"));
    let done = tree.run(&["db", "import", "osv/records.jsonl", "--db", "adv.db", "--snapshot-at", "2030-05-06"]);
    assert_eq!((done.code, &*done.stderr), (0, ""));
    assert!(
        done.stdout.contains("crates.io            1 advisories on      1 packages, as of 2030-05-06"),
        "{}",
        done.stdout
    );
    tree
}

fn scan(tree: &Tree, arguments: &[&str]) -> Done {
    tree.scan(&[&["--select", "package", "--db", "adv.db", "--exclude", "osv/"], arguments].concat())
}

fn json(tree: &Tree, arguments: &[&str]) -> Value {
    let done =
        tree.run(&[&["scan", "--select", "package", "--db", "adv.db", "--output-format", "json"], arguments].concat());
    serde_json::from_str(&done.stdout).unwrap_or_else(|error| panic!("{error}: {}", done.stderr))
}

#[test]
fn pinned_packages_are_held_against_advisories_on_their_lines() {
    let tree = tree(&[
        ("requirements.txt", "# ours\nAlpha==1.4.0\nodd==1.0\nfine==1.0\n"),
        ("web/package-lock.json", LOCK),
        (
            "Cargo.lock",
            "[[package]]\nname = \"gone\"\nversion = \"0.1.0\"\nsource = \"registry+https://example.com\"\n",
        ),
        ("src/app.py", "import os\nimport alpha.read\n"),
    ]);
    let done = scan(&tree, &[]);
    assert_eq!(done.code, 1, "{}", done.stderr);
    insta::assert_snapshot!(done.stdout);

    let report = json(&tree, &["--select", "package", "--exclude", "*.lock"]);
    let finding = &report["findings"][0];
    assert_eq!((&finding["path"], &finding["start"]["line"]), (&"requirements.txt".into(), &2.into()));
    assert_eq!(finding["package"]["version"], "1.4.0");
    assert_eq!(finding["advisory"]["id"], "CVE-2030-1");
    assert_eq!(finding["advisory"]["aliases"], serde_json::json!(["GHSA-1111", "PYSEC-1"]));
    assert_eq!(finding["advisory"]["fixed"], "1.5");
    assert_eq!(finding["severity"], "critical", "{finding:#}");
    assert!(finding.to_string().contains("src/app.py:2"), "{finding:#}");
}

#[test]
fn without_advisories_every_format_says_so_once() {
    let tree =
        Tree::new(&[("requirements.txt", "alpha==1.0\n"), ("b/requirements.txt", "alpha==1.0\n"), ("c.py", "x = 1\n")]);
    let done = tree.scan(&["."]);
    assert_eq!(done.findings(), [("b/requirements.txt", "package/unchecked")], "{}", done.stderr);
    assert_eq!(done.code, 0, "this alone is no reason to fail");
    for format in ["text", "json", "jsonl", "sarif", "github"] {
        let done = tree.run(&["scan", "--output-format", format]);
        assert_eq!(
            (done.code, done.stdout.matches("no advisories are at hand").count()),
            (0, 1),
            "{format}: {}",
            done.stdout
        );
    }
    for arguments in
        [&["scan", "--require-db"][..], &["scan", "--db", "absent.db"], &["db", "status", "--db", "absent.db"]]
    {
        let done = tree.run(arguments);
        assert_eq!((done.code, &*done.stdout), (2, ""), "{arguments:?}");
        assert!(!done.stderr.is_empty());
    }
    // Where nothing is asked of them, none are missed.
    assert_eq!(tree.scan(&["--select", "python", "--require-db"]).code, 0);
}

#[test]
fn what_is_no_index_is_refused() {
    let tree = tree(&[("requirements.txt", "alpha==1.0\n")]);
    tree.write("broken.db", "PORTAD01 and nothing else");
    tree.write("other.db", "something else altogether, that is long enough");
    for file in ["broken.db", "other.db"] {
        let done = tree.scan(&["--db", file]);
        assert_eq!((done.code, &*done.stdout), (2, ""));
        assert!(done.stderr.contains(file), "{}", done.stderr);
    }
}

#[test]
fn a_broken_file_costs_itself_alone() {
    let tree = tree(&[
        ("a/package-lock.json", "{\"packages\": {\n  \"node_modules/evil-js\": {\"version\": \"1.0.0\"},\n  broken"),
        ("b/requirements.txt", "alpha==1.0\n"),
    ]);
    let done = scan(&tree, &["--select", "any"]);
    assert!(done.findings().contains(&("b/requirements.txt", "package/vulnerable")), "{}", done.stdout);
    assert!(done.stdout.contains("a/package-lock.json:2:3: package/malicious"), "{}", done.stdout);
    assert!(done.stdout.contains("a/package-lock.json:3:3: any/malformed-settings"), "{}", done.stdout);
}

#[test]
fn advisories_are_set_aside_with_a_reason() {
    let entry = |id: &str, until: &str| {
        format!(
            "[[ignore-advisory]]\nid = \"{id}\"\npackage = \"ALPHA\"\nreason = \"not reached\"\nuntil = \"{until}\"\n"
        )
    };
    let tree = tree(&[("requirements.txt", "alpha==1.0\n")]);
    tree.write("portcullis.toml", &entry("GHSA-1111", "2030-06-01"));
    let done = scan(&tree, &["--as-of", "2030-05-07"]);
    assert_eq!((done.code, &*done.stderr), (0, ""), "{}", done.stdout);
    let late = scan(&tree, &["--as-of", "2030-06-02"]);
    assert_eq!(late.findings(), [("requirements.txt", "package/vulnerable")]);
    assert!(late.stderr.contains("was ignored until 2030-06-01"), "{}", late.stderr);
    tree.write("portcullis.toml", &entry("CVE-2000-1", "2030-06-01"));
    let idle = scan(&tree, &["--as-of", "2030-05-07"]);
    assert_eq!(idle.code, 1);
    assert!(idle.stderr.contains("portcullis.toml:2:6") && idle.stderr.contains("remove the entry"), "{}", idle.stderr);

    tree.write("portcullis.toml", "");
    let statement = r#"{"@context":"https://openvex.dev/ns/v0.2.0","statements":[{"vulnerability":{"name":"CVE-2030-1"},
        "products":[{"@id":"pkg:pypi/alpha@1.0"}],"status":"not_affected","justification":"vulnerable_code_not_in_execute_path"}]}"#;
    tree.write("vex.json", statement);
    assert_eq!(scan(&tree, &["--vex", "vex.json"]).code, 0);
    tree.write("osv/records.jsonl", &RECORDS[0].replace("\"CVE-2030-1\"", "\"CVE-2030-1\",\"CVE-2030-2\""));
    assert_eq!(tree.run(&["db", "import", "osv/records.jsonl", "--db", "two.db"]).code, 0);
    let two = ["scan", "--select", "package", "--db", "two.db", "--exclude", "osv/", "--vex", "vex.json"];
    assert_eq!(tree.run(&two).code, 1, "one of two vulnerabilities is none of its concern");
    tree.write("vex.json", &statement.replace("CVE-2030-1", "GHSA-1111"));
    assert_eq!(tree.run(&two).code, 0, "all of the advisory is meant");
    tree.write("vex.json", &statement.replace("alpha@1.0", "alpha@1.1"));
    assert_eq!(scan(&tree, &["--vex", "vex.json"]).code, 1, "it speaks of another version");
}

#[test]
fn what_a_script_would_install_is_judged() {
    let tree = tree(&[
        ("shell.py", "import subprocess\nsubprocess.run([\"pip\", \"install\", \"evil==1.0\"])\n"),
        (
            "header.py",
            "# /// script\n# dependencies = [\n#   \"fine==1.0\",\n#   \"evil==1.0\",\n# ]\n# ///\nprint()\n",
        ),
        ("npx.py", "import os\nos.system(\"npx -y evil-js@1.0.0\")\n"),
    ]);
    let found = scan(&tree, &["."]);
    let places =
        ["header.py:4:5: package/malicious", "npx.py:2:1: package/malicious", "shell.py:2:1: package/malicious"];
    let lines: Vec<_> = found.stdout.lines().collect();
    assert!(lines.len() == 3 && lines.iter().zip(places).all(|(line, place)| line.starts_with(place)), "{lines:#?}");
    for script in ["shell.py", "header.py", "npx.py"] {
        let mut command =
            tree.command(&["gate", script, "--policy", "permissive", "--budget-ms", "60000", "--format", "json"]);
        let done = Done::from(command.env("PORTCULLIS_DB", tree.path().join("adv.db")).output().unwrap());
        assert_eq!(done.code, 2, "{}", done.stderr);
        assert!(done.stdout.contains("package/malicious"), "{}", done.stdout);
    }
}

#[test]
fn what_cargo_tells_of_a_build_is_added() {
    let package = |name: &str, source: &str, kind: &str| {
        format!(
            r#"{{"name":"{name}","version":"0.1.0","id":"{name}#0.1.0","source":{source},"dependencies":[],"features":{{}},"manifest_path":"/x/Cargo.toml",
            "targets":[{{"kind":["{kind}"],"crate_types":["bin"],"name":"x","src_path":"/x.rs","edition":"2021"}}]}}"#
        )
    };
    let registry = r#""registry+https://example.com""#;
    let packages = [package("project", "null", "bin"), package("gone", registry, "custom-build")].join(",");
    let resolve = r#"{"nodes":[{"id":"project#0.1.0","dependencies":["gone#0.1.0"]},{"id":"gone#0.1.0","dependencies":[],"features":["std","tls"]}]}"#;
    let metadata = |resolve| {
        format!(
            r#"{{"packages":[{packages}],"workspace_members":["project#0.1.0"],"resolve":{resolve},"workspace_root":"/x","target_directory":"/x","version":1}}"#
        )
    };
    let lock = |name: &str| {
        format!("[[package]]\nname = \"{name}\"\nversion = \"0.1.0\"\nsource = \"registry+https://example.com\"\n")
    };
    let own = "[[package]]\nname = \"project\"\nversion = \"0.1.0\"\n";
    let tree = tree(&[("Cargo.lock", &format!("{own}{}", lock("gone"))), ("other/Cargo.lock", &lock("gone"))]);
    tree.write("metadata.json", &metadata(resolve));
    let done = scan(&tree, &["--set", "audit", "--cargo-metadata", "metadata.json", "--exclude", "metadata.json"]);
    let lines: Vec<_> = done.stdout.lines().collect();
    assert_eq!(lines.len(), 3, "{}", done.stderr);
    assert!(lines[0].starts_with("Cargo.lock:5:1: package/runs-on-install"), "{lines:#?}");
    assert!(
        lines[1].starts_with("Cargo.lock:5:1: package/unmaintained")
            && lines[1].ends_with("Built with the features std, tls"),
        "{lines:#?}"
    );
    assert!(
        lines[2].starts_with("other/Cargo.lock:2:1: package/unmaintained") && lines[2].ends_with("Nobody mends it"),
        "{lines:#?}"
    );

    tree.write("metadata.json", &metadata("null"));
    let done = scan(&tree, &["--cargo-metadata", "metadata.json"]);
    assert!(done.code == 2 && done.stderr.contains("metadata.json: it does not say what is built"), "{}", done.stderr);
    let done = scan(&tree, &["--cargo-metadata", "Cargo.lock"]);
    assert!(done.code == 2 && done.stderr.contains("cargo metadata --format-version 1"), "{}", done.stderr);
}

#[test]
fn texts_of_advisories_are_explained() {
    let tree = tree(&[]);
    let done = tree.run(&["explain", "cve-2030-1", "--db", "adv.db"]);
    assert_eq!(done.code, 2, "ids are in capitals: {}", done.stdout);
    let done = tree.run(&["explain", "CVE-2030-1", "--db", "adv.db"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert!(done.stdout.contains("It reads too much."), "{}", done.stdout);
}
