//! What the engine is told to make: two containers for a job. The *keeper* holds the memory file systems, in which nothing of
//! the job runs; the *script* is what the job is about, and sees what the keeper holds. So the files can be laid before the
//! script starts, and be read after its last process is gone.

use std::ffi::{OsStr, OsString};

use rustix::process::{Resource, getrlimit};

use super::Choice;
use super::engine::{self, Program};
use super::label::Label;
use super::word;
use crate::cell::{Cell, Workspace};
use crate::sandbox::{Ground, Job, Refused, Stdin};

/// The nobody of every system, and one besides who may not touch what that one has.
const NOBODY: u32 = 65534;
const KEEPER: u32 = 65533;
/// Room for a script that stands alone.
const SCRIPT_BYTES: u64 = 8 << 20;
/// What memory is given out in, at most.
const PAGE: u64 = 64 << 10;
/// The engine's own program writes these into every container where its configuration names a proxy, with the password.
const PROXIES: [&str; 5] = ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"];
/// Of all containers together, since their users are the same ones.
const PROCESSES: u64 = 4096;
/// An address for documentation (RFC 5737): else docker copies the name servers of the host.
const NO_NAME_SERVER: &str = "192.0.2.1";

/// The owner of what is laid into the workspace.
pub(super) fn owner(workspace: Workspace) -> u32 {
    match workspace {
        Workspace::Scratch | Workspace::Write => NOBODY,
        Workspace::None | Workspace::Read => 0,
    }
}

/// What both containers have in common.
pub(super) struct Common<'c> {
    pub choice: &'c Choice,
    pub label: &'c Label,
    /// By its content.
    pub image: &'c str,
    pub seccomp: &'c OsStr,
    /// The name of a profile, where the host has AppArmor and the engine one of its own.
    pub apparmor: Option<&'static str>,
}

/// Nothing but what a job needs.
fn confined(common: &Common<'_>, user: u32) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = Vec::new();
    let mut add = |words: &[&str]| arguments.extend(words.iter().map(OsString::from));
    add(&["create", "--pull", "never", "--network", "none", "--ipc", "none", "--cgroupns", "private"]);
    add(&["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--log-driver", "none"]);
    // Podman asks first where it is to remove one by force, and waits so long for it to go.
    add(&["--stop-timeout", "0"]);
    add(&["--restart", "no", "--hostname", "cell", "--user", &format!("{user}:{user}")]);
    match common.choice.program {
        Program::Docker => add(&["--dns", NO_NAME_SERVER]),
        // Its own number is more than it may set on some machines; what bounds processes is their control group.
        Program::Podman => {
            let most = getrlimit(Resource::Nproc).maximum.map_or(PROCESSES, |own| own.min(PROCESSES));
            // It lays writable folders over a root that is read-only, and copies the names of hosts, where it is not told.
            add(&["--read-only-tmpfs=false", "--no-hosts", "--ulimit", &format!("nproc={most}:{most}")]);
        }
    }
    for (name, value) in common.label.pairs() {
        add(&["--label", &format!("{name}={value}")]);
    }
    for name in PROXIES {
        add(&["--env", name, "--env", &name.to_lowercase()]);
    }
    if let Some(runtime) = &common.choice.runtime {
        add(&["--runtime", runtime]);
    }
    let mut seccomp = OsString::from("seccomp=");
    seccomp.push(common.seccomp);
    arguments.extend([OsString::from("--security-opt"), seccomp]);
    if let Some(name) = common.apparmor {
        arguments.extend([OsString::from("--security-opt"), format!("apparmor={name}").into()]);
    }
    arguments
}

/// What takes a variable away that the image sets. To docker's program a name alone means that it is as that program has it itself,
/// which is not at all, but for the few that it is handed: these can only be emptied.
fn without(program: Program, name: &str) -> [String; 2] {
    match program {
        Program::Docker if engine::hands_on(name) => ["--env".to_owned(), format!("{name}=")],
        Program::Docker => ["--env".to_owned(), name.to_owned()],
        Program::Podman => ["--unsetenv".to_owned(), name.to_owned()],
    }
}

/// The memory file system at a place, which the engine makes with the first container and drops with the last.
fn volume(common: &Common<'_>, place: &str, size: u64, inodes: u64, owner: u32) -> [OsString; 2] {
    let options = format!("size={size},nr_inodes={inodes},uid={owner},gid={owner},mode=0755,nosuid,nodev");
    let mut mount =
        format!("type=volume,dst={place},volume-opt=type=tmpfs,volume-opt=device=tmpfs,\"volume-opt=o={options}\"");
    // Whose it is, should it ever outlive its containers.
    if common.choice.program == Program::Docker {
        mount.push_str(&format!(",\"volume-label={}\"", common.label.run()));
    }
    ["--mount".into(), mount.into()]
}

