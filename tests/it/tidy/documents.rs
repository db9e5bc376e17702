//! Documents say what is so: what they show is what the program prints, what they name exists.

use std::collections::BTreeSet;

use portcullis::pack::Pack;
use regex::Regex;

use super::{File, assert_none, repository};
use crate::program::Tree;

const DOCUMENTS: [&str; 5] = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"];

fn documents() -> Vec<File> {
    let files: Vec<_> = repository().into_iter().filter(|file| DOCUMENTS.contains(&&*file.path)).collect();
    assert_eq!(files.len(), DOCUMENTS.len());
    files
}

fn document(path: &str) -> File {
    documents().into_iter().find(|file| file.path == path).unwrap()
}

/// The contents of the fenced blocks with an info string, in order. Longer fences hold shorter ones.
fn blocks<'t>(text: &'t str, info: &str) -> Vec<&'t str> {
    let mut found = Vec::new();
    let mut open: Option<(&str, usize, bool)> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let fence = &line[..line.len() - line.trim_start_matches('`').len()];
        match open {
            None if fence.len() >= 3 => open = Some((fence, at + line.len(), line[fence.len()..].trim() == info)),
            Some((opening, start, wanted)) if fence == opening && line.trim() == fence => {
                found.extend(wanted.then(|| &text[start..at]));
                open = None;
            }
            _ => {}
        }
        at += line.len();
    }
    found
}

#[test]
fn blocks_are_found_by_their_info_string() {
    let text = "````md a\n```toml\nx\n```\n````\n```toml\ny\nz\n```\n";
    assert_eq!(blocks(text, "toml"), ["y\nz\n"]);
    assert_eq!(blocks(text, "md a"), ["```toml\nx\n```\n"]);
}

/// A command in a document, and what it says the command prints.
fn session<'t>(text: &'t str, command: &str) -> &'t str {
    let mut sessions = blocks(text, "console").into_iter();
    sessions.find_map(|block| block.strip_prefix(&format!("$ portcullis {command}\n"))).unwrap()
}

#[test]
fn the_first_example_is_what_the_program_prints() {
    let readme = document("README.md");
    let tree = Tree::new(&[("app.py", blocks(&readme.text, "python app.py")[0])]);
    let done = tree.run(&["scan", "app.py"]);
    assert_eq!((done.code, &*done.stderr), (1, ""));
    assert_eq!(session(&readme.text, "scan app.py"), done.stdout, "copy this into README.md:\n{}", done.stdout);
}

#[test]
fn the_example_of_the_gate_is_what_the_program_prints() {
    let readme = document("README.md");
    let tree = Tree::new(&[("fetch.py", blocks(&readme.text, "python fetch.py")[0])]);
    let command = "gate fetch.py --policy moderate";
    let arguments: Vec<_> = command.split(' ').chain(["--budget-ms", "60000"]).collect();
    let done = tree.run(&arguments);
    assert_eq!((done.code, &*done.stderr), (2, ""));
    assert_eq!(session(&readme.text, command), done.stdout, "copy this into README.md:\n{}", done.stdout);
}

#[test]
fn the_pages_of_the_walk_through_end_as_it_says() {
    let text = document("CONTRIBUTING.md").text;
    let pages = blocks(&text, "markdown rules/python/serve-folder.md");
    let check = |page| Tree::new(&[("rules/python/serve-folder.md", page)]).run(&["rules", "check", "rules"]);
    let first = check(pages[0]);
    assert_eq!(first.code, 1, "{}", first.stderr);
    assert_eq!(session(&text, "rules check rules"), first.stdout, "copy this into CONTRIBUTING.md:\n{}", first.stdout);
    let second = check(pages[1]);
    assert_eq!((second.code, &*second.stdout), (0, "every page is as it should be (1)\n"), "{}", second.stderr);
    assert_eq!(pages.len(), 2);
}

#[test]
fn files_that_are_shown_are_accepted() {
    let text = document("README.md").text;
    let configuration = blocks(&text, "toml portcullis.toml")[0];
    let tree = Tree::new(&[("portcullis.toml", configuration), ("policy.toml", blocks(&text, "toml policy.toml")[0])]);
    assert_eq!(tree.run(&["baseline", "write"]).code, 0, "the configuration names it");
    tree.write("a.py", "assert x\n");
    let done = tree.scan(&["--policy", "policy.toml", "--extend-select", "python/assert", "--min-severity", "low"]);
    assert_eq!((done.code, &*done.stderr), (1, ""), "{}", done.stdout);
    // Every key that there is, is shown.
    let config = repository().into_iter().find(|file| file.path == "src/config.rs").unwrap();
    assert_none(fields(&config.text, "Keys").filter(|key| !configuration.contains(&**key)));
    assert_eq!(tree.run(&["policy", "check", "policy.toml"]).code, 0);
    let policy = tree.read("policy.toml");
    for (path, name) in
        [("src/clause.rs", "Keys"), ("src/cell/keys.rs", "CellKeys"), ("src/clause/audit.rs", "AuditKeys")]
    {
        let file = repository().into_iter().find(|file| file.path == path).unwrap();
        let keys = fields(&file.text, name).filter(|key| key != "level");
        assert_none(keys.filter(|key| !policy.contains(&**key)));
    }
}

