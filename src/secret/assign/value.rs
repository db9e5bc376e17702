//! What is assigned: the bytes between the quotes, or up to where a value without quotes ends.

use std::ops::Range;

use super::operator::{Operator, Sign};
use super::syntax::Syntax;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quote {
    Single,
    Double,
    Backtick,
    /// None, in a file in which values need none.
    Bare,
    /// None, within a string that holds settings: `"host=a;password=b"`.
    Embedded,
}

#[derive(Clone, Debug)]
pub(super) struct Value {
    pub(super) at: Range<usize>,
    pub(super) quote: Quote,
}

/// The longest value that we judge: longer ones are documents.
const LONGEST: usize = 512;
/// How far back we look for the quote that a value stands in.
const BACK: usize = 200;

/// What may be called on a literal that stays what it is.
const HARMLESS: [&[u8]; 14] = [
    b"encode",
    b"to_string",
    b"to_owned",
    b"into",
    b"getBytes",
    b"toCharArray",
    b"as_bytes",
    b"trim",
    b"strip",
    b"freeze",
    b"toString",
    b"b64decode",
    b"data",
    b"decode",
];

/// Schemes of the header `Authorization`, which are no part of the credential.
const SCHEMES: [&[u8]; 5] = [b"Bearer ", b"bearer ", b"Basic ", b"token ", b"Token "];

pub(super) fn read(text: &[u8], name: &Range<usize>, sign: Sign, syntax: Syntax) -> Option<Value> {
    let mut value = match opening(text, sign.start) {
        Some((start, quote)) => quoted(text, start, quote, syntax)?,
        None if sign.operator == Operator::Element => {
            let end = run(text, sign.start, |byte| matches!(byte, b'<' | b'\n'))?;
            // Without the end of the element it is not one.
            (text.get(end) == Some(&b'<')).then_some(Value { at: sign.start..end, quote: Quote::Bare })?
        }
        None => match fallback(text, sign.start, syntax) {
            Some((start, quote)) => quoted(text, start, quote, syntax)?,
            None => bare(text, name, sign, syntax.at(text, name.start))?,
        },
    };
    let inner = &text[value.at.clone()];
    value.at.start += inner.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    value.at.end -= inner.iter().rev().take_while(|byte| byte.is_ascii_whitespace()).count().min(value.at.len());
    if let Some(scheme) = SCHEMES.iter().find(|scheme| text[value.at.clone()].starts_with(scheme)) {
        value.at.start += scheme.len();
    }
    // Passwords in other scripts than Latin are rare, and words in them are many.
    let is_ascii = text[value.at.clone()].iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ');
    (is_ascii && !value.at.is_empty()).then_some(value)
}

/// Where the string begins that opens here, and its quote: with the letters that may stand before it.
fn opening(text: &[u8], at: usize) -> Option<(usize, &[u8])> {
    let letters = text[at..].iter().take(3).take_while(|byte| b"rRbBuUfFLN@$#".contains(byte)).count();
    let at = at + letters;
    let quote = match text.get(at..)? {
        [b'"', b'"', b'"', ..] | [b'\'', b'\'', b'\'', ..] => &text[at..at + 3],
        [b'"' | b'\'' | b'`', ..] => &text[at..=at],
        [b'\\', b'"' | b'\'', ..] if letters == 0 => &text[at..at + 2],
        _ => return None,
    };
    Some((at + quote.len(), quote))
}

/// The string that stands in where a variable is not set: `process.env.X || "…"`, `ENV["X"] or "…"`.
fn fallback(text: &[u8], start: usize, syntax: Syntax) -> Option<(usize, &[u8])> {
    if syntax != Syntax::Code {
        return None;
    }
    let rest = &text[start..text.len().min(start + 80)];
    let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"_.$[]()\"':".contains(byte)).count();
    let operator = rest.get(length..)?;
    let wide = [b" || ".as_slice(), b" ?? ", b" or ", b" ?: "].iter().find(|sign| operator.starts_with(sign))?.len();
    (length > 0).then(|| opening(text, start + length + wide))?
}

fn quoted(text: &[u8], start: usize, quote: &[u8], syntax: Syntax) -> Option<Value> {
    let reach = &text[start..text.len().min(start + LONGEST + quote.len())];
    let mut at = 0;
    let end = loop {
        let rest = reach.get(at..)?;
        match rest {
            [] | [b'\n' | b'\r', ..] => return None,
            _ if rest.starts_with(quote) => break start + at,
            [b'\\', _, ..] if quote[0] != b'\\' => at += 2,
            _ => at += 1,
        }
    };
    let mark = *quote.last()?;
    let is_whole = syntax != Syntax::Code || ends_there(text, end + quote.len(), mark);
    let quote = match mark {
        b'\'' => Quote::Single,
        b'`' => Quote::Backtick,
        _ => Quote::Double,
    };
    is_whole.then_some(Value { at: start..end, quote })
}

