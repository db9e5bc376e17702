//! Quoted-printable and uuencode: `quopri`, `binascii.a2b_qp`, `binascii.a2b_uu`.

use super::Table;

pub(super) const FUNCTIONS: Table = &[
    ("quopri.decodestring", |tools, given| tools.bytes(&printable(given.ascii("s", 0)?))),
    ("binascii.a2b_qp", |tools, given| tools.bytes(&printable(given.ascii("data", 0)?))),
    ("binascii.a2b_uu", |tools, given| tools.bytes(&uu_line(given.ascii("data", 0)?)?)),
    ("binascii.b2a_uu", |tools, given| {
        const MOST: usize = 45;
        let bytes = given.bytes("data", 0).filter(|bytes| bytes.len() <= MOST)?;
        let digit = |value: u8| b' ' + (value & 0x3F);
        let mut line = vec![digit(u8::try_from(bytes.len()).ok()?)];
        for group in bytes.chunks(3) {
            let mut whole = [0; 3];
            whole[..group.len()].copy_from_slice(group);
            let [a, b, c] = whole;
            line.extend([a >> 2, a << 4 | b >> 4, b << 2 | c >> 6, c].map(digit));
        }
        line.push(b'\n');
        tools.bytes(&line)
    }),
];

pub(super) fn printable(source: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(source.len());
    let mut rest = source;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte != b'=' {
            bytes.push(*byte);
            continue;
        }
        let digit = |at: usize| after.get(at).and_then(|digit| char::from(*digit).to_digit(16));
        match (after, digit(0), digit(1)) {
            // A line continued.
            ([b'\n', after @ ..] | [b'\r', b'\n', after @ ..], ..) => rest = after,
            (_, Some(high), Some(low)) => {
                bytes.extend(u8::try_from(high << 4 | low));
                rest = &after[2..];
            }
            _ => bytes.push(b'='),
        }
    }
    bytes
}

/// One line: a digit that tells the length, and digits of six bits.
fn uu_line(line: &[u8]) -> Option<Vec<u8>> {
    let (length, digits) = line.split_first()?;
    let length = usize::from(length.wrapping_sub(b' ') & 0x3F);
    let mut bytes = Vec::with_capacity(length);
    let mut digits = digits.iter().copied().take_while(|digit| !matches!(digit, b'\n' | b'\r')).map(|digit| {
        let value = digit.wrapping_sub(b' ');
        (value <= 0x40).then_some(value & 0x3F)
    });
    while bytes.len() < length {
        let mut group = [0_u8; 4];
        for slot in &mut group {
            *slot = digits.next().unwrap_or(Some(0))?;
        }
        let [a, b, c, d] = group;
        bytes.extend([a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d]);
    }
    bytes.truncate(length);
    Some(bytes)
}

/// A whole file, from `begin` to `end`.
pub(super) fn uu_file(source: &[u8]) -> Option<Vec<u8>> {
    let mut lines = source.split(|byte| *byte == b'\n').skip_while(|line| !line.starts_with(b"begin "));
    lines.next()?;
    let mut bytes = Vec::new();
    for line in lines.take_while(|line| !line.starts_with(b"end")).filter(|line| !line.is_empty()) {
        bytes.extend(uu_line(line)?);
    }
    Some(bytes)
}
