//! Requirements files, as [pip](https://pip.pypa.io/en/stable/reference/requirements-file-format/) reads them, and single
//! requirements ([PEP 508](https://peps.python.org/pep-0508/)).

use super::npm::is_commit;
use super::python::end_of_name;
use super::tree::Node;
use super::{Entry, Include, Origin, Packages, Registry};
use crate::package::Ecosystem;
use crate::source::{Problem, ProblemKind, Span};

/// Options that name other files, and whether these only limit versions.
const INCLUDES: &[(&str, bool)] = &[("-r", false), ("--requirement", false), ("-c", true), ("--constraint", true)];
const INDEXES: &[(&str, bool)] =
    &[("-i", false), ("--index-url", false), ("--extra-index-url", true), ("-f", true), ("--find-links", true)];
const EDITABLE: &[&str] = &["-e", "--editable"];

pub(super) fn read(text: &str) -> Packages {
    let mut packages = Packages::default();
    for (line, start) in logical_lines(text) {
        let trimmed = line.trim_start();
        let at = start + (line.len() - trimmed.len());
        let content = trimmed.trim_end();
        if !content.is_empty() {
            line_of_pip(content, at, &mut packages);
        }
    }
    packages
}

/// Whether a text of another name is a list of requirements that pins something.
pub(super) fn is_it(text: &str) -> bool {
    let mut pins = false;
    for (line, _) in logical_lines(text).into_iter().take(2000) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('-') {
            continue;
        }
        let end = end_of_name(line);
        let rest = line[end..].trim_start();
        let is_requirement = end > 0 && (rest.is_empty() || rest.starts_with(['=', '<', '>', '!', '~', '[', ';', '@']));
        if !is_requirement || line.contains(' ') && rest.is_empty() {
            return false;
        }
        pins |= rest.contains("==");
    }
    pins
}

/// Lines as pip joins them: `\` before the end goes on, comments begin after white space. What is joined is blanked where the
/// backslash stood, so that places stay what they are.
fn logical_lines(text: &str) -> Vec<(String, usize)> {
    let mut lines: Vec<(String, usize)> = Vec::new();
    let mut goes_on = false;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let at = start;
        start += line.len();
        let bare = line.trim_end_matches(['\n', '\r']);
        let code = match bare.find('#') {
            Some(0) => "",
            Some(hash) if bare[..hash].ends_with([' ', '\t']) => &bare[..hash],
            _ => bare.find(" #").map_or(bare, |hash| &bare[..hash]),
        };
        let is_continued = code.ends_with('\\');
        let code = code.strip_suffix('\\').unwrap_or(code);
        let filler = " ".repeat(line.len() - code.len());
        match lines.last_mut().filter(|_| goes_on) {
            Some((joined, _)) => joined.extend([code, &filler]),
            None => lines.push((format!("{code}{filler}"), at)),
        }
        goes_on = is_continued;
    }
    if let Some((first, _)) = lines.first_mut()
        && first.starts_with('\u{feff}')
    {
        first.replace_range(..3, "   ");
    }
    lines
}

/// What stands on one line, without the blanks around it, at a place: a requirement with its options, or an option.
pub(super) fn line_of_pip(content: &str, at: usize, packages: &mut Packages) {
    let (requirement, options) = split_options(content);
    let span = Span::new(at, at + requirement.trim_end().len());
    let whole = Span::new(at, at + content.len());
    if let Some((option, value)) = option(content) {
        let value = value.split_whitespace().next().unwrap_or_default();
        if let Some((_, is_constraint)) = INCLUDES.iter().find(|(name, _)| *name == option) {
            packages.includes.push(Include { path: value.to_owned(), span: whole, is_constraint: *is_constraint });
        } else if let Some((_, is_extra)) = INDEXES.iter().find(|(name, _)| *name == option) {
            packages.registries.push(Registry { url: value.to_owned(), span: whole, is_extra: *is_extra });
        } else if EDITABLE.contains(&option) {
            packages.entries.extend(address(value, whole));
        }
        return;
    }
    let is_hashed = Some(options.contains("--hash"));
    if requirement.starts_with(['.', '/']) || requirement.starts_with("file:") {
        return;
    }
    if requirement.contains("://") && !requirement.contains('@') || requirement.starts_with("git+") {
        packages.entries.extend(address(requirement.trim(), span).map(|entry| Entry { is_hashed, ..entry }));
        return;
    }
    match self::requirement(requirement, span) {
        Some(entry) => {
            let is_hashed = Some(is_hashed == Some(true) || entry.is_hashed == Some(true));
            packages.entries.push(Entry { is_hashed, ..entry });
        }
        None => packages.problems.push(no_requirement(whole)),
    }
}

fn no_requirement(span: Span) -> Problem {
    let message = "this is no requirement that pip takes".to_owned();
    Problem { kind: ProblemKind::Malformed, message, span }
}

