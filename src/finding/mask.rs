//! The least that no report may show: the commonest provider tokens, private keys, passwords in URLs and assigned passwords,
//! and whatever else in the same text repeats one of them.
//!
//! This runs over every text that has a finding, so one automaton looks for what can begin a secret ([`LEADS`]), and only
//! there does anything slower look closer. All work is linear in the text: no lead inside a found secret is looked at again,
//! and every look ahead is bounded or ends where the next one can begin.

mod masked;
mod repeats;

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use regex::bytes::Regex;

use crate::source::Span;
pub(super) use masked::Masked;
pub(super) use repeats::Repeats;

/// A secret in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Secret {
    pub(super) span: Span,
    /// How many leading bytes may be shown: the prefix by which a provider's token says what it is.
    pub(super) shown: u32,
}

impl Secret {
    /// The same secret, where it stands in another text.
    pub(super) fn moved(self, span: Span) -> Self {
        Self { span, ..self }
    }
}

/// What a lead may be the beginning of.
#[derive(Clone, Copy)]
enum Lead {
    /// A provider's token, the lead in exactly this case: at least so many letters, digits and characters of the set follow.
    Token(&'static [u8], usize),
    /// A name for something secret, in any case, to which a string literal may be bound.
    Name,
    /// `scheme://user:password@host`
    Url,
    /// A private key in PEM (RFC 7468).
    Pem,
}

const LEADS: [(&str, Lead); 51] = [
    ("ghp_", Lead::Token(b"_", 20)),
    ("gho_", Lead::Token(b"_", 20)),
    ("ghu_", Lead::Token(b"_", 20)),
    ("ghs_", Lead::Token(b"_", 20)),
    ("ghr_", Lead::Token(b"_", 20)),
    ("github_pat_", Lead::Token(b"_", 22)),
    ("glpat-", Lead::Token(b"_-.", 20)),
    ("AKIA", Lead::Token(b"", 16)),
    ("ASIA", Lead::Token(b"", 16)),
    ("ABIA", Lead::Token(b"", 16)),
    ("ACCA", Lead::Token(b"", 16)),
    ("AIza", Lead::Token(b"_-", 30)),
    ("ya29.", Lead::Token(b"_-.", 20)),
    ("xoxa-", Lead::Token(b"-", 10)),
    ("xoxb-", Lead::Token(b"-", 10)),
    ("xoxe-", Lead::Token(b"-", 10)),
    ("xoxe.", Lead::Token(b"-.", 10)),
    ("xoxo-", Lead::Token(b"-", 10)),
    ("xoxp-", Lead::Token(b"-", 10)),
    ("xoxr-", Lead::Token(b"-", 10)),
    ("xoxs-", Lead::Token(b"-", 10)),
    ("xapp-", Lead::Token(b"-", 10)),
    ("sk-", Lead::Token(b"_-", 20)),
    ("sk_live_", Lead::Token(b"", 10)),
    ("sk_test_", Lead::Token(b"", 10)),
    ("rk_live_", Lead::Token(b"", 10)),
    ("rk_test_", Lead::Token(b"", 10)),
    ("hf_", Lead::Token(b"", 30)),
    ("npm_", Lead::Token(b"", 36)),
    ("pypi-", Lead::Token(b"_-", 50)),
    ("dop_v1_", Lead::Token(b"", 64)),
    ("SG.", Lead::Token(b"_-.", 34)),
    ("eyJ", Lead::Token(b"_-.", 24)),
    ("passw", Lead::Name),
    ("passphrase", Lead::Name),
    ("passwd", Lead::Name),
    ("pwd", Lead::Name),
    ("secret", Lead::Name),
    ("token", Lead::Name),
    ("credential", Lead::Name),
    ("authorization", Lead::Name),
    ("api_key", Lead::Name),
    ("api-key", Lead::Name),
    ("apikey", Lead::Name),
    ("access_key", Lead::Name),
    ("accesskey", Lead::Name),
    ("private_key", Lead::Name),
    ("encryption_key", Lead::Name),
    ("signing_key", Lead::Name),
    ("://", Lead::Url),
    ("-----BEGIN", Lead::Pem),
];

/// `None` only if the table could not be built; a test holds that it can.
static AUTOMATON: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let words = LEADS.map(|(word, _)| word);
    AhoCorasick::builder().ascii_case_insensitive(true).kind(Some(AhoCorasickKind::DFA)).build(words).ok()
});

