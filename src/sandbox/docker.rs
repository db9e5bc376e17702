//! The container backend: the same job in a container of docker or podman. `container.rs` says what the engine is told to make,
//! this file in which order.

mod archive;
mod container;
mod engine;
mod image;
mod keeper;
mod label;
mod probe;
mod profile;
mod usage;
mod watch;

pub use archive::Archive;
pub use engine::{Engine, Program};
pub use probe::probe;

use self::container::Made;
use self::keeper::Keeper;
use self::label::Label;
use crate::cell::Workspace;
use crate::sandbox::{Ended, Ground, Job, Refused, Root, Streams, Tree};

/// The image where none is named.
pub const DEFAULT_IMAGE: &str = "python:3.11-slim";

/// What beside the job the user decides.
#[derive(Clone, Debug)]
pub struct Choice {
    pub program: Program,
    pub image: String,
    /// As `runsc`; else the engine's own.
    pub runtime: Option<String>,
    /// The run's id, for the label.
    pub run: String,
}

/// Runs a job. Whatever happens, no container of it is there afterwards; should this process be killed meanwhile, the next
/// start removes them.
pub fn run(ground: &Ground, job: &Job, choice: &Choice, streams: Streams) -> Result<Ended, Refused> {
    possible(ground)?;
    let environment = container::environment(job)?;
    let engine = Engine::find(choice.program)?;
    label::reap(&engine)?;
    let layers = probe::required(&engine, ground)?;
    let image = image::find(&engine, &choice.image)?;
    let label = Label::new(&choice.run, ground.cell.limits.wall());
    let profile = profile::file()?;
    let environment = profile::Nameless::new(environment.as_bytes())
        .map_err(|error| Refused::step("environment", &error.to_string()))?;
    let mut keeper =
        Keeper::create(&engine, &container::keeper(ground, job, choice, &label, profile.path(), &image.id))?;
    keeper.start(job)?;
    keeper.lay(ground, job)?;
    let unset = image.unset(job);
    let made = Made {
        keeper: keeper.id(),
        image: &image.id,
        profile: profile.path(),
        environment: environment.path(),
        unset: &unset,
    };
    let script = engine.create("create", &container::script(ground, job, choice, &label, &made))?;
    let outcome = watch::watch(&engine, &script, ground, layers, streams)?;
    // With its last process gone nothing changes the workspace any more.
    script.remove()?;
    let workspace = match ground.cell.workspace {
        Workspace::Scratch | Workspace::Write => Some(Tree::Container(keeper.take(&ground.cell)?)),
        Workspace::None | Workspace::Read => None,
    };
    keeper.remove()?;
    Ok(Ended { outcome, workspace })
}

/// What may be asked for and a container cannot give.
fn possible(ground: &Ground) -> Result<(), Refused> {
    if let Root::Folder(root) = &ground.root {
        let advice = format!("import {} as an image first (`portcullis image build --root`)", root.display());
        return Err(Refused::step("root", &advice));
    }
    if let Some(host) = ground.hosts.first() {
        let why = format!("{host}: a container has no network at all: only the native backend can allow hosts");
        return Err(Refused::step("network", &why));
    }
    if let Some(folder) = &ground.virtual_environment {
        let why =
            format!("{}: no folder of the host is mounted into a container: put it into the image", folder.display());
        return Err(Refused::step("virtual environment", &why));
    }
    Ok(())
}
