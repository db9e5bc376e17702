//! Random programs as text. Each operand is a name, a literal or in brackets, so that every text is valid Python.

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

type Text = BoxedStrategy<String>;

pub(super) fn program() -> Text {
    vec(statement(), 1..6).prop_map(|statements| statements.concat()).boxed()
}

fn name() -> Text {
    select(vec!["a", "b", "os", "system", "print", "é", "match", "type", "_x1"]).prop_map(str::to_owned).boxed()
}

fn literal() -> Text {
    select(vec![
        "0",
        "0x1F",
        "1_000",
        "0b1",
        "0o17",
        "99999999999999999999",
        "1.5",
        "1e3",
        "0j",
        "True",
        "None",
        "...",
        "'a'",
        r#""it's""#,
        r"'\x41\n\'\u00e9\N{EM DASH}\q'",
        r"r'\d\\'",
        r"b'\x00\377a\\'",
        r"rb'\x00'",
        "'''a\nb'''",
        "'a' 'b'",
        "b'a' b'b'",
        "u'é'",
        r"'a\
b'",
    ])
    .prop_map(str::to_owned)
    .boxed()
}

fn expression() -> Text {
    let leaf = prop_oneof![3 => name(), 2 => literal()];
    leaf.prop_recursive(4, 24, 3, |inner| {
        let operand = inner.clone().prop_map(|inner| format!("({inner})")).boxed();
        prop_oneof![
            4 => call(inner.clone()),
            1 => (operand.clone(), name()).prop_map(|(value, name)| format!("{value}.{name}")),
            1 => (name(), subscript(inner.clone())).prop_map(|(value, index)| format!("{value}[{index}]")),
            2 => operators(operand.clone()),
            1 => display(inner.clone()),
            1 => comprehension(inner.clone(), operand.clone()),
            1 => f_string(inner.clone()),
            1 => (operand.clone(), operand.clone(), operand.clone())
                .prop_map(|(body, test, orelse)| format!("({body} if {test} else {orelse})")),
            1 => (parameters(inner.clone()), inner.clone())
                .prop_map(|(parameters, body)| format!("(lambda {parameters}: ({body}))")),
            1 => (name(), inner).prop_map(|(name, value)| format!("({name} := ({value}))")),
        ]
    })
    .boxed()
}

fn operators(operand: Text) -> Text {
    let binary = select(vec![
        "+", "-", "*", "@", "/", "//", "%", "**", "<<", ">>", "|", "^", "&", "==", "!=", "<", "<=", ">", ">=", "is",
        "is not", "in", "not in", "and", "or",
    ]);
    let chain = vec((binary, operand.clone()), 1..4);
    prop_oneof![
        3 => (operand.clone(), chain).prop_map(|(first, rest)| {
            rest.iter().fold(first, |chain, (operator, operand)| format!("{chain} {operator} {operand}"))
        }),
        1 => (select(vec!["-", "+", "~", "not "]), operand)
            .prop_map(|(operator, operand)| format!("({operator}{operand})")),
    ]
    .boxed()
}

fn call(inner: Text) -> Text {
    let callee = prop_oneof![
        3 => name(),
        2 => (name(), name()).prop_map(|(value, name)| format!("{value}.{name}")),
        1 => inner.clone().prop_map(|callee| format!("({callee})")),
    ];
    let argument = inner.clone().prop_map(|value| format!("({value})"));
    let keyword = (name(), inner.clone()).prop_map(|(name, value)| format!("{name}=({value})"));
    let last = (select(vec!["*", "**"]), inner.clone()).prop_map(|(star, value)| format!("{star}({value})"));
    let arguments = (vec(argument, 0..3), vec(keyword, 0..2), of(last));
    let arguments = arguments.prop_map(|(mut all, keywords, last)| {
        // A keyword may not be repeated.
        all.extend(keywords.into_iter().take(1).chain(last));
        all.join(", ")
    });
    let generator = (inner.clone(), inner).prop_map(|(element, iter)| format!("({element}) for a in ({iter})"));
    (callee, prop_oneof![5 => arguments, 1 => generator])
        .prop_map(|(callee, arguments)| format!("{callee}({arguments})"))
        .boxed()
}

fn subscript(inner: Text) -> Text {
    let slice = (of(inner.clone()), of(inner.clone())).prop_map(|(lower, upper)| {
        let bound = |bound: Option<String>| bound.map(|bound| format!("({bound})")).unwrap_or_default();
        format!("{}:{}", bound(lower), bound(upper))
    });
    let index = inner.prop_map(|index| format!("({index})"));
    prop_oneof![
        index.clone(),
        slice.clone(),
        (index, slice.clone()).prop_map(|(index, slice)| format!("{index}, {slice}")),
        slice.prop_map(|slice| format!("{slice}:2,")),
    ]
    .boxed()
}

fn display(inner: Text) -> Text {
    let item = inner.prop_map(|item| format!("({item})"));
    let pairs = vec((of(item.clone()), item.clone()), 0..3).prop_map(|pairs| {
        let pair = |(key, value): (Option<String>, String)| match key {
            Some(key) => format!("{key}: {value}"),
            None => format!("**{value}"),
        };
        format!("{{{}}}", pairs.into_iter().map(pair).collect::<Vec<_>>().join(", "))
    });
    prop_oneof![
        vec(item.clone(), 0..3).prop_map(|items| format!("[{}]", items.join(", "))),
        vec(item.clone(), 1..3).prop_map(|items| format!("({},)", items.join(", "))),
        vec(item.clone(), 1..3).prop_map(|items| format!("{{{}}}", items.join(", "))),
        item.prop_map(|item| format!("[*{item}, 1]")),
        pairs,
    ]
    .boxed()
}

