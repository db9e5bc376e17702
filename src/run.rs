//! A run: what is asked for becomes a plan, and a plan that may be carried out becomes an account of what happened.
//!
//! The script is read once. Those bytes are hashed, judged and run, and so are the bytes of every file of the workspace: what
//! lies on the disk by then has no say any more. Nothing here asks or tells anybody: the command line does.

mod account;
mod attempt;
mod backend;
mod carry;
mod change;
mod claim;
mod copy;
mod fit;
mod interpreter;
mod limit;
mod listing;
mod place;
mod record;
mod root;
mod script;
mod variable;

use std::ffi::OsString;
use std::fmt;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use crate::advisory::Shelf;
use crate::cell::{Cell, Layer, Workspace};
use crate::destination::Destination;
use crate::gate::{Gate, Verdict};
use crate::plain::plain;
use crate::policy::Policy;
use crate::sandbox::docker;
use crate::sandbox::native::{self, Begun};
use crate::sandbox::{Ground, Job, Refused, Root, Stdin};
pub use account::{Account, Captured, Ended, Planned};
pub use attempt::Attempt;
pub use backend::{Probe, Without, probe};
pub use carry::{carry_out, leave};
pub use change::{Change, Fate};
pub use claim::Claim;
pub use limit::Tighter;
pub use place::Places;
pub use script::Script;
pub use variable::Variable;

/// Where the workspace stands inside.
pub const WORKSPACE: &str = "/workspace";
/// Where a script stands that is not in the workspace.
pub const SCRIPT: &str = "/script";
/// Where files stand that are handed in one by one.
pub const INPUT: &str = "/input";

/// What is asked for.
#[derive(Debug)]
pub struct Order {
    /// `-` is standard input.
    pub script: PathBuf,
    pub arguments: Vec<OsString>,
    /// A built-in name or the path of a file; the user's, the system's or the default one where there is none.
    pub policy: Option<String>,
    /// Whether the workspace may bring the policy and the virtual environment along.
    pub trust_project: bool,
    /// The file of advisories that packages are held against which the script would install; that of the user where there is
    /// none.
    pub advisories: Option<PathBuf>,
    pub workspace: Workspace,
    pub workspace_root: PathBuf,
    /// Files that are handed in, to be read.
    pub inputs: Vec<PathBuf>,
    pub variables: Vec<Variable>,
    /// What the code may reach, as far as the policy lets anything be allowed.
    pub hosts: Vec<Destination>,
    pub stdin: bool,
    /// Whether the interpreter is to tell what the code does; it is too where the policy says so.
    pub events: bool,
    /// A name or a path; Python where there is none.
    pub interpreter: Option<PathBuf>,
    /// A folder that holds a whole system.
    pub root: Option<PathBuf>,
    pub virtual_environment: Option<PathBuf>,
    pub backend: Backend,
    pub engine: Engine,
    pub waived: Vec<Layer>,
    pub limits: Tighter,
    /// Where what happens is recorded; nothing for the policy's word.
    pub audit_log: Option<PathBuf>,
    /// How long judging the script may take.
    pub budget: Duration,
    /// Whether the cell is set up while the gate still reads; nothing runs in it before the gate has decided.
    pub ahead: bool,
}

/// What holds the cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Backend {
    /// Namespaces and filters of the kernel.
    Native,
    Docker,
    Podman,
}

/// What an engine for containers is told beside the rest.
#[derive(Clone, Debug, Default)]
pub struct Engine {
    /// The backend's own where there is none.
    pub image: Option<String>,
    /// As `runsc`; the engine's own where there is none.
    pub runtime: Option<String>,
}

impl Engine {
    pub fn image(&self) -> &str {
        self.image.as_deref().unwrap_or(docker::DEFAULT_IMAGE)
    }
}

/// Why nothing is run, other than by the gate's decision.
#[derive(Debug, PartialEq, Eq)]
pub enum Stop {
    /// Something that is asked for cannot be, or may not be.
    Refused(String),
    /// There is no such script or interpreter.
    NotFound(String),
}

