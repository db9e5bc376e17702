//! Lines of a keyword and its arguments, as `sshd_config`, `redis.conf`, `pg_hba.conf`, `postgresql.conf` and `.yarnrc` have.

use super::{Settings, Value};
use crate::source::Span;

pub(super) fn read(text: &str) -> Settings<'_> {
    let mut settings = Settings::default();
    let root = settings.document(Value::Map, Span::new(0, text.len()));
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let bare = line.trim();
        let start = at + line.len() - line.trim_start().len();
        at += line.len();
        if bare.is_empty() || bare.starts_with('#') {
            continue;
        }
        let length = bare.find([' ', '\t', '=']).unwrap_or(bare.len());
        let rest = bare[length..].trim_start();
        let rest = rest.strip_prefix('=').unwrap_or(rest).trim_start();
        let value_start = start + bare.len() - rest.len();
        let comment = rest.match_indices('#').find(|(at, _)| rest[..*at].ends_with([' ', '\t']));
        let written = comment.map_or(rest, |(at, _)| rest[..at].trim_end());
        let is_quoted = |quote: char| {
            let inside = written.strip_prefix(quote)?.strip_suffix(quote)?;
            (!inside.contains(quote)).then_some(inside)
        };
        let text = is_quoted('"').or_else(|| is_quoted('\'')).unwrap_or(written);
        let (key, value) = (Span::new(start, start + length), Span::new(value_start, value_start + written.len()));
        settings.named(root, &bare[..length], key, Value::text(text), value);
    }
    settings
}
