//! Effects: what code does to the world, in one vocabulary for all languages, and the capabilities in which policies speak.

use serde::{Deserialize, Serialize};

use crate::source::Span;

/// What a call (or a shell command) does. `rules/models/` says which has which, on which argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    ExecCode,
    SpawnProcess,
    NativeCode,
    ReadFile,
    WriteFile,
    DeleteFile,
    ChangeMode,
    Connect,
    Listen,
    InstallPackage,
    ReadEnv,
    WriteEnv,
    Privilege,
    Signal,
    Introspect,
    PatchRuntime,
}

/// The label that a rule gives its finding: the twelve words that policies and users speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Capability {
    ExecCode,
    SpawnProcess,
    ReadSecretsPath,
    WriteOutsideWorkspace,
    DeleteFiles,
    Network,
    InstallPackages,
    Persistence,
    Privilege,
    EnvHarvest,
    SandboxIntrospection,
    ObfuscatedSource,
}

/// What evaluation does not know of something that it would have to know to tell what happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Unresolved {
    /// Which attribute of something it is: `getattr(os, name)`.
    Attribute,
    /// The same of a module that starts processes.
    Process,
    /// Which module is imported: `import_module(name)`.
    Import,
    /// Which code is run: `exec(text)`.
    Code,
    /// Which attribute of an object it is of which nothing is known: `getattr(thing, name)`.
    Member,
}

/// One effect that a source has, at one place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Occurrence {
    pub span: Span,
    pub effect: Effect,
    /// The name of what has it: `os.remove`.
    pub by: String,
    /// On what, as far as known: a path, a host, a command, with holes where parts are not.
    pub target: Option<String>,
}
