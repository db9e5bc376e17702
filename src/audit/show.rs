//! Reading a log: the records that somebody asks for.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::folder::{Folder, shown};
use super::line::Line;
use super::stored::{Place, each};
use super::{Keys, Kind};
use crate::time::Time;

/// Which records are wanted: all that fit everything that is named.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub kind: Option<Kind>,
    /// A run, or the beginning of its name.
    pub run: Option<String>,
    pub since: Option<Time>,
    /// Up to this, and not it.
    pub until: Option<Time>,
    /// `allow`, `ask` or `deny`.
    pub decision: Option<String>,
    /// A part of the path of a script, or the beginning of its hash.
    pub script: Option<String>,
}

/// A line that is told.
#[derive(Debug)]
pub enum Shown {
    Record(Line),
    /// It is no record, or cannot be read.
    Broken(Place, String),
}

/// Hands on the records of a log that fit a filter, and all lines that are no records.
pub fn show(
    path: &Path,
    filter: &Filter,
    keys: &Keys,
    wait: Duration,
    mut take: impl FnMut(Shown) -> Result<(), String>,
) -> Result<(), String> {
    let folder = Folder::of(path)?;
    let files = each(&folder, wait, |stored| match stored.line {
        Err(_) if stored.torn => take(Shown::Broken(stored.place, "an unfinished line".to_owned())),
        Err(reason) => take(Shown::Broken(stored.place, reason)),
        Ok(line) => match keys.open(line) {
            Ok(line) if line.sealed.is_some() && filter.asks_inside() => take(Shown::Broken(
                stored.place,
                "it is encrypted: whether it fits cannot be told without a key".to_owned(),
            )),
            Ok(line) if filter.takes(&line) => take(Shown::Record(line)),
            Ok(_) => Ok(()),
            Err(reason) => take(Shown::Broken(stored.place, reason)),
        },
    })?;
    if files.is_empty() {
        return Err(format!("{}: there is no log", shown(folder.live())));
    }
    Ok(())
}

impl Filter {
    /// Whether it asks for what only the content of a record tells.
    fn asks_inside(&self) -> bool {
        self.decision.is_some() || self.script.is_some()
    }

    fn takes(&self, line: &Line) -> bool {
        let within = |time: &str| {
            // What tells no time that can be understood is shown whatever the time.
            let Some(time) = Time::parse(time) else { return true };
            self.since.is_none_or(|since| time >= since) && self.until.is_none_or(|until| time < until)
        };
        let is_run = |wanted: &String| line.run.as_ref().is_some_and(|run| run.starts_with(wanted.as_str()));
        let decision = line.text("/decision");
        let (path, sha256) = (line.text("/script/path"), line.text("/script/sha256"));
        let is_script = |wanted: &String| {
            path.is_some_and(|path| path.contains(wanted.as_str()))
                || sha256.is_some_and(|sha256| sha256.starts_with(wanted.as_str()))
        };
        self.kind.is_none_or(|kind| kind == line.kind)
            && within(&line.time)
            && self.run.as_ref().is_none_or(is_run)
            && self.decision.as_ref().is_none_or(|wanted| decision == Some(wanted.as_str()))
            && self.script.as_ref().is_none_or(is_script)
    }
}

impl Line {
    /// A text in what it is about, by its JSON pointer.
    pub fn text(&self, pointer: &str) -> Option<&str> {
        self.data.as_ref()?.pointer(pointer).and_then(Value::as_str)
    }
}
