//! Words that rules need: from names, strings and regular expressions.

use crate::effect::Effect;
use crate::model::Models;
use crate::rule::{CallMatch, Condition, Literal, Match, News, Regexp, StatementKind};
use crate::standard;
use crate::value;

/// A word and how it must stand in the text to count.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) stands: Stands,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Stands {
    /// As an identifier, in the same case: no other name character beside it.
    Alone,
    /// As an identifier that is no attribute: a builtin, or where a dotted name begins.
    Bare,
    /// As an identifier, also as an attribute, underscores before it aside: a module that others import.
    Reached,
    /// As a function that is not simply handed a name.
    Computed,
    /// At the beginning of a string, or of a piece of one.
    Begins,
    /// Anywhere, where white space may follow: itself, as an escape, or from another part of the string.
    BeforeSpace,
    Anywhere,
    /// In a name that the regular expression matches.
    InName(String),
}

/// What one way of matching needs: all of these.
pub(super) type Need = Vec<Word>;

pub(super) fn alone(text: &str) -> Word {
    Word { text: text.to_owned(), stands: Stands::Alone }
}

/// What a rule needs, one for each way in which it can match; `None` where that cannot be told.
pub(super) fn needs_of(matcher: &Match, models: &Models) -> Option<Vec<Need>> {
    let beginnings = |pattern: Option<&Regexp>| -> Option<Vec<Need>> {
        let Some(pattern) = pattern else { return Some(Vec::new()) };
        Some(beginnings(pattern)?.into_iter().map(|word| vec![word]).collect())
    };
    match matcher {
        Match::Call(call) => {
            // A condition on a keyword that must be passed needs the keyword.
            let required = call.when.iter().filter(|condition| condition.at.is_none() && !condition.missing);
            let required = required.filter_map(|condition| condition.arg.as_deref()).filter(|arg| *arg != "*");
            let required: Need = required.map(alone).collect();
            let mut needs = Vec::new();
            for name in &call.name {
                match name_need(name, &required) {
                    Some(need) => needs.push(need),
                    None => needs.extend(any_call_needs(call)?),
                }
            }
            Some(needs)
        }
        Match::Import(import) => import.name.iter().map(|name| name_need(name, &[])).collect(),
        Match::Effect(effect) => effect_needs(&effect.kind, models),
        // Any import may be one of a package that nothing declares.
        Match::Package(package) if package.is == News::Undeclared => Some(vec![vec![alone("import")]]),
        // Commands install packages, and so do the lists of setup.py.
        Match::Package(_) => {
            let mut needs = effect_needs(&[Effect::InstallPackage], models)?;
            needs.extend(MANIFEST.map(|text| vec![Word { text: text.to_owned(), stands: Stands::Anywhere }]));
            Some(needs)
        }
        Match::String(string) => {
            let texts = string.is.iter().chain(&string.starts_with);
            let mut needs: Vec<Need> =
                texts.map(|text| vec![Word { text: text.clone(), stands: Stands::Begins }]).collect();
            needs.extend(beginnings(string.matches.as_ref())?);
            needs.iter().flatten().all(|word| !word.text.is_empty()).then_some(needs)
        }
        Match::Binding(binding) => match &binding.name {
            Some(name) => {
                let mut needs = beginnings(Some(name))?;
                needs.iter_mut().flatten().for_each(|word| word.stands = Stands::InName(name.source.clone()));
                Some(needs)
            }
            None => {
                let names = binding.value.is.iter().map(|literal| match literal {
                    Literal::Text(name) => name_need(name, &[]),
                    Literal::Bool(_) | Literal::Int(_) => None,
                });
                names.collect::<Option<Vec<_>>>().filter(|needs| !needs.is_empty())
            }
        },
        Match::Format(format) => beginnings(format.matches.as_ref()),
        Match::Statement(statement) => Some(match statement.is {
            StatementKind::Assert => vec![vec![alone("assert")]],
            StatementKind::ExceptPass => vec![vec![alone("except"), alone("pass")]],
            StatementKind::ExceptContinue => vec![vec![alone("except"), alone("continue")]],
        }),
        Match::Use(used) => used.name.iter().map(|name| name_need(name, &[])).collect(),
        Match::Unresolved(_) => None,
        // These look at the raw text or at what reading says, whatever this filter decides.
        Match::Text(_)
        | Match::Query(_)
        | Match::Problem(_)
        | Match::Sign(_)
        | Match::Secret(_)
        | Match::Assigned(_)
        | Match::Setting(_) => Some(Vec::new()),
    }
}

