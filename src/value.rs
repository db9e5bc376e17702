//! Abstract values: what evaluation knows of an expression without running it.
//!
//! Values are small, copied freely, and borrow from the arena of the module they belong to.

use std::fmt;

use bumpalo::Bump;

use crate::name::{Named, ROOT, step};
pub use crate::name::{hash_of, segments};
use crate::source::Span;

/// What is known of a value: its shape, the labels of where it came from, and the steps by which a name reached it.
#[derive(Clone, Copy, Debug)]
pub struct Value<'a> {
    pub shape: Shape<'a>,
    pub taint: Taint,
    pub origin: Option<&'a Origin<'a>>,
    /// Told when the value is made: containers may hold themselves many times over, so that looking would take too long.
    pub constant: bool,
}

/// The shape of a value.
#[derive(Clone, Copy, Debug)]
pub enum Shape<'a> {
    Unknown,
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(&'a str),
    Bytes(&'a [u8]),
    /// A string of which only parts are known: each [`HOLE`] stands for what is not.
    Partial(&'a str),
    /// A list, tuple or set (also what iterates like one).
    Sequence(&'a [Value<'a>]),
    Dict(&'a [(Value<'a>, Value<'a>)]),
    /// What a qualified name refers to: a module, a function, a class, the result of calling one.
    Path(&'a Path<'a>),
    /// A function or class of the module itself, or an instance of such a class, by its index in the evaluator. The first
    /// instance of a class stands for all of which nothing particular is known.
    Function(u32),
    Class(u32),
    Instance(u32),
    /// What a call of a known name gave, with the value that it stands for: `pathlib.Path("a")`, `Request(url)`.
    Carrier(&'a Carrier<'a>),
    /// Something callable with its first arguments given already: a method of an object, a `functools.partial`.
    Bound(&'a Bound<'a>),
    /// A list, dictionary, set or byte array of the module, by its index in the evaluator, which holds what is in it.
    /// Events never have one: they get what is in it at the time.
    Cell(u32),
    /// One of several.
    Either(&'a [Value<'a>]),
}

/// An object that a known name made, and the value inside of it that matters to rules: a path's text, a request's URL.
#[derive(Clone, Copy, Debug)]
pub struct Carrier<'a> {
    /// As if nothing were known of the value: `pathlib.Path()`.
    pub path: &'a Path<'a>,
    pub value: Value<'a>,
}

/// A callable that holds some of its arguments.
#[derive(Clone, Copy, Debug)]
pub struct Bound<'a> {
    pub callee: Value<'a>,
    /// They come before those of the call; each with its name, where it is passed by one.
    pub arguments: &'a [(Option<&'a str>, Value<'a>)],
}

/// Stands for the unknown parts of a [`Shape::Partial`]: a character that Unicode keeps for private use.
pub const HOLE: char = '\u{F8FE}';

/// Labels of untrusted sources that flowed into a value, as a bit set. Rules name them; a later reader of flows fills them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taint(pub u32);

impl Taint {
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// One step on the way of a value: where it got a name, and the step before.
#[derive(Debug)]
pub struct Origin<'a> {
    pub span: Span,
    pub how: How,
    pub before: Option<&'a Origin<'a>>,
    /// How many steps there are up to this one.
    pub steps: u32,
}

/// A way of more steps is not followed further: nobody reads it.
pub const MAX_ORIGINS: u32 = 8;

/// How a step passed a value on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    Imported,
    Assigned,
}

/// A qualified name, as a path of segments from its root, with a hash that grows with it.
///
/// The segments `()` and `[]` stand for what calling or indexing gives; a root `?` for something unknown.
#[derive(Debug)]
pub struct Path<'a> {
    pub parent: Option<&'a Path<'a>>,
    pub segment: &'a str,
    pub hash: u64,
    length: u32,
}

/// A longer path starts anew from something unknown: no rule names one, and every call looks at what is above its callee.
const MAX_SEGMENTS: u32 = 128;

