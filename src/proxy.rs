//! The way out of a cell that may reach some hosts: a proxy outside of it, which looks names up, and connects to nothing else.
//!
//! The cell has a network of its own with nothing in it but loopback. A socket that listens there is handed out of the cell
//! to this proxy, so that no path and no second process leads out, and what the proxy connects to is reached through the
//! network of the host. Every wish is kept, granted or not.

mod address;
mod hello;
mod request;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
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
/// What is read of a first message of TLS. The longest that clients send, with keys for times after quantum computers, are of 2 KiB.
const MAX_HELLO: usize = 16 << 10;
/// Until a descriptor may be free for the next client.
const PAUSE: Duration = Duration::from_millis(20);
/// Names are no longer than this (RFC 1035, section 2.3.4).
const MAX_NAME: usize = 253;

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
    /// Whether the run is over: what was asked for is not added to any more.
    is_closed: AtomicBool,
    requests: Mutex<Vec<Request>>,
    /// Both ends of each connection that there is, to end them with the run; by the place of its request.
    ends: Mutex<BTreeMap<usize, [TcpStream; 2]>>,
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
            is_closed: AtomicBool::new(false),
            requests: Mutex::default(),
            ends: Mutex::default(),
        });
        let (listening, server) = (door.try_clone()?, Arc::clone(&shared));
        let accepting = thread::Builder::new().name("proxy".to_owned()).spawn(move || server.accept(&listening))?;
        Ok(Self { door, shared, accepting })
    }

    /// Ends all connections, and gives what was asked for.
    pub fn finish(self) -> Vec<Request> {
        self.shared.is_closed.store(true, Ordering::SeqCst);
        // This wakes whoever waits for clients.
        let door = TcpStream::from(OwnedFd::from(self.door));
        let _ = door.shutdown(Shutdown::Both);
        let _ = self.accepting.join();
        for end in std::mem::take(&mut *locked(&self.shared.ends)).values().flatten() {
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
        loop {
            let client = match door.accept() {
                Ok((client, _)) => client,
                Err(_) if self.is_closed.load(Ordering::SeqCst) => return,
                // Too many descriptors, or a client that is gone again: the next one may be served.
                Err(_) => {
                    thread::sleep(PAUSE);
                    continue;
                }
            };
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
        let host = shown(&host);
        let Some(at) = self.note(&host, port) else { return Ok(()) };
        let server = match self.connect(&host, port) {
            Ok(server) => server,
            Err(message) => return self.refuse(at, &mut client, protocol, message),
        };
        self.change(at, |request| request.address = server.peer_addr().ok().map(|address| address.ip()));
        server.set_nodelay(true)?;
        let ends = [client.try_clone()?, server.try_clone()?];
        locked(&self.ends).insert(at, ends);
        let conversed = self.converse(at, &host, protocol, client, server);
        locked(&self.ends).remove(&at);
        conversed
    }

    fn converse(
        self: &Arc<Self>,
        at: usize,
        host: &str,
        protocol: Protocol,
        mut client: TcpStream,
        server: TcpStream,
    ) -> io::Result<()> {
        // Whoever ended all connections may not have known of this one.
        if self.is_closed.load(Ordering::SeqCst) {
            return Ok(());
        }
        request::reply(&mut client, protocol, None)?;
        let beginning = match first_words(&mut client, host) {
            Ok(beginning) if beginning.is_empty() => return Ok(()),
            Ok(beginning) => beginning,
            Err(error) => {
                self.change(at, |request| request.refusal = Some(error.to_string()));
                return client.shutdown(Shutdown::Both);
            }
        };
        let (mut from_server, mut to_client) = (server.try_clone()?, client.try_clone()?);
        let shared = Arc::clone(self);
        let downwards = thread::Builder::new().name("proxy".to_owned()).spawn(move || {
            let _ = relay(&mut from_server, |bytes| {
                shared.change(at, |request| request.received_bytes += bytes.len() as u64);
                to_client.write_all(bytes)
            });
            let _ = to_client.shutdown(Shutdown::Write);
        })?;
        match self.upwards(at, &beginning, &mut client, &server) {
            Ok(()) => drop(server.shutdown(Shutdown::Write)),
            Err(error) => {
                self.change(at, |request| {
                    request.refusal.get_or_insert_with(|| error.to_string());
                });
                let _ = server.shutdown(Shutdown::Both);
                let _ = client.shutdown(Shutdown::Both);
            }
        }
        let _ = downwards.join();
        Ok(())
    }

    fn note(&self, host: &str, port: u16) -> Option<usize> {
        let mut requests = locked(&self.requests);
        let at = requests.len();
        if at == MAX_REQUESTS || self.is_closed.load(Ordering::SeqCst) {
            return None;
        }
        let host = host.to_owned();
        requests.push(Request { host, port, address: None, refusal: None, sent_bytes: 0, received_bytes: 0 });
        Some(at)
    }

    /// Changes what is told of a request, as long as somebody wants to know.
    fn change(&self, at: usize, change: impl FnOnce(&mut Request)) {
        if let Some(request) = locked(&self.requests).get_mut(at) {
            change(request);
        }
    }

    fn refuse(&self, at: usize, client: &mut TcpStream, protocol: Protocol, message: String) -> io::Result<()> {
        let told = request::reply(client, protocol, Some(&message));
        self.change(at, |request| request.refusal = Some(message));
        told
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

    /// Hands on what the client says.
    fn upwards(&self, at: usize, beginning: &[u8], client: &mut TcpStream, mut server: &TcpStream) -> io::Result<()> {
        let mut send = |bytes: &[u8]| {
            self.take_upload(bytes.len() as u64)?;
            self.change(at, |request| request.sent_bytes += bytes.len() as u64);
            server.write_all(bytes)
        };
        send(beginning)?;
        // A client may well think for long.
        client.set_read_timeout(None)?;
        relay(client, send)
    }

    fn take_upload(&self, bytes: u64) -> io::Result<()> {
        let left = self.upload.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(bytes));
        left.map(drop).map_err(|_| io::Error::other("more was sent than the cell may send"))
    }
}

/// What somebody else calls a host, so that it can be told: whatever is no name stays none.
fn shown(name: &str) -> String {
    let replaced = name.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c });
    let mut shown: String = replaced.take(MAX_NAME).collect();
    if name.chars().nth(MAX_NAME).is_some() {
        shown.push('…');
    }
    shown
}

