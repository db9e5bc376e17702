//! The pre-filter loses nothing: with and without it, the same is found.

#![expect(clippy::print_stdout, reason = "a skipped test says so")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use portcullis::pack::Pack;
use portcullis::prefilter::Prefilter;
use portcullis::rule::page;
use rustc_hash::FxHashSet;

use crate::program::Tree;

/// More files than a scan needs to filter.
const ENOUGH: usize = 1010;

/// Scans with and without the filter and compares.
#[track_caller]
fn assert_same(tree: &Tree, arguments: &[&str]) {
    for set in ["default", "audit"] {
        let scan = |more: &[&str]| {
            let done = tree.scan(&[&["--set", set], arguments, more].concat());
            assert!(done.code < 2, "{}", done.stderr);
            done.stdout
        };
        let (filtered, all) = (scan(&[]), scan(&["--no-prefilter"]));
        let only = |one: &str, other: &str| -> Vec<String> {
            let other: FxHashSet<_> = other.lines().collect();
            one.lines().filter(|line| !other.contains(line)).take(20).map(str::to_owned).collect()
        };
        assert_eq!(only(&all, &filtered), [""; 0], "lost with --set {set}");
        assert_eq!(only(&filtered, &all), [""; 0], "only with the filter, with --set {set}");
        assert!(!all.is_empty());
    }
}

fn write_all(tree: &Tree, texts: impl IntoIterator<Item = String>) {
    let count = (0..).zip(texts).map(|(number, text)| tree.write(&format!("{number}.py"), &text)).count();
    (count..ENOUGH).for_each(|number| tree.write(&format!("filler/{number}.py"), "x = 1\n"));
}

/// Each example of each page alone in a file: whatever a rule can find, it finds without the help of other words.
#[test]
fn examples_of_the_rules() {
    let pack = Pack::builtin();
    let examples = (0..pack.rules().len()).flat_map(|rule| page::examples(pack.page(rule as u16)).unwrap());
    let tree = Tree::new(&[]);
    write_all(&tree, examples.map(|example| example.text));
    assert_same(&tree, &[]);
}

/// Each marked line of each example with the imports before it: less text for the words to stand in.
#[test]
fn lines_of_the_examples() {
    let pack = Pack::builtin();
    let examples = (0..pack.rules().len()).flat_map(|rule| page::examples(pack.page(rule as u16)).unwrap());
    let lines = examples.flat_map(|example| {
        let is_import = |line: &&str| line.starts_with("import ") || line.starts_with("from ");
        let imports: String = example.text.lines().filter(is_import).map(|line| format!("{line}\n")).collect();
        let lines = example.text.lines().filter(|line| !is_import(line) && !line.trim().is_empty());
        lines.map(|line| format!("{imports}{}\n", line.trim_start())).collect::<Vec<_>>()
    });
    let tree = Tree::new(&[]);
    write_all(&tree, lines);
    assert_same(&tree, &[]);
}

/// Words that only come about when the code runs.
#[test]
fn words_in_parts() {
    let built = [
        "'sel' + 'ect * from t where a = ' + x",
        "'sel' 'ect * from t where a = ' + x",
        "'{}ect * from t where a = '.format('sel') + x",
        "'%sect * from t where a = ' % 'sel' + x",
        "f\"{'sel'}ect * from t where a = \" + x",
        "''.join(['sel', 'ect * from t where a = ']) + x",
        "' = a erehw t morf * tceles'[::-1] + x",
        "'s3l3ct * fr0m t wh3r3 a = '.replace('3', 'e').replace('0', 'o') + x",
        "chr(115) + 'elect * from t where a = ' + x",
        "b'select'.decode() + ' * from t where a = ' + x",
        "'sel' \\\n    'ect * from t where a = ' + x",
        "('sel'  # half\n    'ect * from t where a = ' + x)",
        "'\\x73elect * from t where a = ' + x",
        "'\\163elect * from t where a = ' + x",
        "'\\N{LATIN SMALL LETTER S}elect * from t where a = ' + x",
        "'sel\\\nect * from t where a = ' + x",
        "'s,e,l,e,c,t, ,*, ,f,r,o,m, t where a = '.replace(',', '') + x",
    ];
    let calls = [
        "run(x, **{'sh' 'ell': True})",
        "run(x, **{'sh' + 'ell': True})",
        "run(x, **{'%sll' % 'she': True})",
        "run(x, **{'{}ll'.format('she'): True})",
        "run(x, **{'lleh' 's'[::-1]: True})",
        "run(x, **dict(shell=True))",
        "run(x, **{f\"{'she'}ll\": True})",
        "run(x, **{'SHELL'.lower(): True})",
        "run(x, **{'s-h-e-l-l'.replace('-', ''): True})",
        "ﬀ = run; run(x, ſhell=True)",
    ];
    let reached = ["shutil.os.system(x)", "random._os.system(x)", "enum.bltns.eval(x)"];
    let reached = reached.map(|call| format!("import enum, random, shutil\n{call}\n"));
    let names = ["p", "pass", "passwo"];
    let bound = names.map(|name| format!("d = {{}}\nd['{name}' '{}'] = 'xyzzy-17'\n", &"password"[name.len()..]));
    let built = built.map(|text| format!("cursor.execute({text})\n"));
    let calls = calls.map(|call| format!("from subprocess import run\n{call}\n"));
    let tree = Tree::new(&[]);
    write_all(&tree, built.into_iter().chain(calls).chain(reached).chain(bound));
    assert_same(&tree, &[]);
}

