//! Whether a version is affected, by the events of an advisory's range ([OSV schema], "evaluation").
//!
//! [OSV schema]: https://ossf.github.io/osv-schema/#evaluation

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::Version;
use crate::package::Ecosystem;

/// What happens at a version. Where several things do, in the order in which they are written, but what is last affected comes
/// last: what is introduced and last affected at the same version is affected in just that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Bound {
    Introduced,
    Fixed,
    LastAffected,
}

/// What a range says of a version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judged {
    pub is_affected: bool,
    /// A bound that is no version: where it stands is not known.
    pub unevaluable: Option<Box<str>>,
}

/// The events of one range, read and in order.
#[derive(Clone, Debug)]
pub struct Range<'e> {
    events: Vec<(Option<Version>, Bound)>,
    unevaluable: Option<&'e str>,
}

impl<'e> Range<'e> {
    /// The version `0` is below all others.
    pub fn new(ecosystem: Ecosystem, events: &'e [(Bound, Box<str>)]) -> Self {
        let mut range = Self { events: Vec::with_capacity(events.len()), unevaluable: None };
        for (bound, text) in events {
            match (&**text, bound_of(ecosystem, text)) {
                ("0", _) => range.events.push((None, *bound)),
                (_, Some(version)) => range.events.push((Some(version), *bound)),
                (_, None) => range.unevaluable = Some(text),
            }
        }
        range.events.sort_by(|one, other| {
            let order = match (&one.0, &other.0) {
                (Some(one), Some(other)) => one.partial_cmp(other).unwrap_or(Ordering::Equal),
                (one, other) => one.is_some().cmp(&other.is_some()),
            };
            let is_last = |bound| bound == Bound::LastAffected;
            order.then(is_last(one.1).cmp(&is_last(other.1)))
        });
        range
    }

    pub fn judge(&self, version: &Version) -> Judged {
        let mut judged = Judged { unevaluable: self.unevaluable.map(Into::into), ..Judged::default() };
        if judged.unevaluable.is_some() {
            // Where a range that has a bound too few would end is anybody's guess.
            return judged;
        }
        for (at, bound) in &self.events {
            let is_at_or_below = at.as_ref().is_none_or(|at| at <= version);
            // A build of a version (`2.6.0+cu124`) is that version, unless the bound names a build itself.
            let is_below = at.as_ref().is_none_or(|at| at < version && !version.is_build_of(at));
            match bound {
                Bound::Introduced if is_at_or_below => judged.is_affected = true,
                Bound::Fixed if is_at_or_below => judged.is_affected = false,
                Bound::LastAffected if is_below => judged.is_affected = false,
                _ => {}
            }
        }
        judged
    }
}

/// A bound as its ecosystem reads it. Builds for an accelerator (`2.6.0-cu124`) are local versions, written with the wrong sign.
fn bound_of(ecosystem: Ecosystem, text: &str) -> Option<Version> {
    Version::parse(ecosystem, text).or_else(|| match ecosystem {
        Ecosystem::PyPI => {
            let (release, local) = text.split_once('-')?;
            let is_local = ["cu", "cpu", "rocm"].iter().any(|build| local.starts_with(build));
            is_local.then(|| Version::parse(ecosystem, &format!("{release}+{local}")))?
        }
        _ => None,
    })
}
