//! Findings as SARIF's results (§3.27).

use std::collections::BTreeMap;

use serde_json::Value;
use serde_sarif::sarif::{
    ArtifactContent, ArtifactLocation, CodeFlow, Location, Message, PhysicalLocation, PropertyBag, Region, Result,
    Suppression, ThreadFlow, ThreadFlowLocation,
};

use super::super::uri;
use super::{Kept, SOURCE_ROOT, rule};
use crate::finding::{self, Finding};
use crate::source::Place;

/// GitHub shows so many steps of a flow.
const STEPS: usize = 1_000;

pub(super) fn result(kept: &Kept, finding: &Finding, snippet: bool) -> Result {
    let snippet = snippet.then(|| marked(finding)).filter(|text| !text.is_empty());
    let mut result = Result::builder()
        .rule_id(kept.report.pack.rule(finding.rule).id.as_str())
        .rule_index(kept.rule_index(finding.rule))
        .level(rule::level(finding.severity))
        .message(Message::builder().text(kept.report.headline(finding)).build())
        .locations(vec![location(&finding.path, finding.place, snippet)])
        .partial_fingerprints(fingerprints(finding))
        .properties(properties(finding))
        .build();
    if !finding.trace.is_empty() {
        result.code_flows = Some(vec![flow(finding)]);
    }
    if !finding.also.is_empty() {
        let places = finding.also.iter().take(STEPS).zip(0..);
        let related = places.map(|((path, place), id)| Location { id: Some(id), ..location(path, *place, None) });
        result.related_locations = Some(related.collect());
    }
    if kept.suppressions {
        result.suppressions = Some(finding.suppressed.iter().map(suppression).collect());
    }
    result
}

/// Relative paths hang on the source root, absolute ones stand for themselves.
pub(super) fn location(path: &str, place: Place, snippet: Option<&str>) -> Location {
    let mut artifact = ArtifactLocation::builder().uri(uri::of_path(path)).build();
    if !path.starts_with('/') {
        artifact.uri_base_id = Some(SOURCE_ROOT.to_owned());
    }
    let mut region = Region::builder()
        .start_line(place.start.line)
        .start_column(place.start.column)
        .end_line(place.end.line)
        .end_column(place.end.column)
        .build();
    region.snippet = snippet.map(|text| ArtifactContent::builder().text(text).build());
    let physical = PhysicalLocation::builder().artifact_location(artifact).region(region).build();
    Location::builder().physical_location(physical).build()
}

fn marked(finding: &Finding) -> &str {
    let (start, end) = finding.excerpt.marked;
    finding.excerpt.text.get(start as usize..end as usize).unwrap_or_default()
}

fn fingerprints(finding: &Finding) -> BTreeMap<String, String> {
    let own = ("portcullis/v1".to_owned(), finding.fingerprint.to_string());
    let github = finding.line_hash.map(|hash| ("primaryLocationLineHash".to_owned(), hash.to_string()));
    std::iter::once(own).chain(github).collect()
}

fn properties(finding: &Finding) -> PropertyBag {
    let own = [("confidence", finding.confidence.name()), ("severity", finding.severity.name())];
    let commit = finding
        .commit
        .iter()
        .flat_map(|commit| [("commit", &*commit.id), ("author", &*commit.author), ("date", &*commit.date)]);
    let texts = own.into_iter().chain(commit).map(|(key, value)| (key, Value::from(value)));
    // Those who read these count vulnerable packages by them.
    let is_affected = |about: &&std::sync::Arc<finding::About>| {
        about.advisory.as_ref().is_some_and(|advisory| advisory.unevaluable.is_none())
    };
    let package = finding.about.iter().filter(is_affected).flat_map(|about| package(about));
    let properties = texts.chain(package).map(|(key, value)| (key.to_owned(), value));
    PropertyBag::builder().additional_properties(properties.collect::<BTreeMap<_, _>>()).build()
}

/// What is known of a package, without what is not known.
fn package(about: &finding::About) -> impl Iterator<Item = (&'static str, Value)> {
    let text = |text: &Option<Box<str>>| text.as_deref().map(Value::from);
    let list = |texts: &[Box<str>]| Value::from_iter(texts.iter().map(|text| Value::from(&**text)));
    let advisory = about.advisory.as_ref();
    let all = [
        ("package", Some(Value::from(&*about.package.name))),
        ("ecosystem", Some(Value::from(about.package.ecosystem.name()))),
        ("version", text(&about.package.version)),
        ("id", advisory.map(|advisory| Value::from(&*advisory.id))),
        ("aliases", advisory.map(|advisory| list(&advisory.aliases))),
        ("class", advisory.map(|advisory| serde_json::to_value(advisory.class).unwrap_or_default())),
        ("fixed", advisory.and_then(|advisory| text(&advisory.fixed))),
        ("through", (!about.through.is_empty()).then(|| list(&about.through))),
        ("build", text(&about.build)),
        ("importedAt", text(&about.imported_at)),
    ];
    all.into_iter().filter_map(|(key, value)| Some((key, value?)))
}

fn flow(finding: &Finding) -> CodeFlow {
    let steps = finding.trace.iter().take(STEPS).map(|step| {
        let mut location = location(&finding.path, step.place, None);
        location.message = Some(Message::from(&*step.message));
        ThreadFlowLocation::builder().location(location).build()
    });
    let thread = ThreadFlow::builder().locations(steps.collect::<Vec<_>>()).build();
    CodeFlow::builder().thread_flows(vec![thread]).build()
}

fn suppression(suppression: &finding::Suppression) -> Suppression {
    let kind = if suppression.by.is_in_source() { "inSource" } else { "external" };
    Suppression::builder().kind(kind).justification(suppression.to_string()).build()
}
