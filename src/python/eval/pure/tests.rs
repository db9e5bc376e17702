//! What folding gives, against what CPython gives.

#![expect(clippy::unwrap_used)]

use bumpalo::Bump;
use proptest::prelude::*;

use super::*;
use crate::event::Argument;
use crate::python::strict;
use crate::python::tree::{self, ArgumentKind, Expr, ExprKind, StmtKind, UnaryOp};

/// Expressions and their values, as CPython 3.11 writes these.
const TABLE: &str = include_str!("../../../../fixtures/folding.txt");

/// Evaluates expressions of nothing but literals, calls of known functions, and operators.
struct Calculator<'a> {
    arena: &'a Bump,
    budget: Budget,
}

impl<'a> Calculator<'a> {
    fn new(arena: &'a Bump) -> Self {
        Self { arena, budget: Budget::default() }
    }

    fn tools(&mut self) -> Tools<'a, '_> {
        Tools { arena: self.arena, budget: &mut self.budget, span: Span::default() }
    }

    fn text(&mut self, text: &'a str) -> Option<Value<'a>> {
        let module = strict::read(text, self.arena, false).ok()?;
        let [statement] = module.body else { return None };
        let StmtKind::Expr(expression) = statement.kind else { return None };
        self.value(self.arena.alloc(expression))
    }

    fn value(&mut self, expression: &'a Expr<'a>) -> Option<Value<'a>> {
        Some(match expression.kind {
            ExprKind::Str(text) => part(text),
            ExprKind::Bytes(bytes) => Value::of(Shape::Bytes(bytes)),
            ExprKind::Int(number) => int(number),
            ExprKind::BigInt(digits) => return big_integer(&mut self.tools(), digits),
            ExprKind::Float(number) => Value::of(Shape::Float(number)),
            ExprKind::Bool(truth) => Value::of(Shape::Bool(truth)),
            ExprKind::None => Value::of(Shape::None),
            ExprKind::Unary(UnaryOp::Neg, operand) => match self.value(operand)?.shape {
                Shape::Int(number) => int(-number),
                Shape::Float(number) => Value::of(Shape::Float(-number)),
                _ => return None,
            },
            ExprKind::List(items) | ExprKind::Tuple(items) | ExprKind::Set(items) => {
                let items: Option<Vec<_>> = items.iter().map(|item| self.value(item)).collect();
                return self.tools().sequence(&items?);
            }
            ExprKind::Dict(items) => {
                let mut pairs = Vec::new();
                for (key, value) in items {
                    pairs.push((self.value(key.as_ref()?)?, self.value(value)?));
                }
                return self.tools().dict(&pairs);
            }
            ExprKind::Name("UNKNOWN") => Value::UNKNOWN,
            ExprKind::Name(name) => {
                let builtins = Path::root(self.arena, "builtins");
                let is_module = MODULES.contains(&name);
                Value::path(if is_module { Path::root(self.arena, name) } else { builtins.then(self.arena, name) })
            }
            ExprKind::Attribute(attribute) => {
                let value = self.value(&attribute.value)?;
                match value.shape {
                    Shape::Path(path) => {
                        let path = path.then(self.arena, attribute.name);
                        constant(self.arena, path).unwrap_or(Value::path(path))
                    }
                    Shape::Carrier(carrier) => super::attribute(&mut self.tools(), carrier, attribute.name)?,
                    _ => return None,
                }
            }
            ExprKind::Binary(binary) => {
                let (left, right) = (self.value(&binary.left)?, self.value(&binary.right)?);
                return super::binary(&mut self.tools(), binary.op, &left, &right);
            }
            ExprKind::Subscript(subscript) => {
                let (value, index) = (self.value(&subscript.value)?, self.value(&subscript.index)?);
                return super::operator::item(&mut self.tools(), &value, &index);
            }
            ExprKind::Call(call) => return self.call(call),
            _ => return None,
        })
    }

