//! Carries out a plan: says so in the audit log, runs it in its cell, and says what that came to. What is not carried out is
//! recorded as well.

use std::io::{self, Write};
use std::path::Path;

use super::backend;
use super::change::{Change, Difference, Fate, differences};
use super::copy::CopyOut;
use super::record::{self, Recorder};
use super::{Account, Plan, Stop};
use crate::audit::{Accesses, Answer, Event};
use crate::cell::Workspace;
use crate::exit::Exit;
use crate::outcome::End;
use crate::sandbox::Tree;
use crate::sandbox::native::Held;

/// Runs what was planned. Whoever has to allow it has done so.
pub fn carry_out(
    mut plan: Plan,
    answer: Option<Answer>,
    stdout: &mut (dyn Write + Send),
    stderr: &mut (dyn Write + Send),
) -> Account {
    let held = match Held::new() {
        Ok(held) => held,
        Err(refused) => return Account::failed(&plan, answer, backend::stop(plan.backend, &refused)),
    };
    let mut recorder = match Recorder::open(&plan.policy, plan.audit_log.take()) {
        Ok(recorder) => recorder,
        Err(stop) => return Account::failed(&plan, answer, stop),
    };
    let intent = record::intent(&plan, answer.as_ref());
    if let Err(stop) = recorder.tell(Event::Intent(Box::new(intent))) {
        return Account::failed(&plan, answer, stop);
    }
    let account = match backend::run(&mut plan, recorder.run.to_string(), stdout, stderr) {
        Err(refused) => Account::failed(&plan, answer, backend::stop(plan.backend, &refused)),
        Ok(done) => {
            let is_whole = matches!(done.outcome.end, End::Exit(_));
            let changes = done.workspace.map_or_else(|| Ok(Vec::new()), |tree| changes(&plan, &tree?, is_whole, &held));
            let account = Account::ran(&plan, answer, done.outcome);
            let told = |account, trouble| with_message(account, Stop::Refused(trouble));
            let account = done.trouble.into_iter().fold(account, told);
            match changes {
                Ok(changes) => with_changes(&plan, account, changes),
                Err(error) => {
                    let why =
                        format!("what changed in the workspace cannot be read, and nothing is copied out: {error}");
                    Account { code: Exit::Refused.code(), ..with_message(account, Stop::Refused(why)) }
                }
            }
        }
    };
    recorded(recorder, account, "sandbox")
}

/// A plan that is not carried out, since the gate is shut.
pub fn leave(mut plan: Plan, answer: Option<Answer>, message: String) -> Account {
    let recorder = Recorder::open(&plan.policy, plan.audit_log.take());
    let judged = Event::Gate(Box::new(record::judged(&plan)));
    let account = Account::shut(&plan, answer, message);
    match recorder.and_then(|mut recorder| recorder.tell(judged).map(|()| recorder)) {
        Ok(recorder) => recorded(recorder, account, "gate"),
        // Nothing was run: that there is no record of it changes nothing.
        Err(stop) => with_message(account, stop),
    }
}

/// Records what an order came to. Where that is demanded and cannot be done, whoever ran it must know.
fn recorded(mut recorder: Recorder, mut account: Account, step: &str) -> Account {
    account.run = recorder.is_recorded().then(|| recorder.run.to_string());
    // What it came to goes first: the script decides how much there is of the rest.
    let told = recorder
        .tell(Event::Outcome(Box::new(record::ended(&account, step))))
        .and_then(|()| Accesses::records(record::accesses(&account)).try_for_each(|accesses| recorder.tell(accesses)));
    if let Some(missing) = recorder.missing.take() {
        account = with_message(account, Stop::Refused(missing));
    }
    match told {
        Ok(()) => account,
        Err(stop) => Account { code: Exit::Refused.code(), ..with_message(account, stop) },
    }
}

/// A workspace that holds half of what the script made of it is not what anybody asked for, whatever the script ended with.
fn with_changes(plan: &Plan, account: Account, changes: Vec<Change>) -> Account {
    let failed = changes.iter().filter(|change| matches!(change.fate, Fate::Failed(_))).count();
    let account = Account { changes, ..account };
    if failed == 0 {
        return account;
    }
    let message = format!(
        "{failed} of the changes could not be copied out to {}: mend what the account says of each, and run it again",
        plan.workspace_root.display()
    );
    Account { code: Exit::Refused.code(), ..with_message(account, Stop::Refused(message)) }
}

fn with_message(account: Account, stop: Stop) -> Account {
    let message = match account.message.as_deref() {
        Some(message) => format!("{message}; {stop}"),
        None => stop.to_string(),
    };
    Account { message: Some(message), ..account }
}

/// What changed in the workspace, copied out where the cell grants that. What was ended half-way may have written half a file.
fn changes(plan: &Plan, tree: &Tree, is_whole: bool, held: &Held) -> io::Result<Vec<Change>> {
    let differences = differences(&plan.job.files, &tree.entries(plan.ground.cell.limits.workspace())?);
    if plan.ground.cell.workspace != Workspace::Write {
        return Ok(differences.iter().map(|one| one.told(Fate::Dropped)).collect());
    }
    let ended = || "the script was ended before its own end".to_owned();
    let bytes = |path: &Path| match tree.bytes(path) {
        Ok(bytes) => bytes.ok_or_else(|| "there is no such file".to_owned()),
        Err(error) => Err(error.to_string()),
    };
    let out = match &plan.folder {
        Some(folder) if is_whole => CopyOut::new(&plan.gate, folder),
        _ => Err(ended()),
    };
    Ok(match out {
        Ok(out) => {
            let mut is_ended = false;
            let mut copy = |one: &Difference| {
                is_ended |= held.came();
                match is_ended {
                    true => Fate::Failed("a signal came before it".to_owned()),
                    false => out.copy(one, || bytes(&one.path)),
                }
            };
            differences.iter().map(|one| one.told(copy(one))).collect()
        }
        Err(why) => differences.iter().map(|one| one.told(Fate::Refused(why.clone()))).collect(),
    })
}