/// A requirement that is a text of a document, at the place of name and constraint; what is none is told.
pub(super) fn of_node(node: Node<'_, '_>, packages: &mut Packages) -> Option<Entry> {
    let text = node.text()?;
    let bare = without_marker(text);
    let entry = requirement(bare, node.span_of(bare));
    if entry.is_none() {
        packages.problems.push(no_requirement(node.span_of(text)));
    }
    entry
}

/// A requirement without what says where it counts.
pub(super) fn without_marker(requirement: &str) -> &str {
    // Addresses may have a `;`, and end at a blank.
    let end = if requirement.contains('@') { requirement.find(" ;") } else { requirement.find(';') };
    requirement[..end.unwrap_or(requirement.len())].trim()
}

/// The requirement, and the options that follow it on its line.
fn split_options(content: &str) -> (&str, &str) {
    match content.find(" --").filter(|_| !content.starts_with('-')) {
        Some(at) => content.split_at(at),
        None => (content, ""),
    }
}

/// An option and its value: `-r file`, `-rfile`, `--option=value`.
fn option(content: &str) -> Option<(&str, &str)> {
    if !content.starts_with('-') {
        return None;
    }
    let end = match content.starts_with("--") {
        true => content.find(['=', ' ', '\t']).unwrap_or(content.len()),
        false => content.len().min(2),
    };
    let (name, value) = content.split_at_checked(end)?;
    Some((name, value.trim_start_matches('=').trim()))
}

/// A package by its address alone: what it is called stands behind `#egg=`, or in the name of the file.
fn address(text: &str, span: Span) -> Option<Entry> {
    if !text.contains("://") {
        return None;
    }
    let (url, fragment) = text.split_once('#').unwrap_or((text, ""));
    let egg = fragment.split('&').find_map(|part| part.strip_prefix("egg="));
    let file = url.rsplit('/').next().unwrap_or(url);
    // A file is called `name-version…`: the version begins with a digit.
    let bare = file.match_indices('-').find(|(at, _)| file[at + 1..].starts_with(|c: char| c.is_ascii_digit()));
    let name = egg.unwrap_or(bare.map_or(file, |(at, _)| &file[..at]));
    Some(Entry {
        origin: origin(text),
        is_direct: Some(true),
        ..Entry::new(Ecosystem::PyPI, &name[..end_of_name(name)], span)
    })
}

pub(super) fn origin(address: &str) -> Origin {
    let (url, fragment) = address.split_once('#').unwrap_or((address, ""));
    match url.strip_prefix("git+") {
        Some(git) => {
            // The last `@` is before a revision, unless it belongs to the user.
            let path = git.split_once("://").map_or(0, |(scheme, _)| scheme.len() + 3);
            let revision = git[path..].split_once('/').and_then(|(_, path)| path.rsplit_once('@')).map(|(_, rev)| rev);
            let url = revision.map_or(git, |revision| &git[..git.len() - revision.len() - 1]);
            let commit = revision.filter(|rev| is_commit(rev)).map(str::to_owned);
            Origin::Git { url: url.to_owned(), commit }
        }
        None if url.starts_with("file:") || url.starts_with("{root") => Origin::Path,
        // A hash in the fragment holds the file.
        None => Origin::Url(if fragment.starts_with("sha") { address.to_owned() } else { url.to_owned() }),
    }
}

/// One requirement: `name[extra]==1.0; marker`, `name @ address`.
pub(super) fn requirement(text: &str, span: Span) -> Option<Entry> {
    let text = text.trim();
    let end = end_of_name(text);
    let name = &text[..end];
    if name.is_empty() || !name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    let mut rest = text[end..].trim_start();
    if let Some(extras) = rest.strip_prefix('[') {
        rest = extras.split_once(']')?.1.trim_start();
    }
    let entry = Entry { is_direct: Some(true), ..Entry::new(Ecosystem::PyPI, name, span) };
    if let Some(address) = rest.strip_prefix('@') {
        let address = address.trim().split(" ;").next().unwrap_or_default().trim();
        let is_hashed = address.split_once('#').is_some_and(|(_, fragment)| fragment.starts_with("sha"));
        return Some(Entry { origin: origin(address), is_hashed: Some(is_hashed), ..entry });
    }
    let constraint = rest.split(';').next().unwrap_or(rest).trim().trim_matches(['(', ')']).trim();
    if !constraint.is_empty() && !constraint.starts_with(['=', '<', '>', '!', '~']) {
        return None;
    }
    let pin = |part: &str| {
        let part = part.trim();
        let version = part.strip_prefix("===").or_else(|| part.strip_prefix("=="))?.trim();
        (!version.contains('*') && !version.is_empty()).then(|| version.to_owned())
    };
    Some(Entry {
        version: constraint.split(',').find_map(pin),
        requirement: (!constraint.is_empty()).then(|| constraint.to_owned()),
        ..entry
    })
}
