//! The repository is what its documents say: the import table, who may know what, sizes, names, and the documents
//! themselves. Each check is a function over small texts, so that a seeded fault can show that it bites.

mod documents;
mod imports;
mod words;

use std::fs;
use std::path::Path;

use ignore::WalkBuilder;

const MAX_LINES: usize = 400;
/// Names that say nothing about what is in a file.
const EMPTY_NAMES: [&str; 8] = ["mod", "utils", "util", "helpers", "helper", "common", "misc", "shared"];

/// A file of the repository.
struct File {
    /// From the root of the repository on.
    path: String,
    text: String,
}

impl File {
    fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    fn is_in(&self, folder: &str) -> bool {
        self.path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
    }

    /// The code of the program: no comments, and nothing from the first `#[cfg(test)]` module on, which comes last.
    fn code(&self) -> String {
        if self.path.ends_with("/tests.rs") {
            return String::new();
        }
        let program = self.text.split("#[cfg(test)]\n#[").next().unwrap_or_default();
        let program = program.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        let lines = program.lines().filter(|line| !line.trim_start().starts_with("//"));
        lines.map(|line| line.split(" // ").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
    }
}

/// Every text file of the repository, without what git ignores and the git folder itself.
fn repository() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for entry in WalkBuilder::new(root).hidden(false).require_git(false).sort_by_file_path(Path::cmp).build() {
        let entry = entry.unwrap();
        let path = entry.path().strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
        if !is_file || path == ".git" || path.starts_with(".git/") {
            continue;
        }
        if let Ok(text) = fs::read_to_string(entry.path()) {
            files.push(File { path, text });
        }
    }
    assert!(files.iter().any(|file| file.path == "src/lib.rs"), "{}", files.len());
    files
}

fn sources() -> Vec<File> {
    repository().into_iter().filter(|file| file.is_rust() && file.is_in("src")).collect()
}

/// Fails with one complaint a line.
#[track_caller]
fn assert_none(complaints: impl IntoIterator<Item = String>) {
    let complaints: Vec<_> = complaints.into_iter().collect();
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

/// What is wrong with the shape of a Rust file.
fn shape(file: &File) -> Vec<String> {
    let lines = file.text.lines().count();
    let name = file.path.rsplit('/').next().unwrap_or_default().trim_end_matches(".rs");
    let mut complaints = Vec::new();
    if lines > MAX_LINES {
        complaints.push(format!("{}: {lines} lines, more than {MAX_LINES}: one noun, one job, one file", file.path));
    }
    if EMPTY_NAMES.contains(&name) {
        complaints.push(format!("{}: `{name}` says nothing about what is in it", file.path));
    }
    let first = file.text.lines().find(|line| !line.starts_with("#!["));
    if !first.is_some_and(|line| line.starts_with("//! ")) {
        complaints.push(format!("{}: it does not begin with a `//!` that says what it is", file.path));
    }
    complaints
}

#[test]
fn files_are_small_and_say_what_they_are() {
    assert_none(repository().iter().filter(|file| file.is_rust()).flat_map(shape));

    assert_eq!(shape(&File::new("src/a.rs", "//! A.\n")), Vec::<String>::new());
    assert_eq!(shape(&File::new("src/a.rs", &"//! A.\n".repeat(MAX_LINES + 1))).len(), 1);
    assert_eq!(shape(&File::new("src/a/mod.rs", "//! A.\n")).len(), 1);
    assert_eq!(shape(&File::new("src/utils.rs", "use std::fs;\n")).len(), 2);
}

#[test]
fn code_is_told_from_comments_and_tests() {
    let text = "//! unsafe\nfn f() {} // unsafe\n#[cfg(test)]\n#[expect(x)]\nmod tests {\n    unsafe {}\n}\n";
    assert_eq!(File::new("src/a.rs", text).code(), "fn f() {}");
    assert_eq!(File::new("src/a/tests.rs", text).code(), "");
    assert_eq!(File::new("src/a.rs", "#[cfg(test)]\nmod tests;\nuse a;").code(), "#[cfg(test)]\nmod tests;\nuse a;");
}

/// Every line of the list of what a scan of our own tree passes over, each with its reason.
const OWN_IGNORES: [(&str, &str); 9] = [
    ("/fixtures/", "made to be found, and hostile on purpose"),
    ("/rules/", "examples of what each page finds"),
    ("/tests/escape/", "attempts to break out of the sandbox, and what sets the scene for them"),
    ("/src/finding/tests.rs", "credentials to be masked"),
    ("/src/secret/assign/tests.rs", "lines that the detector must tell"),
    ("/src/secret/tests.rs", "credentials to be found"),
    ("/tests/it/audit.rs", "credentials to be masked"),
    ("/tests/it/gate.rs", "credentials to be masked"),
    ("/tests/it/run/events.rs", "a credential to be masked"),
];

#[test]
fn a_scan_of_our_own_tree_passes_over_listed_folders_only() {
    let files = repository();
    let list = files.iter().find(|file| file.path == ".portcullisignore").unwrap();
    let lines: Vec<_> = list.text.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(lines, OWN_IGNORES.map(|(line, _)| line));
    // Nor may a file of ours be let off by a comment that nobody explains.
    assert!(
        !files.iter().any(|file| !file.is_in("fixtures") && file.path.ends_with("portcullis.toml")),
        "own configuration: list it here"
    );
}

#[test]
fn two_scans_write_the_same_bytes() {
    let text = |number: usize| format!("import os\nos.system('ls ' + x)\nname{number} = eval(x)\n");
    let files: Vec<_> = (0..64).map(|number| (format!("{}/{number}.py", number % 7), text(number))).collect();
    let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let tree = crate::program::Tree::new(&files);
    for format in ["text", "concise", "json", "jsonl", "sarif", "github"] {
        let run = |threads: &str| tree.run(&["scan", "--output-format", format, "--threads", threads]).stdout;
        let first = run("1");
        assert!(first.contains("os-system"), "{format}: {first}");
        for threads in ["2", "7", "1"] {
            assert!(run(threads) == first, "{format}, {threads} threads");
        }
    }
}
