//! Keys in the checked alphabets of Bitcoin, which others took over: bech32 (BIP-173, BIP-350) and base58check.

use super::Proof;
use super::alphabet::base58;
use sha2::{Digest, Sha256};

const BECH32: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// What the sum of a right string comes to: of bech32, and of bech32m.
const RIGHT: [u32; 2] = [1, 0x2BC8_30A3];

/// A name, `1`, then data of which the last six letters are the checksum. The limit of 90 characters is left out, as
/// age leaves it out. Capitals and small letters do not mix.
pub(super) fn bech32(value: &[u8]) -> Option<Proof> {
    let small = value.to_ascii_lowercase();
    let at = small.iter().rposition(|byte| *byte == b'1')?;
    let (name, data) = (&small[..at], &small[at + 1..]);
    if name.is_empty() || data.len() < 6 {
        return None;
    }
    if value != small && value != value.to_ascii_uppercase() {
        return Some(Proof::failed("its letters are of mixed case"));
    }
    let mut sum = 1;
    let mut mix = |word: u8| {
        let top = sum >> 25;
        sum = (sum & 0x01FF_FFFF) << 5 ^ u32::from(word);
        for (bit, part) in [0x3B6A_57B2, 0x2650_8E6D, 0x1EA1_19FA, 0x3D42_33DD, 0x2A14_62B3].iter().enumerate() {
            if top >> bit & 1 == 1 {
                sum ^= part;
            }
        }
    };
    name.iter().for_each(|byte| mix(byte >> 5));
    mix(0);
    name.iter().for_each(|byte| mix(byte & 31));
    for letter in data {
        let Some(word) = BECH32.iter().position(|one| one == letter) else { return Some(Proof::structure(false)) };
        mix(word as u8);
    }
    Some(Proof::checksum(RIGHT.contains(&sum)))
}

/// No key in base58check is longer: an extended key has 111 or 112 characters.
const LONGEST: usize = 128;

/// Base58check: the last four bytes begin the SHA-256 of the SHA-256 of those before. What a private key is told by:
/// the wallet import format has one byte, 32, and one more for a compressed key; an extended key (BIP-32) of 78 bytes
/// has a zero before its last 32.
pub(super) fn base58check(value: &[u8]) -> Option<Proof> {
    if value.len() > LONGEST {
        return None;
    }
    let Some(bytes) = base58(value) else { return Some(Proof::structure(false)) };
    let (body, sum) = bytes.split_last_chunk::<4>()?;
    if !Sha256::digest(Sha256::digest(body)).starts_with(sum) {
        return Some(Proof::checksum(false));
    }
    let private = match body.len() {
        33 => true,
        34 => body[33] == 1,
        78 => body[45] == 0,
        _ => false,
    };
    Some(if private { Proof::checksum(true) } else { Proof::failed("a public key or an address") })
}

#[cfg(test)]
mod tests {
    use super::super::tests::each_change;
    use super::*;

    /// The check of BIP-173 the other way round: words of a name and data, the six letters that make their sum right.
    fn bech(name: &str, data: &[u8]) -> String {
        let step = |sum: u64, word: u64| {
            let top = sum >> 25;
            let parts = [0x3b6a_57b2_u64, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
            parts
                .iter()
                .enumerate()
                .fold((sum & 0x1ff_ffff) << 5 ^ word, |sum, (bit, part)| sum ^ (part * (top >> bit & 1)))
        };
        let words = name
            .bytes()
            .map(|byte| u64::from(byte) >> 5)
            .chain([0])
            .chain(name.bytes().map(|byte| u64::from(byte) & 31));
        let sum = words.chain(data.iter().map(|word| u64::from(*word))).chain([0; 6]).fold(1, step) ^ 1;
        let check = (0..6).map(|at| (sum >> (5 * (5 - at)) & 31) as u8);
        let letters: String =
            data.iter().copied().chain(check).map(|word| char::from(BECH32[usize::from(word)])).collect();
        format!("{name}1{letters}")
    }

    #[test]
    fn the_strings_of_bip_173_and_bip_350_are_told() {
        for right in [
            "A12UEL5L",
            "a12uel5l",
            "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw",
            "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w",
            "A1LQFN3A",
            "a1lqfn3a",
        ] {
            assert_eq!(bech32(right.as_bytes()), Some(Proof::checksum(true)), "{right}");
        }
        for wrong in ["A1G7SGD8", "a12UEL5L", "x1b4n0q5v", "split1cheo2y9e2w", "de1lg7wt\u{ff}"] {
            assert!(bech32(wrong.as_bytes()).is_none_or(|proof| !proof.holds), "{wrong}");
        }
        assert_eq!((bech32(b"10a06t8"), bech32(b"1qzzfhee"), bech32(b"none")), (None, None, None));
    }

    #[test]
    fn a_key_of_age_proves_itself_and_no_change_of_it_does() {
        let data: Vec<u8> = (0..52).map(|at| at * 5 % 32).collect();
        let key = bech("age-secret-key-", &data).to_uppercase();
        assert_eq!(bech32(key.as_bytes()), Some(Proof::checksum(true)));
        for changed in each_change(&key, b"QL7-") {
            assert_ne!(bech32(changed.as_bytes()), Some(Proof::checksum(true)), "{changed}");
        }
        let long = bech("age-secret-key-pq-", &[9; 200]);
        assert_eq!(bech32(long.as_bytes()), Some(Proof::checksum(true)));
    }

    /// A number in base 58 by long division, most significant digit first.
    fn base58_of(body: &[u8]) -> String {
        let digest = Sha256::digest(Sha256::digest(body));
        let bytes = [body, &digest[..4]].concat();
        let ones = bytes.iter().take_while(|byte| **byte == 0).count();
        let mut number = bytes;
        let mut text = String::new();
        while number.iter().any(|byte| *byte != 0) {
            let mut rest = 0;
            for byte in &mut number {
                let whole = rest * 256 + usize::from(*byte);
                (*byte, rest) = ((whole / 58) as u8, whole % 58);
            }
            text.insert(0, char::from(b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"[rest]));
        }
        "1".repeat(ones) + &text
    }

    #[test]
    fn a_private_key_proves_itself_and_no_change_of_it_does() {
        let plain = [&[0x80][..], &[0x11; 32]].concat();
        let compressed = [&plain[..], &[1]].concat();
        let extended = [&[0x04, 0x88, 0xAD, 0xE4][..], &[7; 41], &[0], &[9; 32]].concat();
        for (body, first) in [(plain, "5"), (compressed, "K"), (extended, "xprv")] {
            let key = base58_of(&body);
            assert!(key.starts_with(first), "{key}");
            assert_eq!(base58check(key.as_bytes()), Some(Proof::checksum(true)));
            for changed in each_change(&key, b"1zK") {
                assert_ne!(base58check(changed.as_bytes()), Some(Proof::checksum(true)), "{changed}");
            }
        }
    }

    #[test]
    fn what_is_public_does_not_hold() {
        let public = Some(Proof::failed("a public key or an address"));
        assert_eq!(base58check(base58_of(&[0; 21]).as_bytes()), public);
        let extended = [&[0x04, 0x88, 0xB2, 0x1E][..], &[7; 41], &[2], &[9; 32]].concat();
        assert_eq!(base58check(base58_of(&extended).as_bytes()), public);
        assert_eq!(base58check(b"0OIl"), Some(Proof::structure(false)));
        assert_eq!(base58check("1".repeat(129).as_bytes()), None);
    }
}
