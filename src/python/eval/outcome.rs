//! What branches leave behind.

use rustc_hash::FxHashMap;

use super::memory::Place;
use crate::value::Value;

/// What a branch left behind: the values of the places that it wrote to.
pub(super) type Outcome<'a> = ByPlace<'a, Value<'a>>;

/// Something for each place, in the order of their arrival: a list, with an index beside it where it is long.
#[derive(Debug)]
pub(super) struct ByPlace<'a, T> {
    list: Vec<(Place<'a>, T)>,
    index: FxHashMap<Place<'a>, usize>,
}

/// Most branches write to fewer places: looking through them is cheaper than an index.
const SHORT: usize = 16;

impl<T> Default for ByPlace<'_, T> {
    fn default() -> Self {
        Self { list: Vec::new(), index: FxHashMap::default() }
    }
}

impl<'a, T> ByPlace<'a, T> {
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &(Place<'a>, T)> {
        self.list.iter()
    }

    /// What is held for a place; if there is nothing yet, `first`.
    pub(super) fn entry(&mut self, place: Place<'a>, first: impl FnOnce() -> T) -> &mut T {
        let at = self.position(place).unwrap_or_else(|| {
            self.list.push((place, first()));
            self.list.len() - 1
        });
        &mut self.list[at].1
    }

    fn position(&mut self, place: Place<'a>) -> Option<usize> {
        if self.list.len() <= SHORT {
            return self.list.iter().position(|(known, _)| *known == place);
        }
        for at in self.index.len()..self.list.len() {
            self.index.insert(self.list[at].0, at);
        }
        self.index.get(&place).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_has_one_entry_however_many_there_are() {
        let names: Vec<String> = (0..100).map(|number| format!("n{number}")).collect();
        let mut counts = ByPlace::default();
        for _ in 0..3 {
            for name in &names {
                *counts.entry(Place::Name(0, name), || 0) += 1;
                counts.entry(Place::Name(1, name), || 7);
            }
        }
        let found: Vec<_> = counts.iter().copied().collect();
        let expected: Vec<_> =
            names.iter().flat_map(|name| [(Place::Name(0, name), 3), (Place::Name(1, name), 7)]).collect();
        assert_eq!(found, expected);
    }
}
