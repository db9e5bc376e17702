//! A rule is data: what a page in `rules/` says, and nothing that runs. The checks give it meaning.
//!
//! Built-in pages are parsed by the build script and carried as a compact table; a user's pages are parsed at run time.
//! Both go through [`page::parse`], and both become this one type.

pub mod effect;
pub mod form;
pub mod literal;
pub mod package;
pub mod page;
pub mod regexp;
pub mod secret;
pub mod setting;

use serde::{Deserialize, Serialize};

use crate::effect::{Capability, Unresolved};
use crate::source::{ProblemKind, SignKind};
pub use effect::{EffectMatch, HostKind, ProgramKind, Reach};
pub use form::Form;
pub use literal::Literal;
pub use package::{News, PackageMatch};
pub use regexp::Regexp;
pub use secret::{AssignedMatch, Check, SecretKind, SecretMatch};
pub use setting::{Format, SettingCondition, SettingMark, SettingMatch};

/// How bad it is if the finding is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    Low,
    Medium,
    High,
    Critical,
}

impl Severity {
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// How likely it is that the finding is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    Low,
    Medium,
    High,
}

impl Confidence {
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }

    /// One step lower, where there is one.
    pub fn lowered(self) -> Self {
        match self {
            Self::High => Self::Medium,
            Self::Medium | Self::Low => Self::Low,
        }
    }
}

/// When a rule is on that is not named: unless switched off (`default`), when its set is asked for (`audit`), or where a policy
/// judges (`gate`): what many honest programs do is no finding by itself, but may be more than a script is trusted with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Set {
    #[default]
    Default,
    Audit,
    Gate,
}

/// A policy level, from the laxest to the strictest. Only `policy.rs` compares levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    Permissive,
    Moderate,
    Strict,
}

/// One rule: the header of its page, its title and what it matches. Prose and examples stay in the page.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Rule {
    /// `family/name`: the page's path below the rules folder without `.md`.
    pub id: String,
    pub title: String,
    pub severity: Severity,
    pub confidence: Confidence,
    pub set: Set,
    pub capability: Option<Capability>,
    /// The laxest level at which a finding denies; never by itself where absent.
    pub deny: Option<Level>,
    /// The laxest level at which a finding asks.
    pub ask: Option<Level>,
    pub cwe: Vec<u32>,
    pub owasp: Vec<String>,
    /// Ids by which users of other tools know it.
    pub same_as: Vec<String>,
    pub see: Vec<String>,
    /// One sentence: what code should do instead, as its author is told.
    pub instead: Option<String>,
    pub matcher: Match,
}

impl Rule {
    pub fn family(&self) -> &str {
        self.id.split_once('/').map_or(self.id.as_str(), |(family, _)| family)
    }
}

/// What a rule looks for: exactly one kind a page.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Match {
    Call(CallMatch),
    Import(ImportMatch),
    Effect(EffectMatch),
    String(StringMatch),
    Binding(BindingMatch),
    Format(FormatMatch),
    Statement(StatementMatch),
    Text(TextMatch),
    Query(QueryMatch),
    Unresolved(UnresolvedMatch),
    Use(UseMatch),
    Problem(ProblemMatch),
    Sign(SignMatch),
    Secret(SecretMatch),
    Assigned(AssignedMatch),
    Setting(SettingMatch),
    Package(PackageMatch),
}

impl Match {
    /// Whether findings say that something was not analysed, or not in full.
    pub fn tells_failure(&self) -> bool {
        matches!(self, Self::Problem(problem) if problem.kind.is_failure())
    }

    /// Whether it looks at the text of any file, whatever that is written in.
    pub fn reads_any_text(&self) -> bool {
        matches!(self, Self::Secret(_) | Self::Assigned(_) | Self::Setting(_) | Self::Text(_) | Self::Package(_))
    }

    /// Every regular expression in it.
    pub fn patterns(&self) -> impl Iterator<Item = &Regexp> {
        let (conditions, own): (Vec<&Condition>, Vec<&Option<Regexp>>) = match self {
            Self::Call(call) => (call.conditions().collect(), vec![]),
            Self::Effect(effect) => (vec![], vec![&effect.matches, &effect.unless]),
            Self::String(string) => (vec![], vec![&string.matches]),
            Self::Binding(binding) => {
                (binding.unless.iter().chain([&binding.value]).collect(), vec![&binding.name, &binding.unless_name])
            }
            Self::Format(format) => (vec![], vec![&format.matches, &format.unless]),
            Self::Text(text) => (vec![], vec![&text.matches]),
            Self::Secret(secret) => (vec![], vec![&secret.unless]),
            Self::Setting(setting) => {
                let tests = setting.conditions().flat_map(|test| [&test.key, &test.matches, &test.unless]);
                (vec![], std::iter::once(&setting.key).chain(tests).collect())
            }
            Self::Import(_)
            | Self::Statement(_)
            | Self::Query(_)
            | Self::Unresolved(_)
            | Self::Use(_)
            | Self::Sign(_)
            | Self::Assigned(_)
            | Self::Package(_)
            | Self::Problem(_) => (vec![], vec![]),
        };
        let inside = conditions.into_iter().filter_map(|condition| condition.matches.as_ref());
        inside.chain(own.into_iter().filter_map(Option::as_ref))
    }
}

