//! A server of archives, over TLS with certificates of its own making, that does as it is told.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// A question: its path, and the lines of its head in small letters.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) path: String,
    head: Vec<(String, String)>,
}

impl Question {
    pub(crate) fn head(&self, name: &str) -> Option<&str> {
        self.head.iter().find(|(known, _)| known == name).map(|(_, value)| &**value)
    }
}

/// What is answered, byte by byte.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reply {
    head: String,
    body: Vec<u8>,
    /// What is waited after each byte of the body.
    pause: Option<Duration>,
    /// What is waited before anything is said.
    silence: Duration,
}

impl Reply {
    pub(crate) fn new(status: &str, head: &[(&str, &str)], body: &[u8]) -> Self {
        let lines: String = head.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let head = format!("HTTP/1.1 {status}\r\n{lines}Connection: close\r\n\r\n");
        Self { head, body: body.to_vec(), ..Self::default() }
    }

    /// A whole file, known by an ETag.
    pub(crate) fn file(body: &[u8], etag: &str) -> Self {
        Self::cut(body, etag, body.len())
    }

    /// The same, of which only so much comes.
    pub(crate) fn cut(body: &[u8], etag: &str, at: usize) -> Self {
        let length = body.len().to_string();
        Self::new("200 OK", &[("Content-Length", &length), ("ETag", etag)], &body[..at])
    }

    pub(crate) fn status(status: &str) -> Self {
        Self::new(status, &[("Content-Length", "0")], b"")
    }

    pub(crate) fn to(location: &str) -> Self {
        Self::new("302 Found", &[("Content-Length", "0"), ("Location", location)], b"")
    }

    pub(crate) fn dripping(self, pause: Duration) -> Self {
        Self { pause: Some(pause), ..self }
    }

    pub(crate) fn after(self, silence: Duration) -> Self {
        Self { silence, ..self }
    }
}

type Script = dyn Fn(&Question, usize) -> Reply + Send + Sync;

pub(crate) struct Server {
    port: u16,
    questions: Arc<Mutex<Vec<Question>>>,
}

/// The roots that servers of a test process have, and that of nobody.
struct Roots {
    own: String,
    strange: String,
    config: Arc<ServerConfig>,
}

fn roots() -> &'static Roots {
    static ROOTS: OnceLock<Roots> = OnceLock::new();
    ROOTS.get_or_init(|| {
        let root = || {
            let key = KeyPair::generate().unwrap();
            let mut params = CertificateParams::new(Vec::new()).unwrap();
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            let pem = params.self_signed(&key).unwrap().pem();
            (pem, Issuer::new(params, key))
        };
        let (own, issuer) = root();
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = builder.with_no_client_auth().with_single_cert(vec![leaf.der().clone()], key).unwrap();
        Roots { own, strange: root().0, config: Arc::new(config) }
    })
}

impl Server {
    /// Answers each question by itself; what answers is told the question and how many came before it.
    pub(crate) fn new(script: impl Fn(&Question, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let questions = Arc::new(Mutex::new(Vec::new()));
        let (known, script): (_, Arc<Script>) = (questions.clone(), Arc::new(script));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (known, script) = (known.clone(), script.clone());
                thread::spawn(move || serve(stream.unwrap(), &known, &*script));
            }
        });
        Self { port, questions }
    }

    /// The address of the folder that it serves.
    pub(crate) fn address(&self) -> String {
        format!("https://127.0.0.1:{}/osv", self.port)
    }

    pub(crate) fn questions(&self) -> Vec<Question> {
        self.questions.lock().unwrap().clone()
    }
}

/// The roots to trust, as PEM.
pub(crate) fn own_root() -> &'static str {
    &roots().own
}

pub(crate) fn strange_root() -> &'static str {
    &roots().strange
}

/// Whoever asks may go away at any time, which is no fault here.
fn serve(stream: TcpStream, known: &Mutex<Vec<Question>>, script: &Script) -> Option<()> {
    let connection = ServerConnection::new(roots().config.clone()).unwrap();
    let mut stream = StreamOwned::new(connection, stream);
    let mut lines = BufReader::new(&mut stream).lines();
    let path = lines.next()?.ok()?.split(' ').nth(1)?.to_owned();
    let head = lines.map_while(Result::ok).take_while(|line| !line.is_empty());
    let head =
        head.filter_map(|line| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned())));
    let question = Question { path, head: head.collect() };
    let reply = {
        let mut known = known.lock().unwrap();
        known.push(question.clone());
        script(&question, known.len() - 1)
    };
    thread::sleep(reply.silence);
    stream.write_all(reply.head.as_bytes()).ok()?;
    match reply.pause {
        None => stream.write_all(&reply.body).ok()?,
        Some(pause) => {
            for byte in &reply.body {
                stream.write_all(&[*byte]).and_then(|()| stream.flush()).ok()?;
                thread::sleep(pause);
            }
        }
    }
    stream.conn.send_close_notify();
    stream.flush().ok()
}
