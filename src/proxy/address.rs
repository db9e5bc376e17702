//! Addresses: which of them belong to the public network, and which are this machine, its neighbours or what clouds answer on.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};

/// Why an address may not be connected to, if it may not: what it is by itself, or that this machine has it.
pub(super) fn refusal(address: IpAddr) -> Option<&'static str> {
    by_range(address).or_else(|| match source(address) {
        Ok(source) if source == address => Some("it is this machine"),
        Ok(_) => None,
        Err(_) => Some("no way leads there from here"),
    })
}

/// The address that this machine would speak from to another one: its own, if it is its own. Nothing is sent to find out.
fn source(address: IpAddr) -> io::Result<IpAddr> {
    const ANY_PORT: u16 = 9;
    let any: IpAddr = if address.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0))?;
    socket.connect((address, ANY_PORT))?;
    socket.local_addr().map(|source| source.ip())
}

/// Why no machine of the public network can have an address, if none can. The ranges are those of the special-purpose registries
/// ([RFC 6890]) and of the metadata services of clouds.
///
/// [RFC 6890]: https://www.rfc-editor.org/rfc/rfc6890
fn by_range(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => refusal_v4(address),
        IpAddr::V6(address) => refusal_v6(address),
    }
}

fn refusal_v4(address: Ipv4Addr) -> Option<&'static str> {
    Some(match address.octets() {
        [127, ..] => "it is this machine",
        [0, ..] => "it is no address of another machine",
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => "it is in a private network",
        [100, 100, 100, 200] | [192, 0, 0, 192] | [168, 63, 129, 16] => "it is a metadata service",
        [100, 64..=127, ..] => "it is in the network of a provider",
        [169, 254, ..] => "it is link-local, where metadata services answer",
        [192, 0, 0, _] | [198, 18..=19, ..] => "it is reserved",
        [224..=255, ..] => "it is no address of one machine",
        _ => return None,
    })
}

fn refusal_v6(address: Ipv6Addr) -> Option<&'static str> {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let inside = |high: u16, low: u16| refusal_v4(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)));
    match [a, b, c, d, e, f] {
        _ if address.is_unspecified() => Some("it is no address of another machine"),
        _ if address.is_loopback() => Some("it is this machine"),
        // An address of version 4 in one of version 6: mapped, compatible, or translated.
        [0, 0, 0, 0, 0, 0xFFFF | 0] | [0x64, 0xFF9B, 0, 0, 0, 0] => inside(g, h),
        [0x2002, high, low, ..] => inside(high, low),
        [0x64, 0xFF9B, 1, ..] | [0x2001, 0, ..] => Some("it leads through a tunnel"),
        [0xFC00..=0xFDFF, ..] => Some("it is in a private network, where metadata services answer"),
        [0xFE80..=0xFEBF, ..] => Some("it is link-local"),
        [0xFF00..=0xFFFF, ..] => Some("it is no address of one machine"),
        // Only this part is given to machines of the public network.
        [0x2000..=0x3FFF, ..] => None,
        _ => Some("it is reserved"),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_the_machine_is_its_own_source() {
        let own = IpAddr::from(Ipv4Addr::LOCALHOST);
        assert_eq!(source(own).unwrap(), own);
        // Whichever others it has; where it has none, no way leads anywhere.
        match source("8.8.8.8".parse().unwrap()) {
            Ok(own) => assert_eq!(source(own).unwrap(), own),
            Err(_) => assert_eq!(refusal("8.8.8.8".parse().unwrap()), Some("no way leads there from here")),
        }
    }

    #[test]
    fn only_public_addresses_pass() {
        for text in
            ["93.184.215.14", "8.8.8.8", "172.32.0.1", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::ffff:8.8.8.8"]
        {
            assert_eq!(text.parse().map(by_range), Ok(None), "{text}");
        }
        for text in [
            "127.0.0.1",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.100.100.200",
            "100.64.0.1",
            "168.63.129.16",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "64:ff9b::a00:1",
            "2002:7f00:1::",
            "2001::1",
            "fd00:ec2::254",
            "fe80::1",
            "ff02::1",
            "100::1",
        ] {
            assert!(matches!(text.parse().map(by_range), Ok(Some(_))), "{text}");
        }
    }
}
