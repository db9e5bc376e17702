//! Suppressions in comments.

use bumpalo::Bump;
use portcullis::allow::{self, Honoured, Scope};
use portcullis::finding::{Factory, Hit, SuppressedBy};
use portcullis::pack::Pack;
use portcullis::python::{place, strict};
use portcullis::select::{Selection, Wishes};
use portcullis::source::{LineIndex, Span};

const ALL: Honoured = Honoured { nosec: true, noqa: true };
const NONE: Honoured = Honoured { nosec: false, noqa: false };

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
    let scope = Scope { text, lines: &lines, comments: &module.comments, pack: &pack, selection: &selection, honoured };
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
        assert_eq!(suppressed(text, NONE), expected, "{text}");
    }
}

#[test]
fn the_reason_is_kept() {
    let text = "eval(x)  # portcullis: ignore[python/eval] -- only our own users, see #12  # noqa\n";
    let reason = Some("only our own users, see".to_owned());
    assert_eq!(outcome(text, NONE).evals, [Some((SuppressedBy::Comment, reason))]);
    let text = "eval(x)  # portcullis: ignore[python/eval]\n";
    assert_eq!(outcome(text, NONE).evals, [Some((SuppressedBy::Comment, None))]);
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
        let complaints = outcome(text, NONE).complaints;
        assert_eq!(complaints, [(about.to_owned(), complaint.to_owned())], "{text}");
    }
    // A family is no rule, and a rule that is off may have its comment.
    assert_eq!(outcome("eval(x)  # portcullis: ignore[python]\n", NONE).complaints[0].0, "python");
    assert_eq!(outcome("x = 1  # portcullis: ignore[python/assert]\n", NONE).complaints, []);
}

#[test]
fn comments_of_other_tools_count_where_they_are_honoured() {
    let nosec = Honoured { nosec: true, noqa: false };
    let noqa = Honoured { nosec: false, noqa: true };
    for (comment, honoured, expected) in [
        ("# nosec", NONE, false),
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
        ("# noqa: PGH001  # nosec", ALL, true),
    ] {
        assert_eq!(suppressed(&format!("eval(x)  {comment}\n"), honoured), [expected], "{comment} {honoured:?}");
    }
    let spread = |comment: &str| format!("a(\n    eval(x),\n)  {comment}\n");
    assert_eq!(suppressed(&spread("# nosec"), ALL), [true], "for the statement");
    assert_eq!(suppressed(&spread("# noqa"), ALL), [false], "for its line");
}

#[test]
fn texts_without_suppressions_need_no_comments() {
    assert!(!allow::may_suppress("x = 1  # nosec", NONE));
    assert!(allow::may_suppress("x = 1  # portcullis: ignore[x]", NONE));
    assert!(allow::may_suppress("x = 1  # nosec", ALL));
}
