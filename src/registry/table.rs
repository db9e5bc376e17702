//! A sorted text of lines `key value`, searched where it stands.

/// Lines sorted by their keys, which hold no space.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    lines: &'static [u8],
}

/// A key with its value.
type Row = (&'static [u8], &'static [u8]);

impl Table {
    pub const fn of(lines: &'static [u8]) -> Self {
        Self { lines }
    }

    pub fn is_empty(self) -> bool {
        self.lines.is_empty()
    }

    /// The value of a key.
    pub fn get(self, key: &[u8]) -> Option<&'static str> {
        let (found, value) = self.rows(self.lower_bound(key)).next()?;
        (found == key).then(|| text(value))
    }

    /// All rows whose key begins so.
    pub fn starting(self, prefix: &[u8]) -> impl Iterator<Item = Row> {
        self.rows(self.lower_bound(prefix)).take_while(move |(key, _)| key.starts_with(prefix))
    }

    /// The key of the first row with a value, found by reading all before it.
    pub fn key_of(self, value: &str) -> Option<&'static str> {
        let end = memchr::memmem::find(self.lines, format!(" {value}\n").as_bytes())
            .or_else(|| memchr::memmem::find(self.lines, format!(" {value}@\n").as_bytes()))?;
        let start = memchr::memrchr(b'\n', &self.lines[..end]).map_or(0, |newline| newline + 1);
        Some(text(&self.lines[start..end]))
    }

    fn rows(self, start: usize) -> impl Iterator<Item = Row> {
        let mut rest = &self.lines[start..];
        std::iter::from_fn(move || {
            let (line, after) = line(rest)?;
            rest = after;
            Some(row(line))
        })
    }

    /// Where the first line with this key or a later one begins.
    fn lower_bound(self, key: &[u8]) -> usize {
        let (mut low, mut high) = (0, self.lines.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            let start = memchr::memrchr(b'\n', &self.lines[low..middle]).map_or(low, |newline| low + newline + 1);
            let end = memchr::memchr(b'\n', &self.lines[start..]).map_or(self.lines.len(), |newline| start + newline);
            match row(&self.lines[start..end]).0 < key {
                true => low = (end + 1).min(self.lines.len()),
                false => high = start,
            }
        }
        low
    }

    #[cfg(test)]
    pub(super) fn is_sorted(self) -> bool {
        self.rows(0).map(|(key, _)| key).is_sorted()
    }
}

fn line(text: &'static [u8]) -> Option<(&'static [u8], &'static [u8])> {
    if text.is_empty() {
        return None;
    }
    let end = memchr::memchr(b'\n', text).unwrap_or(text.len());
    Some((&text[..end], text.get(end + 1..).unwrap_or_default()))
}

fn row(line: &'static [u8]) -> Row {
    let end = memchr::memchr(b' ', line).unwrap_or(line.len());
    (&line[..end], line.get(end + 1..).unwrap_or_default())
}

fn text(bytes: &'static [u8]) -> &'static str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_by_key_beginning_and_value() {
        let table = Table::of(b"# a comment\nab 1\nabc 2@\nabd 3\nb 4 5\n");
        let begin = |prefix: &[u8]| table.starting(prefix).map(|(key, _)| text(key)).collect::<Vec<_>>();
        for (key, value) in [("ab", Some("1")), ("abc", Some("2@")), ("b", Some("4 5")), ("a", None), ("c", None)] {
            assert_eq!(table.get(key.as_bytes()), value, "{key}");
        }
        assert_eq!(begin(b"ab"), ["ab", "abc", "abd"]);
        assert_eq!(begin(b"abc"), ["abc"]);
        assert_eq!(begin(b"c"), Vec::<&str>::new());
        assert_eq!((table.key_of("2"), table.key_of("3"), table.key_of("9")), (Some("abc"), Some("abd"), None));
        assert_eq!(Table::of(b"").get(b"a"), None);
    }
}
