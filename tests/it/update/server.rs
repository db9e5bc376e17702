//! An HTTPS server on this machine that does what it is told, one answer for each request in turn.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What a server does with a request.
pub(super) enum Answer {
    /// Sends these bytes: status line, headers and body.
    Bytes(Vec<u8>),
    /// The same, and then nothing, for so long.
    ThenSilence(Vec<u8>, Duration),
    /// One byte after the other, with a pause after each.
    Drip(Vec<u8>, Duration),
}

/// An answer with a body and its length.
pub(super) fn ok(headers: &str, body: &[u8]) -> Vec<u8> {
    status("200 OK", headers, body)
}

pub(super) fn status(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n", body.len());
    [head.as_bytes(), body].concat()
}

pub(super) struct Server {
    port: u16,
    /// The certificate of the authority, in PEM.
    pub(super) authority: String,
    answers: Arc<Mutex<VecDeque<Answer>>>,
    /// The requests so far: first line and headers, one text each.
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(super) fn new(answers: Vec<Answer>) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = params.self_signed(&key).unwrap();
        let issuer = Issuer::from_params(&params, &key);
        let own_key = KeyPair::generate().unwrap();
        let own = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&own_key, &issuer).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(own_key.serialize_der()));
        let config = config.with_no_client_auth().with_single_cert(vec![own.der().clone()], private).unwrap();

        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            port: listener.local_addr().unwrap().port(),
            authority: authority.pem(),
            answers: Arc::new(Mutex::new(answers.into())),
            asked: Arc::default(),
        };
        let (answers, asked, config) = (Arc::clone(&server.answers), Arc::clone(&server.asked), Arc::new(config));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (answers, asked, config) = (Arc::clone(&answers), Arc::clone(&asked), Arc::clone(&config));
                // A client that goes away is part of the game.
                thread::spawn(move || serve(stream, config, &answers, &asked).ok());
            }
        });
        server
    }

    pub(super) fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    pub(super) fn will(&self, answers: Vec<Answer>) {
        self.answers.lock().unwrap().extend(answers);
    }

    /// What was asked since the last time.
    pub(super) fn asked(&self) -> Vec<String> {
        assert_eq!(self.answers.lock().unwrap().len(), 0, "answers that nobody asked for");
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

fn serve(
    stream: TcpStream,
    config: Arc<ServerConfig>,
    answers: &Mutex<VecDeque<Answer>>,
    asked: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let connection = ServerConnection::new(config).map_err(std::io::Error::other)?;
    let mut stream = BufReader::new(StreamOwned::new(connection, stream));
    let mut request = String::new();
    while !request.ends_with("\r\n\r\n") {
        if stream.read_line(&mut request)? == 0 {
            return Ok(());
        }
    }
    asked.lock().unwrap().push(request);
    let answer = answers.lock().unwrap().pop_front();
    let stream = stream.get_mut();
    match answer {
        None => stream.write_all(&status("404 Not Found", "", b""))?,
        Some(Answer::Bytes(bytes)) => stream.write_all(&bytes)?,
        Some(Answer::ThenSilence(bytes, pause)) => {
            stream.write_all(&bytes)?;
            stream.flush()?;
            thread::sleep(pause);
        }
        Some(Answer::Drip(bytes, pause)) => {
            for byte in bytes {
                stream.write_all(&[byte])?;
                stream.flush()?;
                thread::sleep(pause);
            }
        }
    }
    stream.flush()?;
    stream.conn.send_close_notify();
    stream.flush()
}
