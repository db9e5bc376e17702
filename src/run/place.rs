//! Files of a workspace that are more than data: those that hold secrets, and those that something obeys without being asked.

use std::path::Path;

use crate::check::Paths;
use crate::pack::Pack;

/// The places of the models that matter here.
#[derive(Debug)]
pub struct Places<'p> {
    secret: Paths<'p>,
    obeyed: Vec<Paths<'p>>,
}

impl<'p> Places<'p> {
    pub fn new(pack: &'p Pack) -> Self {
        let named = |name: &str| Paths::named(pack, name);
        Self { secret: named("secret-store"), obeyed: vec![named("start-up"), named("kept-from-code")] }
    }

    /// Whether a path of the workspace leads to keys or passwords.
    pub(super) fn is_secret(&self, path: &Path) -> bool {
        holds(&self.secret, path)
    }

    /// Whether git, an editor, an assistant, a shell or Python does what is written there.
    pub(super) fn is_obeyed(&self, path: &Path) -> bool {
        self.obeyed.iter().any(|place| holds(place, path))
    }
}

/// A workspace may be a home folder's copy, or hold one: each part of the path may begin there.
fn holds(place: &Paths<'_>, path: &Path) -> bool {
    let text = path.to_string_lossy();
    let starts = std::iter::once(0).chain(text.match_indices('/').map(|(at, _)| at + 1));
    place.hold(&text) || starts.into_iter().any(|start| place.hold(&format!("~/{}", &text[start..])))
}
