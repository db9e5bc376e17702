//! Integers beyond 64 bits, not negative: carriers of their bytes, the highest first.
//!
//! Payloads travel as such numbers; nobody computes with long ones otherwise, so the arithmetic is plain.

use super::given::integer;
use super::{Tools, carrier, int};
use crate::python::tree::BinaryOp;
use crate::value::{Shape, Value};

const PATH: &str = "builtins.int()";
/// Longer numbers are not followed.
const MAX_BYTES: usize = 1 << 13;

/// The value of a number as it is written in a source.
pub(in crate::python::eval) fn written<'a>(tools: &mut Tools<'a, '_>, digits: &str) -> Option<Value<'a>> {
    let (radix, digits) = match digits.get(..2) {
        Some("0x" | "0X") => (16, &digits[2..]),
        Some("0o" | "0O") => (8, &digits[2..]),
        Some("0b" | "0B") => (2, &digits[2..]),
        _ => (10, digits),
    };
    read(tools, &digits.replace('_', ""), radix)
}

pub(super) fn read<'a>(tools: &mut Tools<'a, '_>, digits: &str, radix: u32) -> Option<Value<'a>> {
    let is_short = digits.len() <= MAX_BYTES * 2 && !digits.is_empty();
    // Each digit is one more multiplication of all before.
    if !is_short || !tools.budget.read(digits.len() * digits.len() / 16, tools.span) {
        return None;
    }
    let mut low = Vec::new();
    for digit in digits.chars() {
        let mut carry = digit.to_digit(radix)?;
        for byte in &mut low {
            carry += u32::from(*byte) * radix;
            *byte = (carry & 0xFF) as u8;
            carry >>= 8;
        }
        low.extend((carry > 0).then_some((carry & 0xFF) as u8));
    }
    low.reverse();
    number(tools, &low)
}

/// The number of these bytes.
pub(super) fn number<'a>(tools: &mut Tools<'a, '_>, bytes: &[u8]) -> Option<Value<'a>> {
    let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    let bytes = &bytes[start..];
    let mut whole = [0; 8];
    if let Some(slot) = whole.len().checked_sub(bytes.len()).and_then(|at| whole.get_mut(at..)) {
        slot.copy_from_slice(bytes);
        if let Ok(small) = i64::try_from(u64::from_be_bytes(whole)) {
            return Some(int(small));
        }
    }
    if bytes.len() > MAX_BYTES {
        return None;
    }
    let bytes = tools.bytes(bytes)?;
    carrier::new(tools, PATH, bytes)
}

/// The bytes of a number that is not negative.
fn bytes_of(value: &Value<'_>) -> Option<Vec<u8>> {
    match value.shape {
        Shape::Carrier(_) => magnitude(value).map(<[u8]>::to_vec),
        _ => {
            let number = u64::try_from(integer(value)?).ok()?;
            let bytes = number.to_be_bytes();
            Some(bytes.into_iter().skip_while(|byte| *byte == 0).collect())
        }
    }
}

/// The bytes of a long number.
pub(super) fn magnitude<'a>(value: &Value<'a>) -> Option<&'a [u8]> {
    let Shape::Carrier(carrier) = value.shape else { return None };
    match carrier.value.shape {
        Shape::Bytes(bytes) if carrier.path.is(PATH) => Some(bytes),
        _ => None,
    }
}

/// The number in a base.
pub(super) fn digits(bytes: &[u8], radix: u32) -> String {
    let mut digits = Vec::new();
    if radix == 16 {
        let digits = super::base::hex(bytes);
        return digits.trim_start_matches('0').to_owned();
    }
    // The highest power of the base below the square root of what the arithmetic holds: fewer divisions.
    let (step, places) = if radix == 10 { (1_000_000_000, 9) } else { (1 << 24, 24 / radix.ilog2()) };
    let mut rest = bytes.to_vec();
    while !rest.is_empty() {
        let (quotient, mut remainder) = divided(&rest, step);
        rest = quotient;
        for _ in 0..places {
            digits.extend(
                u32::try_from(remainder % u64::from(radix)).ok().and_then(|digit| char::from_digit(digit, radix)),
            );
            remainder /= u64::from(radix);
        }
    }
    let digits: String = digits.into_iter().rev().collect();
    digits.trim_start_matches('0').to_owned()
}

/// Quotient and remainder, by a divisor of 32 bits.
fn divided(bytes: &[u8], divisor: u64) -> (Vec<u8>, u64) {
    let mut remainder = 0_u64;
    let quotient = bytes.iter().map(|byte| {
        let part = remainder << 8 | u64::from(*byte);
        remainder = part % divisor;
        ((part / divisor) & 0xFF) as u8
    });
    let quotient: Vec<u8> = quotient.collect();
    let start = quotient.iter().position(|byte| *byte != 0).unwrap_or(quotient.len());
    (quotient[start..].to_vec(), remainder)
}

