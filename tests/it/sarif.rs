//! SARIF, rule by rule as GitHub's documentation and the standard ask for it.

use std::collections::BTreeSet;

use portcullis::finding::{Finding, SuppressedBy, Suppression};
use portcullis::pack::Pack;
use portcullis::report::{Format, Style};
use serde_json::Value;

use crate::report::{findings, found, pack, render};

fn log_of(pack: &Pack, findings: &[Finding], style: &Style) -> Value {
    serde_json::from_str(&render(Format::Sarif, pack, findings, style)).unwrap()
}

fn log() -> Value {
    let pack = pack();
    log_of(&pack, &findings(&pack), &Style::default())
}

fn run(log: &Value) -> &Value {
    &log["runs"][0]
}

fn list<'a>(value: &'a Value, key: &str) -> &'a Vec<Value> {
    value[key].as_array().unwrap_or_else(|| panic!("{key} is no list in {value:#}"))
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no text at {pointer} in {value:#}"))
}

fn number(value: &Value, pointer: &str) -> u64 {
    value.pointer(pointer).and_then(Value::as_u64).unwrap_or_else(|| panic!("no number at {pointer} in {value:#}"))
}

#[test]
fn it_is_what_the_types_of_the_standard_hold() {
    let log = log();
    let typed: serde_sarif::sarif::Sarif = serde_json::from_value(log.clone()).unwrap();
    assert_eq!(serde_json::to_value(typed).unwrap(), log);
    insta::assert_snapshot!(format!("{log:#}").replace(env!("CARGO_PKG_VERSION"), "VERSION"));
}

#[test]
fn the_log_says_what_it_is() {
    let log = log();
    assert_eq!(text(&log, "/version"), "2.1.0");
    assert!(text(&log, "/$schema").ends_with("sarif-2.1.0.json"));
    assert_eq!(list(&log, "runs").len(), 1);
    assert_eq!(text(run(&log), "/columnKind"), "unicodeCodePoints");
    assert_eq!(text(run(&log), "/tool/driver/name"), "portcullis");
    assert_eq!(text(run(&log), "/tool/driver/semanticVersion"), env!("CARGO_PKG_VERSION"));
    assert!(run(&log)["originalUriBaseIds"]["%SRCROOT%"].is_object());
}

#[test]
fn the_category_ends_with_a_slash() {
    let pack = pack();
    assert_eq!(text(run(&log()), "/automationDetails/id"), "portcullis/");
    for category in ["nightly", "nightly/"] {
        let style = Style { category: category.to_owned(), ..Style::default() };
        assert_eq!(text(run(&log_of(&pack, &[], &style)), "/automationDetails/id"), "nightly/");
    }
}

#[test]
fn a_run_without_findings_has_empty_lists() {
    let log = log_of(&pack(), &[], &Style::default());
    assert!(list(run(&log), "results").is_empty());
    assert!(list(&run(&log)["tool"]["driver"], "rules").is_empty());
    assert_eq!(run(&log)["invocations"][0]["executionSuccessful"], true);
}

#[test]
fn the_exit_code_stands_where_it_is_known() {
    for (code, successful) in [(0, true), (1, true), (2, false)] {
        let style = Style { exit_code: Some(code), ..Style::default() };
        let log = log_of(&pack(), &[], &style);
        assert_eq!(run(&log)["invocations"][0]["executionSuccessful"], successful);
        assert_eq!(number(run(&log), "/invocations/0/exitCode"), u64::from(code));
    }
}

#[test]
fn rules_hold_all_that_github_reads() {
    let log = log();
    let rules = list(&run(&log)["tool"]["driver"], "rules");
    let ids: Vec<_> = rules.iter().map(|rule| text(rule, "/id")).collect();
    assert_eq!(ids, ["test/eval", "test/secret", "test/small", "test/unread"]);
    for rule in rules {
        assert!((1..=255).contains(&text(rule, "/name").len()));
        for description in ["/shortDescription/text", "/fullDescription/text"] {
            assert!((1..=1024).contains(&text(rule, description).chars().count()));
        }
        assert!(!text(rule, "/help/text").is_empty() && !text(rule, "/help/markdown").is_empty());
        assert!(["note", "warning", "error"].contains(&text(rule, "/defaultConfiguration/level")));
        assert!(["high", "medium", "low"].contains(&text(rule, "/properties/precision")));
        assert!(["error", "warning", "recommendation"].contains(&text(rule, "/properties/problem.severity")));
        let score: f64 = text(rule, "/properties/security-severity").parse().unwrap();
        assert!(score > 0.0 && score <= 10.0);
        let tags = list(&rule["properties"], "tags");
        assert_eq!(tags[0], "security");
        assert!((2..=10).contains(&tags.len()));
    }
    let eval = &rules[0];
    assert_eq!(text(eval, "/name"), "TestEval");
    assert_eq!(text(eval, "/shortDescription/text"), "Text evaluated as code");
    assert!(text(eval, "/fullDescription/text").starts_with("Whoever writes the text chooses what runs."));
    assert!(text(eval, "/help/markdown").contains("A second paragraph."));
    assert!(text(eval, "/helpUri").starts_with("https://"));
    assert_eq!(
        eval["properties"]["tags"],
        serde_json::json!(["security", "external/cwe/cwe-95", "external/cwe/cwe-78", "external/owasp/a03:2021"])
    );
}

