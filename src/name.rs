//! Dotted names: their segments and hashes, and tables that are looked up by them.

use std::hash::Hasher;

use rustc_hash::FxHasher;
use serde::{Deserialize, Serialize};

/// The hash of no name at all, from which every name's hash grows.
pub const ROOT: u64 = 0x9E37_79B9_7F4A_7C15;

/// The hash of a name from that of what stands before its last segment.
pub fn step(parent: u64, segment: &str) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write_u64(parent);
    hasher.write(segment.as_bytes());
    hasher.finish()
}

/// The hash of a whole name.
pub fn hash_of(name: &str) -> u64 {
    segments(name).fold(ROOT, step)
}

/// The segments of a dotted name: `flask.Flask().run` is `flask`, `Flask`, `()`, `run`. The leading dots of a relative import
/// are a segment of their own.
pub fn segments(name: &str) -> impl Iterator<Item = &str> {
    let dots = name.len() - name.trim_start_matches('.').len();
    let leading = (dots > 0).then(|| &name[..dots]);
    let parts = name[dots..].split('.').filter(|part| !part.is_empty()).flat_map(|part| {
        let plain = part.find(['(', '[']).unwrap_or(part.len());
        let suffixes = part.as_bytes()[plain..].chunks(2).map(|pair| if pair == b"()" { "()" } else { "[]" });
        (plain > 0).then(|| &part[..plain]).into_iter().chain(suffixes)
    });
    leading.into_iter().chain(parts)
}

/// Rows of a table under their names, hashed by the build script: a program that starts has thousands of them at hand and
/// hashes none.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Named<T> {
    rows: Vec<T>,
    /// For each value of a hash's last bits, where the entries with it begin; and where the last ones end.
    starts: Vec<u16>,
    #[serde(with = "packed")]
    entries: Vec<Entry>,
    /// All names, one after the other, in the order of the entries.
    text: String,
    /// By their marks, the segments that stand beside a `*` in some name: most lookups end here.
    wild: Vec<u64>,
}

/// The words of the set of marks.
const MARKS: usize = 16;

/// What is quickly told of a segment: a number below the bits of the set of marks.
fn mark(segment: &str) -> usize {
    let bytes = segment.as_bytes();
    let byte = |at: usize| bytes.get(at).map_or(0, |byte| usize::from(*byte));
    let last = byte(bytes.len().wrapping_sub(1));
    (bytes.len() * 97 + byte(0) * 31 + byte(bytes.len() / 2) * 7 + last) % (MARKS * 64)
}

#[derive(Clone, Debug)]
struct Entry {
    hash: u64,
    row: u16,
    /// Where its name ends in the text.
    end: u32,
}

/// Entries as a block of bytes, little-endian: thousands of them are read whenever the program starts.
mod packed {
    use serde::de::Error;
    use serde::{Deserializer, Serializer};

    use super::Entry;

    const SIZE: usize = 14;

    pub(super) fn serialize<S: Serializer>(entries: &[Entry], serializer: S) -> Result<S::Ok, S::Error> {
        let bytes = entries.iter().flat_map(|Entry { hash, row, end }| {
            hash.to_le_bytes().into_iter().chain(row.to_le_bytes()).chain(end.to_le_bytes())
        });
        serializer.serialize_bytes(&bytes.collect::<Vec<_>>())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Entry>, D::Error> {
        struct Bytes;
        impl<'de> serde::de::Visitor<'de> for Bytes {
            type Value = Vec<Entry>;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("entries")
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<Entry>, E> {
                let (entries, rest) = bytes.as_chunks::<SIZE>();
                let [] = rest else { return Err(E::invalid_length(bytes.len(), &self)) };
                Ok(entries
                    .iter()
                    .map(|[a, b, c, d, e, f, g, h, i, j, k, l, m, n]| Entry {
                        hash: u64::from_le_bytes([*a, *b, *c, *d, *e, *f, *g, *h]),
                        row: u16::from_le_bytes([*i, *j]),
                        end: u32::from_le_bytes([*k, *l, *m, *n]),
                    })
                    .collect())
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), starts: vec![0, 0], entries: Vec::new(), text: String::new(), wild: vec![0; MARKS] }
    }
}

impl<T> Named<T> {
    /// The table of rows, each with the names that it stands under.
    pub fn new(rows: Vec<(Vec<String>, T)>) -> Self {
        let (names, rows): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
        let mut hashed: Vec<(u64, u16, String)> = (0..)
            .zip(names)
            .flat_map(|(row, names)| names.into_iter().map(move |name| (hash_of(&name), row, name)))
            .collect();
        let buckets = hashed.len().next_power_of_two();
        let bucket = |hash: u64| (hash & (buckets as u64 - 1)) as usize;
        hashed.sort_by_key(|(hash, row, _)| (bucket(*hash), *row));
        let mut table = Self { rows, starts: vec![0; buckets + 1], ..Self::default() };
        for (hash, row, name) in hashed {
            let beside = name.strip_suffix(".*").or_else(|| name.contains("*.").then_some(&*name));
            if let Some(segment) = beside.and_then(|name| segments(name).last()) {
                table.wild[mark(segment) / 64] |= 1 << (mark(segment) % 64);
            }
            table.text.push_str(&name);
            table.entries.push(Entry { hash, row, end: u32::try_from(table.text.len()).unwrap_or(u32::MAX) });
            table.starts[bucket(hash) + 1] += 1;
        }
        for at in 0..buckets {
            table.starts[at + 1] += table.starts[at];
        }
        table
    }

    /// The rows under a hash, with the names that have it: whoever asks compares them with his own, since two names may have
    /// one hash.
    pub fn find(&self, hash: u64) -> impl Iterator<Item = (&str, &T)> {
        let buckets = self.starts.len() - 1;
        let bucket = (hash & (buckets as u64 - 1)) as usize;
        let range = usize::from(self.starts[bucket])..usize::from(self.starts[bucket + 1]);
        range.filter(move |at| self.entries[*at].hash == hash).map(|at| self.entry(at))
    }

    /// Whether some name may have this segment beside a `*`: `*.segment`, `root.**.segment` or `segment.*`.
    pub fn may_be_beside_any(&self, segment: &str) -> bool {
        self.wild[mark(segment) / 64] & 1 << (mark(segment) % 64) != 0
    }

    /// All names with their rows.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        (0..self.entries.len()).map(|at| self.entry(at))
    }

    fn entry(&self, at: usize) -> (&str, &T) {
        let start = at.checked_sub(1).map_or(0, |before| self.entries[before].end);
        let Entry { row, end, .. } = self.entries[at];
        (&self.text[start as usize..end as usize], &self.rows[usize::from(row)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_under_all_their_names() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let table =
            Named::new(vec![(names(&["a.b", "c"]), 1), (names(&["a.b", "?.**.d"]), 2), (names(&["e().f[]"]), 3)]);
        let found = |name: &str| table.find(hash_of(name)).map(|(name, row)| (name, *row)).collect::<Vec<_>>();
        assert_eq!(found("a.b"), [("a.b", 1), ("a.b", 2)]);
        assert_eq!(found("c"), [("c", 1)]);
        assert_eq!(found("?.**.d"), [("?.**.d", 2)]);
        assert_eq!(found("e().f[]"), [("e().f[]", 3)]);
        assert_eq!(found("d"), []);
        assert_eq!(table.iter().count(), 5);
        assert_eq!(Named::<u8>::default().find(7).count(), 0);
    }
}
