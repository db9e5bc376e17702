//! `portcullis run`

mod answer;
mod handed;
mod order;
mod weaker;

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;

use clap::Args;

use super::output::{self, width};
use super::word::parser;
use super::{is_broken_pipe, tell};
use crate::audit::{Answer, AnsweredBy};
use crate::cell::{Layer, Workspace};
use crate::clause::Decision;
use crate::destination::Destination;
use crate::exit::Exit;
use crate::gate::BUDGET_MS;
use crate::report;
use crate::run::{self, Account, Backend, Captured, Ended, Plan, Probe};

/// Judge a script, and run it in a sandbox if the policy lets it.
///
/// The exit code is the script's own; or 124 where it was ended at a limit, 125 where nothing was run since that was refused or
/// could not be set up, 126 where the gate is shut, 127 where there is no such script or interpreter, and 128 and the number of
/// the signal that ended it. `--format json` tells one from the other where they are the same.
#[derive(Args)]
pub(super) struct Arguments {
    /// The script; `-` is standard input
    #[arg(required_unless_present = "probe")]
    script: Option<PathBuf>,
    /// What the script is given
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
    /// What decides and grants: strict, moderate, permissive or a file outside of the workspace [default: your own policy.toml
    /// in ~/.config/portcullis, the system's in /etc/portcullis, moderate]
    #[arg(long, value_name = "POLICY")]
    policy: Option<String>,
    /// What the script sees of the workspace: nothing, a copy to read, a copy to change that is thrown away, or one whose
    /// changes are copied out as the policy allows
    #[arg(long, value_name = "MODE", default_value = "none", value_parser = parser::<Workspace>(&["none", "read", "scratch", "write"]))]
    workspace: Workspace,
    /// The folder that the workspace is a copy of
    #[arg(long, value_name = "DIR", default_value = ".")]
    workspace_root: PathBuf,
    /// A file that is laid into /input, to be read
    #[arg(long, value_name = "FILE")]
    input: Vec<PathBuf>,
    /// Let the script read standard input
    #[arg(long)]
    stdin: bool,
    /// Let the interpreter tell what the script does: imports, files, connections, processes. The script can make it lie
    #[arg(long)]
    events: bool,
    /// A variable that is handed in: NAME=VALUE, or NAME for the caller's
    #[arg(long, value_name = "NAME[=VALUE]")]
    env: Vec<OsString>,
    /// The Python that runs the script: a name or a path [default: python3]
    #[arg(long, value_name = "PROGRAM")]
    interpreter: Option<PathBuf>,
    /// A folder that holds a whole system, instead of this machine's /usr
    #[arg(long, value_name = "DIR")]
    rootfs: Option<PathBuf>,
    /// A virtual environment, to be read; what is installed in it is not judged
    #[arg(long, value_name = "DIR")]
    venv: Option<PathBuf>,
    /// A host that the script may reach, through a proxy and only by TLS: `pypi.org`, `*.example.com:8443` [default port: 443]
    #[arg(long, value_name = "HOST")]
    allow_net: Vec<Destination>,
    /// What holds the cell
    #[arg(long, value_name = "BACKEND", default_value = "native", value_parser = parser::<Backend>(&["native", "docker", "podman"]))]
    backend: Backend,
    /// The image of the containers, which is there already: none is fetched [default: python:3.11-slim]
    #[arg(long, value_name = "IMAGE")]
    image: Option<String>,
    /// The engine's runtime, as `runsc` [default: the engine's own]
    #[arg(long, value_name = "RUNTIME")]
    runtime: Option<String>,
    /// A layer to do without where it is missing (`--probe` lists them); the audit log says so. `namespaces` does without all of
    /// them where they hold no cell: Landlock, the filter of system calls and limits are left
    #[arg(long, value_name = "LAYER", value_parser = weaker::parser())]
    allow_weaker: Vec<weaker::Weaker>,
    /// Allow what the policy asks about, where it says `answer = "flag"`
    #[arg(long)]
    yes: bool,
    /// Print the verdict and the cell, and run nothing
    #[arg(long)]
    dry_run: bool,
    /// Print which layers of the sandbox there are here, and run nothing
    #[arg(long)]
    probe: bool,
    /// What is said beside the script's own output: text on standard error, or a document on standard output, which then holds
    /// what the script wrote
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json", "sarif"])]
    format: String,
    /// Write the JSON document to a file as well
    #[arg(long, value_name = "FILE")]
    account: Option<PathBuf>,
    /// The audit log [default: the policy's, portcullis/audit.jsonl in $XDG_STATE_HOME or ~/.local/state]
    #[arg(long, value_name = "FILE")]
    audit_log: Option<PathBuf>,
    #[command(flatten)]
    limits: order::Limits,
    /// How long deciding may take; what is not decided by then is denied
    #[arg(long, value_name = "MILLISECONDS", default_value_t = BUDGET_MS)]
    budget_ms: u64,
    /// Take a policy or a virtual environment that lies inside the workspace
    #[arg(long)]
    trust_project_config: bool,
    /// The advisories that packages are held against [default: PORTCULLIS_DB, or what `portcullis db` keeps for the user]
    #[arg(long, value_name = "FILE")]
    db: Option<PathBuf>,
}

