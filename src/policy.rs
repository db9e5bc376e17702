//! Policies: which rules deny, which ask, and how a user's own file changes that. Only this module compares levels.

mod grants;
mod place;
mod rules;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::clause::{Clauses, Decision, Keys, Mode, Override};
use crate::complaint::{self, Complaint};
use crate::effect::Effect;
use crate::pack::{self, Pack};
use crate::rule::{Level, Match, Rule};
use crate::select;
use crate::source::Span;
use crate::walk;
pub use place::{DEFAULT, Trust, find};
pub use rules::UNLISTED_IMPORT;

/// The names of the built-in policies, from the laxest to the strictest.
pub const BUILTIN: [&str; 3] = ["permissive", "moderate", "strict"];

/// A policy: what its file says, and what that extends.
#[derive(Clone, Debug)]
pub struct Policy {
    /// A built-in name or the path of a file.
    pub name: String,
    pub clauses: Clauses,
}

/// Why there is no such policy.
#[derive(Debug)]
pub enum PolicyError {
    /// Neither a built-in name nor a file.
    Unknown(String),
    Unreadable(String),
    /// It lies in the tree that it is to judge.
    Untrusted(String),
    Wrong(Complaint),
}

impl fmt::Display for PolicyError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(name) => {
                write!(formatter, "`{name}` is no policy: name one of strict, moderate and permissive, or a file")?;
                let hint = complaint::did_you_mean(name, BUILTIN);
                hint.iter().try_for_each(|hint| write!(formatter, "; {hint}"))
            }
            Self::Unreadable(message) => formatter.write_str(message),
            Self::Untrusted(path) => write!(
                formatter,
                "{path}: this policy lies inside the workspace, whose code could have written it: keep it elsewhere, or \
                 say `--trust-project-config`"
            ),
            Self::Wrong(complaint) => complaint.fmt(formatter),
        }
    }
}

impl std::error::Error for PolicyError {}

/// Whether a finding of the rule is denied at a level: a rule names the laxest level at which it denies, and every
/// stricter one denies it too.
pub fn denies(level: Level, rule: &Rule) -> bool {
    rule.deny.is_some_and(|laxest| level >= laxest)
}

fn asks(level: Level, rule: &Rule) -> bool {
    rule.ask.is_some_and(|laxest| level >= laxest)
}

/// What is decided about a finding, and the words of the override that decided it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ruling<'p> {
    pub decision: Decision,
    pub reason: Option<&'p str>,
}

impl Policy {
    /// Takes a built-in policy by its name, or reads a user's file, which extends one.
    pub fn load(name: &str, pack: &Pack) -> Result<Self, PolicyError> {
        if let Some(level) = BUILTIN.iter().position(|builtin| *builtin == name) {
            return Ok(Self { name: name.to_owned(), clauses: pack::policies().swap_remove(level) });
        }
        let path = Path::new(name);
        if !path.exists() {
            return Err(PolicyError::Unknown(name.to_owned()));
        }
        // The path is the user's own word, so that a link in it is meant.
        let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let text = walk::read_own(&real).map_err(PolicyError::Unreadable)?;
        Self::parse(path, &text, pack).map_err(PolicyError::Wrong)
    }

