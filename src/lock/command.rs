//! Packages that a command would install: `pip install x==1`, `uv run --with x`, `npx x@1`, `cargo install x`.
//!
//! Only what stands in the command is told. Files that it names (`-r requirements.txt`) are read where they are scanned.

use super::{Entry, Origin, conda};
use crate::package::Ecosystem;
use crate::source::Span;
use crate::value::HOLE;

/// Programs by what they install, how they write a version, and the words before the packages (none: all operands are).
struct Installer {
    programs: &'static [&'static str],
    ecosystem: Ecosystem,
    verbs: &'static [&'static str],
    /// Only the first operand is a package; the rest is what it is given.
    runs_it: bool,
}

const INSTALLERS: &[Installer] = &[
    Installer { programs: &["uvx"], ecosystem: Ecosystem::PyPI, verbs: &[], runs_it: true },
    Installer {
        programs: &["pip", "pip3", "uv", "pipx", "poetry", "pipenv", "pdm", "rye", "easy_install"],
        ecosystem: Ecosystem::PyPI,
        verbs: &["install", "add", "download", "wheel"],
        runs_it: false,
    },
    Installer { programs: &["uv", "pipx"], ecosystem: Ecosystem::PyPI, verbs: &["run"], runs_it: true },
    Installer {
        programs: &["npm", "pnpm", "yarn", "bun"],
        ecosystem: Ecosystem::Npm,
        verbs: &["install", "i", "add"],
        runs_it: false,
    },
    Installer { programs: &["npx", "pnpx", "bunx"], ecosystem: Ecosystem::Npm, verbs: &[], runs_it: true },
    Installer {
        programs: &["npm", "pnpm", "yarn", "bun"],
        ecosystem: Ecosystem::Npm,
        verbs: &["exec", "dlx", "x"],
        runs_it: true,
    },
    Installer {
        programs: &["conda", "mamba", "micromamba"],
        ecosystem: Ecosystem::Conda,
        verbs: &["install", "create", "update", "upgrade"],
        runs_it: false,
    },
    Installer { programs: &["cargo"], ecosystem: Ecosystem::CratesIo, verbs: &["install", "add"], runs_it: false },
    Installer { programs: &["gem"], ecosystem: Ecosystem::RubyGems, verbs: &["install"], runs_it: false },
    Installer { programs: &["go"], ecosystem: Ecosystem::Go, verbs: &["install", "get"], runs_it: false },
];

/// Options whose value is a package.
const WITH: &[&str] = &["--with", "--from", "--spec", "-p", "--package"];

/// Options whose value is a list of requirements.
const LISTS: &[&str] =
    &["-r", "-c", "--requirement", "--requirements", "--constraint", "--constraints", "--with-requirements"];

/// Options whose value is none: it must not be taken for a package.
const VALUED: &[&str] = &[
    "-r",
    "-c",
    "-e",
    "-i",
    "-t",
    "-f",
    "--requirement",
    "--constraint",
    "--editable",
    "--index-url",
    "--extra-index-url",
    "--target",
    "--prefix",
    "--root",
    "--find-links",
    "--python",
    "--index",
    "--registry",
    "--group",
    "--extra",
    "--cache-dir",
    "--with-requirements",
    "--with-editable",
    "--features",
    "--version",
    "--platform",
    "--proxy",
    "--trusted-host",
];

/// The packages that a program with these arguments would install, each at the place of the command.
pub fn packages(program: &str, arguments: &[String], span: Span) -> Vec<Entry> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let program = plain(program);
    let mut found = Vec::new();
    for installer in INSTALLERS.iter().filter(|installer| installer.programs.contains(&program)) {
        let (with, operands) = sorted(&words, installer.ecosystem);
        let rest = match operands.iter().position(|word| installer.verbs.contains(word)) {
            Some(at) => &operands[at + 1..],
            None if installer.verbs.is_empty() => &operands[..],
            None => continue,
        };
        let is_named_apart = !with.is_empty() || (program == "uv" && installer.runs_it);
        let operands = match installer.runs_it {
            true if is_named_apart => &[],
            true => &rest[..rest.len().min(1)],
            false => rest,
        };
        found.extend(with.iter().chain(operands).filter_map(|word| entry(installer.ecosystem, word, span)));
        break;
    }
    found
}

