//! The labelled corpus in `fixtures/gate`: what is dangerous is stopped, what is ordinary runs, and the first reasons say why.
//!
//! Its manifests say what each file does; a benign file is labelled with the strictest level that must still allow it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use portcullis::clause::Decision;
use portcullis::gate::{self, Beside, Gate, Input, Verdict};
use portcullis::python;
use serde_json::Value;

/// Ordinary files that are stopped at the level that they are labelled with.
const STOPPED: [(&str, &str); 0] = [];

/// The same of the scripts that were written to find false alarms.
const STOPPED_FURTHER: [(&str, &str); 4] = [
    ("025_validate_decorator.py", "imports inspect, which leads to frames"),
    ("112_getpass_kdf.py", "asks for the user's name"),
    ("186_bisect_array_struct.py", "imports locale, which changes what the whole process does"),
    ("252_git_describe_helper.py", "starts a command that it cuts into words at run time"),
];

/// Dangers of the collection that was written against the gate which are allowed at `moderate`.
const ALLOWED_FURTHER: [(&str, &str); 11] = [
    ("258_license-printer-read.py", "`license()` reads files that its private attribute lists"),
    ("371_delete-open-w-loop.py", "files of the workspace are emptied by being written"),
    ("377_delete-sql-drop.py", "tables of a database of the workspace are dropped"),
    ("535_box-cpu-count.py", "what a number of processors is compared for is not followed"),
    ("539_box-sleep-skew.py", "measures whether sleeping takes its time"),
    ("547_box-psutil-disk.py", "what the size of the memory is compared for is not followed"),
    ("624_flow-write-then-import.py", "imports a module that it writes first"),
    ("740_alias-object-swap-dunder-class.py", "gives an object another class"),
    ("763_reexp-requests-compat.py", "gets a function from a package that only hands it on"),
    ("773_strict-copyright-printer.py", "makes another `license()` of its type"),
    ("797_stale-stringio-seek-truncate.py", "what a file in memory holds after seeking is not followed"),
];

/// Dangers of which no reason among the first three names the labelled line.
const ELSEWHERE: [(&str, &str); 5] = [
    ("099_xmlrpc-client.py", "told where the client is made, not where its method is called"),
    ("157_secret-glob.py", "told where the files are listed, not where each is opened"),
    ("158_secret-git-credentials.py", "told where the file is opened, not at the call of the function that does so"),
    ("160_subclasses-popen.py", "told where the subclasses are listed; which of them is called is not known"),
    ("174_nt-style-underscore-mod.py", "told where the function is mentioned, not where its module is imported"),
];

/// Dangers of which no reason among the first three has the labelled capability.
const OTHERWISE: [(&str, &str); 3] = [
    ("069_globals-lookup.py", "told as the process that it starts"),
    ("160_subclasses-popen.py", "told as a look into the interpreter"),
    ("225_syntax-error-tail.py", "told as a process and as a file that cannot be parsed, which is no capability"),
];

struct Labelled {
    name: String,
    label: Value,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/gate")
}

fn labelled(kind: &str) -> Vec<Labelled> {
    let manifest = [format!("{kind}.manifest.jsonl"), format!("{kind}.jsonl")].map(|name| folder().join(name));
    let manifest = fs::read_to_string(manifest.iter().find(|path| path.exists()).unwrap()).unwrap();
    let labels = manifest.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    labels.map(|label| Labelled { name: label["file"].as_str().unwrap().to_owned(), label }).collect()
}

/// Judges all files of a kind at a level, each under a name that says nothing.
fn verdicts(kind: &str, level: &str) -> Vec<(Labelled, Verdict)> {
    let workspace = tempfile::tempdir().unwrap();
    let gate = Gate::new(Some(level), workspace.path().to_owned(), false).unwrap();
    let judge = |labelled: Labelled| {
        let ending = Path::new(&labelled.name).extension().unwrap().to_str().unwrap();
        let source = gate::source(Path::new("-"), Some(&format!("script.{ending}")));
        // Small collections have a file for each; large ones hold the text beside the label.
        let bytes = match labelled.label["text"].as_str() {
            Some(text) => text.as_bytes().to_vec(),
            None => fs::read(folder().join(&labelled.name)).unwrap(),
        };
        let verdict = gate.judge(vec![Input { source, bytes: Some(Ok(bytes)) }], Beside::Disk);
        (labelled, verdict)
    };
    python::on_large_stack(|| labelled(kind).into_iter().map(judge).collect()).unwrap()
}

