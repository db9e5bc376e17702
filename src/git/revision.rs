//! What a user names a commit by: a reference or an id, and steps back from it (`main`, `v1.2`, `1a2b3c4`, `HEAD~2`, `x^2`).
//! This is the part of gitrevisions(7) that names one commit without asking a log or a clock.

use super::refs::{self, Refs};
use super::store::{Fault, Kind, Store};
use crate::source::Object;

/// The commit that a text names.
pub(super) fn commit(text: &str, refs: &Refs, store: &Store) -> Result<Object, String> {
    let end = text.find(['~', '^']).unwrap_or(text.len());
    let (name, mut steps) = text.split_at(end);
    let name = if name == "@" { "HEAD" } else { name };
    let mut object = named(name, refs, store)?;
    loop {
        let (kind, peeled) = store.peeled(object).map_err(|fault| format!("`{text}`: {}", told(object, &fault)))?;
        if kind != Kind::Commit {
            return Err(format!("`{text}` names a {kind} and no commit"));
        }
        object = peeled;
        let Some(step) = steps.chars().next() else { return Ok(object) };
        steps = &steps[1..];
        let digits = steps.len() - steps.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let number = if digits == 0 { Some(1) } else { steps[..digits].parse::<usize>().ok() };
        steps = &steps[digits..];
        let number = match (step, number) {
            ('~' | '^', Some(number)) => number,
            _ => return Err(format!("`{text}`: what follows `{name}` is not understood")),
        };
        let (times, parent) = if step == '~' { (number, 1) } else { (1, number) };
        for _ in 0..if parent == 0 { 0 } else { times } {
            let node = store.commit(object).map_err(|fault| format!("`{text}`: {}", told(object, &fault)))?;
            object = *node
                .parents
                .get(parent - 1)
                .ok_or_else(|| format!("`{text}` goes back further than there are commits"))?;
        }
    }
}

fn named(name: &str, refs: &Refs, store: &Store) -> Result<Object, String> {
    let places = ["", "refs/", "refs/tags/", "refs/heads/", "refs/remotes/"];
    let mut found = places.iter().filter_map(|place| refs.find(&format!("{place}{name}")));
    if let Some(object) = refs::object(name).or_else(|| found.next()) {
        return Ok(object);
    }
    if let Some(object) = refs.find(&format!("refs/remotes/{name}/HEAD")) {
        return Ok(object);
    }
    let is_id = (4..64).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    match &*if is_id { store.with_prefix(&name.to_ascii_lowercase()) } else { Vec::new() } {
        [object] => Ok(*object),
        [] => Err(format!("the repository has no commit, branch or tag `{name}`")),
        _ => Err(format!("`{name}` is the beginning of several ids: write more of it")),
    }
}

/// Why an object cannot be had, in a sentence.
pub(super) fn told(object: Object, fault: &Fault) -> String {
    match fault {
        Fault::Missing => format!("object {object} is not in the repository"),
        Fault::Large => {
            format!("object {object} is larger than the size cap: raise the cap (`--max-size`) or exclude the file")
        }
        Fault::Corrupt(message) => format!("object {object} cannot be read: {message}"),
    }
}
