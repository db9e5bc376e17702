//! Numbers: read from text, written in bases, and their methods.

use super::given::{Given, integer};
use super::{Table, Tools, big, int, operator, truth};
use crate::python::tree::BinaryOp;
use crate::value::{Shape, Value};

pub(super) const FUNCTIONS: Table = &[
    ("builtins.int", to_int),
    ("builtins.float", to_float),
    ("builtins.bin", |tools, given| based(tools, given, 2)),
    ("builtins.oct", |tools, given| based(tools, given, 8)),
    ("builtins.hex", |tools, given| based(tools, given, 16)),
    ("builtins.abs", |_, given| match given.at(0)?.shape {
        Shape::Float(number) => Some(float(number.abs())),
        _ => given.int("", 0)?.checked_abs().map(int),
    }),
    ("builtins.pow", power),
    ("builtins.divmod", |tools, given| {
        let (a, b) = (given.at(0)?, given.at(1)?);
        let quotient = operator::binary(tools, BinaryOp::FloorDiv, &a, &b)?;
        let remainder = operator::binary(tools, BinaryOp::Mod, &a, &b)?;
        tools.sequence(&[quotient, remainder])
    }),
    ("builtins.round", round),
    ("builtins.int.from_bytes", from_bytes),
    ("builtins.int.to_bytes", |tools, given| {
        let (first, given) = given.split()?;
        tools.method(first, "to_bytes", &given)
    }),
    ("builtins.int.bit_length", |tools, given| method(tools, given.int("", 0)?, "bit_length", &Given::of(&[]))),
    ("math.floor", |_, given| rounded(given, f64::floor)),
    ("math.ceil", |_, given| rounded(given, f64::ceil)),
    ("math.trunc", |_, given| rounded(given, f64::trunc)),
    ("math.sqrt", |_, given| number(&given.at(0)?).filter(|number| *number >= 0.0).map(|number| float(number.sqrt()))),
    ("math.isqrt", |_, given| u64::try_from(given.int("", 0)?).ok()?.isqrt().try_into().ok().map(int)),
    ("math.gcd", |_, given| {
        let mut all = 0_u64;
        for value in &given.positional {
            let mut other = integer(value)?.unsigned_abs();
            while other != 0 {
                (all, other) = (other, all % other);
            }
        }
        i64::try_from(all).ok().map(int)
    }),
];

pub(super) fn float<'a>(number: f64) -> Value<'a> {
    Value::of(Shape::Float(number))
}

/// A number as a float: as Python does, the nearest that a float can hold.
pub(super) fn number(value: &Value<'_>) -> Option<f64> {
    match value.shape {
        Shape::Float(number) => Some(number),
        _ => integer(value).map(|number| number as f64),
    }
}

fn rounded<'a>(given: &Given<'a>, round: fn(f64) -> f64) -> Option<Value<'a>> {
    match given.at(0)?.shape {
        Shape::Float(number) => whole(round(number)),
        _ => given.int("", 0).map(int),
    }
}

/// A float without decimals, if 64 bits hold it.
fn whole<'a>(number: f64) -> Option<Value<'a>> {
    const LIMIT: f64 = 9.2e18;
    (number.abs() < LIMIT).then(|| int(number as i64))
}

fn to_int<'a>(tools: &mut Tools<'a, '_>, given: &Given<'a>) -> Option<Value<'a>> {
    let Some(value) = given.at(0) else { return (given.count() == 0).then(|| int(0)) };
    let base = given.int_or("base", 1, 10)?;
    match value.shape {
        Shape::Str(text) => parsed(tools, text, base),
        Shape::Bytes(bytes) => parsed(tools, std::str::from_utf8(bytes).ok()?, base),
        Shape::Carrier(_) => big::magnitude(&value).map(|_| value),
        _ if given.count() > 1 => None,
        Shape::Float(number) => whole(number.trunc()),
        _ => integer(&value).map(int),
    }
}

