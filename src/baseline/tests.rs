//! What entries suppress, when they stop to, and what becomes of the file.

#![expect(clippy::unwrap_used)]

use super::*;
use crate::finding::Hit;
use crate::select::Wishes;

const EVAL: &str = "python/eval";

/// The findings of `python/eval` for each `eval` in a text.
fn found(pack: &Pack, path: &str, text: &str) -> Vec<Finding> {
    let rule = pack.position(EVAL).unwrap();
    let mut factory = Factory::new(path.into(), text, false);
    let spans = text.match_indices("eval(").map(|(at, _)| {
        let end = text[at..].find(')').map_or(text.len(), |end| at + end + 1);
        Span::new(at, end)
    });
    spans.map(|span| factory.finding(pack.rule(rule), Hit::at(rule, span))).collect()
}

struct World {
    pack: Pack,
    selection: Selection,
}

impl World {
    fn new() -> Self {
        Self::wishing(&Wishes::default())
    }

    fn wishing(wishes: &Wishes) -> Self {
        let pack = Pack::builtin();
        Self { selection: Selection::new(&pack, wishes, &[]).unwrap(), pack }
    }

    fn scanned<'a>(&'a self, covers: &'a dyn Fn(&str) -> bool) -> Scanned<'a> {
        Scanned { pack: &self.pack, selection: &self.selection, covers }
    }

    /// The baseline of some findings, after a visit to the disk.
    fn baseline(&self, findings: &[Finding], terms: &Terms) -> Baseline {
        let (baseline, _) = Baseline::default().updated(findings, &self.scanned(&|_| true), terms);
        parsed(&baseline.written()).unwrap()
    }
}

fn parsed(text: &str) -> Result<Baseline, String> {
    Baseline::parse(Path::new("known.toml"), text.to_owned()).map_err(|complaint| complaint.to_string())
}

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

fn details(findings: &[Finding]) -> Vec<(u32, &str)> {
    findings.iter().map(|finding| (finding.place.start.line, finding.detail.as_deref().unwrap())).collect()
}

fn until(text: &str) -> Terms {
    Terms { reason: Some("legacy \"x\"\n\u{7f}".to_owned()), expires: Some(day(text)) }
}

const TODAY: &str = "2026-11-23";

#[test]
fn what_is_known_is_suppressed_wherever_its_line_goes() {
    let world = World::new();
    let baseline = world.baseline(&found(&world.pack, "a.py", "eval(x)\neval(y)\n"), &until("2027-01-31"));
    let mut now = found(&world.pack, "a.py", "import z\n\neval(y)\neval(new)\n\n  eval( x )\n");
    let stale = baseline.apply(&mut now, &world.scanned(&|_| true), day(TODAY), false);
    // What was at `eval(x)` is there no more: `eval( x )` is another text.
    assert_eq!(
        details(&stale).iter().map(|told| told.1).collect::<Vec<_>>(),
        ["`python/eval` in a.py: is no longer found"]
    );
    let known = Some(Suppression { by: SuppressedBy::Baseline, reason: Some("legacy \"x\"\n\u{7f}".into()) });
    assert_eq!(now.into_iter().map(|finding| finding.suppressed).collect::<Vec<_>>(), [known, None, None]);
}

#[test]
fn the_file_is_sorted_and_holds_neither_lines_nor_code() {
    let world = World::new();
    let mut findings = found(&world.pack, "b.py", "\n\neval(hunter2)\n");
    findings.extend(found(&world.pack, "a \"b\".py", "eval(z)\neval(z)\n"));
    let text = world.baseline(&findings, &Terms::default()).written();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[1..3], ["version = 1", "findings = ["]);
    let mut prints: Vec<_> = findings[1..].iter().map(|finding| finding.fingerprint.to_string()).collect();
    prints.sort();
    let line =
        |path: &str, print: &str| format!("    {{ path = \"{path}\", rule = \"{EVAL}\", fingerprint = \"{print}\" }},");
    let escaped = "a \\\"b\\\".py";
    let last = line("b.py", &findings[0].fingerprint.to_string());
    assert_eq!(lines[3..], [line(escaped, &prints[0]), line(escaped, &prints[1]), last, "]".to_owned()]);
    assert_eq!(parsed(&text).unwrap().written(), text);
    findings.reverse();
    assert_eq!(world.baseline(&findings, &Terms::default()).written(), text, "whatever the order of the findings");
}

#[test]
fn an_entry_counts_through_its_last_day() {
    let world = World::new();
    let findings = found(&world.pack, "a.py", "eval(x)\n");
    let baseline = world.baseline(&findings, &until("2027-01-31"));
    for (today, is_suppressed) in [("2027-01-30", true), ("2027-01-31", true), ("2027-02-01", false)] {
        let mut now = findings.clone();
        let stale = baseline.apply(&mut now, &world.scanned(&|_| true), day(today), false);
        assert_eq!(now[0].suppressed.is_some(), is_suppressed, "{today}");
        let told: &[_] =
            if is_suppressed { &[] } else { &[(4, "`python/eval` in a.py: its entry expired on 2027-01-31")] };
        assert_eq!(details(&stale), told, "{today}");
    }
    // Who scans something else is not told.
    assert_eq!(details(&baseline.apply(&mut [], &world.scanned(&|_| false), day("2030-01-01"), false)), []);
}

