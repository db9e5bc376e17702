//! Keys in lines of base64, as they stand in files, in strings of code, in JSON and in YAML: taken out of quotes,
//! escapes, operators, indentation and signs of comments.

/// What stands between `-----BEGIN` and `-----END`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Armour {
    /// What kind of thing it is said to be, at its begin and at its end.
    pub(super) begin: String,
    pub(super) end: String,
    /// `Proc-Type: 4,ENCRYPTED` and the like: lines with a colon before the base64.
    pub(super) headers: Vec<String>,
    /// The base64, in one line.
    pub(super) body: Vec<u8>,
    /// The line of a checksum, without its `=` (RFC 9580, 6.1).
    pub(super) sum: Option<Vec<u8>>,
}

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";

/// The armour in a value, where one begins and ends.
pub(super) fn read(value: &[u8]) -> Option<Armour> {
    let text = plain(&value[memchr::memmem::find(value, BEGIN)?..]);
    let text = &text[BEGIN.len()..];
    let (begin, text) = cut(text, DASHES)?;
    let (inside, text) = cut(text, END)?;
    let (end, _) = cut(text, DASHES)?;
    let name = |label: &[u8]| String::from_utf8_lossy(label).into_owned();
    let mut armour = Armour { begin: name(begin), end: name(end), ..Armour::default() };
    for line in lines(inside) {
        if armour.body.is_empty() && line.contains(&b':') {
            armour.headers.push(name(line));
            continue;
        }
        for word in line.split(u8::is_ascii_whitespace).filter_map(body) {
            match word.strip_prefix(b"=") {
                Some(sum) if sum.len() == 4 => armour.sum = Some(sum.to_vec()),
                _ => armour.body.extend_from_slice(word),
            }
        }
    }
    Some(armour)
}

/// What stands before and after the first of these.
fn cut<'t>(text: &'t [u8], mark: &[u8]) -> Option<(&'t [u8], &'t [u8])> {
    let at = memchr::memmem::find(text, mark)?;
    Some((&text[..at], &text[at + mark.len()..]))
}

/// The lines of a text that are not empty, trimmed.
pub(super) fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty())
}

/// A word without what comments and code put around it; nothing where it is no more than that.
pub(super) fn body(word: &[u8]) -> Option<&[u8]> {
    let around = |byte: &u8| matches!(byte, b'#' | b'*' | b';' | b',' | b'|' | b'>' | b'<' | b'(' | b')' | b'[' | b']');
    let start = word.iter().position(|byte| !around(byte))?;
    let end = word.iter().rposition(|byte| !around(byte))? + 1;
    let word = &word[start..end];
    word.iter().any(|byte| !matches!(byte, b'+' | b'/' | b'.' | b'&' | b'-')).then_some(word)
}

/// Text without the code around it, which begins inside of a string, if it is in any. Quotes end a line; what stands
/// between two strings is left out. A line without quotes is a line of a longer string or of a file.
pub(super) fn plain(value: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(value.len());
    let mut in_string = true;
    for line in value.split(|byte| *byte == b'\n') {
        let mut inside = in_string || !line.iter().any(quote);
        let mut rest = line;
        while let Some((byte, after)) = rest.split_first() {
            rest = after;
            if quote(byte) {
                inside = !inside;
                in_string = inside;
                text.push(b'\n');
            } else if *byte == b'\\' {
                let (meant, length) = escape(after);
                rest = &after[length..];
                text.extend(meant.filter(|_| inside));
            } else if inside {
                text.push(if *byte == b'\r' { b'\n' } else { *byte });
            }
        }
        text.push(b'\n');
    }
    text
}

