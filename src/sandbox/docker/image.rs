//! The image: one that is here already. None is ever fetched.

use serde::Deserialize;

use super::engine::Engine;
use crate::sandbox::{Job, Refused};

/// An image, by what is in it rather than by a name that may mean another one in a moment.
#[derive(Debug)]
pub(super) struct Image {
    pub id: String,
    variables: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Inspected {
    id: String,
    config: Option<Config>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Config {
    env: Option<Vec<String>>,
    volumes: Option<serde_json::Map<String, serde_json::Value>>,
}

pub(super) fn find(engine: &Engine, name: &str) -> Result<Image, Refused> {
    let told = |why: &str| Refused::step("image", why);
    // Else it would be an option.
    if name.is_empty() || name.starts_with('-') {
        return Err(told(&format!("`{name}` is no name of an image")));
    }
    let text = match engine.ask("image inspect", ["image", "inspect", "--format", "{{json .}}", name]) {
        Ok(text) => text,
        Err(error)
            if ["No such image", "no such image", "image not known"]
                .iter()
                .any(|words| error.why().contains(words)) =>
        {
            let program = engine.program.name();
            return Err(told(&format!(
                "{name} is not here, and nothing is fetched unasked: `{program} pull {name}` fetches it, `portcullis image \
                 build` makes one of this machine's packages"
            )));
        }
        Err(error) => return Err(error),
    };
    let image: Inspected = serde_json::from_str(&text).map_err(|error| told(&format!("{name}: {error}")))?;
    let (variables, volumes) = image.config.map(|config| (config.env, config.volumes)).unwrap_or_default();
    if let Some(volume) = volumes.unwrap_or_default().keys().next() {
        return Err(told(&format!("{name} declares a volume, {volume}, which would be writable without bound")));
    }
    Ok(Image { id: image.id, variables: variables.unwrap_or_default() })
}

impl Image {
    /// The names that the image or the engine sets in the environment and the job does not.
    pub(super) fn unset(&self, job: &Job) -> Vec<String> {
        let names = self.variables.iter().filter_map(|variable| variable.split('=').next()).chain(["HOSTNAME"]);
        let is_wanted = |name: &str| job.environment.iter().any(|(wanted, _)| wanted == name);
        names.filter(|name| !is_wanted(name)).map(str::to_owned).collect()
    }
}
