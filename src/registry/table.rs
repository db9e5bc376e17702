//! A sorted text of lines `key value`, searched where it stands: behind how many lines there are, and where each begins.

/// Lines sorted by their keys, which hold no space.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Four bytes for each line, the lowest first.
    starts: &'static [u8],
    lines: &'static [u8],
}

/// A key with its value.
type Row = (&'static [u8], &'static [u8]);

impl Table {
    /// As the build script writes it; what is not so has no lines.
    pub fn of(bytes: &'static [u8]) -> Self {
        let whole = bytes.split_first_chunk().and_then(|(count, rest)| {
            let length = usize::try_from(u32::from_le_bytes(*count)).ok()?.checked_mul(4)?;
            rest.split_at_checked(length)
        });
        let (starts, lines) = whole.unwrap_or_default();
        Self { starts, lines }
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
        let mut rest = self.lines.get(start..).unwrap_or_default();
        std::iter::from_fn(move || {
            let (line, after) = line(rest)?;
            rest = after;
            Some(row(line))
        })
    }

    /// Where a line begins; the end of all where there is none of that number.
    fn start(self, number: usize) -> usize {
        let start = self.starts.get(number * 4..).and_then(|starts| starts.first_chunk());
        start.map_or(self.lines.len(), |start| u32::from_le_bytes(*start) as usize)
    }

    /// Where the first line with this key or a later one begins.
    fn lower_bound(self, key: &[u8]) -> usize {
        let (mut low, mut high) = (0, self.starts.len() / 4);
        while low < high {
            let middle = usize::midpoint(low, high);
            let line = self.lines.get(self.start(middle)..).unwrap_or_default();
            // What ends a key is less than whatever may stand in one, so that a shorter key comes first.
            match line.get(..key.len()).unwrap_or(line) < key {
                true => low = middle + 1,
                false => high = middle,
            }
        }
        self.start(low)
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
        let lines = b"# 0\nab 1\nabc 2@\nabd 3\nb 4 5\n";
        let starts = [5_u32, 0, 4, 9, 16, 22].map(u32::to_le_bytes).concat();
        let table = Table::of(Box::leak([&starts, &lines[..]].concat().into_boxed_slice()));
        let begin = |prefix: &[u8]| table.starting(prefix).map(|(key, _)| text(key)).collect::<Vec<_>>();
        for (key, value) in [("ab", Some("1")), ("abc", Some("2@")), ("b", Some("4 5")), ("a", None), ("c", None)] {
            assert_eq!(table.get(key.as_bytes()), value, "{key}");
        }
        assert_eq!(begin(b"ab"), ["ab", "abc", "abd"]);
        assert_eq!(begin(b"abc"), ["abc"]);
        assert_eq!(begin(b"c"), Vec::<&str>::new());
        assert_eq!((table.key_of("2"), table.key_of("3"), table.key_of("9")), (Some("abc"), Some("abd"), None));
        assert_eq!(Table::of(b"").get(b"a"), None);
        assert_eq!(Table::of(b"\xff\xff\xff\xff").get(b"a"), None);
        assert_eq!(Table::of(b"\x01\0\0\0\xff\0\0\0ab 1\n").get(b"a"), None);
    }
}