fn quote(byte: &u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`')
}

/// What a backslash and what stands after it mean, and how much of that it takes. A quote is left to be seen; so is
/// another backslash, for strings in strings.
fn escape(after: &[u8]) -> (Option<u8>, usize) {
    match after {
        [b'n' | b'r' | b't', ..] => (Some(b'\n'), 1),
        [b'/', ..] => (Some(b'/'), 1),
        [b'u', b'0', b'0', high, low, ..] => match (super::alphabet::nibble(*high), super::alphabet::nibble(*low)) {
            (Some(high), Some(low)) => (Some(high << 4 | low), 5),
            _ => (None, 0),
        },
        _ => (None, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = "TUlJRXZBSUJB+ERBTkJna3Foa2lHOXcw/kFRRUZBQVND";
    const LAST: &str = "QmFzZTY0IG9m+bm90aGlu/w==";

    fn label(side: &str) -> String {
        format!("-----{side} SOME PRIVATE KEY-----")
    }

    /// However the lines of a key are written down, its body is the same.
    #[test]
    fn a_body_is_taken_out_of_whatever_stands_around_it() {
        let (begin, end) = (label("BEGIN"), label("END"));
        let ways = [
            format!("{begin}\n{FIRST}\n{LAST}\n{end}"),
            format!("{begin}\r\n{FIRST}\r\n{LAST}\r\n{end}\r\n"),
            format!("{begin}\n    {FIRST}\n\t{LAST}\n  {end}"),
            format!("{begin}\\n{FIRST}\\n{LAST}\\n{end}\\n"),
            format!("{begin}\\\\n{FIRST}\\\\n{LAST}\\\\n{end}"),
            format!("{begin}\\u000a{}\\u000a{LAST}\\u000a{end}", FIRST.replace('+', "\\u002b")),
            format!("{begin}\\n{}\\n{}\\n{end}", FIRST.replace('/', "\\/"), LAST.replace('/', "\\/")),
            format!("{begin}\\n\" +\n    \"{FIRST}\\n\" +\n    \"{LAST}\\n\" +\n    \"{end}\""),
            format!("{begin}\\n\"\n    \"{FIRST}\\n\"\n    \"{LAST}\\n\"\n    \"{end}\\n\";"),
            format!("{begin}\\n'\nkey += '{FIRST}\\n'\nkey += '{LAST}\\n'\nkey += '{end}'"),
            format!("{begin}\",\n  \"{FIRST}\",\n  \"{LAST}\",\n  \"{end}\"\n]"),
            format!("{begin}\\n\" . \"{FIRST}\" . \"{LAST}\" . \"{end}"),
            format!("{begin}\\n\\\n{FIRST}\\n\\\n{LAST}\\n\\\n{end}"),
            format!("{begin}\n# {FIRST}\n# {LAST}\n# {end}"),
            format!("{begin}\n// {FIRST}\n// {LAST}\n// {end}"),
            format!("{begin}\n * {FIRST}\n * {LAST}\n * {end}"),
            format!("{begin} {FIRST} {LAST} {end}"),
            format!("{begin}\\\"\\n\\\"{FIRST}\\\"\\n\\\"{LAST}\\\"\\n\\\"{end}\\\""),
        ];
        for way in ways {
            let armour = read(way.as_bytes());
            assert!(armour.is_some(), "{way}");
            let armour = armour.unwrap_or_default();
            assert_eq!(String::from_utf8_lossy(&armour.body), [FIRST, LAST].concat(), "{way}");
            assert_eq!((armour.begin.as_str(), armour.end.as_str()), ("SOME PRIVATE KEY", "SOME PRIVATE KEY"));
            assert_eq!(armour.headers, Vec::<String>::new());
        }
    }

    #[test]
    fn headers_and_sums_are_told_from_the_body() {
        let text = format!(
            "x = '''{}\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES\n\n{LAST}\n=Ab1+\n{}'''",
            label("BEGIN"),
            label("END")
        );
        let armour = read(text.as_bytes()).unwrap_or_default();
        assert_eq!(armour.headers, ["Proc-Type: 4,ENCRYPTED", "DEK-Info: AES"]);
        assert_eq!((armour.body.as_slice(), armour.sum.as_deref()), (LAST.as_bytes(), Some(&b"Ab1+"[..])));
    }

    #[test]
    fn what_does_not_begin_or_end_is_none() {
        for text in
            [label("BEGIN"), label("END"), format!("{}\nAAAA\n-----END", label("BEGIN")), "-----BEGIN ".to_owned()]
        {
            assert_eq!(read(text.as_bytes()), None, "{text}");
        }
    }
}
