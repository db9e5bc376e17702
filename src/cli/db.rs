//! `portcullis db`

mod update;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::{Failure, output, tell};
use crate::advisory::{self, Index, Shelf, import};
use crate::exit::Exit;
use crate::plain::plain;
use crate::time::Time;

/// Advisories about packages: import them, and see what is there.
#[derive(Args)]
pub(super) struct Arguments {
    /// The file that holds them [default: PORTCULLIS_DB, or `portcullis/advisories.db` in the user's folder for data]
    #[arg(long, global = true, value_name = "FILE")]
    db: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Update(update::Arguments),
    /// Make the index of files in the OSV format: the archives that OSV publishes (`all.zip`), JSON lines (also as .zst), folders
    Import {
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// When the data was taken [default: the times of the files]
        #[arg(long, value_name = "YYYY-MM-DD", value_parser = moment)]
        snapshot_at: Option<Time>,
    },
    /// Say what is there, and of when
    Status {
        #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json"])]
        output_format: String,
    },
}

fn moment(text: &str) -> Result<Time, String> {
    Time::parse(text).ok_or_else(|| "write a day as 2026-11-23, or a time as 2026-11-23T10:00:00Z".to_owned())
}

/// The file of advisories that the user names, by an argument or in the environment.
pub(super) fn named(argument: Option<&Path>) -> Option<PathBuf> {
    let variable = || std::env::var_os("PORTCULLIS_DB").filter(|value| !value.is_empty()).map(PathBuf::from);
    argument.map(Path::to_owned).or_else(variable)
}

/// The advisories at hand: those that are named, which must be there, or those of the user, if there are any.
pub(super) fn shelf(argument: Option<&Path>) -> Shelf {
    Shelf::at(named(argument))
}

fn place(argument: Option<&Path>) -> Result<PathBuf, Failure> {
    named(argument)
        .or_else(advisory::default_place)
        .ok_or_else(|| "there is no folder for the user's data: name the file with `--db`".into())
}

pub(super) fn run(arguments: Arguments) -> Result<Exit, Failure> {
    let Arguments { db, command } = arguments;
    let file = place(db.as_deref())?;
    match command {
        Command::Update(arguments) => update::run(arguments, &file),
        Command::Import { paths, snapshot_at } => {
            let imported = import::import(&paths, snapshot_at, &file)?;
            for complaint in &imported.complaints {
                tell("warning", &plain(complaint));
            }
            told(&file, &imported.status)
        }
        Command::Status { output_format } => {
            let index = Index::open(&file)?;
            if output_format == "json" {
                let json = serde_json::to_string(index.status())?;
                output::print(|out| writeln!(out, "{json}"))?;
                return Ok(Exit::Clean);
            }
            told(&file, index.status())
        }
    }
}

fn told(file: &Path, status: &advisory::Status) -> Result<Exit, Failure> {
    output::print(|out| {
        writeln!(out, "{}", plain(&file.display().to_string()))?;
        writeln!(out, "made {}", Time::of_milliseconds(status.built_at))?;
        for content in &status.ecosystems {
            let advisory::Content { ecosystem, records, packages, snapshot_at } = content;
            let day = Time::of_milliseconds(*snapshot_at).day();
            let name = ecosystem.name();
            writeln!(out, "{name:<14} {records:>7} advisories on {packages:>6} packages, as of {day}")?;
        }
        for input in &status.inputs {
            writeln!(out, "from {} ({} records, sha256 {})", plain(&input.name), input.records, input.sha256)?;
        }
        writeln!(
            out,
            "{} withdrawn, {} of other ecosystems, {} that could not be read",
            status.withdrawn, status.of_others, status.bad
        )
    })?;
    Ok(Exit::Clean)
}
