//! The operator `%` on strings and bytes (Python library, "printf-style String Formatting").

use std::borrow::Cow;

use super::field::Field;
use super::{Tools, codec, repr};
use crate::value::{HOLE, Shape, Value};

/// `format % right`, whose unknown parts are holes. The right side is the arguments where it is a sequence.
pub(in crate::python::eval) fn percent<'a>(
    tools: &mut Tools<'a, '_>,
    format: &Value<'a>,
    right: &Value<'a>,
) -> Option<Value<'a>> {
    if !tools.budget.read(format.length(), tools.span) {
        return None;
    }
    match format.shape {
        Shape::Str(text) | Shape::Partial(text) => {
            let built = conversions(tools, text, right, false)?;
            tools.text(built)
        }
        Shape::Bytes(bytes) => {
            let built = conversions(tools, &codec::latin1(bytes), right, true)?;
            let bytes: Option<Vec<u8>> = built.chars().map(|character| u8::try_from(character).ok()).collect();
            tools.bytes(&bytes?)
        }
        _ => None,
    }
}

fn conversions<'a>(tools: &mut Tools<'a, '_>, format: &str, right: &Value<'a>, is_bytes: bool) -> Option<String> {
    let mut built = String::new();
    let mut rest = format;
    let mut arguments = Arguments { right, next: 0 };
    while let Some(at) = rest.find('%') {
        if !tools.has_room(built.len() + at) {
            return None;
        }
        built.push_str(&rest[..at]);
        // What is no conversion is an error.
        let Some(conversion) = Conversion::read(&rest[at + 1..], &mut arguments) else {
            built.push(HOLE);
            return Some(built);
        };
        rest = conversion.rest;
        if conversion.kind == '%' {
            built.push('%');
            continue;
        }
        let value = match (conversion.key, right.shape) {
            (Some(key), Shape::Dict(items)) if tools.budget.read_items(items.len(), tools.span) => {
                let is_key = |name: &Value<'_>| match name.shape {
                    Shape::Str(name) => name == key,
                    Shape::Bytes(name) => is_bytes && codec::latin1(name) == key,
                    _ => false,
                };
                items.iter().rfind(|(name, _)| is_key(name)).map(|(_, value)| *value)
            }
            (Some(_), _) => None,
            (None, _) => arguments.take(),
        };
        if !tools.budget.read(value.as_ref().map_or(0, Value::length), tools.span) {
            return None;
        }
        match value.and_then(|value| conversion.apply(&value, is_bytes)) {
            Some(text) if tools.has_room(built.len() + text.len()) => built.push_str(&text),
            Some(_) => return None,
            None => built.push(HOLE),
        }
    }
    if !tools.has_room(built.len() + rest.len()) {
        return None;
    }
    built.push_str(rest);
    Some(built)
}

struct Arguments<'v, 'a> {
    right: &'v Value<'a>,
    next: usize,
}

impl<'a> Arguments<'_, 'a> {
    fn take(&mut self) -> Option<Value<'a>> {
        let at = self.next;
        self.next += 1;
        match self.right.shape {
            Shape::Sequence(items) => items.get(at).copied(),
            _ => Some(*self.right).filter(|_| at == 0),
        }
    }

    fn number(&mut self) -> Option<i64> {
        super::given::integer(&self.take()?)
    }
}

/// What follows a `%`.
struct Conversion<'t> {
    key: Option<&'t str>,
    /// `None` where a width or precision is not known.
    field: Option<Field>,
    kind: char,
    rest: &'t str,
}

