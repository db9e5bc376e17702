//! Rules as SARIF's reporting descriptors (§3.49), with the properties that GitHub reads.

use std::collections::BTreeMap;

use serde_json::Value;
use serde_sarif::sarif::{
    MultiformatMessageString, PropertyBag, ReportingConfiguration, ReportingDescriptor, ResultLevel,
};

use super::super::page::shortened;
use crate::pack::Pack;
use crate::rule::page::paragraph;
use crate::rule::{Confidence, Rule, Severity};

/// Longest description that GitHub takes, in characters.
const DESCRIPTION: usize = 1024;
/// GitHub shows so many tags of a rule.
const TAGS: usize = 10;

pub(super) fn descriptor(pack: &Pack, index: u16) -> ReportingDescriptor {
    let (rule, page) = (pack.rule(index), pack.page(index));
    let why = paragraph(page);
    let text = |text: String| MultiformatMessageString::builder().text(text).build();
    let prose = page.split_once('\n').map_or("", |(_, prose)| prose).trim();
    let mut descriptor = ReportingDescriptor::builder()
        .id(rule.id.as_str())
        .name(name(&rule.id))
        .short_description(text(shortened(&rule.title, DESCRIPTION)))
        .full_description(text(shortened(&why, DESCRIPTION)))
        .help(MultiformatMessageString::builder().text(why.as_str()).markdown(prose).build())
        .default_configuration(ReportingConfiguration::builder().level(level_name(rule.severity)).build())
        .properties(properties(rule))
        .build();
    descriptor.help_uri = rule.see.first().cloned();
    descriptor
}

/// `python/yaml-load` as `PythonYamlLoad`: names are one word for people (SARIF2012 of the multitool).
fn name(id: &str) -> String {
    let words = id.split(['/', '-']).map(|word| {
        let mut characters = word.chars();
        characters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(characters).collect::<String>()
    });
    words.collect()
}

fn properties(rule: &Rule) -> PropertyBag {
    let facts = facts(rule.severity);
    let precision = match rule.confidence {
        Confidence::High => "high",
        Confidence::Medium => "medium",
        Confidence::Low => "low",
    };
    let properties = [
        ("precision", precision),
        ("problem.severity", facts.problem),
        // A string, and what makes the alert a security alert.
        ("security-severity", facts.score),
    ];
    PropertyBag::builder()
        .tags(tags(rule))
        .additional_properties(
            properties.map(|(key, value)| (key.to_owned(), Value::from(value))).into_iter().collect::<BTreeMap<_, _>>(),
        )
        .build()
}

fn tags(rule: &Rule) -> Vec<String> {
    let cwe = rule.cwe.iter().map(|number| format!("external/cwe/cwe-{number}"));
    let owasp = rule.owasp.iter().map(|category| format!("external/owasp/{}", category.to_ascii_lowercase()));
    std::iter::once("security".to_owned()).chain(cwe).chain(owasp).take(TAGS).collect()
}

/// What a severity is called in SARIF and by GitHub.
struct Facts {
    level: ResultLevel,
    problem: &'static str,
    /// In the middle of GitHub's band: critical above 9, high from 7, medium from 4.
    score: &'static str,
}

fn facts(severity: Severity) -> Facts {
    let (level, problem, score) = match severity {
        Severity::Critical => (ResultLevel::Error, "error", "9.5"),
        Severity::High => (ResultLevel::Error, "error", "8.0"),
        Severity::Medium => (ResultLevel::Warning, "warning", "5.5"),
        Severity::Low => (ResultLevel::Note, "recommendation", "2.0"),
    };
    Facts { level, problem, score }
}

pub(super) fn level(severity: Severity) -> ResultLevel {
    facts(severity).level
}

fn level_name(severity: Severity) -> Value {
    serde_json::to_value(level(severity)).unwrap_or_default()
}
