//! What of a run is judged: the script with what it imports, and every other file that Python could load as code.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::listing::Listing;
use super::script::{Given, Script, sha256};
use super::{LeftOut, Stop, shown};
use crate::cell::Unfit;
use crate::clause::Decision;
use crate::gate::{Beside, Gate, Input, ReasonKind, Verdict};
use crate::plain::plain;
use crate::python::{self, Unanswered};
use crate::sandbox::Laid;
use crate::walk;

/// How long judging the workspace may take; what is not judged by then is not fit.
const WORKSPACE_BUDGET: Duration = Duration::from_secs(30);

/// How Python may take a file as code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Loaded {
    Source,
    /// Machine code, compiled code, or an archive of modules: nobody reads it.
    Closed,
    No,
}

/// What Python imports from (`importlib.machinery`), and what it starts with (`site`).
const SOURCES: [&str; 3] = ["py", "pyw", "pth"];
const CLOSED: [&str; 10] = ["so", "pyd", "dll", "dylib", "pyc", "pyo", "zip", "egg", "whl", "pyz"];

fn loaded(path: &Path) -> Loaded {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    match ending {
        Some(ending) if SOURCES.contains(&ending) => Loaded::Source,
        Some(ending) if CLOSED.contains(&ending) || name.contains(".so.") => Loaded::Closed,
        _ => Loaded::No,
    }
}

/// What was decided.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) verdict: Verdict,
    /// Files of the workspace that are left out, by their paths.
    pub(super) unfit: BTreeMap<PathBuf, LeftOut>,
}

/// Judges the script, what it imports, and what is handed in with it; then what lies beside it.
pub(super) fn judge(
    gate: &Arc<Gate>,
    script: &Script,
    listing: &Listing,
    inputs: &[Given],
    budget: Duration,
) -> Result<Judged, Stop> {
    let root = gate.workspace();
    let read = |file: &Laid| -> Arc<[u8]> {
        match loaded(&file.path) {
            Loaded::Source => Arc::from(file.bytes.as_slice()),
            _ => Arc::default(),
        }
    };
    let beside = listing.files.iter().map(|file| (root.join(&file.path), read(file))).collect();
    let beside = Beside::Read(Arc::new(beside));
    let mut judged = vec![Input { source: script.source.clone(), bytes: Some(Ok(script.bytes.clone())) }];
    let mut closed = None;
    // By the name that it has, and by the name that it is laid under: each may be what makes it code.
    let names = |Given { real, named, .. }: &Given| {
        let is_one = loaded(real) == loaded(named) && real.extension() == named.extension();
        if is_one { vec![real.clone()] } else { vec![real.clone(), named.clone()] }
    };
    for (path, input) in inputs.iter().flat_map(|input| names(input).into_iter().map(move |path| (path, input))) {
        match loaded(&path) {
            Loaded::Source => {
                judged.push(Input { source: walk::read_before(&path), bytes: Some(Ok(input.laid.bytes.clone())) })
            }
            Loaded::Closed if !gate.admits_native_code() => {
                closed.get_or_insert(format!("{}: {CLOSED_CODE}: the policy denies native code", shown(&path)));
            }
            Loaded::Closed | Loaded::No => {}
        }
    }
    let verdict = within(gate, budget, judged, beside.clone())?;
    let verdict = closed.iter().fold(verdict, |verdict, why| verdict.denied(why));
    let unfit = match verdict.decision {
        Decision::Deny => BTreeMap::new(),
        _ => unfit(gate, &verdict, listing, &beside)?,
    };
    Ok(match (gate.policy().clauses.cell.unfit, unfit.values().next()) {
        (Unfit::Refuse, Some(LeftOut { path, why })) => {
            let message =
                format!("the workspace holds code that the gate does not allow (`unfit = \"refuse\"`): {path}: {why}");
            Judged { verdict: verdict.denied(&message), unfit }
        }
        _ => Judged { verdict, unfit },
    })
}

const CLOSED_CODE: &str = "code that nobody can read";

fn within(gate: &Arc<Gate>, budget: Duration, inputs: Vec<Input>, beside: Beside) -> Result<Verdict, Stop> {
    let worker = Arc::clone(gate);
    let answer = python::within(budget, move || worker.judge(inputs, beside));
    let answer = answer.map_err(|error| Stop::Refused(format!("no thread to decide on: {error}")))?;
    Ok(answer.unwrap_or_else(|unanswered| match unanswered {
        Unanswered::Late => {
            let message = format!("nothing was decided within {} ms (`--budget-ms`)", budget.as_millis());
            gate.undecided(ReasonKind::Budget, &message)
        }
        Unanswered::Broken => {
            gate.undecided(ReasonKind::Failure, "the analysis failed, which is a fault of portcullis: please report it")
        }
    }))
}

