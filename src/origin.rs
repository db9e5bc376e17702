//! Text that was drawn out of another one (code out of a notebook, of chat, of a file of paths), and where each part of it
//! stands in that other text: readers see the one, and findings speak of the other.

use crate::source::Span;

/// A text and where it comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drawn {
    pub text: String,
    pub origin: Origin,
}

/// The pieces of a drawn text, in order and without gaps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin(Vec<Piece>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    /// Where it begins in the drawn text; it ends where the next one begins.
    start: u32,
    from: Span,
    /// Byte for byte the same there; else the whole piece stands for the whole of `from`.
    verbatim: bool,
}

impl Drawn {
    /// Adds a part of the other text as it stands there.
    pub fn verbatim(&mut self, text: &str, at: usize) {
        let from = Span::new(at, at + text.len());
        if let Some(last) = self.origin.0.last_mut()
            && last.verbatim
            && last.from.end == from.start
        {
            last.from.end = from.end;
        } else {
            self.piece(text, from, true);
        }
        self.text.push_str(text);
    }

    /// Adds what stands for a part of the other text.
    pub fn instead(&mut self, text: &str, from: Span) {
        self.piece(text, from, false);
        self.text.push_str(text);
    }

    /// Adds a whole text that was drawn out of the same other one.
    pub fn append(&mut self, more: Self) {
        let before = Span::new(self.text.len(), self.text.len()).start;
        self.origin.0.extend(more.origin.0.into_iter().map(|piece| Piece { start: piece.start + before, ..piece }));
        self.text.push_str(&more.text);
    }

    fn piece(&mut self, text: &str, from: Span, verbatim: bool) {
        if !text.is_empty() {
            let start = Span::new(self.text.len(), self.text.len()).start;
            self.origin.0.push(Piece { start, from, verbatim });
        }
    }

    /// The same text, where the one that it was drawn out of was itself drawn out of a third.
    pub fn through(mut self, first: &Origin) -> Self {
        let mut pieces = Vec::with_capacity(self.origin.0.len());
        for piece in self.origin.0 {
            if !piece.verbatim {
                pieces.push(Piece { from: first.span(piece.from), ..piece });
                continue;
            }
            let mut at = piece.from.start;
            while at < piece.from.end {
                let (inner, end) = first.around(at);
                let end = end.min(piece.from.end);
                let start = piece.start + (at - piece.from.start);
                let from = match inner.verbatim {
                    true => Span {
                        start: inner.from.start + (at - inner.start),
                        end: inner.from.start + (end - inner.start),
                    },
                    false => inner.from,
                };
                pieces.push(Piece { start, from, verbatim: inner.verbatim });
                at = end.max(at + 1);
            }
        }
        self.origin = Origin(pieces);
        self
    }
}

impl Origin {
    /// Where a part of the drawn text stands in the other one.
    pub fn span(&self, drawn: Span) -> Span {
        let (first, _) = self.around(drawn.start);
        let start = first.place(drawn.start).start;
        if drawn.end <= drawn.start {
            return Span { start, end: start };
        }
        let (last, _) = self.around(drawn.end - 1);
        let end = if last.verbatim { last.place(drawn.end - 1).start + 1 } else { last.from.end };
        Span { start, end: end.max(start) }
    }

    /// Where in the drawn text a place of the other one is, or the nearest before it.
    pub fn drawn(&self, offset: u32) -> u32 {
        let after = self.0.partition_point(|piece| piece.from.start <= offset);
        let Some(piece) = after.checked_sub(1).and_then(|at| self.0.get(at)) else { return 0 };
        let inside = if piece.verbatim { offset.min(piece.from.end) - piece.from.start } else { 0 };
        piece.start + inside
    }

    /// The piece in which a place of the drawn text lies, and where it ends.
    fn around(&self, offset: u32) -> (Piece, u32) {
        let after = self.0.partition_point(|piece| piece.start <= offset);
        let piece = after.checked_sub(1).and_then(|at| self.0.get(at)).copied();
        let end = self.0.get(after).map_or(u32::MAX, |next| next.start);
        (piece.unwrap_or(Piece { start: 0, from: Span::default(), verbatim: false }), end)
    }
}

impl Piece {
    /// Where a place in the piece is in the other text.
    fn place(self, offset: u32) -> Span {
        match self.verbatim {
            true => {
                let at = (self.from.start + offset.saturating_sub(self.start)).min(self.from.end);
                Span { start: at, end: at }
            }
            false => self.from,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `ab\nc` out of `xxabyy\nzc`: the line end is an escape of two bytes.
    fn drawn() -> Drawn {
        let mut drawn = Drawn::default();
        drawn.verbatim("ab", 2);
        drawn.instead("\n", Span::new(6, 8));
        drawn.verbatim("c", 9);
        drawn
    }

    #[test]
    fn parts_are_found_where_they_come_from() {
        let Drawn { text, origin } = drawn();
        assert_eq!(text, "ab\nc");
        for (start, end, from) in
            [(0, 2, (2, 4)), (1, 2, (3, 4)), (1, 3, (3, 8)), (2, 3, (6, 8)), (0, 4, (2, 10)), (3, 3, (9, 9))]
        {
            assert_eq!(origin.span(Span::new(start, end)), Span::new(from.0, from.1), "{start}..{end}");
        }
        assert_eq!([2, 3, 6, 7, 9].map(|offset| origin.drawn(offset)), [0, 1, 2, 2, 3]);
    }

    #[test]
    fn text_may_be_drawn_twice() {
        let first = drawn();
        let mut second = Drawn::default();
        second.instead("f(", Span::new(0, 1));
        second.verbatim("b\nc", 1);
        second.instead(")", Span::new(1, 4));
        let Drawn { text, origin } = second.through(&first.origin);
        assert_eq!(text, "f(b\nc)");
        for (start, end, from) in [(0, 2, (2, 3)), (2, 3, (3, 4)), (3, 4, (6, 8)), (4, 5, (9, 10)), (5, 6, (3, 10))] {
            assert_eq!(origin.span(Span::new(start, end)), Span::new(from.0, from.1), "{start}..{end}");
        }
    }
}
