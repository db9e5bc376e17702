//! YAML 1.2, as the crate `saphyr-parser` reads it: several documents, anchors and aliases, merge keys.
//!
//! An alias stands for what its anchor marks, at its own place in the tree and with the spans of the original; only so much
//! is copied. What is no YAML because of templates in it (Helm's, Jinja's) is read with those blotted out.

use std::borrow::Cow;

use rustc_hash::{FxHashMap, FxHashSet};
use saphyr_parser::{Event, Parser, ScanError};

use super::{DEEPEST, Id, Key, Setting, Settings, Value};
use crate::source::Span;

/// So many settings may come from aliases: of what people write a hundredth of it suffices, and a few lines can ask for billions.
const MOST_COPIED: usize = 100_000;

pub(super) fn read(text: &str) -> Settings<'_> {
    let settings = read_plain(text);
    if settings.problems.is_empty() || !(text.contains("{{") || text.contains("{%")) {
        return settings;
    }
    let blotted = blotted(text);
    let second = read_plain(&blotted);
    if second.problems.is_empty() { with_templates(second, text) } else { settings }
}

/// A map or list that is open.
struct Open<'t> {
    id: Id,
    is_map: bool,
    /// The key whose value comes next, in a map.
    key: Option<(Cow<'t, str>, Span)>,
    /// What is merged into a map when it ends.
    merged: Vec<Id>,
}

struct Reader<'t> {
    settings: Settings<'t>,
    open: Vec<Open<'t>>,
    anchors: FxHashMap<usize, Id>,
    /// How many maps and lists are open of which nothing is kept: too deep, or a key.
    skipped: usize,
    copied: usize,
}

fn read_plain(text: &str) -> Settings<'_> {
    let offsets = Offsets::new(text);
    let mut reader = Reader {
        settings: Settings::default(),
        open: Vec::new(),
        anchors: FxHashMap::default(),
        skipped: 0,
        copied: 0,
    };
    for event in Parser::new_from_str(text) {
        match event {
            Ok((event, span)) => {
                let span = Span::new(offsets.byte(span.start.index()), offsets.byte(span.end.index()));
                let written = &text[span.range()];
                let length = if matches!(event, Event::Scalar(..)) { length(written) } else { written.len() };
                reader.event(event, Span::new(span.start as usize, span.start as usize + length));
            }
            Err(error) => {
                reader.fails(&error, &offsets);
                break;
            }
        }
    }
    reader.settings
}

impl<'t> Reader<'t> {
    fn fails(&mut self, error: &ScanError, offsets: &Offsets<'_>) {
        let at = offsets.byte(error.marker().index());
        let message = format!("it is no YAML from here on, the rest was not read: {}", error.info());
        let length = offsets.text[at..].chars().next().map_or(0, char::len_utf8);
        self.settings.problem(message, Span::new(at, at + length));
    }

