//! Scopes: which frames a name is looked up in, and which it is bound in.

use rustc_hash::FxHashSet;

use super::memory::Place;
use super::{Evaluator, ahead};
use crate::python::tree::Stmt;
use crate::value::{MAX_ALTERNATIVES, Path, Shape, Value};

/// A lookup through more scopes than this is counted.
const DEEP: usize = 32;
/// Text that is looked ahead through at the cost of one step.
const BYTES_A_STEP: usize = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Module,
    /// The body of a class, by its index in the evaluator.
    Class(u32),
    Function,
    /// What a comprehension binds; a walrus binds in the function around.
    Comprehension,
}

/// One run of a body: what its names hold is in memory, under the same index.
#[derive(Debug)]
pub(super) struct Frame<'a> {
    kind: Kind,
    /// The frame around it in the text.
    parent: Option<u32>,
    depth: usize,
    /// Names declared `global` or `nonlocal` here, and the frame that they mean.
    elsewhere: Vec<(&'a str, u32)>,
    /// Whether a function was made here, which may use its names later.
    is_captured: bool,
}

/// What is known of scopes as a whole.
#[derive(Debug, Default)]
pub(super) struct Scopes<'a> {
    frames: Vec<Frame<'a>>,
    /// The frame of the code that is being walked.
    pub(super) current: u32,
    /// Names that functions rebind, and names of containers that functions change.
    rebound: FxHashSet<&'a str>,
    mutated_elsewhere: FxHashSet<&'a str>,
    /// Modules whose names were all imported, each with the frame where that was done.
    stars: Vec<(u32, &'a Path<'a>)>,
    pub(super) has_too_many_stars: bool,
}

/// The frame of the module.
pub(super) const MODULE: u32 = 0;