/// Arguments with which a script is a manifest.
const MANIFEST: [&str; 4] = ["install_requires", "setup_requires", "extras_require", "tests_require"];

fn effect_needs(kinds: &[Effect], models: &Models) -> Option<Vec<Need>> {
    let effect_is = |wanted: &Effect| kinds.contains(wanted);
    // Programs that are started have effects of their own.
    let by_programs = models.programs.iter().flat_map(|program| &program.effect);
    let by_programs = by_programs.chain(&BY_SHELL).any(effect_is);
    let starts = |effect: &Effect| by_programs && *effect == Effect::SpawnProcess;
    let calls = models.calls.iter().filter(|(_, model)| effect_is(&model.effect) || starts(&model.effect));
    let others = models.references.iter().chain(models.stores.iter());
    let others = others.filter(|(_, model)| effect_is(&model.effect)).map(|(name, _)| name);
    let names = calls.map(|(name, _)| name).chain(others);
    // `builtins.*` is reached by the name of the module only.
    names.map(|name| name_need(name, &[]).or_else(|| Some(vec![alone("builtins")]))).collect()
}

/// What commands do without a program of their own.
const BY_SHELL: [Effect; 4] = [Effect::ReadFile, Effect::WriteFile, Effect::Connect, Effect::ExecCode];

/// What a rule on any call at all needs: what one of the conditions does that must hold.
fn any_call_needs(call: &CallMatch) -> Option<Vec<Need>> {
    let certain = call.when.iter().find_map(condition_needs);
    let either = || call.any.iter().map(condition_needs).collect::<Option<Vec<_>>>().map(|needs| needs.concat());
    certain.or_else(either).filter(|needs| !needs.is_empty())
}

/// What a condition needs: its keyword, where it cannot be passed by position, and one of the names that the value may be.
fn condition_needs(condition: &Condition) -> Option<Vec<Need>> {
    let keyword = condition.arg.as_deref().filter(|arg| *arg != "*" && condition.at.is_none() && !condition.missing);
    let keyword: Need = keyword.map(alone).into_iter().collect();
    let names = condition.is.iter().map(|literal| match literal {
        Literal::Text(name) => name_need(name, &keyword),
        Literal::Bool(_) | Literal::Int(_) => None,
    });
    let needs: Vec<Need> = names.collect::<Option<_>>()?;
    match (needs.is_empty(), keyword.is_empty()) {
        (false, _) => Some(needs),
        (true, false) => Some(vec![keyword]),
        (true, true) => None,
    }
}

/// The segments of a name, which all stand in a text that resolves to it.
fn name_need(name: &str, required: &[Word]) -> Option<Need> {
    let is_word =
        |segment: &&str| !matches!(*segment, "()" | "[]" | "?" | "*" | "**" | "builtins") && !segment.starts_with('.');
    let mut need: Need = value::segments(name).filter(is_word).map(alone).collect();
    // An absolute name begins with a module or a builtin, which is no attribute of anything.
    if let (false, Some(first)) = (name.starts_with(['?', '*', '.']), need.first_mut()) {
        first.stands =
            if standard::reached_through_others(&first.text).is_some() { Stands::Reached } else { Stands::Bare };
    }
    need.extend_from_slice(required);
    (!need.is_empty()).then_some(need)
}

/// Words with one of which everything begins that a regular expression matches.
fn beginnings(pattern: &Regexp) -> Option<Vec<Word>> {
    let mut words: Vec<Word> = pattern
        .beginnings
        .as_ref()?
        .iter()
        .map(|text| {
            // White space may be written in many ways: the word is what stands before it.
            let (word, stands) = match text.split_once(' ') {
                Some((word, _)) => (word, Stands::BeforeSpace),
                None => (text.as_str(), Stands::Anywhere),
            };
            let word = word.trim_matches('_').to_owned();
            (word.len() >= 2).then_some(Word { text: word, stands })
        })
        .collect::<Option<_>>()?;
    words.sort();
    words.dedup();
    Some(words)
}
