//! XML 1.0, as the crate `roxmltree` reads it, which refuses documents that define entities.
//!
//! An element is a map of its attributes and elements, without their prefixes; one with nothing but text is that text.

use roxmltree::{Document, Node};

use super::{DEEPEST, Id, Settings, Value};
use crate::source::Span;

pub(super) fn read(text: &str) -> Settings<'_> {
    let mut settings = Settings::default();
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(error) => {
            let at = offset(text, error.pos());
            let length = text[at..].chars().next().map_or(0, char::len_utf8);
            settings
                .problem(format!("it is no XML that can be read, and was not: {error}"), Span::new(at, at + length));
            return settings;
        }
    };
    let root = settings.document(Value::Map, Span::new(0, text.len()));
    let mut waiting = vec![(document.root_element(), root, 1)];
    while let Some((element, parent, depth)) = waiting.pop() {
        let id = add(&mut settings, element, parent);
        let elements = element.children().filter(Node::is_element);
        if depth < DEEPEST {
            let known = waiting.len();
            waiting.extend(elements.map(|child| (child, id, depth + 1)));
            waiting[known..].reverse();
        } else if let Some(child) = elements.into_iter().next() {
            settings.too_deep(name_span(child));
        }
    }
    settings
}

fn add(settings: &mut Settings<'_>, element: Node<'_, '_>, parent: Id) -> Id {
    let range = element.range();
    let whole = Span::new(range.start, range.end);
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
