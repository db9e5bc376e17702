//! What `cargo metadata` tells beside a `Cargo.lock`: which packages are part of the build, with which features, and which of them
//! run a program when they are built. The user hands it over: nothing is started to get it.

use std::collections::HashMap;

use cargo_metadata::{MetadataCommand, TargetKind};

use super::Entry;
use crate::package::Ecosystem;

/// Packages of one build, by name and version.
#[derive(Debug)]
pub struct Metadata {
    built: HashMap<(String, String), Built>,
}

#[derive(Debug)]
struct Built {
    features: Vec<String>,
    runs_when_built: bool,
}

impl Metadata {
    /// Reads what `cargo metadata --format-version 1` prints.
    pub fn read(text: &str) -> Result<Self, String> {
        let whole = "make it with `cargo metadata --format-version 1 --locked`";
        let metadata = MetadataCommand::parse(text).map_err(|error| format!("{error}; {whole}"))?;
        let Some(resolve) = metadata.resolve else {
            return Err(format!("it does not say what is built, as with `--no-deps`; {whole}"));
        };
        let packages: HashMap<_, _> = metadata.packages.iter().map(|package| (&package.id, package)).collect();
        let built = resolve.nodes.iter().filter_map(|node| {
            let package = packages.get(&node.id)?;
            let runs = |kind: &TargetKind| *kind == TargetKind::CustomBuild;
            let runs_when_built = package.targets.iter().any(|target| target.kind.iter().any(runs));
            let features = node.features.iter().map(ToString::to_string).collect();
            Some(((package.name.to_string(), package.version.to_string()), Built { features, runs_when_built }))
        });
        Ok(Self { built: built.collect() })
    }

    /// Adds what is known to the entries of a lockfile; of one that is of another project, to nothing.
    pub fn complete(&self, entries: &mut [Entry]) {
        let key = |entry: &Entry| Some((entry.name.clone(), entry.version.clone()?));
        let known = |entry: &Entry| self.built.get(&key(entry)?);
        let ours = |entry: &Entry| entry.ecosystem == Ecosystem::CratesIo;
        // The project itself is part of its build.
        if !entries.iter().any(|entry| ours(entry) && entry.origin == super::Origin::Path && known(entry).is_some()) {
            return;
        }
        for entry in entries.iter_mut().filter(|entry| ours(entry)) {
            match known(entry) {
                Some(built) => {
                    entry.runs_on_install = built.runs_when_built;
                    entry.build = (!built.features.is_empty())
                        .then(|| format!("Built with the features {}", built.features.join(", ")));
                }
                None => entry.build = Some("Not part of the build that `cargo metadata` tells of".to_owned()),
            }
        }
    }
}
