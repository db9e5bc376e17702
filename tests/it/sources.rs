//! Code that hides in how a file is written, and code in other files than plain sources.

use crate::program::{Done, Tree};

/// The findings of one file, without its name and the titles of rules.
#[track_caller]
fn found(name: &str, bytes: &[u8]) -> Vec<String> {
    let tree = Tree::new(&[]);
    std::fs::write(tree.path().join(name), bytes).unwrap();
    let Done { stdout, stderr, .. } = tree.scan(&["--isolated", name]);
    assert_eq!(stderr, "");
    let short = |line: &str| {
        let (place, rest) = line.strip_prefix(name).unwrap().split_once(": ").unwrap();
        format!("{} {}", &place[1..], rest.split(' ').next().unwrap())
    };
    stdout.lines().map(short).collect()
}

#[test]
fn names_are_those_that_python_reads() {
    for text in [
        "import os\nos.ſystem('ls ' + x)\n",
        "import ｏｓ\nos.system('ls ' + x)\n",
        "from os import ſystem as r\nr('ls ' + x)\n",
        "import os\nf'{os.ｓystem(\"ls \" + x)}'\n",
        "import subprocess\nsubprocess.run('ls ' + x, ｓｈｅｌｌ=True)\n",
        // What only the lenient reader takes.
        "import os\nprint 'a'\nos.ſystem('ls ' + x)\n",
        "print 'a'\nfrom os import ſystem as r\nr('ls ' + x)\n",
        "import subprocess\nprint 'a'\nsubprocess.run('ls ' + x, ｓｈｅｌｌ=True)\n",
    ] {
        let found = found("a.py", text.as_bytes());
        let has = |rule: &str| found.iter().any(|line| line.ends_with(rule));
        assert!(has("python/os-system") || has("python/subprocess-shell"), "{text}: {found:?}");
        assert!(has("python/compatibility-name"), "{text}: {found:?}");
    }
}

#[test]
fn code_is_found_whatever_ends_and_joins_its_lines() {
    for text in [
        "\u{FEFF}import os\r\nos.system('ls ' + x)\r\n",
        "import os\ros.system('ls ' + x)\r",
        "import os\nif x:\n\u{0C}    os.system('ls ' + x)\n",
        "import os\nos\\\n.\\\nsystem\\\n('ls ' + x)\n",
        "import os\nx = 1;;;os.system('ls ' + x)\n",
        "import os\nx = 1; y = 2; os.system('ls ' + x)\n",
    ] {
        let found = found("a.py", text.as_bytes());
        assert!(found.iter().any(|line| line.ends_with("python/os-system")), "{text:?}: {found:?}");
    }
    assert_eq!(
        found("a.py", b"import os\n# Tidy up.\ros.system('ls ' + x)\n"),
        ["2:11 any/lone-carriage-return", "3:1 python/os-system"]
    );
}

#[test]
fn the_comment_that_names_an_encoding_is_told_where_it_stands() {
    assert_eq!(found("a.py", b"#!/usr/bin/python\n# pbqvat\n# coding: rot13\n"), [""; 0]);
    assert_eq!(found("a.py", b"#!/usr/bin/python\n# coding: rot13\ncevag(1)\n"), ["2:11 any/odd-encoding"]);
    assert_eq!(found("a.py", b"# coding: utf-7\n+AGUAdgBhAGw-(x)\n"), ["1:11 any/odd-encoding", "2:1 python/eval"]);
}

#[test]
fn archives_and_compiled_code_are_not_taken_for_text() {
    let directory = [&b"PK\x01\x02"[..], &[0; 42], b"__main__.py"].concat();
    let size = u32::try_from(directory.len()).unwrap().to_le_bytes();
    let archive = [&directory[..], b"PK\x05\x06\0\0\0\0\x01\0\x01\0", &size, &[0; 6]].concat();
    let disguised = "1:1 any/disguised".to_owned();
    for bytes in [&[b"print('hello')\n#", &archive[..]].concat()[..], &archive, b"\xcb\x0d\r\n\0\0\0\0\0\0\0\0"] {
        assert!(found("a.py", bytes).contains(&disguised), "{bytes:?}");
    }
}

#[test]
fn suppressions_in_cells_count() {
    let notebook = |comment: &str| {
        format!(
            "{{\"cells\": [{{\"cell_type\": \"code\", \"source\": [\"import os\\n\",\n\"os.system('ls ' + x){comment}\\n\",\n\"eval(x)\"]}}]}}"
        )
    };
    let all = ["2:2 python/os-system", "3:2 python/eval"];
    assert_eq!(found("a.ipynb", notebook("").as_bytes()), all);
    let comment = "  # portcullis: ignore[python/os-system] -- \\\"tried\\\"";
    assert_eq!(found("a.ipynb", notebook(comment).as_bytes()), all[1..]);
    let unused = "  # portcullis: ignore[python/exec]";
    assert_eq!(found("a.ipynb", notebook(unused).as_bytes()).len(), 3);
}

/// A value that is known in the code by its name is masked wherever the file repeats it.
#[test]
fn no_excerpt_of_a_notebook_shows_a_secret() {
    let notebook = "{\"cells\": [{\"cell_type\": \"code\", \"source\": [\"import os\\n\",\n\"password = \\\"hun-ter2-long\\\"\\n\",\n\"os.system('curl -u me:hun-ter2-long ' + x)\\n\"]}]}";
    let tree = Tree::new(&[("a.ipynb", notebook)]);
    for format in ["text", "json", "sarif"] {
        let report = tree.run(&["scan", "--set", "audit", "--output-format", format, "a.ipynb"]).stdout;
        assert!(report.contains("os-system") && !report.contains("ter2-long"), "{report}");
    }
}

#[test]
fn what_cannot_be_read_of_a_container_is_told() {
    assert_eq!(found("a.ipynb", b"{\"cells\": [\n}"), ["2:1 any/unanalysed"]);
    assert_eq!(found("a.ipynb", b"\xFF\xFE"), ["1:1 any/odd-encoding", "1:1 any/unanalysed"]);
    assert_eq!(found("a.py", b"# /// script\n# dependencies = [\n# ///\n"), ["2:19 any/unanalysed"]);
}
