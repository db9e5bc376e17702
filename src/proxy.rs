//! The way out of a cell that may reach some hosts: a proxy outside of it, which looks names up, and connects to nothing else.
//!
//! The cell has a network of its own with nothing in it but loopback. A socket that listens there is handed out of the cell
//! to this proxy, so that no path and no second process leads out, and what the proxy connects to is reached through the
//! network of the host. Every wish is kept, granted or not.

mod address;
mod hello;
mod request;

use std::io::{self, Read, Write};
use std::net::{IpAddr, Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::destination::{self, Destination};
use crate::outcome::Request;
use hello::Hello;
use request::{Protocol, Wish};

/// At the same time.
const MAX_CONNECTIONS: usize = 64;
/// A run that asks for more is answered no longer.
const MAX_REQUESTS: usize = 10_000;
/// For a client to say what it wants, and for a server to answer a knock.
const PATIENCE: Duration = Duration::from_secs(10);
/// A first message of TLS is no longer than this.
const MAX_HELLO: usize = 64 << 10;

/// A proxy at work.
#[derive(Debug)]
pub struct Proxy {
    door: TcpListener,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    allowed: Vec<Destination>,
    is_barred: fn(IpAddr) -> Option<&'static str>,
    /// Bytes that may still go out.
    upload: AtomicU64,
    open: AtomicUsize,
    requests: Mutex<Vec<Request>>,
    /// Both ends of each connection, to end them with the run.
    ends: Mutex<Vec<TcpStream>>,
}

impl Proxy {
    /// Serves clients of a listening socket, of which no more than `upload` bytes go out.
    pub fn start(door: TcpListener, allowed: Vec<Destination>, upload: u64) -> io::Result<Self> {
        Self::start_with(door, allowed, upload, address::refusal)
    }

    fn start_with(
        door: TcpListener,
        allowed: Vec<Destination>,
        upload: u64,
        is_barred: fn(IpAddr) -> Option<&'static str>,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            allowed,
            is_barred,
            upload: AtomicU64::new(upload),
            open: AtomicUsize::new(0),
            requests: Mutex::default(),
            ends: Mutex::default(),
        });
        let (listening, server) = (door.try_clone()?, Arc::clone(&shared));
        let accepting = thread::Builder::new().name("proxy".to_owned()).spawn(move || server.accept(&listening))?;
        Ok(Self { door, shared, accepting })
    }

    /// Ends all connections, and gives what was asked for.
    pub fn finish(self) -> Vec<Request> {
        // This wakes whoever waits for clients.
        let door = TcpStream::from(OwnedFd::from(self.door));
        let _ = door.shutdown(Shutdown::Both);
        let _ = self.accepting.join();
        for end in locked(&self.shared.ends).drain(..) {
            let _ = end.shutdown(Shutdown::Both);
        }
        std::mem::take(&mut locked(&self.shared.requests))
    }
}