/// The name of a program without the version of Python that it is for.
fn plain(program: &str) -> &str {
    match program {
        program if program.starts_with("pip3.") => "pip3",
        program if program.starts_with("easy_install") => "easy_install",
        program => program,
    }
}

/// The files of requirements that a program with these arguments would read: `pip install -r x`.
pub fn lists(program: &str, arguments: &[String]) -> Vec<String> {
    let program = plain(program);
    let installs = |installer: &Installer| {
        let verb = |word: &String| installer.verbs.contains(&word.as_str());
        installer.ecosystem == Ecosystem::PyPI
            && installer.programs.contains(&program)
            && (installer.verbs.is_empty() || arguments.iter().any(verb))
    };
    if !INSTALLERS.iter().any(installs) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let (option, value) = match word.split_once('=') {
            Some((option, value)) => (option, Some(value)),
            None if word.len() > 2 && (word.starts_with("-r") || word.starts_with("-c")) => {
                word.split_at_checked(2).map_or((word.as_str(), None), |(option, value)| (option, Some(value)))
            }
            None => (word.as_str(), None),
        };
        if LISTS.contains(&option) {
            let value = value.or_else(|| words.next().map(String::as_str)).unwrap_or_default();
            found.extend(value.split(',').filter(|path| !path.is_empty() && !path.contains(HOLE)).map(str::to_owned));
        }
    }
    found
}

/// The values of options that name packages, and the words that are no options.
fn sorted<'w>(words: &[&'w str], ecosystem: Ecosystem) -> (Vec<&'w str>, Vec<&'w str>) {
    // A version of Python elsewhere, and a folder or a name for conda.
    let is_other = |option: &str| match ecosystem {
        Ecosystem::Npm => false,
        Ecosystem::Conda => matches!(option, "-p" | "-n" | "--name" | "--channel" | "--file"),
        _ => option == "-p",
    };
    let (mut with, mut operands) = (Vec::new(), Vec::new());
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let (option, value) = word.split_once('=').map_or((*word, None), |(option, value)| (option, Some(value)));
        if !word.starts_with('-') {
            operands.push(*word);
        } else if is_other(option) {
            let _ = value.or_else(|| words.next().copied());
        } else if WITH.contains(&option) {
            let value = value.or_else(|| words.next().copied()).unwrap_or_default();
            with.extend(value.split(',').filter(|name| !name.is_empty()));
        } else if VALUED.contains(word) {
            words.next();
        }
    }
    (with, operands)
}

/// One package as it is written for its ecosystem; `None` for a file or folder.
fn entry(ecosystem: Ecosystem, word: &str, span: Span) -> Option<Entry> {
    let word = word.trim();
    if word.is_empty() || word.starts_with(['.', '/', '~']) || word.contains(HOLE) {
        return None;
    }
    if ecosystem == Ecosystem::Conda {
        return conda::asked_for(word, span);
    }
    let git = |url: &str| Origin::Git { url: url.to_owned(), commit: None };
    let (name, version, origin) = if let Some(url) = word.strip_prefix("git+") {
        (url.rsplit('/').next().unwrap_or(url), None, git(url))
    } else if word.contains("://") && !word.contains(" @ ") {
        (word.rsplit('/').next().unwrap_or(word), None, Origin::Url(word.to_owned()))
    } else if ecosystem == Ecosystem::PyPI {
        python(word)
    } else {
        // The `@` of a scope is not that of a version.
        let at = word.char_indices().skip(1).find(|(_, character)| *character == '@').map(|(at, _)| at);
        let (name, version) = at.map_or((word, None), |at| (&word[..at], Some(&word[at + 1..])));
        let version = version.map(|version| version.strip_prefix('v').unwrap_or(version));
        (name, version.filter(|version| version.starts_with(|c: char| c.is_ascii_digit())), Origin::Registry)
    };
    if name.is_empty() {
        return None;
    }
    Some(Entry {
        version: version.map(str::to_owned),
        origin,
        is_direct: Some(true),
        ..Entry::new(ecosystem, name, span)
    })
}