fn parsed<'a>(tools: &mut Tools<'a, '_>, text: &str, base: i64) -> Option<Value<'a>> {
    let text = text.trim();
    let (is_negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let radix = digits.get(..2).and_then(|prefix| match prefix {
        "0x" | "0X" => Some(16),
        "0o" | "0O" => Some(8),
        "0b" | "0B" => Some(2),
        _ => None,
    });
    let (radix, digits) = match (base, radix) {
        (0, Some(radix)) => (radix, digits.get(2..)?.strip_prefix('_').unwrap_or(&digits[2..])),
        // Decimals must not begin with zero, unless they are nothing else.
        (0, None) if digits.starts_with('0') && digits.bytes().any(|digit| !matches!(digit, b'0' | b'_')) => {
            return None;
        }
        (0, None) => (10, digits),
        (_, Some(radix)) if base == i64::from(radix) => {
            (radix, digits.get(2..)?.strip_prefix('_').unwrap_or(&digits[2..]))
        }
        (2..=36, _) => (u32::try_from(base).ok()?, digits),
        _ => return None,
    };
    if digits.starts_with(['_', '+', '-']) || digits.ends_with('_') || digits.contains("__") {
        return None;
    }
    let digits = digits.replace('_', "");
    let sign = if is_negative { "-" } else { "" };
    match i64::from_str_radix(&[sign, &digits].concat(), radix) {
        Ok(number) => Some(int(number)),
        Err(_) if is_negative => None,
        Err(_) => big::read(tools, &digits, radix),
    }
}

fn to_float<'a>(_: &mut Tools<'a, '_>, given: &Given<'a>) -> Option<Value<'a>> {
    let Some(value) = given.at(0) else { return Some(float(0.0)) };
    match value.shape {
        Shape::Str(text) => text.trim().parse().ok().map(float),
        _ => number(&value).map(float),
    }
}

fn based<'a>(tools: &mut Tools<'a, '_>, given: &Given<'a>, radix: u32) -> Option<Value<'a>> {
    if let Some(bytes) = big::magnitude(&given.at(0)?) {
        let prefix = match radix {
            2 => "0b",
            8 => "0o",
            _ => "0x",
        };
        if bytes.len() > 1 << 10 && radix != 16 {
            return None;
        }
        return tools.text([prefix, &big::digits(bytes, radix)].concat());
    }
    let number = given.int("", 0)?;
    let size = number.unsigned_abs();
    let digits = match radix {
        2 => format!("0b{size:b}"),
        8 => format!("0o{size:o}"),
        _ => format!("0x{size:x}"),
    };
    tools.text([if number < 0 { "-" } else { "" }, &digits].concat())
}

fn power<'a>(tools: &mut Tools<'a, '_>, given: &Given<'a>) -> Option<Value<'a>> {
    let (base, exponent) = (given.int("base", 0)?, given.int("exp", 1)?);
    let Some(modulus) = given.get("mod", 2).filter(|modulus| !matches!(modulus.shape, Shape::None)) else {
        return match exponent {
            0.. => operator::binary(tools, BinaryOp::Pow, &int(base), &int(exponent)),
            _ if base == 0 => None,
            // As Python does: the nearest numbers that floats can hold.
            _ => Some(float((base as f64).powf(exponent as f64))),
        };
    };
    let modulus = i128::from(integer(&modulus)?);
    if modulus <= 0 || exponent < 0 {
        return None;
    }
    let (mut result, mut square, mut left) = (1 % modulus, i128::from(base).rem_euclid(modulus), exponent);
    while left > 0 {
        if left & 1 == 1 {
            result = result * square % modulus;
        }
        square = square * square % modulus;
        left >>= 1;
    }
    i64::try_from(result).ok().map(int)
}

fn round<'a>(_: &mut Tools<'a, '_>, given: &Given<'a>) -> Option<Value<'a>> {
    const MAX_DIGITS: usize = 100;
    let value = given.get("number", 0)?;
    let Shape::Float(number) = value.shape else {
        return integer(&value).filter(|_| given.count() == 1).map(int);
    };
    match given.bound("ndigits", 1)? {
        None => whole(number.round_ties_even()),
        Some(digits) => {
            let digits = usize::try_from(digits).ok().filter(|digits| *digits < MAX_DIGITS)?;
            format!("{number:.digits$}").parse().ok().map(float)
        }
    }
}

fn from_bytes<'a>(tools: &mut Tools<'a, '_>, given: &Given<'a>) -> Option<Value<'a>> {
    let value = given.get("bytes", 0)?;
    let items = tools.items(&value)?;
    let bytes: Option<Vec<u8>> = items.iter().map(|item| u8::try_from(integer(item)?).ok()).collect();
    let mut bytes = bytes?;
    match given.text_or("byteorder", 1, "big")? {
        "big" => {}
        "little" => bytes.reverse(),
        _ => return None,
    }
    let is_negative = given.named("signed").is_some_and(|signed| signed.truth() == Some(true))
        && bytes.first().is_some_and(|byte| *byte >= 0x80);
    if !is_negative {
        return big::number(tools, &bytes);
    }
    let significant = bytes.iter().skip_while(|byte| **byte == 0xFF).count();
    if significant > 16 {
        return None;
    }
    let tail = &bytes[bytes.len() - significant..];
    let number = tail.iter().fold(-1_i128, |number, byte| number << 8 | i128::from(*byte));
    i64::try_from(number).ok().map(int)
}

