//! Formatting: `str.format` and the operator `%`, folded as far as their parts are known.
//!
//! What has a width, a precision or another conversion than to a plain string is a hole, and so is what cannot be told.

use super::Evaluator;
use super::budget::Draft;
use super::text::rendered;
use crate::event::Call;
use crate::source::Span;
use crate::value::{Shape, Value};

impl<'a> Evaluator<'a, '_> {
    /// `str.format` (Python library, "Format String Syntax"): fields by position or name.
    pub(super) fn format(&mut self, text: &str, call: &Call<'a>, built: &mut Draft) {
        let mut rest = text;
        let mut next = 0;
        while let Some(at) = rest.find(['{', '}']) {
            built.push(&rest[..at]);
            let brace = &rest[at..=at];
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix(brace) {
                built.push(brace);
                rest = after;
                continue;
            }
            let field = rest.find('}').map(|end| &rest[..end]).filter(|field| brace == "{" && !field.contains('{'));
            // A brace alone is an error, and fields inside of a field take arguments in an order of their own.
            let Some(field) = field else { return built.push_hole() };
            rest = &rest[field.len() + 1..];
            if built.is_full() || !self.budget.read_items(call.arguments.len(), call.span) {
                return built.push_hole();
            }
            let name = field.split([':', '!', '.', '[']).next().unwrap_or_default();
            let argument = if name.is_empty() {
                next += 1;
                call.argument(None, Some(next - 1))
            } else if let Ok(at) = name.parse::<usize>() {
                call.argument(None, Some(at))
            } else {
                call.argument(Some(name), None)
            };
            match argument.filter(|_| name.len() == field.len()).and_then(|argument| rendered(argument.known())) {
                Some(text) => built.push(&text),
                None => built.push_hole(),
            }
        }
        built.push(rest);
    }

    /// printf-style formatting (Python library, "printf-style String Formatting").
    pub(super) fn percent(&mut self, format: &str, right: &Value<'a>, span: Span) -> Value<'a> {
        if !self.budget.read(format.len(), span) {
            return Value::UNKNOWN;
        }
        let mut built = self.budget.draft();
        self.conversions(format, right, span, &mut built);
        self.drafted(&built, span)
    }

    fn conversions(&mut self, format: &str, right: &Value<'a>, span: Span, built: &mut Draft) {
        let mut rest = format;
        let mut next = 0;
        while let Some(at) = rest.find('%') {
            built.push(&rest[..at]);
            // What is no conversion is an error.
            let Some(conversion) = Conversion::read(&rest[at + 1..]).filter(|_| !built.is_full()) else {
                return built.push_hole();
            };
            rest = conversion.rest;
            if conversion.kind == '%' {
                built.push("%");
                continue;
            }
            next += conversion.stars;
            let value = match (conversion.key, right.shape) {
                (Some(key), Shape::Dict(items)) if self.budget.read_items(items.len(), span) => {
                    items.iter().rfind(|(name, _)| name.text() == Some(key)).map(|(_, value)| *value)
                }
                (Some(_), _) => None,
                (None, Shape::Sequence(items)) => items.get(next).copied(),
                (None, _) => Some(*right).filter(|_| next == 0),
            };
            next += 1;
            let value = value.map(|value| self.known(value));
            let text = value.filter(|_| conversion.is_plain).and_then(|value| match (conversion.kind, value.shape) {
                ('s', _) | ('d' | 'i', Shape::Int(_)) => rendered(&value),
                _ => None,
            });
            match text {
                Some(text) => built.push(&text),
                None => built.push_hole(),
            }
        }
        built.push(rest);
    }
}

/// What follows a `%`.
struct Conversion<'t> {
    key: Option<&'t str>,
    /// Arguments taken by `*` for width and precision.
    stars: usize,
    /// With neither flags nor width nor precision.
    is_plain: bool,
    kind: char,
    rest: &'t str,
}

impl<'t> Conversion<'t> {
    fn read(text: &'t str) -> Option<Self> {
        let (key, text) = match text.strip_prefix('(') {
            Some(inside) => inside.split_once(')').map(|(key, rest)| (Some(key), rest))?,
            None => (None, text),
        };
        let bare = text.trim_start_matches(['#', '0', '-', ' ', '+']);
        let bare = bare.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '*' | '.'));
        let settings = &text[..text.len() - bare.len()];
        let bare = bare.strip_prefix(['h', 'l', 'L']).unwrap_or(bare);
        let kind = bare.chars().next()?;
        let stars = settings.matches('*').count();
        Some(Self { key, stars, is_plain: settings.is_empty(), kind, rest: &bare[kind.len_utf8()..] })
    }
}
