//! Which files are lists of requirements because others take them in: found out before anything is scanned, so that each is
//! read once for all that it is.

use std::path::Path;

use rustc_hash::FxHashMap;

use super::Options;
use crate::lock::include::{self, Included, Leads};
use crate::python::decode;
use crate::source::{Content, Source};
use crate::walk;

pub(super) fn included(sources: &[Source], options: &Options<'_>) -> Included {
    // A history has many files of one name.
    let takes_in = |source: &&Source| source.past.commit.is_none() && include::may_take_in(&source.path);
    let roots: Vec<String> = sources.iter().filter(takes_in).map(|source| source.path.to_string()).collect();
    if roots.is_empty() {
        return Included::default();
    }
    let known: FxHashMap<&str, &Source> = sources.iter().map(|source| (&*source.path, source)).collect();
    include::follow(roots, &mut |by, path| match known.get(path) {
        Some(source) => text(source, options).map_or(Leads::Elsewhere, Leads::To),
        // What the user left out is left out; what is not there is missing.
        None if by.and_then(|by| known.get(by)).is_some_and(|by| by.file().is_some()) => {
            if Path::new(path).exists() {
                Leads::Elsewhere
            } else {
                Leads::Nowhere
            }
        }
        None => Leads::Elsewhere,
    })
}

/// The text of a source; none of what cannot be read, which is told when it is scanned.
fn text(source: &Source, options: &Options<'_>) -> Option<String> {
    let bytes = match (&source.content, options.repository) {
        (Content::File(_), _) => walk::read_text(source, options.max_size, decode::is_binary).ok()?.ok()?,
        (Content::Object(object), Some(repository)) => repository.read(*object).ok()?,
        // Standard input can be read once.
        _ => return None,
    };
    decode::decode_any(bytes)
}
