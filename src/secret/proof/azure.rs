//! Keys of Azure that are made to be found: a signature at a fixed place, and a checksum (Microsoft's repository
//! `security-utilities`: `IdentifiableSecrets`, `IdentifiableMetadata`, `AdoPat`).

use super::Proof;
use super::alphabet::{base32, base64, digits};
use super::checksum::{crc32, marvin32};

/// What stands right before the checksum of keys in base64. Where a key of the cache for Redis would hold `+` or `/`,
/// its letters were changed after the sum was made, so that its failure tells nothing.
const SIGNATURES: [&[u8]; 15] = [
    b"+ABa", b"+ACR", b"+AEh", b"+AMC", b"+ARm", b"+ASb", b"+ASt", b"+SQL", b"ACDb", b"AIoT", b"APIM", REDIS, b"AzFu",
    b"AzSe", b"AZEG",
];
const REDIS: &[u8] = b"AzCa";

/// Seeds of the checksums: the kinds of keys, the first letter in the most significant byte.
const SEEDS: [&[u8; 8]; 29] = [
    b"ACRDflt0",
    b"AbAcct00",
    b"Access00",
    b"Classic0",
    b"Default0",
    b"Device00",
    b"DpsKey00",
    b"Encryp00",
    b"Functi00",
    b"Gatewy00",
    b"GitKey00",
    b"IoTHub00",
    b"Listen00",
    b"Manage00",
    b"MastRO00",
    b"MastRW00",
    b"Master00",
    b"PAdmin00",
    b"Query000",
    b"Resour00",
    b"Send0000",
    b"SendRecv",
    b"SysAll00",
    b"SystRO00",
    b"SystRW00",
    b"System00",
    b"Tenant00",
    b"Unknown0",
    b"UsrPwd00",
];

pub(super) fn prove(value: &[u8]) -> Option<Proof> {
    if value.get(52..58) == Some(b"JQQJ99") {
        annotated(value)
    } else if value.get(3..6) == Some(b"8Q~") {
        client_secret(value)
    } else if value.len() == 52 && value.iter().all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7')) {
        devops(value)
    } else {
        signed(value)
    }
}

fn seeded(bytes: &[u8], seed: [u8; 8]) -> u32 {
    marvin32(bytes, u64::from_be_bytes(seed))
}

/// Common annotated keys: 60 bytes, then three of the sum or, in the longer form, all four.
fn annotated(value: &[u8]) -> Option<Proof> {
    let bytes = base64(value)?;
    let (body, sum) = bytes.split_at_checked(60)?;
    matches!(sum.len(), 3 | 4).then(|| Proof::checksum(seeded(body, *b"Default0").to_le_bytes().starts_with(sum)))
}

/// Keys that end in a signature and a sum of four bytes.
fn signed(value: &[u8]) -> Option<Proof> {
    let padding = value.iter().rev().take_while(|byte| **byte == b'=').count();
    let letters = &value[..value.len() - padding];
    let signature = letters.len().checked_sub(10).and_then(|at| letters.get(at..at + 4))?;
    let bytes = SIGNATURES.contains(&signature).then(|| base64(value))??;
    let (body, sum) = bytes.split_last_chunk::<4>()?;
    let holds = SEEDS.iter().any(|seed| seeded(body, **seed).to_le_bytes() == *sum);
    (holds || signature != REDIS).then(|| Proof::checksum(holds))
}

/// Secrets of applications in Entra ID: the first three of six digits of the sum, in an alphabet of their own.
fn client_secret(value: &[u8]) -> Option<Proof> {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ1234567890.-_~";
    let (body, sum) = value.split_last_chunk::<3>()?;
    let known = value.iter().all(|byte| LETTERS.contains(byte));
    known.then(|| Proof::checksum(digits(seeded(body, *b"AadPwd00"), LETTERS, 6).starts_with(sum)))
}

