//! Packages of workflows, Dockerfiles and lockfiles, held against advisories.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::advisory::import::of_records;

const NEWS: [News; 4] = [News::Vulnerable, News::Malicious, News::Unevaluable, News::Unchecked];

fn told(shelf: Option<&Shelf>, path: &str, text: &str) -> Vec<String> {
    let facts = Facts { advisories: shelf, ..Facts::default() };
    let rules = Rules { rules: (0..).zip(NEWS).collect(), facts };
    let (hits, problems) = rules.check(path, text);
    assert_eq!(problems, []);
    hits.iter().map(|hit| format!("{:?} {}", NEWS[hit.rule as usize], &text[hit.span.range()])).collect()
}

#[test]
fn actions_are_judged_by_the_release_that_runs() {
    let record = |name: &str, end: &str| {
        format!(
            r#"{{"id":"GHSA-{name}","affected":[{{"package":{{"ecosystem":"GitHub Actions","name":"{name}"}},
            "ranges":[{{"type":"SEMVER","events":[{{"introduced":"0"}}{end}]}}]}}]}}"#
        )
    };
    let records = [record("own/act", r#",{"fixed":"46.0.1"}"#), record("own/bad", "")];
    let shelf = Shelf::of(of_records(&records.each_ref().map(String::as_str)).unwrap());
    let commit = "0123456789abcdef0123456789abcdef01234567";
    for (uses, is_affected) in [
        ("Own/act@v45", true),
        ("own/act@v46", false),
        ("own/act@v46.0.0", true),
        ("own/act@v46.0", false),
        ("own/act/part@v45.1.0", true),
        ("own/act@main", false),
        (commit, false),
        ("own/act@COMMIT # v46.0.0", true),
        ("own/act@COMMIT # v46.0.1", false),
        ("own/bad@main", true),
        ("own/bad@COMMIT", true),
        ("./own/act", false),
    ] {
        let text = format!("jobs:\n  a:\n    steps:\n      - uses: {}\n", uses.replace("COMMIT", commit));
        let found = told(Some(&shelf), ".github/workflows/ci.yml", &text);
        let span = uses.replace("COMMIT", commit);
        let span = span.split(' ').next().unwrap();
        let expected: Vec<String> = is_affected.then(|| format!("Vulnerable {span}")).into_iter().collect();
        assert_eq!(found, expected, "{uses}");
        assert_eq!(told(None, ".github/workflows/ci.yml", &text), [""; 0], "{uses}");
    }
}

#[test]
fn actions_beside_their_workflow_are_no_components() {
    let text = "jobs:\n  a:\n    steps:\n      - uses: ./own\n      - uses: own/act@v1\n";
    let components = Rules::default().components(&".github/workflows/ci.yml".into(), text);
    let names: Vec<_> = components.iter().map(|component| (&*component.package.name, component.line)).collect();
    assert_eq!(names, [("own/act", 5)]);
}

#[test]
fn images_are_held_against_nothing() {
    assert_eq!(told(None, "Dockerfile", "FROM alpha:1.0\n"), [""; 0]);
    assert_eq!(told(None, "gradle.lockfile", "a:b:1=c\n"), ["Unchecked a:b:1"]);
}