    fn event(&mut self, event: Event<'t>, span: Span) {
        let is_end = matches!(event, Event::SequenceEnd | Event::MappingEnd);
        if self.skipped > 0 {
            match event {
                Event::SequenceStart(..) | Event::MappingStart(..) => self.skipped += 1,
                _ => self.skipped -= usize::from(is_end),
            }
            return;
        }
        match event {
            Event::Scalar(text, _, anchor, _) => {
                if self.wants_key() {
                    self.take_key(text, span);
                } else {
                    let is_computed = text.contains("{{") || text.contains("${");
                    let value = if is_computed { Value::Computed(text) } else { Value::Text(text) };
                    self.add(value, span, anchor);
                }
            }
            Event::SequenceStart(anchor, _) => self.opens(Value::List, span, anchor),
            Event::MappingStart(anchor, _) => self.opens(Value::Map, span, anchor),
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(open) = self.open.pop() else { return };
                // The end of a block is told where the next thing begins: its last entry says more.
                let end = self.settings.get(open.id).last.map_or(span.end, |last| self.settings.get(last).span.end);
                self.settings.end(open.id, end as usize);
                self.merge(open);
            }
            Event::Alias(anchor) => self.alias(anchor, span),
            Event::DocumentStart(_) => {
                self.open.clear();
                self.anchors.clear();
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
    }

    /// Whether what comes next is a key.
    fn wants_key(&self) -> bool {
        self.open.last().is_some_and(|open| open.is_map && open.key.is_none())
    }

    fn take_key(&mut self, text: impl Into<Cow<'t, str>>, span: Span) {
        if let Some(open) = self.open.last_mut() {
            open.key = Some((text.into(), span));
        }
    }

    fn opens(&mut self, value: Value<'t>, span: Span, anchor: usize) {
        // A map as a key has no name.
        if self.wants_key() {
            self.take_key("", span);
            self.skipped = 1;
            return;
        }
        let is_map = value == Value::Map;
        let id = self.add(value, span, anchor);
        if self.open.len() < DEEPEST {
            self.open.push(Open { id, is_map, key: None, merged: Vec::new() });
        } else {
            self.settings.too_deep(span);
            self.skipped = 1;
        }
    }

    fn add(&mut self, value: Value<'t>, span: Span, anchor: usize) -> Id {
        let place = self.open.last_mut().map(|open| (open.id, open.key.take()));
        let id = match place {
            None => self.settings.document(value, span),
            Some((map, Some((key, key_span)))) => self.settings.named(map, key, key_span, value, span),
            Some((list, None)) => self.settings.item(list, value, span),
        };
        if anchor > 0 {
            self.anchors.insert(anchor, id);
        }
        id
    }

    fn alias(&mut self, anchor: usize, span: Span) {
        if self.wants_key() {
            self.take_key("", span);
            return;
        }
        let Some(&source) = self.anchors.get(&anchor) else { return };
        let merges = |open: &Open<'t>| open.key.as_ref().is_some_and(|(key, _)| key == "<<");
        // `<<: *a` or, in the list that is open, `<<: [*a, *b]`.
        if let Some(open) = self.open.last_mut().filter(|open| merges(open)) {
            open.key = None;
            open.merged.push(source);
            return;
        }
        if let [.., map, list] = &mut *self.open
            && matches!(&self.settings.get(list.id).key, Key::Name(key) if key == "<<")
        {
            map.merged.push(source);
            return;
        }
        let value = self.settings.get(source).value.clone();
        let copy = self.add(value, span, 0);
        // What a value stands for is shown where it is written.
        let original = self.settings.get(source).span;
        self.settings.all[copy as usize].span = original;
        self.copy_children(source, copy, None, span);
    }

    /// Puts what is merged into a map beside its own entries, which win.
    fn merge(&mut self, open: Open<'t>) {
        if open.merged.is_empty() {
            return;
        }
        let mut known: FxHashSet<_> = self.settings.children(open.id).map(|(_, child)| child.key.clone()).collect();
        let span = self.settings.get(open.id).span;
        for source in open.merged {
            self.copy_children(source, open.id, Some(&mut known), span);
        }
    }

    /// Copies what is below a setting; of what is right below it, only what is not known there yet, where that is said.
    fn copy_children(&mut self, source: Id, target: Id, mut known: Option<&mut FxHashSet<Key<'t>>>, span: Span) {
        let above: Vec<Id> = std::iter::successors(Some(target), |id| self.settings.get(*id).parent).collect();
        if above.contains(&source) {
            self.settings.problem("an alias stands for what it is in: it was left out", span);
            return;
        }
        let mut waiting = vec![(source, target, above.len())];
        while let Some((source, target, depth)) = waiting.pop() {
            let mut known = known.take();
            let mut next = self.settings.get(source).first;
            while let Some(child) = next {
                if self.copied >= MOST_COPIED || depth > DEEPEST {
                    self.over_budget(span);
                    return;
                }
                self.copied += 1;
                let Setting { key, value, key_span, span, next: after, .. } = self.settings.get(child).clone();
                next = after;
                if known.as_mut().is_some_and(|known| !known.insert(key.clone())) {
                    continue;
                }
                let copy = self.settings.push(Some(target), key, key_span, value, span);
                waiting.push((child, copy, depth + 1));
            }
        }
    }

    fn over_budget(&mut self, span: Span) {
        let message = format!("aliases stand for more than {MOST_COPIED} settings: not all of them were followed");
        if !self.settings.problems.iter().any(|problem| problem.message == message) {
            self.settings.problem(message, span);
        }
    }
}

/// How long a scalar is: the parser tells of blocks, and of what is quoted, that they reach as far as to what follows.
fn length(written: &str) -> usize {
    let quote = written.bytes().next().filter(|byte| matches!(byte, b'"' | b'\''));
    let mut escaped = false;
    let mut bytes = written.bytes().enumerate().skip(1).peekable();
    while let (Some(quote), Some((at, byte))) = (quote, bytes.next()) {
        let is_doubled = quote == b'\'' && bytes.peek().is_some_and(|(_, next)| *next == quote);
        if byte == quote && !escaped && !is_doubled {
            return at + 1;
        }
        escaped = !escaped && (is_doubled || quote == b'"' && byte == b'\\');
    }
    written.trim_end().len()
}

/// Where characters stand in a text: the parser counts them, and spans count bytes.
struct Offsets<'t> {
    text: &'t str,
    /// The byte at which every [`STRIDE`]th character begins; none where all are one byte long.
    known: Vec<usize>,
}

