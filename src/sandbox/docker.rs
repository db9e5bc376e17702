//! The container backend: the same job in a container of docker or podman. `container.rs` says what the engine is told to make,
//! this file in which order.

mod archive;
mod container;
mod engine;
mod image;
mod keeper;
mod label;
mod patience;
mod probe;
mod profile;
mod usage;
mod watch;
mod word;

pub use archive::Archive;
pub use engine::{Engine, Program};
pub use probe::probe;

use std::io;

use self::container::{Common, Made};
use self::keeper::Keeper;
use self::label::Label;
use self::watch::{Watch, Watched};
use crate::cell::Workspace;
use crate::sandbox::native::{HANDED_ON, signals};
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
    let (left, asked, image) = (label::ask(&engine)?, probe::ask(&engine)?, image::ask(&engine, &choice.image)?);
    label::reap(&engine, left)?;
    let mut walls = probe::required(&engine, ground, asked)?;
    let image = image::find(&engine, &choice.image, image)?;
    let label = Label::new(&choice.run, ground.cell.limits.wall());
    let profile = profile::file()?;
    let environment = profile::Nameless::new(environment.as_bytes())
        .map_err(|error| Refused::step("environment", &error.to_string()))?;
    let common = Common { choice, label: &label, image: &image.id, seccomp: profile.path(), apparmor: walls.apparmor };
    // From here on a signal to us ends the script, and the containers are removed as after any other end.
    let signals = signals(&HANDED_ON).map_err(|error| Refused::step("watch for signals", &error.to_string()))?;
    let mut keeper = Keeper::create(&engine, &container::keeper(ground, job, &common))?;
    keeper.start(job)?;
    // What is seen of the keeper will be seen of the script.
    let is_counted = usage::is_seen(keeper.id());
    if !is_counted {
        probe::uncounted(ground, &mut walls.layers)?;
    }
    let unset = image.unset(job);
    let made = Made { keeper: keeper.id(), environment: environment.path(), unset: &unset };
    let script = engine.create(&container::script(ground, job, &common, &made))?;
    keeper.lay(ground, job)?;
    let script = script.made()?;
    let watched = Watched { engine: &engine, script: &script, signals: &signals, ground, is_counted };
    let Watch { outcome, mut trouble } = watched.watch(&mut keeper, walls.layers, streams)?;
    // From here on the code has run, whatever fails.
    let workspace = match ground.cell.workspace {
        // With the last process of the script gone nothing changes the workspace any more.
        Workspace::Scratch | Workspace::Write if trouble.is_empty() => Some(keeper.take(&ground.cell)),
        Workspace::Scratch | Workspace::Write => Some(Err(io::Error::other("the script may not have ended"))),
        Workspace::None | Workspace::Read => None,
    };
    if let Err(refused) = keeper.remove(script) {
        trouble.push(format!("its containers could not be removed, which the next run does: {}", refused.cause()));
    }
    Ok(Ended { outcome, workspace: workspace.map(|taken| taken.map(Tree::Container)), trouble })
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
