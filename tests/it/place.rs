//! Which statement an offset stands in.

use bumpalo::Bump;
use portcullis::python::{place, strict};

const TEXT: &str = "\
@app.route(
    '/a'
)
# about f
def f(
    x=one(),
):  # header
    # first
    two(
        three,
    )
    if four(): five(); six()
    elif (
        seven
    ):  # why
        # comment
        eight = 8  # end
    # between
    else:
        try:
            nine
        except ten:
            eleven
        finally:
            pass

class C(twelve): pass
";

fn statement(word: &str) -> String {
    let offset = u32::try_from(TEXT.find(word).unwrap()).unwrap();
    let arena = Bump::new();
    let module = strict::read(TEXT, &arena, false).unwrap();
    let span = place::statement_at(&module, TEXT, offset);
    span.map_or_else(|| "nothing".to_owned(), |span| TEXT[span.range()].to_owned())
}

#[test]
fn simple_statements_are_whole_and_compound_ones_are_their_headers() {
    let function = "@app.route(\n    '/a'\n)\n# about f\ndef f(\n    x=one(),\n):  # header";
    let elif = "elif (\n        seven\n    ):  # why";
    for (word, expected) in [
        ("'/a'", function),
        ("one", function),
        ("three", "two(\n        three,\n    )"),
        ("four", "if four():"),
        ("five", "five()"),
        ("six", "six()"),
        ("seven", elif),
        ("eight", "eight = 8"),
        ("else", "else:"),
        ("nine", "nine"),
        ("ten", "except ten:"),
        ("eleven", "eleven"),
        ("pass", "pass"),
        ("twelve", "class C(twelve):"),
    ] {
        assert_eq!(statement(word).trim(), expected, "{word}");
    }
}

#[test]
fn outside_of_statements_there_is_none() {
    let arena = Bump::new();
    let module = strict::read("# only\n\nx\n", &arena, false).unwrap();
    assert_eq!(place::statement_at(&module, "# only\n\nx\n", 0), None);
    assert_eq!(place::statement_at(&module, "# only\n\nx\n", 10), None);
}
