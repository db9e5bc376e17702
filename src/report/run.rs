//! The account of a run: text for people, on standard error beside what the script itself says, and JSON.
//!
//! The JSON has a version of its own, under the same terms as that of `scan`.

use std::io::{self, Write};

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;

use super::{cell, spelled, verdict};
use crate::audit::Changed;
use crate::cell::Layer;
use crate::clause::Decision;
use crate::outcome::{End, LayerState, Limit, Outcome};
use crate::pack::Pack;
use crate::plain::plain;
use crate::run::{Account, Attempt, Change, Claim, Ended, Fate, Plan, Planned, Without};

const VERSION: u32 = 1;

/// What became of a run.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "portcullis run")]
struct Document<'a> {
    /// Version of this format.
    #[schemars(extend("const" = VERSION))]
    version: u32,
    tool: verdict::Tool,
    #[serde(flatten)]
    account: &'a Account,
}

/// One document on one line.
pub fn json(account: &Account, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer(&mut *out, &Document { version: VERSION, tool: verdict::Tool::this(), account })?;
    writeln!(out)
}

/// The JSON Schema (2020-12) of [`json`].
pub fn schema() -> String {
    let schema = SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<Document>();
    format!("{:#}\n", schema.to_value())
}

/// A log of SARIF, in which what the gate found and what the code then tried stand side by side.
pub fn sarif(account: &Account, out: &mut dyn Write) -> io::Result<()> {
    super::sarif::run::write(account, &Pack::builtin(), out)
}

/// How many files people are shown of each kind; JSON has more.
const SHOWN: usize = 20;

/// What is worth saying: nothing where the script ended well and changed nothing.
pub fn text(account: &Account, columns: usize, out: &mut dyn Write) -> io::Result<()> {
    if let (Ended::Shut, Some(plan)) = (account.result, &account.plan) {
        verdict::text(&plan.verdict, columns, out)?;
        writeln!(out)?;
    }
    if let (Some(outcome), Some(plan)) = (&account.outcome, &account.plan) {
        end(outcome, plan, out)?;
        streams(outcome, out)?;
        hosts(outcome, out)?;
        attempts(&account.attempts, out)?;
        reported(outcome, &account.self_reported, out)?;
        if outcome.end != End::Exit(0) {
            left_out(plan, out)?;
        }
    }
    changes(&account.changes, out)
}

fn end(outcome: &Outcome, plan: &Planned, out: &mut dyn Write) -> io::Result<()> {
    let limits = &plan.limits;
    match outcome.end {
        End::Exit(0) => {}
        End::Exit(code) => writeln!(out, "the script ended with code {code}")?,
        End::Signal(signal) => writeln!(out, "signal {signal} ended the script")?,
        End::Limit(limit) => {
            let met = match limit {
                Limit::Wall => format!("{} s by the clock (`wall-s`)", limits.wall_s),
                Limit::Cpu => format!("{} s of processor time (`cpu-s`)", limits.cpu_s),
                Limit::Memory => format!("{} MiB of memory (`memory-mib`)", limits.memory_mib),
                Limit::Output => format!("{} KiB of output (`output-kib`)", limits.output_kib),
                Limit::File => format!("{} MiB in one file (`file-mib`)", limits.file_mib),
                Limit::Files => format!(
                    "{} MiB and {} files in the workspace, {} MiB and {} files in the folder for temporary ones (`workspace-mib`, \
                     `workspace-files`, `tmp-mib`, `tmp-files`)",
                    limits.workspace_mib, limits.workspace_files, limits.tmp_mib, limits.tmp_files
                ),
            };
            writeln!(out, "the script was ended at its limit of {met}")?;
        }
        End::Lost => writeln!(out, "the script was run, and nobody can tell how it ended")?,
    }
    Ok(())
}

fn streams(outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    for (name, _) in
        [("standard output", &outcome.stdout), ("standard error", &outcome.stderr)].iter().filter(|s| s.1.lost)
    {
        writeln!(
            out,
            "not all of the script's {name} could be handed on: there was no room for it, or nobody read it"
        )?;
    }
    Ok(())
}

/// Hosts that were refused, each once.
fn hosts(outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    let refused = outcome.requests.iter().filter_map(|request| {
        let why = request.refusal.as_ref()?;
        Some(format!("{}:{}: {}", plain(&request.host), request.port, plain(why)))
    });
    let refused: Vec<_> = refused.collect::<std::collections::BTreeSet<_>>().into_iter().collect();
    refused.iter().take(SHOWN).try_for_each(|one| writeln!(out, "refused {one}"))?;
    more(refused.len(), out)
}

fn attempts(attempts: &[Attempt], out: &mut dyn Write) -> io::Result<()> {
    if attempts.is_empty() {
        return Ok(());
    }
    let calls = attempts.iter().map(|one| match one.foreseen {
        Some(false) => format!("{} ({}, and nothing that the gate read tells of it)", one.call, one.count),
        _ => format!("{} ({})", one.call, one.count),
    });
    writeln!(out, "the sandbox refused system calls: {}", plain(&calls.collect::<Vec<_>>().join(", ")))
}