/// What an operator gives for numbers of which one is long, or where the result is.
pub(super) fn binary<'a>(
    tools: &mut Tools<'a, '_>,
    op: BinaryOp,
    left: &Value<'a>,
    right: &Value<'a>,
) -> Option<Value<'a>> {
    const DIVISORS: std::ops::Range<i64> = 1..1 << 32;
    let a = bytes_of(left)?;
    if !tools.budget.read(a.len(), tools.span) {
        return None;
    }
    match (op, integer(right)) {
        (BinaryOp::FloorDiv, Some(divisor)) if DIVISORS.contains(&divisor) => {
            number(tools, &divided(&a, divisor.unsigned_abs()).0)
        }
        (BinaryOp::Mod, Some(divisor)) if DIVISORS.contains(&divisor) => {
            i64::try_from(divided(&a, divisor.unsigned_abs()).1).ok().map(int)
        }
        (BinaryOp::ShiftRight, Some(count @ 0..)) => {
            let count = usize::try_from(count).ok()?;
            let kept = &a[..a.len().saturating_sub(count / 8)];
            number(tools, &divided(kept, 1 << (count % 8)).0)
        }
        (BinaryOp::ShiftLeft, Some(count @ 0..)) => {
            let count = usize::try_from(count).ok().filter(|count| count / 8 < MAX_BYTES)?;
            let mut bytes = product(&a, &[1 << (count % 8)]);
            bytes.resize(bytes.len() + count / 8, 0);
            number(tools, &bytes)
        }
        (BinaryOp::Pow, Some(exponent @ 0..)) => {
            const MOST: i64 = 64;
            // Nothing has no bytes, and costs a step for each power all the same.
            let bits = i64::try_from(a.len().max(1) * 8).ok()?;
            if exponent > MOST && a.len() > 1 || bits.checked_mul(exponent)? > (MAX_BYTES / 4) as i64 * 8 {
                return None;
            }
            let mut power = vec![1];
            for _ in 0..exponent {
                if !tools.budget.read(power.len() * a.len(), tools.span) {
                    return None;
                }
                power = product(&power, &a);
            }
            number(tools, &power)
        }
        _ => {
            let b = bytes_of(right)?;
            if !tools.budget.read(a.len() * b.len().max(1), tools.span) {
                return None;
            }
            let bytes = match op {
                BinaryOp::Mul => product(&a, &b),
                BinaryOp::Add => by_byte(&a, &b, |a, b, carry| a + b + carry),
                BinaryOp::Sub if (a.len(), &a) >= (b.len(), &b) => {
                    by_byte(&a, &b, |a, b, borrowed| a.wrapping_sub(b).wrapping_sub(borrowed))
                }
                BinaryOp::BitXor => by_byte(&a, &b, |a, b, _| a ^ b),
                BinaryOp::BitAnd => by_byte(&a, &b, |a, b, _| a & b),
                BinaryOp::BitOr => by_byte(&a, &b, |a, b, _| a | b),
                _ => return None,
            };
            number(tools, &bytes)
        }
    }
}

fn by_byte(a: &[u8], b: &[u8], apply: fn(u16, u16, u16) -> u16) -> Vec<u8> {
    let mut low = Vec::with_capacity(a.len().max(b.len()) + 1);
    let mut carry = 0;
    for at in 0..=a.len().max(b.len()) {
        let byte = |bytes: &[u8]| bytes.iter().rev().nth(at).copied().map_or(0, u16::from);
        let sum = apply(byte(a), byte(b), carry);
        low.push((sum & 0xFF) as u8);
        carry = sum >> 8 & 1;
    }
    low.reverse();
    low
}

fn product(a: &[u8], b: &[u8]) -> Vec<u8> {
    let mut low = vec![0_u8; a.len() + b.len() + 1];
    for (start, digit) in a.iter().rev().enumerate() {
        let mut carry = 0_u16;
        for (at, other) in b.iter().rev().chain(&[0]).enumerate() {
            let Some(slot) = low.get_mut(start + at) else { continue };
            let sum = u16::from(*slot) + u16::from(*digit) * u16::from(*other) + carry;
            *slot = (sum & 0xFF) as u8;
            carry = sum >> 8;
        }
    }
    low.reverse();
    low
}

/// What a method of a long number gives.
pub(super) fn method<'a>(
    tools: &mut Tools<'a, '_>,
    bytes: &[u8],
    name: &str,
    given: &super::given::Given<'a>,
) -> Option<Value<'a>> {
    match name {
        "to_bytes" => {
            let length = usize::try_from(given.int_or("length", 0, 1)?).ok()?;
            let missing = length.checked_sub(bytes.len())?;
            let is_signed = given.named("signed").map_or(Some(false), |signed| signed.truth())?;
            if !tools.has_room(length) || is_signed && missing == 0 {
                return None;
            }
            let mut whole = vec![0; missing];
            whole.extend_from_slice(bytes);
            match given.text_or("byteorder", 1, "big")? {
                "big" => {}
                "little" => whole.reverse(),
                _ => return None,
            }
            tools.bytes(&whole)
        }
        "bit_length" => {
            let highest = u32::BITS - u32::from(*bytes.first()?).leading_zeros();
            i64::try_from((bytes.len() - 1) * 8).ok().map(|bits| int(bits + i64::from(highest)))
        }
        _ => None,
    }
}
