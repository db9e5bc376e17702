//! Hashes of bytes, as they are told everywhere: in hexadecimal digits.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

/// SHA-256 (FIPS 180-4).
pub fn sha256(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

/// The hash of what is installed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hash {
    algorithm: &'static str,
    hex: Box<str>,
}

/// Names as lockfiles write them, as CycloneDX does, and how many hexadecimal digits they have.
const ALGORITHMS: &[(&str, &str, usize)] = &[
    ("md5", "MD5", 32),
    ("sha1", "SHA-1", 40),
    ("sha256", "SHA-256", 64),
    ("sha384", "SHA-384", 96),
    ("sha512", "SHA-512", 128),
];

impl Hash {
    /// None for an algorithm that is not known, and for what is no hash of it.
    pub fn new(algorithm: &str, hex: &str) -> Option<Self> {
        let (_, algorithm, digits) = ALGORITHMS.iter().find(|(name, ..)| *name == algorithm)?;
        let holds = hex.len() == *digits && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        holds.then(|| Self { algorithm, hex: hex.to_ascii_lowercase().into() })
    }

    /// Of a text as browsers and npm have it (Subresource Integrity, 3.1): `sha512-BASE64`; of several, the first.
    pub fn of_integrity(text: &str) -> Option<Self> {
        let (algorithm, digest) = text.split_whitespace().next()?.split_once('-')?;
        let bytes = BASE64_STANDARD.decode(digest).ok()?;
        Self::new(algorithm, &bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
    }

    pub fn algorithm(&self) -> &'static str {
        self.algorithm
    }

    pub fn hex(&self) -> &str {
        &self.hex
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_has_the_length_of_its_algorithm() {
        let hash = Hash::new("sha256", &"AB".repeat(32)).unwrap();
        assert_eq!((hash.algorithm(), hash.hex()), ("SHA-256", "ab".repeat(32).as_str()));
        assert_eq!(Hash::new("sha256", "ab"), None);
        assert_eq!(Hash::new("blake9", &"ab".repeat(32)), None);
    }

    #[test]
    fn integrity_is_base64() {
        let hash = Hash::of_integrity("sha1-qvTGHdzF6KLavt4PO0gs2a6pQ00= sha512-AA==").unwrap();
        assert_eq!((hash.algorithm(), hash.hex()), ("SHA-1", "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"));
        assert_eq!(Hash::of_integrity("sha512-00"), None);
        assert_eq!(Hash::of_integrity("sha512"), None);
    }
}
