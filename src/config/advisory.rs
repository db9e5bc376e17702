//! Advisories that the authors of a tree set aside: the `[[ignore-advisory]]` of the configuration.

use serde::Deserialize;
use toml::Spanned;

use crate::finding::About;
use crate::package::{Advisory, Package};
use crate::source::Span;
use crate::time::Day;

/// An entry, as it is written.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Keys {
    id: Spanned<String>,
    package: Option<Spanned<String>>,
    reason: Spanned<String>,
    until: Option<Spanned<String>>,
}

/// An advisory that does not count here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IgnoredAdvisory {
    /// Any name of it.
    pub id: String,
    /// The one package in which it does not count.
    pub package: Option<String>,
    pub reason: String,
    /// The last day on which it is ignored.
    pub until: Option<Day>,
    /// Where the id stands in the configuration.
    pub span: Span,
}

impl IgnoredAdvisory {
    /// An error has the place of what is wrong.
    pub(super) fn read(keys: &Keys) -> Result<Self, (Spanned<String>, &'static str)> {
        for (text, message) in [(&keys.id, "the id is empty"), (&keys.reason, "the reason is empty: say why")] {
            if text.get_ref().trim().is_empty() {
                return Err((text.clone(), message));
            }
        }
        let until = keys.until.as_ref().map(|text| {
            Day::parse(text.get_ref()).ok_or_else(|| (text.clone(), "this is no day: write one as \"2027-01-31\""))
        });
        Ok(Self {
            id: keys.id.get_ref().trim().to_owned(),
            package: keys.package.as_ref().map(|name| name.get_ref().clone()),
            reason: keys.reason.get_ref().clone(),
            until: until.transpose()?,
            span: Span::new(keys.id.span().start, keys.id.span().end),
        })
    }

    /// Whether it is about this advisory in this package; it may have expired.
    pub fn is_about(&self, package: &Package, advisory: &Advisory) -> bool {
        let normal = |name: &str| package.ecosystem.normal(name).into_owned();
        advisory.whole_names().any(|id| id.eq_ignore_ascii_case(&self.id))
            && self.package.as_deref().is_none_or(|name| normal(name) == normal(&package.name))
    }

    pub fn has_expired(&self, today: Day) -> bool {
        self.until.is_some_and(|until| until < today)
    }

    /// What is to be told of an entry, where something is: that it has expired, or is about nothing that was found.
    pub fn complaint<'a>(&self, mut found: impl Iterator<Item = &'a About>, today: Day) -> Option<String> {
        let of = self.package.as_ref().map(|name| format!(" in `{name}`")).unwrap_or_default();
        let is_found =
            found.any(|about| about.advisory.as_ref().is_some_and(|advisory| self.is_about(&about.package, advisory)));
        match (is_found, self.until.filter(|_| self.has_expired(today))) {
            (false, _) => Some(format!("no finding is about `{}`{of}: remove the entry", self.id)),
            (true, Some(until)) => Some(format!("`{}`{of} was ignored until {until}, which is over", self.id)),
            (true, None) => None,
        }
    }
}
