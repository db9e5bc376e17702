//! A run as SARIF: what the gate found in the code and what the code then tried, in one list of results.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use serde_json::{Value, json};
use serde_sarif::sarif::{
    ArtifactContent, ArtifactLocation, Invocation, Location, Message, MultiformatMessageString, PhysicalLocation,
    PropertyBag, Region, ReportingDescriptor, Result, ResultLevel, Run, Sarif, Tool, ToolComponent,
};

use super::super::{spelled, uri};
use super::{SCHEMA, SOURCE_ROOT, rule};
use crate::gate::Reason;
use crate::outcome::End;
use crate::pack::Pack;
use crate::run::{Account, Attempt, Claim, Ended};

/// Rules of what is seen while code runs.
const REFUSED_CALL: (&str, &str) = ("run/refused-call", "System call refused by the sandbox");
const SELF_REPORTED: (&str, &str) = ("run/self-reported", "Something that the interpreter says the script did");
const LIMIT: (&str, &str) = ("run/limit", "Ended at a limit of the sandbox");
/// The rule of a reason that no rule gives.
const UNJUDGED: (&str, &str) = ("run/unjudged", "Code that could not be judged");

/// Writes the account, which also stands whole among the properties of the run.
pub(crate) fn write(account: &Account, pack: &Pack, out: &mut dyn Write) -> io::Result<()> {
    let results = results(account);
    let ids: BTreeSet<&str> = results.iter().filter_map(|result| result.rule_id.as_deref()).collect();
    let rules: Vec<_> = ids.into_iter().map(|id| descriptor(pack, id)).collect();
    let driver = ToolComponent::builder()
        .name(env!("CARGO_PKG_NAME"))
        .semantic_version(env!("CARGO_PKG_VERSION"))
        .rules(rules)
        .build();
    let mut invocation = Invocation::builder().execution_successful(account.result == Ended::Ran).build();
    invocation.exit_code = Some(i64::from(account.code));
    invocation.exit_code_description.clone_from(&account.message);
    let run = Run::builder()
        .tool(Tool::builder().driver(driver).build())
        .invocations(vec![invocation])
        .original_uri_base_ids(BTreeMap::from([(
            SOURCE_ROOT.to_owned(),
            ArtifactLocation::builder().description("The folder in which the run was asked for.").build(),
        )]))
        .column_kind(json!("unicodeCodePoints"))
        .results(results)
        .properties(bag([("account", serde_json::to_value(account)?)]))
        .build();
    let log = Sarif::builder().schema(SCHEMA).version(json!("2.1.0")).runs(vec![run]).build();
    serde_json::to_writer(&mut *out, &log)?;
    writeln!(out)
}

fn results(account: &Account) -> Vec<Result> {
    let Some(plan) = &account.plan else { return Vec::new() };
    let script = || location(&plan.script.path, None, None, None);
    let mut results: Vec<_> = plan.verdict.reasons.iter().map(found).collect();
    results.extend(account.attempts.iter().map(|attempt| tried(attempt, script())));
    results.extend(account.self_reported.iter().map(|claim| said(claim, &plan.script.path)));
    if let Some(End::Limit(limit)) = account.outcome.as_ref().map(|outcome| outcome.end) {
        let message = format!("The script was ended at its limit: {}", spelled(limit));
        results.push(seen(LIMIT.0, ResultLevel::Warning, &message, script(), Value::Null));
    }
    results
}

/// Why the gate stops the code, or would.
fn found(reason: &Reason) -> Result {
    let id = reason.rule.as_deref().unwrap_or(UNJUDGED.0);
    let location = match &reason.path {
        Some(path) => vec![location(path, reason.line, reason.column, reason.excerpt.as_deref())],
        None => Vec::new(),
    };
    Result::builder()
        .rule_id(id)
        .level(rule::level(reason.severity))
        .message(Message::builder().text(reason.message.as_str()).build())
        .locations(location)
        .properties(bag([
            ("phase", json!("gate")),
            ("decision", json!(reason.decision)),
            ("capability", json!(reason.capability)),
        ]))
        .build()
}

fn tried(attempt: &Attempt, script: Location) -> Result {
    let foreseen = match attempt.foreseen {
        Some(true) => "; the gate had read that it would",
        Some(false) => "; nothing that the gate read tells of it",
        None => "",
    };
    let message = format!("The sandbox refused `{}`, {} times{foreseen}", attempt.call, attempt.count);
    let level = if attempt.foreseen == Some(false) { ResultLevel::Error } else { ResultLevel::Warning };
    seen(REFUSED_CALL.0, level, &message, script, json!(attempt.foreseen))
}

/// What the script could have forged: never more than a note.
fn said(claim: &Claim, script: &str) -> Result {
    let target = claim.target.as_deref().map(|target| format!(": {target}")).unwrap_or_default();
    let foreseen = match claim.foreseen {
        Some(true) => "; the gate had read that it would",
        Some(false) => "; nothing that the gate read tells of it",
        None => "",
    };
    let message = format!(
        "The interpreter reports `{}` ({}){target}, {} times{foreseen}",
        claim.by,
        spelled(claim.kind),
        claim.count
    );
    let location = match &claim.path {
        Some(path) => location(path, claim.line, None, None),
        None => location(script, None, None, None),
    };
    let mut result = seen(SELF_REPORTED.0, ResultLevel::Note, &message, location, json!(claim.foreseen));
    result.properties = Some(bag([
        ("phase", json!("run")),
        ("selfReported", json!(true)),
        ("kind", json!(claim.kind)),
        ("foreseen", json!(claim.foreseen)),
    ]));
    result
}

fn seen(id: &str, level: ResultLevel, message: &str, script: Location, foreseen: Value) -> Result {
    Result::builder()
        .rule_id(id)
        .level(level)
        .message(Message::builder().text(message).build())
        .locations(vec![script])
        .properties(bag([("phase", json!("run")), ("foreseen", foreseen)]))
        .build()
}

fn location(path: &str, line: Option<u32>, column: Option<u32>, excerpt: Option<&str>) -> Location {
    let mut artifact = ArtifactLocation::builder().uri(uri::of_path(path)).build();
    if !path.starts_with('/') {
        artifact.uri_base_id = Some(SOURCE_ROOT.to_owned());
    }
    let mut physical = PhysicalLocation::builder().artifact_location(artifact).build();
    if let Some(line) = line {
        let mut region = Region::builder().start_line(line).build();
        region.start_column = column.map(i64::from);
        region.snippet = excerpt.map(|text| ArtifactContent::builder().text(text).build());
        physical.region = Some(region);
    }
    Location::builder().physical_location(physical).build()
}

fn descriptor(pack: &Pack, id: &str) -> ReportingDescriptor {
    if let Some(index) = pack.position(id) {
        return rule::descriptor(pack, index);
    }
    let own = [REFUSED_CALL, SELF_REPORTED, LIMIT, UNJUDGED].into_iter().find(|(own, _)| *own == id);
    let mut descriptor = ReportingDescriptor::builder().id(id).build();
    // What a policy makes up says all in its results.
    descriptor.short_description = own.map(|(_, title)| MultiformatMessageString::builder().text(title).build());
    descriptor
}

fn bag<const N: usize>(properties: [(&str, Value); N]) -> PropertyBag {
    let properties: BTreeMap<_, _> = properties.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    PropertyBag::builder().additional_properties(properties).build()
}
