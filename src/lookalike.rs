//! Look-alikes: names of packages that may be taken for a popular one.
//!
//! A name that is popular itself imitates nothing. Of any other one it is asked, by one fold after another, whether a popular
//! name is left with the same; then whether one differs in a single edit; then whether it is one with something added.
//! The limits of `profile` keep honest names out: `benches/names.py` measures how well.

mod edit;
mod profile;

use crate::package::Ecosystem;
use crate::registry::{self, Place, Table};
use crate::spelling::{self, Fold};
use profile::{Affix, Profile};

/// A popular name that another one may be taken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookAlike {
    pub of: &'static str,
    pub how: How,
}

/// What makes them alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// One character left out, added, replaced, or two swapped.
    Edit,
    /// The same but for separators.
    Separators,
    /// The same but for a scope.
    Scope,
    /// Characters that look alike.
    Look,
    /// The same words in another order.
    Order,
    /// A plural for a singular, or the other way.
    Plural,
    /// Without the number that the popular one ends with.
    Number,
    /// Something added before or behind.
    Affix(&'static str),
}

impl LookAlike {
    /// `one character away from`, to be followed by the popular name.
    pub fn told(&self) -> String {
        let of = self.of;
        match self.how {
            How::Edit => format!("is one character away from `{of}`"),
            How::Separators => format!("differs from `{of}` in separators only"),
            How::Scope => format!("is `{of}` but for the scope"),
            How::Look => format!("looks like `{of}`"),
            How::Order => format!("has the words of `{of}` in another order"),
            How::Plural => format!("differs from `{of}` in a plural only"),
            How::Number => format!("is `{of}` without its number"),
            How::Affix(affix) => format!("is `{of}` with `{affix}` added"),
        }
    }
}

/// Longer names are not judged: nobody takes them for another one.
const LONGEST: usize = 80;

/// What a name may be taken for, if it is not known itself.
pub fn of(ecosystem: Ecosystem, name: &str) -> Option<LookAlike> {
    let profile = profile::of(ecosystem)?;
    let is_known = || registry::place(ecosystem, name).is_some() || registry::superseded(ecosystem, name).is_some();
    if name.len() > LONGEST || is_known() {
        return None;
    }
    let name = ecosystem.normal(name).to_lowercase();
    let is_scoped = name.starts_with('@');
    if is_scoped && is_known_scope(ecosystem, &name) {
        return None;
    }
    let judge = Judge { ecosystem, profile, squashed: spelling::squashed(&name), name: &name, is_scoped };
    judge.folded().or_else(|| judge.edited()).or_else(|| judge.extended())
}

/// Whether somebody who has popular packages has the scope.
fn is_known_scope(ecosystem: Ecosystem, name: &str) -> bool {
    let scope = name.split_once('/').map_or(name, |(scope, _)| scope);
    registry::table(ecosystem, Fold::Name).starting(format!("{scope}/").as_bytes()).next().is_some()
}

struct Judge<'n> {
    ecosystem: Ecosystem,
    profile: &'static Profile,
    name: &'n str,
    squashed: String,
    is_scoped: bool,
}