impl<'a> Evaluator<'a, '_> {
    /// Learns which names of a module may change while other code runs.
    pub(super) fn look_ahead(&mut self, module: &'a [Stmt<'a>]) {
        ahead::rebound(module, false, &mut self.scopes.rebound, &mut self.scopes.mutated_elsewhere);
    }

    /// Before a loop: what its body binds may have any value in a later round.
    pub(super) fn widen(&mut self, body: &'a [Stmt<'a>]) {
        let mut names = FxHashSet::default();
        let length =
            body.last().zip(body.first()).map_or(0, |(last, first)| last.span.end.saturating_sub(first.span.start));
        if !self.memory.step(length as usize / BYTES_A_STEP) {
            return;
        }
        ahead::bound(body, &mut names);
        let frame = self.scopes.current;
        let mut names: Vec<_> = names.into_iter().collect();
        names.sort_unstable();
        for name in names {
            let place = Place::Name(frame, name);
            let Some(value) = self.memory.get(place) else { continue };
            match value.shape {
                // The container stays the same; what is in it may change.
                Shape::Cell(cell) => {
                    let inside = self.memory.get(Place::Cell(cell)).unwrap_or(Value::UNKNOWN);
                    self.memory.put(Place::Cell(cell), inside.or(Value::UNKNOWN, self.arena));
                }
                _ => self.memory.put(place, value.or(Value::UNKNOWN, self.arena)),
            }
        }
    }

    /// Begins a body whose text stands inside of that of another frame. Gives the frame to go back to.
    pub(super) fn enter(&mut self, kind: Kind, parent: Option<u32>) -> u32 {
        let depth =
            parent.and_then(|parent| self.scopes.frames.get(parent as usize)).map_or(0, |frame| frame.depth + 1);
        self.scopes.frames.push(Frame { kind, parent, depth, elsewhere: Vec::new(), is_captured: false });
        let frame = self.memory.new_frame();
        std::mem::replace(&mut self.scopes.current, frame)
    }

    /// Ends a body, and goes back.
    pub(super) fn leave(&mut self, back: u32) {
        let left = std::mem::replace(&mut self.scopes.current, back);
        if !self.scopes.frames.get(left as usize).is_some_and(|frame| frame.is_captured) {
            self.memory.free_frame(left);
        }
        while self.scopes.stars.pop_if(|(frame, _)| *frame >= left && left != MODULE).is_some() {}
    }

    /// Whether a function was made in the current frame, which may use its names later.
    pub(super) fn is_captured(&self) -> bool {
        self.scopes.frames.get(self.scopes.current as usize).is_some_and(|frame| frame.is_captured)
    }

    /// The frame that a function made here looks names up in.
    pub(super) fn capture(&mut self) -> u32 {
        let mut frame = Some(self.scopes.current);
        while let Some(captured) = frame.and_then(|frame| self.scopes.frames.get_mut(frame as usize)) {
            if captured.is_captured {
                break;
            }
            captured.is_captured = true;
            frame = captured.parent;
        }
        self.scopes.current
    }

    /// The class whose body is being walked, if it is one.
    pub(super) fn current_class(&self) -> Option<u32> {
        match self.scopes.frames.get(self.scopes.current as usize)?.kind {
            Kind::Class(class) => Some(class),
            _ => None,
        }
    }

    /// What a name stands for, as Python looks it up: a class scope is seen only from inside of itself.
    pub(super) fn lookup(&mut self, name: &'a str) -> Option<Value<'a>> {
        let current = self.scopes.current;
        if let Some(value) = self.memory.get(Place::Name(current, name)) {
            return Some(value);
        }
        let frame = self.scopes.frames.get(current as usize)?;
        if let Some((_, elsewhere)) = frame.elsewhere.iter().find(|(known, _)| *known == name) {
            return self.memory.get(Place::Name(*elsewhere, name));
        }
        let depth = frame.depth;
        let mut next = frame.parent;
        if depth > DEEP && !self.memory.step(depth) {
            return self.memory.get(Place::Name(MODULE, name));
        }
        // A comprehension in the body of a class sees what the class binds through its first iterable only.
        while let Some(at) = next {
            let frame = self.scopes.frames.get(at as usize)?;
            if !matches!(frame.kind, Kind::Class(_))
                && let Some(value) = self.memory.get(Place::Name(at, name))
            {
                return Some(value);
            }
            next = frame.parent;
        }
        None
    }

    /// Binds a name in the current frame, or where it is declared to belong.
    pub(super) fn bind(&mut self, name: &'a str, value: Value<'a>) {
        let frame = self.scopes.current;
        self.bind_in(frame, name, value);
    }

    /// Binds what a walrus binds: in the function around comprehensions.
    pub(super) fn bind_around(&mut self, name: &'a str, value: Value<'a>) {
        let mut frame = self.scopes.current;
        while let Some(Frame { kind: Kind::Comprehension, parent: Some(parent), .. }) =
            self.scopes.frames.get(frame as usize)
        {
            frame = *parent;
        }
        self.bind_in(frame, name, value);
    }

    fn bind_in(&mut self, frame: u32, name: &'a str, value: Value<'a>) {
        let Some(scope) = self.scopes.frames.get(frame as usize) else { return };
        let frame = scope.elsewhere.iter().find(|(known, _)| *known == name).map_or(frame, |(_, elsewhere)| *elsewhere);
        let value = match value.shape {
            Shape::Cell(cell) if frame == MODULE && self.scopes.mutated_elsewhere.contains(name) => {
                let inside = self.memory.get(Place::Cell(cell)).unwrap_or(Value::UNKNOWN);
                self.memory.put(Place::Cell(cell), inside.or(Value::UNKNOWN, self.arena));
                value
            }
            _ if self.scopes.rebound.contains(name) => value.or(Value::UNKNOWN, self.arena),
            _ => value,
        };
        self.memory.set(Place::Name(frame, name), value, self.arena);
    }

    /// Forgets a name.
    pub(super) fn unbind(&mut self, name: &'a str) {
        self.memory.remove(Place::Name(self.scopes.current, name));
    }

    pub(super) fn declare_global(&mut self, name: &'a str) {
        self.declare(name, MODULE);
    }

    pub(super) fn declare_nonlocal(&mut self, name: &'a str) {
        let mut next = self.scopes.frames.get(self.scopes.current as usize).and_then(|frame| frame.parent);
        while let Some(at) = next.filter(|at| *at != MODULE) {
            if self.memory.get(Place::Name(at, name)).is_some() {
                return self.declare(name, at);
            }
            next = self.scopes.frames.get(at as usize).and_then(|frame| frame.parent);
        }
    }

    fn declare(&mut self, name: &'a str, meant: u32) {
        let current = self.scopes.current;
        if current != meant
            && let Some(frame) = self.scopes.frames.get_mut(current as usize)
        {
            frame.elsewhere.push((name, meant));
        }
    }

    /// Modules out of which a name may come that nothing else binds: one more than a value has alternatives is enough.
    pub(super) fn stars(&self) -> impl Iterator<Item = &'a Path<'a>> {
        self.scopes.stars.iter().map(|(_, module)| *module)
    }

    pub(super) fn add_star(&mut self, module: &'a Path<'a>) {
        // A package gathers its own modules so, however many: no rule names what comes out of one rather than another.
        let most = if is_relative(module) { 1 } else { MAX_ALTERNATIVES + 1 };
        let stars = &mut self.scopes.stars;
        let like = stars.iter().filter(|(_, known)| is_relative(known) == is_relative(module));
        if like.clone().count() < most && like.clone().all(|(_, known)| known.hash != module.hash) {
            stars.push((self.scopes.current, module));
        }
    }

    /// Whether some name was looked up, or some branch joined, with less care than it takes.
    pub(super) fn is_incomplete(&self) -> bool {
        self.memory.is_exhausted() || self.scopes.has_too_many_stars
    }
}

/// Whether a module is named by where it stands in its package.
fn is_relative(module: &Path<'_>) -> bool {
    module.upwards().last().is_some_and(|root| root.segment.starts_with('.'))
}
