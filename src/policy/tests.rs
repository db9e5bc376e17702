//! Levels, overrides and what wins over what.

#![expect(clippy::unwrap_used, clippy::panic)]

use proptest::prelude::*;

use super::*;
use crate::cell::{Cell, Layer, Limits};
use crate::clause::Audit;
use crate::effect::Capability;
use crate::rule::page;

fn policy(text: &str) -> Policy {
    Policy::parse(Path::new("policy.toml"), text, &Pack::builtin()).map_err(|error| error.to_string()).unwrap()
}

fn complaint(text: &str) -> String {
    Policy::parse(Path::new("policy.toml"), text, &Pack::builtin()).unwrap_err().to_string()
}

/// A rule of the family `any` that is denied from a level on.
fn rule(capability: &str, kinds: &str, deny: &str) -> Rule {
    let page = format!(
        "```toml\nseverity = \"high\"\nconfidence = \"high\"\ncwe = [1]\n{capability}\n{deny}\n[match.effect]\nkind = \
         [{kinds}]\n```\n\n# T\n\nP.\n\n```python a.py\n«f()»\ng()\n```\n"
    );
    page::parse("any/test", &page).unwrap().rule
}

#[test]
fn a_stricter_policy_denies_whatever_a_laxer_one_denies() {
    let pack = Pack::builtin();
    let policies = BUILTIN.map(|name| Policy::load(name, &pack).unwrap());
    for rule in pack.rules() {
        let decisions = policies.each_ref().map(|policy| policy.ruling(rule, effects_of(rule)).decision);
        assert!(decisions.is_sorted(), "{}: {decisions:?}", rule.id);
    }
    assert!(policies.iter().all(|policy| !policy.clauses.about.is_empty()));
    assert!(policies.each_ref().map(|policy| policy.clauses.unresolved).is_sorted());
}

#[test]
fn the_most_specific_override_wins_and_at_equal_rank_the_strictest() {
    let rule = rule("capability = \"network\"", "\"connect\", \"listen\"", "deny = \"moderate\"");
    let (connect, listen, both) = ([Effect::Connect], [Effect::Listen], [Effect::Connect, Effect::Listen]);
    let says = |verdict: &str| format!("{{ verdict = \"{verdict}\", reason = \"r\" }}");
    let (allow, ask, deny) = (says("allow"), says("ask"), says("deny"));
    let own = |verdict: &str| format!("[rules]\n\"python/eval\" = {verdict}\n");
    let family = |verdict: &str| format!("[families]\nany = {verdict}\n");
    let capability = |verdict: &str| format!("[capabilities]\nnetwork = {verdict}\n");
    let effect = |name: &str, verdict: &str| format!("[effects]\n{name} = {verdict}\n");
    for (text, effects, wanted) in [
        (String::new(), &both[..], Decision::Deny),
        (own(&allow), &both, Decision::Deny),
        (family(&allow), &both, Decision::Allow),
        (family(&deny) + &capability(&allow), &both, Decision::Allow),
        (family(&allow) + &capability(&ask), &both, Decision::Ask),
        (effect("connect", &allow), &connect, Decision::Allow),
        (effect("connect", &allow), &listen, Decision::Deny),
        // One effect that is named loosens no other.
        (effect("connect", &allow), &both, Decision::Deny),
        (effect("connect", &allow) + &capability(&ask), &both, Decision::Ask),
        (effect("connect", &deny) + &capability(&allow), &both, Decision::Deny),
        (effect("connect", &deny) + &capability(&allow), &listen, Decision::Allow),
        (effect("connect", &ask) + &family(&allow), &both, Decision::Ask),
        (effect("read-file", &allow), &both, Decision::Deny),
        (capability(&allow), &[], Decision::Allow),
    ] {
        let policy = policy(&format!("extends = \"moderate\"\n{text}"));
        assert_eq!(policy.ruling(&rule, effects).decision, wanted, "{text} {effects:?}");
    }
    let mut named = policy(&format!("extends = \"moderate\"\n{}{}", family(&deny), capability(&deny)));
    let own = Override { verdict: Decision::Allow, reason: "own".to_owned() };
    named.clauses.rules.insert("any/test".to_owned(), own);
    let ruling = named.ruling(&rule, &both);
    assert_eq!((ruling.decision, ruling.reason), (Decision::Allow, Some("own")));
}

