//! Notebooks, chat and texts full of signs that could make their readers go over the same again and again.

use std::time::{Duration, Instant};

use portcullis::reading;
use portcullis::source::Kind;

use super::repeated;

/// Far more than any of them takes, and far less than looking at everything twice.
const LIMIT: Duration = Duration::from_secs(20);

fn cell(code: &str) -> String {
    format!("{{\"cells\": [{{\"cell_type\": \"code\", \"source\": {}}}]}}", serde_json::to_string(code).unwrap())
}

#[test]
fn texts_that_repeat() {
    use Kind::{Markdown, Notebook, PathFile, Python};
    let cells = "{\"cell_type\": \"code\", \"source\": [\"!ls\"]}, ";
    for (name, kind, text) in [
        ("magics above magics", Notebook, cell(&repeated("%%a\n"))),
        ("timed magics", Notebook, cell(&repeated("%%time\n"))),
        ("commands", Notebook, cell(&repeated("!a '(\n"))),
        ("open brackets", Notebook, cell(&repeated("x = f(\n!ls\n"))),
        ("continued", Notebook, cell(&format!("!a {}", repeated("\\\n")))),
        ("assignments", Notebook, cell(&repeated("x = !a = !b\n"))),
        ("one long assignment", Notebook, cell(&repeated("x = !"))),
        ("questions", Notebook, cell(&repeated("a?\n"))),
        ("prompts", Notebook, cell(&repeated(">>> f()\n"))),
        ("escapes", Notebook, cell(&repeated("\u{1}\\\"\n"))),
        ("cells", Notebook, format!("{{\"cells\": [{}{{\"cell_type\": \"raw\"}}]}}", repeated(cells))),
        ("nested", Notebook, format!("{{\"cells\": {}", repeated("["))),
        ("fences", Markdown, repeated("```py\n```\n")),
        ("blank lines", Markdown, format!("```py\n{}", repeated("\n"))),
        ("quotes", Markdown, repeated("> > > ```py\n")),
        ("signs of quotes", Markdown, format!("{}```py\n{}", repeated(">"), repeated("\n"))),
        ("items", Markdown, repeated("- ")),
        ("paths", PathFile, repeated("import a\n")),
        ("headers", Python, repeated("# /// script\n# ///\n")),
        ("ends of a header", Python, format!("# /// script\n{}", repeated("# ///\n"))),
        ("form feeds", Python, repeated("x\u{0C} ")),
        ("form feeds in a row", Python, repeated("\u{0C}")),
        ("returns", Python, format!("\n{}", repeated("a\r"))),
        ("escape characters", Python, repeated("\u{1b}")),
        ("invisible", Python, repeated("\u{200B}")),
        ("tags", Python, repeated("a\u{E0041}")),
        ("letters", Python, repeated("а ")),
        ("one long name", Python, repeated("а")),
        ("names", Python, repeated("ѕа + ")),
        ("f-strings", Python, format!("é{}", repeated("f'{"))),
        ("blanks", Python, repeated(" ")),
        ("far blanks", Python, format!("x{}", repeated("                    \t;x"))),
        ("far calls", Python, repeated("f(1);")),
        ("empty lines", Python, format!("x{}y", repeated("\n"))),
    ] {
        let begun = Instant::now();
        let reading = reading::read_text(kind, text);
        assert!(begun.elapsed() < LIMIT, "{name}: {:?}", begun.elapsed());
        assert!(reading.code().len() <= 64 * reading.text.len() + 64, "{name} grows to {}", reading.code().len());
    }
}
