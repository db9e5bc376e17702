//! The encodings that a source may claim, by the names that Python knows them by.

use encoding_rs::Encoding;

use super::super::escape::{Escape, Literal, Part, escape, unescape};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::python) enum Codec {
    Utf8,
    Latin1,
    Ascii,
    /// One that the Web knows too. Where the Web's is a superset, what Python refuses is read as text.
    Table(&'static Encoding),
    Utf16 {
        big_endian: bool,
    },
    Utf32 {
        big_endian: bool,
    },
    Utf7,
    UnicodeEscape,
    RawUnicodeEscape,
    Rot13,
    Unknown,
}

/// Names after `normal`. Those that the Web knows, and means the same by, are not repeated here.
const NAMES: &[(Codec, &[&str])] = &[
    (Codec::Utf8, &["utf-8", "utf8", "u8", "utf", "utf8-ucs2", "utf8-ucs4", "cp65001"]),
    (
        Codec::Latin1,
        &[
            "latin-1",
            "iso-8859-1",
            "iso-latin-1",
            "iso8859-1",
            "8859",
            "cp819",
            "csisolatin1",
            "ibm819",
            "iso-ir-100",
            "iso-8859-1-1987",
            "iso8859",
            "l1",
            "latin",
            "latin1",
        ],
    ),
    (
        Codec::Ascii,
        &[
            "ascii",
            "us-ascii",
            "646",
            "ansi-x3.4-1968",
            "ansi-x3-4-1968",
            "cp367",
            "csascii",
            "ibm367",
            "iso646-us",
            "us",
        ],
    ),
    (Codec::Table(encoding_rs::GBK), &["cp936", "936", "ms936", "euc-cn", "euccn", "eucgb2312-cn", "gb2312-1980"]),
    (Codec::Table(encoding_rs::GB18030), &["gb18030-2000"]),
    (Codec::Table(encoding_rs::SHIFT_JIS), &["cp932", "932", "mskanji", "ms-kanji", "s-jis", "shiftjis"]),
    (Codec::Table(encoding_rs::EUC_JP), &["eucjp", "u-jis", "ujis"]),
    (Codec::Table(encoding_rs::EUC_KR), &["cp949", "949", "ms949", "uhc", "euckr", "korean", "ks-c-5601"]),
    (Codec::Table(encoding_rs::BIG5), &["cp950", "950", "ms950", "big5-tw", "big5hkscs", "big5-hkscs", "hkscs"]),
    (Codec::Table(encoding_rs::ISO_2022_JP), &["iso2022-jp", "iso2022jp", "csiso2022jp"]),
    (Codec::Table(encoding_rs::MACINTOSH), &["mac-roman", "macroman"]),
    (Codec::Table(encoding_rs::X_MAC_CYRILLIC), &["mac-cyrillic", "maccyrillic"]),
    (Codec::Table(encoding_rs::ISO_8859_15), &["latin9", "latin-9", "iso-8859-15"]),
    (Codec::Utf7, &["utf-7", "utf7", "u7", "unicode-1-1-utf-7"]),
    (Codec::UnicodeEscape, &["unicode-escape", "unicodeescape"]),
    (Codec::RawUnicodeEscape, &["raw-unicode-escape", "rawunicodeescape"]),
    (Codec::Rot13, &["rot13", "rot-13"]),
    (Codec::Unknown, &["utf-16", "utf-16le", "utf-16be", "x-user-defined"]),
];

/// Python's tokenizer takes these for their beginning, whatever follows: editors append line ends (`utf-8-unix`).
const PREFIXES: [(&str, Codec); 4] = [
    ("utf-8-", Codec::Utf8),
    ("latin-1-", Codec::Latin1),
    ("iso-8859-1-", Codec::Latin1),
    ("iso-latin-1-", Codec::Latin1),
];

pub(in crate::python) fn named(name: &str) -> Codec {
    let normal = name.to_ascii_lowercase().replace('_', "-");
    if let Some((codec, _)) = NAMES.iter().find(|(_, names)| names.contains(&normal.as_str())) {
        return *codec;
    }
    if let Some((_, codec)) = PREFIXES.iter().find(|(prefix, _)| normal.starts_with(prefix)) {
        return *codec;
    }
    let web =
        [normal.as_str(), name].into_iter().find_map(|label| Encoding::for_label_no_replacement(label.as_bytes()));
    web.map_or(Codec::Unknown, Codec::Table)
}

/// A text that is not wholly what the bytes hold, and where the first error is.
type Flawed = (String, usize);

impl Codec {
    pub(in crate::python) fn decode(self, bytes: Vec<u8>) -> Result<String, Flawed> {
        match self {
            Self::Utf8 => utf8(bytes),
            Self::Ascii => ascii(bytes),
            Self::Latin1 => Ok(latin1(bytes)),
            Self::Table(encoding) => by_table(encoding, &bytes),
            Self::Utf16 { big_endian: false } => by_table(encoding_rs::UTF_16LE, &bytes),
            Self::Utf16 { big_endian: true } => by_table(encoding_rs::UTF_16BE, &bytes),
            Self::Utf32 { big_endian } => checked(utf32(&bytes, big_endian)),
            Self::Utf7 => Ok(utf7(&bytes)),
            Self::UnicodeEscape => Ok(unicode_escape(&latin1(bytes))),
            Self::RawUnicodeEscape => Ok(raw_unicode_escape(&latin1(bytes))),
            Self::Rot13 => utf8(bytes).map(|text| text.chars().map(rot13).collect()),
            Self::Unknown => utf8(bytes).or_else(|(text, _)| Ok(text)),
        }
    }
}

fn utf8(bytes: Vec<u8>) -> Result<String, Flawed> {
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        (String::from_utf8_lossy(error.as_bytes()).into_owned(), at)
    })
}

