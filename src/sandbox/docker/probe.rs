//! The layers of a container: what the engine says of itself. What it does by its flags, it refuses where it cannot; what it
//! leaves to the host it warns about at most, and so is looked up here.

use serde::Deserialize;

use super::engine::Engine;
use crate::cell::Layer;
use crate::outcome::LayerState;
use crate::sandbox::{Ground, Refused};

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

/// Every layer, present or not, and why.
pub fn probe(engine: &Engine) -> Result<Vec<LayerState>, Refused> {
    let text = engine.ask("info", ["info", "--format", "{{json .}}"])?;
    let facts = match engine.program {
        super::Program::Docker => docker(&text),
        super::Program::Podman => podman(&text),
    };
    let facts = facts.map_err(|why| engine.refused("info", &why))?;
    Ok(layers(engine.program.name(), &facts))
}

/// The layers of a cell, if none is missing that it requires and that the user did not waive.
pub(super) fn required(engine: &Engine, ground: &Ground) -> Result<Vec<LayerState>, Refused> {
    let mut layers = probe(engine)?;
    for state in layers.iter_mut().filter(|state| !state.present) {
        state.waived = ground.waived.contains(&state.layer);
        if ground.cell.require.contains(&state.layer) && !state.waived {
            return Err(Refused::Layer { layer: state.layer, why: state.detail.clone() });
        }
    }
    Ok(layers)
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

fn layers(name: &str, facts: &Facts) -> Vec<LayerState> {
    let by = format!("by {name} {}", facts.version);
    let group = format!("{by}, control groups version {}", facts.cgroup_version.trim_start_matches('v'));
    let user = match (facts.rootless, facts.remapped) {
        (true, _) => (true, format!("{by}, rootless")),
        (false, true) => (true, format!("{by}, users remapped")),
        (false, false) => (false, format!("{name} runs as root and remaps no users (userns-remap)")),
    };
    let privileges =
        if facts.apparmor { format!("{by}, with AppArmor") } else { format!("{by}; the host has no AppArmor") };
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
        (Layer::Landlock, (false, format!("{name} sets none; the container sees no file of the host"))),
        (Layer::Seccomp, seccomp),
        (Layer::Rlimits, is(&by)),
        (Layer::CgroupMemory, grouped(facts.memory && facts.swap, "limit of memory with swap")),
        (Layer::CgroupProcesses, grouped(facts.processes, "limit of processes")),
        (Layer::CgroupCpu, grouped(facts.cpu, "quota of the processor")),
    ];
    all.into_iter().map(|(layer, (present, detail))| LayerState { layer, present, waived: false, detail }).collect()
}
