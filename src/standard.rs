//! The standard library of Python: the names of its modules.

use std::sync::LazyLock;

use rustc_hash::FxHashSet;

/// Those of Python 3.8 to 3.14, on every system, without the private ones.
const MODULES: &str = include_str!("../rules/models/standard.txt");
/// Names under which modules of the standard library keep others, where they differ from those: `enum.bltns`.
const ALIASES: [&str; 1] = ["bltns"];

static NAMES: LazyLock<FxHashSet<&str>> = LazyLock::new(|| MODULES.split_ascii_whitespace().collect());

/// Whether a module of that name (one without dots) is part of Python.
pub fn is_module(name: &str) -> bool {
    NAMES.contains(name)
}

/// Whether an attribute of that name may be a module of the standard library, underscores before it aside.
pub fn gives_back(name: &str) -> bool {
    is_module(name) || ALIASES.contains(&name)
}
