//! Settings: what a file of configuration says, in one shape whatever its format: a tree of keys, each with its value and
//! the places of both.
//!
//! Every format has its reader. None of them fails on any text: what cannot be read is a problem with its place, and what was
//! read before it stays, but for HCL, whose parser gives all or nothing. Time and memory are linear in the
//! text; maps and lists lie at most [`DEEPEST`] deep.

mod apache;
mod dockerfile;
mod hcl;
mod ini;
mod json;
mod nginx;
mod toml;
mod words;
mod xml;
mod yaml;

use std::borrow::Cow;

use crate::rule::Format;
use crate::source::{Problem, ProblemKind, Span};

/// Nothing that people write lies deeper.
const DEEPEST: usize = 128;

/// Index of a setting.
pub type Id = u32;

/// The settings of a text. A text may hold several documents: each begins with a setting that has no parent.
#[derive(Debug, Default)]
pub struct Settings<'t> {
    all: Vec<Setting<'t>>,
    pub problems: Vec<Problem>,
}

/// One setting.
#[derive(Clone, Debug)]
pub struct Setting<'t> {
    pub parent: Option<Id>,
    pub key: Key<'t>,
    pub value: Value<'t>,
    /// Of the key, where it has a name.
    pub key_span: Option<Span>,
    /// Of the value: what stands in the text for it, its quotes included.
    pub span: Span,
    first: Option<Id>,
    last: Option<Id>,
    next: Option<Id>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key<'t> {
    /// Of a document.
    Document,
    Name(Cow<'t, str>),
    /// In a list, from 0.
    Position(u32),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value<'t> {
    Map,
    List,
    /// Text, number, truth value or nothing: as it is written, without quotes and escapes.
    Text(Cow<'t, str>),
    /// What is only known when it is used (a template, a reference), as it is written.
    Computed(Cow<'t, str>),
}

impl<'t> Value<'t> {
    fn text(text: impl Into<Cow<'t, str>>) -> Self {
        Self::Text(text.into())
    }
}

/// Reads a text.
pub fn read(format: Format, text: &str) -> Settings<'_> {
    match format {
        Format::Apache => apache::read(text),
        Format::Dockerfile => dockerfile::read(text),
        Format::Hcl => hcl::read(text),
        Format::Ini => ini::read(text, ini::Dialect::Ini),
        Format::Properties => ini::read(text, ini::Dialect::Properties),
        Format::Json => json::read(text),
        Format::Nginx => nginx::read(text),
        Format::Toml => toml::read(text),
        Format::Words => words::read(text),
        Format::Xml => xml::read(text),
        Format::Yaml => yaml::read(text),
    }
}

impl<'t> Settings<'t> {
    pub fn get(&self, id: Id) -> &Setting<'t> {
        &self.all[id as usize]
    }

    /// All settings, parents before children.
    pub fn all(&self) -> impl Iterator<Item = (Id, &Setting<'t>)> {
        (0..).zip(&self.all)
    }

    /// What stands right below a setting, in order.
    pub fn children(&self, id: Id) -> impl Iterator<Item = (Id, &Setting<'t>)> {
        std::iter::successors(self.get(id).first, |child| self.get(*child).next).map(|child| (child, self.get(child)))
    }

    /// Whether nothing stands after a setting in what it is in.
    pub fn is_last(&self, id: Id) -> bool {
        self.get(id).next.is_none()
    }

    /// The place of a setting as a whole: key and value, or the first entry of a map or list that has no key.
    pub fn entry(&self, id: Id) -> Span {
        let mut at = id;
        loop {
            let setting = self.get(at);
            let is_text = matches!(setting.value, Value::Text(_) | Value::Computed(_));
            match (setting.key_span, setting.first) {
                (Some(key), _) if is_text => return key.to(setting.span),
                (Some(key), _) => return key,
                (None, Some(first)) => at = first,
                (None, None) => return setting.span,
            }
        }
    }

    fn document(&mut self, value: Value<'t>, span: Span) -> Id {
        self.push(None, Key::Document, None, value, span)
    }

    /// Adds a setting with a name.
    fn named(&mut self, parent: Id, key: impl Into<Cow<'t, str>>, key_span: Span, value: Value<'t>, span: Span) -> Id {
        self.push(Some(parent), Key::Name(key.into()), Some(key_span), value, span)
    }

    /// Adds the next one to a list.
    fn item(&mut self, parent: Id, value: Value<'t>, span: Span) -> Id {
        let before = self.get(parent).last.map(|last| &self.get(last).key);
        let position = if let Some(Key::Position(before)) = before { before + 1 } else { 0 };
        self.push(Some(parent), Key::Position(position), None, value, span)
    }

    fn push(&mut self, parent: Option<Id>, key: Key<'t>, key_span: Option<Span>, value: Value<'t>, span: Span) -> Id {
        // A text is refused above the size cap, and every setting takes a byte of it, or of what aliases may make.
        let id = Id::try_from(self.all.len()).unwrap_or(Id::MAX);
        self.all.push(Setting { parent, key, value, key_span, span, first: None, last: None, next: None });
        if let Some(parent) = parent {
            match self.all[parent as usize].last.replace(id) {
                Some(before) => self.all[before as usize].next = Some(id),
                None => self.all[parent as usize].first = Some(id),
            }
        }
        id
    }

    /// The setting with a name right below another; of several, the last.
    fn child(&self, parent: Id, name: &str) -> Option<Id> {
        let is_it = |setting: &Setting<'_>| matches!(&setting.key, Key::Name(key) if key == name);
        self.children(parent).filter(|(_, setting)| is_it(setting)).map(|(id, _)| id).last()
    }

    fn set_value(&mut self, id: Id, value: Value<'t>) {
        self.all[id as usize].value = value;
    }

    /// Says how far a map or list reaches, once that is known.
    fn end(&mut self, id: Id, end: usize) {
        let setting = &mut self.all[id as usize];
        setting.span = setting.span.to(Span::new(setting.span.start as usize, end));
    }

    fn problem(&mut self, message: impl Into<String>, span: Span) {
        self.problems.push(Problem { kind: ProblemKind::Malformed, message: message.into(), span });
    }

    /// Tells once that something lies too deep to be read.
    fn too_deep(&mut self, span: Span) {
        let message = format!("it lies more than {DEEPEST} levels deep: what is below was not read");
        if !self.problems.iter().any(|problem| problem.message == message) {
            self.problem(message, span);
        }
    }
}

#[cfg(test)]
mod tests;
