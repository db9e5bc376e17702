//! The audit log: what was decided about code, what was run and what that came to, so that nobody changes it unseen.
//!
//! One JSON object a line. Each holds the hash of the line before it, so that a line which was changed, taken out, put in or
//! moved does not fit what follows. What follows nothing cannot be held against anything: that the end was cut off, or all
//! was written anew by the same user, shows only where the head was kept elsewhere.

mod chain;
mod folder;
mod line;
mod lock;
mod log;
mod prune;
mod record;
mod run_id;
mod seal;
mod show;
mod stored;
mod tail;
mod verify;

use serde_json::{Value, json};

pub use folder::default_path;
pub use line::{Head, Line, SCHEMA};
pub use log::{DEFAULT_WAIT, Log, Settings};
pub use record::{
    Access, Accesses, Answer, AnsweredBy, Changed, Cut, End, Ended, Entry, Event, Inside, Intent, Judged, Kind, Policy,
    Script, Torn,
};
pub use run_id::RunId;
pub use seal::Keys;
pub use show::{Filter, Shown, show};
pub use stored::Place;
pub use verify::{Fault, Verified, verify};

/// Who writes: the program, the process, the user and the machine.
fn author() -> Value {
    #[cfg(unix)]
    let (user, host) = {
        let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
        (Some(rustix::process::geteuid().as_raw()), Some(host))
    };
    #[cfg(not(unix))]
    let (user, host) = (None::<u32>, std::env::var("COMPUTERNAME").ok());
    let tool = concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"));
    json!({ "tool": tool, "process": std::process::id(), "user": user, "host": host })
}
