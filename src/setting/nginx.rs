//! The configuration of nginx: directives that end with `;`, and blocks. A block is a map, its argument among its entries.
//!
//! <https://nginx.org/en/docs/beginners_guide.html#conf_structure>

use super::{DEEPEST, Id, Settings, Value};
use crate::source::Span;

/// What a directive goes on with, or ends with.
enum Piece {
    Word(Span),
    End,
    Opens,
    Closes,
    Nothing,
}

pub(super) fn read(text: &str) -> Settings<'_> {
    let mut settings = Settings::default();
    let root = settings.document(Value::Map, Span::new(0, text.len()));
    // The blocks that are open; those too deep to be kept are the innermost one again.
    let mut open = vec![root];
    let (mut at, mut words) = (0, Vec::new());
    loop {
        let piece = piece(text, &mut at);
        let parent = open.last().copied().unwrap_or(root);
        match piece {
            Piece::Word(span) => words.push(span),
            Piece::End => {
                if let Some((name, arguments)) = words.split_first() {
                    directive(&mut settings, text, parent, &text[name.range()], *name, arguments);
                }
                words.clear();
            }
            Piece::Opens => {
                let name = words.first().copied().unwrap_or(Span::new(at - 1, at));
                let header = words.last().map_or(name, |last| name.to(*last));
                if text[name.range()].ends_with("_by_lua_block") {
                    at = after_block(text, at);
                } else if open.len() >= DEEPEST {
                    settings.too_deep(header);
                    open.push(parent);
                } else {
                    let id = settings.named(parent, &text[name.range()], header, Value::Map, header);
                    if words.len() > 1 {
                        directive(&mut settings, text, id, "argument", header, &words[1..]);
                    }
                    open.push(id);
                }
                words.clear();
            }
            Piece::Closes => {
                words.clear();
                if open.len() > 1 {
                    open.pop();
                    settings.end(parent, at);
                } else {
                    settings.problem("no block that is open ends here", Span::new(at - 1, at));
                }
            }
            Piece::Nothing => break,
        }
    }
    if let (Some(id), true) = (open.last(), open.len() > 1) {
        let span = settings.get(*id).key_span.unwrap_or_default();
        settings.problem("this block does not end", span);
    }
    settings
}

fn directive<'t>(settings: &mut Settings<'t>, text: &'t str, parent: Id, name: &'t str, key: Span, arguments: &[Span]) {
    let span = match arguments {
        [] => Span { start: key.end, end: key.end },
        [first, .., last] => first.to(*last),
        [only] => *only,
    };
    let written = &text[span.range()];
    let quoted = ['"', '\''].iter().find_map(|quote| written.strip_prefix(*quote)?.strip_suffix(*quote));
    let value = quoted.filter(|_| arguments.len() == 1).unwrap_or(written);
    settings.named(parent, name, key, Value::text(value), span);
}

fn piece(text: &str, at: &mut usize) -> Piece {
    let bytes = text.as_bytes();
    loop {
        match bytes.get(*at) {
            Some(b'#') => *at = memchr::memchr(b'\n', &bytes[*at..]).map_or(bytes.len(), |length| *at + length),
            Some(byte) if byte.is_ascii_whitespace() => *at += 1,
            Some(_) => break,
            None => return Piece::Nothing,
        }
    }
    let start = *at;
    *at += 1;
    match bytes[start] {
        b';' => return Piece::End,
        b'{' => return Piece::Opens,
        b'}' => return Piece::Closes,
        quote @ (b'"' | b'\'') => {
            while let Some(byte) = bytes.get(*at) {
                *at += if *byte == b'\\' { 2 } else { 1 };
                if *byte == quote {
                    break;
                }
            }
            *at = (*at).min(bytes.len());
        }
        _ => {
            while let Some(byte) = bytes.get(*at) {
                let is_variable = *byte == b'{' && bytes[*at - 1] == b'$';
                if is_variable {
                    *at = memchr::memchr2(b'}', b'\n', &bytes[*at..]).map_or(bytes.len(), |length| *at + length);
                } else if byte.is_ascii_whitespace() || matches!(byte, b';' | b'{' | b'}') {
                    break;
                }
                *at = (*at + 1).min(bytes.len());
            }
        }
    }
    Piece::Word(Span::new(start, *at))
}

/// Where a block of code ends that has braces of its own.
fn after_block(text: &str, at: usize) -> usize {
    let mut depth = 1_usize;
    for (length, byte) in text[at..].bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + length + 1;
        }
    }
    text.len()
}
