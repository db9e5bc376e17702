//! Dockerfiles: instructions, by the stages that they build.
//!
//! Each stage is a map: `0`, `1` …, and `final`, the last one. Its entries are the instructions in lower case, each as often
//! as it stands there; `env` and `arg` are maps. `from` is an image, `extends` an earlier stage. `runs-as` is the user that
//! the stage ends with, which may come from a stage that it extends. What stands before the first stage is in `global`.
//!
//! A command is as long as it is written, so that places in it are places in the file: what joins its lines, comments
//! between them and the brackets of the JSON form are spaces.
//! <https://docs.docker.com/reference/dockerfile/>

use rustc_hash::FxHashMap;

use super::{Id, Settings, Value};
use crate::source::Span;

/// One instruction: its word in lower case, and what follows it.
struct Instruction {
    word: String,
    word_span: Span,
    rest: String,
    rest_span: Span,
}

pub(super) fn read(text: &str) -> Settings<'_> {
    let instructions = instructions(text);
    let mut settings = Settings::default();
    let root = settings.document(Value::Map, Span::new(0, text.len()));
    let last = instructions.iter().rposition(|instruction| instruction.word == "from");
    let (mut stage, mut number) = (None, 0_usize);
    // Stages by the names that they are given, with the users that they end with.
    let mut stages: FxHashMap<String, Id> = FxHashMap::default();
    let mut users: FxHashMap<Id, (String, Span, Span)> = FxHashMap::default();
    for (index, instruction) in instructions.into_iter().enumerate() {
        let Instruction { word, word_span, rest, rest_span } = instruction;
        if word == "from" {
            let key = if Some(index) == last { "final".to_owned() } else { number.to_string() };
            let id = settings.named(root, key.clone(), word_span.to(rest_span), Value::Map, word_span.to(rest_span));
            from(&mut settings, id, &rest, word_span, rest_span, &mut stages, &mut users);
            stages.insert(key, id);
            stages.insert(number.to_string(), id);
            stage = Some(id);
            number += 1;
            continue;
        }
        let parent = stage.unwrap_or_else(|| {
            let global = settings.child(root, "global");
            global.unwrap_or_else(|| settings.named(root, "global", word_span, Value::Map, word_span))
        });
        match &*word {
            "env" | "arg" => variables(&mut settings, parent, word, word_span, &rest, rest_span),
            "expose" => {
                for (at, port) in tokens(&rest) {
                    let start = rest_span.start as usize + at;
                    let span = Span::new(start, start + port.len());
                    settings.named(parent, "expose", word_span, Value::text(port.to_owned()), span);
                }
            }
            _ => {
                if word == "user" {
                    users.insert(parent, (rest.clone(), word_span, rest_span));
                }
                settings.named(parent, word, word_span, computed(rest), rest_span);
            }
        }
    }
    for (stage, (user, key, span)) in users {
        settings.named(stage, "runs-as", key, computed(user), span);
    }
    settings
}

fn computed(text: String) -> Value<'static> {
    if text.contains('$') { Value::Computed(text.into()) } else { Value::text(text) }
}

/// What a stage is built from.
fn from(
    settings: &mut Settings<'_>,
    stage: Id,
    rest: &str,
    word: Span,
    rest_span: Span,
    stages: &mut FxHashMap<String, Id>,
    users: &mut FxHashMap<Id, (String, Span, Span)>,
) {
    let mut words = tokens(rest).filter(|(_, token)| !token.starts_with("--"));
    let Some((at, image)) = words.next() else { return };
    let start = rest_span.start as usize + at;
    let span = Span::new(start, start + image.len());
    match stages.get(&image.to_ascii_lowercase()) {
        Some(base) => {
            settings.named(stage, "extends", word, Value::text(image.to_owned()), span);
            if let Some(user) = users.get(base).cloned() {
                users.insert(stage, user);
            }
        }
        None => {
            settings.named(stage, "from", word, computed(image.to_owned()), span);
        }
    }
    let is_as = words.next().is_some_and(|(_, token)| token.eq_ignore_ascii_case("as"));
    if let (true, Some((_, name))) = (is_as, words.next()) {
        stages.insert(name.to_ascii_lowercase(), stage);
    }
}

/// `ENV a=b c="d e"`, `ENV a b`, `ARG a`, `ARG a=b`.
fn variables(settings: &mut Settings<'_>, stage: Id, word: String, word_span: Span, rest: &str, rest_span: Span) {
    let start = rest_span.start as usize;
    let is_plain = word == "env" && tokens(rest).next().is_some_and(|(_, first)| !first.contains('='));
    let map = settings.named(stage, word, word_span, Value::Map, rest_span);
    if is_plain {
        let Some((at, name)) = tokens(rest).next() else { return };
        let value = rest[at + name.len()..].trim_start();
        let key = Span::new(start + at, start + at + name.len());
        let span = Span::new(start + rest.len() - value.len(), start + rest.len());
        settings.named(map, name.to_owned(), key, computed(unquoted(value).to_owned()), span);
        return;
    }
    for (at, token) in tokens(rest) {
        let (name, value) = token.split_once('=').unwrap_or((token, ""));
        let key = Span::new(start + at, start + at + name.len());
        let end = start + at + token.len();
        settings.named(
            map,
            name.to_owned(),
            key,
            computed(unquoted(value).to_owned()),
            Span::new(end - value.len(), end),
        );
    }
}