impl<'t> Conversion<'t> {
    fn read(text: &'t str, arguments: &mut Arguments<'_, '_>) -> Option<Self> {
        let (key, text) = match text.strip_prefix('(') {
            Some(inside) => inside.split_once(')').map(|(key, rest)| (Some(key), rest))?,
            None => (None, text),
        };
        let bare = text.trim_start_matches(['#', '0', '-', ' ', '+']);
        let flags = &text[..text.len() - bare.len()];
        let mut is_known = true;
        let mut number = |text: &'t str| -> (Option<i64>, &'t str) {
            if let Some(rest) = text.strip_prefix('*') {
                let number = arguments.number();
                is_known &= number.is_some();
                return (number, rest);
            }
            let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
            let digits = &text[..text.len() - rest.len()];
            let number = digits.parse().ok();
            is_known &= number.is_some() || digits.is_empty();
            (number, rest)
        };
        let (width, bare) = number(bare);
        let (precision, bare) = match bare.strip_prefix('.') {
            Some(bare) => {
                let (precision, bare) = number(bare);
                (Some(precision.unwrap_or(0).max(0)), bare)
            }
            None => (None, bare),
        };
        let bare = bare.strip_prefix(['h', 'l', 'L']).unwrap_or(bare);
        let kind = bare.chars().next()?;
        let is_left = flags.contains('-') || width.is_some_and(i64::is_negative);
        const MOST: u64 = 1 << 10;
        let width = width.unwrap_or(0).unsigned_abs();
        let is_small = width <= MOST << 6 && precision.is_none_or(|precision| precision.unsigned_abs() <= MOST);
        let field = Field {
            align: is_left.then_some('<'),
            sign: ['+', ' '].into_iter().find(|sign| flags.contains(*sign)),
            alternate: flags.contains('#'),
            zero: flags.contains('0') && !is_left,
            width: usize::try_from(width).ok()?,
            precision: precision.and_then(|precision| usize::try_from(precision).ok()),
            ..Field::default()
        };
        Some(Self { key, field: Some(field).filter(|_| is_known && is_small), kind, rest: &bare[kind.len_utf8()..] })
    }

    fn apply<'a>(&self, value: &Value<'a>, is_bytes: bool) -> Option<Cow<'a, str>> {
        let field = self.field?;
        let as_text = Field { align: field.align.or(Some('>')), sign: None, alternate: false, zero: false, ..field };
        let padded = |text: Cow<'a, str>| match as_text.width == 0 && as_text.precision.is_none() {
            true => Some(text),
            false if text.contains(HOLE) => Some(text),
            false => as_text.text(&text).map(Cow::Owned),
        };
        match (self.kind, value.shape) {
            ('s' | 'b', Shape::Bytes(bytes)) if is_bytes => padded(Cow::Owned(codec::latin1(bytes).into_owned())),
            ('s', _) if !is_bytes => padded(repr::shown(value)?),
            ('r', _) if !is_bytes => padded(Cow::Owned(repr::repr(value)?)),
            ('a', _) | ('r', _) => padded(Cow::Owned(repr::ascii(value)?)),
            ('c', Shape::Int(code)) => {
                let character = char::from_u32(u32::try_from(code).ok()?).filter(|c| !is_bytes || *c <= '\u{FF}')?;
                padded(Cow::Owned(character.to_string()))
            }
            ('c', Shape::Str(text)) if text.chars().count() == 1 => padded(Cow::Borrowed(text)),
            ('c', Shape::Bytes([byte])) => padded(Cow::Owned(char::from(*byte).to_string())),
            ('d' | 'i' | 'x' | 'o', Shape::Carrier(_)) if field.width == 0 && field.precision.is_none() => {
                let kind = if self.kind == 'i' { 'd' } else { self.kind };
                Field { kind: Some(kind), ..field }.apply(value)
            }
            ('d' | 'i' | 'u' | 'o' | 'x' | 'X', _) => {
                let number = match (self.kind, value.shape) {
                    // Cut towards zero; what does not fit gives the nearest number, which is no matter for a float.
                    ('d' | 'i' | 'u', Shape::Float(number)) if number.abs() < 1e18 => number.trunc() as i64,
                    _ => super::given::integer(value)?,
                };
                let kind = if matches!(self.kind, 'i' | 'u') { 'd' } else { self.kind };
                let field = Field { kind: Some(kind), precision: None, ..field };
                match self.field?.precision {
                    // A precision is a least number of digits.
                    Some(digits) => {
                        let zeros = Field { width: digits + usize::from(number < 0), zero: true, ..Field::default() };
                        let number = Field { kind: Some(kind), ..zeros }.int(number)?;
                        Field { precision: None, ..as_text }.text(&number).map(Cow::Owned)
                    }
                    None => field.int(number).map(Cow::Owned),
                }
            }
            ('e' | 'E' | 'f' | 'F' | 'g' | 'G', Shape::Float(number)) => {
                Field { kind: Some(self.kind), ..field }.float(number).map(Cow::Owned)
            }
            ('e' | 'E' | 'f' | 'F' | 'g' | 'G', _) => {
                let number = super::given::integer(value)?;
                // As Python does: the nearest of the numbers that a float can hold.
                Field { kind: Some(self.kind), ..field }.float(number as f64).map(Cow::Owned)
            }
            _ => None,
        }
    }
}
