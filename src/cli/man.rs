//! `portcullis man`

use clap::{Args, CommandFactory};

use super::{Cli, Failure, output};
use crate::exit::Exit;

/// Print the manual page (troff), of the program or of one command.
#[derive(Args)]
pub(super) struct Arguments {
    command: Option<String>,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let mut program = Cli::command();
    program.build();
    let page = match &arguments.command {
        None => program,
        Some(name) => program.find_subcommand(name).cloned().ok_or_else(|| format!("there is no command `{name}`"))?,
    };
    let mut troff = Vec::new();
    clap_mangen::Man::new(page).render(&mut troff)?;
    output::print(|out| out.write_all(&troff))?;
    Ok(Exit::Clean)
}
