//! The file of a baseline: TOML, one line an entry, so that the two sides of a merge can be laid one below the other.

use std::fmt::Write;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use super::{Entry, Key};
use crate::complaint::{self, Complaint};
use crate::source::Span;
use crate::time::Day;

const VERSION: u32 = 1;
const FINGERPRINT: usize = 32;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    version: Spanned<u32>,
    findings: Vec<Spanned<EntryKeys>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EntryKeys {
    path: String,
    rule: String,
    fingerprint: Spanned<String>,
    reason: Option<String>,
    expires: Option<Spanned<String>>,
}

/// Reads the entries, sorted by their keys: a file need not be, after a merge.
pub(super) fn parse(path: &Path, text: &str) -> Result<Vec<Entry>, Complaint> {
    let wrong = |span: std::ops::Range<usize>, message: &str, hint: &str| {
        Complaint::new(path, text, Span::new(span.start, span.end), message.to_owned(), Some(hint.to_owned()))
    };
    if let Some(span) = merge_mark(text) {
        let hint = "keep the entries of both sides, then run `portcullis baseline update`";
        return Err(wrong(span, "this is what an unfinished merge left", hint));
    }
    let keys: Keys = complaint::from_toml(path, text)?;
    if *keys.version.get_ref() != VERSION {
        let hint = "take the portcullis that wrote it, or write it anew";
        return Err(wrong(keys.version.span(), "this version of the format is not known", hint));
    }
    let mut entries = Vec::with_capacity(keys.findings.len());
    for entry in keys.findings {
        let span = entry.span();
        let EntryKeys { path, rule, fingerprint, reason, expires } = entry.into_inner();
        if !is_fingerprint(fingerprint.get_ref()) {
            let hint = format!("{FINGERPRINT} digits from 0 to f, as reports show them");
            return Err(wrong(fingerprint.span(), "this is no fingerprint", &hint));
        }
        let day = |written: Spanned<String>| {
            let day = Day::parse(written.get_ref());
            day.ok_or_else(|| wrong(written.span(), "this is no day", "write it as \"2027-01-31\""))
        };
        let expires = expires.map(day).transpose()?;
        let key = Key { path, rule, fingerprint: fingerprint.into_inner() };
        entries.push(Entry { key, reason, expires, span: Span::new(span.start, span.end) });
    }
    entries.sort_by(|a, b| (&a.key, a.span).cmp(&(&b.key, b.span)));
    match entries.windows(2).find(|pair| pair[0].key == pair[1].key) {
        Some(pair) => {
            Err(wrong(pair[1].span.range(), "there is an entry for this finding already", "keep one of the two"))
        }
        None => Ok(entries),
    }
}

/// Where a line is one of those with which git marks what it could not merge.
fn merge_mark(text: &str) -> Option<std::ops::Range<usize>> {
    const MARKS: [&str; 4] = ["<<<<<<<", "|||||||", "=======", ">>>>>>>"];
    let is_mark = |line: &str| {
        let rest = MARKS.iter().find_map(|mark| line.strip_prefix(mark));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    };
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let written = line.trim_end_matches(['\n', '\r']);
        if is_mark(written) {
            return Some(at..at + written.len());
        }
        at += line.len();
    }
    None
}

fn is_fingerprint(text: &str) -> bool {
    text.len() == FINGERPRINT && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The file that holds some entries, which come sorted.
pub(super) fn written<'e>(entries: impl IntoIterator<Item = &'e Entry>) -> String {
    let mut text = format!(
        "# Findings that are known, and do not count. `portcullis baseline update` drops what is no longer found.\n\
         version = {VERSION}\nfindings = [\n"
    );
    for Entry { key: Key { path, rule, fingerprint }, reason, expires, .. } in entries {
        let _ =
            write!(text, "    {{ path = {}, rule = {}, fingerprint = \"{fingerprint}\"", quoted(path), quoted(rule));
        let _ = reason.iter().try_for_each(|reason| write!(text, ", reason = {}", quoted(reason)));
        let _ = expires.iter().try_for_each(|day| write!(text, ", expires = \"{day}\""));
        text.push_str(" },\n");
    }
    text.push_str("]\n");
    text
}

/// A string of TOML on one line. What JSON escapes, TOML escapes in the same way, and one character more.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}
