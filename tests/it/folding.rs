//! What the evaluator folds is what CPython computes: random constant expressions, evaluated by both.

#![expect(clippy::print_stdout, reason = "a skipped test says so")]

use std::io::Write;
use std::process::{Command, Stdio};

use bumpalo::Bump;
use portcullis::event::Event;
use portcullis::model::Models;
use portcullis::python::eval::{Care, Knowledge, evaluate};
use portcullis::python::{self, strict};
use portcullis::value::{HOLE, Shape, Value};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

const EXPRESSIONS: usize = 5_000;

/// What an expression is: its type and value as the program below prints them.
#[derive(Debug, PartialEq, Eq)]
enum Folded {
    Known(String),
    /// Text with gaps, as the parts between them.
    Partly(Vec<String>),
    Unknown,
}

impl From<&Value<'_>> for Folded {
    fn from(value: &Value<'_>) -> Self {
        match value.shape {
            Shape::Str(text) => Self::Known(format!("str {}", hex(text.as_bytes()))),
            Shape::Bytes(bytes) => Self::Known(format!("bytes {}", hex(bytes))),
            Shape::Int(number) => Self::Known(format!("int {number}")),
            Shape::Bool(truth) => Self::Known(format!("bool {}", if truth { "True" } else { "False" })),
            Shape::None => Self::Known("NoneType None".to_owned()),
            Shape::Partial(text) => Self::Partly(text.split(HOLE).map(|part| hex(part.as_bytes())).collect()),
            _ => Self::Unknown,
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Folded {
    /// Whether it says nothing that is wrong.
    fn agrees(&self, truth: &str) -> bool {
        match self {
            Self::Known(known) => known == truth,
            Self::Unknown => true,
            Self::Partly(parts) => {
                let Some(mut rest) = truth.strip_prefix("str ") else { return false };
                let (first, last) = (&parts[0], &parts[parts.len() - 1]);
                rest.starts_with(first.as_str())
                    && rest.ends_with(last.as_str())
                    && parts.iter().all(|part| {
                        let found = rest.find(part.as_str());
                        found.map(|at| rest = &rest[at + part.len()..]).is_some()
                    })
            }
        }
    }
}

/// The argument of each `probe(…)`, one a line, in order.
fn folded(expressions: &[String]) -> Vec<Folded> {
    let text: String = expressions.iter().map(|expression| format!("probe({expression})\n")).collect();
    let run = || {
        let arena = Bump::new();
        let module = strict::read(&text, &arena, false).unwrap();
        let models = Models::default();
        let knowledge = Knowledge::new(&models, false);
        let mut found = Vec::new();
        evaluate(&module, &arena, &knowledge, Care::SCAN, &mut |event| {
            if let Event::Call(call) = event
                && text[call.callee_span.range()] == *"probe"
            {
                found.push(Folded::from(call.arguments[0].known()));
            }
        });
        found
    };
    python::on_large_stack(run).unwrap()
}

/// What CPython says of each expression; nothing where it refuses.
fn computed(expressions: &[String]) -> Option<Vec<Option<String>>> {
    const PROGRAM: &str = r#"
import sys, warnings
warnings.simplefilter("ignore")
for line in sys.stdin.buffer.read().decode().split("\n")[:-1]:
    try:
        value = eval(line, {})
        kind = type(value).__name__
        if kind == "str":
            print(kind, value.encode().hex())
        elif kind == "bytes":
            print(kind, value.hex())
        else:
            print(kind, value if kind in ("int", "bool", "NoneType") else "")
    except Exception:
        print("refused")
"#;
    let mut python = Command::new("python3");
    let mut child = python.args(["-c", PROGRAM]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
    let mut input = child.stdin.take().unwrap();
    let text: String = expressions.iter().map(|expression| format!("{expression}\n")).collect();
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<_> = lines.lines().map(|line| (line != "refused").then(|| line.to_owned())).collect();
    assert_eq!(lines.len(), expressions.len());
    Some(lines)
}

fn any_of(choices: &'static [&'static str]) -> impl Strategy<Value = String> {
    proptest::sample::select(choices).prop_map(str::to_owned)
}

fn number() -> impl Strategy<Value = String> {
    let small = (-9i64..10).prop_map(|number| number.to_string());
    prop_oneof![6 => small, 1 => any_of(&["255", "1 << 40", "9223372036854775807", "-9223372036854775807", "True"])]
}

fn bound() -> impl Strategy<Value = String> {
    prop_oneof![2 => (-7i64..8).prop_map(|number| number.to_string()), 1 => Just(String::new())]
}

fn slice() -> impl Strategy<Value = String> {
    let short = (bound(), bound()).prop_map(|(lower, upper)| format!("[{lower}:{upper}]"));
    let long = (bound(), bound(), bound()).prop_map(|(lower, upper, step)| format!("[{lower}:{upper}:{step}]"));
    let index = (-4i64..5).prop_map(|at| format!("[{at}]"));
    prop_oneof![short, long, index]
}

fn integer() -> impl Strategy<Value = String> {
    number().prop_recursive(3, 12, 2, |inner| {
        let operator = any_of(&["+", "-", "*", "//", "%", "|", "&", "^"]);
        let shift = (inner.clone(), any_of(&["<<", ">>", "**"]), 0..6i64);
        prop_oneof![
            (inner.clone(), operator, inner.clone()).prop_map(|(a, op, b)| format!("({a} {op} {b})")),
            shift.prop_map(|(a, op, b)| format!("({a} {op} {b})")),
            (any_of(&["-", "+", "~"]), inner.clone()).prop_map(|(op, a)| format!("({op}({a}))")),
            inner.prop_map(|a| format!("[({a}), 1, 2][0]")),
        ]
    })
}

fn text() -> impl Strategy<Value = String> {
    let literal = any_of(&[
        "''", "'a'", "'abc'", "'Ab Cd'", "'héß'", "'%'", "'{}'", "' x\\t'", "'a,b,,c'", "r'\\n'", "'\\x41'", "'ı İ'",
    ]);
    literal.prop_recursive(4, 24, 3, |inner| {
        let method =
            any_of(&[".lower()", ".upper()", ".strip()", ".lstrip()", ".rstrip()", ".strip('a ')", ".casefold()"]);
        let split = any_of(&[".split(',')", ".split()", ".split('a')", ".split(',', 1)"]);
        let codec =
            any_of(&[".encode().decode()", ".encode('utf-8').decode('utf8')", ".encode('utf-16').decode('utf-16')"]);
        let format = any_of(&[
            "'{}{}'.format({a}, {b})",
            "'{1}{0}'.format({a}, {b})",
            "'{x}-{y}'.format(x={a}, y={b})",
            "'{:>4}{}'.format({a}, {b})",
            "'{{}}{}{!r}'.format({a}, {b})",
            "'{0[0]}{1}'.format({a}, {b})",
            "'%s-%s' % ({a}, {b})",
            "'%5s%s' % ({a}, {b})",
            "'%%%s%r' % ({a}, {b})",
            "'%(x)s%(y)s' % {'x': {a}, 'y': {b}}",
            "'%*s%s' % (3, {a}, {b})",
            "'%.1s%s' % ({a}, {b})",
            "{a}.join([{b}, 'x', {b}])",
            "{a}.join(({b}, {a}))",
            "{a}.replace({b}, 'z')",
            "{a}.replace('a', {b})",
            "{a}.replace('a', {b}, 1)",
            "({a} or {b})",
            "({a} and {b})",
        ]);
        let number = any_of(&[
            "'{}'.format({n})",
            "'%d' % ({n})",
            "'%s' % ({n},)",
            "str({n})",
            "'%ld' % ({n})",
            "'%02x' % ({n})",
        ]);
        prop_oneof![
            3 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} + {b})")),
            1 => (inner.clone(), -1i64..4).prop_map(|(a, times)| format!("({a} * {times})")),
            3 => (inner.clone(), slice()).prop_map(|(a, slice)| format!("({a}){slice}")),
            2 => (inner.clone(), method).prop_map(|(a, method)| format!("({a}){method}")),
            1 => (inner.clone(), codec).prop_map(|(a, codec)| format!("({a}){codec}")),
            1 => (inner.clone(), split, -2i64..2).prop_map(|(a, split, at)| format!("({a}){split}[{at}]")),
            4 => (format, inner.clone(), inner.clone()).prop_map(|(format, a, b)| {
                format.replace("{a}", &format!("({a})")).replace("{b}", &format!("({b})"))
            }),
            1 => (number, integer()).prop_map(|(format, n)| format.replace("{n}", &n)),
            1 => inner.clone().prop_map(|a| format!("chr(ord(({a})[0]))")),
            1 => (inner.clone(), inner).prop_map(|(a, b)| format!("{{'k': {a}, {b}: 'v'}}['k']")),
        ]
    })
}

