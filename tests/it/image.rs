//! `portcullis image build` of a given root. The image of installed packages is what the tests of containers run in.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;

use crate::program::Tree;

/// The archive that an image is made of, as a list.
fn listed(bytes: &[u8]) -> Vec<(String, u32)> {
    let mut archive = tar::Archive::new(bytes);
    let entries = archive.entries().unwrap().map(|entry| entry.unwrap());
    entries
        .map(|entry| (entry.path().unwrap().to_string_lossy().into_owned(), entry.header().mode().unwrap()))
        .collect()
}

#[test]
fn an_archive_of_a_root_is_the_same_bytes_each_time() {
    let tree = Tree::new(&[("root/usr/bin/tool", "x"), ("root/etc/passwd", "mine\n")]);
    let mode = fs::Permissions::from_mode(0o4755);
    fs::set_permissions(tree.path().join("root/usr/bin/tool"), mode).unwrap();
    symlink("../etc/passwd", tree.path().join("root/usr/link")).unwrap();
    let made = ["one.tar", "two.tar"].map(|name| {
        let done = tree.run(&["image", "build", "--root", "root", "--archive", name]);
        assert_eq!((done.code, &*done.stderr), (0, ""));
        fs::read(tree.path().join(name)).unwrap()
    });
    assert!(made[0] == made[1]);
    let entries = listed(&made[0]);
    let mode = |path: &str| entries.iter().find(|(name, _)| name.trim_end_matches('/') == path).map(|(_, mode)| *mode);
    // Nothing keeps its set-user-id bit.
    assert_eq!((mode("usr/bin/tool"), mode("usr/link"), mode("bin")), (Some(0o755), Some(0o777), Some(0o777)));
    assert_eq!((mode("workspace"), mode("etc/group")), (Some(0o755), Some(0o644)));
    let again = tree.run(&["image", "build", "--root", "root", "--archive", "one.tar"]);
    assert_eq!(again.code, 2, "a file that is there is not written over");
    let laid = tree.run(&["image", "build", "--root", "root", "--to", "laid"]);
    assert_eq!((laid.code, tree.read("laid/etc/passwd").as_str()), (0, "mine\n"), "{}", laid.stderr);
    let again = tree.run(&["image", "build", "--root", "root", "--to", "laid"]);
    assert!(again.code == 2 && again.stderr.contains("it is not empty"), "{}", again.stderr);
}

#[test]
fn a_root_that_is_none_is_told() {
    let tree = Tree::new(&[("root/a", "x")]);
    let told = |arguments: &[&str]| {
        let done = tree.run(&[&["image", "build"], arguments].concat());
        assert_eq!((done.code, &*done.stdout), (2, ""));
        done.stderr
    };
    assert!(told(&["--root", "absent"]).contains("absent: No such file"));
    assert!(told(&["--root", "root"]).contains("`--tag NAME`"));
    assert!(told(&["--root", "root", "--tag", "--privileged"]).contains("--privileged"));
    let _socket = UnixListener::bind(tree.path().join("root/socket")).unwrap();
    assert!(told(&["--root", "root", "--archive", "a.tar"]).contains("root/socket: a device, pipe or socket"));
    assert!(!tree.path().join("a.tar").exists());
}