/// Whether the expression ends with the string: nothing is added to it, filled in, or taken out of it.
fn ends_there(text: &[u8], end: usize, mark: u8) -> bool {
    let rest = &text[end.min(text.len())..text.len().min(end + 40)];
    let spaces = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    match &rest[spaces..] {
        [b'+' | b'%' | b'[' | b'?', ..] => false,
        [b'.', method @ ..] => HARMLESS.iter().any(|harmless| method.starts_with(harmless)),
        [next, ..] if *next == mark && mark != b'`' => false,
        _ => true,
    }
}

/// A value without quotes.
fn bare(text: &[u8], name: &Range<usize>, sign: Sign, syntax: Syntax) -> Option<Value> {
    let start = sign.start;
    let is_blank = |byte: u8| byte.is_ascii_whitespace();
    let ends_word = |byte: u8| is_blank(byte) || b"\"'`<>|,;)".contains(&byte);
    if is_embedded(text, name, sign) {
        let end = run(text, start, |byte| ends_word(byte) || byte == b'&' || byte == b'\\')?;
        return Some(Value { at: start..end, quote: Quote::Embedded });
    }
    if !syntax.takes_bare()
        || matches!(sign.operator, Operator::Comma | Operator::List | Operator::Call | Operator::Compare)
    {
        return None;
    }
    let is_tight = text[start - 1] == b':';
    let end = match (syntax, sign.operator) {
        (Syntax::Shell | Syntax::Dockerfile, Operator::Colon) => return None,
        (Syntax::Yaml, Operator::Colon) if is_tight => return None,
        (Syntax::Yaml, Operator::Colon | Operator::Pair) => yaml(text, name, start)?,
        (Syntax::Env | Syntax::Ini | Syntax::Properties, Operator::Assign | Operator::Colon) => {
            let end = run(text, start, |byte| byte == b'\n' || byte == b'\r')?;
            comment(text, start..end)
        }
        // A sign of a shell stands right between name and value.
        (Syntax::Shell, Operator::Assign) if is_blank(text[start - 1]) || text[start - 1] != b'=' => return None,
        (Syntax::Prose | Syntax::Other, _) => {
            let end = run(text, start, |byte| ends_word(byte) || byte == b'&')?;
            end - usize::from(end > start && matches!(text[end - 1], b'.' | b':'))
        }
        _ => run(text, start, ends_word)?,
    };
    // What an address hands over: `https://host/?token=…`.
    let quote = if matches!(text[name.start - usize::from(name.start > 0)], b'?' | b'&') {
        Quote::Embedded
    } else {
        Quote::Bare
    };
    let is_cut = matches!(text[start..end].last(), Some(b'"' | b'\'' | b'`'));
    (!is_cut).then_some(Value { at: start..end, quote })
}

/// How far from `start` the first byte is that ends a value; none where it is further than any value is long.
fn run(text: &[u8], start: usize, ends: impl Fn(u8) -> bool) -> Option<usize> {
    let reach = &text[start..text.len().min(start + LONGEST + 1)];
    let length = reach.iter().position(|byte| ends(*byte)).unwrap_or(reach.len());
    (length <= LONGEST).then_some(start + length)
}

fn yaml(text: &[u8], name: &Range<usize>, start: usize) -> Option<usize> {
    if matches!(text[start], b'|' | b'>' | b'&' | b'*' | b'!' | b'{' | b'[') {
        return None;
    }
    let is_flow = text[name.start.saturating_sub(BACK)..name.start]
        .iter()
        .rev()
        .take_while(|byte| **byte != b'\n')
        .any(|byte| *byte == b'{');
    let end = run(text, start, |byte| matches!(byte, b'\n' | b'\r') || is_flow && matches!(byte, b',' | b'}'))?;
    Some(comment(text, start..end))
}

/// Where the value ends before a comment.
fn comment(text: &[u8], value: Range<usize>) -> usize {
    let begins = text[value.clone()].windows(2).position(|pair| pair == b" #" || pair == b"\t#");
    begins.map_or(value.end, |length| value.start + length)
}

/// Whether name and value stand with others like them in one string: after `;`, `&` or `?`, or as an option of a command.
fn is_embedded(text: &[u8], name: &Range<usize>, sign: Sign) -> bool {
    let before = name.start.checked_sub(1).map_or(0, |index| text[index]);
    let is_tight = text[sign.start - 1] == b'=' && text[sign.start - 2].is_ascii_alphanumeric();
    let may = match before {
        b';' | b'&' | b'?' | b'-' | b' ' | b'"' | b'\'' => sign.operator == Operator::Assign && is_tight,
        _ => false,
    };
    may && {
        let line = text[name.start.saturating_sub(BACK)..name.start].iter().rev().take_while(|byte| **byte != b'\n');
        let (mut double, mut single) = (0, 0);
        for byte in line {
            double += usize::from(*byte == b'"');
            single += usize::from(*byte == b'\'');
        }
        double % 2 == 1 || single % 2 == 1
    }
}
