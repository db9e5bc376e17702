//! One question to a server, and its answer: over TLS, with bounds on time and on redirections.

use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::crypto::ring;
use ureq::http::{HeaderMap, Response, header};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Body, BodyReader, Error};

use super::address::Address;

/// How long it may take until a connection stands.
const CONNECT: Duration = Duration::from_secs(20);
const REDIRECTIONS: usize = 5;
/// The least that is to come in the time in which a server may say nothing: what is slower would keep everybody else waiting for days.
const LEAST_PER_SECOND: u64 = 8 << 10;

/// Why there is no answer, or no whole one.
#[derive(Debug)]
pub(super) enum Trouble {
    /// Another attempt may do better.
    Passing(String),
    Lasting(String),
}

pub(super) struct Client {
    agent: Agent,
    patience: Duration,
}

/// What came back: 200, 206, 304 or 416.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) etag: Option<String>,
    pub(super) last_modified: Option<String>,
    /// Bytes that this answer brings.
    pub(super) length: Option<u64>,
    /// Of a part: where it begins, and how long the whole is.
    pub(super) range: Option<(u64, u64)>,
    pub(super) body: Paced,
}

impl Client {
    /// With the machine's own roots, or those in a file, which the caller has read.
    pub(super) fn new(roots: Option<(&Path, &[u8])>, patience: Duration) -> Result<Self, String> {
        let roots = match roots {
            Some((path, pem)) => roots_in(path, pem)?,
            None => roots_of_this_machine()?,
        };
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::Specific(Arc::new(roots)))
            .unversioned_rustls_crypto_provider(Arc::new(ring::default_provider()))
            .build();
        let config = Agent::config_builder()
            .https_only(true)
            .tls_config(tls)
            // Each redirection is looked at before it is followed.
            .max_redirects(0)
            .http_status_as_error(false)
            .timeout_resolve(Some(CONNECT))
            .timeout_connect(Some(CONNECT))
            .timeout_send_request(Some(patience))
            .timeout_recv_response(Some(patience))
            .timeout_per_read(Some(patience))
            .timeout_per_write(Some(patience))
            .user_agent(concat!("portcullis/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Self { agent: config.new_agent(), patience })
    }

    pub(super) fn get(&self, address: &Address, headers: &[(header::HeaderName, &str)]) -> Result<Answer, Trouble> {
        let mut address = address.clone();
        let mut seen = vec![address.clone()];
        loop {
            let mut request = self.agent.get(address.as_str());
            for (name, value) in headers {
                request = request.header(name, *value);
            }
            let response = request.call().map_err(|error| trouble(&address, &error))?;
            let status = response.status().as_u16();
            if !matches!(status, 301 | 302 | 303 | 307 | 308) {
                return self.answer(&address, response);
            }
            let lasting = |why: &str| Trouble::Lasting(format!("{address}: it is redirected {why}"));
            let location = text(response.headers(), &header::LOCATION).ok_or_else(|| lasting("to nowhere"))?;
            let next = address.redirected(&location).map_err(|why| lasting(&format!("to a wrong place: {why}")))?;
            if seen.contains(&next) {
                return Err(lasting("in a ring"));
            }
            if seen.len() > REDIRECTIONS {
                return Err(lasting(&format!("more than {REDIRECTIONS} times")));
            }
            seen.push(next.clone());
            address = next;
        }
    }

    fn answer(&self, address: &Address, response: Response<Body>) -> Result<Answer, Trouble> {
        let status = response.status().as_u16();
        match status {
            200 | 206 | 304 | 416 => {}
            408 | 429 | 500..=599 => {
                return Err(Trouble::Passing(format!("{address}: the server answers {status}")));
            }
            404 => {
                let why = "this is not there (404): look at what `--from` and `--ecosystem` name";
                return Err(Trouble::Lasting(format!("{address}: {why}")));
            }
            _ => return Err(Trouble::Lasting(format!("{address}: the server answers {status}"))),
        }
        let headers = response.headers();
        if let Some(encoding) = text(headers, &header::CONTENT_ENCODING).filter(|name| name != "identity") {
            let why = format!("the server packs what it sends ({encoding}), which nobody asked for");
            return Err(Trouble::Lasting(format!("{address}: {why}")));
        }
        Ok(Answer {
            status,
            etag: text(headers, &header::ETAG),
            last_modified: text(headers, &header::LAST_MODIFIED),
            length: text(headers, &header::CONTENT_LENGTH).and_then(|length| length.parse().ok()),
            range: text(headers, &header::CONTENT_RANGE).and_then(|range| range_of(&range)),
            body: Paced::new(response.into_body().into_reader(), self.patience),
        })
    }
}

fn text(headers: &HeaderMap, name: &header::HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// Reads `bytes 100-199/200`, where what is sent reaches to the end.
fn range_of(text: &str) -> Option<(u64, u64)> {
    let (range, whole) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last, whole): (u64, u64, u64) = (first.parse().ok()?, last.parse().ok()?, whole.parse().ok()?);
    (first <= last && last.checked_add(1) == Some(whole)).then_some((first, whole))
}

fn roots_in(path: &Path, pem: &[u8]) -> Result<Vec<Certificate<'static>>, String> {
    let told = |what: &str| format!("{}: {what}", path.display());
    let mut roots = Vec::new();
    for item in parse_pem(pem) {
        match item.map_err(|error| told(&format!("it is no file of certificates in PEM: {error}")))? {
            PemItem::Certificate(certificate) => roots.push(certificate),
            _ => return Err(told("it holds something else than certificates: name the file of the roots alone")),
        }
    }
    if roots.is_empty() { Err(told("there is no certificate in it")) } else { Ok(roots) }
}

