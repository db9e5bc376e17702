//! `urllib.parse`: URLs quoted, taken apart, and put together.

use super::given::Given;
use super::{Table, Tools, int, part, repr};
use crate::value::{HOLE, Shape, Value};

pub(super) const FUNCTIONS: Table = &[
    ("urllib.parse.unquote", |tools, given| {
        let text = match given.get("string", 0)?.shape {
            Shape::Str(text) | Shape::Partial(text) => text,
            Shape::Bytes(bytes) => std::str::from_utf8(bytes).ok()?,
            _ => return None,
        };
        tools.text(String::from_utf8_lossy(&unquoted(text.as_bytes())).into_owned())
    }),
    ("urllib.parse.unquote_plus", |tools, given| {
        let text = given.get("string", 0)?.text()?.replace('+', " ");
        tools.text(String::from_utf8_lossy(&unquoted(text.as_bytes())).into_owned())
    }),
    ("urllib.parse.unquote_to_bytes", |tools, given| {
        let source = match given.get("string", 0)?.shape {
            Shape::Str(text) => text.as_bytes(),
            Shape::Bytes(bytes) => bytes,
            _ => return None,
        };
        tools.bytes(&unquoted(source))
    }),
    ("urllib.parse.quote", |tools, given| {
        let safe = given.text_or("safe", 1, "/")?;
        match given.get("string", 0)?.shape {
            Shape::Str(text) | Shape::Partial(text) => tools.text(quoted(text.as_bytes(), safe)),
            Shape::Bytes(bytes) => tools.text(quoted(bytes, safe)),
            _ => None,
        }
    }),
    ("urllib.parse.quote_plus", |tools, given| tools.text(plus(given.get("string", 0)?.text()?))),
    ("urllib.parse.urlencode", |tools, given| {
        if given.count() > 1 {
            return None;
        }
        let pairs: Vec<(Value<'_>, Value<'_>)> = match given.at(0)?.shape {
            Shape::Dict(items) if items.len() <= super::MAX_ITEMS => items.to_vec(),
            _ => return None,
        };
        let length: usize = pairs.iter().map(|(key, value)| key.length() + value.length() + 1).sum();
        if !tools.has_room(length) || !tools.budget.read(length, tools.span) {
            return None;
        }
        let shown = |value: &Value<'_>| repr::shown(value).map_or_else(|| HOLE.to_string(), |text| plus(&text));
        let pairs: Vec<_> = pairs.iter().map(|(key, value)| format!("{}={}", shown(key), shown(value))).collect();
        tools.text(pairs.join("&"))
    }),
    ("urllib.parse.urljoin", |tools, given| {
        let (base, url) = (given.get("base", 0)?.text()?, given.get("url", 1)?.text()?);
        tools.text(joined(base, url))
    }),
    ("urllib.parse.urlunparse", |tools, given| unsplit(tools, given, true)),
    ("urllib.parse.urlunsplit", |tools, given| unsplit(tools, given, false)),
];

fn unquoted(source: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(source.len());
    let mut rest = source;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        let digit = |at: usize| after.get(at).and_then(|digit| char::from(*digit).to_digit(16));
        match (byte, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                bytes.extend(u8::try_from(high << 4 | low));
                rest = &after[2..];
            }
            _ => bytes.push(*byte),
        }
    }
    bytes
}