    fn call(&mut self, call: &'a tree::Call<'a>) -> Option<Value<'a>> {
        let mut arguments = Vec::new();
        for source in call.arguments {
            let name = match source.kind {
                ArgumentKind::Keyword(name) => Some(name),
                _ => None,
            };
            let value = self.value(&source.value)?;
            let span = Span::default();
            arguments.push(Argument { name, value, constant: None, literal: true, span });
        }
        let arguments = self.arena.alloc_slice_copy(&arguments);
        let event = |callee| Call {
            callee,
            receiver: None,
            arguments,
            splat: false,
            span: Span::default(),
            callee_span: Span::default(),
            through: &[],
        };
        if let ExprKind::Attribute(attribute) = call.callee.kind {
            let receiver = self.value(&attribute.value)?;
            if !matches!(receiver.shape, Shape::Path(_)) {
                return method(&mut self.tools(), receiver, attribute.name, &event(Value::UNKNOWN));
            }
        }
        let callee = self.value(&call.callee)?;
        match callee.shape {
            Shape::Path(path) => {
                let value = function(&mut self.tools(), path, &event(callee));
                Some(value.unwrap_or_else(|| Value::path(path.then(self.arena, "()"))))
            }
            Shape::Carrier(carrier) => called(&mut self.tools(), carrier, &event(callee)),
            _ => None,
        }
    }
}

const MODULES: [&str; 32] = [
    "array",
    "copy",
    "functools",
    "sys",
    "ast",
    "base64",
    "binascii",
    "bz2",
    "codecs",
    "collections",
    "glob",
    "gzip",
    "html",
    "io",
    "ipaddress",
    "itertools",
    "json",
    "lzma",
    "math",
    "operator",
    "os",
    "pathlib",
    "quopri",
    "re",
    "socket",
    "string",
    "struct",
    "tempfile",
    "textwrap",
    "unicodedata",
    "urllib",
    "zlib",
];

/// A value in one form, whatever it is; `None` for what is not known.
fn spelled(value: Option<Value<'_>>) -> String {
    let Some(value) = value else { return "unknown".to_owned() };
    match value.shape {
        Shape::Carrier(_) if let Some(bytes) = big::magnitude(&value) => big::digits(bytes, 10),
        Shape::Sequence(items) => {
            format!("[{}]", items.iter().map(|item| spelled(Some(*item))).collect::<Vec<_>>().join(", "))
        }
        Shape::Dict(items) => {
            let pair =
                |(key, value): &(Value<'_>, Value<'_>)| format!("{}: {}", spelled(Some(*key)), spelled(Some(*value)));
            format!("{{{}}}", items.iter().map(pair).collect::<Vec<_>>().join(", "))
        }
        Shape::Carrier(carrier) => format!("{}={}", carrier.path, spelled(Some(carrier.value))),
        Shape::Partial(text) => format!("partial {text:?}"),
        _ => repr::repr(&value).unwrap_or_else(|| "unknown".to_owned()),
    }
}

