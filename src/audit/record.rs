//! What is told in a log: one struct for each event. Whoever runs or judges code fills them in.
//!
//! There is no place in them for values of environment variables, nor for what code reads or writes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::RunId;
use super::line::MAX_LINE;
use crate::cell::{Layer, Limits, Workspace};
use crate::clause::Decision;
use crate::outcome::{Outcome, Request};

/// One event, and the run that it belongs to.
#[derive(Clone, Debug)]
pub struct Entry {
    pub run: RunId,
    pub event: Event,
}

/// What records are about, for those who read only one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// What was decided about code, and what became of the log itself.
    Security,
    /// What was run, and what that came to.
    Execution,
    /// What code reached, or wanted to.
    Access,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case", tag = "event", content = "data")]
pub enum Event {
    /// The gate decided.
    Gate(Box<Judged>),
    /// Code is about to be run: written before anything is.
    Intent(Box<Intent>),
    /// What that came to.
    Outcome(Box<Ended>),
    /// What it reached, or wanted to: after what the run came to, in as many records as that takes.
    Access(Accesses),
    /// The line that a crash or a full disk left unfinished, taken out of the log by who wrote next.
    Torn(Torn),
    /// Old records were removed.
    Cut(Cut),
}

impl Event {
    pub fn kind(&self) -> Kind {
        match self {
            Self::Gate(_) | Self::Torn(_) | Self::Cut(_) => Kind::Security,
            Self::Intent(_) | Self::Outcome(_) => Kind::Execution,
            Self::Access(_) => Kind::Access,
        }
    }
}

/// Code, the policy, and what that says of it.
#[derive(Clone, Debug, Serialize)]
pub struct Judged {
    pub script: Script,
    /// What was read besides it: modules that it imports, files of the workspace.
    pub read: Vec<Script>,
    pub policy: Policy,
    pub decision: Decision,
    /// Ids of the rules that deny or ask; what could not be judged is told as `unjudged`.
    pub rules: Vec<String>,
}

/// Bytes that were read.
#[derive(Clone, Debug, Serialize)]
pub struct Script {
    pub path: String,
    pub sha256: String,
    pub bytes: u64,
}

#[derive(Clone, Debug, Serialize)]
pub struct Policy {
    /// A built-in name or the path of a file.
    pub name: String,
    /// SHA-256 of what it says in effect, and of the rules.
    pub sha256: String,
}

/// What is about to be run, and how.
#[derive(Clone, Debug, Serialize)]
pub struct Intent {
    #[serde(flatten)]
    pub judged: Judged,
    pub answer: Option<Answer>,
    /// `native`, `docker`, …
    pub backend: String,
    pub inside: Inside,
    /// What is handed in beside the workspace.
    pub inputs: Vec<Script>,
    pub limits: Limits,
    pub workspace: Workspace,
    pub require: Vec<Layer>,
    /// Layers that the user does without.
    pub waived: Vec<Layer>,
    /// How many arguments the script is given.
    pub arguments: usize,
    /// The arguments themselves: only where the policy asks for them.
    pub command: Option<Vec<String>>,
    /// Names of the variables that the code is given.
    pub environment: Vec<String>,
    /// Whether it reads standard input.
    pub stdin: bool,
    /// `host:port` that may be reached.
    pub network: Vec<String>,
}

/// What the code is run in, of which the gate has read nothing.
#[derive(Clone, Debug, Serialize)]
pub struct Inside {
    /// The interpreter and what it is told before the script.
    pub interpreter: Vec<String>,
    /// A tree of the host that holds a whole system; none where that is the host's own.
    pub root: Option<String>,
    pub virtual_environment: Option<String>,
    /// As it was named.
    pub image: Option<String>,
    /// Of containers; none where it is the engine's own.
    pub runtime: Option<String>,
}

/// Who answered what, where the policy asks.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Answer {
    pub by: AnsweredBy,
    pub allowed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AnsweredBy {
    /// A person at the terminal.
    Terminal,
    /// The command line.
    Flag,
    /// There was nobody to ask.
    Nobody,
}

/// What became of a run.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case", tag = "result")]
pub enum Ended {
    /// It ran.
    Ran {
        /// Its requests stand in records of their own.
        outcome: Box<Outcome>,
        /// How many hosts it asked for, and how many files of the workspace it changed: as many accesses follow.
        requests: usize,
        changes: usize,
        /// What portcullis ended with.
        code: u8,
    },
    /// It did not: the policy, or a step or a layer of the sandbox, refused.
    Refused { step: String, reason: String, code: u8 },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Changed {
    Made,
    Written,
    Deleted,
}

/// Places that code reached or wanted to reach while it ran.
#[derive(Clone, Debug, Serialize)]
pub struct Accesses {
    pub accesses: Vec<Access>,
}

/// One of them.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case", tag = "to")]
pub enum Access {
    Host(Request),
    /// A file of the workspace.
    File {
        path: String,
        what: Changed,
        /// Of what it holds now; none where it is gone or no file.
        sha256: Option<String>,
        bytes: Option<u64>,
        /// Whether it was copied out.
        kept: bool,
    },
}

impl Accesses {
    /// As many records as it takes for each to fit into a line.
    pub fn records(all: Vec<Access>) -> impl Iterator<Item = Event> {
        let mut all = all.into_iter().peekable();
        std::iter::from_fn(move || {
            let mut room = MAX_LINE / 2;
            let mut accesses = Vec::new();
            while let Some(next) = all.next_if(|next| accesses.is_empty() || next.length() <= room) {
                room = room.saturating_sub(next.length());
                accesses.push(next);
            }
            (!accesses.is_empty()).then_some(Event::Access(Self { accesses }))
        })
    }
}

impl Access {
    /// No less than what it takes in a record: JSON writes a byte of text as six characters at most, and names are short.
    fn length(&self) -> usize {
        const NAMES: usize = 400;
        let text = match self {
            Self::Host(request) => request.host.len() + request.refusal.as_ref().map_or(0, String::len),
            Self::File { path, .. } => path.len(),
        };
        NAMES + text * 6
    }
}

/// An unfinished line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Torn {
    pub bytes: u64,
    pub sha256: String,
    /// As much of it as fits into a record.
    pub text: String,
}

/// Records that were removed, so that what remains can be verified without them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cut {
    pub first: u64,
    pub last: u64,
    /// Of the newest that was removed.
    pub time: String,
    /// Where files end on the way: a cut that was itself cut short stops at one of them. The last one is the cut.
    pub ends: Vec<End>,
}

/// Sequence number and hash of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    pub seq: u64,
    pub sha256: String,
}
