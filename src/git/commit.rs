//! What a commit says: its tree, its parents, who made it and when.

use gix_date::time::format::ISO8601_STRICT;
use gix_object::{CommitRefIter, Kind, TagRefIter};

use super::store::{Fault, MAX_OWN, Store};
use crate::source::{Commit, Object};

/// What the order of commits is made of.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) tree: Object,
    pub(super) parents: Vec<Object>,
    /// When it was put where it is, in seconds since 1970.
    pub(super) time: i64,
}

impl Store {
    pub(super) fn commit(&self, object: Object) -> Result<Node, Fault> {
        let bytes = self.commit_bytes(object)?;
        let mut commit = CommitRefIter::from_bytes(&bytes, self.hash());
        let tree = commit.tree_id().map_err(|error| Fault::Corrupt(error.to_string()))?;
        let time = commit.committer().ok().and_then(|committer| committer.time().ok());
        Ok(Node {
            tree: Object::new(tree.as_slice()).ok_or(Fault::Missing)?,
            parents: commit.parent_ids().filter_map(|parent| Object::new(parent.as_slice())).collect(),
            time: time.map_or(0, |time| time.seconds),
        })
    }

    /// A commit as people are told of it.
    pub(super) fn told(&self, object: Object) -> Commit {
        let bytes = self.commit_bytes(object).unwrap_or_default();
        let author = CommitRefIter::from_bytes(&bytes, self.hash()).author().ok();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        Commit {
            id: object.to_string().into(),
            author: author
                .map(|author| format!("{} <{}>", text(author.name), text(author.email)))
                .unwrap_or_default()
                .into(),
            date: author
                .and_then(|author| author.time().ok())
                .map(|time| time.format_or_unix(ISO8601_STRICT))
                .unwrap_or_default()
                .into(),
        }
    }

    fn commit_bytes(&self, object: Object) -> Result<Vec<u8>, Fault> {
        match self.read(object, MAX_OWN)? {
            (Kind::Commit, bytes) => Ok(bytes),
            (kind, _) => Err(Fault::Corrupt(format!("it is a {kind}, where a commit should be"))),
        }
    }

    /// What is at the end of a chain of tags.
    pub(super) fn peeled(&self, mut object: Object) -> Result<(Kind, Object), Fault> {
        const MAX_TAGS: usize = 100;
        for _ in 0..MAX_TAGS {
            let (kind, bytes) = self.read(object, MAX_OWN)?;
            if kind != Kind::Tag {
                return Ok((kind, object));
            }
            let target = TagRefIter::from_bytes(&bytes, self.hash()).target_id();
            let target = target.map_err(|error| Fault::Corrupt(error.to_string()))?;
            object = Object::new(target.as_slice()).ok_or(Fault::Missing)?;
        }
        Err(Fault::Corrupt("it is a tag of a tag without end".to_owned()))
    }
}
