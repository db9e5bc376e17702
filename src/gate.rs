//! The gate: whether code may run, decided from what stands in it and in the modules beside it that it imports.
//!
//! Nothing that comes with the code has a say in it: no configuration, no suppression, no baseline, no pre-filter.

mod beside;
mod closure;
mod manifest;
mod record;
mod verdict;

use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};

use crate::advisory::Shelf;
use crate::check::{Facts, Workspace};
use crate::clause::Decision;
use crate::digest::sha256;
use crate::effect::Effect;
use crate::inspect::{Examined, Inspector};
use crate::pack::Pack;
use crate::policy::{self, Policy, PolicyError, Trust};
use crate::rule::Match;
use crate::source::{Content, Kind, Problem, ProblemKind, Source, Span};
use crate::walk;
pub use beside::Beside;
use closure::{Closure, Found};
pub use closure::{MAX_IMPORTED, MAX_IMPORTED_BYTES};
pub use manifest::{Entry, Manifest};
use verdict::Draft;
pub use verdict::{Read, Reason, ReasonKind, Verdict};

/// How many milliseconds deciding takes at most, where nobody says otherwise.
pub const BUDGET_MS: u64 = 200;

/// What is to be judged.
#[derive(Debug)]
pub struct Input {
    pub source: Source,
    /// What was read before the clock of the gate starts: standard input, and whatever is run as these very bytes.
    pub bytes: Option<Result<Vec<u8>, Problem>>,
}

/// Rules and a policy, ready to judge.
#[derive(Debug)]
pub struct Gate {
    pack: Pack,
    policy: Policy,
    digest: String,
    workspace: PathBuf,
    advisories: Shelf,
}

impl Gate {
    pub fn new(policy: Option<&str>, workspace: PathBuf, trust_project: bool) -> Result<Self, PolicyError> {
        let mut pack = Pack::builtin();
        let policy = policy::find(policy, Trust { workspace: &workspace, project: trust_project }, &pack)?;
        pack.add_rules(policy.rules());
        let digest = policy.digest();
        let workspace = std::fs::canonicalize(&workspace).unwrap_or_else(|_| walk::absolute(&workspace));
        Ok(Self { pack, policy, digest, workspace, advisories: Shelf::empty() })
    }

    /// Holds packages that code would install against advisories.
    pub fn with_advisories(self, advisories: Shelf) -> Self {
        Self { advisories, ..self }
    }

    /// Judges sources and what they import from beside themselves. Wants a large stack.
    pub fn judge(&self, inputs: Vec<Input>, beside: Beside) -> Verdict {
        let inspector = self.inspector();
        let mut judging = Judging::new(self, &inspector, &inputs, beside);
        inputs.into_iter().for_each(|input| judging.take_input(input));
        judging.follow();
        judging.verdict(&self.digest)
    }

    /// Judges sources each by itself, without what it imports, and tells each verdict as it is found. Wants a large stack.
    pub fn judge_each(&self, inputs: Vec<Input>, beside: &Beside, mut tell: impl FnMut(Verdict)) {
        let inspector = self.inspector();
        for input in inputs {
            let mut judging = Judging::new(self, &inspector, std::slice::from_ref(&input), beside.clone());
            judging.take_input(input);
            tell(judging.verdict(&self.digest));
        }
    }

    /// With every rule that has a say.
    fn inspector(&self) -> Inspector<'_> {
        // Effects are told in the manifest, whether or not anything is decided by them.
        let has_say: Vec<_> = self
            .pack
            .rules()
            .iter()
            .map(|rule| matches!(rule.matcher, Match::Effect(_)) || self.policy.strictest(rule) != Decision::Allow)
            .collect();
        let workspace = Workspace::at(self.workspace.to_string_lossy());
        let inspector = Inspector::new(&self.pack, |rule| has_say[usize::from(rule)]);
        let facts = Facts { advisories: Some(&self.advisories), ..Facts::default() };
        inspector.with_facts(facts).telling_all(workspace)
    }

    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Whether the policy lets machine code be loaded that nobody can read.
    pub fn admits_native_code(&self) -> bool {
        let rules = self.pack.rules().iter().filter(|rule| policy::effects_of(rule).contains(&Effect::NativeCode));
        let ruled = rules.map(|rule| self.policy.ruling(rule, &[Effect::NativeCode]).decision);
        !self.policy.is_enforced() || ruled.max() == Some(Decision::Allow)
    }

    /// The rules, those of the policy among them.
    pub fn pack(&self) -> &Pack {
        &self.pack
    }

    /// The folder that code may work in, links on the way to it followed.
    pub fn workspace(&self) -> &Path {
        &self.workspace
    }

    /// The verdict where there is none: whatever could not be decided is denied.
    pub fn undecided(&self, kind: ReasonKind, message: &str) -> Verdict {
        let mut draft = Draft::new(&self.pack, &self.policy);
        draft.undecided(kind, message);
        draft.finish(&self.digest)
    }
}

