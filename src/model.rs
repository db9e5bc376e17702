//! Models: what APIs do to the world, as data in `rules/models/`.

use serde::{Deserialize, Serialize};

use crate::effect::Effect;

/// All models, as the build script parsed them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Models {
    pub calls: Vec<CallModel>,
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
    /// with `default-mode`, may be absent.
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CallFile {
    call: Vec<CallModel>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlaceFile {
    place: Vec<PlaceModel>,
}

/// Parses one file of `rules/models/python/`.
pub fn parse_calls(text: &str) -> Result<Vec<CallModel>, String> {
    toml::from_str::<CallFile>(text).map(|file| file.call).map_err(|problem| problem.to_string())
}

/// Parses `rules/models/places.toml`.
pub fn parse_places(text: &str) -> Result<Vec<PlaceModel>, String> {
    toml::from_str::<PlaceFile>(text).map(|file| file.place).map_err(|problem| problem.to_string())
}
