//! Bytes written in the letters of an alphabet, read strictly: base64 and base32 (RFC 4648), base58, hexadecimal.

/// The sextet that a letter stands for, in the standard alphabet or that for URLs.
pub(in crate::secret) const fn sextet(letter: u8) -> Option<u8> {
    match letter {
        b'A'..=b'Z' => Some(letter - b'A'),
        b'a'..=b'z' => Some(letter - b'a' + 26),
        b'0'..=b'9' => Some(letter - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

fn quintet(letter: u8) -> Option<u8> {
    match letter {
        b'A'..=b'Z' => Some(letter - b'A'),
        b'2'..=b'7' => Some(letter - b'2' + 26),
        _ => None,
    }
}

/// The number that a hexadecimal digit stands for.
pub(in crate::secret) const fn nibble(letter: u8) -> Option<u8> {
    match letter {
        b'0'..=b'9' => Some(letter - b'0'),
        b'a'..=b'f' => Some(letter - b'a' + 10),
        b'A'..=b'F' => Some(letter - b'A' + 10),
        _ => None,
    }
}

/// Letters of so many bits each, most significant first; nothing where a letter is foreign, one too many, or a bit that
/// no byte holds is set.
pub(super) fn bits(text: &[u8], width: u32, read: impl Fn(u8) -> Option<u8>) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * width as usize / 8);
    let (mut held, mut count) = (0u32, 0);
    for letter in text {
        held = (held << width) | u32::from(read(*letter)?);
        count += width;
        if count >= 8 {
            count -= 8;
            bytes.push((held >> count) as u8);
            held &= (1 << count) - 1;
        }
    }
    (count < width && held == 0).then_some(bytes)
}

/// Base64 in either alphabet, but not in both at once; padding may be absent, and is right where it is not.
pub(super) fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let body = text.strip_suffix(b"==").or_else(|| text.strip_suffix(b"=")).unwrap_or(text);
    if body.len() != text.len() && !text.len().is_multiple_of(4) {
        return None;
    }
    let has = |letters: [u8; 2]| body.iter().any(|letter| letters.contains(letter));
    if has(*b"+/") && has(*b"-_") {
        return None;
    }
    bits(body, 6, sextet)
}

/// Base32 in capitals, without padding.
pub(super) fn base32(text: &[u8]) -> Option<Vec<u8>> {
    bits(text, 5, quintet)
}

/// Pairs of hexadecimal digits.
pub(super) fn hex(text: &[u8]) -> Option<Vec<u8>> {
    if text.len().is_multiple_of(2) { bits(text, 4, nibble) } else { None }
}

const BASE58: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// Base58 as Bitcoin writes it: one number, before it a `1` for each byte of zero. Takes the square of the length, so
/// the caller bounds it.
pub(super) fn base58(text: &[u8]) -> Option<Vec<u8>> {
    let zeros = text.iter().take_while(|letter| **letter == b'1').count();
    let mut number: Vec<u8> = Vec::new(); // least significant byte first
    for letter in &text[zeros..] {
        let mut carry = BASE58.iter().position(|one| one == letter)?;
        for byte in &mut number {
            carry += usize::from(*byte) * 58;
            *byte = carry as u8;
            carry >>= 8;
        }
        if carry > 0 {
            number.push(carry as u8);
        }
    }
    number.extend(std::iter::repeat_n(0, zeros));
    number.reverse();
    Some(number)
}

/// A number in the digits of an alphabet, most significant first, filled up to a width with the digit for zero.
pub(super) fn digits(mut number: u32, alphabet: &[u8], width: usize) -> Vec<u8> {
    let mut digits = Vec::with_capacity(width);
    let base = alphabet.len() as u32;
    while number > 0 || digits.len() < width {
        digits.push(alphabet[(number % base) as usize]);
        number /= base;
    }
    digits.reverse();
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_of_rfc_4648_are_read() {
        for (text, bytes) in [("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYg", "foob")] {
            assert_eq!(base64(text.as_bytes()).as_deref(), Some(bytes.as_bytes()), "{text}");
        }
        for (text, bytes) in [("", ""), ("MY", "f"), ("MZXQ", "fo"), ("MZXW6", "foo"), ("MZXW6YTBOI", "foobar")] {
            assert_eq!(base32(text.as_bytes()).as_deref(), Some(bytes.as_bytes()), "{text}");
        }
        assert_eq!(hex(b"66Af").as_deref(), Some(&[0x66, 0xaf][..]));
    }

    #[test]
    fn what_is_not_strictly_of_the_alphabet_is_not_read() {
        for text in ["Z", "Zh==", "Zg=", "Zg===", "Zm9v=", "Z g=", "-_+/", "Zm8=Zm8="] {
            assert_eq!(base64(text.as_bytes()), None, "{text}");
        }
        for text in ["M", "MZ", "my", "MZXW6YTBO1"] {
            assert_eq!(base32(text.as_bytes()), None, "{text}");
        }
        assert_eq!((hex(b"66A"), hex(b"6g")), (None, None));
        assert_eq!(base58(b"10"), None);
    }

    #[test]
    fn base58_reads_the_vectors_of_bitcoin() {
        for (text, bytes) in
            [("2g", "61"), ("a3gV", "626262"), ("1112", "00000001"), ("ABnLTmg", "516b6fcd0f"), ("", "")]
        {
            assert_eq!(base58(text.as_bytes()), hex(bytes.as_bytes()), "{text}");
        }
    }

    #[test]
    fn digits_are_filled_up() {
        assert_eq!(digits(0, b"0123456789", 3), b"000");
        assert_eq!(digits(7007, b"0123456789", 3), b"7007");
    }
}
