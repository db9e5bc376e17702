//! How something is assigned to a name: the sign that follows the name, and where the value begins.

use std::ops::Range;

use super::syntax::Syntax;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    /// `=`, `:=`, `=>`.
    Assign,
    Colon,
    /// `==`, `!=`, `.equals(…)`.
    Compare,
    /// `setPassword("…")`.
    Call,
    /// `put("password", "…")`.
    Comma,
    /// `["login", "password", "…"]`: more often a row of names.
    List,
    /// `<password>…</password>`.
    Element,
    /// `--password …`, `PASSWORD '…'`.
    Space,
    /// `name: PASSWORD`, and `value: …` in the next line.
    Pair,
}

/// The sign, and where what is assigned begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sign {
    pub(super) operator: Operator,
    pub(super) start: usize,
}

/// How far after the name a value may begin.
const REACH: usize = 160;

/// With these, what is called sets what the name says.
const SETTERS: [&[u8]; 6] = [b"set", b"with", b"update", b"change", b"use", b"add"];

/// What may stand around a literal without changing it.
const WRAPPERS: [&[u8]; 14] = [
    b"(",
    b"new String(",
    b"String(",
    b"[]byte(",
    b"Some(",
    b"bytes(",
    b"str(",
    b"String::from(",
    b"std::string(",
    b"SecretStr(",
    b"Secret(",
    b"Buffer.from(",
    b"ConvertTo-SecureString ",
    b"-String ",
];

/// What is written after a name that is given its value by a second field.
const FIELDS: [&[u8]; 4] = [b"value", b"Value", b"default", b"default_value"];

/// The sign after the name, in which the telling word begins at `word`.
pub(super) fn after(text: &[u8], name: &Range<usize>, word: usize, syntax: Syntax) -> Option<Sign> {
    let text = &text[..text.len().min(name.end + REACH)];
    let before = name.start.checked_sub(1).map_or(b'\n', |index| text[index]);
    let mut at = name.end;
    let is_quoted = match text.get(at..)? {
        [b'"' | b'\'' | b'`', ..] => {
            at += 1;
            true
        }
        [b'\\', b'"' | b'\'', ..] => {
            at += 2;
            true
        }
        _ => false,
    };
    if is_quoted && !opens(text, name.start, text[at - 1]) {
        return None;
    }
    let is_tag = !is_quoted && matches!(before, b'<' | b':') && syntax == Syntax::Xml;
    if let Some(start) = is_tag.then(|| element(text, at)).flatten() {
        return Some(Sign { operator: Operator::Element, start });
    }
    if !is_quoted && before == b'/' && matches!(text.get(at), Some(b'>')) {
        return None;
    }
    at = closers(text, at, is_quoted);
    let spaced = spaces(text, at);
    let (operator, mut start) = sign(text, name, at, spaced, is_quoted, syntax)?;
    // `token.encode("utf-8")` sets no token.
    if operator == Operator::Call && text[word..name.end].contains(&b'.') {
        return None;
    }
    start = spaces(text, start);
    if operator != Operator::Pair && matches!(text.get(start), Some(b'\n' | b'\r')) {
        start = if syntax == Syntax::Code { blanks(text, start) } else { return None };
    }
    if operator == Operator::Colon && syntax == Syntax::Code {
        start = annotation(text, start).unwrap_or(start);
    }
    if syntax == Syntax::Code {
        start += WRAPPERS.iter().find(|wrapper| text[start..].starts_with(wrapper)).map_or(0, |wrapper| wrapper.len());
    }
    if operator == Operator::Element && text[start..].get(..7).is_some_and(|tag| tag.eq_ignore_ascii_case(b"<value>")) {
        start += 7;
    }
    (start < text.len()).then_some(Sign { operator, start })
}

fn sign(
    text: &[u8],
    name: &Range<usize>,
    at: usize,
    spaced: usize,
    is_quoted: bool,
    syntax: Syntax,
) -> Option<(Operator, usize)> {
    Some(match text.get(spaced..)? {
        [b'=', b'=', b'=', ..] | [b'!', b'=', b'=', ..] => (Operator::Compare, spaced + 3),
        [b'=' | b'!', b'=', ..] => (Operator::Compare, spaced + 2),
        [b'=', b'~', ..] => return None,
        [b'=', b'>', ..] | [b':' | b'?', b'=', ..] | [b'<', b'-', ..] => (Operator::Assign, spaced + 2),
        [b'|', b'|', b'=', ..] | [b'?', b'?', b'=', ..] => (Operator::Assign, spaced + 3),
        [b'=', ..] => (Operator::Assign, spaced + 1),
        [b':', b':', ..] => return None,
        [b':', ..] => (Operator::Colon, spaced + 1),
        [b',', ..] if is_quoted => match field(text, spaced + 1) {
            Some(start) => (Operator::Pair, start),
            None => {
                (if is_argument(text, name.start) { Operator::Comma } else { Operator::List }, blanks(text, spaced + 1))
            }
        },
        [b'(', ..] if !is_quoted && syntax == Syntax::Code => call(&text[name.clone()], spaced + 1)?,
        [b'>', ..] if is_quoted && syntax == Syntax::Xml => (Operator::Element, spaced + 1),
        [b'<', b'/', b'k', b'e', b'y', b'>', ..] => {
            let next = blanks(text, spaced + 6);
            text[next..].starts_with(b"<string>").then_some((Operator::Element, next + 8))?
        }
        [b'\n' | b'\r' | b'{', ..] => (Operator::Pair, field(text, spaced + 1)?),
        [b'v', ..] if is_quoted && syntax == Syntax::Xml => (Operator::Assign, field(text, spaced)?),
        [b's' | b'[' | b'A', ..] if spaced > at && syntax == Syntax::Code => (Operator::Assign, typed(text, spaced)?),
        [_, ..] if spaced > at => (Operator::Space, space(text, name, spaced, is_quoted, syntax)?),
        _ => return None,
    })
}

