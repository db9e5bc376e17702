//! Methods of strings.

use std::borrow::Cow;

use rustc_hash::{FxHashMap, FxHashSet};

use super::given::Given;
use super::{Tools, codec, convert, format, part, size, truth};
use crate::value::{HOLE, Shape, Value};

/// Those that are also called as `str.lower(text)`.
pub(super) const METHODS: &[&str] = &[
    "capitalize",
    "casefold",
    "center",
    "count",
    "decode",
    "encode",
    "endswith",
    "expandtabs",
    "find",
    "format",
    "format_map",
    "hex",
    "index",
    "isalnum",
    "isalpha",
    "isascii",
    "isdecimal",
    "isdigit",
    "isidentifier",
    "islower",
    "isnumeric",
    "isspace",
    "isupper",
    "join",
    "ljust",
    "lower",
    "lstrip",
    "partition",
    "removeprefix",
    "removesuffix",
    "replace",
    "rfind",
    "rindex",
    "rjust",
    "rpartition",
    "rsplit",
    "rstrip",
    "split",
    "splitlines",
    "startswith",
    "strip",
    "swapcase",
    "title",
    "translate",
    "upper",
    "zfill",
];

/// What a method of a text that may have holes gives.
pub(super) fn method<'a>(tools: &mut Tools<'a, '_>, text: &'a str, name: &str, given: &Given<'a>) -> Option<Value<'a>> {
    match name {
        "format" => return format::format(tools, text, given),
        "format_map" => {
            let Shape::Dict(items) = given.at(0)?.shape else { return None };
            return format::format(tools, text, &convert::as_names(items));
        }
        "join" => return joined(tools, text, &given.at(0)?),
        "encode" if !text.contains(HOLE) => {
            let encoding = given.text_or("encoding", 0, "utf-8")?;
            return codec::encoded(tools, text, encoding, given.text_or("errors", 1, "strict")?);
        }
        "translate" => return translated(tools, text, given),
        "__str__" | "__format__" | "tounicode" | "read" | "getvalue" if given.count() == 0 => return Some(part(text)),
        "__len__" if !text.contains(HOLE) => return size(text.chars().count()),
        "__add__" => return tools.text([text, given.at(0)?.text()?].concat()),
        "__getitem__" | "__mod__" | "__mul__" => return super::operator::method(tools, text, name, given),
        _ => {}
    }
    Text { text, is_bytes: false }.method(tools, name, given)
}

/// A text, or bytes as text.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    pub(super) text: &'a str,
    /// Case and white space are those of ASCII then.
    pub(super) is_bytes: bool,
}

impl<'a> Text<'a> {
    fn is_space(self, character: char) -> bool {
        match self.is_bytes {
            true => matches!(character, ' ' | '\t'..='\r'),
            false => character.is_whitespace() || ('\x1c'..='\x1f').contains(&character),
        }
    }

