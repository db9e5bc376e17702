//! What was cut off is continued, and only if it is the same file still.

use std::fs;

use super::server::{Question, Reply};
use super::{Ground, archive};

/// What a server that knows ranges answers.
fn ranged(question: &Question, etag: &str) -> Reply {
    let whole = archive(9);
    let at = question.head("range").and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok());
    match at {
        Some(at) if question.head("if-range") == Some(etag) => part(&whole, at, etag),
        _ => Reply::file(&whole, etag),
    }
}

fn part(whole: &[u8], at: usize, etag: &str) -> Reply {
    let range = format!("bytes {at}-{}/{}", whole.len() - 1, whole.len());
    let length = (whole.len() - at).to_string();
    let head = [("Content-Length", &*length), ("Content-Range", &range), ("ETag", etag)];
    Reply::new("206 Partial Content", &head, &whole[at..])
}

/// The ranges that were asked for, of one update that was cut off and another.
#[track_caller]
fn ranges(script: impl Fn(&Question) -> Reply + Send + Sync + 'static, retries: &str) -> Vec<Option<String>> {
    let ground = Ground::new(move |question, before| match before {
        0 => Reply::cut(&archive(9), "\"one\"", 1000),
        _ => script(question),
    });
    let first = ground.update(&[]);
    assert_eq!(first.code, 2);
    assert!(first.stderr.contains("it ended after 1000 of "), "{}", first.stderr);
    assert_eq!(ground.kept(), ["PyPI.part", "PyPI.part.json", "lock"]);
    let second = ground.update(&["--retries", retries]);
    assert_eq!(second.code, 0, "{}", second.stderr);
    assert_eq!(ground.kept(), ["PyPI.json", "PyPI.zip", "lock"]);
    assert!(fs::read(ground.tree.path().join("data/osv/PyPI.zip")).unwrap() == archive(9));
    ground.server.questions().iter().map(|question| question.head("range").map(str::to_owned)).collect()
}

fn from_there() -> Option<String> {
    Some("bytes=1000-".to_owned())
}

#[test]
fn what_was_cut_off_is_continued() {
    assert_eq!(ranges(|question| ranged(question, "\"one\""), "0"), [None, from_there()]);
}

#[test]
fn what_changed_meanwhile_is_fetched_as_a_whole() {
    assert_eq!(ranges(|question| ranged(question, "\"two\""), "0"), [None, from_there()]);
}

#[test]
fn servers_that_know_no_ranges_send_the_whole() {
    assert_eq!(ranges(|_| Reply::file(&archive(9), "\"one\""), "0"), [None, from_there()]);
}

#[test]
fn parts_of_something_else_are_not_put_together() {
    // From another place on, of another file, and of none.
    let other = |question: &Question| match question.head("range") {
        Some(_) => part(&archive(9), 900, "\"one\""),
        None => Reply::file(&archive(9), "\"one\""),
    };
    assert_eq!(ranges(other, "1"), [None, from_there(), None]);
    let strange = |question: &Question| match question.head("range") {
        Some(_) => part(&archive(9), 1000, "\"two\""),
        None => Reply::file(&archive(9), "\"two\""),
    };
    assert_eq!(ranges(strange, "1"), [None, from_there(), None]);
    let none = |question: &Question| match question.head("range") {
        Some(_) => Reply::status("416 Range Not Satisfiable"),
        None => Reply::file(&archive(9), "\"one\""),
    };
    assert_eq!(ranges(none, "1"), [None, from_there(), None]);
}

#[test]
fn a_cut_is_continued_by_the_next_attempt() {
    let ground = Ground::new(|question, before| match before {
        0 => Reply::cut(&archive(9), "\"one\"", 1000),
        _ => ranged(question, "\"one\""),
    });
    let done = ground.update(&["--retries", "1"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert!(done.stderr.starts_with("warning: https://127.0.0.1:"), "{}", done.stderr);
    assert_eq!(ground.server.questions()[1].head("range"), Some("bytes=1000-"));
}

#[test]
fn without_a_mark_nothing_is_continued() {
    let ground = Ground::new(|_, before| match before {
        0 => Reply::new("200 OK", &[("Content-Length", "5000"), ("ETag", "W/\"weak\"")], b"PK"),
        _ => Reply::file(&archive(9), "W/\"weak\""),
    });
    assert_eq!(ground.update(&[]).code, 2);
    assert_eq!(ground.update(&[]).code, 0);
    assert_eq!(ground.server.questions()[1].head("range"), None);
}