fn roots_of_this_machine() -> Result<Vec<Certificate<'static>>, String> {
    let found = rustls_native_certs::load_native_certs();
    if found.certs.is_empty() {
        let why = found.errors.first().map_or(String::new(), |error| format!(" ({error})"));
        let advice = "install the system's package for them (ca-certificates), or name a file with `--ca-file`";
        return Err(format!("this machine has no root certificates{why}: {advice}"));
    }
    Ok(found.certs.iter().map(|root| Certificate::from_der(root).to_owned()).collect())
}

fn trouble(address: &Address, error: &Error) -> Trouble {
    let told = |why: &str| format!("{address}: {why}");
    match error {
        Error::Timeout(_) => Trouble::Passing(told("the server does not answer in time")),
        Error::HostNotFound => Trouble::Passing(told("there is no host of this name, or no way to ask")),
        Error::Io(error) if is_of_tls(error) => Trouble::Lasting(told(&distrust(&error.to_string()))),
        Error::Rustls(error) => Trouble::Lasting(told(&distrust(&error.to_string()))),
        Error::Io(_) | Error::ConnectionFailed => Trouble::Passing(told(&error.to_string())),
        _ => Trouble::Lasting(told(&error.to_string())),
    }
}

fn is_of_tls(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<rustls::Error>())
}

fn distrust(why: &str) -> String {
    format!("the server is not trusted: {why}; the roots of a proxy or mirror of your own go into `--ca-file`")
}

/// A body that ends with an error where less comes in a while than would ever end.
pub(super) struct Paced {
    body: BodyReader<'static>,
    patience: Duration,
    since: Instant,
    bytes: u64,
}

impl Paced {
    fn new(body: BodyReader<'static>, patience: Duration) -> Self {
        Self { body, patience, since: Instant::now(), bytes: 0 }
    }
}

impl Read for Paced {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.body.read(buffer)?;
        self.bytes += count as u64;
        if count > 0 && self.since.elapsed() >= self.patience {
            if self.bytes < LEAST_PER_SECOND.saturating_mul(self.patience.as_secs()) {
                return Err(io::Error::new(io::ErrorKind::TimedOut, "what comes is too slow"));
            }
            (self.since, self.bytes) = (Instant::now(), 0);
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_that_reach_to_the_end_are_read() {
        assert_eq!(range_of("bytes 100-199/200"), Some((100, 200)));
        for text in
            ["", "bytes */200", "bytes 100-150/200", "bytes 100-199/*", "bytes 5-4/5", "bytes 0-18446744073709551615/0"]
        {
            assert_eq!(range_of(text), None, "{text}");
        }
    }
}
