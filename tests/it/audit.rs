//! The audit log: many writers, crashes, full disks, rotation, retention, and that no change of it goes unseen.

mod many;
mod sealed;
mod tamper;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use portcullis::audit::{
    self, Access, Accesses, Entry, Event, Head, Judged, Log, Policy, RunId, Script, Settings, Verified,
};
use portcullis::clause::{Decision, Fsync};
use portcullis::outcome::Request;
use portcullis::time::Time;
use serde_json::Value;

use crate::program::{Done, Tree};

const WAIT: Duration = Duration::from_secs(60);

fn settings(path: &Path) -> Settings {
    Settings { sync: Fsync::Never, wait: WAIT, ..Settings::at(path.to_owned()) }
}

/// A record that says which one it is.
fn access(target: &str) -> Entry {
    let run = RunId::new(Time::now()).unwrap();
    let (host, refusal) = (target.to_owned(), Some("it is not allowed".to_owned()));
    let request = Request { host, port: 443, address: None, refusal, sent_bytes: 0, received_bytes: 0 };
    Entry { run, event: Event::Access(Accesses { accesses: vec![Access::Host(request)] }) }
}

fn gate(path: &str, decision: Decision) -> Entry {
    let script = Script { path: path.into(), sha256: "5e".repeat(32), bytes: 12 };
    let policy = Policy { name: "strict".into(), sha256: "ab".repeat(32) };
    let judged = Judged { script, read: Vec::new(), policy, decision, rules: vec!["python/eval".into()] };
    Entry { run: RunId::new(Time::now()).unwrap(), event: Event::Gate(Box::new(judged)) }
}

/// A log with records `0`, `1`, … in a folder of its own.
fn filled(records: usize, max_bytes: u64) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state/audit.jsonl");
    let log = Log::open(Settings { max_bytes, ..settings(&path) }).unwrap();
    (0..records).for_each(|number| drop(log.append(&access(&number.to_string())).unwrap()));
    (folder, path)
}

fn verified(path: &Path, head: Option<&Head>) -> Verified {
    audit::verify(path, head, WAIT).unwrap()
}

#[track_caller]
fn assert_good(path: &Path) -> Verified {
    let verified = verified(path, None);
    assert!(verified.faults.is_empty(), "{:#?}", verified.faults);
    verified
}

fn records(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What the records of all files name, in order.
fn targets(path: &Path) -> Vec<String> {
    let verified = assert_good(path);
    let all = verified.files.iter().flat_map(|file| records(file));
    all.filter_map(|record| Some(record["data"]["accesses"][0]["host"].as_str()?.to_owned())).collect()
}

fn numbers(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|number| number.to_string()).collect()
}

fn run(path: &Path, arguments: &[&str]) -> Done {
    Tree::new(&[]).run(&[&["audit", "--log", path.to_str().unwrap()], arguments].concat())
}

#[test]
fn a_record_holds_what_was_said_and_the_hash_of_the_one_before() {
    let (_folder, path) = filled(2, u64::MAX);
    let log = Log::open(settings(&path)).unwrap();
    let entry = gate("a.py", Decision::Deny);
    let head = log.append(&entry).unwrap();
    let lines: Vec<_> = fs::read_to_string(&path).unwrap().lines().map(str::to_owned).collect();
    let records = records(&path);
    assert_eq!(records[0]["prev"], "0".repeat(64));
    let sha256 = |text: &str| {
        use sha2::Digest;
        format!("{:x}", sha2::Sha256::digest(text))
    };
    assert_eq!(records[2]["prev"], sha256(&lines[1]));
    assert_eq!((head.seq, &head.sha256), (3, &sha256(&lines[2])));
    let record = &records[2];
    assert_eq!(
        (&record["kind"], &record["event"], &record["run"], &record["schema"]),
        (&"security".into(), &"gate".into(), &entry.run.to_string().into(), &1.into())
    );
    assert!(Time::parse(record["time"].as_str().unwrap()).is_some());
    let data = &record["data"];
    assert_eq!(
        (&data["decision"], &data["script"]["path"], &data["rules"][0], &data["policy"]["name"]),
        (&"deny".into(), &"a.py".into(), &"python/eval".into(), &"strict".into())
    );
    assert_eq!(data["by"]["tool"], format!("portcullis {}", env!("CARGO_PKG_VERSION")));
    assert_eq!(data["by"]["process"], std::process::id());
}

#[test]
fn secrets_are_masked_and_control_characters_shown() {
    let (_folder, path) = filled(0, u64::MAX);
    let secret = format!("ghp_{}", "a1B2".repeat(9));
    let log = Log::open(settings(&path)).unwrap();
    log.append(&access(&format!("https://me:hunter2@example.org/{secret}\n\u{1b}[2J"))).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert!(!text.contains("hunter2") && !text.contains(&secret[4..]), "{text}");
    assert_eq!(targets(&path), ["https://****@example.org/ghp_****␊␛[2J"]);
}