#[test]
fn the_least_that_a_rule_may_come_to_is_known_before_it_finds_anything() {
    let rule = rule("", "\"connect\", \"listen\"", "");
    let policy = policy("extends = \"moderate\"\n[effects]\nlisten = { verdict = \"ask\", reason = \"r\" }\n");
    assert_eq!(policy.strictest(&rule), Decision::Ask);
    assert_eq!(policy.ruling(&rule, &[Effect::Connect]).decision, Decision::Allow);
}

#[test]
fn what_a_file_names_wrongly_is_told_with_its_line_and_what_was_meant() {
    for (text, told) in [
        ("", "1:1: `extends` is missing"),
        ("level = \"strict\"\n", "takes its level from the one it extends"),
        ("extends = \"strikt\"\n", "1:11: unknown value `strikt`"),
        ("extends = \"strict\"\nunresolvd = \"ask\"\n", "2:1: unknown key `unresolvd`"),
        ("extends = \"strict\"\nunresolvd = \"ask\"\n", "did you mean `unresolved`?"),
        ("extends = \"strict\"\nunresolved = \"alow\"\n", "did you mean `allow`?"),
        ("extends = \"strict\"\n[cel]\n", "did you mean `cell`?"),
        ("extends = \"strict\"\n[cell]\nwall = 3\n", "3:1: unknown key `wall`"),
        ("extends = \"strict\"\n[cell]\nwall-s = 0\n", "3:10: invalid value: integer `0`, expected a number from 1 to"),
        (
            "extends = \"strict\"\n[cell]\nmemory-mib = 8\n",
            "3:14: invalid value: integer `8`, expected a number from 16",
        ),
        ("extends = \"strict\"\n[cell]\nprocesses = -1\n", "3:13: invalid value: integer `-1`"),
        ("extends = \"strict\"\n[cell]\nfile-mib = 9000000000000000000\n", "3:12: invalid value"),
        ("extends = \"strict\"\n[cell]\nfile-mib = 1.5\n", "3:12: invalid type"),
        ("extends = \"strict\"\n[cell]\nworkspace = \"reed\"\n", "did you mean `read`?"),
        ("extends = \"strict\"\n[cell]\nrequire = [\"landlok\"]\n", "did you mean `landlock`?"),
        ("extends = \"strict\"\n[cell]\ncopy-out = [\"ok\", \"a[\"]\n", "3:19: `a[` is no pattern"),
        ("extends = \"strict\"\n[cell]\nenvironment = [\"LANG\", \"LD_PRELOAD\"]\n", "3:24: `LD_PRELOAD` cannot"),
        ("extends = \"strict\"\n[audit]\nrotate-mib = 0\n", "3:14: invalid value: integer `0`"),
        ("extends = \"strict\"\n[audit]\nrecipients = [\"ssh-rsa x\"]\n", "3:15: a recipient of age begins with"),
        ("extends = \"strict\"\n[audit]\nfsync = \"allways\"\n", "did you mean `always`?"),
        ("extends = \"strict\"\n[audit]\npath = \"logs/audit.jsonl\"\n", "3:8: the path of the audit log begins with"),
        (
            "extends = \"strict\"\n[effects]\nconect = { verdict = \"ask\", reason = \"r\" }\n",
            "did you mean `connect`?",
        ),
        ("extends = \"strict\"\n[capabilities]\nnetwrk = { verdict = \"ask\", reason = \"r\" }\n", "`network`?"),
        ("extends = \"strict\"\n[families]\npyton = { verdict = \"ask\", reason = \"r\" }\n", "did you mean `python`?"),
        ("extends = \"strict\"\n[rules]\n\"python/evl\" = { verdict = \"ask\", reason = \"r\" }\n", "`python/eval`?"),
        ("extends = \"strict\"\n[families]\npython = { verdict = \"ask\" }\n", "missing field `reason`"),
        ("extends = \"strict\"\n[families]\npython = { verdict = \"ask\", reason = \" \" }\n", "must say something"),
        (
            "extends = \"strict\"\n[functions]\n\"os.system\" = { verdict = \"allow\", reason = \"r\" }\n",
            "3:1: what is",
        ),
        ("extends = \"strict\"\n[modules]\n\"os system\" = { verdict = \"deny\", reason = \"r\" }\n", "no dotted name"),
        ("extends = \"strict\"\n[[imports]]\nmodules = [\"a-b\"]\nreason = \"r\"\n", "3:13: `a-b` is no dotted name"),
        ("extends = \"strict\"\nanswer = \"yes\"\n", "unknown value `yes`"),
    ] {
        let message = complaint(text);
        assert!(message.contains(told), "{text}\n{message}\n{told}");
    }
}

