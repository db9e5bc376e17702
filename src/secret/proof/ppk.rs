//! Private keys of `PuTTY` (its manual, appendix C, "PPK file format").

use super::alphabet::{base64, hex};
use super::{Proof, armour};
use sha2::{Digest, Sha256};

const FIRST: &[u8] = b"PuTTY-User-Key-File-";

/// The fields of a file whose private part is not encrypted are proved by a code: in version 3, HMAC-SHA-256 with an
/// empty key. That of version 2 is made with SHA-1, so there the structure must do.
pub(super) fn prove(value: &[u8]) -> Option<Proof> {
    let text = armour::plain(&value[memchr::memmem::find(value, FIRST)?..]);
    let lines: Vec<&[u8]> = armour::lines(&text).collect();
    let field = |name: &[u8]| {
        lines
            .iter()
            .enumerate()
            .find_map(|(at, line)| Some((at, line.strip_prefix(name)?.strip_prefix(b":")?.trim_ascii_start())))
    };
    let blob = |name: &[u8]| {
        let (at, count) = field(name)?;
        let count: usize = std::str::from_utf8(count).ok()?.parse().ok()?;
        let words = lines.get(at + 1..)?.get(..count)?.iter().filter_map(|line| armour::body(line));
        base64(&words.collect::<Vec<_>>().concat()).filter(|bytes| !bytes.is_empty())
    };
    let (version, algorithm) = lines.first()?.strip_prefix(FIRST)?.split_first()?;
    let algorithm = algorithm.strip_prefix(b":")?.trim_ascii_start();
    let (Some((_, encryption)), Some(public), Some(private)) =
        (field(b"Encryption"), blob(b"Public-Lines"), blob(b"Private-Lines"))
    else {
        return Some(Proof::structure(false));
    };
    if encryption != b"none" {
        return Some(Proof::failed("the key is encrypted"));
    }
    let (Some((_, comment)), Some((_, code))) = (field(b"Comment"), field(b"Private-MAC")) else {
        return Some(Proof::structure(version == b"1".first()?));
    };
    if *version != b'3' {
        return Some(Proof::structure(hex(code).is_some_and(|code| code.len() == 20)));
    }
    let data: Vec<u8> = [algorithm, encryption, comment, &public, &private]
        .iter()
        .flat_map(|part| [&(part.len() as u32).to_be_bytes()[..], part].concat())
        .collect();
    Some(Proof::checksum(hex(code).is_some_and(|code| code == unkeyed(&data))))
}

/// HMAC-SHA-256 (RFC 2104) with an empty key.
fn unkeyed(data: &[u8]) -> [u8; 32] {
    let inner = Sha256::new().chain_update([0x36; 64]).chain_update(data).finalize();
    Sha256::new().chain_update([0x5C; 64]).chain_update(inner).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::super::tests::encode64;
    use super::*;

    fn hexadecimal(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The code of an empty message under an empty key is known.
    #[test]
    fn the_code_is_that_of_rfc_2104() {
        let known = "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad";
        assert_eq!(hexadecimal(&unkeyed(b"")), known);
    }

    fn file(version: u8, encryption: &str) -> String {
        let (public, private) = ([0x21; 60], [0x43; 50]);
        let parts: [&[u8]; 5] = [b"ssh-rsa", encryption.as_bytes(), b"me@here", &public, &private];
        let data: Vec<u8> =
            parts.iter().flat_map(|part| [&(part.len() as u32).to_be_bytes()[..], part].concat()).collect();
        let code = if version == 3 { hexadecimal(&unkeyed(&data)) } else { "ab".repeat(20) };
        let (public, private) = (encode64(&public), encode64(&private));
        let (first, second) = public.split_at(64);
        let start =
            format!("{}{version}: ssh-rsa\nEncryption: {encryption}\nComment: me@here\n", "PuTTY-User-Key-File-");
        format!("{start}Public-Lines: 2\n{first}\n{second}\nPrivate-Lines: 1\n{private}\nPrivate-MAC: {code}\n")
    }

    #[test]
    fn a_key_in_the_clear_proves_itself() {
        let text = file(3, "none");
        assert_eq!(prove(text.as_bytes()), Some(Proof::checksum(true)));
        assert_eq!(prove(text.replace('\n', "\\n").as_bytes()), Some(Proof::checksum(true)));
        assert_eq!(prove(text.replace('\n', "\r\n").as_bytes()), Some(Proof::checksum(true)));
        assert_eq!(prove(file(2, "none").as_bytes()), Some(Proof::structure(true)));
        for (from, to) in
            [("me@here", "you@here"), ("ISEh", "ISEi"), ("Q0ND", "Q0NE"), ("ssh-rsa", "ssh-dss"), ("MAC: ", "MAC: 00")]
        {
            assert_eq!(prove(text.replacen(from, to, 1).as_bytes()), Some(Proof::checksum(false)), "{from}");
        }
    }

    #[test]
    fn encrypted_and_broken_files_do_not_hold() {
        assert_eq!(prove(file(3, "aes256-cbc").as_bytes()), Some(Proof::failed("the key is encrypted")));
        for (from, to) in
            [("Private-Lines: 1", "Private-Lines: 9"), ("Public-Lines: 2", "Public-Lines: x"), ("Encryption", "Other")]
        {
            assert_eq!(prove(file(3, "none").replace(from, to).as_bytes()), Some(Proof::structure(false)), "{from}");
        }
        assert_eq!(prove(file(2, "none").replace("MAC: ab", "MAC: ").as_bytes()), Some(Proof::structure(false)));
        assert_eq!(prove(b"something else"), None);
    }
}
