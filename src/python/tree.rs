//! The syntax tree that both Python readers lower into: small, borrowed from one arena, dropped without recursion.
//!
//! It keeps what evaluation needs and nothing that only a formatter would: parentheses, quotes and comments are gone,
//! spans stay. Names and literals live in the arena beside the nodes.

mod operator;

use bumpalo::Bump;

use crate::source::{Problem, Span};
pub use operator::{BinaryOp, CompareOp, UnaryOp};

/// One module, as far as a reader could read it.
#[derive(Debug, Default)]
pub struct Module<'a> {
    pub body: &'a [Stmt<'a>],
    /// Parts that could not be read, or only by guessing.
    pub problems: Vec<Problem>,
    /// Comments, where the caller asked for them.
    pub comments: Vec<Span>,
}

#[derive(Clone, Copy, Debug)]
pub struct Stmt<'a> {
    pub span: Span,
    pub kind: StmtKind<'a>,
}

#[derive(Clone, Copy, Debug)]
pub enum StmtKind<'a> {
    Function(&'a Function<'a>),
    Class(&'a Class<'a>),
    Return(Option<&'a Expr<'a>>),
    Delete(&'a [Expr<'a>]),
    /// `a = b = value`; also `type X = value` and an annotated assignment.
    Assign(&'a Assign<'a>),
    AugAssign(&'a AugAssign<'a>),
    /// `for` and `async for`.
    For(&'a For<'a>),
    While(&'a While<'a>),
    If(&'a If<'a>),
    With(&'a With<'a>),
    Match(&'a Match<'a>),
    Raise(&'a [Expr<'a>]),
    Try(&'a Try<'a>),
    Assert(&'a [Expr<'a>]),
    Import(&'a [Alias<'a>]),
    ImportFrom(&'a ImportFrom<'a>),
    Global(&'a [&'a str]),
    Nonlocal(&'a [&'a str]),
    Expr(&'a Expr<'a>),
    Pass,
    Break,
    Continue,
    /// What the reader could not make sense of.
    Unparsed,
}

#[derive(Debug)]
pub struct Function<'a> {
    pub name: &'a str,
    pub name_span: Span,
    pub decorators: &'a [Expr<'a>],
    /// Bounds and defaults of type parameters: code that runs when somebody asks for them.
    pub type_bounds: &'a [Expr<'a>],
    pub parameters: &'a [Parameter<'a>],
    pub returns: Option<&'a Expr<'a>>,
    pub body: &'a [Stmt<'a>],
}

#[derive(Clone, Copy, Debug)]
pub struct Parameter<'a> {
    pub span: Span,
    pub name: &'a str,
    pub kind: ParameterKind,
    pub annotation: Option<&'a Expr<'a>>,
    pub default: Option<&'a Expr<'a>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    PositionalOnly,
    Plain,
    /// `*args`
    Star,
    KeywordOnly,
    /// `**kwargs`
    DoubleStar,
}

#[derive(Debug)]
pub struct Class<'a> {
    pub name: &'a str,
    pub name_span: Span,
    pub decorators: &'a [Expr<'a>],
    /// Bounds and defaults of type parameters: code that runs when somebody asks for them.
    pub type_bounds: &'a [Expr<'a>],
    /// Bases and keywords (`metaclass=…`).
    pub arguments: &'a [Argument<'a>],
    pub body: &'a [Stmt<'a>],
}

#[derive(Debug)]
pub struct Assign<'a> {
    pub targets: &'a [Expr<'a>],
    /// Bounds and defaults of type parameters, in `type X[…] = value`: code that runs when somebody asks for them.
    pub type_bounds: &'a [Expr<'a>],
    pub annotation: Option<Expr<'a>>,
    /// Absent in `name: annotation`.
    pub value: Option<Expr<'a>>,
}

#[derive(Debug)]
pub struct AugAssign<'a> {
    pub target: Expr<'a>,
    pub op: BinaryOp,
    pub value: Expr<'a>,
}

#[derive(Debug)]
pub struct For<'a> {
    pub target: Expr<'a>,
    pub iter: Expr<'a>,
    pub body: &'a [Stmt<'a>],
    pub orelse: &'a [Stmt<'a>],
}