/// What was read so far, and what is still to be read.
struct Judging<'g> {
    inspector: &'g Inspector<'g>,
    beside: Beside,
    closure: Closure,
    draft: Draft<'g>,
    examined: Vec<Examined>,
    waiting: Vec<Found>,
}

impl<'g> Judging<'g> {
    fn new(gate: &'g Gate, inspector: &'g Inspector<'g>, inputs: &[Input], beside: Beside) -> Self {
        let mut closure = Closure::new(&gate.workspace, beside.clone());
        inputs.iter().for_each(|input| closure.add_script(&input.source));
        let draft = Draft::new(&gate.pack, &gate.policy);
        Self { inspector, beside, closure, draft, examined: Vec::new(), waiting: Vec::new() }
    }

    fn take_input(&mut self, Input { source, bytes }: Input) {
        let bytes = bytes.unwrap_or_else(|| walk::read(&source, walk::DEFAULT_MAX_SIZE));
        self.take(&source, bytes, None);
    }

    fn verdict(self, digest: &str) -> Verdict {
        let Self { closure, mut draft, examined, .. } = self;
        examined.iter().for_each(|one| draft.add(one, &|name| closure.is_own(name)));
        draft.finish(digest)
    }

    /// Examines a source, and takes note of what it imports. What cannot be read is denied.
    fn take(&mut self, source: &Source, bytes: Result<Vec<u8>, Problem>, found: Option<&Found>) {
        let (imported, is_list) = (found.is_some(), matches!(found, Some(Found::List(_))));
        let examined = bytes.and_then(|bytes| {
            if imported && !self.closure.affords(bytes.len()) {
                self.waiting.clear();
                return Err(failure("so many modules are imported that this one and others are not read"));
            }
            self.draft.read(&source.path, bytes.len(), sha256(&bytes), imported);
            match is_list {
                true => list(self.inspector, source, bytes),
                false => examine(self.inspector, source, bytes),
            }
        });
        match examined {
            Ok(examined) => {
                self.waiting.extend(self.closure.imported_by(source, &examined));
                self.waiting.extend(self.closure.listed_by(source, &examined, is_list));
                self.examined.push(examined);
            }
            Err(problem) => self.draft.failed(&source.path, &problem.message),
        }
    }

    /// Examines what is imported, and what that imports.
    fn follow(&mut self) {
        if self.examined.iter().any(|one| !one.imports.is_empty()) {
            self.waiting.extend(self.closure.shadows());
        }
        while let Some(found) = self.waiting.pop() {
            match &found {
                Found::Module(source) | Found::List(source) => {
                    let bytes = self.beside.bytes(source);
                    self.take(source, bytes, Some(&found));
                }
                Found::Closed(path, why) => self.draft.failed(path, why),
            }
        }
    }
}

/// Examines a source of a kind that a reader takes.
fn examine(inspector: &Inspector<'_>, source: &Source, bytes: Vec<u8>) -> Result<Examined, Problem> {
    let kind = match source.kind.filter(|kind| *kind == Kind::Markdown).or_else(|| Kind::of_name(&source.path)) {
        // Python runs a file whatever its name.
        Some(Kind::Other) if !is_of_another_language(&source.path) => Kind::Python,
        Some(kind) => kind,
        // What has no suffix is Python, unless its first line says that it is something else.
        None if bytes.starts_with(b"#!") || source.path.ends_with(".pth") => Kind::of_first_bytes(&source.path, &bytes),
        None => Kind::Python,
    };
    if kind == Kind::Other {
        return Err(failure("there is no reader for files of this kind"));
    }
    panic::catch_unwind(AssertUnwindSafe(|| inspector.examine(&source.path, kind, bytes)))
        .map_err(|_| failure("the analysis of this file failed, which is a fault of portcullis: please report it"))
}

/// Examines a list of requirements.
fn list(inspector: &Inspector<'_>, source: &Source, bytes: Vec<u8>) -> Result<Examined, Problem> {
    inspector.examine_list(&source.path, bytes).ok_or_else(|| failure("a list of requirements that is no text"))
}

/// Endings of scripts that something else runs.
const OTHER_LANGUAGES: [&str; 18] = [
    "bash", "bat", "cmd", "cjs", "fish", "js", "ksh", "lua", "mjs", "php", "pl", "ps1", "r", "rb", "sh", "tcl", "ts",
    "zsh",
];

fn is_of_another_language(path: &str) -> bool {
    let suffix = path.rsplit_once('.').map(|(_, suffix)| suffix.to_ascii_lowercase());
    suffix.is_some_and(|suffix| OTHER_LANGUAGES.contains(&suffix.as_str()))
}

fn failure(message: &str) -> Problem {
    Problem { kind: ProblemKind::Unread, message: message.to_owned(), span: Span::default() }
}

/// The source that a path names, as reports show it; `-` is standard input.
pub fn source(path: &std::path::Path, stdin_name: Option<&str>) -> Source {
    match path.as_os_str() == "-" {
        true => Source::new(stdin_name.unwrap_or("<stdin>"), Content::Stdin, None),
        false => walk::named_file(path),
    }
}
