//! The configuration of `scan`: `.portcullis.toml`, `portcullis.toml` or `[tool.portcullis]` in `pyproject.toml`, found from
//! the scanned folder upwards; the first that is found counts alone.
//!
//! It comes with the scanned tree, so it has a say in `scan` only: it may tighten what is asked for, or deselect rules and
//! name a baseline for the authors' own use. `gate` never reads it (invariant 10).

mod advisory;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use crate::clause::InlineEscapes;
use crate::complaint::{self, Complaint};
use crate::finding::SuppressedBy;
use crate::pattern::Patterns;
use crate::rule::{Confidence, Set, Severity};
use crate::select::{PerFile, UnknownSelector, Wishes};
use crate::size::Size;
use crate::source::Span;
use crate::walk;
pub use advisory::IgnoredAdvisory;

/// The names of a configuration file, in the order in which one folder is asked.
const NAMES: [&str; 3] = [".portcullis.toml", "portcullis.toml", PYPROJECT];
const PYPROJECT: &str = "pyproject.toml";

/// Every key, as it is written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct Keys {
    select: Option<Vec<Spanned<String>>>,
    extend_select: Vec<Spanned<String>>,
    ignore: Vec<Spanned<String>>,
    /// Sets of rules beside the default one.
    set: Vec<Set>,
    min_severity: Option<Severity>,
    min_confidence: Option<Confidence>,
    fail_on: Option<Severity>,
    exclude: Vec<Spanned<String>>,
    hidden: bool,
    max_size: Option<Size>,
    /// Whether nothing may be fetched.
    airgapped: bool,
    /// Folders of rule pages, relative to this file.
    rules: Vec<PathBuf>,
    honour_nosec: bool,
    honour_noqa: bool,
    /// Comments of other tools that suppress findings.
    honour: Vec<SuppressedBy>,
    inline_escapes: InlineEscapes,
    /// The file of the baseline, relative to this file and below its folder.
    baseline: Option<PathBuf>,
    per_file: BTreeMap<Spanned<String>, PerFileKeys>,
    ignore_advisory: Vec<advisory::Keys>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct PerFileKeys {
    ignore: Vec<Spanned<String>>,
    min_severity: Option<Severity>,
}

/// Of `pyproject.toml`, nothing but our own table is looked at.
#[derive(Deserialize)]
struct Pyproject {
    tool: Option<Tools>,
}

#[derive(Deserialize)]
struct Tools {
    portcullis: Option<Keys>,
}

/// A configuration, with what is needed to complain about it.
#[derive(Clone, Debug, Default)]
pub struct Config {
    path: PathBuf,
    text: String,
    keys: Keys,
}

impl Config {
    /// Looks in a folder and those above it, up to the root of the repository or of the file system.
    pub fn find(start: &Path) -> Result<Option<Self>, String> {
        for folder in start.ancestors() {
            for name in NAMES {
                let path = folder.join(name);
                if path.symlink_metadata().is_ok_and(|metadata| !metadata.is_dir())
                    && let Some(config) = Self::read_found(&path)?
                {
                    return Ok(Some(config));
                }
            }
            if folder.join(".git").exists() {
                break;
            }
        }
        Ok(None)
    }

    fn read_found(path: &Path) -> Result<Option<Self>, String> {
        // A link is not followed here: what it points at would be shown in a complaint.
        let advice = "name a configuration with `--config FILE`, or use none with `--isolated`";
        let text = walk::read_own(path).map_err(|message| format!("{message}; {advice}"))?;
        Self::parse(&shortened(path), text).map_err(|complaint| complaint.to_string())
    }

    /// Reads the file that the user named.
    pub fn read(path: &Path) -> Result<Self, String> {
        let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let text = walk::read_own(&real)?;
        let config = Self::parse(path, text).map_err(|complaint| complaint.to_string())?;
        config.ok_or_else(|| format!("{}: there is no table `[tool.portcullis]`", path.display()))
    }

    fn parse(path: &Path, text: String) -> Result<Option<Self>, Complaint> {
        let keys = if path.file_name().is_some_and(|name| name == PYPROJECT) {
            let pyproject: Pyproject = complaint::from_toml(path, &text)?;
            pyproject.tool.and_then(|tools| tools.portcullis)
        } else {
            Some(complaint::from_toml(path, &text)?)
        };
        Ok(keys.map(|keys| Self { path: path.to_owned(), text, keys }))
    }

    /// What it asks for; the command line may change that.
    pub fn wishes(&self) -> Wishes {
        let Keys { select, extend_select, ignore, set, min_severity, min_confidence, .. } = &self.keys;
        Wishes {
            select: select.as_deref().map(texts),
            extend: texts(extend_select),
            ignore: texts(ignore),
            sets: set.clone(),
            min_severity: *min_severity,
            min_confidence: *min_confidence,
        }
    }

    pub fn fail_on(&self) -> Option<Severity> {
        self.keys.fail_on
    }

