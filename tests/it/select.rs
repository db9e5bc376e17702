//! Which rules a selection turns on.

use portcullis::pack::Pack;
use portcullis::rule::Set;
use portcullis::select::{Selection, Wishes};

use crate::program::Tree;

/// A pack with a family `x` of its own: two default rules and two of the audit set.
fn pack() -> Pack {
    let page = |set: &str, name: &str, same: &str| {
        format!(
            "```toml\nseverity = \"low\"\nconfidence = \"low\"\nset = \"{set}\"\ncwe = [1]\nsame-as = [{same}]\n\n\
             [match.call]\nname = [\"f.{name}\"]\n```\n\n# Call of {name}\n\nProse.\n\n\
             ```python a.py\nimport f\n«f.{name}()»\n```\n"
        )
    };
    let tree = Tree::new(&[
        ("x/one.md", &page("default", "one", "\"X101\", \"Q7\"")),
        ("x/one-more.md", &page("default", "more", "\"X102\"")),
        ("x/two.md", &page("audit", "two", "\"X201\"")),
        ("x/three.md", &page("audit", "three", "\"XY301\"")),
    ]);
    let mut pack = Pack::builtin();
    pack.add_folder(tree.path()).unwrap();
    pack
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// The rules of `x` that are on, in the order of their pages; `-` for no `--select`.
fn on(select: &str, extend: &str, ignore: &str, audit: bool) -> String {
    let pack = pack();
    let wishes = Wishes {
        select: (select != "-").then(|| words(select)),
        extend: words(extend),
        ignore: words(ignore),
        sets: if audit { vec![Set::Audit] } else { Vec::new() },
        ..Wishes::default()
    };
    let selection = Selection::new(&pack, &wishes, &[]).unwrap();
    let names = ["one", "one-more", "three", "two"];
    let is_on = |name: &&str| selection.is_on(pack.position(&format!("x/{name}")).unwrap());
    names.into_iter().filter(is_on).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_more_specific_selector_wins() {
    for (select, extend, ignore, audit, expected) in [
        ("-", "", "", false, "one one-more"),
        ("-", "", "", true, "one one-more three two"),
        ("python", "", "", false, ""),
        ("x", "", "", false, "one one-more"),
        ("x", "", "", true, "one one-more three two"),
        ("x/two", "", "", false, "two"),
        ("x/t*", "", "", false, "three two"),
        ("X", "", "", false, "one one-more two"),
        ("X1", "", "", false, "one one-more"),
        ("X101", "", "", false, "one"),
        ("Q", "", "", false, "one"),
        ("-", "x/two", "", false, "one one-more two"),
        ("-", "", "x", false, ""),
        ("-", "", "x/one*", true, "three two"),
        ("-", "x/one", "x", false, "one"),
        ("-", "X1", "X10", false, ""),
        ("-", "X102", "X1", false, "one-more"),
        ("x", "", "Q7", false, "one-more"),
        ("x/one", "", "X101", false, ""),
        ("x/*", "", "x", false, "one one-more three two"),
    ] {
        assert_eq!(on(select, extend, ignore, audit), expected, "{select} + {extend} - {ignore}, audit: {audit}");
    }
}

#[test]
fn failures_of_reading_are_told_whatever_is_selected() {
    let pack = pack();
    let is_on =
        |wishes: &Wishes, id: &str| Selection::new(&pack, wishes, &[]).unwrap().is_on(pack.position(id).unwrap());
    let wishes = Wishes { select: Some(words("x/one")), ..Wishes::default() };
    assert!(is_on(&wishes, "any/unread") && is_on(&wishes, "python/unparsed"));
    assert!(!is_on(&wishes, "any/unused-suppression"));
    assert!(!is_on(&Wishes { ignore: words("any/unread"), ..wishes }, "any/unread"));
}

#[test]
fn what_stands_for_no_rule_is_refused() {
    let pack = pack();
    for (text, hint) in [
        ("x/onne", Some("did you mean `x/one`?")),
        ("one-more", Some("did you mean `x/one-more`?")),
        ("x/z*", Some("")),
        ("X9", Some("")),
        ("", None),
        ("*x/one[", Some("")),
    ] {
        let wishes = Wishes { extend: vec![text.to_owned()], ..Wishes::default() };
        let unknown = Selection::new(&pack, &wishes, &[]).unwrap_err();
        assert_eq!(unknown.text, text);
        if hint.is_none_or(|hint| !hint.is_empty()) {
            assert_eq!(unknown.hint.as_deref(), hint, "{text}");
        }
    }
}