#[test]
fn severities_fall_into_the_bands_of_github() {
    let log = log();
    let bands: Vec<_> = list(&run(&log)["tool"]["driver"], "rules")
        .iter()
        .map(|rule| {
            let score: f64 = text(rule, "/properties/security-severity").parse().unwrap();
            let band = match score {
                score if score > 9.0 => "critical",
                score if score >= 7.0 => "high",
                score if score >= 4.0 => "medium",
                _ => "low",
            };
            (text(rule, "/id"), text(rule, "/defaultConfiguration/level"), band)
        })
        .collect();
    assert_eq!(
        bands,
        [
            ("test/eval", "error", "high"),
            ("test/secret", "error", "critical"),
            ("test/small", "note", "low"),
            ("test/unread", "warning", "medium"),
        ]
    );
}

#[test]
fn long_descriptions_are_cut_and_many_tags_left_out() {
    let mut pack = pack();
    let numbers: Vec<_> = (1..40).map(|number| number.to_string()).collect();
    let page = format!(
        "```toml\nseverity = \"low\"\nconfidence = \"low\"\ncwe = [{}]\n[match.problem]\nkind = \"budget\"\n```\n\n# {}\n\n{}\n",
        numbers.join(", "),
        "title ".repeat(300),
        "many words about it ".repeat(300),
    );
    pack.add_page("test/long", &page).unwrap();
    let log = log_of(&pack, &found(&pack, "test/long", "a.py", "«x»"), &Style::default());
    let rule = &list(&run(&log)["tool"]["driver"], "rules")[0];
    for description in ["/shortDescription/text", "/fullDescription/text"] {
        let description = text(rule, description);
        assert!(description.chars().count() <= 1024 && description.ends_with('…'), "{description}");
    }
    assert_eq!(list(&rule["properties"], "tags").len(), 10);
}

#[test]
fn results_hold_all_that_github_reads() {
    let log = log();
    let rules = list(&run(&log)["tool"]["driver"], "rules");
    let results = list(run(&log), "results");
    for result in results {
        let rule = &rules[usize::try_from(number(result, "/ruleIndex")).unwrap()];
        assert_eq!(text(rule, "/id"), text(result, "/ruleId"));
        assert!(text(result, "/message/text").starts_with(text(rule, "/shortDescription/text")));
        assert!(["note", "warning", "error"].contains(&text(result, "/level")));
        assert_eq!(list(result, "locations").len(), 1);
        let region = "/locations/0/physicalLocation/region";
        let at = |field: &str| number(result, &format!("{region}/{field}"));
        assert!(at("startLine") >= 1 && at("startColumn") >= 1);
        assert!((at("endLine"), at("endColumn")) >= (at("startLine"), at("startColumn")));
        let prints = result["partialFingerprints"].as_object().unwrap();
        assert_eq!(prints.keys().collect::<Vec<_>>(), ["portcullis/v1", "primaryLocationLineHash"]);
        let (hash, count) = text(result, "/partialFingerprints/primaryLocationLineHash").split_once(':').unwrap();
        assert!(u64::from_str_radix(hash, 16).is_ok() && count.parse::<u32>().is_ok());
    }
    let [unread, eval, secret, ..] = &results[..] else { panic!("{results:?}") };
    assert_eq!(text(unread, "/message/text"), "No file to read: permission denied");
    let region = &eval["locations"][0]["physicalLocation"]["region"];
    assert_eq!(
        (&region["startLine"], &region["startColumn"], &region["endLine"], &region["endColumn"]),
        (&5.into(), &9.into(), &7.into(), &3.into())
    );
    // The umlaut before it is one column.
    assert_eq!(number(secret, "/locations/0/physicalLocation/region/startColumn"), 23);
    assert_eq!(text(secret, "/locations/0/physicalLocation/region/snippet/text"), "password='****'");
}

#[test]
fn paths_are_relative_uris() {
    let pack = pack();
    let cases = [
        ("src/app.py", "src/app.py", true),
        ("src/odd name,\n:é%.py", "src/odd%20name,%0A%3A%C3%A9%25.py", true),
        ("c:x.py", "c%3Ax.py", true),
        ("/opt/a b.py", "file:///opt/a%20b.py", false),
    ];
    for (path, uri, is_relative) in cases {
        let log = log_of(&pack, &found(&pack, "test/eval", path, "«eval(x)»"), &Style::default());
        let artifact = &list(run(&log), "results")[0]["locations"][0]["physicalLocation"]["artifactLocation"];
        assert_eq!(text(artifact, "/uri"), uri);
        assert_eq!(artifact.get("uriBaseId"), is_relative.then(|| Value::from("%SRCROOT%")).as_ref());
    }
}