/// The fields of a struct, spelled as serde does here.
fn fields(code: &str, name: &str) -> impl Iterator<Item = String> {
    let body = code.split(&format!("struct {name} {{\n")).nth(1).unwrap().split("\n}").next().unwrap();
    let field = Regex::new(r"(?m)^    (?:pub )?(\w+): ").unwrap();
    let names: Vec<_> = field.captures_iter(body).map(|captures| captures[1].replace('_', "-")).collect();
    assert!(!names.is_empty(), "{name}");
    names.into_iter()
}

#[test]
fn everything_a_page_may_say_is_documented() {
    let text = document("CONTRIBUTING.md").text;
    let of_rules = ["src/rule.rs", "src/rule/effect.rs", "src/rule/setting.rs", "src/rule/package.rs"];
    let files = repository().into_iter().filter(|file| of_rules.contains(&&*file.path));
    let rule: String = files.map(|file| file.text).collect();
    let shapes = Regex::new(r"pub struct (\w+Match|\w*Condition) \{").unwrap();
    let structs: Vec<_> = shapes.captures_iter(&rule).map(|captures| captures[1].to_owned()).collect();
    assert!(structs.len() > 10, "{structs:?}");
    let kinds = structs.iter().filter_map(|name| name.strip_suffix("Match")).map(str::to_lowercase);
    let keys = structs.iter().flat_map(|name| fields(&rule, name));
    let missing = kinds.chain(keys).filter(|word| !text.contains(&format!("`{word}`")));
    assert_none(missing.map(|word| format!("CONTRIBUTING.md does not say what `{word}` is")));
}

#[test]
fn rules_and_families_that_are_named_exist() {
    let pack = Pack::builtin();
    let id = Regex::new(r"\b(?:python|any|config)/[a-z0-9]+(?:-[a-z0-9]+)*(?:-?\*|\.[a-z]|/)?").unwrap();
    for file in documents() {
        let named = id.find_iter(&file.text).map(|found| found.as_str());
        // Not the beginning of a path or a pattern, nor the page that the walk-through makes.
        let ids = named.filter(|id| !id.contains(['*', '.']) && !id.ends_with('/') && !id.contains("serve-folder"));
        assert_none(ids.filter(|id| pack.position(id).is_none()).map(|id| format!("{}: {id}", file.path)));
    }
    let readme = document("README.md").text;
    let families: BTreeSet<_> = pack.rules().iter().map(|rule| rule.family()).collect();
    assert_none(families.into_iter().filter(|name| !readme.contains(&format!("\n| `{name}` |"))).map(str::to_owned));
}

/// The checks of bandit 1.9 and the stable `S` rules of ruff 0.17, without their letter.
const FOREIGN: [(char, &str); 2] = [
    (
        'B',
        "101 102 103 104 105 106 107 108 110 112 113 201 202 301 302 303 304 305 306 307 308 310 311 312 313 314 315 \
         316 317 318 319 321 323 324 401 402 403 404 405 406 407 408 409 411 412 413 415 501 502 503 504 505 506 507 \
         508 509 601 602 603 604 605 606 607 608 609 610 611 612 613 614 615 701 702 703 704",
    ),
    (
        'S',
        "101 102 103 104 105 106 107 108 110 112 113 201 202 301 302 303 304 305 306 307 308 310 311 312 313 314 315 \
         316 317 318 319 321 323 324 401 402 403 404 405 406 407 408 409 411 412 413 415 501 502 503 504 505 506 507 \
         508 509 601 602 603 604 605 606 607 608 609 610 611 612 701 702 704",
    ),
];

#[test]
fn the_ids_of_other_tools_are_known() {
    let pack = Pack::builtin();
    let known: BTreeSet<_> = pack.rules().iter().flat_map(|rule| &rule.same_as).cloned().collect();
    let ids = FOREIGN.iter().flat_map(|(tool, ids)| ids.split_whitespace().map(move |id| format!("{tool}{id}")));
    assert_none(ids.filter(|id| !known.contains(id)));
}

/// Options that documents mention and that are other programs'.
const FOREIGN_OPTIONS: [&str; 6] = ["--with", "--release", "--all-targets", "--path", "--flag", "--features"];

