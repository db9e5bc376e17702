//! SARIF 2.1.0 (OASIS), as GitHub code scanning takes it (its pages "SARIF support for code scanning" and "SARIF results file
//! is too large").
//!
//! The file is written as it is made, one result at a time, out of the types of `serde_sarif`: a whole log of many results
//! would take a hundred megabytes.

mod result;
mod rule;
#[cfg(target_os = "linux")]
pub(super) mod run;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use serde::{Serialize, Serializer};
use serde_json::Value;
use serde_sarif::sarif::{
    ArtifactLocation, Invocation, Message, Notification, ReportingDescriptorReference, RunAutomationDetails, Tool,
    ToolComponent,
};

use super::order::ranked;
use super::{Report, Style};
use crate::finding::Finding;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
/// GitHub refuses a run with more results than this.
const RESULTS: usize = 25_000;
/// Only so many of the worst results carry a snippet, which keeps the file below GitHub's 10 MB (compressed); it shows no more
/// results than that either.
const SNIPPETS: usize = 5_000;
/// The base of all relative paths: the folder in which the scan ran.
const SOURCE_ROOT: &str = "%SRCROOT%";

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool,
    invocations: [Invocation; 1],
    original_uri_base_ids: BTreeMap<&'static str, ArtifactLocation>,
    automation_details: RunAutomationDetails,
    column_kind: &'static str,
    results: Results<'a>,
}

/// What goes into a run.
struct Kept<'a> {
    report: &'a Report<'a>,
    /// The findings in the order of the report, and whether they carry a snippet.
    findings: Vec<(&'a Finding, bool)>,
    /// Indices into the pack of the rules that found something, in order; a rule's place here is its `ruleIndex`.
    rules: Vec<u16>,
    /// How many findings were left out.
    dropped: usize,
    /// Whether any result says if it is suppressed: then all must.
    suppressions: bool,
}

struct Results<'a>(&'a Kept<'a>);

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer
            .collect_seq(self.0.findings.iter().map(|(finding, snippet)| result::result(self.0, finding, *snippet)))
    }
}

pub(super) fn write(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let kept = Kept::of(report);
    let category = style.category.trim_end_matches('/');
    let run = Run {
        tool: Tool::builder().driver(driver(&kept)).build(),
        invocations: [invocation(&kept, style)],
        original_uri_base_ids: BTreeMap::from([(
            SOURCE_ROOT,
            ArtifactLocation::builder().description("The folder in which the scan ran.").build(),
        )]),
        // A trailing slash makes all of it the category; what follows one would name the single run.
        automation_details: RunAutomationDetails::builder().id(format!("{category}/")).build(),
        column_kind: "unicodeCodePoints",
        results: Results(&kept),
    };
    serde_json::to_writer(&mut *out, &Log { schema: SCHEMA, version: "2.1.0", runs: [run] })?;
    writeln!(out)
}

impl<'a> Kept<'a> {
    fn of(report: &'a Report<'a>) -> Self {
        let mut ranked = ranked(report.findings);
        let dropped = ranked.len().saturating_sub(RESULTS);
        ranked.truncate(RESULTS);
        let mut chosen: Vec<_> =
            ranked.into_iter().enumerate().map(|(rank, (place, finding))| (place, finding, rank < SNIPPETS)).collect();
        chosen.sort_by_key(|(place, ..)| *place);
        let findings: Vec<_> = chosen.into_iter().map(|(_, finding, snippet)| (finding, snippet)).collect();
        let rules: BTreeSet<_> = findings.iter().map(|(finding, _)| finding.rule).collect();
        let suppressions = findings.iter().any(|(finding, _)| finding.suppressed.is_some());
        Self { report, findings, rules: rules.into_iter().collect(), dropped, suppressions }
    }

    fn rule_index(&self, rule: u16) -> i64 {
        self.rules.binary_search(&rule).ok().and_then(|index| i64::try_from(index).ok()).unwrap_or(-1)
    }
}

fn driver(kept: &Kept) -> ToolComponent {
    let rules: Vec<_> = kept.rules.iter().map(|rule| rule::descriptor(kept.report.pack, *rule)).collect();
    let mut driver = ToolComponent::builder()
        .name(env!("CARGO_PKG_NAME"))
        .semantic_version(env!("CARGO_PKG_VERSION"))
        .rules(rules)
        .build();
    driver.information_uri = Some(env!("CARGO_PKG_HOMEPAGE").to_owned()).filter(|uri| !uri.is_empty());
    driver
}

fn invocation(kept: &Kept, style: &Style) -> Invocation {
    let problems =
        kept.findings.iter().filter(|(finding, _)| kept.report.pack.rule(finding.rule).matcher.tells_failure());
    let mut notifications: Vec<_> = problems.map(|(finding, _)| unread(kept, finding)).collect();
    if kept.dropped > 0 {
        let message = format!(
            "{} findings were left out: GitHub takes {RESULTS} results a run, and the worst were kept.",
            kept.dropped
        );
        notifications.push(Notification::builder().level(Value::from("warning")).message(message.as_str()).build());
    }
    let mut invocation = Invocation::builder()
        .execution_successful(style.exit_code.is_none_or(|code| code < 2))
        .tool_execution_notifications(notifications)
        .build();
    invocation.exit_code = style.exit_code.map(i64::from);
    invocation
}

/// A file that was not read, or not in full, is a notification beside a result: viewers show the one, GitHub the other.
fn unread(kept: &Kept, finding: &Finding) -> Notification {
    let rule = ReportingDescriptorReference::builder()
        .id(kept.report.pack.rule(finding.rule).id.as_str())
        .index(kept.rule_index(finding.rule))
        .build();
    Notification::builder()
        .associated_rule(rule)
        .level(Value::from("warning"))
        .message(Message::builder().text(kept.report.headline(finding)).build())
        .locations(vec![result::location(&finding.path, finding.place, None)])
        .build()
}
