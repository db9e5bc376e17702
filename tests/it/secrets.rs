//! Credentials: every rule beside all others, and none of their values in anything that is printed.

use std::collections::BTreeMap;
use std::ops::Range;

use portcullis::pack::Pack;
use portcullis::rule::Match;
use portcullis::rule::page::{self, Example};
use serde_json::Value;

use crate::program::Tree;

/// The examples of all rules about credentials, by the path at which each is planted.
fn examples(pack: &Pack) -> BTreeMap<String, Example> {
    let mut all = BTreeMap::new();
    for (index, rule) in (0..).zip(pack.rules()) {
        if matches!(rule.matcher, Match::Secret(_) | Match::Assigned(_)) {
            for (number, example) in page::examples(pack.page(index)).unwrap().into_iter().enumerate() {
                all.insert(format!("{}/{number}/{}", &rule.id[7..], example.path), example);
            }
        }
    }
    all
}

fn tree(examples: &BTreeMap<String, Example>) -> Tree {
    let tree = Tree::new(&[]);
    examples.iter().for_each(|(path, example)| tree.write(path, &example.text));
    tree
}

/// Parts of a value that must not be seen: each of its longer lines, without the beginning that may be shown.
fn parts(value: &str) -> impl Iterator<Item = &str> {
    let lines = value.split(['\n', '\r', '"', '\\']).map(|line| line.trim().get(4..).unwrap_or_default());
    // The lines around a key say what it is, which reports may say too.
    lines.filter(|part| part.len() >= 8 && !part.contains(": ") && !part.contains("-----"))
}

/// A report without the pages of rules, whose own examples stand in them.
fn without_pages(format: &str, report: String) -> String {
    if format != "sarif" {
        return report;
    }
    let mut report: Value = serde_json::from_str(&report).unwrap();
    report["runs"][0]["tool"].take();
    report.to_string()
}

#[test]
fn a_credential_in_parts_is_found_where_it_is_put_together() {
    let halves = ["ghp_7Kq2mZ9xT4vBn8Wc", "5rYd3hJf6gPa1eXQz0Ls"];
    let code = format!("import os\nFIRST = '{}'\nTOKEN = FIRST + '{}'\n", halves[0], halves[1]);
    let tree = Tree::new(&[("app.py", &code)]);
    let done = tree.scan(&["--select", "secret"]);
    assert_eq!(done.findings(), [("app.py", "secret/github-personal-token")], "{}", done.stdout);
    assert!(done.stdout.starts_with("app.py:3:"), "{}", done.stdout);
    let done = tree.run(&["gate", "app.py"]);
    assert_eq!(done.code, 2, "{}", done.stdout);
    assert!(!halves.iter().any(|half| done.stdout.contains(half)), "{}", done.stdout);
}

#[test]
fn no_format_shows_a_planted_credential() {
    let pack = Pack::builtin();
    let examples = examples(&pack);
    assert!(examples.len() > 300, "{}", examples.len());
    let tree = tree(&examples);
    let values: Vec<(&str, &str)> = examples
        .iter()
        .flat_map(|(path, example)| example.marked.iter().map(|range| (path.as_str(), &example.text[range.clone()])))
        .collect();
    let common = ["scan", "--isolated", "--set", "audit", "--every-place", "--show-suppressed", "--exit-zero", "."];
    for format in ["text", "concise", "json", "jsonl", "sarif", "github"] {
        let done = tree.run(&[&common[..], &["--output-format", format]].concat());
        assert_eq!(done.code, 0, "{}", done.stderr);
        let shown = without_pages(format, done.stdout);
        let leaked: Vec<_> = values
            .iter()
            .filter(|(_, value)| parts(value).any(|part| shown.contains(part) || done.stderr.contains(part)))
            .map(|(path, _)| path)
            .collect();
        assert!(leaked.is_empty(), "{format}: {leaked:?}");
    }
}

