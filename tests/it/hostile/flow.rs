//! Code that is long or wide: many names, branches, classes, imports and findings.

use super::{Case, SIZE, numbered, quiet, repeated, told};

const BUDGET: &str = "python/budget";

pub(super) fn cases() -> Vec<Case> {
    let names = |indent: &'static str| numbered(SIZE, move |at| format!("{indent}a{at} = {at}\n"));
    let on_one_line = |count: usize| numbered(count, |at| format!("a{at} = {at};"));
    let indented = |depth: usize, header: &str| -> String {
        (0..depth).map(|level| format!("{}{header}\n", " ".repeat(level))).collect()
    };
    let innermost = |depth: usize, line: &str| format!("{}{line}\n", " ".repeat(depth));
    vec![
        quiet("short-lines", "x = 1\n".repeat(if cfg!(debug_assertions) { 100_000 } else { 650_000 })),
        quiet("empty-lines", repeated("\n")),
        quiet("spaces", repeated(" ")),
        quiet("continued-lines", repeated("\\\n") + "x = 1\n"),
        quiet("lone-cr", repeated("x = 1\r")),
        quiet("semicolons", repeated("x;")),
        quiet("comments", repeated("# '\n")),
        quiet("long-name", repeated("a")),
        quiet("long-number", "x = 0x".to_owned() + &repeated("f")),
        quiet("names", names("")),
        quiet("names-in-loop", "for x in y:\n".to_owned() + &names(" ")),
        quiet("names-in-both-branches", format!("if x:\n{}else:\n{}", names(" "), names(" "))),
        quiet("names-in-try", format!("try:\n{}{}", names(" "), "except A: x\n".repeat(10_000))),
        quiet("names-in-elifs", "if x: pass\n".to_owned() + &numbered(SIZE, |at| format!("elif x: a{at} = 1\n"))),
        quiet("names-in-handlers", "try: x\n".to_owned() + &numbered(SIZE, |at| format!("except A: a{at} = 1\n"))),
        quiet("names-in-cases", "match x:\n".to_owned() + &numbered(SIZE, |at| format!(" case b{at}: c{at} = 1\n"))),
        quiet(
            "branches-with-names",
            "if x: pass\n".to_owned() + &repeated(&format!("elif x: {}\n", on_one_line(9_000))),
        ),
        told("names-in-deep-loops", BUDGET, indented(99, "for x in x:") + &innermost(99, &on_one_line(SIZE))),
        told("names-in-deep-ifs", BUDGET, indented(300, "if x:") + &innermost(300, &on_one_line(SIZE))),
        quiet("loops-with-names", (0..20).map(|level| loop_with_names(level, 100)).collect()),
        quiet("deleted-names", "if x:\n".to_owned() + &numbered(SIZE, |at| format!(" a{at} = 1; del a{at}\n"))),
        told("lookups-in-deep-defs", BUDGET, indented(300, "def f(a):") + &innermost(300, &repeated("x;"))),
        told("lookups-in-lambdas", BUDGET, format!("v = {}[{}]\n", "lambda a: ".repeat(9_000), repeated("x,"))),
        quiet("globals", globals()),
        quiet("star-imports", numbered(100_000, |at| format!("from a{at} import a\n"))),
        told("star-import-flood", BUDGET, star_imports(10_000)),
        quiet("alias-chain", format!("import os\na0 = os.system\n{}a9(x)\n", chain(100_000))),
        quiet("alias-of-itself", "import os\na = os.system\n".to_owned() + &repeated("a = a; a(x)\n")),
        quiet("findings", repeated("eval(x)\n")),
        quiet("findings-on-a-line", repeated("eval(x);")),
        quiet("findings-in-a-list", format!("v = [{}]\n", repeated("eval(x),"))),
        quiet("suppressions", repeated("eval(x)  # portcullis: ignore[python/eval]\n")),
        quiet(
            "suppressions-in-a-call",
            format!("f(\n{})\n", repeated("eval(x),  # portcullis: ignore[python/eval]\n")),
        ),
        quiet("suppressions-in-a-comment", format!("eval(x)  {}\n", repeated("#portcullis:ignore[S307]"))),
        quiet("suppression-with-names", format!("eval(x)  # portcullis: ignore[{}]\n", repeated("a,"))),
        quiet(
            "suppressions-of-elifs",
            format!("if x: pass\n{}# portcullis: ignore[S307]\n", repeated("elif eval(x): pass\n")),
        ),
        quiet("functions", numbered(SIZE, |at| format!("def f{at}(a=b{at}): a()\n"))),
        quiet("methods", "class A:\n".to_owned() + &numbered(SIZE, |at| format!(" def f{at}(self): self.a{at} = b\n"))),
        quiet(
            "class-chain",
            format!("class A: pass\n{}{}", "class A(A): pass\n".repeat(10_000), "A().x\n".repeat(10_000)),
        ),
        quiet("class-cycle", "class A(A): pass\nclass B(C): pass\nclass C(B): pass\nA.x; C().y()\n".to_owned()),
        quiet("bases", format!("import m\nclass A({}): pass\n{}", repeated("m.B, "), "A.x\n".repeat(10_000))),
        quiet("parameters", format!("def f({}): pass\n", numbered(SIZE, |at| format!("a{at}=1, ")))),
        quiet("keywords", format!("f({})\n", numbered(SIZE, |at| format!("a{at}=1, ")))),
        quiet("arguments", format!("import subprocess\nsubprocess.run({})\n", repeated("x, "))),
        quiet("targets", numbered(SIZE, |at| format!("a{at} = ")) + "1\n"),
        quiet("unpacked", format!("{} = x\n", numbered(SIZE, |at| format!("a{at}, ")))),
        quiet("conditional-values", "x = a\n".to_owned() + &repeated("x = x if c else (x.y or x[0] or x())\n")),
        quiet("long-path", format!("import a\nx = a{}\n{}", ".b".repeat(20_000), repeated("x()\n"))),
        quiet("long-path-by-steps", "import a\n".to_owned() + &repeated("a = a.b; a(1)\n")),
        quiet("long-imports", format!("import a{}\n", ".a".repeat(20_000)).repeat(5)),
        quiet("dots", format!("from {} import a\n", ".".repeat(20_000))),
        quiet("items", format!("x = [{}]\n", numbered(2_000_000, |at| format!("'a{at}', ")))),
        quiet("keys", format!("x = {{{}}}\n", numbered(2_000_000, |at| format!("'a{at}': {at}, ")))),
        told("null-bytes", "python/unparsed", repeated("\0")),
        told("chat", "python/unparsed", repeated("I cannot help with that. ")),
    ]
}

fn loop_with_names(level: usize, names: usize) -> String {
    let indent = " ".repeat(level);
    let body: String = (0..names).map(|at| format!("{indent} n{level}_{at} = {at}\n")).collect();
    format!("{indent}for i{level} in x:\n{body}")
}

fn globals() -> String {
    let names: Vec<_> = (0..SIZE / 20).map(|at| format!("a{at}")).collect();
    let bound: String = names.iter().map(|name| format!(" {name} = 1\n")).collect();
    format!("def f():\n global {}\n{bound}", names.join(", "))
}

fn star_imports(count: usize) -> String {
    let imports: String = (0..count).map(|at| format!("from m{at} import *\n")).collect();
    let names: String = (0..count).map(|at| format!("u{at}\n")).collect();
    imports + &names
}

fn chain(length: usize) -> String {
    (1..length).map(|at| format!("a{at} = a{}\n", at - 1)).collect()
}
