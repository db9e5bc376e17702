//! `portcullis schema`

use clap::Args;

use super::{Failure, output};
use crate::exit::Exit;
use crate::report;

/// Print the JSON Schema of the `json` output.
#[derive(Args)]
pub(super) struct Arguments {
    /// The command whose output it is of
    #[arg(default_value = "scan", value_parser = ["scan", "gate", "run"])]
    of: String,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let schema = match arguments.of.as_str() {
        "gate" => report::verdict::schema(),
        #[cfg(target_os = "linux")]
        "run" => report::run::schema(),
        _ => report::schema(),
    };
    output::print(|out| writeln!(out, "{schema}"))?;
    Ok(Exit::Clean)
}
