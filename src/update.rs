//! Fetching advisories: the archives that OSV publishes for each ecosystem, kept beside the index that is made of them.
//!
//! This is the only module that speaks to a server, and `portcullis db update` the only command that asks it to. What comes is
//! bounded, checked and complete before it takes the place of anything; where one archive cannot be had, nothing is changed.
//!
//! An archive is fetched whole once. Afterwards OSV's list of what was modified since (`modified_id.csv`, newest first) says which
//! records are to be fetched one by one; where there is no such list, or there are too many, the archive is fetched again if its
//! `ETag` ([RFC 9110], 8.8.3) is another.
//!
//! [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110

mod changes;
mod client;
mod fetch;
mod kept;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use minisign_verify::{PublicKey, Signature};

use crate::advisory::import::{self, Imported};
use crate::package::Ecosystem;
use client::Client;
use kept::Kept;

/// Where OSV publishes (<https://google.github.io/osv.dev/data/>).
pub const OSV: &str = "https://osv-vulnerabilities.storage.googleapis.com";

/// What is to be fetched, and how.
#[derive(Debug)]
pub struct Order {
    /// Where from: `BASE/ECOSYSTEM/all.zip`.
    pub base: String,
    pub ecosystems: Vec<Ecosystem>,
    /// The index that is made.
    pub index: PathBuf,
    /// SHA-256 that the archives must have.
    pub sha256: BTreeMap<Ecosystem, String>,
    /// The public key by which `all.zip.minisig` is checked.
    pub key: Option<String>,
    /// Certificates in PEM that are trusted in place of the system's.
    pub authorities: Option<PathBuf>,
    /// How long to wait for a server that says nothing.
    pub patience: Duration,
    /// How often something is tried again that may go better.
    pub retries: u32,
    /// A larger archive is refused: bytes.
    pub largest: u64,
}

/// What became of the archive of one ecosystem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// So many bytes came.
    Fetched(u64),
    /// So many records were modified.
    Modified(usize),
    Unchanged,
}

/// How far it is with an ecosystem.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// Bytes that are there, and of how many, where that is known.
    At(u64, Option<u64>),
    Done(News),
}

/// Fetches what is new, and makes the index of all that is kept.
pub fn update(order: &Order, tell: &dyn Fn(Ecosystem, Step)) -> Result<Imported, String> {
    let client = Client::new(order)?;
    let folder = order.index.parent().unwrap_or(Path::new("")).join("osv");
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut all = Vec::new();
    for ecosystem in &order.ecosystems {
        let kept = Kept::new(&folder, *ecosystem);
        let news = one(&client, order, &kept, &|step| tell(*ecosystem, step)).map_err(|why| {
            format!("{}: {why}; the advisories that were there before are as they were", ecosystem.name())
        })?;
        tell(*ecosystem, Step::Done(news));
        all.push(kept);
    }
    // Single records first: of two of one name, the first counts.
    let changes = all.iter().map(Kept::changes).filter(|file| file.exists());
    let inputs: Vec<PathBuf> = changes.chain(all.iter().map(Kept::newest)).collect();
    let imported = import::import(&inputs, None, &order.index);
    match &imported {
        Ok(_) => all.iter().try_for_each(Kept::accept).map_err(|error| format!("{}: {error}", folder.display()))?,
        // What cannot be read is not to be in the way of the next attempt.
        Err(_) => all.iter().for_each(Kept::reject),
    }
    imported
}

fn one(client: &Client, order: &Order, kept: &Kept, tell: &dyn Fn(Step)) -> Result<News, String> {
    let folder = format!("{}/{}", order.base.trim_end_matches('/'), client::escaped(kept.ecosystem.name()));
    // Neither a hash nor a signature speaks of single records.
    let is_held_to_all = order.key.is_some() || order.sha256.contains_key(&kept.ecosystem);
    if !is_held_to_all && let Some(modified) = changes::fetch(client, &folder, kept)? {
        kept.touch()?;
        return Ok(if modified == 0 { News::Unchanged } else { News::Modified(modified) });
    }
    let url = format!("{folder}/all.zip");
    let news = fetch::fetch(client, &url, kept, order.largest, &|done, of| tell(Step::At(done, of)))?;
    check(client, order, kept, &url)?;
    Ok(news)
}

/// Holds the newest archive against the hash and the key that the user named.
fn check(client: &Client, order: &Order, kept: &Kept, url: &str) -> Result<(), String> {
    if let Some(wanted) = order.sha256.get(&kept.ecosystem) {
        let is = kept.sha256()?;
        if !wanted.eq_ignore_ascii_case(&is) {
            kept.reject();
            return Err(format!("{url}: its SHA-256 is {is}, and not the one that was named"));
        }
    }
    if let Some(key) = &order.key {
        let key = PublicKey::from_base64(key).map_err(|error| format!("the minisign key is none: {error}"))?;
        let address = format!("{url}.minisig");
        let text = client.text(&address)?;
        let signature = Signature::decode(&text).map_err(|error| format!("{address}: it is no signature: {error}"))?;
        let bytes = std::fs::read(kept.newest()).map_err(|error| error.to_string())?;
        if let Err(error) = key.verify(&bytes, &signature, false) {
            kept.reject();
            return Err(format!("{url}: its signature does not fit the key: {error}"));
        }
    }
    Ok(())
}
