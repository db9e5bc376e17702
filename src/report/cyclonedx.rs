//! CycloneDX 1.6 (ECMA-424) in JSON: the inventory of packages, and what is published about them.
//!
//! The same inventory gives the same bytes: the serial number is made from the content, and no time is written.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::digest::Hash;
use crate::finding::masked;
use crate::inventory::{Component, Parts, purl};
use crate::package::{Advisory, Class, Ecosystem, Package};
use crate::rule::Severity;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Bom<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    bom_format: &'static str,
    spec_version: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    serial_number: Option<String>,
    version: u32,
    metadata: Metadata,
    components: Vec<Item<'a>>,
    dependencies: Vec<Dependency<'a>>,
    vulnerabilities: Vec<Vulnerability<'a>>,
}

#[derive(Serialize)]
struct Metadata {
    tools: Tools,
}

#[derive(Serialize)]
struct Tools {
    components: [Tool; 1],
}

#[derive(Serialize)]
struct Tool {
    #[serde(rename = "type")]
    kind: &'static str,
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Item<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    bom_ref: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<String>,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
    scope: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hashes: Vec<Sum<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purl: Option<&'a str>,
    evidence: Evidence<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    properties: Vec<Property<'a>>,
}

#[derive(Serialize)]
struct Sum<'a> {
    alg: &'static str,
    content: &'a str,
}

#[derive(Serialize)]
struct Evidence<'a> {
    occurrences: Vec<Occurrence<'a>>,
}

#[derive(Serialize)]
struct Occurrence<'a> {
    location: &'a str,
    line: u32,
}

#[derive(Serialize)]
struct Property<'a> {
    name: &'static str,
    value: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Dependency<'a> {
    #[serde(rename = "ref")]
    reference: &'a str,
    depends_on: BTreeSet<&'a str>,
}

#[derive(Serialize)]
struct Vulnerability<'a> {
    id: &'a str,
    source: Source,
    references: Vec<Reference<'a>>,
    ratings: [Rating; 1],
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    #[serde(skip_serializing_if = "String::is_empty")]
    recommendation: String,
    affects: Vec<Affected<'a>>,
    properties: [Property<'static>; 1],
}

#[derive(Serialize)]
struct Source {
    name: &'static str,
    url: String,
}

#[derive(Serialize)]
struct Reference<'a> {
    id: &'a str,
    source: Source,
}

#[derive(Serialize)]
struct Rating {
    severity: &'static str,
    method: &'static str,
}

#[derive(Serialize)]
struct Affected<'a> {
    #[serde(rename = "ref")]
    reference: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    versions: Vec<Version<'a>>,
}

#[derive(Serialize)]
struct Version<'a> {
    version: &'a str,
    status: &'static str,
}

/// Who gives out ids that begin so.
const SOURCES: &[(&str, &str)] = &[
    ("CVE-", "CVE"),
    ("GHSA-", "GitHub Advisory Database"),
    ("GO-", "Go Vulnerability Database"),
    ("MAL-", "OpenSSF Malicious Packages"),
    ("PYSEC-", "Python Packaging Advisory Database"),
    ("RUSTSEC-", "RustSec"),
];

/// All places of one package.
#[derive(Default)]
struct Places<'a> {
    of: Vec<&'a Component>,
    needs: BTreeSet<&'a str>,
}

pub(super) fn write(components: &[Component], out: &mut dyn Write) -> io::Result<()> {
    let masked =
        |component: &Component| Component { package: component.package.masked_by(masked), ..component.clone() };
    let components: Vec<Component> = components.iter().map(masked).collect();
    let references: Vec<String> = components.iter().map(|component| reference(&component.package)).collect();
    let mut grouped: BTreeMap<&str, Places> = BTreeMap::new();
    for (component, reference) in components.iter().zip(&references) {
        let places = grouped.entry(reference).or_default();
        places.of.push(component);
        places.needs.extend(component.needs.iter().filter_map(|index| references.get(*index)).map(String::as_str));
    }
    let mut bom = Bom {
        schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
        bom_format: "CycloneDX",
        spec_version: "1.6",
        serial_number: None,
        version: 1,
        metadata: Metadata {
            tools: Tools {
                components: [Tool {
                    kind: "application",
                    name: env!("CARGO_PKG_NAME"),
                    version: env!("CARGO_PKG_VERSION"),
                }],
            },
        },
        components: grouped.iter().filter_map(|(reference, places)| item(reference, &places.of)).collect(),
        dependencies: grouped
            .iter()
            .map(|(reference, places)| Dependency { reference, depends_on: places.needs.clone() })
            .collect(),
        vulnerabilities: vulnerabilities(&grouped),
    };
    let mut hash = Sha256::new();
    serde_json::to_writer(&mut hash, &bom)?;
    bom.serial_number = Some(serial(&hash.finalize()));
    serde_json::to_writer(&mut *out, &bom)?;
    writeln!(out)
}

