//! What the name says to which something is assigned: the words that it is made of, and whether they promise a credential.

use std::ops::Range;

use super::lexicon::{ABOUT, BEFORE, KEY_OF, NOT, PASSING, TAILS, TELLING, TRIAL};

/// What a name promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// `password`, `passphrase`, `db_passwd`.
    Password,
    /// `pass`, `pwd`: a password mostly.
    Pass,
    Secret,
    Token,
    /// `api_key`, `secret_key`, `private_key`: a key that opens something.
    SecretKey,
    /// `key` alone, or of something that we do not know.
    Key,
    /// `auth`, `authorization`.
    Auth,
    Credential,
}

impl Class {
    pub(super) fn is_password(self) -> bool {
        matches!(self, Self::Password | Self::Pass)
    }
}

/// A name that promises a credential.
#[derive(Clone, Debug)]
pub(super) struct Name {
    pub(super) at: Range<usize>,
    pub(super) class: Class,
    /// How many words it has.
    pub(super) words: usize,
    /// How many of those that follow the telling word are none of [`TAILS`].
    pub(super) strange: usize,
    /// Whether one of the words is of [`TRIAL`].
    pub(super) is_trial: bool,
    /// Whether the words before belong to what changes with every use: `csrf_token`, `next_token`.
    pub(super) is_passing: bool,
}

/// The longest name that we read, to either side of the word.
const REACH: usize = 64;

fn is_inside(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'$')
}

/// The name around a word.
pub(super) fn around(text: &[u8], word: Range<usize>) -> Option<Range<usize>> {
    let before = text.get(..word.start)?;
    let left = before.iter().rev().take(REACH + 1).take_while(|byte| is_inside(**byte)).count();
    let right = text.get(word.end..)?.iter().take(REACH + 1).take_while(|byte| is_inside(**byte)).count();
    if left > REACH || right > REACH {
        return None;
    }
    let mut range = word.start - left..word.end + right;
    while range.start < word.start && !text[range.start].is_ascii_alphanumeric() {
        range.start += 1;
    }
    while range.end > word.end && matches!(text[range.end - 1], b'-' | b'.' | b'$') {
        range.end -= 1;
    }
    Some(range)
}

/// What the name promises, if the word is its telling one.
pub(super) fn read(text: &[u8], word: &Range<usize>, at: Range<usize>) -> Option<Name> {
    let mut words: [Range<usize>; 16] = Default::default();
    let count = split(text, at.clone(), &mut words)?;
    let words = &words[..count];
    let head = words.iter().position(|range| range.start <= word.start && word.end <= range.end)?;
    let telling = TELLING.iter().find(|telling| text[word.clone()].eq_ignore_ascii_case(telling.word.as_bytes()))?;
    let glued =
        |range: Range<usize>, allowed: &[&str]| allowed.iter().any(|part| *part == "*" || is(text, &range, part));
    let (before, after) = (words[head].start..word.start, word.end..words[head].end);
    if !glued(before.clone(), telling.before)
        || telling.not_before.iter().any(|part| is(text, &before, part))
        || !glued(after.clone(), telling.after)
        || NOT.iter().any(|not| is(text, &words[head], not))
    {
        return None;
    }
    let within = |range: &Range<usize>, list: &[&str]| list.iter().any(|part| is(text, range, part));
    let tail = &words[head + 1..];
    if tail.iter().any(|range| is_sorted_in(text, range, ABOUT) || holds_telling(text, range)) {
        return None;
    }
    if head > 0 && within(&words[head - 1], BEFORE) {
        return None;
    }
    let is_key_of = || {
        let glue = glued(before.clone(), &telling.before[1..]) && !before.is_empty();
        glue || head > 0 && within(&words[head - 1], KEY_OF)
    };
    let class = match telling.class {
        Class::Pass if !after.is_empty() => Class::Password,
        Class::Key if is_key_of() => Class::SecretKey,
        other => other,
    };
    Some(Name {
        at,
        class,
        words: count,
        strange: tail
            .iter()
            .filter(|range| !within(range, TAILS) && !text[(*range).clone()].iter().all(u8::is_ascii_digit))
            .count(),
        is_trial: words.iter().any(|range| within(range, TRIAL)),
        is_passing: class == Class::Token
            && (words[..head].iter().any(|range| within(range, PASSING)) || within(&before, PASSING)),
    })
}

