//! What the arguments of `run` ask for.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::time::Duration;

use clap::Args;

use super::super::db;
use super::{Arguments, weaker};
use crate::pack::Pack;
use crate::plain::plain;
use crate::policy::{self, Policy, Trust};
use crate::run::{Engine, Order, Stop, Tighter, Variable};

/// Each draws a limit of the policy tighter, and cannot loosen it.
#[derive(Args)]
#[command(next_help_heading = "Limits, never above those of the policy")]
pub(super) struct Limits {
    /// Seconds by the clock
    #[arg(long, value_name = "SECONDS")]
    timeout: Option<u64>,
    /// Seconds of processor time
    #[arg(long, value_name = "SECONDS")]
    cpu_time: Option<u64>,
    /// Memory of all processes
    #[arg(long, value_name = "MIB")]
    memory: Option<u64>,
    /// Processes and threads
    #[arg(long, value_name = "NUMBER")]
    processes: Option<u64>,
    /// Open files of each process
    #[arg(long, value_name = "NUMBER")]
    open_files: Option<u64>,
    /// Size of each file
    #[arg(long, value_name = "MIB")]
    file_size: Option<u64>,
    /// What may be written to each of standard output and standard error
    #[arg(long, value_name = "KIB")]
    output_size: Option<u64>,
}

pub(super) fn order(arguments: Arguments) -> Result<Order, Stop> {
    let variables = arguments.env.into_iter().map(variable).collect::<Result<_, _>>()?;
    let limits = arguments.limits;
    Ok(Order {
        script: arguments.script.unwrap_or_default(),
        arguments: arguments.arguments,
        policy: arguments.policy,
        trust_project: arguments.trust_project_config,
        advisories: db::named(arguments.db.as_deref()),
        workspace: arguments.workspace,
        workspace_root: arguments.workspace_root,
        inputs: arguments.input,
        variables,
        hosts: arguments.allow_net,
        stdin: arguments.stdin,
        events: arguments.events,
        interpreter: arguments.interpreter,
        root: arguments.rootfs,
        virtual_environment: arguments.venv,
        backend: arguments.backend,
        engine: Engine { image: arguments.image, runtime: arguments.runtime },
        waived: weaker::layers(&arguments.allow_weaker),
        limits: Tighter {
            wall_s: limits.timeout,
            cpu_s: limits.cpu_time,
            memory_mib: limits.memory,
            processes: limits.processes,
            open_files: limits.open_files,
            file_mib: limits.file_size,
            output_kib: limits.output_size,
        },
        audit_log: arguments.audit_log,
        budget: Duration::from_millis(arguments.budget_ms),
        ahead: !arguments.dry_run,
    })
}

/// The policy by which is judged what a machine lacks.
pub(super) fn policy(arguments: &Arguments) -> Result<Policy, Stop> {
    let trust = Trust { workspace: &arguments.workspace_root, project: arguments.trust_project_config };
    let policy = policy::find(arguments.policy.as_deref(), trust, &Pack::builtin());
    policy.map_err(|error| Stop::Refused(error.to_string()))
}

/// `NAME=VALUE` or `NAME`. A value may be any bytes.
fn variable(text: OsString) -> Result<Variable, Stop> {
    let bytes = text.as_bytes();
    let at = bytes.iter().position(|byte| *byte == b'=');
    let name = std::str::from_utf8(&bytes[..at.unwrap_or(bytes.len())])
        .map_err(|_| Stop::Refused(format!("`--env {}`: its name is no UTF-8", plain(&text.to_string_lossy()))))?;
    let value = at.map(|at| OsString::from_vec(bytes[at + 1..].to_vec()));
    Ok(Variable { name: name.to_owned(), value })
}
