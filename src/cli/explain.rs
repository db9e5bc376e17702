//! `portcullis explain`

use std::io::{self, Write};

use clap::Args;

use super::word::spelled;
use super::{Failure, db, output, settings};
use crate::advisory::{Details, Shelf};
use crate::exit::Exit;
use crate::pack::Pack;
use crate::plain::{plain, plain_lines};
use crate::select;

/// Print the page of a rule, or the text of an advisory: what is wrong, why, and what to use instead.
#[derive(Args)]
pub(super) struct Arguments {
    /// Our id (python/yaml-load), another tool's (B506), which may have several pages, or an advisory's (CVE-…, GHSA-…)
    #[arg(required = true)]
    id: Vec<String>,
    /// A folder of rule pages of your own
    #[arg(long, value_name = "FOLDER")]
    rules: Vec<std::path::PathBuf>,
    /// The advisories to look in [default: those that `portcullis db` keeps for the user]
    #[arg(long, value_name = "FILE")]
    db: Option<std::path::PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let pack = settings::pack(arguments.rules.iter().cloned())?;
    let mut pages = Vec::new();
    for id in &arguments.id {
        let rules = select::rules_of(&pack, id);
        let texts = if rules.is_empty() { advisories(id, arguments.db.as_deref())? } else { Vec::new() };
        if !texts.is_empty() {
            output::print(|out| texts.iter().try_for_each(|text| advisory(text, out)))?;
            continue;
        }
        if rules.is_empty() {
            let hint = select::hint(&pack, id).unwrap_or_else(|| "`portcullis rules list` shows all".to_owned());
            return Err(format!("there is no rule `{id}`; {hint}").into());
        }
        pages.extend(rules);
    }
    output::print(|out| {
        pages.iter().enumerate().try_for_each(|(number, rule)| {
            let separator = if number == 0 { "" } else { "\n" };
            write!(out, "{separator}")?;
            page(&pack, *rule, out)
        })
    })?;
    Ok(Exit::Clean)
}

/// The advisories of this name, where there are any at hand.
fn advisories(id: &str, db: Option<&std::path::Path>) -> Result<Vec<Details>, Failure> {
    // No rule has such an id, and most ids are of rules: the advisories are opened for what may be one of theirs.
    let may_be = id.contains('-') && id.starts_with(|c: char| c.is_ascii_uppercase());
    let shelf = if may_be { db::shelf(db) } else { Shelf::empty() };
    shelf.index()?.map_or(Ok(Vec::new()), |index| Ok(index.details(id)?))
}

/// What somebody else wrote: nothing in it may steer a terminal.
fn advisory(text: &Details, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}  {}", plain(&text.id), plain(&text.summary))?;
    if !text.aliases.is_empty() {
        writeln!(out, "  same as     {}", plain(&text.aliases.join(", ")))?;
    }
    for reference in &text.references {
        writeln!(out, "  see         {}", plain(reference))?;
    }
    writeln!(out, "\n{}\n", plain_lines(text.text.trim_end()))
}

fn page(pack: &Pack, index: u16, out: &mut dyn Write) -> io::Result<()> {
    let rule = pack.rule(index);
    let rows = [
        ("severity", spelled(rule.severity)),
        ("confidence", spelled(rule.confidence)),
        ("set", spelled(rule.set)),
        ("capability", rule.capability.map(spelled).unwrap_or_default()),
        ("denied from", rule.deny.map(spelled).unwrap_or_default()),
        ("asked from", rule.ask.map(spelled).unwrap_or_default()),
        ("weakness", rule.cwe.iter().map(|cwe| format!("CWE-{cwe}")).collect::<Vec<_>>().join(", ")),
        ("owasp", rule.owasp.join(", ")),
        ("same as", rule.same_as.join(", ")),
        ("see", rule.see.join(" ")),
        ("instead", rule.instead.clone().unwrap_or_default()),
    ];
    writeln!(out, "{}", rule.id)?;
    for (name, value) in rows.iter().filter(|(_, value)| !value.is_empty()) {
        writeln!(out, "  {name:<11} {value}")?;
    }
    writeln!(out, "\n{}", pack.page(index).trim_end())
}