/// What a method of an integer gives.
pub(super) fn method<'a>(tools: &mut Tools<'a, '_>, number: i64, name: &str, given: &Given<'a>) -> Option<Value<'a>> {
    match name {
        "to_bytes" => {
            let length = usize::try_from(given.int_or("length", 0, 1)?).ok()?;
            let is_signed = given.named("signed").map_or(Some(false), |signed| signed.truth())?;
            if !tools.has_room(length) || number < 0 && !is_signed {
                return None;
            }
            let filler = if number < 0 { 0xFF } else { 0 };
            let little = number.to_le_bytes();
            let mut bytes = vec![filler; length];
            let kept = length.min(little.len());
            bytes[..kept].copy_from_slice(&little[..kept]);
            let is_whole = little[kept..].iter().all(|byte| *byte == filler);
            let is_sign_kept = !is_signed || bytes.last().is_none_or(|byte| (*byte >= 0x80) == (number < 0));
            if !is_whole || !is_sign_kept || is_signed && length == 0 && number != 0 {
                return None;
            }
            match given.text_or("byteorder", 1, "big")? {
                "big" => bytes.reverse(),
                "little" => {}
                _ => return None,
            }
            tools.bytes(&bytes)
        }
        "bit_length" => Some(int(i64::from(u64::BITS - number.unsigned_abs().leading_zeros()))),
        "bit_count" => Some(int(i64::from(number.unsigned_abs().count_ones()))),
        "conjugate" | "__int__" | "__index__" | "__pos__" => Some(int(number)),
        "__neg__" => number.checked_neg().map(int),
        "__invert__" => Some(int(!number)),
        "is_integer" => truth(true),
        "__str__" | "__repr__" => tools.text(number.to_string()),
        _ => super::operator::special(name).and_then(|op| integers(op, number, given.int("", 0)?)).map(int),
    }
}

/// What a method of a float gives.
pub(super) fn float_method<'a>(tools: &mut Tools<'a, '_>, number: f64, name: &str) -> Option<Value<'a>> {
    match name {
        "is_integer" => truth(number.is_finite() && number.fract() == 0.0),
        "__int__" | "__trunc__" => whole(number.trunc()),
        "__str__" | "__repr__" => tools.text(super::repr::float(number)),
        _ => None,
    }
}

/// What an operator gives for two integers; nothing where it would be an error, or more than 64 bits hold.
pub(super) fn integers(op: BinaryOp, a: i64, b: i64) -> Option<i64> {
    match op {
        BinaryOp::Add => a.checked_add(b),
        BinaryOp::Sub => a.checked_sub(b),
        BinaryOp::Mul => a.checked_mul(b),
        // Python's division rounds down, and the remainder has the sign of the divisor.
        BinaryOp::FloorDiv => a.checked_div_euclid(b).map(|q| if b < 0 && a.rem_euclid(b) != 0 { q - 1 } else { q }),
        BinaryOp::Mod => a.checked_rem_euclid(b).map(|r| if b < 0 && r != 0 { r + b } else { r }),
        BinaryOp::Pow => a.checked_pow(u32::try_from(b).ok()?),
        BinaryOp::ShiftLeft => a.checked_mul(2_i64.checked_pow(u32::try_from(b).ok()?)?),
        BinaryOp::ShiftRight => a.checked_shr(u32::try_from(b).ok()?),
        BinaryOp::BitOr => Some(a | b),
        BinaryOp::BitXor => Some(a ^ b),
        BinaryOp::BitAnd => Some(a & b),
        BinaryOp::Div | BinaryOp::MatMul => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_divide_as_python_does() {
        for (a, b, quotient, remainder) in [(7, 2, 3, 1), (-7, 2, -4, 1), (7, -2, -4, -1), (-7, -2, 3, -1)] {
            assert_eq!(integers(BinaryOp::FloorDiv, a, b), Some(quotient), "{a} // {b}");
            assert_eq!(integers(BinaryOp::Mod, a, b), Some(remainder), "{a} % {b}");
        }
        assert_eq!(integers(BinaryOp::FloorDiv, 1, 0), None);
    }
}
