//! What is known of registries without asking them: which names many use, which packages something else has taken the place
//! of, and which distribution a module of Python comes from.
//!
//! The lists stand in `rules/names/`, with where they come from. The build script folds and sorts them; nothing is read of them
//! before the first question.

mod table;

use std::sync::LazyLock;

use crate::package::Ecosystem;
use crate::spelling::{FOLDS, Fold};
pub use table::Table;

/// What the build script made of the lists.
const NAMES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/names.bin"));

/// The tables of each registry by its name, in the order of [`FOLDS`]; and that of modules.
type Names = (Vec<(&'static str, [&'static [u8]; FOLDS.len()])>, &'static [u8]);

static TABLES: LazyLock<Names> = LazyLock::new(|| postcard::from_bytes(NAMES).unwrap_or_default());

/// A place among the popular names of a registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// From 0, the most popular one.
    pub rank: usize,
    pub is_scoped: bool,
}

impl Place {
    /// As the build script writes it: `17`, `17@`.
    pub fn read(value: &str) -> Option<Self> {
        let (rank, is_scoped) = value.strip_suffix('@').map_or((value, false), |rank| (rank, true));
        Some(Self { rank: rank.parse().ok()?, is_scoped })
    }
}

/// A table of a registry; empty where nothing is known of it.
pub fn table(ecosystem: Ecosystem, fold: Fold) -> Table {
    let tables = TABLES.0.iter().find(|(name, _)| *name == ecosystem.name()).map(|(_, tables)| tables);
    let at = FOLDS.iter().position(|other| *other == fold);
    Table::of(tables.zip(at).map_or(&[], |(tables, at)| tables[at]))
}

/// Whether any names of a registry are known.
pub fn is_known(ecosystem: Ecosystem) -> bool {
    !table(ecosystem, Fold::Name).is_empty()
}

/// Where a name stands among the popular ones, as the registry compares names.
pub fn place(ecosystem: Ecosystem, name: &str) -> Option<Place> {
    Place::read(table(ecosystem, Fold::Name).get(ecosystem.normal(name).as_bytes())?)
}

/// The name at a rank.
pub fn at(ecosystem: Ecosystem, rank: usize) -> Option<&'static str> {
    table(ecosystem, Fold::Name).key_of(&rank.to_string())
}

/// What to take in place of a package (nothing where none is needed), and why.
pub fn superseded(ecosystem: Ecosystem, name: &str) -> Option<(&'static str, &'static str)> {
    table(ecosystem, Fold::Superseded).get(ecosystem.normal(name).as_bytes())?.split_once('\t')
}

/// The distributions of which a module of Python may be, the most popular one first, where one of them has another name.
pub fn distributions_of(module: &str) -> impl Iterator<Item = &'static str> {
    Table::of(TABLES.1).get(module.as_bytes()).unwrap_or_default().split_ascii_whitespace()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_popular_is_known_by_any_spelling() {
        assert!(place(Ecosystem::PyPI, "Typing_Extensions").unwrap().rank < 100);
        assert_eq!(place(Ecosystem::PyPI, "reqeusts"), None);
        assert!(place(Ecosystem::Npm, "@types/node").unwrap().is_scoped);
        assert!(place(Ecosystem::RubyGems, "rspec-support").is_some());
        assert!(!is_known(Ecosystem::Maven));
        let rank = place(Ecosystem::Npm, "lodash").unwrap().rank;
        assert_eq!(at(Ecosystem::Npm, rank), Some("lodash"));
    }

    #[test]
    fn modules_have_distributions() {
        assert_eq!(distributions_of("yaml").next(), Some("pyyaml"));
        assert!(distributions_of("cv2").any(|name| name == "opencv-python-headless"));
        assert_eq!(distributions_of("os").next(), None);
    }

    #[test]
    fn what_is_superseded_has_something_else_in_its_place() {
        assert_eq!(superseded(Ecosystem::PyPI, "PyCrypto").unwrap().0, "pycryptodome");
        assert_eq!(superseded(Ecosystem::Npm, "lodash"), None);
    }
}
