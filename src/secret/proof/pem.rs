//! Private keys in PEM (RFC 7468, RFC 1421): is the body one DER sequence that begins as that kind of key does?

use super::alphabet::base64;
use super::armour::{self, Armour};
use super::{Proof, openssh, pgp};

/// Kinds of keys and the versions that stand first in them: PKCS #1 (RFC 8017), PKCS #8 (RFC 5958), SEC 1 (RFC 5915)
/// and OpenSSL's form of DSA.
const KINDS: [(&str, &[u8]); 4] =
    [("PRIVATE KEY", &[0, 1]), ("RSA PRIVATE KEY", &[0, 1]), ("EC PRIVATE KEY", &[1]), ("DSA PRIVATE KEY", &[0])];

pub(super) fn prove(value: &[u8]) -> Option<Proof> {
    let armour = armour::read(value)?;
    if armour.begin != armour.end {
        return Some(Proof::failed("its begin and its end do not match"));
    }
    match armour.begin.as_str() {
        "OPENSSH PRIVATE KEY" => return Some(openssh::told(&armour)),
        "PGP PRIVATE KEY BLOCK" => return Some(pgp::told(&armour)),
        _ => {}
    }
    let encrypted =
        armour.begin == "ENCRYPTED PRIVATE KEY" || armour.headers.iter().any(|line| line.contains("ENCRYPTED"));
    let kind = KINDS.iter().find(|(name, _)| *name == armour.begin);
    if kind.is_none() && !encrypted {
        return None;
    }
    Some(match bytes(&armour) {
        Err(proof) => proof,
        Ok(_) if encrypted => Proof::failed("the key is encrypted"),
        Ok(key) => Proof::structure(kind.is_some_and(|(_, versions)| is_key(&key, versions))),
    })
}

/// The bytes of a body, or why there are none.
pub(super) fn bytes(armour: &Armour) -> Result<Vec<u8>, Proof> {
    let letters = &armour.body;
    if letters.len() < 16 || letters.windows(2).filter(|pair| pair[0] == pair[1]).count() > letters.len() / 2 {
        return Err(Proof::failed("its body is a placeholder"));
    }
    base64(letters).ok_or_else(|| Proof::failed("its body is not base64"))
}

/// One DER sequence and nothing after it, which begins with one of the versions (ITU-T X.690, 8.1 and 10.1).
fn is_key(bytes: &[u8], versions: &[u8]) -> bool {
    let [0x30, first, rest @ ..] = bytes else { return false };
    let content = if *first < 0x80 {
        (rest.len() == usize::from(*first)).then_some(rest)
    } else {
        let wide = usize::from(first & 0x7F);
        rest.split_at_checked(wide).filter(|_| (1..=4).contains(&wide)).and_then(|(length, content)| {
            let length = length.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
            (length == content.len()).then_some(content)
        })
    };
    matches!(content, Some([2, 1, version, _, ..]) if versions.contains(version))
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::tests::encode64;
    use super::*;

    pub(in super::super) fn pem(label: &str, body: &[u8]) -> String {
        let lines: Vec<String> =
            encode64(body).as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into()).collect();
        ["-----BEGIN ", label, "-----\n", &lines.join("\n"), "\n-----END ", label, "-----\n"].concat()
    }

    /// A sequence of a version and so many other bytes.
    fn key(version: u8, length: usize) -> Vec<u8> {
        let content = [vec![2, 1, version, 4], (0..length).map(|at| (at * 37) as u8).collect()].concat();
        let size = content.len();
        let head = match size {
            0..0x80 => vec![0x30, size as u8],
            0x80..0x100 => vec![0x30, 0x81, size as u8],
            _ => vec![0x30, 0x82, (size >> 8) as u8, size as u8],
        };
        [head, content].concat()
    }

    #[test]
    fn a_key_is_one_whole_sequence_with_a_version_of_its_kind() {
        for (label, versions) in KINDS {
            for length in [20, 200, 1200] {
                for version in 0..3 {
                    let told = prove(pem(label, &key(version, length)).as_bytes());
                    assert_eq!(told, Some(Proof::structure(versions.contains(&version))), "{label} {version} {length}");
                }
            }
        }
        let whole = key(0, 600);
        for broken in [
            &whole[..whole.len() - 1],
            &[&whole[..], &[0]].concat(),
            &[&[0x31][..], &whole[1..]].concat(),
            b"\x30\x80\x02\x01\x00\x01\x02\x03\x04\x05\x06\x07",
            &[0x30],
        ] {
            assert!(prove(pem("PRIVATE KEY", broken).as_bytes()).is_some_and(|proof| !proof.holds), "{broken:?}");
        }
    }

    #[test]
    fn a_key_in_code_is_a_key() {
        let text = pem("RSA PRIVATE KEY", &key(0, 600));
        let lines: Vec<String> = text.lines().map(|line| format!("\"{line}\\n\"")).collect();
        assert_eq!(prove(lines.join(" +\n    ").as_bytes()), Some(Proof::structure(true)));
        assert_eq!(prove(text.replace('\n', "\\n").as_bytes()), Some(Proof::structure(true)));
        assert_eq!(prove(text.replace('\n', "\n        ").as_bytes()), Some(Proof::structure(true)));
    }

    #[test]
    fn encrypted_keys_placeholders_and_halves_do_not_hold() {
        let encrypted = Some(Proof::failed("the key is encrypted"));
        assert_eq!(prove(pem("ENCRYPTED PRIVATE KEY", &key(0, 300)).as_bytes()), encrypted);
        let old = pem("RSA PRIVATE KEY", &key(7, 300)).replacen(
            "KEY-----\n",
            "KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: DES-EDE3-CBC,00\n\n",
            1,
        );
        assert_eq!(prove(old.as_bytes()), encrypted);
        let whole = pem("EC PRIVATE KEY", &key(1, 100));
        let body = whole.lines().nth(1).unwrap_or_default().to_owned();
        for placeholder in ["...", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "MIIE...", "<your key here>", ""] {
            let text = whole
                .lines()
                .map(|line| if line.starts_with('-') { format!("{line}\n") } else { String::new() })
                .collect::<String>();
            let text = text.replacen("-----\n", &format!("-----\n{placeholder}\n"), 1);
            assert!(prove(text.as_bytes()).is_some_and(|proof| !proof.holds), "{placeholder}");
        }
        assert!(prove(whole.replace(&body, &format!("{}?", &body[1..])).as_bytes()).is_some_and(|proof| !proof.holds));
        assert!(prove(whole.replacen("EC", "RSA", 1).as_bytes()).is_some_and(|proof| !proof.holds));
        assert_eq!(prove(pem("CERTIFICATE", &key(0, 300)).as_bytes()), None);
        assert_eq!(prove(b"no armour"), None);
    }
}
