//! `portcullis explain`

use std::io::{self, Write};

use clap::Args;

use super::word::spelled;
use super::{Failure, output, settings};
use crate::exit::Exit;
use crate::pack::Pack;
use crate::select;

/// Print the page of a rule: what is wrong, why, and what to use instead.
#[derive(Args)]
pub(super) struct Arguments {
    /// Our id (python/yaml-load) or another tool's (B506), which may have several pages
    #[arg(required = true)]
    id: Vec<String>,
    /// A folder of rule pages of your own
    #[arg(long, value_name = "FOLDER")]
    rules: Vec<std::path::PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let pack = settings::pack(arguments.rules.iter().cloned())?;
    let mut pages = Vec::new();
    for id in &arguments.id {
        let rules = select::rules_of(&pack, id);
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