pub(super) fn run(mut arguments: Arguments) -> Exit {
    let outputs = Outputs { format: std::mem::take(&mut arguments.format), account: arguments.account.take() };
    let (dry_run, yes) = (arguments.dry_run, arguments.yes);
    if arguments.probe {
        return outputs.probe(&arguments);
    }
    let plan = match order::order(arguments).and_then(run::plan) {
        Ok(plan) => plan,
        Err(stop) => return outputs.tell(&Account::stopped(stop)),
    };
    if dry_run {
        return outputs.show(&plan);
    }
    let answer = match answered(&plan, yes) {
        Ok(answer) => answer,
        Err((answer, message)) => return outputs.tell(&run::leave(plan, answer, message)),
    };
    outputs.tell(&outputs.carry_out(plan, answer))
}

/// Whether the gate opens: by the verdict, or by an answer where it asks.
fn answered(plan: &Plan, yes: bool) -> Result<Option<Answer>, (Option<Answer>, String)> {
    match plan.verdict.decision {
        Decision::Allow => Ok(None),
        Decision::Deny => Err((None, "nothing was run: the policy denies it".to_owned())),
        Decision::Ask => {
            let (by, allowed) = answer::ask(plan, yes);
            let answer = Some(Answer { by, allowed });
            let shut = match by {
                _ if allowed => return Ok(answer),
                AnsweredBy::Nobody => "nothing was run: the policy asks, and there is nobody at a terminal to answer",
                AnsweredBy::Terminal | AnsweredBy::Flag => "nothing was run: the answer was no",
            };
            Err((answer, shut.to_owned()))
        }
    }
}

/// Where the account goes.
struct Outputs {
    format: String,
    account: Option<PathBuf>,
}

impl Outputs {
    /// What the script writes is handed on, or kept for the document that takes its place.
    fn carry_out(&self, plan: Plan, answer: Option<Answer>) -> Account {
        if self.format == "text" {
            let (mut stdout, mut stderr) = handed::streams();
            return run::carry_out(plan, answer, &mut stdout, &mut stderr);
        }
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let account = run::carry_out(plan, answer, &mut stdout, &mut stderr);
        let is_run = account.outcome.is_some();
        let captured = |bytes| is_run.then(|| Captured::new(bytes));
        Account { stdout: captured(stdout), stderr: captured(stderr), ..account }
    }

    fn tell(&self, account: &Account) -> Exit {
        let written = match self.format.as_str() {
            "json" => output::print(|out| report::run::json(account, out)),
            "sarif" => output::print(|out| report::run::sarif(account, out)),
            _ => output::beside(|out| report::run::text(account, width().unwrap_or(100), out)),
        };
        if let (Some(message), "text") = (&account.message, self.format.as_str()) {
            tell(if account.result == Ended::Ran { "warning" } else { "error" }, message);
        }
        let written = written.and_then(|()| match &self.account {
            // The error names a file beside it at most, under which it was to be written.
            Some(path) => output::write_file(path, |out| report::run::json(account, out))
                .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display()))),
            None => Ok(()),
        });
        match written {
            Err(error) if !is_broken_pipe(&error) => {
                tell("error", &format!("what became of the run could not be written: {error}"));
                Exit::Refused
            }
            _ => Exit::Child(account.code),
        }
    }

    /// Which layers there are; and whether they are all that the policy requires.
    fn probe(&self, arguments: &Arguments) -> Exit {
        let policy = order::policy(arguments);
        let (Probe { layers, without_namespaces }, require) =
            match policy.and_then(|policy| Ok((run::probe(arguments.backend, &policy.clauses.cell.limits)?, policy))) {
                Ok((probe, policy)) => (probe, policy.clauses.cell.require),
                Err(stop) => return self.tell(&Account::stopped(stop)),
            };
        let waived = weaker::layers(&arguments.allow_weaker);
        let missing = layers.iter().filter(|state| !state.present && require.contains(&state.layer));
        let (without, missing): (Vec<_>, Vec<_>) = missing.partition(|state| waived.contains(&state.layer));
        // Nothing else is there to do without a namespace on which all the others stand.
        let needs_others = without.iter().any(|state| state.layer == Layer::UserNamespace);
        let is_possible = !needs_others || without_namespaces.as_ref().is_none_or(|state| state.possible);
        let exit = if missing.is_empty() && is_possible { Exit::Clean } else { Exit::Refused };
        let printed = output::print(|out| match self.format.as_str() {
            "text" => report::run::layers(&layers, &require, without_namespaces.as_ref(), out),
            _ => {
                let (require, code) = (&require, exit.code());
                let told = serde_json::json!({
                    "layers": layers, "without-namespaces": without_namespaces, "require": require, "code": code
                });
                writeln!(out, "{told}")
            }
        });
        match printed {
            Err(error) if !is_broken_pipe(&error) => Exit::Refused,
            _ => exit,
        }
    }

    fn show(&self, plan: &Plan) -> Exit {
        let exit = match plan.verdict.decision {
            Decision::Allow => Exit::Clean,
            Decision::Ask | Decision::Deny => Exit::Stopped,
        };
        match self.format.as_str() {
            "text" => match output::print(|out| report::run::plan(plan, width().unwrap_or(100), out)) {
                Err(error) if !is_broken_pipe(&error) => {
                    tell("error", &error.to_string());
                    Exit::Refused
                }
                _ => exit,
            },
            _ => self.tell(&Account::planned(plan, exit)),
        }
    }
}
