//! The coding comment.

/// The encoding that a comment in the first two lines names. The second line counts only if the first holds no code.
pub(super) fn find(bytes: &[u8]) -> Option<String> {
    let mut lines = bytes.split(|byte| matches!(byte, b'\n' | b'\r'));
    let first = lines.next()?;
    if let Some(name) = name(first) {
        return Some(name);
    }
    // The LF of a CRLF ends no line of its own.
    let second = lines.next()?;
    let second = if second.is_empty() && bytes[first.len()..].starts_with(b"\r\n") { lines.next()? } else { second };
    let no_code = first.trim_ascii_start().first().is_none_or(|byte| *byte == b'#');
    if no_code { name(second) } else { None }
}

/// `^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)`
fn name(line: &[u8]) -> Option<String> {
    let line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let comment = line.iter().position(|byte| !blank(byte) && *byte != b'\x0C')?;
    let comment = line[comment..].strip_prefix(b"#")?;
    memchr::memmem::find_iter(comment, b"coding").find_map(|at| {
        let rest = &comment[at + b"coding".len()..];
        let rest = rest.strip_prefix(b":").or_else(|| rest.strip_prefix(b"="))?;
        let rest = &rest[rest.iter().position(|byte| !blank(byte))?..];
        let in_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
        let name: String = rest.iter().take_while(|byte| in_name(byte)).map(|byte| char::from(*byte)).collect();
        (!name.is_empty()).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn stands_in_a_comment_of_the_first_two_lines() {
        for (source, name) in [
            ("# -*- coding: utf-8 -*-", Some("utf-8")),
            ("#!/usr/bin/python\n# vim: set fileencoding=latin-1 :", Some("latin-1")),
            ("#!/usr/bin/python\r\n# coding=cp1252\r\n", Some("cp1252")),
            ("\n# coding: a.b_c-1", Some("a.b_c-1")),
            ("# coding is nice, coding:\t x", Some("x")),
            (" \x0C# coding:x", Some("x")),
            ("\"\"\"\n# coding: utf-7\n\"\"\"", None),
            ("x = 1  # coding: utf-7", None),
            ("\n\n# coding: utf-7", None),
            ("# encoding utf-7", None),
            ("", None),
        ] {
            assert_eq!(find(source.as_bytes()).as_deref(), name, "{source:?}");
        }
    }
}