/// Tokens of Azure DevOps: 32 bytes, four of which are the CRC-32 of the others, changed by a number that is one for
/// users and another for applications.
fn devops(value: &[u8]) -> Option<Proof> {
    const KINDS: [u32; 2] = [0xE0B9_692D, 0x1019_F92E];
    const SUM: [usize; 4] = [22, 8, 7, 2];
    let bytes = base32(&value.to_ascii_uppercase())?;
    let others: Vec<u8> = bytes.iter().enumerate().filter(|(at, _)| !SUM.contains(at)).map(|(_, byte)| *byte).collect();
    let sum = u32::from_le_bytes(SUM.map(|at| bytes[at]));
    Some(Proof::checksum(KINDS.iter().any(|kind| crc32(&others) ^ kind == sum)))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{each_change, encode, encode64};
    use super::*;

    const HELD: fn() -> Option<Proof> = || Some(Proof::checksum(true));

    /// What no change of a key may prove.
    fn no_change_holds(key: &str) {
        for changed in each_change(key, b"09Az") {
            assert_ne!(prove(changed.as_bytes()), HELD(), "{changed}");
        }
    }

    fn signed_key(random: usize, signature: &str, seed: [u8; 8]) -> String {
        let mut bytes = vec![0x5A; random];
        bytes.extend(base64(signature.as_bytes()).unwrap_or_default());
        let sum = marvin32(&bytes, u64::from_be_bytes(seed));
        bytes.extend(sum.to_le_bytes());
        encode64(&bytes)
    }

    #[test]
    fn a_signed_key_proves_itself() {
        for (random, signature, seed) in
            [(57, "+ASt", b"Default0"), (57, "ACDb", b"MastRW00"), (33, "AzSe", b"PAdmin00"), (27, "AzCa", b"Access00")]
        {
            let key = signed_key(random, signature, *seed);
            assert_eq!(prove(key.as_bytes()), HELD(), "{signature}");
            no_change_holds(&key);
            let other = signed_key(random, signature, *b"Nothing0");
            let told = (signature != "AzCa").then(|| Proof::checksum(false));
            assert_eq!(prove(other.as_bytes()), told, "{signature}");
        }
        assert_eq!(prove(signed_key(57, "AAAA", *b"Default0").as_bytes()), None);
    }

    #[test]
    fn an_annotated_key_proves_itself_in_both_lengths() {
        let text = "a".repeat(52) + "JQQJ99" + "BKACAAAAAAAAAAAAAA" + "AZDO";
        let body = base64(text.as_bytes()).unwrap_or_default();
        let sum = marvin32(&body, u64::from_be_bytes(*b"Default0")).to_le_bytes();
        let long = encode64(&[&body[..], &sum].concat());
        assert_eq!((body.len(), long.len()), (60, 88));
        for key in [&long, &long[..84]] {
            assert_eq!(prove(key.as_bytes()), HELD());
            no_change_holds(key);
        }
        assert_eq!(prove(&long.as_bytes()[..80]), None);
    }

    #[test]
    fn a_secret_of_an_application_proves_itself() {
        // The alphabet's digits, as the issuer's own tests have them.
        const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ1234567890.-_~";
        assert_eq!(digits(956_747_778, LETTERS, 6), b"aYB6eE");
        let body = "abc8".to_owned() + "Q~" + &"Xy.-".repeat(7) + "_~0";
        let sum = digits(marvin32(body.as_bytes(), u64::from_be_bytes(*b"AadPwd00")), LETTERS, 6);
        let secret = body + &String::from_utf8_lossy(&sum[..3]);
        assert_eq!(prove(secret.as_bytes()), HELD());
        no_change_holds(&secret);
        assert_eq!(prove((secret + "\u{e9}").as_bytes()), None);
    }

    #[test]
    fn a_token_of_devops_proves_itself() {
        for kind in [0xE0B9_692D, 0x1019_F92E_u32] {
            let mut bytes: Vec<u8> = (0..32).map(|at| at * 7).collect();
            let others: Vec<u8> = [&bytes[..2], &bytes[3..7], &bytes[9..22], &bytes[23..]].concat();
            let sum = (crc32(&others) ^ kind).to_be_bytes();
            (bytes[2], bytes[7], bytes[8], bytes[22]) = (sum[0], sum[1], sum[2], sum[3]);
            let token = encode(&bytes, 5, b"abcdefghijklmnopqrstuvwxyz234567");
            assert_eq!(token.len(), 52);
            assert_eq!(prove(token.as_bytes()), HELD());
            for changed in each_change(&token, b"a7") {
                assert_ne!(prove(changed.as_bytes()), HELD(), "{changed}");
            }
        }
    }
}
