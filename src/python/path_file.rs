//! `.pth` files: lists of folders to import from, read whenever Python starts. A line that begins with `import` is code,
//! and is run there and then.

use crate::origin::Drawn;
use crate::source::{Sign, SignKind, Span};

/// The code of a file of paths, with the same lines, and where in that code something is run.
pub fn read(text: &str) -> (Drawn, Vec<Sign>) {
    let (mut code, mut signs, mut at) = (Drawn::default(), Vec::new(), 0);
    for line in text.split_inclusive(['\n', '\r']) {
        let content = line.trim_end_matches(['\n', '\r']);
        // As `site.addpackage` tells them.
        if content.starts_with("import ") || content.starts_with("import\t") {
            let span = Span::new(code.text.len(), code.text.len() + content.trim_end().len());
            let message = "run whenever Python starts".to_owned();
            signs.push(Sign { kind: SignKind::StartUpLine, message, span });
            code.verbatim(line, at);
        } else {
            code.verbatim(&line[content.len()..], at + content.len());
        }
        at += line.len();
    }
    (code, signs)
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn lines_of_code_are_told_from_paths() {
        let text = "./lib\r\nimport os; os.remove('x')\r\n# import a\nimportlib\nimport\tb";
        let (code, signs) = read(text);
        assert_eq!(code.text, "\r\nimport os; os.remove('x')\r\n\n\nimport\tb");
        let places: Vec<_> = signs.iter().map(|sign| &text[code.origin.span(sign.span).range()]).collect();
        assert_eq!(places, ["import os; os.remove('x')", "import\tb"]);
    }
}
