//! Python: from bytes to a tree, by one of two readers, and from the tree to events.

mod escape;
pub mod decode;
pub mod eval;
pub mod place;
pub mod strict;
pub mod tree;

use std::{io, thread};

/// The stack that readers and walks of a tree need: room for `tree::MAX_DEPTH` levels of the costliest kind, twice.
/// Only address space is reserved; pages are used as a text nests.
pub const STACK: usize = 1 << 30;

/// Runs one job on a thread of its own with `STACK` bytes of stack.
pub fn on_large_stack<T: Send>(job: impl FnOnce() -> T + Send) -> io::Result<T> {
    thread::scope(|scope| {
        let thread = thread::Builder::new().name("python".to_owned()).stack_size(STACK).spawn_scoped(scope, job)?;
        thread.join().or_else(|panic| std::panic::resume_unwind(panic))
    })
}

pub fn read<'a>(text: &str, arena: &'a bumpalo::Bump, comments: bool) -> tree::Module<'a> {
    strict::read(text, arena, comments).unwrap_or(tree::Module { body: &[], problems: vec![], comments: vec![] })
}
