//! The import table of `src/`.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

use super::{File, assert_none, sources};

/// What each module imports of the others: neither more nor less. A module stands below all that it imports, so the table
/// shows that there is no ring.
const TABLE: &[(&str, &str)] = &[
    ("source", ""),
    ("cell", ""),
    ("outcome", "cell"),
    ("destination", ""),
    ("digest", ""),
    ("proxy", "destination outcome"),
    ("sandbox", "cell destination outcome"),
    ("image", ""),
    ("effect", "source"),
    ("exit", ""),
    ("file_name", ""),
    ("name", ""),
    ("pattern", ""),
    ("plain", ""),
    ("size", ""),
    ("archive", ""),
    ("spelling", ""),
    ("standard", ""),
    ("time", ""),
    ("origin", "source"),
    ("complaint", "plain source"),
    ("value", "name source"),
    ("rule", "effect source"),
    ("package", "rule"),
    ("inventory", "digest package"),
    ("vex", "inventory package time"),
    ("clause", "cell effect rule"),
    ("event", "effect rule source value"),
    ("finding", "effect origin package rule source"),
    ("model", "effect name rule"),
    ("pack", "clause model plain rule source"),
    ("select", "complaint finding pack pattern rule"),
    ("walk", "pattern plain source"),
    ("git", "plain source walk"),
    ("config", "clause complaint finding package pattern rule select size source time walk"),
    ("policy", "cell clause complaint effect pack pattern rule select source walk"),
    ("python", "effect event model name origin rule source standard value"),
    ("markdown", "origin python source"),
    ("notebook", "origin python source"),
    ("reading", "markdown notebook origin python source"),
    ("setting", "rule source"),
    ("lock", "digest file_name package rule setting source value"),
    ("version", "package"),
    ("advisory", "archive digest package rule time version"),
    ("update", "advisory archive digest package time"),
    ("registry", "package spelling"),
    ("lookalike", "package registry spelling"),
    ("reach", "finding package registry"),
    ("declared", "finding lock pack package reach registry rule source"),
    (
        "check",
        "advisory declared effect event file_name finding inventory lock lookalike model pack package registry rule setting source standard value",
    ),
    ("allow", "finding pack select source"),
    ("baseline", "complaint finding pack select source time"),
    ("prefilter", "allow effect model pack rule standard value"),
    ("query", "finding pack python rule source"),
    ("secret", "digest file_name finding pack rule source time"),
    (
        "inspect",
        "allow check declared effect event finding inventory lock pack prefilter python query reading rule secret select source standard value",
    ),
    ("audit", "cell clause digest finding outcome plain time"),
    ("gate", "advisory audit check clause digest effect finding inspect pack policy rule source standard walk"),
    (
        "run",
        "advisory audit cell check clause destination digest effect exit finding gate outcome pack pattern plain policy proxy python sandbox source time walk",
    ),
    ("report", "audit cell clause digest effect finding gate inventory outcome pack package plain rule run source"),
    (
        "scan",
        "advisory allow archive check declared finding git inspect inventory lock pack python reach report rule select source walk",
    ),
    (
        "cli",
        "advisory allow audit baseline cell clause complaint config destination effect exit finding gate git image lock pack package pattern plain policy python query report rule run sandbox scan secret select size source time update vex walk",
    ),
    ("lib", ""),
    ("main", "cli sandbox"),
    ("build", "cell clause effect model name rule source spelling"),
];

/// The top-level modules that a file imports, whichever way it names them.
fn imported(file: &File) -> BTreeSet<String> {
    let code = file.code();
    let mut found = BTreeSet::new();
    // The program is a crate of its own, beside the library.
    let root = if file.path == "src/main.rs" { "portcullis::" } else { "crate::" };
    for (at, root) in code.match_indices(root) {
        let is_whole = !code[..at].ends_with(|c: char| c.is_alphanumeric() || "_$:".contains(c));
        let rest = &code[at + root.len()..];
        let group = rest.strip_prefix('{').map(|rest| first_level(rest)).unwrap_or_else(|| vec![word(rest)]);
        found.extend(group.into_iter().filter(|name| is_whole && !name.is_empty()).map(str::to_owned));
    }
    let declared = Regex::new(r"(?m)^mod (\w+);").unwrap();
    if file.path == "src/build.rs" {
        found.extend(declared.captures_iter(&code).map(|captures| captures[1].to_owned()));
    }
    found
}