/// The files of the workspace that Python could load and that are not allowed. What was judged with the script is not judged
/// again: whoever lets that run lets these run.
fn unfit(
    gate: &Arc<Gate>,
    verdict: &Verdict,
    listing: &Listing,
    beside: &Beside,
) -> Result<BTreeMap<PathBuf, LeftOut>, Stop> {
    let mut unfit = BTreeMap::new();
    if !gate.policy().is_enforced() {
        return Ok(unfit);
    }
    let mut leave_out = |path: &Path, why: &str| drop(unfit.insert(path.to_owned(), LeftOut::new(path, why)));
    let with_script: BTreeSet<(&str, &str)> =
        verdict.sources.iter().map(|read| (read.path.as_str(), read.sha256.as_str())).collect();
    // Files with the same bytes and ending are judged once.
    let (mut known, mut inputs, mut paths) = (BTreeMap::new(), Vec::new(), Vec::<Vec<&Path>>::new());
    for file in &listing.files {
        match loaded(&file.path) {
            Loaded::Closed if !gate.admits_native_code() => {
                leave_out(&file.path, &format!("{CLOSED_CODE}: the policy denies native code"));
            }
            Loaded::Source => {
                let source = walk::read_before(&gate.workspace().join(&file.path));
                let digest = sha256(&file.bytes);
                if with_script.contains(&(&*source.path, &*digest)) {
                    continue;
                }
                let at = *known.entry((digest, file.path.extension())).or_insert(inputs.len());
                if at == inputs.len() {
                    inputs.push(Input { source, bytes: Some(Ok(file.bytes.clone())) });
                    paths.push(Vec::new());
                }
                paths[at].push(&file.path);
            }
            Loaded::Closed | Loaded::No => {}
        }
    }
    let verdicts = each(gate, inputs, beside)?;
    for (at, paths) in paths.iter().enumerate() {
        let why = match verdicts.get(at) {
            Some(verdict) if verdict.decision == Decision::Allow => continue,
            Some(verdict) => told(verdict),
            None => format!("it was not judged within {} s", WORKSPACE_BUDGET.as_secs()),
        };
        paths.iter().for_each(|path| leave_out(path, &why));
    }
    Ok(unfit)
}

/// The verdicts on files each by itself, in their order, as far as time allows.
fn each(gate: &Arc<Gate>, inputs: Vec<Input>, beside: &Beside) -> Result<Vec<Verdict>, Stop> {
    if inputs.is_empty() {
        return Ok(Vec::new());
    }
    let verdicts = Arc::new(Mutex::new(Vec::new()));
    let (worker, told, beside) = (Arc::clone(gate), Arc::clone(&verdicts), beside.clone());
    let tell = move |verdict| told.lock().unwrap_or_else(PoisonError::into_inner).push(verdict);
    // Whether all were judged shows in how many verdicts there are.
    let _ = python::within(WORKSPACE_BUDGET, move || worker.judge_each(inputs, &beside, tell))
        .map_err(|error| Stop::Refused(format!("no thread to decide on: {error}")))?;
    Ok(std::mem::take(&mut verdicts.lock().unwrap_or_else(PoisonError::into_inner)))
}

/// Whether code that a script wrote may lie where something could load it later.
pub(super) fn written(gate: &Arc<Gate>, path: &Path, bytes: &[u8]) -> Result<(), String> {
    if !gate.policy().is_enforced() {
        return Ok(());
    }
    match loaded(path) {
        Loaded::Closed if !gate.admits_native_code() => Err(format!("{CLOSED_CODE}: the policy denies native code")),
        Loaded::Source => {
            let input = Input { source: walk::read_before(path), bytes: Some(Ok(bytes.to_vec())) };
            let verdicts = each(gate, vec![input], &Beside::Read(Arc::default()));
            match verdicts.map_err(|stop| stop.to_string())?.first() {
                Some(verdict) if verdict.decision != Decision::Deny => Ok(()),
                Some(verdict) => Err(told(verdict)),
                None => Err("it was not judged in time".to_owned()),
            }
        }
        Loaded::Closed | Loaded::No => Ok(()),
    }
}

/// The weightiest reason of a verdict, on one line.
fn told(verdict: &Verdict) -> String {
    let Some(reason) = verdict.reasons.first() else { return verdict.decision.name().to_owned() };
    let line = reason.line.map(|line| format!(" (line {line})")).unwrap_or_default();
    format!("{}: {}{line}", reason.decision.name(), plain(&reason.message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_python_loads_is_told_by_its_name() {
        for (name, wanted) in [
            ("a.py", Loaded::Source),
            ("lib/x.PTH", Loaded::Source),
            ("a.cpython-311-x86_64-linux-gnu.so", Loaded::Closed),
            ("libx.so.1.2", Loaded::Closed),
            ("a.pyc", Loaded::Closed),
            ("data.zip", Loaded::Closed),
            ("notes.md", Loaded::No),
            ("py", Loaded::No),
            ("a.sock", Loaded::No),
        ] {
            assert_eq!(loaded(Path::new(name)), wanted, "{name}");
        }
    }
}
