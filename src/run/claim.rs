//! What the interpreter said that the code did, beside what the gate had read that it would do.

use std::path::Path;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Plan, WORKSPACE};
use crate::effect::Effect;
use crate::finding::Factory;
use crate::gate::{Entry, Manifest};
use crate::outcome::{Event, Happening, Reported};
use crate::plain::plain;
use crate::walk;

/// Something that the code is said to have done, by its own interpreter: the code could have forged it, or kept it quiet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Claim {
    pub kind: Happening,
    /// The interpreter's own name for it: `socket.connect`.
    pub by: String,
    /// A path, a host, a command, the name of a variable, the beginning of a code; secrets masked, and cut where it is long.
    pub target: Option<String>,
    /// The file as the verdict calls it, or as it is called inside where the verdict does not know it; null where no code of
    /// the script's own was at work.
    pub path: Option<String>,
    pub line: Option<u32>,
    pub count: u64,
    /// Whether the gate's manifest tells of an effect of that kind on that line, or of the import anywhere; null for an import
    /// without a name.
    pub foreseen: Option<bool>,
}

impl Claim {
    pub(super) fn all(reported: &Reported, plan: &Plan) -> Vec<Self> {
        if reported.events.is_empty() {
            return Vec::new();
        }
        let text = code(plan);
        let mask = Factory::new(Arc::default(), &text, false);
        reported.events.iter().map(|event| Self::of(event, plan, &mask)).collect()
    }

    fn of(event: &Event, plan: &Plan, mask: &Factory) -> Self {
        let manifest = &plan.verdict.manifest;
        let (path, line) = match &event.place {
            Some((file, line)) => (Some(outside(file, plan)), line.filter(|line| *line > 0)),
            None => (None, None),
        };
        let target = event.target.as_deref().map(|target| shown(target, mask));
        let foreseen = match event.kind {
            Happening::Import => target.as_deref().map(|name| is_imported(name, manifest)),
            kind => is_foreseen(kind, path.as_deref().zip(line), manifest),
        };
        // What the gate read goes by its name; any other name is only the code's word.
        let is_known = |path: &str| plan.verdict.sources.iter().any(|read| read.path == path);
        let path = path.map(|path| if is_known(&path) { path } else { shown(&path, mask) });
        Self { kind: event.kind, by: event.by.clone(), target, path, line, count: event.count, foreseen }
    }
}

/// All code of the script's own: what is a secret there is one wherever it is told of.
fn code(plan: &Plan) -> String {
    let is_code = |path: &Path| path.extension().is_some_and(|ending| ending == "py");
    let beside = plan.job.files.iter().filter(|file| is_code(&file.path)).map(|file| &file.bytes);
    let all = [&plan.job.script_bytes].into_iter().chain(beside);
    all.map(|bytes| String::from_utf8_lossy(bytes)).collect::<Vec<_>>().join("\n")
}

/// What came out of the cell made fit to be told.
fn shown(text: &str, mask: &Factory) -> String {
    plain(&mask.shown(text)).into_owned()
}

/// The name that a file inside has in the verdict.
fn outside(file: &str, plan: &Plan) -> String {
    if Path::new(file) == plan.job.script {
        return plan.script.path.clone();
    }
    match Path::new(file).strip_prefix(WORKSPACE) {
        Ok(below) => walk::read_before(&plan.workspace_root.join(below)).path.to_string(),
        Err(_) => file.to_owned(),
    }
}

/// Whether a module, or one that it lies in or that lies in it, is among those that are imported.
fn is_imported(name: &str, manifest: &Manifest) -> bool {
    let is_below = |name: &str, above: &str| name.strip_prefix(above).is_some_and(|rest| rest.starts_with('.'));
    manifest.imports.iter().any(|known| known == name || is_below(name, known) || is_below(known, name))
}

/// Whether the manifest has an effect of that kind on that line; nothing where it cannot have any.
fn is_foreseen(kind: Happening, place: Option<(&str, u32)>, manifest: &Manifest) -> Option<bool> {
    let others =
        |effect: Effect| manifest.other.iter().filter(move |other| other.effect == effect).map(|other| &other.entry);
    let is_there = |mut entries: Box<dyn Iterator<Item = &Entry> + '_>| {
        place.is_some_and(|(path, line)| entries.any(|entry| entry.path == path && entry.line == line))
    };
    let entries: Box<dyn Iterator<Item = &Entry>> = match kind {
        Happening::Import => return None,
        Happening::Read => Box::new(manifest.reads.iter()),
        Happening::Write => Box::new(manifest.writes.iter()),
        Happening::Delete => Box::new(manifest.deletes.iter()),
        Happening::Connect | Happening::Resolve | Happening::Listen => Box::new(manifest.hosts.iter()),
        Happening::Spawn => Box::new(manifest.processes.iter().chain(&manifest.packages)),
        Happening::Code => Box::new(manifest.code.iter()),
        Happening::Environment => Box::new(manifest.environment.iter()),
        Happening::ChangeMode => Box::new(others(Effect::ChangeMode)),
        Happening::NativeCode => Box::new(others(Effect::NativeCode)),
        Happening::Signal => Box::new(others(Effect::Signal)),
    };
    Some(is_there(entries))
}
