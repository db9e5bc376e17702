//! Private keys of OpenPGP in their armour (RFC 9580, 5.5.3 and 6; RFC 4880).

use super::alphabet::base64;
use super::armour::{self, Armour};
use super::checksum::crc24;
use super::{Proof, pem};

/// A key in its armour.
pub(super) fn prove(value: &[u8]) -> Option<Proof> {
    armour::read(value).map(|armour| told(&armour))
}

/// The sum of the armour may be absent, and is not to be relied on to be there.
pub(super) fn told(armour: &Armour) -> Proof {
    let bytes = match pem::bytes(armour) {
        Ok(bytes) => bytes,
        Err(proof) => return proof,
    };
    let sum = armour.sum.as_deref().map(|sum| base64(sum).is_some_and(|sum| sum == crc24(&bytes).to_be_bytes()[1..]));
    match (usage(&bytes), sum) {
        (_, Some(false)) => Proof::checksum(false),
        (None, _) => Proof::structure(false),
        (Some(0), Some(true)) => Proof::checksum(true),
        (Some(0), None) => Proof::structure(true),
        (Some(_), _) => Proof::failed("the key is encrypted"),
    }
}

const SECRET: u8 = 5;
const SECRET_SUBKEY: u8 = 7;

/// How the first packet, which must be a secret key, says that its secret part is protected: 0, in no way.
fn usage(bytes: &[u8]) -> Option<u8> {
    let (kind, body) = packet(bytes)?;
    let (version, rest) = body.split_first()?;
    // The time when it was made, then the algorithm; in version 6, the length of the public part after that.
    let (algorithm, rest) = rest.get(4..)?.split_first()?;
    let after = match version {
        4 => public(*algorithm, rest)?,
        6 => {
            let (length, rest) = rest.split_first_chunk::<4>()?;
            rest.get(usize::try_from(u32::from_be_bytes(*length)).ok()?..)?
        }
        _ => return None,
    };
    matches!(kind, SECRET | SECRET_SUBKEY).then(|| after.first().copied())?
}

/// The kind and the body of a packet, whose length is written in the old way or the new (RFC 9580, 4.2).
fn packet(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let (head, rest) = bytes.split_first()?;
    let number = |bytes: &[u8]| bytes.iter().fold(0, |number, byte| number << 8 | usize::from(*byte));
    let (kind, wide, length) = match (head & 0xC0, rest) {
        (0xC0, [one @ ..192, ..]) => (head & 0x3F, 1, usize::from(*one)),
        (0xC0, [one @ 192..224, two, ..]) => {
            (head & 0x3F, 2, (usize::from(*one) - 192) * 256 + usize::from(*two) + 192)
        }
        (0xC0, [255, ..]) => (head & 0x3F, 5, number(rest.get(1..5)?)),
        (0x80, _) if head & 3 < 3 => (head >> 2 & 15, 1 << (head & 3), number(rest.get(..1 << (head & 3))?)),
        _ => return None,
    };
    Some((kind, rest.get(wide..)?.get(..length)?))
}

