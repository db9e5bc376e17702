//! Events: what a reader saw happen in a source, in the terms on which rules match.

pub use crate::effect::Unresolved;
use crate::rule::{BindingKind, StatementKind};
use crate::source::Span;
use crate::value::{Path, Value};

/// One thing that happens in a source, in the order of evaluation.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// `import a.b`, `from a import b` (one event for each alias) or a call that imports.
    Import {
        path: &'a Path<'a>,
        /// The module of `from module import name`: equal to `path` elsewhere.
        module: &'a Path<'a>,
        /// Whether this is the first alias of its statement.
        first: bool,
        span: Span,
    },
    Call(&'a Call<'a>),
    /// A constant string that is no docstring, and what it is a direct argument of.
    String {
        text: &'a str,
        call: Option<Value<'a>>,
        span: Span,
    },
    /// A name bound to a value.
    Binding {
        by: BindingKind,
        name: &'a str,
        value: Value<'a>,
        span: Span,
    },
    /// A string put together from parts of which some are not known.
    Format {
        text: &'a str,
        span: Span,
    },
    Statement {
        kind: StatementKind,
        span: Span,
    },
    /// Something known by name is used other than by calling it: passed on, stored, indexed, iterated over.
    Reference {
        path: &'a Path<'a>,
        /// The index, where it is used by indexing: `os.environ["HOME"]`.
        key: Option<Value<'a>>,
        span: Span,
    },
    /// A value is put in the place of something known by name: `sys.excepthook = f`, `os.environ["A"] = "b"`.
    Store {
        path: &'a Path<'a>,
        key: Option<Value<'a>>,
        value: Value<'a>,
        span: Span,
    },
    /// Evaluation cannot tell what happens here.
    Unresolved {
        what: Unresolved,
        span: Span,
    },
}

/// A call with its callee and arguments evaluated.
#[derive(Debug)]
pub struct Call<'a> {
    pub callee: Value<'a>,
    /// What a method is called on.
    pub receiver: Option<Value<'a>>,
    pub arguments: &'a [Argument<'a>],
    /// Whether `*args` (or `**kwargs`) of unknown length hide further arguments.
    pub splat: bool,
    pub span: Span,
    pub callee_span: Span,
    /// Where the functions were called in which this happens, outermost first, if it was by following those calls that it
    /// became known.
    pub through: &'a [Span],
}

/// An argument of a call, in the order of the source.
#[derive(Clone, Copy, Debug)]
pub struct Argument<'a> {
    /// Absent for positional arguments.
    pub name: Option<&'a str>,
    pub value: Value<'a>,
    /// The constant that the value is the name of (`stat.S_IWOTH`), if it is one.
    pub constant: Option<&'a Value<'a>>,
    /// Whether the source has a literal here: a constant, or a display of nothing but constants.
    pub literal: bool,
    /// Name and value.
    pub span: Span,
}

impl<'a> Argument<'a> {
    /// The value, or the constant that it is the name of.
    pub fn known(&self) -> &Value<'a> {
        self.constant.unwrap_or(&self.value)
    }
}

impl<'a> Call<'a> {
    /// The argument passed under a name or at a position (counted from 0).
    pub fn argument(&self, name: Option<&str>, at: Option<usize>) -> Option<&Argument<'a>> {
        let by_name = name.and_then(|name| self.arguments.iter().find(|argument| argument.name == Some(name)));
        by_name.or_else(|| self.arguments.iter().filter(|argument| argument.name.is_none()).nth(at?))
    }
}
