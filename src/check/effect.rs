//! `[match.effect]`: what code does to the world, as the models say, with conditions on the target.

mod target;

use std::sync::OnceLock;

use rustc_hash::FxHashMap;

use super::condition::shown;
use super::host;
use super::install;
use super::pattern::Pattern;
use super::place::{self, Place};
use super::program::{self, Judged};
use super::workspace::Workspace;
use crate::effect::{Effect, Occurrence};
use crate::event::Call;
use crate::finding::Hit;
use crate::model::{CallModel, Models};
use crate::rule::{EffectMatch, ProgramKind, Reach};
use crate::source::Span;
use crate::value::{Path, Shape, Value};

/// All effect rules, with the models that say what has which effect.
#[derive(Debug, Default)]
pub(super) struct Effects<'p> {
    rules: Vec<EffectRule<'p>>,
    models: Option<&'p Models>,
    places: OnceLock<Vec<Place<'p>>>,
    /// The effects that some rule looks for, as bits.
    wanted: u32,
    /// The same for functions that are handed on.
    wanted_handed_on: u32,
    pub(super) workspace: Workspace,
    /// Whether every effect is told, and not only what rules find.
    pub(super) telling: bool,
}

#[derive(Debug)]
struct EffectRule<'p> {
    rule: u16,
    source: &'p EffectMatch,
    matches: Option<Pattern<'p>>,
    unless: Option<Pattern<'p>>,
    /// The places that the rule names, as bits; and those that it does not mean.
    places: u64,
    except: u64,
}

/// What is known of the paths in a source, by where their texts stand in memory, where they stay as long as the source is
/// checked. The same path is often used again and again.
#[derive(Debug, Default)]
pub(super) struct Seen(FxHashMap<(usize, usize), Judgement>);

#[derive(Clone, Copy, Debug)]
struct Judgement {
    /// The places in which the path lies, as bits.
    places: u64,
    reach: Reach,
}

/// Where hits and occurrences go, and what was seen before.
pub(super) struct Notes<'n> {
    pub(super) seen: &'n mut Seen,
    pub(super) hits: &'n mut Vec<Hit>,
    pub(super) occurrences: &'n mut Vec<Occurrence>,
    pub(super) installs: &'n mut Vec<(Span, program::Install)>,
}

/// One effect at one place.
struct Deed<'d> {
    effect: Effect,
    by: &'d Path<'d>,
    target: Option<Value<'d>>,
    program: Option<ProgramKind>,
    handed_on: bool,
    span: Span,
}

impl<'p> Effects<'p> {
    pub(super) fn add(&mut self, rule: u16, source: &'p EffectMatch, models: &'p Models) {
        self.models = Some(models);
        let bits = |names: &[String]| {
            let places = models.places.iter().enumerate().filter(|(_, place)| names.contains(&place.name));
            places.fold(0, |bits, (at, _)| bits | 1 << at)
        };
        let wanted = if source.handed_on { &mut self.wanted_handed_on } else { &mut self.wanted };
        *wanted |= source.kind.iter().fold(0, |bits, effect| bits | bit(*effect));
        self.rules.push(EffectRule {
            rule,
            source,
            matches: Pattern::new(&source.matches),
            unless: Pattern::new(&source.unless),
            places: bits(&source.place),
            except: bits(&source.except_place),
        });
    }

    /// Looks at what is started also where no rule is about effects: programs install packages.
    pub(super) fn follow_programs(&mut self, models: &'p Models) {
        self.models = Some(models);
    }

    /// Whether some rule looks for what is used without being called.
    pub(super) fn wants_references(&self) -> bool {
        let references = self.models.into_iter().flat_map(|models| models.references.iter());
        self.wanted_handed_on != 0 || references.into_iter().any(|(_, model)| self.wanted & bit(model.effect) != 0)
    }

    pub(super) fn call(&self, call: &Call<'_>, notes: &mut Notes<'_>) {
        let Some(models) = self.models else { return };
        for callee in call.callee.alternatives() {
            let Shape::Path(path) = callee.shape else { continue };
            for model in path.rows(&models.calls) {
                if !self.may_matter(model.effect) || !target::has_mode(model, call) {
                    continue;
                }
                match &model.target {
                    Some(target) if target.keys => {
                        let keys = target::keys_of_call(target, call);
                        keys.for_each(|key| self.call_on(model, Some(key), path, call, models, notes));
                    }
                    target => {
                        let target = target.as_ref().and_then(|target| target::of_call(target, call));
                        self.call_on(model, target, path, call, models, notes);
                    }
                }
            }
        }
    }

