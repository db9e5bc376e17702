//! Which statement an offset of a module stands in.

use super::tree::{Module, Stmt, StmtKind};
use crate::source::Span;

/// The innermost statement around an offset: all of a simple one, and of a compound one the header (up to the first
/// statement of its body) in which the offset stands. Decorators belong to the header; every `elif`, `else`, `case` and
/// `except` is a header of its own.
pub fn statement_at(module: &Module<'_>, text: &str, offset: u32) -> Option<Span> {
    let mut body = module.body;
    'down: loop {
        let after = body.partition_point(|statement| statement.span.start <= offset);
        let statement = body[..after].last().filter(|statement| offset < statement.span.end)?;
        let mut header = Span { start: statement.span.start, end: statement.span.end };
        for block in blocks(&statement.kind, offset) {
            let (Some(first), Some(last)) = (block.first(), block.last()) else { continue };
            if offset < first.span.start {
                header.end = first.span.start;
                break;
            }
            if offset < last.span.end {
                body = block;
                continue 'down;
            }
            header.start = last.span.end;
        }
        return Some(trimmed(text, header));
    }
}

/// The bodies of a compound statement around an offset, in the order of the source.
fn blocks<'a>(kind: &StmtKind<'a>, offset: u32) -> Vec<&'a [Stmt<'a>]> {
    match kind {
        StmtKind::Function(function) => vec![function.body],
        StmtKind::Class(class) => vec![class.body],
        StmtKind::For(each) => vec![each.body, each.orelse],
        StmtKind::While(each) => vec![each.body, each.orelse],
        StmtKind::If(choice) => around(choice.branches, |(_, body)| body, offset).collect(),
        StmtKind::With(with) => vec![with.body],
        StmtKind::Match(choice) => around(choice.cases, |case| case.body, offset).collect(),
        StmtKind::Try(attempt) => std::iter::once(attempt.body)
            .chain(around(attempt.handlers, |handler| handler.body, offset))
            .chain([attempt.orelse, attempt.finalbody])
            .collect(),
        _ => Vec::new(),
    }
}

/// Of bodies that may be very many, those next to an offset.
fn around<'a, T>(parts: &'a [T], body: fn(&T) -> &'a [Stmt<'a>], offset: u32) -> impl Iterator<Item = &'a [Stmt<'a>]> {
    // Some more than two, because bodies that could not be read are empty.
    const SIDE: usize = 4;
    let after = parts.partition_point(|part| body(part).first().is_none_or(|first| first.span.start <= offset));
    parts[after.saturating_sub(SIDE)..(after + SIDE).min(parts.len())].iter().map(body)
}

/// Takes from both ends of a header what is not its own: the rest of the line on which the body before it ends, and
/// blank lines and whole-line comments (a `;` may end the body).
fn trimmed(text: &str, header: Span) -> Span {
    let (mut start, mut end) = (header.start as usize, header.end as usize);
    let is_nothing = |line: &str| matches!(line.trim_start().chars().next(), None | Some('#' | ';'));
    while let Some(line) = text.get(start..end).and_then(|rest| rest.split_inclusive(['\n', '\r']).next()) {
        if !is_nothing(line) {
            break;
        }
        start += line.len();
    }
    while let Some(rest) = text.get(start..end) {
        let last = rest.rfind(['\n', '\r']).map_or(0, |at| at + 1);
        if last == 0 || !is_nothing(&rest[last..]) {
            break;
        }
        end = start + last - 1;
    }
    Span::new(start, end)
}
