//! Jupyter notebooks: the code of their cells, in order, as one Python text whose parts know where in the file they stand.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::origin::Drawn;
use crate::python::ipython;
use crate::source::{Problem, ProblemKind, Span};

#[derive(Deserialize)]
struct Notebook<'n> {
    #[serde(borrow)]
    cells: Option<Vec<Cell<'n>>>,
    /// What held the cells before version 4 of the format.
    #[serde(borrow)]
    worksheets: Option<Vec<Worksheet<'n>>>,
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Worksheet<'n> {
    #[serde(borrow, default)]
    cells: Vec<Cell<'n>>,
}

#[derive(Deserialize)]
struct Cell<'n> {
    cell_type: String,
    #[serde(borrow)]
    source: Option<&'n RawValue>,
    /// The source of code before version 4 of the format.
    #[serde(borrow)]
    input: Option<&'n RawValue>,
}

#[derive(Default, Deserialize)]
struct Metadata {
    #[serde(default)]
    kernelspec: Language,
    #[serde(default)]
    language_info: Language,
}

#[derive(Default, Deserialize)]
struct Language {
    name: Option<String>,
    language: Option<String>,
}

/// The code of a notebook, and why not all of it could be had.
pub fn read(text: &str) -> (Drawn, Vec<Problem>) {
    let problem = |message: String, span| vec![Problem { kind: ProblemKind::Unanalysed, message, span }];
    let whole = Span::new(0, text.len());
    let notebook: Notebook<'_> = match serde_json::from_str(text) {
        Ok(notebook) => notebook,
        Err(error) => {
            let message = format!("not a notebook that can be read, so none of its cells was: {error}");
            return (Drawn::default(), problem(message, place_of(&error, text)));
        }
    };
    if let Some(language) = notebook.metadata.other_language() {
        let message = format!("a notebook in the language `{language}`, which is not read");
        return (Drawn::default(), problem(message, Span::default()));
    }
    let Notebook { cells, worksheets, .. } = notebook;
    if cells.is_none() && worksheets.is_none() {
        return (Drawn::default(), problem("a notebook without a list of cells".to_owned(), whole));
    }
    let sheets = worksheets.into_iter().flatten().flat_map(|sheet| sheet.cells);
    let mut code = Drawn::default();
    let (mut cells_of_code, mut problems) = (Vec::new(), Vec::new());
    for cell in cells.into_iter().flatten().chain(sheets).filter(|cell| cell.cell_type == "code") {
        let start = code.text.len();
        for source in [cell.source, cell.input].into_iter().flatten() {
            let json = source.get();
            // The raw value is a part of the text.
            let at = (json.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
            if !source_of(json, at, &mut code) {
                let message = "a cell whose source is neither text nor a list of lines".to_owned();
                problems.extend(problem(message, Span::new(at, at + json.len())));
            }
        }
        cells_of_code.push(Span::new(start, code.text.len()));
    }
    (ipython::python(&code.text, &cells_of_code).through(&code.origin), problems)
}

impl Metadata {
    /// The language of the cells, where all that is said of it says that it is not Python.
    fn other_language(&self) -> Option<&str> {
        let said = [&self.kernelspec.language, &self.kernelspec.name, &self.language_info.name];
        let is_python =
            |name: &str| ["py", "sage", "conda"].iter().any(|part| name.to_ascii_lowercase().contains(part));
        let mut said = said.into_iter().filter_map(Option::as_deref).filter(|name| !name.is_empty()).peekable();
        let first = *said.peek()?;
        (!said.any(is_python)).then_some(first)
    }
}

/// Where the JSON is wrong.
fn place_of(error: &serde_json::Error, text: &str) -> Span {
    let line_start: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let at = text.floor_char_boundary((line_start + error.column().saturating_sub(1)).min(text.len()));
    Span::new(at, at + text[at..].chars().next().map_or(0, char::len_utf8))
}

/// Adds the text of a string or of a list of strings; false where it is something else.
fn source_of(json: &str, at: usize, code: &mut Drawn) -> bool {
    if json.starts_with('"') {
        string(json, at, code);
        return true;
    }
    let Ok(lines) = serde_json::from_str::<Vec<&RawValue>>(json) else { return false };
    lines.into_iter().all(|line| {
        let line = line.get();
        let is_string = line.starts_with('"');
        if is_string {
            string(line, at + (line.as_ptr() as usize).saturating_sub(json.as_ptr() as usize), code);
        }
        is_string
    })
}

