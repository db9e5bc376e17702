//! `portcullis completions`

use clap::{Args, CommandFactory};

use super::{Cli, Failure, output};
use crate::exit::Exit;

/// Print the completions of a shell.
#[derive(Args)]
pub(super) struct Arguments {
    shell: clap_complete::Shell,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    // The generator panics where it cannot write, so it writes to memory.
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "portcullis", &mut script);
    output::print(|out| out.write_all(&script))?;
    Ok(Exit::Clean)
}
