//! TOML 1.1, as the crate `toml` reads it.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Id, Settings, Value};
use crate::source::Span;

pub(super) fn read(text: &str) -> Settings<'_> {
    let mut settings = Settings::default();
    let (table, errors) = DeTable::parse_recoverable(text);
    let error = errors.into_iter().min_by_key(|error| error.span().map_or(0, |at| at.start));
    // What the parser makes of the rest is a guess.
    let end = error.as_ref().map_or(usize::MAX, |error| error.span().map_or(0, |at| at.start));
    let root = settings.document(Value::Map, Span::new(0, text.len()));
    entries(&mut settings, root, table.into_inner(), end);
    if let Some(error) = error {
        let at = error.span().unwrap_or(0..text.len());
        let message = format!("it is no TOML from here on, the rest was not read: {}", error.message());
        settings.problem(message, Span::new(at.start, at.end));
    }
    settings
}

/// Reads what ends before a place. The reader of the crate bounds how deep a value lies.
fn entries<'t>(settings: &mut Settings<'t>, parent: Id, table: DeTable<'t>, end: usize) {
    let mut entries: Vec<_> = table.into_iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    for (key, value) in entries {
        let at = key.span();
        let (value, span, below) = parts(value);
        if at.end <= end && is_read(&value, span, end) {
            let id = settings.named(parent, key.into_inner(), Span::new(at.start, at.end), value, span);
            inside(settings, id, below, end);
        }
    }
}

/// Whether a value ends before a place, for which a text may have no end; a list or table may go on after it.
fn is_read(value: &Value<'_>, span: Span, end: usize) -> bool {
    match value {
        Value::Map | Value::List => span.start as usize <= end,
        Value::Text(_) | Value::Computed(_) => (span.end as usize) < end,
    }
}

fn parts(value: Spanned<DeValue<'_>>) -> (Value<'_>, Span, Option<DeValue<'_>>) {
    let at = value.span();
    let span = Span::new(at.start, at.end);
    match value.into_inner() {
        DeValue::String(text) => (Value::Text(text), span, None),
        DeValue::Integer(number) => (Value::text(number.as_str().to_owned()), span, None),
        DeValue::Float(number) => (Value::text(number.as_str().to_owned()), span, None),
        DeValue::Boolean(truth) => (Value::text(if truth { "true" } else { "false" }), span, None),
        DeValue::Datetime(time) => (Value::text(time.to_string()), span, None),
        list @ DeValue::Array(_) => (Value::List, span, Some(list)),
        table @ DeValue::Table(_) => (Value::Map, span, Some(table)),
    }
}

fn inside<'t>(settings: &mut Settings<'t>, id: Id, value: Option<DeValue<'t>>, end: usize) {
    match value {
        Some(DeValue::Table(table)) => entries(settings, id, table, end),
        Some(DeValue::Array(items)) => {
            for item in items {
                let (value, span, below) = parts(item);
                if is_read(&value, span, end) {
                    let item = settings.item(id, value, span);
                    inside(settings, item, below, end);
                }
            }
        }
        _ => {}
    }
}