#[test]
fn traces_are_code_flows_with_their_places_inline() {
    let log = log();
    let results = list(run(&log), "results");
    let steps = &results[1]["codeFlows"][0]["threadFlows"][0]["locations"];
    assert_eq!(steps.as_array().unwrap().len(), 1);
    assert_eq!(text(&steps[0], "/location/message/text"), "a value that the client chose");
    assert_eq!(text(&steps[0], "/location/physicalLocation/artifactLocation/uri"), "src/app.py");
    assert_eq!(number(&steps[0], "/location/physicalLocation/region/startLine"), 4);
    assert!(results[2].get("codeFlows").is_none());

    let pack = pack();
    let mut findings = findings(&pack);
    let step = findings[1].trace[0].clone();
    findings[1].trace = vec![step; 3000].into();
    let log = log_of(&pack, &findings, &Style::default());
    let steps = &list(run(&log), "results")[1]["codeFlows"][0]["threadFlows"][0]["locations"];
    assert_eq!(steps.as_array().unwrap().len(), 1000);
}

#[test]
fn suppressed_findings_stay_and_say_why() {
    let log = log();
    for result in list(run(&log), "results") {
        let line = number(result, "/locations/0/physicalLocation/region/startLine");
        let is_package = result["properties"].get("package").is_some();
        let is_suppressed = text(result, "/ruleId") == "test/small" && line == 2 && !is_package;
        let suppressions = list(result, "suppressions");
        assert_eq!(suppressions.len(), usize::from(is_suppressed), "all results say it if any does");
        for suppression in suppressions {
            assert_eq!(text(suppression, "/kind"), "inSource");
            assert_eq!(text(suppression, "/justification"), "it is only a test");
        }
    }
    let pack = pack();
    let mut findings = found(&pack, "test/eval", "a.py", "«eval(x)»");
    let without = log_of(&pack, &findings, &Style::default());
    assert!(list(run(&without), "results")[0].get("suppressions").is_none());
    findings[0].suppressed = Some(Suppression { by: SuppressedBy::Nosec, reason: None });
    let nosec = log_of(&pack, &findings, &Style::default());
    assert_eq!(text(&list(run(&nosec), "results")[0], "/suppressions/0/justification"), "by `# nosec`");
}

#[test]
fn files_not_read_are_notifications_too() {
    let log = log();
    let notifications = list(&run(&log)["invocations"][0], "toolExecutionNotifications");
    assert_eq!(notifications.len(), 1);
    assert_eq!(text(&notifications[0], "/message/text"), "No file to read: permission denied");
    assert_eq!(text(&notifications[0], "/associatedRule/id"), "test/unread");
    assert_eq!(number(&notifications[0], "/associatedRule/index"), 3);
    assert_eq!(text(&notifications[0], "/locations/0/physicalLocation/artifactLocation/uri"), "data/broken.py");
}

#[test]
fn beyond_the_limit_the_worst_are_kept_and_it_is_said() {
    let pack = pack();
    let mut findings = found(&pack, "test/small", "a.py", &"«import x»\n".repeat(6_000));
    findings.extend(found(&pack, "test/eval", "b.py", &"«eval(x)»\n".repeat(18_000)));
    findings.extend(found(&pack, "test/secret", "c.py", &"«secret»\n".repeat(2_000)));
    findings.extend(found(&pack, "test/secret", "d.py", "«secret»\n"));
    if let Some(last) = findings.last_mut() {
        last.suppressed = Some(Suppression { by: SuppressedBy::Noqa, reason: None });
    }
    let log = log_of(&pack, &findings, &Style::default());
    let results = list(run(&log), "results");
    assert_eq!(results.len(), 25_000);
    let of = |rule: &str| results.iter().filter(|result| result["ruleId"] == rule).count();
    assert_eq!((of("test/small"), of("test/eval"), of("test/secret")), (5_000, 18_000, 2_000));
    let uris: Vec<_> =
        results.iter().map(|result| text(result, "/locations/0/physicalLocation/artifactLocation/uri")).collect();
    assert!(uris.is_sorted(), "the order is that of the report");
    let notifications = list(&run(&log)["invocations"][0], "toolExecutionNotifications");
    assert!(text(&notifications[0], "/message/text").starts_with("1001 findings were left out"));
    let with_snippet: BTreeSet<_> = results
        .iter()
        .filter(|result| result.pointer("/locations/0/physicalLocation/region/snippet").is_some())
        .map(|result| text(result, "/ruleId"))
        .collect();
    assert_eq!(with_snippet, BTreeSet::from(["test/eval", "test/secret"]), "the worst carry snippets");
}
