//! Advisories that a configuration sets aside.

#![expect(clippy::unwrap_used)]

use std::path::Path;

use super::*;
use crate::finding::About;
use crate::package::{Advisory, Class, Ecosystem, Package};
use crate::time::Day;

fn config(text: &str) -> Config {
    Config::parse(Path::new("portcullis.toml"), text.to_owned()).unwrap().unwrap()
}

fn about(name: &str) -> About {
    let package = Package { ecosystem: Ecosystem::PyPI, name: name.into(), version: None };
    let advisory = Advisory {
        id: "CVE-2026-1".into(),
        aliases: vec!["GHSA-aaaa-bbbb-cccc".into()],
        class: Class::Vulnerable,
        summary: "".into(),
        severity: None,
        fixed: None,
        symbols: Vec::new(),
        unevaluable: None,
    };
    About { advisory: Some(advisory), ..About::package(package) }
}

#[test]
fn an_advisory_is_ignored_by_any_of_its_names() {
    let text = "[[ignore-advisory]]\nid = \"ghsa-aaaa-bbbb-cccc\"\npackage = \"Frob.Nitz\"\nreason = \"not called\"\n\
                until = \"2026-11-23\"\n[[ignore-advisory]]\nid = \"CVE-2026-9\"\nreason = \"r\"\n";
    let config = config(text);
    let [first, second] = config.ignored_advisories().unwrap().try_into().unwrap();
    let (frob, other) = (about("frob-nitz"), about("other"));
    let is_about = |about: &About| first.is_about(&about.package, about.advisory.as_ref().unwrap());
    assert!(is_about(&frob) && !is_about(&other));
    let day = |text| Day::parse(text).unwrap();
    assert!(!first.has_expired(day("2026-11-23")) && first.has_expired(day("2026-11-24")));
    assert_eq!(first.complaint([&other, &frob].into_iter(), day("2026-11-23")), None);
    assert_eq!(
        first.complaint([&frob].into_iter(), day("2026-11-24")).unwrap(),
        "`ghsa-aaaa-bbbb-cccc` in `Frob.Nitz` was ignored until 2026-11-23, which is over"
    );
    let unused = second.complaint([&frob].into_iter(), day("2026-11-23")).unwrap();
    assert_eq!(unused, "no finding is about `CVE-2026-9`: remove the entry");
    assert!(config.complaint_about(&second, unused).to_string().contains("portcullis.toml:7"));
}

#[test]
fn mistakes_in_entries_are_told_with_their_line() {
    let entry = |rest: &str| format!("[[ignore-advisory]]\nid = \"X-1\"\n{rest}");
    for (rest, line, words) in [
        ("", 1, "reason"),
        ("reason = \"r\"\nuntill = \"2026-01-01\"\n", 4, "untill"),
        ("reason = \" \"\n", 3, "the reason is empty"),
        ("reason = \"r\"\nuntil = \"2026-02-30\"\n", 4, "this is no day"),
    ] {
        let config = Config::parse(Path::new("portcullis.toml"), entry(rest));
        let told = match config {
            Ok(config) => config.unwrap().ignored_advisories().unwrap_err().to_string(),
            Err(complaint) => complaint.to_string(),
        };
        assert!(told.contains(words) && told.contains(&format!("portcullis.toml:{line}")), "{told}");
    }
}