#[test]
fn what_one_rule_finds_is_found_beside_all_others() {
    let pack = Pack::builtin();
    let examples = examples(&pack);
    let done = tree(&examples).run(&[
        "scan",
        "--isolated",
        "--every-place",
        "--exit-zero",
        "--set",
        "audit",
        "--output-format",
        "jsonl",
        ".",
    ]);
    let mut found: BTreeMap<String, Vec<Range<(u64, u64)>>> = BTreeMap::new();
    for line in done.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        let point = |name: &str| (line[name]["line"].as_u64().unwrap(), line[name]["column"].as_u64().unwrap());
        if line["rule"].as_str().is_some_and(|rule| rule.starts_with("secret/")) {
            found.entry(line["path"].as_str().unwrap().to_owned()).or_default().push(point("start")..point("end"));
        }
    }
    let mut lost = Vec::new();
    for (path, example) in &examples {
        let index = portcullis::source::LineIndex::new(&example.text);
        for range in &example.marked {
            let place = index.place(&example.text, portcullis::source::Span::new(range.start, range.end));
            let (start, end) = (
                (u64::from(place.start.line), u64::from(place.start.column)),
                (u64::from(place.end.line), u64::from(place.end.column)),
            );
            let covered =
                found.get(path).is_some_and(|all| all.iter().any(|found| found.start < end && start < found.end));
            if !covered {
                lost.push(format!("{path}:{}", place.start.line));
            }
        }
    }
    assert!(lost.is_empty(), "{lost:#?}");
}

#[test]
fn a_verdict_shows_no_credential_that_an_effect_takes() {
    let token =
        ["pato", "VI6MuJ2kQx9Zr", ".", "7f3a91c04be28d56f1a7c3e09b42d68f5a1c7e93b04d26f8a95c1e7b3d60f4a2"].concat();
    let code = format!("import subprocess\nsubprocess.run(['curl', '-H', 'X: {token}'])\nopen('/srv/{token}')\n");
    let tree = Tree::new(&[("app.py", &code)]);
    for format in ["text", "json"] {
        let done = tree.run(&["gate", "--format", format, "app.py"]);
        assert!(done.stdout.contains("secret/airtable-personal-token"), "{}", done.stdout);
        assert!(!done.stdout.contains("VI6MuJ2kQx9Zr"), "{}", done.stdout);
    }
}

#[test]
fn what_is_measured_is_told_without_the_value() {
    let value = ["q7Zr2mK9xWc4", "vB8nTs5yLd3h", "Jf6gPa1eXQ"].concat();
    let tree = Tree::new(&[("a.env", &format!("API_SECRET={value}\n"))]);
    let words = tree.run(&["secrets", "features", "."]);
    assert!(words.stdout.starts_with("a.env:1:12: key, confidence "), "{}{}", words.stdout, words.stderr);
    let rows = tree.run(&["secrets", "features", "--jsonl", "."]);
    let row: Value = serde_json::from_str(rows.stdout.lines().next().unwrap()).unwrap();
    assert!(row["features"].as_object().unwrap().len() > 30, "{row}");
    assert!(!rows.stdout.contains(&value[4..]) && !words.stdout.contains(&value[4..]));
}

#[test]
fn a_page_whose_expression_explodes_is_refused() {
    let page = |matcher: &str| {
        format!(
            "```toml\nseverity = \"high\"\nconfidence = \"high\"\ncwe = [798]\n[match.secret]\nis = \"token\"\n{matcher}\n```\n# T\n\nP.\n\n\
             ```text a.env\n«x»\ny\n```\n"
        )
    };
    for matcher in [
        "matches = 'tok_(?:(?:[0-9]x|[a-f]y|[g-p]z|[q-w]){1,120}-){1,250}'",
        "matches = 'tok_[0-9]{6}'\nunless = '(?:(?:a{1,200}b?){1,200}){1,200}'",
    ] {
        let refused = Pack::without_rules().add_page("secret/explodes", &page(matcher)).unwrap_err();
        assert!(refused.message.contains("does not compile"), "{}", refused.message);
    }
}
