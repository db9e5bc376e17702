//! Modules of every shape, written by a grammar from a list of choices: fewer choices give smaller modules.

use std::fmt::Write;

/// How deep statements and expressions stand in each other.
const DEPTH: usize = 5;

const NAMES: [&str; 12] = ["a", "b", "c", "f", "g", "C", "D", "os", "self", "x", "y", "_"];
const ATTRIBUTES: [&str; 14] = [
    "system",
    "append",
    "__class__",
    "__dict__",
    "join",
    "a",
    "f",
    "__call__",
    "pop",
    "update",
    "format",
    "__init__",
    "replace",
    "items",
];
const CONSTANTS: [&str; 14] = [
    "0",
    "1",
    "-1",
    "10 ** 9",
    "1e400",
    "'sys' + 'tem'",
    "'ab'",
    "b'\\xff'",
    "None",
    "True",
    "...",
    "2j",
    "''",
    "'{0!r:>{1}}'",
];
const BUILTINS: [&str; 22] = [
    "getattr",
    "setattr",
    "eval",
    "exec",
    "map",
    "list",
    "dict",
    "type",
    "super",
    "vars",
    "globals",
    "__import__",
    "open",
    "sorted",
    "iter",
    "next",
    "range",
    "zip",
    "property",
    "staticmethod",
    "str",
    "sum",
];
const OPERATORS: [&str; 16] =
    ["+", "*", "%", "**", "<<", "//", "@", "and", "or", "==", "in", "is not", "<", "|", "-", ">>"];

pub(super) struct Writer<'c> {
    choices: std::slice::Iter<'c, u8>,
    text: String,
}

/// The module that a list of choices makes.
pub(super) fn module(choices: &[u8]) -> String {
    let mut writer = Writer { choices: choices.iter(), text: "import os\n".to_owned() };
    while writer.choices.len() > 0 {
        writer.statement(0);
    }
    writer.text
}

