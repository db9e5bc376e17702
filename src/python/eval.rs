//! The evaluator: an abstract interpreter over one module. It executes nothing.
//!
//! It walks the tree in the order in which Python would run it, keeps what is known of every name, container and object, and
//! tells what happens as [`Event`]s. Everything is walked once for all that may happen: where control flow is not known, every
//! branch is walked and what they leave behind is joined; bodies of functions are walked after the code around them, for any
//! arguments. Calls of functions whose arguments are known, and loops whose rounds are, are then walked again with what is
//! known ([`Care`] says how far), which tells more of what happens and never less.

mod ahead;
mod annotation;
mod assign;
mod attribute;
mod budget;
mod builtins;
mod call;
mod callback;
mod care;
mod change;
mod class;
mod code;
mod compare;
mod container;
mod definition;
mod expression;
mod fold;
mod function;
mod holder;
mod import;
mod loops;
mod member;
mod memory;
mod outcome;
mod pure;
mod reflect;
mod scope;
mod statement;
mod template;

use bumpalo::Bump;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::event::{Call, Event};
use crate::model::Models;
use crate::name;
use crate::python::tree;
use crate::rule::Literal;
use crate::source::{Problem, ProblemKind, Span};
use crate::value::{How, MAX_ORIGINS, Origin, Path, Shape, Taint, Value};
use budget::Budget;
pub use care::Care;
use class::{Class, Instance};
use function::{Function, Results};
use memory::Memory;
use scope::{Kind, Scopes};

/// What is known of names beforehand, made once for all modules.
#[derive(Debug)]
pub struct Knowledge<'m> {
    models: &'m Models,
    /// Values of well-known names (`stat.S_IWOTH`), by the hash of the name.
    constants: FxHashMap<u64, &'m Literal>,
    /// Functions that run a text, by the hash of the name.
    runners: FxHashSet<u64>,
    /// Whether anybody wants to hear of names that are used other than by calling them.
    tells_references: bool,
}

impl<'m> Knowledge<'m> {
    pub fn new(models: &'m Models, tells_references: bool) -> Self {
        Self {
            models,
            constants: models.constants.iter().map(|(name, value)| (name::hash_of(name), value)).collect(),
            runners: code::runner_hashes(),
            tells_references,
        }
    }
}

/// Evaluates a module and hands each event to `sink`. Gives what could not be evaluated within the budget.
pub fn evaluate<'a>(
    module: &tree::Module<'a>,
    arena: &'a Bump,
    knowledge: &'a Knowledge<'a>,
    care: Care,
    sink: &mut dyn FnMut(Event<'a>),
) -> Option<Problem> {
    let mut evaluator = Evaluator {
        arena,
        knowledge,
        sink,
        unknown_root: Path::root(arena, "?"),
        builtins_root: Path::root(arena, "builtins"),
        memory: Memory::default(),
        scopes: Scopes::default(),
        functions: Vec::new(),
        classes: Vec::new(),
        instances: Vec::new(),
        deferred: Vec::new(),
        results: Vec::new(),
        replaced: Vec::new(),
        budget: Budget::default(),
        care,
        replaying: 0,
        undecided: 0,
        running: Vec::new(),
        nested_calls: 0,
        called_at: Span::new(0, 0),
        code_depth: 0,
        followed: FxHashSet::default(),
        handed_on: FxHashSet::default(),
        will_repeat: care.twice,
        is_told_by_calls: false,
        has_jumped: false,
        is_setting: false,
        run_at: None,
        annotations: annotation::Annotations::default(),
        attributes: FxHashMap::default(),
        kept: Vec::new(),
    };
    evaluator.look_ahead(module.body);
    evaluator.enter(Kind::Module, None);
    evaluator.block(module.body);
    let functions = evaluator.deferred.clone();
    evaluator.run_deferred(0);
    if care.twice && !functions.is_empty() {
        // What one function leaves behind, another may find that was walked before it.
        evaluator.deferred = functions;
        evaluator.will_repeat = false;
        evaluator.run_deferred(0);
    }
    evaluator.budget.exceeded.map(|span| Problem {
        kind: ProblemKind::Budget,
        message: "following what this code builds takes more than the analysis allows; what depends on it is not known"
            .into(),
        span,
    })
}

