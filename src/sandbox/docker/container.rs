//! What the engine is told to make: two containers for a job. The *keeper* holds the memory file systems, in which nothing of
//! the job runs; the *script* is what the job is about, and sees what the keeper holds. So the files can be laid before the
//! script starts, and be read after its last process is gone.

use std::ffi::{OsStr, OsString};

use super::Choice;
use super::label::Label;
use crate::cell::{Cell, Workspace};
use crate::sandbox::{Ground, Job, Refused, Stdin};

/// The nobody of every system, and one besides who may not touch what that one has.
const NOBODY: u32 = 65534;
const KEEPER: u32 = 65533;
/// Room for a script that stands alone.
const SCRIPT_BYTES: u64 = 8 << 20;
/// What memory is given out in, at most.
const PAGE: u64 = 64 << 10;
/// Says that the file systems are there, and keeps them until its input ends: with us, however we end.
const KEEP: &str = "import sys; sys.stdout.write('ready'); sys.stdout.flush(); sys.stdin.buffer.read()";
/// The engine's own program writes these into every container where its configuration names a proxy, with the password.
const PROXIES: [&str; 5] = ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"];
/// An address for documentation (RFC 5737): else the engine copies the name servers of the host.
const NO_NAME_SERVER: &str = "192.0.2.1";

/// The owner of what is laid into the workspace.
pub(super) fn owner(workspace: Workspace) -> u32 {
    match workspace {
        Workspace::Scratch | Workspace::Write => NOBODY,
        Workspace::None | Workspace::Read => 0,
    }
}

/// What both containers have in common: nothing but what a job needs.
fn confined(choice: &Choice, label: &Label, profile: &OsStr, user: u32) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = Vec::new();
    let mut add = |words: &[&str]| arguments.extend(words.iter().map(OsString::from));
    add(&[
        "create",
        "--pull",
        "never",
        "--network",
        "none",
        "--dns",
        NO_NAME_SERVER,
        "--ipc",
        "none",
        "--cgroupns",
        "private",
    ]);
    add(&["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--log-driver", "none"]);
    add(&["--restart", "no", "--hostname", "cell", "--user", &format!("{user}:{user}")]);
    for (name, value) in label.pairs() {
        add(&["--label", &format!("{name}={value}")]);
    }
    for name in PROXIES {
        add(&["--env", name, "--env", &name.to_lowercase()]);
    }
    if let Some(runtime) = &choice.runtime {
        add(&["--runtime", runtime]);
    }
    let mut seccomp = OsString::from("seccomp=");
    seccomp.push(profile);
    arguments.extend([OsString::from("--security-opt"), seccomp]);
    arguments
}

/// The memory file system at a place, which the engine makes with the first container and drops with the last.
fn volume(place: &str, size: u64, inodes: u64, owner: u32) -> [OsString; 2] {
    let options = format!("size={size},nr_inodes={inodes},uid={owner},gid={owner},mode=0755,nosuid,nodev");
    let mount =
        format!("type=volume,dst={place},volume-opt=type=tmpfs,volume-opt=device=tmpfs,\"volume-opt=o={options}\"");
    ["--mount".into(), mount.into()]
}

pub(super) fn keeper(
    ground: &Ground,
    job: &Job,
    choice: &Choice,
    label: &Label,
    profile: &OsStr,
    image: &str,
) -> Vec<OsString> {
    let limits = &ground.cell.limits;
    let mut arguments = confined(choice, label, profile, KEEPER);
    let mut add = |words: &[&str]| arguments.extend(words.iter().map(OsString::from));
    add(&["--interactive", "--memory", "64m", "--memory-swap", "64m", "--pids-limit", "8", "--workdir", "/"]);
    add(&["--entrypoint", ""]);
    // The root of a file system is one of its files.
    arguments.extend(volume(
        "/workspace",
        limits.workspace(),
        limits.workspace_files + 1,
        owner(ground.cell.workspace),
    ));
    arguments.extend(volume("/script", SCRIPT_BYTES, 8, 0));
    if !job.inputs.is_empty() {
        let pages: u64 = job.inputs.iter().map(|file| (file.bytes.len() as u64).div_ceil(PAGE)).sum();
        // A file may need a folder for each part of its path.
        let parts: usize = job.inputs.iter().map(|file| file.path.components().count()).sum();
        arguments.extend(volume("/input", (pages + 1) * PAGE, parts as u64 + 1, 0));
    }
    arguments.push(image.into());
    arguments.extend(job.interpreter.first().cloned());
    arguments.extend(["-I", "-S", "-c", KEEP].map(OsString::from));
    arguments
}

