//! Records in the [OSV format](https://ossf.github.io/osv-schema/), as far as they matter here.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Deserializer};

use super::{Details, Record, severity};
use crate::package::{Class, Ecosystem};
use crate::version::Version;
use crate::version::range::{Bound, Range};

/// What is written by programs in Go has `null` where a list is empty.
fn or_nothing<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

#[derive(Deserialize)]
pub(super) struct Osv {
    id: Box<str>,
    #[serde(default, deserialize_with = "or_nothing")]
    aliases: Vec<Box<str>>,
    #[serde(default, deserialize_with = "or_nothing")]
    summary: Box<str>,
    #[serde(default, deserialize_with = "or_nothing")]
    details: Box<str>,
    withdrawn: Option<Box<str>>,
    modified: Option<Box<str>>,
    #[serde(default, deserialize_with = "or_nothing")]
    affected: Vec<Affected>,
    #[serde(default, deserialize_with = "or_nothing")]
    severity: Vec<Score>,
    #[serde(default, deserialize_with = "or_nothing")]
    references: Vec<Reference>,
    #[serde(default)]
    database_specific: Option<Database>,
}

#[derive(Deserialize)]
struct Affected {
    package: Option<Named>,
    #[serde(default, deserialize_with = "or_nothing")]
    ranges: Vec<Events>,
    #[serde(default, deserialize_with = "or_nothing")]
    versions: Vec<Box<str>>,
    #[serde(default, deserialize_with = "or_nothing")]
    severity: Vec<Score>,
    #[serde(default)]
    database_specific: Option<Database>,
    #[serde(default)]
    ecosystem_specific: Option<EcosystemSpecific>,
}

#[derive(Deserialize)]
struct Named {
    ecosystem: Box<str>,
    name: Box<str>,
}

#[derive(Deserialize)]
struct Events {
    r#type: Box<str>,
    #[serde(default, deserialize_with = "or_nothing")]
    events: Vec<Event>,
}

#[derive(Deserialize)]
struct Event {
    introduced: Option<Box<str>>,
    fixed: Option<Box<str>>,
    last_affected: Option<Box<str>>,
}

#[derive(Deserialize)]
pub(super) struct Score {
    pub(super) r#type: Box<str>,
    pub(super) score: Box<str>,
}

#[derive(Deserialize)]
struct Reference {
    url: Box<str>,
}

/// What databases add of their own: each calls it what it likes, so that a value of another type is no fault.
#[derive(Default, Deserialize)]
struct Database {
    #[serde(default)]
    severity: serde_json::Value,
    #[serde(default)]
    informational: serde_json::Value,
}

#[derive(Default, Deserialize)]
struct EcosystemSpecific {
    #[serde(default)]
    severity: serde_json::Value,
    /// Go: modules and the names in them.
    #[serde(default)]
    imports: serde_json::Value,
    /// RustSec: functions by their paths.
    #[serde(default)]
    affects: serde_json::Value,
}

impl Osv {
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// RFC 3339 in UTC, which orders as text.
    pub(super) fn modified(&self) -> Option<&str> {
        self.modified.as_deref()
    }

    pub(super) fn is_withdrawn(&self) -> bool {
        self.withdrawn.is_some()
    }

    pub(super) fn details(&self) -> Details {
        Details {
            id: self.id.clone(),
            aliases: self.aliases.clone(),
            summary: self.summary.clone(),
            text: self.details.clone(),
            references: self.references.iter().map(|reference| reference.url.clone()).collect(),
        }
    }

