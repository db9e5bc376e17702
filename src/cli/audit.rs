//! `portcullis audit`

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::json;

use super::{Failure, output, tell};
use crate::audit::{self, Fault, Filter, Head, Keys, Kind, Line, Log, Settings, Shown, Verified};
use crate::exit::Exit;
use crate::pack::Pack;
use crate::plain::plain;
use crate::policy::{self, Trust};
use crate::time::Time;
use crate::walk;

/// Read, verify and prune the log of what was judged and run.
#[derive(Args)]
pub(super) struct Arguments {
    /// The log [default: the one that the policy names, or portcullis/audit.jsonl in $XDG_STATE_HOME or ~/.local/state]
    #[arg(long, global = true, value_name = "FILE")]
    log: Option<PathBuf>,
    /// The policy that names the log: strict, moderate, permissive or a file [default: the user's or the system's own]
    #[arg(long, global = true, value_name = "POLICY", conflicts_with = "log")]
    policy: Option<String>,
    /// What is printed
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json"])]
    format: String,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Print records
    Show(Wanted),
    /// Find records that were altered, removed, put in or moved: exit 0 where there are none, 1 where there are some
    Verify {
        /// What `audit head` printed, and was kept where the log's writer does not write: only with it can be told whether
        /// the end was cut off, or all was written anew
        #[arg(long, value_name = "SEQ:HASH")]
        head: Option<String>,
    },
    /// Print number and hash of the last record, to be kept elsewhere
    Head,
    /// Remove old records from the beginning; the log stays verifiable
    Prune {
        /// Records older than so many days
        #[arg(long, value_name = "N", required_unless_present = "before")]
        days: Option<u32>,
        /// Records before this time
        #[arg(long, value_name = "TIME", conflicts_with = "days")]
        before: Option<String>,
    },
}

/// Times are RFC 3339 in UTC: `2026-11-22` or `2026-11-22T12:00:00Z`.
#[derive(Args)]
struct Wanted {
    /// Only what was decided, what was run, or what code reached
    #[arg(long, value_name = "KIND", value_parser = ["security", "execution", "access"])]
    kind: Option<String>,
    /// Only one run, by its name or the beginning of that
    #[arg(long, value_name = "ID")]
    run: Option<String>,
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    #[arg(long, value_name = "DECISION", value_parser = ["allow", "ask", "deny"])]
    decision: Option<String>,
    /// Only about a script: a part of its path, or the beginning of its SHA-256
    #[arg(long, value_name = "TEXT")]
    script: Option<String>,
    /// Keys of age that open encrypted records
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,
}

/// How long a reader waits for a writer.
const WAIT: Duration = Duration::from_secs(20);
const DAY: Duration = Duration::from_secs(86_400);

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let path = match &arguments.log {
        Some(path) => path.clone(),
        None => named_by_policy(arguments.policy.as_deref())?,
    };
    let as_json = arguments.format == "json";
    match &arguments.command {
        Command::Show(wanted) => show(&path, &wanted.filter()?, &wanted.keys()?, as_json),
        Command::Verify { head } => {
            let head = head.as_deref().map(|text| {
                Head::parse(text).ok_or_else(|| format!("`{}` is no head: it reads `SEQ:HASH`", plain(text)))
            });
            verify(&audit::verify(&path, head.transpose()?.as_ref(), WAIT)?, as_json)
        }
        Command::Head => {
            let Verified { head, faults, .. } = audit::verify(&path, None, WAIT)?;
            if !faults.is_empty() {
                tell("error", "this log is not as it was written: look at `portcullis audit verify`");
                return Ok(Exit::Findings);
            }
            output::print(|out| match as_json {
                true => writeln!(out, "{}", json!({ "seq": head.seq, "sha256": head.sha256 })),
                false => writeln!(out, "{head}"),
            })?;
            Ok(Exit::Clean)
        }
        Command::Prune { days, before } => {
            let before = match (before, days) {
                (Some(before), _) => time(before)?,
                (None, days) => Time::now().before(DAY * days.unwrap_or_default()),
            };
            let cut = Log::existing(Settings::at(path))?.prune(before)?;
            output::print(|out| match (&cut, as_json) {
                (cut, true) => writeln!(out, "{}", json!({ "cut": cut })),
                (Some(cut), false) => writeln!(out, "records {} to {} are removed", cut.first, cut.last),
                (None, false) => writeln!(out, "no record is older than {before}"),
            })?;
            Ok(Exit::Clean)
        }
    }
}

