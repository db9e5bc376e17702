//! The verdict of the gate: text for people, JSON for agents.
//!
//! The JSON has a version of its own, under the same terms as that of `scan`.

use std::io::{self, Write};
use std::time::Duration;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;

use super::page::wrapped;
use crate::clause::Decision;
use crate::gate::{Reason, Verdict};
use crate::pack;
use crate::plain::{plain, plain_lines};

const VERSION: u32 = 1;

/// The verdict of the gate.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "portcullis verdict")]
struct Document<'a> {
    /// Version of this format.
    #[schemars(extend("const" = VERSION))]
    version: u32,
    tool: Tool,
    #[serde(flatten)]
    verdict: &'a Verdict,
    /// Only with `--timings`.
    #[serde(skip_serializing_if = "Option::is_none")]
    times: Option<Times>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Tool {
    name: &'static str,
    version: &'static str,
    /// SHA-256 of the built-in rules, pages and policies.
    rules: &'static str,
}

impl Tool {
    pub(super) fn this() -> Self {
        Self { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION"), rules: pack::DIGEST }
    }
}

#[derive(Serialize, JsonSchema)]
struct Times {
    /// Microseconds from the arguments to the verdict.
    total: u64,
}

/// One document on one line.
pub fn json(verdict: &Verdict, time: Option<Duration>, out: &mut dyn Write) -> io::Result<()> {
    let tool = Tool::this();
    let times = time.map(|time| Times { total: u64::try_from(time.as_micros()).unwrap_or(u64::MAX) });
    serde_json::to_writer(&mut *out, &Document { version: VERSION, tool, verdict, times })?;
    writeln!(out)
}

/// The JSON Schema (2020-12) of [`json`].
pub fn schema() -> String {
    let schema = SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<Document>();
    format!("{:#}\n", schema.to_value())
}

/// How many reasons people are shown; JSON has more.
const SHOWN: usize = 10;

/// The decision, the reasons for it, and what the code would do.
pub fn text(verdict: &Verdict, columns: usize, out: &mut dyn Write) -> io::Result<()> {
    let named = verdict.sources.iter().filter(|source| !source.imported);
    let names: Vec<_> = named.map(|source| plain(&source.path)).collect();
    let names = if names.is_empty() { String::new() } else { format!(": {}", names.join(", ")) };
    writeln!(out, "{}{names} (policy {})", verdict.decision.name(), plain(&verdict.policy.name))?;
    for reason in verdict.reasons.iter().take(SHOWN) {
        writeln!(out)?;
        told(reason, columns, out)?;
    }
    let more = verdict.reasons.len().saturating_sub(SHOWN) + verdict.reasons_left_out;
    if more > 0 {
        writeln!(out, "\nand {more} more: `--format json`")?;
    }
    manifest(verdict, out)
}

fn told(reason: &Reason, columns: usize, out: &mut dyn Write) -> io::Result<()> {
    let place = reason.path.as_ref().map(|path| match (reason.line, reason.column) {
        (Some(line), Some(column)) => format!("{}:{line}:{column}: ", plain(path)),
        _ => format!("{}: ", plain(path)),
    });
    let rule = reason.rule.as_ref().map(|rule| format!(" [{}]", plain(rule)));
    let (place, rule) = (place.unwrap_or_default(), rule.unwrap_or_default());
    writeln!(out, "{place}{}: {}{rule}", reason.decision.name(), plain(&reason.message))?;
    if let Some(excerpt) = &reason.excerpt {
        for line in plain_lines(excerpt).lines() {
            writeln!(out, "    | {line}")?;
        }
    }
    for step in &reason.trace {
        writeln!(out, "    line {}: {}", step.line, plain(&step.message))?;
    }
    for also in &reason.also {
        writeln!(out, "    also: {} [{}]", plain(&also.message), plain(&also.rule))?;
    }
    if let Some(says) = &reason.policy_says {
        writeln!(out, "    the policy says: {}", plain(says))?;
    }
    if let Some(instead) = reason.instead.as_ref().filter(|_| reason.decision != Decision::Allow) {
        for line in wrapped(&plain(instead), columns.saturating_sub(4)).lines() {
            writeln!(out, "    {line}")?;
        }
    }
    Ok(())
}

fn manifest(verdict: &Verdict, out: &mut dyn Write) -> io::Result<()> {
    let manifest = &verdict.manifest;
    let lists = [
        ("reads", &manifest.reads),
        ("writes", &manifest.writes),
        ("deletes", &manifest.deletes),
        ("hosts", &manifest.hosts),
        ("processes", &manifest.processes),
        ("packages", &manifest.packages),
        ("code", &manifest.code),
        ("environment", &manifest.environment),
    ];
    let rows = lists.iter().map(|(name, entries)| {
        let mut targets: Vec<_> = entries.iter().map(|entry| entry.target.as_deref().unwrap_or("?")).collect();
        targets.dedup();
        (*name, targets.join(", "))
    });
    let imports = ("imports", manifest.imports.join(", "));
    let mut first = true;
    for (name, targets) in rows.chain([imports]).filter(|(_, targets)| !targets.is_empty()) {
        if std::mem::take(&mut first) {
            writeln!(out)?;
        }
        writeln!(out, "{name:<12}{}", plain(&targets))?;
    }
    Ok(())
}
