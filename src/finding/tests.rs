//! No excerpt and no message shows a secret, and the mark stays on what it was on.

#![expect(clippy::unwrap_used)]

use super::*;
use crate::rule::page;

fn rule() -> Rule {
    let page = "```toml\nseverity = \"high\"\nconfidence = \"high\"\ncwe = [1]\n[match.problem]\nkind = \"unread\"\n```\n\n# T\n\nP.\n";
    page::parse("any/test", page).unwrap().rule
}

fn hit(span: Span) -> Hit {
    Hit::at(0, span)
}

/// The finding for the text between `«` and `»`.
fn found(marked: &str) -> Finding {
    let (start, rest) = (marked.find('«').unwrap(), marked.replace('«', ""));
    let (end, text) = (rest.find('»').unwrap(), rest.replace('»', ""));
    Factory::new("a.py".into(), &text, true).finding(&rule(), hit(Span::new(start, end)))
}

/// The excerpt with its mark drawn again.
fn excerpt(marked: &str) -> String {
    let Excerpt { text, marked: (start, end), .. } = found(marked).excerpt;
    let (start, end) = (start as usize, end as usize);
    format!("{}«{}»{}", &text[..start], &text[start..end], &text[end..])
}

/// A token of a shape that no repository may hold.
fn token() -> String {
    format!("{}{}", "ghp_", "0123456789abcdefghijABCDEFGHIJ012345")
}

#[test]
fn lines_are_cut_whole() {
    assert_eq!(excerpt("a = 1\nb = «eval(x)» # c\nd = 2"), "b = «eval(x)» # c");
    assert_eq!(excerpt("a\nf(«1,\r\n2»)\nz"), "f(«1,\r\n2»)");
    assert_eq!(excerpt("«1\n2\n3\n4\n5\n6»"), "«1\n2\n3\n4»");
}

#[test]
fn marks_of_no_width_keep_their_place() {
    assert_eq!(excerpt("«»ab\nc"), "«»ab");
    assert_eq!(excerpt("ab«»\nc"), "ab«»");
    assert_eq!(excerpt("ab\n«»"), "«»");
    assert_eq!(excerpt("«»"), "«»");
}

#[test]
fn a_mark_takes_in_the_mask_of_a_secret_it_touches() {
    let cases = [
        ("«connect(password='hunter2')»", "«connect(password='****')»"),
        ("connect(password=«'hunter2'»)", "connect(password=«'****'»)"),
        ("connect(password='«hunter2»')", "connect(password='«****»')"),
        ("connect(password='hun«te»r2')", "connect(password='«****»')"),
        ("connect(password='hun«ter2', x)»", "connect(password='«****', x)»"),
        ("«connect(password='hun»ter2')", "«connect(password='****»')"),
        ("connect(password='hunter2'«)»", "connect(password='****'«)»"),
        ("«connect(password=»'hunter2')", "«connect(password=»'****')"),
        ("connect(password='hunter«»2')", "connect(password='«****»')"),
    ];
    for (given, expected) in cases {
        assert_eq!(excerpt(given), expected);
    }
}

#[test]
fn assigned_secrets_are_masked_in_every_spelling() {
    let cases = [
        ("password = \"hunter2\"", "password = \"****\""),
        ("PASSWORD: str = 'hunter2'", "PASSWORD: str = '****'"),
        ("DB_PASSWORD_PROD=b'hunter2'", "DB_PASSWORD_PROD=b'****'"),
        ("SECRET_KEY = 'hun\\'ter\"2'", "SECRET_KEY = '****'"),
        ("d = {'api-key' : \"it's\"}", "d = {'api-key' : \"****\"}"),
        ("os.environ[\"TOKEN\"] = 'hunter2'", "os.environ[\"TOKEN\"] = '****'"),
        ("os.getenv('DB_PASSWORD', 'hunter2')", "os.getenv('DB_PASSWORD', '****')"),
        ("if pwd == 'hunter2' or pwd != 'x'", "if pwd == '****' or pwd != '****'"),
        ("password = ('hun' 'ter' + '2')", "password = ('****')"),
        ("password = '''hun'ter2'''", "password = '''****'''"),
        ("password = 'hunter2", "password = '****"),
        ("passwörd = 'grüße'; password = 'grüße'", "passwörd = '****'; password = '****'"),
        ("'redis://:p@ss@host:1/0'", "'redis://****@host:1/0'"),
        ("https://host:80/a@b", "https://host:80/a@b"),
        ("{'Authorization': f'Bearer {x}abc'}", "{'Authorization': f'****'}"),
        ("password = ''", "password = ''"),
        ("password = ask('who')", "password = ask('who')"),
        ("tokens: list[str] = read()", "tokens: list[str] = read()"),
    ];
    for (given, expected) in cases {
        assert_eq!(excerpt(&format!("«{given}»")), format!("«{expected}»"));
    }
}

#[test]
fn tokens_are_masked_wherever_they_stand() {
    let token = token();
    assert_eq!(excerpt(&format!("x = «'{token}'»")), "x = «'ghp_****'»");
    assert_eq!(excerpt(&format!("# «see» {token}: old")), "# «see» ghp_****: old");
    assert_eq!(excerpt(&format!("«https://{token}:x@h»")), "«https://****@h»");
    assert_eq!(excerpt(&format!("«prefix{token}»")), format!("«prefix{token}»"));
}