impl<'a> Path<'a> {
    pub fn root(arena: &'a Bump, segment: &'a str) -> &'a Self {
        arena.alloc(Self { parent: None, segment, hash: step(ROOT, segment), length: 1 })
    }

    pub fn then(&'a self, arena: &'a Bump, segment: &'a str) -> &'a Self {
        if self.length >= MAX_SEGMENTS {
            return Self::root(arena, "?").then(arena, segment);
        }
        arena.alloc(Self { parent: Some(self), segment, hash: step(self.hash, segment), length: self.length + 1 })
    }

    /// The path of a dotted name.
    pub fn dotted(arena: &'a Bump, name: &'a str) -> Option<&'a Self> {
        let mut segments = segments(name);
        let root = Self::root(arena, segments.next()?);
        Some(segments.fold(root, |path, segment| path.then(arena, segment)))
    }

    /// This path and its ancestors, from the end to the root.
    pub fn upwards(&'a self) -> impl Iterator<Item = &'a Self> {
        std::iter::successors(Some(self), |path| path.parent)
    }

    /// Whether this path spells the name.
    pub fn is(&'a self, name: &str) -> bool {
        let mut rest = name;
        for path in self.upwards() {
            let shorter = rest.strip_suffix(path.segment);
            let separator = if path.is_dotted() { "." } else { "" };
            let Some(shorter) = shorter.and_then(|shorter| shorter.strip_suffix(separator)) else { return false };
            rest = shorter;
        }
        rest.is_empty()
    }

    /// The rows of a table under this name. Where there are none: those under `root.**.last`, for whatever is got from a
    /// root; then under `*.last`, for any root; then under `above.*`, for whatever stands right below a name.
    pub fn rows<'t, T>(&'a self, table: &'t Named<T>) -> impl Iterator<Item = &'t T> {
        let is_listed = table.find(self.hash).any(|(name, _)| self.is(name));
        let hashes = if is_listed { [Some(self.hash), None, None] } else { self.wild_hashes(table) };
        let found = hashes.into_iter().flatten().flat_map(|hash| table.find(hash));
        let is_meant = move |name: &str| if is_listed { self.is(name) } else { self.is_like(name) };
        found.filter(move |(name, _)| is_meant(name)).map(|(_, row)| row)
    }

    /// The hashes of the names with a `*` that could mean this path.
    fn wild_hashes<T>(&'a self, table: &Named<T>) -> [Option<u64>; 3] {
        let above = self.parent.filter(|parent| table.may_be_beside_any(parent.segment));
        let above = above.map(|above| step(above.hash, "*"));
        if self.length < 2 || !table.may_be_beside_any(self.segment) {
            return [None, None, above];
        }
        let hash = |segments: &[&str]| Some(segments.iter().fold(ROOT, |hash, segment| step(hash, segment)));
        [hash(&[self.origin(), "**", self.segment]), hash(&["*", self.segment]), above]
    }

    /// Whether a name with a `*` means this path.
    fn is_like(&'a self, name: &str) -> bool {
        match (name.strip_suffix(".*"), name.strip_prefix("*."), name.split_once(".**.")) {
            (Some(above), ..) => self.parent.is_some_and(|parent| parent.is(above)),
            (_, Some(last), _) => last == self.segment,
            (.., Some((root, last))) => root == self.origin() && last == self.segment,
            _ => false,
        }
    }

    /// The first segment.
    fn origin(&'a self) -> &'a str {
        self.upwards().last().map_or("", |root| root.segment)
    }

    /// Whether a dot stands before the last segment.
    fn is_dotted(&self) -> bool {
        let is_after_name = self.parent.is_some_and(|parent| !parent.segment.starts_with('.'));
        is_after_name && !matches!(self.segment, "()" | "[]")
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(formatter)?;
        }
        formatter.write_str(if self.is_dotted() { "." } else { "" })?;
        formatter.write_str(self.segment)
    }
}

