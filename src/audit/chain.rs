//! The chain of a log: which lines belong to it, followed by the hashes from its head back to its beginning, and what
//! must have happened to those that do not fit.

use rustc_hash::{FxHashMap, FxHashSet};

use super::line::{Head, NOTHING};
use super::record::Cut;

/// What the chain knows of a line.
#[derive(Clone, Debug)]
pub(super) struct Link {
    /// Of the bytes of the line.
    pub(super) hash: String,
    /// The number and the hash that a record holds; none where the line is no record.
    pub(super) record: Option<(u64, String)>,
    pub(super) cut: Option<Cut>,
}

/// What is wrong, and with which line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Break {
    /// Index of the line; of what is missing, that of the line after it, or one past the last.
    pub(super) at: usize,
    pub(super) what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// Its bytes are not those that the record after it, or the anchor, holds the hash of.
    Altered { seq: u64 },
    /// Records with these numbers are gone.
    Missing { first: u64, last: u64 },
    /// No record of the chain leads to it.
    Foreign,
    /// It belongs to the chain, and stands elsewhere in it.
    Moved,
    /// Its number is not the one after that of the record that it follows.
    Misnumbered,
    /// It, or records before it, were written anew since the head was kept.
    NotAnchored,
}

/// The way back.
struct Walk<'l> {
    links: &'l [Link],
    by_hash: FxHashMap<&'l str, Vec<usize>>,
    seen: Vec<bool>,
    /// Lines of the chain, the newest first.
    chain: Vec<usize>,
    breaks: Vec<Break>,
}

/// Where the walk stands: what must come before it.
#[derive(Clone, Debug)]
struct Step {
    /// Its own line; none where it is the anchor, or gone.
    at: Option<usize>,
    /// Lines before this one come into question.
    below: usize,
    seq: u64,
    prev: Option<String>,
    /// Whether what it says of the record before is as it was written.
    sound: bool,
}

/// Holds a log against itself, and against a head that was kept elsewhere. Breaks come in the order of lines.
pub(super) fn breaks(links: &[Link], anchor: Option<&Head>) -> Vec<Break> {
    let mut by_hash: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
    for (at, link) in links.iter().enumerate() {
        by_hash.entry(&link.hash).or_default().push(at);
    }
    let mut walk = Walk { links, by_hash, seen: vec![false; links.len()], chain: Vec::new(), breaks: Vec::new() };
    let anchor = anchor.filter(|anchor| anchor.seq > 0);
    if let Some(start) = walk.start(anchor) {
        walk.back(start);
    }
    walk.leftovers();
    if let Some(anchor) = anchor {
        walk.anchored(anchor);
    }
    walk.breaks.sort_by_key(|found| found.at);
    walk.breaks
}