struct Evaluator<'a, 'e> {
    arena: &'a Bump,
    knowledge: &'a Knowledge<'a>,
    sink: &'e mut dyn FnMut(Event<'a>),
    unknown_root: &'a Path<'a>,
    builtins_root: &'a Path<'a>,
    memory: Memory<'a>,
    scopes: Scopes<'a>,
    functions: Vec<Function<'a>>,
    classes: Vec<Class<'a>>,
    instances: Vec<Instance>,
    /// Functions whose bodies are still to be walked for any arguments.
    deferred: Vec<u32>,
    /// What the bodies that are being run give back, innermost last.
    results: Vec<Results<'a>>,
    /// Names of other modules that the code put values under.
    replaced: Vec<(u64, Value<'a>)>,
    budget: Budget,
    care: Care,
    /// How many walks with more known are under way, one in the other.
    replaying: u32,
    /// How many branches are under way of which it is not known whether they are taken, counted from the innermost loop that
    /// is walked round by round.
    undecided: u32,
    /// The bodies whose calls are followed, one in the other, and where each was called.
    running: Vec<(*const (), Span)>,
    /// How many calls are told, one for the sake of the other.
    nested_calls: u32,
    /// Where the last call stands.
    called_at: Span,
    /// How many texts are run, one in the other.
    code_depth: u32,
    /// Functions whose calls were followed, by their bodies, and those that were used otherwise.
    followed: FxHashSet<*const ()>,
    handed_on: FxHashSet<*const ()>,
    /// Whether functions will be walked once more.
    will_repeat: bool,
    /// Whether the body that is walked for any arguments is known by its calls.
    is_told_by_calls: bool,
    /// Whether such a branch may have ended the round, or care has.
    has_jumped: bool,
    /// Whether an attribute is set by the hook for that.
    is_setting: bool,
    /// Where the text is run in which the code stands, if it is one.
    run_at: Option<Span>,
    annotations: annotation::Annotations<'a>,
    /// The classes whose members are the attributes that functions of the module were given.
    attributes: FxHashMap<u32, u32>,
    /// What objects of the standard library hold, by the hash of what made them.
    kept: Vec<(u64, Value<'a>)>,
}

impl<'a> Evaluator<'a, '_> {
    fn emit(&mut self, event: Event<'a>) {
        // What a string says was said when it was walked first; what happens may be more.
        if matches!(event, Event::Unresolved { .. }) && self.is_told_by_calls && !self.is_replaying() {
            return;
        }
        let is_new = !self.is_replaying()
            || !matches!(
                event,
                Event::String { .. } | Event::Binding { .. } | Event::Format { .. } | Event::Statement { .. }
            );
        if is_new {
            let event = match self.run_at {
                Some(span) => self.placed(event, span),
                None => event,
            };
            (self.sink)(event);
        }
    }

    /// The same event at another place: where the text is run in which it happens.
    fn placed(&self, mut event: Event<'a>, at: Span) -> Event<'a> {
        match &mut event {
            Event::Call(call) => {
                let arguments = call.arguments.iter().map(|argument| crate::event::Argument { span: at, ..*argument });
                let arguments = self.arena.alloc_slice_fill_iter(arguments.collect::<Vec<_>>());
                *call = self.arena.alloc(Call { span: at, callee_span: at, arguments, ..**call });
            }
            Event::Import { span, .. }
            | Event::String { span, .. }
            | Event::Binding { span, .. }
            | Event::Format { span, .. }
            | Event::Statement { span, .. }
            | Event::Reference { span, .. }
            | Event::Store { span, .. }
            | Event::Unresolved { span, .. } => *span = at,
        }
        event
    }

    fn is_replaying(&self) -> bool {
        self.replaying > 0
    }

    /// Whether it is certain that the code that is walked runs.
    fn is_certain(&self) -> bool {
        self.undecided == 0
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
                let span = self.run_at.unwrap_or(span);
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
        if let Some(value) = pure::constant(self.arena, path) {
            return Some(value);
        }
        Some(Value::of(match self.knowledge.constants.get(&path.hash)? {
            Literal::Int(number) => Shape::Int(*number),
            Literal::Bool(truth) => Shape::Bool(*truth),
            Literal::Text(text) => Shape::Str(text),
        }))
    }

    /// What pure functions need.
    fn tools(&mut self, span: Span) -> pure::Tools<'a, '_> {
        pure::Tools { arena: self.arena, budget: &mut self.budget, span }
    }

    fn sequence(&self, items: &[Value<'a>]) -> Value<'a> {
        let taint = items.iter().fold(Taint::default(), |taint, item| taint.or(item.taint));
        Value { taint, ..Value::of(Shape::Sequence(self.arena.alloc_slice_copy(items))) }
    }

    /// Walks the bodies put off since `from`, and those that they put off in turn.
    fn run_deferred(&mut self, from: usize) {
        while self.deferred.len() > from {
            let batch: Vec<u32> = self.deferred.drain(from..).collect();
            // Constructors first: methods read the attributes that they set.
            let is_constructor = |index: &u32| {
                let function = self.functions.get(*index as usize);
                function.is_some_and(
                    |function| matches!(function.body, function::Body::Statements(body) if body.name == "__init__"),
                )
            };
            let (first, rest): (Vec<u32>, Vec<u32>) = batch.into_iter().partition(is_constructor);
            for function in first.into_iter().chain(rest) {
                self.function_body(function);
            }
        }
    }
}
