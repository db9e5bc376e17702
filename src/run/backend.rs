//! The backends, each behind the same few words: run a job, and say what it came to.

use std::io::Write;

use serde::Serialize;

use super::{Backend, Plan, Stop};
use crate::cell::{Layer, Limits};
use crate::outcome::LayerState;
use crate::proxy::Proxy;
use crate::sandbox::docker::{self, Choice, Program};
use crate::sandbox::{Ended, Refused, Streams, native};

/// Runs the job. What is written goes on as it comes.
pub(super) fn run(
    plan: &mut Plan,
    run: String,
    stdout: &mut (dyn Write + Send),
    stderr: &mut (dyn Write + Send),
) -> Result<Ended, Refused> {
    let streams = Streams { stdout, stderr };
    let Some(program) = program(plan.backend) else { return in_cell(plan, streams) };
    let (image, runtime) = (plan.engine.image().to_owned(), plan.engine.runtime.clone());
    docker::run(&plan.ground, &plan.job, &Choice { program, image, runtime, run }, streams)
}

fn in_cell(plan: &mut Plan, streams: Streams) -> Result<Ended, Refused> {
    let begun = plan.begun.take().unwrap_or_else(|| native::begin(&plan.ground, None))?;
    let mut prepared = begun.ready(&plan.ground)?;
    let hosts = plan.ground.hosts.clone();
    let proxy = prepared.door().map(|door| Proxy::start(door, hosts, plan.ground.cell.limits.upload())).transpose();
    let proxy = proxy.map_err(|error| Refused::step("start the proxy", &error.to_string()))?;
    let ended = prepared.run(&plan.job, streams);
    // Also where nothing was run: nobody serves a cell that is gone.
    let requests = proxy.map(Proxy::finish).unwrap_or_default();
    let mut ended = ended?;
    ended.outcome.requests = requests;
    Ok(ended)
}

/// What this machine has for cells.
#[derive(Debug)]
pub struct Probe {
    /// Which layers there are, and why others are not.
    pub layers: Vec<LayerState>,
    /// Whether a cell can do without namespaces; of containers that is not asked.
    pub without_namespaces: Option<Without>,
}

/// Whether a cell can do without something.
#[derive(Clone, Debug, Serialize)]
pub struct Without {
    pub possible: bool,
    /// Why not.
    pub detail: String,
}

pub fn probe(backend: Backend, limits: &Limits) -> Result<Probe, Stop> {
    let Some(program) = program(backend) else {
        let (possible, detail) = match native::probe_without_namespaces() {
            Ok(()) => (true, String::new()),
            Err(why) => (false, why),
        };
        return Ok(Probe { layers: native::probe(limits), without_namespaces: Some(Without { possible, detail }) });
    };
    let engine = docker::Engine::find(program).map_err(|refused| stop(backend, &refused))?;
    let layers = docker::probe(&engine).map_err(|refused| stop(backend, &refused))?;
    Ok(Probe { layers, without_namespaces: None })
}

fn program(backend: Backend) -> Option<Program> {
    match backend {
        Backend::Native => None,
        Backend::Docker => Some(Program::Docker),
        Backend::Podman => Some(Program::Podman),
    }
}

/// How a refusal is told.
pub(super) fn stop(backend: Backend, refused: &Refused) -> Stop {
    match refused {
        Refused::Program { .. } => Stop::NotFound(refused.to_string()),
        Refused::Layers(absent) => {
            let layers = absent.iter().map(|absent| absent.layer);
            let is_all = backend == Backend::Native && layers.clone().any(native::stands_on);
            let others = layers.filter(|layer| !is_all || !Layer::NAMESPACES.contains(layer)).map(Layer::name);
            let waivers = is_all.then_some("namespaces").into_iter().chain(others);
            let waivers: Vec<_> = waivers.map(|name| format!("--allow-weaker {name}")).collect();
            let it = if absent.len() == 1 { "it" } else { "them" };
            Stop::Refused(format!(
                "{refused}: the policy requires {it} (`{}` does without {it}, and the audit log says so)",
                waivers.join(" ")
            ))
        }
        Refused::Step { .. } => Stop::Refused(refused.to_string()),
    }
}
