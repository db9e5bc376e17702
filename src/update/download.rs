//! Fetching one file: only if it has changed, from where an earlier attempt ended, and again after what may pass.

use std::io::{Read, Write};
use std::thread;
use std::time::Duration;

use ureq::http::header::{HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, RANGE};

use super::Step;
use super::address::Address;
use super::client::{Answer, Client, Trouble};
use super::kept::{Begun, Kept, Note, Origin};
use crate::package::Ecosystem;

/// What is waited before the second attempt; before each further one twice as long.
const PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(8);
const LONGEST_SIGNATURE: u64 = 8 << 10;

pub(super) struct Download<'d> {
    pub(super) client: Client,
    pub(super) kept: &'d Kept,
    pub(super) retries: u32,
    /// The most that an archive may weigh.
    pub(super) max: u64,
    pub(super) watch: &'d mut dyn FnMut(Step<'_>),
}

impl Download<'_> {
    /// Fetches an archive; what the server says of it, or nothing if it is what is here.
    pub(super) fn archive(
        &mut self,
        ecosystem: Ecosystem,
        address: &Address,
        current: Option<&Note>,
    ) -> Result<Option<Origin>, String> {
        let current = current.filter(|note| note.origin.from == address.as_str());
        self.again(|download| download.attempt(ecosystem, address, current))
    }

    /// A small file beside an archive.
    pub(super) fn signature(&mut self, address: &Address) -> Result<String, String> {
        self.again(|download| {
            let answer = download.client.get(address, &[])?;
            let mut text = String::new();
            let read = answer.body.take(LONGEST_SIGNATURE).read_to_string(&mut text);
            match read {
                Ok(_) if answer.status == 200 => Ok(text),
                Ok(_) => Err(unasked(address, answer.status)),
                Err(error) => Err(Trouble::Passing(format!("{address}: {error}"))),
            }
        })
    }

    fn again<T>(&mut self, mut attempt: impl FnMut(&mut Self) -> Result<T, Trouble>) -> Result<T, String> {
        let mut pause = PAUSE;
        let mut attempts = 1;
        loop {
            match attempt(self) {
                Ok(done) => return Ok(done),
                Err(Trouble::Lasting(why)) => return Err(why),
                Err(Trouble::Passing(why)) if attempts > self.retries => {
                    return Err(format!(
                        "{why} (attempts: {attempts}): try again later, or name a mirror with `--from`"
                    ));
                }
                Err(Trouble::Passing(why)) => (self.watch)(Step::Again(&why)),
            }
            thread::sleep(pause);
            pause = LONGEST_PAUSE.min(pause * 2);
            attempts += 1;
        }
    }

    fn attempt(
        &mut self,
        ecosystem: Ecosystem,
        address: &Address,
        current: Option<&Note>,
    ) -> Result<Option<Origin>, Trouble> {
        let begun = self.kept.begun(ecosystem, address).filter(|(begun, _)| validator(&begun.origin).is_some());
        let from;
        let mut headers: Vec<(HeaderName, &str)> = Vec::new();
        if let Some((begun, length)) = &begun {
            from = format!("bytes={length}-");
            headers.push((RANGE, &from));
            headers.extend(validator(&begun.origin).map(|known| (IF_RANGE, known)));
        } else if let Some(note) = current {
            headers.extend(note.origin.etag.as_deref().map(|known| (IF_NONE_MATCH, known)));
            headers.extend(note.origin.last_modified.as_deref().map(|known| (IF_MODIFIED_SINCE, known)));
        }
        let answer = self.client.get(address, &headers)?;
        let origin = Origin {
            from: address.as_str().to_owned(),
            etag: answer.etag.clone(),
            last_modified: answer.last_modified.clone(),
        };
        let useless = || {
            self.kept.drop_part(ecosystem);
            Err(Trouble::Passing(format!("{address}: what came of it earlier cannot be continued")))
        };
        match (answer.status, begun) {
            (304, None) if current.is_some() => Ok(None),
            (200, _) => {
                let begun = Begun { origin, length: answer.length };
                self.receive(ecosystem, address, answer, begun, 0).map(Some)
            }
            (206, Some((begun, at))) => match answer.range {
                Some((first, whole)) if first == at && validator(&begun.origin) == validator(&origin) => {
                    let begun = Begun { length: Some(whole), ..begun };
                    self.receive(ecosystem, address, answer, begun, at).map(Some)
                }
                _ => useless(),
            },
            (416, Some(_)) => useless(),
            (status, _) => Err(unasked(address, status)),
        }
    }

    /// Takes what comes. Where it is cut off, it stays for the next attempt.
    fn receive(
        &mut self,
        ecosystem: Ecosystem,
        address: &Address,
        mut answer: Answer,
        begun: Begun,
        at: u64,
    ) -> Result<Origin, Trouble> {
        let too_large = |kept: &Kept| {
            kept.drop_part(ecosystem);
            Trouble::Lasting(format!("{address}: it is larger than {} bytes: see `--max-size`", self.max))
        };
        if begun.length.is_some_and(|length| length > self.max) {
            return Err(too_large(self.kept));
        }
        let mut file = self.kept.part(ecosystem, &begun, at).map_err(Trouble::Lasting)?;
        (self.watch)(Step::Begun { ecosystem, at, length: begun.length });
        let mut got = at;
        let mut buffer = vec![0; 1 << 16];
        loop {
            let cut = |why: String| {
                let whole = begun.length.map_or(String::new(), |length| format!(" of {length}"));
                Trouble::Passing(format!("{address}: it ended after {got}{whole} bytes: {why}"))
            };
            let count = answer.body.read(&mut buffer).map_err(|error| cut(error.to_string()))?;
            if count == 0 {
                return match begun.length {
                    Some(length) if length != got => Err(cut("the connection was closed".to_owned())),
                    _ => Ok(begun.origin),
                };
            }
            got += count as u64;
            if got > self.max {
                return Err(too_large(self.kept));
            }
            let written = file.write_all(&buffer[..count]);
            written.map_err(|error| Trouble::Lasting(format!("what was fetched cannot be kept: {error}")))?;
            (self.watch)(Step::Got(count as u64));
        }
    }
}

fn unasked(address: &Address, status: u16) -> Trouble {
    Trouble::Lasting(format!("{address}: the server answers {status} to what was not asked"))
}

/// By what two answers are of the same bytes: what servers call strong.
fn validator(origin: &Origin) -> Option<&str> {
    let strong = origin.etag.as_deref().filter(|etag| !etag.starts_with("W/"));
    strong.or(origin.last_modified.as_deref())
}