#[test]
fn options_and_commands_that_are_named_exist() {
    let tree = Tree::new(&[]);
    let help = |arguments: &[&str]| tree.run(&[arguments, &["--help"]].concat()).stdout;
    let all = help(&["scan"])
        + &help(&["rules", "check"])
        + &help(&["explain"])
        + &help(&["rules", "list"])
        + &help(&["gate"])
        + &help(&["audit", "verify"])
        + &help(&["baseline", "write"])
        + &help(&["run"])
        + &help(&["db", "update"]);
    let option = Regex::new(r"(?:^|[\s`(])(--[a-z][a-z-]+)").unwrap();
    let command =
        Regex::new(r"portcullis (scan|baseline|rules|explain|completions|man|schema|gate|policy|run|hook|audit|db)\b")
            .unwrap();
    for file in documents() {
        let options = option.captures_iter(&file.text).map(|captures| captures.get(1).unwrap().as_str());
        let ours = options.filter(|option| !FOREIGN_OPTIONS.contains(option));
        assert_none(ours.filter(|option| !all.contains(option)).map(|option| format!("{}: {option}", file.path)));
        for captures in command.captures_iter(&file.text) {
            assert_eq!(tree.run(&[&captures[1], "--help"]).code, 0, "{}: {}", file.path, &captures[0]);
        }
    }
}

/// The file of a test that is named as `it::module::…::name` or, for one beside the code, as cargo names it.
fn missing_tests(text: &str, files: &[File]) -> Vec<String> {
    let test = Regex::new(r"`((?:it|[a-z_]+(?:::[a-z_]+)*::tests)(?:::[a-z_0-9]+)+)`").unwrap();
    let mut missing = Vec::new();
    for captures in test.captures_iter(text) {
        let parts: Vec<_> = captures[1].split("::").collect();
        let (name, modules) = parts.split_last().unwrap();
        let paths = match modules {
            ["it", modules @ ..] => vec![format!("tests/it/{}.rs", modules.join("/"))],
            [modules @ .., _] => ["", "/tests"].map(|end| format!("src/{}{end}.rs", modules.join("/"))).to_vec(),
            [] => Vec::new(),
        };
        let has_test = |file: &File| paths.contains(&file.path) && file.text.contains(&format!("fn {name}("));
        missing.extend((!files.iter().any(has_test)).then(|| captures[1].to_owned()));
    }
    missing
}

#[test]
fn tests_that_are_named_exist() {
    let files = repository();
    for path in ["src/lib.rs", "SECURITY.md", "ARCHITECTURE.md"] {
        let file = files.iter().find(|file| file.path == path).unwrap();
        assert_none(missing_tests(&file.text, &files).into_iter().map(|test| format!("{path}: {test}")));
    }
    let seeded = [File::new("tests/it/a/b.rs", "fn c() {}"), File::new("src/d/tests.rs", "fn e() {}")];
    assert_eq!(missing_tests("`it::a::b::c` `d::tests::e`", &seeded), Vec::<String>::new());
    assert_eq!(missing_tests("`it::a::c` `d::tests::c` `d::e`", &seeded), ["it::a::c", "d::tests::c"]);
}

#[test]
fn files_that_are_linked_exist() {
    let link = Regex::new(r"\]\(([^)#:]+)(?:#[^)]*)?\)").unwrap();
    let files = repository();
    for file in documents() {
        let targets = link.captures_iter(&file.text).map(|captures| captures[1].to_owned());
        let is_there = |path: &str| files.iter().any(|file| file.path == path || file.is_in(path));
        assert_none(targets.filter(|path| !is_there(path)).map(|path| format!("{}: {path}", file.path)));
    }
}

#[test]
fn versions_and_hooks_agree() {
    let version = env!("CARGO_PKG_VERSION");
    assert!(document("CHANGELOG.md").text.contains(&format!("\n## [{version}]")), "{version}");
    let (major, minor) = version.rsplit_once('.').map(|(rest, _)| rest.split_once('.').unwrap()).unwrap();
    assert!(document("SECURITY.md").text.contains(&format!("\n| {major}.{minor}.x | yes |")), "{version}");
    let readme = document("README.md").text;
    assert!(readme.contains(&format!("rev: v{version}\n")), "{version}");
    let hooks = repository().into_iter().find(|file| file.path == ".pre-commit-hooks.yaml").unwrap();
    for id in hooks.text.lines().filter_map(|line| line.strip_prefix("- id: ")) {
        assert!(readme.contains(&format!("`{id}`")), "{id}");
    }
    let action = repository().into_iter().find(|file| file.path == "action.yml").unwrap();
    let input = Regex::new(r"(?m)^  ([a-z-]+):$").unwrap();
    let (interface, _) = action.text.split_once("\nruns:").unwrap();
    for captures in input.captures_iter(interface) {
        assert!(readme.contains(&format!("`{}`", &captures[1])), "{}", &captures[1]);
    }
}