#[derive(Debug)]
pub struct While<'a> {
    pub test: Expr<'a>,
    pub body: &'a [Stmt<'a>],
    pub orelse: &'a [Stmt<'a>],
}

/// `if`, its `elif`s and its `else` as a flat list: the test is absent in `else`.
#[derive(Debug)]
pub struct If<'a> {
    pub branches: &'a [(Option<Expr<'a>>, &'a [Stmt<'a>])],
}

#[derive(Debug)]
pub struct With<'a> {
    pub items: &'a [(Expr<'a>, Option<Expr<'a>>)],
    pub body: &'a [Stmt<'a>],
}

#[derive(Debug)]
pub struct Match<'a> {
    pub subject: Expr<'a>,
    pub cases: &'a [Case<'a>],
}

#[derive(Debug)]
pub struct Case<'a> {
    pub pattern: Pattern<'a>,
    pub guard: Option<Expr<'a>>,
    pub body: &'a [Stmt<'a>],
}

#[derive(Clone, Copy, Debug)]
pub enum Pattern<'a> {
    /// A value or singleton to compare with.
    Value(&'a Expr<'a>),
    /// `name`, `pattern as name`, `*name`, `_`.
    Bind {
        pattern: Option<&'a Pattern<'a>>,
        name: Option<&'a str>,
    },
    Sequence(&'a [Pattern<'a>]),
    Mapping {
        keys: &'a [Expr<'a>],
        patterns: &'a [Pattern<'a>],
        rest: Option<&'a str>,
    },
    Class {
        class: &'a Expr<'a>,
        patterns: &'a [Pattern<'a>],
        keywords: &'a [(&'a str, Pattern<'a>)],
    },
    Or(&'a [Pattern<'a>]),
}

#[derive(Debug)]
pub struct Try<'a> {
    pub body: &'a [Stmt<'a>],
    pub handlers: &'a [Handler<'a>],
    pub orelse: &'a [Stmt<'a>],
    pub finalbody: &'a [Stmt<'a>],
}

#[derive(Debug)]
pub struct Handler<'a> {
    pub span: Span,
    /// Absent in a bare `except:`.
    pub class: Option<Expr<'a>>,
    pub name: Option<&'a str>,
    pub body: &'a [Stmt<'a>],
}

#[derive(Clone, Copy, Debug)]
pub struct Alias<'a> {
    pub span: Span,
    /// Dotted in `import a.b`; `*` in a star import.
    pub name: &'a str,
    pub asname: Option<&'a str>,
}

#[derive(Debug)]
pub struct ImportFrom<'a> {
    /// Empty in `from . import x`.
    pub module: &'a str,
    /// Number of leading dots.
    pub level: u32,
    pub names: &'a [Alias<'a>],
}

#[derive(Clone, Copy, Debug)]
pub struct Expr<'a> {
    pub span: Span,
    pub kind: ExprKind<'a>,
}

#[derive(Clone, Copy, Debug)]
pub enum ExprKind<'a> {
    Name(&'a str),
    Str(&'a str),
    Bytes(&'a [u8]),
    /// f-strings, their implicit neighbours included.
    FString(&'a [Piece<'a>]),
    /// t-strings: the pieces are kept apart until something renders them.
    Template(&'a [Piece<'a>]),
    Int(i64),
    /// An integer beyond 64 bits, as its digits stand in the source.
    BigInt(&'a str),
    Float(f64),
    /// A complex number: nothing here computes with one.
    Complex,
    Bool(bool),
    None,
    Ellipsis,
    Attribute(&'a Attribute<'a>),
    Subscript(&'a Subscript<'a>),
    Slice(&'a Slice<'a>),
    Call(&'a Call<'a>),
    Binary(&'a Binary<'a>),
    /// `and` (true) or `or` (false) over two or more operands.
    Logical(bool, &'a [Expr<'a>]),
    Unary(UnaryOp, &'a Expr<'a>),
    Compare(&'a Compare<'a>),
    Conditional(&'a Conditional<'a>),
    Lambda(&'a Lambda<'a>),
    List(&'a [Expr<'a>]),
    Tuple(&'a [Expr<'a>]),
    Set(&'a [Expr<'a>]),
    /// The key is absent in `**other`.
    Dict(&'a [(Option<Expr<'a>>, Expr<'a>)]),
    Comprehension(&'a Comprehension<'a>),
    Await(&'a Expr<'a>),
    Yield(Option<&'a Expr<'a>>),
    YieldFrom(&'a Expr<'a>),
    Starred(&'a Expr<'a>),
    /// `target := value`
    Named(&'a Named<'a>),
    /// What the reader could not make sense of.
    Unparsed,
}