    /// Why nobody would write such a record: what it would cost is more than what it says. The numbers are some ten times those of
    /// the largest that are published.
    pub(super) fn excess(&self) -> Option<&'static str> {
        const NAME: usize = 1024;
        let is_long = |affected: &Affected| affected.package.as_ref().is_some_and(|named| named.name.len() > NAME);
        let bounds = |affected: &Affected| affected.ranges.iter().map(|range| range.events.len()).sum::<usize>();
        if self.aliases.len() > 1000 || self.aliases.len().saturating_mul(self.affected.len()) > 1_000_000 {
            Some("it has too many aliases")
        } else if self.affected.len() > 50_000 {
            Some("it speaks of too many packages")
        } else if self
            .affected
            .iter()
            .any(|affected| affected.versions.len().saturating_mul(bounds(affected)) > 10_000_000)
        {
            Some("it has too many versions and ranges")
        } else if self.affected.iter().any(is_long) {
            Some("it has a name that is too long")
        } else {
            None
        }
    }

    /// What it says of each package, by ecosystem and normal name, and of how many it speaks that nothing here reads.
    pub(super) fn records(&self) -> (Vec<(Ecosystem, String, Record)>, usize) {
        let (mut records, mut of_others): (Vec<(Ecosystem, String, Record)>, usize) = (Vec::new(), 0);
        let mut places: FxHashMap<(Ecosystem, String), usize> = FxHashMap::default();
        for affected in &self.affected {
            let Some(named) = &affected.package else { continue };
            let Some(ecosystem) = Ecosystem::of_name(&named.ecosystem) else {
                of_others += 1;
                continue;
            };
            let name = ecosystem.normal(&named.name).into_owned();
            let record = self.record(ecosystem, affected);
            match places.get(&(ecosystem, name.clone())).and_then(|place| records.get_mut(*place)) {
                // One package may be affected several times over, each with ranges of its own.
                Some((_, _, known)) => {
                    known.ranges.extend(record.ranges);
                    known.versions.extend(record.versions);
                    known.symbols.extend(record.symbols);
                    known.severity = known.severity.max(record.severity);
                }
                None => {
                    places.insert((ecosystem, name.clone()), records.len());
                    records.push((ecosystem, name, record));
                }
            }
        }
        (records, of_others)
    }

    /// Its summary; the beginning of its text where it has none.
    fn headline(&self) -> Box<str> {
        const LONGEST: usize = 120;
        let summary = self.summary.trim();
        // That of malicious packages repeats their names, thirty thousand times.
        if summary.starts_with("Malicious code in ") {
            return Box::default();
        }
        if !summary.is_empty() {
            return summary.into();
        }
        let line = self.details.lines().map(|line| line.trim_start_matches('#').trim()).find(|line| !line.is_empty());
        let line = line.unwrap_or_default();
        let sentence = line.split_inclusive(". ").next().unwrap_or(line).trim();
        match sentence.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("{}…", sentence[..end].trim_end()).into(),
            None => sentence.into(),
        }
    }

    fn record(&self, ecosystem: Ecosystem, affected: &Affected) -> Record {
        // Commits are no versions: what else the record has still counts.
        let ranges = affected.ranges.iter().filter(|range| &*range.r#type != "GIT").map(Events::bounds);
        let ranges: Vec<Vec<(Bound, Box<str>)>> = ranges.filter(|bounds| !bounds.is_empty()).collect();
        let read: Vec<Range<'_>> = ranges.iter().map(|bounds| Range::new(ecosystem, bounds)).collect();
        let is_held = |text: &str| {
            let version = Version::parse(ecosystem, text);
            version.is_some_and(|version| read.iter().any(|range| range.judge(&version).is_affected))
        };
        // A version that a range holds need not be stored beside it.
        let versions = affected.versions.iter().filter(|version| !is_held(version)).cloned().collect();
        let specific = [affected.database_specific.as_ref(), self.database_specific.as_ref()];
        let words = specific.into_iter().flatten().map(|database| &database.severity);
        let own = affected.ecosystem_specific.as_ref();
        let words = words.chain(own.map(|own| &own.severity));
        let informational = specific.into_iter().flatten().find_map(|database| database.informational.as_str());
        Record {
            id: self.id.clone(),
            aliases: self.aliases.clone(),
            class: match informational {
                _ if self.id.starts_with("MAL-") => Class::Malicious,
                Some("unmaintained") => Class::Unmaintained,
                Some("unsound") => Class::Unsound,
                Some(_) => Class::Notice,
                None => Class::Vulnerable,
            },
            severity: severity::of(affected.severity.iter().chain(&self.severity), words),
            summary: self.headline(),
            ranges,
            versions,
            symbols: own.map(EcosystemSpecific::symbols).unwrap_or_default(),
        }
    }
}

impl Events {
    fn bounds(&self) -> Vec<(Bound, Box<str>)> {
        let bounds = |event: &Event| {
            let introduced = event.introduced.clone().map(|version| (Bound::Introduced, version));
            let fixed = event.fixed.clone().map(|version| (Bound::Fixed, version));
            let last = event.last_affected.clone().map(|version| (Bound::LastAffected, version));
            [introduced, fixed, last].into_iter().flatten()
        };
        self.events.iter().flat_map(bounds).collect()
    }
}

impl EcosystemSpecific {
    fn symbols(&self) -> Vec<Box<str>> {
        let texts = |value: &serde_json::Value| -> Vec<String> {
            value.as_array().into_iter().flatten().filter_map(|text| text.as_str().map(str::to_owned)).collect()
        };
        let in_module = |module: &serde_json::Value| {
            let path = module["path"].as_str().unwrap_or_default().to_owned();
            texts(&module["symbols"]).into_iter().map(move |symbol| format!("{path}.{symbol}"))
        };
        let go = self.imports.as_array().into_iter().flatten().flat_map(in_module);
        go.chain(texts(&self.affects["functions"])).map(Into::into).collect()
    }
}
