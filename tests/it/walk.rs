//! Which files a scan reads, and what it says about those it cannot read.
//!
//! With a size cap of zero, every file that holds anything is reported by its path: that shows what was walked.

use std::fs;

use crate::program::Tree;

const CODE: &str = "x = 1\n";

/// What a scan reads, given the arguments.
fn walked(tree: &Tree, arguments: &[&str]) -> Vec<String> {
    let done = tree.scan(&[&["--max-size", "0"], arguments].concat());
    assert!(done.code < 2, "{}", done.stderr);
    done.unread().into_iter().map(str::to_owned).collect()
}

#[test]
fn sources_are_told_by_name_or_first_line_and_sorted() {
    let tree = Tree::new(&[
        ("b.py", CODE),
        ("a/z.pyi", CODE),
        ("a/tool", "#!/usr/bin/env python3\n"),
        ("a/script", "#!/bin/sh\n"),
        ("a/notes.txt", "text"),
        ("a/book.ipynb", "{}"),
        ("a/paths.pth", "/lib\n"),
        ("a/weights.pth", "\0\0"),
        ("a/runner", "#!/usr/bin/env -S uv run --script\n"),
        ("é ü.py", CODE),
    ]);
    assert_eq!(walked(&tree, &[]), ["a/book.ipynb", "a/paths.pth", "a/runner", "a/tool", "a/z.pyi", "b.py", "é ü.py"]);
    assert_eq!(walked(&tree, &["a", ".", "./a/z.pyi", "b.py"]), walked(&tree, &[]), "overlapping roots count once");
    let absolute = tree.path().join("a");
    assert_eq!(
        walked(&tree, &[absolute.to_str().unwrap()]),
        ["a/book.ipynb", "a/paths.pth", "a/runner", "a/tool", "a/z.pyi"]
    );
}

#[test]
fn ignore_files_hidden_files_and_patterns() {
    let tree = Tree::new(&[
        (".gitignore", "build/\n"),
        (".portcullisignore", "vendored.py\n"),
        (".hidden/a.py", CODE),
        (".git/hooks/b.py", CODE),
        (".venv/f.py", CODE),
        ("build/c.py", CODE),
        ("src/vendored.py", CODE),
        ("src/d.py", CODE),
        ("src/tests/e.py", CODE),
    ]);
    let a = ".hidden/a.py";
    assert_eq!(walked(&tree, &[]), [a, "src/d.py", "src/tests/e.py"]);
    assert_eq!(walked(&tree, &["--hidden"]), [a, ".venv/f.py", "src/d.py", "src/tests/e.py"]);
    assert_eq!(walked(&tree, &["--exclude", "tests"]), [a, "src/d.py"]);
    assert_eq!(walked(&tree, &["--exclude", "/tests", "--exclude", "src/d*"]), [a, "src/tests/e.py"]);
    assert_eq!(walked(&tree, &["--no-ignore"]), [a, "build/c.py", "src/d.py", "src/tests/e.py", "src/vendored.py"]);
    assert_eq!(walked(&tree, &["--no-ignore", "--hidden"])[0], ".git/hooks/b.py");
}

#[test]
fn named_files_are_read_whatever_ignores_them_unless_exclusion_is_forced() {
    let tree = Tree::new(&[
        (".gitignore", "build/\n"),
        ("build/gen/a.py", CODE),
        ("src/b.py", CODE),
        ("src/c.py", CODE),
        (".hidden/d.py", CODE),
        ("src/notes.txt", "text"),
    ]);
    let named = ["--exclude", "c.py", "build/gen/a.py", "src/b.py", "src/c.py", ".hidden/d.py"];
    assert_eq!(walked(&tree, &named), [".hidden/d.py", "build/gen/a.py", "src/b.py", "src/c.py"]);
    assert_eq!(walked(&tree, &[&["--force-exclude"][..], &named].concat()), [".hidden/d.py", "src/b.py"]);

    let done = tree.scan(&["--select", "python", "src/notes.txt"]);
    assert_eq!((done.code, &*done.stdout), (0, ""));
    assert!(done.stderr.contains("`src/notes.txt` was left out"), "{}", done.stderr);
}

#[test]
fn paths_come_from_lists() {
    let tree = Tree::new(&[("a.py", CODE), ("b c.py", CODE), ("list", "a.py\r\n\nb c.py\ngone.py\n")]);
    assert_eq!(walked(&tree, &["--files-from", "list"]), ["a.py", "b c.py", "gone.py"]);

    let arguments = ["scan", "--output-format", "concise", "--max-size", "0", "--files-from", "-"];
    let done = tree.run_with_input(&[&arguments[..], &["-0"]].concat(), b"b c.py\0a.py\0");
    assert_eq!(done.unread(), ["a.py", "b c.py"]);
    let done = tree.run_with_input(&arguments, b"");
    assert_eq!((done.code, done.unread().len()), (0, 0), "an empty list is not the working directory");

    let done = tree.scan(&["--files-from", "-", "-"]);
    assert_eq!(done.code, 2);
    let done = tree.scan(&["--files-from", "nolist"]);
    assert_eq!(done.code, 2);
    assert!(done.stderr.contains("nolist"), "{}", done.stderr);
}

#[test]
fn standard_input_goes_by_the_name_it_is_given() {
    let tree = Tree::new(&[]);
    let scan = ["scan", "--output-format", "concise", "--max-size", "3"];
    let with = |more: &[&str]| tree.run_with_input(&[&scan[..], more].concat(), b"x = 1\n");
    assert_eq!(with(&["-"]).unread(), ["<stdin>"]);
    assert_eq!(with(&["-", "--stdin-filename", "src/a.py"]).unread(), ["src/a.py"]);
    let done = with(&["-", "--stdin-filename", "src/a.py", "--force-exclude", "--exclude", "src"]);
    assert_eq!((done.code, done.unread().len()), (0, 0));
}

