//! Fetching advisories: the only part of this program that speaks to the network, and only for `db update`.
//!
//! [`client`] asks one question over TLS; [`download`] asks it until there is an answer; [`kept`] is the folder in which the
//! archives lie; [`check`] looks at each before it takes the place of the one before. The index is made of these by the same code
//! that imports files, and in one step: whatever goes wrong before leaves it as it was.

mod address;
mod check;
mod client;
mod download;
mod kept;

use std::path::Path;
use std::time::Duration;

use address::Address;
use client::Client;
use download::Download;
use kept::Kept;
use minisign_verify::PublicKey;

use crate::advisory::import::{self, Imported};
use crate::digest::sha256;
use crate::package::Ecosystem;
use crate::time::Time;
pub use kept::Note;

/// Where OSV publishes its advisories (<https://google.github.io/osv.dev/data/>).
pub const OSV: &str = "https://osv-vulnerabilities.storage.googleapis.com";

/// What OSV has of the ecosystems that are known here.
pub const ECOSYSTEMS: [Ecosystem; 11] = [
    Ecosystem::PyPI,
    Ecosystem::Npm,
    Ecosystem::CratesIo,
    Ecosystem::Go,
    Ecosystem::RubyGems,
    Ecosystem::Packagist,
    Ecosystem::Maven,
    Ecosystem::NuGet,
    Ecosystem::Hex,
    Ecosystem::Pub,
    Ecosystem::GitHubActions,
];

/// What is to be fetched, from where, and what must hold of it.
#[derive(Debug)]
pub struct Order<'o> {
    pub from: &'o str,
    pub ecosystems: &'o [Ecosystem],
    pub digests: &'o [(Ecosystem, String)],
    /// A public key of minisign.
    pub key: Option<&'o str>,
    /// A file with the roots that are trusted in place of the machine's, and its text.
    pub roots: Option<(&'o Path, &'o str)>,
    pub retries: u32,
    /// How long a server may say nothing.
    pub patience: Duration,
    /// The most that an archive may weigh.
    pub max: u64,
}

/// What is told while it goes on.
#[derive(Debug)]
pub enum Step<'s> {
    /// Bytes of an archive come, from some place on.
    Begun {
        ecosystem: Ecosystem,
        at: u64,
        length: Option<u64>,
    },
    Got(u64),
    /// There will be another attempt, since this went wrong.
    Again(&'s str),
}

/// What an update did.
#[derive(Debug)]
pub struct Updated {
    /// Each ecosystem with what is here of it now, and whether it was fetched.
    pub archives: Vec<(Ecosystem, Note, bool)>,
    pub imported: Imported,
}

/// Fetches what has changed, and makes the index of all that was ever fetched.
pub fn update(order: &Order<'_>, index: &Path, watch: &mut dyn FnMut(Step<'_>)) -> Result<Updated, String> {
    let from = Address::of_folder(order.from)?;
    let key = order.key.map(check::key).transpose()?;
    let client = Client::new(order.roots.map(|(path, text)| (path, text.as_bytes())), order.patience)?;
    let kept = Kept::open(index.with_file_name("osv"))?;
    let mut download = Download { client, kept: &kept, retries: order.retries, max: order.max, watch };
    let mut archives = Vec::new();
    for &ecosystem in order.ecosystems {
        let told = |why| format!("{}: {why}\nThe advisories that were here are unchanged", ecosystem.name());
        let (note, is_new) = one(&mut download, ecosystem, &from, order, key.as_ref()).map_err(told)?;
        archives.push((ecosystem, note, is_new));
    }
    let imported = import::import(&kept.archives()?, None, index)?;
    Ok(Updated { archives, imported })
}

fn one(
    download: &mut Download<'_>,
    ecosystem: Ecosystem,
    from: &Address,
    order: &Order<'_>,
    key: Option<&PublicKey>,
) -> Result<(Note, bool), String> {
    let kept = download.kept;
    let address = from.file(ecosystem, "all.zip");
    // Asked for first: where there is none, the rest would be for nothing.
    let signature = match key {
        Some(key) => Some((key, download.signature(&from.file(ecosystem, "all.zip.minisig"))?)),
        None => None,
    };
    let digest = order.digests.iter().find(|(of, _)| *of == ecosystem);
    let verdict = |bytes: &[u8]| {
        digest.map_or(Ok(()), |(_, digest)| check::is_named(bytes, digest))?;
        signature.as_ref().map_or(Ok(()), |(key, signature)| check::is_signed(bytes, key, signature))?;
        check::records(bytes)
    };
    let told = |why: String| format!("{address}: {why}");
    let asked_at = Time::now();
    let before = kept.current(ecosystem)?;
    let Some(origin) = download.archive(ecosystem, &address, before.as_ref().map(|(note, _)| note))? else {
        let (note, bytes) = before.ok_or_else(|| told("it is said to be unchanged, and is not here".to_owned()))?;
        verdict(&bytes).map_err(told)?;
        kept.is_of(ecosystem, asked_at)?;
        return Ok((note, false));
    };
    let bytes = kept.read_part(ecosystem, order.max)?;
    let before = before.map_or(0, |(note, _)| note.records);
    let judged = verdict(&bytes).and_then(|records| match check::is_shrunken(records, before) {
        true => {
            let place = kept.archive(ecosystem);
            let advice = format!("if that is right, remove {} and run this again", place.display());
            Err(format!("of {before} records {records} are left: {advice}"))
        }
        false => Ok(records),
    });
    let records = judged.map_err(|why| {
        kept.drop_part(ecosystem);
        told(why)
    })?;
    let length = bytes.len() as u64;
    let note = Note { origin, length, sha256: sha256(&bytes), records, fetched_at: asked_at.to_string() };
    kept.put(ecosystem, &note)?;
    kept.is_of(ecosystem, asked_at)?;
    Ok((note, true))
}
