//! The same code in a notebook, in chat and in a plain file is the same to the readers, and its places are true.

use bumpalo::Bump;
use portcullis::python::{on_large_stack, read};
use portcullis::reading::{self, Reading};
use portcullis::source::{Kind, Span};
use proptest::collection::vec;
use proptest::prelude::*;

use super::calls;
use super::programs::program;

/// How a cell is written down: as one string or as a list of lines, and whether escapes stand for what is not ASCII.
fn cells() -> impl Strategy<Value = Vec<(String, bool, bool)>> {
    // A line of dots is a prompt to IPython.
    let cell = program().prop_filter("a prompt", |cell| !cell.lines().any(|line| line.trim_start().starts_with("...")));
    vec((cell, any::<bool>(), any::<bool>()), 1..5)
}

/// What stands between the lines of a list: it can be no part of a string.
const BETWEEN: &str = "\",\n\"";

fn string(text: &str, escaped: bool) -> String {
    let plain = serde_json::to_string(text).unwrap();
    let mut string = String::new();
    for char in plain.chars() {
        match char {
            _ if char.is_ascii() || !escaped => string.push(char),
            _ => char.encode_utf16(&mut [0; 2]).iter().for_each(|unit| string.push_str(&format!("\\u{unit:04x}"))),
        }
    }
    string
}

fn notebook(cells: &[(String, bool, bool)]) -> String {
    let cells = cells.iter().map(|(code, is_list, escaped)| {
        let source = match is_list {
            true => {
                let lines: Vec<_> = code.split_inclusive('\n').map(|line| string(line, *escaped)).collect();
                format!("[{}]", lines.join(",\n"))
            }
            false => string(code, *escaped),
        };
        format!("{{\"cell_type\": \"code\", \"metadata\": {{\"a\": [\"!ls\"]}}, \"source\": {source}}}")
    });
    format!("{{\"cells\": [{}], \"nbformat\": 4}}", cells.collect::<Vec<_>>().join(", "))
}

/// The calls of a source, each with the code there and with the text of the file there.
fn calls_of(kind: Kind, text: &str) -> Vec<(String, String)> {
    let reading: Reading = reading::read_text(kind, text.to_owned());
    assert_eq!(reading.problems, vec![], "{text}");
    let arena = Bump::new();
    let calls = calls::of(read(reading.code(), &arena, false).body);
    let slices = |span: Span| (reading.code()[span.range()].to_owned(), text[reading.place(span).range()].to_owned());
    calls.iter().map(|call| slices(call.span)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_notebook_has_the_calls_of_its_cells(cells in cells()) {
        on_large_stack(|| {
            let plain: String = cells.iter().map(|(code, ..)| code.as_str()).collect();
            let notebook = notebook(&cells);
            let expected: Vec<_> = calls_of(Kind::Python, &plain).into_iter().map(|(code, _)| code).collect();
            let found = calls_of(Kind::Notebook, &notebook);
            assert_eq!(found.iter().map(|(code, _)| code).collect::<Vec<_>>(), expected.iter().collect::<Vec<_>>());
            for (code, json) in found {
                let there: String = serde_json::from_str(&format!("\"{}\"", json.replace(BETWEEN, ""))).unwrap();
                assert_eq!(there, code, "{notebook}");
            }
        })
        .unwrap();
    }

    #[test]
    fn fenced_code_has_the_calls_of_its_blocks(cells in cells()) {
        on_large_stack(|| {
            let plain: String = cells.iter().map(|(code, ..)| code.as_str()).collect();
            let chat: String = cells.iter().map(|(code, ..)| format!("Now:\n\n~~~~~python\n{code}~~~~~\n")).collect();
            let expected = calls_of(Kind::Python, &plain);
            let found = calls_of(Kind::Markdown, &chat);
            assert_eq!(found, expected, "{chat}");
        })
        .unwrap();
    }

    /// Whatever the text is, every place of the code is one of the text, and nothing fails.
    #[test]
    fn any_text_is_read(text in "(\\PC|[\n\r\t]|```|>>> |%%|!|\\{\"cells\": \\[|import os\n|`python\n){0,40}") {
        for kind in [Kind::Python, Kind::Notebook, Kind::Markdown, Kind::PathFile] {
            let reading = reading::read_text(kind, text.clone());
            let code = reading.code();
            for (start, char) in code.char_indices() {
                let place = reading.place(Span::new(start, start + char.len_utf8()));
                prop_assert!(text.get(place.range()).is_some(), "{kind:?} {place:?}");
            }
            for place in reading.problems.iter().map(|problem| problem.span) {
                prop_assert!(text.get(place.range()).is_some(), "{kind:?} {place:?}");
            }
            for place in reading.signs.iter().map(|sign| sign.span) {
                prop_assert!(code.get(place.range()).is_some(), "{kind:?} {place:?}");
            }
        }
    }

    /// The same for cells: what is rewritten stands for a part of the text.
    #[test]
    fn any_cell_is_read(cell in "( |\n|\t|!|!!|%|%%|/|,|;|\\?|f|=|x|é|time|bash|pip|run|env|\\\\\n|'|\"|\\(|\\)|>>> |-n|[0-9]){0,30}") {
        let text = notebook(&[(cell, false, true)]);
        let reading = reading::read_text(Kind::Notebook, text.clone());
        for (start, char) in reading.code().char_indices() {
            let place = reading.place(Span::new(start, start + char.len_utf8()));
            prop_assert!(text.get(place.range()).is_some(), "{place:?} in {text}");
        }
    }
}
