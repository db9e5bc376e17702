//! The name that a TLS client says it wants to speak to, out of the first message that it sends ([RFC 8446, section 4.1.2];
//! server_name: [RFC 6066, section 3]).
//!
//! [RFC 8446, section 4.1.2]: https://www.rfc-editor.org/rfc/rfc8446#section-4.1.2
//! [RFC 6066, section 3]: https://www.rfc-editor.org/rfc/rfc6066#section-3

/// What the beginning of a stream says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Hello {
    /// The message is not there as a whole: nothing more can be told before the stream has so many bytes.
    Incomplete(usize),
    /// It is no TLS, or none that says what it should.
    Other,
    /// The client names nobody.
    Nameless,
    /// The true name is encrypted.
    Hidden,
    Names(String),
}

const HANDSHAKE: u8 = 22;
const CLIENT_HELLO: u8 = 1;
const SERVER_NAME: u16 = 0;
/// Encrypted Client Hello ([RFC 9849](https://www.rfc-editor.org/rfc/rfc9849)).
const ENCRYPTED_HELLO: u16 = 0xFE0D;

pub(super) fn read(bytes: &[u8]) -> Hello {
    match message(bytes) {
        Ok(message) => client_hello(&message).unwrap_or(Hello::Other),
        Err(Unread::Incomplete(wanted)) => Hello::Incomplete(wanted),
        Err(Unread::NotTls) => Hello::Other,
    }
}

enum Unread {
    NotTls,
    Incomplete(usize),
}

/// The first handshake message, which may be cut into several records.
fn message(bytes: &[u8]) -> Result<Vec<u8>, Unread> {
    const HEADER: usize = 4;
    const RECORD_HEADER: usize = 5;
    let mut message = Vec::new();
    let mut at = 0;
    loop {
        let length = message
            .get(..HEADER)
            .map(|header: &[u8]| usize::from(header[1]) << 16 | usize::from(header[2]) << 8 | usize::from(header[3]));
        if let Some(length) = length
            && message.len() >= HEADER + length
        {
            message.truncate(HEADER + length);
            return Ok(message);
        }
        let rest = bytes.get(at..).unwrap_or_default();
        if rest.first().is_some_and(|kind| *kind != HANDSHAKE) {
            return Err(Unread::NotTls);
        }
        at += RECORD_HEADER;
        let Some((header, rest)) = rest.split_first_chunk::<RECORD_HEADER>() else {
            return Err(Unread::Incomplete(at));
        };
        let [_, major, _, high, low] = *header;
        let length = usize::from(u16::from_be_bytes([high, low]));
        if major != 3 || length == 0 {
            return Err(Unread::NotTls);
        }
        at += length;
        message.extend_from_slice(rest.get(..length).ok_or(Unread::Incomplete(at))?);
    }
}

/// A part of a message that is taken from its front.
struct Part<'b>(&'b [u8]);

impl<'b> Part<'b> {
    fn take(&mut self, count: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self, bytes: usize) -> Option<usize> {
        Some(self.take(bytes)?.iter().fold(0, |number, byte| number << 8 | usize::from(*byte)))
    }

    /// A part with its length in front of it, which takes so many bytes.
    fn part(&mut self, bytes: usize) -> Option<Part<'b>> {
        let length = self.number(bytes)?;
        self.take(length).map(Part)
    }
}

fn client_hello(message: &[u8]) -> Option<Hello> {
    const VERSION_AND_RANDOM: usize = 2 + 32;
    let mut message = Part(message);
    if message.number(1)? != usize::from(CLIENT_HELLO) {
        return None;
    }
    let mut body = message.part(3)?;
    body.take(VERSION_AND_RANDOM)?;
    let (_session, _ciphers, _compressions) = (body.part(1)?, body.part(2)?, body.part(1)?);
    if body.0.is_empty() {
        return Some(Hello::Nameless);
    }
    let mut extensions = body.part(2)?;
    let mut name = None;
    while !extensions.0.is_empty() {
        let (kind, mut content) = (extensions.number(2)?, extensions.part(2)?);
        match u16::try_from(kind).ok()? {
            ENCRYPTED_HELLO => return Some(Hello::Hidden),
            // Whoever sends two may mean either.
            SERVER_NAME if name.is_some() => return None,
            SERVER_NAME => {
                let mut list = content.part(2)?;
                let (kind, host) = (list.number(1)?, list.part(2)?);
                if kind != 0 || !list.0.is_empty() {
                    return None;
                }
                name = Some(str::from_utf8(host.0).ok()?.to_ascii_lowercase());
            }
            _ => {}
        }
    }
    Some(name.map_or(Hello::Nameless, Hello::Names))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// What a client says first that asks for this host.
    pub(in crate::proxy) fn asking_for(host: &str) -> Vec<u8> {
        hello(&[server_name(host)], 4000)
    }

    /// A message with these extensions, cut into records of some length.
    fn hello(extensions: &[(u16, Vec<u8>)], record: usize) -> Vec<u8> {
        let sized =
            |content: &[u8]| [&u16::try_from(content.len()).unwrap_or_default().to_be_bytes(), content].concat();
        let extensions: Vec<u8> =
            extensions.iter().flat_map(|(kind, content)| [&kind.to_be_bytes()[..], &sized(content)].concat()).collect();
        let body = [&[3, 3][..], &[7; 32], &[0], &sized(&[0x13, 1]), &[1, 0], &sized(&extensions)].concat();
        let message = [&[CLIENT_HELLO, 0][..], &sized(&body)].concat();
        message.chunks(record).flat_map(|part| [&[HANDSHAKE, 3, 1][..], &sized(part)].concat()).collect()
    }

    fn server_name(host: &str) -> (u16, Vec<u8>) {
        let length = |count: usize| u16::try_from(count).unwrap_or_default().to_be_bytes();
        (SERVER_NAME, [&length(host.len() + 3)[..], &[0], &length(host.len()), host.as_bytes()].concat())
    }

    #[test]
    fn the_name_is_read_however_it_is_cut() {
        for record in [1, 7, 4000] {
            let bytes = hello(&[(43, vec![2, 3, 4]), server_name("PyPI.org")], record);
            assert_eq!(read(&bytes), Hello::Names("pypi.org".to_owned()), "{record}");
            for end in 0..bytes.len() {
                let found = read(&bytes[..end]);
                assert!(matches!(found, Hello::Incomplete(wanted) if end < wanted && wanted <= bytes.len()), "{end}");
            }
        }
    }

    #[test]
    fn what_names_nobody() {
        let cases = [
            (hello(&[(43, vec![2, 3, 4])], 4000), Hello::Nameless),
            (hello(&[server_name("a.org"), (ENCRYPTED_HELLO, vec![1])], 4000), Hello::Hidden),
            (hello(&[server_name("a.org"), server_name("b.org")], 4000), Hello::Other),
            (hello(&[(SERVER_NAME, vec![0, 9])], 4000), Hello::Other),
            (b"GET / HTTP/1.1\r\n".to_vec(), Hello::Other),
            (b"S".to_vec(), Hello::Other),
            (Vec::new(), Hello::Incomplete(5)),
            (vec![HANDSHAKE, 2, 0, 0, 1, 1], Hello::Other),
        ];
        for (bytes, expected) in cases {
            assert_eq!(read(&bytes), expected);
        }
    }
}
