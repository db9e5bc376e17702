//! What rules match in a text, before one of several is chosen for a place: pairs that belong together, and what of matches
//! that overlap is told.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;

use rustc_hash::FxHashMap;

use super::Entry;
use crate::rule::SecretKind;
use crate::rule::secret::BESIDE;
use crate::source::LineIndex;

/// Something that a rule matches.
#[derive(Debug)]
pub(super) struct Sighting {
    pub(super) entry: u16,
    pub(super) value: Range<usize>,
    /// The length of what was looked for in the first place, where it stands in the credential itself: the longer, the more
    /// it says.
    pub(super) word: usize,
    /// Where the other half stands, for a rule that asks for one.
    pub(super) pair: Option<Range<usize>>,
}

/// Without those of rules that ask for another beside them which is not there.
pub(super) fn paired(mut seen: Vec<Sighting>, entries: &[Entry<'_>], text: &str) -> Vec<Sighting> {
    let beside = |sighting: &Sighting| entries[usize::from(sighting.entry)].secret.beside.as_deref();
    if !seen.iter().any(|sighting| beside(sighting).is_some()) {
        return seen;
    }
    let lines = LineIndex::new(text);
    let line = |value: &Range<usize>| lines.line(u32::try_from(value.start).unwrap_or(u32::MAX));
    let mut places: FxHashMap<&str, Vec<(u32, Range<usize>)>> = FxHashMap::default();
    for Sighting { entry, value, .. } in &seen {
        let id = entries[usize::from(*entry)].source.id.as_str();
        places.entry(id).or_default().push((line(value), value.clone()));
    }
    places.values_mut().for_each(|places| places.sort_unstable_by_key(|(line, value)| (*line, value.start)));
    seen.retain_mut(|sighting| {
        let Some(wanted) = beside(sighting) else { return true };
        let (here, places) = (line(&sighting.value), places.get(wanted).map_or(&[][..], Vec::as_slice));
        let near = places.get(places.partition_point(|(line, _)| line + BESIDE < here));
        sighting.pair = near.filter(|(line, _)| *line <= here + BESIDE).map(|(_, value)| value.clone());
        sighting.pair.is_some()
    });
    seen
}

/// Each place once, by the rule that says most of it: of several that overlap, what begins as itself before what something
/// carries, what machines issue before what people choose, what an issuer is named near by before what is not, the longer
/// word first.
pub(super) fn distinct(mut seen: Vec<Sighting>, entries: &[Entry<'_>], taken: &mut Taken) -> Vec<Sighting> {
    let rank = |sighting: &Sighting| {
        let super::SecretMatch { is, near, beside, .. } = entries[usize::from(sighting.entry)].secret;
        let is_loose = !near.is_empty() && beside.is_none();
        let is_carried = sighting.word == 0;
        (
            (is_carried, *is == SecretKind::Password, !is_loose),
            (Reverse(sighting.word), Reverse(sighting.value.len())),
            (sighting.entry, sighting.value.start),
        )
    };
    seen.sort_by_key(rank);
    seen.retain(|sighting| taken.take(&sighting.value));
    seen
}

/// Places of a text that are spoken for, none of which overlaps another.
#[derive(Debug, Default)]
pub(super) struct Taken(BTreeMap<usize, usize>);

impl Taken {
    /// Takes a place, unless a part of it is taken.
    pub(super) fn take(&mut self, place: &Range<usize>) -> bool {
        // Those before the last one that begins before the end of this are over before that begins.
        let before = self.0.range(..place.end).next_back();
        let is_free = before.is_none_or(|(_, end)| *end <= place.start);
        if is_free {
            self.0.insert(place.start, place.end);
        }
        is_free
    }
}
