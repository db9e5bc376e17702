//! What branches leave behind.

use rustc_hash::FxHashMap;

use crate::value::Value;

/// What a branch left behind: the values of the names that it bound.
pub(super) type Outcome<'a> = ByName<'a, Value<'a>>;

/// A name, and the scope it is bound in.
pub(super) type Key<'a> = (usize, &'a str);

/// Something for each name, in the order of their arrival: a list, with an index beside it where it is long.
#[derive(Debug)]
pub(super) struct ByName<'a, T> {
    list: Vec<(Key<'a>, T)>,
    index: FxHashMap<Key<'a>, usize>,
}

/// Most branches bind fewer names: looking through them is cheaper than an index.
const SHORT: usize = 16;

impl<T> Default for ByName<'_, T> {
    fn default() -> Self {
        Self { list: Vec::new(), index: FxHashMap::default() }
    }
}

impl<'a, T> ByName<'a, T> {
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &(Key<'a>, T)> {
        self.list.iter()
    }

    /// What is held for a name; if there is nothing yet, `first`.
    pub(super) fn entry(&mut self, key: Key<'a>, first: impl FnOnce() -> T) -> &mut T {
        let at = self.position(key).unwrap_or_else(|| {
            self.list.push((key, first()));
            self.list.len() - 1
        });
        &mut self.list[at].1
    }

    fn position(&mut self, key: Key<'a>) -> Option<usize> {
        if self.list.len() <= SHORT {
            return self.list.iter().position(|(known, _)| *known == key);
        }
        for at in self.index.len()..self.list.len() {
            self.index.insert(self.list[at].0, at);
        }
        self.index.get(&key).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_has_one_entry_however_many_there_are() {
        let names: Vec<String> = (0..100).map(|number| format!("n{number}")).collect();
        let mut counts = ByName::default();
        for _ in 0..3 {
            for name in &names {
                *counts.entry((0, name), || 0) += 1;
                counts.entry((1, name), || 7);
            }
        }
        let found: Vec<_> = counts.iter().copied().collect();
        let expected: Vec<_> = names.iter().flat_map(|name| [((0, &**name), 3), ((1, &**name), 7)]).collect();
        assert_eq!(found, expected);
    }
}
