//! Texts made to break readers. A stack that overflows ends the process, and so this test.

use bumpalo::Bump;
use portcullis::python::{lenient, on_large_stack, read};

const N: usize = 100_000;

/// What each gives: a tree, or nothing but a problem.
#[test]
fn deep_nesting_gives_a_tree_or_a_problem() {
    type Nested = (&'static str, fn(usize) -> String, bool);
    let nested: [Nested; 25] = [
        ("calls", |n| "f(".repeat(n) + &")".repeat(n), false),
        ("chained calls", |n| "f".to_owned() + &"()".repeat(n), false),
        ("attributes", |n| "f".to_owned() + &".a".repeat(n), false),
        ("subscripts", |n| "f".to_owned() + &"[0]".repeat(n), false),
        ("nested subscripts", |n| "f[".repeat(n) + "0" + &"]".repeat(n), false),
        ("sums", |n| "1".to_owned() + &"+1".repeat(n), false),
        ("powers", |n| "1".to_owned() + &"**1".repeat(n), false),
        ("disjunctions", |n| "a".to_owned() + &" or a".repeat(n), false),
        ("comparisons", |n| "a".to_owned() + &" < a".repeat(n), false),
        ("signs", |n| "-".repeat(n) + "1", false),
        ("negations", |n| "not ".repeat(n) + "a", false),
        ("parentheses", |n| "(".repeat(n) + "1" + &")".repeat(n), false),
        ("open parentheses", |n| "(".repeat(n), false),
        ("lists", |n| "[".repeat(n) + &"]".repeat(n), false),
        ("dictionaries", |n| "{1:".repeat(n) + "1" + &"}".repeat(n), false),
        ("lambdas", |n| "lambda: ".repeat(n) + "1", false),
        ("conditionals", |n| "1 if 1 else ".repeat(n) + "1", false),
        ("f-strings", |n| "f'{".repeat(n) + "1" + &"}'".repeat(n), false),
        ("formats", |n| "f'".to_owned() + &"{1:".repeat(n) + &"}".repeat(n) + "'", false),
        ("patterns", |n| "match 1:\n case ".to_owned() + &"[".repeat(n) + &"]".repeat(n) + ": pass", false),
        ("a string hidden from the parser", |n| "f\"{x def \"".to_owned() + &"(".repeat(n * 10) + "\" }\"\n", false),
        ("decorators", |n| "@a\n".repeat(n) + "def f(): pass\n", true),
        ("elif", |n| "if 1: pass\n".to_owned() + &"elif 1: pass\n".repeat(n), true),
        ("lines", |n| "x = 1\n".repeat(n * 10), true),
        ("a long line", |n| "x = [".to_owned() + &"1, 'abc', f(x), ".repeat(n * 3 / 2) + "]\n", true),
    ];
    for (what, text, is_read) in nested {
        let text = text(N);
        let (statements, problems) = on_large_stack(|| {
            let arena = Bump::new();
            let module = read(&text, &arena, false);
            (module.body.len(), module.problems.len())
        })
        .unwrap();
        assert_eq!((statements > 0, problems == 0), (is_read, is_read), "{what}");
    }
}

/// As deep as is read at all.
#[test]
fn nesting_below_the_limit_is_read() {
    for (what, text) in [
        ("calls", "f(".repeat(20_000) + &")".repeat(20_000)),
        ("attributes", "f".to_owned() + &".a".repeat(24_000)),
        ("signs", "-".repeat(49_000) + "1"),
        ("lists", "[".repeat(49_000) + &"]".repeat(49_000)),
        ("lambdas", "lambda a=".repeat(12_000) + "1" + &":1".repeat(12_000)),
        ("functions", (0..1_400).map(|n| " ".repeat(n) + "def f():\n").collect::<String>() + &" ".repeat(1_400) + "1"),
    ] {
        let problems = on_large_stack(|| read(&text, &Bump::new(), false).problems).unwrap();
        assert_eq!(problems, vec![], "{what}");
    }
}

#[test]
fn the_lenient_reader_survives_by_itself() {
    for (what, text) in [
        ("calls", "f(".repeat(60_000) + &")".repeat(60_000)),
        ("open calls", "f(\"".repeat(20_000)),
        ("attributes", "f".to_owned() + &".a".repeat(60_000)),
        ("stars", "(*a".to_owned() + &".a".repeat(60_000) + ",)"),
        ("bits", "a".to_owned() + &" ^ a & a".repeat(60_000)),
        ("types", "x: A[1]".to_owned() + &" | A[1]".repeat(60_000)),
        ("patterns", "match 1:\n case ".to_owned() + &"[".repeat(60_000) + &"]".repeat(60_000) + ": pass"),
        ("dotted patterns", "match 1:\n case a".to_owned() + &".a".repeat(60_000) + ": pass"),
        ("backticks", "x = `a`\n".repeat(20_000)),
        ("f-strings", "f'{".repeat(20_000)),
        ("headers", "def f(:\n".repeat(20_000)),
        ("too long", "x = 1\n".repeat(N * 2)),
    ] {
        let read = on_large_stack(|| {
            let arena = Bump::new();
            let module = lenient::read(&text, &arena, false);
            (module.body.len(), module.problems.len())
        })
        .unwrap();
        assert_ne!(read, (0, 0), "{what}");
    }
}
