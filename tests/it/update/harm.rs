//! Servers that misbehave: whatever they do, the index stays as it was, and what is wrong is told.

use std::time::Duration;

use super::server::{Question, Reply};
use super::{DIGEST, Ground, SIGNATURE, SIGNER, archive, signed, zip};

/// Runs an update on top of an index that stands; what it must end with, and what it must say.
#[track_caller]
fn fails(ground: &Ground, arguments: &[&str], said: &str) {
    ground.tree.write("old.json", std::str::from_utf8(&super::record(99).1).unwrap());
    assert_eq!(ground.run(&["import", "old.json"], &[]).code, 0);
    let before = ground.index();
    let done = ground.update(arguments);
    assert_eq!((done.code, &*done.stdout), (2, ""), "{}", done.stderr);
    assert!(done.stderr.starts_with("error: ") && done.stderr.contains(said), "{}", done.stderr);
    assert!(ground.index() == before, "{said}");
}

#[track_caller]
fn serves(script: impl Fn(&Question, usize) -> Reply + Send + Sync + 'static, said: &str) {
    let ground = Ground::new(script);
    fails(&ground, &["--timeout", "1"], said);
    // Nothing that is wrong is kept but the beginning of what was cut off.
    assert!(!ground.kept().contains(&"PyPI.zip".to_owned()));
}

#[test]
fn a_server_that_says_nothing_is_given_up() {
    let late = |_: &Question, _| Reply::file(&archive(2), "\"one\"").after(Duration::from_secs(30));
    serves(late, "all.zip: the server does not answer in time (attempts: 1)");
}

#[test]
fn a_server_that_drips_is_given_up() {
    let drip = |_: &Question, _| Reply::file(&archive(200), "\"one\"").dripping(Duration::from_millis(100));
    serves(drip, "what comes is too slow");
}

#[test]
fn what_is_cut_off_is_told() {
    serves(|_, _| Reply::cut(&archive(2), "\"one\"", 100), "it ended after 100 of 476 bytes");
}

#[test]
fn a_length_that_is_wrong_is_told() {
    // Less than there is: the end of the archive is missing.
    let short = |_: &Question, _| Reply::new("200 OK", &[("Content-Length", "300")], &archive(2));
    serves(short, "all.zip: what was sent is damaged");
    let long = |_: &Question, _| Reply::new("200 OK", &[("Content-Length", "500")], &archive(2));
    serves(long, "it ended after 476 of 500 bytes");
}

#[test]
fn redirections_end() {
    serves(|_, _| Reply::to("/osv/PyPI/all.zip"), "it is redirected in a ring");
    serves(|_, before| Reply::to(&format!("/{before}")), "it is redirected more than 5 times");
    serves(|_, _| Reply::new("302 Found", &[("Content-Length", "0")], b""), "it is redirected to nowhere");
    let elsewhere = |_: &Question, _| Reply::to("http://127.0.0.1:9/all.zip");
    serves(elsewhere, "http://127.0.0.1:9/all.zip: only addresses that begin with https:// are asked");
}

#[test]
fn a_redirection_is_followed_to_what_is_there() {
    let ground = Ground::new(|question, _| match &*question.path {
        "/osv/PyPI/all.zip" => Reply::to("/elsewhere?key=secret"),
        _ => Reply::file(&archive(2), "\"one\""),
    });
    assert_eq!(ground.update(&[]).code, 0);
    assert_eq!(ground.server.questions()[1].path, "/elsewhere?key=secret");
    assert!(!ground.tree.read("data/osv/PyPI.json").contains("secret"));
}

#[test]
fn errors_of_the_server_are_told() {
    serves(|_, _| Reply::status("500 Internal Server Error"), "the server answers 500 (attempts: 1): try again later");
    serves(|_, _| Reply::status("404 Not Found"), "this is not there (404)");
    serves(|_, _| Reply::status("403 Forbidden"), "the server answers 403");
    serves(|_, _| Reply::new("304 Not Modified", &[], b""), "the server answers 304 to what was not asked");
    serves(|_, _| Reply::status("206 Partial Content"), "the server answers 206 to what was not asked");
    let packed =
        |_: &Question, _| Reply::new("200 OK", &[("Content-Length", "3"), ("Content-Encoding", "gzip")], b"abc");
    serves(packed, "the server packs what it sends (gzip)");
}

