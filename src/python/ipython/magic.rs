//! One magic or command, and the Python that has its effects.

use std::fmt::Write;

use super::statements;
use crate::origin::Drawn;
use crate::source::Span;

const SHELL: &str = "__import__('IPython').get_ipython()";

/// Magics whose line (or cell) is Python that is run here.
const RUNS_PYTHON: [&str; 11] =
    ["time", "timeit", "prun", "capture", "memit", "mprun", "lprun", "debug", "pyinstrument", "snakeviz", "scalene"];
/// Magics whose cell is handed to a shell.
const SHELLS: [&str; 9] = ["bash", "sh", "zsh", "system", "sx", "sc", "!", "cmd", "powershell"];
/// Magics whose cell is handed to another program.
const PROGRAMS: [&str; 5] = ["script", "perl", "ruby", "node", "pwsh"];
const PYTHONS: [&str; 4] = ["python", "python2", "python3", "pypy"];
const INSTALLERS: [&str; 2] = ["pip", "uv"];
/// Commands that have magics of their own name.
const ALIASES: [&str; 18] = [
    "ls",
    "ll",
    "la",
    "lf",
    "lk",
    "lx",
    "ldir",
    "cat",
    "cp",
    "mv",
    "rm",
    "mkdir",
    "rmdir",
    "man",
    "less",
    "conda",
    "mamba",
    "micromamba",
];
/// Magics whose cell is shown, or is in a language that no process here runs.
const OTHER_LANGUAGES: [&str; 9] = ["html", "HTML", "svg", "SVG", "latex", "markdown", "javascript", "js", "sql"];

#[derive(Clone, Copy, PartialEq)]
enum Sign {
    /// `!`
    System,
    /// `!!`, and `!` on the right of an assignment
    Output,
    /// `%` and `%%`
    Magic,
    Help,
    /// `/f a b`: arguments are Python
    Call,
    /// `,f a b`: each argument is a string
    Words,
    /// `;f a b`: all is one string
    Line,
}

/// A sign with what follows it on its line.
pub(super) struct Magic<'t> {
    sign: Sign,
    name: &'t str,
    rest: &'t str,
    /// Lines that go on after a backslash, joined.
    joined: Option<String>,
    /// Whether its value is assigned to something: then it must be an expression.
    assigned: bool,
    /// Where all of it is in the cell.
    span: Span,
}

impl<'t> Magic<'t> {
    /// `name rest`, after the sign of a magic.
    pub(super) fn of(line: &'t str, span: Span) -> Self {
        let line = line.trim();
        let end = line.find(char::is_whitespace).unwrap_or(line.len());
        // `%%!` needs no blank.
        let end = if line.starts_with('!') { 1 } else { end };
        Self { sign: Sign::Magic, name: &line[..end], rest: line[end..].trim(), joined: None, assigned: false, span }
    }

    /// The magic at the beginning of a statement, or on the right of an assignment; what of the statement stands before it,
    /// and how long the whole is, without the line end.
    pub(super) fn in_statement(text: &'t str, at: usize) -> Option<(usize, Self, usize)> {
        let line = text.lines().next().unwrap_or_default();
        let (before, sign, skip) = match line.as_bytes() {
            [b'!', b'!', ..] => (0, Sign::Output, 2),
            [b'!', ..] => (0, Sign::System, 1),
            [b'%', next, ..] if !next.is_ascii_whitespace() => (0, Sign::Magic, if *next == b'%' { 2 } else { 1 }),
            [b'?', ..] => (0, Sign::Help, 1),
            [b'/', next, ..] if next.is_ascii_alphabetic() => (0, Sign::Call, 1),
            [b',', next, ..] if next.is_ascii_alphabetic() => (0, Sign::Words, 1),
            [b';', next, ..] if next.is_ascii_alphabetic() => (0, Sign::Line, 1),
            _ if is_question(line) => (0, Sign::Help, 0),
            _ => {
                let before = assigned(line)?;
                (before, if line.as_bytes()[before] == b'!' { Sign::Output } else { Sign::Magic }, 1)
            }
        };
        let (length, joined) = continued(text);
        let span = Span::new(at + before, at + text[..length].trim_end().len());
        let content = &text[(before + skip).min(length)..length];
        let magic = match sign {
            Sign::System | Sign::Output | Sign::Help => {
                Self { sign, name: "", rest: content.trim(), joined: None, assigned: false, span }
            }
            _ => Self { sign, ..Self::of(content, span) },
        };
        let joined = joined.map(|joined| joined[before + skip..].trim().to_owned());
        Some((before, Self { joined, assigned: before > 0, ..magic }, length))
    }

