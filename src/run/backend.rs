//! The backends, each behind the same few words: run a job, and say what it came to.

use std::io::Write;

use super::{Backend, Engine, Plan, Stop};
use crate::cell::Limits;
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
    let Engine { image, runtime } = plan.engine.clone();
    let image = image.unwrap_or_else(|| docker::DEFAULT_IMAGE.to_owned());
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

/// Which layers there are, and why others are not.
pub fn probe(backend: Backend, limits: &Limits) -> Result<Vec<LayerState>, Stop> {
    let Some(program) = program(backend) else { return Ok(native::probe(limits)) };
    let engine = docker::Engine::find(program).map_err(|refused| stop(&refused))?;
    docker::probe(&engine).map_err(|refused| stop(&refused))
}

fn program(backend: Backend) -> Option<Program> {
    match backend {
        Backend::Native => None,
        Backend::Docker => Some(Program::Docker),
        Backend::Podman => Some(Program::Podman),
    }
}

/// How a refusal is told.
pub(super) fn stop(refused: &Refused) -> Stop {
    match refused {
        Refused::Program { .. } => Stop::NotFound(refused.to_string()),
        Refused::Layer { layer, .. } => Stop::Refused(format!(
            "{refused}: the policy requires it (`--allow-weaker {}` does without it, and the audit log says so)",
            layer.name()
        )),
        Refused::Step { .. } => Stop::Refused(refused.to_string()),
    }
}
