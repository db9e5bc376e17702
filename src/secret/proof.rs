//! What a credential proves of itself, without asking anybody: its checksum, its structure, what it says of its issuer.

pub(in crate::secret) mod alphabet;
mod armour;
mod aws;
mod azure;
mod base64;
mod checksum;
mod coin;
mod jwk;
mod jwt;
mod macaroon;
mod openssh;
mod pem;
mod pgp;
mod ppk;
mod strkey;
mod token;

use crate::rule::secret::Check;

/// What a check found. Where it holds, the value is what its shape says; where not, it is a placeholder, an example, a
/// broken copy, or opens nothing by itself. A check that fails proves nothing for certain: test suites write tokens
/// with checksums of their own invention.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    pub holds: bool,
    /// A short phrase for a report. No part of the value but what is public.
    pub note: Option<String>,
}

impl Proof {
    fn held(note: impl Into<String>) -> Self {
        Self { holds: true, note: Some(note.into()) }
    }

    fn failed(note: impl Into<String>) -> Self {
        Self { holds: false, note: Some(note.into()) }
    }

    fn checksum(holds: bool) -> Self {
        if holds { Self::held("its checksum holds") } else { Self::failed("its checksum does not hold") }
    }

    fn structure(holds: bool) -> Self {
        if holds { Self::held("its structure is whole") } else { Self::failed("its structure is broken") }
    }
}

/// Makes the check on a value as it was found, which may hold line ends, indentation, and whatever code puts between
/// the lines of a string. `None`: it cannot be told, as the value is of no form that the check knows.
pub fn prove(check: Check, value: &[u8]) -> Option<Proof> {
    let value = value.trim_ascii();
    match check {
        Check::Crc32Base62 => token::crc32_base62(value),
        Check::Crc32Hex => token::crc32_hex(value),
        Check::Crc32Tail => token::crc32_tail(value),
        Check::GitlabRoutable => token::gitlab_routable(value),
        Check::Discord => token::discord(value),
        Check::Sendgrid => token::sendgrid(value),
        Check::Jwt => jwt::prove(value),
        Check::Jwk => jwk::prove(value),
        Check::Pem => pem::prove(value),
        Check::Openssh => openssh::prove(value),
        Check::Pgp => pgp::prove(value),
        Check::Ppk => ppk::prove(value),
        Check::Macaroon => macaroon::prove(value),
        Check::Nkey => strkey::nkey(value),
        Check::Stellar => strkey::stellar(value),
        Check::Bech32 => coin::bech32(value),
        Check::Base58check => coin::base58check(value),
        Check::Base64Json => base64::json(value),
        Check::Basic => base64::basic(value),
        Check::Base64Of64 => base64::of(64, value),
        Check::Base64Of32 => base64::of(32, value),
        Check::AwsKeyId => aws::prove(value),
        Check::AzureIdentifiable => azure::prove(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes in letters of so many bits.
    pub(super) fn encode(bytes: &[u8], width: usize, letters: &[u8]) -> String {
        let bits: Vec<u8> = bytes.iter().flat_map(|byte| (0..8).rev().map(move |at| byte >> at & 1)).collect();
        let letter = |group: &[u8]| {
            let number =
                (0..width).fold(0, |number, at| number << 1 | usize::from(group.get(at).copied().unwrap_or(0)));
            char::from(letters[number])
        };
        bits.chunks(width).map(letter).collect()
    }

    pub(super) fn encode64(bytes: &[u8]) -> String {
        let text = encode(bytes, 6, b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
        let padding = "=".repeat((4 - text.len() % 4) % 4);
        text + &padding
    }

    /// The text with each of its characters changed to each of these that it is not.
    pub(super) fn each_change(text: &str, letters: &'static [u8]) -> impl Iterator<Item = String> {
        (0..text.len()).flat_map(move |at| {
            letters.iter().filter(move |letter| text.as_bytes()[at] != **letter).map(move |letter| {
                let mut changed = text.to_owned();
                changed.replace_range(at..=at, &char::from(*letter).to_string());
                changed
            })
        })
    }

    const ALL: [Check; 23] = [
        Check::Crc32Base62,
        Check::Crc32Hex,
        Check::Crc32Tail,
        Check::GitlabRoutable,
        Check::Jwt,
        Check::Pem,
        Check::Openssh,
        Check::Pgp,
        Check::Ppk,
        Check::Jwk,
        Check::Macaroon,
        Check::Nkey,
        Check::Stellar,
        Check::Bech32,
        Check::Base58check,
        Check::Base64Json,
        Check::Basic,
        Check::Base64Of64,
        Check::Base64Of32,
        Check::AwsKeyId,
        Check::AzureIdentifiable,
        Check::Discord,
        Check::Sendgrid,
    ];

    /// Whatever stands in a file may be given to a check.
    #[test]
    fn no_bytes_upset_a_check_or_prove_themselves() {
        let begin = ["-----BEGIN ", "RSA PRIVATE KEY-----"].concat();
        let end = ["-----END ", "RSA PRIVATE KEY-----"].concat();
        let mut texts: Vec<Vec<u8>> = vec![
            vec![],
            b"=".to_vec(),
            b"....".to_vec(),
            b"\\".to_vec(),
            begin.clone().into(),
            [begin, end].concat().into(),
        ];
        let mut seed = 1u64;
        for length in 0..400 {
            let mut next = || {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (seed >> 33) as u8
            };
            texts.push((0..length).map(|_| next()).collect());
            texts.push((0..length).map(|_| b"A-_.=+/:1\\\"n\nQz29"[usize::from(next()) % 17]).collect());
        }
        for text in texts {
            for check in ALL {
                let proof = prove(check, &text);
                let proves = proof.as_ref().is_some_and(|proof| proof.holds);
                let shown = String::from_utf8_lossy(&text);
                assert!(!proves, "{check:?} {shown:?} {proof:?}");
            }
        }
    }
}