#[test]
fn entries_are_told_as_unused_only_where_their_finding_would_show() {
    let world = World::new();
    let baseline = world.baseline(&found(&world.pack, "a/b.py", "eval(x)\n"), &Terms::default());
    let told = |world: &World, covers: &dyn Fn(&str) -> bool, findings: &mut [Finding]| {
        baseline.apply(findings, &world.scanned(covers), day(TODAY), false).len()
    };
    let stale = baseline.apply(&mut [], &world.scanned(&|path| path == "a/b.py"), day(TODAY), false);
    assert_eq!(details(&stale), [(4, "`python/eval` in a/b.py: is no longer found")]);
    assert_eq!(&*stale[0].path, "known.toml");
    assert_eq!(told(&world, &|path| path == "a/c.py", &mut []), 0, "not scanned");
    let ignoring = |wishes: &Wishes| World::wishing(wishes);
    let off = ignoring(&Wishes { ignore: vec![EVAL.to_owned()], ..Wishes::default() });
    assert_eq!(told(&off, &|_| true, &mut []), 0, "its rule is off");
    let graver = ignoring(&Wishes { min_severity: Some(crate::rule::Severity::Critical), ..Wishes::default() });
    assert_eq!(told(&graver, &|_| true, &mut []), 0, "it is too slight");
    let surer = ignoring(&Wishes { min_confidence: Some(crate::rule::Confidence::Medium), ..Wishes::default() });
    assert_eq!(told(&surer, &|_| true, &mut []), 0, "it may be too uncertain");
    let unread = world.pack.rule_about(ProblemKind::Unread).unwrap();
    let mut factory = Factory::new("a/b.py".into(), "", false);
    let failure = factory.finding(world.pack.rule(unread), Hit::at(unread, Span::default()));
    assert_eq!(told(&world, &|_| true, &mut [failure]), 0, "its file was not read");
}

#[test]
fn an_update_keeps_what_stays_as_it_is() {
    let world = World::new();
    let old = found(&world.pack, "a.py", "eval(x)\neval(y)\n");
    let baseline = world.baseline(&old, &until("2020-01-31"));
    let mut now = found(&world.pack, "a.py", "eval(y)\neval(z)\neval(w)\n");
    now[2].suppressed = Some(Suppression { by: SuppressedBy::Comment, reason: None });
    let terms = Terms { reason: Some("new".to_owned()), expires: None };
    let (updated, change) = baseline.updated(&now, &world.scanned(&|_| true), &terms);
    assert_eq!(change, Change { kept: 1, added: 1, dropped: 1 });
    let of = |finding: &Finding| {
        let key = Key::of(finding, &world.pack);
        updated.entries().iter().find(|entry| entry.key == key).map(|entry| (entry.reason.clone(), entry.expires))
    };
    assert_eq!(of(&old[0]), None);
    assert_eq!(of(&now[0]), Some((until(TODAY).reason, Some(day("2020-01-31")))));
    assert_eq!(of(&now[1]), Some((Some("new".to_owned()), None)));
    assert_eq!(of(&now[2]), None, "the comment says it");
    let (_, change) = baseline.updated(&[], &world.scanned(&|_| false), &terms);
    assert_eq!(change, Change { kept: 2, added: 0, dropped: 0 }, "nothing is known of what was not scanned");
    assert_eq!(updated.updated(&now, &world.scanned(&|_| true), &terms).0.written(), updated.written());
}

#[test]
fn the_lines_of_two_branches_make_one_file() {
    let world = World::new();
    let [ours, theirs] = ["ours.py", "theirs.py"]
        .map(|path| world.baseline(&found(&world.pack, path, "eval(x)\n"), &Terms::default()).written());
    let entry = |text: &str| text.lines().nth(3).unwrap().to_owned() + "\n";
    let merged = ours.replace("\n]\n", &format!("\n{}]\n", entry(&theirs)));
    let turned = theirs.replace("\n]\n", &format!("\n{}]\n", entry(&ours)));
    assert_eq!(parsed(&turned).unwrap().written(), merged);
}

#[test]
fn mistakes_are_told_with_their_place() {
    let print = "0123456789abcdef".repeat(2);
    let entry = format!("{{ path = \"a.py\", rule = \"python/eval\", fingerprint = \"{print}\" }},\n");
    let file = |body: &str| format!("version = 1\nfindings = [\n{body}]\n");
    for (text, place, words) in [
        (file(&format!("<<<<<<< HEAD\n{entry}=======\n{entry}>>>>>>> x\n")), "3:1", "an unfinished merge"),
        (file(&format!("{entry}=======\n")), "4:1", "run `portcullis baseline update`"),
        (file(&entry.repeat(2)), "4:1", "there is an entry for this finding already"),
        (file(&entry.replace(&print, "beef")), "3:54", "this is no fingerprint"),
        (file(&entry.replace(" }", ", expires = \"31.1.2027\" }")), "3:100", "write it as \"2027-01-31\""),
        (file(&entry.replace(" }", ", line = 3 }")), "3:", "unknown key `line`"),
        (file("{ path = \"a.py\" },\n"), "3:1", "missing field `rule`"),
        (file("").replace('1', "2"), "1:11", "this version of the format is not known"),
        (String::new(), "1:1", "missing field `version`"),
        (file("").replace(']', ""), "", "known.toml:"),
    ] {
        let complaint = parsed(&text).unwrap_err();
        assert!(complaint.contains(words) && complaint.starts_with(&format!("known.toml:{place}")), "{complaint}");
    }
    assert_eq!(parsed(&file("")).unwrap().entries(), []);
    assert_eq!(parsed(&file(&entry.replace(" }", ", reason = \"=======\" }"))).unwrap().entries().len(), 1);
}
