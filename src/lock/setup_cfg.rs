//! Manifests in INI: [setup.cfg](https://setuptools.pypa.io/en/latest/userguide/declarative_config.html), and what
//! [tox](https://tox.wiki/en/latest/config.html#deps) installs into its environments.

use super::ini::{self, Line};
use super::{Entry, Include, Packages, requirements};
use crate::source::Span;

/// Keys of `[options]` whose values are requirements, and whether these are only for development.
const KEYS: &[(&str, bool)] = &[("install_requires", false), ("setup_requires", false), ("tests_require", true)];

pub(super) fn setup(text: &str) -> Packages {
    let mut packages = Packages::default();
    for line in ini::lines(text, &mut packages) {
        // Keys with `-` are the older spelling.
        let key = line.key.to_ascii_lowercase().replace('-', "_");
        let is_development = match line.section.trim() {
            "options" => KEYS.iter().find(|(name, _)| *name == key).map(|(_, is_development)| *is_development),
            "options.extras_require" => Some(false),
            _ => None,
        };
        let Some(is_development) = is_development else { continue };
        if let Some(files) = line.text.strip_prefix("file:").filter(|_| line.is_first) {
            includes(files, line.at + "file:".len(), &mut packages);
            continue;
        }
        let before = packages.entries.len();
        // `;` may stand between requirements on one line, and before a marker, which has a quoted text.
        let mut at = line.at;
        for (number, part) in line.text.split(';').enumerate() {
            let bare = part.trim();
            let from = at + part.len() - part.trim_start().len();
            at += part.len() + 1;
            if number == 0 || line.is_first && !bare.is_empty() && !bare.contains(['"', '\'']) {
                requirements::line_of_pip(bare, from, &mut packages);
            }
        }
        packages.entries[before..].iter_mut().for_each(|entry| entry.is_development = is_development);
    }
    packages
}

/// Names of files, separated by commas.
fn includes(files: &str, mut at: usize, packages: &mut Packages) {
    for part in files.split(',') {
        let from = at + part.len() - part.trim_start().len();
        at += part.len() + 1;
        let path = part.trim().to_owned();
        if !path.is_empty() {
            let span = Span::new(from, from + path.len());
            packages.includes.push(Include { path, span, is_constraint: false });
        }
    }
}

pub(super) fn tox(text: &str) -> Packages {
    let mut packages = Packages::default();
    for Line { key, text, at, .. } in ini::lines(text, &mut packages) {
        // `{[testenv]deps}` is what stands elsewhere.
        if !matches!(key, "deps" | "requires") || text.starts_with('{') {
            continue;
        }
        let (text, at) = without_factors(text, at);
        requirements::line_of_pip(text, at, &mut packages);
    }
    for include in &mut packages.includes {
        // The folder of this file, as `{tox_root}` is.
        let path = include.path.trim_start_matches("{toxinidir}").trim_start_matches("{tox_root}");
        include.path = path.trim_start_matches(['/', '\\']).to_owned();
    }
    let of_tests = |entry: Entry| Entry { is_development: true, ..entry };
    packages.entries = packages.entries.into_iter().map(of_tests).collect();
    packages
}

/// `py38,!win: alpha` is asked for in some environments only.
fn without_factors(text: &str, at: usize) -> (&str, usize) {
    let is_factor = |c: char| c.is_ascii_alphanumeric() || "-_.,!{} ".contains(c);
    match text.split_once(':') {
        Some((factors, rest)) if factors.chars().all(is_factor) && rest.starts_with([' ', '\t']) => {
            let bare = rest.trim_start();
            (bare, at + text.len() - bare.len())
        }
        _ => (text, at),
    }
}

#[cfg(test)]
mod tests {
    use super::super::trial::{survives, told};
    use super::*;

    const SETUP: &str = "[metadata]\nname = own\ndescription = a = b\n\n[options]\ninstall-requires =\n    alpha==1.0\n    # no\n\n    beta>=2; python_version < \"3.9\"  # why\n    gamma @ https://example.com/gamma-1.whl\nsetup_requires = delta; epsilon==2.*\ntests_require: zeta===3\npackages = find:\n\n[options.extras_require]\nx = eta~=1.0\ny =\n  theta\n  and this\nz = file: a.txt, b/c.txt\n\nnonsense\n[open\n";

    #[test]
    fn requirements_of_a_setup_cfg() {
        assert_eq!(
            told(SETUP, &setup(SETUP)),
            "7 alpha =1.0 `alpha==1.0`
10 beta >=2 `beta>=2`
11 gamma url https://example.com/gamma-1.whl `gamma @ https://example.com/gamma-1.whl`
12 delta `delta`
12 epsilon ==2.* `epsilon==2.*`
13 zeta =3 dev `zeta===3`
17 eta ~=1.0 `eta~=1.0`
19 theta `theta`
21 takes in a.txt
21 takes in b/c.txt
problem 23 neither a section nor a key with a value `nonsense`
problem 24 a section that no `]` ends `[open`
problem 20 this is no requirement that pip takes `and this`
"
        );
        survives(SETUP, setup);
    }

    const TOX: &str = "[tox]\nrequires = alpha>=4\n\n[testenv]\ndeps =\n    beta==1.0\n    py38,!win: gamma<2\n    {[base]deps}\n    -r{toxinidir}/more.list\n    delta @ https://example.com/delta.whl\ncommands = pytest\n";

    #[test]
    fn what_tox_installs() {
        assert_eq!(
            told(TOX, &tox(TOX)),
            "2 alpha >=4 dev `alpha>=4`
6 beta =1.0 dev `beta==1.0`
7 gamma <2 dev `gamma<2`
10 delta url https://example.com/delta.whl dev `delta @ https://example.com/delta.whl`
9 takes in more.list
"
        );
        survives(TOX, tox);
    }
}
