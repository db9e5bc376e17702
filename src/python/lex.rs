//! A Python text cut into the pieces that matter to whoever looks at the text itself: names, strings, comments, brackets
//! and line ends. It takes any text, in one pass, and is no judge of what is valid.

use crate::source::Span;

/// What a piece is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// An identifier or keyword.
    Name,
    /// A run of spaces, tabs and form feeds.
    Blank,
    Comment,
    /// A string, or a part of an f-string that is text.
    Text,
    Open,
    Close,
    Semicolon,
    /// The end of a line that ends a statement, or may.
    Newline,
    /// The end of a line inside of brackets, or after a backslash.
    Continued,
    /// Whatever else: operators and numbers.
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) kind: Kind,
    pub(super) span: Span,
}

/// What an inner piece is part of.
#[derive(Clone, Copy)]
enum Inside {
    Bracket,
    /// The text of an f-string.
    FString {
        quote: u8,
        triple: bool,
        raw: bool,
    },
    /// A hole of an f-string: braces open in it.
    Hole,
}

/// The pieces of a text, one after the other.
pub(super) struct Pieces<'t> {
    text: &'t [u8],
    at: usize,
    inside: Vec<Inside>,
}

pub(super) fn pieces(text: &str) -> Pieces<'_> {
    Pieces { text: text.as_bytes(), at: 0, inside: Vec::new() }
}

impl Iterator for Pieces<'_> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        let start = self.at;
        let byte = *self.text.get(start)?;
        let kind = match self.inside.last().copied() {
            Some(Inside::FString { quote, triple, raw }) => self.f_string(quote, triple, raw),
            _ => self.code(byte),
        };
        // Whatever a piece is, it is never empty.
        self.at = self.at.clamp(start + 1, self.text.len());
        Some(Piece { kind, span: Span::new(start, self.at) })
    }
}