/// What a thread that broke has left behind is as good as before: every change of these lists is a single step.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    fn accept(self: Arc<Self>, door: &TcpListener) {
        while let Ok((client, _)) = door.accept() {
            if self.open.fetch_add(1, Ordering::Relaxed) >= MAX_CONNECTIONS {
                self.open.fetch_sub(1, Ordering::Relaxed);
                continue;
            }
            let server = Arc::clone(&self);
            let serving = thread::Builder::new().name("proxy".to_owned()).spawn(move || {
                // A client that breaks off, or is refused, was told and noted where it happened.
                let _ = server.serve(client);
                server.open.fetch_sub(1, Ordering::Relaxed);
            });
            if serving.is_err() {
                self.open.fetch_sub(1, Ordering::Relaxed);
            }
        }
    }

    fn serve(self: &Arc<Self>, mut client: TcpStream) -> io::Result<()> {
        client.set_read_timeout(Some(PATIENCE))?;
        client.set_nodelay(true)?;
        let Wish { protocol, host, port } = request::read(&mut client)?;
        let Some(at) = self.note(&host, port) else { return Ok(()) };
        let server = match self.connect(&host, port) {
            Ok(server) => server,
            Err(message) => return self.refuse(at, &mut client, protocol, message),
        };
        locked(&self.requests)[at].address = server.peer_addr().ok().map(|address| address.ip());
        server.set_nodelay(true)?;
        locked(&self.ends).extend([client.try_clone()?, server.try_clone()?]);
        request::reply(&mut client, protocol, None)?;

        let (mut from_server, mut to_client) = (server.try_clone()?, client.try_clone()?);
        let shared = Arc::clone(self);
        let downwards = thread::Builder::new().name("proxy".to_owned()).spawn(move || {
            let _ = relay(&mut from_server, |bytes| {
                locked(&shared.requests)[at].received_bytes += bytes.len() as u64;
                to_client.write_all(bytes)
            });
            let _ = to_client.shutdown(Shutdown::Write);
        })?;
        let sent = self.upwards(at, &host, port, &mut client, &server);
        match sent {
            Ok(()) => drop(server.shutdown(Shutdown::Write)),
            Err(error) => {
                locked(&self.requests)[at].refusal.get_or_insert_with(|| error.to_string());
                let _ = server.shutdown(Shutdown::Both);
                let _ = client.shutdown(Shutdown::Both);
            }
        }
        let _ = downwards.join();
        Ok(())
    }

    fn note(&self, host: &str, port: u16) -> Option<usize> {
        // Whatever a client says is no more than a name.
        let host: String = host.chars().filter(|c| !c.is_control()).take(253).collect();
        let mut requests = locked(&self.requests);
        let at = requests.len();
        if at == MAX_REQUESTS {
            return None;
        }
        requests.push(Request { host, port, address: None, refusal: None, sent_bytes: 0, received_bytes: 0 });
        Some(at)
    }

    fn refuse(&self, at: usize, client: &mut TcpStream, protocol: Protocol, message: String) -> io::Result<()> {
        request::reply(client, protocol, Some(&message))?;
        locked(&self.requests)[at].refusal = Some(message);
        Ok(())
    }

    /// Looks a name up and connects to what it found: nobody looks it up a second time.
    fn connect(&self, host: &str, port: u16) -> Result<TcpStream, String> {
        let is_allowed = destination::is_host_name(host.strip_suffix('.').unwrap_or(host))
            && self.allowed.iter().any(|allowed| allowed.allows(host, port));
        if !is_allowed {
            return Err(format!("portcullis: {host}:{port} is not among the hosts that were allowed"));
        }
        let found = (host, port).to_socket_addrs();
        let found: Vec<SocketAddr> = found.map_err(|error| format!("{host}: {error}"))?.collect();
        let mut message = format!("{host}: no address was found");
        for address in found {
            if let Some(why) = (self.is_barred)(address.ip()) {
                message = format!("portcullis: {host} is {}, and {why}", address.ip());
                continue;
            }
            match TcpStream::connect_timeout(&address, PATIENCE) {
                Ok(server) => return Ok(server),
                Err(error) => message = format!("{address}: {error}"),
            }
        }
        Err(message)
    }

    /// Hands on what the client says, once its first words show that it means the host that it asked for.
    fn upwards(
        &self,
        at: usize,
        host: &str,
        port: u16,
        client: &mut TcpStream,
        mut server: &TcpStream,
    ) -> io::Result<()> {
        let mut beginning = Some(Vec::new());
        // A client may well wait for the server to speak first, or think for long.
        client.set_read_timeout(None)?;
        relay(client, |bytes| {
            let mut send = |bytes: &[u8]| {
                self.take_upload(bytes.len() as u64)?;
                locked(&self.requests)[at].sent_bytes += bytes.len() as u64;
                server.write_all(bytes)
            };
            let Some(seen) = &mut beginning else { return send(bytes) };
            seen.extend_from_slice(bytes);
            if is_meant(seen, host, port)? {
                send(&beginning.take().unwrap_or_default())?;
            }
            Ok(())
        })
    }

    fn take_upload(&self, bytes: u64) -> io::Result<()> {
        let left = self.upload.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(bytes));
        left.map(drop).map_err(|_| io::Error::other("more was sent than the cell may send"))
    }
}

/// Whether the first words of a stream are meant for the host: `false` where there are too few of them to tell.
fn is_meant(beginning: &[u8], host: &str, port: u16) -> io::Result<bool> {
    const HTTPS: u16 = 443;
    if !hello::is_tls(beginning) && port != HTTPS {
        return Ok(true);
    }
    let host = host.strip_suffix('.').unwrap_or(host);
    Err(io::Error::other(match hello::read(beginning) {
        Hello::Names(name) if name.eq_ignore_ascii_case(host) => return Ok(true),
        Hello::Incomplete if beginning.len() <= MAX_HELLO => return Ok(false),
        Hello::Names(name) => format!("the client asked for {host} and then for {name}"),
        Hello::Nameless => format!("the client asked for {host} and then for nobody by name"),
        Hello::Hidden => format!("the client asked for {host} and then hides for whom it asks"),
        Hello::Incomplete | Hello::Other => "what goes to this port must be TLS".to_owned(),
    }))
}

