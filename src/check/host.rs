//! Hosts: what an address or URL that code names points at, however it is written.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::rule::HostKind;
use crate::value::HOLE;

/// What is known of the host of a URL, of `host`, or of `host:port`.
pub(super) fn of(text: &str) -> HostKind {
    let Some(host) = host(text) else { return HostKind::Unknown };
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    match address(&host) {
        Some(address) => of_address(address),
        None => of_name(&host),
    }
}

/// Whether a text is a URL of something that is not a file.
pub(super) fn is_url(text: &str) -> bool {
    let scheme = text.split_once("://").map(|(scheme, _)| scheme);
    let is_scheme = |scheme: &str| {
        scheme.len() > 1 && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
    };
    scheme.is_some_and(|scheme| is_scheme(scheme) && !scheme.eq_ignore_ascii_case("file"))
}

/// The host's part of a text; nothing where some of it is not known.
fn host(text: &str) -> Option<&str> {
    let rest = text.split_once("://").map_or(text, |(scheme, rest)| if scheme.contains('/') { text } else { rest });
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    let authority = rest.split(['/', '?', '#', '\\']).next()?;
    if authority.is_empty() && !rest.is_empty() {
        return Some(rest); // the path of a socket
    }
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = match authority.strip_prefix('[') {
        Some(bracketed) => bracketed.split(']').next()?,
        // More than one colon without brackets is an address of version 6.
        None if authority.matches(':').count() > 1 => authority,
        None => authority.split(':').next()?,
    };
    (!host.contains(HOLE)).then_some(host)
}

fn of_name(host: &str) -> HostKind {
    match host {
        "" => HostKind::Any,
        "localhost" | "localhost.localdomain" | "ip6-localhost" | "ip6-loopback" | "localhost6" => HostKind::Loopback,
        "metadata" | "metadata.google.internal" | "metadata.goog" | "instance-data" | "instance-data.ec2.internal" => {
            HostKind::Metadata
        }
        _ if host.ends_with(".localhost") => HostKind::Loopback,
        // Services that answer with the address that stands in the name.
        _ if host.starts_with("169.254.169.254.") || host.starts_with("169-254-169-254.") => HostKind::Metadata,
        _ => HostKind::Remote,
    }
}

fn of_address(address: IpAddr) -> HostKind {
    const METADATA_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);
    let v4 = match address {
        IpAddr::V4(address) => Some(address),
        IpAddr::V6(address) => address.to_ipv4_mapped().or_else(|| compatible(address)),
    };
    match (v4, address) {
        (Some(v4), _) if v4.is_unspecified() => HostKind::Any,
        (Some(v4), _) if v4.is_loopback() => HostKind::Loopback,
        (Some(v4), _) if v4.is_link_local() => HostKind::Metadata,
        (Some(v4), _) => match v4.octets() {
            [100, 100, 100, 200] | [192, 0, 0, 192] | [168, 63, 129, 16] => HostKind::Metadata,
            _ => HostKind::Remote,
        },
        (None, IpAddr::V6(v6)) if v6.is_loopback() => HostKind::Loopback,
        (None, IpAddr::V6(v6)) if v6.is_unspecified() => HostKind::Any,
        (None, IpAddr::V6(v6)) if v6 == METADATA_V6 => HostKind::Metadata,
        _ => HostKind::Remote,
    }
}

/// The address of version 4 in an old notation of version 6 (`::127.0.0.1`).
fn compatible(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [head @ .., a, b, c, d] = address.octets();
    (head.iter().all(|byte| *byte == 0) && a != 0).then(|| Ipv4Addr::new(a, b, c, d))
}

/// An address in any notation that the system's resolver takes.
fn address(host: &str) -> Option<IpAddr> {
    if let Ok(address) = host.split('%').next()?.parse::<Ipv6Addr>() {
        return Some(IpAddr::V6(address));
    }
    // As `inet_aton` reads it: up to four numbers, decimal, octal or hexadecimal, of which the last fills what is left.
    let parts = host.split('.').map(number).collect::<Option<Vec<u32>>>()?;
    let (last, first) = parts.split_last()?;
    let left = 4_u32.checked_sub(u32::try_from(first.len()).ok()?)?;
    let fits = left == 4 || (left > 0 && u64::from(*last) < 1 << (8 * left));
    if !fits || first.iter().any(|part| *part > 255) {
        return None;
    }
    let high = first.iter().zip([24, 16, 8]).fold(0, |sum, (part, shift)| sum | part << shift);
    Some(IpAddr::V4(Ipv4Addr::from_bits(high | last)))
}

fn number(text: &str) -> Option<u32> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok(),
        None if text.len() > 1 && text.starts_with('0') => u32::from_str_radix(text, 8).ok(),
        None => text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_known_in_every_notation() {
        for (text, expected) in [
            ("http://127.0.0.1:8000/health", HostKind::Loopback),
            ("http://localhost/", HostKind::Loopback),
            ("LOCALHOST", HostKind::Loopback),
            ("api.localhost:80", HostKind::Loopback),
            ("http://127.1/", HostKind::Loopback),
            ("http://2130706433/", HostKind::Loopback),
            ("0x7f.0.0.1", HostKind::Loopback),
            ("http://0177.0.0.1", HostKind::Loopback),
            ("http://[::1]:80/", HostKind::Loopback),
            ("::1", HostKind::Loopback),
            ("[::ffff:127.0.0.1]", HostKind::Loopback),
            ("http://127.0.0.1:\u{F8FE}/x", HostKind::Loopback),
            ("http://169.254.169.254/latest", HostKind::Metadata),
            ("http://2852039166/", HostKind::Metadata),
            ("http://0xA9FEA9FE", HostKind::Metadata),
            ("http://[::ffff:a9fe:a9fe]/", HostKind::Metadata),
            ("http://[fd00:ec2::254]/", HostKind::Metadata),
            ("http://metadata.google.internal./x", HostKind::Metadata),
            ("100.100.100.200", HostKind::Metadata),
            ("0.0.0.0", HostKind::Any),
            ("", HostKind::Any),
            ("::", HostKind::Any),
            ("https://example.org/", HostKind::Remote),
            ("http://localhost@example.org/", HostKind::Remote),
            ("http://example.org/?x=127.0.0.1", HostKind::Remote),
            ("http://127.0.0.1.example.org", HostKind::Remote),
            ("8.8.8.8", HostKind::Remote),
            ("/run/some.sock", HostKind::Remote),
            ("http://\u{F8FE}/", HostKind::Unknown),
            ("http://127.0.0.1\u{F8FE}/", HostKind::Unknown),
            ("\u{F8FE}", HostKind::Unknown),
            ("http://example.org/\u{F8FE}", HostKind::Remote),
        ] {
            assert_eq!(of(text), expected, "{text}");
        }
        assert!(is_url("https://example.org/table.csv") && !is_url("file:///etc/passwd") && !is_url("table.csv"));
    }
}
