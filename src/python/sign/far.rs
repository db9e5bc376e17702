//! Code where nobody looks: far to the right, after a run of blanks or many statements, or below many empty lines.

use super::super::lex::{Kind, Piece, pieces};
use super::sign;
use crate::source::{Sign, SignKind, Span};

/// A run of so many blanks within a line leads out of sight.
const RUN: usize = 80;
/// What is so far to the right is out of sight, whatever stands before it.
const FAR: usize = 160;
/// Nobody looks that far for a call in what begins as data.
const FAR_CALL: usize = 1000;
/// So many empty lines lead out of sight.
const EMPTY_LINES: usize = 60;
/// The width of a tab, at the least.
const TAB: usize = 4;

/// Whether it is worth cutting the text into pieces: some line is long, or many are empty.
pub(super) fn may_be(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (mut start, mut filled) = (0, 0);
    let ends = memchr::memchr2_iter(b'\n', b'\r', bytes).chain([bytes.len()]);
    for (number, end) in ends.enumerate() {
        let line = &bytes[start..end];
        start = end + 1;
        if line.len() >= RUN / TAB && may_be_in(line) {
            return true;
        }
        if !line.is_empty() {
            if number - filled > EMPTY_LINES {
                return true;
            }
            filled = number;
        }
    }
    false
}

fn may_be_in(line: &[u8]) -> bool {
    const SHORTEST: usize = RUN / TAB;
    if line.len() > FAR && memchr::memchr(b';', &line[FAR..]).is_some() {
        return true;
    }
    if line.len() > FAR_CALL && memchr::memchr(b'(', &line[FAR_CALL..]).is_some() {
        return true;
    }
    // A run that is long enough has a blank at every so many bytes.
    (SHORTEST - 1..line.len()).step_by(SHORTEST).filter(|at| is_blank(line[*at])).any(|at| {
        let before = line[..at].iter().rev().take_while(|byte| is_blank(**byte));
        let after = line[at..].iter().take_while(|byte| is_blank(**byte)).take(RUN);
        before.take(RUN).chain(after).map(|byte| width(*byte)).sum::<usize>() >= RUN
    })
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

fn width(byte: u8) -> usize {
    if byte == b'\t' { TAB } else { 1 }
}

/// What stands on a line so far.
#[derive(Default)]
struct Line {
    /// In characters, where the next piece begins.
    column: usize,
    /// The piece before, blanks left out.
    before: Option<Kind>,
    /// How wide the blanks are that stand between that piece and the next.
    blanks: usize,
    /// A name that stands right before the next piece, far to the right.
    name: Option<Span>,
    is_told: bool,
}

/// Tells the first far code of each line.
pub(super) fn signs(text: &str, signs: &mut Vec<Sign>) {
    let (mut line, mut empty, mut is_first_line) = (Line::default(), 0, true);
    for Piece { kind, span } in pieces(text) {
        let piece = &text[span.range()];
        let message = match (line.name.take(), kind) {
            (_, Kind::Newline | Kind::Continued) => {
                empty = if line.before.is_none() && !is_first_line { empty + 1 } else { 0 };
                (line, is_first_line) = (Line::default(), false);
                continue;
            }
            (_, Kind::Blank) => {
                line.blanks = piece.bytes().map(width).sum();
                line.column += piece.len();
                continue;
            }
            (_, Kind::Comment) => None,
            (Some(name), Kind::Open) if piece == "(" => Some((format!("a call in column {}", line.column), name)),
            _ if line.before.is_none() && empty >= EMPTY_LINES => Some((format!("after {empty} empty lines"), span)),
            _ => line.is_far().then(|| (format!("in column {}", line.column + 1), span)),
        };
        if let Some((message, place)) = message.filter(|_| !line.is_told) {
            signs.push(sign(SignKind::FarCode, message, place));
            line.is_told = true;
        }
        match piece.rfind(['\n', '\r']) {
            Some(at) => line = Line { column: piece[at + 1..].chars().count(), ..Line::default() },
            None => line.column += piece.chars().count(),
        }
        line.name = (kind == Kind::Name && line.column >= FAR_CALL).then_some(span);
        (line.before, line.blanks, empty) = (Some(kind), 0, 0);
    }
}

impl Line {
    /// Whether the next piece is where nobody looks.
    fn is_far(&self) -> bool {
        match self.before {
            // An indentation may be deep, but not that deep.
            None => self.blanks >= FAR,
            Some(Kind::Semicolon) => self.column >= FAR || self.blanks >= RUN,
            Some(_) => self.blanks >= RUN,
        }
    }
}
