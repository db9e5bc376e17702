//! Rings among things that take each other in.

use crate::source::Span;

/// One thing takes another one in, by their numbers, and where it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Taken {
    pub(super) by: usize,
    pub(super) what: usize,
    pub(super) span: Span,
}

/// What closes a ring, each once; `taken` has for each thing what it takes in. Without recursion: a chain may have as many
/// links as there are things.
pub(super) fn closing(taken: &[Vec<Taken>]) -> Vec<Taken> {
    let mut found = Vec::new();
    let mut is_done = vec![false; taken.len()];
    let mut is_open = vec![false; taken.len()];
    for first in 0..taken.len() {
        // What is open, each with how many of those that it takes in were looked at.
        let mut open = vec![(first, 0)];
        while let Some((one, at)) = open.last_mut() {
            is_open[*one] = true;
            let next = taken[*one].get(*at).filter(|_| !is_done[*one]);
            *at += 1;
            match next {
                Some(closing) if is_open[closing.what] => found.push(*closing),
                Some(next) if !is_done[next.what] => open.push((next.what, 0)),
                Some(_) => {}
                None => {
                    (is_done[*one], is_open[*one]) = (true, false);
                    open.pop();
                }
            }
        }
    }
    found
}