/// What was not foreseen, and how much else was told.
fn reported(outcome: &Outcome, claims: &[Claim], out: &mut dyn Write) -> io::Result<()> {
    let Some(reported) = &outcome.self_reported else { return Ok(()) };
    if !reported.begun {
        return writeln!(out, "the interpreter told nothing of what the script does");
    }
    let counts: Vec<_> = reported.counts.iter().map(|(kind, count)| format!("{} ({count})", spelled(kind))).collect();
    let counts = if counts.is_empty() { "nothing".to_owned() } else { counts.join(", ") };
    writeln!(out, "the script's own interpreter, which the script can make lie, tells of: {counts}")?;
    let unforeseen: Vec<_> = claims.iter().filter(|claim| claim.foreseen == Some(false)).collect();
    if unforeseen.is_empty() {
        return Ok(());
    }
    writeln!(out, "of these the gate had not read:")?;
    for claim in unforeseen.iter().take(SHOWN) {
        let place = match (&claim.path, claim.line) {
            (Some(path), Some(line)) => format!("{path}:{line}: "),
            (Some(path), None) => format!("{path}: "),
            (None, _) => String::new(),
        };
        let target = claim.target.as_deref().map(|target| format!(" {target}")).unwrap_or_default();
        writeln!(out, "  {}", plain(&format!("{place}{}{target} ({})", spelled(claim.kind), claim.by)))?;
    }
    more(unforeseen.len(), out)
}

fn left_out(plan: &Planned, out: &mut dyn Write) -> io::Result<()> {
    if plan.left_out.is_empty() {
        return Ok(());
    }
    writeln!(out, "not in the cell:")?;
    for one in plan.left_out.iter().take(SHOWN) {
        writeln!(out, "  {}: {}", plain(&one.path), plain(&one.why))?;
    }
    more(plan.left_out.len(), out)
}

fn changes(changes: &[Change], out: &mut dyn Write) -> io::Result<()> {
    for change in changes.iter().take(SHOWN) {
        let what = match change.what {
            Changed::Made => "made",
            Changed::Written => "written",
            Changed::Deleted => "deleted",
        };
        let bytes = change.bytes.map(|bytes| format!(" ({bytes} bytes)")).unwrap_or_default();
        let fate = match &change.fate {
            Fate::Kept => String::new(),
            Fate::Dropped => ", thrown away".to_owned(),
            Fate::Refused(why) | Fate::Failed(why) => format!(", not copied out: {why}"),
        };
        writeln!(out, "{what:<8}{}{bytes}{}", plain(&change.path), plain(&fate))?;
    }
    more(changes.len(), out)
}

fn more(count: usize, out: &mut dyn Write) -> io::Result<()> {
    match count.saturating_sub(SHOWN) {
        0 => Ok(()),
        more => writeln!(out, "and {more} more: `--format json`"),
    }
}

/// Which layers of a sandbox there are.
pub fn layers(
    layers: &[LayerState],
    require: &[Layer],
    without_namespaces: Option<&Without>,
    out: &mut dyn Write,
) -> io::Result<()> {
    for LayerState { layer, present, detail, .. } in layers {
        let state = match (present, require.contains(layer)) {
            (true, _) => "yes",
            (false, true) => "MISSING",
            (false, false) => "no",
        };
        writeln!(out, "{state:<8}{:<19}{}", layer.name(), plain(detail))?;
    }
    match without_namespaces {
        None => Ok(()),
        Some(Without { possible: true, .. }) => {
            writeln!(out, "\nWithout namespaces a cell can be had too, with fewer walls: `--allow-weaker namespaces`.")
        }
        Some(Without { detail, .. }) => writeln!(out, "\nWithout namespaces no cell can be had: {}.", plain(detail)),
    }
}

/// What would be run, and in what cell.
pub fn plan(plan: &Plan, columns: usize, out: &mut dyn Write) -> io::Result<()> {
    verdict::text(&plan.verdict, columns, out)?;
    let told = plan.told();
    let would = match told.verdict.decision {
        Decision::Allow => "This would be run",
        Decision::Ask => "This would be run if it is allowed",
        Decision::Deny => "This would not be run",
    };
    writeln!(out, "\n{would}:")?;
    let arguments = match plan.job.arguments.len() {
        0 => String::new(),
        1 => " with an argument".to_owned(),
        count => format!(" with {count} arguments"),
    };
    let script = plain(&plan.job.script.to_string_lossy()).into_owned();
    writeln!(out, "  {} {script}{arguments}", plain(&told.interpreter.join(" ")))?;
    writeln!(out, "  sha256 {}", told.script.sha256)?;
    writeln!(out, "  environment: {}", plain(&told.environment.join(", ")))?;
    if told.files > 0 {
        writeln!(out, "  {} files of {}", told.files, plain(&plan.workspace_root.to_string_lossy()))?;
    }
    writeln!(out, "\nIn this cell:")?;
    cell::text(&plan.ground.cell, out)?;
    if !told.waived.is_empty() {
        let waived: Vec<_> = told.waived.iter().map(|layer| layer.name()).collect();
        writeln!(out, "  {:<12}{}", "waived", waived.join(", "))?;
    }
    if !told.left_out.is_empty() {
        writeln!(out)?;
    }
    left_out(&told, out)
}
