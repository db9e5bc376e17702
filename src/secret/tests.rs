//! The engine on rules made for the purpose.

use super::*;
use crate::rule::Confidence;

/// A pack of rules with these matches, in the order of their names.
fn pack(rules: &[(&str, &str)]) -> Pack {
    let mut pack = Pack::without_rules();
    for (name, matcher) in rules {
        let page = format!(
            "```toml\nseverity = \"high\"\nconfidence = \"high\"\ncwe = [798]\n[match.secret]\n{matcher}\n```\n# {name}\n\nProse.\n\n\
             ```text a.env\n«x»\ny\n```\n"
        );
        pack.add_page(&format!("secret/{name}"), &page).unwrap();
    }
    pack
}

/// Ids' last parts and values of what is found, in the order of places.
fn found<'t>(pack: &Pack, path: &str, text: &'t str) -> Vec<(String, &'t str)> {
    let mut hits = Secrets::new(pack, |_| true).search(path, text);
    hits.sort_by_key(|hit| hit.span);
    hits.iter().map(|hit| (pack.rule(hit.rule).id[7..].to_owned(), &text[hit.span.range()])).collect()
}

fn is(name: &str, value: &'static str) -> (String, &'static str) {
    (name.to_owned(), value)
}

#[test]
fn a_token_is_found_wherever_it_stands() {
    let pack = pack(&[("tok", "is = \"token\"\nmatches = 'tok_[0-9a-z]{8}'")]);
    let text = "a=tok_q1w2e3r4\n{\"b\": \"\\ntok_z9x8c7v6\"} tok_11111111 TOK_q1w2e3r4 tok_q1w2e3r45";
    assert_eq!(found(&pack, "a.env", text), [is("tok", "tok_q1w2e3r4"), is("tok", "tok_z9x8c7v6")]);
}

#[test]
fn words_near_by_count_before_the_value_and_not_far_away() {
    let pack = pack(&[("near", "is = \"token\"\nmatches = '[0-9a-f]{16}'\nnear = [\"open_weather\", \"owm\"]")]);
    for text in [
        "open_weather: c0ffee1199d4a8b7",
        "OpenWeather-Key = 'c0ffee1199d4a8b7'",
        "OPEN-WEATHER\n  c0ffee1199d4a8b7",
        "owm owm owm c0ffee1199d4a8b7 owm",
    ] {
        assert_eq!(found(&pack, "a.env", text), [is("near", "c0ffee1199d4a8b7")], "{text}");
    }
    for text in ["c0ffee1199d4a8b7 owm", "opens weather c0ffee1199d4a8b7", "owm cafebabeabcdefab"] {
        assert_eq!(found(&pack, "a.env", text), [], "{text}");
    }
    let far = format!("owm{}c0ffee1199d4a8b7", " ".repeat(NEAR));
    assert_eq!(found(&pack, "a.env", &far), []);
}

#[test]
fn files_and_exceptions_count() {
    let pack = pack(&[
        ("file", "is = \"password\"\nmatches = '(?m)^password = (?<value>[^\\n]{1,80})$'\nfile = [\"*.cnf\"]"),
        ("unless", "is = \"token\"\nmatches = 'key-[0-9a-z]{4,12}'\nunless = '^key-pub'"),
    ]);
    assert_eq!(found(&pack, "etc/my.cnf", "password = hunter2\n"), [is("file", "hunter2")]);
    assert_eq!(found(&pack, "etc/my.conf", "password = hunter2\n"), []);
    assert_eq!(found(&pack, "a", "key-pub9d8f key-9d8fpub"), [is("unless", "key-9d8fpub")]);
}

#[test]
fn of_rules_that_overlap_the_one_that_says_most_is_told() {
    let pack = pack(&[
        ("a-near", "is = \"token\"\nmatches = '[0-9a-z_]{12}'\nnear = [\"acme\"]"),
        ("b-url", "is = \"password\"\nmatches = '://[a-z]{1,9}:(?<value>[^@\\s]{1,40})@'"),
        ("c-token", "is = \"token\"\nmatches = 'tok_[0-9a-z]{8}'"),
    ]);
    assert_eq!(found(&pack, "a", "acme x://me:tok_q1w2e3r4@host"), [is("c-token", "tok_q1w2e3r4")]);
}

