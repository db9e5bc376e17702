//! An image of the Debian packages that are installed here: Python, and what its packages depend on. Files are taken as they
//! are installed, since nothing is to be fetched, and only where they are still what their packages brought.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Stdio};

use super::folder::entry_of;
use super::{Entry, Fault, Image, merged};

/// A version such as `3.11`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Python(pub String);

/// Packages that others depend on for their installation only.
const SCRIPTS: [&str; 6] = ["debconf", "dpkg", "install-info", "media-types", "perl-base", "readline-common"];
/// What no program needs to run; minimal systems leave it out when they install a package.
const LEFT_OUT: [&str; 9] = [
    "usr/share/bug",
    "usr/share/doc",
    "usr/share/doc-base",
    "usr/share/info",
    "usr/share/lintian",
    "usr/share/locale",
    "usr/share/man",
    "usr/share/menu",
    "usr/share/pixmaps",
];

/// What dpkg knows of the packages that are installed: name without architecture ▶ name as dpkg spells it, and what it needs.
type Known = BTreeMap<String, (String, Vec<String>)>;

/// The image, and the version of Python in it.
pub fn installed() -> Result<(Image, Python), Fault> {
    let known = known()?;
    let python = python(&known)?;
    let wanted = [format!("python{}-minimal", python.0), format!("libpython{}-stdlib", python.0)];
    let packages = needed(&known, &wanted)?;
    let list = dpkg("dpkg-query", &[&["--listfiles"], &names(&packages)[..]].concat())?;
    let mut image = Image::default();
    for line in list.lines().filter(|line| line.starts_with('/')) {
        let Some(path) = merged(Path::new(line)) else { continue };
        if is_left_out(&path) || super::MERGED.iter().any(|name| Path::new(line) == Path::new("/").join(name)) {
            continue;
        }
        image.put(&path, entry_of(Path::new(line))?);
    }
    untouched(&names(&packages))?;
    let program = format!("usr/bin/python{}", python.0);
    if !image.holds(&program) {
        return Err(format!("the package python{}-minimal brought no /{program}", python.0));
    }
    image.put(Path::new("usr/bin/python3"), Entry::Link(format!("python{}", python.0).into()));
    image.furnish();
    Ok((image, python))
}

fn is_left_out(path: &Path) -> bool {
    LEFT_OUT.iter().any(|folder| path.starts_with(folder))
}

fn names(packages: &BTreeSet<String>) -> Vec<&str> {
    packages.iter().map(String::as_str).collect()
}

/// Asks dpkg. It is not told anything by the environment.
fn dpkg(program: &str, arguments: &[&str]) -> Result<String, Fault> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).env_clear();
    command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("LC_ALL", "C.UTF-8");
    let done = command.output().map_err(|error| {
        format!("{program}: {error}: this machine has no Debian packages, give a root instead (`--root DIR`)")
    })?;
    // What `--verify` found is an answer too.
    if !done.status.success() && arguments.first() != Some(&"--verify") {
        return Err(format!("{program}: {}", String::from_utf8_lossy(&done.stderr).trim()));
    }
    String::from_utf8(done.stdout).map_err(|_| format!("{program}: what it prints is not UTF-8"))
}

fn known() -> Result<Known, Fault> {
    let native = dpkg("dpkg", &["--print-architecture"])?;
    let format = "--showformat=${Package}\t${binary:Package}\t${Architecture}\t${db:Status-Abbrev}\t${Pre-Depends}, ${Depends}\n";
    Ok(parse(&dpkg("dpkg-query", &["--show", format])?, native.trim()))
}

fn parse(text: &str, native: &str) -> Known {
    let rows = text.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let package = |row: Vec<&str>| match row[..] {
        [name, spelled, architecture, state, needs]
            if state.starts_with("ii") && (architecture == native || architecture == "all") =>
        {
            let needs = needs.split(',').map(str::trim).filter(|need| !need.is_empty()).map(str::to_owned);
            Some((name.to_owned(), (spelled.to_owned(), needs.collect())))
        }
        _ => None,
    };
    rows.filter_map(package).collect()
}

/// The version that Debian calls python3 here; where there is no such package, the newest.
fn python(known: &Known) -> Result<Python, Fault> {
    let version = |name: &str| {
        let version = name.strip_prefix("python3.")?.strip_suffix("-minimal")?;
        version.parse::<u32>().ok()
    };
    let default = known
        .get("python3-minimal")
        .and_then(|(_, needs)| needs.iter().find_map(|need| version(need.split(' ').next()?)));
    let newest = known.keys().filter_map(|name| version(name)).max();
    let minor = default
        .or(newest)
        .ok_or("python3 is not installed here: apt-get install python3, or give a root (`--root DIR`)")?;
    Ok(Python(format!("3.{minor}")))
}

