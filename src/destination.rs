//! Destinations: what code in a cell may connect to, as users write it: `pypi.org`, `*.example.com:8443`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Where nobody says otherwise: HTTPS.
const DEFAULT_PORT: u16 = 443;

/// A host, or all hosts below a domain, and a port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Destination {
    /// In lower case, without the dot at the end.
    name: String,
    /// Whether it means the hosts below the name, and not the name itself.
    below: bool,
    port: u16,
}

impl Destination {
    pub fn allows(&self, host: &str, port: u16) -> bool {
        let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
        let is_meant = match (self.below, host.strip_suffix(&self.name)) {
            (false, Some(rest)) => rest.is_empty(),
            (true, Some(rest)) => rest.len() > 1 && rest.ends_with('.'),
            (_, None) => false,
        };
        is_meant && self.port == port
    }
}

impl FromStr for Destination {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = |why: &str| {
            Err(format!(
                "`{text}` is no destination: {why}; write a host such as `pypi.org`, `*.example.com` or `example.com:8443`"
            ))
        };
        let (host, port) = match text.split_once(':') {
            None => (text, DEFAULT_PORT),
            Some((host, port)) => match port.parse() {
                Ok(port) if port > 0 => (host, port),
                _ => return wrong("the port is a number from 1 to 65535"),
            },
        };
        let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
        let (below, name) = host.strip_prefix("*.").map_or((false, &*host), |name| (true, name));
        if !is_host_name(name) {
            return wrong("the host is a name in letters of ASCII, digits, `-` and dots");
        }
        if below && !name.contains('.') {
            return wrong("a whole top-level domain is too much");
        }
        if name.split('.').all(|label| label.bytes().all(|byte| byte.is_ascii_digit())) {
            return wrong("it is an address: what it stands for cannot be checked by its name");
        }
        Ok(Self { name: name.to_owned(), below, port })
    }
}

/// Whether a text is a host name ([RFC 1123, section 2.1]); underscores are taken, as DNS takes them.
///
/// [RFC 1123, section 2.1]: https://www.rfc-editor.org/rfc/rfc1123#section-2.1
pub fn is_host_name(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.len() <= 253 && name.split('.').all(is_label)
}

impl fmt::Display for Destination {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}{}:{}", if self.below { "*." } else { "" }, self.name, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_destination_allows() {
        for (written, host, port, allows) in [
            ("pypi.org", "pypi.org", 443, true),
            ("pypi.org", "PyPI.org.", 443, true),
            ("pypi.org", "pypi.org", 80, false),
            ("pypi.org", "xpypi.org", 443, false),
            ("pypi.org", "files.pypi.org", 443, false),
            ("*.Example.com:8443", "a.b.example.com", 8443, true),
            ("*.example.com", "example.com", 443, false),
            ("*.example.com", ".example.com", 443, false),
            ("*.example.com", "badexample.com", 443, false),
        ] {
            let destination: Result<Destination, _> = written.parse();
            assert_eq!(destination.map(|it| it.allows(host, port)), Ok(allows), "{written} {host}:{port}");
        }
    }

    #[test]
    fn what_is_no_destination() {
        for (text, why) in [
            ("", "the host is a name"),
            ("a b", "the host is a name"),
            ("-a.com", "the host is a name"),
            ("a..com", "the host is a name"),
            ("*", "the host is a name"),
            ("*.com", "top-level"),
            ("a.com:0", "the port"),
            ("a.com:https", "the port"),
            ("10.0.0.1", "an address"),
            ("http://a.com", "the port"),
            ("::1", "the port"),
        ] {
            let error = text.parse::<Destination>().err().unwrap_or_default();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