/// A call whose callee resolves to one of the names.
///
/// Names are dotted paths as the evaluator resolves them: `os.system`, `builtins.eval`; `flask.Flask().run` for a method of
/// what calling `flask.Flask` gives; `?.extractall` for a method of something unknown; `*.execute` for any callee that ends so;
/// `ftplib.*` for whatever stands below a module; `*` for any call at all.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CallMatch {
    pub name: Vec<String>,
    /// Names that `*` and `*.name` pass over.
    #[serde(default)]
    pub except: Vec<String>,
    /// The module must import one of these (itself or something below it).
    #[serde(default)]
    pub imports: Vec<String>,
    /// All must hold.
    #[serde(default)]
    pub when: Vec<Condition>,
    /// At least one must hold, if there are any.
    #[serde(default)]
    pub any: Vec<Condition>,
    /// None may be proved to hold.
    #[serde(default)]
    pub unless: Vec<Condition>,
    #[serde(default)]
    pub mark: Mark,
}

impl CallMatch {
    /// All conditions, in the order `when`, `any`, `unless`.
    pub fn conditions(&self) -> impl Iterator<Item = &Condition> {
        self.when.iter().chain(&self.any).chain(&self.unless)
    }
}

/// Which part of a call the finding points at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    #[default]
    Call,
    Callee,
    /// The argument of the first condition of `when` and `any` that holds, or of `unless` (for a keyword argument, name and
    /// value); the callee where it is not passed.
    Argument,
}

/// A condition on one argument. All tests that are given must hold of its value.
///
/// An argument that is not passed satisfies only `missing = true`, which may stand beside other tests ("absent, or …").
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Condition {
    /// Name of the keyword argument; `*` for any keyword or positional argument.
    pub arg: Option<String>,
    /// Index of the positional argument, from 0.
    pub at: Option<usize>,
    #[serde(default)]
    pub missing: bool,
    /// Equal to one of these constants, or a reference to one of these names (`a.b.C`, `a.b.C()` for what calling it gives,
    /// `*.C` for any name that ends so).
    #[serde(default)]
    pub is: Vec<Literal>,
    /// A string whose known beginning starts with one of these.
    #[serde(default)]
    pub starts_with: Vec<String>,
    /// A string that the regular expression matches; where only parts are known, holes read as `{}`.
    pub matches: Option<Regexp>,
    /// An integer with any of these bits set.
    pub bits: Option<i64>,
    /// A number below this one.
    pub below: Option<i64>,
    /// Known to be a constant, through and through (or, with `false`, not known to be).
    pub constant: Option<bool>,
    /// Written as a literal at the very place (or, with `false`, not so: a name, a call, an operation).
    pub literal: Option<bool>,
    /// Known to be true (or false) where a condition is asked for.
    pub truthy: Option<bool>,
    /// A list, tuple or set, and not a string (or, with `false`, not known to be one).
    pub sequence: Option<bool>,
    /// The tests are made on this element of the sequence (a string stands for itself).
    pub item: Option<usize>,
}

/// An import of one of these modules, of something below one, or of the name itself (`from a import b` is `a.b`); `*` is any.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ImportMatch {
    pub name: Vec<String>,
    /// Modules that `*` passes over, with what is below them. Not so a module of the standard library that one of them gives
    /// back (`random._os`), imported or used.
    #[serde(default)]
    pub except: Vec<String>,
}

/// A constant string in the source that is no docstring: one test of these.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct StringMatch {
    #[serde(default)]
    pub is: Vec<String>,
    #[serde(default)]
    pub starts_with: Vec<String>,
    pub matches: Option<Regexp>,
    /// Not where the string is an argument of one of these calls.
    #[serde(default)]
    pub unless_in_call: Vec<String>,
}

/// A name bound to a value: by assignment, comparison, keyword argument, default argument or dictionary key.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BindingMatch {
    pub by: Vec<BindingKind>,
    /// Regular expression on the last part of the name.
    pub name: Option<Regexp>,
    /// Tests on the value; `arg` and `at` have no meaning here.
    pub value: Condition,
    #[serde(default)]
    pub unless: Vec<Condition>,
    #[serde(default)]
    pub unless_name: Option<Regexp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BindingKind {
    Assignment,
    Comparison,
    Keyword,
    Default,
    Key,
}

/// A string put together at run time (`+`, `%`, `format`, f-string, `join`) whose known parts, holes read as `{}`, match.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FormatMatch {
    pub matches: Option<Regexp>,
    #[serde(default)]
    pub unless: Option<Regexp>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct StatementMatch {
    pub is: StatementKind,
}

/// Statements that are findings by their shape alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StatementKind {
    Assert,
    /// `except:` or `except Exception:` with nothing but `pass`.
    ExceptPass,
    ExceptContinue,
}

/// A regular expression over the raw text of any file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TextMatch {
    pub matches: Option<Regexp>,
}

/// A tree-sitter query, verbatim; its capture `@finding` is what is reported.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct QueryMatch {
    pub language: Language,
    pub query: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    Python,
}

/// Something that evaluation cannot tell, of these kinds (all where none is named).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct UnresolvedMatch {
    #[serde(default)]
    pub kind: Vec<Unresolved>,
}

/// Any use of one of these names or of what is below it: an import, a call, a mention.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct UseMatch {
    pub name: Vec<String>,
}

/// A failure of reading, reported as a finding.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ProblemMatch {
    pub kind: ProblemKind,
}

/// What the text shows by itself: hidden characters, names that look like others, packages that its header asks for.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SignMatch {
    pub kind: SignKind,
}
