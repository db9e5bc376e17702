//! Files that are no files, that change while they are read, or whose names lie.

#![expect(clippy::print_stdout, reason = "what a scan costs is told to people")]

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::{IS_FOUND, ORDINARY, Watched, assert_survived, watched};
use crate::program::{Done, Tree};

fn is_reported(done: &Done, path: &str, rule: &str) {
    assert!(done.findings().contains(&(path, rule)), "{path} {rule}: {}", done.stdout);
}

#[test]
fn one_line_beyond_the_size_cap() {
    let tree = Tree::new(&[ORDINARY]);
    tree.write("line.py", &format!("x = '{}'\n", "a".repeat(50_000_000)));
    let Watched { done, memory, .. } = watched(&tree, &[]);
    assert_survived(&done);
    is_reported(&done, "line.py", "any/unread");
    is_reported(&done, IS_FOUND.0, IS_FOUND.1);
    assert!(memory < 100 << 20, "it is not even loaded: {} MiB", memory >> 20);

    let Watched { done, memory, time } = watched(&tree, &["--max-size", "64M"]);
    println!("50 MB on a line: {time:.1?}, {} MiB", memory >> 20);
    assert_survived(&done);
    is_reported(&done, IS_FOUND.0, IS_FOUND.1);
    assert!(memory < 1 << 30, "{} MiB", memory >> 20);
}

#[test]
fn bytes_that_are_no_text() {
    let tree = Tree::new(&[ORDINARY, ("empty.py", "")]);
    let utf16: Vec<u8> = "\u{feff}import os\nos.system(x)\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let dangerous = "import os\ros.system(x)\r";
    for (name, bytes) in [
        ("noise.py", (0..200_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect()),
        ("invalid.py", b"import os\n# \xff\xfe\nos.system(x)\n".to_vec()),
        ("utf16.py", utf16),
        ("cr.py", dangerous.as_bytes().to_vec()),
        ("nul.py", b"import os\n\0\nos.system(x)\n".to_vec()),
    ] {
        fs::write(tree.path().join(name), bytes).unwrap();
    }
    let done = watched(&tree, &[]).done;
    assert_survived(&done);
    for name in ["noise.py", "invalid.py", "utf16.py", "nul.py"] {
        assert!(
            done.findings().iter().any(|(path, rule)| *path == name && *rule != "python/os-system"),
            "{name}: {}",
            done.stdout
        );
    }
    for name in ["invalid.py", "utf16.py", "cr.py", "nul.py", "ordinary.py"] {
        is_reported(&done, name, "python/os-system");
    }
}

#[cfg(unix)]
#[test]
fn what_is_no_regular_file() {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    let tree = Tree::new(&[ORDINARY, ("a/b/c.py", "x = 1\n")]);
    let at = |name: &str| tree.path().join(name);
    assert!(std::process::Command::new("mkfifo").arg(at("pipe.py")).status().unwrap().success());
    let _socket = UnixListener::bind(at("socket.py")).unwrap();
    symlink("/dev/zero", at("zero.py")).unwrap();
    symlink("..", at("a/b/loop")).unwrap();
    symlink("self.py", at("self.py")).unwrap();
    let done = watched(&tree, &[]).done;
    assert_survived(&done);
    for name in ["pipe.py", "socket.py", "zero.py", "self.py", "a/b/loop"] {
        is_reported(&done, name, "any/unread");
    }
    is_reported(&done, IS_FOUND.0, IS_FOUND.1);
}

#[cfg(unix)]
#[test]
fn names_of_files_cannot_forge_lines_of_a_report() {
    use std::os::unix::ffi::OsStrExt;

    let tree = Tree::new(&[]);
    for name in [&b"a\nfake.py:1:1: eval x.py"[..], b"\x1b[2Jb.py", b"c\xff.py", b"d\r.py"] {
        fs::write(tree.path().join(std::ffi::OsStr::from_bytes(name)), "eval(x)\n").unwrap();
    }
    for format in ["concise", "text", "github", "json", "jsonl", "sarif"] {
        let done = tree.run(&["scan", "--output-format", format]);
        assert_eq!(done.code, 1, "{}", done.stderr);
        assert!(!done.stdout.lines().any(|line| line.starts_with("fake.py")), "{format}: {}", done.stdout);
        assert!(!done.stdout.contains(['\x1b', '\r']), "{format}: {:?}", done.stdout);
    }
    assert_eq!(tree.scan(&[]).stdout.lines().count(), 4);
}

/// A thread swaps what stands under a name for other things while scans run: whatever a scan meets, it ends well.
#[cfg(unix)]
#[test]
fn files_that_change_while_they_are_read() {
    let tree = Tree::new(&[ORDINARY]);
    let (path, pipe) = (tree.path().join("changing.py"), tree.path().join(".git/pipe"));
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                let _ = fs::write(&path, "x = 1\n".repeat(10_000));
                let _ = fs::OpenOptions::new().append(true).open(&path).and_then(|file| file.set_len(5_000_000));
                let _ = fs::remove_file(&path);
                let _ = fs::hard_link(&pipe, &path);
                let _ = fs::remove_file(&path);
                let _ = std::os::unix::fs::symlink("/dev/zero", &path);
                let _ = fs::remove_file(&path);
                let _ = fs::create_dir(&path);
                let _ = fs::remove_dir(&path);
            }
        });
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(3) {
            for arguments in [&[][..], &["--files-from", ".git/list"]] {
                fs::write(tree.path().join(".git/list"), "changing.py\nordinary.py\n").unwrap();
                let Watched { done, memory, .. } = watched(&tree, arguments);
                assert_survived(&done);
                is_reported(&done, IS_FOUND.0, IS_FOUND.1);
                assert!(memory < 200 << 20, "{} MiB", memory >> 20);
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
}
