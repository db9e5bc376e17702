//! The evaluator: an abstract interpreter over one module. It executes nothing.
//!
//! It walks the tree in the order in which Python would run it, keeps what is known of every name, and tells what happens as
//! [`Event`]s. Bodies of functions are walked once, after the code around them, when the names they use are bound.
//! Where control flow is not known, every branch is walked and the values are joined.

mod ahead;
mod assign;
mod budget;
mod builtins;
mod call;
mod class;
mod expression;
mod fold;
mod format;
mod import;
mod outcome;
#[cfg_attr(not(test), expect(dead_code, unused_imports, reason = "the evaluator does not call it yet"))]
mod pure;
mod scope;
mod statement;
mod text;

use bumpalo::Bump;
use rustc_hash::FxHashMap;

use crate::event::Event;
use crate::python::tree;
use crate::rule::Literal;
use crate::source::{Problem, ProblemKind, Span};
use crate::value::{self, How, MAX_ORIGINS, Origin, Path, Shape, Taint, Value};
use budget::Budget;
use class::Class;
use scope::Scopes;

/// Values of well-known names (`stat.S_IWOTH`), by the hash of the name.
#[derive(Debug, Default)]
pub struct Constants(FxHashMap<u64, Literal>);

impl Constants {
    pub fn new(constants: &[(String, Literal)]) -> Self {
        Self(constants.iter().map(|(name, value)| (value::hash_of(name), value.clone())).collect())
    }
}

/// Evaluates a module and hands each event to `sink`. Gives what could not be evaluated within the budget.
pub fn evaluate<'a>(
    module: &tree::Module<'a>,
    arena: &'a Bump,
    constants: &'a Constants,
    sink: &mut dyn FnMut(Event<'a>),
) -> Option<Problem> {
    let mut evaluator = Evaluator {
        arena,
        constants,
        sink,
        unknown_root: Path::root(arena, "?"),
        builtins_root: Path::root(arena, "builtins"),
        scopes: Scopes::default(),
        functions: Vec::new(),
        classes: Vec::new(),
        deferred: Vec::new(),
        budget: Budget::default(),
    };
    evaluator.scopes.look_ahead(module.body);
    evaluator.scopes.push(scope::Kind::Module);
    evaluator.block(module.body);
    evaluator.run_deferred(0);
    evaluator.budget.exceeded.map(|span| Problem {
        kind: ProblemKind::Budget,
        message: "following what this code builds takes more than the analysis allows; what depends on it is not known"
            .into(),
        span,
    })
}

struct Evaluator<'a, 'e> {
    arena: &'a Bump,
    constants: &'a Constants,
    sink: &'e mut dyn FnMut(Event<'a>),
    unknown_root: &'a Path<'a>,
    builtins_root: &'a Path<'a>,
    scopes: Scopes<'a>,
    functions: Vec<&'a tree::Function<'a>>,
    classes: Vec<Class<'a>>,
    /// Functions whose bodies are still to be walked, each with the class whose method it is.
    deferred: Vec<(&'a tree::Function<'a>, Option<u32>)>,
    budget: Budget,
}

impl<'a> Evaluator<'a, '_> {
    fn emit(&mut self, event: Event<'a>) {
        (self.sink)(event);
    }

    fn index(length: usize) -> u32 {
        u32::try_from(length).unwrap_or(u32::MAX)
    }

    /// A path one segment further.
    fn then(&self, path: &'a Path<'a>, segment: &'a str) -> Value<'a> {
        Value::path(path.then(self.arena, segment))
    }

    /// Notes that a value got a name here, so that a finding can tell the way.
    fn step(&self, value: Value<'a>, how: How, span: Span) -> Value<'a> {
        match value.shape {
            Shape::Path(_) => {
                let steps = value.origin.map_or(0, |origin| origin.steps);
                if steps == MAX_ORIGINS {
                    return value;
                }
                let origin = self.arena.alloc(Origin { span, how, before: value.origin, steps: steps + 1 });
                Value { origin: Some(origin), ..value }
            }
            _ => value,
        }
    }

    /// The constant that a well-known name stands for, or the value itself.
    fn known(&self, value: Value<'a>) -> Value<'a> {
        self.constant(&value).unwrap_or(value)
    }

    /// The constant that a well-known name stands for.
    fn constant(&self, value: &Value<'a>) -> Option<Value<'a>> {
        let Shape::Path(path) = value.shape else { return None };
        Some(Value::of(match self.constants.0.get(&path.hash)? {
            Literal::Int(number) => Shape::Int(*number),
            Literal::Bool(truth) => Shape::Bool(*truth),
            Literal::Text(text) => Shape::Str(text),
        }))
    }

    fn sequence(&self, items: &[Value<'a>]) -> Value<'a> {
        let taint = items.iter().fold(Taint::default(), |taint, item| taint.or(item.taint));
        Value { taint, ..Value::of(Shape::Sequence(self.arena.alloc_slice_copy(items))) }
    }

    /// Walks the bodies put off since `from`, and those that they put off in turn.
    fn run_deferred(&mut self, from: usize) {
        while self.deferred.len() > from {
            // Constructors first: methods read the attributes that they set.
            let batch: Vec<_> = self.deferred.drain(from..).collect();
            let (first, rest): (Vec<_>, Vec<_>) =
                batch.into_iter().partition(|(function, class)| class.is_some() && function.name == "__init__");
            for (function, class) in first.into_iter().chain(rest) {
                self.function_body(function, class);
            }
        }
    }
}