fn word(text: &str) -> &str {
    &text[..text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len())]
}

/// The first word of each entry of a `{…}` group, whose opening brace is gone.
fn first_level(group: &str) -> Vec<&str> {
    let (mut depth, mut start, mut names) = (0, 0, Vec::new());
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            ',' | '}' if depth == 0 => {
                names.push(word(group[start..at].trim()));
                start = at + 1;
                if character == '}' {
                    break;
                }
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    names
}

/// The module at the top of `src/` that a file belongs to.
fn module(path: &str) -> &str {
    word(path.trim_start_matches("src/"))
}

fn against_table(files: &[File], table: &[(&str, &str)]) -> Vec<String> {
    let mut real: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for file in files {
        let own = module(&file.path);
        real.entry(own).or_default().extend(imported(file).into_iter().filter(|name| name != own));
    }
    let mut complaints = Vec::new();
    let mut above: Vec<&str> = Vec::new();
    for (own, allowed) in table {
        let allowed: Vec<_> = allowed.split_whitespace().collect();
        let Some(real) = real.remove(own) else {
            complaints.push(format!("{own}: it is in the table and not in src"));
            continue;
        };
        let new = real.iter().filter(|name| !allowed.contains(&name.as_str()));
        complaints.extend(new.map(|name| format!("{own} imports {name}: the table does not allow it")));
        let old = allowed.iter().filter(|name| !real.contains(**name));
        complaints.extend(old.map(|name| format!("{own} does not import {name} any more: take it out of the table")));
        let below = allowed.iter().filter(|name| !above.contains(name));
        complaints.extend(below.map(|name| format!("{own} stands above {name} in the table, which it imports")));
        above.push(own);
    }
    complaints.extend(real.into_keys().map(|own| format!("{own}: it is not in the table")));
    complaints
}

/// Imports against the groups in which `lib.rs` lists the modules.
fn against_groups(lib: &str, table: &[(&str, &str)]) -> Vec<String> {
    let groups = lib.split("\n\n").filter(|group| group.contains("pub mod "));
    let mut rank = BTreeMap::new();
    for (number, group) in groups.enumerate() {
        let modules = group.lines().filter_map(|line| line.strip_prefix("pub mod "));
        rank.extend(modules.map(|line| (line.trim_end_matches(';'), number)));
    }
    let pairs = table.iter().flat_map(|(own, allowed)| allowed.split_whitespace().map(move |other| (*own, other)));
    let wrong = pairs.filter(|(own, other)| rank.get(own).is_some_and(|own| rank.get(other) > Some(own)));
    wrong.map(|(own, other)| format!("{own} imports {other}, which src/lib.rs lists in a later group")).collect()
}

#[test]
fn modules_import_what_the_table_says() {
    let files = sources();
    assert_none(against_table(&files, TABLE));
    let lib = files.iter().find(|file| file.path == "src/lib.rs").unwrap();
    assert_none(against_groups(&lib.text, TABLE));
}

#[test]
fn every_way_to_import_is_seen() {
    let text =
        "use crate::{a::b, c, d::{e, f}};\nuse crate::g;\nfn x() { crate::h::y(); $crate::i!(); mycrate::j() }\n";
    let found = imported(&File::new("src/x/y.rs", text));
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["a", "c", "d", "g", "h"]);
}

#[test]
fn imports_beside_the_table_are_told() {
    let files = [File::new("src/low.rs", "use crate::high::x;"), File::new("src/high/part.rs", "use crate::low;")];
    assert_eq!(
        against_table(&files, &[("low", "high"), ("high", "low")]),
        ["low stands above high in the table, which it imports"]
    );
    assert_eq!(
        against_table(&files, &[("low", ""), ("high", "low")]),
        ["low imports high: the table does not allow it"]
    );
    assert_eq!(
        against_table(&files[1..], &[("low", ""), ("high", "")]),
        ["low: it is in the table and not in src", "high imports low: the table does not allow it",]
    );
    assert_eq!(against_table(&files, &[("low", "high")]).last().unwrap(), "high: it is not in the table");
    let lib = "//! Map.\n\n// Data.\npub mod low;\n\n// More.\npub mod high;\n";
    assert_eq!(against_groups(lib, &[("high", "low")]), Vec::<String>::new());
    assert_eq!(against_groups(lib, &[("low", "high")]), ["low imports high, which src/lib.rs lists in a later group"]);
}
