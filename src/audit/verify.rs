//! Verifying a log: whether all of it is as it was written, and if not, what happened where.

use std::path::PathBuf;
use std::time::Duration;

use super::chain::{self, Link, What};
use super::folder::{Folder, shown};
use super::line::{Head, Line};
use super::record::{Cut, Torn};
use super::stored::{Place, Stored, each};
use crate::digest::sha256;

/// What verifying came to.
#[derive(Debug)]
pub struct Verified {
    pub files: Vec<PathBuf>,
    pub records: u64,
    /// The number of the oldest record, where there is one.
    pub first: Option<u64>,
    /// That of the last line that is a record.
    pub head: Head,
    /// Whether the head that was kept elsewhere was there to be held against: not where it was removed by a cut.
    pub anchored: bool,
    /// What is wrong, in the order of lines; nothing where the log is as it was written.
    pub faults: Vec<Fault>,
    /// What is not wrong, and good to know.
    pub notes: Vec<Fault>,
}

/// Something about a record.
#[derive(Debug)]
pub struct Fault {
    /// None where the log ends before.
    pub place: Option<Place>,
    pub seq: Option<u64>,
    /// `altered`, `missing`, …
    pub what: &'static str,
    pub why: String,
}

/// Verifies all files of a log, against a head that was kept elsewhere if there is one. Fails where they cannot be read.
pub fn verify(path: &std::path::Path, anchor: Option<&Head>, wait: Duration) -> Result<Verified, String> {
    let folder = Folder::of(path)?;
    let mut lines = Lines::default();
    let files = each(&folder, wait, |stored| {
        lines.add(stored);
        Ok(())
    })?;
    if files.is_empty() {
        return Err(format!("{}: there is no log", shown(folder.live())));
    }
    let Lines { links, places, reasons, mut notes, first, head } = lines;
    let fault = |found: chain::Break| {
        let seq = links.get(found.at).and_then(|link| Some(link.record.as_ref()?.0));
        let reason = reasons.get(found.at).and_then(|reason| reason.as_deref());
        let (what, seq, why) = words(&found.what, seq, reason);
        Fault { place: places.get(found.at).cloned(), seq, what, why }
    };
    let faults: Vec<_> = chain::breaks(&links, anchor).into_iter().map(fault).collect();
    let stands = |anchor: &Head| {
        let ends = links.iter().filter_map(|link| link.cut.as_ref()).flat_map(|cut| &cut.ends);
        links.iter().any(|link| link.hash == anchor.sha256) || ends.into_iter().any(|end| end.sha256 == anchor.sha256)
    };
    let anchored = anchor.is_some_and(|anchor| anchor.seq == 0 || stands(anchor));
    if let (Some(anchor), false, true) = (anchor, anchored, Vec::is_empty(&faults)) {
        let why =
            "the head that was named is that of a record which was removed: it cannot be held against it any more";
        notes.push(Fault { place: None, seq: Some(anchor.seq), what: "unanchored", why: why.to_owned() });
    }
    let records = links.iter().filter(|link| link.record.is_some()).count() as u64;
    Ok(Verified { files, records, first, head, anchored, faults, notes })
}

struct Lines {
    links: Vec<Link>,
    places: Vec<Place>,
    /// Why a line is no record.
    reasons: Vec<Option<String>>,
    notes: Vec<Fault>,
    first: Option<u64>,
    head: Head,
}

impl Default for Lines {
    fn default() -> Self {
        let (links, places, reasons, notes) = Default::default();
        Self { links, places, reasons, notes, first: None, head: Head::none() }
    }
}

impl Lines {
    fn add(&mut self, stored: Stored) {
        let Stored { place, bytes, line, torn } = stored;
        if torn {
            let why = format!("{} bytes without an end: a crash, a full disk, or an end cut off", bytes.len());
            self.notes.push(Fault { place: Some(place), seq: None, what: "unfinished", why });
            return;
        }
        let hash = sha256(&bytes);
        let (record, cut, reason) = match line {
            Ok(line) => {
                self.note(&place, &line);
                self.first.get_or_insert(line.seq);
                self.head = Head { seq: line.seq, sha256: hash.clone() };
                let cut = line.about("cut");
                (Some((line.seq, line.prev)), cut, None)
            }
            Err(reason) => (None, None, Some(reason)),
        };
        self.links.push(Link { hash, record, cut });
        self.places.push(place);
        self.reasons.push(reason);
    }

    fn note(&mut self, place: &Place, line: &Line) {
        let told = |what, why| Fault { place: Some(place.clone()), seq: Some(line.seq), what, why };
        if let Some(cut) = line.about::<Cut>("cut") {
            let why =
                format!("records {} to {}, up to {}, were removed on {}", cut.first, cut.last, cut.time, line.time);
            self.notes.push(told("cut", why));
        }
        if let Some(torn) = line.about::<Torn>("torn") {
            let why =
                format!("an unfinished line of {} bytes was found here on {}, and taken out", torn.bytes, line.time);
            self.notes.push(told("torn", why));
        }
    }
}

fn words(what: &What, seq: Option<u64>, reason: Option<&str>) -> (&'static str, Option<u64>, String) {
    match what {
        What::Altered { seq: expected } => {
            let reason = reason.map(|reason| format!("; {reason}")).unwrap_or_default();
            let why =
                format!("it is not the record {expected} that was written: what follows holds another hash{reason}");
            ("altered", Some(*expected), why)
        }
        What::Missing { first, last } if first == last => {
            ("missing", Some(*first), format!("record {first} should stand before this place, and is gone"))
        }
        What::Missing { first, last } => {
            ("missing", Some(*first), format!("records {first} to {last} should stand before this place, and are gone"))
        }
        What::Foreign => {
            let reason = reason.unwrap_or("no other record leads to it, so it was put in, or altered");
            ("foreign", seq, reason.to_owned())
        }
        What::Moved => ("moved", seq, "it belongs to another place".to_owned()),
        What::Misnumbered => ("altered", seq, "its number does not follow from that of the record before".to_owned()),
        What::NotAnchored => {
            let why = "it is not the record that was anchored: it, or records before it, were written anew";
            ("rewritten", seq, why.to_owned())
        }
    }
}
