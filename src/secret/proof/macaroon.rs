//! Macaroons in their second binary format (`libmacaroons`, `doc/format.txt`), as the tokens of package indexes are.

use super::Proof;
use super::alphabet::base64;

const LOCATION: u64 = 1;
const IDENTIFIER: u64 = 2;
const VERIFICATION: u64 = 4;
const SIGNATURE: u64 = 6;
const END: u64 = 0;

/// `pypi-` or nothing, and base64: the version, 2; a location, which may be absent, and an identifier; caveats; a
/// signature of 32 bytes.
pub(super) fn prove(value: &[u8]) -> Option<Proof> {
    let text = value.strip_prefix(b"pypi-").unwrap_or(value);
    let Some(bytes) = base64(text) else { return Some(Proof::structure(false)) };
    let packets = bytes.strip_prefix(&[2])?;
    let Some(location) = read(packets) else { return Some(Proof::structure(false)) };
    let host = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    Some(match String::from_utf8(location) {
        Ok(name) if !name.is_empty() && name.len() <= 64 && name.as_bytes().iter().all(host) => {
            Proof::held(format!("it opens {name}"))
        }
        _ => Proof::structure(true),
    })
}

/// The location of a macaroon that is whole.
fn read(mut bytes: &[u8]) -> Option<Vec<u8>> {
    let location = section(&mut bytes, false)??;
    while section(&mut bytes, true)?.is_some() {}
    let (kind, signature) = packet(&mut bytes)?;
    (kind == SIGNATURE && signature.len() == 32 && bytes.is_empty()).then(|| location.to_vec())
}

/// The location of a section, and past its end; inside, `None` where the list of caveats ends here.
#[expect(clippy::option_option, reason = "broken, or at an end")]
fn section<'b>(bytes: &mut &'b [u8], caveat: bool) -> Option<Option<&'b [u8]>> {
    let (mut kind, mut content) = packet(bytes)?;
    if caveat && kind == END {
        return Some(None);
    }
    let mut location: &[u8] = &[];
    if kind == LOCATION {
        location = content;
        (kind, content) = packet(bytes)?;
    }
    if kind != IDENTIFIER || content.is_empty() {
        return None;
    }
    (kind, _) = packet(bytes)?;
    if caveat && kind == VERIFICATION {
        (kind, _) = packet(bytes)?;
    }
    (kind == END).then_some(Some(location))
}

/// A field: its kind, its length, its content; an end has no more than its kind.
fn packet<'b>(bytes: &mut &'b [u8]) -> Option<(u64, &'b [u8])> {
    let kind = number(bytes)?;
    if kind == END {
        return Some((END, &[]));
    }
    let length = usize::try_from(number(bytes)?).ok()?;
    let (content, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some((kind, content))
}

/// A number in groups of seven bits, the least significant first.
fn number(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..28).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7F) << shift;
        if *byte < 0x80 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::tests::encode64;
    use super::*;

    fn field(kind: u8, content: &[u8]) -> Vec<u8> {
        [&[kind, content.len() as u8][..], content].concat()
    }

    fn token(parts: &[Vec<u8>]) -> String {
        "pypi".to_owned() + "-" + &encode64(&parts.concat()).replace('=', "").replace('+', "-").replace('/', "_")
    }

    fn parts(host: &str) -> Vec<Vec<u8>> {
        let caveat = [field(2, br#"{"version": 1}"#), vec![0]].concat();
        vec![
            vec![2],
            field(1, host.as_bytes()),
            field(2, b"00000000-0000-0000-0000-000000000000"),
            vec![0],
            caveat,
            vec![0],
            field(6, &[0xEE; 32]),
        ]
    }

    #[test]
    fn a_token_says_which_index_it_opens() {
        assert!(token(&parts("pypi.org")).starts_with("pypi-AgEIcHlwaS5vcmc"));
        for host in ["pypi.org", "test.pypi.org"] {
            assert_eq!(prove(token(&parts(host)).as_bytes()), Some(Proof::held(format!("it opens {host}"))));
        }
        assert_eq!(prove(token(&parts("<b>")).as_bytes()), Some(Proof::structure(true)), "no place to be shown");
    }

    #[test]
    fn one_that_is_cut_or_drawn_out_does_not_hold() {
        let whole = parts("pypi.org");
        let broken = Some(Proof::structure(false));
        for gone in 1..whole.len() {
            let mut rest = whole.clone();
            rest.remove(gone);
            let proof = prove(token(&rest).as_bytes());
            // A location and a caveat may be absent.
            assert_eq!(proof == broken, gone != 1 && gone != 4, "{gone}: {proof:?}");
        }
        let bytes = whole.concat();
        for end in 1..bytes.len() {
            assert_eq!(prove(token(&[bytes[..end].to_vec()]).as_bytes()), broken, "{end}");
        }
        assert_eq!(prove(token(&[bytes, vec![0]]).as_bytes()), broken);
        assert_eq!(prove(b"pypi-\xff"), broken);
        assert_eq!(prove(token(&[vec![1]]).as_bytes()), None, "another format");
    }
}
