//! `portcullis db update`, with servers of our own on this machine.

mod harm;
mod resume;
mod server;
#[cfg(target_os = "linux")]
mod silence;

use std::fs;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use std::io::Write;

use crate::program::{Done, Tree};
use server::{Question, Reply, Server};

const VARIABLES: [&str; 10] = [
    "ALL_PROXY",
    "all_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "PORTCULLIS_OFFLINE",
    "PORTCULLIS_DB",
];

/// A folder with an index, and a server to fetch another from.
struct Ground {
    tree: Tree,
    server: Server,
}

impl Ground {
    fn new(script: impl Fn(&Question, usize) -> Reply + Send + Sync + 'static) -> Self {
        let tree = Tree::new(&[("ca.pem", server::own_root()), ("strange.pem", server::strange_root())]);
        Self { tree, server: Server::new(script) }
    }

    fn run(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Done {
        let mut command = self.tree.command(&["db", "--db", "data/advisories.db"]);
        for name in VARIABLES {
            command.env_remove(name);
        }
        command.args(arguments).envs(variables.iter().copied());
        Done::from(command.output().unwrap())
    }

    /// Asks for one ecosystem, in one attempt, where nothing else is said.
    fn update(&self, arguments: &[&str]) -> Done {
        let address = self.server.address();
        let usual = [("--from", &*address), ("--ca-file", "ca.pem"), ("--ecosystem", "PyPI"), ("--retries", "0")];
        let unsaid = usual.into_iter().filter(|(option, _)| !arguments.contains(option));
        let unsaid: Vec<_> = unsaid.flat_map(|(option, value)| [option, value]).collect();
        self.run(&[&["update"], &unsaid[..], arguments].concat(), &[])
    }

    fn index(&self) -> Vec<u8> {
        fs::read(self.tree.path().join("data/advisories.db")).unwrap()
    }

    /// The names of what is kept beside the index.
    fn kept(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(self.tree.path().join("data/osv"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

fn record(number: usize) -> (String, Vec<u8>) {
    let package = format!(r#"{{"ecosystem":"PyPI","name":"demo{number}"}}"#);
    let affected = format!(r#"[{{"package":{package},"versions":["1.0"]}}]"#);
    let text = format!(r#"{{"id":"TEST-{number}","modified":"2026-01-01T00:00:00Z","affected":{affected}}}"#);
    (format!("TEST-{number}.json"), text.into_bytes())
}

/// The archive of so many records.
fn archive(records: usize) -> Vec<u8> {
    let files: Vec<_> = (0..records).map(record).collect();
    zip(&files, 1)
}

/// A zip that tells of each of its files so many times. What is large is packed.
fn zip(files: &[(String, Vec<u8>)], times: usize) -> Vec<u8> {
    let number = |value: usize, length: usize| value.to_le_bytes()[..length].to_vec();
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes) in files {
        let (method, packed) = match bytes.len() {
            0..1_000_000 => (0, bytes.clone()),
            _ => {
                let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
                encoder.write_all(bytes).unwrap();
                (8, encoder.finish().unwrap())
            }
        };
        let sizes = [number(packed.len(), 4), number(bytes.len(), 4)].concat();
        let checksum = number(crc32fast::hash(bytes) as usize, 4);
        let common =
            [&[20, 0, 0, 0], &number(method, 2)[..], &[0; 4], &checksum, &sizes, &number(name.len(), 2)].concat();
        let local = number(archive.len(), 4);
        archive.extend([b"PK\x03\x04", &common[..], &[0; 2], name.as_bytes(), &packed].concat());
        let entry = [b"PK\x01\x02\x14\0", &common[..], &[0; 12], &local, name.as_bytes()].concat();
        directory.extend(entry.repeat(times));
    }
    let count = number(files.len() * times, 2);
    let place = [number(directory.len(), 4), number(archive.len(), 4)].concat();
    archive.extend_from_slice(&directory);
    archive.extend([b"PK\x05\x06", &[0; 4][..], &count, &count, &place, &[0; 2]].concat());
    archive
}

#[test]
fn what_has_not_changed_is_not_fetched_again() {
    let ground = Ground::new(|question, _| match question.head("if-none-match") {
        Some("\"one\"") => Reply::new("304 Not Modified", &[("ETag", "\"one\"")], b""),
        _ => Reply::file(&archive(2), "\"one\""),
    });
    let first = ground.update(&[]);
    assert_eq!((first.code, &*first.stderr), (0, ""));
    assert!(first.stdout.starts_with("PyPI           fetched, 2 records in 476 bytes\n"), "{}", first.stdout);
    assert!(first.stdout.contains("\nPyPI                 2 advisories on      2 packages"), "{}", first.stdout);
    let second = ground.update(&[]);
    assert_eq!((second.code, &*second.stderr), (0, ""));
    assert!(second.stdout.starts_with("PyPI           unchanged, 2 records in 476 bytes\n"), "{}", second.stdout);
    let questions = ground.server.questions();
    let asked: Vec<_> = questions.iter().map(|question| (&*question.path, question.head("if-none-match"))).collect();
    assert_eq!(asked, [("/osv/PyPI/all.zip", None), ("/osv/PyPI/all.zip", Some("\"one\""))]);
    assert_eq!(questions[0].head("accept-encoding"), None);
    assert_eq!(ground.kept(), ["PyPI.json", "PyPI.zip", "lock"]);
}

#[test]
fn what_was_altered_here_is_fetched_again() {
    let ground = Ground::new(|_, _| Reply::file(&archive(2), "\"one\""));
    assert_eq!(ground.update(&[]).code, 0);
    ground.tree.write("data/osv/PyPI.zip", "something else");
    assert_eq!(ground.update(&[]).code, 0);
    assert_eq!(fs::read(ground.tree.path().join("data/osv/PyPI.zip")).unwrap(), archive(2));
    assert_eq!(ground.server.questions()[1].head("if-none-match"), None);
}

#[test]
fn ecosystems_that_were_fetched_earlier_stay() {
    let ground = Ground::new(|question, _| match &*question.path {
        "/osv/PyPI/all.zip" => Reply::file(&archive(1), "\"one\""),
        "/osv/GitHub%20Actions/all.zip" => {
            let (name, text) = record(7);
            let text = String::from_utf8(text).unwrap().replace("PyPI", "GitHub Actions");
            Reply::file(&zip(&[(name, text.into_bytes())], 1), "\"two\"")
        }
        _ => Reply::status("404 Not Found"),
    });
    assert_eq!(ground.update(&[]).code, 0);
    let address = ground.server.address();
    let common = ["update", "--from", &address, "--ca-file", "ca.pem", "--ecosystem", "GitHub Actions"];
    let done = ground.run(&common, &[]);
    assert_eq!((done.code, &*done.stderr), (0, ""));
    assert!(done.stdout.contains("\nPyPI                 1 advisories on"), "{}", done.stdout);
    assert!(done.stdout.contains("\nGitHub Actions       1 advisories on"), "{}", done.stdout);
    // By default all ecosystems are asked for, in their order, and the first that is missing ends it.
    let before = ground.index();
    let all = ground.run(&["update", "--from", &address, "--ca-file", "ca.pem", "--retries", "0"], &[]);
    assert_eq!(all.code, 2);
    assert!(all.stderr.starts_with("error: npm: https://127.0.0.1:"), "{}", all.stderr);
    assert!(all.stderr.contains("this is not there (404)"), "{}", all.stderr);
    assert!(ground.index() == before);
}

#[test]
fn what_passes_is_tried_again() {
    let ground = Ground::new(|_, before| match before {
        0 => Reply::status("500 Internal Server Error"),
        1 => Reply::status("503 Service Unavailable"),
        _ => Reply::file(&archive(2), "\"one\""),
    });
    let done = ground.update(&["--retries", "2"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let said: Vec<_> = done.stderr.lines().map(|line| line.split("all.zip: ").last().unwrap()).collect();
    assert_eq!(said, ["the server answers 500: trying again", "the server answers 503: trying again"]);
}

#[test]
fn names_in_an_archive_lead_nowhere() {
    let files = [("../../out.json".to_owned(), record(0).1), ("/out.json".to_owned(), record(1).1)];
    let ground = Ground::new(move |_, _| Reply::file(&zip(&files, 1), "\"one\""));
    let done = ground.update(&[]);
    assert_eq!((done.code, &*done.stderr), (0, ""));
    assert_eq!(ground.kept(), ["PyPI.json", "PyPI.zip", "lock"]);
    assert!(!ground.tree.path().join("out.json").exists() && !ground.tree.path().join("data/out.json").exists());
}

#[test]
fn who_forbids_the_network_is_obeyed() {
    let ground = Ground::new(|_, _| Reply::file(&archive(2), "\"one\""));
    let address = ground.server.address();
    let common = ["update", "--from", &address, "--ca-file", "ca.pem", "--ecosystem", "PyPI"];
    let told = |done: Done, who: &str| {
        assert_eq!((done.code, &*done.stdout), (2, ""), "{who}");
        assert!(done.stderr.starts_with(&format!("error: {who} forbids")), "{}", done.stderr);
        assert!(done.stderr.contains("portcullis db import"), "{}", done.stderr);
    };
    told(ground.run(&[&common[..], &["--offline"]].concat(), &[]), "`--offline`");
    told(ground.run(&common, &[("PORTCULLIS_OFFLINE", "1")]), "PORTCULLIS_OFFLINE");
    ground.tree.write("portcullis.toml", "airgapped = true\n");
    told(ground.run(&common, &[]), "`airgapped = true` in portcullis.toml");
    assert!(ground.server.questions().is_empty());
    assert_eq!(ground.run(&[&common[..], &["--isolated"]].concat(), &[("PORTCULLIS_OFFLINE", "0")]).code, 0);
}

#[test]
fn two_updates_do_not_meet() {
    let ground = Ground::new(|_, _| Reply::file(&archive(2), "\"one\""));
    assert_eq!(ground.update(&[]).code, 0);
    let lock = fs::File::open(ground.tree.path().join("data/osv/lock")).unwrap();
    lock.lock().unwrap();
    let done = ground.update(&[]);
    assert_eq!(done.code, 2);
    assert!(done.stderr.contains("another update is at work"), "{}", done.stderr);
}

const SIGNER: &str = "RWSdgHiEn/2RKjHywMJTdYa89I4rCeR7WyrEzegdGTeSJqMtWU0kxDTy";
/// Of the archive of two records, by that key.
const SIGNATURE: &str = "untrusted comment: signature of a test
RUSdgHiEn/2RKnXxOZbaj6HLq3YC5cYgm4GWWy1/pY0Ynu5Ohsz1rRV3z4jSTDhM5GnftMsqMQ+bvINtngNruV8ANOFydyhM2A8=
trusted comment: made for a test
Zb0uEzuNJLk3UEeWV/TTfMTi+qLija6qhiPU3bTHtO9FfNPV1EyUKQ6/x/p2QCBrudz90RcdT0+W9uboLch4CA==
";
const DIGEST: &str = "d9ce94661cd4fe318bc5a1577d265524a8a243ceb7fd1cedad1e8240c88adba1";

/// A server of an archive with that signature beside it.
fn signed(records: usize, signature: &'static str) -> Ground {
    Ground::new(move |question, _| match question.path.ends_with(".minisig") {
        true => Reply::file(signature.as_bytes(), "\"signature\""),
        false => Reply::file(&archive(records), "\"one\""),
    })
}

#[test]
fn a_digest_and_a_signature_that_fit_are_taken() {
    let digest = format!("PyPI={DIGEST}");
    let done = signed(2, SIGNATURE).update(&["--minisign-key", SIGNER, "--sha256", &digest]);
    assert_eq!((done.code, &*done.stderr), (0, ""));
}
