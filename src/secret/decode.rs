//! Text that stands encoded in other text: where it is, what it says, and which of the encoded characters say which of
//! its bytes.

mod escape;
mod letters;
mod run;

use std::ops::Range;

/// No shorter text is worth it, in encoded characters.
const LEAST: usize = 24;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// RFC 4648, in either alphabet, in one line or in lines of one width.
    Base64,
    /// The same, of text in UTF-16, as `PowerShell` takes commands.
    Base64Wide,
    /// Pairs of hexadecimal digits, after `0x` or not.
    Hex,
    /// RFC 3986, 2.1.
    Percent,
    /// RFC 2045, 6.7.
    QuotedPrintable,
    /// The escapes with numbers that most languages and JSON have: `\x41`, `\u0041`, `\u{41}`, `\101`.
    Backslash,
}

impl Encoding {
    /// As a report says it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Base64 => "base64",
            Self::Base64Wide => "base64 of UTF-16",
            Self::Hex => "hex",
            Self::Percent => "percent",
            Self::QuotedPrintable => "quoted-printable",
            Self::Backslash => "backslash",
        }
    }
}

/// A part of a text that is encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    pub span: Range<usize>,
    pub how: Encoding,
}

/// Parts of a text that encode text, in order of where they begin. Those of letters do not overlap each other, nor do
/// those of escapes. What is an image or a hash is told by its first characters: this takes time in proportion to the
/// text, and little of it where there is nothing.
pub fn spans(text: &[u8]) -> Vec<Encoded> {
    let mut spans = Vec::new();
    run::find(text, &mut spans);
    escape::find(text, &mut spans);
    spans.sort_by_key(|encoded| encoded.span.start);
    spans
}

impl Encoded {
    /// What it says; never longer than it is. `text` is the one that the span was found in.
    pub fn decode(&self, text: &[u8]) -> Vec<u8> {
        let mut decoded = Vec::with_capacity(self.span.len());
        self.each(text, &mut |byte, _| decoded.push(byte));
        decoded
    }

    /// For each of these ranges of the bytes that it says, the characters of the text that encode them. All in one go,
    /// as this goes through the whole span.
    pub fn places(&self, text: &[u8], ranges: &[Range<usize>]) -> Vec<Range<usize>> {
        let mut places = vec![self.span.end..self.span.end; ranges.len()];
        let bounds = |(which, range): (usize, &Range<usize>)| [(range.start, which), (range.end.max(1) - 1, which)];
        let mut wanted: Vec<(usize, usize)> = ranges.iter().enumerate().flat_map(bounds).collect();
        wanted.sort_unstable();
        let mut wanted = wanted.into_iter().peekable();
        let mut at = 0;
        self.each(text, &mut |_, from| {
            while let Some((_, which)) = wanted.next_if(|(wanted, _)| *wanted == at) {
                let place = &mut places[which];
                *place = place.start.min(self.span.start + from.start)..self.span.start + from.end;
            }
            at += 1;
        });
        places
    }

    /// Each byte that it says, with the place in the span of the characters that say it.
    fn each(&self, text: &[u8], each: &mut impl FnMut(u8, Range<usize>)) {
        let text = text.get(self.span.clone()).unwrap_or_default();
        match self.how {
            Encoding::Base64 => letters::base64(text, each),
            Encoding::Base64Wide => {
                letters::base64(text, &mut |byte, place| {
                    if byte != 0 {
                        each(byte, place);
                    }
                });
            }
            Encoding::Hex => letters::hex(text, each),
            Encoding::Percent => escape::percent(text, each),
            Encoding::QuotedPrintable => escape::quoted_printable(text, each),
            Encoding::Backslash => escape::backslash(text, each),
        }
    }
}