/// What may stand between a secret name and the quote of its literal: the rest of the name, then `=`, `:=`, `==`, `!=` (after
/// an annotation, perhaps), the `:` of a dictionary or the `,` of a call, then a parenthesis and the prefix of the literal.
static BINDING: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let pattern = r#"(?x-u) ^ [A-Za-z0-9_-]{0,40}
        (?: ["']? \]? \s* (?: (?: : \s* [A-Za-z_] [A-Za-z0-9_.\[\]\ |]{0,60}? )? \s* (?: = | := | == | != ) | : )
          | ["'] \s* , )
        \s* \(? \s* [A-Za-z]{0,2} ["']"#;
    Regex::new(pattern).ok()
});

/// All secrets of a text, in order and without overlaps; repetitions are [`Repeats`]' part.
pub(super) fn secrets(text: &str) -> Vec<Secret> {
    let bytes = text.as_bytes();
    let mut found: Vec<Secret> = Vec::new();
    for lead in AUTOMATON.iter().flat_map(|automaton| automaton.find_iter(bytes)) {
        if found.last().is_some_and(|last| last.span.range().contains(&lead.start())) {
            continue;
        }
        let (word, kind) = LEADS[lead.pattern().as_usize()];
        let secret = match kind {
            Lead::Token(others, least) => {
                token(bytes, lead.range(), word, others, least).map(|end| (lead.start(), end, word.len().min(4)))
            }
            Lead::Name => literal_bound_to(bytes, lead.end()).map(|(start, end)| (start, end, 0)),
            Lead::Url => user_info(bytes, lead.end()).map(|(start, end)| (start, end, 0)),
            Lead::Pem => private_key(bytes, lead.end()).map(|(start, end)| (start, end, 0)),
        };
        if let Some((start, end, shown)) = secret.filter(|(start, end, _)| start < end) {
            found.push(Secret { span: Span::new(start, end), shown: u32::try_from(shown).unwrap_or_default() });
        }
    }
    merged(found)
}

/// The contents of the string literals in some parts of a text, of which nothing is shown.
pub(super) fn literals(text: &str, parts: &[Span]) -> Vec<Secret> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    for part in parts {
        let mut at = part.start as usize;
        while let Some(quote) = bytes.get(at..part.end as usize).and_then(|rest| memchr::memchr2(b'"', b'\'', rest)) {
            let (start, end, after) = literal(bytes, at + quote);
            if start < end {
                found.push(Secret { span: Span::new(start, end), shown: 0 });
            }
            at = after.max(at + quote + 1);
        }
    }
    found
}

/// Puts secrets in order; overlapping ones become one, so that no tail of either is shown.
pub(super) fn merged(mut secrets: Vec<Secret>) -> Vec<Secret> {
    secrets.sort_by_key(|secret| (secret.span.start, std::cmp::Reverse(secret.span.end), secret.shown));
    secrets.dedup_by(|next, kept| {
        let overlaps = next.span.start < kept.span.end;
        if overlaps {
            kept.span = kept.span.to(next.span);
        }
        overlaps
    });
    secrets
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

fn token(bytes: &[u8], lead: std::ops::Range<usize>, word: &str, others: &[u8], least: usize) -> Option<usize> {
    let exact = &bytes[lead.clone()] == word.as_bytes();
    let begins = lead.start == 0 || !is_word(bytes[lead.start - 1]);
    if !(exact && begins) {
        return None;
    }
    let belongs = |byte: &&u8| byte.is_ascii_alphanumeric() || others.contains(byte);
    let length = bytes[lead.end..].iter().take_while(belongs).count();
    (length >= least).then_some(lead.end + length)
}

/// The string literals bound to a name that ends (at the earliest) here: from the first one's contents to the last one's.
fn literal_bound_to(bytes: &[u8], name_end: usize) -> Option<(usize, usize)> {
    let rest = bytes.get(name_end..)?;
    let mut quote = name_end + BINDING.as_ref()?.find(rest)?.end() - 1;
    let mut all: Option<(usize, usize)> = None;
    loop {
        let (start, end, after) = literal(bytes, quote);
        all = Some((all.map_or(start, |(first, _)| first), end));
        // `"…" "…"` and `"…" + "…"` are one value.
        let between = bytes[after..].iter().take_while(|byte| b" \t\r\n+\\".contains(byte)).count();
        let prefix = bytes[after + between..].iter().take(2).take_while(|byte| byte.is_ascii_alphabetic()).count();
        quote = after + between + prefix;
        if !matches!(bytes.get(quote), Some(b'"' | b'\'')) {
            return all;
        }
    }
}

/// Start and end of the contents of the literal whose quote stands here, and where it is over. One that is never closed ends
/// with its line.
fn literal(bytes: &[u8], quote: usize) -> (usize, usize, usize) {
    let mark = bytes[quote];
    let triple = bytes[quote..].starts_with(&[mark; 3]);
    let width = if triple { 3 } else { 1 };
    let start = quote + width;
    let line_end =
        || bytes[start..].iter().position(|byte| matches!(byte, b'\n' | b'\r')).map_or(bytes.len(), |n| start + n);
    let mut at = start;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'\n' | b'\r' if !triple => break,
            _ if bytes[at..].starts_with(&[mark; 3][..width]) => return (start, at, at + width),
            _ => at += 1,
        }
    }
    let end = line_end();
    (start, end, end)
}

/// `user:password` of a URL whose authority begins here.
fn user_info(bytes: &[u8], start: usize) -> Option<(usize, usize)> {
    let is_authority = |byte: &&u8| !byte.is_ascii_whitespace() && !b"/\"'`<>".contains(byte);
    let length = bytes[start..].iter().take(512).take_while(is_authority).count();
    let authority = &bytes[start..start + length];
    let end = authority.iter().rposition(|byte| *byte == b'@')?;
    authority[..end].contains(&b':').then_some((start, start + end))
}

/// The body of a private key whose `-----BEGIN` ends here.
fn private_key(bytes: &[u8], lead_end: usize) -> Option<(usize, usize)> {
    const LONGEST_LABEL: usize = 64;
    const DASHES: &[u8] = b"-----";
    const SHORTEST_LINE: usize = 32;
    let label = &bytes[lead_end..bytes.len().min(lead_end + LONGEST_LABEL)];
    let label = &label[..memchr::memmem::find(label, DASHES)?];
    memchr::memmem::find(label, b"PRIVATE KEY")?;
    let start = lead_end + label.len() + DASHES.len();
    let rest = &bytes[start..];
    match memchr::memmem::find(rest, DASHES) {
        Some(length) if rest[length..].starts_with(b"-----END") => Some((start, start + length)),
        // A key cut off: as far as it looks like one.
        _ => {
            let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
            let is_body = |byte: &&u8| is_base64(byte) || byte.is_ascii_whitespace() || b"\\\"'".contains(byte);
            let length = rest.iter().take_while(is_body).count();
            let is_key = rest[..length].split(|byte| !is_base64(byte)).any(|run| run.len() >= SHORTEST_LINE);
            is_key.then_some((start, start + length))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_looked_for_compiles() {
        assert!(AUTOMATON.is_some() && BINDING.is_some());
    }

    #[test]
    fn every_token_lead_finds_its_token() {
        for (lead, kind) in LEADS {
            if let Lead::Token(_, least) = kind {
                let text = format!("({lead}{})", "A".repeat(least));
                let shown = lead.len().min(4) as u32;
                assert_eq!(secrets(&text), [Secret { span: Span::new(1, text.len() - 1), shown }], "{lead}");
            }
        }
    }
}
