//! The image: one that is here already. None is ever fetched.

use serde::Deserialize;

use super::engine::{Asked, Engine};
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

fn told(why: &str) -> Refused {
    Refused::step("image", why)
}

/// Asks for an image; [`find`] reads the answer.
pub(super) fn ask<'e>(engine: &'e Engine, name: &str) -> Result<Asked<'e>, Refused> {
    // Else it would be an option.
    if name.is_empty() || name.starts_with('-') {
        return Err(told(&format!("`{name}` is no name of an image")));
    }
    engine.begin("image inspect", ["image", "inspect", "--format", "{{json .}}", name])
}

pub(super) fn find(engine: &Engine, name: &str, asked: Asked<'_>) -> Result<Image, Refused> {
    let text = match asked.answer() {
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
    let image = inspected(&text).map_err(|error| told(&format!("{name}: {error}")))?;
    let (variables, volumes) = image.config.map(|config| (config.env, config.volumes)).unwrap_or_default();
    if let Some(volume) = volumes.unwrap_or_default().keys().next() {
        return Err(told(&format!("{name} declares a volume, {volume}, which would be writable without bound")));
    }
    Ok(Image { id: image.id, variables: variables.unwrap_or_default() })
}

/// Some versions of podman give a list of one, though one was asked for.
fn inspected(text: &str) -> serde_json::Result<Inspected> {
    match serde_json::from_str::<[Inspected; 1]>(text) {
        Ok([one]) => Ok(one),
        Err(_) => serde_json::from_str(text),
    }
}

impl Image {
    /// The names that the image or the engine sets in the environment and the job does not.
    pub(super) fn unset(&self, job: &Job) -> Vec<String> {
        let names = self.variables.iter().filter_map(|variable| variable.split('=').next()).chain([
            "HOSTNAME",
            "TERM",
            "container",
        ]);
        let is_wanted = |name: &str| job.environment.iter().any(|(wanted, _)| wanted == name);
        names.filter(|name| !is_wanted(name)).map(str::to_owned).collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_read_alone_and_as_a_list_of_one() {
        let alone = r#"{"Id": "sha256:1", "Config": {"Env": ["PATH=/bin"]}}"#;
        for text in [alone.to_owned(), format!("[{alone}]")] {
            let image = inspected(&text).unwrap();
            assert_eq!(
                (image.id.as_str(), image.config.unwrap().env),
                ("sha256:1", Some(vec!["PATH=/bin".to_owned()]))
            );
        }
        assert!(inspected("[]").is_err());
    }
}
