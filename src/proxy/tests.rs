//! The proxy, with loopback in place of the public network.

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
    let (proxy, door, port) = set_up("localhost:PORT", 1000);
    let hello = hello::tests::asking_for("localhost");
    let connect = format!("CONNECT localhost:{port} HTTP/1.1\r\n\r\n");
    let answer = say(door, &[connect.as_bytes(), &hello, b"hello"]);
    let wanted = [&b"HTTP/1.1 200 Connection established\r\n\r\n"[..], &hello, b"hello"].concat();
    assert_eq!(String::from_utf8_lossy(&answer), String::from_utf8_lossy(&wanted));
    let socks = [&b"\x05\x01\x00\x05\x01\x00\x03\x09localhost"[..], &port.to_be_bytes()].concat();
    let answer = say(door, &[&socks, &hello, b"you"]);
    assert!(answer.ends_with(b"you"), "{answer:?}");
    let requests = proxy.finish();
    let seen: Vec<_> =
        requests.iter().map(|r| (&*r.host, r.refusal.as_deref(), r.sent_bytes, r.received_bytes)).collect();
    let (first, second) = ((hello.len() + 5) as u64, (hello.len() + 3) as u64);
    assert_eq!(seen, [("localhost", None, first, first), ("localhost", None, second, second)]);
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
    say(door, &[connect.as_bytes(), &hello::tests::asking_for("localhost")]);
    let request = proxy.finish().remove(0);
    assert_eq!((request.sent_bytes, request.received_bytes), (0, 0));
    assert!(request.refusal.is_some_and(|why| why.contains("more was sent")));
}

#[test]
fn tls_must_be_meant_for_the_host() {
    let asked = |mut said: &[u8]| first_words(&mut said, "a.org.").map_err(|error| error.to_string());
    let hello = hello::tests::asking_for("A.org");
    assert_eq!(asked(&hello), Ok(hello));
    assert_eq!(asked(b""), Ok(Vec::new()));
    let long = [&[22, 3, 1, 0xff, 0xff, 1, 0, 0xff, 0xf0][..], &[0; MAX_HELLO]].concat();
    for said in [&b"GET / HTTP/1.1"[..], b"SSH-2.0", b"\0", &[22, 3, 1, 0, 9], &[22, 3], &long] {
        assert_eq!(asked(said).unwrap_err(), "only TLS goes out, and this was none", "{said:?}");
    }
    let other = asked(&hello::tests::asking_for("b\u{1b}.org")).unwrap_err();
    assert_eq!(other, "the client asked for a.org and then for b\u{fffd}.org");
}

#[test]
fn only_tls_passes_at_whatever_port() {
    let (proxy, door, port) = set_up("localhost:PORT", 1000);
    let connect = format!("CONNECT localhost:{port} HTTP/1.1\r\n\r\n");
    say(door, &[connect.as_bytes(), b"GET / HTTP/1.1\r\n\r\n"]);
    let request = proxy.finish().remove(0);
    assert_eq!((request.sent_bytes, request.received_bytes), (0, 0));
    assert!(request.refusal.is_some_and(|why| why.contains("only TLS goes out")));
}

#[test]
fn what_is_shown_of_a_name_is_a_name_only_if_it_is_one() {
    assert_eq!(shown("a.org"), "a.org");
    assert_eq!(shown("a\u{1}.org\n"), "a\u{fffd}.org\u{fffd}");
    let long = "a".repeat(MAX_NAME + 1);
    assert!(shown(&long).ends_with("a…") && !destination::is_host_name(&shown(&long)));
}

#[test]
fn nothing_of_a_connection_is_kept_when_it_has_ended() {
    let (proxy, door, port) = set_up("localhost:PORT", 1000);
    let connect = format!("CONNECT localhost:{port} HTTP/1.1\r\n\r\n");
    for _ in 0..3 {
        say(door, &[connect.as_bytes(), &hello::tests::asking_for("localhost")]);
    }
    let begun = std::time::Instant::now();
    while !locked(&proxy.shared.ends).is_empty() && begun.elapsed() < PATIENCE {
        thread::sleep(PAUSE);
    }
    assert!(locked(&proxy.shared.ends).is_empty());
    assert_eq!(proxy.finish().len(), 3);
}

#[test]
fn what_happens_after_the_end_is_not_told_and_breaks_nothing() {
    let (proxy, door, port) = set_up("localhost:PORT", 1000);
    let mut client = TcpStream::connect(door).unwrap();
    client.write_all(format!("CONNECT localhost:{port} HTTP/1.1\r\n\r\n").as_bytes()).unwrap();
    let mut answer = [0; 12];
    client.read_exact(&mut answer).unwrap();
    let shared = Arc::clone(&proxy.shared);
    assert_eq!(proxy.finish().len(), 1);
    shared.change(0, |request| request.sent_bytes += 1);
    assert_eq!(shared.note("localhost", port), None);
}