    /// A magic without its sign, which a cell of one line may hold.
    pub(super) fn automatic(line: &'t str, at: usize) -> Option<Self> {
        const OTHERS: [&str; 8] = ["cd", "run", "env", "set_env", "system", "sx", "load_ext", "time"];
        let magic = Self::of(line, Span::new(at, at + line.len()));
        let is_one = [&INSTALLERS[..], &ALIASES[..], &OTHERS[..]].iter().any(|names| names.contains(&magic.name));
        let operates = magic
            .rest
            .starts_with(['=', '(', '[', ',', '.', '<', '>', '+', '*', '%', '|', '&', '^', ':', ';'])
            || ["- ", "/ ", "in ", "is ", "not ", "and ", "or ", "if "].iter().any(|word| magic.rest.starts_with(word));
        (is_one && !operates).then_some(magic)
    }

    /// What follows the name, or the sign where there is none.
    fn rest(&self) -> &str {
        let Some(joined) = &self.joined else { return self.rest };
        joined.strip_prefix(self.name).unwrap_or(joined).trim()
    }

    /// The Python for a magic of one line.
    pub(super) fn line(&self, code: &mut Drawn) {
        let (name, rest) = (self.name, self.rest());
        let words = || rest.split_whitespace();
        let python = match self.sign {
            Sign::System => format!("{SHELL}.system({})", literal(rest)),
            Sign::Output => format!("{SHELL}.getoutput({})", literal(rest)),
            Sign::Help => "pass".to_owned(),
            Sign::Call => format!("{name}({})", words().collect::<Vec<_>>().join(", ")),
            Sign::Words => format!("{name}({})", list(words())),
            Sign::Line => format!("{name}({})", literal(rest)),
            Sign::Magic if is_question(name) || is_question(rest) => "pass".to_owned(),
            Sign::Magic if RUNS_PYTHON.contains(&name) => match (&self.joined, self.statement()) {
                (_, "") => "pass".to_owned(),
                (None, statement) => {
                    let at = self.span.end as usize - statement.len();
                    code.verbatim(statement, at);
                    return;
                }
                (Some(_), _) => options_passed(rest).to_owned(),
            },
            Sign::Magic if SHELLS.contains(&name) => format!("{SHELL}.system({})", literal(rest)),
            Sign::Magic if ALIASES.contains(&name) => {
                format!("{SHELL}.system({})", literal(format!("{name} {rest}").trim_end()))
            }
            Sign::Magic if INSTALLERS.contains(&name) => format!("__import__('pip').main([{}])", list(words())),
            Sign::Magic => match (name, words().find(|word| !word.starts_with('-'))) {
                ("run", Some(file)) => format!("__import__('runpy').run_path({})", literal(file)),
                ("cd", Some(folder)) => format!("__import__('os').chdir({})", literal(folder)),
                ("load_ext" | "reload_ext", Some(module)) if is_module(module) => format!("__import__('{module}')"),
                ("env", None) => "__import__('os').environ.copy()".to_owned(),
                ("env" | "set_env", Some(word)) => match rest.split_once(['=', ' ']) {
                    Some((name, value)) => {
                        let (name, value) = (literal(name.trim()), literal(value.trim()));
                        format!("__import__('os').environ.update({{{name}: {value}}})")
                    }
                    None => format!("__import__('os').environ.get({})", literal(word)),
                },
                _ => format!("{SHELL}.run_line_magic({}, {})", literal(name), literal(rest)),
            },
        };
        let python = if self.assigned { python } else { imported(&python) };
        code.instead(&python, self.span);
    }

    /// What stands after the options of a magic that runs Python.
    fn statement(&self) -> &'t str {
        options_passed(self.rest)
    }

    /// The Python for a magic with a cell below it, which stands at a place, inside of so many others.
    pub(super) fn cell(&self, body: &str, at: usize, depth: usize, code: &mut Drawn) {
        let (name, rest) = (self.name, self.rest());
        let whole = Span::new(self.span.start as usize, at + body.trim_end().len());
        let mut put = |python: String| code.instead(&(imported(&python) + "\n"), whole);
        if SHELLS.contains(&name) {
            put(format!("{SHELL}.system({})", literal(body)));
        } else if PROGRAMS.contains(&name) || PYTHONS.contains(&name) {
            let command = if name == "script" { rest.to_owned() } else { format!("{name} {rest}") };
            put(format!("{SHELL}.system({})", literal(command.trim_end())));
            if PYTHONS.contains(&name) || PYTHONS.iter().any(|python| name == "script" && rest.starts_with(python)) {
                statements(body, at, code);
            }
        } else if matches!(name, "writefile" | "file") {
            let mode = if rest.split_whitespace().any(|word| matches!(word, "-a" | "--append")) { "a" } else { "w" };
            let path = rest.split_whitespace().rfind(|word| !word.starts_with('-')).unwrap_or_default();
            put(format!("open({}, \"{mode}\").write({})", literal(path.trim_matches(['"', '\''])), literal(body)));
        } else if RUNS_PYTHON.contains(&name) {
            // What `%%timeit` has on its line is Python too.
            if name == "timeit" && !self.statement().is_empty() {
                put(self.statement().to_owned());
            }
            self.inner(body, at, depth, code);
        } else {
            put(format!("{SHELL}.run_cell_magic({}, {}, {})", literal(name), literal(rest), literal(body)));
            if !OTHER_LANGUAGES.contains(&name) {
                // What no table here knows may run its cell.
                self.inner(body, at, depth, code);
            }
        }
    }

    /// A cell inside of the cell: it may begin with a magic of its own.
    fn inner(&self, body: &str, at: usize, depth: usize, code: &mut Drawn) {
        let end = at + body.len();
        match body.trim_start().strip_prefix("%%").filter(|_| depth < MAX_DEPTH) {
            Some(rest) => {
                let (line, inside) = rest.split_once('\n').unwrap_or((rest, ""));
                let start = end - rest.len() - 2;
                let magic = Magic::of(line, Span::new(start, start + 2 + line.trim_end().len()));
                magic.cell(inside, end - inside.len(), depth + 1, code);
            }
            // What is nested deeper stays as it is, which no reader takes for Python.
            None => statements(body, at, code),
        }
    }
}

