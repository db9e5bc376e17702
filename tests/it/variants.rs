//! What is stopped stays stopped when it is written otherwise: the examples of our own rule pages, transformed.

pub(crate) mod token;
mod transform;

use std::collections::BTreeSet;
use std::path::Path;

use bumpalo::Bump;
use portcullis::clause::Decision;
use portcullis::gate::{self, Beside, Gate, Input};
use portcullis::pack::Pack;
use portcullis::python::tree::StmtKind;
use portcullis::python::{self, strict};
use portcullis::rule::page;
use portcullis::source::Kind;

/// One statement of an example, and what it needs.
pub(crate) struct Snippet {
    /// The rule that the example is of.
    rule: String,
    imports: String,
    body: String,
}

/// The statements of all examples, each with the imports before it.
fn snippets() -> Vec<Snippet> {
    let pack = Pack::builtin();
    let mut snippets = Vec::new();
    // What looks at the text as it stands sees no more than that: credentials in parts are asked for elsewhere.
    let rules = (0..).zip(pack.rules()).filter(|(_, rule)| !rule.matcher.reads_any_text());
    for (number, rule) in rules {
        for example in page::examples(pack.page(number)).unwrap() {
            let arena = Bump::new();
            if Kind::of_example(&example.path) != Kind::Python {
                continue;
            }
            let Ok(module) = strict::read(&example.text, &arena, false) else { continue };
            let mut imports = String::new();
            for statement in module.body {
                let text = format!("{}\n", &example.text[statement.span.range()]);
                match statement.kind {
                    StmtKind::Import(_) | StmtKind::ImportFrom(_) => imports.push_str(&text),
                    _ => snippets.push(Snippet { rule: rule.id.clone(), imports: imports.clone(), body: text }),
                }
            }
        }
    }
    snippets
}

/// A gate that judges many texts, each for itself.
struct Judge {
    gate: Gate,
    _workspace: tempfile::TempDir,
}

impl Judge {
    fn new(level: &str) -> Self {
        let workspace = tempfile::tempdir().unwrap();
        Self { gate: Gate::new(Some(level), workspace.path().to_owned(), false).unwrap(), _workspace: workspace }
    }

    /// Which of the texts are stopped.
    fn stops(&self, texts: &[String]) -> Vec<bool> {
        let input = |number: usize, text: &String| {
            let source = gate::source(Path::new("-"), Some(&format!("{number}.py")));
            Input { source, bytes: Some(Ok(text.clone().into_bytes())) }
        };
        let mut stops = Vec::new();
        for some in texts.chunks(24) {
            let verdict =
                self.gate.judge((0..).zip(some).map(|(number, text)| input(number, text)).collect(), Beside::Disk);
            let stopped: BTreeSet<_> = verdict.reasons.iter().filter_map(|reason| reason.path.as_deref()).collect();
            for (number, text) in some.iter().enumerate() {
                let is_told = stopped.contains(&*format!("{number}.py"));
                // A verdict does not tell all reasons.
                let is_left_out = || {
                    verdict.reasons_left_out > 0
                        && self.gate.judge(vec![input(0, text)], Beside::Disk).decision != Decision::Allow
                };
                stops.push(is_told || is_left_out());
            }
        }
        stops
    }
}

/// Fails with each variant that is allowed, of every `one_in` that there are.
fn assert_stopped(level: &str, one_in: usize) {
    let judge = Judge::new(level);
    let run = || {
        let mut snippets = snippets();
        let texts: Vec<_> = snippets.iter().map(|snippet| format!("{}{}", snippet.imports, snippet.body)).collect();
        let mut stops = judge.stops(&texts).into_iter();
        snippets.retain(|_| stops.next().unwrap());
        assert!(snippets.len() > 300, "{}", snippets.len());
        let mut failures = Vec::new();
        for (number, transform) in transform::ALL.iter().enumerate() {
            let what = transform.name();
            let variants: Vec<_> =
                snippets.iter().filter_map(|snippet| Some((snippet, transform.of(snippet)?))).collect();
            assert!(variants.len() > 40, "{what} applies to {} only", variants.len());
            let variants: Vec<_> = variants.into_iter().skip(number % one_in).step_by(one_in).collect();
            let texts: Vec<_> = variants.iter().map(|(_, text)| text.clone()).collect();
            for ((snippet, text), is_stopped) in variants.iter().zip(judge.stops(&texts)) {
                // What cannot be parsed is stopped for that reason, which says nothing.
                let is_python = strict::read(text, &Bump::new(), false).is_ok();
                if !is_stopped || !is_python {
                    failures.push(format!("{level}, `{what}`, python: {is_python}, {}:\n{text}", snippet.rule));
                }
            }
        }
        failures
    };
    let failures = python::on_large_stack(run).unwrap();
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

#[test]
fn what_is_stopped_stays_stopped_when_it_is_written_otherwise() {
    assert_stopped("moderate", 16);
    assert_stopped("strict", 64);
}

#[test]
fn what_is_listed_as_not_followed_is_not() {
    let judge = Judge::new("moderate");
    let snippet = Snippet {
        rule: String::new(),
        imports: "import shutil\n".to_owned(),
        body: "shutil.copy(\"a\", \"/etc/canary\")\n".to_owned(),
    };
    let run = || judge.stops(&transform::NOT_FOLLOWED.map(|transform| transform.of(&snippet).unwrap()));
    assert_eq!(python::on_large_stack(run).unwrap(), [false; 6]);
}

#[test]
#[ignore = "it takes a minute"]
fn every_variant_of_what_is_stopped_is_stopped() {
    assert_stopped("moderate", 1);
    assert_stopped("strict", 1);
}
