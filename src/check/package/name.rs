//! What the names of packages tell by themselves.

use rustc_hash::FxHashSet;

use super::{Told, is_library};
use crate::lock::{Entry, Origin, Packages};
use crate::package::Ecosystem;
use crate::rule::News;
use crate::{lookalike, registry};

/// Files whose packages are for work on the code, by parts of their names.
const OF_WORK: [&str; 9] = ["bench", "build", "ci", "dev", "doc", "docs", "lint", "test", "tests"];

/// Packages that do their work without being imported: programs, plugins, drivers that others look for, build backends.
const NOT_IMPORTED: [&str; 60] = [
    "alembic",
    "ansible",
    "argcomplete",
    "autopep8",
    "awscli",
    "bandit",
    "black",
    "build",
    "bumpversion",
    "celery",
    "codespell",
    "commitizen",
    "coverage",
    "cryptography",
    "cython",
    "daphne",
    "dbt-core",
    "distro",
    "flit-core",
    "flower",
    "gevent",
    "greenlet",
    "gunicorn",
    "hatchling",
    "httptools",
    "hypercorn",
    "ipdb",
    "ipykernel",
    "ipython",
    "isort",
    "jupyter",
    "jupyterlab",
    "lxml",
    "maturin",
    "meson-python",
    "mypy",
    "mysqlclient",
    "nbconvert",
    "nose",
    "notebook",
    "nox",
    "openpyxl",
    "pip",
    "poetry",
    "poetry-core",
    "pre-commit",
    "psycopg2-binary",
    "pyarrow",
    "pycodestyle",
    "pyright",
    "python-multipart",
    "ruff",
    "setuptools",
    "tox",
    "twine",
    "tzdata",
    "uv",
    "uvicorn",
    "watchdog",
    "wheel",
];
/// Beginnings of such names.
const NOT_IMPORTED_FAMILIES: [&str; 24] = [
    "aio",
    "async",
    "black-",
    "coverage-",
    "django-",
    "flake8",
    "hatch",
    "jupyter",
    "mkdocs",
    "mypy-",
    "nvidia-",
    "opentelemetry-",
    "pdm-",
    "pep8-",
    "pydocstyle",
    "pyflakes",
    "pyinstaller",
    "pylint",
    "pytest",
    "setuptools-",
    "sphinx",
    "tox-",
    "types-",
    "uvloop",
];

/// Tells what stands out among the names of a file. Of a package that it names several times, the first is told.
pub(super) fn hints(told: &mut Told<'_>, path: &str, packages: &Packages, is_lock: bool) {
    let own: FxHashSet<&str> =
        packages.entries.iter().filter(|entry| entry.origin == Origin::Path).map(|entry| &*entry.name).collect();
    let mut seen = FxHashSet::default();
    // Where hashes are given, a tool has listed what the packages need themselves.
    let is_listed = packages.entries.iter().any(|entry| entry.is_hashed == Some(true));
    let is_of_work = is_of_work(path);
    for entry in packages.entries.iter().filter(|entry| is_library(entry) && entry.origin == Origin::Registry) {
        let (ecosystem, name) = (entry.ecosystem, &*entry.name);
        if own.contains(name) || !seen.insert((ecosystem, name)) {
            continue;
        }
        // What other packages ask for was not typed by hand here.
        let is_typed = entry.is_direct != Some(false);
        if let Some(alike) =
            told.rule(News::LooksLike).filter(|_| is_typed).and_then(|_| lookalike::of(ecosystem, name))
        {
            told.tell_of(News::LooksLike, entry, format!("`{name}` {}, which many use", alike.told()));
        }
        if is_lock {
            continue;
        }
        match registry::superseded(ecosystem, name) {
            Some(("", why)) => told.tell_of(News::Superseded, entry, format!("`{name}`: {why}")),
            Some((take, why)) => told.tell_of(News::Superseded, entry, format!("`{name}`: {why}. Take {take}")),
            None if registry::is_known(ecosystem) && registry::place(ecosystem, name).is_none() => {
                told.tell_of(News::UnknownName, entry, format!("`{name}` is none of the packages that many use"));
            }
            None => {}
        }
        let is_used_by_code = ecosystem == Ecosystem::PyPI && !is_listed && !is_of_work && is_imported(entry);
        if is_used_by_code && entry.is_direct == Some(true) && !entry.is_development {
            told.tell_of(News::Unused, entry, format!("`{name}` is declared, and nothing imports it"));
        }
    }
}

fn is_of_work(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    path.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| OF_WORK.contains(&part))
}

/// Whether code that uses it imports it.
fn is_imported(entry: &Entry) -> bool {
    let name = entry.ecosystem.normal(&entry.name);
    NOT_IMPORTED.binary_search(&&*name).is_err()
        && !NOT_IMPORTED_FAMILIES.iter().any(|family| name.starts_with(family))
        && !name.ends_with("-stubs")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_for_work_are_told_by_their_names() {
        assert!(NOT_IMPORTED.is_sorted());
        for (path, expected) in [
            ("requirements-dev.txt", true),
            ("docs/requirements.txt", true),
            ("requirements/test.txt", true),
            ("requirements.txt", false),
            ("device/requirements.txt", false),
        ] {
            assert_eq!(is_of_work(path), expected, "{path}");
        }
    }
}
