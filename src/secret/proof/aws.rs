//! Key ids of AWS: whose account they open is written in them.

use super::Proof;
use super::alphabet::base32;

/// Beginnings of ids that stand beside a secret (AWS, IAM user guide, "Unique identifiers").
const KEYS: [&[u8]; 4] = [b"AKIA", b"ASIA", b"ABIA", b"ACCA"];

/// Accounts that hold nothing but decoys: who uses a key of them sets off an alarm of canarytokens.org. As they are
/// known to tools that look for keys.
const DECOYS: [u64; 10] = [
    52_310_077_262,
    171_436_882_533,
    266_735_846_894,
    534_261_010_715,
    595_918_472_158,
    717_712_589_309,
    730_335_385_048,
    819_147_034_852,
    893_192_397_702,
    992_382_622_183,
];

/// Of the ten bytes that the 16 letters spell, the first bit tells ids of the generation that names its account, and
/// the next 40 are its number (`WithSecure`, "A bitwise analysis of AWS access key identifiers"). Ids of the
/// documentation end in `EXAMPLE`.
pub(super) fn prove(value: &[u8]) -> Option<Proof> {
    let (kind, body) = value.split_at_checked(4)?;
    if !KEYS.contains(&kind) || body.len() != 16 {
        return None;
    }
    if body.ends_with(b"EXAMPLE") {
        return Some(Proof::failed("an example of AWS's documentation"));
    }
    let Some(bytes) = base32(body) else { return Some(Proof::failed("it has characters that no key id has")) };
    let bits = bytes.iter().take(6).fold(0, |bits, byte| bits << 8 | u64::from(*byte));
    let (names_account, account) = (bits >> 47 == 1, bits >> 7 & ((1 << 40) - 1));
    if !names_account {
        return None;
    }
    Some(match account {
        1_000_000_000_000.. => Proof::failed("it names no account that can be"),
        _ if DECOYS.contains(&account) => Proof::failed(format!("AWS account {account:012}, which holds decoys")),
        _ => Proof::held(format!("AWS account {account:012}")),
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// An id, from the bits of its bytes in groups of five.
    fn id(named: bool, account: u64) -> String {
        let bits = u128::from(named) << 79 | u128::from(account) << 39 | 0x5A_5A5A;
        let letter = |at: u32| b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[(bits >> (75 - 5 * at)) as usize & 31];
        ["AK", "IA"].concat() + &String::from_utf8((0..16).map(letter).collect()).unwrap()
    }

    #[test]
    fn a_key_names_its_account() {
        for account in [1, 123_456_789_012, 999_999_999_999] {
            let note = format!("AWS account {account:012}");
            assert_eq!(prove(id(true, account).as_bytes()), Some(Proof::held(note)));
        }
        // The id that researchers of the format show, of a session that is long over.
        let shown = Proof::held("AWS account 609629065308");
        assert_eq!(prove(["ASIA", "Y34FZKBO", "KMUTVV7A"].concat().as_bytes()), Some(shown));
    }

    #[test]
    fn examples_decoys_and_accounts_that_cannot_be_do_not_hold() {
        let fails = |value: &str| prove(value.as_bytes()).is_some_and(|proof| !proof.holds);
        assert!(fails(&id(true, 1_000_000_000_000)));
        assert!(fails(&id(true, DECOYS[0])));
        assert!(fails(&["AKIA", "IOSFODNN7", "EXAMPLE"].concat()));
        assert!(fails(&["AKIA", "I44QH8DHB", "EXAMPLE"].concat()));
        assert!(fails(&["AKIA", "0189018901890189"].concat()));
        assert_eq!(prove(b"AKIA"), None);
        assert_eq!(prove(["AROA", &"A".repeat(16)].concat().as_bytes()), None);
        assert_eq!(prove(id(false, 123_456_789_012).as_bytes()), None, "the old generation names no account");
    }
}
