//! Generated modules and broken samples: nothing panics or runs away, and the gate tells whatever a scan does.

mod grammar;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use bumpalo::Bump;
use portcullis::inspect::Inspector;
use portcullis::pack::Pack;
use portcullis::python::eval::{Care, Knowledge, evaluate};
use portcullis::python::{self, read};
use portcullis::rule::{Match, page};
use portcullis::source::Kind;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use crate::variants::token::tokens;

/// More than any small module may make known of itself, or keep.
const MAX_EVENTS: usize = 1 << 20;
const MAX_BYTES: usize = 256 << 20;

/// Evaluates a text both ways.
fn check(pack: &Pack, inspector: &Inspector<'_>, text: &str) -> Result<(), TestCaseError> {
    // Decoding takes a mark at the beginning off, and only one of the two ways decodes.
    let text = text.trim_start_matches('\u{feff}');
    for care in [Care::SCAN, Care::GATE] {
        let arena = Bump::new();
        let module = read(text, &arena, false);
        let knowledge = Knowledge::new(&pack.models, true);
        let mut events = 0_usize;
        let _ = evaluate(&module, &arena, &knowledge, care, &mut |_| events += 1);
        prop_assert!(events < MAX_EVENTS, "{events} events");
        prop_assert!(arena.allocated_bytes() < MAX_BYTES, "{} bytes", arena.allocated_bytes());
    }
    let scan = inspector.text("script.py", Kind::Python, text);
    let gate = inspector.examine(&Arc::from("script.py"), Kind::Python, text.as_bytes().to_vec());
    // Where more is known, another rule may speak of the same place: of a constant instead of something unknown.
    let told: BTreeSet<_> = gate.findings.iter().map(|finding| finding.place.span.range().start).collect();
    for hit in &scan {
        // What is over one's budget need not be over the other's; and only a scan knows the tree.
        let is_exempt = match &pack.rule(hit.rule).matcher {
            Match::Problem(_) => true,
            Match::Package(package) => package.is.is_of_the_tree(),
            _ => false,
        };
        let is_told = is_exempt || told.contains(&hit.span.range().start);
        prop_assert!(is_told, "only a scan tells {} at {:?}", pack.rule(hit.rule).id, &text[hit.span.range()]);
    }
    Ok(())
}

/// Runs so many cases on a stack that is large enough.
fn run<S: Strategy + Sync>(cases: u32, strategy: S, text_of: impl Fn(S::Value) -> String + Sync) {
    let outcome = python::on_large_stack(|| {
        let pack = Pack::builtin();
        let inspector = Inspector::new(&pack, |_| true);
        let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
        let outcome = runner.run(&strategy, |value| {
            let text = text_of(value);
            check(&pack, &inspector, &text).map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))
        });
        outcome.map_err(|error| error.to_string())
    });
    outcome.unwrap().unwrap_or_else(|error| panic!("{error}"));
}

/// A list of choices, from which a module is written.
fn choices() -> impl Strategy<Value = Vec<u8>> + Sync {
    prop::collection::vec(any::<u8>(), 1..600)
}

/// Samples, each with tokens to leave out or to write twice.
fn samples() -> Vec<String> {
    let pack = Pack::builtin();
    let examples = (0..pack.rules().len()).flat_map(|rule| page::examples(pack.page(rule as u16)).unwrap());
    let mut samples: Vec<_> = examples.map(|example| example.text).collect();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    for folder in ["evasion", "gate/danger"] {
        let mut files: Vec<_> =
            fs::read_dir(fixtures.join(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        samples.extend(files.iter().filter_map(|file| fs::read_to_string(file).ok()));
    }
    samples
}

/// A sample in which tokens are left out (even numbers) or stand twice (odd ones).
fn broken(sample: &str, places: &[(usize, bool)]) -> String {
    let tokens = tokens(sample);
    let times = |at: usize| match places.iter().find(|(place, _)| place % tokens.len().max(1) == at) {
        None => 1,
        Some((_, is_twice)) => {
            if *is_twice {
                2
            } else {
                0
            }
        }
    };
    tokens.iter().enumerate().map(|(at, token)| token.text.repeat(times(at))).collect()
}

fn breaks() -> impl Strategy<Value = (usize, Vec<(usize, bool)>)> + Sync {
    (any::<usize>(), prop::collection::vec((any::<usize>(), any::<bool>()), 1..6))
}

#[test]
fn generated_modules_are_followed_within_bounds() {
    run(200, choices(), |choices| grammar::module(&choices));
}

#[test]
fn broken_samples_are_followed_within_bounds() {
    let samples = samples();
    run(200, breaks(), |(sample, places)| broken(&samples[sample % samples.len()], &places));
}

#[test]
#[ignore = "it takes minutes"]
fn many_generated_modules_and_broken_samples() {
    let samples = samples();
    run(20_000, choices(), |choices| grammar::module(&choices));
    run(20_000, breaks(), |(sample, places)| broken(&samples[sample % samples.len()], &places));
}