pub(super) fn keeper(ground: &Ground, job: &Job, common: &Common<'_>) -> Vec<OsString> {
    let limits = &ground.cell.limits;
    let mut arguments = confined(common, KEEPER);
    let mut add = |words: &[&str]| arguments.extend(words.iter().map(OsString::from));
    add(&["--interactive", "--memory", "64m", "--memory-swap", "64m", "--pids-limit", "8", "--workdir", "/"]);
    add(&["--ulimit", "nofile=64:64"]);
    add(&["--entrypoint", ""]);
    // The root of a file system is one of its files.
    arguments.extend(volume(
        common,
        "/workspace",
        limits.workspace(),
        limits.workspace_files + 1,
        owner(ground.cell.workspace),
    ));
    arguments.extend(volume(common, "/script", SCRIPT_BYTES, 8, 0));
    arguments.extend(volume(common, word::FOLDER, PAGE, 2, KEEPER));
    if !job.inputs.is_empty() {
        let pages: u64 = job.inputs.iter().map(|file| (file.bytes.len() as u64).div_ceil(PAGE)).sum();
        // A file may need a folder for each part of its path.
        let parts: usize = job.inputs.iter().map(|file| file.path.components().count()).sum();
        arguments.extend(volume(common, "/input", (pages + 1) * PAGE, parts as u64 + 1, 0));
    }
    arguments.push(common.image.into());
    arguments.extend(python(job, word::KEEPER));
    arguments
}

/// The interpreter of the job with a program of ours, and without anything that could change what that does.
fn python(job: &Job, program: &str) -> impl Iterator<Item = OsString> {
    job.interpreter.first().cloned().into_iter().chain(["-I", "-S", "-c", program].map(OsString::from))
}

pub(super) fn script(ground: &Ground, job: &Job, common: &Common<'_>, made: &Made<'_>) -> Vec<OsString> {
    let limits = &ground.cell.limits;
    let mut arguments = confined(common, NOBODY);
    let mut add = |words: &[&str]| arguments.extend(words.iter().map(OsString::from));
    add(&["--volumes-from", &format!("{}{}", made.keeper, view(&ground.cell))]);
    let (size, inodes) = (limits.tmp(), limits.tmp_files + 1);
    match common.choice.program {
        Program::Docker => {
            let tmp = format!("size={size},nr_inodes={inodes},uid={NOBODY},gid={NOBODY},mode=0700");
            add(&["--tmpfs", &format!("/tmp:rw,exec,nosuid,nodev,{tmp}")]);
        }
        // It takes neither a number of files nor an owner: what files cost beside their bytes counts as memory of the group.
        Program::Podman => add(&["--tmpfs", &format!("/tmp:rw,exec,nosuid,nodev,size={size},mode=1777")]),
    }
    let memory = limits.memory().to_string();
    add(&["--memory", &memory, "--memory-swap", &memory, "--pids-limit", &limits.processes.to_string(), "--cpus", "1"]);
    for (name, soft, hard) in [
        // One second more, so that the first of the two signals says which limit it was.
        ("cpu", limits.cpu_s, limits.cpu_s + 1),
        ("fsize", limits.file(), limits.file()),
        ("nofile", limits.open_files, limits.open_files),
        // Of 0, a host whose core dumps go to a program takes no notice (`native::privilege`).
        ("core", 1, 1),
        ("memlock", 0, 0),
        ("msgqueue", 0, 0),
    ] {
        add(&["--ulimit", &format!("{name}={soft}:{hard}")]);
    }
    for name in made.unset {
        add(&without(common.choice.program, name).each_ref().map(String::as_str));
    }
    add(&["--workdir", if ground.cell.workspace == Workspace::None { "/tmp" } else { "/workspace" }]);
    add(&["--entrypoint", ""]);
    if ground.stdin == Stdin::Inherit {
        add(&["--interactive"]);
    }
    arguments.extend([OsString::from("--env-file"), made.environment.to_owned()]);
    arguments.push(common.image.into());
    arguments.extend(python(job, word::FIRST));
    arguments.extend(job.interpreter.iter().cloned());
    arguments.push(job.script.clone().into());
    arguments.extend(job.arguments.iter().cloned());
    arguments
}

/// What was made before the script's container.
pub(super) struct Made<'m> {
    pub keeper: &'m str,
    /// A file of the variables of the job.
    pub environment: &'m OsStr,
    /// Names that the image sets and the job does not.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_variable_of_the_engines_program_gets_in_under_a_name_of_the_image() {
        for name in ["PATH", "HOME", "DOCKER_HOST", "XDG_RUNTIME_DIR", "LC_ALL"] {
            assert_eq!(without(Program::Docker, name), ["--env".to_owned(), format!("{name}=")]);
        }
        assert_eq!(without(Program::Docker, "GPG_KEY"), ["--env", "GPG_KEY"]);
        assert_eq!(without(Program::Podman, "HOME"), ["--unsetenv", "HOME"]);
        assert!(PROXIES.iter().all(|name| !engine::hands_on(name) && !engine::hands_on(&name.to_lowercase())));
    }
}
