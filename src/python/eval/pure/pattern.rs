//! `re` on constants, for patterns that mean the same in Python and here.

use regex::{Captures, Regex, RegexBuilder};

use super::given::{Given, integer};
use super::{MAX_ITEMS, Table, Tools, part};
use crate::value::HOLE;

pub(super) const FUNCTIONS: Table = &[
    ("re.escape", |tools, given| {
        const SPECIAL: &str = "()[]{}?*+-|^$\\.&~# \t\n\r\x0b\x0c";
        let mut escaped = String::new();
        for character in given.text("pattern", 0)?.chars() {
            escaped.extend(SPECIAL.contains(character).then_some('\\'));
            escaped.push(character);
        }
        tools.text(escaped)
    }),
    ("re.sub", |tools, given| {
        let (pattern, text) = (compiled(tools, given, 4)?, searched(tools, given, 2)?);
        let template = Template::read(given.text("repl", 1)?)?;
        let count = usize::try_from(given.int_or("count", 3, 0)?).ok()?;
        let mut built = String::new();
        let mut end = 0;
        for (at, found) in pattern.captures_iter(text).enumerate() {
            if count > 0 && at >= count {
                break;
            }
            let whole = found.get(0)?;
            built.push_str(&text[end..whole.start()]);
            template.write(&found, &mut built);
            end = whole.end();
            if !tools.has_room(built.len() + text.len()) {
                return None;
            }
        }
        built.push_str(&text[end..]);
        tools.text(built)
    }),
    ("re.findall", |tools, given| {
        let (pattern, text) = (compiled(tools, given, 2)?, searched(tools, given, 1)?);
        let mut all = Vec::new();
        for found in pattern.captures_iter(text).take(MAX_ITEMS + 1) {
            let mut groups = found.iter().map(|group| part(group.map_or("", |group| group.as_str())));
            let whole = groups.next()?;
            let groups: Vec<_> = groups.collect();
            all.push(match &groups[..] {
                [] => whole,
                [one] => *one,
                several => tools.sequence(several)?,
            });
        }
        tools.sequence(&all)
    }),
    ("re.split", |tools, given| {
        let (pattern, text) = (compiled(tools, given, 3)?, searched(tools, given, 1)?);
        if pattern.captures_len() > 1 {
            return None;
        }
        let parts: Vec<_> = match usize::try_from(given.int_or("maxsplit", 2, 0)?).ok()? {
            0 => pattern.split(text).take(MAX_ITEMS + 1).map(part).collect(),
            most => pattern.splitn(text, most.checked_add(1)?).map(part).collect(),
        };
        tools.sequence(&parts)
    }),
];

const IGNORE_CASE: i64 = 2;
const MULTI_LINE: i64 = 8;
const DOT_ALL: i64 = 16;
const UNICODE: i64 = 32;

/// The number of a flag.
pub(super) fn flag(name: &str) -> Option<i64> {
    Some(match name {
        "I" | "IGNORECASE" => IGNORE_CASE,
        "M" | "MULTILINE" => MULTI_LINE,
        "S" | "DOTALL" => DOT_ALL,
        "U" | "UNICODE" => UNICODE,
        "X" | "VERBOSE" => 64,
        "A" | "ASCII" => 256,
        "NOFLAG" => 0,
        _ => return None,
    })
}

fn searched<'a>(tools: &mut Tools<'a, '_>, given: &Given<'a>, at: usize) -> Option<&'a str> {
    const MOST: usize = 1 << 14;
    const QUICK: usize = 64;
    // In Python, `$` also stands before a line end that ends the text.
    let text = given.text("string", at).filter(|text| text.len() <= MOST && !text.ends_with('\n'))?;
    // Where each match is looked for up to the end, the time grows with the square.
    tools.budget.read(text.len() * text.len() / QUICK, tools.span).then_some(text)
}

