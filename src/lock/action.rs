//! What [workflows](https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax) of GitHub and
//! [actions](https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax) are made of: other actions, and
//! images.

use super::image;
use super::npm::is_commit;
use super::tree::{Node, Tree};
use super::{Entry, Origin, Packages};
use crate::package::Ecosystem;
use crate::rule::Format;

pub(super) fn read(text: &str) -> Packages {
    let mut packages = Packages::default();
    let tree = Tree::read(Format::Yaml, text, &mut packages);
    let Some(top) = tree.top() else { return packages };
    let jobs: Vec<Node<'_, '_>> = top.each("jobs").collect();
    for part in jobs.iter().copied().chain(top.get("runs")) {
        // A job as a whole may be another workflow; the steps of an action are those of a job.
        let steps = part.each("steps").filter_map(|step| step.get("uses"));
        for uses in part.get("uses").into_iter().chain(steps) {
            packages.entries.extend(uses.text().and_then(|reference| used(text, reference, uses)));
        }
        for container in part.each("services").chain(part.get("container")) {
            let image = container.get("image").unwrap_or(container);
            packages.entries.extend(image.text().and_then(|reference| image::entry(reference, image.span())));
        }
        // An action is an image, or made from a Dockerfile of its own.
        if let Some(image) = part.get("image") {
            let reference = image.text().and_then(|text| text.strip_prefix("docker://"));
            packages.entries.extend(reference.and_then(|reference| image::entry(reference, image.span())));
        }
    }
    packages.entries.sort_by_key(|entry| entry.span);
    packages
}

/// `owner/repository/path@reference`, `./folder`, `docker://image`.
fn used(text: &str, reference: &str, node: Node<'_, '_>) -> Option<Entry> {
    let span = node.span();
    if let Some(reference) = reference.strip_prefix("docker://") {
        return image::entry(reference, span);
    }
    if reference.is_empty() || reference.contains("${{") {
        return None;
    }
    let entry = |name| Entry { is_direct: Some(true), ..Entry::new(Ecosystem::GitHubActions, name, span) };
    if reference.starts_with(['.', '/']) {
        return Some(Entry { origin: Origin::Path, ..entry(reference) });
    }
    let (name, version) = reference.split_once('@').unwrap_or((reference, ""));
    let mut parts = name.split('/');
    let repository = [parts.next()?, parts.next()?].join("/");
    let commit = Some(version).filter(|version| is_commit(version));
    Some(Entry {
        version: Some(version).filter(|version| !version.is_empty()).map(str::to_owned),
        // What a commit is said to be the version of: `# v1.2.3`.
        requirement: commit.and_then(|_| told(text, span.end as usize)).map(str::to_owned),
        origin: Origin::Git { url: format!("https://github.com/{repository}"), commit: commit.map(str::to_owned) },
        ..entry(name)
    })
}

/// The version in the comment behind a place.
fn told(text: &str, end: usize) -> Option<&str> {
    let rest = text.get(end..)?.trim_start_matches(['"', '\'', ' ', '\t']);
    let comment = rest.strip_prefix('#')?.trim_start_matches([' ', '\t']);
    let word = comment.split(char::is_whitespace).next()?;
    let word = word.rsplit('@').next().unwrap_or(word);
    word.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit()).then_some(word)
}
