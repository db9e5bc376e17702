//! A bill of a few packages, and of many.

#![expect(clippy::unwrap_used)]

use serde_json::{Value, json};

use super::*;

fn component(ecosystem: Ecosystem, name: &str, version: Option<&str>, path: &str, line: u32) -> Component {
    Component {
        package: Package { ecosystem, name: name.into(), version: version.map(Into::into) },
        path: path.into(),
        line,
        is_direct: None,
        is_development: false,
        hashes: Vec::new(),
        needs: Vec::new(),
        advisories: Vec::new(),
    }
}

fn advisory(id: &str, severity: Option<Severity>, fixed: Option<&str>) -> Advisory {
    Advisory {
        id: id.into(),
        aliases: vec!["GHSA-aaaa-bbbb-cccc".into()],
        class: Class::Vulnerable,
        summary: "It reads\u{7} what it \"should\" not.".into(),
        severity,
        fixed: fixed.map(Into::into),
        symbols: Vec::new(),
        unevaluable: None,
    }
}

fn few() -> Vec<Component> {
    vec![
        Component {
            is_direct: Some(true),
            needs: vec![1, 2, 2, 99],
            ..component(Ecosystem::Npm, "@own/web", Some("1.0.0"), "package-lock.json", 7)
        },
        Component {
            is_development: true,
            is_direct: Some(false),
            hashes: Hash::new("sha512", &"0a".repeat(64)).into_iter().collect(),
            advisories: vec![advisory("CVE-2026-1", Some(Severity::High), Some("1.0.2"))],
            ..component(Ecosystem::Npm, "kit", Some("1.0.1"), "package-lock.json", 12)
        },
        component(Ecosystem::Npm, "kit", Some("1.0.1"), "b/yarn.lock", 3),
        Component {
            advisories: vec![advisory("CVE-2026-1", None, None), advisory("MAL-2026-5", None, None)],
            ..component(Ecosystem::PyPI, "Frob_Nitz", None, "requirements.txt", 1)
        },
        component(Ecosystem::Docker, "registry.test:5000/a/b", Some("sha256:ab"), "Dockerfile", 1),
        component(Ecosystem::Npm, "", Some("1"), "package.json", 2),
    ]
}

fn text(components: &[Component]) -> String {
    let mut out = Vec::new();
    write(components, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn bom(components: &[Component]) -> Value {
    serde_json::from_str(&text(components)).unwrap()
}

#[test]
fn places_of_one_package_are_one_component() {
    let bom = bom(&few());
    let refs: Vec<_> = bom["components"].as_array().unwrap().iter().map(|item| &item["bom-ref"]).collect();
    assert_eq!(
        refs,
        [
            "npm/",
            "pkg:docker/a/b@sha256:ab?repository_url=registry.test:5000",
            "pkg:npm/%40own/web@1.0.0",
            "pkg:npm/kit@1.0.1",
            "pkg:pypi/frob-nitz"
        ]
    );
    assert_eq!(
        bom["components"][3],
        json!({
            "type": "library", "bom-ref": "pkg:npm/kit@1.0.1", "name": "kit", "version": "1.0.1", "scope": "required",
            "hashes": [{"alg": "SHA-512", "content": "0a".repeat(64)}], "purl": "pkg:npm/kit@1.0.1",
            "evidence": {"occurrences": [{"location": "b/yarn.lock", "line": 3}, {"location": "package-lock.json", "line": 12}]},
            "properties": [{"name": "portcullis:direct", "value": "false"}],
        })
    );
    assert_eq!(bom["components"][2]["group"], "@own");
    assert_eq!(bom["components"][0].get("purl"), None);
    assert_eq!(bom["dependencies"][2], json!({"ref": "pkg:npm/%40own/web@1.0.0", "dependsOn": ["pkg:npm/kit@1.0.1"]}));
}

#[test]
fn an_advisory_names_all_that_it_affects() {
    let bom = bom(&few());
    assert_eq!(
        bom["vulnerabilities"][0],
        json!({
            "id": "CVE-2026-1",
            "source": {"name": "CVE", "url": "https://osv.dev/vulnerability/CVE-2026-1"},
            "references": [{"id": "GHSA-aaaa-bbbb-cccc", "source":
                {"name": "GitHub Advisory Database", "url": "https://osv.dev/vulnerability/GHSA-aaaa-bbbb-cccc"}}],
            "ratings": [{"severity": "high", "method": "other"}],
            "description": "It reads\u{7} what it \"should\" not.",
            "recommendation": "Update kit to 1.0.2.",
            "affects": [
                {"ref": "pkg:npm/kit@1.0.1", "versions": [{"version": "1.0.1", "status": "affected"}]},
                {"ref": "pkg:pypi/frob-nitz"}
            ],
            "properties": [{"name": "portcullis:class", "value": "vulnerable"}],
        })
    );
    assert_eq!(bom["vulnerabilities"][1]["id"], "MAL-2026-5");
    assert_eq!(bom["vulnerabilities"][1]["ratings"][0]["severity"], "unknown");
}

#[test]
fn the_same_packages_give_the_same_bytes() {
    let mut turned = few();
    turned.iter_mut().for_each(|component| component.needs.clear());
    let straight = text(&turned);
    turned.reverse();
    assert_eq!(text(&turned), straight);
    let serial = |components: &[Component]| bom(components)["serialNumber"].clone();
    assert_ne!(serial(&turned), serial(&few()));
    assert!(serial(&few()).as_str().unwrap().starts_with("urn:uuid:"));
}

#[test]
fn a_hundred_thousand_packages_are_written() {
    let all: Vec<_> = (0..100_000)
        .map(|number| Component {
            needs: vec![(number * 7) % 100_000],
            ..component(Ecosystem::CratesIo, &format!("kit-{number}"), Some("1.0.0"), "Cargo.lock", 1)
        })
        .collect();
    let mut out = Vec::new();
    write(&all, &mut out).unwrap();
    let bom: Value = serde_json::from_slice(&out).unwrap();
    assert_eq!(bom["components"].as_array().unwrap().len(), 100_000);
}

#[test]
fn no_secret_of_a_lockfile_is_shown() {
    let token = format!("{}{}", "ghp_", "0123456789abcdefghijABCDEFGHIJ012345");
    let text = text(&[component(Ecosystem::Npm, "kit", Some(&token), "package-lock.json", 1)]);
    assert!(!text.contains(&token) && text.contains("pkg:npm/kit@ghp_"), "{text}");
}