/// The package URL; a name of ours where there is none.
fn reference(package: &Package) -> String {
    purl(package).unwrap_or_else(|| format!("{}/{}", package.ecosystem.purl_type(), package.name))
}

/// A UUID (RFC 4122) out of a hash.
fn serial(hash: &[u8]) -> String {
    let mut serial = String::from("urn:uuid:");
    for (at, byte) in hash.iter().take(16).enumerate() {
        let byte = match at {
            6 => byte & 0x0f | 0x50,
            8 => byte & 0x3f | 0x80,
            _ => *byte,
        };
        serial.push_str(if matches!(at, 4 | 6 | 8 | 10) { "-" } else { "" });
        serial.push_str(&format!("{byte:02x}"));
    }
    serial
}

fn item<'a>(reference: &'a str, places: &[&'a Component]) -> Option<Item<'a>> {
    let package = &places.first()?.package;
    let parts = Parts::of(package);
    let occurrences: BTreeSet<(&str, u32)> = places.iter().map(|place| (&*place.path, place.line)).collect();
    let hashes: BTreeSet<&Hash> = places.iter().flat_map(|place| &place.hashes).collect();
    let direct = places.iter().filter_map(|place| place.is_direct).max();
    Some(Item {
        kind: if package.ecosystem == Ecosystem::Docker { "container" } else { "library" },
        bom_ref: reference,
        group: parts.namespace.filter(|namespace| !namespace.is_empty()),
        name: parts.name,
        version: package.version.as_deref(),
        scope: if places.iter().all(|place| place.is_development) { "excluded" } else { "required" },
        hashes: hashes.into_iter().map(|hash| Sum { alg: hash.algorithm(), content: hash.hex() }).collect(),
        purl: Some(reference).filter(|reference| reference.starts_with("pkg:")),
        evidence: Evidence {
            occurrences: occurrences.into_iter().map(|(location, line)| Occurrence { location, line }).collect(),
        },
        properties: direct
            .map(|direct| Property { name: "portcullis:direct", value: if direct { "true" } else { "false" } })
            .into_iter()
            .collect(),
    })
}

/// One for each id, with all the packages that it speaks of.
fn vulnerabilities<'a>(grouped: &BTreeMap<&'a str, Places<'a>>) -> Vec<Vulnerability<'a>> {
    let mut by_id: BTreeMap<&str, BTreeMap<&'a str, (&'a Package, &'a Advisory)>> = BTreeMap::new();
    for (reference, places) in grouped {
        for place in &places.of {
            for advisory in &place.advisories {
                by_id.entry(&advisory.id).or_default().entry(reference).or_insert((&place.package, advisory));
            }
        }
    }
    by_id.into_iter().filter_map(|(id, affected)| vulnerability(id, &affected)).collect()
}

fn vulnerability<'a>(
    id: &'a str,
    affected: &BTreeMap<&'a str, (&'a Package, &'a Advisory)>,
) -> Option<Vulnerability<'a>> {
    let (_, first) = affected.values().next()?;
    let aliases: BTreeSet<&str> =
        affected.values().flat_map(|(_, advisory)| &advisory.aliases).map(|alias| &**alias).collect();
    let fixes: BTreeSet<String> = affected
        .values()
        .filter_map(|(package, advisory)| Some(format!("Update {} to {}.", package.name, advisory.fixed.as_deref()?)))
        .collect();
    let severity = affected.values().filter_map(|(_, advisory)| advisory.severity).max();
    Some(Vulnerability {
        id,
        source: source(id),
        references: aliases.into_iter().map(|id| Reference { id, source: source(id) }).collect(),
        ratings: [Rating { severity: severity.map_or("unknown", Severity::name), method: "other" }],
        description: &first.summary,
        recommendation: fixes.into_iter().collect::<Vec<_>>().join(" "),
        affects: affected
            .iter()
            .map(|(reference, (package, advisory))| affects(reference, package, advisory))
            .collect(),
        properties: [Property { name: "portcullis:class", value: class(first.class) }],
    })
}

fn affects<'a>(reference: &'a str, package: &'a Package, advisory: &Advisory) -> Affected<'a> {
    let status = if advisory.unevaluable.is_some() { "unknown" } else { "affected" };
    let versions = package.version.as_deref().map(|version| Version { version, status });
    Affected { reference, versions: versions.into_iter().collect() }
}

fn source(id: &str) -> Source {
    let known = SOURCES.iter().find(|(prefix, _)| id.starts_with(prefix));
    let mut url = String::from("https://osv.dev/vulnerability/");
    super::uri::encode(id, &mut url);
    Source { name: known.map_or("OSV", |(_, name)| name), url }
}

fn class(class: Class) -> &'static str {
    match class {
        Class::Vulnerable => "vulnerable",
        Class::Malicious => "malicious",
        Class::Unmaintained => "unmaintained",
        Class::Unsound => "unsound",
        Class::Notice => "notice",
    }
}