/// A part of an f-string.
#[derive(Clone, Copy, Debug)]
pub enum Piece<'a> {
    Literal { text: &'a str, span: Span },
    Hole(&'a Hole<'a>),
}

#[derive(Debug)]
pub struct Hole<'a> {
    pub value: Expr<'a>,
    /// `r`, `s` or `a` after `!`.
    pub conversion: Option<char>,
    /// The format after `:`, itself with holes.
    pub spec: &'a [Piece<'a>],
    /// The text before the value in `{x=}`, with the `=`.
    pub debug: Option<&'a str>,
}

#[derive(Debug)]
pub struct Attribute<'a> {
    pub value: Expr<'a>,
    pub name: &'a str,
    pub name_span: Span,
}

#[derive(Debug)]
pub struct Subscript<'a> {
    pub value: Expr<'a>,
    pub index: Expr<'a>,
}

#[derive(Debug)]
pub struct Slice<'a> {
    pub lower: Option<Expr<'a>>,
    pub upper: Option<Expr<'a>>,
    pub step: Option<Expr<'a>>,
}

#[derive(Debug)]
pub struct Call<'a> {
    pub callee: Expr<'a>,
    pub arguments: &'a [Argument<'a>],
}

/// An argument of a call or a class statement, in the order of the source.
#[derive(Clone, Copy, Debug)]
pub struct Argument<'a> {
    /// Name and value.
    pub span: Span,
    pub kind: ArgumentKind<'a>,
    pub value: Expr<'a>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgumentKind<'a> {
    Positional,
    Keyword(&'a str),
    /// `*value`
    Star,
    /// `**value`
    DoubleStar,
}

#[derive(Debug)]
pub struct Binary<'a> {
    pub op: BinaryOp,
    pub left: Expr<'a>,
    pub right: Expr<'a>,
}

#[derive(Debug)]
pub struct Compare<'a> {
    pub left: Expr<'a>,
    pub rest: &'a [(CompareOp, Expr<'a>)],
}

#[derive(Debug)]
pub struct Conditional<'a> {
    pub test: Expr<'a>,
    pub body: Expr<'a>,
    pub orelse: Expr<'a>,
}

#[derive(Debug)]
pub struct Lambda<'a> {
    pub parameters: &'a [Parameter<'a>],
    pub body: Expr<'a>,
}

#[derive(Debug)]
pub struct Comprehension<'a> {
    pub kind: ComprehensionKind,
    /// The element, or the key of a dictionary comprehension.
    pub element: Expr<'a>,
    /// The value of a dictionary comprehension.
    pub value: Option<Expr<'a>>,
    pub generators: &'a [Generator<'a>],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComprehensionKind {
    List,
    Set,
    Dict,
    Generator,
}

#[derive(Debug)]
pub struct Generator<'a> {
    pub target: Expr<'a>,
    pub iter: Expr<'a>,
    pub conditions: &'a [Expr<'a>],
}

#[derive(Debug)]
pub struct Named<'a> {
    pub target: Expr<'a>,
    pub value: Expr<'a>,
}

/// How deep a tree may nest before the readers give up on a part of it. Bounds the stack that every walk needs.
pub const MAX_DEPTH: u32 = 50_000;

/// Copies a list of nodes into the arena.
pub fn slice<T>(arena: &Bump, nodes: impl IntoIterator<Item = T, IntoIter: ExactSizeIterator>) -> &[T] {
    arena.alloc_slice_fill_iter(nodes)
}