fn is(text: &[u8], range: &Range<usize>, part: &str) -> bool {
    text[range.clone()].eq_ignore_ascii_case(part.as_bytes())
}

/// Whether a sorted list has the word.
fn is_sorted_in(text: &[u8], range: &Range<usize>, list: &[&str]) -> bool {
    let word = || text[range.clone()].iter().map(u8::to_ascii_lowercase);
    list.binary_search_by(|part| part.bytes().cmp(word())).is_ok()
}

/// Whether a later word of the name is itself a telling one: it is then the one that counts.
fn holds_telling(text: &[u8], range: &Range<usize>) -> bool {
    ["password", "passwd", "pass", "pwd", "secret", "secrets", "token", "key", "credentials", "credential", "auth"]
        .iter()
        .any(|part| {
            text[range.clone()].len() >= part.len()
                && text[range.end - part.len()..range.end].eq_ignore_ascii_case(part.as_bytes())
        })
}

/// Cuts a name into words: at `_`, `-`, `.`, `$`, where capitals begin, and between letters and digits.
fn split(text: &[u8], at: Range<usize>, words: &mut [Range<usize>]) -> Option<usize> {
    let mut count = 0;
    let mut start = at.start;
    for index in at.start..=at.end {
        let ends = index == at.end || {
            let byte = text[index];
            let before = if index > start { text[index - 1] } else { byte };
            !byte.is_ascii_alphanumeric()
                || before.is_ascii_lowercase() && byte.is_ascii_uppercase()
                || before.is_ascii_uppercase()
                    && byte.is_ascii_uppercase()
                    && index + 1 < at.end
                    && text[index + 1].is_ascii_lowercase()
                    // `APIKeys` is cut before `Keys`; the plural of `APIs` is no word.
                    && !(text[index + 1] == b's' && index + 2 == at.end)
                || before.is_ascii_digit() != byte.is_ascii_digit()
                    && index > start
                    && !is_base64(text, start, index, at.end)
        };
        if !ends {
            continue;
        }
        if index > start {
            *words.get_mut(count)? = start..index;
            count += 1;
        }
        start = index + usize::from(index < at.end && !text[index].is_ascii_alphanumeric());
    }
    Some(count)
}

/// `base64` and `sha256` are one word.
fn is_base64(text: &[u8], start: usize, index: usize, end: usize) -> bool {
    let letters = &text[start..index];
    [b"base".as_slice(), b"sha", b"md", b"b"].iter().any(|word| letters.eq_ignore_ascii_case(word))
        && text[index..end.min(index + 1)][0].is_ascii_digit()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The class that the last of the words gives a name.
    fn class(name: &str) -> Option<Class> {
        let lower = name.to_ascii_lowercase();
        let (start, word) =
            TELLING.iter().filter_map(|telling| lower.rfind(telling.word).map(|at| (at, telling.word))).max()?;
        let word = start..start + word.len();
        read(name.as_bytes(), &word, around(name.as_bytes(), word.clone())?).map(|name| name.class)
    }

    #[test]
    fn names_promise_credentials() {
        for (name, expected) in [
            ("password", Class::Password),
            ("DB_PASSWORD2", Class::Password),
            ("userPassphrase", Class::Password),
            ("smtpPass", Class::Pass),
            ("mysql_pwd", Class::Pass),
            ("client-secret", Class::Secret),
            ("authToken", Class::Token),
            ("spring.mail.password", Class::Password),
            ("APIKey", Class::SecretKey),
            ("api_key", Class::SecretKey),
            ("AWS_SECRET_ACCESS_KEY", Class::SecretKey),
            ("encryptionkey", Class::SecretKey),
            ("some_key_2", Class::Key),
            ("Authorization", Class::Auth),
            ("credentials", Class::Credential),
        ] {
            assert_eq!(class(name), Some(expected), "{name}");
        }
    }

    #[test]
    fn names_speak_of_something_else() {
        for name in [
            "bypass",
            "compass",
            "passport",
            "passed",
            "monkey",
            "keyboard",
            "keyword",
            "author",
            "authority",
            "sacred",
            "public_key",
            "publicKey",
            "token_type",
            "tokenizer",
            "access_key_id",
            "password_hash",
            "passwordField",
            "has_password",
            "secret_name",
            "cache_key",
            "nextToken",
            "password_url",
            "keepass",
            "api_key_header",
        ] {
            assert_eq!(class(name), None, "{name}");
        }
    }
}
