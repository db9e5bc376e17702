//! Any single change of a log whose head was kept elsewhere is found, and found where it is.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::{Head, Verified, filled, verified};

#[derive(Clone, Debug)]
enum Change {
    /// Other bits of a byte.
    Edit {
        at: usize,
        bits: u8,
    },
    Delete {
        line: usize,
    },
    Swap {
        one: usize,
        other: usize,
    },
    /// A copy of a line, or one that is none, or a record that follows from the one before.
    Insert {
        line: usize,
        what: Inserted,
    },
    Truncate {
        at: usize,
    },
}

#[derive(Clone, Debug)]
enum Inserted {
    Copy(usize),
    Text(String),
    Forged,
}

fn change() -> impl Strategy<Value = Change> {
    let inserted = prop_oneof![
        any::<usize>().prop_map(Inserted::Copy),
        "[ -~]{0,40}".prop_map(Inserted::Text),
        Just(Inserted::Forged)
    ];
    prop_oneof![
        4 => (any::<usize>(), 1..=255u8).prop_map(|(at, bits)| Change::Edit { at, bits }),
        1 => any::<usize>().prop_map(|line| Change::Delete { line }),
        1 => any::<(usize, usize)>().prop_map(|(one, other)| Change::Swap { one, other }),
        2 => (any::<usize>(), inserted).prop_map(|(line, what)| Change::Insert { line, what }),
        1 => any::<usize>().prop_map(|at| Change::Truncate { at }),
    ]
}

/// A log as lines, whichever file they are in.
struct Lines {
    files: Vec<PathBuf>,
    /// The file and the line, its end with it.
    lines: Vec<(usize, Vec<u8>)>,
}

impl Lines {
    fn read(path: &Path) -> Self {
        let files = verified(path, None).files;
        let split = |(at, file): (usize, &PathBuf)| {
            let bytes = fs::read(file).unwrap();
            bytes.split_inclusive(|byte| *byte == b'\n').map(move |line| (at, line.to_vec())).collect::<Vec<_>>()
        };
        let lines = files.iter().enumerate().flat_map(split).collect();
        Self { files, lines }
    }

    fn write(&self) {
        for (at, file) in self.files.iter().enumerate() {
            let own = self.lines.iter().filter(|(file, _)| *file == at);
            fs::write(file, own.flat_map(|(_, line)| line.clone()).collect::<Vec<_>>()).unwrap();
        }
    }

    /// File and number in it of a line.
    fn place(&self, line: usize) -> (PathBuf, u64) {
        let file = self.lines[line].0;
        let before = self.lines[..line].iter().filter(|(other, _)| *other == file).count() as u64;
        (self.files[file].clone(), before + 1)
    }
}

/// Places that faults name.
fn places(verified: &Verified) -> Vec<(PathBuf, u64)> {
    let places = verified.faults.iter().filter_map(|fault| fault.place.as_ref());
    places.map(|place| (place.file.to_path_buf(), place.line)).collect()
}

fn told(verified: &Verified) -> Vec<(&str, u64)> {
    verified.faults.iter().map(|fault| (fault.what, fault.seq.unwrap_or_default())).collect()
}

