//! How a package came in: from one that the project names to the one that is meant.

use crate::lock::Entry;

/// For each entry the one through which it is reached first, from those that the project names itself, in as few steps as can be.
pub(super) struct Ways {
    above: Vec<Option<usize>>,
}

impl Ways {
    pub(super) fn new(entries: &[Entry]) -> Self {
        let mut above = vec![None; entries.len()];
        let mut is_reached: Vec<bool> = entries.iter().map(|entry| entry.is_direct == Some(true)).collect();
        let mut waiting: Vec<usize> = (0..entries.len()).filter(|number| is_reached[*number]).collect();
        let mut next = 0;
        while let Some(&from) = waiting.get(next) {
            next += 1;
            for to in entries[from].needs.iter().map(|need| *need as usize) {
                if is_reached.get(to) == Some(&false) {
                    is_reached[to] = true;
                    above[to] = Some(from);
                    waiting.push(to);
                }
            }
        }
        Self { above }
    }

    /// The names on the way, the project's own choice first; empty where it is that itself, or where the file tells no way.
    pub(super) fn to(&self, entries: &[Entry], number: usize) -> Vec<Box<str>> {
        let steps = std::iter::successors(Some(number), |step| self.above[*step]);
        let mut names: Vec<Box<str>> = steps.map(|step| entries[step].name.as_str().into()).collect();
        if names.len() == 1 {
            return Vec::new();
        }
        names.reverse();
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::Ecosystem;
    use crate::source::Span;

    fn entries(graph: &[(&str, bool, &[u32])]) -> Vec<Entry> {
        let entry = |(name, is_direct, needs): &(&str, bool, &[u32])| Entry {
            is_direct: Some(*is_direct),
            needs: needs.to_vec(),
            ..Entry::new(Ecosystem::Npm, *name, Span::default())
        };
        graph.iter().map(entry).collect()
    }

    #[test]
    fn the_shortest_way_is_told_and_rings_end() {
        let entries = entries(&[
            ("app", true, &[1, 2]),
            ("long", false, &[3]),
            ("short", false, &[4, 9]),
            ("between", false, &[4]),
            ("deep", false, &[0, 4, 2]),
            ("alone", false, &[]),
        ]);
        let ways = Ways::new(&entries);
        let way = |number| ways.to(&entries, number).join(" > ");
        assert_eq!(way(4), "app > short > deep");
        assert_eq!(way(0), "");
        assert_eq!(way(5), "");
    }
}
