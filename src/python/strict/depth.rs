//! How deep a text may nest, told before it is parsed.
//!
//! The parser recurses on what nests, and so do the drop of its tree and every walk of ours: a text that nests deeper
//! than the stacks allow must be refused before. Most texts are too short to nest that deep. For the others the tokens
//! give an upper bound: a node of the syntax tree needs at least one token of its own, and of the tokens at one level
//! of brackets only those since the last comma (`Level::separate`) can be ancestors of what comes next.
//!
//! In a text with errors the parser may recover to another idea of what is open. Brackets are therefore closed only by
//! their match, which can only make the bound higher. f-strings are worse: after an error inside of one, the parser
//! may take code for text and text for code, so the bound says nothing. There, what could make the parser recurse is
//! counted wherever it stands, in strings and comments too.

use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{Mode, lexer::lex};

use super::super::{STACK, tree::MAX_DEPTH};

/// Stack that the parser uses for one level of brackets, measured and rounded up.
const PARSER_FRAMES: usize = 2_500;
/// Stack that the drop of ruff's tree uses for one level, measured and rounded up.
const DROP_FRAME: usize = 128;

/// Why a text is not handed to the parser.
pub(super) fn refusal(text: &str) -> Option<String> {
    if text.len() <= MAX_DEPTH as usize || token_starts(text.as_bytes()) <= MAX_DEPTH as usize {
        return None;
    }
    let (depth, has_f_strings) = bound(text);
    if depth > MAX_DEPTH {
        Some(format!("nested too deeply: up to {depth} levels, and {MAX_DEPTH} are read"))
    } else if has_f_strings && (recursions(text) > STACK / PARSER_FRAMES || text.len() > STACK / DROP_FRAME) {
        Some("too many brackets and f-strings in one file to be parsed safely".to_owned())
    } else {
        None
    }
}

/// Counts at least as many as there are tokens. A number and the keyword after it may share one word, as in `1if x`.
fn token_starts(bytes: &[u8]) -> usize {
    // Every longer text passes through here, many bytes at once: no branch, and counts of one byte.
    const CHUNK: usize = 120;
    let starts = |(before, byte): (&u8, &u8)| {
        let starts_word = is_word(*byte) & !is_word(*before);
        let is_sign = (*byte > b' ') & !is_word(*byte);
        u8::from(starts_word | is_sign) + u8::from(starts_word & byte.is_ascii_digit())
    };
    let Some((first, rest)) = bytes.split_first() else { return 0 };
    let pairs = bytes.chunks(CHUNK).zip(rest.chunks(CHUNK));
    let counts = pairs.map(|(before, bytes)| before.iter().zip(bytes).map(starts).sum::<u8>());
    usize::from(starts((&b' ', first))) + counts.map(usize::from).sum::<usize>()
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() | (byte == b'_') | (byte >= 0x80)
}

/// Counts what makes the parser recurse, wherever it stands.
fn recursions(text: &str) -> usize {
    const WORDS: [&str; 5] = ["await", "else", "lambda", "not", "yield"];
    let signs = text.bytes().filter(|byte| b"([{+-~*".contains(byte)).count();
    let words: usize = WORDS.iter().map(|word| memchr::memmem::find_iter(text.as_bytes(), word).count()).sum();
    signs + words
}

/// An upper bound of the depth of the tree, and whether there are f-strings or t-strings.
fn bound(text: &str) -> (u32, bool) {
    let mut levels = Levels(vec![Level::new(None, 0)]);
    let mut has_f_strings = false;
    let mut after_string = false;
    let mut lexer = lex(text, Mode::Module);
    // More open levels than the limit are too deep, whatever they hold.
    while levels.0.len() <= MAX_DEPTH as usize + 1 {
        let token = lexer.next_token();
        let opens_string = matches!(token, TokenKind::FStringStart | TokenKind::TStringStart);
        has_f_strings |= opens_string;
        // Neighbouring strings are one flat node.
        let joins = after_string && (opens_string || token == TokenKind::String);
        match token {
            TokenKind::EndOfFile => break,
            TokenKind::Comment | TokenKind::NonLogicalNewline => continue,
            TokenKind::Comma => levels.top().separate(),
            TokenKind::Newline | TokenKind::Semi => levels.top().end_statement(),
            TokenKind::Rpar => levels.close(TokenKind::Lpar),
            TokenKind::Rsqb => levels.close(TokenKind::Lsqb),
            TokenKind::Rbrace => levels.close(TokenKind::Lbrace),
            TokenKind::FStringEnd => levels.close(TokenKind::FStringStart),
            TokenKind::TStringEnd => levels.close(TokenKind::TStringStart),
            TokenKind::Dedent => levels.close(TokenKind::Indent),
            TokenKind::Colon if levels.top().opener == Some(TokenKind::Lambda) => levels.pop(),
            _ => {
                let top = levels.top();
                // The parts of an f-string are neighbours.
                if matches!(top.opener, Some(TokenKind::FStringStart | TokenKind::TStringStart)) {
                    top.separate();
                }
                top.own += u32::from(!joins);
                top.keeps |= token == TokenKind::Yield;
                if is_opener(token) {
                    levels.open(token);
                }
            }
        }
        after_string = matches!(token, TokenKind::String | TokenKind::FStringEnd | TokenKind::TStringEnd);
    }
    while levels.0.len() > 1 {
        levels.pop();
    }
    (levels.top().depth(), has_f_strings)
}

