//! Cells as IPython takes them: Python with shell commands (`!ls`), magics (`%run x.py`, `%%bash`), help (`f?`) and prompts,
//! rewritten into the Python that has the same effects. IPython itself rewrites them before it compiles.

mod magic;

use super::lex::{Kind, pieces};
use crate::origin::Drawn;
use crate::source::Span;
use magic::Magic;

/// The Python of some cells, which are parts of a text.
pub fn python(text: &str, cells: &[Span]) -> Drawn {
    let mut code = Drawn::default();
    for span in cells {
        let cell = text.get(span.range()).unwrap_or_default();
        let clean = cleaned(cell, span.start as usize);
        code.append(rewritten(&clean.text).through(&clean.origin));
        if !code.text.is_empty() && !code.text.ends_with(['\n', '\r']) {
            code.instead("\n", Span { start: span.end, end: span.end });
        }
    }
    code
}

/// The cell without prompts, and without what all its lines are indented by.
fn cleaned(cell: &str, at: usize) -> Drawn {
    let lines = || cell.split_inclusive('\n');
    let first = lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let indent = &first[..first.len() - first.trim_start_matches([' ', '\t']).len()];
    let dedented = |line| -> usize { if str::starts_with(line, indent) { indent.len() } else { 0 } };
    let mut two = lines().skip_while(|line| line.trim().is_empty()).map(|line| &line[dedented(line)..]);
    let (first, second) = (two.next().unwrap_or_default(), two.next().unwrap_or_default());
    let is_first = |prompt: fn(&str) -> Option<usize>| {
        // An ellipsis alone begins no session.
        prompt(first).is_some() && !first.starts_with("...") || prompt(second).is_some()
    };
    let prompt: fn(&str) -> Option<usize> = match () {
        () if is_first(classic_prompt) => classic_prompt,
        () if is_first(numbered_prompt) => numbered_prompt,
        () => |_| None,
    };
    let mut clean = Drawn::default();
    let mut start = at;
    for line in lines() {
        let skipped = dedented(line);
        let skipped = skipped + prompt(&line[skipped..]).unwrap_or_default();
        clean.verbatim(&line[skipped..], start + skipped);
        start += line.len();
    }
    clean
}

/// The length of `>>> ` or `... `.
fn classic_prompt(line: &str) -> Option<usize> {
    let rest = line.strip_prefix(">>>").or_else(|| line.strip_prefix("..."))?;
    let blank = rest.starts_with(' ');
    (blank || rest.trim().is_empty()).then_some(3 + usize::from(blank))
}

/// The length of `In [12]: ` or `   ...: `.
fn numbered_prompt(line: &str) -> Option<usize> {
    let rest = match line.strip_prefix("In [") {
        Some(rest) => rest.trim_start_matches(|char: char| char.is_ascii_digit()).strip_prefix("]:")?,
        None => line.trim_start().strip_prefix("...:")?,
    };
    Some(line.len() - rest.strip_prefix(' ').unwrap_or(rest).len())
}

/// A clean cell, rewritten.
fn rewritten(cell: &str) -> Drawn {
    let mut code = Drawn::default();
    let body = cell.trim_start_matches([' ', '\t', '\n', '\r']);
    let start = cell.len() - body.len();
    if let Some(magic) = body.strip_prefix("%%").filter(|rest| !rest.starts_with(char::is_whitespace)) {
        let (line, inside) = magic.split_once('\n').unwrap_or((magic, ""));
        let magic = Magic::of(line, Span::new(start, start + 2 + line.trim_end().len()));
        magic.cell(inside, cell.len() - inside.len(), 0, &mut code);
        return code;
    }
    if body.lines().count() == 1
        && let Some(magic) = Magic::automatic(body.trim_end(), start)
    {
        code.verbatim(&cell[..start], 0);
        magic.line(&mut code);
        code.instead("\n", Span::new(cell.len(), cell.len()));
        return code;
    }
    statements(cell, 0, &mut code);
    code
}

