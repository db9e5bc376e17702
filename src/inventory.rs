//! The inventory: what packages a tree asks for, where it does, and what is published about them.

use std::fmt::Write as _;
use std::sync::Arc;

use crate::digest::Hash;
use crate::package::{Advisory, Ecosystem, Package};

/// A package at one of its places.
#[derive(Clone, Debug)]
pub struct Component {
    pub package: Package,
    pub path: Arc<str>,
    pub line: u32,
    pub is_direct: Option<bool>,
    pub is_development: bool,
    pub hashes: Vec<Hash>,
    /// Others of the same inventory that it asks for, by index.
    pub needs: Vec<usize>,
    pub advisories: Vec<Advisory>,
}

/// Adds the packages of another file.
pub fn append(all: &mut Vec<Component>, more: Vec<Component>) {
    let before = all.len();
    all.extend(more.into_iter().map(|mut component| {
        component.needs.iter_mut().for_each(|need| *need += before);
        component
    }));
}

/// The parts of a name that package URLs keep apart.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Parts {
    pub namespace: Option<String>,
    pub name: String,
    /// The registry where it is not the usual one.
    registry: Option<String>,
    subpath: Option<String>,
}

impl Parts {
    pub fn of(package: &Package) -> Self {
        let name = package.ecosystem.normal(&package.name);
        let name = match package.ecosystem {
            // The purl specification asks for lower case here.
            Ecosystem::Go | Ecosystem::Hex | Ecosystem::Pub => name.to_lowercase(),
            // And here the case that people write, though none differ in nothing else; paths in a repository do.
            Ecosystem::NuGet | Ecosystem::GitHubActions => package.name.to_string(),
            _ => name.into_owned(),
        };
        match package.ecosystem {
            Ecosystem::Maven => split(&name, ':'),
            Ecosystem::Npm | Ecosystem::Packagist | Ecosystem::Go | Ecosystem::Hex => split(&name, '/'),
            Ecosystem::GitHubActions => {
                let mut parts = name.splitn(3, '/');
                let (owner, repository) = (parts.next().map(str::to_lowercase), parts.next().map(str::to_lowercase));
                let subpath = parts.next().map(str::to_owned);
                match repository {
                    Some(name) => Self { namespace: owner, name, registry: None, subpath },
                    None => Self { name: owner.unwrap_or_default(), ..Self::default() },
                }
            }
            Ecosystem::Docker => {
                let registry =
                    name.split_once('/').filter(|(host, _)| host.contains(['.', ':']) || *host == "localhost");
                let (registry, rest) = registry.map_or((None, &*name), |(host, rest)| (Some(host.to_owned()), rest));
                Self { registry, ..split(rest, '/') }
            }
            _ => Self { name, ..Self::default() },
        }
    }
}

/// At the last separator.
fn split(name: &str, separator: char) -> Parts {
    match name.trim_matches(separator).rsplit_once(separator) {
        Some((namespace, name)) => {
            Parts { namespace: Some(namespace.to_owned()), name: name.to_owned(), ..Parts::default() }
        }
        None => Parts { name: name.trim_matches(separator).to_owned(), ..Parts::default() },
    }
}

/// The package URL (purl specification 1.0); none for a package without a name. Names of npm keep their case: old ones differ
/// in nothing else.
pub fn purl(package: &Package) -> Option<String> {
    let parts = Parts::of(package);
    if parts.name.is_empty() {
        return None;
    }
    let mut purl = format!("pkg:{}/", package.ecosystem.purl_type());
    let segments = |text: &str, purl: &mut String| {
        for (at, segment) in text.split('/').filter(|segment| !matches!(*segment, "" | "." | "..")).enumerate() {
            if at > 0 {
                purl.push('/');
            }
            encode(segment, purl);
        }
    };
    if let Some(namespace) = &parts.namespace {
        segments(namespace, &mut purl);
        purl.push('/');
    }
    encode(&parts.name, &mut purl);
    if let Some(version) = package.version.as_deref().filter(|version| !version.is_empty()) {
        purl.push('@');
        // The package URLs of Go keep the `v` that lock entries leave out.
        let is_go = package.ecosystem == Ecosystem::Go && version.starts_with(|first: char| first.is_ascii_digit());
        if is_go && parts.name != "stdlib" {
            purl.push('v');
        }
        encode(version, &mut purl);
    }
    if let Some(registry) = &parts.registry {
        purl.push_str("?repository_url=");
        encode(registry, &mut purl);
    }
    if let Some(subpath) = &parts.subpath {
        purl.push('#');
        segments(subpath, &mut purl);
    }
    Some(purl)
}

fn encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' => out.push(char::from(byte)),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn package_urls_are_those_of_the_specification() {
        use Ecosystem::*;
        for (ecosystem, name, version, wanted) in [
            (PyPI, "Frob_Nitz.Kit", "1.0+cu1", "pkg:pypi/frob-nitz-kit@1.0%2Bcu1"),
            (Npm, "@scope/frob", "1.0.0-rc.1", "pkg:npm/%40scope/frob@1.0.0-rc.1"),
            (Npm, "JSONThing", "1.0.0", "pkg:npm/JSONThing@1.0.0"),
            (Go, "example.com/Own/frob/v2", "2.1.0", "pkg:golang/example.com/own/frob/v2@v2.1.0"),
            (Go, "stdlib", "1.22.1", "pkg:golang/stdlib@1.22.1"),
            (Maven, "org.example:frob", "1.0", "pkg:maven/org.example/frob@1.0"),
            (Packagist, "Vendor/Frob", "1.0", "pkg:composer/vendor/frob@1.0"),
            (CratesIo, "frob_nitz", "", "pkg:cargo/frob_nitz"),
            (Hex, "frob_nitz", "1.0.0", "pkg:hex/frob_nitz@1.0.0"),
            (Pub, "frob_nitz", "1.0.0+1", "pkg:pub/frob_nitz@1.0.0%2B1"),
            (NuGet, "Frob.Nitz", "1.0.0", "pkg:nuget/Frob.Nitz@1.0.0"),
            (GitHubActions, "Own/Cache/Save", "v4", "pkg:github/own/cache@v4#Save"),
            (Docker, "registry.test:5000/team/frob", "1", "pkg:docker/team/frob@1?repository_url=registry.test:5000"),
            (Docker, "frob", "sha256:ab", "pkg:docker/frob@sha256:ab"),
        ] {
            let package = Package { ecosystem, name: name.into(), version: Some(version.into()) };
            assert_eq!(purl(&package).unwrap(), wanted);
        }
        assert_eq!(purl(&Package { ecosystem: Npm, name: "/".into(), version: None }), None);
    }
}