impl<'a> Value<'a> {
    pub const UNKNOWN: Self = Self { shape: Shape::Unknown, taint: Taint(0), origin: None, constant: false };

    pub fn of(shape: Shape<'a>) -> Self {
        let constant = match shape {
            Shape::None | Shape::Bool(_) | Shape::Int(_) | Shape::Float(_) | Shape::Str(_) | Shape::Bytes(_) => true,
            Shape::Sequence(items) | Shape::Either(items) => items.iter().all(Self::is_constant),
            Shape::Dict(items) => items.iter().all(|(key, value)| key.constant && value.constant),
            _ => false,
        };
        Self { shape, taint: Taint(0), origin: None, constant }
    }

    pub fn path(path: &'a Path<'a>) -> Self {
        Self::of(Shape::Path(path))
    }

    /// The alternatives: itself, unless it is one of several.
    pub fn alternatives(&self) -> &[Self] {
        match self.shape {
            Shape::Either(values) => values,
            _ => std::slice::from_ref(self),
        }
    }

    /// Whether everything about the value is known and it refers to nothing.
    pub fn is_constant(&self) -> bool {
        self.constant
    }

    /// What `bool()` would give, as far as known.
    pub fn truth(&self) -> Option<bool> {
        match self.shape {
            Shape::None => Some(false),
            Shape::Bool(value) => Some(value),
            Shape::Int(value) => Some(value != 0),
            Shape::Float(value) => Some(value != 0.0),
            Shape::Str(text) => Some(!text.is_empty()),
            Shape::Bytes(bytes) => Some(!bytes.is_empty()),
            Shape::Partial(text) => text.chars().take(LONG).any(|c| c != HOLE).then_some(true),
            Shape::Sequence(items) => Some(!items.is_empty()),
            Shape::Dict(items) => Some(!items.is_empty()),
            Shape::Function(_) | Shape::Class(_) | Shape::Bound(_) => Some(true),
            Shape::Either(values) => {
                let first = values.first()?.truth()?;
                values.iter().all(|value| value.truth() == Some(first)).then_some(first)
            }
            Shape::Unknown | Shape::Path(_) | Shape::Instance(_) | Shape::Carrier(_) | Shape::Cell(_) => None,
        }
    }

