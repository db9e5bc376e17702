//! JSON and JSON lines: our own format, whose version says when a consumer must look again.
//!
//! Within one version fields are added, never renamed, dropped or given another meaning, and every field is written, empty or
//! not. `portcullis schema` prints the schema, which is made from the types here.

use std::io::{self, Write};

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::{Serialize, Serializer};

use super::tally::Tally;
use super::{Report, Style};
use crate::effect::Capability;
use crate::finding::{Finding, SuppressedBy};
use crate::package::{self, Class, Package};
use crate::rule::{Confidence, SecretKind, Severity};
use crate::source::Point;

const VERSION: u32 = 1;

/// The report of one scan.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "portcullis report")]
struct Document<'a> {
    /// Version of this format.
    #[schemars(extend("const" = VERSION))]
    version: u32,
    tool: Tool,
    /// Sorted by path, place and rule.
    #[schemars(with = "Vec<Entry>")]
    findings: Entries<'a>,
    summary: Totals,
}

#[derive(Serialize, JsonSchema)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

/// One finding. Paths have `/` between their parts; lines and columns count from 1, columns in Unicode code points; `end` is the
/// first position after the finding.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Finding")]
struct Entry<'a> {
    /// Id of the rule, `family/name`.
    rule: &'a str,
    severity: Severity,
    confidence: Confidence,
    /// What the code can do, in the words of policies; null where the rule names none.
    capability: Option<Capability>,
    /// Title of the rule.
    title: &'a str,
    /// What is particular to this place; null where the title says all.
    detail: Option<&'a str>,
    path: &'a str,
    start: Point,
    end: Point,
    excerpt: Lines<'a>,
    /// How the danger got there, first step first.
    trace: Vec<Step<'a>>,
    /// Identity of the finding, which stays when lines move.
    #[serde(serialize_with = "displayed")]
    #[schemars(with = "String", regex(pattern = "^[0-9a-f]{32}$"))]
    fingerprint: crate::finding::Fingerprint,
    /// Numbers of the weaknesses in the Common Weakness Enumeration.
    cwe: &'a [u32],
    owasp: &'a [String],
    /// Ids by which users of other tools know the rule.
    same_as: &'a [String],
    /// What is known of the credential that was found; null for other findings.
    credential: Option<Credential>,
    /// Where else the same credential stands.
    also: Vec<Elsewhere<'a>>,
    /// Null for a finding that counts.
    suppressed: Option<Suppressed<'a>>,
    /// The commit in which it appeared first; null where no history was scanned.
    commit: Option<Commit<'a>>,
    /// The package that it is about; null for other findings.
    package: Option<&'a Package>,
    /// What is published about the package; null where the finding rests on nothing that is.
    advisory: Option<Advisory<'a>>,
    /// Names from the dependency that the project itself asks for down to the package; empty where the file does not tell.
    through: &'a [Box<str>],
    /// What is known of how it is built; null where nothing is.
    build: Option<&'a str>,
    /// The first line that imports the package, `path:line`; null where none was found.
    imported_at: Option<&'a str>,
}

#[derive(Serialize, JsonSchema)]
struct Advisory<'a> {
    /// A CVE where there is one.
    id: &'a str,
    /// Other names of the same, sorted.
    aliases: &'a [Box<str>],
    class: Class,
    summary: &'a str,
    /// Null where neither a CVSS vector nor the database says.
    severity: Option<Severity>,
    /// The lowest version above this one that is not affected; null where none is named.
    fixed: Option<&'a str>,
    /// Functions or modules that it names as affected.
    symbols: &'a [Box<str>],
    /// Why it could not be judged whether it affects the version; null where it could.
    unevaluable: Option<&'a str>,
}

/// What a commit says of itself, which whoever made it chose.
#[derive(Serialize, JsonSchema)]
struct Commit<'a> {
    id: &'a str,
    /// Name and address.
    author: &'a str,
    /// RFC 3339; empty where the commit does not say.
    date: &'a str,
}

#[derive(Serialize, JsonSchema)]
struct Elsewhere<'a> {
    path: &'a str,
    start: Point,
    end: Point,
}

#[derive(Serialize, JsonSchema)]
struct Credential {
    kind: SecretKind,
    /// Whether its structure or checksum is right; null where there is none to check.
    holds: Option<bool>,
}

/// The lines of the finding, secrets masked, long ones cut.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Excerpt")]
struct Lines<'a> {
    /// Number of the first line.
    line: u32,
    text: &'a str,
}