impl fmt::Display for Stop {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(message) | Self::NotFound(message) => formatter.write_str(message),
        }
    }
}

impl Stop {
    /// The same of something that is not the script itself.
    fn refused(self) -> Self {
        match self {
            Self::Refused(message) | Self::NotFound(message) => Self::Refused(message),
        }
    }
}

/// What would be run, judged.
#[derive(Debug)]
pub struct Plan {
    gate: Arc<Gate>,
    audit_log: Option<PathBuf>,
    engine: Engine,
    /// The cell in the making.
    begun: Option<Result<Begun, Refused>>,
    /// The root of the workspace as it was opened to be read; with mode `none` there is none.
    folder: Option<OwnedFd>,
    pub policy: Policy,
    pub backend: Backend,
    pub script: Told,
    pub verdict: Verdict,
    /// Of the workspace, in the order of their paths.
    pub left_out: Vec<LeftOut>,
    /// The folder of the host that the workspace is a copy of, links on the way to it followed; with mode `none` there is no
    /// copy.
    pub workspace_root: PathBuf,
    /// What was asked for and granted.
    pub ground: Ground,
    pub job: Job,
}

/// Bytes that were read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Told {
    pub path: String,
    pub sha256: String,
    pub bytes: usize,
}

/// Something of the workspace that does not lie in the cell.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct LeftOut {
    /// From the workspace's root on.
    pub path: String,
    pub why: String,
}

impl LeftOut {
    fn new(path: &Path, why: impl Into<String>) -> Self {
        Self { path: plain(&path.to_string_lossy()).into_owned(), why: why.into() }
    }
}

fn refused<T>(message: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Refused(message.into()))
}

/// Reads everything, judges it, and says what would be run.
pub fn plan(order: Order) -> Result<Plan, Stop> {
    if !order.workspace_root.is_dir() {
        return refused(format!("{}: there is no such folder", shown(&order.workspace_root)));
    }
    let is_ahead = order.ahead && order.backend == Backend::Native;
    let started = is_ahead.then(native::start).flatten();
    let gate = Gate::new(order.policy.as_deref(), order.workspace_root.clone(), order.trust_project);
    let gate = gate.map_err(|error| Stop::Refused(error.to_string()))?;
    let gate = Arc::new(gate.with_advisories(Shelf::at(order.advisories.clone())));
    let cell = cell(&order, gate.policy())?;
    if order.workspace != Workspace::None {
        root::check(&order.workspace_root, gate.workspace())?;
    }
    if order.stdin && order.script.as_os_str() == "-" {
        return refused("standard input is the script, so that it cannot be handed in too: leave out `--stdin`");
    }
    if order.arguments.iter().any(|argument| argument.as_encoded_bytes().contains(&0)) {
        return refused("an argument of the script has a NUL in it, which no program can be handed");
    }
    let (root, virtual_environment) = (foundation(&order)?, environment_folder(&order, gate.workspace())?);
    let interpreter = interpreter::find(&order, cell.events, &root, virtual_environment.as_deref())?;
    let environment = variable::environment(&cell, &order, virtual_environment.as_deref())?;
    let script = script::read(&order.script)?;
    let ground = Ground {
        cell,
        root,
        virtual_environment,
        hosts: order.hosts,
        stdin: if order.stdin { Stdin::Inherit } else { Stdin::Nothing },
        waived: order.waived,
        program: PathBuf::from(Ground::THIS_PROGRAM),
    };
    let begun = is_ahead.then(|| native::begin(&ground, started));
    let cell = &ground.cell;
    let inputs = script::inputs(&order.inputs, &cell.limits)?;

    let at = script.below(gate.workspace()).filter(|_| order.workspace != Workspace::None);
    let listing = match order.workspace {
        Workspace::None => listing::Listing::default(),
        _ => listing::read(
            gate.workspace(),
            &cell.limits,
            at.as_deref().map(|path| (path, script.bytes.as_slice())),
            &Places::new(gate.pack(), gate.workspace()),
        )?,
    };
    let judged = fit::judge(&gate, &script, &listing, &inputs, order.budget)?;
    let (files, folders, mut left_out, folder) = (listing.files, listing.folders, listing.left_out, listing.root);
    left_out.extend(judged.unfit.values().cloned());
    left_out.sort();
    let files = files.into_iter().filter(|file| !judged.unfit.contains_key(&file.path));
    let inside = match at {
        Some(path) => Path::new(WORKSPACE).join(path),
        None => Path::new(SCRIPT).join(&script.name),
    };
    let job = Job {
        interpreter,
        script: inside,
        arguments: order.arguments,
        files: files.collect(),
        folders,
        inputs: inputs.into_iter().map(|input| input.laid).collect(),
        environment,
        script_bytes: script.bytes,
    };
    let told = Told { path: script.source.path.to_string(), sha256: script.sha256, bytes: job.script_bytes.len() };
    Ok(Plan {
        audit_log: order.audit_log,
        engine: order.engine,
        begun,
        folder,
        policy: gate.policy().clone(),
        backend: order.backend,
        script: told,
        verdict: judged.verdict,
        left_out,
        workspace_root: gate.workspace().to_owned(),
        gate,
        ground,
        job,
    })
}