/// What comes after the public part of a key of version 4 (RFC 9580, 5.5.5).
fn public(algorithm: u8, bytes: &[u8]) -> Option<&[u8]> {
    let integers = |bytes, count| {
        (0..count).try_fold(bytes, |bytes: &[u8], _| {
            let (bits, rest) = bytes.split_first_chunk::<2>()?;
            rest.get(usize::from(u16::from_be_bytes(*bits)).div_ceil(8)..)
        })
    };
    // A length of one byte, and so many.
    let sized = |bytes: &'_ [u8]| bytes.first().map(|length| usize::from(*length) + 1);
    match algorithm {
        1..=3 => integers(bytes, 2),
        16 => integers(bytes, 3),
        17 => integers(bytes, 4),
        18 => {
            let point = integers(bytes.get(sized(bytes)?..)?, 1)?;
            point.get(sized(point)?..)
        }
        19 | 22 => integers(bytes.get(sized(bytes)?..)?, 1),
        25 | 27 => bytes.get(32..),
        26 => bytes.get(56..),
        28 => bytes.get(57..),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::pem::tests::pem;
    use super::super::tests::{each_change, encode64};
    use super::*;

    const LABEL: &str = "PGP PRIVATE KEY BLOCK";

    /// A secret key with a public part, in a packet of the old or the new way.
    fn key(algorithm: u8, public: &[u8], usage: u8, old: bool) -> Vec<u8> {
        let body = [&[4, 1, 2, 3, 4, algorithm][..], public, &[usage], &[0x9C, 0x3A, 0x51].repeat(20)].concat();
        let length = body.len() as u32;
        let head = if old {
            [&[0x96][..], &length.to_be_bytes()].concat()
        } else {
            [&[0xC5, 0xFF][..], &length.to_be_bytes()].concat()
        };
        [head, body].concat()
    }

    /// CRC-24 by long division.
    fn other_crc24(bytes: &[u8]) -> u32 {
        let first = u64::from(bytes.len() as u32);
        assert!(first > 3);
        let mut rest = 0x00B7_04CE_u64;
        for bit in bytes.iter().flat_map(|byte| (0..8).rev().map(move |at| u64::from(byte >> at & 1))) {
            let out = (rest >> 23) ^ bit;
            rest = rest << 1 & 0x00FF_FFFF;
            if out == 1 {
                rest ^= 0x0086_4CFB;
            }
        }
        rest as u32
    }

    fn with_sum(bytes: &[u8]) -> String {
        let sum = encode64(&other_crc24(bytes).to_be_bytes()[1..]);
        pem(LABEL, bytes)
            .replacen("-----\n", "-----\nVersion: 1\n\n", 1)
            .replace("\n-----END", &format!("\n={sum}\n-----END"))
    }

    #[test]
    fn a_key_in_the_clear_proves_itself_and_no_change_of_it_does() {
        let bytes = key(22, &[&[3, 1, 2, 3, 1, 7][..], &[0x40; 33]].concat(), 0, true);
        let text = with_sum(&bytes);
        assert_eq!(prove(text.as_bytes()), Some(Proof::checksum(true)));
        let body = encode64(&bytes);
        for changed in each_change(&body[..64], b"Az") {
            assert!(
                prove(text.replace(&body[..64], &changed).as_bytes()).is_some_and(|proof| !proof.holds),
                "{changed}"
            );
        }
        assert_eq!(prove(pem(LABEL, &bytes).as_bytes()), Some(Proof::structure(true)), "without a sum");
    }

    #[test]
    fn the_protection_is_found_behind_each_kind_of_public_part() {
        let integer = [&[0, 17][..], &[1, 2, 3]].concat();
        let oid = [2, 5, 5];
        for (algorithm, public) in [
            (1, integer.repeat(2)),
            (16, integer.repeat(3)),
            (17, integer.repeat(4)),
            (18, [&oid[..], &integer, &[1, 8]].concat()),
            (19, [&oid[..], &integer].concat()),
            (22, [&oid[..], &integer].concat()),
            (25, vec![6; 32]),
            (28, vec![6; 57]),
        ] {
            for old in [true, false] {
                let clear = key(algorithm, &public, 0, old);
                assert_eq!(prove(with_sum(&clear).as_bytes()), Some(Proof::checksum(true)), "{algorithm}");
                let hidden = key(algorithm, &public, 254, old);
                assert_eq!(
                    prove(with_sum(&hidden).as_bytes()),
                    Some(Proof::failed("the key is encrypted")),
                    "{algorithm}"
                );
            }
        }
    }

    #[test]
    fn what_is_no_secret_key_does_not_hold() {
        let mut public = key(1, &[0, 1, 1, 0, 1, 1], 0, true);
        public[0] = 0x9A; // a public key
        assert_eq!(prove(with_sum(&public).as_bytes()), Some(Proof::structure(false)));
        assert_eq!(prove(pem(LABEL, &key(1, &[0xFF; 2], 0, true)).as_bytes()), Some(Proof::structure(false)));
        assert_eq!(prove(b"nothing"), None);
    }
}
