//! Credentials that are base64 of something: a JSON object, a user and a password, a key of so many bytes.

use super::Proof;
use super::alphabet::base64;
use crate::digest::sha256;
use serde_json::{Map, Value};

/// What stands before the base64 of 1Password, Grafana Cloud and Sentry.
const PREFIXES: [&[u8]; 3] = [b"ops_", b"glc_", b"sntrys_"];

/// A JSON object in base64, after a prefix or not. Sentry's tokens go on after it, with `_` and random characters.
pub(super) fn json(value: &[u8]) -> Option<Proof> {
    let text = PREFIXES.iter().find_map(|prefix| value.strip_prefix(*prefix)).unwrap_or(value);
    let first = text.split(|byte| *byte == b'_').next()?;
    let object = |text| serde_json::from_slice::<Map<String, Value>>(&base64(text)?).ok();
    Some(match object(text).or_else(|| object(first)) {
        Some(object) if !object.is_empty() => Proof::structure(true),
        _ => Proof::failed("what it encodes is no JSON object"),
    })
}

/// Passwords that documents write where a password would stand.
const PLACEHOLDERS: [&str; 9] =
    ["password", "passwd", "pass", "pwd", "secret", "token", "changeme", "open sesame", "your_password"];

/// `Basic` authentication (RFC 7617): base64 of a user, a colon and a password.
pub(super) fn basic(value: &[u8]) -> Option<Proof> {
    let text = match value.split_at_checked(6) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case(b"basic ") => rest.trim_ascii(),
        _ => value,
    };
    let pair = base64(text).and_then(|pair| String::from_utf8(pair).ok());
    let Some(pair) = pair.filter(|pair| !pair.chars().any(char::is_control)) else {
        return Some(Proof::failed("what it encodes is no text"));
    };
    Some(match pair.split_once(':') {
        None => Proof::failed("what it encodes has no colon"),
        Some((_, "")) => Proof::failed("its password is empty"),
        Some((_, password)) if PLACEHOLDERS.contains(&password.to_ascii_lowercase().as_str()) => {
            Proof::failed("its password is a placeholder")
        }
        Some(_) => Proof::held("it is a user and a password"),
    })
}

/// Keys that everybody has, by the SHA-256 of their base64.
const PUBLIC: [(&str, &str); 2] = [
    (
        "0011cc25eb4320717494d2703e8cba85743e71b500283c21c8b88147992f9059",
        "the key of Azure's storage emulator, which is public",
    ),
    (
        "aa6547439583c3a275d4542a0df6c1ad6a863971be9f2a2220f027cc02aef615",
        "the key of Azure's Cosmos DB emulator, which is public",
    ),
];

/// A key of so many bytes in base64. Fewer than eight different ones among 32 or more are no random key.
pub(super) fn of(length: usize, value: &[u8]) -> Option<Proof> {
    let Some(bytes) = base64(value) else { return Some(Proof::failed("it is not base64")) };
    if bytes.len() != length {
        return Some(Proof::failed(format!("it is not base64 of {length} bytes")));
    }
    let digest = sha256(value);
    if let Some((_, note)) = PUBLIC.iter().find(|(public, _)| *public == digest) {
        return Some(Proof::failed(*note));
    }
    let mut seen = [false; 256];
    bytes.iter().for_each(|byte| seen[usize::from(*byte)] = true);
    let different = seen.iter().filter(|seen| **seen).count();
    Some(if different < 8 { Proof::failed("its bytes repeat") } else { Proof::held(format!("it is {length} bytes")) })
}

#[cfg(test)]
mod tests {
    use super::super::tests::encode64;
    use super::*;

    #[test]
    fn an_object_is_found_behind_each_prefix() {
        let object = encode64(br#"{"n":"a name","k":"a key","id":1}"#);
        let url = object.replace('=', "");
        for value in
            [format!("glc_{object}"), format!("ops_{url}"), url, format!("sntrys_{object}_{}", "aB0/".repeat(10))]
        {
            assert_eq!(json(value.as_bytes()), Some(Proof::structure(true)), "{value}");
        }
        for other in [&b"{}"[..], b"[1]", b"null", b"{\"n\":", b"\xff\xfe"] {
            assert!(json(encode64(other).as_bytes()).is_some_and(|proof| !proof.holds), "{other:?}");
        }
        assert!(json(b"glc_not base64").is_some_and(|proof| !proof.holds));
    }

    #[test]
    fn a_header_has_a_user_and_a_password() {
        let told = |pair: &str| basic(encode64(pair.as_bytes()).as_bytes());
        let held = Some(Proof::held("it is a user and a password"));
        assert_eq!(told("deploy:Tr0ub4dor&3"), held);
        assert_eq!(told(":kéy:with:colons"), held);
        assert_eq!(basic(format!("Basic {}", encode64(b"a:bcdef")).as_bytes()), held);
        for pair in ["Aladdin:open sesame", "user:Password", "name:", "nothing here", "a:b\u{7}"] {
            assert!(told(pair).is_some_and(|proof| !proof.holds), "{pair}");
        }
        assert!(basic(b"Basic realm").is_some_and(|proof| !proof.holds));
        assert!(basic(encode64(b"a:\xff\xfe").as_bytes()).is_some_and(|proof| !proof.holds));
    }

    #[test]
    fn a_key_has_its_length_and_does_not_repeat() {
        let bytes: Vec<u8> = (0..64).map(|at| at * 3).collect();
        assert_eq!(of(64, encode64(&bytes).as_bytes()), Some(Proof::held("it is 64 bytes")));
        assert_eq!(of(32, encode64(&bytes[..32]).as_bytes()), Some(Proof::held("it is 32 bytes")));
        for (length, value) in [(64, encode64(&bytes[..63])), (32, encode64(&[7; 32])), (32, "A".repeat(42) + "?")] {
            assert!(of(length, value.as_bytes()).is_some_and(|proof| !proof.holds), "{value}");
        }
    }

    #[test]
    fn keys_of_emulators_are_known_by_their_digests() {
        let azurite = ["Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50u", "SRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="];
        let cosmos = ["C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2n", "Q9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw=="];
        for (parts, name) in [(azurite, "storage"), (cosmos, "Cosmos")] {
            let proof = of(64, parts.concat().as_bytes());
            assert!(proof.is_some_and(|proof| !proof.holds && proof.note.is_some_and(|note| note.contains(name))));
        }
    }
}
