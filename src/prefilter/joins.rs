//! Strings written in parts: side by side, or joined by `+`.

/// Calls `meets` with the text around each place where one part of a string meets the next, `reach` bytes to both sides and
/// over several parts where they are short; gives whether it said yes. Errs on the side of seeing a join.
pub(super) fn any(text: &str, reach: usize, meets: impl Fn(&[u8]) -> bool) -> bool {
    let bytes = text.as_bytes();
    // The end of what was joined so far, and where the part that continues it begins.
    let mut joined: Vec<u8> = Vec::new();
    let mut part_start = 0;
    let mut skip_to = 0;
    for at in memchr::memchr2_iter(b'"', b'\'', bytes) {
        if at < skip_to {
            continue;
        }
        let run = bytes[at..].iter().take_while(|byte| **byte == bytes[at]).count();
        let after = at + run;
        skip_to = after;
        let piece = &bytes[part_start..at];
        joined.extend_from_slice(&piece[piece.len().saturating_sub(reach)..]);
        let next = next_part(bytes, after);
        let Some(Next { at: next, certain }) = next else {
            joined.clear();
            part_start = after;
            continue;
        };
        let excess = joined.len().saturating_sub(reach);
        joined.drain(..excess);
        let rest = &bytes[next..];
        let length = rest.iter().take(reach).take_while(|byte| !matches!(byte, b'"' | b'\'')).count();
        if meets(&[joined.as_slice(), &rest[..length]].concat()) {
            return true;
        }
        if certain {
            part_start = next;
            skip_to = next;
        } else {
            joined.clear();
            part_start = after;
        }
    }
    false
}

/// Between two parts of a string, no longer comment is looked through.
const LONGEST_COMMENT: usize = 4096;

/// Where the next part of a string begins. It is not certain for what may also be a whole string: `"r"`.
struct Next {
    at: usize,
    certain: bool,
}

/// The next part of a string, if one follows after nothing but white space, `+`, parentheses, line continuations and
/// comments.
fn next_part(bytes: &[u8], after: usize) -> Option<Next> {
    let mut at = after;
    loop {
        match bytes.get(at)? {
            b' ' | b'\t' | b'\r' | b'\n' | b'\\' | b'+' | b'(' | b')' => at += 1,
            b'#' => at += memchr::memchr(b'\n', &bytes[at..bytes.len().min(at + LONGEST_COMMENT)])?,
            _ => break,
        }
    }
    let is_prefix = |byte: &&u8| matches!(byte.to_ascii_lowercase(), b'r' | b'b' | b'u' | b'f' | b't');
    let prefix = bytes[at..].iter().take(2).take_while(is_prefix).count();
    let quote = at + prefix;
    let mark = bytes.get(quote).filter(|byte| matches!(byte, b'"' | b'\''))?;
    let run = bytes[quote..].iter().take(3).take_while(|byte| *byte == mark).count();
    // Three quotes open a part; two are an empty one, and the search goes on at its end.
    Some(Next { at: if run == 3 { quote + 3 } else { quote + 1 }, certain: at > after || prefix == 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(text: &str, word: &str) -> bool {
        any(text, 16, |around| memchr::memmem::find(around, word.as_bytes()).is_some())
    }

    #[test]
    fn parts_are_seen_together() {
        for text in [
            r#"x = "pass" "word""#,
            r#"x = "pa" 'ss' "word""#,
            "x = ('pass'  # why\n     f'word')",
            r#"x = "pass" + "word""#,
            "x = \"\"\"pass\"\"\" rb'word'",
            "x = \"pass\" \\\n    \"word\"",
            r#"x = "p" "a" "s" "s" "w" "o" "r" "d""#,
            r#"x = "pass" "" "word""#,
            r#"x = "pass"f"word""#,
        ] {
            assert!(finds(text, "password"), "{text}");
        }
        for text in [r#"x = ["pass", "word"]"#, r#"x = {"pass": "word"}"#, r#"x = "pass" % "word""#] {
            assert!(!finds(text, "password"), "{text}");
        }
    }
}
