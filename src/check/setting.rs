//! `[match.setting]`: rules meet the settings of a document.

mod path;

use rustc_hash::{FxHashMap, FxHashSet};

use super::pattern::Pattern;
use crate::file_name;
use crate::finding::{Credential, Hit};
use crate::model::{DocumentModel, Models};
use crate::rule::{Format, Literal, SecretKind, SettingCondition, SettingMark, SettingMatch};
use crate::setting::{self, Id, Key, Settings, Value};
use crate::source::{Problem, Span};
use path::Path;

/// The rules about settings that are on.
#[derive(Debug, Default)]
pub(super) struct Rules<'p> {
    rules: Vec<Rule<'p>>,
    /// The kinds of documents that rules are about, each with those rules.
    documents: Vec<(&'p DocumentModel, Vec<usize>)>,
}

#[derive(Debug)]
struct Rule<'p> {
    index: u16,
    source: &'p SettingMatch,
    paths: Vec<Path>,
    key: Option<Pattern<'p>>,
    value: Test<'p>,
    when: Vec<Test<'p>>,
    any: Vec<Test<'p>>,
    unless: Vec<Test<'p>>,
}

/// A condition, made ready.
#[derive(Debug)]
struct Test<'p> {
    source: &'p SettingCondition,
    paths: Vec<Path>,
    key: Option<Pattern<'p>>,
    matches: Option<Pattern<'p>>,
    unless: Option<Pattern<'p>>,
}

impl<'p> Rules<'p> {
    pub(super) fn add(&mut self, index: u16, source: &'p SettingMatch, models: &'p Models) {
        let tests = |conditions: &'p [SettingCondition]| conditions.iter().map(Test::new).collect();
        let number = self.rules.len();
        self.rules.push(Rule {
            index,
            source,
            paths: source.at.iter().map(|path| Path::new(path)).collect(),
            key: Pattern::new(&source.key),
            value: Test::new(&source.value),
            when: tests(&source.when),
            any: tests(&source.any),
            unless: tests(&source.unless),
        });
        for model in models.documents.iter().filter(|model| source.of.contains(&model.name)) {
            match self.documents.iter_mut().find(|(known, _)| std::ptr::eq(*known, model)) {
                Some((_, rules)) => rules.push(number),
                None => self.documents.push((model, vec![number])),
            }
        }
    }

    /// The hits in a text of which only the path says what it may be, and what of it could not be read.
    pub(super) fn check(&self, path: &str, text: &str) -> (Vec<Hit>, Vec<Problem>) {
        let is_it = |model: &DocumentModel| file_name::fits(path, &model.file) && may_be(model, text);
        let models: Vec<_> = self.documents.iter().filter(|(model, _)| is_it(model)).collect();
        let mut formats: Vec<Format> = models.iter().map(|(model, _)| model.format).collect();
        formats.sort_unstable();
        formats.dedup();
        let (mut hits, mut problems) = (Vec::new(), Vec::new());
        for format in formats {
            let settings = setting::read(format, text);
            let of_format = models.iter().filter(|(model, _)| model.format == format);
            let mut checked = FxHashSet::default();
            for (model, rules) in of_format.clone() {
                let rules: Vec<_> = rules.iter().filter(|rule| self.rules[**rule].is_about(path)).copied().collect();
                for (document, _) in settings.all().filter(|(_, setting)| setting.parent.is_none()) {
                    if model.has.iter().all(|has| Path::new(has).finds(&settings, document, 0, &mut |_| true)) {
                        checked.extend(rules.iter().map(|rule| (document, *rule)));
                    }
                }
            }
            self.documents_hits(&settings, text, &checked, &mut hits);
            if of_format.clone().any(|(model, _)| !model.common) {
                problems.extend(settings.problems);
            }
        }
        (hits, problems)
    }

    /// Matches the settings of documents with the rules that are about them.
    fn documents_hits(
        &self,
        settings: &Settings<'_>,
        text: &str,
        wanted: &FxHashSet<(Id, usize)>,
        hits: &mut Vec<Hit>,
    ) {
        if wanted.is_empty() {
            return;
        }
        let rules: FxHashSet<usize> = wanted.iter().map(|(_, rule)| *rule).collect();
        // Rules by the last key of their paths, so that each setting meets few of them.
        let mut by_key: FxHashMap<Option<&str>, Vec<(usize, &Path)>> = FxHashMap::default();
        for rule in rules {
            for path in &self.rules[rule].paths {
                by_key.entry(path.last_key()).or_default().push((rule, path));
            }
        }
        let mut sight = Sight { settings, text, known: FxHashMap::default() };
        let mut document = 0;
        for (id, setting) in settings.all() {
            if setting.parent.is_none() {
                document = id;
            }
            let name = match &setting.key {
                Key::Name(name) => Some(name.to_ascii_lowercase()),
                _ => None,
            };
            let named = name.as_deref().and_then(|name| by_key.get(&Some(name)));
            for (rule, path) in named.into_iter().chain(by_key.get(&None)).flatten() {
                if wanted.contains(&(document, *rule))
                    && let Some(steps) = path.steps(settings, id)
                {
                    let found = Found { rule: *rule, id, path, steps: &steps };
                    hits.extend(self.rules[*rule].check(&found, &mut sight));
                }
            }
        }
    }
}