/// What the policy grants, and the order does not draw tighter.
fn cell(order: &Order, policy: &Policy) -> Result<Cell, Stop> {
    let granted = &policy.clauses.cell;
    if order.workspace > granted.workspace {
        return refused(format!(
            "the policy {} grants no workspace `{}`: `{}` is the most",
            plain(&policy.name),
            word(&order.workspace),
            word(&granted.workspace)
        ));
    }
    if let (Some(host), false) = (order.hosts.first(), granted.allow_net) {
        return refused(format!(
            "`--allow-net {host}`: the policy {} lets nobody allow hosts (`allow-net = false`)",
            plain(&policy.name)
        ));
    }
    let events = order.events || granted.events;
    if events && order.backend != Backend::Native {
        let asked = if order.events { "`--events`" } else { "`events = true` in the policy" };
        return refused(format!(
            "{asked}: a container has no way out for what the interpreter tells: only the native backend has one"
        ));
    }
    let limits = order.limits.of(&granted.limits).map_err(Stop::Refused)?;
    Ok(Cell { limits, workspace: order.workspace, events, ..granted.clone() })
}

fn foundation(order: &Order) -> Result<Root, Stop> {
    let Some(folder) = &order.root else { return Ok(Root::Host) };
    match std::fs::canonicalize(folder) {
        Ok(real) if real == Path::new("/") => refused("`--rootfs /` is the whole machine: name a tree made for it"),
        Ok(real) if real.is_dir() => Ok(Root::Folder(real)),
        Ok(_) => refused(format!("{}: this is no folder", shown(folder))),
        Err(error) => refused(format!("{}: {error}", shown(folder))),
    }
}

/// The virtual environment, which the gate does not judge: it must not be one that the judged code could have written.
fn environment_folder(order: &Order, workspace: &Path) -> Result<Option<PathBuf>, Stop> {
    let Some(folder) = &order.virtual_environment else { return Ok(None) };
    let real = match std::fs::canonicalize(folder) {
        Ok(real) => real,
        Err(error) => return refused(format!("{}: {error}", shown(folder))),
    };
    if !real.join("pyvenv.cfg").is_file() {
        return refused(format!("{}: this is no virtual environment: it has no pyvenv.cfg", shown(folder)));
    }
    if real.starts_with(workspace) && !order.trust_project {
        return refused(format!(
            "{}: this virtual environment lies inside the workspace, whose code could have written it: keep it \
             elsewhere, or say `--trust-project-config`",
            shown(folder)
        ));
    }
    Ok(Some(real))
}

/// As policies and the command line spell it.
fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

fn shown(path: &Path) -> String {
    plain(&path.to_string_lossy()).into_owned()
}