#[test]
fn folding_gives_what_python_gives() {
    let mut wrong = Vec::new();
    for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
        let (expression, expected) = line.split_once(" => ").unwrap();
        let arena = Bump::new();
        let folded = Calculator::new(&arena).text(expression);
        // An error in Python is nothing known here.
        let expected = if expected == "error" { None } else { Calculator::new(&arena).text(expected) };
        let (folded, expected) = (spelled(folded), spelled(expected));
        if folded != expected {
            wrong.push(format!("{expression}\n   folded {folded}\n   Python {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn what_is_not_known_is_a_hole() {
    for (expression, expected) in [
        ("'a'.join(['x', UNKNOWN])", "partial 'xa\u{F8FE}'"),
        ("'{} {}'.format('x', UNKNOWN)", "partial 'x \u{F8FE}'"),
        ("'%s/%s' % ('x', UNKNOWN)", "partial 'x/\u{F8FE}'"),
        ("os.path.join('~', UNKNOWN, 'x')", "partial '~/\u{F8FE}/x'"),
        ("pathlib.Path.home() / UNKNOWN / 'x'", "pathlib.Path()=partial '~/\u{F8FE}/x'"),
        ("os.path.expandvars('$HOME/$OTHER/x')", "partial '~/\u{F8FE}/x'"),
        // Bounded by nothing but the exponent.
        ("0 ** 9223372036854775807", "unknown"),
        ("glob.glob('/etc/*.conf')", "[partial '/etc/\u{F8FE}.conf']"),
        ("('a' + UNKNOWN).upper()", "partial 'A\u{F8FE}'"),
        ("('a' + UNKNOWN).startswith('b')", "False"),
        ("('a' + UNKNOWN).startswith('ab')", "unknown"),
    ] {
        let arena = Bump::new();
        let folded = spelled(Calculator::new(&arena).text(expression)).replace('"', "'");
        assert_eq!(folded, expected.replace('\u{F8FE}', "\\u{f8fe}"), "{expression}");
    }
}

#[test]
fn places_are_told_by_the_names_they_have_for_a_user() {
    for (expression, expected) in [
        ("pathlib.Path.home()", "pathlib.Path()='~'"),
        ("pathlib.Path('~').expanduser() / '.ssh' / 'id_rsa'", "pathlib.Path()='~/.ssh/id_rsa'"),
        ("os.path.expanduser('~/.aws')", "'~/.aws'"),
        ("os.path.abspath('../x/./y')", "'../x/y'"),
        ("os.getcwd()", "'.'"),
        ("pathlib.Path.home().joinpath('.netrc').resolve()", "pathlib.Path()='~/.netrc'"),
        ("os.path.join(pathlib.Path.home(), '.ssh')", "'~/.ssh'"),
        ("urllib.request.Request('http://a.example')", "urllib.request.Request()='http://a.example'"),
        ("urllib.request.Request('http://a.example').full_url", "'http://a.example'"),
    ] {
        let arena = Bump::new();
        assert_eq!(spelled(Calculator::new(&arena).text(expression)), expected, "{expression}");
    }
    assert_eq!(environment("HOME"), Some("~"));
    assert_eq!(environment("TOKEN"), None);
}

#[test]
fn alternatives_are_folded_one_by_one() {
    let arena = Bump::new();
    let mut calculator = Calculator::new(&arena);
    let either = |a: &'static str, b: &'static str| part(a).or(part(b), &arena);
    let mut given = Given::of(&[either("a", "b"), either("x", "y")]);
    given.positional.push(part("-"));
    let mut tools = calculator.tools();
    let mut room = MAX_ALTERNATIVES;
    let joined = tools.each(given, &mut room, &mut |tools, given| {
        tools.text([given.text("", 0)?, given.text("", 2)?, given.text("", 1)?].concat())
    });
    let texts: Vec<_> = joined.unwrap().alternatives().iter().filter_map(Value::text).collect();
    assert_eq!(texts, ["a-x", "a-y", "b-x", "b-y"]);
}

/// Whole files of each format, which the test damages.
const COMPRESSED: [&[u8]; 5] = [
    b"BZh91AY&SY\xdbHS\x85\x00\x001\x91\x80@\x00\x06D\x90\x80 \x00P\x86\x04\x05*\x8c\xca<&\x13\x09\x84\xe94\x9aN\x89\xf14\x98O\xc5\xdc\x91N\x14$6\xd2\x14\xe1@",
    b"\xfd7zXZ\x00\x00\x04\xe6\xd6\xb4F\x02\x00!\x01\x16\x00\x00\x00t/\xe5\xa3\xe0\x00\xb3\x00\x0f]\x004\x19I\xee\x8d\xe9\x17\xd0\xb4\x1a0PC@\x00\x00\x00\x14\xd6\x12\xf1\x16\xda\x1a \x00\x01+\xb4\x01\x00\x00\x00\x99\xe8\xc5\xf3\xb1\xc4g\xfb\x02\x00\x00\x00\x00\x04YZ",
    b"]\x00\x00\x80\x00\xff\xff\xff\xff\xff\xff\xff\xff\x004\x19I\xee\x8d\xe9\x14\x8aj\xa5\xd6\xbc\xa6\xec\xcd\xcd\x93\xff\xff\xd1\xc6\x00\x00",
    b"x\x9c\xcbH\xcd\xc9\xc9W\xa8\xca\xc9L\xca\xa02\x0b\x00<\x9f#\x0e",
    b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcbH\xcd\xc9\xc9\xcf \x92\x00\x00\xf5\xdc\x93\x7f-\x00\x00\x00",
];

/// Values of every kind, small and odd.
fn values() -> impl Strategy<Value = Sample> {
    let leaf = prop_oneof![
        Just(Sample::None),
        any::<bool>().prop_map(Sample::Bool),
        any::<i64>().prop_map(Sample::Int),
        (-3..70_i64).prop_map(Sample::Int),
        any::<f64>().prop_map(Sample::Float),
        "\\PC{0,12}".prop_map(Sample::Str),
        "[ -~\\n\u{F8FE}éß{}%<>!:()\\[\\]0-9*.#=-]{0,16}".prop_map(Sample::Str),
        prop::sample::select(vec!["utf-8", "hex", "rot13", "utf-16", "zlib", "bz2", "<2h", ">IQ", "ascii", "0"])
            .prop_map(|text| Sample::Str(text.to_owned())),
        prop::collection::vec(any::<u8>(), 0..24).prop_map(Sample::Bytes),
        (prop::sample::select(COMPRESSED.to_vec()), any::<prop::sample::Index>(), any::<u8>()).prop_map(
            |(bytes, at, byte)| {
                let mut bytes = bytes.to_vec();
                *at.get_mut(&mut bytes) ^= byte;
                Sample::Bytes(bytes)
            }
        ),
    ];
    leaf.prop_recursive(2, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Sample::Sequence),
            prop::collection::vec((inner.clone(), inner), 0..4).prop_map(Sample::Dict),
        ]
    })
}

