//! `portcullis schema`

use clap::Args;

use super::{Failure, output};
use crate::exit::Exit;
use crate::report;

/// Print the JSON Schema of the `json` output.
#[derive(Args)]
pub(super) struct Arguments {}

pub(super) fn run(_: &Arguments) -> Result<Exit, Failure> {
    output::print(|out| writeln!(out, "{}", report::schema()))?;
    Ok(Exit::Clean)
}
