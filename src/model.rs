//! Models: what APIs do to the world, as data in `rules/models/`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::effect::Effect;
use crate::name::Named;
use crate::rule::{Format, Literal, Match};

/// All models, as the build script parsed them.
///
/// Names are those of `[match.call]`. Where the exact name of something is in no model, names with wildcards count:
/// `pathlib.**.unlink` for an `unlink` of whatever is got from `pathlib`, `?.**.unlink` of whatever is got from something
/// unknown, `*.unlink` of anything; `builtins.*` for whatever stands right below `builtins`. Other wildcards there are none.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Models {
    pub calls: Named<CallModel>,
    /// Names that have an effect where they are used other than by calling them.
    pub references: Named<ReferenceModel>,
    /// Names to which something may be assigned, or to something inside of them.
    pub stores: Named<ReferenceModel>,
    /// Functions that call what they are given.
    pub callbacks: Named<CallbackModel>,
    /// Dotted names that stand for an integer: `stat.S_IRWXU`.
    pub constants: Vec<(String, Literal)>,
    pub places: Vec<PlaceModel>,
    pub programs: Vec<ProgramModel>,
    pub documents: Vec<DocumentModel>,
}

/// The effect that calls of some names have, and which argument says on what.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CallModel {
    #[serde(default)]
    name: Vec<String>,
    pub effect: Effect,
    /// The argument that names the target; absent where there is none.
    pub target: Option<Target>,
    /// Of a command whose program is the target: where its arguments stand.
    pub arguments: Option<Arguments>,
    /// For functions whose effect hangs on a mode (`open`) or on flags (`os.open`).
    pub mode: Option<Mode>,
    /// Whether the target is not always an address, and only a URL gives the effect: `pandas.read_csv`.
    #[serde(default)]
    pub url: bool,
    /// Whether only a target outside of the workspace counts: a file inside may be renamed.
    #[serde(default)]
    pub beyond: bool,
}

/// The effect of using a name, or of assigning to it. The target is the index, where there is one: `os.environ["HOME"]`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ReferenceModel {
    #[serde(default)]
    name: Vec<String>,
    pub effect: Effect,
    /// Whether it must be used with an index (`true`) or without one (`false`).
    pub indexed: Option<bool>,
}

/// Where a call takes something from.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Target {
    pub arg: Option<String>,
    pub at: Option<usize>,
    /// Of a sequence, this element; anything else stands for itself.
    pub item: Option<usize>,
    /// What the method is called on.
    #[serde(default)]
    pub receiver: bool,
    /// Each key of a dictionary, and of pairs; without `arg` and `at` also the name of each keyword argument.
    #[serde(default)]
    pub keys: bool,
}

/// Where the arguments of a command stand, beside its program.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Arguments {
    /// A sequence, by name or position.
    pub arg: Option<String>,
    pub at: Option<usize>,
    /// All positional arguments from this one on.
    pub from: Option<usize>,
    /// How many come first that are no arguments: the program's name once more.
    #[serde(default)]
    pub skip: usize,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Mode {
    pub arg: Option<String>,
    pub at: Option<usize>,
    /// One of these characters must stand in the mode.
    #[serde(default)]
    pub any: String,
    /// None of these may.
    #[serde(default)]
    pub without: String,
    /// One of these bits must be set in the flags.
    pub bits: Option<i64>,
    /// None of these may be.
    pub without_bits: Option<i64>,
    /// Whether a call without the argument has the effect.
    #[serde(default)]
    pub absent: bool,
}

/// A function that calls a function which it is given, and where that one's arguments come from. What is not said is not
/// known.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CallbackModel {
    #[serde(default)]
    name: Vec<String>,
    pub function: Target,
    /// A sequence of the arguments: `Thread(target=f, args=(…))`.
    pub arguments: Option<Target>,
    /// The further positional arguments, from this one on: `submit(f, a, b)`.
    pub from: Option<usize>,
    /// The positional argument that is iterated over, each element an argument of one call: `map(f, items)`. Those after it
    /// give the second argument and so on.
    pub each: Option<usize>,
    /// As `each`, and every element is a sequence of all arguments: `starmap(f, rows)`.
    pub each_sequence: Option<usize>,
    /// A dictionary of keyword arguments.
    pub keywords: Option<Target>,
}

/// A named set of paths: `secret-store`, `start-up`, …
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PlaceModel {
    pub name: String,
    /// Path patterns: `~` is the home folder, `*` any part, `**` any parts. A pattern without a leading `/` or `~`
    /// matches at any depth.
    pub path: Vec<String>,
    /// What lies in one of the paths and is not meant.
    #[serde(default)]
    pub except: Vec<String>,
}