/// Whether the quote that closes after a name was opened right before it.
fn opens(text: &[u8], start: usize, quote: u8) -> bool {
    let before = text[..start].iter().rev().take(4).find(|byte| !matches!(**byte, b'-' | b'$' | b'_' | b'/'));
    before == Some(&quote)
}

/// Whether a quoted name is the first argument of a call, or an option of a command.
fn is_argument(text: &[u8], start: usize) -> bool {
    let mut before = text[..start].iter().rev().take(6);
    match before.find(|byte| matches!(**byte, b'"' | b'\'' | b'`' | b'-')) {
        Some(b'-') => true,
        _ => before.next() == Some(&b'('),
    }
}

/// `]` and `()` after what was got by name.
fn closers(text: &[u8], mut at: usize, is_quoted: bool) -> usize {
    match text.get(at..) {
        Some([b']', ..]) if is_quoted => at += 1,
        Some([b'(', b')', ..]) => at += 2,
        Some([b'[', b']', ..]) => at += 2,
        Some([b'[', rest @ ..]) => {
            let digits = rest.iter().take(8).take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
            if rest.get(digits) == Some(&b']') {
                at += digits + 2;
            }
        }
        // `**Password**: …`.
        Some([b'*', b'*', ..]) => at += 2,
        Some([b'?' | b'!', b':', ..]) => at += 1,
        // A property of C#, and what it begins with.
        Some([b' ', b'{', rest @ ..]) if rest.starts_with(b" get; ") => {
            at += rest.iter().take(24).position(|byte| *byte == b'}').map_or(0, |end| end + 3);
        }
        _ => {}
    }
    at
}

fn spaces(text: &[u8], at: usize) -> usize {
    at + text[at.min(text.len())..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

fn blanks(text: &[u8], at: usize) -> usize {
    at + text[at.min(text.len())..].iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

/// Where the text of an element begins whose name ends here.
fn element(text: &[u8], at: usize) -> Option<usize> {
    match text.get(at)? {
        b'>' => Some(at + 1),
        b' ' => {
            let close = text[at..].iter().position(|byte| matches!(byte, b'>' | b'<' | b'\n'))?;
            (text[at + close] == b'>' && text[at + close - 1] != b'/').then_some(at + close + 1)
        }
        _ => None,
    }
}

/// `value: …` and its like after the name, where `name: …` stood before it.
fn field(text: &[u8], at: usize) -> Option<usize> {
    let mut at = blanks(text, at);
    let is_quoted = matches!(text.get(at), Some(b'"' | b'\''));
    at += usize::from(is_quoted);
    let field = FIELDS.iter().rev().find(|field| text[at.min(text.len())..].starts_with(field))?;
    at = spaces(text, at + field.len() + usize::from(is_quoted));
    matches!(text.get(at), Some(b':' | b'=')).then(|| spaces(text, at + 1))
}

/// A call that sets what its name says, or compares with it.
fn call(name: &[u8], start: usize) -> Option<(Operator, usize)> {
    let last = name.rsplit(|byte| *byte == b'.').next()?;
    if last.eq_ignore_ascii_case(b"equals") || last.eq_ignore_ascii_case(b"eq") {
        return Some((Operator::Compare, start));
    }
    let sets =
        SETTERS.iter().any(|setter| last.get(..setter.len()).is_some_and(|start| start.eq_ignore_ascii_case(setter)));
    (sets || last.len() <= 10 && name.len() > last.len()).then_some((Operator::Call, start))
}

/// `password string = "…"`, as Go writes a type, and `password As String = "…"`, as Basic does.
fn typed(text: &[u8], at: usize) -> Option<usize> {
    let of_type =
        [b"string".as_slice(), b"[]byte", b"As String"].into_iter().find(|name| text[at..].starts_with(name))?;
    let next = spaces(text, at + of_type.len());
    (text.get(next) == Some(&b'=') && text.get(next + 1) != Some(&b'=')).then_some(next + 1)
}

/// The value after a name and a space: quoted, or the argument of an option, or of a setting that begins its line.
fn space(text: &[u8], name: &Range<usize>, start: usize, is_quoted: bool, syntax: Syntax) -> Option<usize> {
    let before = name.start.checked_sub(1).map_or(b'\n', |index| text[index]);
    let is_option = before == b'-' && !is_quoted;
    let is_value = match text[start] {
        b'"' | b'\'' => !is_quoted && (is_option || before == b':' || before.is_ascii_whitespace()),
        _ if is_option => !matches!(syntax, Syntax::Code | Syntax::Xml) || text[start].is_ascii_alphanumeric(),
        _ if syntax == Syntax::Dockerfile => text[..name.start].ends_with(b"ENV "),
        _ => before == b'\n' && syntax == Syntax::Ini && !is_quoted,
    };
    is_value.then_some(start)
}

/// Where the value begins after `: str = ` and its like.
fn annotation(text: &[u8], start: usize) -> Option<usize> {
    let length = text[start.min(text.len())..]
        .iter()
        .take(60)
        .take_while(|byte| byte.is_ascii_alphanumeric() || b"_<>[]&'?.| ,".contains(byte))
        .count();
    let equals = start + length;
    // A string may stand here, whose quotes are none of those of a type (`'static`).
    let is_type = length > 0 && text[start].is_ascii_alphabetic() || text.get(start) == Some(&b'&');
    (is_type && text.get(equals) == Some(&b'=') && text.get(equals + 1) != Some(&b'='))
        .then(|| spaces(text, equals + 1))
}
