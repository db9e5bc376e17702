//! One archive, whole or from where the last attempt was cut off.

use std::fs::File;
use std::io::{Read, Write};

use ureq::Body;
use ureq::http::{HeaderMap, Response, StatusCode, header};

use super::News;
use super::client::{Client, Fault};
use super::kept::{About, Kept};

/// Fetches an archive, unless it is the one that is kept.
pub(super) fn fetch(
    client: &Client,
    url: &str,
    kept: &Kept,
    largest: u64,
    tell: &dyn Fn(u64, Option<u64>),
) -> Result<News, String> {
    let mut reached = 0;
    loop {
        let before = reached;
        let done = client.again(|| {
            let result = attempt(client, url, kept, largest, tell);
            reached = reached.max(kept.about_part().map_or(0, |part| part.length));
            result
        });
        match done {
            // A slow line is not a broken one: as long as more is there than ever, it goes on.
            Err(_) if reached > before && before > 0 => {}
            done => return done,
        }
    }
}

fn attempt(
    client: &Client,
    url: &str,
    kept: &Kept,
    largest: u64,
    tell: &dyn Fn(u64, Option<u64>),
) -> Result<News, Fault> {
    // Only of something that has a name can it be told whether it is still the same.
    let part = kept.about_part().filter(|part| part.url == url && part.etag.is_some() && part.length > 0);
    let held = kept.about().filter(|held| held.url == url);
    let range = part.as_ref().map(|part| format!("bytes={}-", part.length));
    let mut headers: Vec<(&str, &str)> = Vec::new();
    match (&part, &range, held.as_ref().and_then(|held| held.etag.as_deref())) {
        (Some(part), Some(range), _) => {
            headers.extend([("Range", range.as_str()), ("If-Range", part.etag.as_deref().unwrap_or_default())]);
        }
        (_, _, Some(etag)) => headers.push(("If-None-Match", etag)),
        _ => {}
    }
    let mut response = client.ask(url, &headers)?;
    let from = match response.status() {
        StatusCode::NOT_MODIFIED if held.is_some() => {
            let touched = kept.touch();
            return touched.map(|()| News::Unchanged).map_err(Fault::Lasting);
        }
        StatusCode::OK => 0,
        StatusCode::PARTIAL_CONTENT => match part.as_ref().filter(|part| begins_at(response.headers(), part.length)) {
            Some(part) => part.length,
            None => return Err(again_from_the_start(kept, format!("{url}: another part came than was asked for"))),
        },
        StatusCode::RANGE_NOT_SATISFIABLE => {
            return Err(again_from_the_start(kept, format!("{url}: it is shorter than the part that was there")));
        }
        status => return Err(Fault::Lasting(format!("{url}: the server says {status}"))),
    };
    download(url, kept, &mut response, from, largest, tell)
}

/// Writes what comes behind what is there.
fn download(
    url: &str,
    kept: &Kept,
    response: &mut Response<Body>,
    from: u64,
    largest: u64,
    tell: &dyn Fn(u64, Option<u64>),
) -> Result<News, Fault> {
    let length = response.body().content_length().map(|length| from + length);
    let too_large = || Fault::Lasting(format!("{url}: it is larger than {largest} bytes (`--max-download`)"));
    if length.is_some_and(|length| length > largest) {
        return Err(too_large());
    }
    let text = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    // A weak name says that something means the same, and not that it has the same bytes.
    let etag = text(header::ETAG).filter(|etag| !etag.starts_with("W/"));
    let mut about = About { url: url.to_owned(), etag, length: 0, modified: super::changes::moment() };
    let on_disk = |error: std::io::Error| Fault::Lasting(format!("{}: {error}", kept.part().display()));
    let mut file = match from {
        0 => File::create(kept.part()),
        _ => File::options().append(true).open(kept.part()),
    }
    .map_err(on_disk)?;
    kept.note_part(&about).map_err(on_disk)?;

    let mut done = from;
    let mut reader = response.body_mut().with_config().limit(largest.saturating_add(1)).reader();
    let mut chunk = vec![0; 1 << 16];
    loop {
        let count = match reader.read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) => return Err(Fault::Passing(format!("{url}: after {done} bytes: {error}"))),
        };
        done += count as u64;
        if done > largest {
            return Err(too_large());
        }
        file.write_all(&chunk[..count]).map_err(on_disk)?;
        tell(done, length);
    }
    if length.is_some_and(|length| length != done) {
        return Err(Fault::Passing(format!("{url}: it ended after {done} bytes, which are not all")));
    }
    about.length = done;
    kept.complete(&about).map_err(on_disk)?;
    Ok(News::Fetched(done))
}

fn again_from_the_start(kept: &Kept, why: String) -> Fault {
    kept.reject();
    Fault::Passing(why)
}

/// Whether a part begins where it was asked for (RFC 9110, 14.4).
fn begins_at(headers: &HeaderMap, at: u64) -> bool {
    let range = headers.get(header::CONTENT_RANGE).and_then(|value| value.to_str().ok());
    range.and_then(|range| range.strip_prefix("bytes ")).is_some_and(|range| range.starts_with(&format!("{at}-")))
}