impl Judge<'_> {
    fn alike(&self, place: Place, how: How) -> Option<LookAlike> {
        let of = registry::at(self.ecosystem, place.rank)?;
        (of != self.name).then_some(LookAlike { of, how })
    }

    /// A popular name, not beyond a rank, that a fold leaves with the same: one with a scope, or one without.
    fn by(&self, fold: Fold, key: &str, limit: usize, is_scoped: bool) -> Option<Place> {
        let rows = registry::table(self.ecosystem, fold).starting(key.as_bytes());
        let rows = rows.take_while(|(found, _)| *found == key.as_bytes());
        let mut places = rows.filter_map(|(_, value)| Place::read(std::str::from_utf8(value).ok()?));
        places.find(|place| place.is_scoped == is_scoped && place.rank < limit)
    }

    fn folded(&self) -> Option<LookAlike> {
        let limits = &self.profile.folds;
        if self.squashed.len() >= self.profile.shortest_fold {
            let skeleton = spelling::skeleton(&self.squashed);
            let ways = [
                (Fold::Squashed, &self.squashed, limits.separators, self.is_scoped, How::Separators),
                (Fold::Squashed, &self.squashed, limits.separators, true, How::Scope),
                (Fold::Skeleton, &skeleton, limits.looks, self.is_scoped, How::Look),
            ];
            let found = ways
                .into_iter()
                .find_map(|(fold, key, limit, is_scoped, how)| self.alike(self.by(fold, key, limit, is_scoped)?, how));
            if found.is_some() {
                return found;
            }
        }
        let ways = [
            (Fold::Ordered, spelling::ordered(self.name), limits.order, How::Order),
            (Fold::Singular, spelling::singular(self.name), limits.plural, How::Plural),
        ];
        ways.into_iter()
            .filter(|_| !self.is_scoped)
            .find_map(|(fold, key, limit, how)| self.alike(self.by(fold, &key?, limit, false)?, how))
    }

    /// The most popular name that differs in one edit: such a one shares its beginning or its end with this one.
    fn edited(&self) -> Option<LookAlike> {
        let name = self.squashed.as_bytes();
        if name.len() + 1 < spelling::SHORTEST_FORM {
            return None;
        }
        let half = name.len() / 2;
        let mut best: Option<(Place, How)> = None;
        for length in name.len() - 1..=name.len() + 1 {
            let begin = spelling::sized(length, name[..half].iter().copied());
            let end = spelling::sized(length, name[half + 1..].iter().rev().copied());
            for (table, key, is_backward) in [
                (registry::table(self.ecosystem, Fold::Form), begin, false),
                (registry::table(self.ecosystem, Fold::Backward), end, true),
            ] {
                self.near(table, &key, is_backward, &mut best);
            }
        }
        let (place, how) = best?;
        self.alike(place, how)
    }

    /// Takes note of the names in a table that begin so and are near.
    fn near(&self, table: Table, key: &[u8], is_backward: bool, best: &mut Option<(Place, How)>) {
        let mine = self.squashed.as_bytes();
        for (form, value) in table.starting(key) {
            let form = &form[1..];
            let is_near = match is_backward {
                true => edit::is_one(form.iter().rev(), mine.iter()),
                false => edit::is_one(form.iter(), mine.iter()),
            };
            if !is_near && form != mine {
                continue;
            }
            let Some(place) = std::str::from_utf8(value).ok().and_then(Place::read) else { continue };
            if place.is_scoped != self.is_scoped || best.is_some_and(|(known, _)| known.rank <= place.rank) {
                continue;
            }
            let first = if is_backward { form.last() } else { form.first() };
            let how = if is_near { How::Edit } else { How::Number };
            if self.is_telling(form, place, first == mine.first(), how) {
                *best = Some((place, how));
            }
        }
    }

    /// Whether a name so near is no accident: the shorter what differs, the more popular the other must be.
    fn is_telling(&self, form: &[u8], place: Place, begins_alike: bool, how: How) -> bool {
        if how == How::Number {
            return place.rank < self.profile.folds.number;
        }
        let limits = self.profile.edits;
        let limit = |length: usize| {
            let limit = limits.get(length).or(limits.last()).copied().unwrap_or(0);
            if begins_alike { limit } else { limit.min(self.profile.other_initial) }
        };
        if place.rank >= limit(form.len()) {
            return false;
        }
        let Some(of) = registry::at(self.ecosystem, place.rank) else { return false };
        // What all names of a family have in common tells nothing.
        let families = self.profile.families.iter().filter(|family| of.starts_with(**family));
        let shared = families.filter(|family| self.name.starts_with(**family));
        let shared = shared.map(|family| spelling::squashed(family).len()).max().unwrap_or(0);
        place.rank < limit(form.len().saturating_sub(shared))
            && (place.rank < self.profile.numbered || !edit::is_of_digits(of, self.name))
    }

    /// A very popular name with something that says nothing added.
    fn extended(&self) -> Option<LookAlike> {
        if self.is_scoped {
            return None;
        }
        self.profile.affixes.iter().find_map(|Affix { text, is_before, limit }| {
            let core = if *is_before { self.name.strip_prefix(text) } else { self.name.strip_suffix(text) };
            let core = core.filter(|core| core.len() >= self.profile.shortest_core)?;
            let place = registry::place(self.ecosystem, core).filter(|place| place.rank < *limit)?;
            self.alike(place, How::Affix(text))
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_alike(ecosystem: Ecosystem, name: &str, of: &str, how: How) {
        let found = super::of(ecosystem, name).unwrap();
        assert_eq!((found.of, found.how), (of, how), "{name}");
    }

    #[test]
    fn each_way_to_imitate_is_told() {
        use Ecosystem::{Npm, PyPI, RubyGems};
        assert_alike(PyPI, "reqeusts", "requests", How::Edit);
        assert_alike(PyPI, "requestss", "requests", How::Edit);
        assert_alike(PyPI, "rquests", "requests", How::Edit);
        assert_alike(PyPI, "fequests", "requests", How::Edit);
        assert_alike(PyPI, "beautifulsoop", "beautifulsoup4", How::Edit);
        assert_alike(PyPI, "typingextensions", "typing-extensions", How::Separators);
        assert_alike(PyPI, "urllib", "urllib3", How::Number);
        assert_alike(PyPI, "importlibs-resource", "importlib-resources", How::Plural);
        assert_alike(PyPI, "dateutil-python", "python-dateutil", How::Order);
        assert_alike(PyPI, "requests-sdk", "requests", How::Affix("-sdk"));
        assert_alike(Npm, "1odash", "lodash", How::Look);
        assert_alike(Npm, "types-node", "@types/node", How::Scope);
        assert_alike(Npm, "@typess/node", "@types/node", How::Edit);
        assert_alike(Npm, "crossenv", "cross-env", How::Separators);
        assert_alike(RubyGems, "rspec-suport", "rspec-support", How::Edit);
    }

    #[test]
    fn honest_names_are_spared() {
        for name in
            ["requests", "Requests", "my-own-thing", "types-boto3-zzz", "ab", "", "-", "@", "é", "rеquests-toolbelt-x"]
        {
            assert_eq!(of(Ecosystem::PyPI, name), None, "{name}");
        }
        for name in ["@types/whatever", "lodash", "@me/lodash"] {
            assert_eq!(of(Ecosystem::Npm, name), None, "{name}");
        }
        assert_eq!(of(Ecosystem::Maven, "reqeusts"), None);
        assert_eq!(of(Ecosystem::PyPI, &"a".repeat(1 << 20)), None);
    }
}
