//! Pickles: which names one calls when it is loaded. Nothing is built.

use std::str;

use rustc_hash::FxHashMap;

/// Names that are looked up, and instructions that are followed.
const MAX_NAMES: usize = 256;
const MAX_STEPS: usize = 1 << 16;

/// What may lie on the stack of the machine, as far as names come from it.
#[derive(Clone, Copy)]
enum Item<'b> {
    Mark,
    Text(&'b [u8]),
    Other,
}

/// A name that a pickle looks up: module and qualified name.
pub(in crate::python::eval) type Name = (String, String);

/// The names that loading these bytes looks up, if they are a pickle: to look one up is to import it, and to call it is
/// one instruction more. What follows something malformed is not read: loading fails there.
pub(in crate::python::eval) fn names(bytes: &[u8]) -> Vec<Name> {
    let mut machine = Machine { rest: bytes, stack: Vec::new(), memo: FxHashMap::default(), names: Vec::new() };
    for _ in 0..MAX_STEPS {
        if machine.names.len() >= MAX_NAMES || machine.step().is_none() {
            break;
        }
    }
    machine.names
}

struct Machine<'b> {
    rest: &'b [u8],
    stack: Vec<Item<'b>>,
    memo: FxHashMap<u64, Item<'b>>,
    names: Vec<Name>,
}

