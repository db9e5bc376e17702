//! What comes out of archives, and what is told of those that mean harm.

#![expect(clippy::unwrap_used)]

use std::io::Write;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};

use super::*;

fn number(value: usize, length: usize) -> Vec<u8> {
    value.to_le_bytes()[..length].to_vec()
}

/// A zip of files, packed in some way: 0 or 8, or one that only says so.
fn zip(files: &[(&str, &[u8], usize)]) -> Vec<u8> {
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes, method) in files {
        let packed = match method {
            8 => {
                let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
                encoder.write_all(bytes).unwrap();
                encoder.finish().unwrap()
            }
            _ => bytes.to_vec(),
        };
        let sizes = [number(packed.len(), 4), number(bytes.len(), 4)].concat();
        let checksum = number(crc32fast::hash(bytes) as usize, 4);
        // Version, flags, method, time and date.
        let common =
            [&[20, 0, 0, 0], &number(*method, 2)[..], &[0; 4], &checksum, &sizes, &number(name.len(), 2)].concat();
        let local = number(archive.len(), 4);
        archive.extend([b"PK\x03\x04", &common[..], &[0; 2], name.as_bytes(), &packed].concat());
        directory.extend([b"PK\x01\x02\x14\0", &common[..], &[0; 12], &local, name.as_bytes()].concat());
    }
    let count = number(files.len(), 2);
    let place = [number(directory.len(), 4), number(archive.len(), 4)].concat();
    archive.extend_from_slice(&directory);
    archive.extend([b"PK\x05\x06", &[0; 4][..], &count, &count, &place, &[0; 2]].concat());
    archive
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn tarball(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        builder.append_data(&mut header, name, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

fn all(name: &str, bytes: &[u8], limits: &Limits) -> Vec<Member> {
    let mut found = Vec::new();
    members(name, bytes, limits, |member| found.push(member));
    found
}

/// What is said of a member for which there are no bytes.
fn why_of(member: &Member) -> &str {
    match member.bytes.as_ref().unwrap_err() {
        Unread::Because(why) => why,
        Unread::Large(_) => "too large",
    }
}

fn texts(name: &str, bytes: &[u8]) -> Vec<(String, String)> {
    let shown = |member: &Member| match &member.bytes {
        Ok(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Err(_) => why_of(member).to_owned(),
    };
    all(name, bytes, &Limits::default()).iter().map(|member| (member.path.clone(), shown(member))).collect()
}

fn pair(path: &str, text: &str) -> (String, String) {
    (path.to_owned(), text.to_owned())
}

/// `hello` and a line end, by bzip2.
const HELLO_BZIP2: &[u8] = &[
    66, 90, 104, 57, 49, 65, 89, 38, 83, 89, 193, 192, 128, 226, 0, 0, 1, 65, 0, 0, 16, 2, 68, 160, 0, 48, 205, 0, 195,
    70, 41, 151, 23, 114, 69, 56, 80, 144, 193, 192, 128, 226,
];

#[test]
fn every_kind_is_read() {
    let files = zip(&[("a.txt", b"one", 0), ("dir/", b"", 0), ("dir/b.txt", b"two two two two", 8)]);
    let expected = |outer: &str| {
        [pair(&format!("{outer}!/a.txt"), "one"), pair(&format!("{outer}!/dir/b.txt"), "two two two two")]
    };
    assert_eq!(texts("x.jar", &files), expected("x.jar"));
    let behind = [b"#!/bin/sh\nexec me\n", &files[..]].concat();
    let mut found = Vec::new();
    let visit = Visit {
        limits: &Limits::default(),
        bytes: Cell::new(1 << 20),
        members: Cell::new(9),
        is_over: Cell::new(false),
    };
    zip::members(&visit, "self.run", &behind, 1, &mut |member| found.push(member.path));
    assert_eq!(found, ["self.run!/a.txt", "self.run!/dir/b.txt"], "behind a program");

    let long = format!("{}/c.txt", "d".repeat(200));
    let tar = tarball(&[("./a.txt", b"one"), (&long, b"two")]);
    let expected = |outer: &str| [pair(&format!("{outer}!/a.txt"), "one"), pair(&format!("{outer}!/{long}"), "two")];
    assert_eq!(texts("x.tar", &tar), expected("x.tar"));
    assert_eq!(texts("x.tgz", &gzip(&tar)), expected("x.tgz"));
    assert_eq!(texts("logs/x.log.gz", &gzip(b"line")), [pair("logs/x.log.gz!/x.log", "line")]);
    assert_eq!(texts("x.bz2", HELLO_BZIP2), [pair("x.bz2!/x", "hello\n")]);
}

#[test]
fn what_is_no_archive_has_no_members() {
    for bytes in [&b""[..], b"PK", b"hello", b"BZh is no archive", b"\x1f\x8b"] {
        assert!(!is_archive(bytes) && texts("x", bytes).is_empty(), "{bytes:?}");
    }
    for (bytes, what) in [(&b"\xfd7zXZ\0"[..], "xz"), (b"7z\xbc\xaf\x27\x1c", "7z"), (b"Rar!\x1a\x07\x01", "rar")] {
        let why = format!("{what} is not read: unpack it, and scan what is in it");
        assert_eq!(texts("x", bytes), [pair("x", &why)]);
    }
}

#[test]
fn archives_in_archives_are_read_to_a_depth() {
    let inner = zip(&[("a.txt", b"one", 8)]);
    let middle = gzip(&tarball(&[("inner.zip", &inner), ("b.txt", b"two")]));
    assert_eq!(texts("m.tgz", &middle), [pair("m.tgz!/inner.zip!/a.txt", "one"), pair("m.tgz!/b.txt", "two")]);
    let outer = zip(&[("m.tgz", &middle, 0), ("c.txt", b"three", 0)]);
    assert_eq!(
        texts("o.zip", &outer),
        [
            pair(
                "o.zip!/m.tgz!/inner.zip",
                "archives lie too deep in each other: unpack the outer one, and scan what was in it"
            ),
            pair("o.zip!/m.tgz!/b.txt", "two"),
            pair("o.zip!/c.txt", "three"),
        ]
    );
}

#[test]
fn what_is_not_read_is_told() {
    let mut odd = zip(&[("a.txt", b"one", 0), ("b.txt", b"two", 14), ("c.txt", b"three", 0)]);
    // The flags of the first entry in the directory say that it is encrypted.
    let directory = memchr::memmem::find(&odd, b"PK\x01\x02").unwrap();
    odd[directory + 8] = 1;
    assert_eq!(
        texts("x.zip", &odd),
        [
            pair("x.zip!/a.txt", "it cannot be unpacked: it is encrypted"),
            pair("x.zip!/b.txt", "it cannot be unpacked: its way of packing, number 14, is not known here"),
            pair("x.zip!/c.txt", "three"),
        ]
    );
    let large = zip(&[("a.txt", &[b'a'; 101], 8), ("b.txt", &[b'b'; 100], 8)]);
    let found = all("x.zip", &large, &Limits { member: 100, ..Limits::default() });
    assert_eq!(found[0].bytes, Err(Unread::Large(vec![b'a'; 101])));
    assert_eq!(found[1].bytes, Ok(vec![b'b'; 100]));
}

#[test]
fn bombs_end_early_and_are_told() {
    let zeros = vec![0; 3 << 20];
    let bomb = zip(&[("a", &zeros, 8), ("b", &zeros, 8), ("c", &zeros, 8), ("d", &zeros, 8)]);
    let why = "it unpacks to more than an honest archive of its size would: what follows in it was not read";
    for (name, bytes) in [
        ("x.zip", bomb.clone()),
        ("x.tgz", gzip(&tarball(&[("a", &zeros), ("b", &zeros), ("c", b"")]))),
        ("x.gz", gzip(&zeros)),
    ] {
        let found = all(name, &bytes, &Limits { ratio: 10, ..Limits::default() });
        let last = found.last().unwrap();
        assert_eq!((&*last.path, why_of(last)), (name, why));
        assert_eq!(found.iter().filter(|member| member.bytes.is_err()).count(), 1, "{name}");
    }
    let nested = zip(&[("in.zip", &bomb, 0), ("after", b"x", 0)]);
    let found = all("o.zip", &nested, &Limits { ratio: 10, ..Limits::default() });
    assert_eq!(found.iter().map(|member| &*member.path).collect::<Vec<_>>(), ["o.zip!/in.zip"]);
    let many: Vec<(String, &[u8], usize)> = (0..50).map(|at| (format!("f{at}"), &b"x"[..], 0)).collect();
    let many: Vec<_> = many.iter().map(|(name, bytes, method)| (name.as_str(), *bytes, *method)).collect();
    let found = all("x.zip", &zip(&many), &Limits { members: 20, ..Limits::default() });
    assert_eq!(found.len(), 21);
    assert_eq!(
        found[20].bytes,
        Err(Unread::Because("it has more than 20 members: what follows in it was not read".to_owned()))
    );
}

#[test]
fn damaged_archives_hang_nothing_and_are_told() {
    let archives = [
        zip(&[("a.txt", b"one one one one", 8), ("b.txt", b"two", 0)]),
        gzip(&tarball(&[("a.txt", b"one"), ("b.txt", b"two")])),
        tarball(&[("a.txt", b"one"), ("b.txt", b"two")])[..1536].to_vec(),
        HELLO_BZIP2.to_vec(),
    ];
    for bytes in &archives {
        let whole = all("x", bytes, &Limits::default());
        assert!(whole.iter().any(|member| member.bytes.is_ok()));
        for cut in 0..bytes.len() {
            let found = all("x", &bytes[..cut], &Limits::default());
            // A tar archive may end after any of its members, and of some bytes nobody can tell what they were.
            let is_told = found.iter().any(|member| member.bytes.is_err());
            assert!(is_told || whole.starts_with(&found), "{cut}: {found:?}");
        }
        for at in 0..bytes.len() {
            for change in [1, 0x80, 0xFF] {
                let mut bytes = bytes.clone();
                bytes[at] ^= change;
                assert!(all("x", &bytes, &Limits::default()).len() <= 4, "{at}");
            }
        }
    }
    let cut = &archives[0][..archives[0].len() - 10];
    let why = "it is no whole zip archive (it has no directory): what follows in it was not read";
    assert_eq!(texts("x.zip", cut), [pair("x.zip", why)]);
    let cut = &archives[1][..archives[1].len() / 2];
    assert!(all("x.tgz", cut, &Limits::default()).last().unwrap().bytes.is_err());
}
