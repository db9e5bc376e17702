//! JSON Web Keys (RFC 7517, RFC 7518, RFC 8037), one or a set of them.

use super::Proof;
use super::alphabet::base64;
use serde_json::Value;

/// The bytes of the private part on a curve.
const CURVES: [(&str, usize); 8] = [
    ("P-256", 32),
    ("P-384", 48),
    ("P-521", 66),
    ("secp256k1", 32),
    ("Ed25519", 32),
    ("X25519", 32),
    ("Ed448", 57),
    ("X448", 56),
];

/// JSON as it stands, or as it stands in a string of JSON.
pub(super) fn prove(value: &[u8]) -> Option<Proof> {
    let quoted = || [b"\"", value, b"\""].concat();
    let unquoted =
        || serde_json::from_slice::<String>(&quoted()).ok().and_then(|text| serde_json::from_str(&text).ok());
    let key: Value = serde_json::from_slice(value).ok().or_else(unquoted)?;
    match key.get("keys").and_then(Value::as_array) {
        Some(keys) => {
            let proofs: Vec<Proof> = keys.iter().filter_map(told).collect();
            proofs.iter().find(|proof| proof.holds).or(proofs.first()).cloned()
        }
        None => told(&key),
    }
}

/// What one key is, where its kind is known.
fn told(key: &Value) -> Option<Proof> {
    let text = |name: &str| key.get(name).and_then(Value::as_str);
    let bytes = |name: &str| text(name).and_then(|part| base64(part.as_bytes())).map_or(0, |part| part.len());
    let kind = text("kty")?;
    let private = if kind == "oct" { "k" } else { "d" };
    if text(private).is_none_or(str::is_empty) {
        return Some(Proof::failed("it has no private part"));
    }
    Some(match kind {
        "oct" => Proof::structure(bytes("k") > 0),
        "RSA" => Proof::structure(
            (64..=2048).contains(&bytes("n")) && bytes("e") > 0 && (1..=bytes("n")).contains(&bytes("d")),
        ),
        "EC" | "OKP" => {
            let curve = text("crv").and_then(|name| CURVES.iter().find(|(curve, _)| *curve == name));
            Proof::structure(curve.map_or(bytes("d") > 0, |(_, length)| bytes("d") == *length))
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::encode64;
    use super::*;

    fn part(length: usize) -> String {
        encode64(&vec![0xA7; length]).replace('=', "").replace('+', "-").replace('/', "_")
    }

    fn ec(d: usize) -> String {
        format!(r#"{{"kty":"EC","crv":"P-256","x":"{}","y":"{}","d":"{}"}}"#, part(32), part(32), part(d))
    }

    #[test]
    fn a_private_key_has_its_parts() {
        let rsa = |d| format!(r#"{{"kty":"RSA","n":"{}","e":"AQAB","d":"{}"}}"#, part(256), part(d));
        let whole = Some(Proof::structure(true));
        for key in [ec(32), rsa(256), format!(r#"{{"kty":"oct","k":"{}"}}"#, part(32))] {
            assert_eq!(prove(key.as_bytes()), whole, "{key}");
            assert_eq!(prove(key.replace('"', "\\\"").as_bytes()), whole, "in a string");
            assert_eq!(prove(format!(r#"{{"keys":[{{"kty":"EC"}},{key}]}}"#).as_bytes()), whole, "in a set");
        }
        for key in [ec(31), rsa(257), r#"{"kty":"oct","k":"??"}"#.to_owned()] {
            assert_eq!(prove(key.as_bytes()), Some(Proof::structure(false)), "{key}");
        }
    }

    #[test]
    fn a_public_key_does_not_hold_and_other_json_is_not_told() {
        let public = Some(Proof::failed("it has no private part"));
        assert_eq!(prove(br#"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#), public);
        assert_eq!(prove(br#"{"keys":[{"kty":"EC","x":"AA"}]}"#), public);
        for other in ["{}", r#"{"kty":"new","d":"AA"}"#, "[1]", "{", r#"{"keys":[]}"#] {
            assert_eq!(prove(other.as_bytes()), None, "{other}");
        }
    }
}
