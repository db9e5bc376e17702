//! Functions of the module: made, called with the arguments of a call, and walked once for all calls that nobody sees.

use super::memory::Place;
use super::scope::Kind;
use super::statement::Flow;
use super::{Evaluator, memory};
use crate::event::Argument;
use crate::python::tree::{self, Expr, ExprKind, Parameter, ParameterKind};
use crate::rule::BindingKind;
use crate::source::Span;
use crate::value::{Shape, Value};

/// Calls in calls are followed so deep.
const MAX_DEPTH: usize = 48;
/// A function that calls itself with something unknown only so deep: more is hardly ever learnt.
const MAX_UNKNOWN_DEPTH: usize = 2;

/// A function or lambda of the module.
#[derive(Clone, Copy)]
pub(super) struct Function<'a> {
    pub(super) body: Body<'a>,
    /// The frame that it was made in.
    frame: u32,
    /// The class whose method it is.
    class: Option<u32>,
    pub(super) binding: MethodKind,
    /// What its parameters are if nothing is passed, as long as it has some.
    defaults: &'a [Option<Value<'a>>],
    /// Where its text is run, if it stands in a string.
    pub(super) run_at: Option<Span>,
}

#[derive(Clone, Copy)]
pub(super) enum Body<'a> {
    Statements(&'a tree::Function<'a>),
    Lambda(&'a tree::Lambda<'a>),
}

/// What a function of a class is given first, and whether it is called by being looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MethodKind {
    Plain,
    Static,
    Class,
    Property,
}

/// What a run of a body gives.
#[derive(Default)]
pub(super) struct Results<'a> {
    returned: Option<Value<'a>>,
    yielded: Vec<Value<'a>>,
    is_generator: bool,
}

impl<'a> Body<'a> {
    /// Tells one body from another.
    fn address(&self) -> *const () {
        match self {
            Self::Statements(function) => std::ptr::from_ref(*function).cast(),
            Self::Lambda(lambda) => std::ptr::from_ref(*lambda).cast(),
        }
    }

    pub(super) fn parameters(&self) -> &'a [Parameter<'a>] {
        match self {
            Self::Statements(function) => function.parameters,
            Self::Lambda(lambda) => lambda.parameters,
        }
    }
}