/// Adds what a string of JSON stands for. It is valid, since it was parsed before.
fn string(json: &str, at: usize, code: &mut Drawn) {
    let inside = json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default();
    let mut rest = inside;
    while let Some(escape) = memchr::memchr(b'\\', rest.as_bytes()) {
        let start = at + json.len() - 1 - rest.len();
        code.verbatim(&rest[..escape], start);
        let (char, length) = unescaped(&rest[escape + 1..]);
        let mut bytes = [0; 4];
        code.instead(char.encode_utf8(&mut bytes), Span::new(start + escape, start + escape + 1 + length));
        rest = &rest[escape + 1 + length..];
    }
    code.verbatim(rest, at + json.len() - 1 - rest.len());
}

/// The character for an escape, without its backslash, and the length of that. Half of a pair is none.
fn unescaped(text: &str) -> (char, usize) {
    let unit = |text: &str| text.get(..4).and_then(|digits| u16::from_str_radix(digits, 16).ok());
    let char = match text.as_bytes().first() {
        Some(b'n') => '\n',
        Some(b't') => '\t',
        Some(b'r') => '\r',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{C}',
        Some(b'u') => {
            let Some(first) = unit(&text[1..]) else { return (char::REPLACEMENT_CHARACTER, 1) };
            let second = text[5..].strip_prefix("\\u").and_then(unit).filter(|unit| (0xDC00..0xE000).contains(unit));
            let units = [Some(first), second.filter(|_| (0xD800..0xDC00).contains(&first))];
            let length = if units[1].is_some() { 11 } else { 5 };
            let char = char::decode_utf16(units.into_iter().flatten()).next();
            return (char.and_then(Result::ok).unwrap_or(char::REPLACEMENT_CHARACTER), length);
        }
        Some(other) => char::from(*other),
        None => return (char::REPLACEMENT_CHARACTER, 0),
    };
    (char, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notebook(cells: &str) -> String {
        format!("{{\n \"cells\": [{cells}],\n \"nbformat\": 4, \"nbformat_minor\": 5, \"metadata\": {{}}\n}}\n")
    }

    fn code(text: &str) -> Drawn {
        let (code, problems) = read(text);
        assert_eq!(problems, vec![], "{text}");
        code
    }

    #[test]
    fn cells_of_code_in_order() {
        let text = notebook(
            r##"
  {"cell_type": "code", "source": ["x = \"a\"\n", "y = '\u00e9\ud83d\ude00'"], "outputs": []},
  {"cell_type": "markdown", "source": "# no"},
  {"cell_type": "raw", "source": ["no"]},
  {"source": "!ls\nf(x)\n", "cell_type": "code"},
  {"cell_type": "code", "source": []},
  {"cell_type": "code", "source": ["a", "b = 1\\\n", "2"]}
"##,
        );
        let Drawn { text: python, origin } = code(&text);
        assert_eq!(
            python,
            "x = \"a\"\ny = 'é😀'\nimport IPython; IPython.get_ipython().system(\"ls\")\nf(x)\nab = 1\\\n2\n"
        );
        for (part, original) in
            [("\"a\"", "\\\"a\\\""), ("'é😀'", "'\\u00e9\\ud83d\\ude00'"), ("f(x)", "f(x)"), ("= 1", "= 1")]
        {
            let at = python.find(part).unwrap_or_default();
            assert_eq!(&text[origin.span(Span::new(at, at + part.len())).range()], original);
        }
    }

    #[test]
    fn older_notebooks() {
        let text = "{\"worksheets\": [{\"cells\": [{\"cell_type\": \"code\", \"input\": [\"f(x)\"], \"language\": \"python\"}]}], \"nbformat\": 3}";
        assert_eq!(code(text).text, "f(x)\n");
    }

    #[test]
    fn what_is_no_notebook_is_told() {
        for (text, place) in [
            ("{\"cells\": [,]}", ","),
            ("", ""),
            ("[]", "]"),
            ("{}", "{}"),
            ("{\"cells\": [], \"cells\": []}", "\""),
            ("{\"cells\": [{\"cell_type\": \"code\", \"source\": 1}]}", "1"),
            ("{\"cells\": [{\"cell_type\": \"code\", \"source\": [\"a\", 2]}]}", "[\"a\", 2]"),
            ("{\"cells\": [], \"metadata\": {\"kernelspec\": {\"name\": \"ir\", \"language\": \"R\"}}}", ""),
        ] {
            let (_, problems) = read(text);
            let places: Vec<_> = problems.iter().map(|problem| &text[problem.span.range()]).collect();
            assert_eq!(places, [place], "{text}: {problems:?}");
        }
    }
}
