//! Indexes made, read, searched and broken.

#![allow(clippy::unwrap_used)]

use super::import::of_records;
use super::*;

const RECORDS: &[&str] = &[
    r#"{"id":"GHSA-aaaa","aliases":["CVE-2030-1"],"summary":"Alpha leaks","details":"Long.",
        "severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
        "references":[{"type":"WEB","url":"https://example.com/1"}],
        "affected":[{"package":{"ecosystem":"PyPI","name":"Alpha_Pkg"},
          "ranges":[{"type":"GIT","repo":"r","events":[{"introduced":"0"}]},
                    {"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"1.5"},{"introduced":"2.0"},{"fixed":"2.2"}]}],
          "versions":["1.0","3.0.0"]}]}"#,
    r#"{"id":"PYSEC-1","aliases":["CVE-2030-1"],
        "affected":[{"package":{"ecosystem":"PyPI","name":"alpha-pkg"},
          "ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"1.6"}]}]}]}"#,
    r#"{"id":"MAL-1","affected":[{"package":{"ecosystem":"npm","name":"evil"},
        "ranges":[{"type":"SEMVER","events":[{"introduced":"0"}]}]}]}"#,
    r#"{"id":"OLD-1","withdrawn":"2030-01-01T00:00:00Z","affected":[{"package":{"ecosystem":"npm","name":"fine"},
        "ranges":[{"type":"SEMVER","events":[{"introduced":"0"}]}]}]}"#,
    r#"{"id":"ODD-1","affected":[{"package":{"ecosystem":"PyPI","name":"odd"},
        "ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"none of these"}]}]}]}"#,
    r#"{"id":"RUST-1","affected":[{"package":{"ecosystem":"crates.io","name":"given-up"},
        "ranges":[{"type":"SEMVER","events":[{"introduced":"0.0.0-0"}]}],
        "database_specific":{"informational":"unmaintained"},
        "ecosystem_specific":{"affects":{"functions":["given_up::f"]}}}]}"#,
];

fn found(index: &Index, ecosystem: Ecosystem, name: &str, version: &str) -> String {
    let one = |advisory: &crate::package::Advisory| {
        let aliases = advisory.aliases.join(",");
        format!("{}[{aliases}] fixed {:?} {:?}", advisory.id, advisory.fixed, advisory.severity.map(Severity::name))
    };
    index.find(ecosystem, name, version).unwrap().iter().map(one).collect::<Vec<_>>().join("; ")
}

#[test]
fn versions_are_held_against_ranges_and_lists() {
    let index = of_records(RECORDS).unwrap();
    let alpha = |version| found(&index, Ecosystem::PyPI, "ALPHA.pkg", version);
    assert_eq!(alpha("1.0"), "CVE-2030-1[GHSA-aaaa,PYSEC-1] fixed Some(\"1.6\") Some(\"critical\")");
    assert_eq!(alpha("1.5"), "CVE-2030-1[GHSA-aaaa,PYSEC-1] fixed Some(\"1.6\") None".replace("GHSA-aaaa,", ""));
    assert_eq!(alpha("1.6"), "");
    assert_eq!(alpha("2.1"), "CVE-2030-1[GHSA-aaaa] fixed Some(\"2.2\") Some(\"critical\")");
    assert_eq!(alpha("3"), "CVE-2030-1[GHSA-aaaa] fixed None Some(\"critical\")");
    assert_eq!(found(&index, Ecosystem::Npm, "alpha-pkg", "1.0"), "");
    assert_eq!(found(&index, Ecosystem::Npm, "fine", "1.0.0"), "");
}

#[test]
fn what_an_advisory_is_about_is_told() {
    let index = of_records(RECORDS).unwrap();
    let one = |ecosystem, name, version| index.find(ecosystem, name, version).unwrap().remove(0);
    assert_eq!(one(Ecosystem::Npm, "evil", "7.0.0").class, Class::Malicious);
    assert_eq!(one(Ecosystem::Npm, "evil", "not a version").class, Class::Malicious);
    let unmaintained = one(Ecosystem::CratesIo, "given-up", "1.0.0");
    assert_eq!(unmaintained.class, Class::Unmaintained);
    assert_eq!(unmaintained.symbols, ["given_up::f".into()]);
    let odd = one(Ecosystem::PyPI, "odd", "1.0");
    assert_eq!(odd.unevaluable.as_deref(), Some("its bound `none of these` is no version of PyPI"));
}

#[test]
fn texts_are_found_by_any_name() {
    let index = of_records(RECORDS).unwrap();
    let texts = index.details("cve-2030-1").unwrap();
    assert_eq!(texts.iter().map(|text| &*text.text).collect::<Vec<_>>(), ["Long."]);
    assert_eq!(texts[0].references, ["https://example.com/1".into()]);
    assert_eq!(index.details("CVE-1").unwrap(), []);
}

