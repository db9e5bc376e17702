//! Credentials in any text.
//!
//! One pass looks for the words that stand in what rules match ([`leads`]); only there a form is matched ([`matcher`]), what
//! stands for a credential and is none is passed over ([`placeholder`]), and the rest is judged: by the rule, by an offline
//! check of its structure, by what stands near by and by where the file is ([`scope`]).

pub mod assign;
pub mod decode;
mod encoded;
mod leads;
mod matcher;
mod placeholder;
pub mod proof;
mod scope;
mod sighting;

use std::ops::Range;
use std::sync::OnceLock;

use regex_automata::meta::Regex;
use rustc_hash::FxHashMap;

use crate::file_name;
use crate::finding::{Credential, Hit};
use crate::pack::Pack;
use crate::rule::secret::NEAR;
use crate::rule::{AssignedMatch, Confidence, Match, Rule, SecretKind, SecretMatch};
use crate::source::Span;
use leads::Leads;
use matcher::{Matched, Matcher};
use sighting::{Sighting, Taken, distinct, paired};

/// The rules about credentials, by the words that lead to them.
#[derive(Debug)]
pub struct Secrets<'p> {
    entries: Vec<Entry<'p>>,
    leads: Leads,
    /// What each word leads to.
    targets: Vec<Target>,
    /// Rules about what is assigned to telling names.
    assigned: Vec<(u16, &'p AssignedMatch)>,
    /// Rules that no word leads to: they read the files that they name as a whole.
    of_files: Vec<u16>,
}

/// A rule, and what of it is made when it is first needed.
#[derive(Debug)]
struct Entry<'p> {
    rule: u16,
    source: &'p Rule,
    secret: &'p SecretMatch,
    matcher: Matcher<'p>,
    unless: OnceLock<Option<Regex>>,
    /// With how many bytes every match begins, where the credential begins there too.
    prefix: usize,
}

#[derive(Debug)]
struct Target {
    entry: u16,
    lead: Lead,
}

#[derive(Debug)]
enum Lead {
    /// A word in a name to which a credential may be assigned.
    Name,
    /// A word of the form itself, and how many bytes of a match stand before it at most.
    Form(usize),
    /// A word near by: what stands before and after the part of it that is looked for.
    Near { before: Vec<u8>, after: Vec<u8> },
}

impl<'p> Secrets<'p> {
    /// Prepares the rules that `is_on` lets through.
    pub fn new(pack: &'p Pack, is_on: impl Fn(u16) -> bool) -> Self {
        let (mut entries, mut assigned) = (Vec::new(), Vec::new());
        let (mut words, mut targets, mut of_files) = (Vec::new(), Vec::new(), Vec::new());
        for (rule, source) in (0..).zip(pack.rules()).filter(|(rule, _)| is_on(*rule)) {
            if let Match::Assigned(source) = &source.matcher {
                assigned.push((rule, source));
            }
            let Match::Secret(secret) = &source.matcher else { continue };
            let entry = u16::try_from(entries.len()).unwrap_or(u16::MAX);
            entries.push(Entry::new(rule, source, secret));
            let mut lead = |text: &[u8], lead: Lead| {
                words.push((u32::try_from(targets.len()).unwrap_or(u32::MAX), text.to_vec()));
                targets.push(Target { entry, lead });
            };
            if secret.near.is_empty() {
                secret
                    .matches
                    .words
                    .iter()
                    .for_each(|word| lead(word.text.as_bytes(), Lead::Form(word.before as usize)));
                if secret.matches.words.is_empty() {
                    of_files.push(entry);
                }
            }
            for word in &secret.near {
                let core = core(word.as_bytes());
                let (before, after) = (word.as_bytes()[..core.start].to_vec(), word.as_bytes()[core.end..].to_vec());
                lead(&word.as_bytes()[core], Lead::Near { before, after });
            }
        }
        for word in assign::WORDS.iter().filter(|_| !assigned.is_empty()) {
            words.push((u32::try_from(targets.len()).unwrap_or(u32::MAX), word.as_bytes().to_vec()));
            targets.push(Target { entry: 0, lead: Lead::Name });
        }
        Self { entries, assigned, leads: Leads::new(words.into_iter()), targets, of_files }
    }

