//! Files that were made to tire, crash or hide from the scanner: it survives each, names those it gave up on, and still finds
//! what the file beside them does.
//!
//! Texts are as large as the size cap in a release build and smaller in a debug build; 100,000-fold nesting is the same in both.

#![expect(clippy::print_stdout, reason = "what a scan costs is told to people")]

mod containers;
mod files;
mod flow;
mod nesting;
mod strings;

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::program::{Done, Tree};

/// What a scan of many files of this size may take at most.
pub(crate) const MEMORY_CAP: u64 = 2 << 30;
/// The size of a file that grows as long as wanted.
const SIZE: usize = if cfg!(debug_assertions) { 256 << 10 } else { 4_000_000 };

/// A file with the rule by which it must be named, where it must.
pub(super) struct Case {
    name: &'static str,
    reported_by: Option<&'static str>,
    text: String,
}

/// It is read; what is found in it does not matter.
fn quiet(name: &'static str, text: String) -> Case {
    Case { name, reported_by: None, text }
}

/// It is more than can be read or followed, and that is said.
fn told(name: &'static str, rule: &'static str, text: String) -> Case {
    Case { name, reported_by: Some(rule), text }
}

/// As many lines (or other parts) as fit, by their numbers.
fn numbered(size: usize, part: impl Fn(usize) -> String) -> String {
    let mut text = String::with_capacity(size + 64);
    for number in 0.. {
        if text.len() >= size {
            break;
        }
        text.push_str(&part(number));
    }
    text
}

fn repeated(part: &str) -> String {
    part.repeat(SIZE / part.len())
}

const ORDINARY: (&str, &str) = ("ordinary.py", "import os\n\n\ndef run(text):\n    os.system(text)\n");
const IS_FOUND: (&str, &str) = ("ordinary.py", "python/os-system");

/// How a scan ended, and the most memory it had.
struct Watched {
    done: Done,
    memory: u64,
    time: Duration,
}

/// Runs the program and looks at its memory meanwhile (Linux only).
fn watched(tree: &Tree, arguments: &[&str]) -> Watched {
    let begun = Instant::now();
    let mut command = tree.command(&[&["scan", "--output-format", "concise"], arguments].concat());
    let (out, err) = (tree.path().join(".git/out"), tree.path().join(".git/err"));
    command.stdin(Stdio::null()).stdout(fs::File::create(&out).unwrap()).stderr(fs::File::create(&err).unwrap());
    let mut child = command.spawn().unwrap();
    let mut memory = 0;
    let status = loop {
        memory = memory.max(peak_memory(child.id()));
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let done = Done {
        code: status.code().unwrap_or_else(|| panic!("ended by a signal: {status}")),
        stdout: fs::read_to_string(out).unwrap(),
        stderr: fs::read_to_string(err).unwrap(),
    };
    Watched { done, memory, time: begun.elapsed() }
}

/// `VmHWM` of Linux's `/proc/PID/status`, in bytes; nothing where there is no such file.
fn peak_memory(process: u32) -> u64 {
    let status = fs::read_to_string(Path::new("/proc").join(process.to_string()).join("status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix("kB"));
    kilobytes.and_then(|number| number.trim().parse::<u64>().ok()).unwrap_or_default() * 1024
}

fn assert_survived(done: &Done) {
    assert!(done.code == 0 || done.code == 1, "exit code {}: {}", done.code, done.stderr);
    assert!(!done.stderr.contains("panicked"), "{}", done.stderr);
    assert!(!done.stdout.contains("a fault of portcullis"), "{}", done.stdout);
}

/// Scans all cases at once beside the ordinary file.
fn survives(cases: &[Case]) {
    let tree = Tree::new(&[ORDINARY]);
    cases.iter().for_each(|case| tree.write(&format!("{}.py", case.name), &case.text));
    let Watched { done, memory, time } = watched(&tree, &["--set", "audit"]);
    println!("{} files, {:.1?}, {} MiB", cases.len(), time, memory >> 20);
    assert_survived(&done);
    assert!(memory < MEMORY_CAP, "{} MiB", memory >> 20);
    let findings: rustc_hash::FxHashSet<_> = done.findings().into_iter().collect();
    assert!(findings.contains(&IS_FOUND));
    for case in cases {
        let path = format!("{}.py", case.name);
        if let Some(rule) = case.reported_by {
            assert!(findings.contains(&(&*path, rule)), "{path}: {rule} is not reported");
        }
    }
}

#[test]
fn deep_nesting() {
    survives(&nesting::cases());
}

#[test]
fn long_and_wide_code() {
    survives(&flow::cases());
}

#[test]
fn strings_that_grow() {
    survives(&strings::cases());
}

/// Prints what each file costs by itself, for people: `cargo test --release hostile -- --ignored --nocapture`.
#[test]
#[ignore = "it asserts nothing"]
fn costs() {
    for case in nesting::cases().iter().chain(&flow::cases()).chain(&strings::cases()) {
        let tree = Tree::new(&[]);
        tree.write("hostile.py", &case.text);
        let Watched { memory, time, .. } = watched(&tree, &["--set", "audit"]);
        println!("{:24} {:8} bytes {time:8.2?} {:5} MiB", case.name, case.text.len(), memory >> 20);
    }
}