/// Fails where the files that differ from what they should be are not exactly the listed ones.
#[track_caller]
fn assert_only<'a>(differing: impl IntoIterator<Item = &'a Labelled>, listed: &[(&str, &str)]) {
    let file = |labelled: &'a Labelled| labelled.name.rsplit('/').next().unwrap_or_default();
    let differing: BTreeSet<_> = differing.into_iter().map(file).collect();
    let listed: BTreeSet<_> = listed.iter().map(|(name, _)| *name).collect();
    assert_eq!(differing, listed);
}

#[test]
fn every_danger_is_stopped_and_the_first_reasons_say_where_and_what() {
    for level in ["strict", "moderate"] {
        let verdicts = verdicts("danger", level);
        assert!(verdicts.len() > 200);
        let allowed = verdicts.iter().filter(|(_, verdict)| verdict.decision == Decision::Allow);
        assert_only(allowed.map(|(labelled, _)| labelled), &[]);
        if level == "strict" {
            // Its first reasons are the imports that it does not allow.
            continue;
        }
        let without = |fits: &dyn Fn(&Labelled, &gate::Reason) -> bool| -> Vec<&Labelled> {
            let lacks = |labelled: &Labelled, verdict: &Verdict| {
                !verdict.reasons.iter().take(3).any(|reason| fits(labelled, reason))
            };
            verdicts
                .iter()
                .filter(|(labelled, verdict)| lacks(labelled, verdict))
                .map(|(labelled, _)| labelled)
                .collect()
        };
        assert_only(
            without(&|labelled, reason| reason.line.map(Value::from).as_ref() == Some(&labelled.label["line"])),
            &ELSEWHERE,
        );
        let is_capability = |labelled: &Labelled, reason: &gate::Reason| {
            reason
                .capability
                .is_some_and(|capability| serde_json::to_value(capability).unwrap() == labelled.label["expect"])
        };
        assert_only(without(&is_capability), &OTHERWISE);
    }
}

#[test]
fn what_was_written_against_the_gate_is_stopped_but_for_what_is_listed() {
    let verdicts = verdicts("further", "moderate");
    assert!(verdicts.len() > 800);
    let allowed = verdicts.iter().filter(|(_, verdict)| verdict.decision == Decision::Allow);
    assert_only(allowed.map(|(labelled, _)| labelled), &ALLOWED_FURTHER);
}

#[test]
fn what_is_ordinary_runs_at_its_level_and_at_laxer_ones() {
    ordinary_runs("benign", &STOPPED);
    ordinary_runs("ordinary", &STOPPED_FURTHER);
}

#[track_caller]
fn ordinary_runs(kind: &str, listed: &[(&str, &str)]) {
    const LEVELS: [&str; 3] = ["permissive", "moderate", "strict"];
    let mut stopped_anywhere = Vec::new();
    for (number, level) in LEVELS.iter().enumerate() {
        let runs = |labelled: &Labelled| LEVELS[number..].contains(&labelled.label["level"].as_str().unwrap());
        let verdicts = verdicts(kind, level);
        // A label that nothing must run at would make this test idle.
        assert!(verdicts.iter().filter(|(labelled, _)| runs(labelled)).count() > 70);
        let stopped = |(labelled, verdict): (Labelled, Verdict)| {
            (runs(&labelled) && verdict.decision != Decision::Allow).then_some(labelled)
        };
        stopped_anywhere.extend(verdicts.into_iter().filter_map(stopped));
    }
    assert_only(&stopped_anywhere, listed);
}