#[test]
fn what_is_no_archive_of_advisories_is_refused() {
    serves(|_, _| Reply::file(b"<html>Welcome</html>", "\"one\""), "what was sent is no archive of advisories");
    serves(|_, _| Reply::file(b"", "\"one\""), "what was sent is no archive of advisories");
    let other = || zip(&[("notes.txt".to_owned(), b"words".to_vec())], 1);
    serves(move |_, _| Reply::file(&other(), "\"one\""), "what was sent is no archive of advisories");
    let mut bent = archive(2);
    bent.truncate(bent.len() - 30);
    serves(move |_, _| Reply::file(&bent, "\"one\""), "what was sent is damaged");
}

#[test]
fn what_unpacks_to_too_much_is_refused() {
    let zeros = ("a.json".to_owned(), [b"{".to_vec(), vec![b' '; 8 << 20]].concat());
    let bomb = zip(&[zeros], 1000);
    serves(move |_, _| Reply::file(&bomb, "\"one\""), "it unpacks to more than an honest archive of its size would");
    // One record that is too long is none.
    let noise = (0..17_u32 << 20).map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let long = zip(&[("a.json".to_owned(), noise)], 1);
    serves(move |_, _| Reply::file(&long, "\"one\""), "what was sent is no archive of advisories");
}

#[test]
fn what_is_larger_than_was_agreed_is_not_taken() {
    for chunked in [false, true] {
        let ground = Ground::new(move |_, _| match chunked {
            // Without a length, the end is where the connection ends.
            true => Reply::new("200 OK", &[], &archive(40)),
            false => Reply::file(&archive(40), "\"one\""),
        });
        fails(&ground, &["--max-size", "1K"], "it is larger than 1024 bytes: see `--max-size`");
        assert_eq!(ground.kept(), ["lock"]);
    }
}

#[test]
fn an_archive_that_lost_most_of_its_records_is_refused() {
    let ground = Ground::new(|_, before| Reply::file(&archive(if before == 0 { 9 } else { 3 }), "\"one\""));
    assert_eq!(ground.update(&[]).code, 0);
    let before = ground.index();
    let done = ground.update(&[]);
    assert_eq!(done.code, 2);
    assert!(done.stderr.contains("of 9 records 3 are left: if that is right, remove"), "{}", done.stderr);
    assert!(ground.index() == before);
    assert_eq!(ground.kept(), ["PyPI.json", "PyPI.zip", "lock"]);
}

#[test]
fn who_is_not_trusted_is_told() {
    let ground = Ground::new(|_, _| Reply::file(&archive(2), "\"one\""));
    fails(&ground, &["--retries", "3", "--ca-file", "strange.pem"], "the server is not trusted: ");
    // A certificate that is bad stays bad: there was one attempt, and no question.
    assert!(ground.server.questions().is_empty());
    ground.tree.write("empty.pem", "words\n");
    fails(&ground, &["--ca-file", "empty.pem"], "empty.pem: there is no certificate in it");
    fails(&ground, &["--ca-file", "missing.pem"], "missing.pem");
}

#[test]
fn a_signature_or_digest_that_does_not_fit_is_told() {
    fails(&signed(3, SIGNATURE), &["--minisign-key", SIGNER], "its signature does not fit it and the key");
    fails(&signed(2, "words"), &["--minisign-key", SIGNER], "its signature is none of minisign");
    let ground = Ground::new(|question, _| match question.path.ends_with(".minisig") {
        true => Reply::status("404 Not Found"),
        false => Reply::file(&archive(2), "\"one\""),
    });
    fails(&ground, &["--minisign-key", SIGNER], "all.zip.minisig: this is not there (404)");
    let strange = "RWSdgHiEn/2RKjHywMJTdYa89I4rCeR7WyrEzegdGTeSJqMtWU0kxDTA";
    fails(&signed(2, SIGNATURE), &["--minisign-key", strange], "its signature does not fit it and the key");
    fails(&ground, &["--minisign-key", "words"], "this is no public key of minisign");
    fails(&ground, &["--sha256", &format!("PyPI={}", "0".repeat(64))], &format!("its sha256 is {DIGEST}"));
    fails(&ground, &["--sha256", &format!("npm={DIGEST}")], "`--sha256` speaks of npm, which is not fetched");
}

#[test]
fn other_schemes_are_not_asked() {
    let ground = Ground::new(|_, _| Reply::file(&archive(2), "\"one\""));
    for from in ["http://127.0.0.1:9/osv", "file:///etc", "ftp://example.org"] {
        fails(&ground, &["--from", from], "only addresses that begin with https:// are asked");
    }
}
