//! Care: how much of a module is walked again with more known, call by call and round by round.
//!
//! Everything is walked once for all that may happen. Walking calls and loops again with their values only makes known what
//! would else be unknown: where care ends nothing is lost but precision.

use crate::event::Argument;
use crate::value::{Shape, Value};

/// How far calls and loops are followed.
#[derive(Clone, Copy, Debug)]
pub struct Care {
    /// What may still be walked again, in statements of usual length.
    left: u32,
    /// A loop over more elements is not walked round by round.
    pub(super) rounds: usize,
    /// Whether functions are walked a second time, when what they leave behind for each other is known.
    pub(super) twice: bool,
}

/// A longer statement counts for several.
const USUAL: u32 = 96;

impl Care {
    /// For many files, of which most are harmless.
    pub const SCAN: Self = Self { left: 600, rounds: 16, twice: false };
    /// For one script that is about to run.
    pub const GATE: Self = Self { left: 6_000, rounds: 4096, twice: true };

    /// Whether anything may be walked again.
    pub(super) fn replay(&self) -> bool {
        self.left > 0
    }

    /// Whether a call is followed that passes such values: for many files only one that hands on something known by name, or
    /// that passes nothing and gives something.
    pub(super) fn follows(&self, receiver: Option<&Value<'_>>, arguments: &[Argument<'_>]) -> bool {
        let refers = |value: &Value<'_>| {
            matches!(value.shape, Shape::Path(_) | Shape::Function(_) | Shape::Bound(_) | Shape::Carrier(_))
        };
        self.twice
            || arguments.is_empty() && receiver.is_none()
            || arguments.iter().any(|argument| argument.value.alternatives().iter().any(refers))
    }

    /// Takes what walking so many bytes of text again costs. Gives whether there was enough.
    pub(super) fn take(&mut self, bytes: usize) -> bool {
        let cost = 1 + u32::try_from(bytes).unwrap_or(u32::MAX) / USUAL;
        self.left = self.left.saturating_sub(cost);
        self.left > 0
    }
}