    /// The text of a string, known wholly or in part.
    pub fn text(&self) -> Option<&'a str> {
        match self.shape {
            Shape::Str(text) | Shape::Partial(text) => Some(text),
            _ => None,
        }
    }

    /// Bytes of its text, if it is one.
    pub fn length(&self) -> usize {
        match self.shape {
            Shape::Str(text) | Shape::Partial(text) => text.len(),
            Shape::Bytes(bytes) => bytes.len(),
            _ => 0,
        }
    }

    /// Whether two values are known to be alike, looked at without going into containers.
    pub fn same(&self, other: &Self) -> bool {
        match (self.shape, other.shape) {
            (Shape::Unknown, Shape::Unknown) | (Shape::None, Shape::None) => true,
            (Shape::Bool(a), Shape::Bool(b)) => a == b,
            (Shape::Int(a), Shape::Int(b)) => a == b,
            (Shape::Str(a), Shape::Str(b)) | (Shape::Partial(a), Shape::Partial(b)) => {
                are_same(a.as_bytes(), b.as_bytes())
            }
            (Shape::Bytes(a), Shape::Bytes(b)) => are_same(a, b),
            (Shape::Path(a), Shape::Path(b)) => a.hash == b.hash,
            (Shape::Function(a), Shape::Function(b))
            | (Shape::Class(a), Shape::Class(b))
            | (Shape::Instance(a), Shape::Instance(b)) => a == b,
            (Shape::Carrier(a), Shape::Carrier(b)) => std::ptr::eq(a, b),
            (Shape::Bound(a), Shape::Bound(b)) => std::ptr::eq(a, b),
            (Shape::Cell(a), Shape::Cell(b)) => a == b,
            (Shape::Sequence(a), Shape::Sequence(b)) => std::ptr::eq(a, b),
            (Shape::Dict(a), Shape::Dict(b)) => std::ptr::eq(a, b),
            _ => false,
        }
    }

    /// One of the two: the alternatives of both, without doubles. More than [`MAX_ALTERNATIVES`] are cut, and `Unknown` added.
    pub fn or(self, other: Self, arena: &'a Bump) -> Self {
        if self.same(&other) {
            return Self { taint: self.taint.or(other.taint), ..self };
        }
        let mut all = [Self::UNKNOWN; MAX_ALTERNATIVES];
        let mut count = 0;
        for value in self.alternatives().iter().chain(other.alternatives()) {
            if all[..count].iter().any(|known| known.same(value)) {
                continue;
            }
            if count == MAX_ALTERNATIVES {
                all[MAX_ALTERNATIVES - 1] = Self::UNKNOWN;
                break;
            }
            all[count] = *value;
            count += 1;
        }
        let all = &all[..count];
        let taint = self.taint.or(other.taint);
        // Where control flow meets again and again, one of the two mostly has all alternatives already.
        let is_all = |value: &Self| {
            let known = value.alternatives();
            known.len() == count && known.iter().zip(all).all(|(known, value)| known.same(value))
        };
        match [self, other].into_iter().find(is_all) {
            Some(whole) => Self { taint, ..whole },
            None => Self { taint, ..Self::of(Shape::Either(arena.alloc_slice_copy(all))) },
        }
    }
}

/// Longer texts are alike only if they are one and the same.
const LONG: usize = 1024;

fn are_same(a: &[u8], b: &[u8]) -> bool {
    std::ptr::eq(a, b) || a.len() <= LONG && a == b
}

/// How many alternatives a value may have before the rest is `Unknown`.
pub const MAX_ALTERNATIVES: usize = 8;

#[cfg(test)]
#[expect(clippy::expect_used)]
mod tests {
    use super::*;

    #[test]
    fn a_name_and_the_path_it_spells_agree() {
        let arena = Bump::new();
        for name in ["os", "os.path.join", "flask.Flask().run", "os.environ[]", "?.run", "a()().b[][]", "..pkg.x"] {
            let path = Path::dotted(&arena, name).expect("a name");
            assert_eq!(path.hash, hash_of(name), "{name}");
            assert!(path.is(name), "{name}");
        }
        let path = Path::dotted(&arena, "os.path.join").expect("a name");
        assert_eq!(path.to_string(), "os.path.join");
        let names = ["os.path.join", "os.**.join", "pathlib.**.unlink", "?.**.run", "*.gi_frame", "builtins.*"];
        let rows = names.map(|name| (vec![name.to_owned()], name));
        let table = Named::new(rows.into());
        let found = |name| Path::dotted(&arena, name).expect("a name").rows(&table).copied().collect::<Vec<_>>();
        assert_eq!(found("os.path.join"), ["os.path.join"]);
        assert_eq!(found("os.join"), ["os.**.join"]);
        assert_eq!(found("pathlib.Path().parents[].unlink"), ["pathlib.**.unlink"]);
        assert_eq!(found("?.a().b.run"), ["?.**.run"]);
        assert_eq!(found("a().b.gi_frame"), ["*.gi_frame"]);
        assert_eq!(found("builtins.len"), ["builtins.*"]);
        assert_eq!(found("builtins.len.x"), [""; 0]);
        assert_eq!(found("run"), [""; 0]);
        assert_eq!(found("a.run"), [""; 0]);
        for other in ["path.join", "os.pathjoin", "os.path.joins", "xos.path.join", "os.path", ""] {
            assert!(!path.is(other), "{other}");
        }
    }
}