#[test]
fn the_cells_of_the_levels_are_as_documented() {
    let cell = |name: &str| Policy::load(name, &Pack::builtin()).unwrap().clauses.cell;
    let numbers = |name: &str| {
        let l = cell(name).limits;
        let numbers = [l.wall_s, l.cpu_s, l.memory_mib, l.processes, l.open_files, l.file_mib, l.workspace_mib];
        (numbers, [l.workspace_files, l.tmp_mib, l.tmp_files, l.output_kib])
    };
    assert_eq!(numbers("strict"), ([30, 10, 128, 16, 64, 1, 16], [1024, 16, 1024, 256]));
    assert_eq!(numbers("moderate"), ([60, 30, 256, 64, 256, 16, 64], [4096, 64, 4096, 1024]));
    assert_eq!(numbers("permissive"), ([120, 60, 512, 128, 512, 64, 256], [16384, 128, 16384, 8192]));
    assert!(cell("strict").require.contains(&Layer::CgroupMemory));
    assert!(cell("strict").require.contains(&Layer::CgroupProcesses));
    assert!(!cell("moderate").require.contains(&Layer::CgroupMemory));
    assert!(cell("strict").copy_out.is_empty());
}

/// Whether the second cell grants whatever the first one does.
fn grants_no_more(less: &Clauses, more: &Clauses) {
    let (strict, lax) = (&less.cell, &more.cell);
    let numbers = |cell: &Cell| match serde_json::to_value(&cell.limits).unwrap() {
        serde_json::Value::Object(limits) => limits,
        other => panic!("{other}"),
    };
    let lax_numbers = numbers(lax);
    for (name, limit) in numbers(strict) {
        assert!(limit.as_u64().unwrap() <= lax_numbers[&name].as_u64().unwrap(), "{name}");
    }
    assert!(strict.workspace <= lax.workspace && strict.unfit <= lax.unfit);
    assert!(lax.require.iter().all(|layer| strict.require.contains(layer)));
    assert!(strict.environment.iter().all(|name| lax.environment.contains(name)));
    assert!(strict.copy_out.iter().all(|pattern| lax.copy_out.contains(pattern)));
    assert!(less.audit.demanded >= more.audit.demanded && less.audit.fsync as u8 <= more.audit.fsync as u8);
    assert!(less.answer as u8 <= more.answer as u8 && less.gate as u8 <= more.gate as u8);
}

#[test]
fn a_stricter_level_grants_no_more_than_a_laxer_one() {
    let policies = BUILTIN.map(|name| Policy::load(name, &Pack::builtin()).unwrap().clauses);
    grants_no_more(&policies[1], &policies[0]);
    grants_no_more(&policies[2], &policies[1]);
    let nothing = Clauses { cell: Cell::least(), ..policies[2].clone() };
    grants_no_more(&nothing, &policies[2]);
}

#[test]
fn what_a_file_does_not_say_is_taken_from_the_level() {
    let own = policy("extends = \"strict\"\n[cell]\nwall-s = 7\nrequire = []\n[audit]\npath = \"~/a.jsonl\"\n");
    let strict = Policy::load("strict", &Pack::builtin()).unwrap();
    assert_eq!(own.clauses.cell.limits, Limits { wall_s: 7, ..strict.clauses.cell.limits.clone() });
    assert_eq!(own.clauses.cell.require, []);
    assert_eq!(own.clauses.cell.copy_out, strict.clauses.cell.copy_out);
    assert_eq!(own.clauses.audit, Audit { path: Some("~/a.jsonl".to_owned()), ..strict.clauses.audit.clone() });
    // The digest tells one from the other.
    assert_ne!(own.digest(), strict.digest());
}

