//! TOML 1.1, as the crate `toml` reads it.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Id, Settings, Value};
use crate::source::Span;

pub(super) fn read(text: &str) -> Settings<'_> {
    let mut settings = Settings::default();
    match DeTable::parse(text) {
        Ok(table) => {
            let root = settings.document(Value::Map, Span::new(0, text.len()));
            entries(&mut settings, root, table.into_inner());
        }
        Err(error) => {
            let at = error.span().unwrap_or(0..text.len());
            let message = format!("it is no TOML here, and was not read: {}", error.message());
            settings.problem(message, Span::new(at.start, at.end));
        }
    }
    settings
}

/// The reader of the crate bounds how deep a value lies.
fn entries<'t>(settings: &mut Settings<'t>, parent: Id, table: DeTable<'t>) {
    let mut entries: Vec<_> = table.into_iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    for (key, value) in entries {
        let at = key.span();
        let (value, span, below) = parts(value);
        let id = settings.named(parent, key.into_inner(), Span::new(at.start, at.end), value, span);
        inside(settings, id, below);
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

fn inside<'t>(settings: &mut Settings<'t>, id: Id, value: Option<DeValue<'t>>) {
    match value {
        Some(DeValue::Table(table)) => entries(settings, id, table),
        Some(DeValue::Array(items)) => {
            for item in items {
                let (value, span, below) = parts(item);
                let item = settings.item(id, value, span);
                inside(settings, item, below);
            }
        }
        _ => {}
    }
}