/// A requirement ([PEP 508]), as far as one word tells: `name[extra]==1.0`, `name @ url`; `name@1.0` as uv has it.
///
/// [PEP 508]: https://peps.python.org/pep-0508/
fn python(word: &str) -> (&str, Option<&str>, Origin) {
    let requirement = word.split(';').next().unwrap_or(word).trim();
    let end = requirement.find(|c: char| !c.is_ascii_alphanumeric() && !"-_.".contains(c)).unwrap_or(requirement.len());
    let (name, rest) = requirement.split_at(end);
    let rest = rest.trim_start();
    let rest = match rest.strip_prefix('[') {
        Some(extras) => extras.split_once(']').map_or("", |(_, rest)| rest.trim_start()),
        None => rest,
    };
    if let Some(at) = rest.strip_prefix('@') {
        let at = at.trim();
        return match at.contains("://") {
            true => (name, None, Origin::Url(at.to_owned())),
            false => (name, Some(at).filter(|at| at.starts_with(|c: char| c.is_ascii_digit())), Origin::Registry),
        };
    }
    let pin = rest.strip_prefix("===").or_else(|| rest.strip_prefix("=="));
    (name, pin.map(str::trim).filter(|pin| !pin.contains(['*', ','])), Origin::Registry)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn told(line: &str) -> String {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let found = packages(&words[0], &words[1..], Span::default());
        let one = |entry: &Entry| match &entry.version {
            Some(version) => format!("{}:{}={version}", entry.ecosystem.name(), entry.name),
            None => format!("{}:{}", entry.ecosystem.name(), entry.name),
        };
        found.iter().map(one).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn commands_tell_what_they_install() {
        for (line, packages) in [
            ("pip install alpha==1.0 beta[extra]>=2", "PyPI:alpha=1.0 PyPI:beta"),
            ("pip3.12 install -r requirements.txt alpha", "PyPI:alpha"),
            ("pip install ./here --index-url https://example.com/simple", ""),
            ("pip uninstall alpha", ""),
            ("uv pip install alpha==1", "PyPI:alpha=1"),
            ("uv run --with alpha==1,beta script.py", "PyPI:alpha=1 PyPI:beta"),
            ("uv run script.py", ""),
            ("uvx alpha@1.2 --flag", "PyPI:alpha=1.2"),
            ("uvx --from alpha==2 tool", "PyPI:alpha=2"),
            ("pipx run alpha thing", "PyPI:alpha"),
            ("npx -y @scope/alpha@1.0.0 beta", "npm:@scope/alpha=1.0.0"),
            ("npx alpha@latest", "npm:alpha"),
            ("npm install alpha@1 beta", "npm:alpha=1 npm:beta"),
            ("npm ci", ""),
            ("pnpm dlx alpha", "npm:alpha"),
            ("cargo install alpha@0.3.1", "crates.io:alpha=0.3.1"),
            ("go install example.com/alpha@v1.2.3", "Go:example.com/alpha=1.2.3"),
            ("ls install alpha", ""),
            ("uv run -p 3.12 --with alpha x.py", "PyPI:alpha"),
            (
                "conda install -y -n env -c forge alpha=1.0=py_0 forge::beta==2.0 gamma",
                "conda:alpha=1.0 conda:beta=2.0 conda:gamma",
            ),
            ("pip install {alpha} $beta", ""),
        ] {
            assert_eq!(told(line), packages, "{line}");
        }
    }

    #[test]
    fn commands_tell_which_lists_they_read() {
        for (line, lists) in [
            ("pip install -r a.txt -cb.txt --requirement=c.txt alpha", "a.txt b.txt c.txt"),
            ("python install -r a.txt", ""),
            ("pip freeze -r a.txt", ""),
            ("uv run --with-requirements a.txt x.py", "a.txt"),
            ("npm install -r a.txt", ""),
        ] {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            assert_eq!(super::lists(&words[0], &words[1..]).join(" "), lists, "{line}");
        }
    }
}