    pub(super) fn method(self, tools: &mut Tools<'a, '_>, name: &str, given: &Given<'a>) -> Option<Value<'a>> {
        let text = self.text;
        match name {
            "lower" if self.is_bytes => tools.text(text.to_ascii_lowercase()),
            "upper" if self.is_bytes => tools.text(text.to_ascii_uppercase()),
            "lower" => tools.text(text.to_lowercase()),
            "upper" => tools.text(text.to_uppercase()),
            "casefold" if text.chars().all(|c| c.is_ascii() || c == HOLE) => tools.text(text.to_ascii_lowercase()),
            "swapcase" => tools.text(text.chars().fold(String::new(), |mut all, c| {
                match c.is_uppercase() {
                    _ if self.is_bytes && !c.is_ascii() => all.push(c),
                    true => all.extend(c.to_lowercase()),
                    false => all.extend(c.to_uppercase()),
                }
                all
            })),
            "capitalize" => tools.text(self.titled(|_, at| at == 0)?),
            "title" => tools.text(self.titled(|before, _| !before.is_some_and(|before| before.is_alphabetic()))?),
            "strip" | "lstrip" | "rstrip" => self.stripped(name, given),
            "removeprefix" => Some(part(text.strip_prefix(given.text("", 0)?).unwrap_or(text))),
            "removesuffix" => Some(part(text.strip_suffix(given.text("", 0)?).unwrap_or(text))),
            "replace" => self.replaced(tools, given),
            "startswith" | "endswith" => self.begins(tools, name, given),
            "partition" | "rpartition" => {
                let separator = given.text("", 0).filter(|separator| !separator.is_empty())?;
                let from_left = name == "partition";
                let found = if from_left { text.split_once(separator) } else { text.rsplit_once(separator) };
                let parts = match found {
                    Some((left, right)) => [left, separator, right],
                    None if from_left => [text, "", ""],
                    None => ["", "", text],
                };
                tools.sequence(&parts.map(part))
            }
            "split" | "rsplit" => self.split(tools, name, given),
            "splitlines" => self.lines(tools, given.truth_or("keepends", 0, false)?),
            _ if text.contains(HOLE) => None,
            "find" | "rfind" | "index" | "rindex" => self.found(name, given),
            "count" => {
                let (window, _) = self.window([given.bound("", 1)?, given.bound("", 2)?])?;
                match given.text("", 0)? {
                    "" => size(window.chars().count() + 1),
                    part => size(window.matches(part).count()),
                }
            }
            "center" | "ljust" | "rjust" | "zfill" => self.justified(tools, name, given),
            "expandtabs" => self.expanded(tools, given.int_or("tabsize", 0, 8)?),
            _ => self.test(name),
        }
    }

    /// With the characters in upper case that are told, from the one before and the position, and the others in lower case.
    fn titled(self, is_first: impl Fn(Option<char>, usize) -> bool) -> Option<String> {
        let mut titled = String::with_capacity(self.text.len());
        let mut before = None;
        for (at, character) in self.text.chars().enumerate() {
            if self.is_bytes && !character.is_ascii() {
                titled.push(character);
                before = Some(' ');
                continue;
            }
            if is_first(before, at) {
                let mut upper = character.to_uppercase();
                // Title case and upper case differ for digraphs and ligatures.
                if upper.len() != 1 || ('\u{1C4}'..='\u{1F3}').contains(&character) {
                    return None;
                }
                titled.extend(upper.next());
            } else {
                titled.extend(character.to_lowercase());
            }
            before = Some(character);
        }
        Some(titled)
    }

    fn stripped(self, name: &str, given: &Given<'a>) -> Option<Value<'a>> {
        let set = match given.at(0).map(|value| value.shape) {
            None | Some(Shape::None) => None,
            Some(Shape::Str(set)) => Some(set),
            Some(_) => return None,
        };
        let others: FxHashSet<char> = set.unwrap_or_default().chars().filter(|c| !c.is_ascii() && *c != HOLE).collect();
        let mut ascii = [false; 128];
        for byte in set.unwrap_or_default().bytes().filter(u8::is_ascii) {
            ascii[usize::from(byte)] = true;
        }
        let cut = |c: char| match set {
            None => self.is_space(c),
            Some(_) => ascii.get(c as usize).copied().unwrap_or_else(|| others.contains(&c)),
        };
        Some(part(match name {
            "strip" => self.text.trim_matches(cut),
            "lstrip" => self.text.trim_start_matches(cut),
            _ => self.text.trim_end_matches(cut),
        }))
    }

    fn replaced(self, tools: &mut Tools<'a, '_>, given: &Given<'a>) -> Option<Value<'a>> {
        let hole = HOLE.to_string();
        let Some(from) = given.text("", 0) else {
            // What is replaced is not known; most of the text mostly stays.
            return tools.text([self.text, &hole].concat());
        };
        let into = given.at(1)?;
        let into = into.text().unwrap_or(&hole);
        let count = usize::try_from(given.int_or("count", 2, -1)?).unwrap_or(usize::MAX);
        let hits = self.text.matches(from).count().min(count);
        if !tools.has_room(self.text.len().saturating_add(hits.saturating_mul(into.len()))) {
            return None;
        }
        // An empty pattern matches around every character.
        tools.text(self.text.replacen(from, into, count))
    }

    /// The part of the text between two positions, and where it begins, in characters; `None` behind its end.
    fn window(self, [start, end]: [Option<i64>; 2]) -> Option<(&'a str, usize)> {
        if start.is_none() && end.is_none() {
            return Some((self.text, 0));
        }
        let length = i64::try_from(self.text.chars().count()).ok()?;
        let place = |at: i64| if at < 0 { at.saturating_add(length).max(0) } else { at };
        let (start, end) = (place(start.unwrap_or(0)), place(end.unwrap_or(length)).min(length));
        if start > length || start > end {
            return None;
        }
        let (start, end) = (usize::try_from(start).ok()?, usize::try_from(end).ok()?);
        let offset = |at: usize| self.text.char_indices().nth(at).map_or(self.text.len(), |(at, _)| at);
        Some((&self.text[offset(start)..offset(end)], start))
    }

    fn begins(self, tools: &mut Tools<'a, '_>, name: &str, given: &Given<'a>) -> Option<Value<'a>> {
        let prefixes = given.at(0)?;
        let prefixes = match prefixes.shape {
            Shape::Sequence(items) => items,
            _ => std::slice::from_ref(&prefixes),
        };
        let bounds = [given.bound("", 1)?, given.bound("", 2)?];
        let length: usize = prefixes.iter().map(|prefix| prefix.length().min(self.text.len()) + 1).sum();
        if !tools.budget.read(length, tools.span) {
            return None;
        }
        // Behind its end, a text does not even begin with nothing.
        let Some((window, _)) = self.window(bounds) else { return truth(false) };
        let mut is_certain = true;
        for prefix in prefixes {
            let Shape::Str(prefix) = prefix.shape else { return None };
            let holds = if name == "startswith" { window.starts_with(prefix) } else { window.ends_with(prefix) };
            if holds {
                return truth(true);
            }
            let mut pairs: Box<dyn Iterator<Item = (char, char)>> = match name {
                "startswith" => Box::new(window.chars().zip(prefix.chars())),
                _ => Box::new(window.chars().rev().zip(prefix.chars().rev())),
            };
            is_certain &= pairs.find(|(own, other)| own != other).is_none_or(|(own, _)| own != HOLE);
        }
        truth(false).filter(|_| is_certain)
    }

    fn found(self, name: &str, given: &Given<'a>) -> Option<Value<'a>> {
        let sought = match given.at(0)?.shape {
            Shape::Str(text) => Cow::Borrowed(text),
            Shape::Int(byte) if self.is_bytes => Cow::Owned(char::from(u8::try_from(byte).ok()?).to_string()),
            _ => return None,
        };
        let window = self.window([given.bound("", 1)?, given.bound("", 2)?]);
        let Some((window, start)) = window else { return name.ends_with("find").then(|| super::int(-1)) };
        let found = if name.starts_with('r') { window.rfind(&*sought) } else { window.find(&*sought) };
        match found {
            Some(at) => size(start + window[..at].chars().count()),
            None if name.ends_with("find") => Some(super::int(-1)),
            None => None,
        }
    }

    fn split(self, tools: &mut Tools<'a, '_>, name: &str, given: &Given<'a>) -> Option<Value<'a>> {
        let separator = match given.get("sep", 0).map(|value| value.shape) {
            None | Some(Shape::None) => None,
            Some(Shape::Str("")) => return None,
            Some(Shape::Str(separator)) => Some(separator),
            Some(_) => return None,
        };
        let most = usize::try_from(given.int_or("maxsplit", 1, -1)?).map_or(usize::MAX, |most| most.saturating_add(1));
        let from_left = name == "split";
        let mut parts: Vec<&'a str> = match separator {
            Some(separator) if from_left => self.text.splitn(most, separator).take(super::MAX_ITEMS + 1).collect(),
            Some(separator) => self.text.rsplitn(most, separator).take(super::MAX_ITEMS + 1).collect(),
            None => {
                let space = |c: char| self.is_space(c);
                let mut parts = Vec::new();
                let mut rest = self.text;
                loop {
                    rest = if from_left { rest.trim_start_matches(space) } else { rest.trim_end_matches(space) };
                    if rest.is_empty() || parts.len() > super::MAX_ITEMS {
                        break parts;
                    }
                    if parts.len() + 1 == most {
                        parts.push(rest);
                        break parts;
                    }
                    let cut = if from_left { rest.find(space) } else { rest.rfind(space) };
                    let (left, right) = match cut {
                        None => (rest, ""),
                        Some(at) if from_left => rest.split_at(at),
                        Some(at) => {
                            let wide = rest[at..].chars().next().map_or(1, char::len_utf8);
                            (&rest[at + wide..], &rest[..at + wide])
                        }
                    };
                    parts.push(left);
                    rest = right;
                }
            }
        };
        if !from_left {
            parts.reverse();
        }
        let parts: Vec<_> = parts.into_iter().map(part).collect();
        tools.sequence(&parts)
    }

    /// Tests of all characters, for ASCII.
    fn test(self, name: &str) -> Option<Value<'a>> {
        let text = self.text;
        if name == "isascii" {
            return truth(text.is_ascii());
        }
        if !text.is_ascii() {
            return None;
        }
        let all = |test: fn(&u8) -> bool| truth(!text.is_empty() && text.bytes().all(|byte| test(&byte)));
        let has = |test: fn(&u8) -> bool| text.bytes().any(|byte| test(&byte));
        match name {
            "isalnum" => all(u8::is_ascii_alphanumeric),
            "isalpha" => all(u8::is_ascii_alphabetic),
            "isdecimal" | "isdigit" | "isnumeric" => all(u8::is_ascii_digit),
            "isspace" => truth(!text.is_empty() && text.chars().all(|c| self.is_space(c))),
            "isupper" => truth(has(u8::is_ascii_uppercase) && !has(u8::is_ascii_lowercase)),
            "islower" => truth(has(u8::is_ascii_lowercase) && !has(u8::is_ascii_uppercase)),
            "isprintable" => truth(text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())),
            "isidentifier" => {
                let starts = text.bytes().next().is_some_and(|byte| !byte.is_ascii_digit());
                truth(starts && text.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric()))
            }
            _ => None,
        }
    }
}

/// `separator.join(items)`: an item that is not known is a hole.
fn joined<'a>(tools: &mut Tools<'a, '_>, separator: &str, items: &Value<'a>) -> Option<Value<'a>> {
    let hole = HOLE.to_string();
    let Some(items) = tools.items(items) else { return tools.text(hole) };
    let mut joined = String::new();
    for (at, item) in items.iter().enumerate() {
        let item = super::repr::shown(item).unwrap_or(Cow::Borrowed(&hole));
        if !tools.has_room(joined.len() + separator.len() + item.len()) {
            return None;
        }
        joined.push_str(if at > 0 { separator } else { "" });
        joined.push_str(&item);
    }
    tools.text(joined)
}

/// `str.translate` by a table of numbers.
fn translated<'a>(tools: &mut Tools<'a, '_>, text: &str, given: &Given<'a>) -> Option<Value<'a>> {
    let Shape::Dict(table) = given.at(0)?.shape else { return None };
    if !tools.budget.read_items(table.len(), tools.span) {
        return None;
    }
    let mut by_code = FxHashMap::default();
    for (key, value) in table {
        by_code.insert(super::given::integer(key)?, value.shape);
    }
    let mut translated = String::with_capacity(text.len());
    for character in text.chars() {
        match by_code.get(&i64::from(u32::from(character))) {
            None => translated.push(character),
            Some(Shape::None) => {}
            Some(Shape::Str(into) | Shape::Partial(into)) if tools.has_room(translated.len() + into.len()) => {
                translated.push_str(into);
            }
            Some(Shape::Int(code)) => translated.push(char::from_u32(u32::try_from(*code).ok()?)?),
            Some(_) => return None,
        }
    }
    tools.text(translated)
}