/// Reads until the end, and hands on what was read.
fn relay(from: &mut TcpStream, mut hand_on: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
    let mut buffer = vec![0; 16 << 10];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => hand_on(&buffer[..count])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // Who breaks a connection off has said all that there is.
            Err(_) => return Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used)]

    use super::*;

    /// A proxy that takes loopback for the public network, its door, and a server that says all it hears.
    fn set_up(allowed: &str, upload: u64) -> (Proxy, SocketAddr, u16) {
        let echo = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = echo.local_addr().unwrap().port();
        thread::spawn(move || {
            while let Ok((mut client, _)) = echo.accept() {
                thread::spawn(move || {
                    let mut copy = client.try_clone().unwrap();
                    let _ = io::copy(&mut client, &mut copy);
                    let _ = copy.shutdown(Shutdown::Write);
                });
            }
        });
        let door = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = door.local_addr().unwrap();
        let allowed = vec![allowed.replace("PORT", &port.to_string()).parse().unwrap()];
        (Proxy::start_with(door, allowed, upload, |_| None).unwrap(), address, port)
    }

    /// Says something to the proxy and gives all that it answers.
    fn say(door: SocketAddr, words: &[&[u8]]) -> Vec<u8> {
        let mut client = TcpStream::connect(door).unwrap();
        words.iter().for_each(|words| client.write_all(words).unwrap());
        client.shutdown(Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        let _ = client.read_to_end(&mut answer);
        answer
    }

    #[test]
    fn bytes_go_both_ways_and_are_counted() {
        let (proxy, door, port) = set_up("localhost:PORT", 100);
        let connect = format!("CONNECT localhost:{port} HTTP/1.1\r\n\r\n");
        let answer = say(door, &[connect.as_bytes(), b"hello"]);
        assert_eq!(String::from_utf8_lossy(&answer), "HTTP/1.1 200 Connection established\r\n\r\nhello");
        let socks = [&b"\x05\x01\x00\x05\x01\x00\x03\x09localhost"[..], &port.to_be_bytes()].concat();
        let answer = say(door, &[&socks, b"you"]);
        assert!(answer.ends_with(b"you"), "{answer:?}");
        let requests = proxy.finish();
        let seen: Vec<_> =
            requests.iter().map(|r| (&*r.host, r.refusal.as_deref(), r.sent_bytes, r.received_bytes)).collect();
        assert_eq!(seen, [("localhost", None, 5, 5), ("localhost", None, 3, 3)]);
    }

    #[test]
    fn other_hosts_and_addresses_are_refused_and_noted() {
        let (proxy, door, port) = set_up("localhost:PORT", 100);
        for target in ["example.org:443", "127.0.0.1:PORT", "localhost:1", "local\u{1}host:PORT"] {
            let target = target.replace("PORT", &port.to_string());
            let answer = say(door, &[format!("CONNECT {target} HTTP/1.1\r\n\r\n").as_bytes()]);
            assert!(answer.starts_with(b"HTTP/1.1 403"), "{target}");
        }
        let requests = proxy.finish();
        assert!(requests.iter().all(|request| request.refusal.is_some() && request.address.is_none()), "{requests:?}");
        assert_eq!(requests.len(), 4);
    }

    #[test]
    fn an_address_of_the_machine_is_refused_whatever_its_name() {
        let door = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = door.local_addr().unwrap();
        let proxy = Proxy::start(door, vec!["localhost:9".parse().unwrap()], 0).unwrap();
        say(address, &[b"CONNECT localhost:9 HTTP/1.1\r\n\r\n"]);
        let refusal = proxy.finish().remove(0).refusal.unwrap();
        assert!(refusal.contains("it is this machine"), "{refusal}");
    }

    #[test]
    fn no_more_goes_out_than_is_granted() {
        let (proxy, door, port) = set_up("localhost:PORT", 4);
        let connect = format!("CONNECT localhost:{port} HTTP/1.1\r\n\r\n");
        say(door, &[connect.as_bytes(), b"hello"]);
        let request = proxy.finish().remove(0);
        assert_eq!((request.sent_bytes, request.received_bytes), (0, 0));
        assert!(request.refusal.is_some_and(|why| why.contains("more was sent")));
    }

    #[test]
    fn tls_must_be_meant_for_the_host() {
        const HTTPS: u16 = 443;
        assert!(is_meant(b"SSH-2.0", "a.org", 22).unwrap());
        assert!(is_meant(b"GET / HTTP/1.1", "a.org", HTTPS).is_err());
        assert!(!is_meant(&[22, 3, 1, 0, 9], "a.org", 22).unwrap());
        assert!(!is_meant(&[], "a.org", HTTPS).unwrap());
    }
}
