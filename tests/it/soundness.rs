//! Every kind of node of the syntax tree: whatever stands in it is walked, and what it gives is followed or reported.
//!
//! The numbers below are given by exhaustive matches: a new kind of node does not compile until it has a number, and the
//! samples stand in the order of the numbers.

use std::collections::BTreeSet;
use std::path::Path;

use bumpalo::Bump;
use portcullis::clause::Decision;
use portcullis::event::Event;
use portcullis::gate::{self, Beside, Gate, Input};
use portcullis::model::Models;
use portcullis::python::eval::{Care, Knowledge, evaluate};
use portcullis::python::tree::{ExprKind, Pattern, StmtKind};
use portcullis::python::{self, strict};

/// What evaluation does with a kind of node.
enum Fate {
    /// What it gives, or does, is followed.
    Followed,
    /// It holds no code and gives nothing that could be called: why.
    Harmless(&'static str),
    /// The readers make it where they fail, and report that.
    Problem,
}

use Fate::{Followed, Harmless, Problem};

/// An expression of each kind. `probe()` stands wherever another expression can.
const EXPRESSIONS: [(&str, Fate); 33] = [
    ("probe", Followed),
    ("'probe'", Harmless("a constant; what runs texts sees it")),
    ("b'probe'", Harmless("a constant; what runs texts sees it")),
    ("f'{probe()}{probe()!r:>{probe()}}'", Followed),
    ("t'{probe()}{probe()!r:>{probe()}}'", Followed),
    ("1", Harmless("a number")),
    ("123456789012345678901234567890", Harmless("a number")),
    ("1.5", Harmless("a number")),
    ("2j", Harmless("a number")),
    ("True", Harmless("a constant")),
    ("None", Harmless("a constant")),
    ("...", Harmless("a constant")),
    ("probe().name", Followed),
    ("probe()[probe()]", Followed),
    ("probe()[probe():probe():probe()]", Followed),
    ("probe()(probe(), *probe(), key=probe(), **probe())", Followed),
    ("probe() + probe()", Followed),
    ("probe() or probe() or probe()", Followed),
    ("not probe()", Followed),
    ("probe() < probe() in probe()", Followed),
    ("probe() if probe() else probe()", Followed),
    ("lambda a=probe(), *b, c=probe(): probe()", Followed),
    ("[probe(), *probe()]", Followed),
    ("(probe(), *probe())", Followed),
    ("{probe(), *probe()}", Followed),
    ("{probe(): probe(), **probe()}", Followed),
    ("[probe() for a in probe() if probe() for b in probe()]", Followed),
    ("await probe()", Followed),
    ("yield probe()", Followed),
    ("yield from probe()", Followed),
    ("*probe(), probe()", Followed),
    ("(name := probe())", Followed),
    ("", Problem),
];

fn number_of_expression(kind: &ExprKind<'_>) -> usize {
    match kind {
        ExprKind::Name(_) => 0,
        ExprKind::Str(_) => 1,
        ExprKind::Bytes(_) => 2,
        ExprKind::FString(_) => 3,
        ExprKind::Template(_) => 4,
        ExprKind::Int(_) => 5,
        ExprKind::BigInt(_) => 6,
        ExprKind::Float(_) => 7,
        ExprKind::Complex => 8,
        ExprKind::Bool(_) => 9,
        ExprKind::None => 10,
        ExprKind::Ellipsis => 11,
        ExprKind::Attribute(_) => 12,
        // A slice stands in an index only.
        ExprKind::Subscript(subscript) if matches!(subscript.index.kind, ExprKind::Slice(_)) => {
            number_of_expression(&subscript.index.kind)
        }
        ExprKind::Subscript(_) => 13,
        ExprKind::Slice(_) => 14,
        ExprKind::Call(_) => 15,
        ExprKind::Binary(_) => 16,
        ExprKind::Logical(..) => 17,
        ExprKind::Unary(..) => 18,
        ExprKind::Compare(_) => 19,
        ExprKind::Conditional(_) => 20,
        ExprKind::Lambda(_) => 21,
        ExprKind::List(_) => 22,
        // A star stands in a display only.
        ExprKind::Tuple([first, ..]) if matches!(first.kind, ExprKind::Starred(_)) => number_of_expression(&first.kind),
        ExprKind::Tuple(_) => 23,
        ExprKind::Set(_) => 24,
        ExprKind::Dict(_) => 25,
        ExprKind::Comprehension(_) => 26,
        ExprKind::Await(_) => 27,
        ExprKind::Yield(_) => 28,
        ExprKind::YieldFrom(_) => 29,
        ExprKind::Starred(_) => 30,
        ExprKind::Named(_) => 31,
        ExprKind::Unparsed => 32,
    }
}

/// A statement of each kind, in a function.
const STATEMENTS: [(&str, Fate); 22] = [
    ("@probe()\ndef f(a: probe(), b=probe(), *c, d=probe()) -> probe():\n    probe()", Followed),
    ("@probe()\nclass C(probe(), *probe(), metaclass=probe(), **probe()):\n    probe()", Followed),
    ("return probe()", Followed),
    ("del probe().a, probe()[probe()]", Followed),
    ("probe().a = probe()[probe()] = probe()", Followed),
    ("probe()[probe()] += probe()", Followed),
    ("for probe().a in probe():\n    probe()\nelse:\n    probe()", Followed),
    ("while probe():\n    probe()\nelse:\n    probe()", Followed),
    ("if probe():\n    probe()\nelif probe():\n    probe()\nelse:\n    probe()", Followed),
    ("with probe() as probe().a, probe():\n    probe()", Followed),
    ("match probe():\n    case 1 if probe():\n        probe()\n    case _:\n        probe()", Followed),
    ("raise probe() from probe()", Followed),
    ("try:\n    probe()\nexcept probe() as e:\n    probe()\nelse:\n    probe()\nfinally:\n    probe()", Followed),
    ("assert probe(), probe()", Followed),
    ("import a.b as c, d", Followed),
    ("from a import b as c, d", Followed),
    ("global name", Harmless("says where names are bound, which is followed")),
    ("nonlocal name", Harmless("says where names are bound, which is followed")),
    ("probe()", Followed),
    ("pass", Harmless("does nothing")),
    ("while 1:\n    break", Harmless("ends a loop, of which all is walked")),
    ("", Problem),
];

fn number_of_statement(kind: &StmtKind<'_>) -> usize {
    match kind {
        StmtKind::Function(_) => 0,
        StmtKind::Class(_) => 1,
        StmtKind::Return(_) => 2,
        StmtKind::Delete(_) => 3,
        StmtKind::Assign(_) => 4,
        StmtKind::AugAssign(_) => 5,
        StmtKind::For(_) => 6,
        StmtKind::While(inner) => match inner.body {
            [only] if matches!(only.kind, StmtKind::Break | StmtKind::Continue) => number_of_statement(&only.kind),
            _ => 7,
        },
        StmtKind::If(_) => 8,
        StmtKind::With(_) => 9,
        StmtKind::Match(_) => 10,
        StmtKind::Raise(_) => 11,
        StmtKind::Try(_) => 12,
        StmtKind::Assert(_) => 13,
        StmtKind::Import(_) => 14,
        StmtKind::ImportFrom(_) => 15,
        StmtKind::Global(_) => 16,
        StmtKind::Nonlocal(_) => 17,
        StmtKind::Expr(_) => 18,
        StmtKind::Pass => 19,
        StmtKind::Break | StmtKind::Continue => 20,
        StmtKind::Unparsed => 21,
    }
}

/// A pattern of each kind, after `case`.
const PATTERNS: [&str; 6] =
    ["a.b", "(1 | 2) as name", "[1, *rest]", "{'k': 1, a.b: name, **rest}", "C(1, key=name)", "1 | 2"];

fn number_of_pattern(pattern: &Pattern<'_>) -> usize {
    match pattern {
        Pattern::Value(_) => 0,
        Pattern::Bind { .. } => 1,
        Pattern::Sequence(_) => 2,
        Pattern::Mapping { .. } => 3,
        Pattern::Class { .. } => 4,
        Pattern::Or(_) => 5,
    }
}

/// A statement in a function, so that `return` and `yield` may stand there.
fn in_function(statement: &str) -> String {
    let word = if statement.contains("await") { "async def" } else { "def" };
    let lines: String = statement.lines().map(|line| format!("    {line}\n")).collect();
    format!("{word} function():\n    name = 1\n{lines}")
}

/// Where `probe` is called, as events tell it.
fn probes(text: &str) -> BTreeSet<usize> {
    let arena = Bump::new();
    let module = strict::read(text, &arena, false).unwrap();
    let models = Models::default();
    let knowledge = Knowledge::new(&models, false);
    let mut found = BTreeSet::new();
    evaluate(&module, &arena, &knowledge, Care::GATE, &mut |event| {
        if let Event::Call(call) = event
            && text[call.callee_span.range()] == *"probe"
        {
            found.insert(call.callee_span.range().start);
        }
    });
    found
}

#[track_caller]
fn assert_all_probes_told(text: &str) {
    let wanted: BTreeSet<_> = text.match_indices("probe()").map(|(at, _)| at).collect();
    assert_eq!(probes(text), wanted, "{text}");
}

fn is_stopped_at_strict(text: &str) -> bool {
    let workspace = tempfile::tempdir().unwrap();
    let gate = Gate::new(Some("strict"), workspace.path().to_owned(), false).unwrap();
    let source = gate::source(Path::new("-"), Some("script.py"));
    let input = Input { source, bytes: Some(Ok(text.as_bytes().to_vec())) };
    gate.judge(vec![input], Beside::Disk).decision != Decision::Allow
}

#[test]
fn every_kind_of_expression_is_walked_and_what_it_gives_is_followed_or_reported() {
    let run = || {
        let mut lost = Vec::new();
        for (number, (sample, fate)) in EXPRESSIONS.iter().enumerate() {
            if matches!(fate, Problem) {
                continue;
            }
            let text = in_function(sample);
            let arena = Bump::new();
            let module = strict::read(&text, &arena, false).unwrap();
            let StmtKind::Function(function) = module.body[0].kind else { panic!("{text}") };
            let StmtKind::Expr(expression) = function.body[1].kind else { panic!("{text}") };
            assert_eq!(number_of_expression(&expression.kind), number, "{sample}");
            assert_all_probes_told(&text);
            match fate {
                Harmless(why) => assert!(!why.is_empty() && !sample.contains("probe("), "{sample}"),
                _ => {
                    let carried = in_function(&format!("value = {}\nvalue('1')", sample.replace("probe()", "eval")));
                    let carried = carried.replace("probe", "eval");
                    if !is_stopped_at_strict(&carried) {
                        lost.push(*sample);
                    }
                }
            }
        }
        assert_eq!(lost, ["probe().name"], "attributes of functions are not what runs code");
    };
    python::on_large_stack(run).unwrap();
}

#[test]
fn every_kind_of_statement_is_walked() {
    let run = || {
        for (number, (sample, fate)) in STATEMENTS.iter().enumerate() {
            if matches!(fate, Problem) {
                continue;
            }
            let text = in_function(sample);
            let arena = Bump::new();
            let module = strict::read(&text, &arena, false).unwrap();
            let StmtKind::Function(function) = module.body[0].kind else { panic!("{text}") };
            assert_eq!(number_of_statement(&function.body[1].kind), number, "{sample}");
            assert_all_probes_told(&text);
            assert_eq!(
                matches!(fate, Harmless(_)),
                !sample.contains("probe") && !sample.contains("import"),
                "{sample}"
            );
            let dangerous = text.replace("probe()", "eval('1')");
            assert_eq!(is_stopped_at_strict(&dangerous), matches!(fate, Followed), "{dangerous}");
        }
    };
    python::on_large_stack(run).unwrap();
}

#[test]
fn every_kind_of_pattern_binds_what_it_matches() {
    let run = || {
        for (number, pattern) in PATTERNS.iter().enumerate() {
            let text = in_function(&format!("match probe():\n    case {pattern} if probe():\n        probe()"));
            let arena = Bump::new();
            let module = strict::read(&text, &arena, false).unwrap();
            let StmtKind::Function(function) = module.body[0].kind else { panic!("{text}") };
            let StmtKind::Match(matched) = function.body[1].kind else { panic!("{text}") };
            assert_eq!(number_of_pattern(&matched.cases[0].pattern), number, "{pattern}");
            assert_all_probes_told(&text);
        }
    };
    python::on_large_stack(run).unwrap();
    // What a name in a pattern is bound to can be called.
    for pattern in ["name", "(int() | name)", "[name]", "[*_, name]", "{'k': name}", "C(name)", "C(key=name)"] {
        let text =
            format!("def f(subject):\n    match subject:\n        case {pattern}:\n            name('1')\nf(eval)\n");
        assert!(is_stopped_at_strict(&text), "{text}");
    }
}

#[test]
fn what_cannot_be_parsed_is_stopped() {
    for text in
        ["x = (1 +\n", "def f(:\n    pass\n", "x = 1 1\n", "print 'a'\n", "if 1:\nx = 2\n", "f'{x'\n", "x = `1`\n"]
    {
        assert!(python::on_large_stack(|| is_stopped_at_strict(text)).unwrap(), "{text}");
    }
}
