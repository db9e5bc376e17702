//! Chat and other Markdown: the Python in its fenced blocks, on the same lines as there, and everything else blank.
//!
//! Fences follow CommonMark 0.31 §4.5, and may stand in lists and quotes.

use crate::origin::Drawn;
use crate::python::ipython;
use crate::source::{Problem, ProblemKind, Span};

/// What a block is written in.
#[derive(Clone, Copy, PartialEq)]
enum Language {
    Python,
    /// What nobody runs: text, data, output.
    Data,
    /// A shell, or another language that is run.
    Other,
}

/// Beside what begins with `python`.
const PYTHON: &[&str] = &[
    "py",
    "py2",
    "py3",
    "ipython",
    "ipython3",
    "pycon",
    "pyi",
    "doctest",
    "sage",
    "pypy",
    "jupyter",
    "tool_code",
    "code-cell",
];
const DATA: &[&str] = &[
    "text",
    "txt",
    "plain",
    "plaintext",
    "none",
    "output",
    "json",
    "jsonc",
    "yaml",
    "yml",
    "toml",
    "ini",
    "csv",
    "tsv",
    "xml",
    "html",
    "css",
    "md",
    "markdown",
    "diff",
    "log",
    "mermaid",
    "latex",
];

struct Fence<'t> {
    sign: char,
    length: usize,
    info: &'t str,
    /// How far the fence is indented: so much is taken off its lines.
    indent: usize,
    /// Signs of quotes before it: as many stand before each of its lines.
    quotes: usize,
    span: Span,
}

/// The Python of a text, and which of its blocks are not read.
pub fn python_blocks(text: &str) -> (Drawn, Vec<Problem>) {
    let (mut blocks, mut problems) = (Drawn::default(), Vec::new());
    // Lines are kept line by line: a block is rewritten once it ends.
    let mut open: Option<(Fence<'_>, Language, usize)> = None;
    let mut cells = Vec::new();
    let (mut at, mut has_prompts, mut has_fences) = (0, None, false);
    for line in text.split_inclusive('\n') {
        let (start, end_of_line) = (at, line.len() - line.trim_end_matches(['\n', '\r']).len());
        at += line.len();
        if let Some((fence, language, cell)) = &open {
            let (skipped, content) = fence.inside(line);
            if fence.is_closed_by(content) || skipped < fence.quotes {
                if *language == Language::Python {
                    cells.push(Span::new(*cell, blocks.text.len()));
                }
                open = None;
            } else if *language == Language::Python {
                let is_prompted = content.starts_with(">>>");
                if has_prompts.is_none() && !content.trim().is_empty() {
                    has_prompts = Some(is_prompted);
                }
                // What stands between lines with prompts is output.
                if has_prompts != Some(true) || is_prompted || content.starts_with("...") {
                    blocks.verbatim(&line[skipped..], start + skipped);
                    continue;
                }
            }
        } else if let Some(fence) = Fence::of(line, start) {
            let language = language(fence.info);
            if language == Language::Other {
                let name = fence.info.split_whitespace().next().unwrap_or_default();
                let message = format!("a block in the language `{name}`, which is not read");
                problems.push(Problem { kind: ProblemKind::Unanalysed, message, span: fence.span });
            }
            let cell = blocks.text.len() + end_of_line;
            has_prompts = None;
            has_fences = true;
            open = Some((fence, language, cell));
        }
        blocks.verbatim(&line[line.len() - end_of_line..], at - end_of_line);
    }
    if !has_fences {
        // Code with or without words around it: the readers make of it what they can.
        let mut code = Drawn::default();
        code.verbatim(text, 0);
        return (code, problems);
    }
    if let Some((_, Language::Python, cell)) = open {
        cells.push(Span::new(cell, blocks.text.len()));
    }
    (joined(&blocks, &cells), problems)
}

/// The blocks as IPython would take them, with the lines between them.
fn joined(blocks: &Drawn, cells: &[Span]) -> Drawn {
    let mut code = Drawn::default();
    let mut from = 0;
    for cell in cells {
        let (start, end) = (cell.start as usize, cell.end as usize);
        code.verbatim(&blocks.text[from..start], from);
        let Drawn { text, origin } = ipython::python(&blocks.text, &[*cell]);
        let lines = |text: &str| text.matches('\n').count();
        let kept = lines(&blocks.text[start..end]);
        let written = lines(&text);
        code.append(Drawn { text, origin });
        // What became shorter, a cell handed to a shell, keeps its lines.
        for _ in written..kept {
            code.instead("\n", Span::new(end, end));
        }
        from = end;
    }
    code.verbatim(&blocks.text[from..], from);
    code.through(&blocks.origin)
}

fn language(info: &str) -> Language {
    let name =
        info.trim_start_matches(['{', '.']).split(|char: char| char.is_whitespace() || ",:{}".contains(char)).next();
    let name = name.unwrap_or_default().to_ascii_lowercase();
    match name.as_str() {
        // Without a name it may be anything: Python, most of all, in a text that is handed to us.
        "" => Language::Python,
        name if PYTHON.contains(&name) || name.starts_with("python") => Language::Python,
        name if DATA.contains(&name) => Language::Data,
        _ => Language::Other,
    }
}

impl<'t> Fence<'t> {
    /// The fence that a line opens.
    fn of(line: &'t str, start: usize) -> Option<Self> {
        let mut rest = line.trim_end();
        let mut quotes = 0;
        // A fence may stand behind the signs of quotes and of items of a list.
        loop {
            let inner = rest.trim_start();
            if let Some(after) = inner.strip_prefix('>') {
                quotes += 1;
                rest = after;
            } else if let Some(after) = item(inner) {
                rest = after;
            } else {
                rest = inner;
                break;
            }
        }
        let sign = rest.chars().next().filter(|char| matches!(char, '`' | '~'))?;
        let info = rest.trim_start_matches(sign);
        let length = rest.len() - info.len();
        if length < 3 || sign == '`' && info.contains('`') {
            return None;
        }
        let before = line.trim_end().len() - rest.len();
        let indent = line[..before].rsplit('>').next().map_or(0, |blanks| blanks.chars().count());
        let span = Span::new(start + before, start + line.trim_end().len());
        Some(Self { sign, length, info: info.trim(), indent, quotes, span })
    }

    /// How many bytes of a line stand before what is in the block, and what that is.
    fn inside<'l>(&self, line: &'l str) -> (usize, &'l str) {
        let mut rest = line;
        for _ in 0..self.quotes {
            match rest.trim_start_matches([' ', '\t']).strip_prefix('>') {
                Some(after) => rest = after,
                // The end of the quote is the end of the block.
                None => return (0, line),
            }
        }
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        let rest = &rest[blanks.min(self.indent)..];
        (line.len() - rest.len(), rest)
    }

    fn is_closed_by(&self, line: &str) -> bool {
        let line = line.trim();
        line.len() >= self.length && line.chars().all(|char| char == self.sign)
    }
}

