//! A second wall around files: Landlock holds even where a mount does not (landlock(7)).

use landlock::{
    ABI, Access, AccessFs, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset, RulesetAttr,
    RulesetCreatedAttr, Scope,
};

use super::failure::{Failure, at};
use super::plan::Plan;
use crate::cell::Workspace;

/// From Linux 6.2 on; what later ones know is used where it is there.
const REQUIRED: ABI = ABI::V3;
const KNOWN: ABI = ABI::V6;

const DEVICES: [&str; 5] = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];

/// Confines this process and all that it starts: everything may be read, and only this written to.
pub(super) fn confine(plan: &Plan) -> Result<(), Failure> {
    let may_write = matches!(plan.workspace, Workspace::Scratch | Workspace::Write);
    let folders = ["/tmp"].into_iter().chain(may_write.then_some("/workspace"));
    let files = AccessFs::from_file(KNOWN) & AccessFs::from_all(KNOWN);
    let rules = [("/", AccessFs::from_read(KNOWN))].into_iter();
    let rules =
        rules.chain(folders.map(|path| (path, AccessFs::from_all(KNOWN)))).chain(DEVICES.map(|path| (path, files)));
    enforce(rules).map_err(at("confine by Landlock"))
}

fn enforce<'p>(rules: impl Iterator<Item = (&'p str, BitFlags<AccessFs>)>) -> Result<(), Box<dyn std::error::Error>> {
    let ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(REQUIRED))?
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(KNOWN))?
        .scope(Scope::from_all(KNOWN))?;
    let mut created = ruleset.create()?;
    for (path, access) in rules {
        created = created.add_rule(PathBeneath::new(PathFd::new(path)?, access))?;
    }
    created.restrict_self()?;
    Ok(())
}
