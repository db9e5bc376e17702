//! HCL 2, the language of Terraform, as the crate `hcl-edit` reads it, which also bounds how deep things lie.
//!
//! `resource "aws_instance" "web" { ebs_block_device { … } }` is `resource.aws_instance.web.ebs_block_device.0`: labels are
//! keys, and blocks without any are lists, as there may be several. What `jsonencode` is given stands for itself.

use std::ops::Range;

use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, FuncCall, ObjectKey};
use hcl_edit::parser;
use hcl_edit::structure::{Block, Body, Structure};

use super::{Id, Settings, Value};
use crate::source::Span;

pub(super) fn read(text: &str) -> Settings<'_> {
    let mut reader = Reader { text, settings: Settings::default() };
    match parser::parse_body(text) {
        Ok(body) => {
            let root = reader.settings.document(Value::Map, Span::new(0, text.len()));
            reader.body(root, &body);
        }
        Err(error) => {
            let at = text.floor_char_boundary(error.location().offset().min(text.len()));
            let length = text[at..].chars().next().map_or(0, char::len_utf8);
            let message = format!("it is no HCL here, and was not read: {}", error.message());
            reader.settings.problem(message, Span::new(at, at + length));
        }
    }
    reader.settings
}

struct Reader<'t> {
    text: &'t str,
    settings: Settings<'t>,
}

impl<'t> Reader<'t> {
    fn body(&mut self, parent: Id, body: &Body) {
        // The lists of blocks without labels, by name.
        let mut lists: Vec<(&str, Id)> = Vec::new();
        for structure in body {
            match structure {
                Structure::Attribute(attribute) => {
                    let key = span(attribute.key.span());
                    self.value(Place::Named(parent, attribute.key.as_str().to_owned(), key), &attribute.value);
                }
                Structure::Block(block) => self.block(parent, block, &mut lists),
            }
        }
    }

    fn block<'b>(&mut self, parent: Id, block: &'b Block, lists: &mut Vec<(&'b str, Id)>) {
        let name = block.ident.as_str();
        let (whole, key) = (span(block.span()), span(block.ident.span()));
        // What is marked of a block is its header.
        let header =
            block.labels.iter().filter_map(|label| label.span()).fold(key, |all, label| all.to(span(Some(label))));
        let inner = if block.labels.is_empty() {
            let known = lists.iter().find(|(known, _)| *known == name).map(|(_, list)| *list);
            let list = known.unwrap_or_else(|| {
                let list = self.settings.named(parent, name.to_owned(), key, Value::List, whole);
                lists.push((name, list));
                list
            });
            let item = self.settings.item(list, Value::Map, whole);
            self.settings.all[item as usize].key_span = Some(key);
            item
        } else {
            let mut inner = self.settings.named(parent, name.to_owned(), key, Value::Map, whole);
            for label in &block.labels {
                inner = self.settings.named(inner, label.as_str().to_owned(), header, Value::Map, whole);
            }
            inner
        };
        self.body(inner, &block.body);
    }

    fn value(&mut self, place: Place, expression: &Expression) {
        match expression {
            Expression::Parenthesis(inner) => self.value(place, inner.inner()),
            Expression::FuncCall(call) if is_json(call) => {
                if let Some(argument) = call.args.get(0) {
                    self.value(place, argument);
                }
            }
            Expression::Object(object) => {
                let id = self.add(place, Value::Map, expression.span());
                for (key, value) in object {
                    let name = match key {
                        ObjectKey::Ident(name) => name.as_str().to_owned(),
                        ObjectKey::Expression(Expression::String(name)) => name.as_str().to_owned(),
                        ObjectKey::Expression(other) => self.raw(other.span()).to_owned(),
                    };
                    let at = match key {
                        ObjectKey::Ident(name) => name.span(),
                        ObjectKey::Expression(name) => name.span(),
                    };
                    self.value(Place::Named(id, name, span(at)), value.expr());
                }
            }
            Expression::Array(array) => {
                let id = self.add(place, Value::List, expression.span());
                for item in array {
                    self.value(Place::Item(id), item);
                }
            }
            Expression::String(text) => {
                self.add(place, Value::text(text.as_str().to_owned()), expression.span());
            }
            Expression::Null(_) | Expression::Bool(_) | Expression::Number(_) => {
                let raw = self.raw(expression.span());
                self.add(place, Value::text(raw), expression.span());
            }
            other => {
                let raw = self.raw(other.span());
                self.add(place, Value::Computed(raw.into()), other.span());
            }
        }
    }

    fn add(&mut self, place: Place, value: Value<'t>, at: Option<Range<usize>>) -> Id {
        match place {
            Place::Named(parent, key, key_span) => self.settings.named(parent, key, key_span, value, span(at)),
            Place::Item(list) => self.settings.item(list, value, span(at)),
        }
    }

    fn raw(&self, at: Option<Range<usize>>) -> &'t str {
        at.and_then(|range| self.text.get(range)).unwrap_or_default()
    }
}

/// What a value is written into.
enum Place {
    Named(Id, String, Span),
    Item(Id),
}

fn is_json(call: &FuncCall) -> bool {
    matches!(call.name.name.as_str(), "jsonencode" | "yamlencode") && call.args.len() == 1
}

fn span(range: Option<Range<usize>>) -> Span {
    range.map_or_else(Span::default, |range| Span::new(range.start, range.end))
}
