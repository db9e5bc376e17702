//! From bytes to text, as Python reads its sources: byte order marks, the coding comment of [PEP 263], and what a
//! reader must say about the encodings in which code can hide.
//!
//! [PEP 263]: https://peps.python.org/pep-0263/

pub(super) mod codec;
mod cookie;

use codec::Codec;

use crate::source::{Problem, ProblemKind, Span};

/// The text of a source; every span of it counts bytes of this text, which has no byte order mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    pub text: String,
    pub problems: Vec<Problem>,
}

/// Decodes a source. There is always a text: where the bytes are none in the encoding they claim, the text is what
/// could be made of them, and the problems say so.
pub fn decode(bytes: Vec<u8>) -> Decoded {
    let cookie = cookie::find(&bytes);
    decode_as(bytes, cookie)
}

/// Decodes what is no Python source by itself, in which a coding comment means nothing.
pub fn decode_plain(bytes: Vec<u8>) -> Decoded {
    decode_as(bytes, None)
}

/// The text of any file, whatever it is for; `None` where the bytes are no text.
///
/// What is no UTF-8 is taken for Latin-1, in which every byte is a character: nothing is lost, and what is sought is ASCII.
pub fn decode_any(mut bytes: Vec<u8>) -> Option<String> {
    if is_binary(&bytes) {
        return None;
    }
    let mark = MARKS.iter().find(|(mark, _)| bytes.starts_with(mark));
    let codec = match mark {
        Some((mark, codec)) => {
            bytes.drain(..mark.len());
            *codec
        }
        None => utf16_without_mark(&bytes).unwrap_or(Codec::Utf8),
    };
    match codec {
        Codec::Utf8 => Some(
            String::from_utf8(bytes).unwrap_or_else(|error| error.as_bytes().iter().copied().map(char::from).collect()),
        ),
        _ => Some(codec.decode(bytes).unwrap_or_else(|(text, _)| text)),
    }
}

/// Whether bytes, or the beginning of them, are no text: a NUL stands among the first.
pub fn is_binary(bytes: &[u8]) -> bool {
    const LOOKED_AT: usize = 8 << 10;
    let is_marked = MARKS.iter().any(|(mark, _)| bytes.starts_with(mark));
    !is_marked
        && utf16_without_mark(bytes).is_none()
        && memchr::memchr(0, &bytes[..bytes.len().min(LOOKED_AT)]).is_some()
}

fn decode_as(mut bytes: Vec<u8>, cookie: Option<String>) -> Decoded {
    let mut problems = Vec::new();
    let mark = MARKS.iter().find(|(mark, _)| bytes.starts_with(mark));
    let codec = match (mark, &cookie) {
        (Some((mark, codec)), _) => {
            bytes.drain(..mark.len());
            *codec
        }
        (None, Some(name)) => codec::named(name),
        (None, None) => utf16_without_mark(&bytes).unwrap_or(Codec::Utf8),
    };
    let text = match codec.decode(bytes) {
        Ok(text) => text,
        Err((text, at)) => {
            problems.push(undecoded(&text, at, cookie.as_deref().unwrap_or("utf-8")));
            text
        }
    };
    problems.extend(odd(codec, cookie.as_deref(), &text));
    if codec == Codec::Utf8
        && mark.is_some()
        && let Some(name) = &cookie
        && codec::named(name) != Codec::Utf8
    {
        let message = format!("a byte order mark says UTF-8, and a coding comment `{name}`: Python refuses both");
        problems.push(Problem { kind: ProblemKind::OddEncoding, message, span: place_of(&text, name) });
    }
    problems.extend(null_byte(&text));
    Decoded { text, problems }
}

