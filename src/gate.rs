//! The gate: whether code may run, decided from what stands in it and in the modules beside it that it imports.
//!
//! Nothing that comes with the code has a say in it: no configuration, no suppression, no baseline, no pre-filter.

mod manifest;
mod verdict;

use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::check::Workspace;
use crate::clause::Decision;
use crate::inspect::{Examined, Inspector};
use crate::pack::Pack;
use crate::policy::{self, Policy, PolicyError, Trust};
use crate::rule::Match;
use crate::source::{Kind, Problem, ProblemKind, Source, Span};
use crate::walk;
pub use manifest::Manifest;
pub use verdict::{Read, Reason, ReasonKind, Verdict};

/// What is to be judged.
#[derive(Debug)]
pub struct Input {
    pub source: Source,
    /// Standard input, read before the clock of the gate starts.
    pub bytes: Option<Result<Vec<u8>, Problem>>,
}

/// Rules and a policy, ready to judge.
#[derive(Debug)]
pub struct Gate {
    pack: Pack,
    policy: Policy,
    digest: String,
    workspace: PathBuf,
}

impl Gate {
    pub fn new(policy: Option<&str>, workspace: PathBuf, trust_project: bool) -> Result<Self, PolicyError> {
        let mut pack = Pack::builtin();
        let policy = policy::find(policy, Trust { workspace: &workspace, project: trust_project }, &pack)?;
        pack.add_rules(policy.rules());
        let digest = policy.digest();
        Ok(Self { pack, policy, digest, workspace })
    }

    /// Judges sources and what they import. Wants a large stack.
    pub fn judge(&self, inputs: Vec<Input>) -> Verdict {
        // Effects are told in the manifest, whether or not anything is decided by them.
        let has_say: Vec<_> = self
            .pack
            .rules()
            .iter()
            .map(|rule| matches!(rule.matcher, Match::Effect(_)) || self.policy.strictest(rule) != Decision::Allow)
            .collect();
        let workspace = Workspace::at(self.workspace.to_string_lossy());
        let inspector = Inspector::new(&self.pack, |rule| has_say[usize::from(rule)]).telling_all(workspace);
        let mut verdict = verdict::Draft::new(&self.pack, &self.policy);
        for Input { source, bytes } in inputs {
            let bytes = bytes.unwrap_or_else(|| walk::read(&source, walk::DEFAULT_MAX_SIZE));
            match bytes {
                Ok(bytes) => {
                    verdict.read(&source.path, bytes.len(), &sha256(&bytes), false);
                    match examine(&inspector, &source, bytes) {
                        Ok(examined) => verdict.add(&examined),
                        Err(problem) => verdict.failed(&source.path, &problem.message),
                    }
                }
                Err(problem) => verdict.failed(&source.path, &problem.message),
            }
        }
        verdict.finish(&self.digest)
    }

    /// The verdict where there is none: whatever could not be decided is denied.
    pub fn undecided(&self, kind: ReasonKind, message: &str) -> Verdict {
        let mut draft = verdict::Draft::new(&self.pack, &self.policy);
        draft.undecided(kind, message);
        draft.finish(&self.digest)
    }
}

/// Which reader takes a source. A new kind of source is one arm more.
fn examine(inspector: &Inspector<'_>, source: &Source, bytes: Vec<u8>) -> Result<Examined, Problem> {
    let failure =
        |message: &str| Problem { kind: ProblemKind::Unread, message: message.to_owned(), span: Span::default() };
    let kind = match Kind::of_name(&source.path) {
        Some(kind) => kind,
        // Python runs what has no suffix, unless its first line says that it is something else.
        None if bytes.starts_with(b"#!") => Kind::of_first_line(&bytes),
        None => Kind::Python,
    };
    let examined = match kind {
        Kind::Python => {
            panic::catch_unwind(AssertUnwindSafe(|| inspector.examine(&source.path, bytes))).map_err(|_| {
                failure("the analysis of this file failed, which is a fault of portcullis: please report it")
            })?
        }
        Kind::Notebook | Kind::Other => return Err(failure("there is no reader for files of this kind")),
    };
    Ok(examined)
}

fn sha256(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

/// The source that a path names, as reports show it; `-` is standard input.
pub fn source(path: &std::path::Path, stdin_name: Option<&str>) -> Source {
    match path.as_os_str() == "-" {
        true => Source { path: Arc::from(stdin_name.unwrap_or("<stdin>")), file: None, kind: None },
        false => walk::named_file(path),
    }
}
