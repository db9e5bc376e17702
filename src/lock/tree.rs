//! Finding one's way in the settings of a document, for readers of formats that are TOML, JSON or YAML.

use crate::rule::Format;
use crate::setting::{self, Id, Key, Settings, Value};
use crate::source::Span;

use super::Packages;

/// A document that is read for its packages.
pub(super) struct Tree<'t> {
    text: &'t str,
    settings: Settings<'t>,
}

/// A setting in a tree.
#[derive(Clone, Copy)]
pub(super) struct Node<'s, 't> {
    tree: &'s Tree<'t>,
    id: Id,
}

impl<'t> Tree<'t> {
    /// Reads a text; what is wrong with it is told among the packages.
    pub(super) fn read(format: Format, text: &'t str, packages: &mut Packages) -> Self {
        let mut settings = setting::read(format, text);
        packages.problems.append(&mut settings.problems);
        Self { text, settings }
    }

    /// The first document.
    pub(super) fn top(&self) -> Option<Node<'_, 't>> {
        self.settings.all().find(|(_, setting)| setting.parent.is_none()).map(|(id, _)| Node { tree: self, id })
    }
}

/// What stands beside a name on its line is told with it.
pub(super) fn beside(text: &str, name: Span, other: Option<Span>) -> Span {
    let both = other.map(|other| name.to(other));
    both.filter(|both| text.get(both.range()).is_some_and(|between| !between.contains('\n'))).unwrap_or(name)
}

impl<'s, 't> Node<'s, 't> {
    pub(super) fn children(self) -> impl Iterator<Item = Self> {
        self.tree.settings.children(self.id).map(move |(id, _)| Self { id, ..self })
    }

    pub(super) fn get(self, name: &str) -> Option<Self> {
        self.children().find(|child| child.name() == name)
    }

    /// What stands below a list of keys.
    pub(super) fn below(self, names: &[&str]) -> Option<Self> {
        names.iter().try_fold(self, |node, name| node.get(name))
    }

    /// All that stands below a list of keys, of which `*` stands for any.
    pub(super) fn all_below(self, names: &[&str]) -> Vec<Self> {
        let step = |nodes: Vec<Self>, name: &&str| -> Vec<Self> {
            match *name {
                "*" => nodes.into_iter().flat_map(Self::children).collect(),
                name => nodes.into_iter().filter_map(|node| node.get(name)).collect(),
            }
        };
        names.iter().fold(vec![self], step)
    }

    /// The children of what has a name, or nothing.
    pub(super) fn each(self, name: &str) -> impl Iterator<Item = Self> {
        self.get(name).into_iter().flat_map(Self::children)
    }

    /// Its key; empty for what is in a list.
    pub(super) fn name(self) -> &'s str {
        match &self.tree.settings.get(self.id).key {
            Key::Name(name) => name,
            Key::Document | Key::Position(_) => "",
        }
    }

    pub(super) fn text(self) -> Option<&'s str> {
        match &self.tree.settings.get(self.id).value {
            Value::Text(text) | Value::Computed(text) => Some(text),
            Value::Map | Value::List => None,
        }
    }

    pub(super) fn is_map(self) -> bool {
        self.tree.settings.get(self.id).value == Value::Map
    }

    /// The text of what has a name.
    pub(super) fn text_of(self, name: &str) -> Option<&'s str> {
        self.get(name)?.text()
    }

    pub(super) fn is_true(self, name: &str) -> bool {
        self.text_of(name) == Some("true")
    }

    /// Of the key, where it has one.
    pub(super) fn key_span(self) -> Span {
        let setting = self.tree.settings.get(self.id);
        setting.key_span.unwrap_or(setting.span)
    }

    /// Of the value.
    pub(super) fn span(self) -> Span {
        self.tree.settings.get(self.id).span
    }

    /// Where a part of its text stands, within the quotes; all of the value where it is spelled in another way.
    pub(super) fn span_of(self, part: &str) -> Span {
        let span = self.span();
        let found = self.tree.text.get(span.range()).and_then(|written| written.find(part));
        found.map_or(span, |at| Span::new(span.start as usize + at, span.start as usize + at + part.len()))
    }

    /// Of key and value.
    pub(super) fn entry(self) -> Span {
        self.tree.settings.entry(self.id)
    }
}