#[test]
fn missing_paths_end_the_scan() {
    let tree = Tree::new(&[("a.py", CODE)]);
    let done = tree.scan(&["a.py", "b.py", "c"]);
    assert_eq!((done.code, &*done.stdout), (2, ""));
    assert_eq!(done.stderr, "error: there is no file or folder `b.py`, `c`\n");
}

#[test]
fn a_file_over_the_cap_is_reported_and_the_others_are_scanned() {
    let tree = Tree::new(&[("big.py", "x = 1\ny = 2\n"), ("small.py", CODE)]);
    let done = tree.scan(&["--max-size", "6"]);
    assert_eq!((done.code, done.unread()), (1, vec!["big.py"]));
    assert!(done.stdout.contains("size cap of 6 bytes"), "{}", done.stdout);
    assert_eq!(tree.scan(&["--max-size", "12"]).code, 0);
    assert_eq!(tree.scan(&["--max-size", "12 parsecs"]).code, 2);
}

#[cfg(unix)]
mod unix {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::os::unix::net::UnixListener;
    use std::process::Command;

    use super::*;

    #[test]
    fn links_are_not_followed_and_those_that_hide_something_are_reported() {
        let outside = Tree::new(&[("secret.py", CODE)]);
        let tree = Tree::new(&[("src/a.py", CODE), ("lib/b.py", CODE)]);
        let link = |target: &str, name: &str| symlink(target, tree.path().join(name)).unwrap();
        link("a.py", "src/inside.py");
        link("../lib", "src/inside");
        link("..", "src/loop");
        link("round.py", "src/round.py");
        link("nowhere", "src/dangling.py");
        link("nowhere", "src/dangling.txt");
        link(outside.path().to_str().unwrap(), "src/outside");
        link(outside.path().join("secret.py").to_str().unwrap(), "src/outside.py");
        let done = tree.scan(&[]);
        let told = ["src/dangling.py", "src/loop", "src/outside", "src/outside.py", "src/round.py"];
        assert_eq!(done.unread(), told);
        assert_eq!(walked(&tree, &[]), [&["lib/b.py", "src/a.py"], &told[..]].concat());
        // Of one folder alone, the other is outside.
        assert!(tree.scan(&["src"]).unread().contains(&"src/inside"));
    }

    #[test]
    fn a_link_that_is_named_is_read_through() {
        let tree = Tree::new(&[("real/a.py", CODE)]);
        symlink("real", tree.path().join("folder")).unwrap();
        symlink("real/a.py", tree.path().join("file.py")).unwrap();
        assert_eq!(walked(&tree, &["folder", "file.py"]), ["file.py", "folder/a.py"]);
        assert_eq!(tree.scan(&["folder", "file.py"]).code, 0);
    }

    #[test]
    fn pipes_sockets_and_folders_in_place_of_files_hang_nothing() {
        let tree = Tree::new(&[("a.py", CODE), ("folder.py/inner.py", CODE)]);
        let pipe = tree.path().join("pipe.py");
        assert!(Command::new("mkfifo").arg(&pipe).arg(tree.path().join("pipe")).status().unwrap().success());
        let _socket = UnixListener::bind(tree.path().join("socket.py")).unwrap();
        let done = tree.scan(&[]);
        assert_eq!((done.code, done.unread()), (1, vec!["pipe.py", "socket.py"]));
        assert!(done.stdout.contains("a pipe, not a regular file"), "{}", done.stdout);
        assert_eq!(tree.scan(&["pipe.py", "pipe"]).unread(), ["pipe", "pipe.py"], "also where they are named");
        assert_eq!(tree.scan(&["/dev/null"]).code, 1, "nor is a device read");
        assert_eq!(walked(&tree, &["folder.py"]), ["folder.py/inner.py"]);
    }

    #[test]
    fn what_may_not_be_read_is_reported() {
        let tree = Tree::new(&[("a.py", CODE), ("locked.py", CODE), ("shut/b.py", CODE)]);
        let chmod = |path: &str, mode| {
            fs::set_permissions(tree.path().join(path), fs::Permissions::from_mode(mode)).unwrap();
        };
        chmod("locked.py", 0o000);
        chmod("shut", 0o000);
        let is_root = fs::read(tree.path().join("locked.py")).is_ok();
        let done = tree.scan(&[]);
        chmod("shut", 0o700);
        if !is_root {
            assert_eq!((done.code, done.unread()), (1, vec!["locked.py", "shut"]));
            assert!(done.stdout.contains("permission denied"), "{}", done.stdout);
        }
    }

    #[test]
    fn names_that_are_no_text_stay_distinct() {
        let tree = Tree::new(&[]);
        for name in [&b"\xff.py"[..], b"\xfe.py"] {
            fs::write(tree.path().join(std::ffi::OsStr::from_bytes(name)), CODE).unwrap();
        }
        assert_eq!(walked(&tree, &[]).len(), 2);
    }
}

#[test]
fn broken_ignore_files_are_told() {
    let tree = Tree::new(&[("a.py", CODE), (".portcullisignore", "[z-a]\n")]);
    let done = tree.scan(&[]);
    assert_eq!(done.code, 0);
    assert!(done.stderr.contains("an ignore file was not read whole"), "{}", done.stderr);
}