/// `unset` are names that the image sets and the job does not; `environment` is a file of the others.
pub(super) fn script(ground: &Ground, job: &Job, choice: &Choice, label: &Label, made: &Made<'_>) -> Vec<OsString> {
    let limits = &ground.cell.limits;
    let mut arguments = confined(choice, label, made.profile, NOBODY);
    let mut add = |words: &[&str]| arguments.extend(words.iter().map(OsString::from));
    add(&["--init", "--volumes-from", &format!("{}{}", made.keeper, view(&ground.cell))]);
    let tmp = format!("size={},nr_inodes={},uid={NOBODY},gid={NOBODY},mode=0700", limits.tmp(), limits.tmp_files + 1);
    add(&["--tmpfs", &format!("/tmp:rw,exec,nosuid,nodev,{tmp}")]);
    let memory = limits.memory().to_string();
    add(&["--memory", &memory, "--memory-swap", &memory, "--pids-limit", &limits.processes.to_string(), "--cpus", "1"]);
    for (name, soft, hard) in [
        // One second more, so that the first of the two signals says which limit it was.
        ("cpu", limits.cpu_s, limits.cpu_s + 1),
        ("fsize", limits.file(), limits.file()),
        ("nofile", limits.open_files, limits.open_files),
        ("core", 0, 0),
        ("memlock", 0, 0),
        ("msgqueue", 0, 0),
    ] {
        add(&["--ulimit", &format!("{name}={soft}:{hard}")]);
    }
    for name in made.unset {
        add(&["--env", name]);
    }
    add(&["--workdir", if ground.cell.workspace == Workspace::None { "/tmp" } else { "/workspace" }]);
    add(&["--entrypoint", ""]);
    if ground.stdin == Stdin::Inherit {
        add(&["--interactive"]);
    }
    arguments.extend([OsString::from("--env-file"), made.environment.to_owned()]);
    arguments.push(made.image.into());
    arguments.extend(job.interpreter.iter().cloned());
    arguments.push(job.script.clone().into());
    arguments.extend(job.arguments.iter().cloned());
    arguments
}

/// What was made before the script's container.
pub(super) struct Made<'m> {
    pub keeper: &'m str,
    pub image: &'m str,
    pub profile: &'m OsStr,
    pub environment: &'m OsStr,
    pub unset: &'m [String],
}

fn view(cell: &Cell) -> &'static str {
    match cell.workspace {
        Workspace::Scratch | Workspace::Write => "",
        Workspace::None | Workspace::Read => ":ro",
    }
}

/// The environment as the engine's program reads it from a file, where values need no quoting and other users do not see them,
/// as they would among arguments.
pub(super) fn environment(job: &Job) -> Result<String, Refused> {
    let mut text = String::new();
    for (name, value) in &job.environment {
        let shown = name.to_string_lossy();
        let (Some(name), Some(value)) = (name.to_str(), value.to_str()) else {
            return Err(Refused::step("environment", &format!("{shown}: an engine takes UTF-8 only")));
        };
        // What the program's reader takes for a comment, an end of the line, or too long a line.
        let fits = |text: &str| !text.contains(['\n', '\r', '\0']) && text.len() < 32 << 10;
        if name.is_empty() || name.starts_with('#') || name.contains(['=', ' ', '\t']) || !fits(name) || !fits(value) {
            return Err(Refused::step(
                "environment",
                &format!("{shown}: an engine cannot be given this name or its value"),
            ));
        }
        text.push_str(&format!("{name}={value}\n"));
    }
    Ok(text)
}