fn other() -> impl Strategy<Value = String> {
    prop_oneof![
        text().prop_map(|a| format!("len({a})")),
        text().prop_map(|a| format!("({a}).encode()")),
        (text(), slice()).prop_map(|(a, slice)| format!("({a}).encode(){slice}")),
        (text(), text()).prop_map(|(a, b)| format!("(({a}).encode() + ({b}).encode())")),
        (integer(), integer()).prop_map(|(a, b)| format!("not ({a} - {b})")),
        text().prop_map(|a| format!("not {a}")),
        (text(), text()).prop_map(|(a, b)| format!("[{a}, {b}][::-1][0]")),
    ]
}

#[test]
fn folding_agrees_with_python() {
    let strategy = prop_oneof![3 => text(), 1 => integer(), 1 => other()];
    let mut runner = TestRunner::deterministic();
    let expressions: Vec<String> = (0..EXPRESSIONS)
        .map(|_| strategy.new_tree(&mut runner).unwrap().current())
        .filter(|e| e.len() < 2_000)
        .collect();
    let Some(truths) = computed(&expressions) else {
        println!("skipped: there is no python3");
        return;
    };
    let folded = folded(&expressions);
    assert_eq!(folded.len(), expressions.len());
    let mut wrong = Vec::new();
    let mut known = 0;
    for ((expression, folded), truth) in expressions.iter().zip(&folded).zip(&truths) {
        let Some(truth) = truth else { continue };
        known += usize::from(matches!(folded, Folded::Known(_)));
        // Where it is not known what is replaced, the evaluator takes the text for the beginning of the result.
        let is_text = matches!(folded, Folded::Known(known) if known.starts_with("str "));
        let is_guess = !is_text && expression.contains(".replace(");
        if !is_guess && !folded.agrees(truth) {
            wrong.push(format!("{expression}\n    ours   {folded:?}\n    Python {truth}"));
        }
    }
    wrong.sort_by_key(String::len);
    wrong.truncate(20);
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    let computed = truths.iter().flatten().count();
    println!("{known} of {computed} expressions are folded whole");
    assert!(known * 2 > computed, "{known} of {computed}: folding knows less than half");
}