/// What follows the sign of an item of a list.
fn item(line: &str) -> Option<&str> {
    let digits = line.trim_start_matches(|char: char| char.is_ascii_digit());
    let after = match digits.len() < line.len() {
        true => digits.strip_prefix(['.', ')']),
        false => line.strip_prefix(['-', '*', '+']),
    };
    after.filter(|rest| rest.starts_with([' ', '\t']))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines of the code, and the fences of blocks that are not read.
    fn read(text: &str) -> (Vec<String>, Vec<&str>) {
        let (code, problems) = python_blocks(text);
        assert_eq!(
            code.text.matches('\n').count(),
            text.matches('\n').count() + usize::from(!text.ends_with('\n')),
            "{}",
            code.text
        );
        let told = problems.iter().map(|problem| &text[problem.span.range()]).collect();
        (code.text.lines().map(str::to_owned).collect(), told)
    }

    #[test]
    fn blocks_keep_their_lines() {
        let text =
            "Hi\n\n```python\nf(x)\n```\nthen\n~~~ py\ng(\n```\n)\n~~~~\n```{.python .numberLines}\nh()\n```\nend\n";
        let (lines, told) = read(text);
        assert_eq!(lines, ["", "", "", "f(x)", "", "", "", "g(", "```", ")", "", "", "h()", "", ""]);
        assert_eq!(told, [""; 0]);
    }

    #[test]
    fn blocks_stand_in_lists_and_quotes() {
        let text = "1. Run\n   ```python\n   if x:\n       f()\n   ```\n- ```py\n  g()\n  ```\n> ```py\n> h()\n> ```\n> ```py\n> i()\nj()\n";
        let (lines, _) = read(text);
        assert_eq!(lines, ["", "", "if x:", "    f()", "", "", "g()", "", "", "h()", "", "", "i()", ""]);
    }

    #[test]
    fn a_text_without_fences_is_code_as_far_as_it_can_be() {
        let text = "Run this:\nimport os\n";
        assert_eq!(read(text), (vec!["Run this:".to_owned(), "import os".to_owned()], vec![]));
    }

    #[test]
    fn blocks_in_other_languages_are_told() {
        let text = "```bash\nrm x\n```\n```json\n{}\n```\n```\nf()\n```\n`````sh title\n```\n";
        let (lines, told) = read(text);
        assert_eq!(lines, ["", "", "", "", "", "", "", "f()", "", "", ""]);
        assert_eq!(told, ["```bash", "`````sh title"]);
    }

    #[test]
    fn prompts_output_and_commands() {
        let text = "```pycon\n>>> if x:\n...     f()\n...\n1\n```\n```ipython\n%%bash\nls\nrm x\n```\nx\n```py\n!ls\n";
        let (lines, _) = read(text);
        let system = |command: &str| format!("import IPython; IPython.get_ipython().system(\"{command}\")");
        assert_eq!(lines[..4], ["", "if x:", "    f()", ""]);
        assert_eq!(lines[7], system("ls\\nrm x\\n"));
        assert_eq!(lines[13], system("ls"));
    }

    #[test]
    fn places_are_those_of_the_text() {
        let text = "- x\n  ```py\n  f(é)\n  ```\n";
        let (code, _) = python_blocks(text);
        let at = code.text.find("f(é)").unwrap_or_default();
        let place = code.origin.span(Span::new(at, at + 5));
        assert_eq!((&text[place.range()], place.start), ("f(é)", 14));
    }
}
