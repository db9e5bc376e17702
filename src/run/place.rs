//! Files of a workspace that are more than data: those that hold secrets, and those that something obeys without being asked.

use std::path::{Path, PathBuf};

use crate::check::Paths;
use crate::pack::Pack;

/// The places of the models that matter here.
#[derive(Debug)]
pub struct Places<'p> {
    /// The workspace's own place counts: it may lie in a folder whose files something obeys.
    root: PathBuf,
    secret: Paths<'p>,
    obeyed: Vec<Paths<'p>>,
}

impl<'p> Places<'p> {
    pub fn new(pack: &'p Pack, root: &Path) -> Self {
        let named = |name: &str| Paths::named(pack, name);
        Self {
            root: root.to_owned(),
            secret: named("secret-store"),
            obeyed: vec![named("start-up"), named("kept-from-code")],
        }
    }

    /// Whether a path of the workspace leads to keys or passwords.
    pub(super) fn is_secret(&self, path: &Path) -> bool {
        self.secret.hold(&self.root.join(path))
    }

    /// Whether git, an editor, an assistant, a shell or Python does what is written there.
    pub(super) fn is_obeyed(&self, path: &Path) -> bool {
        let path = self.root.join(path);
        self.obeyed.iter().any(|place| place.hold(&path))
    }
}