impl<'b> Machine<'b> {
    fn take(&mut self, count: u64) -> Option<&'b [u8]> {
        let (taken, rest) = self.rest.split_at_checked(usize::try_from(count).ok()?)?;
        self.rest = rest;
        Some(taken)
    }

    /// A number of so many bytes, the lowest first.
    fn number(&mut self, bytes: u64) -> Option<u64> {
        Some(self.take(bytes)?.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn line(&mut self) -> Option<&'b [u8]> {
        let end = memchr::memchr(b'\n', self.rest)?;
        let line = &self.rest[..end];
        self.rest = &self.rest[end + 1..];
        Some(line)
    }

    fn line_text(&mut self) -> Option<String> {
        Some(String::from_utf8_lossy(self.line()?).into_owned())
    }

    fn push_text(&mut self, text: &'b [u8]) {
        self.stack.push(Item::Text(text));
    }

    fn pop_text(&mut self) -> String {
        match self.stack.pop() {
            Some(Item::Text(text)) => String::from_utf8_lossy(text).into_owned(),
            _ => "?".to_owned(),
        }
    }

    /// Drops what lies above the last mark, and the mark.
    fn pop_mark(&mut self) {
        while let Some(item) = self.stack.pop() {
            if matches!(item, Item::Mark) {
                break;
            }
        }
    }

    fn keep(&mut self, key: u64) {
        let item = self.stack.last().copied().unwrap_or(Item::Other);
        self.memo.insert(key, item);
    }

    fn recall(&mut self, key: u64) {
        self.stack.push(self.memo.get(&key).copied().unwrap_or(Item::Other));
    }

    /// `None` where the pickle ends.
    fn step(&mut self) -> Option<()> {
        match *self.take(1)?.first()? {
            // PROTO, FRAME.
            0x80 => drop(self.take(1)?),
            0x95 => drop(self.take(8)?),
            b'(' => self.stack.push(Item::Mark),
            b'.' => return None,
            b'0' => drop(self.stack.pop()),
            b'1' => self.pop_mark(),
            b'2' => self.stack.push(self.stack.last().copied().unwrap_or(Item::Other)),
            // GLOBAL and INST name what they look up; STACK_GLOBAL finds both names on the stack.
            b'c' => {
                let name = (self.line_text()?, self.line_text()?);
                self.names.push(name);
                self.stack.push(Item::Other);
            }
            b'i' => {
                let name = (self.line_text()?, self.line_text()?);
                self.names.push(name);
                self.pop_mark();
                self.stack.push(Item::Other);
            }
            0x93 => {
                let name = self.pop_text();
                let module = self.pop_text();
                self.names.push((module, name));
                self.stack.push(Item::Other);
            }
            // Texts: STRING, UNICODE, and those with a length before them.
            b'S' | b'V' => {
                let line = self.line()?;
                let quoted = line.strip_prefix(b"'").and_then(|line| line.strip_suffix(b"'"));
                let quoted = quoted.or(line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")));
                self.push_text(quoted.unwrap_or(line));
            }
            b'U' | 0x8C => {
                let length = self.number(1)?;
                let text = self.take(length)?;
                self.push_text(text);
            }
            b'T' | b'X' => {
                let length = self.number(4)?;
                let text = self.take(length)?;
                self.push_text(text);
            }
            0x8D => {
                let length = self.number(8)?;
                let text = self.take(length)?;
                self.push_text(text);
            }
            other => return self.plain(other),
        }
        Some(())
    }

    /// Instructions that matter only for what they take from the bytes and the stack.
    fn plain(&mut self, code: u8) -> Option<()> {
        // How much follows in the bytes.
        match code {
            b'I' | b'L' | b'F' | b'P' => drop(self.line()?),
            b'J' | 0x84 => drop(self.take(4)?),
            b'K' | 0x82 => drop(self.take(1)?),
            b'M' | 0x83 => drop(self.take(2)?),
            b'G' => drop(self.take(8)?),
            b'C' | 0x8A => {
                let length = self.number(1)?;
                self.take(length)?;
            }
            b'B' | 0x8B => {
                let length = self.number(4)?;
                self.take(length)?;
            }
            0x8E | 0x96 => {
                let length = self.number(8)?;
                self.take(length)?;
            }
            b'p' => {
                let key = str::from_utf8(self.line()?).ok()?.trim().parse().ok()?;
                self.keep(key);
            }
            b'q' => {
                let key = self.number(1)?;
                self.keep(key);
            }
            b'r' => {
                let key = self.number(4)?;
                self.keep(key);
            }
            b'g' => {
                let key = str::from_utf8(self.line()?).ok()?.trim().parse().ok()?;
                self.recall(key);
            }
            b'h' => {
                let key = self.number(1)?;
                self.recall(key);
            }
            b'j' => {
                let key = self.number(4)?;
                self.recall(key);
            }
            _ => {}
        }
        match code {
            b'I' | b'L' | b'F' | b'P' | b'J' | b'K' | b'M' | b'G' | b'C' | b'B' | b'N' | b']' | b'}' | b')' => {
                self.stack.push(Item::Other);
            }
            0x82..=0x84 | 0x88 | 0x89 | 0x8A | 0x8B | 0x8E | 0x8F | 0x96 | 0x97 => self.stack.push(Item::Other),
            // A list, tuple, dictionary, set or object of what lies above the mark.
            b'l' | b't' | b'd' | b'o' | 0x91 => {
                self.pop_mark();
                self.stack.push(Item::Other);
            }
            b'u' | b'e' | 0x90 => self.pop_mark(),
            // Tuples of one, two, three; what is called with arguments; an item of a list, of a dictionary.
            0x85 | b'Q' => self.replace(1),
            0x86 | b'R' | 0x81 => self.replace(2),
            0x87 | 0x92 => self.replace(3),
            b'a' | b'b' => drop(self.stack.pop()),
            b's' => {
                self.stack.pop();
                self.stack.pop();
            }
            // MEMOIZE takes the next number.
            0x94 => self.keep(u64::try_from(self.memo.len()).ok()?),
            b'p' | b'q' | b'r' | b'g' | b'h' | b'j' | 0x98 => {}
            _ => return None,
        }
        Some(())
    }

    fn replace(&mut self, count: usize) {
        self.stack.truncate(self.stack.len().saturating_sub(count));
        self.stack.push(Item::Other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(bytes: &[u8]) -> Vec<String> {
        names(bytes).into_iter().map(|(module, name)| format!("{module}.{name}")).collect()
    }

    #[test]
    fn names_are_found_in_pickles_of_all_protocols() {
        // Each as Python writes an object whose `__reduce__` gives `(operator.add, (1, 2))`.
        let zero = b"c_operator\nadd\np0\n(I1\nI2\ntp1\nRp2\n.";
        let two = b"\x80\x02c_operator\nadd\nq\x00K\x01K\x02\x86q\x01Rq\x02.";
        let four = b"\x80\x04\x95\x1d\x00\x00\x00\x00\x00\x00\x00\x8c\t_operator\x94\x8c\x03add\x94\x93\x94K\x01K\x02\x86\x94R\x94.";
        for bytes in [&zero[..], two, four] {
            assert_eq!(found(bytes), ["_operator.add"]);
        }
        // An old instance, a text from the memo, and nothing after what is malformed.
        assert_eq!(found(b"(S'a'\nios\nsystem\n."), ["os.system"]);
        assert_eq!(found(b"\x8c\x02os\x94\x8c\x06system\x94h\x00h\x01\x93."), ["os.system"]);
        assert_eq!(found(b"\xff\xffcos\nsystem\n."), [""; 0]);
    }
}