/// Where the policy in force has its log kept.
fn named_by_policy(policy: Option<&str>) -> Result<PathBuf, Failure> {
    // Nothing is judged, so that there is no tree which may not have its say.
    let nowhere = Trust { workspace: Path::new("/"), project: true };
    let policy = policy::find(policy, nowhere, &Pack::builtin())?;
    Ok(Settings::of(&policy.clauses.audit, None)?.path)
}

fn time(text: &str) -> Result<Time, String> {
    let wrong = || format!("`{}` is no time: write 2026-11-22 or 2026-11-22T12:00:00Z (UTC)", plain(text));
    Time::parse(text).ok_or_else(wrong)
}

impl Wanted {
    fn keys(&self) -> Result<Keys, String> {
        let Some(file) = &self.identity else { return Ok(Keys::default()) };
        let text = walk::read_own(file)?;
        Keys::parse(&text).map_err(|message| format!("{}: {message}", plain(&file.to_string_lossy())))
    }

    fn filter(&self) -> Result<Filter, String> {
        let kind = self.kind.as_deref().map(|kind| match kind {
            "security" => Kind::Security,
            "execution" => Kind::Execution,
            _ => Kind::Access,
        });
        Ok(Filter {
            kind,
            run: self.run.clone(),
            since: self.since.as_deref().map(time).transpose()?,
            until: self.until.as_deref().map(time).transpose()?,
            decision: self.decision.clone(),
            script: self.script.clone(),
        })
    }
}

/// Prints records, and says on standard error which lines are none.
fn show(path: &Path, filter: &Filter, keys: &Keys, as_json: bool) -> Result<Exit, Failure> {
    let mut exit = Exit::Clean;
    let mut failure = None;
    output::print(|out| {
        let mut broken_pipe = None;
        let read = audit::show(path, filter, keys, WAIT, |shown| {
            let written = match shown {
                Shown::Record(line) => {
                    if as_json {
                        as_it_stands(&line, out)
                    } else {
                        in_words(&line, out)
                    }
                }
                Shown::Broken(place, reason) => {
                    exit = Exit::Findings;
                    let file = plain(&place.file.to_string_lossy()).into_owned();
                    tell("warning", &format!("{file}:{}: {}", place.line, plain(&reason)));
                    Ok(())
                }
            };
            written.map_err(|error| {
                let message = error.to_string();
                broken_pipe = Some(error);
                message
            })
        });
        match (broken_pipe, read) {
            (Some(error), _) => Err(error),
            (None, read) => {
                failure = read.err();
                Ok(())
            }
        }
    })?;
    failure.map_or(Ok(exit), |failure| Err(failure.into()))
}

fn as_it_stands(line: &Line, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    writeln!(out)
}

/// One line: when, which record, what, about which script, and whose run it was.
fn in_words(line: &Line, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "{} {} {}", plain(&line.time), line.seq, plain(&line.event))?;
    const TOLD: [&str; 11] = [
        "/decision",
        "/result",
        "/outcome/end/kind",
        "/outcome/end/value",
        "/code",
        "/by",
        "/reason",
        "/script/path",
        "/backend",
        "/policy/name",
        "/last",
    ];
    for pointer in TOLD {
        match line.data.as_ref().and_then(|data| data.pointer(pointer)) {
            Some(serde_json::Value::String(text)) => write!(out, " {}", plain(text))?,
            Some(serde_json::Value::Number(number)) => write!(out, " {number}")?,
            _ => {}
        }
    }
    if line.sealed.is_some() {
        write!(out, " (encrypted)")?;
    }
    line.run.iter().try_for_each(|run| write!(out, " run {}", plain(run)))?;
    writeln!(out)?;
    let accesses = line.data.as_ref().and_then(|data| data["accesses"].as_array());
    accesses.into_iter().flatten().try_for_each(|access| access_in_words(access, out))
}

