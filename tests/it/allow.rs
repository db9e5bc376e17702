//! Suppressions in comments.

use bumpalo::Bump;
use portcullis::allow::{self, Honoured, Scope};
use portcullis::finding::{Factory, Hit, SuppressedBy};
use portcullis::pack::Pack;
use portcullis::python::{place, strict};
use portcullis::select::{Selection, Wishes};
use portcullis::source::{LineIndex, Span};

use crate::program::Tree;

fn none() -> Honoured {
    Honoured::default()
}

fn all() -> Honoured {
    Honoured::new([SuppressedBy::Nosec, SuppressedBy::Noqa])
}

/// What became of the findings, and what is said about the comments.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    /// For each `eval` in the text, in order: what suppressed its finding, and why.
    evals: Vec<Option<(SuppressedBy, Option<String>)>>,
    /// The text each complaint is about, and the complaint.
    complaints: Vec<(String, String)>,
}

/// Takes every `eval` of the text for a finding of `python/eval`, and applies the comments.
fn outcome(text: &str, honoured: Honoured) -> Outcome {
    let pack = Pack::builtin();
    let selection = Selection::new(&pack, &Wishes::default(), &[]).unwrap();
    let arena = Bump::new();
    let module = strict::read(text, &arena, true).unwrap();
    let rule = pack.position("python/eval").unwrap();
    let mut factory = Factory::new("a.py".into(), text, false);
    let hits = text.match_indices("eval(").map(|(at, word)| Hit::at(rule, Span::new(at, at + word.len())));
    let mut findings: Vec<_> = hits.map(|hit| factory.finding(pack.rule(rule), hit)).collect();
    let lines = LineIndex::new(text);
    let scope =
        Scope { text, lines: &lines, comments: Some(&module.comments), pack: &pack, selection: &selection, honoured };
    let hits = allow::apply(&mut findings, &scope, |offset| place::statement_at(&module, text, offset));
    let about = pack.position("any/unused-suppression").unwrap();
    assert!(hits.iter().all(|hit| hit.rule == about));
    Outcome {
        evals: findings
            .into_iter()
            .map(|finding| finding.suppressed.map(|how| (how.by, how.reason.map(|reason| reason.into_string()))))
            .collect(),
        complaints: hits.into_iter().map(|hit| (text[hit.span.range()].to_owned(), hit.detail.unwrap())).collect(),
    }
}

/// Whether each `eval` is suppressed, where nothing is said about the comments.
fn suppressed(text: &str, honoured: Honoured) -> Vec<bool> {
    let outcome = outcome(text, honoured);
    assert_eq!(outcome.complaints, [], "{text}");
    outcome.evals.iter().map(Option::is_some).collect()
}

#[test]
fn a_comment_counts_for_its_line_and_its_statement() {
    for (text, expected) in [
        ("eval(x)  # portcullis: ignore[python/eval]\neval(y)\n", &[true, false][..]),
        ("a(\n    eval(x),\n    b,\n)  # portcullis: ignore[python/eval]\n", &[true]),
        ("a(  #portcullis:ignore[ python/eval ]\n    eval(x),\n    eval(y))\neval(z)\n", &[true, true, false]),
        ("if eval(x):  # portcullis: ignore[python/eval]\n    eval(y)\n", &[true, false]),
        ("if a(\n    eval(x)\n):  # portcullis: ignore[python/eval]\n    eval(y)\n", &[true, false]),
        ("if a:\n    eval(x)\nelif b:  # noqa\n    eval(y)  # portcullis: ignore[python/eval]\n", &[false, true]),
        ("eval(x); eval(y)  # portcullis: ignore[python/eval]\n", &[true, true]),
        ("eval(x)  # why not  # portcullis: ignore[python/eval]\n", &[true]),
        ("eval(x)  # portcullis: ignore[python/assert, python/eval]\n", &[true]),
        ("eval(x)  # portcullis: ignore[S307]\n", &[true]),
        ("eval('# portcullis: ignore[python/eval]')\n", &[false]),
        ("eval(x)\r# é portcullis\reval(y)  # portcullis: ignore[python/eval]", &[false, true]),
    ] {
        assert_eq!(suppressed(text, none()), expected, "{text}");
    }
}

#[test]
fn the_reason_is_kept() {
    let text = "eval(x)  # portcullis: ignore[python/eval] -- only our own users, see #12  # noqa\n";
    let reason = Some("only our own users, see".to_owned());
    assert_eq!(outcome(text, none()).evals, [Some((SuppressedBy::Comment, reason))]);
    let text = "eval(x)  # portcullis: ignore[python/eval]\n";
    assert_eq!(outcome(text, none()).evals, [Some((SuppressedBy::Comment, None))]);
}

