//! Memory: what names, containers and objects hold, and how that is undone and joined where control flow parts and meets.
//!
//! The work at branches is counted ([`STEPS`]), since it may grow faster than the text.

use bumpalo::Bump;
use rustc_hash::FxHashMap;

use super::outcome::{ByPlace, Outcome};
use crate::value::Value;

/// Places that may be joined, looked up again or looked ahead for in one module. After that, branches are walked as if all
/// were taken in turn, and only the innermost scope and the module's are looked at.
const STEPS: usize = 2 << 20;

/// Where a value is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Place<'a> {
    /// A name of a frame.
    Name(u32, &'a str),
    /// What is in a container.
    Cell(u32),
    /// An attribute of an object: of an instance, or of a class.
    Field(u32, &'a str),
}

type Names<'a> = FxHashMap<&'a str, Value<'a>>;

#[derive(Debug, Default)]
pub(super) struct Memory<'a> {
    /// The names of each frame.
    frames: Vec<Names<'a>>,
    cells: Vec<Value<'a>>,
    /// The attributes of each object.
    objects: Vec<Names<'a>>,
    /// Emptied maps, kept because a frame is made for every function.
    spare: Vec<Names<'a>>,
    /// Changes since the outermost branch began: the place, and what it held before.
    changes: Vec<(Place<'a>, Option<Value<'a>>)>,
    branches: u32,
    steps: usize,
    /// What is older than this may be changed by code that nobody is known to run: such values join those there.
    pub(super) certain_from: Age,
}

/// How many frames, cells and objects there were at some time.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Age {
    frames: usize,
    cells: usize,
    objects: usize,
}

/// Where a branch began.
#[derive(Clone, Copy)]
pub(super) struct Mark(usize);

impl<'a> Memory<'a> {
    pub(super) fn new_frame(&mut self) -> u32 {
        let names = self.spare.pop().unwrap_or_default();
        self.frames.push(names);
        index(self.frames.len() - 1)
    }

    /// Empties a frame that nothing refers to any more.
    pub(super) fn free_frame(&mut self, frame: u32) {
        if let Some(names) = self.frames.get_mut(frame as usize) {
            let mut names = std::mem::take(names);
            names.clear();
            self.spare.push(names);
        }
    }

    pub(super) fn names(&self, frame: u32) -> Option<&Names<'a>> {
        self.frames.get(frame as usize)
    }

    /// Takes all names out of a frame that is left for good.
    pub(super) fn take_names(&mut self, frame: u32) -> Names<'a> {
        self.frames.get_mut(frame as usize).map(std::mem::take).unwrap_or_default()
    }

    pub(super) fn new_cell(&mut self, value: Value<'a>) -> u32 {
        self.cells.push(value);
        index(self.cells.len() - 1)
    }

    pub(super) fn new_object(&mut self) -> u32 {
        self.objects.push(Names::default());
        index(self.objects.len() - 1)
    }

    pub(super) fn fields(&self, object: u32) -> Option<&Names<'a>> {
        self.objects.get(object as usize)
    }

    pub(super) fn age(&self) -> Age {
        Age { frames: self.frames.len(), cells: self.cells.len(), objects: self.objects.len() }
    }

    pub(super) fn get(&self, place: Place<'a>) -> Option<Value<'a>> {
        match place {
            Place::Name(frame, name) => self.frames.get(frame as usize)?.get(name).copied(),
            Place::Cell(cell) => self.cells.get(cell as usize).copied(),
            Place::Field(object, name) => self.objects.get(object as usize)?.get(name).copied(),
        }
    }

    /// Writes a value; where it is not certain that the code runs, it joins what is there.
    pub(super) fn set(&mut self, place: Place<'a>, value: Value<'a>, arena: &'a Bump) {
        let is_certain = match place {
            Place::Name(frame, _) => frame as usize >= self.certain_from.frames,
            Place::Cell(cell) => cell as usize >= self.certain_from.cells,
            Place::Field(object, _) => object as usize >= self.certain_from.objects,
        };
        let before = if is_certain { None } else { self.get(place) };
        self.put(place, before.map_or(value, |before| before.or(value, arena)));
    }

    /// Writes a value whatever is there.
    pub(super) fn put(&mut self, place: Place<'a>, value: Value<'a>) {
        let before = self.replace(place, Some(value));
        self.note(place, before);
    }

    pub(super) fn remove(&mut self, place: Place<'a>) {
        let before = self.replace(place, None);
        self.note(place, before);
    }

    fn replace(&mut self, place: Place<'a>, value: Option<Value<'a>>) -> Option<Value<'a>> {
        let (names, name) = match place {
            Place::Name(frame, name) => (self.frames.get_mut(frame as usize)?, name),
            Place::Field(object, name) => (self.objects.get_mut(object as usize)?, name),
            Place::Cell(cell) => {
                let held = self.cells.get_mut(cell as usize)?;
                return Some(std::mem::replace(held, value.unwrap_or(Value::UNKNOWN)));
            }
        };
        match value {
            Some(value) => names.insert(name, value),
            None => names.remove(name),
        }
    }

    fn note(&mut self, place: Place<'a>, before: Option<Value<'a>>) {
        if self.branches > 0 && self.steps < STEPS {
            self.changes.push((place, before));
        }
    }

    /// Counts work. Gives whether it is to be done.
    pub(super) fn step(&mut self, steps: usize) -> bool {
        self.steps = self.steps.saturating_add(steps);
        self.steps < STEPS
    }

    /// Whether some name was looked up, or some branch joined, with less care than it takes.
    pub(super) fn is_exhausted(&self) -> bool {
        self.steps >= STEPS
    }

    pub(super) fn begin_branch(&mut self) -> Mark {
        self.branches += 1;
        Mark(self.changes.len())
    }

    /// Ends a branch: takes back what it wrote, and gives it.
    pub(super) fn end_branch(&mut self, mark: Mark) -> Outcome<'a> {
        self.branches -= 1;
        let mut outcome = Outcome::default();
        if !self.step(self.changes.len().saturating_sub(mark.0)) {
            return outcome;
        }
        while self.changes.len() > mark.0 {
            let Some((place, before)) = self.changes.pop() else { break };
            // The last change comes first and is what the branch left; earlier ones of the same place only restore.
            if let Some(now) = self.replace(place, before) {
                outcome.entry(place, || now);
            }
        }
        outcome
    }

    /// Joins the outcomes of branches of which one was taken, or none unless `exhaustive`.
    pub(super) fn join(&mut self, outcomes: &[Outcome<'a>], exhaustive: bool, arena: &'a Bump) {
        if !self.step(outcomes.iter().map(Outcome::len).sum()) {
            return;
        }
        // For each place the value that it may have, and how many branches write to it.
        let mut joined = ByPlace::default();
        for (place, value) in outcomes.iter().flat_map(ByPlace::iter) {
            let (known, bound): &mut (Value<'a>, usize) = joined.entry(*place, || (*value, 0));
            *known = if *bound == 0 { *value } else { known.or(*value, arena) };
            *bound += 1;
        }
        for (place, (value, bound)) in joined.iter() {
            let before = self.get(*place);
            let is_kept = !exhaustive || *bound < outcomes.len();
            let value = before.filter(|_| is_kept).map_or(*value, |before| before.or(*value, arena));
            self.put(*place, value);
        }
    }
}

/// As many of anything as a module can hold fit in four bytes: its text does.
pub(super) fn index(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
