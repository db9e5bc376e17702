//! The account of a run: text for people, on standard error beside what the script itself says, and JSON.
//!
//! The JSON has a version of its own, under the same terms as that of `scan`.

use std::io::{self, Write};

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;

use super::{cell, verdict};
use crate::audit::Changed;
use crate::cell::Layer;
use crate::clause::Decision;
use crate::outcome::{End, LayerState, Limit, Outcome};
use crate::pack::Pack;
use crate::plain::plain;
use crate::run::{Account, Attempt, Change, Ended, Fate, Plan, Planned};

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
        attempts(&account.attempts, out)?;
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
            };
            writeln!(out, "the script was ended at its limit of {met}")?;
        }
    }
    Ok(())
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
            Fate::Refused(why) => format!(", not copied out: {why}"),
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
pub fn layers(layers: &[LayerState], require: &[Layer], out: &mut dyn Write) -> io::Result<()> {
    for LayerState { layer, present, detail, .. } in layers {
        let state = match (present, require.contains(layer)) {
            (true, _) => "yes",
            (false, true) => "MISSING",
            (false, false) => "no",
        };
        writeln!(out, "{state:<8}{:<19}{}", layer.name(), plain(detail))?;
    }
    Ok(())
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