#[test]
fn comments_that_suppress_nothing_are_told() {
    for (text, about, complaint) in [
        ("x = 1  # portcullis: ignore[python/eval]\n", "python/eval", "`python/eval` finds nothing here"),
        ("eval(x)  # portcullis: ignore[python/eval, S301]\n", "S301", "`S301` finds nothing here"),
        (
            "# portcullis: ignore[python/eval]\neval(x)\n",
            "python/eval",
            "`python/eval` finds nothing here; it belongs on a line of the statement it is about",
        ),
        (
            "eval(x)  # portcullis: ignore[python/evil]\n",
            "python/evil",
            "there is no rule `python/evil`; did you mean `python/eval`?",
        ),
        (
            "eval(x)  # portcullis: ignore\n",
            "# portcullis: ignore",
            "a suppression must name its rules: write `# portcullis: ignore[rule-id] -- reason`",
        ),
        (
            "eval(x)  # portcullis: ignore[ , ]\n",
            "# portcullis: ignore[ , ]",
            "a suppression must name its rules: write `# portcullis: ignore[rule-id] -- reason`",
        ),
        (
            "eval(x)  # ok # portcullis: ignroe[python/eval]\n",
            "# portcullis: ignroe[python/eval]",
            "this comment is not understood: write `# portcullis: ignore[rule-id] -- reason`",
        ),
    ] {
        let complaints = outcome(text, none()).complaints;
        assert_eq!(complaints, [(about.to_owned(), complaint.to_owned())], "{text}");
    }
    // A family is no rule, and a rule that is off may have its comment.
    assert_eq!(outcome("eval(x)  # portcullis: ignore[python]\n", none()).complaints[0].0, "python");
    assert_eq!(outcome("x = 1  # portcullis: ignore[python/assert]\n", none()).complaints, []);
}

#[test]
fn comments_of_other_tools_count_where_they_are_honoured() {
    let (nosec, noqa) = (Honoured::new([SuppressedBy::Nosec]), Honoured::new([SuppressedBy::Noqa]));
    for (comment, honoured, expected) in [
        ("# nosec", none(), false),
        ("# nosec", noqa, false),
        ("# nosec", nosec, true),
        ("#nosec", nosec, true),
        ("# NOSEC because", nosec, true),
        ("# nosecurity", nosec, false),
        ("# nosec B307", nosec, true),
        ("# nosec: B101, B307", nosec, true),
        ("# nosec B101 B102", nosec, false),
        ("# nosec assert_used", nosec, false),
        ("# noqa", nosec, false),
        ("# noqa", noqa, true),
        ("# NoQA : S307", noqa, true),
        ("# noqa: E501,S307 fine", noqa, true),
        ("# noqa: E501", noqa, false),
        ("# noqa: PGH001  # nosec", all(), true),
    ] {
        assert_eq!(suppressed(&format!("eval(x)  {comment}\n"), honoured), [expected], "{comment} {honoured:?}");
    }
    let spread = |comment: &str| format!("a(\n    eval(x),\n)  {comment}\n");
    assert_eq!(suppressed(&spread("# nosec"), all()), [true], "for the statement");
    assert_eq!(suppressed(&spread("# noqa"), all()), [false], "for its line");
}

#[test]
fn texts_without_suppressions_need_no_comments() {
    assert!(!allow::may_suppress("x = 1  # nosec", none()));
    assert!(allow::may_suppress("x = 1  # portcullis: ignore[x]", none()));
    assert!(allow::may_suppress("x = 1  # nosec", all()));
}

/// A rule of the family `secret`, and one of another family that reads any text.
const RULES: [(&str, &str, &str); 2] =
    [("rules/secret/token.md", "tok_[a-z]{8}(?:\\n[A-Z]+)*", "tok_abcdefgh"), ("rules/text/word.md", "hush", "hush")];

fn tree(files: &[(&str, &str)]) -> Tree {
    let tree = Tree::new(files);
    for (path, matches, example) in RULES {
        let header = "severity = \"high\"\nconfidence = \"high\"\ncwe = [798]";
        let page = format!(
            "```toml\n{header}\n\n[match.text]\nmatches = \"{matches}\"\n```\n\n# It is there\n\nTake it out.\n\n\
             ```text a.txt\n«{example}»\nnothing\n```\n"
        );
        tree.write(path, &page);
    }
    tree.write(".portcullisignore", "/rules/\n");
    tree
}

/// Place, rule and what suppressed it, of each finding.
fn told(tree: &Tree, arguments: &[&str]) -> Vec<(String, u64, String, Option<String>)> {
    let arguments = [&["scan", "--rules", "rules", "--output-format", "jsonl"], arguments].concat();
    let done = tree.run(&arguments);
    assert_eq!(done.stderr, "");
    let lines = done.stdout.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    let finding = |line: serde_json::Value| {
        let by = text(&line["suppressed"]["by"]);
        Some((text(&line["path"])?, line["start"]["line"].as_u64().unwrap(), text(&line["rule"]).unwrap(), by))
    };
    lines.filter_map(finding).collect()
}

fn entry(path: &str, line: u64, rule: &str, by: Option<&str>) -> (String, u64, String, Option<String>) {
    (path.to_owned(), line, rule.to_owned(), by.map(str::to_owned))
}

