//! `#!` lines: whether a file without an ending is Python.

/// Whether the first lines hand the file to Python: the `#!` line itself, or, where it names a shell or another program
/// that picks the interpreter, one of the lines after it.
pub(super) fn is_python(bytes: &[u8]) -> bool {
    // The system knows no byte order mark before `#!`; whoever writes one means Python all the same.
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut lines = bytes.split(|byte| matches!(byte, b'\n' | b'\r')).filter(|line| !line.is_empty());
    let Some(first) = lines.next().and_then(|line| line.strip_prefix(b"#!")) else { return false };
    if holds_one(first, &INTERPRETERS) || RUNNERS.iter().any(|runner| memchr::memmem::find(first, runner).is_some()) {
        return true;
    }
    let picks = holds_one(first, &PICKERS);
    picks && lines.take(LINES).any(|line| is_hand_over(line) && holds_one(line, &INTERPRETERS))
}

/// How many lines after the first may hand over.
const LINES: usize = 4;

/// What runs Python, as a part of a word: `/usr/bin/python3.12`, `ipython`, `pypy3`.
const INTERPRETERS: [&[u8]; 5] = [b"python", b"pypy", b"jython", b"micropython", b"sage"];
/// Programs that fetch an interpreter and run a script with it.
const RUNNERS: [&[u8]; 4] = [b"uv run", b"pipx run", b"hatch run", b"pdm run"];
const PICKERS: [&[u8]; 5] = [b"/sh", b"bash", b"nix-shell", b"env sh", b"/zsh"];

/// A line that is Python and shell at once (`"exec" "python3" "$0"`, `'''exec' python3 …`), or one for `nix-shell`.
fn is_hand_over(line: &[u8]) -> bool {
    line.starts_with(b"#!") || line.starts_with(b"\"") || line.starts_with(b"'")
}

fn holds_one(line: &[u8], words: &[&[u8]]) -> bool {
    words.iter().any(|word| memchr::memmem::find(line, word).is_some())
}

#[cfg(test)]
mod tests {
    use super::is_python;

    #[test]
    fn lines_that_hand_over_to_python() {
        for text in [
            "#!/usr/bin/python",
            "#!/usr/bin/python3.12 -I\nx",
            "#!/usr/bin/env -S python3 -u\r\nx",
            "#! /usr/bin/env pypy3",
            "#!/usr/bin/env -S uv run --script\n# /// script",
            "#!/usr/bin/env -S pipx run",
            "\u{FEFF}#!/usr/bin/env python3",
            "#!/bin/sh\n\"exec\" \"python3\" \"$0\" \"$@\"\n",
            "#!/bin/sh\n'''exec' /opt/long path/bin/python \"$0\" \"$@\"\n' '''\n",
            "#!/usr/bin/env nix-shell\n#!nix-shell -i python3 -p python3\n",
        ] {
            assert!(is_python(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn other_lines() {
        for text in [
            "",
            "python",
            "#!/bin/sh\npython3 run.py\n",
            "#!/usr/bin/perl\n'python'",
            "x\n#!/usr/bin/python",
            "#!/bin/bash\n# python\n",
        ] {
            assert!(!is_python(text.as_bytes()), "{text}");
        }
    }
}