impl Walk<'_> {
    /// The last record of the chain, or the anchor where what stands before that is not there as it was.
    fn start(&mut self, anchor: Option<&Head>) -> Option<Step> {
        let tip = self.tip(anchor);
        let record = tip.and_then(|at| Some((at, self.links[at].record.clone()?)));
        if let Some(anchor) = anchor.filter(|anchor| !self.by_hash.contains_key(anchor.sha256.as_str()))
            && record.as_ref().is_none_or(|(_, (seq, _))| *seq <= anchor.seq)
        {
            let (below, seq) = (self.links.len(), anchor.seq.saturating_add(1));
            return Some(Step { at: None, below, seq, prev: Some(anchor.sha256.clone()), sound: true });
        }
        let (at, (seq, prev)) = record?;
        Some(self.join(at, seq, Some(prev), true))
    }

    /// The record that the chain ends with: of those that no other one follows (an altered one is among them, since what
    /// follows it holds another hash) the last one that itself follows something, by its hash or its number. Nothing less
    /// than the anchor comes after it.
    fn tip(&self, anchor: Option<&Head>) -> Option<usize> {
        let links = self.links;
        let held: FxHashSet<&str> = links.iter().filter_map(|link| Some(link.record.as_ref()?.1.as_str())).collect();
        let anchored = anchor.and_then(|anchor| self.by_hash.get(anchor.sha256.as_str())?.last().copied());
        let follows = |at: usize, seq: u64, prev: &str| {
            let before = at.checked_sub(1).and_then(|before| links[before].record.as_ref());
            let is_next = before.is_some_and(|(before, _)| before.checked_add(1) == Some(seq));
            is_next || prev == NOTHING || self.by_hash.contains_key(prev)
        };
        let last = |fits: &dyn Fn(usize, u64, &str) -> bool| {
            (0..links.len()).rfind(|at| {
                let Some((seq, prev)) = links[*at].record.as_ref() else { return false };
                let is_tip = !held.contains(links[*at].hash.as_str());
                let is_after = |anchored| *at == anchored || anchor.is_some_and(|anchor| *seq > anchor.seq);
                is_tip && anchored.is_none_or(is_after) && fits(*at, *seq, prev)
            })
        };
        last(&follows).or(anchored).or_else(|| last(&|_, _, _| true))
    }

    /// Takes a line into the chain.
    fn join(&mut self, at: usize, seq: u64, prev: Option<String>, sound: bool) -> Step {
        self.seen[at] = true;
        self.chain.push(at);
        Step { at: Some(at), below: at, seq, prev, sound }
    }

    fn back(&mut self, mut step: Step) {
        loop {
            let found = step.prev.as_deref().and_then(|prev| self.with_hash(prev, step.below));
            let next = match found {
                _ if step.prev.as_deref() == Some(NOTHING) && (step.seq == 1 || !step.sound) => None,
                Some(at) => self.linked(&step, at),
                None => self.unlinked(&step),
            };
            match next {
                Some(next) => step = next,
                None => return,
            }
        }
    }

    /// The nearest line before with these bytes, or else one after.
    fn with_hash(&self, hash: &str, below: usize) -> Option<usize> {
        let all = self.by_hash.get(hash)?;
        let unseen = || all.iter().copied().filter(|at| !self.seen[*at]);
        unseen().rfind(|at| *at < below).or_else(|| unseen().next())
    }

    /// The line before is as it was written.
    fn linked(&mut self, step: &Step, at: usize) -> Option<Step> {
        let (seq, prev) = self.links[at].record.clone()?;
        if seq.checked_add(1) != Some(step.seq)
            && step.sound
            && let Some(after) = step.at
        {
            self.breaks.push(Break { at: after, what: What::Misnumbered });
        }
        Some(self.join(at, seq, Some(prev), true))
    }

    /// No line has the bytes that the step follows: one was altered, or is gone.
    fn unlinked(&mut self, step: &Step) -> Option<Step> {
        let Some(expected) = step.seq.checked_sub(1).filter(|seq| *seq > 0) else {
            // The first record, whose hash of nothing was altered: who comes after it has told.
            return None;
        };
        let mut below = step.below;
        while let Some(at) = self.seen[..below].iter().rposition(|seen| !seen) {
            let altered = Break { at, what: What::Altered { seq: expected } };
            match &self.links[at].record {
                // More such lines than records are gone: one was parted, or this one was put in.
                None if self.is_surplus(at, expected) => below = at,
                None => {
                    self.breaks.push(altered);
                    return Some(self.join(at, expected, None, false));
                }
                Some((seq, prev)) if *seq == expected || self.stands_as(at, prev, expected) => {
                    // What an altered record says of the one before is no evidence against that.
                    if step.sound {
                        self.breaks.push(altered);
                    }
                    let prev = prev.clone();
                    return Some(self.join(at, expected, Some(prev), !step.sound));
                }
                Some((seq, _)) if *seq < expected => {
                    let missing = What::Missing { first: seq + 1, last: expected };
                    self.breaks.push(Break { at: step.at.unwrap_or(self.links.len()), what: missing });
                    return Some(Step { at: None, below, seq: seq + 1, prev: None, sound: false });
                }
                // It does not belong here.
                Some(_) => below = at,
            }
        }
        if !self.is_cut(expected, step) {
            let missing = What::Missing { first: 1, last: expected };
            self.breaks.push(Break { at: step.at.unwrap_or(0), what: missing });
        }
        None
    }

    /// Whether there are more lines here that are no records than numbers that are wanted.
    fn is_surplus(&self, at: usize, expected: u64) -> bool {
        let before = (0..at).rev().filter(|at| !self.seen[*at]);
        let mut lines = 1;
        for before in before {
            match &self.links[before].record {
                Some((seq, _)) => return expected.saturating_sub(*seq) < lines,
                None => lines += 1,
            }
        }
        false
    }

    /// Whether a record with another number stands where the one with this number stood.
    fn stands_as(&self, at: usize, prev: &str, expected: u64) -> bool {
        match self.seen[..at].iter().rposition(|seen| !seen) {
            None => expected == 1 && prev == NOTHING,
            Some(before) => {
                let link = &self.links[before];
                link.hash == prev && link.record.as_ref().is_some_and(|(seq, _)| seq.checked_add(1) == Some(expected))
            }
        }
    }

    /// Whether the chain itself says that the records up to this one were removed.
    fn is_cut(&self, last: u64, step: &Step) -> bool {
        let cuts = self.chain.iter().filter_map(|at| self.links[*at].cut.as_ref());
        let mut ends = cuts.flat_map(|cut| &cut.ends);
        ends.any(|end| end.seq == last && (!step.sound || step.prev.as_deref() == Some(end.sha256.as_str())))
    }

    /// Lines that are not in the chain, and those that stand elsewhere in it.
    fn leftovers(&mut self) {
        let foreign = self.seen.iter().enumerate().filter(|(_, seen)| !**seen);
        self.breaks.extend(foreign.map(|(at, _)| Break { at, what: What::Foreign }));
        let chain: Vec<_> = self.chain.iter().rev().copied().collect();
        if !chain.is_sorted() {
            let in_order = longest_rise(&chain);
            let moved = chain.iter().filter(|at| !in_order.contains(*at));
            self.breaks.extend(moved.map(|at| Break { at: *at, what: What::Moved }));
        }
    }

    /// The anchored record must be in the chain, or removed by a cut that says so. Where a break tells of it already, that is
    /// enough.
    fn anchored(&mut self, anchor: &Head) {
        let cuts = self.chain.iter().filter_map(|at| self.links[*at].cut.as_ref());
        let cut: Vec<_> = cuts.filter(|cut| (cut.first..=cut.last).contains(&anchor.seq)).collect();
        let mut ends = cut.iter().flat_map(|cut| &cut.ends).filter(|end| end.seq == anchor.seq);
        if !cut.is_empty() && ends.all(|end| end.sha256 == anchor.sha256) {
            return;
        }
        let is_it = |at: &&usize| {
            let link = &self.links[**at];
            link.hash == anchor.sha256 && link.record.as_ref().is_some_and(|(seq, _)| *seq == anchor.seq)
        };
        let told = |found: &Break| match found.what {
            What::Altered { seq } => seq == anchor.seq,
            What::Missing { first, last } => (first..=last).contains(&anchor.seq),
            _ => false,
        };
        if self.chain.iter().find(is_it).is_none() && !self.breaks.iter().any(told) {
            let has_number = |link: &Link| link.record.as_ref().is_some_and(|(seq, _)| *seq == anchor.seq);
            let at = self.links.iter().position(has_number).unwrap_or(self.links.len());
            self.breaks.push(Break { at, what: What::NotAnchored });
        }
    }
}

/// The members of the longest rising part of a sequence, by patience sorting.
fn longest_rise(values: &[usize]) -> FxHashSet<usize> {
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(values.len());
    for (at, value) in values.iter().enumerate() {
        let pile = ends.partition_point(|end| values[*end] < *value);
        before.push(pile.checked_sub(1).map(|pile| ends[pile]));
        match ends.get_mut(pile) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    let mut members = FxHashSet::default();
    let mut next = ends.last().copied();
    while let Some(at) = next {
        members.insert(values[at]);
        next = before[at];
    }
    members
}
