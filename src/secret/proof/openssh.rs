//! Private keys of OpenSSH (its `PROTOCOL.key`; numbers and strings as in RFC 4251, 5).

use super::alphabet::base64;
use super::armour::{self, Armour};
use super::{Proof, pem};

const MAGIC: &[u8] = b"openssh-key-v1\0";

/// A key in its armour, or the base64 of one alone.
pub(super) fn prove(value: &[u8]) -> Option<Proof> {
    if let Some(armour) = armour::read(value) {
        return Some(told(&armour));
    }
    let bytes = base64(&armour::lines(&armour::plain(value)).filter_map(armour::body).collect::<Vec<_>>().concat())?;
    bytes.starts_with(MAGIC).then(|| key(&bytes))
}

pub(super) fn told(armour: &Armour) -> Proof {
    pem::bytes(armour).map_or_else(|proof| proof, |bytes| key(&bytes))
}

fn key(bytes: &[u8]) -> Proof {
    match read(bytes) {
        Some(true) => Proof::structure(true),
        Some(false) => Proof::failed("the key is encrypted"),
        None => Proof::structure(false),
    }
}

/// Whether a whole key is in the clear: then its private section begins with the same number twice.
fn read(bytes: &[u8]) -> Option<bool> {
    let mut rest = bytes.strip_prefix(MAGIC)?;
    let cipher = string(&mut rest)?;
    let (_derivation, _options) = (string(&mut rest)?, string(&mut rest)?);
    for _ in 0..number(&mut rest)? {
        string(&mut rest)?;
    }
    let mut private = string(&mut rest)?;
    if private.is_empty() {
        return None;
    }
    if cipher != b"none" {
        // Some ciphers put a tag after it.
        return Some(false);
    }
    (rest.is_empty() && number(&mut private)? == number(&mut private)?).then_some(true)
}

pub(super) fn number(bytes: &mut &[u8]) -> Option<u32> {
    let (number, rest) = bytes.split_first_chunk::<4>()?;
    *bytes = rest;
    Some(u32::from_be_bytes(*number))
}

pub(super) fn string<'b>(bytes: &mut &'b [u8]) -> Option<&'b [u8]> {
    let length = number(bytes)?;
    let (string, rest) = bytes.split_at_checked(usize::try_from(length).ok()?)?;
    *bytes = rest;
    Some(string)
}

#[cfg(test)]
mod tests {
    use super::super::pem::tests::pem;
    use super::super::tests::encode64;
    use super::*;

    fn field(content: &[u8]) -> Vec<u8> {
        [&(content.len() as u32).to_be_bytes()[..], content].concat()
    }

    fn key_of(cipher: &str, checks: [u32; 2]) -> Vec<u8> {
        let private =
            [&checks[0].to_be_bytes()[..], &checks[1].to_be_bytes(), &field(b"ssh-ed25519"), &[0xD5; 70]].concat();
        let public = [field(b"ssh-ed25519"), field(&[9; 32])].concat();
        [
            MAGIC.to_vec(),
            field(cipher.as_bytes()),
            field(b"none"),
            field(b""),
            vec![0, 0, 0, 1],
            field(&public),
            field(&private),
        ]
        .concat()
    }

    fn in_armour(bytes: &[u8]) -> Option<Proof> {
        prove(pem("OPENSSH PRIVATE KEY", bytes).as_bytes())
    }

    #[test]
    fn a_key_in_the_clear_is_whole() {
        let bytes = key_of("none", [0xA1B2_C3D4; 2]);
        assert_eq!(in_armour(&bytes), Some(Proof::structure(true)));
        assert_eq!(prove(encode64(&bytes).as_bytes()), Some(Proof::structure(true)), "without its armour");
        assert_eq!(super::pem::prove(pem("OPENSSH PRIVATE KEY", &bytes).as_bytes()), Some(Proof::structure(true)));
        for end in [10, 40, 100, bytes.len() - 1] {
            assert_eq!(in_armour(&bytes[..end]), Some(Proof::structure(false)), "{end}");
        }
        assert_eq!(in_armour(&[&bytes[..], &[0]].concat()), Some(Proof::structure(false)));
        assert_eq!(in_armour(&key_of("none", [1, 2])), Some(Proof::structure(false)));
    }

    #[test]
    fn an_encrypted_key_does_not_hold() {
        let bytes = key_of("aes256-ctr", [1, 2]);
        assert_eq!(in_armour(&bytes), Some(Proof::failed("the key is encrypted")));
        assert_eq!(prove(b"c29tZXRoaW5nIGVsc2U="), None);
    }
}