#[derive(Clone, Debug)]
enum Sample {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(String),
    Bytes(Vec<u8>),
    Sequence(Vec<Sample>),
    Dict(Vec<(Sample, Sample)>),
}

impl Sample {
    fn value<'a>(&self, arena: &'a Bump) -> Value<'a> {
        Value::of(match self {
            Self::None => Shape::None,
            Self::Bool(truth) => Shape::Bool(*truth),
            Self::Int(number) => Shape::Int(*number),
            Self::Float(number) => Shape::Float(*number),
            Self::Str(text) => return part(arena.alloc_str(text)),
            Self::Bytes(bytes) => Shape::Bytes(arena.alloc_slice_copy(bytes)),
            Self::Sequence(items) => {
                Shape::Sequence(arena.alloc_slice_fill_iter(items.iter().map(|item| item.value(arena))))
            }
            Self::Dict(items) => Shape::Dict(
                arena.alloc_slice_fill_iter(items.iter().map(|(key, value)| (key.value(arena), value.value(arena)))),
            ),
        })
    }
}

/// Methods beside those of texts.
const OTHERS: [&str; 20] = [
    "to_bytes",
    "bit_length",
    "get",
    "items",
    "index",
    "__getitem__",
    "__mod__",
    "__add__",
    "__mul__",
    "union",
    "joinpath",
    "with_suffix",
    "with_name",
    "parent",
    "relative_to",
    "glob",
    "resolve",
    "decode",
    "__pow__",
    "keys",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_arguments_are_too_odd(samples in prop::collection::vec(values(), 0..4), keyword in 0_usize..4) {
        let arena = Bump::new();
        let mut calculator = Calculator::new(&arena);
        let given = Given::of(&samples.iter().map(|sample| sample.value(&arena)).collect::<Vec<_>>());
        let mut named = given.clone();
        let names = ["sep", "maxsplit", "encoding", "length"];
        named.named.extend(named.positional.pop().map(|value| (names[keyword], value)));
        for given in [given, named] {
            for (_, function) in FUNCTIONS.iter().chain(&LENIENT).copied().flatten() {
                function(&mut calculator.tools(), &given);
            }
            let Some((receiver, given)) = given.split() else { continue };
            let carrier = carrier::FUNCTIONS[0].1(&mut calculator.tools(), &Given::of(&[receiver]));
            for receiver in [Some(receiver), carrier].into_iter().flatten() {
                for name in text::METHODS.iter().chain(&OTHERS) {
                    calculator.tools().method(receiver, name, &given);
                    if let Shape::Carrier(carrier) = receiver.shape {
                        super::attribute(&mut calculator.tools(), carrier, name);
                    }
                }
            }
            if let Some(spec) = given.text("", 0) {
                formatted(&mut calculator.tools(), &receiver, Some('r'), spec);
                formatted(&mut calculator.tools(), &receiver, None, spec);
            }
            if let Some(bytes) = given.bytes("", 0) {
                pickle::names(bytes);
            }
        }
    }
}
