//! Tokens of small Python texts: enough to change names and strings without touching what stands in strings and comments.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Name,
    /// A string with whatever prefix; several side by side are several.
    Text,
    /// White space within a line, and comments.
    Blank,
    /// Everything else, one character each.
    Other,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Token<'t> {
    pub(crate) kind: Kind,
    pub(crate) text: &'t str,
}

pub(crate) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (kind, length) = match first {
            ' ' | '\t' => (Kind::Blank, rest.len() - rest.trim_start_matches([' ', '\t']).len()),
            '#' => (Kind::Blank, rest.find('\n').unwrap_or(rest.len())),
            '"' | '\'' => (Kind::Text, string(rest)),
            _ if first == '_' || first.is_alphanumeric() => {
                let word = rest.find(|c: char| c != '_' && !c.is_alphanumeric()).unwrap_or(rest.len());
                let is_prefix = word <= 2 && rest[..word].chars().all(|c| "rRbBfFuUtT".contains(c));
                match is_prefix && rest[word..].starts_with(['"', '\'']) {
                    true => (Kind::Text, word + string(&rest[word..])),
                    false => (Kind::Name, word),
                }
            }
            _ => (Kind::Other, first.len_utf8()),
        };
        tokens.push(Token { kind, text: &rest[..length] });
        rest = &rest[length..];
    }
    tokens
}

/// How long the string is that a text begins with.
fn string(text: &str) -> usize {
    let quote = &text[..1];
    let is_long = text.starts_with(&quote.repeat(3));
    let end = if is_long { quote.repeat(3) } else { quote.to_owned() };
    let mut at = end.len();
    while let Some(next) = text[at..].chars().next() {
        if text[at..].starts_with(&end) {
            return at + end.len();
        }
        at += next.len_utf8();
        if next == '\\' {
            at += text[at..].chars().next().map_or(0, char::len_utf8);
        }
    }
    text.len()
}

/// A text in which each token is replaced by what `change` gives for it; it sees all of them and the place of one.
pub(crate) fn replace(text: &str, change: impl Fn(&[Token<'_>], usize) -> Option<String>) -> String {
    let tokens = tokens(text);
    (0..tokens.len()).map(|at| change(&tokens, at).unwrap_or_else(|| tokens[at].text.to_owned())).collect()
}

/// The nearest token before a place, or after it, that is not blank.
pub(crate) fn before<'t>(tokens: &[Token<'t>], at: usize) -> &'t str {
    tokens[..at].iter().rev().find(|token| token.kind != Kind::Blank).map_or("", |token| token.text)
}

pub(crate) fn after<'t>(tokens: &[Token<'t>], at: usize) -> &'t str {
    tokens[at + 1..].iter().find(|token| token.kind != Kind::Blank).map_or("", |token| token.text)
}