/// The longer marks first: that of UTF-16 starts that of UTF-32.
const MARKS: [(&[u8], Codec); 5] = [
    (b"\xEF\xBB\xBF", Codec::Utf8),
    (b"\xFF\xFE\0\0", Codec::Utf32 { big_endian: false }),
    (b"\0\0\xFE\xFF", Codec::Utf32 { big_endian: true }),
    (b"\xFF\xFE", Codec::Utf16 { big_endian: false }),
    (b"\xFE\xFF", Codec::Utf16 { big_endian: true }),
];

/// Mostly ASCII text in UTF-16 has a NUL in every other byte.
fn utf16_without_mark(bytes: &[u8]) -> Option<Codec> {
    let head = &bytes[..bytes.len().min(512)];
    let nulls = |from: usize| head.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd, most) = (nulls(0), nulls(1), head.len() / 4);
    match () {
        () if head.len() < 4 => None,
        () if odd > most && even == 0 => Some(Codec::Utf16 { big_endian: false }),
        () if even > most && odd == 0 => Some(Codec::Utf16 { big_endian: true }),
        () => None,
    }
}

fn undecoded(text: &str, at: usize, encoding: &str) -> Problem {
    let length = text.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    Problem {
        kind: ProblemKind::Undecoded,
        message: format!("not text in the encoding `{encoding}`: save it as UTF-8, or name its encoding in a comment"),
        span: Span::new(at, at + length),
    }
}

fn odd(codec: Codec, cookie: Option<&str>, text: &str) -> Option<Problem> {
    let name = cookie.unwrap_or_default();
    let message = match codec {
        Codec::Utf8 | Codec::Latin1 | Codec::Ascii | Codec::Table(_) => return None,
        Codec::Utf16 { .. } | Codec::Utf32 { .. } => {
            "written in UTF-16 or UTF-32, which Python refuses: save it as UTF-8".to_owned()
        }
        Codec::Utf7 | Codec::UnicodeEscape | Codec::RawUnicodeEscape | Codec::Rot13 => {
            format!("the encoding `{name}` hides code from readers: save it as UTF-8")
        }
        Codec::Unknown => {
            format!("the encoding `{name}` is unknown and may hide code: read as UTF-8, which may be wrong")
        }
    };
    let turned: String = name.chars().map(codec::rot13).collect();
    let shown = if codec == Codec::Rot13 { &turned } else { name };
    Some(Problem { kind: ProblemKind::OddEncoding, message, span: place_of(text, shown) })
}

/// Python refuses null bytes, and what other tools make of them differs.
fn null_byte(text: &str) -> Option<Problem> {
    let at = memchr::memchr(0, text.as_bytes())?;
    let message = "a null byte, which Python refuses in source code: remove it".to_owned();
    Some(Problem { kind: ProblemKind::OddEncoding, message, span: Span::new(at, at + 1) })
}