    fn parse(path: &Path, text: &str, pack: &Pack) -> Result<Self, Complaint> {
        let wrong = |span: std::ops::Range<usize>, message: String, hint: Option<String>| {
            Complaint::new(path, text, Span::new(span.start, span.end), message, hint)
        };
        let keys: Keys = complaint::from_toml(path, text)?;
        if let Some(level) = &keys.level {
            let message = "a policy of your own takes its level from the one it extends".to_owned();
            return Err(wrong(level.span(), message, Some("write `extends = …`".to_owned())));
        }
        let Some(extends) = &keys.extends else {
            let hint = "name strict, moderate or permissive".to_owned();
            return Err(wrong(0..0, "`extends` is missing".to_owned(), Some(hint)));
        };
        for id in keys.rules.keys() {
            if pack.position(id.get_ref()).is_none() && !rules::NAMED.contains(&id.get_ref().as_str()) {
                let message = format!("there is no rule `{}`", id.get_ref());
                return Err(wrong(id.span(), message, select::hint(pack, id.get_ref())));
            }
        }
        for family in keys.families.keys() {
            let mut known = pack.rules().iter().map(Rule::family);
            if !known.any(|known| known == family.get_ref()) {
                let message = format!("there is no family `{}`", family.get_ref());
                let known = pack.rules().iter().map(Rule::family);
                return Err(wrong(family.span(), message, complaint::did_you_mean(family.get_ref(), known)));
            }
        }
        let blocked = keys.functions.iter().chain(&keys.modules);
        let dotted = keys.imports.iter().flat_map(|group| &group.modules);
        for (name, ruling) in blocked {
            if ruling.verdict == Decision::Allow {
                let message = "what is blocked cannot be allowed: `ask` or `deny`".to_owned();
                return Err(wrong(name.span(), message, None));
            }
            if !is_dotted(name.get_ref()) {
                return Err(wrong(name.span(), format!("`{}` is no dotted name", name.get_ref()), None));
            }
        }
        if let Some(name) = dotted.into_iter().find(|name| !is_dotted(name)) {
            let at = text.find(name.as_str()).unwrap_or_default();
            return Err(wrong(at..at + name.len(), format!("`{name}` is no dotted name"), None));
        }
        if let Some((span, message)) = grants::mistake(&keys) {
            return Err(wrong(span, message, None));
        }
        let level = *extends.get_ref();
        let base = pack::policies().into_iter().find(|clauses| clauses.level == level);
        let clauses = base.unwrap_or_else(|| Clauses::at(level)).with(keys);
        Ok(Self { name: path.display().to_string(), clauses })
    }

    /// The rules that this policy makes beside those of the pages.
    pub fn rules(&self) -> Vec<Rule> {
        rules::made_by(&self.clauses)
    }

    /// What is decided about a finding of a rule that may be about these effects.
    ///
    /// The most specific override wins: the rule's own, then those of its capability and effects, then its family's, then the
    /// level. At equal rank the strictest wins, and an override of one effect loosens no other.
    pub fn ruling(&self, rule: &Rule, effects: &[Effect]) -> Ruling<'_> {
        if let Some(own) = self.clauses.rules.get(&rule.id) {
            return own.into();
        }
        let wider = match self.clauses.families.get(rule.family()) {
            Some(family) => family.into(),
            None => self.by_level(rule),
        };
        let capability = rule.capability.and_then(|capability| self.clauses.capabilities.get(&capability));
        let capability = capability.map(Ruling::from);
        let of_effect = |effect: &Effect| {
            let own = self.clauses.effects.get(effect).map(Ruling::from);
            capability.max(own).unwrap_or(wider)
        };
        effects.iter().map(of_effect).max().unwrap_or_else(|| capability.unwrap_or(wider))
    }

    fn by_level(&self, rule: &Rule) -> Ruling<'_> {
        let level = self.clauses.level;
        let decision = match (denies(level, rule), asks(level, rule)) {
            (true, _) => Decision::Deny,
            (false, true) => Decision::Ask,
            (false, false) => Decision::Allow,
        };
        Ruling { decision, reason: None }
    }

    /// The same where nothing is known of the finding but its rule: the strictest that it may come to.
    pub fn strictest(&self, rule: &Rule) -> Decision {
        let none = self.ruling(rule, &[]);
        let each = effects_of(rule).iter().map(|effect| self.ruling(rule, &[*effect]));
        each.chain([none]).max().map_or(Decision::Allow, |ruling| ruling.decision)
    }

    /// SHA-256 of what the policy says in effect, and of the built-in rules.
    pub fn digest(&self) -> String {
        // What cannot be written down has no digest; there is no such policy.
        let clauses = postcard::to_stdvec(&self.clauses).unwrap_or_default();
        format!("{:x}", Sha256::new().chain_update(pack::DIGEST).chain_update(clauses).finalize())
    }

    /// Whether verdicts stop anything.
    pub fn is_enforced(&self) -> bool {
        self.clauses.gate == Mode::Enforce
    }
}

/// The effects that findings of a rule are about, as far as the rule tells.
pub fn effects_of(rule: &Rule) -> &[Effect] {
    match &rule.matcher {
        Match::Effect(effect) => &effect.kind,
        _ => &[],
    }
}

impl<'p> From<&'p Override> for Ruling<'p> {
    fn from(own: &'p Override) -> Self {
        Self { decision: own.verdict, reason: Some(&own.reason) }
    }
}

fn is_dotted(name: &str) -> bool {
    let is_part = |part: &str| {
        part.chars().all(|c| c == '_' || c.is_alphanumeric()) && !part.starts_with(|c: char| c.is_ascii_digit())
    };
    name.split('.').all(|part| !part.is_empty() && is_part(part))
}