fn compiled(tools: &mut Tools<'_, '_>, given: &Given<'_>, flags: usize) -> Option<Regex> {
    /// What compiling a pattern costs, beside its length, in bytes that could be read in the time.
    const COST: usize = 1 << 14;
    const MOST: usize = 512;
    const SIZE: usize = 1 << 18;
    let pattern = given.text("pattern", 0).filter(|pattern| pattern.len() <= MOST && is_plain(pattern))?;
    let flags = given.get("flags", flags).map_or(Some(0), |flags| integer(&flags))?;
    if flags & !(IGNORE_CASE | MULTI_LINE | DOT_ALL | UNICODE) != 0 || !tools.budget.read(COST, tools.span) {
        return None;
    }
    // Classes of all of Unicode are costly to compile, and mean the same as those of ASCII where all is ASCII.
    let has_classes = ["\\d", "\\D", "\\w", "\\W", "\\s", "\\S"].iter().any(|class| pattern.contains(class));
    if has_classes && !given.values().all(|value| value.text().is_none_or(str::is_ascii)) {
        return None;
    }
    let mut builder = RegexBuilder::new(pattern);
    builder.unicode(!has_classes);
    builder.case_insensitive(flags & IGNORE_CASE != 0);
    builder.multi_line(flags & MULTI_LINE != 0).dot_matches_new_line(flags & DOT_ALL != 0);
    let pattern = builder.size_limit(SIZE).dfa_size_limit(SIZE).build().ok()?;
    // After an empty match, the two go on at different places.
    (!pattern.is_match("")).then_some(pattern)
}

/// Whether a pattern has nothing that only one of the two knows.
fn is_plain(pattern: &str) -> bool {
    const STRANGE: [&str; 13] =
        ["(?#", "(?=", "(?!", "(?<", "(?(", "(?P=", "(?P>", "&&", "[[", "--", "~~", "\\Z", "\\z"];
    let escapes = pattern.match_indices('\\').filter_map(|(at, _)| pattern[at + 1..].chars().next());
    let is_known = |c: char| "dDwWsSnrtbfvx".contains(c) || !c.is_alphanumeric();
    // An empty match in the middle of a text needs one of these outside of anything else.
    let has_empty =
        pattern.contains("*?") || pattern.contains("??") || pattern.contains("\\b") || pattern.contains("||");
    !STRANGE.iter().any(|part| pattern.contains(part))
        && escapes.into_iter().all(is_known)
        && !has_empty
        && !pattern.contains(HOLE)
}

/// What replaces a match: text and groups.
struct Template<'t>(Vec<Piece<'t>>);

enum Piece<'t> {
    Text(&'t str),
    Group(usize),
    Name(&'t str),
}

impl<'t> Template<'t> {
    fn read(text: &'t str) -> Option<Self> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('\\') {
            pieces.push(Piece::Text(before));
            if let Some(name) = after.strip_prefix("g<") {
                let (name, tail) = name.split_once('>')?;
                pieces.push(name.parse().map_or(Piece::Name(name), Piece::Group));
                rest = tail;
                continue;
            }
            let next = after.chars().next()?;
            rest = &after[next.len_utf8()..];
            pieces.push(match next {
                '1'..='9' if !rest.starts_with(|c: char| c.is_ascii_digit()) => {
                    Piece::Group(usize::try_from(next.to_digit(10)?).ok()?)
                }
                'n' => Piece::Text("\n"),
                't' => Piece::Text("\t"),
                'r' => Piece::Text("\r"),
                '\\' => Piece::Text("\\"),
                _ => return None,
            });
        }
        pieces.push(Piece::Text(rest));
        Some(Self(pieces))
    }

    fn write(&self, found: &Captures<'_>, text: &mut String) {
        for piece in &self.0 {
            text.push_str(match piece {
                Piece::Text(text) => text,
                Piece::Group(number) => found.get(*number).map_or("", |group| group.as_str()),
                Piece::Name(name) => found.name(name).map_or("", |group| group.as_str()),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_that_the_two_read_otherwise_are_left_alone() {
        for pattern in [r"(?=a)", r"(a)\1", r"a\Z", r"[a&&b]", r"\ba", r"a*?", r"\pL"] {
            assert!(!is_plain(pattern), "{pattern}");
        }
        for pattern in [r"[^a-z]+", r"(\d+)-(\w+)", r"(?P<name>x)", r"(?:ab)+", r"(?i)x", r"\.\s"] {
            assert!(is_plain(pattern), "{pattern}");
        }
    }
}
