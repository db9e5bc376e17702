//! Text: the methods and formats that build strings, folded as far as their parts are known.

use std::borrow::Cow;

use super::Evaluator;
use crate::event::Call;
use crate::value::{HOLE, Shape, Value};

/// What `str(value)` gives, if that is known (holes included).
pub(super) fn rendered<'v>(value: &Value<'v>) -> Option<Cow<'v, str>> {
    match value.shape {
        Shape::Str(text) | Shape::Partial(text) => Some(Cow::Borrowed(text)),
        Shape::Int(number) => Some(Cow::Owned(number.to_string())),
        Shape::Bool(truth) => Some(Cow::Borrowed(if truth { "True" } else { "False" })),
        Shape::None => Some(Cow::Borrowed("None")),
        _ => None,
    }
}

/// The same, with a hole for what is not known.
pub(super) fn rendered_or_hole<'v>(value: &Value<'v>) -> Cow<'v, str> {
    rendered(value).unwrap_or_else(|| Cow::Owned(HOLE.to_string()))
}

impl<'a> Evaluator<'a, '_> {
    /// What a method of a string gives. `None` where the receiver is no string.
    pub(super) fn text_method(&mut self, receiver: Value<'a>, method: &str, call: &'a Call<'a>) -> Option<Value<'a>> {
        if let (Shape::Bytes(bytes), "decode") = (receiver.shape, method) {
            let text = std::str::from_utf8(bytes).ok()?;
            return Some(self.folded(text, call.span));
        }
        let text = receiver.text()?;
        let is_whole = matches!(receiver.shape, Shape::Str(_));
        let argument = |at: usize| call.argument(None, Some(at)).map(|argument| argument.known);
        let string = |at: usize| match argument(at)?.shape {
            Shape::Str(text) => Some(text),
            _ => None,
        };
        let built = match method {
            "format" => Some(Self::format(text, call)),
            "join" => Some(match argument(0)?.shape {
                Shape::Sequence(items) => {
                    let parts: Vec<_> = items.iter().map(|item| rendered_or_hole(&self.known(*item))).collect();
                    parts.join(text)
                }
                _ => HOLE.to_string(),
            }),
            "replace" => match (string(0), string(1)) {
                (Some(from), Some(to)) if is_whole => Some(text.replace(from, to)),
                _ => Some(format!("{text}{HOLE}")),
            },
            "lower" | "casefold" => Some(text.to_lowercase()),
            "upper" => Some(text.to_uppercase()),
            "strip" | "lstrip" | "rstrip" if is_whole => {
                let characters = match call.arguments {
                    [] => None,
                    _ => Some(string(0)?),
                };
                let cut = |c: char| characters.map_or_else(|| c.is_whitespace(), |set| set.contains(c));
                Some(match method {
                    "strip" => text.trim_matches(cut).to_owned(),
                    "lstrip" => text.trim_start_matches(cut).to_owned(),
                    _ => text.trim_end_matches(cut).to_owned(),
                })
            }
            "encode" if is_whole && text.len() <= self.fold_budget => {
                return Some(Value::of(Shape::Bytes(text.as_bytes())));
            }
            "split" if is_whole => {
                let parts: Vec<_> = match string(0) {
                    Some(separator) if !separator.is_empty() => text.split(separator).collect(),
                    None if call.arguments.is_empty() => text.split_whitespace().collect(),
                    _ => return Some(Value::UNKNOWN),
                };
                let parts: Vec<_> = parts.into_iter().map(|part| Value::of(Shape::Str(part))).collect();
                return Some(self.sequence(&parts));
            }
            _ => None,
        };
        Some(match built {
            Some(built) => self.folded(&built, call.span),
            None => Value::UNKNOWN,
        })
    }

    /// `str.format` (Python library, "Format String Syntax"): fields by position or name; what has a format or looks inside
    /// of a value is a hole.
    fn format(text: &str, call: &Call<'a>) -> String {
        let mut built = String::with_capacity(text.len());
        let mut rest = text;
        let mut next = 0;
        while let Some(at) = rest.find(['{', '}']) {
            built.push_str(&rest[..at]);
            let brace = &rest[at..=at];
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix(brace) {
                built.push_str(brace);
                rest = after;
                continue;
            }
            let Some(end) = rest.find('}').filter(|_| brace == "{") else {
                built.push(HOLE);
                continue;
            };
            let field = &rest[..end];
            rest = &rest[end + 1..];
            let argument = if field.is_empty() {
                next += 1;
                call.argument(None, Some(next - 1))
            } else if let Ok(at) = field.parse::<usize>() {
                call.argument(None, Some(at))
            } else {
                call.argument(Some(field), None)
            };
            match argument {
                Some(argument) => built.push_str(&rendered_or_hole(&argument.known)),
                None => built.push(HOLE),
            }
        }
        built.push_str(rest);
        built
    }
}

/// printf-style formatting (Python library, "printf-style String Formatting"): `%s` and `%d` take what is known, everything
/// else is a hole.
pub(super) fn percent<'a>(format: &str, render: impl Fn(&Value<'a>) -> String, right: &Value<'a>) -> String {
    let mut built = String::with_capacity(format.len());
    let mut rest = format;
    let mut next = 0;
    while let Some(at) = rest.find('%') {
        built.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            built.push('%');
            rest = after;
            continue;
        }
        let key = rest.strip_prefix('(').and_then(|inside| inside.find(')').map(|end| &inside[..end]));
        let after_key = key.map_or(rest, |key| &rest[key.len() + 2..]);
        let flags = after_key.len() - after_key.trim_start_matches(['#', '0', '-', ' ', '+', '.', '*']).len();
        let flags = flags + after_key[flags..].bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
        let Some(kind) = after_key[flags..].chars().next() else {
            built.push(HOLE);
            return built;
        };
        rest = &after_key[flags + kind.len_utf8()..];
        let value = match (key, right.shape) {
            (Some(key), Shape::Dict(items)) => {
                items.iter().find(|(name, _)| name.text() == Some(key)).map(|(_, value)| value)
            }
            (None, Shape::Sequence(items)) => items.get(next),
            (None, _) => Some(right).filter(|_| next == 0),
            _ => None,
        };
        next += 1;
        match value.filter(|_| flags == 0 && matches!(kind, 's' | 'd' | 'i')) {
            Some(value) => built.push_str(&render(value)),
            None => built.push(HOLE),
        }
    }
    built.push_str(rest);
    built
}