/// The first words of a client, which show that it means the host that it asked for; nothing of one that leaves without a word.
fn first_words(client: &mut impl Read, host: &str) -> io::Result<Vec<u8>> {
    let host = host.strip_suffix('.').unwrap_or(host);
    let (mut seen, mut buffer) = (Vec::new(), vec![0; MAX_HELLO]);
    loop {
        let wanted = match hello::read(&seen) {
            Hello::Names(name) if name.eq_ignore_ascii_case(host) => return Ok(seen),
            Hello::Incomplete(wanted) if wanted <= MAX_HELLO => wanted,
            found => return Err(io::Error::other(complaint(&found, host))),
        };
        while seen.len() < wanted {
            match client.read(&mut buffer) {
                Ok(0) if seen.is_empty() => return Ok(seen),
                Ok(0) => return Err(io::Error::other(complaint(&Hello::Other, host))),
                Ok(count) => seen.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    let why = format!("the client said nothing of TLS for {} s", PATIENCE.as_secs());
                    return Err(io::Error::other(why));
                }
                Err(error) => return Err(error),
            }
            // What is no TLS shows by its first byte.
            if hello::read(&seen[..1]) == Hello::Other {
                break;
            }
        }
    }
}

fn complaint(found: &Hello, host: &str) -> String {
    match found {
        Hello::Names(name) => format!("the client asked for {host} and then for {}", shown(name)),
        Hello::Nameless => format!("the client asked for {host} and then for nobody by name"),
        Hello::Hidden => format!("the client asked for {host} and then hides for whom it asks"),
        Hello::Incomplete(_) | Hello::Other => "only TLS goes out, and this was none".to_owned(),
    }
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