/// Statements of a text that begins at a place of the cell. Only where a statement begins is a sign one of IPython's.
fn statements(text: &str, offset: usize, code: &mut Drawn) {
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let content = rest.trim_start_matches([' ', '\t']);
        let indent = rest.len() - content.len();
        if let Some((before, magic, length)) = Magic::in_statement(content, offset + at + indent) {
            code.verbatim(&rest[..indent + before], offset + at);
            magic.line(code);
            at += indent + length;
            continue;
        }
        let length =
            pieces(rest).find(|piece| piece.kind == Kind::Newline).map_or(rest.len(), |end| end.span.end as usize);
        code.verbatim(&rest[..length], offset + at);
        at += length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(cell: &str) -> String {
        let code = python(cell, &[Span::new(0, cell.len())]).text;
        code.replace("import IPython; IPython.get_ipython()", "ip")
            .replace("__import__('IPython').get_ipython()", "ip()")
    }

    #[test]
    fn python_stays_as_it_is() {
        for cell in [
            "x = 1\n",
            "x = (5\n% 3)\ny = '''\n!ls\n%run\n'''\n",
            "if x != y:\n    f(a=1)\n",
            "a = b % c\n",
            "x = [\n  '''\n%%bash'''\n]\n",
        ] {
            assert_eq!(of(cell), cell);
        }
    }

    #[test]
    fn commands_and_magics_are_calls() {
        for (cell, python) in [
            ("!ls -l 'a'\nx = 1", "ip.system(\"ls -l 'a'\")\nx = 1\n"),
            ("for x in y:\n    !rm {x}\n", "for x in y:\n    ip.system(\"rm {x}\")\n"),
            ("!!ls\nf(", "ip.getoutput(\"ls\")\nf(\n"),
            ("files = !ls \"(\"\nx", "files = ip().getoutput(\"ls \\\"(\\\"\")\nx\n"),
            ("!echo a \\\n  b\nx", "ip.system(\"echo a   b\")\nx\n"),
            ("d = %pwd\n", "d = ip().run_line_magic(\"pwd\", \"\")\n"),
            ("%matplotlib inline\nx", "ip.run_line_magic(\"matplotlib\", \"inline\")\nx\n"),
            ("%pip install a b\nx", "import pip; pip.main([\"install\", \"a\", \"b\"])\nx\n"),
            ("%conda install a=1\nx", "ip.system(\"conda install a=1\")\nx\n"),
            ("%run -i a.py b\nx", "import runpy; runpy.run_path(\"a.py\")\nx\n"),
            ("%time f(x)\ny", "f(x)\ny\n"),
            ("%timeit -n 10 f(x)\ny", "f(x)\ny\n"),
            ("%env\nx", "import os; os.environ.copy()\nx\n"),
            ("%env A=b\nx", "import os; os.environ.update({\"A\": \"b\"})\nx\n"),
            ("f?\nx", "pass\nx\n"),
            ("?f.g\nx", "pass\nx\n"),
            ("/f a b\nx", "f(a, b)\nx\n"),
            (",f a b\nx", "f(\"a\", \"b\")\nx\n"),
            (";f a b\nx", "f(\"a b\")\nx\n"),
            ("%%bash\nls\nrm x\n", "ip.system(\"ls\\nrm x\\n\")\n"),
            ("\n%%script perl -w\nx\n", "ip.system(\"perl -w\")\n"),
            ("%%time\nf(x)\n!ls\n", "f(x)\nip.system(\"ls\")\n"),
            ("%%capture out\n%%time\nf(x)\n", "f(x)\n"),
            ("%%writefile -a ~/x.py\ny\n", "open(\"~/x.py\", \"a\").write(\"y\\n\")\n"),
            ("%%python\nf(x)\n", "ip.system(\"python\")\nf(x)\n"),
            ("%%html\n<b>\n", "ip.run_cell_magic(\"html\", \"\", \"<b>\\n\")\n"),
            ("%%strange\nf(x)\n", "ip.run_cell_magic(\"strange\", \"\", \"f(x)\\n\")\nf(x)\n"),
            ("pip install a", "import pip; pip.main([\"install\", \"a\"])\n"),
            ("rm -rf x\n", "ip.system(\"rm -rf x\")\n"),
            ("rm = x\n", "rm = x\n"),
            ("time.sleep(1)\n", "time.sleep(1)\n"),
        ] {
            assert_eq!(of(cell), python, "{cell:?}");
        }
    }

    #[test]
    fn prompts_and_indentation_go() {
        assert_eq!(of(">>> if x:\n...     f()\n... \n>>> g()\n"), "if x:\n    f()\n\ng()\n");
        assert_eq!(of("In [1]: if x:\n   ...:     f()\n"), "if x:\n    f()\n");
        assert_eq!(of("  f()\n  !ls\n"), "f()\nip.system(\"ls\")\n");
    }

    #[test]
    fn places_are_those_of_the_cells() {
        let text = "AB  f(x)\n  !ls\n";
        let code = python(text, &[Span::new(2, text.len())]);
        let place = |part: &str| {
            let at = code.text.find(part).unwrap_or_default();
            &text[code.origin.span(Span::new(at, at + part.len())).range()]
        };
        assert_eq!(
            (place("f(x)"), place("import IPython; IPython.get_ipython().system(\"ls\")"), place("\"ls\"")),
            ("f(x)", "!ls", "!ls")
        );
    }
}
