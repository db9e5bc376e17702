//! Writers at work: many at once, and such as meet a full disk or are killed half-way through a line. They are processes:
//! this very program, started for one test that writes.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{Log, Settings, access, assert_good, filled, run, settings, targets};

const CHILD: &str = "audit::many::as_a_child";

/// What a child is told: the log, its own name, how many records, and the size of a file.
const TOLD: [&str; 4] =
    ["PORTCULLIS_TEST_LOG", "PORTCULLIS_TEST_NAME", "PORTCULLIS_TEST_RECORDS", "PORTCULLIS_TEST_BYTES"];

#[test]
#[ignore = "other tests start it as a process of its own"]
fn as_a_child() {
    let [path, name, records, bytes] = TOLD.map(|name| std::env::var(name).unwrap());
    let max_bytes = bytes.parse().unwrap();
    let log = Log::open(Settings { max_bytes, ..settings(Path::new(&path)) }).unwrap();
    for number in 0..records.parse().unwrap() {
        if let Err(error) = log.append(&access(&format!("{name}-{number}"))) {
            panic!("refused after {number}: {error}");
        }
    }
}

fn child(mut command: Command, path: &Path, name: usize, records: usize, max_bytes: u64) -> Command {
    let values = [path.to_str().unwrap(), &name.to_string(), &records.to_string(), &max_bytes.to_string()];
    command.args(["--exact", CHILD, "--ignored", "--nocapture"]).envs(TOLD.into_iter().zip(values));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn this_program() -> Command {
    Command::new(std::env::current_exe().unwrap())
}

#[test]
fn sixty_four_writers_lose_nothing() {
    const WRITERS: usize = 64;
    const RECORDS: usize = 8;
    let (_folder, path) = filled(0, u64::MAX);
    // So small that files are put aside all the time.
    let max_bytes = 20_000;
    let children: Vec<_> =
        (0..WRITERS).map(|name| child(this_program(), &path, name, RECORDS, max_bytes).spawn().unwrap()).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let verified = assert_good(&path);
    assert!(verified.files.len() > 3, "{:?}", verified.files);
    assert_eq!(verified.head.seq as usize, WRITERS * RECORDS);
    let expected: BTreeSet<_> =
        (0..WRITERS).flat_map(|name| (0..RECORDS).map(move |number| format!("{name}-{number}"))).collect();
    assert_eq!(targets(&path).into_iter().collect::<BTreeSet<_>>(), expected);
}

#[test]
fn threads_of_one_process_take_turns() {
    let (_folder, path) = filled(0, u64::MAX);
    let log = Log::open(settings(&path)).unwrap();
    std::thread::scope(|scope| {
        for name in 0..8 {
            let log = &log;
            scope.spawn(move || {
                (0..8).for_each(|number| drop(log.append(&access(&format!("{name}-{number}"))).unwrap()))
            });
        }
    });
    assert_eq!(targets(&path).into_iter().collect::<BTreeSet<_>>().len(), 64);
}

/// No file may grow beyond some blocks of 512 bytes: the system writes a part of a line and then refuses. What it does
/// besides, a signal that ends the writer, is left out or not.
#[cfg(unix)]
fn limited(signal: bool) -> Command {
    let mut command = Command::new("/bin/sh");
    let trap = if signal { "" } else { "trap '' XFSZ; " };
    // Core files would be counted too.
    command
        .args(["-c", &format!("{trap}ulimit -c 0; ulimit -f 5; exec \"$0\" \"$@\"")])
        .arg(std::env::current_exe().unwrap());
    command
}

#[cfg(unix)]
#[test]
fn a_full_disk_is_an_error_and_leaves_no_half_of_a_line() {
    let (_folder, path) = filled(2, u64::MAX);
    let output = child(limited(false), &path, 0, 100, u64::MAX).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && error.contains("audit.jsonl: File too large"), "{error}");
    let verified = assert_good(&path);
    assert!(verified.notes.is_empty() && verified.records > 2, "{verified:?}");
    let log = Log::open(settings(&path)).unwrap();
    log.append(&access("after")).unwrap();
    assert_eq!(targets(&path).len() as u64, verified.records + 1);
}

#[cfg(unix)]
#[test]
fn a_writer_that_is_killed_leaves_what_the_next_one_takes_out() {
    use std::os::unix::process::ExitStatusExt;
    let (_folder, path) = filled(2, u64::MAX);
    let output = child(limited(true), &path, 0, 100, u64::MAX).output().unwrap();
    assert_eq!(output.status.signal(), Some(libc::SIGXFSZ), "{output:?}");
    let before = assert_good(&path);
    assert_eq!(before.notes[0].what, "unfinished", "{before:?}");
    // While there is no room to tell of it, it stays where it is.
    let text = std::fs::read_to_string(&path).unwrap();
    let output = child(limited(false), &path, 0, 1, u64::MAX).output().unwrap();
    assert!(!output.status.success());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    let log = Log::open(settings(&path)).unwrap();
    log.append(&access("after")).unwrap();
    let after = assert_good(&path);
    assert_eq!((after.notes[0].what, after.records), ("torn", before.records + 2));
    assert!(run(&path, &["verify"]).stdout.contains("torn: an unfinished line"));
}