#[test]
fn fixtures() {
    let tree = Tree::new(&[]);
    copy_python(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures"), tree.path());
    (0..ENOUGH).for_each(|number| tree.write(&format!("filler/{number}.py"), "x = 1\n"));
    assert_same(&tree, &["--isolated"]);
}

fn copy_python(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(|entry| entry.unwrap().path()) {
        let target = to.join(entry.file_name().unwrap());
        if entry.is_dir() {
            copy_python(&entry, &target);
        } else if entry.extension().is_some_and(|extension| extension == "py") {
            fs::copy(entry, target).unwrap();
        }
    }
}

/// The standard library of the Python that is installed; part of it in a debug build, which is slow.
#[test]
fn the_standard_library() {
    const ONE_IN: usize = if cfg!(debug_assertions) { 8 } else { 1 };
    let Some(folder) = standard_library() else {
        println!("skipped: no python3 says where its standard library is");
        return;
    };
    let mut files = Vec::new();
    python_files(&folder, &mut files);
    files.sort();
    let list: String = files.iter().step_by(ONE_IN).map(|file| format!("{}\n", file.display())).collect();
    let tree = Tree::new(&[("list", &list)]);
    println!("{} files of {}", list.lines().count(), folder.display());
    assert_same(&tree, &["--files-from", "list"]);
}

fn standard_library() -> Option<PathBuf> {
    let code = "import sysconfig; print(sysconfig.get_paths()['stdlib'])";
    let output = Command::new("python3").args(["-c", code]).output().ok().filter(|output| output.status.success())?;
    Some(PathBuf::from(String::from_utf8(output.stdout).ok()?.trim())).filter(|folder| folder.is_dir())
}

fn python_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
        let name = entry.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if entry.is_dir() && !matches!(&*name, "test" | "tests" | "site-packages" | "__pycache__") {
            python_files(&entry, files);
        } else if name.ends_with(".py") {
            files.push(entry);
        }
    }
}

#[test]
fn names_that_are_not_spelled_go_on() {
    let pack = Pack::builtin();
    let filter = Prefilter::new(&pack, |_| true);
    for text in ["x = 1\n", "getattr(x, 'y', None)\n", "x = 'ä'\n"] {
        let ids = (0..).zip(pack.rules());
        let open = ids.filter(|(index, _)| Prefilter::new(&pack, |rule| rule == *index).lets_through(text));
        let open: Vec<_> = open.map(|(_, rule)| &rule.id).collect();
        assert!(open.is_empty(), "{text}: {open:?}");
        assert!(!filter.lets_through(text), "{text}");
    }
    for text in [
        "getattr(x, y)\n",
        "getattr(x, 'a' + y)\n",
        "getattr(\n    x, y)\n",
        "__import__(x)\n",
        "exec(x)\n",
        "eval(x)\n",
        "import_module(x)\n",
        "__builtins__[x]\n",
        "import builtins\n",
        "x = '\\x41'\n",
        "x = '\\101'\n",
        "x = '\\u0041'\n",
        "x = '\\N{BULLET}'\n",
        "x = 'a\\\nb'\n",
        "x = 'ba'[::-1]\n",
        "x = chr(97)\n",
        "x = a.replace('b', 'c')\n",
        "x = ''.join(a)\n",
        "x = 'b'.join(['a', 'c'])\n",
        "x = '{}a'.format('b')\n",
        "x = '%sa' % 'b'\n",
        "x = f'{\"b\"}a'\n",
        "ｅval = 1\n",
        "x = 1  # portcullis: ignore[x]\n",
    ] {
        assert!(filter.lets_through(text), "{text}");
    }
}