#[derive(Serialize, JsonSchema)]
struct Step<'a> {
    start: Point,
    end: Point,
    message: &'a str,
}

#[derive(Serialize, JsonSchema)]
struct Suppressed<'a> {
    by: SuppressedBy,
    /// Null where none is given.
    reason: Option<&'a str>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Summary")]
struct Totals {
    /// Files that were read.
    files: u64,
    bytes: u64,
    /// Files that no reader exists for yet.
    listed_only: u64,
    /// Files over the size cap that no reader takes: credentials in them were not looked for.
    passed_over: u64,
    #[serde(flatten)]
    tally: Tally,
}

/// The last line of JSON lines.
#[derive(Serialize)]
struct LastLine {
    summary: Totals,
}

/// The findings of a report, made into entries one at a time.
struct Entries<'a>(&'a Report<'a>);

impl Serialize for Entries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.findings.iter().map(|finding| entry(self.0, finding)))
    }
}

fn displayed<S: Serializer>(value: &impl std::fmt::Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

fn entry<'a>(report: &'a Report, finding: &'a Finding) -> Entry<'a> {
    let rule = report.pack.rule(finding.rule);
    let step =
        |step: &'a crate::finding::Step| Step { start: step.place.start, end: step.place.end, message: &step.message };
    let about = finding.about.as_deref();
    Entry {
        rule: &rule.id,
        severity: finding.severity,
        confidence: finding.confidence,
        capability: rule.capability,
        title: &rule.title,
        detail: finding.detail.as_deref(),
        path: &finding.path,
        start: finding.place.start,
        end: finding.place.end,
        excerpt: Lines { line: finding.excerpt.line, text: &finding.excerpt.text },
        trace: finding.trace.iter().map(step).collect(),
        fingerprint: finding.fingerprint,
        cwe: &rule.cwe,
        owasp: &rule.owasp,
        same_as: &rule.same_as,
        credential: finding.credential.map(|known| Credential { kind: known.is, holds: known.holds }),
        also: finding.also.iter().map(|(path, place)| Elsewhere { path, start: place.start, end: place.end }).collect(),
        suppressed: finding
            .suppressed
            .as_ref()
            .map(|suppression| Suppressed { by: suppression.by, reason: suppression.reason.as_deref() }),
        commit: finding.commit.as_deref().map(|commit| Commit {
            id: &commit.id,
            author: &commit.author,
            date: &commit.date,
        }),
        package: about.map(|about| &about.package),
        advisory: about.and_then(|about| about.advisory.as_ref()).map(advisory),
        through: about.map_or(&[], |about| &about.through),
        build: about.and_then(|about| about.build.as_deref()),
        imported_at: about.and_then(|about| about.imported_at.as_deref()),
    }
}

fn advisory(advisory: &package::Advisory) -> Advisory<'_> {
    Advisory {
        id: &advisory.id,
        aliases: &advisory.aliases,
        class: advisory.class,
        summary: &advisory.summary,
        severity: advisory.severity,
        fixed: advisory.fixed.as_deref(),
        symbols: &advisory.symbols,
        unevaluable: advisory.unevaluable.as_deref(),
    }
}

fn totals(report: &Report) -> Totals {
    let summary = report.summary;
    Totals {
        files: summary.files,
        bytes: summary.bytes,
        listed_only: summary.listed_only,
        passed_over: summary.passed_over,
        tally: Tally::of(report),
    }
}

/// One document.
pub(super) fn write(report: &Report, _: &Style, out: &mut dyn Write) -> io::Result<()> {
    let tool = Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") };
    let document = Document { version: VERSION, tool, findings: Entries(report), summary: totals(report) };
    serde_json::to_writer(&mut *out, &document)?;
    writeln!(out)
}

/// A finding a line, and the summary as the last one.
pub(super) fn write_lines(report: &Report, _: &Style, out: &mut dyn Write) -> io::Result<()> {
    for finding in report.findings {
        serde_json::to_writer(&mut *out, &entry(report, finding))?;
        writeln!(out)?;
    }
    serde_json::to_writer(&mut *out, &LastLine { summary: totals(report) })?;
    writeln!(out)
}

/// The JSON Schema (2020-12) of the format `json`; a line of `jsonl` is its `Finding`, or an object with its `summary`.
pub fn schema() -> String {
    let schema = SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<Document>();
    format!("{:#}\n", schema.to_value())
}
