//! Where in a text any of many words stands, in any case: one look at a small table for every byte.
//!
//! Three bytes of each word, the rarest, are its mark; all marks are bits of a table that fits the nearest cache. Only where
//! a bit is set, and one for the byte that follows, are the words of that mark compared. (The idea is that of Wu and Manber,
//! "A fast algorithm for multi-pattern searching", 1994, without its shifts.) Building it takes microseconds, which a hook on
//! one file notices.

/// Words to be found, each with its number.
#[derive(Debug)]
pub(super) struct Leads {
    words: Vec<Lead>,
    /// A bit for every mark in use.
    marks: Box<[u64; MARKS / 64]>,
    /// A bit for every mark in use with the byte that follows it.
    longer: Box<[u32]>,
    /// Where in `words` those of each mark begin.
    starts: Box<[u16]>,
}

#[derive(Debug)]
struct Lead {
    mark: u16,
    /// Where in the word its mark stands.
    at: u8,
    text: Box<[u8]>,
    number: u32,
}

const MARKS: usize = 1 << 15;
const WIDTH: usize = 3;

/// Five bits for every byte: letters by themselves, the rest by kind.
const CODES: [u8; 256] = {
    let mut codes = [31; 256];
    let mut byte = 0;
    while byte < 256 {
        codes[byte] = match byte as u8 {
            letter @ b'a'..=b'z' => letter - b'a',
            letter @ b'A'..=b'Z' => letter - b'A',
            b'0'..=b'9' => 26,
            b'_' => 27,
            b'-' => 28,
            b'.' | b'$' => 29,
            b':' | b'/' => 30,
            _ => 31,
        };
        byte += 1;
    }
    codes
};

/// How common each code is in text, roughly, in parts of a thousand.
const COMMON: [u16; 32] = [
    60, 15, 30, 32, 95, 20, 16, 25, 55, 4, 8, 36, 24, 54, 50, 22, 2, 52, 54, 68, 24, 9, 9, 6, 12, 2, 40, 25, 20, 25,
    25, 200,
];

impl Leads {
    /// Words have at least three bytes and are in lower case.
    pub(super) fn new(words: impl Iterator<Item = (u32, Vec<u8>)>) -> Self {
        let mut words: Vec<Lead> =
            words.filter(|(_, text)| text.len() >= WIDTH).map(|(number, text)| lead(number, text)).collect();
        words.sort_by_key(|lead| lead.mark);
        let mut marks = Box::new([0; MARKS / 64]);
        let mut longer = vec![0; MARKS].into_boxed_slice();
        let mut starts = vec![0; MARKS + 1].into_boxed_slice();
        for lead in &words {
            let next = lead.text.get(usize::from(lead.at) + WIDTH).map(|byte| CODES[usize::from(*byte)]);
            longer[usize::from(lead.mark)] |= next.map_or(u32::MAX, |code| 1 << code);
            marks[usize::from(lead.mark) / 64] |= 1 << (lead.mark % 64);
            starts[usize::from(lead.mark) + 1] += 1;
        }
        for mark in 0..MARKS {
            starts[mark + 1] += starts[mark];
        }
        Self { words, marks, longer, starts }
    }

    /// Calls for every place where a word stands: its number, where it begins and where it ends.
    pub(super) fn find(&self, text: &[u8], mut found: impl FnMut(u32, usize, usize)) {
        let mut mark = 0;
        for (end, byte) in text.iter().enumerate() {
            mark = (mark << 5 | usize::from(CODES[usize::from(*byte)])) & (MARKS - 1);
            if self.marks[mark / 64] >> (mark % 64) & 1 == 1 && end + 1 >= WIDTH {
                let next = text.get(end + 1).map_or(31, |byte| CODES[usize::from(*byte)]);
                if self.longer[mark] >> next & 1 == 1 {
                    self.compare(text, mark, end + 1 - WIDTH, &mut found);
                }
            }
        }
    }

    #[inline(never)]
    fn compare(&self, text: &[u8], mark: usize, at: usize, found: &mut impl FnMut(u32, usize, usize)) {
        for lead in &self.words[usize::from(self.starts[mark])..usize::from(self.starts[mark + 1])] {
            let Some(start) = at.checked_sub(usize::from(lead.at)) else { continue };
            let end = start + lead.text.len();
            if text.get(start..end).is_some_and(|word| word.eq_ignore_ascii_case(&lead.text)) {
                found(lead.number, start, end);
            }
        }
    }
}

fn lead(number: u32, text: Vec<u8>) -> Lead {
    let codes: Vec<usize> = text.iter().map(|byte| usize::from(CODES[usize::from(*byte)])).collect();
    let common = |window: &[usize]| window.iter().map(|code| u64::from(COMMON[*code])).product::<u64>();
    // Where a word is long, its mark is one of its first bytes all the same: an offset has one byte.
    let (at, window) =
        codes.windows(WIDTH).enumerate().take(200).min_by_key(|(_, window)| common(window)).unwrap_or((0, &[0; WIDTH]));
    let mark = window.iter().fold(0, |mark, code| mark << 5 | code) & (MARKS - 1);
    Lead {
        mark: u16::try_from(mark).unwrap_or_default(),
        at: u8::try_from(at).unwrap_or_default(),
        text: text.into(),
        number,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(words: &[&str], text: &str) -> Vec<(u32, usize)> {
        let leads = Leads::new((0..).zip(words.iter().map(|word| word.as_bytes().to_vec())));
        let mut all = Vec::new();
        leads.find(text.as_bytes(), |number, start, end| {
            assert!(text[start..end].eq_ignore_ascii_case(words[number as usize]));
            all.push((number, start));
        });
        all.sort_unstable();
        all
    }

    #[test]
    fn every_word_is_found_wherever_it_stands() {
        let words = ["ghp_", "xoxb-", "password", "pass", "-----begin", "://", "key"];
        assert_eq!(found(&words, "ghp_"), [(0, 0)]);
        assert_eq!(found(&words, "GHP_xPASSWORD"), [(0, 0), (2, 5), (3, 5)]);
        assert_eq!(found(&words, "a://b -----BEGIN KEY"), [(4, 6), (5, 1), (6, 17)]);
        assert_eq!(found(&words, "gh"), []);
        assert_eq!(found(&words, ""), []);
    }

    proptest::proptest! {
        #[test]
        fn the_same_words_are_found_as_by_looking_for_each(
            words in proptest::collection::vec("[a-d_.:9-]{3,6}", 1..30),
            text in "[a-dA-D_.:9 é-]{0,80}",
        ) {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let lower = text.to_ascii_lowercase();
            let mut expected = Vec::new();
            for (number, word) in (0..).zip(&words) {
                expected.extend((0..lower.len()).filter(|at| lower.as_bytes()[*at..].starts_with(word.as_bytes())).map(|at| (number, at)));
            }
            expected.sort_unstable();
            proptest::prop_assert_eq!(found(&words, &text), expected);
        }
    }
}