impl Pieces<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.text.get(self.at + ahead).copied().unwrap_or_default()
    }

    fn skip(&mut self, is_inside: impl Fn(u8) -> bool) {
        let rest = &self.text[self.at..];
        self.at += rest.iter().position(|byte| !is_inside(*byte)).unwrap_or(rest.len());
    }

    fn line_end(&mut self) {
        self.at += if self.peek(0) == b'\r' && self.peek(1) == b'\n' { 2 } else { 1 };
    }

    fn code(&mut self, byte: u8) -> Kind {
        match byte {
            b'\n' | b'\r' => {
                self.line_end();
                if self.inside.is_empty() { Kind::Newline } else { Kind::Continued }
            }
            b' ' | b'\t' | 0x0C => {
                self.skip(|byte| matches!(byte, b' ' | b'\t' | 0x0C));
                Kind::Blank
            }
            b'#' => {
                self.skip(|byte| !matches!(byte, b'\n' | b'\r'));
                Kind::Comment
            }
            b'\\' if matches!(self.peek(1), b'\n' | b'\r') => {
                self.at += 1;
                self.line_end();
                Kind::Continued
            }
            b'"' | b'\'' => self.string(&[]),
            b'0'..=b'9' => {
                // With its letters: the `e` of `1e5` is no name.
                self.skip(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'));
                Kind::Other
            }
            _ if is_name(byte) => {
                let start = self.at;
                self.skip(is_name);
                let word = self.text;
                match self.peek(0) {
                    b'"' | b'\'' if is_prefix(&word[start..self.at]) => self.string(&word[start..self.at]),
                    _ => Kind::Name,
                }
            }
            b'(' | b'[' | b'{' => {
                self.at += 1;
                self.inside.push(Inside::Bracket);
                Kind::Open
            }
            b')' | b']' | b'}' => {
                self.at += 1;
                self.inside.pop();
                Kind::Close
            }
            b';' => {
                self.at += 1;
                Kind::Semicolon
            }
            _ => {
                self.at += 1;
                Kind::Other
            }
        }
    }

    /// A string, of which only its quotes are taken where it may have holes.
    fn string(&mut self, prefix: &[u8]) -> Kind {
        let has = |letter: u8| prefix.iter().any(|byte| byte.eq_ignore_ascii_case(&letter));
        let quote = self.peek(0);
        let triple = self.peek(1) == quote && self.peek(2) == quote;
        self.at += if triple { 3 } else { 1 };
        if has(b'f') || has(b't') {
            self.inside.push(Inside::FString { quote, triple, raw: has(b'r') });
            return Kind::Text;
        }
        while self.at < self.text.len() {
            match self.peek(0) {
                b'\\' => self.at += if self.peek(1) == b'\r' && self.peek(2) == b'\n' { 3 } else { 2 },
                byte if byte == quote && self.closes(quote, triple) => break,
                b'\n' | b'\r' if !triple => break,
                _ => self.at += 1,
            }
        }
        Kind::Text
    }

    /// Whether the string ends here; if so, its quotes are passed over.
    fn closes(&mut self, quote: u8, triple: bool) -> bool {
        if !triple {
            self.at += 1;
            return true;
        }
        let is_end = self.peek(1) == quote && self.peek(2) == quote;
        self.at += if is_end { 3 } else { 1 };
        is_end
    }

    /// The text of an f-string up to its end or its next hole.
    fn f_string(&mut self, quote: u8, triple: bool, raw: bool) -> Kind {
        while self.at < self.text.len() {
            match self.peek(0) {
                b'{' if self.peek(1) == b'{' => self.at += 2,
                b'{' => {
                    self.at += 1;
                    self.inside.push(Inside::Hole);
                    break;
                }
                // A brace after a backslash opens a hole all the same.
                b'\\' if !matches!(self.peek(1), b'{' | b'}') || raw => {
                    self.at += if raw && self.peek(1) == b'{' { 1 } else { 2 }
                }
                byte if byte == quote && self.closes(quote, triple) => {
                    self.inside.pop();
                    break;
                }
                b'\n' | b'\r' if !triple => {
                    self.inside.pop();
                    break;
                }
                _ => self.at += 1,
            }
        }
        Kind::Text
    }
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

fn is_prefix(word: &[u8]) -> bool {
    word.len() <= 2 && word.iter().all(|byte| b"rbuftRBUFT".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::{Kind, pieces};

    fn of(kind: Kind, text: &str) -> Vec<&str> {
        pieces(text).filter(|piece| piece.kind == kind).map(|piece| &text[piece.span.range()]).collect()
    }

    #[test]
    fn the_pieces_are_the_text() {
        for text in [
            "",
            "x = 1\r\n",
            "f'{x!r:>{n}}' # c",
            "'abc",
            "f'{",
            "f'''{'''",
            "\\",
            "a\\\r\nb",
            "'\\",
            "é = f\"{ü}\"\r",
            "}]) x",
            "rb'\\' f\"\\{x}\"",
        ] {
            let joined: String = pieces(text).map(|piece| &text[piece.span.range()]).collect();
            assert_eq!(joined, text);
        }
    }

    #[test]
    fn names_stand_in_code_and_in_holes() {
        let text = "ab = f'cd {ef[\"gh\"]} {{ij}}' + r'kl\\\\' + mn # op\n1e5; '''\nqr''';x";
        assert_eq!(of(Kind::Name, text), ["ab", "ef", "mn", "x"]);
        assert_eq!(of(Kind::Comment, text), ["# op"]);
        assert_eq!(of(Kind::Newline, text), ["\n"]);
    }

    #[test]
    fn lines_go_on_in_brackets_and_after_backslashes() {
        let text = "f(a,\n b)\nx = \\\n 2\r\n";
        assert_eq!(of(Kind::Continued, text), ["\n", "\\\n"]);
        assert_eq!(of(Kind::Newline, text), ["\n", "\r\n"]);
    }
}
