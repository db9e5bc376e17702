//! The format specification of one field: fill, alignment, sign, width, grouping, precision, type (Python library,
//! "Format Specification Mini-Language").

use std::borrow::Cow;

use super::{big, repr};
use crate::value::{Shape, Value};

/// Wider fields are not built.
const MAX_WIDTH: usize = 1 << 16;
/// More digits after the point are not asked for.
const MAX_PRECISION: usize = 1 << 10;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Field {
    pub(super) fill: Option<char>,
    pub(super) align: Option<char>,
    pub(super) sign: Option<char>,
    pub(super) alternate: bool,
    pub(super) zero: bool,
    pub(super) width: usize,
    pub(super) group: Option<char>,
    pub(super) precision: Option<usize>,
    pub(super) kind: Option<char>,
}

/// Takes a number off the start of a text.
fn number(text: &mut &str) -> Option<Option<usize>> {
    let length = text.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, rest) = text.split_at(length);
    *text = rest;
    if digits.is_empty() { Some(None) } else { digits.parse().ok().map(Some) }
}

fn take(text: &mut &str, of: &[char]) -> Option<char> {
    let first = text.chars().next().filter(|first| of.contains(first))?;
    *text = &text[first.len_utf8()..];
    Some(first)
}

impl Field {
    pub(super) fn read(mut spec: &str) -> Option<Self> {
        const ALIGN: [char; 4] = ['<', '>', '=', '^'];
        let mut field = Self::default();
        let mut chars = spec.chars();
        if let (Some(fill), Some(align)) = (chars.next(), chars.next())
            && ALIGN.contains(&align)
        {
            field.fill = Some(fill);
            field.align = Some(align);
            spec = chars.as_str();
        } else {
            field.align = take(&mut spec, &ALIGN);
        }
        field.sign = take(&mut spec, &['+', '-', ' ']);
        take(&mut spec, &['z']);
        field.alternate = take(&mut spec, &['#']).is_some();
        field.zero = take(&mut spec, &['0']).is_some();
        field.width = number(&mut spec)?.unwrap_or(0);
        field.group = take(&mut spec, &[',', '_']);
        if take(&mut spec, &['.']).is_some() {
            field.precision = Some(number(&mut spec)??);
        }
        let mut rest = spec.chars();
        field.kind = rest.next();
        let is_small = field.width <= MAX_WIDTH && field.precision.is_none_or(|digits| digits <= MAX_PRECISION);
        (is_small && rest.next().is_none()).then_some(field)
    }

