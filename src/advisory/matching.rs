//! A version of a package against the records that speak of the package.

use std::cmp::Ordering;

use super::Record;
use crate::package::{Advisory, Class, Ecosystem};
use crate::version::Version;
use crate::version::range::{Bound, Range};

/// What a record says of a version.
struct Match<'r> {
    record: &'r Record,
    unevaluable: Option<Box<str>>,
}

/// The advisories that affect a version, or may: records that are known by each other's names are one.
pub(super) fn advisories(ecosystem: Ecosystem, version: &str, records: &[Record]) -> Vec<Advisory> {
    let parsed = Version::parse(ecosystem, version);
    let matches: Vec<Match<'_>> =
        records.iter().filter_map(|record| matched(ecosystem, version, parsed.as_ref(), record)).collect();
    let mut advisories: Vec<Advisory> =
        groups(&matches).into_iter().map(|group| merged(ecosystem, parsed.as_ref(), &group)).collect();
    advisories.sort_by(|one, other| one.id.cmp(&other.id));
    advisories
}

fn matched<'r>(ecosystem: Ecosystem, text: &str, version: Option<&Version>, record: &'r Record) -> Option<Match<'r>> {
    let mut found = Match { record, unevaluable: None };
    let is_listed = record.versions.iter().any(|listed| {
        let is_it = |version: &Version| {
            Version::parse(ecosystem, listed).is_some_and(|listed| *version == listed || version.is_build_of(&listed))
        };
        &**listed == text || version.is_some_and(is_it)
    });
    let mut is_affected = is_listed;
    for events in &record.ranges {
        let Some(version) = version else {
            // From the first version on means every one, also one that cannot be compared.
            let is_every = matches!(&events[..], [(Bound::Introduced, from)] if &**from == "0");
            is_affected |= is_every;
            if !is_every {
                found
                    .unevaluable
                    .get_or_insert_with(|| format!("`{text}` is no version of {}", ecosystem.name()).into());
            }
            continue;
        };
        let judged = Range::new(ecosystem, events).judge(version);
        is_affected |= judged.is_affected;
        if let Some(bound) = judged.unevaluable {
            found.unevaluable = Some(format!("its bound `{bound}` is no version of {}", ecosystem.name()).into());
        }
    }
    if is_affected {
        found.unevaluable = None;
    }
    (is_affected || found.unevaluable.is_some()).then_some(found)
}

/// Records that share a name, directly or by way of others.
fn groups<'m, 'r>(matches: &'m [Match<'r>]) -> Vec<Vec<&'m Match<'r>>> {
    let mut groups: Vec<Vec<&Match<'_>>> = Vec::new();
    for one in matches {
        let names = |record: &Record| -> Vec<Box<str>> {
            std::iter::once(&record.id).chain(&record.aliases).cloned().collect()
        };
        let own = names(one.record);
        let is_same = |group: &Vec<&Match<'_>>| {
            group.iter().any(|other| names(other.record).iter().any(|name| own.contains(name)))
        };
        let (same, others): (Vec<_>, Vec<_>) = groups.into_iter().partition(is_same);
        groups = others;
        groups.push(same.into_iter().flatten().chain([one]).collect());
    }
    groups
}

fn merged(ecosystem: Ecosystem, version: Option<&Version>, group: &[&Match<'_>]) -> Advisory {
    let affecting: Vec<_> = group.iter().filter(|one| one.unevaluable.is_none()).collect();
    let speaking: Vec<&&Match<'_>> = if affecting.is_empty() { group.iter().collect() } else { affecting };
    let records = || speaking.iter().map(|one| one.record);
    let mut names: Vec<Box<str>> =
        group.iter().flat_map(|one| std::iter::once(&one.record.id).chain(&one.record.aliases)).cloned().collect();
    names.sort_by(|one, other| rank(one).cmp(&rank(other)).then(one.cmp(other)));
    names.dedup();
    let id = if names.is_empty() { Box::default() } else { names.remove(0) };
    names.sort();
    let fixed = version.and_then(|version| fixed(ecosystem, version, records().collect()));
    let mut symbols: Vec<Box<str>> = records().flat_map(|record| record.symbols.iter().cloned()).collect();
    symbols.sort();
    symbols.dedup();
    Advisory {
        id,
        aliases: names,
        class: records().map(|record| record.class).min_by_key(|class| weight(*class)).unwrap_or(Class::Notice),
        summary: records().map(|record| record.summary.clone()).find(|text| !text.is_empty()).unwrap_or_default(),
        severity: records().filter_map(|record| record.severity).max(),
        fixed,
        symbols,
        unevaluable: speaking.first().and_then(|one| one.unevaluable.clone()),
    }
}

/// The lowest version above this one that none of the records affects. Those that know of no end have no say: they are older than it.
fn fixed(ecosystem: Ecosystem, version: &Version, mut records: Vec<&Record>) -> Option<Box<str>> {
    records.retain(|record| record.ranges.iter().flatten().any(|(bound, _)| *bound != Bound::Introduced));
    let ends = records.iter().flat_map(|record| record.ranges.iter().flatten());
    let ends = ends.filter(|(bound, _)| *bound == Bound::Fixed);
    let mut ends: Vec<(Version, &str)> =
        ends.filter_map(|(_, text)| Some((Version::parse(ecosystem, text)?, &**text))).collect();
    ends.retain(|(end, _)| end > version);
    ends.sort_by(|(one, _), (other, _)| one.partial_cmp(other).unwrap_or(Ordering::Equal));
    let is_free = |end: &Version, text: &str| {
        let mut found = records.iter().filter_map(|record| matched(ecosystem, text, Some(end), record));
        found.all(|found| found.unevaluable.is_some())
    };
    ends.into_iter().find(|(end, text)| is_free(end, text)).map(|(_, text)| text.into())
}

/// Which of several names is the one that people know.
fn rank(id: &str) -> usize {
    ["MAL-", "CVE-", "GHSA-"].iter().position(|prefix| id.starts_with(prefix)).unwrap_or(usize::MAX)
}

fn weight(class: Class) -> u8 {
    match class {
        Class::Malicious => 0,
        Class::Vulnerable => 1,
        Class::Unsound => 2,
        Class::Unmaintained => 3,
        Class::Notice => 4,
    }
}
