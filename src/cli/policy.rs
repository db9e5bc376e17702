//! `portcullis policy`

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::word::spelled;
use super::{Failure, output};
use crate::clause::{Answer, Audit, Decision, Fsync, InlineEscapes, Mode, Override};
use crate::effect::Capability;
use crate::exit::Exit;
use crate::gate::{BUDGET_MS, MAX_IMPORTED, MAX_IMPORTED_BYTES};
use crate::pack::Pack;
use crate::plain::plain;
use crate::policy::{self, Policy};
use crate::report::{cell, wrapped};
use crate::rule::Rule;
use crate::walk;

/// Print what a policy does, or check a policy of your own.
#[derive(Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Print in plain words what a policy does
    Show {
        /// strict, moderate, permissive or a file
        #[arg(default_value = policy::DEFAULT)]
        policy: String,
    },
    /// Check that a policy file says only what can be understood
    Check { file: PathBuf },
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let mut pack = Pack::builtin();
    match &arguments.command {
        Command::Show { policy } => {
            let policy = Policy::load(policy, &pack)?;
            pack.add_rules(policy.rules());
            output::print(|out| show(&policy, &pack, out))?;
        }
        Command::Check { file } => {
            if !walk::absolute(file).is_file() {
                return Err(format!("{}: there is no such file", file.display()).into());
            }
            // With a folder, so that a file with the name of a built-in policy is read all the same.
            let policy = Policy::load(&walk::absolute(file).to_string_lossy(), &pack)?;
            let level = spelled(policy.clauses.level);
            output::print(|out| writeln!(out, "{}: as it should be (level {level})", plain(&file.to_string_lossy())))?;
        }
    }
    Ok(Exit::Clean)
}

const COLUMNS: usize = 100;

fn show(policy: &Policy, pack: &Pack, out: &mut dyn Write) -> io::Result<()> {
    let clauses = &policy.clauses;
    writeln!(out, "{} (level {})", plain(&policy.name), spelled(clauses.level))?;
    if !clauses.about.is_empty() {
        writeln!(out, "{}", wrapped(&plain(&clauses.about), COLUMNS))?;
    }
    let unresolved = match clauses.unresolved {
        Decision::Deny => "is denied",
        Decision::Ask => "is asked about",
        Decision::Allow => "is allowed",
    };
    writeln!(out, "\nCode of which cannot be told what it does {unresolved}.")?;
    let answer = match clauses.answer {
        Answer::Tty => "Where it asks, a person at the terminal answers.",
        Answer::Flag => "Where it asks, the command line may answer.",
    };
    writeln!(out, "{answer}")?;
    if clauses.gate == Mode::Record {
        writeln!(out, "It only records: what it denies and asks about is told, and stops nothing.")?;
    }
    if clauses.airgapped {
        writeln!(out, "Nothing is fetched: `portcullis db update` is refused.")?;
    }
    if clauses.inline_escapes == InlineEscapes::Forbid {
        writeln!(out, "No comment in the code suppresses a finding of a scan.")?;
    }
    writeln!(
        out,
        "A verdict takes {BUDGET_MS} ms at most (`--budget-ms`), and reads {MAX_IMPORTED} imported modules and \
         {} MiB of them; what goes beyond is denied.",
        MAX_IMPORTED_BYTES >> 20
    )?;
    imports(policy, out)?;
    let names = |name: &str, overrides: &BTreeMap<String, Override>| -> Vec<(String, Override)> {
        overrides.iter().map(|(key, own)| (format!("{name} {key}"), own.clone())).collect()
    };
    let capabilities =
        clauses.capabilities.iter().map(|(key, own)| (format!("capability {}", spelled(key)), own.clone()));
    let effects = clauses.effects.iter().map(|(key, own)| (format!("effect {}", spelled(key)), own.clone()));
    let mut overrides = names("rule", &clauses.rules);
    overrides.extend(capabilities.chain(effects));
    overrides.extend(names("family", &clauses.families));
    overrides.extend(names("function", &clauses.functions));
    overrides.extend(names("module", &clauses.modules));
    if !overrides.is_empty() {
        writeln!(
            out,
            "\nIn particular (a rule before capabilities and effects, these before families and the level):"
        )?;
        for (what, Override { verdict, reason }) in overrides {
            writeln!(out, "  {:<5} {}: {}", verdict.name(), plain(&what), plain(&reason))?;
        }
    }
    granted(policy, out)?;
    rules(policy, pack, out)
}

/// What `run` grants to code that may run, and what is recorded.
fn granted(policy: &Policy, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\nWhat is run is granted, at the most:")?;
    cell::text(&policy.clauses.cell, out)?;
    let Audit { demanded, gate, fsync, path, recipients, .. } = &policy.clauses.audit;
    let demanded = match demanded {
        true => "Nothing is run that cannot be recorded in the audit log",
        false => "What is run is recorded in the audit log where that can be written",
    };
    let path = path.as_ref().map(|path| format!(" ({})", plain(path))).unwrap_or_default();
    let gate = if *gate { ", and so are the verdicts of `gate`" } else { "" };
    let fsync = match fsync {
        Fsync::Always => "every record is waited for until it is on the disk",
        Fsync::Outcome => "the last record of a run is waited for until it is on the disk",
        Fsync::Never => "no record is waited for until it is on the disk",
    };
    let sealed =
        if recipients.is_empty() { "" } else { "; only the recipients of age that it names can read what records say" };
    writeln!(out, "\n{}", wrapped(&format!("{demanded}{path}{gate}; {fsync}{sealed}."), COLUMNS))
}

fn imports(policy: &Policy, out: &mut dyn Write) -> io::Result<()> {
    let groups = &policy.clauses.imports;
    if groups.is_empty() {
        return writeln!(out, "\nAny module may be imported, unless a rule below says otherwise.");
    }
    writeln!(
        out,
        "\nThese modules may be imported, and those beside the script, which are judged with it; no others:"
    )?;
    for group in groups {
        let modules = wrapped(&plain(&group.modules.join(", ")), COLUMNS - 4);
        writeln!(out, "  {}:\n    {}", plain(&group.reason), modules.replace('\n', "\n    "))?;
    }
    Ok(())
}

/// The rules that deny and ask, by capability.
fn rules(policy: &Policy, pack: &Pack, out: &mut dyn Write) -> io::Result<()> {
    let mut by_capability: BTreeMap<Option<Capability>, Vec<&Rule>> = BTreeMap::new();
    for rule in pack.rules().iter().filter(|rule| policy.strictest(rule) != Decision::Allow) {
        by_capability.entry(rule.capability).or_default().push(rule);
    }
    // What has no capability comes last.
    let none = by_capability.remove(&None);
    let named = by_capability.into_iter().map(|(capability, rules)| (spelled(capability), rules));
    for (capability, rules) in named.chain(none.map(|rules| ("no capability".to_owned(), rules))) {
        writeln!(out, "\n{capability}")?;
        for rule in rules {
            writeln!(out, "  {:<5} {}: {}", policy.strictest(rule).name(), plain(&rule.id), plain(&rule.title))?;
        }
    }
    Ok(())
}