/// Where a name stands first; the start of the text where decoding changed the name itself.
fn place_of(text: &str, name: &str) -> Span {
    text.find(name).map_or_else(Span::default, |at| Span::new(at, at + name.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text, and the kinds and places of the problems.
    fn read(bytes: &[u8]) -> (String, Vec<(ProblemKind, String)>) {
        let Decoded { text, problems } = decode(bytes.to_vec());
        let problems = problems.iter().map(|it| (it.kind, text[it.span.range()].to_owned())).collect();
        (text, problems)
    }

    fn odd(place: &str) -> Vec<(ProblemKind, String)> {
        vec![(ProblemKind::OddEncoding, place.to_owned())]
    }

    fn undecoded(place: &str) -> Vec<(ProblemKind, String)> {
        vec![(ProblemKind::Undecoded, place.to_owned())]
    }

    #[test]
    fn utf8_is_not_copied() {
        let bytes = "x = 'é'".as_bytes().to_vec();
        let before = bytes.as_ptr();
        assert_eq!(decode(bytes).text.as_ptr(), before);
    }

    #[test]
    fn reads_what_marks_say() {
        assert_eq!(read(b"\xEF\xBB\xBFx"), ("x".to_owned(), vec![]));
        let utf16 = |order: fn(u16) -> [u8; 2], text: &str| text.encode_utf16().flat_map(order).collect::<Vec<u8>>();
        assert_eq!(read(&utf16(u16::to_le_bytes, "\u{FEFF}x = 'é'")), ("x = 'é'".to_owned(), odd("")));
        assert_eq!(read(&utf16(u16::to_be_bytes, "\u{FEFF}x = 'é'")), ("x = 'é'".to_owned(), odd("")));
        assert_eq!(read(&utf16(u16::to_le_bytes, "x = 1")), ("x = 1".to_owned(), odd("")));
        assert_eq!(read(&utf16(u16::to_be_bytes, "x = 1")), ("x = 1".to_owned(), odd("")));
        let utf32: Vec<u8> = "\u{FEFF}x".chars().flat_map(|char| u32::from(char).to_le_bytes()).collect();
        assert_eq!(read(&utf32), ("x".to_owned(), odd("")));
    }

    #[test]
    fn a_mark_and_a_comment_may_disagree() {
        assert_eq!(read(b"\xEF\xBB\xBF# coding: utf8\n").1, vec![]);
        assert_eq!(read(b"\xEF\xBB\xBF# coding: latin-1\n").1, odd("latin-1"));
    }

    #[test]
    fn reads_what_comments_say() {
        for (name, bytes, text) in [
            ("latin-1", &b"\xE9\x80"[..], "é\u{80}"),
            ("ISO_8859_1", b"\xE9\x80", "é\u{80}"),
            ("cp1252", b"\x80", "€"),
            ("iso-8859-15", b"\xA4", "€"),
            ("koi8-r", b"\xC1", "а"),
            ("gbk", b"\xC4\xE3", "你"),
            ("cp936", b"\xC4\xE3", "你"),
            ("shift_jis", b"\x82\xA0", "あ"),
            ("euc_jp", b"\xA4\xA2", "あ"),
            ("big5", b"\xA7\x41", "你"),
            ("utf_8_sig", "é".as_bytes(), "é"),
            ("utf-8-unix", "é".as_bytes(), "é"),
        ] {
            let source = [b"# -*- coding: ", name.as_bytes(), b" -*-\n", bytes].concat();
            assert_eq!(read(&source), (format!("# -*- coding: {name} -*-\n{text}"), vec![]), "{name}");
        }
    }

    #[test]
    fn code_does_not_hide_in_an_encoding() {
        for (source, text, place) in [
            (&b"# coding: utf-7\n+AGUAdgBhAGw-(x) +- +Z"[..], "# coding: utf-7\neval(x) + \u{FFFD}", "utf-7"),
            (b"# coding: unicode_escape\n\\x65val\\u0028\xE9)", "# coding: unicode_escape\neval(é)", "unicode_escape"),
            (
                b"# coding: raw_unicode_escape\n\\u0065val('\\x65')",
                "# coding: raw_unicode_escape\neval('\\x65')",
                "raw_unicode_escape",
            ),
            (b"# coding: rot13\nriny(k)", "# pbqvat: ebg13\neval(x)", "ebg13"),
            (b"# coding: hex\n6576616c", "# coding: hex\n6576616c", "hex"),
            (b"# coding: mine\n\xE9", "# coding: mine\n\u{FFFD}", "mine"),
        ] {
            assert_eq!(read(source), (text.to_owned(), odd(place)));
        }
    }

    #[test]
    fn tells_the_first_bad_byte() {
        assert_eq!(read(b"x = '\xE9'"), ("x = '\u{FFFD}'".to_owned(), undecoded("\u{FFFD}")));
        assert_eq!(read(b"# coding: ascii\n'\xC3\xA9'").1, undecoded("é"));
        assert_eq!(read(b"# coding: euc-jp\n'\xFF'").1, undecoded("\u{FFFD}"));
        assert_eq!(read(b"x = 1\0\n").1, odd("\0"));
    }
}
