//! `portcullis run`, where there is no sandbox.

use std::ffi::OsString;

use clap::Args;

use super::tell;
use crate::exit::Exit;

/// Run a script in a sandbox: on Linux only.
#[derive(Args)]
pub(super) struct Arguments {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    _arguments: Vec<OsString>,
}

pub(super) fn run(_: Arguments) -> Exit {
    tell("error", "`run` needs Linux: there is no sandbox for this system, and nothing is run without one");
    Exit::Refused
}
