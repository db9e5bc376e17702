//! Templates: `"{0.__class__}".format(x)` looks up attributes and items as the code around it would.

use super::Evaluator;
use super::call::Passed;
use crate::effect::Unresolved;
use crate::event::Event;
use crate::source::Span;
use crate::value::{HOLE, Path, Shape, Value};

/// A field goes through no more attributes and items than this.
const MAX_STEPS: usize = 16;
/// What fills templates as texts do.
const FORMATTER: &str = "string.Formatter()";

/// What the fields of a template are filled from.
#[derive(Clone, Copy)]
struct Source<'a, 'p> {
    passed: Passed<'a>,
    positional: &'p [Value<'a>],
    /// A mapping, for `format_map` and `vformat`.
    named: Option<Value<'a>>,
}

impl<'a> Evaluator<'a, '_> {
    /// Follows the fields of a template that a method of a text fills.
    pub(super) fn fill_template(&mut self, template: Value<'a>, method: &str, passed: Passed<'a>, span: Span) {
        let positional: Vec<_> = passed.shared.iter().filter(|given| given.name.is_none()).map(|g| g.value).collect();
        match method {
            "format" => self.fill(template, Source { passed, positional: &positional, named: None }, span),
            "format_map" => {
                self.fill(template, Source { passed, positional: &[], named: positional.first().copied() }, span);
            }
            _ => {}
        }
    }

    /// Follows the methods of `string.Formatter`, and `format` of what is not known. Gives what a field gives, where it is
    /// the field itself that is asked for.
    pub(super) fn formatter(&mut self, path: &'a Path<'a>, passed: Passed<'a>, span: Span) -> Option<Value<'a>> {
        let positional: Vec<_> = passed.shared.iter().filter(|given| given.name.is_none()).map(|g| g.value).collect();
        if !path.parent?.is(FORMATTER) {
            self.fill_template(Value::UNKNOWN, path.segment, passed, span);
            return None;
        }
        let template = self.known(*positional.first()?);
        if path.segment == "format" {
            self.fill(template, Source { passed, positional: &positional[1..], named: None }, span);
            return None;
        }
        let items = match positional.get(1).map(|items| self.content(*items).shape) {
            Some(Shape::Sequence(items)) => items,
            _ => &[],
        };
        let source = Source { passed, positional: items, named: positional.get(2).copied() };
        if path.segment == "vformat" {
            self.fill(template, source, span);
            return None;
        }
        let Shape::Str(field) = template.shape else {
            self.fill(template, source, span);
            return None;
        };
        let found = self.field(field, source, &mut 0, span);
        Some(self.sequence(&[found, Value::UNKNOWN]))
    }

    fn fill(&mut self, template: Value<'a>, source: Source<'a, '_>, span: Span) {
        for template in template.alternatives() {
            match template.shape {
                Shape::Str(text) if self.budget.read(text.len(), span) => self.fields(text, source, &mut 0, span),
                Shape::Partial(text) if self.budget.read(text.len(), span) => {
                    self.fields(text, source, &mut 0, span);
                    self.any_field(source, span);
                }
                _ => self.any_field(source, span),
            }
        }
    }

    /// A template that is not known may look anything up in the objects that it is filled with.
    fn any_field(&mut self, source: Source<'a, '_>, span: Span) {
        let mut given = source.passed.shared.iter().map(|argument| argument.value).collect::<Vec<_>>();
        given.extend(source.positional);
        for value in given {
            let content = self.content(value);
            let inside: Vec<_> = match content.shape {
                Shape::Sequence(items) => items.to_vec(),
                Shape::Dict(items) => items.iter().map(|(_, item)| *item).collect(),
                _ => vec![content],
            };
            if inside.iter().flat_map(Value::alternatives).any(is_object) {
                self.emit(Event::Unresolved { what: Unresolved::Member, span });
                return;
            }
        }
    }

    /// Follows each field of a template, and those that stand in the specification of a field.
    fn fields(&mut self, text: &'a str, source: Source<'a, '_>, next: &mut usize, span: Span) {
        let mut rest = text;
        while let Some((_, after)) = rest.split_once('{') {
            if let Some(after) = after.strip_prefix('{') {
                rest = after;
                continue;
            }
            let end = after.find(['}', '{', '!', ':']).unwrap_or(after.len());
            let (field, after) = after.split_at(end);
            if field.contains(['.', '[']) && self.budget.build_items::<Path>(MAX_STEPS, span) {
                self.field(field, source, next, span);
            } else if field.is_empty() {
                *next += 1;
            }
            rest = after;
        }
    }

    /// What a field gives: `0.name[key]`.
    fn field(&mut self, field: &'a str, source: Source<'a, '_>, next: &mut usize, span: Span) -> Value<'a> {
        let start = field.find(['.', '[']).unwrap_or(field.len());
        let (name, mut steps) = field.split_at(start);
        let mut value = self.filled(name, source, next, span);
        for _ in 0..MAX_STEPS {
            let Some(first) = steps.chars().next() else { break };
            let after = &steps[first.len_utf8()..];
            let (step, rest) = match first {
                '.' => after.split_at(after.find(['.', '[']).unwrap_or(after.len())),
                '[' => after.split_once(']').unwrap_or((after, "")),
                _ => break,
            };
            steps = rest;
            if step.contains(HOLE) {
                self.emit(Event::Unresolved { what: Unresolved::Member, span });
                return Value::UNKNOWN;
            }
            value = match (first, step.parse::<i64>()) {
                ('.', _) => self.told_attribute(value, step, span),
                (_, Ok(at)) => self.item(value, Value::of(Shape::Int(at)), span),
                (_, Err(_)) => self.item(value, Value::of(Shape::Str(step)), span),
            };
        }
        value
    }

    /// What the name of a field stands for.
    fn filled(&mut self, name: &'a str, source: Source<'a, '_>, next: &mut usize, span: Span) -> Value<'a> {
        let at = match name {
            "" => {
                *next += 1;
                Some(*next - 1)
            }
            _ => name.parse().ok(),
        };
        if let Some(at) = at {
            return source.positional.get(at).copied().unwrap_or(Value::UNKNOWN);
        }
        if let Some(mapping) = source.named {
            return self.item(mapping, Value::of(Shape::Str(name)), span);
        }
        let named = source.passed.shared.iter().find(|given| given.name == Some(name));
        named.map_or(Value::UNKNOWN, |given| given.value)
    }
}

/// Whether the value is more than data: an object of the module, or a module or what stands in one.
fn is_object(value: &Value<'_>) -> bool {
    match value.shape {
        Shape::Function(_) | Shape::Class(_) | Shape::Instance(_) | Shape::Bound(_) => true,
        Shape::Path(path) => {
            path.parent.is_some() && path.upwards().all(|path| !matches!(path.segment, "()" | "[]" | "?"))
        }
        _ => false,
    }
}
