//! Text: the methods that build strings, folded as far as their parts are known.

use std::borrow::Cow;

use rustc_hash::FxHashSet;

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
            if !is_utf8(call) || !self.budget.read(bytes.len(), call.span) {
                return Some(Value::UNKNOWN);
            }
            let text = std::str::from_utf8(bytes).ok()?;
            return Some(self.folded(text, call.span));
        }
        let text = receiver.text()?;
        if let (Shape::Str(text), "encode") = (receiver.shape, method) {
            return Some(if is_utf8(call) { Value::of(Shape::Bytes(text.as_bytes())) } else { Value::UNKNOWN });
        }
        let is_whole = matches!(receiver.shape, Shape::Str(_));
        let argument = |at: usize| call.argument(None, Some(at)).map(|argument| argument.known());
        let string = |at: usize| match argument(at)?.shape {
            Shape::Str(text) => Some(text),
            _ => None,
        };
        if !METHODS.contains(&method) || !self.budget.read(text.len(), call.span) {
            return Some(Value::UNKNOWN);
        }
        let mut built = self.budget.draft();
        match method {
            "format" => self.format(text, call, &mut built),
            "join" => match argument(0)?.shape {
                Shape::Sequence(items) if self.budget.read_items(items.len(), call.span) => {
                    for (at, item) in items.iter().enumerate() {
                        built.push(if at > 0 { text } else { "" });
                        built.push(&rendered_or_hole(&self.known(*item)));
                    }
                }
                _ => built.push_hole(),
            },
            "replace" => match (string(0), argument(1)) {
                (Some(from), Some(to)) if is_whole && call.arguments.len() == 2 => {
                    for (at, part) in text.split(from).enumerate() {
                        if at > 0 {
                            built.push_value(to);
                        }
                        built.push(part);
                    }
                }
                // What is replaced is not known; most of the text mostly stays.
                _ => {
                    built.push(text);
                    built.push_hole();
                }
            },
            "casefold" if text.is_ascii() => built.push(&text.to_ascii_lowercase()),
            "lower" => built.push(&text.to_lowercase()),
            "upper" => built.push(&text.to_uppercase()),
            "strip" | "lstrip" | "rstrip" if is_whole => {
                let characters: Option<FxHashSet<char>> = match call.arguments {
                    [] => None,
                    _ => Some(string(0)?.chars().collect()),
                };
                let cut = |c: char| characters.as_ref().map_or_else(|| c.is_whitespace(), |set| set.contains(&c));
                built.push(match method {
                    "strip" => text.trim_matches(cut),
                    "lstrip" => text.trim_start_matches(cut),
                    _ => text.trim_end_matches(cut),
                });
            }
            "split" if is_whole => {
                let parts: Vec<_> = match (string(0), call.arguments) {
                    (Some(separator), [_]) if !separator.is_empty() => text.split(separator).collect(),
                    (None, []) => text.split_whitespace().collect(),
                    _ => return Some(Value::UNKNOWN),
                };
                if !self.budget.build_items::<Value>(parts.len(), call.span) {
                    return Some(Value::UNKNOWN);
                }
                let parts: Vec<_> = parts.into_iter().map(|part| Value::of(Shape::Str(part))).collect();
                return Some(self.sequence(&parts));
            }
            _ => return Some(Value::UNKNOWN),
        }
        Some(self.drafted(&built, call.span))
    }
}

/// The methods that are folded.
const METHODS: [&str; 10] =
    ["casefold", "format", "join", "lower", "lstrip", "replace", "rstrip", "split", "strip", "upper"];

/// Whether text is encoded or decoded as UTF-8.
fn is_utf8(call: &Call<'_>) -> bool {
    match call.argument(Some("encoding"), Some(0)).map(|argument| argument.known().shape) {
        None => !call.splat,
        Some(Shape::Str(name)) => matches!(&*name.to_ascii_lowercase(), "utf-8" | "utf8" | "utf_8"),
        Some(_) => false,
    }
}
