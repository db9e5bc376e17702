//! What `[cell]` and `[audit]` of a user's policy say, as far as their types do not tell whether it makes sense.

use std::ops::Range;
use std::path::Path;

use crate::cell::variable;
use crate::clause::Keys;
use crate::pattern::Patterns;

/// The first mistake: where it stands, and what is wrong.
pub(super) fn mistake(keys: &Keys) -> Option<(Range<usize>, String)> {
    let patterns = keys.cell.copy_out.iter().flatten().filter_map(|pattern| {
        let message = Patterns::new(Path::new("/"), [pattern.get_ref().as_str()]).err()?;
        Some((pattern.span(), message))
    });
    let names = keys.cell.environment.iter().flatten().filter_map(|name| {
        let why = variable::refusal(name.get_ref())?;
        Some((name.span(), format!("`{}` cannot be handed in: {why}", name.get_ref())))
    });
    let path = keys.audit.path.iter().filter(|path| !is_whole(path.get_ref())).map(|path| {
        (path.span(), "the path of the audit log begins with `/` or `~/`: it is the same for every folder".to_owned())
    });
    let recipients =
        keys.audit.recipients.iter().flatten().filter(|recipient| !recipient.get_ref().starts_with("age1"));
    let recipients = recipients.map(|recipient| (recipient.span(), "a recipient of age begins with `age1`".to_owned()));
    patterns.chain(names).chain(path).chain(recipients).next()
}

fn is_whole(path: &str) -> bool {
    path.starts_with("~/") || Path::new(path).is_absolute()
}
