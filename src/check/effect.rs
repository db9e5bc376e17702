//! `[match.effect]`: what calls do to the world, as the models say, with conditions on the target.

use rustc_hash::FxHashMap;

use super::condition::shown;
use super::pattern::Pattern;
use super::place::{Place, Target};
use crate::effect::{Effect, Occurrence};
use crate::event::Call;
use crate::finding::Hit;
use crate::model::{CallModel, Models};
use crate::name::Named;
use crate::rule::EffectMatch;
use crate::value::{Shape, Value};

#[derive(Debug, Default)]
pub(super) struct Effects<'p> {
    rules: Vec<EffectRule<'p>>,
    /// The models that some rule asks for, by the names of their calls.
    models: Option<&'p Named<CallModel>>,
}

/// Which rules have a place for a text, by where the text stands in memory, where it stays as long as its source is checked.
/// The same path is often used again and again.
#[derive(Debug, Default)]
pub(super) struct Seen(FxHashMap<(usize, usize), Vec<usize>>);

#[derive(Debug)]
struct EffectRule<'p> {
    rule: u16,
    source: &'p EffectMatch,
    matches: Option<Pattern<'p>>,
    /// The places that the rule names.
    places: Vec<Place<'p>>,
}

impl<'p> Effects<'p> {
    pub(super) fn add(&mut self, rule: u16, source: &'p EffectMatch, models: &'p Models) {
        self.models = Some(&models.calls);
        let places = models.places.iter().filter(|place| source.place.contains(&place.name));
        self.rules.push(EffectRule {
            rule,
            source,
            matches: Pattern::new(&source.matches),
            places: places.flat_map(|place| place.path.iter().map(|pattern| Place::new(pattern))).collect(),
        });
    }

    pub(super) fn check(
        &self,
        call: &Call<'_>,
        seen: &mut Seen,
        hits: &mut Vec<Hit>,
        occurrences: &mut Vec<Occurrence>,
    ) {
        for callee in call.callee.alternatives() {
            let Shape::Path(path) = callee.shape else { continue };
            for model in self.models.iter().flat_map(|models| path.rows(models)) {
                if !has_mode(model, call) {
                    continue;
                }
                let target = model.target.as_ref().and_then(|target| call.argument(target.arg.as_deref(), target.at));
                let target = target.map(|argument| argument.value);
                occurrences.push(Occurrence {
                    span: call.span,
                    effect: model.effect,
                    by: path.to_string(),
                    target: target.as_ref().and_then(shown).map(std::borrow::Cow::into_owned),
                });
                for (at, rule) in self.rules.iter().enumerate() {
                    let mut is_in_place = |text: &str| self.is_in_place(at, text, seen);
                    if rule.matches(model.effect, target.as_ref(), &mut is_in_place) {
                        hits.push(Hit::at(rule.rule, call.span));
                    }
                }
            }
        }
    }

    /// Whether a path lies in one of the places of a rule.
    fn is_in_place(&self, rule: usize, text: &str, seen: &mut Seen) -> bool {
        let of_rules = seen.0.entry((text.as_ptr() as usize, text.len())).or_insert_with(|| {
            let target = Target::new(text);
            let holds = |rule: &EffectRule<'_>| rule.places.iter().any(|place| place.holds(&target));
            (0..).zip(&self.rules).filter(|(_, rule)| holds(rule)).map(|(at, _)| at).collect()
        });
        of_rules.contains(&rule)
    }
}

impl EffectRule<'_> {
    fn matches(&self, effect: Effect, target: Option<&Value<'_>>, is_in_place: &mut dyn FnMut(&str) -> bool) -> bool {
        self.source.kind.contains(&effect)
            && self.source.constant.is_none_or(|wanted| target.is_some_and(Value::is_constant) == wanted)
            && (self.source.place.is_empty() && self.matches.is_none()
                || target.is_some_and(|target| {
                    target.alternatives().iter().any(|value| {
                        (self.source.place.is_empty() || path(value).is_some_and(&mut *is_in_place))
                            && self
                                .matches
                                .as_ref()
                                .is_none_or(|pattern| shown(value).is_some_and(|text| pattern.is_match(&text)))
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

/// The text of a path, holes and all.
fn path<'a>(value: &Value<'a>) -> Option<&'a str> {
    match value.shape {
        Shape::Bytes(bytes) => std::str::from_utf8(bytes).ok(),
        _ => value.text(),
    }
}