#[test]
fn a_pair_is_told_only_together() {
    let pack = pack(&[
        ("id", "is = \"token\"\nmatches = 'AKX[0-9A-Z]{8}'"),
        ("other", "is = \"key\"\nmatches = '[0-9a-f]{16}'\nnear = [\"secret\"]\nbeside = \"secret/id\""),
    ]);
    let (id, other) = ("id = AKX7Q2M9ZXT\n", "secret = c0ffee1199d4a8b7\n");
    assert_eq!(found(&pack, "a", other), []);
    assert_eq!(found(&pack, "a", &format!("{id}{}{other}", "\n".repeat(20))), [is("id", "AKX7Q2M9ZXT")]);
    assert_eq!(
        found(&pack, "a", &format!("{id}\n{other}")),
        [is("id", "AKX7Q2M9ZXT"), is("other", "c0ffee1199d4a8b7")]
    );
}

#[test]
fn tests_and_documents_are_less_certain() {
    let pack = pack(&[("tok", "is = \"token\"\nmatches = 'tok_[0-9a-z]{8}'")]);
    let confidence = |path| Secrets::new(&pack, |_| true).search(path, "tok_q1w2e3r4")[0].confidence;
    assert_eq!(confidence("src/a.py"), Some(Confidence::High));
    assert_eq!(confidence("tests/a.py"), Some(Confidence::Medium));
}

proptest::proptest! {
    /// Leads and windows lose nothing that a look at every place would find.
    #[test]
    fn windows_lose_nothing(text in "(?:[ab0-2 =.:\n-]{0,12}|tok_|--x|KEY|[0-9a-f]{4}){0,14}") {
        let forms = [
            "tok_[0-9a-f]{4,8}",
            "[ab0-2]{2,6}--x[0-9a-f]{2}",
            "(?:KEY|tok)[:=](?<value>[0-9ab]{2,9})",
            "(?i)key ?[:=]? ?[0-9a-f]{4}(?:-[0-9a-f]{2}){0,2}",
            "[0-9]{1,3}\\.[ab]{1,2}tok_|--x--x[a-f0-9]{1,4}",
        ];
        for form in forms {
            let pack = pack(&[("form", &format!("is = \"key\"\nmatches = '''{form}'''"))]);
            let secrets = Secrets::new(&pack, |_| true);
            let mut search = Search::new(&secrets, "a", &text, true);
            secrets.leads.find(text.as_bytes(), |target, start, end| search.follow(target, start, end));
            let mut by_leads: Vec<_> = search.seen.drain(..).map(|sighting| sighting.value).collect();
            search.look(0, 0..text.len(), 0..0);
            let mut everywhere: Vec<_> = search.seen.drain(..).map(|sighting| sighting.value).collect();
            by_leads.sort_by_key(|value| (value.start, value.end));
            by_leads.dedup();
            everywhere.sort_by_key(|value| (value.start, value.end));
            for value in &everywhere {
                proptest::prop_assert!(by_leads.contains(value), "{form}: {value:?} of {text:?}");
            }
        }
    }
}

#[test]
fn what_is_encoded_is_found_at_the_characters_that_encode_it() {
    let pack = pack(&[("tok", "is = \"token\"\nmatches = 'tok_[0-9a-z]{8}'")]);
    // `user=tok_q1w2e3r4;` in base64, and that again in hex.
    let once = "dXNlcj10b2tfcTF3MmUzcjQ7";
    let twice: String = once.bytes().map(|byte| format!("{byte:02x}")).collect();
    for (text, told) in [(once.to_owned(), "written in base64"), (twice, "written in base64; written in hex")] {
        let text = format!("a: \"{text}\"\n");
        let hits = Secrets::new(&pack, |_| true).search("a.yml", &text);
        let [hit] = hits.as_slice() else { panic!("{text}: {hits:?}") };
        assert_eq!(hit.detail.as_deref(), Some(told), "{text}");
        assert!(hit.span.start > 4 && (hit.span.end as usize) < text.len() - 1, "{hit:?}");
    }
}
