//! A stretch of a text with its secrets masked.

use super::Secret;
use crate::source::Span;

const MASK: &str = "****";

/// A copy of a stretch of text in which every secret is masked, and which knows where everything went.
pub(in crate::finding) struct Masked {
    pub(in crate::finding) text: String,
    pieces: Vec<Piece>,
}

/// What became of a stretch of the original.
struct Piece {
    from: Span,
    to: Span,
    masked: bool,
}

impl Masked {
    /// Copies a window of the text. `secrets` are those of the whole text, in order and without overlaps.
    pub(in crate::finding) fn copy(text: &str, window: Span, secrets: &[Secret]) -> Self {
        let mut copy = Self { text: String::with_capacity(window.range().len()), pieces: Vec::new() };
        let first = secrets.partition_point(|secret| secret.span.end <= window.start);
        let inside = secrets[first..].iter().take_while(|secret| secret.span.start < window.end);
        let mut at = window.start;
        for secret in inside {
            copy.push(text, Span { start: at, end: secret.span.start.max(at) }, None);
            let end = secret.span.end.min(window.end);
            copy.push(text, Span { start: secret.span.start.max(at), end }, Some(secret));
            at = end;
        }
        copy.push(text, Span { start: at, end: window.end }, None);
        copy
    }

    fn push(&mut self, text: &str, from: Span, secret: Option<&Secret>) {
        let piece = text.get(from.range()).unwrap_or_default();
        let start = self.text.len();
        match secret {
            None => self.text.push_str(piece),
            Some(secret) => {
                let shown = text.get(secret.span.range()).and_then(|value| value.get(..secret.shown as usize));
                self.text.push_str(shown.unwrap_or_default());
                // The breaks of the lines stay, so that what follows keeps its line numbers.
                for line in piece.split_inclusive(['\n', '\r']) {
                    let value = line.trim_end_matches(['\n', '\r']);
                    if !value.trim().is_empty() {
                        self.text.push_str(MASK);
                    }
                    self.text.push_str(&line[value.len()..]);
                }
            }
        }
        if !piece.is_empty() {
            self.pieces.push(Piece { from, to: Span::new(start, self.text.len()), masked: secret.is_some() });
        }
    }

    /// Where a span of the original stands in the copy; an end inside of a secret takes in the whole mask.
    pub(in crate::finding) fn place(&self, span: Span) -> (u32, u32) {
        let length = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        let start = match self.pieces.iter().rfind(|piece| piece.from.start <= span.start) {
            None => 0,
            Some(piece) if piece.masked && span.start < piece.from.end => piece.to.start,
            Some(piece) if piece.masked => piece.to.end,
            Some(piece) => (piece.to.start + (span.start - piece.from.start)).min(piece.to.end),
        };
        let end = match self.pieces.iter().find(|piece| piece.from.end >= span.end) {
            None => length,
            Some(piece) if span.end <= piece.from.start => piece.to.start,
            Some(piece) if piece.masked => piece.to.end,
            Some(piece) => piece.to.start + (span.end - piece.from.start),
        };
        (start, end.max(start))
    }
}