    /// Whether anybody wants to know of an effect. A process may have any, and packages are judged by themselves.
    fn may_matter(&self, effect: Effect) -> bool {
        let installs = matches!(effect, Effect::SpawnProcess | Effect::InstallPackage);
        self.telling || installs || self.wanted & bit(effect) != 0
    }

    /// What a call does on one target, if it does.
    fn call_on<'a>(
        &self,
        model: &CallModel,
        target: Option<Value<'a>>,
        path: &Path<'a>,
        call: &Call<'a>,
        models: &Models,
        notes: &mut Notes<'_>,
    ) {
        let is_text = |test: &mut dyn FnMut(&str) -> bool| target.is_some_and(|value| target::any_text(&value, test));
        let passes = model.url && !is_text(&mut host::is_url)
            || model.beyond && !is_text(&mut |text| self.is_beyond(text, notes.seen))
            || model.effect == Effect::ExecCode && target.is_some_and(|value| target::is_own_function(&value));
        if passes {
            return;
        }
        if model.effect == Effect::InstallPackage {
            notes.installs.extend(install::program(path, target).map(|install| (call.span, install)));
        }
        let mut deed =
            Deed { effect: model.effect, by: path, target, program: None, handed_on: false, span: call.span };
        if model.effect == Effect::SpawnProcess && target.is_some() {
            let judged = self.judged(target::commands(model, call), models);
            deed.program = Some(judged.kind);
            self.deed(&deed, notes);
            self.deeds_of(&judged, path, call.span, notes);
        } else {
            self.deed(&deed, notes);
        }
    }

    /// Something known by name is used, and not called.
    pub(super) fn reference(&self, path: &Path<'_>, key: Option<Value<'_>>, span: Span, notes: &mut Notes<'_>) {
        let Some(models) = self.models else { return };
        for model in path.rows(&models.references) {
            if model.indexed.is_none_or(|indexed| indexed == key.is_some()) {
                let deed = Deed { effect: model.effect, by: path, target: key, program: None, handed_on: false, span };
                self.deed(&deed, notes);
            }
        }
        // Classes are named for many other reasons than to be called.
        let is_function = path.segment.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
        if key.is_none() && is_function {
            for model in path.rows(&models.calls).filter(|model| self.wanted_handed_on & bit(model.effect) != 0) {
                let deed = Deed { effect: model.effect, by: path, target: None, program: None, handed_on: true, span };
                self.deed(&deed, notes);
            }
        }
    }

    /// Something is put in the place of something known by name.
    pub(super) fn store(&self, path: &Path<'_>, key: Option<Value<'_>>, span: Span, notes: &mut Notes<'_>) {
        let Some(models) = self.models else { return };
        for model in path.rows(&models.stores) {
            if model.indexed.is_none_or(|indexed| indexed == key.is_some()) {
                let deed = Deed { effect: model.effect, by: path, target: key, program: None, handed_on: false, span };
                self.deed(&deed, notes);
            }
        }
    }

    fn is_beyond(&self, text: &str, seen: &mut Seen) -> bool {
        matches!(self.judgement(text, seen).reach, Reach::Outside | Reach::Temporary)
    }

    /// What the worst of the alternatives for a command is.
    fn judged(&self, commands: Vec<target::Command>, models: &Models) -> Judged {
        let mut worst = Judged { kind: ProgramKind::Harmless, effects: Vec::new(), installs: Vec::new() };
        if commands.is_empty() {
            worst.kind = ProgramKind::Unknown;
        }
        for command in commands {
            let judged = match &command {
                target::Command::Line(line) => program::judge_line(line, &models.programs),
                target::Command::Words(words) => program::judge(words, &models.programs),
            };
            worst.kind = worst.kind.max(judged.kind);
            worst.effects.extend(judged.effects);
            worst.installs.extend(judged.installs);
        }
        worst
    }

    /// What the programs do that a command starts.
    fn deeds_of(&self, judged: &Judged, by: &Path<'_>, span: Span, notes: &mut Notes<'_>) {
        notes.installs.extend(judged.installs.iter().map(|install| (span, install.clone())));
        for (effect, target) in &judged.effects {
            let target = target.as_deref().map(|text| Value::of(target::shape(text)));
            let deed = Deed { effect: *effect, by, target, program: None, handed_on: false, span };
            // These texts do not stay where they are.
            let mut seen = Seen::default();
            let Notes { hits, occurrences, installs, .. } = notes;
            self.deed(&deed, &mut Notes { seen: &mut seen, hits, occurrences, installs });
        }
    }

    fn deed(&self, deed: &Deed<'_>, notes: &mut Notes<'_>) {
        if self.telling && !deed.handed_on {
            notes.occurrences.push(Occurrence {
                span: deed.span,
                effect: deed.effect,
                by: deed.by.to_string(),
                target: deed.target.as_ref().and_then(target::described),
            });
        }
        let wanted = if deed.handed_on { self.wanted_handed_on } else { self.wanted };
        if wanted & bit(deed.effect) == 0 {
            return;
        }
        for rule in &self.rules {
            if rule.is_about(deed) && self.is_on_target(rule, deed, notes.seen) {
                notes.hits.push(Hit::at(rule.rule, deed.span));
            }
        }
    }

    /// Whether some alternative of the target meets all conditions of a rule.
    fn is_on_target(&self, rule: &EffectRule<'_>, deed: &Deed<'_>, seen: &mut Seen) -> bool {
        let source = rule.source;
        let is_any = source.place.is_empty()
            && source.except_place.is_empty()
            && source.path.is_empty()
            && source.host.is_empty()
            && rule.matches.is_none()
            && rule.unless.is_none();
        if is_any {
            return true;
        }
        let Some(target) = &deed.target else {
            let is_named = !source.place.is_empty() || rule.matches.is_some();
            return !is_named
                && (source.path.is_empty() || source.path.contains(&Reach::Unknown))
                && (source.host.is_empty() || source.host.contains(&target::host_of(None)));
        };
        if !source.host.is_empty() {
            let is_host = |value: &Value<'_>| source.host.contains(&target::host_of(Some(value)));
            if !target.alternatives().iter().any(is_host) {
                return false;
            }
        }
        target::any_leaf(target, &mut |leaf| self.is_on_leaf(rule, leaf, seen))
    }

    fn is_on_leaf(&self, rule: &EffectRule<'_>, leaf: &Value<'_>, seen: &mut Seen) -> bool {
        let source = rule.source;
        let needs_path = !source.path.is_empty() || !source.place.is_empty() || !source.except_place.is_empty();
        if needs_path {
            let judgement = match target::path_text(leaf) {
                Some(text) => self.judgement(text, seen),
                None => Judgement { places: 0, reach: target::reach_of_object(leaf) },
            };
            let in_place = source.place.is_empty() || judgement.places & rule.places != 0;
            let is_meant = judgement.places & rule.except == 0;
            if !in_place || !is_meant || !source.path.is_empty() && !source.path.contains(&judgement.reach) {
                return false;
            }
        }
        let finds = |pattern: &Pattern<'_>| shown(leaf).is_some_and(|text| pattern.is_match(&text));
        rule.matches.as_ref().is_none_or(finds) && !rule.unless.as_ref().is_some_and(finds)
    }

    fn judgement(&self, text: &str, seen: &mut Seen) -> Judgement {
        *seen.0.entry((text.as_ptr() as usize, text.len())).or_insert_with(|| {
            let models = self.models.map_or(&[][..], |models| &models.places);
            let places = self.places.get_or_init(|| models.iter().map(Place::new).collect());
            let target = place::Target::new(text);
            let holding = places.iter().enumerate().filter(|(_, place)| place.holds(&target));
            Judgement {
                places: holding.fold(0, |bits, (at, _)| bits | 1 << at),
                reach: self.workspace.reach(text, &target),
            }
        })
    }
}

impl EffectRule<'_> {
    fn is_about(&self, deed: &Deed<'_>) -> bool {
        let source = self.source;
        source.kind.contains(&deed.effect)
            && source.handed_on == deed.handed_on
            && source.missing.is_none_or(|wanted| deed.target.is_none() == wanted)
            && source.constant.is_none_or(|wanted| deed.target.as_ref().is_some_and(target::is_constant) == wanted)
            && (source.program.is_empty() || source.program.contains(&deed.program.unwrap_or(ProgramKind::Unknown)))
    }
}

fn bit(effect: Effect) -> u32 {
    1 << effect as u32
}
