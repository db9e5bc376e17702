//! The readers of Python: against each other, against a parser that is not ours, and against hostile texts.

mod calls;
mod hostile;
mod notebooks;
mod oracle;
mod programs;

use std::path::{Path, PathBuf};

use bumpalo::Bump;
use portcullis::python::{decode, lenient, on_large_stack, read, strict};
use portcullis::source::ProblemKind;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn strict_and_lenient_agree(program in programs::program()) {
        on_large_stack(|| assert_agree(&program)).unwrap();
    }

    #[test]
    fn the_oracle_finds_the_same_calls(program in programs::program()) {
        on_large_stack(|| assert_same_calls(&program, "generated")).unwrap();
    }

    /// Any text gives a tree, or says why not; no place lies outside of the text.
    #[test]
    fn debris_is_read(program in programs::program(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 1..4)) {
        let mut debris = program;
        for cut in cuts {
            let at = cut.index(debris.len() + 1);
            let at = (0..=at).rev().find(|at| debris.is_char_boundary(*at)).unwrap();
            debris.replace_range(at..debris.ceil_char_boundary(at + 3), "(\"");
        }
        on_large_stack(|| {
            let arena = Bump::new();
            let module = read(&debris, &arena, true);
            for problem in &module.problems {
                assert!(debris.get(problem.span.range()).is_some(), "{problem:?}");
            }
            for call in calls::of(module.body) {
                assert!(debris.get(call.span.range()).is_some(), "{call:?}");
            }
        })
        .unwrap();
    }
}

fn assert_agree(program: &str) {
    let arena = Bump::new();
    let strict = strict::read(program, &arena, true).unwrap_or_else(|refusal| panic!("{refusal:?} in\n{program}"));
    let lenient = lenient::read(program, &arena, true);
    let (ours, theirs) = (format!("{:#?}", strict.body), format!("{:#?}", lenient.body));
    if let Some(at) = ours.lines().zip(theirs.lines()).position(|(ours, theirs)| ours != theirs) {
        let around = |tree: &str| tree.lines().skip(at.saturating_sub(20)).take(40).collect::<Vec<_>>().join("\n");
        panic!("strict:\n{}\nlenient:\n{}\nin\n{program}", around(&ours), around(&theirs));
    }
    assert_eq!(strict.comments, lenient.comments, "\n{program}");
}

/// Where both accept the text.
fn assert_same_calls(text: &str, name: &str) {
    let arena = Bump::new();
    if let (Ok(module), Some(theirs)) = (strict::read(text, &arena, false), oracle::calls(text)) {
        let ours = calls::of(module.body);
        let only = |these: &[calls::Found], those: &[calls::Found]| {
            let missing = these.iter().filter(|call| !those.contains(call));
            missing.map(|call| (*call, text[call.span.range()].to_owned())).collect::<Vec<_>>()
        };
        assert_eq!((only(&ours, &theirs), only(&theirs, &ours)), (vec![], vec![]), "{name}");
    }
}

fn python_files(root: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut open = vec![root.to_owned()];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|extension| extension == "py") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn check_files(files: &[PathBuf]) {
    on_large_stack(|| {
        for file in files {
            let text = decode::decode(std::fs::read(file).unwrap()).text;
            assert_same_calls(&text, &file.display().to_string());
        }
    })
    .unwrap();
}

#[test]
fn the_oracle_finds_the_same_calls_in_fixtures() {
    check_files(&python_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")));
}

/// Real code: a sample of the modules of the Python that is installed.
#[test]
#[expect(clippy::print_stderr)]
fn the_oracle_finds_the_same_calls_in_a_standard_library() {
    let ask = "import sysconfig; print(sysconfig.get_path('stdlib'))";
    let answer = std::process::Command::new("python3").args(["-c", ask]).output();
    let Some(answer) = answer.ok().filter(|answer| answer.status.success()) else {
        eprintln!("no python3 here: its standard library is not read");
        return;
    };
    let root = PathBuf::from(String::from_utf8(answer.stdout).unwrap().trim());
    let mut files = python_files(&root);
    files.retain(|file| !file.components().any(|part| part.as_os_str() == "site-packages"));
    files.retain(|file| std::fs::metadata(file).unwrap().len() < 50_000);
    let step = files.len().div_ceil(200).max(1);
    check_files(&files.into_iter().step_by(step).collect::<Vec<_>>());
}

/// The texts of the calls that are found, and whether the text was read leniently.
fn found(text: &str) -> (Vec<String>, bool) {
    on_large_stack(|| {
        let arena = Bump::new();
        let module = read(text, &arena, false);
        let calls = calls::of(module.body).iter().map(|call| text[call.span.range()].to_owned()).collect();
        (calls, module.problems.iter().any(|problem| problem.kind == ProblemKind::Unparsed))
    })
    .unwrap()
}

#[test]
fn finds_the_calls_in_what_is_broken() {
    for (text, calls) in [
        ("f(1)\n(\n", &["f(1)"][..]),
        ("import os\nos.system('rm", &["os.system('rm"]),
        ("def f(x):\n    g(x\n    return h(x", &["g(x\n    return h", "h(x"][1..]),
        ("def f(:\n    g(x)\nh(", &["g(x)", "h("]),
        ("if x:\n    f('a'\nelse:\n    b = g(y)\n", &["f('a'", "g(y)"]),
        ("<<<<<<< HEAD\nf(1)\n=======\ng(2)\n>>>>>>> other\n", &["f(1)", "g(2)"]),
        ("Sure, here it is:\n```python\nf(1)\n```\nIt's done.\n", &["f(1)"]),
        ("x = f(1) +\rg(2)\r", &["f(1)", "g(2)"]),
        ("f(1)\n  g(2)\n", &["f(1)", "g(2)"]),
        ("print 'a' % f(1)\n", &["print 'a' % f(1)", "f(1)"]),
        ("print >>f, g(1)\n0777\n", &["print >>f, g(1)", "g(1)"]),
        ("exec f(1) in g(2), h\n", &["exec f(1) in g(2), h", "f(1)", "g(2)"]),
        ("if a: exec '1'\n", &["exec '1'"]),
        ("x = `f(1)`\n", &["`f(1)`", "f(1)"]),
        ("raise f(1), g(2)\n", &["f(1)", "g(2)"]),
        ("try:\n  pass\nexcept f(1), e:\n  g(e)\n0777\n", &["f(1)", "g(e)"]),
    ] {
        let (found, leniently) = found(text);
        assert!(leniently, "{text}");
        for call in calls {
            assert!(found.iter().any(|found| found == call), "{call} is not among {found:?} of\n{text}");
        }
    }
}

#[test]
fn reads_literals_of_python_2() {
    let text = "x = [0777, 10L, ur'\\d', u'\\u0041' 'b', a <> b]\nprint 1\n";
    let arena = Bump::new();
    let module = lenient::read(text, &arena, false);
    let tree = format!("{:?}", module.body[0]);
    for literal in ["Int(511)", "Int(10)", "Str(\"\\\\d\")", "Str(\"Ab\")", "(NotEq, "] {
        assert!(tree.contains(literal), "{literal} is not in {tree}");
    }
}

#[test]
fn says_what_the_strict_reader_refused() {
    let text = "f(1)\nx = = 1\n";
    let problems = on_large_stack(|| read(text, &Bump::new(), false).problems).unwrap();
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].span.range(), 9..10);
    assert_eq!(problems[0].message, "Expected an expression: read leniently");
}
