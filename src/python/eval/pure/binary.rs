//! `struct`: numbers and strings in bytes.

use super::given::{Given, integer};
use super::{MAX_ITEMS, Table, Tools, number};
use crate::value::{Shape, Value};

pub(super) const FUNCTIONS: Table = &[
    ("struct.pack", pack),
    ("struct.unpack", |tools, given| {
        let layout = Layout::read(&format(given)?)?;
        let bytes = given.ascii("buffer", 1).filter(|bytes| bytes.len() == layout.size)?;
        let items = layout.unpack(tools, bytes)?;
        tools.sequence(&items)
    }),
    ("struct.unpack_from", |tools, given| {
        let layout = Layout::read(&format(given)?)?;
        let start = usize::try_from(given.int_or("offset", 2, 0)?).ok()?;
        let bytes = given.bytes("buffer", 1)?.get(start..start.checked_add(layout.size)?)?;
        let items = layout.unpack(tools, bytes)?;
        tools.sequence(&items)
    }),
    ("struct.iter_unpack", |tools, given| {
        let layout = Layout::read(&format(given)?)?;
        let bytes = given.bytes("buffer", 1)?;
        if layout.size == 0 || !bytes.len().is_multiple_of(layout.size) || bytes.len() / layout.size > MAX_ITEMS {
            return None;
        }
        let mut records = Vec::new();
        for record in bytes.chunks(layout.size) {
            let items = layout.unpack(tools, record)?;
            records.push(tools.sequence(&items)?);
        }
        tools.sequence(&records)
    }),
    ("struct.calcsize", |_, given| super::size(Layout::read(&format(given)?)?.size)),
];

fn format(given: &Given<'_>) -> Option<String> {
    Some(String::from_utf8_lossy(given.ascii("format", 0)?).into_owned())
}

/// Where each item stands, and what it is.
struct Layout {
    is_big: bool,
    items: Vec<(u8, usize, usize)>,
    size: usize,
}

impl Layout {
    fn read(format: &str) -> Option<Self> {
        let (order, codes) = match format.bytes().next() {
            Some(order @ (b'@' | b'=' | b'<' | b'>' | b'!')) => (order, &format[1..]),
            _ => (b'@', format),
        };
        // On the machines that matter, native order is little, and sizes are their own alignment.
        let is_native = order == b'@';
        let mut layout = Self { is_big: matches!(order, b'>' | b'!'), items: Vec::new(), size: 0 };
        let mut count: Option<usize> = None;
        for code in codes.bytes() {
            if code.is_ascii_whitespace() {
                continue;
            }
            if code.is_ascii_digit() {
                count = Some(count.unwrap_or(0).checked_mul(10)?.checked_add(usize::from(code - b'0'))?);
                continue;
            }
            let times = count.take().unwrap_or(1);
            let wide = match code {
                b'x' | b'c' | b'b' | b'B' | b'?' | b's' | b'p' => 1,
                b'h' | b'H' | b'e' => 2,
                b'i' | b'I' | b'f' => 4,
                b'l' | b'L' if !is_native => 4,
                b'l' | b'L' | b'q' | b'Q' | b'd' => 8,
                b'n' | b'N' | b'P' if is_native => 8,
                _ => return None,
            };
            if is_native {
                layout.size = layout.size.next_multiple_of(wide);
            }
            if times > super::MAX_BYTES || layout.size > super::MAX_BYTES {
                return None;
            }
            match code {
                b'x' => layout.size += times,
                b's' => {
                    layout.items.push((code, layout.size, times));
                    layout.size += times;
                }
                b'p' => return None,
                _ => {
                    if layout.items.len() + times > MAX_ITEMS {
                        return None;
                    }
                    layout.items.extend((0..times).map(|at| (code, layout.size + at * wide, wide)));
                    layout.size += times * wide;
                }
            }
        }
        count.is_none().then_some(layout)
    }

    fn unpack<'a>(&self, tools: &mut Tools<'a, '_>, bytes: &'a [u8]) -> Option<Vec<Value<'a>>> {
        if !tools.budget.read_items(self.items.len() + 1, tools.span) {
            return None;
        }
        let item = |(code, start, wide): &(u8, usize, usize)| {
            let bytes = bytes.get(*start..start + wide)?;
            if matches!(code, b's' | b'c') {
                return Some(Value::of(Shape::Bytes(bytes)));
            }
            let mut little = [0_u8; 8];
            little[..*wide].copy_from_slice(bytes);
            if self.is_big {
                little[..*wide].reverse();
            }
            let bits = u64::from_le_bytes(little);
            let shift = 64 - 8 * u32::try_from(*wide).ok()?;
            Some(match code {
                b'?' => Value::of(Shape::Bool(bits != 0)),
                b'd' => number::float(f64::from_bits(bits)),
                b'f' => number::float(f64::from(f32::from_bits(u32::try_from(bits).ok()?))),
                b'e' => return None,
                b'b' | b'h' | b'i' | b'l' | b'q' | b'n' => super::int((bits << shift).cast_signed() >> shift),
                _ => super::int(i64::try_from(bits).ok()?),
            })
        };
        self.items.iter().map(item).collect()
    }
}

fn pack<'a>(tools: &mut Tools<'a, '_>, given: &Given<'a>) -> Option<Value<'a>> {
    let layout = Layout::read(&format(given)?)?;
    let values = given.positional.get(1..)?;
    if values.len() != layout.items.len() || !tools.has_room(layout.size) {
        return None;
    }
    let mut bytes = vec![0; layout.size];
    for ((code, start, wide), value) in layout.items.iter().zip(values) {
        let slot = bytes.get_mut(*start..start + wide)?;
        if let (b's' | b'c', Shape::Bytes(text)) = (code, value.shape) {
            let kept = text.len().min(*wide);
            slot[..kept].copy_from_slice(&text[..kept]);
            continue;
        }
        let bits = match code {
            b'?' => u64::from(value.truth()?),
            b'd' => number::number(value)?.to_bits(),
            // Python rounds to the nearest, too.
            b'f' => u64::from((number::number(value)? as f32).to_bits()),
            b's' | b'c' | b'e' => return None,
            _ => {
                let number = integer(value)?;
                let bits = 8 * u32::try_from(*wide).ok()?;
                let is_signed = code.is_ascii_lowercase();
                let fits = match is_signed {
                    true => number >> (bits - 1) == 0 || number >> (bits - 1) == -1,
                    false => number >= 0 && (bits == 64 || number >> bits == 0),
                };
                if !fits {
                    return None;
                }
                number.cast_unsigned()
            }
        };
        slot.copy_from_slice(bits.to_le_bytes().get(..*wide)?);
        if layout.is_big {
            slot.reverse();
        }
    }
    tools.bytes(&bytes)
}