/// One line: a host or a file, and what became of it.
fn access_in_words(access: &serde_json::Value, out: &mut dyn Write) -> io::Result<()> {
    let text = |key: &str| plain(access[key].as_str().unwrap_or_default()).into_owned();
    let number = |key: &str| access[key].as_u64().unwrap_or_default();
    match access["to"].as_str() {
        Some("host") if access["refusal"].is_string() => {
            writeln!(out, "    {}:{} refused: {}", text("host"), number("port"), text("refusal"))
        }
        Some("host") => {
            let (sent, received) = (number("sent_bytes"), number("received_bytes"));
            writeln!(out, "    {}:{} {sent} bytes sent, {received} received", text("host"), number("port"))
        }
        _ => {
            let kept = if access["kept"] == true { "kept" } else { "not kept" };
            writeln!(out, "    {} {}, {kept}", text("path"), text("what"))
        }
    }
}

fn verify(verified: &Verified, as_json: bool) -> Result<Exit, Failure> {
    output::print(|out| if as_json { verified_json(verified, out) } else { verified_text(verified, out) })?;
    Ok(if verified.faults.is_empty() { Exit::Clean } else { Exit::Findings })
}

fn verified_text(verified: &Verified, out: &mut dyn Write) -> io::Result<()> {
    for told in verified.faults.iter().chain(&verified.notes) {
        let place = told.place.as_ref().map(|place| (plain(&place.file.to_string_lossy()).into_owned(), place.line));
        match (place, told.seq) {
            (Some((file, line)), Some(seq)) => write!(out, "{file}:{line}: record {seq}")?,
            (Some((file, line)), None) => write!(out, "{file}:{line}")?,
            (None, Some(seq)) => write!(out, "record {seq}")?,
            (None, None) => write!(out, "at the end")?,
        }
        writeln!(out, ": {}: {}", told.what, plain(&told.why))?;
    }
    let Verified { records, first, head, .. } = verified;
    match first {
        Some(first) => writeln!(out, "{records} records, {first} to {}, in {} files", head.seq, verified.files.len())?,
        None => writeln!(out, "no records")?,
    }
    match (verified.faults.is_empty(), verified.anchored) {
        (false, _) => writeln!(out, "This log is not as it was written."),
        (true, true) => writeln!(out, "All is as it was written up to the head that was named."),
        (true, false) => writeln!(
            out,
            "Each record follows from the one before. Whether the end was cut off, or all was written anew by the same user, \
             cannot be told by the log itself: keep what `portcullis audit head` prints elsewhere, and name it with `--head`."
        ),
    }
}

fn verified_json(verified: &Verified, out: &mut dyn Write) -> io::Result<()> {
    let told = |told: &Fault| {
        let file = told.place.as_ref().map(|place| place.file.to_string_lossy().into_owned());
        let line = told.place.as_ref().map(|place| place.line);
        json!({ "file": file, "line": line, "seq": told.seq, "what": told.what, "why": told.why })
    };
    let all = json!({
        "good": verified.faults.is_empty(),
        "anchored": verified.anchored,
        "files": verified.files.iter().map(|file| file.to_string_lossy()).collect::<Vec<_>>(),
        "records": verified.records,
        "first": verified.first,
        "head": { "seq": verified.head.seq, "sha256": verified.head.sha256 },
        "faults": verified.faults.iter().map(told).collect::<Vec<_>>(),
        "notes": verified.notes.iter().map(told).collect::<Vec<_>>(),
    });
    serde_json::to_writer_pretty(&mut *out, &all)?;
    writeln!(out)
}