    pub fn hidden(&self) -> bool {
        self.keys.hidden
    }

    pub fn max_size(&self) -> Option<Size> {
        self.keys.max_size
    }

    /// The file that says that nothing may be fetched, if it does.
    pub fn is_airgapped_by(&self) -> Option<&Path> {
        self.keys.airgapped.then_some(&self.path)
    }

    /// The tools whose comments count.
    pub fn honoured(&self) -> impl Iterator<Item = SuppressedBy> {
        let nosec = self.keys.honour_nosec.then_some(SuppressedBy::Nosec);
        let noqa = self.keys.honour_noqa.then_some(SuppressedBy::Noqa);
        self.keys.honour.iter().copied().chain(nosec).chain(noqa)
    }

    pub fn forbids_escapes(&self) -> bool {
        self.keys.inline_escapes == InlineEscapes::Forbid
    }

    /// Where the baseline is to be; an error where that is not below the folder of this file: what a wrong file holds would
    /// be shown in a complaint.
    pub fn baseline(&self) -> Result<Option<PathBuf>, String> {
        let Some(path) = &self.keys.baseline else { return Ok(None) };
        let outside = || {
            format!(
                "{}: the baseline `{}` lies outside of the folder of this file: name it with `--baseline FILE`",
                self.path.display(),
                path.display()
            )
        };
        let is_below = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        let file = self.folder().join(path);
        let real = |path: &Path| std::fs::canonicalize(walk::absolute(path));
        // A link on the way could lead anywhere. What is not there yet leads nowhere.
        let leads_out = match (real(&file), real(&self.folder().join("."))) {
            (Ok(file), Ok(folder)) => !file.starts_with(folder),
            _ => file.is_symlink(),
        };
        if is_below && !leads_out { Ok(Some(file)) } else { Err(outside()) }
    }

    /// Folders of rule pages.
    pub fn rules(&self) -> impl Iterator<Item = PathBuf> {
        self.keys.rules.iter().map(|folder| self.folder().join(folder))
    }

    pub fn exclude(&self) -> Result<Patterns, Complaint> {
        self.patterns(&self.keys.exclude)
    }

    pub fn per_file(&self) -> Result<Vec<PerFile>, Complaint> {
        let entries = self.keys.per_file.iter().map(|(glob, keys)| {
            Ok(PerFile {
                files: self.patterns(std::slice::from_ref(glob))?,
                ignore: texts(&keys.ignore),
                min_severity: keys.min_severity,
            })
        });
        entries.collect()
    }

    /// Advisories that do not count.
    pub fn ignored_advisories(&self) -> Result<Vec<IgnoredAdvisory>, Complaint> {
        let read =
            |keys| IgnoredAdvisory::read(keys).map_err(|(at, message)| self.complaint(&at, message.into(), None));
        self.keys.ignore_advisory.iter().map(read).collect()
    }

    /// A complaint about an entry that is not in use.
    pub fn complaint_about(&self, entry: &IgnoredAdvisory, message: String) -> Complaint {
        Complaint::new(&self.path, &self.text, entry.span, message, None)
    }

    /// Says where a selector that stands for no rule was written; `None` if it was not written here.
    pub fn locate(&self, unknown: &UnknownSelector) -> Option<Complaint> {
        let Keys { select, extend_select, ignore, per_file, .. } = &self.keys;
        let per_file = per_file.values().flat_map(|keys| &keys.ignore);
        let mut written = select.iter().flatten().chain(extend_select).chain(ignore).chain(per_file);
        let selector = written.find(|selector| *selector.get_ref() == unknown.text)?;
        let message = UnknownSelector { hint: None, ..unknown.clone() }.to_string();
        Some(self.complaint(selector, message, unknown.hint.clone()))
    }

    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// Each pattern is compiled by itself first, so that the wrong one can be shown.
    fn patterns(&self, patterns: &[Spanned<String>]) -> Result<Patterns, Complaint> {
        let base = std::path::absolute(self.folder().join(".")).unwrap_or_default();
        for pattern in patterns {
            Patterns::new(&base, [pattern.get_ref().as_str()])
                .map_err(|message| self.complaint(pattern, message, None))?;
        }
        let all = patterns.iter().map(|pattern| pattern.get_ref().as_str());
        Patterns::new(&base, all)
            .map_err(|message| Complaint::new(&self.path, &self.text, Span::default(), message, None))
    }

    fn complaint(&self, at: &Spanned<String>, message: String, hint: Option<String>) -> Complaint {
        let span = Span::new(at.span().start, at.span().end);
        Complaint::new(&self.path, &self.text, span, message, hint)
    }
}

fn texts(selectors: &[Spanned<String>]) -> Vec<String> {
    selectors.iter().map(|selector| selector.get_ref().clone()).collect()
}

/// Relative to the working directory where the path lies below it.
fn shortened(path: &Path) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(&here).unwrap_or(path).to_owned()
}
