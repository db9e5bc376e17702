//! The command line: one file a command. No other module knows clap.

mod audit;
mod baseline;
mod completions;
mod db;
mod dismissed;
mod explain;
mod gate;
#[cfg(target_os = "linux")]
mod image;
mod man;
mod output;
mod policy;
mod progress;
mod roots;
mod rules;
#[cfg_attr(not(target_os = "linux"), path = "cli/run_elsewhere.rs")]
mod run;
mod scan;
mod schema;
mod secrets;
mod settings;
mod word;

use std::error::Error;
use std::ffi::OsString;
use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe};

use clap::{Parser, Subcommand};

use crate::exit::Exit;
use crate::plain::plain_lines;

/// Why a command could not do its job.
type Failure = Box<dyn Error>;

/// Reads code before it runs: scans source trees for security problems, and explains each of them.
#[derive(Parser)]
#[command(
    name = "portcullis",
    version,
    after_help = "Exit codes: 0 nothing at or above the bar, 1 findings, 2 could not do the job.\n`gate`: 0 allow, 2 deny or could not decide, 3 ask.\n`run`: the script's own, 124 limit, 125 refused, 126 gate shut, 127 not found, 128 and the number of a signal."
)]
struct Cli {
    /// When to colour: `auto` asks the terminal, `NO_COLOR` and `CLICOLOR_FORCE`.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", value_parser = ["auto", "always", "never"])]
    color: String,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Scan(Box<scan::Arguments>),
    Baseline(baseline::Arguments),
    Gate(gate::Arguments),
    Run(Box<run::Arguments>),
    Audit(audit::Arguments),
    Db(db::Arguments),
    Policy(policy::Arguments),
    #[cfg(target_os = "linux")]
    Image(image::Arguments),
    Rules(rules::Arguments),
    Secrets(secrets::Arguments),
    Explain(explain::Arguments),
    Completions(completions::Arguments),
    Man(man::Arguments),
    Schema(schema::Arguments),
}

/// Parses the arguments, does what they ask for, and says how it ended.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let arguments: Vec<_> = arguments.into_iter().collect();
    let failed = if is_run(&arguments) { Exit::Refused } else { Exit::Failed };
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Where not even the message can be written, the exit code still tells.
            let _ = error.print();
            return if error.use_stderr() { failed } else { Exit::Clean };
        }
    };
    // Nothing may end otherwise than `Exit` says, not even our own faults.
    panic::catch_unwind(AssertUnwindSafe(|| command(cli))).unwrap_or(failed)
}

/// Whether the command is `run`, whose own failures must not look like ends of the script.
fn is_run(arguments: &[OsString]) -> bool {
    let mut arguments = arguments.iter().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.to_str() {
            Some("--color") => drop(arguments.next()),
            Some(option) if option.starts_with('-') => {}
            word => return word == Some("run"),
        }
    }
    false
}

fn command(cli: Cli) -> Exit {
    match cli.color.as_str() {
        "always" => anstream::ColorChoice::Always.write_global(),
        "never" => anstream::ColorChoice::Never.write_global(),
        _ => {}
    }
    let done = match cli.command {
        Command::Scan(arguments) => scan::run(*arguments),
        Command::Baseline(arguments) => baseline::run(&arguments),
        Command::Gate(arguments) => Ok(gate::run(&arguments)),
        Command::Run(arguments) => Ok(run::run(*arguments)),
        Command::Audit(arguments) => audit::run(&arguments),
        Command::Db(arguments) => db::run(arguments),
        Command::Policy(arguments) => policy::run(&arguments),
        #[cfg(target_os = "linux")]
        Command::Image(arguments) => image::run(arguments),
        Command::Rules(arguments) => rules::run(arguments),
        Command::Secrets(arguments) => secrets::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Completions(arguments) => completions::run(&arguments),
        Command::Man(arguments) => man::run(&arguments),
        Command::Schema(arguments) => schema::run(&arguments),
    };
    match done {
        Ok(exit) => exit,
        Err(failure) if is_broken_pipe(&*failure) => Exit::Clean,
        Err(failure) => {
            tell("error", &failure.to_string());
            Exit::Failed
        }
    }
}

/// Says something on standard error.
fn tell(what: &str, message: &str) {
    let style = if what == "error" { anstyle::AnsiColor::Red } else { anstyle::AnsiColor::Yellow };
    let style = style.on_default().bold();
    // There is nowhere to complain to if this cannot be written.
    let _ = writeln!(anstream::stderr(), "{style}{what}{style:#}: {}", plain_lines(message));
}

/// Whether whoever reads our output has seen enough.
fn is_broken_pipe(failure: &(dyn Error + 'static)) -> bool {
    let cause = failure.downcast_ref::<io::Error>().map(io::Error::kind);
    cause == Some(io::ErrorKind::BrokenPipe) || failure.source().is_some_and(is_broken_pipe)
}
