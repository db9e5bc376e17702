//! Python: from bytes to a tree, by one of two readers, and from the tree to events.

pub mod decode;
mod escape;
pub mod eval;
pub mod header;
pub mod ipython;
pub mod lenient;
mod lex;
pub mod path_file;
pub mod place;
pub mod sign;
pub mod strict;
pub mod tree;

use std::sync::mpsc;
use std::time::Duration;
use std::{io, thread};

use bumpalo::Bump;

use crate::source::{Problem, ProblemKind, Span};
use strict::Refusal;
use tree::Module;

/// The stack that readers and walks of a tree need: room for `tree::MAX_DEPTH` levels of the costliest kind, with a
/// margin of more than two. The readers need up to 4 KiB a level (7 KiB in a debug build); a walk may take 16 KiB. Only
/// address space is reserved; pages are used as a text nests.
pub const STACK: usize = 1 << 30;

/// Reads a module: strictly, or leniently where that fails, with the reason among the problems. Wants a large stack.
pub fn read<'a>(text: &'a str, arena: &'a Bump, want_comments: bool) -> Module<'a> {
    let unparsed = |message, span| Problem { kind: ProblemKind::Unparsed, message, span };
    match strict::read(text, arena, want_comments) {
        Ok(module) => module,
        Err(Refusal::Syntax { message, span }) => {
            let mut module = lenient::read(text, arena, want_comments);
            module.problems.insert(0, unparsed(format!("{message}: read leniently"), span));
            module
        }
        Err(Refusal::TooDeep(message)) => {
            let problems = vec![unparsed(message, Span::new(0, text.len()))];
            Module { body: &[], problems, comments: Vec::new() }
        }
    }
}

/// Runs one job on a thread of its own with `STACK` bytes of stack.
pub fn on_large_stack<T: Send>(job: impl FnOnce() -> T + Send) -> io::Result<T> {
    thread::scope(|scope| {
        let thread = thread::Builder::new().name("python".to_owned()).stack_size(STACK).spawn_scoped(scope, job)?;
        thread.join().or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unanswered {
    /// The time was over first. The job goes on, and ends with the process.
    Late,
    /// The job broke.
    Broken,
}

/// The same, for a caller who waits for an answer only so long.
pub fn within<T: Send + 'static>(
    budget: Duration,
    job: impl FnOnce() -> T + Send + 'static,
) -> io::Result<Result<T, Unanswered>> {
    let (sender, receiver) = mpsc::channel();
    // Where nobody waits any more, the answer is dropped.
    let answer = move || drop(sender.send(job()));
    thread::Builder::new().name("python".to_owned()).stack_size(STACK).spawn(answer)?;
    Ok(receiver.recv_timeout(budget).map_err(|error| match error {
        mpsc::RecvTimeoutError::Timeout => Unanswered::Late,
        mpsc::RecvTimeoutError::Disconnected => Unanswered::Broken,
    }))
}
