//! Addresses that begin with `https`, and where a redirection leads.

use std::fmt;

use ureq::http::Uri;

use crate::package::Ecosystem;

const SCHEME: &str = "https://";

/// The address of a file, or of the folder that holds those of all ecosystems.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address(String);

impl Address {
    /// Reads the address of a mirror, as a user names it.
    pub(super) fn of_folder(text: &str) -> Result<Self, String> {
        let address = Self::parse(text)?;
        if address.0.contains(['?', '#']) {
            return Err(format!("{text}: name the folder that holds PyPI/all.zip and its like, without `?` and `#`"));
        }
        Ok(Self(address.0.trim_end_matches('/').to_owned()))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let rest = text.split_at_checked(SCHEME.len()).filter(|(scheme, _)| scheme.eq_ignore_ascii_case(SCHEME));
        let (_, rest) = rest.ok_or_else(|| format!("{text}: only addresses that begin with https:// are asked"))?;
        let whole = format!("{SCHEME}{rest}");
        let uri: Uri = whole.parse().map_err(|error| format!("{text}: this is no address: {error}"))?;
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        if authority.is_empty() || authority.contains('@') {
            // What is in an address ends up in messages and files.
            return Err("an address with a user or a password in it, or without a host, is not asked".to_owned());
        }
        Ok(Self(whole))
    }

    /// A file of an ecosystem in this folder.
    pub(super) fn file(&self, ecosystem: Ecosystem, name: &str) -> Self {
        Self(format!("{}/{}/{name}", self.0, ecosystem.name().replace(' ', "%20")))
    }

    /// Where a redirection from here leads (RFC 3986, section 5.2, without `.` and `..`, which servers resolve).
    pub(super) fn redirected(&self, location: &str) -> Result<Self, String> {
        let rest = self.0.strip_prefix(SCHEME).unwrap_or(&self.0);
        let host = rest.split(['/', '?', '#']).next().unwrap_or(rest);
        let path = self.0.split(['?', '#']).next().unwrap_or(&self.0);
        let folder = path.rfind('/').map_or(path, |at| &path[..at]);
        let is_absolute = location.split(['/', '?', '#']).next().is_some_and(|first| first.contains(':'));
        let whole = match location {
            _ if is_absolute => location.to_owned(),
            _ if location.starts_with("//") => format!("https:{location}"),
            _ if location.starts_with('/') => format!("https://{host}{location}"),
            _ => format!("{folder}/{location}"),
        };
        Self::parse(&whole)
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Address {
    /// Without what follows `?`, where signed addresses keep what must not be told.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0.split('?').next().unwrap_or(&self.0))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn files_stand_in_the_folder_of_their_ecosystem() {
        let folder = Address::of_folder("https://example.org/osv/").unwrap();
        let at = |ecosystem| folder.file(ecosystem, "all.zip").to_string();
        assert_eq!(at(Ecosystem::CratesIo), "https://example.org/osv/crates.io/all.zip");
        assert_eq!(at(Ecosystem::GitHubActions), "https://example.org/osv/GitHub%20Actions/all.zip");
    }

    /// In parts, so that nobody takes it for a password.
    const NAMED: &str = concat!("https://user:", "word@example.org/");

    #[test]
    fn other_schemes_and_passwords_are_refused() {
        for text in [
            "http://example.org",
            "HTTP://example.org",
            "file:///etc/passwd",
            "ftp://example.org",
            "example.org",
            "/osv",
            "",
            "https://",
            NAMED,
            "https://example.org/?a",
        ] {
            assert!(Address::of_folder(text).is_err(), "{text}");
        }
        assert!(!Address::of_folder(NAMED).unwrap_err().contains("word@"));
    }

    #[test]
    fn redirections_are_followed_as_browsers_do() {
        let from = Address::parse("https://example.org:8443/a/b.zip?key=1").unwrap();
        for (location, to) in [
            ("https://other.example/x", "https://other.example/x"),
            ("HTTPS://other.example/x", "https://other.example/x"),
            ("//other.example/x", "https://other.example/x"),
            ("/x?y=z", "https://example.org:8443/x?y=z"),
            ("c.zip", "https://example.org:8443/a/c.zip"),
            ("c.zip?at=10:30", "https://example.org:8443/a/c.zip?at=10:30"),
        ] {
            assert_eq!(from.redirected(location).unwrap().as_str(), to, "{location}");
        }
        for location in ["http://example.org/x", "file:///x", "https://a:b@example.org/", "//", "javascript:x"] {
            assert!(from.redirected(location).is_err(), "{location}");
        }
        assert_eq!(from.to_string(), "https://example.org:8443/a/b.zip");
    }
}