    /// Whether no rule about credentials is on.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.assigned.is_empty()
    }

    /// Everything that is taken for a credential in the text of a file, in no order.
    pub fn search(&self, path: &str, text: &str) -> Vec<Hit> {
        let mut search = Search::new(self, path, text, true);
        self.leads.find(text.as_bytes(), |target, start, end| search.follow(target, start, end));
        for entry in &self.of_files {
            search.look(*entry, 0..text.len(), 0..0);
        }
        let Search { seen, candidates, .. } = search;
        let mut taken = Taken::default();
        let seen = distinct(paired(seen, &self.entries, text), &self.entries, &mut taken);
        let mut hits: Vec<_> = seen.iter().map(|sighting| self.hit(path, text, sighting)).collect();
        let inside = self.in_encoded(path, text).into_iter();
        hits.extend(inside.filter(|hit| taken.take(&hit.span.range())));
        let assigned = candidates.iter().filter(|(candidate, _)| taken.take(&candidate.value));
        hits.extend(assigned.filter_map(|(candidate, confidence)| self.assigned(path, candidate, *confidence)));
        hits
    }

    /// What is taken for a credential by nothing but its form.
    fn by_form(&self, path: &str, text: &str) -> Vec<Hit> {
        let mut search = Search::new(self, path, text, false);
        self.leads.find(text.as_bytes(), |target, start, end| search.follow(target, start, end));
        let seen = distinct(search.seen, &self.entries, &mut Taken::default());
        seen.iter().map(|sighting| self.hit(path, text, sighting)).collect()
    }

    /// What is said of a sighting.
    fn hit(&self, path: &str, text: &str, sighting: &Sighting) -> Hit {
        let Entry { rule, source, secret, .. } = &self.entries[usize::from(sighting.entry)];
        let proof = secret.check.and_then(|check| proof::prove(check, &text.as_bytes()[sighting.value.clone()]));
        let holds = proof.as_ref().map(|proof| proof.holds);
        let at_its_place = if scope::is_lowered(path) { source.confidence.lowered() } else { source.confidence };
        let confidence = match holds {
            Some(true) => Confidence::High,
            Some(false) => at_its_place.lowered(),
            None => at_its_place,
        };
        let span = Span::new(sighting.value.start, sighting.value.end);
        let credential = Credential { is: secret.is, holds, name: None };
        let detail = proof.and_then(|proof| proof.note);
        let pair = sighting.pair.iter().map(|pair| Span::new(pair.start, pair.end));
        let trace = pair.map(|pair| (pair, "its other half stands here".to_owned())).collect();
        Hit { confidence: Some(confidence), credential: Some(credential), detail, trace, ..Hit::at(*rule, span) }
    }

    /// What is said of what is assigned to a telling name, where a rule asks for it.
    fn assigned(&self, path: &str, candidate: &assign::Candidate, confidence: Confidence) -> Option<Hit> {
        let is = match candidate.is {
            assign::Is::Password => SecretKind::Password,
            assign::Is::Key => SecretKind::Key,
        };
        let unsure = confidence == Confidence::Low;
        let (rule, _) = self.assigned.iter().find(|(_, source)| source.is == is && source.unsure == unsure)?;
        let confidence = if scope::is_lowered(path) { confidence.lowered() } else { confidence };
        let span = |range: &Range<usize>| Span::new(range.start, range.end);
        let credential = Credential { is, holds: None, name: Some(span(&candidate.name)) };
        let hit = Hit::at(*rule, span(&candidate.value));
        Some(Hit { confidence: Some(confidence), credential: Some(credential), ..hit })
    }
}

impl<'p> Entry<'p> {
    fn new(rule: u16, source: &'p Rule, secret: &'p SecretMatch) -> Self {
        let form = &secret.matches;
        let is_whole = form.steps.as_ref().is_none_or(|steps| steps.value.0 == 0) && !form.source.contains("(?<value>");
        let leading = form.words.iter().filter(|word| word.before == 0).map(|word| word.text.len());
        let prefix = if is_whole { leading.min().unwrap_or_default() } else { 0 };
        Self { rule, source, secret, matcher: Matcher::new(form), unless: OnceLock::new(), prefix }
    }

    /// Whether more than its form tells it.
    fn needs_context(&self) -> bool {
        !self.secret.near.is_empty() || !self.secret.file.is_empty() || self.secret.beside.is_some()
    }

    /// Whether a value is no credential although it has the form of one.
    fn excuses(&self, value: &[u8]) -> bool {
        let is_excepted = || {
            let unless = self.secret.unless.as_ref()?;
            Some(self.unless.get_or_init(|| matcher::compiled(&unless.source).ok()).as_ref()?.is_match(value))
        };
        value.is_empty()
            || placeholder::is_one(value, self.prefix, self.secret.is)
            || (!self.secret.near.is_empty() && self.secret.matches.words.is_empty() && is_plain(value))
            || is_excepted().unwrap_or(false)
    }
}

/// One search of one text.
struct Search<'s, 'p> {
    secrets: &'s Secrets<'p>,
    text: &'s str,
    path: &'s str,
    seen: Vec<Sighting>,
    candidates: Vec<(assign::Candidate, Confidence)>,
    syntax: assign::Syntax,
    /// Whether what stands near by counts, and how things are named.
    in_context: bool,
    /// Where each rule with words near by was matched last, so that many words in a row cost no more than one.
    tried: FxHashMap<u16, Range<usize>>,
}

