//! What Python's manifests, scripts and notebooks ask for, from end to end.

use super::{scan, tree};
use crate::program::{Done, Tree};

/// The places and rules of a scan, in order.
fn places(done: &Done) -> Vec<String> {
    let word = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    done.stdout.lines().map(word).collect()
}

fn gate(tree: &Tree, arguments: &[&str]) -> Done {
    let options = ["--policy", "permissive", "--budget-ms", "60000", "--format", "json"];
    let mut command = tree.command(&[&["gate"], arguments, &options].concat());
    Done::from(command.env("PORTCULLIS_DB", tree.path().join("adv.db")).output().unwrap())
}

#[test]
fn manifests_are_held_against_advisories() {
    let tree = tree(&[
        ("pyproject.toml", "[project]\ndependencies = [\n  \"fine==1.0\",\n  \"evil==1.0 ; x\",\n]\n"),
        ("Pipfile", "[packages]\nevil = \"==1.0\"\n"),
        ("setup.cfg", "[options]\ninstall_requires =\n  evil==1.0\n"),
        ("environment.yml", "dependencies:\n  - evil==1.0\n  - pip:\n    - evil==1.0\n"),
    ]);
    let rule = "package/malicious";
    let expected = ["Pipfile:2:1:", "environment.yml:4:7:", "pyproject.toml:4:4:", "setup.cfg:3:3:"];
    assert_eq!(places(&scan(&tree, &["."])), expected.map(|place| format!("{place} {rule}")));
}

#[test]
fn a_script_of_setuptools_is_a_manifest() {
    let setup = "from setuptools import setup\n\nTESTS = [\n    'evil==2.0',\n]\nVERSION = '3.0'\n\nsetup(\n    name='own',\n    install_requires=['fine', 'evil==1.0'],\n    tests_require=TESTS,\n    extras_require={'x': ['evil==%s' % VERSION]},\n    setup_requires='''\n        fine\n        evil==4.0\n    ''',\n)\n";
    let tree = tree(&[
        ("setup.py", setup),
        ("other.py", "def setup(**more): pass\nsetup(install_requires=['evil==1.0'])\n"),
        ("old.py", "import distutils.core as d\nd.setup(install_requires=['evil==1.0'])\n"),
    ]);
    let rule = "package/malicious";
    let expected = ["old.py:2:27:", "setup.py:4:5:", "setup.py:10:31:", "setup.py:12:5:", "setup.py:13:20:"];
    assert_eq!(places(&scan(&tree, &["."])), expected.map(|place| format!("{place} {rule}")));
}

#[test]
fn magics_install_at_their_places() {
    let cell = |source: &str| format!("{{\"cell_type\": \"code\", \"source\": [\n\"x = 1\\n\",\n\"{source}\"\n]}}");
    let cells =
        ["%pip install -q evil==1.0", "!pip install evil==2.0", "!uv pip install evil==3.0", "%conda install evil"];
    let cells: Vec<_> = cells.map(cell).into();
    let tree = tree(&[
        ("a.ipynb", &format!("{{\"nbformat\": 4, \"cells\": [\n{}\n]}}\n", cells.join(",\n"))),
        ("b.ipy", "x = 1\n%pip install evil==1.0\nif x:\n    !pip install evil==2.0\n"),
        ("c.py", "import pip\npip.main(['install', 'evil==1.0'])\n"),
        ("d.md", "Now:\n\n```python\n%pip install evil==1.0\nx = 1\n```\n"),
        ("e.py", "# /// script\n# dependencies = [\n#   \"fine\",\n#   \"evil >=1, ==1.0\",\n# ]\n# ///\n"),
    ]);
    let rule = "package/malicious";
    let expected =
        ["a.ipynb:4:2:", "a.ipynb:8:2:", "a.ipynb:12:2:", "b.ipy:2:1:", "b.ipy:4:5:", "c.py:2:1:", "e.py:4:5:"];
    assert_eq!(places(&scan(&tree, &["."])), expected.map(|place| format!("{place} {rule}")));
    let judged = gate(&tree, &["--markdown", "d.md"]);
    assert!(judged.code == 2 && judged.stdout.contains("package/malicious"), "{judged:?}");
}

#[test]
fn lists_are_read_whatever_their_names() {
    let tree = tree(&[
        ("requirements.txt", "-r deps/base.list\n-c gone.txt\nfine==1.0\n"),
        ("deps/base.list", "evil==1.0\n-r more\n"),
        ("deps/more", "evil==2.0\n-r ../requirements.txt\n"),
        ("deps/other.list", "evil==3.0\n"),
    ]);
    let done = scan(&tree, &["--select", "any", "."]);
    assert_eq!(
        places(&done),
        [
            "deps/base.list:1:1: package/malicious",
            "deps/more:1:1: package/malicious",
            "deps/more:2:1: any/malformed-settings",
            "requirements.txt:2:1: any/unread",
        ],
        "{}",
        done.stdout
    );
    let inventory = tree.run(&["scan", ".", "--output", "cyclonedx=inventory.json"]);
    let text = std::fs::read_to_string(tree.path().join("inventory.json")).unwrap();
    assert!(text.contains("pkg:pypi/evil@2.0") && !text.contains("pkg:pypi/evil@3.0"), "{inventory:?}");
}

#[test]
fn lists_that_a_script_installs_are_judged_with_it() {
    let script = "import subprocess\nsubprocess.run(['pip', 'install', '-r', 'deps/base.list'])\n";
    let tree = tree(&[
        ("a.py", script),
        ("deps/base.list", "fine==1.0\n-r more.list\n-r base.list\n"),
        ("deps/more.list", "evil==1.0\n"),
        ("b.py", "import os\nos.system('pip install -r none.txt')\n"),
    ]);
    let done = gate(&tree, &["a.py"]);
    let verdict: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
    let reasons = verdict["reasons"].as_array().unwrap();
    let malicious: Vec<_> = reasons.iter().filter(|reason| reason["rule"] == "package/malicious").collect();
    assert_eq!((malicious.len(), &malicious[0]["line"]), (1, &1.into()), "{verdict:#}");
    assert!(malicious[0]["path"].as_str().unwrap().ends_with("deps/more.list"), "{verdict:#}");
    let read: Vec<_> = verdict["sources"].as_array().into_iter().flatten().map(|source| &source["path"]).collect();
    assert_eq!(read.len(), 3, "{verdict:#}");
    assert!(!gate(&tree, &["b.py"]).stdout.contains("package/malicious"));
}
