//! The question where a policy asks: put to a person at the terminal, who sees why, whatever standard input and output are.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write};

use rustix::termios::{QueueSelector, tcflush};

use crate::audit::AnsweredBy;
use crate::clause::Answer;
use crate::cli::tell;
use crate::report;
use crate::run::Plan;

const TERMINAL: &str = "/dev/tty";
const COLUMNS: usize = 100;
/// Nobody types more to say yes.
const LONGEST: u64 = 64;

/// Who answered, and whether that was yes.
pub(super) fn ask(plan: &Plan, yes: bool) -> (AnsweredBy, bool) {
    match plan.policy.clauses.answer {
        Answer::Flag if yes => return (AnsweredBy::Flag, true),
        Answer::Tty if yes => {
            tell("warning", "`--yes` does not count: the policy wants a person at the terminal (`answer = \"tty\"`)");
        }
        _ => {}
    }
    match question(plan) {
        Ok(allowed) => (AnsweredBy::Terminal, allowed),
        Err(_) => (AnsweredBy::Nobody, false),
    }
}

/// Fails where there is no terminal.
fn question(plan: &Plan) -> io::Result<bool> {
    let mut terminal = OpenOptions::new().read(true).write(true).open(TERMINAL)?;
    report::verdict::text(&plan.verdict, COLUMNS, &mut terminal)?;
    // What was typed before the question is no answer to it.
    tcflush(&terminal, QueueSelector::IFlush)?;
    write!(terminal, "\nRun it in the sandbox all the same? [y/N] ")?;
    terminal.flush()?;
    said(terminal)
}

fn said(terminal: File) -> io::Result<bool> {
    let mut line = String::new();
    BufReader::new(terminal.take(LONGEST)).read_line(&mut line)?;
    Ok(matches!(line.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}