fn unquoted(value: &str) -> &str {
    ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote)).unwrap_or(value)
}

/// Words, with what is quoted in them, and where they stand.
fn tokens(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        at += text[at..].len() - text[at..].trim_start().len();
        let start = at;
        let (mut quote, mut escaped) = (None, false);
        for (length, character) in text[start..].char_indices() {
            let ends = quote.is_none() && character.is_whitespace() && !escaped;
            if ends {
                break;
            }
            match (quote, character) {
                _ if escaped => {}
                (None, '"' | '\'') => quote = Some(character),
                (Some(open), _) if open == character => quote = None,
                _ => {}
            }
            escaped = character == '\\' && !escaped && quote != Some('\'');
            at = start + length + character.len_utf8();
        }
        (at > start).then(|| (start, &text[start..at]))
    })
}

/// The instructions of a file, their lines joined.
fn instructions(text: &str) -> Vec<Instruction> {
    let escape = escape(text);
    let mut lines = Lines { text, at: 0 };
    let mut found = Vec::new();
    while let Some((start, line)) = lines.next() {
        let bare = line.trim_start();
        if bare.trim_end().is_empty() || bare.starts_with('#') {
            continue;
        }
        let from = start + line.len() - bare.len();
        let mut joined = bare.to_owned();
        while lines.at < text.len() && goes_on(&mut joined, escape) {
            // Comments and empty lines stand between the lines of an instruction.
            for (_, next) in lines.by_ref() {
                let is_passed_over = next.trim().is_empty() || next.trim_start().starts_with('#');
                joined.push(' ');
                if !is_passed_over {
                    joined.push_str(next);
                    break;
                }
                joined.extend(std::iter::repeat_n(' ', next.len()));
            }
        }
        for delimiter in heredocs(&joined) {
            for (_, line) in lines.by_ref() {
                joined.push('\n');
                joined.push_str(line);
                if line.trim() == delimiter {
                    break;
                }
            }
        }
        found.push(instruction(from, &joined));
    }
    found
}

struct Lines<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Iterator for Lines<'t> {
    type Item = (usize, &'t str);

    /// The next line without its end, and where it begins.
    fn next(&mut self) -> Option<(usize, &'t str)> {
        let start = self.at;
        let rest = self.text.get(start..).filter(|rest| !rest.is_empty())?;
        let length = memchr::memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
        self.at = start + length + 1;
        Some((start, &rest[..length]))
    }
}

/// The character that joins lines: a directive at the beginning may name the backtick.
fn escape(text: &str) -> char {
    let directives = text.lines().map_while(|line| line.trim_start().strip_prefix('#')?.split_once('='));
    let mut escapes = directives.filter(|(name, _)| name.trim().eq_ignore_ascii_case("escape"));
    if escapes.any(|(_, value)| value.trim() == "`") { '`' } else { '\\' }
}

/// Whether what was read of an instruction goes on in the next line; the character that says so becomes a space.
fn goes_on(joined: &mut String, escape: char) -> bool {
    let end = joined.trim_end().len();
    if !joined[..end].ends_with(escape) {
        return false;
    }
    joined.replace_range(end - 1..end, " ");
    true
}

/// The words that end the here-documents of an instruction.
fn heredocs(instruction: &str) -> Vec<String> {
    let word = instruction.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
    if !matches!(&*word, "run" | "copy" | "add") {
        return Vec::new();
    }
    let starts = instruction.match_indices("<<").map(|(at, _)| &instruction[at + 2..]);
    let words = starts.filter_map(|rest| {
        let rest = rest.strip_prefix('-').unwrap_or(rest).trim_start_matches(['"', '\'']);
        let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let is_name = rest.starts_with(|c: char| c.is_alphabetic() || c == '_');
        is_name.then(|| rest[..length].to_owned())
    });
    words.collect()
}

fn instruction(from: usize, joined: &str) -> Instruction {
    let joined = joined.trim_end();
    let word_length = joined.find(char::is_whitespace).unwrap_or(joined.len());
    let word = joined[..word_length].to_ascii_lowercase();
    let rest = joined[word_length..].trim_start();
    let at = from + joined.len() - rest.len();
    // What is to be done when the image is built on is done all the same.
    if word == "onbuild" && !rest.is_empty() {
        return instruction(at, rest);
    }
    Instruction {
        word,
        word_span: Span::new(from, from + word_length),
        rest: without_brackets(rest),
        rest_span: Span::new(at, at + rest.len()),
    }
}

/// `["a", "b"]` as ` a   b `: as long as it is.
fn without_brackets(rest: &str) -> String {
    let is_list = rest.starts_with('[') && rest.ends_with(']') && serde_json::from_str::<Vec<String>>(rest).is_ok();
    match is_list {
        true => rest.chars().map(|c| if matches!(c, '[' | ']' | '"' | ',') { ' ' } else { c }).collect(),
        false => rest.to_owned(),
    }
}
