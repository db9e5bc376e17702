//! Keys of NATS and Stellar: a byte or two for the kind, the key, CRC-16, all in base32.

use super::Proof;
use super::alphabet::base32;
use super::checksum::crc16;

/// The bytes before the checksum, which stands last with its less significant byte first; a failure where it is not
/// theirs.
fn checked(value: &[u8]) -> Result<Vec<u8>, Proof> {
    let bytes = base32(value).ok_or(Proof::structure(false))?;
    match bytes.split_last_chunk::<2>() {
        Some((body, sum)) if crc16(body).to_le_bytes() == *sum => Ok(body.to_vec()),
        _ => Err(Proof::checksum(false)),
    }
}

const SEED: u8 = 18 << 3;
const PRIVATE: u8 = 15 << 3;

/// Kinds of keys of NATS (`nats-io/nkeys`, `strkey.go`).
const KINDS: [(u8, &str); 6] = [
    (0, "an account"),
    (2 << 3, "a cluster"),
    (13 << 3, "a server"),
    (14 << 3, "an operator"),
    (20 << 3, "a user"),
    (23 << 3, "a curve key"),
];

/// NATS: a seed is five bits for that, eight for its kind, three of zero and 32 bytes; a private key one byte and 64;
/// public keys, one byte and 32, open nothing.
pub(super) fn nkey(value: &[u8]) -> Option<Proof> {
    if !matches!(value.len(), 56 | 58 | 108) {
        return None;
    }
    Some(match checked(value) {
        Err(proof) => proof,
        Ok(body) => match (body[0] & 0xF8, body.len()) {
            (SEED, 34) => {
                let kind = (body[0] & 7) << 5 | body[1] >> 3;
                match KINDS.iter().find(|(byte, _)| *byte == kind) {
                    Some((_, name)) => Proof::held(format!("its checksum holds: the seed of {name}")),
                    None => Proof::structure(false),
                }
            }
            (PRIVATE, 65) => Proof::held("its checksum holds: a private key"),
            (_, 33) => Proof::failed("a public key"),
            _ => Proof::structure(false),
        },
    })
}

/// Stellar (SEP-23): a seed is the byte 144, which makes the first letter an `S`, and 32 bytes.
pub(super) fn stellar(value: &[u8]) -> Option<Proof> {
    if value.len() != 56 {
        return None;
    }
    Some(match checked(value) {
        Err(proof) => proof,
        Ok(body) if body[0] == SEED => Proof::checksum(true),
        Ok(_) => Proof::failed("a public key"),
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{each_change, encode};
    use super::*;

    /// CRC-16/XMODEM by long division, bit by bit.
    fn other_crc16(bytes: &[u8]) -> u16 {
        let mut rest = 0u32;
        for bit in bytes.iter().chain(&[0, 0]).flat_map(|byte| (0..8).rev().map(move |at| u32::from(byte >> at & 1))) {
            rest = rest << 1 | bit;
            if rest & 0x1_0000 != 0 {
                rest ^= 0x1_1021;
            }
        }
        rest as u16
    }

    fn key(body: &[u8]) -> String {
        let bytes = [body, &other_crc16(body).to_le_bytes()].concat();
        encode(&bytes, 5, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    }

    #[test]
    fn a_seed_of_nats_proves_itself_and_no_change_of_it_does() {
        for (kind, name) in KINDS {
            let seed = key(&[&[SEED | kind >> 5, kind << 3][..], &[0xC3; 32]].concat());
            assert_eq!((&seed[..1], seed.len()), ("S", 58));
            assert_eq!(nkey(seed.as_bytes()), Some(Proof::held(format!("its checksum holds: the seed of {name}"))));
            for changed in each_change(&seed, b"AZ27") {
                assert!(nkey(changed.as_bytes()).is_some_and(|proof| !proof.holds), "{changed}");
            }
        }
        let unknown = key(&[&[SEED | 1, 0][..], &[0xC3; 32]].concat());
        assert_eq!(nkey(unknown.as_bytes()), Some(Proof::structure(false)));
    }

    #[test]
    fn of_other_keys_of_nats_private_ones_count() {
        assert!(nkey(key(&[PRIVATE; 65]).as_bytes()).is_some_and(|proof| proof.holds));
        assert_eq!(nkey(key(&[20 << 3; 33]).as_bytes()), Some(Proof::failed("a public key")));
        assert_eq!(nkey(b"SUAM"), None);
    }

    #[test]
    fn a_seed_of_stellar_proves_itself_and_no_change_of_it_does() {
        let seed = key(&[&[SEED][..], &[0x3C; 32]].concat());
        assert_eq!((&seed[..1], seed.len()), ("S", 56));
        assert_eq!(stellar(seed.as_bytes()), Some(Proof::checksum(true)));
        for changed in each_change(&seed, b"AZ27a1") {
            assert!(stellar(changed.as_bytes()).is_some_and(|proof| !proof.holds), "{changed}");
        }
        let public = key(&[&[6 << 3][..], &[0x3C; 32]].concat());
        assert_eq!(stellar(public.as_bytes()), Some(Proof::failed("a public key")));
    }
}
