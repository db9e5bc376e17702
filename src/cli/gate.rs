//! `portcullis gate`

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;

use super::{db, is_broken_pipe, output, tell};
use crate::audit::{Entry, Event, Log, RunId, Settings};
use crate::clause::{self, Decision};
use crate::exit::Exit;
use crate::gate::{self, BUDGET_MS, Beside, Gate, Input, ReasonKind, Verdict};
use crate::python::{self, Unanswered};
use crate::report::verdict;
use crate::source::Kind;
use crate::time::Time;
use crate::walk;

/// Decide whether a script may run: exit 0 allow, 2 deny or could not decide, 3 ask.
#[derive(Args)]
pub(super) struct Arguments {
    /// Scripts; `-` is standard input [default: -]
    files: Vec<PathBuf>,
    /// What decides: strict, moderate, permissive or a file outside of the workspace [default: your own policy.toml in
    /// ~/.config/portcullis, the system's in /etc/portcullis, moderate]
    #[arg(long, value_name = "POLICY")]
    policy: Option<String>,
    /// What is printed
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json"])]
    format: String,
    /// The name under which standard input is judged
    #[arg(long, value_name = "NAME")]
    stdin_filename: Option<String>,
    /// Judge the Python code in fenced blocks of a text, as of a chat
    #[arg(long)]
    markdown: bool,
    /// The folder that the code may work in, and whose modules it may import
    #[arg(long, value_name = "DIR", default_value = ".")]
    workspace_root: PathBuf,
    /// How long deciding may take; what is not decided by then is denied
    #[arg(long, value_name = "MILLISECONDS", default_value_t = BUDGET_MS)]
    budget_ms: u64,
    /// The advisories that packages are held against [default: PORTCULLIS_DB, or what `portcullis db` keeps for the user]
    #[arg(long, value_name = "FILE")]
    db: Option<PathBuf>,
    /// Take a policy that lies inside the workspace
    #[arg(long)]
    trust_project_config: bool,
    /// Say how long it took
    #[arg(long)]
    timings: bool,
}

pub(super) fn run(arguments: &Arguments) -> Exit {
    let begun = Instant::now();
    let verdict = match decide(arguments).and_then(|(verdict, audit)| recorded(&verdict, &audit).map(|()| verdict)) {
        Ok(verdict) => verdict,
        Err(message) => {
            tell("error", &message);
            return Exit::Failed;
        }
    };
    let time = arguments.timings.then(|| begun.elapsed());
    let printed = output::print(|out| match arguments.format.as_str() {
        "json" => verdict::json(&verdict, time, out),
        _ => {
            verdict::text(&verdict, output::width().unwrap_or(100), out)?;
            time.map_or(Ok(()), |time| writeln!(out, "\ntime        {time:.1?}"))
        }
    });
    match (printed, verdict.decision) {
        // Who reads the verdict may stop reading; who cannot be told of it must not take it for an allowance.
        (Err(error), _) if !is_broken_pipe(&error) => {
            tell("error", &error.to_string());
            Exit::Failed
        }
        (_, Decision::Allow) => Exit::Clean,
        (_, Decision::Ask) => Exit::Ask,
        (_, Decision::Deny) => Exit::Shut,
    }
}

/// Tells the audit log, where the policy says so. Where it demands that and it cannot be done, nothing is decided.
fn recorded(verdict: &Verdict, wanted: &clause::Audit) -> Result<(), String> {
    if !wanted.gate {
        return Ok(());
    }
    let run = RunId::new(Time::now()).map_err(|error| format!("no random numbers: {error}"));
    let log = Settings::of(wanted, None).and_then(Log::open);
    let event = Event::Gate(Box::new(verdict.into()));
    match log.and_then(|log| log.append(&Entry { run: run?, event })) {
        Ok(_) => Ok(()),
        Err(why) if wanted.demanded => {
            Err(format!("the policy demands a record in the audit log (`demanded = true`), and there is none: {why}"))
        }
        Err(why) => {
            tell("warning", &format!("nothing is recorded: {why}"));
            Ok(())
        }
    }
}

/// The verdict and what the policy says of records, or why there is not even a policy to decide by.
fn decide(arguments: &Arguments) -> Result<(Verdict, clause::Audit), String> {
    let inputs = inputs(arguments)?;
    if !arguments.workspace_root.is_dir() {
        return Err(format!("{}: there is no such folder", arguments.workspace_root.display()));
    }
    let workspace = arguments.workspace_root.clone();
    let gate = Gate::new(arguments.policy.as_deref(), workspace, arguments.trust_project_config);
    // It lives as long as the process: taking it apart would take a tenth of the time.
    let gate = gate.map_err(|error| error.to_string())?.with_advisories(db::shelf(arguments.db.as_deref()));
    let gate: &Gate = Box::leak(Box::new(gate));
    let budget = Duration::from_millis(arguments.budget_ms);
    let answer = python::within(budget, move || gate.judge(inputs, Beside::Disk));
    let verdict = match answer.map_err(|error| format!("no thread to decide on: {error}"))? {
        Ok(verdict) => verdict,
        Err(Unanswered::Late) => {
            let message = format!("nothing was decided within {} ms (`--budget-ms`)", arguments.budget_ms);
            gate.undecided(ReasonKind::Budget, &message)
        }
        Err(Unanswered::Broken) => {
            gate.undecided(ReasonKind::Failure, "the analysis failed, which is a fault of portcullis: please report it")
        }
    };
    Ok((verdict, gate.policy().clauses.audit.clone()))
}

fn inputs(arguments: &Arguments) -> Result<Vec<Input>, String> {
    let stdin = [PathBuf::from("-")];
    let files = if arguments.files.is_empty() { &stdin[..] } else { &arguments.files };
    if files.iter().filter(|path| path.as_os_str() == "-").count() > 1 {
        return Err("standard input can be read once only".to_owned());
    }
    let input = |path: &PathBuf| {
        let mut source = gate::source(path, arguments.stdin_filename.as_deref());
        if arguments.markdown {
            source.kind = Some(Kind::Markdown);
        }
        let bytes = match source.file() {
            Some(_) => None,
            None => Some(walk::read(&source, walk::DEFAULT_MAX_SIZE)),
        };
        Input { source, bytes }
    };
    Ok(files.iter().map(input).collect())
}
