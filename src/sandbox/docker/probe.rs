//! The layers of a container: what the engine says of itself. What it does by its flags, it refuses where it cannot; what it
//! leaves to the host it warns about at most, and so is looked up here.

use serde::Deserialize;

use super::engine::{Asked, Engine, Program};
use crate::cell::Layer;
use crate::outcome::LayerState;
use crate::sandbox::{Absent, Ground, Refused};

/// `docker info`, as far as it matters. Podman's has other keys.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Docker {
    server_version: String,
    security_options: Option<Vec<String>>,
    cgroup_version: String,
    memory_limit: bool,
    swap_limit: bool,
    pids_limit: bool,
    cpu_cfs_quota: bool,
    server_errors: Option<Vec<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Podman {
    host: Host,
    version: Version,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Host {
    cgroup_version: String,
    cgroup_controllers: Vec<String>,
    security: Security,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Security {
    apparmor_enabled: bool,
    seccomp_enabled: bool,
    rootless: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Version {
    version: String,
}

/// What both say.
#[derive(Debug)]
struct Facts {
    version: String,
    cgroup_version: String,
    seccomp: bool,
    apparmor: bool,
    rootless: bool,
    remapped: bool,
    memory: bool,
    swap: bool,
    processes: bool,
    cpu: bool,
}

/// The profile that Docker loads where the host has AppArmor. Named, it is demanded: a container is not made without it.
const DOCKER_PROFILE: &str = "docker-default";

/// Every layer, present or not, and why.
pub fn probe(engine: &Engine) -> Result<Vec<LayerState>, Refused> {
    let facts = facts(engine, ask(engine)?)?;
    Ok(layers(engine.program, &facts))
}

/// Asks the engine what it is and what it can; [`required`] reads the answer.
pub(super) fn ask(engine: &Engine) -> Result<Asked<'_>, Refused> {
    engine.begin("info", ["info", "--format", "{{json .}}"])
}

fn facts(engine: &Engine, asked: Asked<'_>) -> Result<Facts, Refused> {
    let text = asked.answer()?;
    let facts = match engine.program {
        Program::Docker => docker(&text),
        Program::Podman => podman(&text),
    };
    facts.map_err(|why| engine.refused("info", &why))
}

/// What an engine has that a cell may demand.
pub(super) struct Walls {
    pub layers: Vec<LayerState>,
    /// The profile to demand of AppArmor.
    pub apparmor: Option<&'static str>,
}

/// The walls of a cell, if none is missing that it requires and that the user did not waive.
pub(super) fn required(engine: &Engine, ground: &Ground, asked: Asked<'_>) -> Result<Walls, Refused> {
    let facts = facts(engine, asked)?;
    let mut layers = layers(engine.program, &facts);
    check(ground, &mut layers)?;
    Ok(Walls { layers, apparmor: profile(engine.program, &facts) })
}

/// The same where nobody sees what a container uses up: a share of the processor is granted, and its time is not counted over all
/// processes.
pub(super) fn uncounted(ground: &Ground, layers: &mut [LayerState]) -> Result<(), Refused> {
    for state in layers.iter_mut().filter(|state| state.layer == Layer::CgroupCpu) {
        state.present = false;
        state.detail =
            "the control group of a container is not to be seen from here: processor time is limited for each \
                        process alone, and for all of them by the clock"
                .to_owned();
    }
    check(ground, layers)
}

/// Whether all layers are there that have to be, or are waived.
fn check(ground: &Ground, layers: &mut [LayerState]) -> Result<(), Refused> {
    let mut absent = Vec::new();
    for state in layers.iter_mut().filter(|state| !state.present) {
        state.waived = ground.waived.contains(&state.layer);
        if ground.cell.require.contains(&state.layer) && !state.waived {
            absent.push(Absent { layer: state.layer, why: state.detail.clone() });
        }
    }
    if absent.is_empty() { Ok(()) } else { Err(Refused::Layers(absent)) }
}

/// What stands in a container where a cell of the native backend has another layer. A policy promises walls, not names: these hold
/// what the others hold, and the detail says so.
fn in_its_place(layer: Layer) -> Option<&'static str> {
    match layer {
        Layer::UserNamespace => {
            Some("an unprivileged user of the host, without capabilities and without new privileges")
        }
        Layer::TimeNamespace => Some("no capability to set a clock; the time since the machine's start shows"),
        Layer::Landlock => Some("a root without a file of the host in it, read-only; no second wall stands behind it"),
        _ => None,
    }
}

/// Podman's profile has its version in its name, and is taken by itself.
fn profile(program: Program, facts: &Facts) -> Option<&'static str> {
    (facts.apparmor && program == Program::Docker).then_some(DOCKER_PROFILE)
}

fn docker(text: &str) -> Result<Facts, String> {
    let info: Docker = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if let Some(error) = info.server_errors.iter().flatten().next() {
        return Err(error.clone());
    }
    let options: Vec<_> = info.security_options.iter().flatten().flat_map(|option| option.split(',')).collect();
    let has = |name: &str| options.iter().any(|option| option.strip_prefix("name=") == Some(name));
    Ok(Facts {
        cgroup_version: info.cgroup_version.clone(),
        seccomp: has("seccomp"),
        apparmor: has("apparmor"),
        rootless: has("rootless"),
        remapped: has("userns"),
        memory: info.memory_limit,
        swap: info.swap_limit,
        processes: info.pids_limit,
        cpu: info.cpu_cfs_quota,
        version: info.server_version,
    })
}

