//! What nests.

use super::{Case, quiet, told};

/// Deeper than anything is read.
const DEEP: usize = 100_000;
/// About as deep as the readers go.
const READ: usize = 10_000;

const UNPARSED: &str = "python/unparsed";

type Nested = (&'static str, &'static str, &'static str, &'static str);

/// A name, and what stands before, inside and after.
const NESTED: [Nested; 41] = [
    ("calls", "f(", "x", ")"),
    ("keyword-calls", "f(a=", "x", ")"),
    ("method-chain", "", "x", ".a()"),
    ("call-chain", "", "x", "()"),
    ("attributes", "", "x", ".a"),
    ("subscripts", "x[", "0", "]"),
    ("subscript-chain", "", "x", "[0]"),
    ("slices", "x[0:", "0", "]"),
    ("parentheses", "(", "x", ")"),
    ("tuples", "(", "x", ",)"),
    ("lists", "[", "x", "]"),
    ("sets", "{", "x", "}"),
    ("dicts", "{1: ", "x", "}"),
    ("starred", "*", "x", ""),
    ("sum-left", "", "1", " + 1"),
    ("sum-left-brackets", "(", "1", " + 1)"),
    ("sum-right", "1 + (", "1", ")"),
    ("mixed-operators", "1 + (2 * ", "x", ")"),
    ("alternating-operators", "", "1", " + 1 * 1"),
    ("power", "", "1", " ** 1"),
    ("minus", "-", "1", ""),
    ("invert", "~", "1", ""),
    ("not", "not ", "x", ""),
    ("and-or", "x and (y or ", "x", ")"),
    ("and-or-flat", "", "x", " and x or x"),
    ("comparisons", "x < (", "x", ")"),
    ("comparison-chain", "", "x", " < x"),
    ("conditionals", "1 if x else ", "1", ""),
    ("conditional-tests", "1 if (", "x", ") else 2"),
    ("lambdas", "lambda: ", "x", ""),
    ("lambda-defaults", "lambda a=", "x", ": 1"),
    ("list-comprehensions", "[i for i in ", "x", "]"),
    ("dict-comprehensions", "{i: i for i in ", "x", "}"),
    ("generators", "(i for i in ", "x", ")"),
    ("await", "await ", "x", ""),
    ("yield", "yield ", "x", ""),
    ("walrus", "(a := ", "x", ")"),
    ("f-strings", "f'{", "1", "}'"),
    ("format-specs", "f'{1:{", "1", "}}'"),
    ("strings-plus", "", "'a'", " + 'a'"),
    ("strings-percent", "", "'%s'", " % ('%s',)"),
];

pub(super) fn cases() -> Vec<Case> {
    let nest = |(_, before, inside, after): Nested, times: usize| {
        format!("v = {}{inside}{}\n", before.repeat(times), after.repeat(times))
    };
    let mut cases: Vec<Case> = NESTED.iter().map(|nested| told(nested.0, UNPARSED, nest(*nested, DEEP))).collect();
    // Strings side by side are one flat string.
    cases.push(quiet("strings", nest(("", "", "'a'", " 'a'"), DEEP)));
    let read = ["calls", "lists", "dicts", "lambdas", "subscripts", "sum-left-brackets", "method-chain", "parentheses"];
    for (at, name) in ["r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7"].into_iter().enumerate() {
        let nested = NESTED.iter().find(|nested| nested.0 == read[at]).unwrap();
        cases.push(quiet(name, nest(*nested, READ)));
    }
    let python_2 = |text: String| format!("print 'x'\n{text}");
    cases.extend([
        quiet("decorators", "@d\n".repeat(DEEP) + "def f(): pass\n"),
        quiet("elif", "if x: a = 1\n".to_owned() + &"elif x: a = 2\n".repeat(DEEP)),
        quiet("if", indented(1500, "if x:")),
        quiet("else", indented_else(700)),
        quiet("for", indented(1000, "for x in x:")),
        quiet("with", indented(1000, "with x as y:")),
        quiet("try", indented(500, "try:") + &dedented(500, "except x: pass")),
        quiet("def", indented(1000, "def f(a=1):")),
        quiet("class", indented(1000, "class A(A):")),
        quiet("match", indented_match(500)),
        quiet("pattern-sequence", pattern(READ, "[", "]")),
        quiet("pattern-class", pattern(READ, "A(", ")")),
        quiet("pattern-or", pattern(READ, "(1 | ", ")")),
        quiet("pattern-mapping", pattern(READ, "{1: ", "}")),
        told("lenient-calls", UNPARSED, python_2(nest(NESTED[0], DEEP))),
        told("lenient-attributes", UNPARSED, python_2(nest(NESTED[4], DEEP))),
        told("lenient-sum", UNPARSED, python_2(nest(NESTED[14], DEEP))),
        told("lenient-lambdas", UNPARSED, python_2(nest(NESTED[29], DEEP))),
        told("lenient-strings", UNPARSED, python_2(nest(("", "", "'a'", " 'a'"), DEEP))),
        told("lenient-if", UNPARSED, python_2(indented(1000, "if x:"))),
        told("unclosed", UNPARSED, "(".repeat(DEEP)),
        told("unopened", UNPARSED, ")".repeat(DEEP)),
        told("crossed", UNPARSED, "(]".repeat(DEEP)),
        told("unclosed-f-strings", UNPARSED, "f'{".repeat(DEEP)),
        told("unclosed-strings", UNPARSED, "'\"".repeat(DEEP)),
    ]);
    cases
}

fn indented(depth: usize, header: &str) -> String {
    let lines: String = (0..depth).map(|level| format!("{}{header}\n", " ".repeat(level))).collect();
    format!("{lines}{}pass\n", " ".repeat(depth))
}

fn dedented(depth: usize, line: &str) -> String {
    (0..depth).rev().map(|level| format!("{}{line}\n", " ".repeat(level))).collect()
}

fn indented_else(depth: usize) -> String {
    let lines = (0..depth).map(|level| {
        let indent = " ".repeat(level);
        format!("{indent}if x:\n{indent} a{level} = 1\n{indent}else:\n")
    });
    format!("{}{}pass\n", lines.collect::<String>(), " ".repeat(depth))
}

fn indented_match(depth: usize) -> String {
    let lines =
        (0..depth).map(|level| format!("{}match x:\n{}case y:\n", " ".repeat(2 * level), " ".repeat(2 * level + 1)));
    format!("{}{}pass\n", lines.collect::<String>(), " ".repeat(2 * depth))
}

fn pattern(depth: usize, open: &str, close: &str) -> String {
    format!("match x:\n case {}a{}:\n  pass\n", open.repeat(depth), close.repeat(depth))
}
