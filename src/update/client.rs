//! One client for all requests: HTTPS alone, with bounds on time and redirects, through the proxy that the environment names.

use std::sync::Arc;
use std::time::Duration;

use ureq::http::{Response, StatusCode};
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Body, Error};

use super::Order;

/// Redirects that are followed, as browsers and curl do about twenty: OSV answers without any.
const REDIRECTS: u32 = 5;
/// A signature, a list or a record is no longer.
const LONGEST_TEXT: u64 = 16 << 20;

/// Why something could not be had, and whether it may go better another time.
#[derive(Debug)]
pub(super) enum Fault {
    Passing(String),
    Lasting(String),
}

impl Fault {
    pub(super) fn why(self) -> String {
        match self {
            Self::Passing(why) | Self::Lasting(why) => why,
        }
    }
}

#[derive(Debug)]
pub(super) struct Client {
    agent: Agent,
    pub(super) retries: u32,
}

impl Client {
    pub(super) fn new(order: &Order) -> Result<Self, String> {
        if !order.base.starts_with("https://") {
            return Err(format!("{}: advisories are fetched over https alone", order.base));
        }
        let tls = TlsConfig::builder()
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .root_certs(authorities(order)?)
            .build();
        let config = Agent::config_builder()
            .https_only(true)
            .tls_config(tls)
            .max_redirects(REDIRECTS)
            .http_status_as_error(false)
            .timeout_connect(Some(order.patience))
            .timeout_recv_response(Some(order.patience))
            .timeout_per_read(Some(order.patience))
            .user_agent(concat!("portcullis/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Self { agent: config.into(), retries: order.retries })
    }

    /// Asks once. Any answer is one; that there is none is a fault.
    pub(super) fn ask(&self, url: &str, headers: &[(&str, &str)]) -> Result<Response<Body>, Fault> {
        let request = headers.iter().fold(self.agent.get(url), |request, (name, value)| request.header(*name, *value));
        let response = request.call().map_err(|error| fault(url, &error))?;
        let status = response.status();
        let told = || format!("{url}: the server says {status}");
        match status {
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => Err(Fault::Passing(told())),
            _ if status.is_server_error() => Err(Fault::Passing(told())),
            _ => Ok(response),
        }
    }

    /// Does something again that failed in passing, after a while that doubles.
    pub(super) fn again<T>(&self, mut attempt: impl FnMut() -> Result<T, Fault>) -> Result<T, String> {
        let mut left = self.retries;
        loop {
            match attempt() {
                Ok(done) => return Ok(done),
                Err(Fault::Passing(_)) if left > 0 => {
                    let tried = self.retries - left;
                    std::thread::sleep(Duration::from_millis(250 << tried.min(6)));
                    left -= 1;
                }
                Err(fault) => return Err(fault.why()),
            }
        }
    }

    /// A short text that is there.
    pub(super) fn text(&self, url: &str) -> Result<String, String> {
        self.again(|| {
            let mut response = self.ask(url, &[])?;
            if response.status() != StatusCode::OK {
                return Err(Fault::Lasting(format!("{url}: the server says {}", response.status())));
            }
            self.body(url, &mut response)
        })
    }

    /// What a short answer says.
    pub(super) fn body(&self, url: &str, response: &mut Response<Body>) -> Result<String, Fault> {
        response.body_mut().with_config().limit(LONGEST_TEXT).read_to_string().map_err(|error| fault(url, &error))
    }
}

/// Who is trusted to say whose certificate is good.
fn authorities(order: &Order) -> Result<RootCerts, String> {
    let Some(path) = &order.authorities else { return Ok(RootCerts::PlatformVerifier) };
    let told = |why: String| format!("{}: {why}", path.display());
    let text = std::fs::read(path).map_err(|error| told(error.to_string()))?;
    let mut certificates = Vec::new();
    for item in parse_pem(&text) {
        if let PemItem::Certificate(certificate) = item.map_err(|error| told(error.to_string()))? {
            certificates.push(certificate);
        }
    }
    match certificates.is_empty() {
        true => Err(told("there is no certificate in it (PEM)".to_owned())),
        false => Ok(RootCerts::new_with_certs(&certificates)),
    }
}

fn fault(url: &str, error: &Error) -> Fault {
    let why = format!("{url}: {error}");
    match error {
        Error::Timeout(_) | Error::ConnectionFailed | Error::HostNotFound | Error::BodyStalled => Fault::Passing(why),
        // Certificates and redirects are as they are; connections break.
        Error::Io(error) if error.kind() != std::io::ErrorKind::InvalidData => Fault::Passing(why),
        _ => Fault::Lasting(why),
    }
}

/// A name as a part of an address: `GitHub%20Actions`.
pub(super) fn escaped(name: &str) -> String {
    name.replace(' ', "%20")
}
