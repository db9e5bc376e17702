//! What `--allow-weaker` names: a layer, or all namespaces at once.

use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::cell::Layer;

/// The name of the group.
pub(super) const NAMESPACES: &str = "namespaces";

/// Layers that a name stands for.
#[derive(Clone, Debug)]
pub(super) struct Weaker(&'static [Layer]);

pub(super) fn parser() -> impl TypedValueParser<Value = Weaker> {
    let words = Layer::ALL.map(Layer::name).into_iter().chain([NAMESPACES]);
    PossibleValuesParser::new(words).map(|word| {
        let one = || Layer::ALL.iter().position(|layer| layer.name() == word).map(|at| &Layer::ALL[at..=at]);
        Weaker(if word == NAMESPACES { &Layer::NAMESPACES } else { one().unwrap_or_default() })
    })
}

/// All of them, each once.
pub(super) fn layers(named: &[Weaker]) -> Vec<Layer> {
    let mut layers: Vec<_> = named.iter().flat_map(|weaker| weaker.0).copied().collect();
    layers.sort();
    layers.dedup();
    layers
}