impl<'s, 'p> Search<'s, 'p> {
    fn new(secrets: &'s Secrets<'p>, path: &'s str, text: &'s str, in_context: bool) -> Self {
        let (seen, candidates, tried) = (Vec::new(), Vec::new(), FxHashMap::default());
        Self { secrets, text, path, seen, candidates, syntax: assign::Syntax::of_path(path), in_context, tried }
    }

    /// Matches what a word leads to.
    fn follow(&mut self, target: u32, start: usize, end: usize) {
        let Some(Target { entry, lead }) = self.secrets.targets.get(target as usize) else { return };
        let is_context = !matches!(lead, Lead::Form(_)) || self.secrets.entries[usize::from(*entry)].needs_context();
        if is_context && !self.in_context {
            return;
        }
        match lead {
            Lead::Name => {
                let candidate = assign::at(self.text.as_bytes(), self.path, start..end, self.syntax);
                let judged = candidate.and_then(|candidate| assign::judge(&candidate).map(|how| (candidate, how)));
                self.candidates
                    .extend(judged.filter(|(candidate, _)| self.text.get(candidate.value.clone()).is_some()));
            }
            Lead::Form(before) => self.look(*entry, start.saturating_sub(*before)..start + 1, start..end),
            Lead::Near { before, after } => {
                let whole =
                    preceded_by(self.text.as_bytes(), start, before) && followed_by(self.text.as_bytes(), end, after);
                if whole {
                    let starts = end..end + NEAR;
                    let tried = self.tried.get(entry).filter(|tried| tried.contains(&starts.start));
                    let from = tried.map_or(starts.start, |tried| tried.end);
                    let first = tried.map_or(starts.start, |tried| tried.start);
                    self.tried.insert(*entry, first..starts.end);
                    self.look(*entry, from..starts.end, 0..0);
                }
            }
        }
    }

    fn look(&mut self, number: u16, starts: Range<usize>, word: Range<usize>) {
        let entry = &self.secrets.entries[usize::from(number)];
        if !entry.secret.file.is_empty() && !file_name::fits(self.path, &entry.secret.file) {
            return;
        }
        entry.matcher.all(self.text.as_bytes(), starts, |Matched { value, .. }| {
            if !entry.excuses(&self.text.as_bytes()[value.clone()]) {
                let is_inside = value.start <= word.start && word.end <= value.end;
                let word = if is_inside { word.len() } else { 0 };
                self.seen.push(Sighting { entry: number, value, word, pair: None });
            }
        });
    }
}

/// Everything in a text that is assigned to a telling name and may be a credential, likely or not.
pub fn candidates(path: &str, text: &str) -> Vec<assign::Candidate> {
    let syntax = assign::Syntax::of_path(path);
    let mut all = Vec::new();
    let words = (0..).zip(assign::WORDS.iter().map(|word| word.as_bytes().to_vec()));
    Leads::new(words).find(text.as_bytes(), |_, start, end| {
        let candidate = assign::at(text.as_bytes(), path, start..end, syntax);
        all.extend(candidate.filter(|candidate| text.get(candidate.value.clone()).is_some()));
    });
    all
}

/// The longest run of letters and digits in a word.
fn core(word: &[u8]) -> Range<usize> {
    let mut best = 0..0;
    let mut start = 0;
    for at in 0..=word.len() {
        if word.get(at).is_some_and(u8::is_ascii_alphanumeric) {
            continue;
        }
        if at - start > best.len() {
            best = start..at;
        }
        start = at + 1;
    }
    best
}

/// Whether a text goes on with a part of a word, any separator standing for any other or for none.
fn followed_by(text: &[u8], mut at: usize, part: &[u8]) -> bool {
    part.iter().all(|wanted| takes(text.get(at), wanted).map(|taken| at += taken).is_some())
}

/// The same backwards.
fn preceded_by(text: &[u8], at: usize, part: &[u8]) -> bool {
    let mut before = text[..at].iter().rev().peekable();
    part.iter().rev().all(|wanted| {
        let taken = takes(before.peek().copied(), wanted);
        if taken == Some(1) {
            before.next();
        }
        taken.is_some()
    })
}

/// How many bytes of the text a byte of a word stands for there, if it may stand there.
fn takes(byte: Option<&u8>, wanted: &u8) -> Option<usize> {
    match (wanted.is_ascii_alphanumeric(), byte) {
        (true, byte) => byte.is_some_and(|byte| byte.eq_ignore_ascii_case(wanted)).then_some(1),
        (false, byte) => Some(usize::from(byte.is_some_and(is_separator))),
    }
}

fn is_separator(byte: &u8) -> bool {
    matches!(byte, b'_' | b'-' | b'.' | b' ')
}

/// Whether a long value is only letters or only digits, which random ones hardly ever are.
fn is_plain(value: &[u8]) -> bool {
    value.len() >= 16 && (value.iter().all(u8::is_ascii_digit) || value.iter().all(u8::is_ascii_alphabetic))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;