#[test]
fn our_comments_count_in_any_text() {
    const WORD: &str = "text/word";
    let own = "portcullis: ignore[text/word]";
    for (comment, counts) in [
        (format!("# {own}"), true),
        (format!("// {own} -- why"), true),
        (format!("--{own}"), true),
        (format!("; {own}"), true),
        (format!("/* {own} -- why */ x"), true),
        (format!("<!-- {own} -->"), true),
        (format!("% {own}"), true),
        (own.to_owned(), false),
        (format!("say {own}"), false),
        ("# portcullis: ignore[secret/token, text/word]".to_owned(), true),
    ] {
        let tree = tree(&[("a.txt", &format!("hush {comment}\nhush\n"))]);
        let by = counts.then_some("comment");
        let mut expected = vec![entry("a.txt", 1, WORD, by), entry("a.txt", 2, WORD, None)];
        if comment.contains("token") {
            expected.insert(1, entry("a.txt", 1, "any/unused-suppression", None));
        }
        assert_eq!(told(&tree, &[]), expected, "{comment}");
    }
    let reason = tree(&[("a.html", &format!("hush <!-- {own} -- it is an example -->\n"))]);
    let done = reason.run(&["scan", "--rules", "rules", "--show-suppressed"]);
    assert!(done.stdout.contains("= suppressed: it is an example\n"), "{}", done.stdout);
}

#[test]
fn of_comments_in_any_text_only_those_that_could_count_there_are_told() {
    let unused = ("a.md", "# portcullis: ignore[text/word]\n");
    let prose =
        ("b.md", "`# portcullis: ignore[rule-id]`, `# portcullis: ignore`, `# portcullis: ignore[python/eval]`\n");
    assert_eq!(told(&tree(&[unused, prose]), &[]), [entry("a.md", 1, "any/unused-suppression", None)]);
}

#[test]
fn marks_of_tools_that_look_for_credentials_count_for_credentials_where_they_are_honoured() {
    let text = "tok_abcdefgh hush gitleaks:allow\ntok_abcdefgx\nMORE # gitleaks:allow\n";
    let tree = tree(&[("a.conf", text), ("b.py", "x = 'tok_abcdefgh'  # trufflehog:ignore\n")]);
    let expected = |gitleaks: Option<&str>, trufflehog: Option<&str>| {
        [
            entry("a.conf", 1, "secret/token", gitleaks),
            entry("a.conf", 1, "text/word", None),
            entry("a.conf", 2, "secret/token", gitleaks),
            entry("b.py", 1, "secret/token", trufflehog),
        ]
    };
    assert_eq!(told(&tree, &[]), expected(None, None));
    assert_eq!(told(&tree, &["--honour", "gitleaks"]), expected(Some("gitleaks"), None));
    assert_eq!(told(&tree, &["--honour", "gitleaks,trufflehog"]), expected(Some("gitleaks"), Some("trufflehog")));
    tree.write("portcullis.toml", "honour = [\"trufflehog\"]\n");
    assert_eq!(told(&tree, &[]), expected(None, Some("trufflehog")));
    tree.write("portcullis.toml", "honour = [\"baseline\"]\n");
    let done = tree.run(&["scan"]);
    assert_eq!(done.code, 2);
    assert!(done.stderr.contains("portcullis.toml:1:11: unknown value `baseline`"), "{}", done.stderr);
}

#[test]
fn forbidden_escapes_suppress_nothing_and_each_is_told() {
    let python = "eval(x)  # portcullis: ignore[python/eval]\ny = 1  # nosec\n";
    let files = [("a.py", python), ("b.conf", "tok_abcdefgh # gitleaks:allow\n\n# trufflehog:ignore\n")];
    let tree = tree(&files);
    tree.write("ci.toml", "extends = \"permissive\"\ninline-escapes = \"forbid\"\n");
    let forbidden = |path: &str, line: u64| entry(path, line, "any/forbidden-suppression", None);
    let expected = [
        entry("a.py", 1, "python/eval", None),
        forbidden("a.py", 1),
        entry("b.conf", 1, "secret/token", None),
        forbidden("b.conf", 1),
    ];
    let honour = ["--honour", "gitleaks"];
    assert_eq!(told(&tree, &[&honour[..], &["--no-inline-ignore"]].concat()), expected);
    let by_policy = told(&tree, &[&honour[..], &["--policy", "ci.toml"]].concat());
    let by_policy: Vec<_> = by_policy.into_iter().filter(|entry| expected.contains(entry)).collect();
    assert_eq!(by_policy, expected);
    assert!(tree.run(&["policy", "show", "ci.toml"]).stdout.contains("\nNo comment in the code suppresses a finding"));
    tree.write("portcullis.toml", "inline-escapes = \"forbid\"\nhonour-nosec = true\n");
    let with_nosec = told(&tree, &[]);
    let with_nosec: Vec<_> = with_nosec.iter().filter(|entry| entry.0 == "a.py").collect();
    assert_eq!(with_nosec, [&expected[0], &expected[1], &forbidden("a.py", 2)]);
}
