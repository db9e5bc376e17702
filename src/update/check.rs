//! What must hold of an archive before it takes the place of another one.

use minisign_verify::{PublicKey, Signature};

use crate::advisory::import;
use crate::archive::{self, Unread};
use crate::digest::sha256;

/// How many records an archive holds; an error where it is damaged, or no archive of records.
///
/// A single record that is too long is left to the import, which tells it: it would stand in the way of all the others.
pub(super) fn records(bytes: &[u8]) -> Result<u64, String> {
    let mut records = 0;
    let mut fault = None;
    archive::members("", bytes, &import::ARCHIVE, |member| match member.bytes {
        Ok(bytes) => {
            let is_record = member.path.ends_with(".json") && import::is_record(&bytes);
            records += u64::from(is_record);
        }
        Err(Unread::Large(_)) => {}
        Err(Unread::Because(why)) => {
            fault.get_or_insert_with(|| match member.path.is_empty() {
                true => why,
                false => format!("{}: {why}", member.path),
            });
        }
    });
    match fault {
        Some(why) => Err(format!("what was sent is damaged: {why}")),
        None if records == 0 => Err("what was sent is no archive of advisories".to_owned()),
        None => Ok(records),
    }
}

/// Whether so few records are left that something must have gone wrong on the other side.
pub(super) fn is_shrunken(records: u64, before: u64) -> bool {
    records < before / 2
}

pub(super) fn is_named(bytes: &[u8], digest: &str) -> Result<(), String> {
    let real = sha256(bytes);
    match real.eq_ignore_ascii_case(digest) {
        true => Ok(()),
        false => Err(format!("its sha256 is {real}, and not {digest}, as `--sha256` says")),
    }
}

pub(super) fn key(text: &str) -> Result<PublicKey, String> {
    let read = PublicKey::from_base64(text.trim());
    read.map_err(|_| "this is no public key of minisign: it is one line that begins with `RW`".to_owned())
}

/// A signature of the old form, over the bytes and not their hash, is refused: nobody has made such for years.
pub(super) fn is_signed(bytes: &[u8], key: &PublicKey, signature: &str) -> Result<(), String> {
    let signature = Signature::decode(signature).map_err(|_| "its signature is none of minisign".to_owned())?;
    let verified = key.verify(bytes, &signature, false);
    verified.map_err(|error| format!("its signature does not fit it and the key: {error}"))
}
