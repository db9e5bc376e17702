//! How languages write imports: one row each, with a function that finds the names in one line.

use crate::package::Ecosystem;

/// A language, by the packages that its code imports.
#[derive(Debug)]
pub(super) struct Language {
    pub(super) ecosystem: Ecosystem,
    endings: &'static [&'static str],
    /// One of these stands in every line that imports something.
    words: &'static [&'static str],
    names: Names,
}

/// Calls back with each name that a line imports. Whether the line stands in a list of imports is the caller's to keep.
type Names = fn(&str, &mut bool, &mut dyn FnMut(&str));

const LANGUAGES: &[Language] = &[
    Language { ecosystem: Ecosystem::PyPI, endings: &["py", "pyi", "pyw"], words: &["import"], names: python },
    Language {
        ecosystem: Ecosystem::Npm,
        endings: &["js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts", "vue", "svelte"],
        words: &["import", "require", "from"],
        names: script,
    },
    Language { ecosystem: Ecosystem::Go, endings: &["go"], words: &["import", "\"", ")"], names: go },
    Language { ecosystem: Ecosystem::CratesIo, endings: &["rs"], words: &["::", "extern"], names: rust },
    Language { ecosystem: Ecosystem::RubyGems, endings: &["rb", "rake", "ru"], words: &["require"], names: ruby },
];

/// The language of a file: by its name, or because it is known to be Python.
pub(super) fn of(path: &str, is_python: bool) -> Option<&'static Language> {
    let ending = path.rsplit_once('.').map(|(_, ending)| ending);
    let by_name = LANGUAGES.iter().find(|language| ending.is_some_and(|ending| language.endings.contains(&ending)));
    by_name.or_else(|| LANGUAGES.iter().find(|language| is_python && language.ecosystem == Ecosystem::PyPI))
}

/// Calls back with every name that a text imports, and its line.
pub(super) fn imports(language: &Language, text: &[u8], tell: &mut dyn FnMut(&str, u32)) {
    let finders: Vec<_> = language.words.iter().map(memchr::memmem::Finder::new).collect();
    let is_in = |text: &[u8]| finders.iter().any(|finder| finder.find(text).is_some());
    if !is_in(text) {
        return;
    }
    let mut is_in_list = false;
    for (number, line) in (1..).zip(text.split(|byte| *byte == b'\n')) {
        if let (true, Ok(line)) = (is_in(line), std::str::from_utf8(line)) {
            (language.names)(line.trim(), &mut is_in_list, &mut |name| tell(name, number));
        }
    }
}

fn end_of_word(text: &str) -> usize {
    text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len())
}

fn python(line: &str, _: &mut bool, tell: &mut dyn FnMut(&str)) {
    let named = match (line.strip_prefix("import "), line.strip_prefix("from ")) {
        (Some(names), _) => names.split(';').next().unwrap_or(names),
        (_, Some(rest)) => rest.split_once(" import").map_or("", |(module, _)| module),
        (None, None) => "",
    };
    for name in named.split(',').map(str::trim) {
        let top = &name[..end_of_word(name)];
        if !top.is_empty() {
            tell(top);
        }
    }
}

/// The text in quotes that follows, if that comes next.
fn quoted(text: &str) -> Option<&str> {
    let text = text.trim_start();
    let quote = text.chars().next().filter(|quote| matches!(quote, '"' | '\'' | '`'))?;
    text[1..].split_once(quote).map(|(inside, _)| inside)
}

fn script(line: &str, _: &mut bool, tell: &mut dyn FnMut(&str)) {
    for (word, opens) in [("import", true), ("require", true), ("from", false)] {
        for (at, _) in line.match_indices(word) {
            let is_whole = !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '.');
            let rest = line[at + word.len()..].trim_start();
            let rest = if opens { rest.strip_prefix('(').unwrap_or(rest) } else { rest };
            if let Some(module) = quoted(rest).filter(|_| is_whole)
                && !module.starts_with(['.', '/', '#'])
                && !module.contains(':')
            {
                // A scope is part of the name; what is deeper is a file of the package.
                let parts = if module.starts_with('@') { 2 } else { 1 };
                let end = module.match_indices('/').nth(parts - 1).map_or(module.len(), |(end, _)| end);
                tell(&module[..end]);
            }
        }
    }
}

fn go(line: &str, is_in_list: &mut bool, tell: &mut dyn FnMut(&str)) {
    let rest = line.strip_prefix("import");
    if *is_in_list && line.starts_with(')') {
        *is_in_list = false;
    } else if rest.is_some_and(|rest| rest.trim_start().starts_with('(')) {
        *is_in_list = true;
    }
    let named = match (rest, *is_in_list) {
        (Some(rest), _) => rest.trim_start().trim_start_matches('('),
        (None, true) => line,
        (None, false) => return,
    };
    // A name of its own may stand before.
    if let Some(path) = named.find('"').and_then(|at| quoted(&named[at..]))
        && !named.trim_start().starts_with("//")
    {
        tell(path);
    }
}

fn rust(line: &str, _: &mut bool, tell: &mut dyn FnMut(&str)) {
    if line.starts_with("//") {
        return;
    }
    if let Some(name) = line.trim_start_matches("pub ").strip_prefix("extern crate ") {
        tell(&name[..end_of_word(name)]);
    }
    for (at, _) in line.match_indices("::") {
        let before = &line[..at];
        let start = before
            .char_indices()
            .rev()
            .find(|(_, c)| !c.is_alphanumeric() && *c != '_')
            .map_or(0, |(at, c)| at + c.len_utf8());
        let name = &before[start..];
        let is_first = !before[..start].ends_with(':');
        let is_own = matches!(name, "crate" | "self" | "super" | "Self");
        if is_first && !is_own && name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_') {
            tell(name);
        }
    }
}

fn ruby(line: &str, _: &mut bool, tell: &mut dyn FnMut(&str)) {
    if let Some(path) = line.strip_prefix("require ").or_else(|| line.strip_prefix("require(")).and_then(quoted) {
        tell(path);
        if let Some((first, _)) = path.split_once('/') {
            tell(first);
        }
    }
}