#[test]
fn a_file_adds_to_what_it_extends() {
    let policy = policy("extends = \"strict\"\n[[imports]]\nmodules = [\"yaml\"]\nreason = \"configuration\"\n");
    let listed: Vec<_> = policy.clauses.imports.iter().flat_map(|group| &group.modules).collect();
    assert!(listed.iter().any(|name| *name == "yaml") && listed.iter().any(|name| *name == "json"));
    assert_eq!(policy.clauses.unresolved, Decision::Deny);
}

#[test]
fn no_module_is_listed_twice_or_hands_out_more_than_it_is_listed_for() {
    const NEVER: [&str; 20] = [
        "builtins",
        "codecs",
        "ctypes",
        "gc",
        "importlib",
        "inspect",
        "io",
        "marshal",
        "operator",
        "os",
        "pathlib",
        "pickle",
        "posixpath",
        "runpy",
        "shutil",
        "socket",
        "subprocess",
        "sys",
        "threading",
        "types",
    ];
    let strict = Policy::load("strict", &Pack::builtin()).unwrap();
    let mut listed: Vec<_> = strict.clauses.imports.iter().flat_map(|group| &group.modules).collect();
    assert!(!listed.iter().any(|name| NEVER.contains(&name.as_str())));
    let count = listed.len();
    listed.sort();
    listed.dedup();
    assert_eq!(listed.len(), count);
}

fn decision() -> impl Strategy<Value = Decision> {
    prop_oneof![Just(Decision::Allow), Just(Decision::Ask), Just(Decision::Deny)]
}

proptest! {
    /// Whatever numbers a file says, the level's hold for the others, and whatever tightens both levels alike keeps their order.
    #[test]
    fn limits_are_taken_one_by_one(wall in 1_u64..86_400, memory in 16_u64..1_048_576, level in 0_usize..3) {
        let text = format!("extends = \"{}\"\n[cell]\nwall-s = {wall}\nmemory-mib = {memory}\n", BUILTIN[level]);
        let base = Policy::load(BUILTIN[level], &Pack::builtin()).unwrap().clauses.cell.limits;
        let wanted = Limits { wall_s: wall, memory_mib: memory, ..base };
        prop_assert_eq!(policy(&text).clauses.cell.limits, wanted);
    }

    /// Overrides of other things change nothing, and those that tighten loosen nothing.
    #[test]
    fn overriding_never_loosens_what_is_not_named(
        at in 0_usize..1000,
        level in 0_usize..3,
        verdicts in proptest::collection::vec(decision(), 4),
    ) {
        let pack = Pack::builtin();
        let rule = &pack.rules()[at % pack.rules().len()];
        let base = Policy::load(BUILTIN[level], &pack).unwrap();
        let before = base.ruling(rule, effects_of(rule)).decision;
        let ruling = |verdict: Decision| Override { verdict, reason: "r".to_owned() };

        let mut others = base.clone();
        let other = pack.rules().iter().find(|other| other.id != rule.id).unwrap();
        others.clauses.rules.insert(other.id.clone(), ruling(verdicts[0]));
        let family = pack.rules().iter().map(Rule::family).find(|family| *family != rule.family()).unwrap();
        others.clauses.families.insert(family.to_owned(), ruling(verdicts[1]));
        for capability in [Capability::Network, Capability::Persistence, Capability::ExecCode] {
            if rule.capability != Some(capability) {
                others.clauses.capabilities.insert(capability, ruling(verdicts[2]));
            }
        }
        for effect in [Effect::Connect, Effect::ReadFile, Effect::DeleteFile] {
            if !effects_of(rule).contains(&effect) {
                others.clauses.effects.insert(effect, ruling(verdicts[3]));
            }
        }
        prop_assert_eq!(others.ruling(rule, effects_of(rule)).decision, before);

        let mut tighter = base.clone();
        for effect in effects_of(rule) {
            tighter.clauses.effects.insert(*effect, ruling(verdicts[0].max(before)));
        }
        prop_assert!(tighter.ruling(rule, effects_of(rule)).decision >= before);
    }
}
