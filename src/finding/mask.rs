//! The least that no report may show: the commonest provider tokens, private keys, passwords in URLs and assigned passwords.

use std::sync::LazyLock;

use regex::{Regex, RegexBuilder};

use crate::source::Span;

/// A secret in a text and what is shown in its stead.
#[derive(Debug)]
pub(super) struct Secret {
    pub(super) span: Span,
    pub(super) mask: String,
}

/// Tokens that say themselves what they are: at most four leading characters may be shown.
const TOKENS: &str = r"(?x)
    \b(?:
        gh[pousr]_[A-Za-z0-9]{20,} | github_pat_[A-Za-z0-9_]{22,} | glpat-[A-Za-z0-9_-]{20,}
      | (?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16} | AIza[A-Za-z0-9_-]{35} | ya29\.[A-Za-z0-9_-]{20,}
      | xox[abeoprs]-[A-Za-z0-9-]{10,} | xapp-[A-Za-z0-9-]{10,}
      | sk-[A-Za-z0-9_-]{20,} | [rs]k_(?:live|test)_[A-Za-z0-9]{10,} | hf_[A-Za-z0-9]{30,}
      | npm_[A-Za-z0-9]{36} | pypi-[A-Za-z0-9_-]{50,} | dop_v1_[a-f0-9]{64} | SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}
      | eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*
    )";

/// Values of which nothing may be shown: group 1 is the value.
const PASSWORDS: [&str; 3] = [
    r#"(?:passw(?:or)?d|passwd|pwd|passphrase|secret|api_?key|access_?key|auth_?token|token)["']?\]?\s*(?:[:=]|==|!=)\s*[rbuf]{0,2}["']([^"'\r\n]+)["']"#,
    r#"[a-z][a-z0-9+.-]{1,20}://[^\s:@/"']{0,64}:([^\s@/"']{1,128})@"#,
    r"-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----([A-Za-z0-9+/=\s:,\\-]{1,8192}?)-----END",
];

static PATTERNS: LazyLock<Vec<(Regex, bool)>> = LazyLock::new(|| {
    let compile = |pattern: &str, whole: bool| {
        RegexBuilder::new(pattern).case_insensitive(!whole).unicode(false).build().ok().map(|regex| (regex, whole))
    };
    // A pattern that does not compile would leave secrets unmasked: the test below holds that all do.
    std::iter::once(compile(TOKENS, true)).chain(PASSWORDS.map(|pattern| compile(pattern, false))).flatten().collect()
});

/// All secrets of a text, in order and without overlaps.
pub(super) fn secrets(text: &str) -> Vec<Secret> {
    let mut found = Vec::new();
    for (pattern, whole) in PATTERNS.iter() {
        for captures in pattern.captures_iter(text) {
            let Some(value) = captures.get(usize::from(!whole)) else { continue };
            let shown = if *whole { value.as_str().get(..4).unwrap_or_default() } else { "" };
            found.push(Secret { span: Span::new(value.start(), value.end()), mask: format!("{shown}****") });
        }
    }
    found.sort_by_key(|secret| (secret.span.start, std::cmp::Reverse(secret.span.end)));
    // Overlapping secrets become one, so that no tail of either is shown.
    found.dedup_by(|next, kept| {
        let overlaps = next.span.start < kept.span.end;
        if overlaps {
            kept.span = kept.span.to(next.span);
        }
        overlaps
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        assert_eq!(PATTERNS.len(), 1 + PASSWORDS.len());
    }
}
