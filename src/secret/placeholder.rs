//! What stands where a credential will be, and is none: `xxxxxxxx`, `<your token>`, `${PASSWORD}`, `0123456789abcdef`.

use crate::rule::SecretKind;

/// What nobody's credential holds, in lower case.
const WORDS: [&str; 24] = [
    "example",
    "placeholder",
    "changeme",
    "change_me",
    "change-me",
    "redacted",
    "yourtoken",
    "yourkey",
    "your_",
    "your-",
    "put your",
    "xxxxx",
    "dummy",
    "insert",
    "replace",
    "sample",
    "fake",
    "todo",
    "secret_here",
    "key_here",
    "token_here",
    "*****",
    ".....",
    "…",
];

/// Words that stand for a password rather than being one.
const NO_PASSWORDS: [&str; 30] = [
    "password",
    "passwd",
    "pass",
    "passw",
    "pwd",
    "pw",
    "passphrase",
    "secret",
    "user",
    "username",
    "token",
    "key",
    "api_key",
    "apikey",
    "mypassword",
    "my_password",
    "mypass",
    "dbpassword",
    "db_password",
    "string",
    "none",
    "null",
    "nil",
    "undefined",
    "true",
    "false",
    "value",
    "hidden",
    "masked",
    "credentials",
];

/// Characters with which what is only a reference begins, or that only templates hold.
const TEMPLATES: [&str; 12] = ["${", "{{", "<%", "%(", "$(", "#{", "%s", "%v", "{0}", "{}", "@{", "[["];

/// Whether a value stands for a credential. `prefix`: how many bytes of it every such credential begins with.
pub(super) fn is_one(value: &[u8], prefix: usize, is: SecretKind) -> bool {
    let body = value.get(prefix..).unwrap_or_default();
    let lower = String::from_utf8_lossy(body).to_ascii_lowercase();
    let names = WORDS.iter().chain(&TEMPLATES).any(|word| lower.contains(word));
    match is {
        SecretKind::Password => names || is_no_password(&lower) || is_one_character(body),
        SecretKind::Token => names || is_made_up(body),
        // The blocks that keys stand in hold words of their own.
        SecretKind::Key => body.len() < 200 && (names || is_made_up(body)),
    }
}

fn is_no_password(lower: &str) -> bool {
    let bare = lower.trim_matches(['<', '>', '[', ']', '{', '}', '(', ')', '%', '_', '-', '$', '"', '\'', '`']);
    let is_wrapped = matches!(
        (lower.as_bytes().first(), lower.as_bytes().last()),
        (Some(b'<'), Some(b'>'))
            | (Some(b'{'), Some(b'}'))
            | (Some(b'['), Some(b']'))
            | (Some(b'%'), Some(b'%'))
            | (Some(b'_'), Some(b'_'))
    );
    // `$NAME` and `%NAME%` are variables; `$` before anything else may be part of a password.
    let is_variable = lower.strip_prefix('$').is_some_and(|name| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '{')
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_{}:-.".contains(&byte))
    });
    bare.len() < 2 || is_wrapped || is_variable || NO_PASSWORDS.contains(&bare)
}

/// Whether no machine would issue this: one character mostly, a few over and over, or rows of the alphabet.
fn is_made_up(body: &[u8]) -> bool {
    if body.len() < 8 {
        return false;
    }
    let mut counts = [0_usize; 256];
    body.iter().for_each(|byte| counts[usize::from(*byte)] += 1);
    let distinct = counts.iter().filter(|count| **count > 0).count();
    let commonest = counts.iter().max().copied().unwrap_or_default();
    let in_row = body.windows(2).filter(|pair| pair[1] == pair[0].wrapping_add(1)).count();
    distinct <= 3 || commonest * 5 > body.len() * 3 || in_row * 2 > body.len() || repeats(body)
}

/// Whether a short unit is written three times or more, and nothing else.
fn repeats(body: &[u8]) -> bool {
    (1..=(body.len() / 3).min(10)).any(|period| body.iter().zip(&body[period..]).all(|(one, next)| one == next))
}

fn is_one_character(body: &[u8]) -> bool {
    body.iter().all(|byte| Some(byte) == body.first())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_that_nobody_issued() {
        for body in [
            "xxxxxxxxxxxxxxxxxxxx",
            "0123456789abcdef0123456789abcdef",
            "abcabcabcabcabc",
            "AKIOSFODNN7EXAMPLE",
            "your_token_goes_in_this_place",
            "${GITHUB_TOKEN_OF_THE_CI}",
            "aaaaaaaaaaaaaaaaaaab12",
        ] {
            assert!(is_one(body.as_bytes(), 0, SecretKind::Token), "{body}");
        }
        for body in ["7Kq2mZ9xT4vBn8Wc", "c0ffee1199d4a8b7", "short"] {
            assert!(!is_one(body.as_bytes(), 0, SecretKind::Token), "{body}");
        }
        assert!(is_one(b"tok_xxxxxxxxxxxx", 4, SecretKind::Token));
    }

    #[test]
    fn passwords_that_are_none() {
        for body in [
            "password",
            "<password>",
            "$PASSWORD",
            "${PW:-x}",
            "%PW%",
            "{password}",
            "xxx",
            "*",
            "[PASSWORD]",
            "__pass__",
            "%s",
        ] {
            assert!(is_one(body.as_bytes(), 0, SecretKind::Password), "{body}");
        }
        for body in ["hunter2", "pa$$word1", "$ecret!9", "Winter2024"] {
            assert!(!is_one(body.as_bytes(), 0, SecretKind::Password), "{body}");
        }
    }
}
