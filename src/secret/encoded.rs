//! Credentials in text that stands encoded in other text: as base64, hex, percent escapes and the like.
//!
//! Only what is told by its form is looked for in there: what stands near by, and how things are named, says nothing any more.

use super::{Secrets, decode};
use crate::finding::Hit;
use crate::source::Span;

/// How deep encodings are taken off.
const DEPTH: u8 = 2;

impl Secrets<'_> {
    /// The credentials in encoded parts of a text, each at the characters that encode it.
    pub(super) fn in_encoded(&self, path: &str, text: &str) -> Vec<Hit> {
        self.below(path, text, DEPTH)
    }

    fn below(&self, path: &str, text: &str, depth: u8) -> Vec<Hit> {
        let mut hits = Vec::new();
        for encoded in decode::spans(text.as_bytes()) {
            let inner = in_ascii(&encoded.decode(text.as_bytes()));
            let mut found = self.by_form(path, &inner);
            if depth > 1 {
                found.extend(self.below(path, &inner, depth - 1));
            }
            let ranges: Vec<_> = found.iter().map(|hit| hit.span.range()).collect();
            if ranges.is_empty() {
                continue;
            }
            let places = encoded.places(text.as_bytes(), &ranges);
            hits.extend(found.into_iter().zip(places).map(|(hit, place)| {
                let how = match &hit.detail {
                    Some(detail) => format!("{detail}; written in {}", encoded.how.name()),
                    None => format!("written in {}", encoded.how.name()),
                };
                Hit { span: Span::new(place.start, place.end), detail: Some(how), ..hit }
            }));
        }
        hits
    }
}

/// The same bytes as text, place by place: what is sought is ASCII.
fn in_ascii(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| if byte.is_ascii() { char::from(*byte) } else { '?' }).collect()
}