fn ascii(bytes: Vec<u8>) -> Result<String, Flawed> {
    let flaw = bytes.iter().position(|byte| !byte.is_ascii());
    let text = utf8(bytes).unwrap_or_else(|(text, _)| text);
    match flaw {
        Some(at) => Err((text, at)),
        None => Ok(text),
    }
}

fn latin1(bytes: Vec<u8>) -> String {
    if bytes.is_ascii() {
        utf8(bytes).unwrap_or_else(|(text, _)| text)
    } else {
        bytes.into_iter().map(char::from).collect()
    }
}

fn by_table(encoding: &'static Encoding, bytes: &[u8]) -> Result<String, Flawed> {
    let (text, flawed) = encoding.decode_without_bom_handling(bytes);
    if flawed { checked(text.into_owned()) } else { Ok(text.into_owned()) }
}

fn checked(text: String) -> Result<String, Flawed> {
    match text.find(char::REPLACEMENT_CHARACTER) {
        Some(at) => Err((text, at)),
        None => Ok(text),
    }
}

fn utf32(bytes: &[u8], big_endian: bool) -> String {
    let units = bytes.chunks(4).map(|unit| <[u8; 4]>::try_from(unit).ok());
    let values = units.map(|unit| unit.map(if big_endian { u32::from_be_bytes } else { u32::from_le_bytes }));
    values.map(|value| value.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// UTF-7 ([RFC 2152](https://www.rfc-editor.org/rfc/rfc2152)): `+` starts UTF-16 in base64, any other sign ends it,
/// and a `-` that ends it is dropped.
fn utf7(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte != b'+' {
            text.push(if byte.is_ascii() { char::from(*byte) } else { char::REPLACEMENT_CHARACTER });
            continue;
        }
        let length = rest.iter().position(|byte| base64(*byte).is_none()).unwrap_or(rest.len());
        let (coded, after) = rest.split_at(length);
        rest = after.strip_prefix(b"-").unwrap_or(after);
        if coded.is_empty() {
            text.push('+');
            continue;
        }
        let (mut bits, mut buffer, mut units) = (0, 0u32, Vec::new());
        for value in coded.iter().filter_map(|byte| base64(*byte)) {
            (bits, buffer) = (bits + 6, (buffer << 6 | value) & 0x3F_FFFF);
            if bits >= 16 {
                bits -= 16;
                units.extend(u16::try_from(buffer >> bits & 0xFFFF));
            }
        }
        if units.is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
        }
        text.extend(char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)));
    }
    text
}

fn base64(byte: u8) -> Option<u32> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    memchr::memchr(byte, ALPHABET).and_then(|value| u32::try_from(value).ok())
}

fn unicode_escape(source: &str) -> String {
    let mut text = String::with_capacity(source.len());
    unescape(source, Literal::default(), |part| match part {
        Part::Verbatim(part) => text.push_str(part),
        Part::Char(char) => text.push(char),
    });
    text
}

/// Knows `\u` and `\U` only; a backslash before anything else stands for itself and guards what follows.
fn raw_unicode_escape(source: &str) -> String {
    let mut text = String::with_capacity(source.len());
    let mut rest = source;
    while let Some((before, after)) = rest.split_once('\\') {
        text.push_str(before);
        let (found, length) = if after.starts_with(['u', 'U']) { escape(after, false) } else { (Escape::Unknown, 0) };
        rest = &after[length..];
        if let Escape::Char(char) = found {
            text.push(char);
        } else {
            text.push('\\');
            let mut chars = rest.chars();
            text.extend(chars.next());
            rest = chars.as_str();
        }
    }
    text.push_str(rest);
    text
}

pub(super) fn rot13(char: char) -> char {
    let turned = |byte: u8, first: u8| char::from(first + (byte - first + 13) % 26);
    match u8::try_from(char) {
        Ok(byte @ b'a'..=b'z') => turned(byte, b'a'),
        Ok(byte @ b'A'..=b'Z') => turned(byte, b'A'),
        _ => char,
    }
}
