//! The header of a script that names its dependencies ([PEP 723]): whatever runs such a script installs them first.
//!
//! [PEP 723]: https://peps.python.org/pep-0723/

use serde::Deserialize;
use toml::Spanned;

use crate::origin::Drawn;
use crate::source::{Problem, ProblemKind, Sign, SignKind, Span};

const BEGIN: &str = "# /// script";
const END: &str = "# ///";

#[derive(Deserialize)]
struct Header {
    #[serde(default)]
    dependencies: Vec<Spanned<String>>,
    #[serde(default)]
    tool: Tools,
}

#[derive(Default, Deserialize)]
struct Tools {
    #[serde(default)]
    uv: Uv,
}

/// Where uv takes packages from, beside or in place of the index of everybody.
#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Uv {
    index_url: Option<Spanned<String>>,
    extra_index_url: Option<Spanned<toml::Value>>,
    find_links: Option<Spanned<toml::Value>>,
    index: Option<Spanned<toml::Value>>,
    sources: Option<Spanned<toml::Table>>,
}

/// The dependencies that the header of a text names, and what is wrong with it.
pub fn read(text: &str) -> (Vec<Sign>, Vec<Problem>) {
    let (mut signs, mut problems) = (Vec::new(), Vec::new());
    let problem = |message: String, span| Problem { kind: ProblemKind::Unanalysed, message, span };
    if memchr::memmem::find(text.as_bytes(), BEGIN.as_bytes()).is_none() {
        return (signs, problems);
    }
    let mut is_first = true;
    for Block { span, content } in blocks(text) {
        if !std::mem::take(&mut is_first) {
            problems.push(problem(
                "a second header of the script: a runner takes one and may take either".to_owned(),
                span,
            ));
        }
        let Drawn { text: toml, origin } = content;
        let at = |range: std::ops::Range<usize>| origin.span(Span::new(range.start, range.end));
        match toml::from_str::<Header>(&toml) {
            Ok(Header { dependencies, tool: Tools { uv } }) => {
                let sign = |message: String, range| Sign { kind: SignKind::ScriptDependency, message, span: at(range) };
                signs.extend(dependencies.into_iter().map(|name| sign(name.get_ref().clone(), name.span())));
                let tables = [uv.extra_index_url, uv.find_links, uv.index];
                signs.extend(uv.index_url.into_iter().map(|url| sign(format!("from {}", url.get_ref()), url.span())));
                signs.extend(
                    tables.into_iter().flatten().map(|from| sign("from an index of its own".to_owned(), from.span())),
                );
                signs
                    .extend(uv.sources.into_iter().map(|from| sign("from sources of its own".to_owned(), from.span())));
            }
            Err(error) => {
                let place = error.span().map_or(span, at);
                let reason = error.message().lines().next().unwrap_or_default();
                problems.push(problem(format!("the header of the script is not valid: {reason}"), place));
            }
        }
    }
    (signs, problems)
}

struct Block {
    /// Its first line.
    span: Span,
    content: Drawn,
}

/// Each block from its first line to the last one that may end it: only lines of comment stand between them.
fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = lines(text).peekable();
    while let Some((at, line)) = lines.next() {
        if line.trim_end() != BEGIN {
            continue;
        }
        let inside = std::iter::from_fn(|| lines.next_if(|(_, line)| *line == "#" || line.starts_with("# ")));
        let mut inside: Vec<_> = inside.collect();
        let Some(end) = inside.iter().rposition(|(_, line)| line.trim_end() == END) else { continue };
        inside.truncate(end);
        let mut content = Drawn::default();
        for (at, line) in inside {
            let toml = line.strip_prefix("# ").unwrap_or_default();
            content.verbatim(toml, at + line.len() - toml.len());
            content.instead("\n", Span::new(at + line.len(), at + line.len()));
        }
        blocks.push(Block { span: Span::new(at, at + line.trim_end().len()), content });
    }
    blocks
}

/// The lines of a text and where they begin, without their ends.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        (start, line.trim_end_matches(['\n', '\r']))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signs(text: &str) -> Vec<(String, &str)> {
        let (signs, problems) = read(text);
        assert_eq!(problems, vec![]);
        signs.into_iter().map(|sign| (sign.message, &text[sign.span.range()])).collect()
    }

    #[test]
    fn dependencies_and_where_they_stand() {
        let text = "#!x\r\n# /// script\r\n# requires-python = \">=3.11\"\r\n#\r\n# dependencies = [\r\n#   \"a>1\",\r\n#   'b @ http://h.invalid/b.whl',\r\n# ]\r\n# ///\r\n";
        let expected = [("a>1", "\"a>1\""), ("b @ http://h.invalid/b.whl", "'b @ http://h.invalid/b.whl'")];
        assert_eq!(signs(text), expected.map(|(name, place)| (name.to_owned(), place)));
    }

    #[test]
    fn what_is_no_header() {
        for text in [
            "# /// script\n# dependencies = ['a']\n",
            "# /// script\nx\n# ///\n",
            "x = '# /// script'\n",
            "# /// other\n# dependencies = ['a']\n# ///\n",
            "# /// script\n# ///\n",
        ] {
            assert_eq!(signs(text), vec![], "{text}");
        }
    }

    #[test]
    fn the_last_line_that_may_end_it_does() {
        let text = "# /// script\n# # x\n# ///\n# dependencies = ['a']\n# ///\n";
        assert_eq!(read(text).1.len(), 1, "`///` alone is no TOML");
    }

    #[test]
    fn other_indexes_and_errors() {
        let text = "# /// script\n# dependencies = []\n# [tool.uv]\n# index-url = \"http://h.invalid\"\n# ///\n";
        assert_eq!(signs(text), [("from http://h.invalid".to_owned(), "\"http://h.invalid\"")]);

        let text = "# /// script\n# dependencies = [\"a\", 1]\n# ///\n\n# /// script\n# ///\n";
        let places: Vec<_> = read(text).1.iter().map(|problem| &text[problem.span.range()]).collect();
        assert_eq!(places, ["1", "# /// script"]);
    }
}
