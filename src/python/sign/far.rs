//! Code where nobody looks: far to the right, after a run of blanks or many statements, or below many empty lines.

use super::super::lex::{Kind, Piece, pieces};
use super::sign;
use crate::source::{Sign, SignKind};

/// A run of so many blanks within a line leads out of sight.
const RUN: usize = 80;
/// What is so far to the right is out of sight, whatever stands before it.
const FAR: usize = 200;
/// So many empty lines lead out of sight.
const EMPTY_LINES: usize = 150;
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

pub(super) fn signs(text: &str, signs: &mut Vec<Sign>) {
    let (mut line, mut empty) = (0, 0);
    let (mut before, mut blanks): (Option<Kind>, usize) = (None, 0);
    for Piece { kind, span } in pieces(text) {
        let (start, end) = (span.start as usize, span.end as usize);
        match kind {
            Kind::Newline | Kind::Continued => {
                empty = if before.is_none() && line > 0 { empty + 1 } else { 0 };
                (line, before, blanks) = (end, None, 0);
                continue;
            }
            Kind::Blank => {
                blanks = text[span.range()].bytes().map(width).sum();
                continue;
            }
            Kind::Comment => {}
            _ => {
                let column = text[line..start].chars().count();
                let is_far = match before {
                    // An indentation may be deep, but not that deep.
                    None => blanks >= FAR || empty >= EMPTY_LINES,
                    Some(Kind::Semicolon) => column >= FAR || blanks >= RUN,
                    Some(_) => blanks >= RUN,
                };
                if is_far {
                    let message = if before.is_none() && empty >= EMPTY_LINES {
                        format!("after {empty} empty lines")
                    } else {
                        format!("in column {}", column + 1)
                    };
                    signs.push(sign(SignKind::FarCode, message, span));
                }
                if let Some(at) = text[span.range()].rfind(['\n', '\r']) {
                    line = start + at + 1;
                }
            }
        }
        (before, blanks, empty) = (Some(kind), 0, 0);
    }
}
