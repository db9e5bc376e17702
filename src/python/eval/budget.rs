//! What folding may cost: memory for what it builds, and time for what it looks through.

use std::borrow::Cow;

use super::Evaluator;
use crate::event::Event;
use crate::rule::BindingKind;
use crate::source::Span;
use crate::value::{HOLE, Shape, Value};

/// Bytes that folding may build for one module. What would go beyond stays unknown, and that is reported.
const BUILT: usize = 16 << 20;
/// Bytes that folding may look through: strings are cut, searched and copied, however short the call that asks for it.
const READ: usize = 64 << 20;

/// Rules look through a text about so many times,
const PATTERNS: usize = 2;
/// through shorter ones without anybody counting,
const LONG: usize = 4096;
/// and of a sequence through the first items.
const ITEMS: usize = 4;

/// What is left for one module.
pub(super) struct Budget {
    built: usize,
    read: usize,
    /// Where something was first left unknown for want of it.
    pub(super) exceeded: Option<Span>,
}

impl Default for Budget {
    fn default() -> Self {
        Self { built: BUILT, read: READ, exceeded: None }
    }
}

impl Budget {
    /// Takes what it costs to build so many bytes. Gives whether that can be afforded.
    pub(super) fn build(&mut self, bytes: usize, span: Span) -> bool {
        Self::take(&mut self.built, bytes, span, &mut self.exceeded)
    }

    /// Whether that could be afforded; takes nothing.
    pub(super) fn affords(&mut self, bytes: usize, span: Span) -> bool {
        let is_affordable = bytes <= self.built;
        if !is_affordable {
            self.exceeded.get_or_insert(span);
        }
        is_affordable
    }

    /// Whether so many bytes are a small part of what is left.
    pub(super) fn is_ample(&self, bytes: usize) -> bool {
        const PART: usize = 16;
        bytes <= self.built / PART
    }

    /// Takes what so many items in the arena cost.
    pub(super) fn build_items<T>(&mut self, count: usize, span: Span) -> bool {
        self.build(count.saturating_mul(size_of::<T>()), span)
    }

    /// Takes what it costs to look through so many bytes.
    pub(super) fn read(&mut self, bytes: usize, span: Span) -> bool {
        Self::take(&mut self.read, bytes, span, &mut self.exceeded)
    }

    /// Takes what it costs to look through so many items.
    pub(super) fn read_items(&mut self, count: usize, span: Span) -> bool {
        const COST: usize = 8;
        self.read(count.saturating_mul(COST), span)
    }

    fn take(left: &mut usize, amount: usize, span: Span, exceeded: &mut Option<Span>) -> bool {
        match left.checked_sub(amount) {
            Some(rest) => *left = rest,
            None => {
                exceeded.get_or_insert(span);
                return false;
            }
        }
        true
    }

    /// An empty text that may grow as far as the budget goes.
    pub(super) fn draft(&self) -> Draft {
        Draft { text: String::new(), room: self.built }
    }
}

/// A text that is being put together. Beyond its room it only counts.
pub(super) struct Draft {
    text: String,
    room: usize,
}

impl Draft {
    pub(super) fn push(&mut self, part: &str) {
        if self.is_full() {
            return;
        }
        match self.room.checked_sub(self.text.len() + part.len()) {
            Some(_) => self.text.push_str(part),
            None => self.room = 0,
        }
    }

    /// Adds what is not known.
    pub(super) fn push_hole(&mut self) {
        self.push(HOLE.encode_utf8(&mut [0; 4]));
    }

    /// Adds a string value, or a hole.
    pub(super) fn push_value(&mut self, value: &Value<'_>) {
        match value.text() {
            Some(text) => self.push(text),
            None => self.push_hole(),
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.room == 0
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }
}

impl<'a> Evaluator<'a, '_> {
    /// Tells of a name that is bound to a value.
    pub(super) fn binding(&mut self, by: BindingKind, name: &'a str, value: Value<'a>, span: Span) {
        let value = self.shown(value, span);
        self.emit(Event::Binding { by, name, value, span });
    }

    /// A value as rules get to see it: their patterns look through all of a text, whenever it is passed or bound.
    pub(super) fn shown(&mut self, value: Value<'a>, span: Span) -> Value<'a> {
        let long = |values: &[Value<'a>]| values.iter().map(Value::length).filter(|length| *length > LONG).sum();
        let length: usize = match value.shape {
            Shape::Sequence(items) => long(&items[..items.len().min(ITEMS)]),
            _ => long(value.alternatives()),
        };
        let is_affordable = length == 0 || self.budget.read(length.saturating_mul(PATTERNS), span);
        if is_affordable { value } else { Value::UNKNOWN }
    }

    /// A folded text, whole or in part; unknown where the budget does not reach.
    pub(super) fn folded<'t>(&mut self, text: impl Into<Cow<'t, str>>, span: Span) -> Value<'a> {
        let text = text.into();
        if !self.budget.build(text.len(), span) {
            return Value::UNKNOWN;
        }
        let text = self.arena.alloc_str(&text);
        Value::of(if text.contains(HOLE) { Shape::Partial(text) } else { Shape::Str(text) })
    }

    /// The text that was put together; unknown where it outgrew the budget.
    pub(super) fn drafted(&mut self, draft: &Draft, span: Span) -> Value<'a> {
        if draft.is_full() {
            self.budget.exceeded.get_or_insert(span);
            return Value::UNKNOWN;
        }
        self.folded(draft.text(), span)
    }
}
