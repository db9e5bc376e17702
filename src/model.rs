//! Models: what APIs do to the world, as data in `rules/models/`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::effect::Effect;
use crate::rule::Literal;

/// All models, as the build script parsed them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Models {
    pub calls: Vec<CallModel>,
    /// Dotted names that stand for an integer: `stat.S_IRWXU`.
    pub constants: Vec<(String, Literal)>,
    pub places: Vec<PlaceModel>,
}

/// The effect that calls of some names have, and which argument says on what.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CallModel {
    /// Dotted names as in `[match.call]`, without wildcards.
    pub name: Vec<String>,
    pub effect: Effect,
    /// The argument that names the target; absent where there is none.
    pub target: Option<Target>,
    /// For functions whose effect hangs on a mode (`open`): the mode argument must hold one of these characters, or,
    /// with `absent`, may be missing.
    pub mode: Option<Mode>,
}

/// Where a call takes the target of its effect from.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Target {
    pub arg: Option<String>,
    pub at: Option<usize>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Mode {
    pub arg: Option<String>,
    pub at: Option<usize>,
    /// Any of these characters in the mode gives the effect.
    pub any: String,
    /// Whether a call without the argument has the effect.
    #[serde(default)]
    pub absent: bool,
}

/// A named set of paths: `secret-store`, `startup`, …
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PlaceModel {
    pub name: String,
    /// Path patterns: `~` is the home folder, `*` any part, `**` any parts. A pattern without a leading `/` or `~`
    /// matches at any depth.
    pub path: Vec<String>,
}

/// What a file of `rules/models/python/` may hold.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PythonFile {
    #[serde(default)]
    call: Vec<CallModel>,
    #[serde(default)]
    constant: BTreeMap<String, Literal>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlaceFile {
    place: Vec<PlaceModel>,
}

impl Models {
    /// Adds what one file of `rules/models/python/` holds.
    pub fn add_python(&mut self, text: &str) -> Result<(), String> {
        let file: PythonFile = toml::from_str(text).map_err(|problem| problem.to_string())?;
        self.calls.extend(file.call);
        self.constants.extend(file.constant);
        Ok(())
    }

    /// Adds what `rules/models/places.toml` holds.
    pub fn add_places(&mut self, text: &str) -> Result<(), String> {
        let file: PlaceFile = toml::from_str(text).map_err(|problem| problem.to_string())?;
        self.places.extend(file.place);
        Ok(())
    }
}
