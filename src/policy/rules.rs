//! Rules that a policy makes by itself: its list of imports, what it says of unresolved code, and what its author blocks.

use crate::clause::{Clauses, Decision, Override};
use crate::effect::{Capability, Unresolved};
use crate::rule::{Confidence, ImportMatch, Level, Match, Rule, Set, Severity, UnresolvedMatch, UseMatch};

/// The family of these rules.
const FAMILY: &str = "policy";
pub const UNLISTED_IMPORT: &str = "policy/unlisted-import";
const UNRESOLVED: &str = "policy/unresolved";
const UNRESOLVED_PROCESS: &str = "policy/unresolved-process";
/// The rules that a policy file may name, whether or not the policy it extends makes them.
pub(super) const NAMED: [&str; 3] = [UNLISTED_IMPORT, UNRESOLVED, UNRESOLVED_PROCESS];

/// The rules that the clauses make. They stand in no page: their titles say all there is to say.
pub(super) fn made_by(clauses: &Clauses) -> Vec<Rule> {
    let mut rules = Vec::new();
    if !clauses.imports.is_empty() {
        let except = clauses.imports.iter().flat_map(|group| &group.modules).cloned().collect();
        rules.push(Rule {
            // What the module is used for says more.
            severity: Severity::Low,
            instead: Some("Do it with the modules that the policy lists: `portcullis policy show` prints them.".into()),
            ..rule(
                UNLISTED_IMPORT.to_owned(),
                "Import that the policy does not list",
                Decision::Deny,
                Match::Import(ImportMatch { name: vec!["*".to_owned()], except }),
            )
        });
    }
    if clauses.unresolved != Decision::Allow {
        // An attribute of something that may be any object is mostly one of the program's own: only who denies whatever is
        // not known wants to hear of it.
        let mut kind = vec![Unresolved::Attribute, Unresolved::Import, Unresolved::Code];
        kind.extend((clauses.unresolved == Decision::Deny).then_some(Unresolved::Member));
        let instead = Some("Name functions, attributes, modules and code where they are used.".into());
        rules.push(Rule {
            instead: instead.clone(),
            capability: Some(Capability::SpawnProcess),
            ..rule(
                UNRESOLVED_PROCESS.to_owned(),
                "What is got from a module that starts processes cannot be told before it happens",
                clauses.unresolved,
                Match::Unresolved(UnresolvedMatch { kind: vec![Unresolved::Process] }),
            )
        });
        rules.push(Rule {
            instead,
            ..rule(
                UNRESOLVED.to_owned(),
                "What happens here cannot be told before it happens",
                clauses.unresolved,
                Match::Unresolved(UnresolvedMatch { kind }),
            )
        });
    }
    for (name, Override { verdict, reason }) in clauses.functions.iter().chain(&clauses.modules) {
        let title = format!("The policy blocks `{name}`: {reason}");
        let matcher = Match::Use(UseMatch { name: vec![name.clone()] });
        rules.push(rule(format!("{FAMILY}/blocked:{name}"), &title, *verdict, matcher));
    }
    rules
}

/// A rule that decides so at every level.
fn rule(id: String, title: &str, decision: Decision, matcher: Match) -> Rule {
    let at_all = |wanted| (decision == wanted).then_some(Level::Permissive);
    Rule {
        id,
        title: title.to_owned(),
        severity: Severity::Medium,
        confidence: Confidence::High,
        set: Set::Default,
        capability: Some(Capability::ExecCode).filter(|_| matches!(matcher, Match::Unresolved(_))),
        deny: at_all(Decision::Deny),
        ask: at_all(Decision::Ask),
        cwe: Vec::new(),
        owasp: Vec::new(),
        same_as: Vec::new(),
        see: Vec::new(),
        instead: None,
        matcher,
    }
}