/// Whether a text holds the words that such a document does: most texts are told apart by that, and not read.
fn may_be(model: &DocumentModel, text: &str) -> bool {
    model.has.iter().flat_map(|path| path.split('.')).all(|word| word.contains('*') || text.contains(word))
}

/// What is looked at, and the answers that were found already: of a rule, a condition and what is left of one of its paths,
/// below some setting.
struct Sight<'s, 't> {
    settings: &'s Settings<'t>,
    text: &'s str,
    known: FxHashMap<(usize, usize, usize, usize, Id), bool>,
}

/// A setting that a path of a rule leads to, and what it leads through.
struct Found<'f> {
    rule: usize,
    id: Id,
    path: &'f Path,
    steps: &'f [Id],
}

impl Rule<'_> {
    fn is_about(&self, path: &str) -> bool {
        self.source.file.is_empty() || file_name::fits(path, &self.source.file)
    }

    fn check(&self, found: &Found<'_>, sight: &mut Sight<'_, '_>) -> Vec<Hit> {
        let setting = sight.settings.get(found.id);
        if !has_key(&self.key, &setting.key) || !self.value.holds_of(sight.settings, found.id) {
            return Vec::new();
        }
        // Every condition of the rule has its number.
        let any = self.when.len();
        let unless = any + self.any.len();
        let mut holds = |(number, test): (usize, &Test<'_>)| test.holds(found, number, sight);
        if !(0..).zip(&self.when).all(&mut holds)
            || !self.any.is_empty() && !(any..).zip(&self.any).any(&mut holds)
            || (unless..).zip(&self.unless).any(&mut holds)
        {
            return Vec::new();
        }
        let spans = match self.source.mark {
            SettingMark::Entry => vec![sight.settings.entry(found.id)],
            SettingMark::Key => vec![setting.key_span.unwrap_or(setting.span)],
            SettingMark::Value => vec![setting.span],
            SettingMark::Match => self.value.places(sight.text, setting.span),
        };
        let credential = Credential { is: SecretKind::Password, holds: None, name: setting.key_span };
        let credential = self.source.secret.then_some(credential);
        spans.into_iter().map(|span| Hit { credential, ..Hit::at(self.index, span) }).collect()
    }
}

fn has_key(wanted: &Option<Pattern<'_>>, key: &Key<'_>) -> bool {
    wanted.as_ref().is_none_or(|wanted| matches!(key, Key::Name(name) if wanted.is_match(name)))
}

impl<'p> Test<'p> {
    fn new(source: &'p SettingCondition) -> Self {
        Self {
            source,
            paths: source.at.iter().map(|path| Path::new(path)).collect(),
            key: Pattern::new(&source.key),
            matches: Pattern::of_places(&source.matches),
            unless: Pattern::new(&source.unless),
        }
    }

    /// Whether it holds somewhere, seen from a setting. The number is that of the condition in its rule.
    fn holds(&self, found: &Found<'_>, number: usize, sight: &mut Sight<'_, '_>) -> bool {
        let settings = sight.settings;
        // Of several paths those count that begin most alike: the others speak of other things.
        let most = self.paths.iter().map(|path| path.shared(found.path)).max().unwrap_or_default();
        (0..).zip(&self.paths).filter(|(_, path)| path.shared(found.path) == most).any(|(which, path)| {
            let start = found.steps[most];
            let answer = sight.known.entry((found.rule, number, which, most, start));
            *answer.or_insert_with(|| path.finds(settings, start, most, &mut |id| self.holds_of(settings, id)))
        })
    }

    fn holds_of(&self, settings: &Settings<'_>, id: Id) -> bool {
        let setting = settings.get(id);
        if !has_key(&self.key, &setting.key) {
            return false;
        }
        let source = self.source;
        let asks_for_text =
            !source.is.is_empty() || self.matches.is_some() || self.unless.is_some() || source.computed.is_some();
        let (text, computed) = match &setting.value {
            Value::Text(text) => (text, false),
            Value::Computed(text) => (text, true),
            Value::Map | Value::List => return !asks_for_text,
        };
        source.computed.is_none_or(|wanted| wanted == computed)
            && (source.is.is_empty() || source.is.iter().any(|literal| equals(text, literal)))
            && self.matches.as_ref().is_none_or(|pattern| pattern.is_match(text))
            && !self.unless.as_ref().is_some_and(|pattern| pattern.is_match(text))
    }

    /// Where in the text of a value the regular expression matches; the whole value where it does only without its quotes
    /// and escapes.
    fn places(&self, text: &str, value: Span) -> Vec<Span> {
        let written = text.get(value.range()).unwrap_or_default();
        let found = self.matches.iter().flat_map(|pattern| pattern.spans(written));
        let start = value.start as usize;
        let places: Vec<_> =
            found.map(|span| Span::new(start + span.start as usize, start + span.end as usize)).collect();
        if places.is_empty() { vec![value] } else { places }
    }
}

fn equals(text: &str, literal: &Literal) -> bool {
    let spelled = |words: [&str; 4]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    match literal {
        Literal::Bool(true) => spelled(["true", "yes", "on", "1"]),
        Literal::Bool(false) => spelled(["false", "no", "off", "0"]),
        Literal::Int(number) => text.parse() == Ok(*number),
        Literal::Text(wanted) => text.eq_ignore_ascii_case(wanted),
    }
}
