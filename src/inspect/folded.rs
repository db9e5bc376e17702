//! Strings that code puts together: a credential in two halves is one when the code runs.
//!
//! What the evaluator folded is written down as a text of its own, an assignment a line, and searched like any other.

use rustc_hash::FxHashSet;

use crate::event::Event;
use crate::finding::{Credential, Hit};
use crate::secret::Secrets;
use crate::source::Span;
use crate::value::{Value, hash_of};

/// Strings of one source that stand nowhere in it as a whole.
#[derive(Debug, Default)]
pub(super) struct Folded {
    /// Hashes of the strings that the source spells.
    spelled: FxHashSet<u64>,
    /// What was written down, with a name or without.
    known: FxHashSet<(u64, bool)>,
    strings: Vec<Put>,
    bytes: usize,
}

/// A string that an expression comes to, and the name that it goes by.
#[derive(Debug)]
struct Put {
    name: Box<str>,
    text: Box<str>,
    span: Span,
}

/// Shorter strings are no credentials that anybody would take apart, in bytes.
const SHORTEST: usize = 8;
/// Of one source, so many bytes are looked at: whoever computes more hides nothing by it that is read in the end.
const MOST: usize = 1 << 20;

impl Folded {
    /// Writes down what an event in this code says of strings.
    pub(super) fn note(&mut self, code: &str, event: &Event<'_>) {
        match event {
            // Not so one that is written in escapes.
            Event::String { text, span, .. } if code.get(span.range()).is_some_and(|code| code.contains(text)) => {
                self.spelled.insert(hash_of(text));
            }
            Event::String { text, span, .. } => self.add(None, text, *span),
            Event::Binding { name, value, span, .. } => self.add_value(Some(name), value, *span),
            Event::Store { key, value, span, .. } => self.add_value(key.and_then(|key| key.text()), value, *span),
            Event::Call(call) => {
                let arguments = call.arguments.iter();
                arguments.for_each(|argument| self.add_value(argument.name, argument.known(), argument.span));
            }
            _ => {}
        }
    }

    fn add_value(&mut self, name: Option<&str>, value: &Value<'_>, span: Span) {
        value.text().into_iter().for_each(|text| self.add(name, text, span));
    }

    fn add(&mut self, name: Option<&str>, text: &str, span: Span) {
        self.bytes += text.len();
        if text.len() >= SHORTEST
            && self.bytes <= MOST
            && !self.spelled.contains(&hash_of(text))
            && self.known.insert((hash_of(text), name.is_some()))
        {
            self.strings.push(Put { name: name.unwrap_or("value").into(), text: text.into(), span });
        }
    }

    /// The credentials among them, each at the place where it is put together.
    pub(super) fn hits(&self, secrets: &Secrets<'_>, path: &str) -> Vec<Hit> {
        let (mut text, mut lines) = (String::new(), Vec::new());
        // A string may be spelled after it was put together.
        for Put { name, text: value, span } in
            self.strings.iter().filter(|put| !self.spelled.contains(&hash_of(&put.text)))
        {
            lines.push((text.len(), *span));
            text.extend([name, " = \"", value, "\"\n"]);
        }
        let at_its_place = |hit: Hit| {
            let line = lines.partition_point(|(start, _)| *start <= hit.span.start as usize).checked_sub(1)?;
            let credential = hit.credential.map(|credential| Credential { name: None, ..credential });
            let detail = Some("it is put together from parts".to_owned());
            Some(Hit { span: lines[line].1, detail, credential, trace: Vec::new(), ..hit })
        };
        let mut told = FxHashSet::default();
        let mut found = secrets.search(path, &text);
        found.sort_by_key(|hit| hit.span);
        found.retain(|hit| told.insert((hit.rule, text.get(hit.span.range()))));
        found.into_iter().filter_map(at_its_place).collect()
    }
}
