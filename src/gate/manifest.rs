//! The manifest: what code would do, as far as that can be told without running it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::effect::{Effect, Unresolved};
use crate::inspect::Examined;

/// What code would do. Nothing in it is a promise: what stayed unresolved may do anything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Manifest {
    pub reads: Vec<Entry>,
    pub writes: Vec<Entry>,
    pub deletes: Vec<Entry>,
    /// Whom it connects to, or where it listens.
    pub hosts: Vec<Entry>,
    pub processes: Vec<Entry>,
    /// Dotted names of modules and of what is taken from them.
    pub imports: Vec<String>,
    /// What it installs.
    pub packages: Vec<Entry>,
    /// Code that is evaluated.
    pub code: Vec<Entry>,
    /// Variables of the environment that are read or set.
    pub environment: Vec<Entry>,
    /// Whatever else it does to the machine or to its interpreter.
    pub other: Vec<OtherEntry>,
    /// Places at which it cannot be told what happens.
    pub unresolved: Vec<UnresolvedEntry>,
}

/// Something that is done to a target.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Entry {
    /// Null where it is not known; `{}` stands for the parts that are not.
    pub target: Option<String>,
    /// The function that does it.
    pub by: String,
    pub path: String,
    pub line: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct OtherEntry {
    pub effect: Effect,
    #[serde(flatten)]
    pub entry: Entry,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct UnresolvedEntry {
    pub path: String,
    pub line: u32,
    pub what: Unresolved,
}

impl Manifest {
    pub(super) fn add(&mut self, examined: &Examined) {
        for act in &examined.acts {
            let entry = Entry {
                target: act.target.as_ref().map(ToString::to_string),
                by: act.by.to_string(),
                path: examined.path.to_string(),
                line: act.place.start.line,
            };
            let list = match act.effect {
                Effect::ReadFile => &mut self.reads,
                Effect::WriteFile => &mut self.writes,
                Effect::DeleteFile => &mut self.deletes,
                Effect::Connect | Effect::Listen => &mut self.hosts,
                Effect::SpawnProcess => &mut self.processes,
                Effect::InstallPackage => &mut self.packages,
                Effect::ExecCode => &mut self.code,
                Effect::ReadEnv | Effect::WriteEnv => &mut self.environment,
                Effect::NativeCode
                | Effect::ChangeMode
                | Effect::Privilege
                | Effect::Signal
                | Effect::Introspect
                | Effect::PatchRuntime => {
                    self.other.push(OtherEntry { effect: act.effect, entry });
                    continue;
                }
            };
            list.push(entry);
        }
        self.imports.extend(examined.imports.iter().map(|(_, name)| name.to_string()));
        let unresolved = examined.unresolved.iter().map(|(place, what)| UnresolvedEntry {
            path: examined.path.to_string(),
            line: place.start.line,
            what: *what,
        });
        self.unresolved.extend(unresolved);
    }

    /// Puts every list in order, each entry once.
    pub(super) fn sort(&mut self) {
        let lists = [
            &mut self.reads,
            &mut self.writes,
            &mut self.deletes,
            &mut self.hosts,
            &mut self.processes,
            &mut self.packages,
            &mut self.code,
            &mut self.environment,
        ];
        lists.into_iter().for_each(sorted);
        sorted(&mut self.imports);
        sorted(&mut self.other);
        sorted(&mut self.unresolved);
    }
}

fn sorted<T: Ord>(list: &mut Vec<T>) {
    list.sort();
    list.dedup();
}
