//! The configuration of Apache's `httpd`: directives, one a line, in sections. A section is a map, its argument among its
//! entries.
//!
//! <https://httpd.apache.org/docs/2.4/configuring.html>

use std::borrow::Cow;

use super::{DEEPEST, Id, Settings, Value};
use crate::source::Span;

pub(super) fn read(text: &str) -> Settings<'_> {
    let mut settings = Settings::default();
    let root = settings.document(Value::Map, Span::new(0, text.len()));
    // The sections that are open; those too deep to be kept are the innermost one again.
    let mut open = vec![root];
    let mut at = 0;
    while at < text.len() {
        let start = at;
        let mut end = line_end(text, at);
        while text[at..end].trim_end_matches('\r').ends_with('\\') && end < text.len() {
            at = end + 1;
            end = line_end(text, at);
        }
        at = end + 1;
        let line = &text[start..end];
        let bare = line.trim();
        let from = start + line.len() - line.trim_start().len();
        if bare.is_empty() || bare.starts_with('#') {
            continue;
        }
        let parent = open.last().copied().unwrap_or(root);
        if bare.starts_with("</") {
            if open.len() > 1 {
                open.pop();
                settings.end(parent, end);
            } else {
                settings.problem("no section that is open ends here", Span::new(from, from + bare.len()));
            }
        } else if let Some(inside) = bare.strip_prefix('<') {
            let header = inside.strip_suffix('>').unwrap_or(inside);
            let (name, argument, argument_at) = split(header);
            let key = Span::new(from, from + bare.len());
            if open.len() >= DEEPEST {
                settings.too_deep(key);
                open.push(parent);
                continue;
            }
            let id = settings.named(parent, name, key, Value::Map, key);
            directive(&mut settings, id, "argument", key, argument, from + 1 + argument_at);
            open.push(id);
        } else {
            let (name, argument, argument_at) = split(bare);
            directive(&mut settings, parent, name, Span::new(from, from + name.len()), argument, from + argument_at);
        }
    }
    if let (Some(id), true) = (open.last(), open.len() > 1) {
        let span = settings.get(*id).key_span.unwrap_or_default();
        settings.problem("this section does not end", span);
    }
    settings
}

fn line_end(text: &str, at: usize) -> usize {
    memchr::memchr(b'\n', &text.as_bytes()[at..]).map_or(text.len(), |length| at + length)
}

/// A name, and what follows it with its place.
fn split(line: &str) -> (&str, &str, usize) {
    let length = line.find([' ', '\t']).unwrap_or(line.len());
    let argument = line[length..].trim();
    (&line[..length], argument, line.len() - line[length..].trim_start().len())
}

fn directive<'t>(settings: &mut Settings<'t>, parent: Id, name: &'t str, key: Span, argument: &'t str, at: usize) {
    let quoted = argument.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let text = quoted.filter(|inside| !inside.contains('"')).unwrap_or(argument);
    let text: Cow<'t, str> = if text.contains("\\\n") { text.replace("\\\n", " ").into() } else { text.into() };
    settings.named(parent, name, key, Value::Text(text), Span::new(at, at + argument.len()));
}
