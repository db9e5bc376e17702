//! VEX: what somebody who looked says of a vulnerability in a package, as OpenVEX 0.2.0 writes it.
//!
//! A purl without a version speaks of all versions; one with a version of that one, compared as text. Of several statements
//! the latest counts, and of those of one time the last.

use serde::Deserialize;

use crate::inventory::purl;
use crate::package::{Ecosystem, Package};
use crate::time::Time;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    NotAffected,
    Affected,
    Fixed,
    UnderInvestigation,
}

impl Status {
    /// Whether a finding of which it is said does not count.
    pub fn clears(self) -> bool {
        matches!(self, Self::NotAffected | Self::Fixed)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    pub status: Status,
    /// Name and aliases of the vulnerability.
    pub ids: Vec<String>,
    /// Why it is not affected, in the words of the standard (`vulnerable_code_not_present`).
    pub justification: Option<String>,
    /// Why, in the author's words.
    pub notes: Option<String>,
    products: Vec<Product>,
    /// Milliseconds since the beginning of 1970.
    time: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Product {
    /// The package URL without version, qualifiers and subpath.
    base: String,
    version: Option<String>,
}

#[derive(Deserialize)]
struct Document {
    #[serde(rename = "@context")]
    context: String,
    timestamp: Option<String>,
    last_updated: Option<String>,
    statements: Vec<RawStatement>,
}

#[derive(Deserialize)]
struct RawStatement {
    vulnerability: Vulnerability,
    #[serde(default)]
    products: Vec<Component>,
    status: Status,
    justification: Option<String>,
    impact_statement: Option<String>,
    status_notes: Option<String>,
    timestamp: Option<String>,
    last_updated: Option<String>,
}

#[derive(Deserialize)]
struct Vulnerability {
    name: String,
    #[serde(default)]
    aliases: Vec<String>,
}

#[derive(Deserialize)]
struct Component {
    #[serde(rename = "@id")]
    id: Option<String>,
    identifiers: Option<Identifiers>,
    #[serde(default)]
    subcomponents: Vec<Subcomponent>,
}

#[derive(Deserialize)]
struct Subcomponent {
    #[serde(rename = "@id")]
    id: Option<String>,
    identifiers: Option<Identifiers>,
}

#[derive(Deserialize)]
struct Identifiers {
    purl: Option<String>,
}

const CONTEXT: &str = "https://openvex.dev/ns";

/// Reads a document.
pub fn read(text: &str) -> Result<Vec<Statement>, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let document: Document = serde_json::from_str(text)
        .map_err(|error| format!("this is no OpenVEX document: {error}; write it as OpenVEX 0.2.0 asks"))?;
    let version = document.context.strip_prefix(CONTEXT);
    if !version.is_some_and(|version| matches!(version, "" | "/") || version.starts_with("/v0.2")) {
        return Err(format!("`@context` is `{}`: only OpenVEX 0.2.0 is read (`{CONTEXT}/v0.2.0`)", document.context));
    }
    let of_document = time(document.last_updated.as_deref().or(document.timestamp.as_deref()))?;
    let statements = document.statements.into_iter().enumerate();
    statements
        .map(|(at, raw)| statement(raw, of_document).map_err(|message| format!("statement {}: {message}", at + 1)))
        .collect()
}

fn statement(raw: RawStatement, of_document: Option<i64>) -> Result<Statement, String> {
    let own = time(raw.last_updated.as_deref().or(raw.timestamp.as_deref()))?;
    let notes = raw.impact_statement.or(raw.status_notes).filter(|notes| !notes.trim().is_empty());
    let justification = raw.justification.filter(|words| !words.trim().is_empty());
    if raw.status == Status::NotAffected && justification.is_none() && notes.is_none() {
        return Err("`not_affected` needs a `justification` or an `impact_statement`".to_owned());
    }
    // What is said of a part of a product is not said of the product.
    let named = raw.products.into_iter().flat_map(|product| {
        let own = product.subcomponents.is_empty().then_some((product.id, product.identifiers));
        own.into_iter().chain(product.subcomponents.into_iter().map(|part| (part.id, part.identifiers)))
    });
    let purls = named.filter_map(|(id, identifiers)| identifiers.and_then(|named| named.purl).or(id));
    let mut ids = vec![raw.vulnerability.name];
    ids.extend(raw.vulnerability.aliases);
    Ok(Statement {
        status: raw.status,
        ids,
        justification,
        notes,
        products: purls.filter_map(|purl| product(&purl)).collect(),
        time: own.or(of_document),
    })
}

/// RFC 3339, in any zone.
fn time(text: Option<&str>) -> Result<Option<i64>, String> {
    let Some(text) = text else { return Ok(None) };
    let wrong = || format!("`{text}` is no time: write it as 2026-11-22T10:00:00Z");
    let zone = text.get(19..).and_then(|rest| rest.find(['+', '-'])).map(|at| at + 19);
    let (local, minutes) = match zone.and_then(|at| text.split_at_checked(at)) {
        Some((local, zone)) => (format!("{local}Z"), zone_minutes(zone).ok_or_else(wrong)?),
        None => (text.to_uppercase(), 0),
    };
    let time = Time::parse(&local).ok_or_else(wrong)?;
    let milliseconds = i64::try_from(time.milliseconds()).map_err(|_| wrong())?;
    Ok(Some(milliseconds - minutes * 60_000))
}

/// `-06:00`
fn zone_minutes(zone: &str) -> Option<i64> {
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    let two = |digits: &str| (digits.len() == 2).then(|| digits.parse::<u8>().ok()).flatten().map(i64::from);
    let minutes = two(hours)? * 60 + two(minutes)?;
    Some(if zone.starts_with('-') { -minutes } else { minutes })
}

/// The statement that counts for a package and the names of an advisory, whatever it says.
pub fn verdict<'s>(statements: &'s [Statement], package: &Package, ids: &[&str]) -> Option<&'s Statement> {
    let base = base(package)?;
    let version = package.version.as_deref().map(|version| plain_version(package.ecosystem, version));
    let speaks = |product: &Product| {
        product.base == base && product.version.as_deref().is_none_or(|named| Some(named) == version)
    };
    let fits = |statement: &&Statement| {
        statement.ids.iter().any(|id| ids.contains(&id.as_str())) && statement.products.iter().any(speaks)
    };
    statements.iter().filter(fits).max_by_key(|statement| statement.time)
}

