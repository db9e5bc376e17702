//! `db update` against a server that misbehaves, and the proof that nothing else speaks to any.

mod server;

use std::fs;
use std::io::Write;
use std::process::Command;
use std::time::Duration;

use flate2::Compression;
use flate2::write::DeflateEncoder;

use crate::program::{Done, Tree};
use server::{Answer, Server, ok, status};

/// A zip archive of files, packed as OSV's are (APPNOTE.TXT of PKWARE, 4.3).
fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes) in files {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        let packed = encoder.finish().unwrap();
        let offset = archive.len() as u32;
        let mut fields = Vec::new();
        fields.extend([20u16, 0, 8, 0, 0].iter().flat_map(|field| field.to_le_bytes()));
        fields.extend(
            [crc32fast::hash(bytes), packed.len() as u32, bytes.len() as u32]
                .iter()
                .flat_map(|field| field.to_le_bytes()),
        );
        fields.extend([name.len() as u16, 0].iter().flat_map(|field| field.to_le_bytes()));
        archive.extend(b"PK\x03\x04");
        archive.extend(&fields);
        archive.extend(name.as_bytes());
        archive.extend(&packed);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&fields);
        directory.extend([0u8; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let (start, length, count) = (archive.len() as u32, directory.len() as u32, files.len() as u16);
    archive.extend(directory);
    archive.extend(b"PK\x05\x06\0\0\0\0");
    archive.extend([count, count].iter().flat_map(|field| field.to_le_bytes()));
    archive.extend([length, start].iter().flat_map(|field| field.to_le_bytes()));
    archive.extend([0, 0]);
    archive
}

fn record(id: &str, name: &str) -> Vec<u8> {
    format!(r#"{{"id":"{id}","affected":[{{"package":{{"ecosystem":"PyPI","name":"{name}"}},"ranges":[{{"type":"ECOSYSTEM","events":[{{"introduced":"0"}}]}}]}}]}}"#)
        .into_bytes()
}

fn archive(id: &str) -> Vec<u8> {
    zip(&[(&format!("{id}.json"), &record(id, "alpha"))])
}

/// A tree with a requirement that advisories may speak of, and the authority of a server.
fn tree(server: &Server) -> Tree {
    Tree::new(&[("requirements.txt", "alpha==1.0\n"), ("ca.pem", &server.authority)])
}

fn update(tree: &Tree, server: &Server, arguments: &[&str]) -> Done {
    let url = server.url();
    let fixed = [
        "db",
        "update",
        "--db",
        "adv.db",
        "--from",
        &url,
        "--ca-file",
        "ca.pem",
        "--ecosystem",
        "PyPI",
        "--patience",
        "2",
    ];
    let mut command = tree.command(&[&fixed[..], arguments].concat());
    for name in ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        command.env_remove(name);
    }
    Done::from(command.env("XDG_CONFIG_HOME", tree.path().join("none")).output().unwrap())
}

/// The ids of the advisories that a scan finds.
fn ids(tree: &Tree) -> Vec<String> {
    let done = tree.scan(&["--select", "package/vulnerable", "--db", "adv.db", "requirements.txt"]);
    done.stdout
        .lines()
        .map(|line| line.rsplit("(PyPI): ").next().unwrap().split(['.', ':']).next().unwrap().to_owned())
        .collect()
}

fn whole(answer: Vec<u8>) -> Answer {
    Answer::Bytes(answer)
}

#[test]
fn what_is_new_is_fetched_and_what_is_not_is_not() {
    let server = Server::new(vec![whole(ok("ETag: \"one\"\r\n", &archive("OSV-1")))]);
    let tree = tree(&server);
    let done = update(&tree, &server, &[]);
    assert_eq!((done.code, ids(&tree)), (0, vec!["OSV-1".to_owned()]), "{}", done.stderr);
    assert!(done.stderr.contains("note: PyPI: ") && done.stderr.contains("bytes fetched"), "{}", done.stderr);
    assert!(server.asked()[0].starts_with("GET /PyPI/all.zip HTTP/1.1\r\n"));

    // There is no list of what was modified: the archive is asked for by its name.
    server.will(vec![
        whole(status("404 Not Found", "", b"")),
        whole(b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n".to_vec()),
    ]);
    let done = update(&tree, &server, &[]);
    assert_eq!((done.code, ids(&tree)), (0, vec!["OSV-1".to_owned()]), "{}", done.stderr);
    assert!(done.stderr.contains("nothing new"), "{}", done.stderr);
    let asked = server.asked();
    assert!(asked[1].to_lowercase().contains("if-none-match: \"one\""), "{asked:#?}");

    // One record is modified, another one new; the list goes back far enough.
    let list = b"2099-01-02T00:00:00Z,OSV-2\n2099-01-01T00:00:00Z,OSV-1\n2001-01-01T00:00:00Z,OSV-0\n";
    let withdrawn = String::from_utf8(record("OSV-1", "alpha")).unwrap().replacen(
        '{',
        "{\"withdrawn\":\"2099-01-01T00:00:00Z\",",
        1,
    );
    server.will(vec![
        whole(ok("", list)),
        whole(ok("", &record("OSV-2", "alpha"))),
        whole(ok("", withdrawn.as_bytes())),
    ]);
    let done = update(&tree, &server, &[]);
    assert_eq!((done.code, ids(&tree)), (0, vec!["OSV-2".to_owned()]), "{}", done.stderr);
    assert!(done.stderr.contains("2 modified records"), "{}", done.stderr);
    assert!(server.asked()[1].starts_with("GET /PyPI/OSV-2.json "));

    // Nothing since.
    server.will(vec![whole(ok("", list))]);
    assert_eq!((update(&tree, &server, &[]).code, ids(&tree)), (0, vec!["OSV-2".to_owned()]));
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn a_download_that_was_cut_off_goes_on_where_it_was() {
    let body = archive("OSV-1");
    let (first, rest) = body.split_at(60);
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nETag: \"one\"\r\n\r\n", body.len());
    let cut = || [head.as_bytes(), first].concat();
    let range = format!("Content-Range: bytes 60-{}/{}\r\nETag: \"one\"\r\n", body.len() - 1, body.len());
    let server = Server::new(vec![whole(cut()), whole(status("206 Partial Content", &range, rest))]);
    let tree = tree(&server);
    let done = update(&tree, &server, &[]);
    assert_eq!((done.code, ids(&tree)), (0, vec!["OSV-1".to_owned()]), "{}", done.stderr);
    let asked = server.asked()[1].to_lowercase();
    assert!(asked.contains("range: bytes=60-") && asked.contains("if-range: \"one\""), "{asked}");

    // Also in a later run, after silence, and where the server sends all of it anew since it is another one.
    let silent = Server::new(vec![Answer::ThenSilence(cut(), Duration::from_secs(8))]);
    let tree = self::tree(&silent);
    let done = update(&tree, &silent, &["--retries", "0"]);
    assert_eq!(done.code, 2);
    assert!(done.stderr.contains("after 60 bytes") && done.stderr.contains("as they were"), "{}", done.stderr);
    silent.asked();
    silent.will(vec![whole(ok("ETag: \"two\"\r\n", &archive("OSV-2")))]);
    assert_eq!((update(&tree, &silent, &[]).code, ids(&tree)), (0, vec!["OSV-2".to_owned()]));
    assert!(silent.asked()[0].to_lowercase().contains("range: bytes=60-"));
}

#[test]
fn whatever_a_server_does_the_old_advisories_stay() {
    let good = archive("OSV-2");
    let slip = zip(&[("../../../evil.json", b"{\"id\":7}")]);
    let bomb = zip(&[("a.json", &vec![b' '; 40 << 20])]);
    let head = |length: usize| format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n").into_bytes();
    let server = Server::new(vec![whole(ok("ETag: \"one\"\r\n", &archive("OSV-1")))]);
    let tree = tree(&server);
    assert_eq!(update(&tree, &server, &[]).code, 0);
    let before = fs::read(tree.path().join("adv.db")).unwrap();
    let elsewhere = Server::new(vec![]);
    let to = |place: String| status("302 Found", &format!("Location: {place}\r\n"), b"");
    let own = format!("{}/PyPI/all.zip", server.url());
    let many: Vec<Vec<u8>> = (0..6).map(|_| to(own.clone())).collect();
    let other = format!("PyPI={}", "0".repeat(64));
    let hashed = ["--sha256", other.as_str()];
    let cases: Vec<(Vec<Answer>, &[&str], &str)> = vec![
        (vec![whole([head(good.len() + 10), good.clone()].concat())], &["--retries", "0"], "after"),
        (vec![whole(status("500 Internal Server Error", "", b""))], &["--retries", "0"], "500"),
        (vec![whole(status("404 Not Found", "", b""))], &[], "404"),
        (vec![whole(ok("", b"this is no archive"))], &[], "there is no record in this archive"),
        (vec![whole(ok("", &good[..good.len() - 30]))], &[], "PyPI.new.zip"),
        (vec![whole(ok("", &slip))], &[], "there is no record"),
        (vec![whole(ok("", &bomb))], &[], "PyPI.new.zip"),
        (vec![whole(ok("", &good))], &["--max-download", "50"], "larger than 50 bytes"),
        (many.into_iter().map(whole).collect(), &[], "redirect"),
        (vec![whole(to("http://localhost:1/all.zip".to_owned()))], &[], "https"),
        (vec![whole(to(format!("{}/all.zip", elsewhere.url())))], &["--retries", "0"], "certificate"),
        (vec![Answer::Drip(head(good.len()), Duration::from_millis(700))], &["--retries", "0"], "time"),
        (vec![whole(ok("", &good))], &hashed, "SHA-256"),
        (vec![whole(b"not even HTTP\r\n\r\n".to_vec())], &["--retries", "0"], "localhost"),
    ];
    for (number, (answers, arguments, why)) in cases.into_iter().enumerate() {
        // No list of what was modified; hashes are held against whole archives, so that it is not asked for there.
        if !arguments.contains(&"--sha256") {
            server.will(vec![whole(status("404 Not Found", "", b""))]);
        }
        server.will(answers);
        let done = update(&tree, &server, arguments);
        assert_eq!(done.code, 2, "case {number}: {}", done.stdout);
        assert!(done.stderr.contains(why), "case {number} wants {why}: {}", done.stderr);
        assert_eq!(fs::read(tree.path().join("adv.db")).unwrap(), before, "case {number}");
        assert_eq!(ids(&tree), ["OSV-1"], "case {number}");
        server.asked();
    }
    // And then it answers at the third attempt.
    let busy = || whole(status("503 Service Unavailable", "", b""));
    server.will(vec![whole(status("404 Not Found", "", b"")), busy(), busy(), whole(ok("", &good))]);
    assert_eq!((update(&tree, &server, &[]).code, ids(&tree)), (0, vec!["OSV-2".to_owned()]));
}

/// The example in the documentation of `minisign-verify`: a key, and what was signed with it.
const SIGNED: (&str, &[u8]) = ("RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3", b"test");
const SIGNATURE: &str = "untrusted comment: signature from minisign secret key
RUQf6LRCGA9i559r3g7V1qNyJDApGip8MfqcadIgT9CuhV3EMhHoN1mGTkUidF/z7SrlQgXdy8ofjb7bNJJylDOocrCo8KLzZwo=
trusted comment: timestamp:1633700835\tfile:test\tprehashed
wLMDjy9FLAuxZ3q4NlEvkgtyhrr0gtTu6KC4KBJdITbbOeAi1zBIYo0v4iTgt8jJpIidRJnp94ABQkJAgAooBQ==
";

#[test]
fn a_signature_must_fit() {
    let (key, signed) = SIGNED;
    // What was signed is no archive, which is found out only after the signature was found good.
    let server = Server::new(vec![whole(ok("", signed)), whole(ok("", SIGNATURE.as_bytes()))]);
    let tree = tree(&server);
    let done = update(&tree, &server, &["--minisign-key", key]);
    assert!(done.code == 2 && done.stderr.contains("there is no record in this archive"), "{}", done.stderr);
    assert!(server.asked()[1].starts_with("GET /PyPI/all.zip.minisig "));
    for (body, signature, why) in
        [(&archive("OSV-1")[..], SIGNATURE, "does not fit the key"), (signed, "nothing of the kind", "no signature")]
    {
        server.will(vec![whole(ok("", body)), whole(ok("", signature.as_bytes()))]);
        let done = update(&tree, &server, &["--minisign-key", key]);
        assert!(done.code == 2 && done.stderr.contains(why), "{}", done.stderr);
        server.asked();
    }
    server.will(vec![whole(ok("", signed))]);
    let done = update(&tree, &server, &["--minisign-key", key]);
    assert!(done.code == 2 && done.stderr.contains("all.zip.minisig: the server says 404"), "{}", done.stderr);
}

#[test]
fn who_forbids_the_network_is_obeyed() {
    let server = Server::new(vec![]);
    let tree = tree(&server);
    tree.write("policies/policy.toml", "extends = \"moderate\"\nairgapped = true\n");
    let policy = tree.path().join("policies/policy.toml");
    let outside = Tree::new(&[("ca.pem", &server.authority)]);
    for (arguments, who) in [(&["--offline"][..], "--offline"), (&["--policy", policy.to_str().unwrap()], "airgapped")]
    {
        let done = update(&outside, &server, arguments);
        assert!(done.code == 2 && done.stderr.contains(who), "{}", done.stderr);
    }
    let done = Done::from(outside.command(&["db", "update"]).env("PORTCULLIS_OFFLINE", "1").output().unwrap());
    assert!(done.code == 2 && done.stderr.contains("PORTCULLIS_OFFLINE"), "{}", done.stderr);
    let done = outside.run(&["db", "update", "--from", "http://localhost:1"]);
    assert!(done.code == 2 && done.stderr.contains("https alone"), "{}", done.stderr);
    assert!(server.asked().is_empty());
}

/// By strace (a package of Debian): what scans, judges and runs asks the kernel for no socket of the internet.
#[test]
#[cfg(target_os = "linux")]
fn nothing_else_opens_a_socket() {
    let tree = Tree::new(&[
        ("a.py", "import subprocess\nsubprocess.run([\"pip\", \"install\", \"alpha==1.0\"])\n"),
        ("requirements.txt", "alpha==1.0\n"),
        ("ok.py", "print(1)\n"),
    ]);
    tree.write("osv/a.json", &String::from_utf8(record("OSV-1", "alpha")).unwrap());
    assert_eq!(tree.run(&["db", "import", "--db", "adv.db", "osv"]).code, 0);
    for arguments in [
        &["scan", "--db", "adv.db"][..],
        &["gate", "--db", "adv.db", "a.py"],
        &["run", "--policy", "permissive", "--allow-weaker", "namespaces", "ok.py"],
        &["db", "status", "--db", "adv.db"],
    ] {
        let trace = tree.path().join("trace");
        let mut command = Command::new("strace");
        command
            .args(["-f", "-e", "trace=socket,connect,sendto,sendmsg,bind", "-o"])
            .arg(&trace)
            .arg(env!("CARGO_BIN_EXE_portcullis"));
        let Ok(done) = command.args(arguments).current_dir(tree.path()).output() else {
            assert!(std::env::var_os("PORTCULLIS_STRACE").is_none(), "strace is not there");
            println!("skipped: strace is not there");
            return;
        };
        let trace = fs::read_to_string(&trace).unwrap_or_default();
        assert!(trace.contains("+++ exited"), "{arguments:?} was not traced: {}", Done::from(done).stderr);
        // In the network namespace of a cell, which has no way out, one socket switches loopback on; it is never used.
        let is_loopback =
            |line: &str| arguments[0] == "run" && line.contains("socket(AF_INET, SOCK_DGRAM, IPPROTO_IP)");
        let inet: Vec<_> = trace.lines().filter(|line| line.contains("AF_INET") && !is_loopback(line)).collect();
        assert!(inet.is_empty(), "{arguments:?}: {inet:#?}");
    }
}
