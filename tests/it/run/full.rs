//! Disks without room: what was to be written there is told with its path, and nothing is left half-written.

use std::fs;
use std::process::{Command, Stdio};

use super::{PATIENT, Place, says};
use crate::docker;
use crate::program::Done;

/// Mounts a small disk at the first argument, puts there what lies in the second, and leaves about as many
/// blocks free as the third says; then runs the rest, and shows what lies there. The mount is nobody else's, and gone with the last process.
const DRIVER: &str = r#"
mount -t tmpfs -o size=64k none "$1" && cp "$2"/* "$1" || exit 99
dd if=/dev/zero of="$1/filling" bs=4096 count="$((20 - $3))" 2> /dev/null
disk=$1; shift 3
"$@"; code=$?
cd "$disk" && ls -A | grep -v '^filling$' | sort > /dev/fd/3
exit "$code"
"#;

/// What was said, and what lies on the disk afterwards.
fn run(place: &Place, room: u32, arguments: &[&str], temporary: &str) -> Option<(Done, String)> {
    if !rustix::process::geteuid().is_root() {
        println!("not tried: only root can mount a small disk");
        return None;
    }
    let (disk, listed) = (place.home.path().join("disk"), place.home.path().join("listed"));
    fs::create_dir(&disk).unwrap();
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", "exec 3> \"$0\"; driver=$1; shift; exec sh -c \"$driver\" driver \"$@\""]);
    command.arg(&listed).arg(DRIVER).arg(&disk).arg(place.tree.path()).arg(room.to_string());
    command.arg(env!("CARGO_BIN_EXE_portcullis")).arg("run").args(PATIENT).args(arguments);
    command.current_dir(place.home.path()).env("HOME", place.home.path()).env_remove("XDG_STATE_HOME");
    command.env("TMPDIR", temporary);
    let done = Done::from(command.stdin(Stdio::null()).output().unwrap());
    assert_ne!(done.code, 99, "{}", done.stderr);
    Some((done, fs::read_to_string(&listed).unwrap()))
}

#[test]
fn a_workspace_without_room_keeps_what_it_had() {
    let script = "for name, size in ('big', 90000), ('old', 90000), ('small', 5):\n\
                  \x20   with open(name, 'w') as file:\n        file.write('x' * size)\n";
    let place = Place::new(&[("a.py", script), ("old", "as it was")]);
    let asked = ["--policy", "permissive", "--workspace", "write", "--workspace-root", "disk", "disk/a.py"];
    let Some((done, listed)) = run(&place, 8, &asked, "/tmp") else { return };
    let why = "not copied out: it cannot be written: No space left on device";
    says(&done, 125, &["made    big (90000 bytes)", "written old (90000 bytes)", why, "made    small (5 bytes)\n"]);
    assert!(done.stderr.contains("2 of the changes could not be copied out to /"), "{}", done.stderr);
    assert_eq!(listed, "a.py\nold\nsmall\n");
}

#[test]
fn a_log_without_room_lets_nothing_run() {
    let place = Place::new(&[("a.py", "print('ran')\n")]);
    let Some((done, _)) = run(&place, 0, &["--audit-log", "disk/audit.jsonl", "disk/a.py"], "/tmp") else { return };
    says(&done, 125, &["the policy demands a record in the audit log", "audit.jsonl: No space left on device"]);
    assert_eq!(done.stdout, "");
}

#[test]
fn an_account_without_room_is_told_by_its_path_and_leaves_no_half() {
    let place = Place::new(&[("a.py", "print('ran')\n")]);
    let Some((done, listed)) = run(&place, 0, &["--account", "disk/account.json", "disk/a.py"], "/tmp") else { return };
    says(&done, 125, &["could not be written: disk/account.json: No space left on device"]);
    assert_eq!((done.stdout.as_str(), listed.as_str()), ("ran\n", "a.py\n"));
}

#[test]
fn a_folder_for_temporary_files_without_room_is_told() {
    if !docker::engine() {
        return;
    }
    let place = Place::new(&[("a.py", "with open('made', 'w') as file:\n    file.write('x' * 90000)\n")]);
    let policy = place.policy("extends = \"permissive\"\n");
    let absent = ["user-namespace", "time-namespace", "landlock"].map(|layer| format!("--allow-weaker={layer}"));
    let mut asked = vec!["--policy", &policy, "--backend", "docker", "--image", docker::IMAGE];
    asked.extend(absent.iter().map(String::as_str));
    asked.extend(["--workspace", "scratch", "--workspace-root", "disk", "disk/a.py"]);
    let Some((done, _)) = run(&place, 0, &asked, "disk") else { return };
    says(&done, 125, &["disk", "No space left on device", "TMPDIR may name another folder"]);
}