impl Statement {
    /// The reason of a suppression.
    pub fn reason(&self) -> String {
        let status = if self.status == Status::Fixed { "fixed" } else { "not affected" };
        let words = [self.justification.as_deref().map(|word| word.replace('_', " ")), self.notes.clone()];
        let words: Vec<_> = words.into_iter().flatten().collect();
        if words.is_empty() { status.to_owned() } else { format!("{status}: {}", words.join(": ")) }
    }
}

fn product(text: &str) -> Option<Product> {
    let rest = text.strip_prefix("pkg:")?.trim_start_matches('/');
    let rest = rest.split('#').next()?;
    let (rest, qualifiers) = rest.split_once('?').unwrap_or((rest, ""));
    let (kind, path) = rest.split_once('/')?;
    let kind = kind.to_ascii_lowercase();
    let ecosystem = Ecosystem::all().find(|ecosystem| ecosystem.purl_type() == kind)?;
    // Only an `@` after the last `/` and behind a name begins a version: a scope may stand unencoded.
    let (path, version) = match path.rsplit_once('@') {
        Some((path, version)) if !version.contains('/') && !path.is_empty() && !path.ends_with('/') => {
            (path, Some(version))
        }
        _ => (path, None),
    };
    let mut name = decoded(path.trim_matches('/'));
    if ecosystem == Ecosystem::Maven
        && let Some((group, artefact)) = name.rsplit_once('/')
    {
        name = format!("{group}:{artefact}");
    }
    let registry = qualifiers.split('&').find_map(|pair| pair.strip_prefix("repository_url="));
    if let (Ecosystem::Docker, Some(registry)) = (ecosystem, registry) {
        name = format!("{}/{name}", decoded(registry));
    }
    let version = version.map(decoded).filter(|version| !version.is_empty());
    let version = version.map(|version| plain_version(ecosystem, &version).to_owned());
    let base = base(&Package { ecosystem, name: name.into(), version: None })?;
    Some(Product { base, version })
}

fn base(package: &Package) -> Option<String> {
    let whole = purl(&Package { version: None, ..package.clone() })?;
    Some(whole.split('#').next().unwrap_or_default().to_owned())
}

fn plain_version(ecosystem: Ecosystem, version: &str) -> &str {
    if ecosystem == Ecosystem::Go { version.strip_prefix('v').unwrap_or(version) } else { version }
}