#[test]
fn a_secret_over_several_lines_keeps_the_lines() {
    let key = format!("-----BEGIN {} KEY-----\nMIIE\nabcd\r\nefgh\n-----END {} KEY-----", "PRIVATE", "PRIVATE");
    let text = format!("key = '''{key}'''\n");
    assert_eq!(
        excerpt(&text.replace("key = '''", "key = «'''").replace("KEY-----'''", "KEY-----'''»")),
        "key = «'''-----BEGIN PRIVATE KEY-----\n****\n****\r\n****»"
    );
    assert_eq!(excerpt(&text.replace("abcd", "ab«cd»")), "«****»");
    let cut_off = format!("-----BEGIN {} KEY-----\\n{}«x»", "PRIVATE", "ab12".repeat(16));
    assert_eq!(excerpt(&cut_off), "-----BEGIN PRIVATE KEY-----«****»");
}

#[test]
fn a_secret_is_masked_where_it_stands_again() {
    assert_eq!(excerpt("password = 'hunter2'\nlogin(«'hunter2'», hunter22)"), "login(«'****'», hunter22)");
    // A value that is a word stays one in code, and not between quotes.
    assert_eq!(excerpt("password = 'letmein'\n«letmein('letmein')»"), "«letmein('****')»");
    assert_eq!(excerpt("token = 'os'\n«import os»"), "«import os»");
}

#[test]
fn long_lines_are_cut_at_characters() {
    for filler in ["a", "ä", "漢", "😀"] {
        for shift in 0..4 {
            let text = format!("{}{}«eval(x)»{}", "-".repeat(shift), filler.repeat(2000), filler.repeat(2000));
            let excerpt = excerpt(&text);
            assert!(excerpt.contains("«eval(x)»"), "{excerpt}");
            assert!(excerpt.len() <= EXCERPT_BYTES + 4 + "«»".len(), "{}", excerpt.len());
        }
    }
    let long = excerpt(&format!("f(«'{}'»)", "é".repeat(2000)));
    assert!(long.starts_with("f(«'é") && long.ends_with("é»"), "{long}");
}

#[test]
fn a_cut_through_a_secret_shows_none_of_it() {
    let secret = "s3cr3t".repeat(300);
    let before = excerpt(&format!("password = '{secret}'; «eval(x)»; {}", "y".repeat(2000)));
    assert!(before.starts_with("****'; «eval(x)»; yyy"), "{before}");
    let after = excerpt(&format!("{}«eval(x)»; password = '{secret}'", "y".repeat(2000)));
    assert!(after.ends_with("«eval(x)»; password = '****"), "{after}");
    let inside = excerpt(&format!("password = '{}«x»{secret}'", &secret));
    assert_eq!(inside, "«****»");
}

#[test]
fn messages_are_masked_too() {
    let token = token();
    let text = format!("password = 'hunter2'\nrun(x)\n{token}");
    let mut factory = Factory::new("a.py".into(), &text, false);
    let mut hit = hit(Span::new(21, 27));
    hit.detail = Some(format!("runs `echo hunter2 {token}`"));
    hit.trace = vec![(Span::new(0, 8), "`password` is \"hunter2\"".to_owned())];
    let finding = factory.finding(&rule(), hit);
    assert_eq!(finding.detail.as_deref(), Some("runs `echo **** ghp_****`"));
    assert_eq!(&*finding.trace[0].message, "`password` is \"****\"");
}

#[test]
fn fingerprints_survive_moved_lines_and_tell_repetitions_apart() {
    let moved = found("\n\n    x(\n  «eval( a,\n  b )») # new").fingerprint;
    assert_eq!(found("«eval( a, b )»").fingerprint, moved);
    let mut factory = Factory::new("a.py".into(), "eval(a)\neval(a)", false);
    let first = factory.finding(&rule(), hit(Span::new(0, 7))).fingerprint;
    let second = factory.finding(&rule(), hit(Span::new(8, 15))).fingerprint;
    assert_ne!(first, second);
    // A changed password is the same finding: its bytes have no part in the fingerprint.
    assert_eq!(found("«password = 'a'»").fingerprint, found("«password = 'b'»").fingerprint);
}

#[test]
fn an_uncertain_hit_is_one_step_less_confident() {
    let mut factory = Factory::new("a.py".into(), "eval(a)", false);
    let uncertain = Hit { certain: false, ..hit(Span::new(0, 7)) };
    assert_eq!(factory.finding(&rule(), uncertain).confidence, Confidence::Medium);
}

#[test]
fn a_place_outside_of_the_text_is_its_end() {
    let mut factory = Factory::new("a.py".into(), "ab\n", true);
    let finding = factory.finding(&rule(), hit(Span::new(10, 12)));
    assert_eq!((finding.place.start.line, &*finding.excerpt.text), (2, ""));
}

#[test]
fn the_literals_of_a_credential_are_masked_however_they_are_written() {
    let value = ["hunter", "2!A"].concat();
    for source in [
        format!("pw = x or \"{value}\""),
        format!("pw = \"\".join([\"{value}\", \"{value}\"])"),
        format!("pw = ((\"{value}\"))"),
    ] {
        let all = Span::new(5, source.len());
        let mut factory =
            Factory::knowing("a.py".into(), &source, None, false, Known { bound: vec![all], ..Known::default() });
        let finding = factory.finding(&rule(), hit(all));
        assert!(!finding.excerpt.text.contains(&value), "{}", finding.excerpt.text);
    }
}
