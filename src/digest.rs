//! SHA-256 (FIPS 180-4), as it is told everywhere: in hexadecimal digits.

use sha2::{Digest, Sha256};

pub fn sha256(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}