/// Whether bytes are text for the most part: one in eight may be what text in ASCII has not.
fn is_text(bytes: &[u8]) -> bool {
    let other = bytes.iter().filter(|byte| !matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r')).count();
    other * 8 <= bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "password = correct-horse-battery-staple";

    fn base64(bytes: &[u8]) -> String {
        let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let group = |group: &[u8]| {
            let number = (0..3).fold(0, |number, at| number << 8 | u32::from(group.get(at).copied().unwrap_or(0)));
            (0..4)
                .map(move |at| (number >> (18 - 6 * at) & 63, at))
                .map(|(bits, at)| (bits as usize, at))
                .collect::<Vec<_>>()
        };
        let letter = |(bits, at): (usize, usize), length| if at > length { '=' } else { char::from(letters[bits]) };
        bytes.chunks(3).flat_map(|chunk| group(chunk).into_iter().map(move |one| letter(one, chunk.len()))).collect()
    }

    fn each(text: &str, write: impl Fn(u8) -> String) -> String {
        text.bytes().map(write).collect()
    }

    /// What a text says in its one encoded part, and in which characters it says the last word of the secret.
    fn told(text: &str) -> (Encoding, String, String) {
        let spans = spans(text.as_bytes());
        assert_eq!(spans.len(), 1, "{text}: {spans:?}");
        let said = String::from_utf8_lossy(&spans[0].decode(text.as_bytes())).into_owned();
        let ends: Vec<Range<usize>> = said.match_indices("staple").map(|(at, word)| at..at + word.len()).collect();
        let places = spans[0].places(text.as_bytes(), &ends);
        (spans[0].how, said, places.into_iter().map(|place| &text[place]).collect())
    }

    #[test]
    fn each_encoding_is_found_said_and_placed() {
        let url = base64(SECRET.as_bytes()).replace('+', "-").replace('/', "_").replace('=', "");
        let half = SECRET.split_at(20);
        let ways = [
            (Encoding::Base64, base64(SECRET.as_bytes()), "c3RhcGxl"),
            (Encoding::Base64, url, "c3RhcGxl"),
            (
                Encoding::Base64Wide,
                base64(&SECRET.bytes().flat_map(|byte| [byte, 0]).collect::<Vec<_>>()),
                "cwB0AGEAcABsAGU",
            ),
            (Encoding::Hex, each(SECRET, |byte| format!("{byte:02x}")), "737461706c65"),
            (Encoding::Hex, format!("0x{}", each(SECRET, |byte| format!("{byte:02X}"))), "737461706C65"),
            (Encoding::Percent, each(SECRET, |byte| format!("%{byte:02X}")), "%73%74%61%70%6C%65"),
            (Encoding::Percent, SECRET.replace(' ', "%20").replace('=', "%3d"), "staple"),
            (Encoding::Backslash, each(SECRET, |byte| format!("\\x{byte:02x}")), "\\x73\\x74\\x61\\x70\\x6c\\x65"),
            (Encoding::Backslash, each(SECRET, |byte| format!("\\{byte:03o}")), "\\163\\164\\141\\160\\154\\145"),
            (Encoding::Backslash, each(half.0, |byte| format!("\\u00{byte:02x}")) + half.1, "staple"),
            (
                Encoding::Backslash,
                half.0.to_owned() + &each(half.1, |byte| format!("\\u{{{byte:x}}}")),
                "\\u{73}\\u{74}\\u{61}\\u{70}\\u{6c}\\u{65}",
            ),
        ];
        for (how, written, last) in ways {
            for text in [
                written.clone(),
                format!("x = \"{written}\"\n"),
                format!(
                    "a: b
k: {written}
z: 1
"
                ),
            ] {
                if text.contains("k: ") && how == Encoding::Backslash {
                    continue; // A line without quotes is a string as a whole.
                }
                let (found, said, place) = told(&text);
                assert_eq!((found, said.as_str(), place.as_str()), (how, SECRET, last), "{text}");
            }
        }
    }

    #[test]
    fn lines_of_one_width_are_one_text() {
        let long =
            format!("{} {SECRET} and something after it, so that it takes lines", "some text before it".repeat(3));
        let encoded = base64(long.as_bytes());
        for width in [24, 64, 76] {
            for glue in ["\n", "\r\n", "\n    ", "\\n", "\",\n  \"", "\" +\n    \"", "\\n\"\n  \"", "' \\\n '"] {
                let lines: Vec<&str> =
                    (0..encoded.len()).step_by(width).map(|at| &encoded[at..encoded.len().min(at + width)]).collect();
                let (how, said, _) = told(&format!("[\"{}\"]", lines.join(glue)));
                assert_eq!((how, said), (Encoding::Base64, long.clone()), "{width} {glue:?}");
            }
        }
        // Two values below each other are not one.
        let (one, two) = (base64(b"user = somebody else, or me"), base64(b"a last word"));
        let text = format!("a: {one}\n{two}: b\n");
        assert_eq!(spans(text.as_bytes()), [Encoded { span: 3..3 + one.len(), how: Encoding::Base64 }]);
    }

    #[test]
    fn a_mail_says_how_it_is_quoted() {
        let header = "Content-Transfer-Encoding: quoted-printable\r\nX-Other: 1\r\n folded\r\n\r\n";
        let text = format!("{header}Your password =3D correct-horse=\r\n-battery-sta=\r\nple\r\n--boundary\r\nmore");
        let (how, said, place) = told(&text);
        assert_eq!((how, said.as_str()), (Encoding::QuotedPrintable, "Your password = correct-horse-battery-staple\r"));
        assert_eq!(place, "sta=\r\nple");
        assert_eq!(spans(b"It is quoted-printable.\nThat means: =3D and so on, and so on\n\n and on"), []);
    }

    #[test]
    fn what_is_no_text_is_no_find() {
        let digest = "d7a8fbb307d7809469ca9abcb0082e4f8d5651e46d3cdb762d02d0bf37c9e592";
        let bytes: Vec<u8> = (0..300_u32).map(|at| ((at * at * 31) >> 3) as u8).collect();
        for text in [
            digest.to_owned(),
            base64(&bytes),
            "src/some/folders/and/one/file/name_of_something_long".to_owned(),
            "AbstractSingletonProxyFactoryBeanConfigurationDescriptor".to_owned(),
            "\\u4e2d\\u6587\\u4e2d\\u6587\\u4e2d\\u6587\\u4e2d\\u6587".to_owned(),
            "\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n".to_owned(),
            "\\x30\\x80\\x02\\x01\\x00\\x9f\\xbc\\x41\\xff\\x07".to_owned(),
            "100%% of %s and %d%% of the others".to_owned(),
            "dXNlcjpwYXNz".to_owned(),
            "%41%42".to_owned(),
            String::new(),
        ] {
            assert_eq!(spans(text.as_bytes()), [], "{text}");
        }
    }

    #[test]
    fn odd_ends_are_said_as_they_stand() {
        let said = |how, text: &str| {
            let encoded = Encoded { span: 0..text.len(), how };
            let bytes = encoded.decode(text.as_bytes());
            let past = text.len()..text.len();
            assert_eq!(encoded.places(text.as_bytes(), std::slice::from_ref(&(99..100))).first(), Some(&past));
            String::from_utf8_lossy(&bytes).into_owned()
        };
        assert_eq!(said(Encoding::Percent, "a%4"), "a%4");
        assert_eq!(said(Encoding::Percent, "%zz%"), "%zz%");
        assert_eq!(said(Encoding::Backslash, "a\\"), "a\\");
        assert_eq!(said(Encoding::Backslash, "\\u00e9\\ud83d\\/\\x4"), "\u{e9}?/x4");
        assert_eq!(said(Encoding::Backslash, "\\u{}\\u{1F600}"), "u{}\u{1F600}");
        assert_eq!(said(Encoding::QuotedPrintable, "=4=\n=="), "=4==");
        assert_eq!(said(Encoding::Hex, "0x416"), "A");
        assert_eq!(said(Encoding::Base64, "QUJDR"), "ABC");
    }

    /// Spans of what is said of a text lie in it, and are said in no more bytes than they have, whatever the text is.
    #[test]
    fn no_bytes_upset_it() {
        let mut seed = 7u64;
        let mut next = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) as usize
        };
        let parts = [
            "\\x41",
            "%41",
            "\\u0041",
            "QUFB",
            "4141",
            "\n",
            "\"",
            "quoted-printable\n\n",
            "=",
            "\\",
            "%",
            "+",
            " ",
            "\\u{41",
            "\u{e9}",
            "0x",
            "\\1",
        ];
        for _ in 0..20_000 {
            let text: String = (0..next() % 40).map(|_| parts[next() % parts.len()]).collect();
            for encoded in spans(text.as_bytes()) {
                assert!(encoded.span.len() >= LEAST && encoded.span.end <= text.len(), "{text:?}: {encoded:?}");
                let said = encoded.decode(text.as_bytes());
                assert!(said.len() <= encoded.span.len(), "{text:?}: {encoded:?}");
                let bytes: Vec<Range<usize>> = (0..said.len()).map(|at| at..at + 1).collect();
                let places = encoded.places(text.as_bytes(), &bytes);
                assert!(places.iter().all(|place| !place.is_empty()), "{text:?}: {encoded:?}");
                assert!(places.iter().is_sorted_by_key(|place| (place.start, place.end)), "{text:?}: {encoded:?}");
                let whole = encoded.places(text.as_bytes(), &[0..said.len(), 0..1]);
                let (first, last) =
                    (places.first().cloned().unwrap_or_default(), places.last().cloned().unwrap_or_default());
                assert_eq!(whole, [first.start..last.end, first], "{text:?}: {encoded:?}");
            }
        }
    }
}