fn check(records: usize, max_bytes: u64, change: Change) -> Result<(), TestCaseError> {
    let (_folder, path) = filled(records, max_bytes);
    let head = verified(&path, None).head;
    prop_assert!(verified(&path, Some(&head)).faults.is_empty());
    let mut lines = Lines::read(&path);
    let count = lines.lines.len();
    let found = |lines: &Lines| {
        lines.write();
        verified(&path, Some(&head))
    };
    match change {
        Change::Edit { at, bits } => {
            let line = at % count;
            let bytes = &mut lines.lines[line].1;
            let at = at / count % bytes.len();
            let end = at + 1 == bytes.len();
            let old = bytes[at];
            bytes[at] ^= bits;
            let new = bytes[at];
            let found = found(&lines);
            let seq = line as u64 + 1;
            if end || new == b'\n' {
                // Two lines became one, or one became two.
                let (file, number) = lines.place(line);
                let here =
                    places(&found).iter().any(|place| place.0 == file && (number..=number + 1).contains(&place.1));
                prop_assert!(here || told(&found).contains(&("missing", seq)), "{old} {new} {:?}", found.faults);
            } else {
                prop_assert_eq!(told(&found), [("altered", seq)], "{:?}", found.faults);
                prop_assert_eq!(places(&found), [lines.place(line)]);
            }
        }
        Change::Delete { line } => {
            let line = line % count;
            lines.lines.remove(line);
            let found = found(&lines);
            prop_assert_eq!(told(&found), [("missing", line as u64 + 1)], "{:?}", found.faults);
        }
        Change::Swap { one, other } => {
            let (one, other) = (one % count, other % count);
            prop_assume!(one != other);
            let line = lines.lines[one].1.clone();
            lines.lines[one].1 = std::mem::replace(&mut lines.lines[other].1, line);
            let found = found(&lines);
            // Where one line stands between them, it may be either of two of the three that moved.
            let between = (one.min(other) + 1..one.max(other)).filter(|_| one.abs_diff(other) == 2);
            let swapped: Vec<_> = between.chain([one, other]).map(|line| lines.place(line)).collect();
            prop_assert!(!found.faults.is_empty());
            prop_assert!(places(&found).iter().all(|place| swapped.contains(place)), "{:?}", found.faults);
            prop_assert!(told(&found).iter().all(|(what, _)| *what == "moved"), "{:?}", found.faults);
        }
        Change::Insert { line, what } => {
            let line = line % (count + 1);
            let file = lines.lines[line.min(count - 1)].0;
            let copy = |at: usize| lines.lines[at % count].1.clone();
            let bytes = match &what {
                Inserted::Copy(at) => copy(*at),
                Inserted::Text(text) => format!("{text}\n").into_bytes(),
                Inserted::Forged => {
                    // At the end this would be what the log grew by since.
                    prop_assume!(line < count);
                    let mut record: serde_json::Value = serde_json::from_slice(&copy(line)).unwrap();
                    record["data"]["accesses"][0]["host"] = "forged".into();
                    format!("{record}\n").into_bytes()
                }
            };
            lines.lines.insert(line, (file, bytes));
            let found = found(&lines);
            // Of two lines that are the same, either is the one too many.
            let same = (0..lines.lines.len()).filter(|at| lines.lines[*at].1 == lines.lines[line].1);
            let same: Vec<_> = same.map(|at| lines.place(at)).collect();
            prop_assert_eq!(found.faults.len(), 1, "{:?}", found.faults);
            prop_assert!(same.contains(&places(&found)[0]), "{:?} {:?}", same, found.faults);
            prop_assert_eq!(found.faults[0].what, "foreign");
        }
        Change::Truncate { at } => {
            let line = at % count;
            let (file, mut cut) = lines.lines[line].clone();
            cut.truncate(at / count % cut.len());
            let is_whole = lines.lines[line].1.len() == cut.len() + 1;
            lines.lines.truncate(line);
            lines.lines.push((file, cut));
            let found = found(&lines);
            let last = told(&found).last().copied();
            match line + 1 == count && is_whole {
                true => prop_assert!(found.faults.is_empty()),
                // The rest of a line in a file that is not the live one is no crash.
                false => {
                    prop_assert!(matches!(last, Some(("missing" | "altered", _))), "{line} {count} {:?}", found.faults)
                }
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn any_single_change_is_found_where_it_is(
        records in 1..9usize, small in any::<bool>(), change in change()
    ) {
        check(records, if small { 900 } else { u64::MAX }, change)?;
    }
}

#[test]
fn a_log_written_anew_is_not_the_one_that_was_anchored() {
    let (_folder, path) = filled(4, u64::MAX);
    let (_other, forged) = filled(5, u64::MAX);
    let head = verified(&path, None).head;
    fs::write(&path, fs::read(forged).unwrap()).unwrap();
    assert!(verified(&path, None).faults.is_empty());
    let found = verified(&path, Some(&head));
    assert_eq!(told(&found), [("rewritten", 4)]);
    fs::write(&path, "").unwrap();
    assert_eq!(told(&verified(&path, Some(&head))), [("missing", 1)]);
    assert_eq!(told(&verified(&path, Some(&Head { seq: 0, ..head }))), []);
}
