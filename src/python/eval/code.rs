//! Code in strings: what is given to `exec` and its like is read and walked where it stands.

use super::Evaluator;
use super::pure::pickle;
use crate::effect::Unresolved;
use crate::event::{Call, Event};
use crate::python;
use crate::python::tree::{Stmt, StmtKind};
use crate::value::{Carrier, Path, Shape, Value};

/// Functions that run a text: their names, and where the text stands among their arguments.
const RUNNERS: &[(&str, &[(&str, usize)])] = &[
    ("builtins.exec", &[("source", 0)]),
    ("builtins.eval", &[("source", 0)]),
    ("builtins.compile", &[("source", 0)]),
    ("codeop.compile_command", &[("source", 0)]),
    ("code.compile_command", &[("source", 0)]),
    ("code.InteractiveInterpreter().runsource", &[("source", 0)]),
    ("code.InteractiveInterpreter().runcode", &[("code", 0)]),
    ("code.InteractiveConsole().runsource", &[("source", 0)]),
    ("code.InteractiveConsole().runcode", &[("code", 0)]),
    ("code.InteractiveConsole().push", &[("line", 0)]),
    ("timeit.timeit", &[("stmt", 0), ("setup", 1)]),
    ("timeit.repeat", &[("stmt", 0), ("setup", 1)]),
    ("timeit.Timer", &[("stmt", 0), ("setup", 1)]),
    ("cProfile.run", &[("statement", 0)]),
    ("cProfile.runctx", &[("statement", 0)]),
    ("cProfile.Profile().run", &[("cmd", 0)]),
    ("profile.run", &[("statement", 0)]),
    ("profile.runctx", &[("statement", 0)]),
    ("profile.Profile().run", &[("cmd", 0)]),
    ("trace.Trace().run", &[("cmd", 0)]),
    ("bdb.Bdb().run", &[("cmd", 0)]),
    ("pdb.run", &[("statement", 0)]),
    ("pdb.runeval", &[("expression", 0)]),
    ("pdb.Pdb().run", &[("cmd", 0)]),
    ("concurrent.interpreters.create().exec", &[("code", 0)]),
    ("_interpreters.run_string", &[("script", 1)]),
    ("_xxsubinterpreters.run_string", &[("script", 1)]),
    ("IPython.get_ipython().run_cell", &[("raw_cell", 0)]),
    ("get_ipython().run_cell", &[("raw_cell", 0)]),
    ("get_ipython().ex", &[("cmd", 0)]),
    ("get_ipython().ev", &[("expr", 0)]),
];

/// Functions that load a pickle.
const LOADERS: [&str; 5] = ["pickle.loads", "_pickle.loads", "cPickle.loads", "dill.loads", "cloudpickle.loads"];

/// Code in code in code is followed so deep.
const MAX_DEPTH: u32 = 6;

impl<'a> Evaluator<'a, '_> {
    /// Walks what a call runs, if it is one of those that run a text. Gives what an expression gives.
    pub(super) fn run_code_of(&mut self, path: &'a Path<'a>, call: &'a Call<'a>) -> Option<Value<'a>> {
        if !self.knowledge.runners.contains(&path.hash) {
            return None;
        }
        if LOADERS.iter().any(|loader| path.is(loader)) {
            self.run_pickle(call);
            return None;
        }
        let (name, texts) = RUNNERS.iter().find(|(name, _)| path.is(name))?;
        let mut result = None;
        for (argument, at) in *texts {
            let Some(argument) = call.argument(Some(argument), Some(*at)) else { continue };
            for value in argument.known().alternatives() {
                result = self.run_code(*value, call).or(result);
            }
        }
        match *name {
            "builtins.compile" => {
                let value = call.argument(Some("source"), Some(0)).map_or(Value::UNKNOWN, |argument| *argument.known());
                let carrier = Carrier { path: path.then(self.arena, "()"), value };
                Some(Value::of(Shape::Carrier(self.arena.alloc(carrier))))
            }
            "builtins.eval" => result,
            _ => None,
        }
    }

    /// Calls what a constant pickle calls.
    fn run_pickle(&mut self, call: &'a Call<'a>) {
        let Some(Shape::Bytes(bytes)) = call.argument(None, Some(0)).map(|argument| argument.known().shape) else {
            return;
        };
        for (module, name) in pickle::names(bytes) {
            let dotted = self.arena.alloc_str(&[module, name].join("."));
            if let Some(callee) = Path::dotted(self.arena, dotted) {
                self.emit(Event::Import { path: callee, module: callee, first: true, span: call.span });
                self.invoke(Value::path(callee), &[Value::UNKNOWN], call.span);
            }
        }
    }

    fn run_code(&mut self, value: Value<'a>, call: &'a Call<'a>) -> Option<Value<'a>> {
        let text = match value.shape {
            Shape::Str(text) => text,
            Shape::Bytes(bytes) => std::str::from_utf8(bytes).ok()?,
            // What was compiled was walked when it was.
            Shape::Carrier(_) | Shape::Function(_) => return None,
            _ => {
                self.emit(Event::Unresolved { what: Unresolved::Code, span: call.span });
                return None;
            }
        };
        if self.code_depth >= MAX_DEPTH || !self.budget.read(text.len().saturating_mul(READING), call.span) {
            self.emit(Event::Unresolved { what: Unresolved::Code, span: call.span });
            return None;
        }
        // `eval` passes over blanks at the beginning; `exec` would refuse them, which harms nobody here.
        let text = text.trim_start_matches([' ', '\t']);
        let module = python::read(text, self.arena, false);
        let run_at = self.run_at.replace(self.run_at.unwrap_or(call.span));
        self.code_depth += 1;
        let result = match module.body {
            [Stmt { kind: StmtKind::Expr(expression), .. }] => Some(self.expression(expression)),
            body => {
                self.block(body);
                None
            }
        };
        self.code_depth -= 1;
        self.run_at = run_at;
        result
    }
}

/// Reading costs so much more than looking through.
const READING: usize = 8;

/// The hashes of the names of functions that run a text.
pub(super) fn runner_hashes() -> rustc_hash::FxHashSet<u64> {
    RUNNERS.iter().map(|(name, _)| *name).chain(LOADERS).map(crate::name::hash_of).collect()
}