fn quoted(source: &[u8], safe: &str) -> String {
    let mut text = String::with_capacity(source.len());
    let mut is_safe = [false; 256];
    for byte in safe.bytes().filter(u8::is_ascii) {
        is_safe[usize::from(byte)] = true;
    }
    let hole = HOLE.to_string();
    let mut rest = source;
    while let Some((byte, after)) = rest.split_first() {
        if let Some(after) = rest.strip_prefix(hole.as_bytes()) {
            text.push(HOLE);
            rest = after;
            continue;
        }
        rest = after;
        if byte.is_ascii_alphanumeric() || b"_.-~".contains(byte) || is_safe[usize::from(*byte)] {
            text.push(char::from(*byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

fn plus(text: &str) -> String {
    quoted(text.as_bytes(), " ").replace(' ', "+")
}

/// The parts of a URL: scheme, host, path, query, fragment.
struct Url<'t> {
    scheme: &'t str,
    host: &'t str,
    path: &'t str,
    query: &'t str,
    fragment: &'t str,
}

impl<'t> Url<'t> {
    fn read(text: &'t str) -> Self {
        let is_scheme = |scheme: &str| {
            scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
        };
        let (scheme, rest) = text.split_once(':').filter(|(scheme, _)| is_scheme(scheme)).unwrap_or(("", text));
        let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (host, path) = match rest.strip_prefix("//") {
            Some(rest) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
            None => ("", rest),
        };
        Self { scheme, host, path, query, fragment }
    }
}

/// What an attribute of `urlparse(text)` gives.
pub(super) fn attribute<'a>(tools: &mut Tools<'a, '_>, text: &'a str, name: &str) -> Option<Value<'a>> {
    let url = Url::read(text);
    let place = url.host.rsplit_once('@').map_or(url.host, |(_, place)| place);
    let (name_of_host, port) = place.split_once(':').unwrap_or((place, ""));
    match name {
        "scheme" => tools.text(url.scheme.to_ascii_lowercase()),
        "netloc" => Some(part(url.host)),
        "hostname" if !place.starts_with('[') => tools.text(name_of_host.to_lowercase()),
        "port" if port.is_empty() => Some(Value::of(Shape::None)),
        "port" => port.parse().ok().map(int),
        "path" => Some(part(url.path)),
        "query" => Some(part(url.query)),
        "fragment" => Some(part(url.fragment)),
        _ => None,
    }
}

fn joined(base: &str, url: &str) -> String {
    let (from, into) = (Url::read(base), Url::read(url));
    if base.is_empty() || !into.scheme.is_empty() && into.scheme != from.scheme {
        return url.to_owned();
    }
    if url.is_empty() {
        return base.to_owned();
    }
    let scheme = if from.scheme.is_empty() { String::new() } else { format!("{}:", from.scheme) };
    if !into.host.is_empty() {
        return format!("{scheme}{}", &url[url.find("//").unwrap_or(0)..]);
    }
    let path = match into.path {
        "" => from.path.to_owned(),
        path if path.starts_with('/') => path.to_owned(),
        path => {
            let folder = from.path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let mut parts: Vec<&str> = Vec::new();
            let all: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).chain(path.split('/')).collect();
            for (at, part) in all.iter().enumerate() {
                match *part {
                    ".." => {
                        parts.pop();
                        parts.extend((at + 1 == all.len()).then_some(""));
                    }
                    "." => parts.extend((at + 1 == all.len()).then_some("")),
                    part => parts.push(part),
                }
            }
            let root = if from.host.is_empty() && !from.path.starts_with('/') { "" } else { "/" };
            format!("{root}{}", parts.join("/"))
        }
    };
    let query = if into.path.is_empty() && into.query.is_empty() { from.query } else { into.query };
    let host = if from.host.is_empty() { String::new() } else { format!("//{}", from.host) };
    let query = if query.is_empty() { String::new() } else { format!("?{query}") };
    let fragment = if into.fragment.is_empty() { String::new() } else { format!("#{}", into.fragment) };
    format!("{scheme}{host}{path}{query}{fragment}")
}

fn unsplit<'a>(tools: &mut Tools<'a, '_>, given: &Given<'a>, has_parameters: bool) -> Option<Value<'a>> {
    let items = tools.items(&given.at(0)?)?;
    let hole = HOLE.to_string();
    let texts: Vec<&str> = items.iter().map(|item| item.text().unwrap_or(&hole)).collect();
    let (scheme, host, path, parameters, query, fragment) = match (&texts[..], has_parameters) {
        ([scheme, host, path, parameters, query, fragment], true) => (scheme, host, path, *parameters, query, fragment),
        ([scheme, host, path, query, fragment], false) => (scheme, host, path, "", query, fragment),
        _ => return None,
    };
    let mut url = String::new();
    if !scheme.is_empty() {
        url.extend([scheme, ":"]);
    }
    if !host.is_empty() {
        url.extend(["//", host]);
        url.push_str(if path.is_empty() || path.starts_with('/') { "" } else { "/" });
    }
    url.push_str(path);
    for (sign, part) in [(";", parameters), ("?", query), ("#", fragment)] {
        if !part.is_empty() {
            url.extend([sign, part]);
        }
    }
    tools.text(url)
}