/// So many magics may stand above one cell: each may hold all that is below it.
const MAX_DEPTH: usize = 8;

/// A statement that imports the module by its name first: an import by a function is something to be told.
fn imported(python: &str) -> String {
    let parts = python.strip_prefix("__import__('").and_then(|rest| rest.split_once("')"));
    parts.map_or_else(|| python.to_owned(), |(module, rest)| format!("import {module}; {module}{rest}"))
}

fn is_module(name: &str) -> bool {
    !name.starts_with('.') && name.chars().all(|char| char.is_alphanumeric() || "_.".contains(char))
}

/// Passes over `-n 10 -q`.
fn options_passed(mut rest: &str) -> &str {
    while let Some(option) = rest.strip_prefix('-') {
        let (option, after) = option.split_once(char::is_whitespace).unwrap_or((option, ""));
        let after = after.trim_start();
        let digits = after.trim_start_matches(|char: char| char.is_ascii_digit());
        // The number of `-n 10` is not part of the statement; `-n10` has it inside.
        let takes_number = option.len() == 1 && digits.len() < after.len() && digits.starts_with(char::is_whitespace);
        rest = if takes_number { digits.trim_start() } else { after };
    }
    rest
}

/// Whether a line asks for help: a name with `?` or `??` behind it.
fn is_question(line: &str) -> bool {
    let line = line.trim_end();
    let name = line.trim_end_matches('?');
    let is_name = |char: char| char.is_alphanumeric() || "_.*%[]'\"".contains(char);
    !name.is_empty() && matches!(line.len() - name.len(), 1 | 2) && name.chars().all(is_name)
}

/// Where, in a line, a magic or command stands on the right of an assignment: no Python has such a sign there.
fn assigned(line: &str) -> Option<usize> {
    let (target, value) = line.split_once('=')?;
    let is_target = |char: char| char.is_alphanumeric() || "_.,[]()'\" *".contains(char);
    let quotes = target.matches(['\'', '"']).count();
    let value = value.trim_start_matches([' ', '\t']);
    let is_sign = value.starts_with('!') && !value.starts_with("!=")
        || value.starts_with('%') && value[1..].starts_with(|char: char| char.is_alphabetic() || char == '_');
    let holds = !target.trim().is_empty() && target.chars().all(is_target) && quotes % 2 == 0 && is_sign;
    holds.then_some(line.len() - value.len())
}

/// How long a line is, with those that it goes on in after a backslash; and all of them joined, where there are such.
fn continued(text: &str) -> (usize, Option<String>) {
    let mut joined: Option<String> = None;
    let mut length = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim_end_matches(['\n', '\r']);
        let goes_on = content.strip_suffix('\\').filter(|_| content.len() < line.len());
        if let Some(joined) = &mut joined {
            joined.push_str(goes_on.unwrap_or(content));
        } else if let Some(part) = goes_on {
            joined = Some(part.to_owned());
        }
        if goes_on.is_none() {
            length += content.len();
            break;
        }
        length += line.len();
    }
    (length, joined)
}

/// Strings of Python, separated by commas.
fn list<'w>(words: impl Iterator<Item = &'w str>) -> String {
    words.map(literal).collect::<Vec<_>>().join(", ")
}

/// A string of Python.
fn literal(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('"');
    for char in text.chars() {
        match char {
            '"' | '\\' => literal.extend(['\\', char]),
            '\n' => literal.push_str("\\n"),
            _ if char.is_control() => {
                // Writing to a string cannot fail.
                let _ = write!(literal, "\\u{:04x}", u32::from(char));
            }
            _ => literal.push(char),
        }
    }
    literal.push('"');
    literal
}