impl<'a> Evaluator<'a, '_> {
    pub(super) fn function(&mut self, function: &'a tree::Function<'a>) {
        let class = self.current_class();
        let binding = match class {
            None => MethodKind::Plain,
            Some(_) => self.method_kind(function),
        };
        let (defaults, _) = self.signature(function.parameters);
        if let Some(returns) = function.returns {
            self.annotation(returns);
        }
        let itself = self.new_function(Body::Statements(function), binding, defaults);
        let mut value = itself;
        for decorator in function.decorators.iter().rev() {
            value = self.decorated(decorator, value);
        }
        self.bind(function.name, value);
    }

    pub(super) fn lambda(&mut self, lambda: &'a tree::Lambda<'a>) -> Value<'a> {
        let (defaults, _) = self.signature(lambda.parameters);
        self.new_function(Body::Lambda(lambda), MethodKind::Plain, defaults)
    }

    fn new_function(&mut self, body: Body<'a>, binding: MethodKind, defaults: &'a [Option<Value<'a>>]) -> Value<'a> {
        let index = memory::index(self.functions.len());
        let class = self.current_class();
        let frame = self.capture();
        self.functions.push(Function { body, frame, class, binding, defaults, run_at: self.run_at });
        // While a call is followed, the functions it makes were put off already when the body was walked for all calls.
        if !self.is_replaying() {
            self.deferred.push(index);
        }
        Value::of(Shape::Function(index))
    }

    fn method_kind(&mut self, function: &'a tree::Function<'a>) -> MethodKind {
        let named = |decorator: &Expr<'a>| match decorator.kind {
            ExprKind::Name("staticmethod") => MethodKind::Static,
            ExprKind::Name("classmethod") => MethodKind::Class,
            ExprKind::Name("property" | "cached_property") => MethodKind::Property,
            ExprKind::Attribute(attribute) if matches!(attribute.name, "cached_property" | "getter") => {
                MethodKind::Property
            }
            _ => MethodKind::Plain,
        };
        let kinds = function.decorators.iter().map(named);
        kinds.reduce(|kind, other| if kind == MethodKind::Plain { other } else { kind }).unwrap_or(
            match function.name {
                "__new__" | "__init_subclass__" | "__class_getitem__" => MethodKind::Class,
                _ => MethodKind::Plain,
            },
        )
    }

    /// Evaluates what a signature evaluates: annotations and defaults. Gives the defaults, and whether there are any.
    fn signature(&mut self, parameters: &'a [Parameter<'a>]) -> (&'a [Option<Value<'a>>], bool) {
        let mut any = false;
        let mut defaults = bumpalo::collections::Vec::with_capacity_in(parameters.len(), self.arena);
        for parameter in parameters {
            if let Some(annotation) = parameter.annotation {
                self.annotation(annotation);
            }
            let default = parameter.default.map(|default| {
                any = true;
                let value = self.expression(default);
                self.binding(BindingKind::Default, parameter.name, value, default.span);
                self.held(value)
            });
            defaults.push(default);
        }
        if any { (defaults.into_bump_slice(), true) } else { (&[], false) }
    }

    /// Walks a body for all calls that nobody sees: its parameters may be anything.
    pub(super) fn function_body(&mut self, index: u32) {
        let Some(function) = self.functions.get(index as usize).copied() else { return };
        let now = self.memory.age();
        let certain_from = std::mem::replace(&mut self.memory.certain_from, now);
        let run_at = std::mem::replace(&mut self.run_at, function.run_at);
        let back = self.enter(Kind::Function, Some(function.frame));
        self.bind_parameters(&function);
        let parameters = function.body.parameters();
        if let (Some(class), Some(first)) = (function.class, parameters.first())
            && first.kind != ParameterKind::Star
            && function.binding != MethodKind::Static
        {
            let shape = match function.binding {
                MethodKind::Class => Shape::Class(class),
                _ => Shape::Instance(self.any_instance(class)),
            };
            self.bind(first.name, Value::of(shape));
        }
        let deferred = self.deferred.len();
        // What is not known when it is called with anything does not matter where all calls of it are known.
        let address = function.body.address();
        let is_called_only = self.followed.contains(&address) && !self.handed_on.contains(&address);
        let around = std::mem::replace(&mut self.is_told_by_calls, self.will_repeat || is_called_only);
        let results = self.run(&function.body);
        self.run_deferred(deferred);
        self.is_told_by_calls = around;
        self.reduced_to(&function, &results);
        if let (Body::Lambda(lambda), true) = (function.body, self.is_incomplete()) {
            self.budget.exceeded.get_or_insert(lambda.body.span);
        }
        self.leave(back);
        self.run_at = run_at;
        self.memory.certain_from = certain_from;
    }

    /// What `__reduce__` gives is called when somebody loads the pickle.
    fn reduced_to(&mut self, function: &Function<'a>, results: &Results<'a>) {
        if let Body::Statements(body) = function.body
            && matches!(body.name, "__reduce__" | "__reduce_ex__")
            && let Some(Shape::Sequence([callee, arguments, ..])) =
                results.returned.map(|value| self.content(value).shape)
        {
            let arguments = match self.content(*arguments).shape {
                Shape::Sequence(arguments) => arguments,
                _ => &[],
            };
            self.invoke(*callee, arguments, body.name_span);
        }
    }

    /// Runs a body in the current frame.
    fn run(&mut self, body: &Body<'a>) -> Results<'a> {
        self.results.push(Results::default());
        match body {
            Body::Statements(function) => {
                if self.block(function.body) == Flow::GoesOn {
                    self.returned(Value::of(Shape::None));
                }
            }
            Body::Lambda(lambda) => {
                let value = self.expression(&lambda.body);
                self.returned(value);
            }
        }
        self.results.pop().unwrap_or_default()
    }

    /// Notes what the body that runs gives back.
    pub(super) fn returned(&mut self, value: Value<'a>) {
        let value = self.held(value);
        let arena = self.arena;
        if let Some(results) = self.results.last_mut() {
            results.returned = Some(results.returned.map_or(value, |other| other.or(value, arena)));
        }
    }

    pub(super) fn yielded(&mut self, value: Value<'a>) {
        let value = self.held(value);
        if let Some(results) = self.results.last_mut() {
            results.is_generator = true;
            if results.yielded.len() < MAX_YIELDED {
                results.yielded.push(value);
            }
        }
    }

    /// Binds parameters to what a caller may pass: anything, or the default where there is one.
    fn bind_parameters(&mut self, function: &Function<'a>) {
        for (at, parameter) in function.body.parameters().iter().enumerate() {
            let passed = match (parameter.kind, parameter.annotation) {
                (ParameterKind::Star | ParameterKind::DoubleStar, _) | (_, None) => Value::UNKNOWN,
                (_, Some(annotation)) => self.annotated(annotation),
            };
            let value = match function.defaults.get(at).copied().flatten() {
                Some(default) if !matches!(default.shape, Shape::None | Shape::Unknown) => {
                    passed.or(default, self.arena)
                }
                _ => passed,
            };
            self.bind(parameter.name, value);
        }
    }

    /// What calling a function of the module gives, by walking its body with these arguments.
    pub(super) fn call_function(
        &mut self,
        index: u32,
        receiver: Option<Value<'a>>,
        arguments: &[Argument<'a>],
        splat: bool,
    ) -> Value<'a> {
        let Some(function) = self.functions.get(index as usize).copied() else { return Value::UNKNOWN };
        let again = self.running.iter().filter(|(body, _)| std::ptr::addr_eq(*body, function.body.address())).count();
        let is_known = arguments.iter().all(|argument| self.content(argument.value).is_constant());
        let deepest = if is_known { MAX_DEPTH } else { MAX_UNKNOWN_DEPTH };
        let follows = self.care.follows(receiver.as_ref(), arguments) && self.care.replay();
        if again >= deepest || self.running.len() >= MAX_DEPTH || !follows {
            return Value::UNKNOWN;
        }
        self.followed.insert(function.body.address());
        self.running.push((function.body.address(), self.run_at.unwrap_or(self.called_at)));
        self.replaying += 1;
        let run_at = self.run_at;
        self.run_at = function.run_at.or(run_at);
        let back = self.enter(Kind::Function, Some(function.frame));
        self.pass(&function, receiver, arguments, splat);
        let results = self.run(&function.body);
        self.leave(back);
        self.run_at = run_at;
        self.replaying -= 1;
        self.running.pop();
        match results.is_generator {
            true => self.sequence(&results.yielded),
            false => results.returned.unwrap_or(Value::UNKNOWN),
        }
    }

    /// Notes that functions are used otherwise than by calling them.
    pub(super) fn hand_on(&mut self, value: Value<'a>) {
        for value in value.alternatives() {
            if let Shape::Function(index) = value.shape
                && let Some(function) = self.functions.get(index as usize)
            {
                self.handed_on.insert(function.body.address());
            }
        }
    }

    /// Whether a call of this function is being followed.
    pub(super) fn is_running(&self, index: u32) -> bool {
        let address = self.functions.get(index as usize).map(|function| function.body.address());
        self.running.iter().any(|(body, _)| Some(*body) == address)
    }

    /// Binds parameters to what one call passes.
    fn pass(&mut self, function: &Function<'a>, receiver: Option<Value<'a>>, arguments: &[Argument<'a>], splat: bool) {
        let positional = arguments.iter().filter(|argument| argument.name.is_none()).map(|argument| argument.value);
        let mut positional = receiver.into_iter().chain(positional);
        let parameters = function.body.parameters();
        for (at, parameter) in parameters.iter().enumerate() {
            let named = || arguments.iter().find(|argument| argument.name == Some(parameter.name)).map(|a| a.value);
            let default = || function.defaults.get(at).copied().flatten().filter(|_| !splat);
            let value = match parameter.kind {
                ParameterKind::PositionalOnly => positional.next().or_else(default),
                ParameterKind::Plain => positional.next().or_else(named).or_else(default),
                ParameterKind::KeywordOnly => named().or_else(default),
                ParameterKind::Star => {
                    let rest: Vec<_> = positional.by_ref().collect();
                    (!splat).then(|| self.sequence(&rest))
                }
                ParameterKind::DoubleStar if splat => None,
                ParameterKind::DoubleStar => {
                    let is_other = |name: &str| parameters.iter().all(|parameter| parameter.name != name);
                    let others = arguments.iter().filter_map(|argument| Some((argument.name?, argument.value)));
                    let others = others.filter(|(name, _)| is_other(name));
                    let pairs: Vec<_> = others.map(|(name, value)| (Value::of(Shape::Str(name)), value)).collect();
                    Some(Value::of(Shape::Dict(self.arena.alloc_slice_copy(&pairs))))
                }
            };
            let value = self.held(value.unwrap_or(Value::UNKNOWN));
            let frame = self.scopes.current;
            self.memory.put(Place::Name(frame, parameter.name), value);
        }
    }
}

/// Of what a generator yields, so much is kept.
const MAX_YIELDED: usize = 1024;
