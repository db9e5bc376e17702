//! XML 1.0, as the crate `roxmltree` reads it, which refuses documents that define entities.
//!
//! An element is a map of its attributes and elements, without their prefixes; one with nothing but text is that text.

use roxmltree::{Document, Error, Node};

use super::{DEEPEST, Id, Settings, Value};
use crate::source::Span;

pub(super) fn read(text: &str) -> Settings<'_> {
    let mut settings = Settings::default();
    match Document::parse(text) {
        Ok(document) => fill(&mut settings, &document, text.len()),
        Err(error) => {
            let at = match error {
                // Of these the crate says only that they are.
                Error::UnexpectedEndOfStream | Error::UnclosedRootNode => text.len(),
                _ => offset(text, error.pos()),
            };
            let length = text[at..].chars().next().map_or(0, char::len_utf8);
            let message = format!("it is no XML that can be read from here on, and the rest was not: {error}");
            settings.problem(message, Span::new(at, at + length));
            if let Ok(document) = Document::parse(&closed(&text[..at])) {
                fill(&mut settings, &document, text.len());
            }
        }
    }
    settings
}

fn fill(settings: &mut Settings<'_>, document: &Document<'_>, length: usize) {
    let root = settings.document(Value::Map, Span::new(0, length));
    let mut waiting = vec![(document.root_element(), root, 1)];
    while let Some((element, parent, depth)) = waiting.pop() {
        let id = add(settings, element, parent, length);
        let elements = element.children().filter(Node::is_element);
        if depth < DEEPEST {
            let known = waiting.len();
            waiting.extend(elements.map(|child| (child, id, depth + 1)));
            waiting[known..].reverse();
        } else if let Some(child) = elements.into_iter().next() {
            settings.too_deep(name_span(child));
        }
    }
}

/// A text up to the end of its last whole tag, and an end for each element that is open there.
fn closed(text: &str) -> String {
    let mut open: Vec<&str> = Vec::new();
    let mut end = 0;
    while let Some(start) = text[end..].find('<').map(|length| end + length) {
        let rest = &text[start..];
        let Some(tag) = tag_length(rest).map(|length| &rest[..length]) else { break };
        end = start + tag.len();
        if tag.starts_with("</") {
            open.pop();
        } else if !tag.starts_with("<!") && !tag.starts_with("<?") && !tag.ends_with("/>") {
            let length = tag.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(tag.len());
            open.push(&tag[1..length]);
        }
    }
    let mut closed = text[..end].to_owned();
    open.iter().rev().for_each(|name| closed.extend(["</", name, ">"]));
    closed
}

/// How long the tag, comment, section or instruction is that a text begins with; `None` where it has no end.
fn tag_length(text: &str) -> Option<usize> {
    for (begin, end) in [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")] {
        if text.starts_with(begin) {
            return text.find(end).map(|at| at + end.len());
        }
    }
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(at + 1),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

/// Adds an element of a document of which only so much stands in the text.
fn add(settings: &mut Settings<'_>, element: Node<'_, '_>, parent: Id, length: usize) -> Id {
    let range = element.range();
    let whole = Span::new(range.start, range.end.min(length));
    let name = element.tag_name().name().to_owned();
    let has_parts = element.attributes().next().is_some() || element.children().any(|child| child.is_element());
    let words = element.text().filter(|text| !text.trim().is_empty());
    if let (false, Some(words)) = (has_parts, words) {
        let span = element.first_child().map_or(whole, |text| Span::new(text.range().start, text.range().end));
        return settings.named(parent, name, name_span(element), Value::text(words.trim().to_owned()), span);
    }
    let id = settings.named(parent, name, name_span(element), Value::Map, whole);
    for attribute in element.attributes() {
        let (key, value) = (attribute.range_qname(), attribute.range());
        let (key, value) = (Span::new(key.start, key.end), Span::new(attribute.range_value().start, value.end));
        settings.named(id, attribute.name().to_owned(), key, Value::text(attribute.value().to_owned()), value);
    }
    id
}

/// The name in the opening of an element.
fn name_span(element: Node<'_, '_>) -> Span {
    let start = element.range().start + 1;
    let text = &element.document().input_text()[start..];
    let length = text.find(|c: char| c.is_whitespace() || matches!(c, '>' | '/')).unwrap_or(text.len());
    Span::new(start, start + length)
}

fn offset(text: &str, at: roxmltree::TextPos) -> usize {
    let line = usize::try_from(at.row).unwrap_or(1).saturating_sub(1);
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let column = usize::try_from(at.col).unwrap_or(1).saturating_sub(1);
    let rest = text.get(start..).unwrap_or_default();
    start + rest.char_indices().nth(column).map_or(rest.len(), |(at, _)| at)
}
