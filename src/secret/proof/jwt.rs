//! JSON Web Tokens in their compact form (RFC 7515, RFC 7519).

use super::Proof;
use super::alphabet::base64;
use crate::time::Day;
use serde_json::{Map, Value};

/// A moment when this was written, in seconds since 1970: what ended before it has ended. There is no clock here, as
/// two scans of the same tree say the same.
pub(super) const WRITTEN: u64 = 1_793_491_200; // 2026-11-01

/// How many bytes the signature of an algorithm has (RFC 7518, 3.1; RFC 8037; RFC 8812).
const LENGTHS: [(&str, &[usize]); 8] = [
    ("HS256", &[32]),
    ("HS384", &[48]),
    ("HS512", &[64]),
    ("ES256", &[64]),
    ("ES256K", &[64]),
    ("ES384", &[96]),
    ("ES512", &[132]),
    ("EdDSA", &[64, 114]),
];

/// Algorithms of RSA, of which no key is shorter than 1024 bits.
const RSA: [&str; 6] = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"];

pub(super) fn prove(value: &[u8]) -> Option<Proof> {
    let parts: Vec<&[u8]> = value.split(|byte| *byte == b'.').collect();
    let [header, payload, signature] = parts[..] else { return None };
    let Some(header) = object(header) else { return Some(Proof::failed("its header is no JSON object")) };
    let Some(algorithm) = header.get("alg").and_then(Value::as_str) else {
        return Some(Proof::failed("its header names no algorithm"));
    };
    let Some(claims) = object(payload) else { return Some(Proof::failed("its payload is no JSON object")) };
    if algorithm.eq_ignore_ascii_case("none") || signature.is_empty() {
        return Some(Proof::failed("no signature: it opens nothing"));
    }
    let length = base64(signature).map_or(0, |signature| signature.len());
    let fits = match LENGTHS.iter().find(|(name, _)| *name == algorithm) {
        Some((_, lengths)) => lengths.contains(&length),
        None if RSA.contains(&algorithm) => length >= 128,
        None => length > 0,
    };
    if !fits {
        return Some(Proof::failed("its signature has not the length of its algorithm"));
    }
    Some(claimed(&claims))
}

/// A part of a token, as an object.
fn object(part: &[u8]) -> Option<Map<String, Value>> {
    serde_json::from_slice(&base64(part)?).ok()
}

/// What the claims say of what a token opens.
fn claimed(claims: &Map<String, Value>) -> Proof {
    let is = |name: &str, what: &str| claims.get(name).and_then(Value::as_str) == Some(what);
    if is("sub", "1234567890") && is("name", "John Doe") {
        return Proof::failed("the example of jwt.io");
    }
    if is("role", "anon") && claims.get("iss").and_then(Value::as_str).is_some_and(|iss| iss.starts_with("supabase")) {
        return Proof::failed("a key of Supabase that is made to be public");
    }
    match claims.get("exp").and_then(Value::as_f64) {
        Some(end) if end < WRITTEN as f64 => Proof::failed(format!("it expired on {}", Day::of_second(end as u64))),
        Some(end) if end < 253_402_300_800.0 => Proof::held(format!("it expires on {}", Day::of_second(end as u64))),
        Some(_) => Proof::structure(true),
        None => Proof::held("it does not expire"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::encode64;
    use super::*;

    fn token(header: &str, claims: &str, signature: usize) -> String {
        let part = |bytes: &[u8]| encode64(bytes).replace('=', "").replace('+', "-").replace('/', "_");
        [part(header.as_bytes()), part(claims.as_bytes()), part(&vec![0xFB; signature])].join(".")
    }

    fn told(header: &str, claims: &str, signature: usize) -> Option<Proof> {
        prove(token(header, claims, signature).as_bytes())
    }

    #[test]
    fn the_length_of_a_signature_is_that_of_its_algorithm() {
        for (algorithm, right, wrong) in [
            ("HS256", 32, 31),
            ("HS512", 64, 32),
            ("ES512", 132, 64),
            ("EdDSA", 114, 32),
            ("RS256", 256, 64),
            ("ML-DSA-44", 2420, 0),
        ] {
            let header = format!(r#"{{"typ":"JWT","alg":"{algorithm}"}}"#);
            assert_eq!(told(&header, r#"{"sub":"x"}"#, right), Some(Proof::held("it does not expire")), "{algorithm}");
            assert!(told(&header, "{}", wrong).is_some_and(|proof| !proof.holds), "{algorithm}");
        }
    }

    #[test]
    fn what_opens_nothing_does_not_hold() {
        let none = Some(Proof::failed("no signature: it opens nothing"));
        assert_eq!(told(r#"{"alg":"none"}"#, "{}", 32), none);
        assert_eq!(told(r#"{"alg":"HS256"}"#, "{}", 0), none);
        let hs = r#"{"alg":"HS256"}"#;
        for claims in
            [r#"{"sub":"1234567890","name":"John Doe","iat":1516239022}"#, r#"{"iss":"supabase","role":"anon"}"#]
        {
            assert!(told(hs, claims, 32).is_some_and(|proof| !proof.holds), "{claims}");
        }
        for (header, claims) in [("{}", "{}"), ("[]", "{}"), (hs, "text"), (r#"{"alg":7}"#, "{}")] {
            assert!(told(header, claims, 32).is_some_and(|proof| !proof.holds), "{header} {claims}");
        }
        assert_eq!((prove(b"a.b"), prove(b"a.b.c.d.e")), (None, None));
    }

    #[test]
    fn an_end_is_told_by_its_day() {
        let hs = r#"{"alg":"HS256"}"#;
        // The end of the example of RFC 7519.
        assert_eq!(told(hs, r#"{"exp":1300819380}"#, 32), Some(Proof::failed("it expired on 2011-03-22")));
        assert_eq!(told(hs, r#"{"exp":0}"#, 32), Some(Proof::failed("it expired on 1970-01-01")));
        assert_eq!(told(hs, r#"{"exp":4107456000}"#, 32), Some(Proof::held("it expires on 2100-02-28")));
        assert_eq!(told(hs, r#"{"exp":1e30}"#, 32), Some(Proof::structure(true)));
        assert_eq!(Day::of_second(WRITTEN).to_string(), "2026-11-01");
        assert_eq!(Day::of_second(951_782_400).to_string(), "2000-02-29");
    }
}