const STRIDE: usize = 64;

impl<'t> Offsets<'t> {
    fn new(text: &'t str) -> Self {
        let known = match text.is_ascii() {
            true => Vec::new(),
            false => text.char_indices().step_by(STRIDE).map(|(at, _)| at).collect(),
        };
        Self { text, known }
    }

    fn byte(&self, character: usize) -> usize {
        if self.known.is_empty() {
            return character.min(self.text.len());
        }
        let Some(start) = self.known.get(character / STRIDE) else { return self.text.len() };
        let mut rest = self.text[*start..].char_indices();
        rest.nth(character % STRIDE).map_or(self.text.len(), |(at, _)| start + at)
    }
}

/// What begins and ends a part of a template.
const TEMPLATES: [(&str, &str); 3] = [("{{", "}}"), ("{%", "%}"), ("{#", "#}")];

/// The text with the templates in it blotted out, byte for byte: with spaces where nothing else stands on their lines.
fn blotted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((at, close)) = TEMPLATES.iter().filter_map(|(open, close)| Some((rest.find(open)?, close))).min() {
        let Some(length) = rest[at..].find(close).map(|length| length + close.len()) else { break };
        out.push_str(&rest[..at]);
        let (template, after) = rest[at..].split_at(length);
        let begins_line =
            out.trim_end_matches([' ', '\t']).is_empty() || out.trim_end_matches([' ', '\t']).ends_with('\n');
        let is_alone = begins_line && after.trim_start_matches([' ', '\t', '\r']).starts_with(['\n', '{']);
        let with = if is_alone { b' ' } else { b'x' };
        out.extend(template.bytes().map(|byte| char::from(if byte == b'\n' { byte } else { with })));
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The same settings, as they stand in the text with its templates.
fn with_templates<'t>(read: Settings<'_>, text: &'t str) -> Settings<'t> {
    let is_template = |part: &str| TEMPLATES.iter().any(|(open, _)| part.contains(open));
    let owned = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
    let all = read.all.into_iter().map(|setting| {
        let Setting { parent, key, value, key_span, span, first, last, next } = setting;
        let raw = text.get(span.range()).unwrap_or_default();
        let value = match value {
            Value::Map => Value::Map,
            Value::List => Value::List,
            Value::Text(_) | Value::Computed(_) if is_template(raw) => Value::Computed(Cow::Borrowed(raw)),
            Value::Text(text) => Value::Text(owned(text)),
            Value::Computed(text) => Value::Computed(owned(text)),
        };
        let key = match key {
            Key::Document => Key::Document,
            Key::Position(position) => Key::Position(position),
            Key::Name(name) => Key::Name(owned(name)),
        };
        Setting { parent, key, value, key_span, span, first, last, next }
    });
    Settings { all: all.collect(), problems: read.problems }
}
