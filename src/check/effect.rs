//! `[match.effect]`: what calls do to the world, as the models say, with conditions on the target.

use super::ByName;
use super::condition::shown;
use super::pattern::Pattern;
use crate::effect::Effect;
use crate::event::Call;
use crate::finding::Hit;
use crate::model::{CallModel, Models};
use crate::rule::EffectMatch;
use crate::value::{Shape, Value, hash_of};

#[derive(Debug, Default)]
pub(super) struct Effects<'p> {
    rules: Vec<EffectRule<'p>>,
    /// The models that some rule asks for, by the names of their calls.
    models: ByName<(&'p str, &'p CallModel)>,
}

#[derive(Debug)]
struct EffectRule<'p> {
    rule: u16,
    source: &'p EffectMatch,
    matches: Option<Pattern<'p>>,
    /// Path patterns of the places that the rule names.
    places: Vec<&'p str>,
}

impl<'p> Effects<'p> {
    pub(super) fn add(&mut self, rule: u16, source: &'p EffectMatch, models: &'p Models) {
        if self.rules.is_empty() {
            for model in &models.calls {
                for name in &model.name {
                    self.models.entry(hash_of(name)).or_default().push((name, model));
                }
            }
        }
        let places = models.places.iter().filter(|place| source.place.contains(&place.name));
        self.rules.push(EffectRule {
            rule,
            source,
            matches: Pattern::new(&source.matches),
            places: places.flat_map(|place| place.path.iter().map(String::as_str)).collect(),
        });
    }

    pub(super) fn check(&self, call: &Call<'_>, hits: &mut Vec<Hit>) {
        for callee in call.callee.alternatives() {
            let Shape::Path(path) = callee.shape else { continue };
            for (name, model) in self.models.get(&path.hash).into_iter().flatten() {
                if !path.is(name) || !has_mode(model, call) {
                    continue;
                }
                let target = model.target.as_ref().and_then(|target| call.argument(target.arg.as_deref(), target.at));
                let target = target.map(|argument| argument.value);
                let rules = self.rules.iter().filter(|rule| rule.matches(model.effect, target.as_ref()));
                hits.extend(rules.map(|rule| Hit::at(rule.rule, call.span)));
            }
        }
    }
}

impl EffectRule<'_> {
    fn matches(&self, effect: Effect, target: Option<&Value<'_>>) -> bool {
        self.source.kind.contains(&effect)
            && self.source.constant.is_none_or(|wanted| target.is_some_and(Value::is_constant) == wanted)
            && (self.source.place.is_empty() && self.matches.is_none()
                || target.is_some_and(|target| {
                    let mut texts = target.alternatives().iter().filter_map(shown);
                    texts.any(|text| {
                        (self.source.place.is_empty() || self.places.iter().any(|pattern| is_in(&text, pattern)))
                            && self.matches.as_ref().is_none_or(|pattern| pattern.is_match(&text))
                    })
                }))
    }
}

/// Whether the mode of the call gives the effect.
fn has_mode(model: &CallModel, call: &Call<'_>) -> bool {
    let Some(mode) = &model.mode else { return true };
    match call.argument(mode.arg.as_deref(), mode.at) {
        None => mode.absent,
        Some(argument) => argument.value.alternatives().iter().any(|value| match value.text() {
            Some(text) => text.contains(|c| mode.any.contains(c)),
            // A mode that is not known may be any.
            None => true,
        }),
    }
}

/// No system opens a longer path (Linux takes 4,096 bytes, Windows 32,767 characters).
const LONGEST_PATH: usize = 1 << 16;

/// Whether a path lies in a place: `~` is any home folder, `*` stands for part of a name, `**` for any names; a pattern that
/// does not start at a root matches at any depth.
fn is_in(path: &str, pattern: &str) -> bool {
    if path.len() > LONGEST_PATH {
        return false;
    }
    let path = path.replace('\\', "/");
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    if let Some(below_home) = pattern.strip_prefix("~/") {
        let pattern: Vec<&str> = below_home.split('/').collect();
        let home = match parts.as_slice() {
            [first, rest @ ..] if first.starts_with('~') || matches!(*first, "$HOME" | "${HOME}" | "{}") => Some(rest),
            ["home" | "Users", _, rest @ ..] | ["root", rest @ ..] if path.starts_with('/') => Some(rest),
            _ => None,
        };
        return home.is_some_and(|rest| glob(rest, &pattern));
    }
    if let Some(absolute) = pattern.strip_prefix('/') {
        let pattern: Vec<&str> = absolute.split('/').filter(|part| !part.is_empty()).collect();
        return path.starts_with('/') && glob(&parts, &pattern);
    }
    let pattern: Vec<&str> = pattern.split('/').collect();
    (0..parts.len()).any(|start| glob(&parts[start..], &pattern))
}

fn glob(parts: &[&str], pattern: &[&str]) -> bool {
    match pattern {
        [] => parts.is_empty(),
        ["**"] => true,
        ["**", rest @ ..] => (0..=parts.len()).any(|start| glob(&parts[start..], rest)),
        [first, rest @ ..] => {
            parts.split_first().is_some_and(|(part, others)| name_matches(part, first) && glob(others, rest))
        }
    }
}

/// One name against a pattern in which `*` stands for any characters.
fn name_matches(name: &str, pattern: &str) -> bool {
    let Some((prefix, rest)) = pattern.split_once('*') else { return name == pattern };
    let Some(tail) = name.strip_prefix(prefix) else { return false };
    tail.char_indices().map(|(at, _)| at).chain([tail.len()]).any(|at| name_matches(&tail[at..], rest))
}

#[cfg(test)]
mod tests {
    use super::is_in;

    #[test]
    fn places_hold_what_their_patterns_say() {
        for (path, pattern) in [
            ("~/.ssh/id_rsa", "~/.ssh/**"),
            ("/home/ann/.ssh/id_rsa", "~/.ssh/**"),
            ("{}/.ssh/keys/a", "~/.ssh/**"),
            ("/root/.netrc", "~/.netrc"),
            ("/proc/{}/environ", "/proc/*/environ"),
            ("project/.env", ".env"),
            ("a/.git/hooks/pre-commit", ".git/hooks/**"),
            ("lib/evil.pth", "*.pth"),
        ] {
            assert!(is_in(path, pattern), "{path} in {pattern}");
        }
        for (path, pattern) in [
            ("~/notes/.ssh", "~/.ssh/**"),
            ("/srv/home/ann/.netrc", "~/.netrc"),
            ("project/.env.example", ".env"),
            ("proc/1/environ", "/proc/*/environ"),
        ] {
            assert!(!is_in(path, pattern), "{path} not in {pattern}");
        }
    }
}
