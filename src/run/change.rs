//! What code changed in its workspace: what was laid there, against what lies there in the end.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Serialize;

use super::script::sha256;
use crate::audit::Changed;
use crate::plain::plain;
use crate::sandbox::{Entry, EntryKind, Laid};

/// A file that is not as it was laid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Change {
    /// From the workspace's root on.
    pub path: String,
    pub what: Changed,
    /// Of what it holds now; null where it is gone or no file.
    pub sha256: Option<String>,
    pub bytes: Option<u64>,
    pub fate: Fate,
}

/// What became of a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "fate", content = "why")]
pub enum Fate {
    /// It was copied out.
    Kept,
    /// The workspace was there to be thrown away.
    Dropped,
    /// It was to be copied out and was not.
    Refused(String),
    /// It was to be copied out and could not be, as where the disk is full.
    Failed(String),
}

/// A change with what is needed to copy it out.
#[derive(Debug)]
pub(super) struct Difference {
    pub(super) path: PathBuf,
    pub(super) what: Changed,
    /// What it was laid with; nothing where it is new.
    pub(super) before: Option<String>,
    pub(super) after: Option<EntryKind>,
}

impl Difference {
    pub(super) fn told(&self, fate: Fate) -> Change {
        let (sha256, bytes) = match &self.after {
            Some(EntryKind::File { sha256, bytes, .. }) => (Some(sha256.clone()), Some(*bytes)),
            _ => (None, None),
        };
        Change { path: plain(&self.path.to_string_lossy()).into_owned(), what: self.what, sha256, bytes, fate }
    }
}

/// The differences in the order of paths. Folders count only by what is in them.
pub(super) fn differences(laid: &[Laid], entries: &[Entry]) -> Vec<Difference> {
    let mut before: BTreeMap<&Path, &Laid> = laid.iter().map(|file| (file.path.as_path(), file)).collect();
    let mut found = Vec::new();
    for entry in entries.iter().filter(|entry| entry.kind != EntryKind::Folder) {
        let laid = before.remove(entry.path.as_path());
        let digest = laid.map(|laid| sha256(&laid.bytes));
        let is_same = match (&entry.kind, laid) {
            (EntryKind::File { sha256, executable, .. }, Some(laid)) => {
                digest.as_ref() == Some(sha256) && *executable == laid.executable
            }
            _ => false,
        };
        if !is_same {
            let what = if laid.is_some() { Changed::Written } else { Changed::Made };
            found.push(Difference { path: entry.path.clone(), what, before: digest, after: Some(entry.kind.clone()) });
        }
    }
    found.extend(before.into_values().map(|laid| Difference {
        path: laid.path.clone(),
        what: Changed::Deleted,
        before: Some(sha256(&laid.bytes)),
        after: None,
    }));
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn laid(path: &str, text: &str, executable: bool) -> Laid {
        Laid { path: PathBuf::from(path), bytes: text.as_bytes().to_vec(), executable }
    }

    fn file(path: &str, text: &str, executable: bool) -> Entry {
        let (bytes, sha256) = (text.len() as u64, sha256(text.as_bytes()));
        Entry { path: PathBuf::from(path), kind: EntryKind::File { bytes, sha256, executable } }
    }

    #[test]
    fn what_is_new_changed_or_gone_is_told() {
        let before = [laid("a", "1", false), laid("b", "2", false), laid("c", "3", false), laid("d", "4", false)];
        let link = Entry { path: PathBuf::from("d"), kind: EntryKind::Link };
        let folder = Entry { path: PathBuf::from("new"), kind: EntryKind::Folder };
        let after = [file("a", "1", false), file("b", "22", false), link, file("e", "5", true), folder];
        let found = differences(&before, &after);
        let told: Vec<_> = found.iter().map(|one| (one.path.to_str().unwrap_or_default(), one.what)).collect();
        let wanted = [("b", Changed::Written), ("c", Changed::Deleted), ("d", Changed::Written), ("e", Changed::Made)];
        assert_eq!(told, wanted);
        let change = found[0].told(Fate::Dropped);
        assert_eq!((change.bytes, change.sha256), (Some(2), Some(sha256(b"22"))));
        // Only who may execute it has changed.
        let found = differences(&before[..1], &[file("a", "1", true)]);
        assert_eq!(found[0].what, Changed::Written);
    }
}
