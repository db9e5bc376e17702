//! `[match.setting]`: rules meet the settings of a document.

mod path;

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::pattern::Pattern;
use crate::file_name;
use crate::finding::{Credential, Hit};
use crate::model::{DocumentModel, Models};
use crate::rule::{Literal, SecretKind, SettingCondition, SettingMark, SettingMatch};
use crate::setting::{self, Id, Key, Settings, Value};
use crate::source::{Problem, Span};
use path::Path;

/// The rules about settings that are on.
#[derive(Debug, Default)]
pub(super) struct Rules<'p> {
    rules: Vec<Rule<'p>>,
    documents: Vec<Document<'p>>,
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
            match self.documents.iter_mut().find(|known| std::ptr::eq(known.model, model)) {
                Some(known) => known.rules.push(number),
                None => {
                    let has = model.has.iter().map(|path| Path::new(path)).collect();
                    self.documents.push(Document { model, has, rules: vec![number] });
                }
            }
        }
    }

    /// The hits in a text of which only the path says what it may be, and what of it could not be read.
    pub(super) fn check(&self, path: &str, text: &str) -> (Vec<Hit>, Vec<Problem>) {
        let may_be = |document: &&Document<'p>| document.may_be(path, text);
        let mut documents: Vec<&Document<'p>> = self.documents.iter().filter(may_be).collect();
        documents.sort_by_key(|document| document.model.format);
        let (mut hits, mut problems) = (Vec::new(), Vec::new());
        for same in documents.chunk_by(|one, other| one.model.format == other.model.format) {
            let settings = setting::read(same[0].model.format, text);
            self.hits(same, &settings, (path, text), &mut hits);
            if same.iter().any(|document| !document.model.common) {
                problems.extend(settings.problems);
            }
        }
        (hits, problems)
    }

    /// Matches the settings of a text with the rules about the kinds of documents that it may hold.
    fn hits(&self, kinds: &[&Document<'p>], settings: &Settings<'_>, (path, text): (&str, &str), hits: &mut Vec<Hit>) {
        let mut sight = Sight { settings, text, known: FxHashMap::default() };
        // Most texts are one document, and those of many are of few kinds.
        let mut tables: FxHashMap<Vec<usize>, ByKey<'_>> = FxHashMap::default();
        let mut table = None;
        for (id, setting) in settings.all() {
            if setting.parent.is_none() {
                let is_it = |kind: &usize| kinds[*kind].is_it(settings, id);
                let of: Vec<usize> = (0..kinds.len()).filter(is_it).collect();
                if !tables.contains_key(&of) {
                    let rules = of.iter().flat_map(|kind| &kinds[*kind].rules).copied();
                    tables.insert(of.clone(), self.by_key(rules.filter(|rule| self.rules[*rule].is_about(path))));
                }
                table = Some(of);
            }
            let Some(by_key) = table.as_ref().and_then(|of| tables.get(of)) else { continue };
            let name = match &setting.key {
                Key::Name(name) => Some(name.to_ascii_lowercase()),
                _ => None,
            };
            let named = name.as_deref().and_then(|name| by_key.get(&Some(name)));
            for (rule, path) in named.into_iter().chain(by_key.get(&None)).flatten() {
                if let Some(steps) = path.steps(settings, id) {
                    let found = Found { rule: *rule, id, path, steps: &steps };
                    hits.extend(self.rules[*rule].check(&found, &mut sight));
                }
            }
        }
    }

    /// Rules by the last keys of their paths, so that each setting meets few of them.
    fn by_key(&self, rules: impl Iterator<Item = usize>) -> ByKey<'_> {
        let mut by_key = ByKey::default();
        // Several kinds of documents may be one and the same.
        let rules: BTreeSet<usize> = rules.collect();
        for rule in rules {
            for path in &self.rules[rule].paths {
                by_key.entry(path.last_key()).or_default().push((rule, path));
            }
        }
        by_key
    }
}

/// Rules and their paths by the last key, where that is one only.
type ByKey<'r> = FxHashMap<Option<&'r str>, Vec<(usize, &'r Path)>>;

/// A kind of document that rules are about.
#[derive(Debug)]
struct Document<'p> {
    model: &'p DocumentModel,
    has: Vec<Path>,
    rules: Vec<usize>,
}

impl Document<'_> {
    /// Whether a file may hold such a document, by its name and by the words in it: most are told apart by that, and not read.
    fn may_be(&self, path: &str, text: &str) -> bool {
        let mut words = self.model.has.iter().flat_map(|path| path.split('.'));
        file_name::fits(path, &self.model.file) && words.all(|word| word.contains('*') || text.contains(word))
    }

    fn is_it(&self, settings: &Settings<'_>, document: Id) -> bool {
        self.has.iter().all(|path| path.finds(settings, document, 0, &mut |_| true))
    }
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