#[cfg(unix)]
#[test]
fn only_the_user_may_touch_a_log() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    let (folder, path) = filled(1, u64::MAX);
    assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    let refused = |path: &Path, word: &str| {
        let error = Log::open(settings(path)).unwrap_err();
        assert!(error.contains(word) && error.contains(path.parent().unwrap().to_str().unwrap()), "{error}");
    };
    fs::set_permissions(&path, PermissionsExt::from_mode(0o620)).unwrap();
    refused(&path, "chmod 600");
    fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
    fs::set_permissions(path.parent().unwrap(), PermissionsExt::from_mode(0o777)).unwrap();
    refused(&path, "chmod 700");
    fs::set_permissions(path.parent().unwrap(), PermissionsExt::from_mode(0o700)).unwrap();
    let link = folder.path().join("link.jsonl");
    symlink(&path, &link).unwrap();
    refused(&link, "is no link");
    let hard = folder.path().join("hard.jsonl");
    fs::hard_link(&path, &hard).unwrap();
    refused(&hard, "second name");
    fs::remove_file(&hard).unwrap();
    fs::create_dir(folder.path().join("folder.jsonl")).unwrap();
    refused(&folder.path().join("folder.jsonl"), "directory");
    // A file stands where a folder would have to.
    refused(&path.join("audit.jsonl"), "audit.jsonl");
    Log::open(settings(&path)).unwrap();
}

#[test]
fn a_lock_that_somebody_keeps_is_an_error() {
    let (_folder, path) = filled(1, u64::MAX);
    let log = Log::open(Settings { wait: Duration::from_millis(20), ..settings(&path) }).unwrap();
    let lock = fs::File::open(path.with_file_name("audit.jsonl.lock")).unwrap();
    lock.lock().unwrap();
    let error = log.append(&access("never")).unwrap_err();
    assert!(error.contains("audit.jsonl.lock: somebody held the lock"), "{error}");
    drop(lock);
    log.append(&access("1")).unwrap();
    assert_eq!(targets(&path), ["0", "1"]);
}

#[test]
fn a_torn_line_is_told_and_taken_out_by_the_next_writer() {
    for (kept, max_bytes) in [(3, u64::MAX), (3, 1), (0, u64::MAX)] {
        let (_folder, path) = filled(kept, max_bytes);
        let whole = fs::read(&path).unwrap_or_default();
        let torn = br#"{"schema":1,"seq":4,"prev":"00"#;
        fs::write(&path, [whole.as_slice(), torn].concat()).unwrap();
        #[cfg(unix)]
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        let verified = assert_good(&path);
        assert_eq!(verified.notes[0].what, "unfinished");
        let log = Log::open(Settings { max_bytes, ..settings(&path) }).unwrap();
        log.append(&access("after")).unwrap();
        let verified = assert_good(&path);
        assert_eq!((verified.notes.len(), verified.notes[0].what), (1, "torn"));
        let all: Vec<_> = verified.files.iter().flat_map(|file| records(file)).collect();
        let told = &all[kept]["data"];
        assert_eq!((&told["text"], &told["bytes"]), (&std::str::from_utf8(torn).unwrap().into(), &torn.len().into()));
        assert_eq!(all[kept + 1]["data"]["accesses"][0]["host"], "after");
    }
}

#[test]
fn a_record_that_lacks_only_its_end_is_kept() {
    let (_folder, path) = filled(3, u64::MAX);
    let whole = fs::read_to_string(&path).unwrap();
    fs::write(&path, whole.trim_end()).unwrap();
    let log = Log::open(settings(&path)).unwrap();
    log.append(&access("3")).unwrap();
    assert_eq!(targets(&path), numbers(0..4));
}