impl Writer<'_> {
    /// One of so many; the first where there are no choices left.
    fn choose(&mut self, of: usize) -> usize {
        self.choices.next().map_or(0, |choice| usize::from(*choice)) % of
    }

    fn pick(&mut self, of: &[&'static str]) -> &'static str {
        of[self.choose(of.len())]
    }

    fn line(&mut self, depth: usize, text: &str) {
        let _ = writeln!(self.text, "{}{text}", " ".repeat(depth));
    }

    fn block(&mut self, depth: usize) {
        for _ in 0..=self.choose(3) {
            self.statement(depth + 1);
        }
    }

    /// A compound statement: its header, and what is in it.
    fn compound(&mut self, depth: usize, header: &str) {
        self.line(depth, header);
        self.block(depth);
    }

    fn statement(&mut self, depth: usize) {
        let kinds = if depth < DEPTH { 27 } else { 14 };
        let (a, b) = (self.expression(0), self.expression(1));
        let (name, target) = (self.pick(&NAMES), self.target());
        match self.choose(kinds) {
            0 => self.line(depth, &a),
            1 | 2 => self.line(depth, &format!("{target} = {a}")),
            3 => self.line(depth, &format!("{name} += {a}")),
            4 => self.line(depth, &format!("del {target}")),
            5 => self.line(depth, &format!("{name}: {a} = {b}")),
            6 => self.line(depth, &format!("{name} = {name}, [*{a}], {{**{b}}}")),
            7 => self.line(depth, &format!("*{name}, y = {a}")),
            8 => self.line(depth, &format!("assert {a}, {b}")),
            9 => self.line(depth, &format!("{name}.append({name})")),
            10 => self.line(depth, &format!("{name} = {name} * 99999999")),
            11 => self.line(depth, &format!("{name}[{a}] = {name}.{} = {b}", ATTRIBUTES[0])),
            12 => self.line(depth, &format!("from os import system as {name}")),
            13 => self.line(depth, &format!("raise {name} from {a}")),
            14 => self.compound(depth, &format!("if {a}:")),
            15 => {
                self.compound(depth, &format!("while {a}:"));
                self.compound(depth, "else:");
            }
            16 => self.compound(depth, &format!("for {target} in {a}:")),
            17 => {
                self.compound(depth, "try:");
                self.compound(depth, &format!("except {name} as e:"));
                self.compound(depth, "finally:");
            }
            18 => self.compound(depth, &format!("with {a} as {target}, {b}:")),
            19 => {
                self.line(depth, &format!("match {a}:"));
                self.compound(depth + 1, &format!("case {{'k': {name}, **rest}} | [C(a=x), *_] if {b}:"));
                self.compound(depth + 1, "case _:");
            }
            20 | 21 => {
                let decorator = self.pick(&["", "@staticmethod", "@property", "@f", "@C(1)"]);
                self.line(depth, decorator);
                self.compound(depth, &format!("def {name}(a, b={a}, /, *c, x=1, **y):"));
                self.line(depth + 1, &format!("return {name}({b}, *c, **y)"));
            }
            22 => {
                self.compound(depth, &format!("async def {name}(self, a=None):"));
                self.line(depth + 1, &format!("await {name}({a})"));
            }
            23 => {
                self.line(depth, "def f(a):");
                self.line(depth + 1, &format!("global {name}"));
                self.block(depth);
                self.line(depth + 1, &format!("{name} = yield {a}"));
                self.line(depth + 1, "yield from f(a)");
            }
            24 => {
                let hook =
                    self.pick(&["__init__", "__call__", "__getattr__", "__add__", "__iter__", "__enter__", "__set__"]);
                self.line(depth, &format!("class {name}({b}, metaclass={name}):"));
                self.line(depth + 1, &format!("{name} = {a}"));
                self.compound(depth + 1, &format!("def {hook}(self, *a):"));
            }
            25 => self.compound(depth, &format!("async for {target} in {a}:")),
            _ => {
                self.compound(depth, "def g():");
                self.line(depth + 1, "h = lambda: h() or g()");
                self.line(depth + 1, &format!("def inner(): nonlocal h; h = {a}"));
                self.line(depth + 1, "return inner() or h()");
            }
        }
    }

    fn target(&mut self) -> String {
        let (name, attribute) = (self.pick(&NAMES), self.pick(&ATTRIBUTES));
        match self.choose(5) {
            0 | 1 => name.to_owned(),
            2 => format!("{name}.{attribute}"),
            3 => format!("{name}['{attribute}']"),
            _ => format!("({name}, [b, x])"),
        }
    }

    fn expression(&mut self, depth: usize) -> String {
        let kind = self.choose(if depth < DEPTH { 25 } else { 3 });
        let (name, attribute) = (self.pick(&NAMES), self.pick(&ATTRIBUTES));
        match kind {
            0 => return name.to_owned(),
            1 => return self.pick(&CONSTANTS).to_owned(),
            2 => return format!("{name}.{attribute}"),
            _ => {}
        }
        let (a, b) = (self.expression(depth + 1), self.expression(depth + 2));
        match kind {
            3 => format!("({a} {} {b})", self.pick(&OPERATORS)),
            4 => format!("{name}({a}, {b})"),
            5 => format!("({a}).{attribute}({b})"),
            6 => format!("{}({a}, {b})", self.pick(&BUILTINS)),
            7 => format!("({a})[{b}]"),
            8 => format!("[{a}, {b}, {name}]"),
            9 => format!("{{{a}: {b}, 'k': {name}}}"),
            10 => format!("(lambda a, b={b}, *c: {a})"),
            11 => format!("({a} if {b} else {name})"),
            12 => format!("[{a} for {name} in {b} if {a}]"),
            13 => format!("{{{name}: {a} for {name} in {b} for x in {name}}}"),
            14 => format!("f'{{{name}!r:>{{{name}}}}}{{({name}).{attribute}}}'"),
            15 => format!("({name} := {a})"),
            16 => format!("{name}(*{a}, **{b})"),
            17 => format!("({a})[{b}:{name}:-1]"),
            18 => format!("(*{a}, {b})"),
            19 => format!("(not {a}, -{b}, ~{name})"),
            20 => format!("getattr({a}, '{attribute}')({b})"),
            21 => format!("''.join(map(chr, {a}))"),
            22 => format!("exec('{name} = {name}(1)')"),
            23 => format!("({name} for {name} in {a})"),
            _ => format!("({a} * 1000000)"),
        }
    }
}
