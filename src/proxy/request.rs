//! What clients ask a proxy for: CONNECT of HTTP ([RFC 9110, section 9.3.6]) and SOCKS version 5 ([RFC 1928]).
//!
//! [RFC 9110, section 9.3.6]: https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6
//! [RFC 1928]: https://www.rfc-editor.org/rfc/rfc1928

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr};

/// How a client speaks, which the answer needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    Http,
    Socks,
}

/// Where a client wants to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wish {
    pub(super) protocol: Protocol,
    /// A name, or an address where the client looked it up by itself.
    pub(super) host: String,
    pub(super) port: u16,
}

/// The head of a request is no longer than this.
const MAX_HEAD: usize = 8 << 10;
const SOCKS: u8 = 5;
const CONNECT: u8 = 1;

/// Reads what a client wants, to the last byte of its request and no further.
pub(super) fn read(client: &mut (impl Read + Write)) -> io::Result<Wish> {
    let mut first = [0];
    client.read_exact(&mut first)?;
    match first[0] {
        SOCKS => socks(client),
        first => http(first, client),
    }
}

fn http(first: u8, client: &mut (impl Read + Write)) -> io::Result<Wish> {
    let mut head = vec![first];
    // Byte by byte, so that nothing of what comes after it is taken.
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() == MAX_HEAD {
            return Err(refuse(client, 431, "the head of the request is too long"));
        }
        let mut byte = [0];
        client.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let line = head.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    let Some(target) = line.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next()) else {
        let message = "only CONNECT is served (and SOCKS 5 on the same port): speak HTTPS";
        return Err(refuse(client, 405, message));
    };
    let parts = target.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?)));
    let Some((host, port)) = parts else {
        return Err(refuse(client, 400, "CONNECT needs a host and a port"));
    };
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    Ok(Wish { protocol: Protocol::Http, host: host.to_owned(), port })
}

fn refuse(client: &mut impl Write, status: u16, message: &str) -> io::Error {
    // Whoever asks so may not even listen.
    let _ = client.write_all(answer(status, message).as_bytes());
    io::Error::other(message.to_owned())
}

fn socks(client: &mut (impl Read + Write)) -> io::Result<Wish> {
    const NO_PASSWORD: u8 = 0;
    let methods = bytes_of(client)?;
    if !methods.contains(&NO_PASSWORD) {
        client.write_all(&[SOCKS, 0xFF])?;
        return Err(io::Error::other("a client that wants to log in"));
    }
    client.write_all(&[SOCKS, NO_PASSWORD])?;
    let mut head = [0; 4];
    client.read_exact(&mut head)?;
    let [version, command, _, kind] = head;
    if version != SOCKS || command != CONNECT {
        client.write_all(&socks_answer(7))?;
        return Err(io::Error::other("a command of SOCKS other than CONNECT"));
    }
    let host = match kind {
        1 => Ipv4Addr::from(array::<4>(client)?).to_string(),
        3 => String::from_utf8_lossy(&bytes_of(client)?).into_owned(),
        4 => Ipv6Addr::from(array::<16>(client)?).to_string(),
        _ => {
            client.write_all(&socks_answer(8))?;
            return Err(io::Error::other("an address of SOCKS of an unknown kind"));
        }
    };
    let port = u16::from_be_bytes(array(client)?);
    Ok(Wish { protocol: Protocol::Socks, host, port })
}

fn array<const N: usize>(client: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    client.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Bytes with their count in front.
fn bytes_of(client: &mut impl Read) -> io::Result<Vec<u8>> {
    let [count] = array(client)?;
    let mut bytes = vec![0; usize::from(count)];
    client.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Tells a client how its wish ended.
pub(super) fn reply(client: &mut impl Write, protocol: Protocol, refusal: Option<&str>) -> io::Result<()> {
    match (protocol, refusal) {
        (Protocol::Http, None) => client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n"),
        (Protocol::Http, Some(message)) => client.write_all(answer(403, message).as_bytes()),
        (Protocol::Socks, None) => client.write_all(&socks_answer(0)),
        // Connection not allowed by ruleset.
        (Protocol::Socks, Some(_)) => client.write_all(&socks_answer(2)),
    }
}

fn answer(status: u16, message: &str) -> String {
    let length = message.len() + 1;
    format!(
        "HTTP/1.1 {status} Refused\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{message}\n"
    )
}

/// The address in it, which nobody reads, is that of nobody.
fn socks_answer(code: u8) -> [u8; 10] {
    [SOCKS, code, 0, 1, 0, 0, 0, 0, 0, 0]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A client that said something, and hears the answers.
    struct Client<'s>(&'s [u8], Vec<u8>);

    impl Read for Client<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0.read(buffer)
        }
    }

    impl Write for Client<'_> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.1.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn wishes_and_what_is_left_of_the_stream() {
        let wish = |protocol, host: &str, port| Wish { protocol, host: host.to_owned(), port };
        for (said, expected) in [
            (&b"CONNECT a.org:443 HTTP/1.1\r\nHost: b\r\n\r\nrest"[..], wish(Protocol::Http, "a.org", 443)),
            (b"CONNECT [::1]:80 HTTP/1.0\r\n\r\nrest", wish(Protocol::Http, "::1", 80)),
            (b"\x05\x02\x02\x00\x05\x01\x00\x03\x05a.org\x01\xbbrest", wish(Protocol::Socks, "a.org", 443)),
            (b"\x05\x01\x00\x05\x01\x00\x01\x7f\x00\x00\x01\x00\x50rest", wish(Protocol::Socks, "127.0.0.1", 80)),
        ] {
            let mut client = Client(said, Vec::new());
            assert_eq!(read(&mut client).ok(), Some(expected));
            assert_eq!(client.0, b"rest");
        }
    }

    #[test]
    fn what_is_not_served_is_answered() {
        for (said, answer) in [
            (b"GET http://a.org/ HTTP/1.1\r\n\r\n".to_vec(), &b"HTTP/1.1 405"[..]),
            (b"CONNECT a.org HTTP/1.1\r\n\r\n".to_vec(), b"HTTP/1.1 400"),
            (b"CONNECT a.org:70000 HTTP/1.1\r\n\r\n".to_vec(), b"HTTP/1.1 400"),
            (vec![b'A'; MAX_HEAD + 1], b"HTTP/1.1 431"),
            (b"\x05\x01\x02".to_vec(), b"\x05\xff"),
            (b"\x05\x01\x00\x05\x02\x00\x01\x7f\x00\x00\x01\x00\x50".to_vec(), b"\x05\x00\x05\x07"),
            (b"\x05\x01\x00\x05\x01\x00\x09".to_vec(), b"\x05\x00\x05\x08"),
        ] {
            let mut client = Client(&said, Vec::new());
            assert!(read(&mut client).is_err());
            assert!(client.1.starts_with(answer), "{:?}", client.1);
        }
    }
}