/// Without percent-encoding; what is none stays.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let byte = hex.filter(|hex| *first == b'%' && hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match byte.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
#[expect(clippy::unwrap_used)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{
      "@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://example.test/vex/1", "author": "A", "version": 1,
      "timestamp": "2026-01-01T00:00:00Z",
      "statements": [
        {"vulnerability": {"name": "CVE-2026-1", "aliases": ["GHSA-aaaa-bbbb-cccc"]},
         "products": [{"@id": "pkg:pypi/frob_nitz"}],
         "status": "not_affected", "justification": "vulnerable_code_not_present", "impact_statement": "Cut out."},
        {"vulnerability": {"name": "CVE-2026-1"}, "timestamp": "2026-01-01T01:00:00.5+02:00",
         "products": [{"@id": "pkg:pypi/frob-nitz@2.0"}], "status": "under_investigation"},
        {"vulnerability": {"name": "CVE-2026-1"}, "timestamp": "2026-02-01T00:00:00-06:00",
         "products": [{"@id": "pkg:pypi/frob-nitz@3.0"}], "status": "affected"},
        {"vulnerability": {"name": "CVE-2026-2"}, "status": "fixed", "products": [
          {"@id": "pkg:oci/app", "subcomponents": [{"identifiers": {"purl": "pkg:npm/@own/kit@1.0.0?x=y#z"}},
            {"@id": "pkg:golang/example.com/kit@v1.2.3"}, {"@id": "pkg:maven/org.example/kit"}]}]}
      ]}"#;

    fn told(statements: &[Statement], ecosystem: Ecosystem, name: &str, version: &str, id: &str) -> Option<Status> {
        let package = Package { ecosystem, name: name.into(), version: Some(version.into()) };
        verdict(statements, &package, &["OTHER-1", id]).map(|statement| statement.status)
    }

    #[test]
    fn the_latest_statement_about_a_package_counts() {
        use Ecosystem::*;
        let all = read(&format!("\u{feff}{}", TEXT.replace('\n', "\r\n"))).unwrap();
        let of = |ecosystem, name, version, id| told(&all, ecosystem, name, version, id);
        assert_eq!(of(PyPI, "Frob.Nitz", "1.0", "CVE-2026-1"), Some(Status::NotAffected));
        assert_eq!(of(PyPI, "Frob.Nitz", "1.0", "GHSA-aaaa-bbbb-cccc"), Some(Status::NotAffected));
        // An hour past midnight, two hours east of Greenwich, is before midnight there.
        assert_eq!(of(PyPI, "frob-nitz", "2.0", "CVE-2026-1"), Some(Status::NotAffected));
        assert_eq!(of(PyPI, "frob-nitz", "3.0", "CVE-2026-1"), Some(Status::Affected));
        assert_eq!(of(PyPI, "frob-nitz", "1.0", "CVE-2026-2"), None);
        assert_eq!(of(Npm, "frob-nitz", "1.0", "CVE-2026-1"), None);
        assert_eq!(of(Npm, "@own/kit", "1.0.0", "CVE-2026-2"), Some(Status::Fixed));
        assert_eq!(of(Npm, "@own/kit", "1.0.1", "CVE-2026-2"), None);
        assert_eq!(of(Go, "example.com/kit", "1.2.3", "CVE-2026-2"), Some(Status::Fixed));
        assert_eq!(of(Maven, "org.example:kit", "9", "CVE-2026-2"), Some(Status::Fixed));
        assert_eq!(all[0].reason(), "not affected: vulnerable code not present: Cut out.");
    }

    #[test]
    fn what_is_no_document_is_an_error() {
        for end in (0..10).map(|tenth| TEXT.len() * tenth / 10) {
            assert!(read(TEXT.get(..end).unwrap()).is_err());
        }
        let error = |from: &str, to: &str| read(&TEXT.replace(from, to)).unwrap_err();
        assert!(error("ns/v0.2.0", "ns/v0.0.1").contains("only OpenVEX 0.2.0 is read"));
        assert!(
            error("\"2026-02-01T00", "\"2026-02-31T00").starts_with("statement 3: `2026-02-31T00:00:00-06:00` is no")
        );
        assert!(error("\"under_investigation\"", "\"perhaps\"").contains("perhaps"));
        let bare = error("\"justification\": \"vulnerable_code_not_present\", \"impact_statement\"", "\"x\"");
        assert_eq!(bare, "statement 1: `not_affected` needs a `justification` or an `impact_statement`");
        assert!(read(&"[".repeat(100_000)).is_err());
        assert!(read("{\"@context\":\"https://openvex.dev/ns\",\"@context\":\"x\",\"statements\":[]}").is_err());
    }
}