fn podman(text: &str) -> Result<Facts, String> {
    let Podman { host, version } = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let has = |name: &str| host.cgroup_controllers.iter().any(|controller| controller == name);
    Ok(Facts {
        version: version.version,
        seccomp: host.security.seccomp_enabled,
        apparmor: host.security.apparmor_enabled,
        rootless: host.security.rootless,
        remapped: false,
        memory: has("memory"),
        swap: has("memory"),
        processes: has("pids"),
        cpu: has("cpu"),
        cgroup_version: host.cgroup_version,
    })
}

fn layers(program: Program, facts: &Facts) -> Vec<LayerState> {
    let name = program.name();
    let by = format!("by {name} {}", facts.version);
    let group = format!("{by}, control groups version {}", facts.cgroup_version.trim_start_matches('v'));
    let user = match (facts.rootless, facts.remapped) {
        (true, _) => (true, format!("{by}, rootless")),
        (false, true) => (true, format!("{by}, users remapped")),
        (false, false) => (false, format!("{name} remaps no users (userns-remap)")),
    };
    let privileges = match profile(program, facts) {
        Some(profile) => format!("{by}, with AppArmor's profile {profile}"),
        None if facts.apparmor => format!("{by}, with the engine's own profile of AppArmor"),
        None => format!("{by}; the host has no AppArmor"),
    };
    let without = |what: &str| format!("{name} has no {what} on this host");
    let grouped = |present: bool, what: &str| (present, if present { group.clone() } else { without(what) });
    let seccomp = if facts.seccomp { (true, format!("{by}, our own profile")) } else { (false, without("seccomp")) };
    let is = |detail: &str| (true, detail.to_owned());
    let all = [
        (Layer::UserNamespace, user),
        (Layer::MountNamespace, is(&by)),
        (Layer::PidNamespace, is(&by)),
        (Layer::NetworkNamespace, is(&by)),
        (Layer::IpcNamespace, is(&by)),
        (Layer::UtsNamespace, is(&by)),
        (Layer::CgroupNamespace, is(&group)),
        (Layer::TimeNamespace, (false, format!("{name} makes none"))),
        (Layer::Root, is(&by)),
        (Layer::Privileges, is(&privileges)),
        (Layer::Landlock, (false, format!("{name} sets none"))),
        (Layer::Seccomp, seccomp),
        (Layer::Rlimits, is(&by)),
        (Layer::CgroupMemory, grouped(facts.memory && facts.swap, "limit of memory with swap")),
        (Layer::CgroupProcesses, grouped(facts.processes, "limit of processes")),
        (Layer::CgroupCpu, grouped(facts.cpu, "quota of the processor")),
    ];
    let told = |(layer, (present, detail)): (Layer, (bool, String))| match in_its_place(layer).filter(|_| !present) {
        Some(other) => {
            LayerState { layer, present: true, waived: false, detail: format!("in its place: {other} ({detail})") }
        }
        None => LayerState { layer, present, waived: false, detail },
    };
    all.into_iter().map(told).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn privileges(program: Program, facts: &Facts) -> String {
        let layers = layers(program, facts);
        layers.into_iter().find(|state| state.layer == Layer::Privileges).unwrap().detail
    }

    #[test]
    fn a_profile_of_apparmor_is_demanded_where_the_host_has_it_and_told_either_way() {
        let with = r#"{"ServerVersion": "1", "SecurityOptions": ["name=apparmor", "name=seccomp,profile=default"]}"#;
        let without = r#"{"ServerVersion": "1", "SecurityOptions": ["name=seccomp,profile=default"]}"#;
        let (with, without) = (docker(with).unwrap(), docker(without).unwrap());
        assert_eq!((profile(Program::Docker, &with), profile(Program::Docker, &without)), (Some(DOCKER_PROFILE), None));
        assert_eq!(privileges(Program::Docker, &with), "by docker 1, with AppArmor's profile docker-default");
        assert_eq!(privileges(Program::Docker, &without), "by docker 1; the host has no AppArmor");
        let podman =
            podman(r#"{"host": {"security": {"apparmorEnabled": true}}, "version": {"Version": "2"}}"#).unwrap();
        assert_eq!(profile(Program::Podman, &podman), None);
        assert_eq!(privileges(Program::Podman, &podman), "by podman 2, with the engine's own profile of AppArmor");
    }

    #[test]
    fn what_stands_in_the_place_of_a_layer_is_told_as_such() {
        let layers = layers(Program::Docker, &docker(r#"{"ServerVersion": "1"}"#).unwrap());
        let instead = layers.iter().filter(|state| state.detail.starts_with("in its place: "));
        let instead: Vec<_> = instead.map(|state| (state.layer, state.present)).collect();
        let (user, time) = (Layer::UserNamespace, Layer::TimeNamespace);
        assert_eq!(instead, [(user, true), (time, true), (Layer::Landlock, true)]);
    }
}