#[test]
fn nothing_is_added_to_an_end_that_is_no_record() {
    for (name, spoil) in [
        ("no record", (|text: String| text + "hello\n") as fn(String) -> String),
        ("does not follow", |text| text.replacen("\"port\":443", "\"port\":444", 2)),
        ("longer than any record", |text| text + &"x".repeat((1 << 20) + 1)),
        ("schema 2", |text| {
            let (before, last) = text.trim_end().rsplit_once('\n').unwrap();
            format!("{before}\n{}\n", last.replace("\"schema\":1", "\"schema\":2"))
        }),
    ] {
        let (_folder, path) = filled(2, u64::MAX);
        let text = spoil(fs::read_to_string(&path).unwrap());
        fs::write(&path, &text).unwrap();
        let error = Log::open(settings(&path)).unwrap_err();
        assert!(error.contains("audit verify") && error.contains("audit.jsonl"), "{name}: {error}");
        assert!(error.contains(name), "{name}: {error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), text, "{name}");
    }
}

#[test]
fn a_chain_goes_on_over_files_and_after_a_crash_between_them() {
    let (folder, path) = filled(9, 900);
    let state = folder.path().join("state");
    assert!(state.join("audit-000003.jsonl").exists());
    assert_eq!(targets(&path), numbers(0..9));
    // The live file was put aside, and the new one not begun, or begun and not written to.
    let newest = assert_good(&path).files.len();
    fs::rename(&path, state.join(format!("audit-{newest:06}.jsonl"))).unwrap();
    assert_eq!(targets(&path), numbers(0..9));
    let log = Log::open(settings(&path)).unwrap();
    log.append(&access("9")).unwrap();
    fs::rename(&path, state.join(format!("audit-{:06}.jsonl", newest + 1))).unwrap();
    fs::write(&path, "").unwrap();
    #[cfg(unix)]
    fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    log.append(&access("10")).unwrap();
    assert_eq!(targets(&path), numbers(0..11));
    // Files of others beside it are none of it.
    fs::write(state.join("audit-old.jsonl"), "x\n").unwrap();
    fs::write(state.join("audit-7.jsonl"), "x\n").unwrap();
    assert_eq!(targets(&path), numbers(0..11));
}

/// A time after that of every record so far.
fn later() -> Time {
    let now = Time::now();
    while Time::now() == now {
        std::hint::spin_loop();
    }
    Time::now()
}

#[test]
fn a_cut_log_verifies_and_says_what_was_cut() {
    for max_bytes in [900, u64::MAX] {
        let (_folder, path) = filled(5, max_bytes);
        let log = Log::open(Settings { max_bytes, ..settings(&path) }).unwrap();
        let anchored = verified(&path, None).head;
        let all: Vec<_> = verified(&path, None).files.iter().flat_map(|file| records(file)).collect();
        let older = Head { seq: 2, sha256: all[2]["prev"].as_str().unwrap().to_owned() };
        let limit = later();
        (5..8).for_each(|number| drop(log.append(&access(&number.to_string())).unwrap()));
        assert_eq!(log.prune(Time::parse("2020-01-01").unwrap()), Ok(None));
        let whole: Vec<_> =
            verified(&path, None).files.into_iter().map(|file| (fs::read(&file).unwrap(), file)).collect();
        let cut = log.prune(limit).unwrap().unwrap();
        assert_eq!((cut.first, cut.last), (1, 5));
        assert_eq!(cut.ends.last().map(|end| &end.sha256), Some(&anchored.sha256));
        assert_eq!(targets(&path), numbers(5..8));
        // A head that was kept of what is gone: that of the cut's end still stands for something, others do not.
        let kept = self::verified(&path, Some(&anchored));
        assert!(kept.faults.is_empty() && kept.anchored, "{kept:#?}");
        let gone = self::verified(&path, Some(&older));
        let is_known = cut.ends.iter().any(|end| end.seq == older.seq);
        let is_told = gone.notes.iter().any(|note| note.what == "unanchored");
        assert!(gone.faults.is_empty() && gone.anchored == is_known && is_told != is_known, "{gone:#?}");
        let other = Head { sha256: "0f".repeat(32), ..anchored.clone() };
        assert_eq!(self::verified(&path, Some(&other)).faults[0].what, "rewritten");
        let verified = assert_good(&path);
        assert_eq!((verified.first, verified.head.seq, verified.notes[0].what), (Some(6), 9, "cut"));
        assert!(fs::metadata(&path).unwrap().len() > 0);
        // A crash before all that is cut was removed.
        if max_bytes == 900 {
            for (bytes, file) in whole.iter().skip(1).filter(|(_, file)| *file != path) {
                fs::write(file, bytes).unwrap();
            }
            assert!(assert_good(&path).first.unwrap() < 6);
        }
        // One more record gone than was cut.
        let oldest = &assert_good(&path).files[0];
        let text = fs::read_to_string(oldest).unwrap();
        fs::write(oldest, text.split_once('\n').unwrap().1).unwrap();
        let faults = self::verified(&path, None).faults;
        assert_eq!(faults[0].what, "missing", "{faults:?}");
    }
}

#[test]
fn a_second_cut_follows_the_first_and_a_spoiled_log_is_not_cut() {
    let (_folder, path) = filled(3, u64::MAX);
    let log = Log::open(settings(&path)).unwrap();
    log.prune(later()).unwrap().unwrap();
    log.append(&access("4")).unwrap();
    let cut = log.prune(later()).unwrap().unwrap();
    assert_eq!((cut.first, cut.last), (4, 5));
    assert_eq!(assert_good(&path).first, Some(6));
    (0..3).for_each(|number| drop(log.append(&access(&number.to_string())).unwrap()));
    let text = fs::read_to_string(&path).unwrap().replacen("\"host\":\"0\"", "\"host\":\"1\"", 1);
    fs::write(&path, &text).unwrap();
    let error = log.prune(later()).unwrap_err();
    assert!(error.contains("audit verify"), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn records_are_shown_by_what_they_say() {
    let (_folder, path) = filled(1, u64::MAX);
    let log = Log::open(settings(&path)).unwrap();
    let entries = [gate("lib/a.py", Decision::Allow), gate("b.py", Decision::Deny)];
    entries.iter().for_each(|entry| drop(log.append(entry).unwrap()));
    let id = entries[1].run.to_string();
    let shown = |arguments: &[&str]| {
        let done = run(&path, &[&["show", "--format", "json"], arguments].concat());
        assert_eq!((done.code, done.stderr.as_str()), (0, ""));
        let lines = done.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.map(|line| line["seq"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(shown(&[]), [1, 2, 3]);
    assert_eq!(shown(&["--kind", "access"]), [1]);
    assert_eq!(shown(&["--kind", "execution"]), [0; 0]);
    assert_eq!(shown(&["--decision", "deny"]), [3]);
    assert_eq!(shown(&["--script", "lib/"]), [2]);
    assert_eq!(shown(&["--script", "5e5e"]), [2, 3]);
    assert_eq!(shown(&["--run", &id]), [3]);
    assert_eq!(shown(&["--since", "2020-01-01"]), [1, 2, 3]);
    assert_eq!(shown(&["--until", "2020-01-01"]), [0; 0]);
    let text = run(&path, &["show", "--decision", "deny"]).stdout;
    assert!(text.contains(&format!(" 3 gate deny b.py strict run {id}\n")), "{text}");
    assert_eq!(run(&path, &["show", "--since", "yesterday"]).code, 2);

    fs::write(&path, fs::read_to_string(&path).unwrap() + "{}\nhalf").unwrap();
    let done = run(&path, &["show"]);
    assert_eq!((done.code, done.stdout.lines().filter(|line| !line.starts_with(' ')).count()), (1, 3));
    assert!(done.stderr.contains("audit.jsonl:4: it is no record") && done.stderr.contains(":5: an unfinished line"));
}

#[test]
fn the_program_tells_good_logs_from_others() {
    let (_folder, path) = filled(3, u64::MAX);
    let head = run(&path, &["head"]).stdout;
    let head = head.trim();
    assert!(head.starts_with("3:") && head.len() == 66, "{head}");
    let done = run(&path, &["verify"]);
    assert!(done.code == 0 && done.stdout.contains("cannot be told by the log itself"), "{done:?}");
    let done = run(&path, &["verify", "--head", head]);
    assert!(done.code == 0 && done.stdout.contains("up to the head that was named"), "{done:?}");
    let whole = fs::read_to_string(&path).unwrap();
    let (before, _) = whole.trim_end().rsplit_once('\n').unwrap();
    fs::write(&path, format!("{before}\n")).unwrap();
    assert_eq!(run(&path, &["verify"]).code, 0);
    let done = run(&path, &["verify", "--head", head]);
    assert!(done.code == 1 && done.stdout.contains("missing: record 3"), "{done:?}");
    fs::write(&path, whole.replacen("\"host\":\"1\"", "\"host\":\"7\"", 1)).unwrap();
    let done = run(&path, &["verify"]);
    assert!(done.code == 1 && done.stdout.contains("audit.jsonl:2: record 2: altered"), "{done:?}");
    let done = run(&path, &["verify", "--format", "json"]);
    let told: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!((done.code, &told["good"], &told["faults"][0]["line"]), (1, &false.into(), &2.into()));
    assert_eq!(run(&path, &["head"]).code, 1);
    assert_eq!(run(&path, &["verify", "--head", "3"]).code, 2);
    assert_eq!(run(&path, &["prune"]).code, 2);
    assert_eq!(run(&path, &["prune", "--days", "1"]).code, 2);
    for command in [&["verify"][..], &["head"], &["show"], &["prune", "--days", "1"]] {
        let done = run(&path.with_file_name("none.jsonl"), command);
        assert!(done.code == 2 && done.stderr.contains("there is no log"), "{done:?}");
        assert!(!path.with_file_name("none.jsonl").exists());
    }
    fs::write(&path, whole).unwrap();
    let done = run(&path, &["prune", "--days", "1"]);
    assert!(done.code == 0 && done.stdout.contains("no record is older"), "{done:?}");
    let done = run(&path, &["prune", "--before", "2999-01-01"]);
    assert!(done.code == 0 && done.stdout.contains("records 1 to 3 are removed"), "{done:?}");
    assert_eq!(assert_good(&path).first, Some(4));
}