    /// The value in the form that is asked for.
    pub(super) fn apply<'a>(self, value: &Value<'a>) -> Option<Cow<'a, str>> {
        match value.shape {
            Shape::Str(text) => self.text(text).map(Cow::Owned),
            Shape::Carrier(_) if let Some(bytes) = big::magnitude(value) => {
                if bytes.len() > 1 << 10 && !matches!(self.kind, Some('x')) {
                    return None;
                }
                let (prefix, digits) = match self.kind {
                    None | Some('d' | 'n') => ("", big::digits(bytes, 10)),
                    Some('x') => ("0x", big::digits(bytes, 16)),
                    Some('b') => ("0b", big::digits(bytes, 2)),
                    Some('o') => ("0o", big::digits(bytes, 8)),
                    _ => return None,
                };
                self.number(false, if self.alternate { prefix } else { "" }, &digits).map(Cow::Owned)
            }
            Shape::Partial(_) | Shape::Carrier(_) => repr::shown(value),
            Shape::Bool(truth) => self.int(i64::from(truth)).map(Cow::Owned),
            Shape::Int(number) => self.int(number).map(Cow::Owned),
            Shape::Float(number) => self.float(number).map(Cow::Owned),
            _ => None,
        }
    }

    pub(super) fn text(self, text: &str) -> Option<String> {
        if !matches!(self.kind, None | Some('s')) || self.sign.is_some() || self.group.is_some() || self.alternate {
            return None;
        }
        let text: String = text.chars().take(self.precision.unwrap_or(usize::MAX)).collect();
        let align = self.align.unwrap_or('<');
        if align == '=' { None } else { Some(self.padded(&text, align)) }
    }

    fn padded(self, text: &str, align: char) -> String {
        let missing = self.width.saturating_sub(text.chars().count());
        let fill = self.fill.unwrap_or(if self.zero { '0' } else { ' ' });
        let (left, right) = match align {
            '<' => (0, missing),
            '^' => (missing / 2, missing - missing / 2),
            _ => (missing, 0),
        };
        let pad = |count| std::iter::repeat_n(fill, count);
        pad(left).chain(text.chars()).chain(pad(right)).collect()
    }

    /// A number from its sign, what stands before its digits, and its digits.
    fn number(self, is_negative: bool, prefix: &str, digits: &str) -> Option<String> {
        let sign = match (is_negative, self.sign) {
            (true, _) => "-",
            (false, Some('+')) => "+",
            (false, Some(' ')) => " ",
            _ => "",
        };
        let head = [sign, prefix].concat();
        let align = self.align.unwrap_or(if self.zero { '=' } else { '>' });
        if align != '=' {
            return Some(self.padded(&[&head, digits].concat(), align));
        }
        let fill = self.fill.unwrap_or(if self.zero { '0' } else { ' ' });
        let missing = self.width.saturating_sub(head.len() + digits.len());
        // Zeros that are filled in are grouped, too.
        if missing > 0 && self.group.is_some() && fill == '0' {
            return None;
        }
        Some([&head, &*std::iter::repeat_n(fill, missing).collect::<String>(), digits].concat())
    }

    fn grouped(self, digits: &str, size: usize) -> String {
        let Some(separator) = self.group else { return digits.to_owned() };
        let mut grouped = String::new();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(size) {
                grouped.push(separator);
            }
            grouped.push(digit);
        }
        grouped
    }

    pub(super) fn int(self, number: i64) -> Option<String> {
        let size = number.unsigned_abs();
        let (prefix, digits, group) = match self.kind {
            None | Some('d' | 'n') => ("", size.to_string(), 3),
            Some('b') => ("0b", format!("{size:b}"), 4),
            Some('o') => ("0o", format!("{size:o}"), 4),
            Some('x') => ("0x", format!("{size:x}"), 4),
            Some('X') => ("0X", format!("{size:X}"), 4),
            Some('c') if self.sign.is_none() => {
                let character = char::from_u32(u32::try_from(number).ok()?)?;
                return Some(self.padded(&character.to_string(), self.align.unwrap_or('<')));
            }
            // As Python does: the nearest of the numbers that a float can hold.
            Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%') => return self.float(number as f64),
            _ => return None,
        };
        if self.precision.is_some() || self.group == Some(',') && group == 4 {
            return None;
        }
        self.number(number < 0, if self.alternate { prefix } else { "" }, &self.grouped(&digits, group))
    }

    pub(super) fn float(self, number: f64) -> Option<String> {
        let is_negative = number.is_sign_negative() && !number.is_nan();
        let size = if number.is_nan() { number } else { number.abs() };
        let precision = self.precision.unwrap_or(6);
        let digits = match self.kind {
            _ if !size.is_finite() => repr::float(size),
            Some('f' | 'F') => format!("{size:.precision$}"),
            Some('%') => format!("{:.precision$}%", size * 100.0),
            Some('e' | 'E') => exponential(size, precision)?,
            Some('g' | 'G' | 'n') => self.general(size, precision)?,
            None if self.precision.is_none() => repr::float(size),
            None => {
                let digits = self.general(size, precision)?;
                if digits.contains(['.', 'e']) { digits } else { digits + ".0" }
            }
            Some(_) => return None,
        };
        let digits = if matches!(self.kind, Some('E' | 'F' | 'G')) { digits.to_uppercase() } else { digits };
        let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        let digits = [&self.grouped(&digits[..end], 3), &digits[end..]].concat();
        self.number(is_negative, "", &digits)
    }

    fn general(self, size: f64, precision: usize) -> Option<String> {
        let precision = precision.max(1);
        let scientific = exponential(size, precision - 1)?;
        let (mantissa, exponent) = scientific.split_once('e')?;
        let magnitude: i64 = exponent.parse().ok()?;
        let most = i64::try_from(precision).ok()?;
        let trimmed = |digits: &str| match digits.contains('.') && !self.alternate {
            true => digits.trim_end_matches('0').trim_end_matches('.').to_owned(),
            false => digits.to_owned(),
        };
        if (-4..most).contains(&magnitude) {
            let decimals = usize::try_from(most - 1 - magnitude).ok()?;
            return Some(trimmed(&format!("{size:.decimals$}")));
        }
        Some(format!("{}e{exponent}", trimmed(mantissa)))
    }
}

/// With an exponent of a sign and two digits at least.
fn exponential(size: f64, precision: usize) -> Option<String> {
    let scientific = format!("{size:.precision$e}");
    let (mantissa, exponent) = scientific.split_once('e')?;
    let exponent: i32 = exponent.parse().ok()?;
    let sign = if exponent < 0 { '-' } else { '+' };
    Some(format!("{mantissa}e{sign}{:02}", exponent.abs()))
}