/// Whatever is changed or missing is an error with words, and never a panic or a wrong answer.
#[test]
fn no_damage_goes_unseen() {
    let folder = tempfile::tempdir().unwrap();
    let (records, file) = (folder.path().join("all.jsonl"), folder.path().join("index"));
    let lines: Vec<String> = RECORDS.iter().map(|record| record.replace('\n', " ")).collect();
    std::fs::write(&records, lines.join("\n")).unwrap();
    import::import(&[records], None, &file).unwrap();
    let whole = std::fs::read(&file).unwrap();
    let expected = found(&Index::of_bytes(whole.clone()).unwrap(), Ecosystem::PyPI, "alpha-pkg", "1.0");
    let asked = |bytes: Vec<u8>| -> Result<String, String> {
        let index = Index::of_bytes(bytes)?;
        index.details("CVE-2030-1")?;
        let found = index.find(Ecosystem::PyPI, "alpha-pkg", "1.0")?;
        assert_eq!(found.len(), 1);
        Ok(found[0].id.to_string())
    };
    for at in 0..whole.len() {
        let _ = asked(whole[..at].to_vec()).is_err();
        let mut changed = whole.clone();
        changed[at] ^= 0x55;
        if let Ok(id) = asked(changed) {
            assert!(expected.starts_with(&id), "byte {at}");
        }
    }
    assert!(asked(b"PORTAD99aaaaaaaaaaaaaaaa".to_vec()).unwrap_err().contains("another version"));
}

#[test]
fn bad_records_are_counted_and_told_and_an_empty_import_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (records, file) = (folder.path().join("all.jsonl"), folder.path().join("index"));
    std::fs::write(&records, format!("{}\n{{\"id\":7}}\n\n", RECORDS[2].replace('\n', " "))).unwrap();
    let imported = import::import(std::slice::from_ref(&records), None, &file).unwrap();
    assert_eq!((imported.status.bad, imported.status.inputs[0].records), (1, 1));
    assert!(imported.complaints[0].contains("all.jsonl:2"), "{:?}", imported.complaints);
    let before = std::fs::read(&file).unwrap();
    std::fs::write(&records, "{}\n").unwrap();
    assert!(import::import(&[records], None, &file).unwrap_err().contains("nothing was changed"));
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

#[test]
fn what_is_fixed_leaves_every_record_behind() {
    let ranges = |id: &str, ranges: &[&str]| {
        let one = |events: &&str| format!(r#"{{"type":"ECOSYSTEM","events":{events}}}"#);
        let ranges: Vec<_> = ranges.iter().map(one).collect();
        format!(
            r#"{{"id":"{id}","aliases":["CVE-2030-9"],"references":null,"affected":[{{"package":{{"ecosystem":"PyPI","name":"x"}},"versions":null,"ranges":[{}]}}]}}"#,
            ranges.join(",")
        )
    };
    let overlapping = r#"[{"introduced":"0"},{"fixed":"1.5"}]"#;
    let longer = r#"[{"introduced":"1.2"},{"fixed":"2.0"}]"#;
    let endless = r#"[{"introduced":"0"}]"#;
    let of = |records: &[String]| {
        let index = of_records(&records.iter().map(String::as_str).collect::<Vec<_>>()).unwrap();
        index.find(Ecosystem::PyPI, "x", "1.0").unwrap().remove(0).fixed
    };
    assert_eq!(of(&[ranges("A-1", &[overlapping, longer])]).as_deref(), Some("2.0"));
    assert_eq!(of(&[ranges("A-1", &[overlapping]), ranges("A-2", &[longer])]).as_deref(), Some("1.5"));
    assert_eq!(of(&[ranges("A-1", &[overlapping]), ranges("A-2", &[endless])]).as_deref(), Some("1.5"));
    assert_eq!(of(&[ranges("A-1", &[endless])]), None);
}

#[test]
fn records_that_would_cost_too_much_are_bad() {
    let affected = |name: &str| format!(r#"{{"package":{{"ecosystem":"PyPI","name":"{name}"}},"versions":["1"]}}"#);
    let aliases: Vec<_> = (0..2000).map(|number| format!("\"A-{number}\"")).collect();
    let many = format!(r#"{{"id":"X-1","aliases":[{}],"affected":[{}]}}"#, aliases.join(","), affected("x"));
    let long = format!(r#"{{"id":"X-2","affected":[{}]}}"#, affected(&"x".repeat(70_000)));
    for (record, why) in [(many, "too many aliases"), (long, "a name that is too long")] {
        assert!(of_records(&[&record]).unwrap_err().contains(why));
    }
    // One package very often is not.
    let often: Vec<_> = (0..20_000).map(|number| affected(&format!("x{}", number % 10))).collect();
    of_records(&[&format!(r#"{{"id":"X-3","affected":[{}]}}"#, often.join(","))]).unwrap();
}

#[test]
fn of_two_copies_of_a_record_the_newer_counts() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    let record = |modified: &str, ecosystem: &str| {
        format!(
            r#"{{"id":"G-9","modified":"{modified}","affected":[{{"package":{{"ecosystem":"{ecosystem}","name":"x"}},"versions":["1"]}}]}}"#
        )
    };
    std::fs::write(place("old.jsonl"), record("2020-01-01T00:00:00Z", "npm")).unwrap();
    std::fs::write(place("new.jsonl"), record("2026-01-01T00:00:00Z", "PyPI")).unwrap();
    for order in [["old.jsonl", "new.jsonl"], ["new.jsonl", "old.jsonl"]] {
        import::import(&order.map(place), None, &place("index")).unwrap();
        let index = Index::open(&place("index")).unwrap();
        assert_eq!(index.find(Ecosystem::Npm, "x", "1").unwrap(), []);
        assert_eq!(index.find(Ecosystem::PyPI, "x", "1").unwrap().len(), 1);
    }
}