/// `lambda` opens a level for its parameters, whose commas separate nothing outside of them.
fn is_opener(token: TokenKind) -> bool {
    use TokenKind::{FStringStart, Indent, Lambda, Lbrace, Lpar, Lsqb, TStringStart};
    matches!(token, Lpar | Lsqb | Lbrace | FStringStart | TStringStart | Lambda | Indent)
}

/// What is open, outermost first: never empty.
struct Levels(Vec<Level>);

struct Level {
    opener: Option<TokenKind>,
    /// Where the innermost level stands that is not the parameters of a `lambda`.
    bracket: usize,
    /// Tokens since the last separator.
    own: u32,
    /// The deepest of the levels closed since the last separator.
    inner: u32,
    /// The deepest before the last separator.
    before: u32,
    /// Commas separate nothing here: they stand under a `yield`.
    keeps: bool,
}

impl Level {
    fn new(opener: Option<TokenKind>, bracket: usize) -> Self {
        Self { opener, bracket, own: 0, inner: 0, before: 0, keeps: false }
    }

    fn depth(&self) -> u32 {
        self.before.max(self.own + self.inner)
    }

    /// A comma: what stands after it is no descendant of what stands before it, and one node (a tuple) holds both.
    fn separate(&mut self) {
        if self.keeps {
            self.own += 1;
        } else {
            self.before = self.before.max(self.own + self.inner + 1);
            (self.own, self.inner) = (1, 0);
        }
    }

    fn end_statement(&mut self) {
        self.keeps = false;
        self.separate();
    }
}

impl Levels {
    fn top(&mut self) -> &mut Level {
        let last = self.0.len() - 1;
        &mut self.0[last]
    }

    fn open(&mut self, opener: TokenKind) {
        let bracket = if opener == TokenKind::Lambda { self.top().bracket } else { self.0.len() };
        self.0.push(Level::new(Some(opener), bracket));
    }

    fn pop(&mut self) {
        if let Some(level) = self.0.pop() {
            let top = self.top();
            top.inner = top.inner.max(level.depth());
        }
    }

    /// Closes the innermost bracket, with the parameters left open in it, if this is its match.
    fn close(&mut self, opener: TokenKind) {
        let bracket = self.top().bracket;
        if self.0[bracket].opener == Some(opener) {
            while self.0.len() > bracket {
                self.pop();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn depth(text: &str) -> u32 {
        bound(text).0
    }

    /// Each grows with its nesting: the bound must grow at least as fast.
    #[test]
    fn bounds_what_nests() {
        type Nested = (&'static str, fn(usize) -> String);
        let nested: [Nested; 14] = [
            ("calls", |n| "f(".repeat(n) + &")".repeat(n)),
            ("wrapped chains", |n| "(".repeat(n) + "x" + &").a.b(c, d)".repeat(n)),
            ("attributes", |n| "f".to_owned() + &".a".repeat(n)),
            ("signs", |n| "-".repeat(n) + "1"),
            ("lambdas", |n| "lambda x, y: ".repeat(n) + "1"),
            ("lambda defaults", |n| "lambda x, y=".repeat(n) + "1" + &": 1".repeat(n)),
            ("lambdas without colon", |n| "lambda x, y ".repeat(n)),
            ("conditionals", |n| "1 if 1 else ".repeat(n) + "1"),
            ("dictionaries", |n| "{1: 1, 2: ".repeat(n) + "1" + &"}".repeat(n)),
            ("comprehensions", |n| "[a for a, b in ".repeat(n) + "1" + &"]".repeat(n)),
            ("f-strings", |n| "f'{1, ".repeat(n) + "1" + &"}'".repeat(n)),
            ("yields", |n| "yield 1, ".repeat(n)),
            ("brackets closed by others", |n| "(],".repeat(n)),
            ("brackets closed by dedents", |n| "f(]\n  g(]\nf\n".repeat(n)),
        ];
        for (what, text) in nested {
            assert!(depth(&text(200)) >= 200, "{what}: {}", depth(&text(200)));
        }
    }

    #[test]
    fn refuses_what_is_open_too_deep() {
        let deep = MAX_DEPTH as usize + 1;
        assert!(refusal(&"(".repeat(deep)).is_some());
        assert!(refusal(&("(".repeat(2 * deep) + &")".repeat(2 * deep))).is_some());
    }

    #[test]
    fn does_not_take_length_for_depth() {
        let flat = [
            "x = 1\n".repeat(500),
            "a = [".to_owned() + &"{'a': (1, 2)}, ".repeat(500) + "]",
            "a = [".to_owned() + &"lambda x, y: x + y, ".repeat(500) + "]",
            "x = (".to_owned() + &"'a'\n".repeat(500) + ")",
            "x = (".to_owned() + &"f'a{b}'\n".repeat(500) + ")",
            "x = f'".to_owned() + &"a{b}".repeat(500) + "'",
            "if x: pass\n".to_owned() + &"elif f(x): pass\n".repeat(500),
            "@f\n".repeat(500) + "def f(): pass",
            "def f():\n  return [1]\n".repeat(500),
        ];
        for text in flat {
            assert!(depth(&text) < 30, "{}: {}", &text[..30], depth(&text));
        }
    }

    #[test]
    fn counts_at_least_the_tokens() {
        for (text, tokens) in [("1if 1else 0x1for x", 7), ("a.b(c)", 6), ("", 0), ("é = 'é'", 4)] {
            assert!(token_starts(text.as_bytes()) >= tokens, "{text}");
        }
    }
}
