//! Every report format over the same few findings.

use std::sync::Arc;

use insta::assert_snapshot;
use portcullis::finding::{About, Factory, Finding, Hit, SuppressedBy, Suppression};
use portcullis::pack::Pack;
use portcullis::package::{Advisory, Class, Ecosystem, Package};
use portcullis::report::{Format, Report, Style, Summary, schema, statistics, write};
use portcullis::rule::Severity;
use portcullis::source::Span;

const EXAMPLE: &str = "\n```python app.py\n«eval(x)»\nf(x)\n```\n";

/// The built-in pack and rules made for these tests, which do not change with the built-in ones.
pub(crate) fn pack() -> Pack {
    let mut pack = Pack::builtin();
    let eval = "```toml
severity   = \"high\"
confidence = \"medium\"
capability = \"exec-code\"
cwe        = [95, 78]
owasp      = [\"A03:2021\"]
same-as    = [\"B307\", \"S307\"]
see        = [\"https://docs.python.org/3/library/ast.html#ast.literal_eval\"]
[match.call]
name = [\"builtins.eval\"]
```

# Text evaluated as code

Whoever writes the text chooses
what runs. Use `ast.literal_eval`, which reads constants and nothing else, wherever the text holds a value and not a program.

A second paragraph.
";
    let secret = "```toml
severity   = \"critical\"
confidence = \"high\"
cwe        = [798]
[match.call]
name = [\"connect\"]
```

# Secret in the source

A secret in the source is known to all who can read it.
";
    let small = "```toml
severity   = \"low\"
confidence = \"low\"
cwe        = [703]
[match.import]
name = [\"x\"]
```

# Small matter

It hardly matters.
";
    let unread = "```toml
severity   = \"medium\"
confidence = \"high\"
cwe        = [693]
[match.problem]
kind = \"unread\"
```

# No file to read

Nothing is known about it. Make it readable, or exclude it on purpose.
";
    for (id, page) in [("test/eval", eval), ("test/secret", secret), ("test/small", small), ("test/unread", unread)] {
        pack.add_page(id, &format!("{page}{EXAMPLE}")).unwrap();
    }
    pack
}

/// The findings of one rule in a text: one for each stretch between `«` and `»`.
pub(crate) fn found(pack: &Pack, rule: &str, path: &str, marked: &str) -> Vec<Finding> {
    let (mut text, mut starts, mut spans) = (String::new(), Vec::new(), Vec::new());
    for character in marked.chars() {
        match character {
            '«' => starts.push(text.len()),
            '»' => spans.push(Span::new(starts.pop().unwrap(), text.len())),
            _ => text.push(character),
        }
    }
    let rule = pack.position(rule).unwrap();
    let mut factory = Factory::new(Arc::from(path), &text, true);
    let hit = |span| Hit::at(rule, span);
    spans.into_iter().map(|span| factory.finding(pack.rule(rule), hit(span))).collect()
}

/// A package that two advisories speak of, on one line.
fn vulnerable(pack: &Pack) -> Vec<Finding> {
    let rule = pack.position("test/small").unwrap();
    let text = "web==2.0\nFrobnitz_Kit==1.0.1\n";
    let mut factory = Factory::new(Arc::from("requirements.txt"), text, true);
    let advisory = |id: &str, fixed: Option<&str>| Advisory {
        id: id.into(),
        aliases: vec!["GHSA-aaaa-bbbb-cccc".into()],
        class: Class::Vulnerable,
        summary: "Frobnitz reads what it should not.".into(),
        severity: Some(Severity::Critical),
        fixed: fixed.map(Into::into),
        symbols: Vec::new(),
        unevaluable: None,
    };
    let about = |advisory| About {
        package: Package { ecosystem: Ecosystem::PyPI, name: "Frobnitz_Kit".into(), version: Some("1.0.1".into()) },
        advisory: Some(advisory),
        through: vec!["web".into(), "Frobnitz_Kit".into()],
        build: None,
        imported_at: Some("src/app.py:1".into()),
    };
    let advisories = [advisory("CVE-2026-0001", Some("1.0.2")), advisory("CVE-2026-0002", None)];
    let hits = advisories.map(|advisory| Hit {
        severity: advisory.severity,
        about: Some(Arc::new(about(advisory))),
        ..Hit::at(rule, Span::new(9, 28))
    });
    hits.map(|hit| factory.finding(pack.rule(rule), hit)).into()
}

#[test]
fn advisories_of_one_line_are_findings_of_their_own() {
    let findings = vulnerable(&pack());
    assert_ne!(findings[0].fingerprint, findings[1].fingerprint);
    assert_eq!(findings[0].severity, Severity::Critical);
    let detail = "Frobnitz_Kit 1.0.1 (PyPI): CVE-2026-0001: Frobnitz reads what it should not. Fixed in 1.0.2. \
                  Needed through web > Frobnitz_Kit. Imported at src/app.py:1";
    assert_eq!(findings[0].detail.as_deref(), Some(detail));
}

/// One of each kind that a format could trip over.
pub(crate) fn findings(pack: &Pack) -> Vec<Finding> {
    let mut all = Vec::new();
    all.extend(found(pack, "test/unread", "data/broken.py", "«»"));
    all[0].detail = Some("permission denied".into());

    let text = "import x\n\ndef f(request):\n\tvalue = request.args['q']\n\treturn «eval(value,\n\t\t{},\n\t)»\n";
    let mut traced = found(pack, "test/eval", "src/app.py", text);
    let steps = found(pack, "test/eval", "src/app.py", "import x\n\ndef f(request):\n\tvalue = «request.args['q']»\n");
    traced[0].trace = Box::new([portcullis::finding::Step {
        place: steps[0].place,
        message: "a value that the client chose".into(),
    }]);
    all.extend(traced);
    all.extend(found(pack, "test/secret", "src/db.py", "x = 1\nconnect(user='ärger', «password='hunter2'»)\n"));
    let long = format!("{}«eval(x)»;{}\n", "漢字 = '😀'; ".repeat(200), " y = 1;".repeat(300));
    all.extend(found(pack, "test/eval", "src/lang.py", &long));
    let mut suppressed = found(pack, "test/small", "src/odd name,\n:é%.py", "«import x»\n«import x»\n");
    suppressed[1].suppressed =
        Some(Suppression { by: SuppressedBy::Comment, reason: Some("it is only a test".into()) });
    all.extend(suppressed);
    all.extend(vulnerable(pack));
    all
}

pub(crate) fn render(format: Format, pack: &Pack, findings: &[Finding], style: &Style) -> String {
    let report = Report {
        pack,
        findings,
        components: &[],
        summary: Summary { files: 12, bytes: 34_567, listed_only: 1, passed_over: 0 },
    };
    let mut out = Vec::new();
    write(format, &report, style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn text() {
    let pack = pack();
    assert_snapshot!(render(Format::Text, &pack, &findings(&pack), &Style { width: 100, ..Style::default() }));
}

#[test]
fn text_with_colours_links_and_what_is_suppressed() {
    let pack = pack();
    let style =
        Style { color: true, hyperlinks: Some("/home/me/my tree".into()), show_suppressed: true, ..Style::default() };
    assert_snapshot!(render(Format::Text, &pack, &findings(&pack)[3..], &style).replace('\u{1b}', "␛"));
}

#[test]
fn text_without_findings() {
    assert_snapshot!(render(Format::Text, &pack(), &[], &Style::default()), @"12 files scanned, no findings, 1 file listed only");
}

#[test]
fn nothing_in_the_tree_steers_the_terminal_or_begins_a_line() {
    let pack = pack();
    let path = "a\n::error::\u{1b}]0;x\u{7}\u{9b}2J.py";
    let mut findings =
        found(&pack, "test/eval", path, "\u{1b}[2J\u{202e}\u{9b}«eval('\u{1b}[31m\u{85}')»\r::error::x\n");
    findings[0].detail = Some("\u{1b}[2Jx\n::error::y".into());
    for format in [Format::Text, Format::Concise, Format::Github] {
        let text = render(format, &pack, &findings, &Style::default());
        assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
        let commands = text.lines().filter(|line| line.trim_start().starts_with("::")).count();
        assert_eq!(commands, usize::from(format == Format::Github), "{text}");
    }
}

#[test]
fn concise() {
    let pack = pack();
    assert_snapshot!(render(Format::Concise, &pack, &findings(&pack), &Style::default()));
}

#[test]
fn json() {
    let pack = pack();
    let text = render(Format::Json, &pack, &findings(&pack), &Style::default());
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_snapshot!(format!("{value:#}").replace(env!("CARGO_PKG_VERSION"), "VERSION"));
}

#[test]
fn json_lines_are_the_findings_of_json_and_its_summary() {
    let pack = pack();
    let findings = findings(&pack);
    let document: serde_json::Value =
        serde_json::from_str(&render(Format::Json, &pack, &findings, &Style::default())).unwrap();
    let lines = render(Format::Jsonl, &pack, &findings, &Style::default());
    let lines: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (last, findings) = lines.split_last().unwrap();
    assert_eq!(findings, document["findings"].as_array().unwrap());
    assert_eq!(last["summary"], document["summary"]);
}

#[test]
fn json_has_the_shape_of_its_schema() {
    let schema: serde_json::Value = serde_json::from_str(&schema()).unwrap();
    let pack = pack();
    let document: serde_json::Value =
        serde_json::from_str(&render(Format::Json, &pack, &findings(&pack), &Style::default())).unwrap();
    let keys = |value: &serde_json::Value| {
        let mut keys: Vec<_> = value.as_object().unwrap().keys().cloned().collect();
        keys.sort();
        keys
    };
    let required = |value: &serde_json::Value| {
        let mut names: Vec<_> =
            value["required"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect();
        names.sort();
        names
    };
    assert_eq!(keys(&document), required(&schema));
    assert_eq!(schema["properties"]["version"]["const"], document["version"]);
    let definitions = &schema["$defs"];
    for finding in document["findings"].as_array().unwrap() {
        assert_eq!(keys(finding), required(&definitions["Finding"]));
        assert_eq!(keys(&finding["excerpt"]), required(&definitions["Excerpt"]));
        for step in finding["trace"].as_array().unwrap() {
            assert_eq!(keys(step), required(&definitions["Step"]));
        }
    }
    assert_eq!(keys(&document["summary"]), required(&definitions["Summary"]));
    assert_snapshot!(format!("{schema:#}"));
}

#[test]
fn github() {
    let pack = pack();
    assert_snapshot!(render(Format::Github, &pack, &findings(&pack), &Style::default()));
}

#[test]
fn github_shows_the_worst_and_counts_the_rest() {
    let pack = pack();
    let mut findings = found(&pack, "test/small", "a.py", &"«import x»\n".repeat(15));
    findings.extend(found(&pack, "test/eval", "b.py", &"«eval(x)»\n".repeat(8)));
    findings.extend(found(&pack, "test/secret", "c.py", &"«secret»\n".repeat(7)));
    let text = render(Format::Github, &pack, &findings, &Style::default());
    let lines: Vec<_> = text.lines().collect();
    assert!(lines[..7].iter().all(|line| line.starts_with("::error title=Secret in the source")), "{text}");
    assert!(lines[7..10].iter().all(|line| line.starts_with("::error title=Text evaluated")), "{text}");
    assert!(lines[10..19].iter().all(|line| line.starts_with("::notice title=Small")), "{text}");
    assert_eq!(lines[19..], ["::notice title=portcullis::11 more findings are not annotated; the worst 19 are."]);
}

#[test]
fn github_messages_fit_the_runner() {
    let pack = pack();
    let mut findings = found(&pack, "test/eval", "a.py", "«eval(x)»\n");
    findings[0].detail = Some("😀%".repeat(5000).into());
    let text = render(Format::Github, &pack, &findings, &Style::default());
    let message = text.trim_end().rsplit_once("::").unwrap().1.replace("%25", "%");
    assert!((4090..=4096).contains(&message.encode_utf16().count()));
}

#[test]
fn statistics_count_by_rule() {
    let pack = pack();
    let mut findings = findings(&pack);
    findings.extend(found(&pack, "test/small", "z.py", &"«import x»\n".repeat(10)));
    let report = Report { pack: &pack, findings: &findings, components: &[], summary: Summary::default() };
    let mut out = Vec::new();
    statistics(&report, &mut out).unwrap();
    assert_snapshot!(String::from_utf8(out).unwrap());
}

#[test]
fn no_format_shows_a_secret() {
    let pack = pack();
    let findings = findings(&pack);
    for format in Format::names().map(|name| Format::from_name(name).unwrap()) {
        let text = render(format, &pack, &findings, &Style { show_suppressed: true, ..Style::default() });
        assert!(!text.contains("hunter2"), "{format:?}");
    }
}

#[test]
fn a_writer_that_fails_is_an_error() {
    struct Closed;
    impl std::io::Write for Closed {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let pack = pack();
    let findings = findings(&pack);
    let report = Report { pack: &pack, findings: &findings, components: &[], summary: Summary::default() };
    for format in Format::names().map(|name| Format::from_name(name).unwrap()) {
        let error = write(format, &report, &Style::default(), &mut Closed).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::BrokenPipe, "{format:?}");
    }
}
