//! The standard library of Python: the names of its modules.

use std::sync::LazyLock;

use rustc_hash::FxHashSet;

/// Those of Python 3.8 to 3.14, on every system, without the private ones.
const MODULES: &str = include_str!("../rules/models/standard.txt");
/// Names under which modules of the standard library keep others, where they differ from those: `enum.bltns`.
const ALIASES: [(&str, &str); 1] = [("bltns", "builtins")];

/// Modules that others import and that are reached through them: `shutil.os` is `os`.
const REACHED_THROUGH_OTHERS: [&str; 22] = [
    "builtins",
    "code",
    "codecs",
    "ctypes",
    "gc",
    "importlib",
    "inspect",
    "io",
    "marshal",
    "nt",
    "operator",
    "os",
    "pickle",
    "posix",
    "pty",
    "runpy",
    "shutil",
    "signal",
    "socket",
    "subprocess",
    "sys",
    "threading",
];

static NAMES: LazyLock<FxHashSet<&str>> = LazyLock::new(|| MODULES.split_ascii_whitespace().collect());

/// Whether a module of that name (one without dots) is part of Python.
pub fn is_module(name: &str) -> bool {
    NAMES.contains(name)
}

/// Whether an attribute of that name may be a module of the standard library, underscores before it aside.
pub fn gives_back(name: &str) -> bool {
    is_module(name) || ALIASES.iter().any(|(alias, _)| *alias == name)
}

/// The module that an attribute of that name of another one is.
pub fn reached_through_others(name: &str) -> Option<&'static str> {
    let module = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, module)| module);
    REACHED_THROUGH_OTHERS.into_iter().find(|reached| *reached == module)
}