fn comprehension(inner: Text, operand: Text) -> Text {
    let clauses = (inner.clone(), of(operand)).prop_map(|(iter, condition)| {
        let condition = condition.map(|condition| format!(" if {condition}")).unwrap_or_default();
        format!("for a, b in ({iter}){condition} for c in a")
    });
    (select(vec!["[]", "{}", "()", "::"]), inner.clone(), inner, clauses)
        .prop_map(|(brackets, element, value, clauses)| match brackets {
            "[]" => format!("[({element}) {clauses}]"),
            "{}" => format!("{{({element}) {clauses}}}"),
            "()" => format!("(({element}) {clauses})"),
            _ => format!("{{({element}): ({value}) {clauses}}}"),
        })
        .boxed()
}

/// With names and calls of them in the holes: older parsers know no quotes there.
fn f_string(inner: Text) -> Text {
    let hole =
        inner.prop_map(|value| if value.contains(['\'', '"', '\\', '\n', '{']) { "a".to_owned() } else { value });
    let spec = select(vec!["", "!r", ":>10", "!s:{a}", "=", ":{a}.{b}f"]);
    (select(vec!["f'", "F\"", "rf'", "f'''"]), hole, spec)
        .prop_map(|(start, hole, spec)| {
            let end = start.trim_start_matches(|char: char| char.is_ascii_alphabetic());
            format!("{start}x{{{{}}}}\\n{{({hole}){spec}}}y{end}")
        })
        .boxed()
}

fn parameters(inner: Text) -> Text {
    let default = inner.prop_map(|value| format!("({value})"));
    let shape = select(vec!["", "x", "x, y=D", "*args", "x, /, y, *, z=D", "x=D, *args, z, **kwargs", "*, z"]);
    (shape, default).prop_map(|(shape, default)| shape.replace('D', &default)).boxed()
}

fn statement() -> Text {
    let expression = || expression().prop_map(|value| format!("({value})")).boxed();
    let simple = prop_oneof![
        3 => expression(),
        2 => (name(), expression()).prop_map(|(name, value)| format!("{name} = {value}")),
        1 => (name(), name(), expression()).prop_map(|(name, other, value)| format!("{name} = {other}, c = {value}")),
        1 => (name(), expression()).prop_map(|(name, value)| format!("{name}.b[0] += {value}")),
        1 => (name(), expression(), expression()).prop_map(|(name, kind, value)| format!("{name}: {kind} = {value}")),
        1 => (expression(), expression()).prop_map(|(test, message)| format!("assert {test}, {message}")),
        1 => (expression(), expression()).prop_map(|(error, cause)| format!("raise {error} from {cause}")),
        1 => (name(), name()).prop_map(|(name, other)| format!("del {name}, {other}[0]")),
        1 => Just("import os.path as p, sys; from ..a.b import (c as d, e); from . import f".to_owned()),
        1 => Just("global g, h; pass".to_owned()),
    ];
    let simple = simple.prop_map(|statement| format!("{statement}  # said\n"));
    simple
        .prop_recursive(3, 12, 3, move |inner| {
            let block = vec(inner, 1..3).prop_map(|statements| indented(&statements.concat())).boxed();
            prop_oneof![
                (expression(), block.clone(), block.clone(), block.clone())
                    .prop_map(|(test, a, b, c)| format!("if {test}:\n{a}elif a:\n{b}else:\n{c}")),
                (expression(), block.clone(), block.clone())
                    .prop_map(|(iter, a, b)| format!("for a, (b, c) in {iter}:\n{a}else:\n{b}")),
                (expression(), block.clone()).prop_map(|(test, a)| format!("while {test}:\n{a}")),
                (expression(), block.clone()).prop_map(|(value, a)| format!("with {value} as f, (g):\n{a}")),
                (expression(), block.clone(), block.clone(), block.clone()).prop_map(|(class, a, b, c)| format!(
                    "try:\n{a}except {class} as e:\n{b}except:\n    pass\nelse:\n{c}finally:\n    pass\n"
                )),
                (expression(), parameters(expression()), block.clone()).prop_map(|(decorator, parameters, a)| format!(
                    "@{decorator}\nasync def f({parameters}) -> {decorator}:\n{a}    return {decorator}\n"
                )),
                (expression(), block.clone())
                    .prop_map(|(base, a)| format!("class A({base}, metaclass={base}):\n{a}    yield_ = {base}\n")),
                (expression(), block).prop_map(|(subject, a)| {
                    let (a, case) = (indented(&a), "    case");
                    format!(
                        "match {subject}:\n{case} [1, *_] | {{'a': b, -1: -2, **c}} | -1 | _ if {subject}:\n{a}\
                         {case} A.B(x, y=-1, z=_) as d:\n        pass\n{case} _:\n        pass\n"
                    )
                }),
            ]
        })
        .boxed()
}

/// Lines of strings that go on are left as they are.
fn indented(block: &str) -> String {
    let mut lines = String::new();
    for line in block.split_inclusive('\n') {
        let goes_on = line.starts_with("b'") || lines.ends_with("\\\n");
        lines.push_str(if goes_on { "" } else { "    " });
        lines.push_str(line);
    }
    lines
}