/// The packages and all that they depend on.
fn needed(known: &Known, wanted: &[String]) -> Result<BTreeSet<String>, Fault> {
    let mut found = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut next: Vec<(String, String)> = wanted.iter().map(|name| (name.clone(), "Python".to_owned())).collect();
    while let Some((need, by)) = next.pop() {
        // `a (>= 1) | b:any`: any one of them.
        let ways = || need.split('|').map(|way| way.trim().split([' ', ':', '(']).next().unwrap_or_default());
        if ways().any(|way| SCRIPTS.contains(&way)) {
            continue;
        }
        let Some(name) = ways().find(|way| known.contains_key(*way)) else {
            return Err(format!("{by} needs the package {need}, which is not installed here: apt-get install it"));
        };
        if seen.insert(name.to_owned()) {
            let (spelled, needs) = &known[name];
            found.insert(spelled.clone());
            next.extend(needs.iter().map(|need| (need.clone(), name.to_owned())));
        }
    }
    Ok(found)
}

/// Nothing that somebody changed after its installation goes into an image.
fn untouched(packages: &[&str]) -> Result<(), Fault> {
    let report = dpkg("dpkg", &[&["--verify"], packages].concat())?;
    match changed(&report).next() {
        None => Ok(()),
        Some(path) => Err(format!("{path} is not what its package brought: reinstall the package, or give a root")),
    }
}

/// The files that `dpkg --verify` names, but for configuration and what is left out anyway: `??5??????   /path`.
fn changed(report: &str) -> impl Iterator<Item = &str> {
    let lines = report.lines().filter_map(|line| Some(line.split_at(line.find('/')?)));
    lines.filter_map(|(marks, path)| {
        let is_configuration = marks.split_whitespace().nth(1) == Some("c");
        let taken = merged(Path::new(path)).is_some_and(|path| !is_left_out(&path));
        (taken && !is_configuration).then_some(path)
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const LIST: &str = "python3-minimal\tpython3-minimal\tall\tii \t, python3.11-minimal (>= 3.11.2-1~)\n\
        python3.11-minimal\tpython3.11-minimal\tamd64\tii \tlibc6 (>= 2.35), zlib1g | zlib-ng\n\
        python3.12-minimal\tpython3.12-minimal\tamd64\tii \t, \n\
        python3.13-minimal\tpython3.13-minimal\tamd64\trc \t, \n\
        libc6\tlibc6:amd64\tamd64\tii \tdebconf (>= 0.5) | debconf-2.0, libgcc-s1:any\n\
        libc6\tlibc6:i386\ti386\tii \t, \n\
        libgcc-s1\tlibgcc-s1:amd64\tamd64\tii \t, libc6 (>= 2.35)\n\
        zlib-ng\tzlib-ng\tamd64\tii \t, \n";

    #[test]
    fn packages_are_followed_in_a_ring_and_over_alternatives() {
        let known = parse(LIST, "amd64");
        let python = python(&known).unwrap();
        assert_eq!(python.0, "3.11");
        let found = needed(&known, &["python3.11-minimal".to_owned()]).unwrap();
        assert_eq!(names(&found), ["libc6:amd64", "libgcc-s1:amd64", "python3.11-minimal", "zlib-ng"]);
    }

    #[test]
    fn what_is_missing_is_named_with_who_needs_it() {
        let known = parse(&LIST.replace("zlib-ng\tzlib-ng", "other\tother"), "amd64");
        let error = needed(&known, &["python3.11-minimal".to_owned()]).unwrap_err();
        assert!(error.starts_with("python3.11-minimal needs the package zlib1g | zlib-ng"), "{error}");
        assert!(python(&Known::new()).unwrap_err().contains("apt-get install python3"));
    }

    #[test]
    fn changed_files_are_told_but_not_configuration_and_documents() {
        let report =
            "??5??????   /usr/lib/python3.11/os.py\n??5?????? c /etc/python3.11/x\nmissing     /usr/share/doc/libc6\n";
        assert_eq!(changed(report).collect::<Vec<_>>(), ["/usr/lib/python3.11/os.py"]);
    }
}