/// A kind of document: in which files it stands, how it is written, and what tells it from others that are written so.
/// Several may have one name.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DocumentModel {
    pub name: String,
    pub format: Format,
    /// Ends of paths, as [`crate::file_name`] reads them.
    pub file: Vec<String>,
    /// Paths of settings, all of which it holds, in this very spelling.
    #[serde(default)]
    pub has: Vec<String>,
    /// Whether so many files are called so, for any purpose, that a malformed one is not worth telling.
    #[serde(default)]
    pub common: bool,
}

/// Programs that commands start, and what becomes of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ProgramModel {
    /// The last part of the program's path, without `.exe`; `*` may stand in it.
    pub name: Vec<String>,
    /// One of the arguments must be one of these words.
    #[serde(default)]
    pub with: Vec<String>,
    /// The first argument that is no option must be one of these.
    #[serde(default)]
    pub verb: Vec<String>,
    /// No argument may be one of these, or begin so where it ends in `=` or `*`.
    #[serde(default)]
    pub without: Vec<String>,
    pub is: Judgement,
    /// What it does beside being a process.
    #[serde(default)]
    pub effect: Vec<Effect>,
    /// The arguments on which it does it: operands by default.
    #[serde(default)]
    pub target: Operands,
    /// What it does it on, where no argument says so.
    pub on: Option<String>,
}

/// What becomes of a program that is named by constants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Judgement {
    /// It only looks, and at nothing that matters.
    Harmless,
    /// Its effects say all there is to say.
    Other,
    Harmful,
    /// It starts the command that it is given.
    Wrapper,
    /// The same, where `-m` names the program.
    Module,
    /// The same, where `-c` names a command in the language of the shell.
    Shell,
}

/// Which arguments of a program its effects are on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operands {
    /// Every argument that is no option.
    #[default]
    All,
    /// The same but the first, which says what to do.
    Rest,
    Last,
    None,
}

/// What a file of `rules/models/python/` may hold.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PythonFile {
    #[serde(default)]
    call: Vec<CallModel>,
    #[serde(default)]
    reference: Vec<ReferenceModel>,
    #[serde(default)]
    store: Vec<ReferenceModel>,
    #[serde(default)]
    callback: Vec<CallbackModel>,
    #[serde(default)]
    constant: BTreeMap<String, Literal>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlaceFile {
    place: Vec<PlaceModel>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProgramFile {
    program: Vec<ProgramModel>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DocumentFile {
    document: Vec<DocumentModel>,
}

impl Models {
    /// The models in the texts of all files of `rules/models/python/`, with what says which of them is wrong.
    pub fn of_python<'t>(texts: impl Iterator<Item = &'t str>) -> Result<Self, (usize, String)> {
        let (mut calls, mut references, mut stores, mut callbacks) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut constants = Vec::new();
        for (at, text) in texts.enumerate() {
            let file: PythonFile = toml::from_str(text).map_err(|problem| (at, problem.to_string()))?;
            calls.extend(file.call.into_iter().map(|mut row| (std::mem::take(&mut row.name), row)));
            references.extend(file.reference.into_iter().map(|mut row| (std::mem::take(&mut row.name), row)));
            stores.extend(file.store.into_iter().map(|mut row| (std::mem::take(&mut row.name), row)));
            callbacks.extend(file.callback.into_iter().map(|mut row| (std::mem::take(&mut row.name), row)));
            constants.extend(file.constant);
        }
        Ok(Self {
            calls: Named::new(calls),
            references: Named::new(references),
            stores: Named::new(stores),
            callbacks: Named::new(callbacks),
            constants,
            ..Self::default()
        })
    }

    /// Adds what `rules/models/places.toml` holds.
    pub fn add_places(&mut self, text: &str) -> Result<(), String> {
        let file: PlaceFile = toml::from_str(text).map_err(|problem| problem.to_string())?;
        self.places.extend(file.place);
        Ok(())
    }

    /// A kind of document that a rule names and that is not known.
    pub fn unknown_document<'r>(&self, matcher: &'r Match) -> Option<&'r String> {
        let Match::Setting(setting) = matcher else { return None };
        setting.of.iter().find(|name| !self.documents.iter().any(|model| model.name == **name))
    }

    /// Adds what `rules/models/documents.toml` holds.
    pub fn add_documents(&mut self, text: &str) -> Result<(), String> {
        let file: DocumentFile = toml::from_str(text).map_err(|problem| problem.to_string())?;
        self.documents.extend(file.document);
        Ok(())
    }

    /// Adds what `rules/models/programs.toml` holds.
    pub fn add_programs(&mut self, text: &str) -> Result<(), String> {
        let file: ProgramFile = toml::from_str(text).map_err(|problem| problem.to_string())?;
        self.programs.extend(file.program);
        Ok(())
    }
}
